"""Logical lines: marks, Markdown, pipes and link numbers of tools are removed, and wrapped lines are joined."""

import pytest
from tests.page.material import SAMPLES, everyday_text, fields_of
from tests.support.cases import for_each

from altdetails.page.lines import LOST, joined_by, logical_lines
from altdetails.page.markup import without_line_numbers

PROSE = "Forty playgrounds were watched for a summer, and those with a hedge were cooler than those without one."


@for_each("form", ["{0:6}\t{1}", "{0}: {1}", "{0:4} {1}", "{0:3}| {1}"])
@for_each("first", [1, 12])
def test_the_numbers_of_lines_are_removed(form, first):
    lines = enumerate(everyday_text().split("\n"), first)
    numbered = "\n".join(form.format(number, line) for number, line in lines)
    assert fields_of(numbered) == fields_of(everyday_text())


OTHER_LINES = ["1 blog\n2 blogs\n3 blogs", "1\n\n2\n\n7\n", "9 news outlets\n3 blogs\n" * 9, "1\n2\n3\n4\n5\n6"]


@for_each("text", OTHER_LINES)
def test_other_lines_that_begin_with_numbers_keep_them(text):
    assert without_line_numbers(text) == text


@for_each(
    ("text", "lines"),
    [
        ("", []),
        ("one\ntwo", ["one", "two"]),
        ("one\n\ntwo", ["one", "", "two"]),
        ("one\r\ntwo\rthree", ["one", "two", "three"]),
        ("  • In the top 25%", ["In the top 25%"]),
        ("* one\n- two\n+ three\n◦ four\n· five", ["one", "two", "three", "four", "five"]),
        ("-5 degrees", ["-5 degrees"]),
        ("*", ["*"]),
        ("  padded  ", ["padded"]),
        ("Country Count As %", ["Country Count As %"]),
        ("Country   Count   As %", ["Country\tCount\tAs %"]),
        ("Country\tCount\tAs %", ["Country\tCount\tAs %"]),
        ("United Kingdom 1 <1%", ["United Kingdom\t1\t<1%"]),
        ("Student > Ph. D. Student   31   15%", ["Student > Ph. D. Student\t31\t15%"]),
        ("Iran, Islamic Republic of 1,204 < 1%", ["Iran, Islamic Republic of\t1,204\t< 1%"]),
        ("Unknown 0 0%", ["Unknown\t0\t0%"]),
        ("12 5 40%", ["12\t5\t40%"]),
        ("Germany 1204", ["Germany 1204"]),
        ("DOI   10.5555/x", ["DOI\t10.5555/x"]),
        ("DOI 10.5555/x", ["DOI 10.5555/x"]),
    ],
)
def test_marks_and_padding_are_removed_from_lines(text, lines):
    assert logical_lines(text) == lines


@for_each(
    ("text", "lines"),
    [
        ("## Citations", ["Citations"]),
        ("# 5 < 9\n\n**1** policy", ["5 < 9", "", "1 policy"]),
        ("[**14** X users](/details/1/twitter)", ["14 X users"]),
        ("[**14**X users](</details/1/twitter>)", ["14 X users"]),
        ('## A\n[a link](http://a.example/x_(y) "a title")', ["A", "a link"]),
        ("## A\n_Primula veris_ and *others*", ["A", "Primula veris and others"]),
        ("## A\nsnake_case_name and 2 * 3 * 4", ["A", "snake_case_name and 2 * 3 * 4"]),
        ("## A\n5 \\< 9, \\[sic\\], 10\\.", ["A", "5 < 9, [sic], 10."]),
        ("Primula_veris_ without markdown", ["Primula_veris_ without markdown"]),
        ("[sic] and *that* is no markdown", ["[sic] and *that* is no markdown"]),
        ("#3,683,859\nof 25,081,505 outputs", ["#3,683,859", "of 25,081,505 outputs"]),
    ],
)
def test_markdown_is_removed_only_from_markdown(text, lines):
    assert logical_lines(text) == lines


@for_each(
    ("text", "lines"),
    [
        ("DOI | 10.5555/x |", ["DOI\t10.5555/x"]),
        ("| DOI | 10.5555/x |\n|---|---|", ["DOI\t10.5555/x"]),
        ("Country | Count | As % |\n|---|---|---|\nDenmark | 3 | <1% |", ["Country\tCount\tAs %", "Denmark\t3\t<1%"]),
        ("DOI | 10.5555/x |\nTitle |\nA | B |", ["DOI\t10.5555/x", "Title", "A | B"]),
        ("Pubmed ID | |\n|:---|---:|", ["Pubmed ID"]),
        ("a title | with pipes", ["a title | with pipes"]),
        ("| DOI | 10.5555/x |\n| Title | a|b and c |", ["DOI\t10.5555/x", "Title\ta|b and c"]),
        ("|DOI|10.5555/x|\n|||\n|---|---|", ["DOI\t10.5555/x"]),
        ("| DOI | 10.5/x |\n| Abstract | A.<br><br>B.<br/>C. |", ["DOI\t10.5/x", "Abstract\tA.", "B.", "C."]),
        ("| DOI | 10.5555/x |\n| Title", ["DOI\t10.5555/x", "Title"]),
        ("| DOI | 10.5555/x |\n| Title | One<br>two |", ["DOI\t10.5555/x", "Title\tOne two"]),
        ("| DOI | 10.5555/x |\n| Abstract | One.Two follows. |", ["DOI\t10.5555/x", "Abstract\tOne.Two follows."]),
        ("|DOI|10.5555/x|\n|Abstract|One.Two follows.|", ["DOI\t10.5555/x", f"Abstract\t{LOST}One.Two follows."]),
        ("|DOI|10.5555/x|\n|Abstract|MethodsWe counted.|", ["DOI\t10.5555/x", f"Abstract\t{LOST}MethodsWe counted."]),
    ],
)
def test_pipes_are_removed_only_from_tables(text, lines):
    assert logical_lines(text) == lines


@for_each("width", [60, 72, 78, 100])
def test_lines_wrapped_at_a_width_are_joined(width):
    words, broken, line = (PROSE + " ").split() * 4, [], ""
    for word in words:
        if len(line) + 1 + len(word) > width:
            broken.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    text = "\n".join(["Abstract", "", *broken, line, "", "Mendeley readers"])
    assert logical_lines(text) == ["Abstract", "", " ".join(words), "", "Mendeley readers"]


def test_lines_that_end_early_are_not_joined():
    text = f"Mentioned by\n\nnews\n1 news outlet\ntwitter\n14 X users\n\nAbstract\n\n{PROSE}\n\nTimeline"
    assert logical_lines(text) == text.split("\n")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("[1]Home\n[2]14 X users\nReferences\n\n   1. http://a.example\n   2. /news\n", ["Home", "14 X users", ""]),
        ("see [1] and [12]\n[1]x\n[2]y", ["see [1] and [12]", "[1]x", "[2]y"]),
        ("[1]x\nReferences\nof the library", ["[1]x", "References", "of the library"]),
    ],
)
def test_link_numbers_are_removed_if_the_text_ends_with_a_list_of_links(text, lines):
    assert [line for line in logical_lines(text) if line] == [line for line in lines if line]


@for_each("path", sorted((SAMPLES / "text").glob("*.txt")), ids=lambda path: path.stem)
def test_logical_lines_stay_the_same_if_they_are_read_again(path):
    lines = logical_lines(path.read_text("utf-8"))
    assert logical_lines("\n".join(lines) + "\n") == lines


@for_each("gap", ["\u2003\u2003", "\xa0\xa0\xa0", "\t", "\t\t", "      "])
def test_wide_gaps_of_any_white_space_separate_columns(gap):
    assert logical_lines(f"Readers by discipline{gap}Count{gap}As %") == ["Readers by discipline\tCount\tAs %"]


def test_a_number_sign_inside_a_line_is_not_a_heading_mark():
    assert logical_lines("## Study # 5 of 9\n\na ### b\n\n# c") == ["Study # 5 of 9", "", "a ### b", "", "c"]


def test_radicals_and_ligatures_of_pdf_files_are_letters():
    assert logical_lines("\u2f08\u6587 and \ufb01elds") == ["\u4eba\u6587 and fields"]


def test_a_list_item_of_bullets_begins_a_line():
    bullets = [
        "Among the highest-scoring outputs from this source (#310 of 30,994)",
        "High Attention Score compared to outputs of the same age (90th percentile)",
    ]
    text = f"-   {bullets[0]}\n-   High Attention Score compared to outputs of the same age (90th\n    percentile)"
    assert logical_lines(text) == bullets


@pytest.mark.parametrize(
    "marks",
    [
        ["11/26/26, 8:44 PM", "Altmetric – A title", "https://www.altmetric.com/details/990000001", "{page}/3"],
        ["https://www.altmetric.com/details/990000001 {page}/3", "", "26.11.2026, 20:44 Altmetric – A title"],
        ["Altmetric – A title https://www.altmetric.com/details/990000001", "", "{page} of 3 2026-11-26, 20:44"],
    ],
)
def test_the_marks_of_printed_pages_are_removed(marks):
    marks_of_page = "\n".join(marks)
    text = "\n".join(f"text {page}\n{marks_of_page.format(page=page)}" for page in (1, 2, 3))
    assert [line for line in logical_lines(text) if line] == ["text 1", "text 2", "text 3"]


@pytest.mark.parametrize("text", ["1/3\nof all", "2/3\n1/3\nhttp://a.example/", "1/3\n2/4\nhttp://a.example/"])
def test_fractions_are_no_marks_of_printed_pages(text):
    assert logical_lines(text) == text.split("\n")


def test_spaces_and_hyphens_of_a_layout_are_none_of_the_text():
    assert logical_lines("3\xa0X users of hed\xadges and play\xad\ngrounds") == ["3 X users of hedges and playgrounds"]


def test_chinese_text_is_joined_without_spaces():
    line = "我们在三座小城的茶馆里记录了清晨的谈话。" * 3
    wrapped = f"{line}\n{line}百分之四十与天气有关。\n\nEnd"
    table = f"     Title   Tea\n       DOI   10.5555/x\n  Abstract   {line}\n             {line}\n"
    assert logical_lines(wrapped)[-1] == "End"
    assert logical_lines(table)[-1] == line * 2


def test_a_few_words_joined_to_the_last_sentence_are_marked_as_doubtful():
    text = (
        "Forty playgrounds were watched for a summer and those with a hedge or\n"
        "trees were cooler than those without one, and they were not louder yet."
    )
    assert LOST not in logical_lines(text)[0]
    assert LOST in logical_lines(f"{text}\nRegistered protocol 44")[0]


def test_names_of_headings_in_multimarkdown_are_removed():
    assert logical_lines("## Citations [citations]\n## Reading [reading]") == ["Citations", "Reading [reading]"]


def test_elements_between_tabs_are_on_lines_of_their_own():
    lines = logical_lines("\tnews\t1\t news outlet\t\n\tCitations\t\n")
    assert [line for line in lines if line] == ["news", "1", "news outlet", "Citations"]


@for_each(
    ("line", "plain"),
    [
        ("64 news outlets (/details/990000001/news)", "64 news outlets"),
        ("64 news outlets (https://www.altmetric.com/details/990000001/news)", "64 news outlets"),
        ("DOI 10.5555/x(1) (https://doi.org/10.5555/x(1))", "DOI 10.5555/x(1)"),
        ("the data (https://example.org/a) are here", "the data (https://example.org/a) are here"),
        (
            "2. One of the highest-scoring outputs from this source",
            "One of the highest-scoring outputs from this source",
        ),
        ("2. High hedges", "2. High hedges"),
    ],
)
def test_addresses_and_numbers_that_tools_add_to_lines_are_removed(line, plain):
    assert logical_lines(line) == [plain]


def test_a_number_in_brackets_that_is_also_a_link_number_stays():
    text = "As they [1] said, see\n[1]the page\n\nReferences\n\n   1. https://example.org/\n"
    assert logical_lines(text)[:2] == ["As they [1] said, see", "the page"]


def test_an_initial_at_the_end_of_a_line_ends_no_sentence():
    names = [
        "Petra C. Zeller, Callum D. Takeda, Zofia D. Castellane, Farida A.",
        "Marlow, Zofia C. Marlow, Zofia C. Kowalik, Marta D. Oduya, Ilse D.",
        "Aldous",
    ]
    assert LOST not in "".join(logical_lines("\n".join(f"   {line}" for line in names)))


def test_authors_in_a_drawn_table_end_above_the_prose():
    rows = [
        ("  Title  ", "Library visits and wellbeing in northern lowlands: a field"),
        ("", "experiment"),
        ("   DOI   ", "10.5555/ope.2017.13"),
        (" Authors ", "Søren Sabbagh, Zofia Petrak, Wei Takeda, Zofia Takeda"),
        ("", "BACKGROUND: These findings suggest that modest changes can"),
        ("", "last. No difference was seen between neighbouring sites."),
        ("", ""),
        ("Abstract ", ""),
        ("", "RESULTS: We followed 1779 households over 4 seasons. What"),
        ("", "remains unknown is how long the change holds."),
        ("", ""),
    ]
    table = "\n".join(f"   {label:9}   {value}".rstrip() for label, value in rows)
    lines = logical_lines(table)
    at = lines.index("Authors")
    assert lines[at : at + 3] == ["Authors", "Søren Sabbagh, Zofia Petrak, Wei Takeda, Zofia Takeda", "Abstract"]


def test_the_label_of_an_abstract_in_its_column_begins_a_line():
    above = f"{' ' * 10}Forty playgrounds were watched for a whole summer. Those with hedges"
    lines = logical_lines(f" Authors    Ines Fernhill, Wei Nakagawa\n\n{above}\n Abstract cooled down.")
    assert lines[-1] == "Abstract cooled down."


@for_each("gap", ["\n", "\n\n"])
def test_a_title_keeps_its_first_mark(gap):
    assert logical_lines(f"Title{gap}- and + in logic{gap}- and a list")[-1] == "and a list"
    assert "- and + in logic" in logical_lines(f"Title{gap}- and + in logic{gap}- and a list")


def test_an_address_that_is_broken_after_its_colon_is_joined():
    assert joined_by("see http:", "//example.org/a") == ""
