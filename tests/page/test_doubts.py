"""Values that a tool joined, lost or moved, and the authors and abstracts of broken lines."""

from contextlib import suppress

import pytest
from tests.page.material import edit, everyday_text, facts_of, fields_of, insert_before
from tests.support.cases import for_each

from altdetails import NotADetailsPage
from altdetails.page.doubts import Breaks, LabelPlace, drop_doubtful_values, rows_of_people
from altdetails.page.sheet import DetailRow, Sheet

NAMES = "Ines Fernhill, Søren Lindqvist, Wei Nakagawa-Lund"
ABSTRACT = facts_of()["abstract"]
LABELS = {"Authors", "Abstract"}
TEXT = ["We counted birds in hedges and on walls for a whole", "summer of rain."]


def texts_of_unread(record):
    return " ".join(item["text"] for item in record["unread"])


def test_prose_below_the_authors_belongs_to_the_abstract():
    text = edit(everyday_text(), (f"Abstract\n\n{ABSTRACT}", f"We counted hedges.\n\nAbstract\n\n{ABSTRACT}"))
    record = fields_of(text)
    assert record["authors_text"] == NAMES
    assert record["abstract"] == f"We counted hedges.\n\n{ABSTRACT}"


@for_each(
    "authors",
    [
        f"{NAMES} Methods: we counted hedges in the shade",
        f"{NAMES}\nMethods\nWe counted hedges.",
        f"{NAMES},\nWe counted hedges.",
        f"{NAMES} we looked at many hedges",
        f"{NAMES} Abstract",
    ],
)
def test_authors_and_abstract_without_a_certain_border_are_null_and_named(authors):
    record = fields_of(edit(everyday_text(), (NAMES, authors)))
    assert record["authors"] is record["authors_text"] is record["abstract"] is None
    assert "Wei Nakagawa-Lund" in texts_of_unread(record)
    assert "Forty playgrounds" in texts_of_unread(record)


@for_each(
    "authors",
    [
        "Anna St. John, Carl Dubois Jr., Prof. Arjun Iyer MD, PhD",
        "maren aldous, bell hooksworth",
        "Ines Fernhill, for the Lakeland Hedge Consortium",
        "Ludwig von und zu Hartwick, María José de la Cruz",
        "Ann Lee; Bo Ek",
    ],
)
def test_unusual_names_are_no_prose(authors):
    record = fields_of(edit(everyday_text(), (NAMES, authors)))
    assert record["authors_text"] == authors
    assert record["abstract"] == ABSTRACT


def test_an_abstract_that_begins_with_the_authors_is_null_and_named():
    record = fields_of(edit(everyday_text(), (f"Authors\n\n{NAMES}\n\nAbstract\n\n", f"Abstract\n\nAuthors {NAMES} ")))
    assert record["abstract"] is None
    assert NAMES in texts_of_unread(record)


@for_each("mark", ["\ufffd", "(cid:12)", "\x00", "&D;"])
def test_a_value_with_an_unreadable_letter_is_null_and_named(mark):
    record = fields_of(edit(everyday_text(), ("Ines Fernhill", f"In{mark}é Fernhill")))
    assert record["authors"] is None
    assert "Søren Lindqvist" in texts_of_unread(record)


def test_a_box_with_an_unreadable_source_has_no_source_and_is_named():
    source = "Journal of Hedgerow Ecology"
    text = edit(everyday_text(), (f"Outputs from {source}", "Outputs from (cid:0)(cid:1)"))
    record = fields_of(text)
    assert "Outputs from (cid:0)(cid:1)" in texts_of_unread(record)
    assert not any("cid" in str(ranking) for ranking in record["rankings"])


def test_an_unreadable_title_takes_the_heading_with_it_which_can_be_shorter():
    title = facts_of()["title"]
    record = fields_of(edit(everyday_text(), (f"Title\n{title}", "Title\nHedges, R&D; and birds")))
    assert record["title"] is None
    assert "R&D; and birds" in texts_of_unread(record)


def test_one_word_below_the_authors_can_be_of_the_abstract():
    record = fields_of(edit(everyday_text(), (f"{NAMES}\n", "Ines Fernhill\nBACKGROUND\n")))
    assert record["authors"] is record["abstract"] is None
    assert "BACKGROUND" in texts_of_unread(record)


@pytest.mark.parametrize("end", ["2", "Registered protocol"])
def test_a_line_that_is_perhaps_not_of_the_abstract_leaves_it_null(end):
    people, doubtful = rows_of_people([NAMES, *TEXT, end], LABELS, 1, LabelPlace.TOP)
    assert people == ["Authors", NAMES]
    assert doubtful == [f"Abstract {' '.join(TEXT)} {end}"]


def test_a_title_on_two_lines_is_null_and_named():
    title = facts_of()["title"]
    text = edit(everyday_text(), (f"Title\n{title}", "Title\nHedges beside playgrounds: shade,\nbirds"))
    record = fields_of(text)
    assert record["title"] is None
    assert "birds" in texts_of_unread(record)


def test_lines_of_authors_can_have_no_comma():
    text = (
        f"| Pubmed ID    |{'':91}| |\n"
        "| Student > Master              | 12    | 22%  |\n| Researcher                     | 9     | 16%  |\n"
        "| Unknown                        | 20    | 36%  |\n| Readers by discipline | Count | As % |\n"
        "| Authors      | Elif Duarte, Tomás Moreau, Zofia Wexford                                            |\n"
        "Outputs from Commons & Cities (Online Edition)\n<?x y?>\n"
    )
    with suppress(NotADetailsPage):
        assert fields_of(text)["authors"] is None


@for_each("label", ["Published in", "Pu blished in", ""])
def test_the_place_is_never_a_part_of_the_title(label):
    title, place = facts_of()["title"], "Journal of Hedgerow Ecology, August 2019"
    text = edit(everyday_text(), (f"\n{title}\nPublished in\n{place}\n", f"\n{title} {label} {place}\n"))
    record = fields_of(text)
    is_named = any(place in item for item in texts_of_unread(record))
    assert (record["title"], record["source"]) == (title, facts_of()["source"]) or (
        record["title"] is None and is_named
    )


def test_a_line_below_a_title_that_equals_the_heading_is_named():
    record = fields_of(insert_before(everyday_text(), "Published in\n", "A second line\n"))
    assert record["title"] == facts_of()["title"]
    assert "A second line" in texts_of_unread(record)


def test_a_heading_without_counts_is_named():
    record = fields_of(edit(everyday_text(), ("dimensions_citation\n19 Dimensions\n", "")))
    assert record["citations"] is None
    assert {"part": "citations", "text": "Citations"} in record["unread"]


def test_a_count_of_another_page_is_named():
    record = fields_of(
        edit(everyday_text(), ("73 Mendeley\n", "73 Mendeley\nnews\n321 news outlets\nmendeley\n654 Mendeley\n"))
    )
    assert [count["count"] for count in record["readers"]] == [73]
    assert "321 news outlets" in texts_of_unread(record)
    assert "654 Mendeley" in texts_of_unread(record)


def test_a_hyphen_at_the_end_of_a_line_joins_two_lines_without_a_space():
    lines = ["Ines Fernhill, Elif Okonjo-", "Reyes", "We saw many well-", "known songbirds in hedges."]
    rows = ["Authors", "Ines Fernhill, Elif Okonjo-Reyes", "Abstract", "We saw many well-known songbirds in hedges."]
    assert rows_of_people(lines, LABELS, 2, LabelPlace.TOP) == (rows, [])


def test_a_line_of_capitals_is_a_name_only_if_labels_are_at_the_top():
    lines = ["Ines Fernhill", "Background", *TEXT]
    rows = ["Authors", "Ines Fernhill Background", "Abstract", " ".join(TEXT)]
    assert rows_of_people(lines, LABELS, 2, LabelPlace.TOP) == (rows, [])
    rows = ["Authors", "Ines Fernhill", "Abstract", "Background", " ".join(TEXT)]
    assert rows_of_people(lines, LABELS, 2, LabelPlace.MIDDLE) == (rows, [])
    lines[1] = "Hedgerow Watch"
    assert rows_of_people(lines, LABELS, 2, LabelPlace.MIDDLE)[0] == []


def test_names_go_on_after_a_comma_or_a_hyphen():
    lines = ["Ines Fernhill,", "Søren Lindqvist", *TEXT]
    rows = ["Authors", "Ines Fernhill, Søren Lindqvist", "Abstract", " ".join(TEXT)]
    assert rows_of_people(lines, LABELS, 3, LabelPlace.MIDDLE) == (rows, [])


def test_an_abstract_below_authors_without_a_name_is_doubtful():
    assert rows_of_people(["Background", *TEXT], LABELS, 0, LabelPlace.TOP) == (
        [],
        [" ".join(["Abstract Authors Background", *TEXT])],
    )


def test_arabic_text_of_a_pdf_is_doubtful():
    lines = ["ليلى الحداد", *TEXT]
    assert rows_of_people(lines, LABELS, 1, LabelPlace.TOP)[0] == []
    assert rows_of_people(lines, LABELS, 1, LabelPlace.UNKNOWN)[0] != []


BEYOND = "Wei Nakagawa-Lund, Ludwig von und zu Hartwick, Oluwaseun Castellane, Greta Ek, Dmitri van"


@for_each(
    ("lines", "above", "place", "by_label", "count"),
    [
        ([BEYOND, "Dremmel", *TEXT], 3, LabelPlace.MIDDLE, 2, 2),
        (["maren aldous, bell hooksworth", *TEXT[:1] * 3], 1, LabelPlace.TOP, None, 1),
        (["maren aldous, bell hooksworth", *TEXT[:1] * 3], 2, LabelPlace.UNKNOWN, None, 1),
        (["Ines Fernhill", "BACKGROUND", *TEXT], 2, LabelPlace.UNKNOWN, None, 1),
        ([NAMES, "Hedgerow Watch", *TEXT], 1, LabelPlace.UNKNOWN, None, 1),
        (["Ines Fernhill", "Hedgerow Watch", *TEXT], 2, LabelPlace.UNKNOWN, None, None),
        ([BEYOND, "Dremmel", *TEXT], 3, LabelPlace.MIDDLE, 4, None),
    ],
)
def test_the_authors_end_where_a_line_is_short_or_their_label_is_at_their_middle(lines, above, place, by_label, count):
    people, doubtful = rows_of_people(lines, LABELS, above, place, by_label=by_label)
    assert (people[:2], bool(doubtful)) == ((["Authors", " ".join(lines[:count])], False) if count else ([], True))


def test_a_line_that_is_wider_than_the_column_has_lost_a_hyphen():
    line = f"We counted birds at 14 wellknown sites, see https://example.org/hedges/data.html for all {'data ' * 5}"
    lines = [NAMES, line, "It rained."]
    keeps = Breaks(112, keeps_hyphens=True)
    assert rows_of_people(lines, LABELS, 1, LabelPlace.TOP, breaks=keeps)[1] == []
    lost = rows_of_people(lines, LABELS, 1, LabelPlace.TOP, breaks=Breaks(112, keeps_hyphens=False))
    assert lost == (["Authors", NAMES], [" ".join(["Abstract", *lines[1:]])])


def test_a_paragraph_that_can_be_the_label_of_the_abstract_leaves_it_null():
    lines = [NAMES, *TEXT, "Abstract", *TEXT]
    assert rows_of_people(lines, LABELS, 1, LabelPlace.UNKNOWN)[0] == ["Authors", NAMES]
    assert rows_of_people(lines, LABELS, 1, LabelPlace.TOP)[1] == []


@pytest.mark.parametrize(
    ("first", "authors"), [("Results", None), ("Ines Fernhill", ["Ines Fernhill"]), ("Sumario", None)]
)
def test_a_heading_without_a_label_is_no_author(first, authors):
    text = edit(everyday_text(), (f"Authors\n\n{NAMES}\n\nAbstract\n", f"\n{first}\n"))
    record = fields_of(text)
    assert record["authors"] == authors
    assert (record["abstract"] is None) == (first == "Sumario")
    assert first != "Sumario" or first in texts_of_unread(record)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Abstract", "10.5555/hedge.1 We asked forty neighbours."),
        ("Abstract", "978-3-11-148410-0 We asked forty neighbours."),
        ("Editors", "Petra Wexford, Jonas Marlow We asked forty neighbours."),
        ("Authors", "Authors Petra Wexford, Jonas Marlow"),
        ("Authors", "10.5555/hedge.1"),
        ("Book title", "Wells and spells Published April 2010 by"),
        ("Chapter title", "Chapter title Whistling in stairwells"),
        ("Title", "Whistling in stairwells Tideline, May 2010 10.5555/hedge.1"),
    ],
)
def test_a_value_with_the_label_or_the_value_of_another_row_is_dropped_and_named(label, text):
    rows = [DetailRow("Authors", ["Ines Fernhill"]), DetailRow(label, [text])]
    sheet = Sheet(heading="Whistling in stairwells", details=rows)
    drop_doubtful_values(sheet, is_broken=True, has_breaks=True)
    assert rows[1].paragraphs == []
    assert ("details", f"{label} {text}") in sheet.leftovers


def test_a_place_without_its_year_is_dropped_from_a_broken_overview():
    overview = "Overview of attention for article published in Commons &"
    sheet = Sheet(tagline=overview)
    drop_doubtful_values(sheet, is_broken=False, has_breaks=True)
    assert (sheet.tagline, sheet.leftovers) == ("Overview of attention for article", [("header", overview)])


@pytest.mark.parametrize("last", ["Tobias", "Tobias van"])
def test_half_a_name_at_the_end_of_a_line_goes_on_below_it(last):
    lines = [f"Zofia Fernhill, Jonas Takeda, Ilse Okonjo-Reyes, {last}", "Dremmel", *TEXT]
    people, doubtful = rows_of_people(lines, LABELS, 4, LabelPlace.MIDDLE)
    assert (people[:2], doubtful) == (["Authors", " ".join(lines[:2])], [])
    lines[1] = "Background"
    assert " ".join(lines[:2]) not in rows_of_people(lines, LABELS, 4, LabelPlace.MIDDLE)[0]


def test_a_word_that_has_a_hyphen_elsewhere_has_lost_it():
    lines = [NAMES, "We asked about wellknown facts", "and well-known people."]
    breaks = Breaks(112, keeps_hyphens=False)
    assert rows_of_people(lines, LABELS, 1, LabelPlace.TOP, breaks=breaks) == (
        ["Authors", NAMES],
        [" ".join(["Abstract", *lines[1:]])],
    )


def test_authors_with_the_place_or_a_heading_of_the_abstract_are_null_and_named():
    place = f"{facts_of()['source']}, {facts_of()['published']['text']}"
    names = facts_of()["authors_text"]
    for shown in (f"{place} {names}", f"{names} Background"):
        record = fields_of(everyday_text().replace(f"Authors\n\n{names}", f"Authors\n\n{shown}", 1))
        assert record["authors"] is None
        assert any(shown in item["text"] for item in record["unread"])
