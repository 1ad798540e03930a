"""Authors and abstracts of texts whose lines are broken."""

from altdetails.page.people import LabelPlace, rows_of_people

LABELS = {"Authors", "Abstract"}
TEXT = ["We counted birds in hedges and on walls for a whole", "summer of rain."]


def test_a_hyphen_at_the_end_of_a_line_joins_two_lines_without_a_space():
    lines = ["Ines Fernhill, Elif Okonjo-", "Reyes", "We saw many well-", "known songbirds in hedges."]
    rows = ["Authors", "Ines Fernhill, Elif Okonjo-Reyes", "Abstract", "We saw many well-known songbirds in hedges."]
    assert rows_of_people(lines, LABELS, 2, LabelPlace.TOP) == (rows, [])


def test_a_line_of_capitals_is_a_name_only_if_labels_are_at_the_top():
    lines = ["Ines Fernhill", "Background", *TEXT]
    rows = ["Authors", "Ines Fernhill Background", "Abstract", " ".join(TEXT)]
    assert rows_of_people(lines, LABELS, 2, LabelPlace.TOP) == (rows, [])
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
