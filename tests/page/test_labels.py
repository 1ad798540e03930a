"""Labels that tools write after, between or below the lines of their values, and values that the page repeats."""

import re

import pytest
from tests.page.material import edit, everyday_text, facts_of, fields_of

from altdetails.page.doubts import LabelPlace
from altdetails.page.labels import join_labels, join_title, line_before_label, split_place

LONG = "Whistling in stairwells of the north, and the many neighbours who listened to it over fifteen long winters"
HEADER = ["Skip to main content", "Whistling in stairwells of the north, and the many", "neighbours who listened to it"]


@pytest.mark.parametrize(
    ("lines", "joined", "place"),
    [
        (["Published", "Quiet Places, 2014", "in"], ["Published in", "Quiet Places, 2014"], LabelPlace.MIDDLE),
        (["Published", "in Quiet Places, 2014"], ["Published in", "Quiet Places, 2014"], LabelPlace.TOP),
        (["Published", "in Quiet Places, 2014", ""], ["Published in", "Quiet Places, 2014", ""], LabelPlace.UNKNOWN),
        (["Chapter", "22 number"], ["Chapter number", "22"], LabelPlace.MIDDLE),
        (["Book", "978-3-11-148410-0 ISBNs"], ["Book ISBNs", "978-3-11-148410-0"], LabelPlace.MIDDLE),
        (["Chapter", "22 hedges"], ["Chapter", "22 hedges"], LabelPlace.UNKNOWN),
    ],
)
def test_the_rest_of_a_label_is_found_before_or_after_its_value(lines, joined, place):
    assert join_labels(lines) == (joined, place)


def test_a_title_that_begins_above_its_label_is_joined_if_the_heading_is_the_same():
    lines = [
        "find out more.",
        "Whistling in stairwells of the north, and",
        "Title\tthe many neighbours who",
        "listened to it",
    ]
    title = "Whistling in stairwells of the north, and the many neighbours who listened to it"
    assert join_title(lines, HEADER) == ["find out more.", f"Title\t{title}"]
    assert join_title(lines, [*HEADER, "and sang"]) == lines


def test_a_place_is_split_from_its_label_if_the_overview_repeats_it():
    overview = "Overview of attention for article published in Tideline, September 2023"
    lines = ["Tea", "Published in Tideline, September 2023", "Published in haste"]
    assert split_place(lines, overview) == ["Tea", "Published in\tTideline, September 2023", "Published in haste"]


@pytest.mark.parametrize(
    ("lines", "at"),
    [
        (["Ines Fernhill", "We asked neighbours", "about tea, and more Abstract", "of them liked it."], 2),
        (["Ines Fernhill", "We asked neighbours", "about tea", "and coffee", "and milk", "and about Abstract"], None),
        (["Ines Fernhill", "We asked neighbours Abstract", "about tea Abstract", "of them."], None),
    ],
)
def test_a_label_after_a_line_is_taken_at_the_middle_of_the_abstract_alone(lines, at):
    assert line_before_label(lines) == at


COLUMNS = """  Authors  Ines Fernhill, Søren Lindqvist
{before}
  Abstract We asked forty neighbours.
{after}"""


@pytest.mark.parametrize("before", ["           It snowed.", "           It snowed.\n           Abstract"])
@pytest.mark.parametrize("after", ["           Abstract\n           It rained.", "           It rained."])
def test_a_line_of_the_abstract_can_be_the_word_on_its_label_if_columns_tell_them(before, after):
    rows = COLUMNS.format(before=before, after=after)
    text = everyday_text(twitter=None, mendeley=None, ranks=None, title=LONG)
    doi = facts_of()["doi"]
    text = re.sub(r"(?ms)^DOI.*", f"   DOI     {doi}\n\n{rows}\n", text)
    text = edit(text, ("scored by Altmetric", "scored\nby Altmetric"))
    expected = [line.strip() for line in f"{before}\nWe asked forty neighbours.\n{after}".split("\n") if line.strip()]
    assert (fields_of(text)["abstract"] or "").split("\n\n") == expected
