"""Texts of tools that break, glue or split lines: right values, or null and a name for what is in doubt."""

import re
import textwrap
from dataclasses import replace

import pytest
from samples.generator.edges import EVERYDAY
from samples.generator.layouts import layout_a, layout_b
from tests.page.material import edit, everyday, everyday_text, facts_of, fields_of
from tests.page.tools import text_of
from tests.support.cases import for_each

from altdetails.page import NotADetailsPage, parse

FIELDS = ("title", "source", "published", "doi", "authors", "score", "highlights", "rankings", "last_mentioned")
NOTHING_AFTER = {"twitter": None, "mendeley": None, "ranks": None}
NAMES = "Ines Fernhill, Søren Lindqvist, Wei Nakagawa-Lund"


def values_of(record):
    return {field: record[field] for field in FIELDS} | {"abstract": " ".join((record["abstract"] or "").split())}


def texts_of_unread(record):
    return " ".join(item["text"] for item in record["unread"])


def glue(text, *labels):
    for label in labels:
        text = re.sub(rf"(?m)^{label}\n+", label, text)
    return text


def break_lines(text, width=70):
    """Break each line at a width, as a page of a PDF does: without a sign of the end of a paragraph."""
    lines = (line for line in text.split("\n") if line)
    return "\n".join("\n".join(textwrap.wrap(line, width, break_on_hyphens=False)) for line in lines)


def test_labels_glued_to_values_are_split_from_them():
    text = glue(everyday_text(), "Title", "Published in", "Authors", "Abstract")
    assert f"\nAuthors{NAMES}" in text
    assert values_of(fields_of(text)) == values_of(fields_of(everyday_text()))


def test_boxes_glued_to_ranks_are_split_from_them():
    text = everyday_text().replace("\n#", "#").replace("\nof ", "of ")
    assert fields_of(text)["rankings"] == fields_of(everyday_text())["rankings"]


def test_a_title_with_a_row_of_a_table_is_null_and_named():
    title = f"{facts_of()['title']} | Published in | Hedge Notes, May 2015"
    record = fields_of(everyday_text().replace(f"Title\n{facts_of()['title']}", f"Title\n{title}"))
    assert title in texts_of_unread(record)
    assert record["title"] != title


@pytest.mark.parametrize("title", ["Abstract art in schools", "Title IX and hedges", "Authors at work"])
def test_a_title_can_begin_with_a_label(title):
    assert fields_of(everyday_text(title=title))["title"] == title


@for_each("width", [58, 64, 77, 92])
def test_lines_broken_without_a_sign_of_paragraphs_are_joined(width):
    assert values_of(fields_of(break_lines(everyday_text(), width))) == values_of(fields_of(everyday_text()))


def test_a_rank_whose_box_is_broken_is_named():
    record = fields_of(edit(everyday_text(), ("age from Journal of", "age from\nJournal of")))
    assert record["rankings"][-1]["rank"] is None
    assert "#7" in texts_of_unread(record)


def test_labels_broken_in_narrow_columns_are_joined():
    text = edit(break_lines(everyday_text()), ("\nPublished in\n", "\nPublished\nin\n"))
    assert values_of(fields_of(text)) == values_of(fields_of(everyday_text()))


def test_a_label_in_the_middle_of_its_value_gives_the_value():
    first, second = facts_of()["abstract"][:80].rsplit(" ", 1)[0], facts_of()["abstract"]
    second = second[len(first) + 1 :]
    source = "Journal of Hedgerow Ecology, August 2019"
    text = edit(
        break_lines(everyday_text()),
        (f"\nPublished in\n{source}", f"\nPublished\n{source}\nin"),
    )
    start, end = text.index("\nAbstract\n"), text.index("\nX Demographics")
    text = f"{text[:start]}\n{first}\nAbstract\n{second}{text[end:]}"
    assert values_of(fields_of(text)) == values_of(fields_of(everyday_text()))


def test_authors_that_could_be_the_abstract_are_null_and_named():
    source = "Journal of Hedgerow Ecology, August 2019"
    text = edit(
        break_lines(everyday_text()),
        (f"\nPublished in\n{source}", f"\nPublished\n{source}\nin"),
        ("\nAbstract\n", "\nHedgerow Watch, Lakeland\nAbstract\n"),
    )
    record = fields_of(text)
    assert (record["authors"], record["abstract"]) == (None, None)
    assert "Hedgerow Watch" in texts_of_unread(record)
    assert NAMES in texts_of_unread(record)


def test_elements_on_lines_of_their_own_are_joined_but_not_in_values():
    text = edit(everyday_text(), ("14 X users\n", "14\nX users\n"), ("profiles of 14 X", "profiles of\n14\nX"))
    assert values_of(fields_of(text)) == values_of(fields_of(everyday_text()))
    title = facts_of()["title"]
    record = fields_of(text.replace(f"Title\n{title}", f"Title\n{title[:5]}\n{title[5:]}"))
    assert title[:5] in texts_of_unread(record)
    assert record["title"] is None


@for_each("title", ["Overview of attention for hedges", "Altmetric has tracked 12 research outputs: why"])
@for_each("layout", [layout_a, layout_b])
def test_a_title_can_begin_like_a_fixed_sentence(layout, title):
    record = parse(layout(replace(EVERYDAY, title=title)))
    assert (record.title, record.output_type, record.published.year) == (title, "article", 2019)


def in_b(**changes):
    return layout_b(replace(EVERYDAY, **changes))


@pytest.mark.parametrize("names", [("Jonas Marlow", "Anna St. John"), ("Wei Lund", "Carl Dubois Jr.")])
def test_authors_without_a_label_can_have_short_forms(names):
    record = fields_of(in_b(authors=names))
    assert record["authors"] == [*names]
    assert record["abstract"] == facts_of()["abstract"]


def test_authors_without_a_label_are_above_an_abstract_with_a_colon():
    record = fields_of(in_b(abstract=("Background: forty playgrounds were watched.", "Methods: we looked.")))
    assert record["authors_text"] == NAMES
    assert record["abstract"].startswith("Background: forty")


@for_each(
    "line",
    [
        *("Mendeley readers", "Attention Score in Context", "X Demographics"),
        *("View on publisher site", "Alert me about new mentions"),
    ],
)
@for_each("layout", [layout_a, layout_b])
def test_a_heading_or_button_at_the_end_is_not_in_the_abstract(layout, line):
    text = layout(replace(EVERYDAY, **NOTHING_AFTER))
    assert fields_of(f"{text}\n{line}\n") == fields_of(text)


@pytest.mark.parametrize("heading", ["Altmetric Attention Digest", "Table of Contents", "Book Overview"])
def test_a_section_that_is_not_read_is_named(heading):
    text = everyday_text(**NOTHING_AFTER)
    record = fields_of(f"{text}\n{heading}\nAll about hedges\n")
    assert record["abstract"] == facts_of()["abstract"]
    assert record["unread"] == [{"part": "details", "text": f"{heading} All about hedges"}]


def test_short_lines_after_the_last_sentence_are_named():
    text = everyday_text(**NOTHING_AFTER)
    record = fields_of(f"{text}\nRelated outputs\n321 news outlets\n")
    assert record["abstract"] == facts_of()["abstract"]
    assert texts_of_unread(record) == "Related outputs 321 news outlets"


def test_a_count_above_the_heading_of_the_counts_is_named():
    record = fields_of(everyday_text().replace("Mentioned by", "3 blogs\n\nMentioned by", 1))
    assert {"part": "mentions", "text": "3 blogs"} in record["unread"]


def test_counts_glued_to_keys_are_null_and_named():
    glued = "news1 news outletpolicy1 policy sourcetwitter14 X users"
    start, end = everyday_text().index("Mentioned by"), everyday_text().index("Citations")
    record = fields_of(f"{everyday_text()[:start]}Mentioned by\n\n{glued}\n\n{everyday_text()[end:]}")
    assert record["mentions"] is None
    assert {"part": "mentions", "text": glued} in record["unread"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "Hedges\nOverview of attention for article\nSo far, Altmetric has seen 2 news stories from 1 outlet.\n",
            "tab",
        ),
        ("What is this page?\nThis is an Altmetric details page. It has 12 blogs.\n", "help"),
        ("↓ Skip to main content\n\nWhat is this page?\nThis is an Altmetric details page\n", "help"),
    ],
)
def test_the_text_of_another_page_is_refused(text, kind):
    with pytest.raises(NotADetailsPage) as refused:
        parse(text)
    assert refused.value.kind == kind


def test_a_box_with_a_long_source_is_joined():
    source = "Journal of Hedgerow Ecology and of all Hedges, Walls and Fences, Part B: Slow Processes"
    record = fields_of(break_lines(everyday_text(source=source), 60))
    assert [ranking["rank"] for ranking in record["rankings"]] == [
        ranking["rank"] for ranking in facts_of(source=source)["rankings"]
    ]


def test_lines_that_pdftotext_joined_without_their_hyphen_are_null_and_named():
    words = "shade and hedges " * 40
    lines = textwrap.wrap(words, 90)
    lines[1:3] = [f"{lines[1]}{lines[2]}"]
    text = edit(
        break_lines(everyday_text(), 90), (facts_of()["abstract"][:20], "\n".join([*lines, "Forty playgrounds we"]))
    )
    record = fields_of(text)
    assert record["abstract"] is None
    assert "shade and hedges" in texts_of_unread(record)


def test_a_number_in_a_label_of_two_lines_is_no_count():
    text = edit(break_lines(everyday_text()), ("Published in\n", "Chapter\n16\nnumber\nPublished in\n"))
    record = fields_of(text)
    assert record["title"] == facts_of()["title"]
    assert record["authors"] == facts_of()["authors"]


def test_a_title_that_begins_above_its_label_is_null_and_named():
    title = facts_of()["title"]
    text = edit(
        break_lines(everyday_text(), 120), (f"Title\n{title}", "A title about hedges and about\nTitle\nmany walls")
    )
    record = fields_of(
        edit(text, ("\nPublished in\n", "\nPublished\n"), (", August 2019\nDOI", ", August 2019\nin\nDOI"))
    )
    assert record["title"] is None
    assert "A title about hedges and about" in texts_of_unread(record)


def test_a_table_with_a_number_that_is_not_in_a_row_is_not_read_and_named():
    record = fields_of(
        edit(break_lines(everyday_text()), ("\nReaders by discipline", "\nOther\n8\nReaders by discipline"))
    )
    assert record["demographics"]["mendeley"]["statuses"] is None
    assert "a row was not read" in texts_of_unread(record)


@pytest.mark.parametrize("below", ["Of these, 12 liked it.", "12. They liked it.", "Results", "We liked it."])
def test_whole_words_above_a_new_sentence_are_a_paragraph_of_their_own(below):
    abstract = ("BACKGROUND", "We asked forty schools about tea and all of them answered", below)
    text = text_of(everyday(abstract=abstract), "\n", strip=True)
    assert (fields_of(text)["abstract"] or "").split("\n\n") == [*abstract]


@pytest.mark.parametrize("below", ["of them liked it.", "12 liked it.", "Render"])
def test_a_line_that_can_be_in_a_sentence_leaves_the_abstract_null(below):
    abstract = ("We asked forty schools about tea in Bio", below, "They liked it.")
    record = fields_of(text_of(everyday(abstract=abstract), "\n", strip=True))
    assert record["abstract"] is None
    assert below in texts_of_unread(record)


def test_a_bullet_goes_on_with_its_source():
    text = edit(everyday_text(), ("the same age and source (", "the same age\nand source ("))
    assert fields_of(text)["highlights"] == facts_of()["highlights"]


def test_a_table_that_pandoc_left_out_is_named_and_its_doi_is_the_one_of_the_heading():
    title = facts_of()["title"]
    head, _, rest = everyday_text().partition(f"Title\n{title}")
    rest = rest[rest.index("X Demographics") :]
    text = f"{head}[TABLE]\n\n{rest}".replace(title, f"# [{title}](https://doi.org/{facts_of()['doi']})", 1)
    record = fields_of(text)
    assert (record["title"], record["doi"], record["authors"]) == (title, facts_of()["doi"], None)
    assert {"[TABLE]", title} <= {item["text"] for item in record["unread"]}


@for_each("between", ["", " ", ", * ", "* "])
def test_bullets_glued_to_each_other_are_split(between):
    bullets = [highlight["text"] for highlight in facts_of()["highlights"]]
    pattern = r"\W+".join(map(re.escape, bullets))
    record = fields_of(re.sub(pattern, lambda _: between.join(bullets), everyday_text()))
    assert record["highlights"] == facts_of()["highlights"]


def test_counts_in_the_unit_of_another_count_are_null_and_named():
    record = fields_of(everyday_text().replace("1 news outlet\n", "1 news outlettwitter14 X users\n", 1))
    assert record["mentions"] is None
    assert "1 news outlettwitter14 X users" in texts_of_unread(record)


@for_each("form", ["Title{0}Published in{1}DOI10.5555/a", "Title {0} DOI 10.5555/jhe.2019.204 Authors A B"])
def test_details_on_one_line_are_null_and_named_and_no_notice(form):
    text = everyday_text()
    line = form.format(facts_of()["title"], "Hedge Notes, May 2015")
    start, end = text.index("\nTitle\n"), text.index("X Demographics")
    record = fields_of(f"{text[:start]}\n{line}\nThe second paragraph.\nCitations\nDOI 10.5555/other\n{text[end:]}")
    assert (record["doi"], record["abstract"], record["authors"], record["notices"]) == (None, None, None, [])
    assert f"{line} The second paragraph. Citations DOI 10.5555/other" in texts_of_unread(record)
    assert record["mentions"]
    assert record["citations"]


def test_a_value_without_its_label_is_named_and_no_notice():
    text = everyday_text().replace("\nTitle\n", f"\n{facts_of()['title']}\n", 1)
    assert fields_of(text)["notices"] == []


@for_each(
    "halves",
    [("All research outputs\n", ""), (r"of [\d,]+ outputs\n+Outputs from [^\n]+\n", "")],
)
def test_boxes_of_which_a_tool_dropped_parts_have_no_number_of_another_box(halves):
    record = fields_of(re.sub(*halves, everyday_text(), count=1))
    expected = {ranking["scope"]: ranking["rank"] for ranking in facts_of()["rankings"]}
    assert all(ranking["rank"] in {None, expected[ranking["scope"]]} for ranking in record["rankings"])


def test_a_rank_without_its_total_is_named():
    record = fields_of(re.sub(r"\nof [\d,]+ outputs", "", everyday_text(), count=1))
    assert record["rankings"][0]["rank"] is None
    assert "#" in texts_of_unread(record)


def test_a_notice_on_two_lines_or_twice_on_one_is_one_notice():
    notice = "This research output has been retracted by its publisher, and mentions may be older than that."
    for shown in (notice, notice + notice, f"{notice} {notice}", notice.replace(" and", "\nand")):
        record = fields_of(everyday_text().replace("\nTitle\n", f"\n{shown}\n\nTitle\n", 1))
        assert record["notices"] == [notice]


def test_a_notice_on_three_lines_is_one_notice():
    lines = [f"{'word ' * 14}word", f"{'more ' * 14}more", "and the end of it."]
    record = fields_of(everyday_text().replace("\nTitle\n", "\n" + "\n".join(lines) + "\n\nTitle\n", 1))
    assert record["notices"] == [" ".join(lines)]


def test_a_link_without_its_sentence_is_no_notice():
    link = "Click here to find out more about how the information was compiled."
    assert fields_of(everyday_text().replace("\nTitle\n", f"\n{link}\n\nTitle\n", 1))["notices"] == []


def test_a_place_and_a_title_whose_row_a_tool_dropped_are_null_and_named():
    text = everyday_text()
    text = text[text.index("Mentioned by") :]
    without_place = text.replace(f"{facts_of()['source']}, {facts_of()['published']['text']}\n", NAMES + "\n", 1)
    assert NAMES in without_place.partition("DOI")[0]
    record = fields_of(without_place)
    assert record["source"] != NAMES
    assert f"Published in {NAMES}" in texts_of_unread(record)
    assert fields_of(text.replace(f"{facts_of()['title']}\n", "", 1))["title"] is None


def test_prose_without_any_label_is_named():
    text = everyday_text()
    start, end = text.index("\nTitle\n"), text.index("X Demographics")
    prose = " ".join(facts_of()["abstract"].split())
    record = fields_of(f"{text[:start]}\n{prose}\n\n{text[end:]}")
    assert record["abstract"] is None
    assert prose[:100] in texts_of_unread(record)


def test_an_overview_inside_a_line_is_named():
    text = everyday_text().replace("Overview of attention for", "description: Overview of attention for", 1)
    record = fields_of(text)
    assert record["output_type"] is None
    assert "description: Overview of attention for" in texts_of_unread(record)


def test_a_score_between_spaces_is_the_score():
    text = re.sub(r"Score of (\d+)\.", r"Score of  \1 .", everyday_text())
    assert fields_of(text)["score"] == facts_of()["score"]
