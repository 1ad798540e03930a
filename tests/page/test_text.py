"""Text of pages: layouts, missing parts, and abstracts with words of other sections."""

import re
from dataclasses import replace

import pytest
from samples.generator.edges import EVERYDAY
from samples.generator.layouts import layout_a, layout_b, layout_c, layout_d
from tests.page.material import differences, edit, everyday_text, facts_of, fields_of, insert_before
from tests.support.cases import for_each

from altdetails.page import parse

LAYOUTS = {"A": layout_a, "B": layout_b, "C": layout_c, "D": layout_d}
WITH_DETAILS = ["A", "B", "C"]


def in_layout(name, **changes):
    return LAYOUTS[name](replace(EVERYDAY, **changes))


# Words of other sections inside the abstract

TIMELINE_OF_A_STUDY = (
    "In May we asked the schools, in June we counted birds and measured shade, in July we waited for rain, and in "
    "August we wrote all of it down."
)
WORDS = {
    "headings": ("About this Attention Score", "Mentioned by", "Citations", "Readers on", "Altmetric Badge"),
    "a heading alone": ("Mendeley readers",),
    "doubled headings": ("X Demographics", "X Demographics", "Mendeley readers", "Mendeley readers"),
    "both names of the network": ("Twitter Demographics", "X Demographics"),
    "heading of the context": ("Attention Score in Context",),
    "doubled heading of the context": ("Attention Score in Context", "Attention Score in Context"),
    "subheadings": ("Geographical breakdown", "Demographic breakdown"),
    "counts": ("Mentioned by", "news", "777 news outlets", "777 X users", "Citations", "777 Dimensions"),
    "counts on one line": ("Mentioned by news777 news outlets twitter777 X users",),
    "a DOI": ("DOI 10.5555/wrong", "DOI: 10.5555/wrong", "PubMed ID 12345"),
    "labels": ("Title", "Authors", "Published in", "Pubmed ID", "DOI"),
    "labels with values": ("Authors", "Decoy Person, Second Decoy", "Published in", "Decoys, May 1977"),
    "a table": ("Country Count As %", "Decoy 777 77%", "Unknown 3 <1%"),
    "a table of readers": ("Readers by professional status Count As %", "Decoys 777 77%"),
    "the score": ("This research output has an Altmetric Attention Score of 777.",),
    "boxes": ("All research outputs", "#777", "of 7,777 outputs", "Outputs of similar age", "#7", "of 77 outputs"),
    "verdicts": ("Altmetric has tracked 7,777 research outputs across all sources so far.",),
    "sentences": (
        "The data shown below were collected from the profiles of 777 X users who shared this research output.",
        "The data shown below were compiled from readership statistics for 777 Mendeley readers of this output.",
    ),
    "timeline": ("Timeline", TIMELINE_OF_A_STUDY),
    "words of several lines": ("Published in 2019, and Mentioned by few: Readers on trains, As % of all, Citations.",),
    "bullets": ("• In the top 5% of all research outputs scored by Altmetric", "- one", "* two"),
    "the limited access": ("You are seeing a free-to-access but limited selection of the activity.",),
    "numbers": ("777", "1,204 of them", "#1", "of 9", "12%", "<1%"),
    "addresses": ("See https://www.altmetric.com/details/777 and doi:10.5555/777.",),
    "Markdown": ("**777** in [brackets](and round ones) and _so_ on", "# 1", "## Results"),
    "pipes": ("a | b | c", "|x|y|", "x || y"),
}
LAST = "Playgrounds with hedges were cooler."


@for_each("layout", WITH_DETAILS)
@for_each("words", WORDS)
def test_words_inside_the_abstract_change_only_the_abstract(layout, words):
    abstract = ("Forty playgrounds were watched.", *WORDS[words], LAST)
    record = fields_of(in_layout(layout, abstract=abstract))
    assert differences(record, fields_of(in_layout(layout))) == {"abstract"}


@for_each("words", [words for words in WORDS if words not in {"bullets", "Markdown", "pipes"}])
def test_words_inside_the_abstract_stay_in_the_abstract(words):
    abstract = ("Forty playgrounds were watched.", *WORDS[words], LAST)
    assert fields_of(in_layout("A", abstract=abstract))["abstract"] == "\n\n".join(abstract)


@for_each("layout", WITH_DETAILS)
@for_each(
    "title",
    [
        *("Readers on", "Timeline", "Mendeley readers", "X Demographics", "Attention Score in Context"),
        *("All research outputs", "Mentioned by", "Country Count As %", "*Title* of _stars_", "From 12 in 2019 to 40%"),
        *("12 blogs about hedges", "2019 guidelines for hedges", "2 + 2 = 4", "1,001 nights", "3 X users"),
    ],
)
def test_a_title_that_looks_like_another_line_is_the_title(layout, title):
    record = fields_of(in_layout(layout, title=title))
    assert differences(record, fields_of(in_layout(layout))) == {"title"}
    assert record["title"] == title


@for_each("title", ["Abstract", "Citations", "Altmetric Badge", "twitter", "12 blogs"])
def test_a_title_that_equals_another_line_is_the_title_if_it_has_its_label(title):
    record = fields_of(in_layout("A", title=title))
    assert differences(record, fields_of(in_layout("A"))) == {"title"}
    assert record["title"] == title


@for_each("layout", WITH_DETAILS)
@for_each("source", ["Citations", "Title", "Nordic Notes on Peat (0000001X)", "Hedges, Rain & Society", "Outputs", "X"])
def test_a_source_that_looks_like_another_line_is_the_source(layout, source):
    record = fields_of(in_layout(layout, source=source))
    assert record["source"] == source
    assert differences(record, fields_of(in_layout(layout))) == {"source", "rankings"}


# Missing parts

PARTS = {
    "bullets": ({"bullets": None}, {"highlights": None}),
    "mentions": ({"mentions": None}, {"mentions": None}),
    "citations": ({"citations": None}, {"citations": None}),
    "readers": ({"readers": None}, {"readers": None}),
    "authors": ({"authors": None}, {"authors": None, "authors_text": None}),
    "abstract": ({"abstract": None}, {"abstract": None}),
    "PubMed id": ({"pmid": None}, {}),
    "X demographics": ({"twitter": None}, {}),
    "Mendeley demographics": ({"mendeley": None}, {}),
    "context": ({"ranks": None}, {"rankings": None, "score": None, "last_mentioned": None}),
    "limited access": ({"limited": False}, {"limited_access": False}),
}


@for_each("layout", ["A", "B"])
@for_each("part", PARTS)
def test_a_missing_part_is_null_and_changes_nothing_else(layout, part):
    changes, expected = PARTS[part]
    whole, record = fields_of(in_layout(layout)), fields_of(in_layout(layout, **changes))
    assert record | {"sections": [], "demographics": None} == whole | expected | {"sections": [], "demographics": None}


@pytest.mark.parametrize("layout", ["A", "B"])
def test_demographics_are_null_in_text_without_demographics(layout):
    assert fields_of(in_layout(layout, twitter=None, mendeley=None))["demographics"] is None


@pytest.mark.parametrize("layout", ["A", "B"])
def test_text_can_end_after_the_abstract(layout):
    nothing_after = {"twitter": None, "mendeley": None, "ranks": None}
    assert fields_of(in_layout(layout, **nothing_after))["abstract"] == facts_of()["abstract"]


@pytest.mark.parametrize(
    "boilerplate",
    [
        "Timeline\n\nLogin to access the full chart related to this output.",
        "Timeline\nLog in\nSign up for Explorer\n",
        "Timeline\n",
    ],
)
def test_the_timeline_and_the_lines_below_it_are_not_in_the_abstract(boilerplate):
    text = insert_before(everyday_text(), "X Demographics\n\nX Demographics", f"{boilerplate}\n")
    assert fields_of(text) == fields_of(everyday_text())


# Forms of the same text


@for_each(
    "change",
    {
        "no skip link": lambda text: text.replace("↓ Skip to main content\n\n", ""),
        "no badge": lambda text: text.replace("Altmetric Badge\n", ""),
        "headings once": lambda text: re.sub(r"(?m)^(.+)\n\n\1$", r"\1", text),
        "blank lines between all lines": lambda text: text.replace("\n", "\n\n"),
        "no blank lines but around the abstract": lambda text: re.sub(r"\n{2,}", "\n", text),
        "spaces at the ends of lines": lambda text: text.replace("\n", "  \n"),
        "tabs before lines": lambda text: text.replace("\n", "\n\t"),
        "old line ends": lambda text: text.replace("\n", "\r"),
        "a line of white space at the end": lambda text: text + "\n \n\t\n",
        "bullets as stars": lambda text: text.replace("•", "*"),
        "no bullet marks": lambda text: text.replace("  • ", ""),
        "Twitter for X": lambda text: text.replace("X Demographics", "Twitter Demographics"),
    }.items(),
    ids=lambda item: item[0],
)
def test_the_form_of_the_text_changes_nothing(change):
    assert fields_of(change[1](everyday_text())) == fields_of(everyday_text())


@pytest.mark.parametrize("lines", [["Hedge Press"], ["Hedge Press", "Article Metrics"]])
def test_a_brand_line_is_never_the_title(lines):
    text = insert_before(everyday_text(), everyday_text().split("\n")[2], "\n".join(lines) + "\n")
    assert fields_of(text) == fields_of(everyday_text())


def test_the_title_is_read_from_its_row_if_the_heading_is_missing():
    title = facts_of()["title"]
    text = everyday_text().replace(title, "Hedge Press", 1)
    assert fields_of(text)["title"] == title


def test_the_count_of_an_unknown_key_is_kept():
    text = edit(everyday_text(), ("facebook\n1 Facebook page", "smoke_signals\n12 hill tops"))
    record = fields_of(text)
    assert record["mentions"][-1] == {"source": "smoke_signals", "count": 12, "unit": "hill tops", "url": None}
    assert {"part": "mentions", "text": "smoke_signals"} in record["unread"]


@for_each("count", ["5 news", "3 policy", "12 X", "2 peer review", "4 Facebook", "1 Q", "9 tweet"])
def test_a_count_whose_unit_is_cut_is_dropped(count):
    text = f"Overview of attention for article published in A, January 2020\n\nMentioned by\n\n{count}"
    assert fields_of(text)["mentions"] is None
    assert fields_of(f"{text}\n")["mentions"][0]["unit"] == count.partition(" ")[2]


def test_an_unknown_unit_becomes_the_key():
    text = edit(in_layout("B"), ("1 Facebook page", "12 hill tops"))
    assert fields_of(text)["mentions"][-1] == {"source": "hill_top", "count": 12, "unit": "hill tops", "url": None}


@for_each(
    ("joined", "counts"),
    [
        ("news1 news outlet twitter14 X users", [("news", 1), ("twitter", 14)]),
        ("f10001 research highlight platform twitter14 X users", [("f1000", 1), ("twitter", 14)]),
        ("twitter1,204 X users", [("twitter", 1204)]),
        ("q&a2 Q&A threads", [("q&a", 2)]),
    ],
)
def test_a_key_without_a_space_before_its_count_is_split_from_it(joined, counts):
    text = re.sub(r"(?s)(Mentioned by\n\n).*?(\n\nCitations)", rf"\1{joined}\2", everyday_text())
    assert [(count["source"], count["count"]) for count in fields_of(text)["mentions"]] == counts


def test_the_key_f1000_with_the_count_1_is_1():
    text = edit(everyday_text(), ("facebook\n1 Facebook page", "f1000\n1 research highlight platform"))
    assert fields_of(text)["mentions"][-1]["count"] == 1


def test_citations_without_their_heading_are_citations():
    text = in_layout("B", mentions=None)
    assert [count["count"] for count in fields_of(text)["citations"]] == [19]
    assert fields_of(text)["mentions"] is None


def test_the_total_is_read_from_the_sentence_about_one_user():
    text = everyday_text().replace("profiles of 14 X users", "profile of 1 X user")
    assert fields_of(text)["demographics"]["twitter"]["total"] == 1


@for_each("url", ["https://www.altmetric.com/details/990000100", "/details/990000100", "990000100", None])
def test_the_id_of_text_is_read_from_the_address(url):
    record = parse(everyday_text(), url=url)
    is_address = url is not None and "/" in url
    assert record.altmetric_id == (990000100 if is_address else None)


def test_tables_can_have_one_cell_per_line():
    text = re.sub(r"(?m)^(\S.*) Count As %$", r"\1\nCount\nAs %", everyday_text())
    text = re.sub(r"(?m)^(\S.*) (\d+) (\d+%)$", r"\1\n\2\n\3", text)
    assert "\nDenmark\n1\n1%\n" in text
    assert fields_of(text) == fields_of(everyday_text())


def test_limited_access_is_null_in_a_part_of_a_page_without_the_overview():
    text = everyday_text(limited=False)
    assert fields_of(text)["limited_access"] is False
    assert fields_of(text[text.index("Mentioned by") :])["limited_access"] is None
