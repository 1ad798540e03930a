"""The score, the day of the last mention, and the bullets."""

import pytest
from tests.page.material import edited, everyday, everyday_text, said

from altdetails.page import parse

BULLET = "High Attention Score compared to outputs of the same age (88th percentile)"
SENTENCE = "<strong>Altmetric Attention Score</strong> of <strong>18</strong>."
DAY = "last mentioned on 16 May 2024."


def highlight(bullet):
    """The highlight that a bullet gives, and what is unread then."""
    record = said(edited(everyday(), (BULLET, bullet)))
    found = [each for each in record["highlights"] if each["text"] == bullet]
    return found[0] if found else None, record["unread"]


def ordinal(number):
    return f"{number}{'th' if number // 10 == 1 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


@pytest.mark.parametrize("percentile", range(100))
def test_the_percentile_of_a_level_is_read_with_each_of_its_endings(percentile):
    text = f"Good Attention Score compared to outputs of the same age ({ordinal(percentile)} percentile)"
    found, unread = highlight(text)
    assert (found["percentile"], unread) == (percentile, [])


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("High", "high"),
        ("Good", "good"),
        ("Above-average", "above_average"),
        ("Above-Average", "above_average"),
        ("Average", "average"),
    ],
)
@pytest.mark.parametrize(("whom", "scope"), [("", "similar_age"), (" and source", "similar_age_and_source")])
def test_every_level_is_read_for_both_scopes(words, level, whom, scope):
    found, unread = highlight(f"{words} Attention Score compared to outputs of the same age{whom} (66th percentile)")
    assert (found["scope"], found["kind"], found["level"], found["percentile"]) == (scope, "level", level, 66)
    assert unread == []


def test_an_average_level_has_no_percentile():
    found, unread = highlight("Average Attention Score compared to outputs of the same age")
    assert (found["level"], found["percentile"], unread) == ("average", None, [])


@pytest.mark.parametrize("percent", [1, 5, 25, 50, 100])
def test_the_top_percent_is_read(percent):
    found, _ = highlight(f"In the top {percent}% of all research outputs scored by Altmetric")
    assert (found["scope"], found["kind"], found["top_percent"]) == ("all", "top_percent", percent)


@pytest.mark.parametrize("opening", ["One of", "Among"])
@pytest.mark.parametrize(("shown", "rank", "total"), [("#3 of 31", 3, 31), ("#1,043 of 79,429", 1043, 79429)])
def test_the_rank_in_the_source_is_read(opening, shown, rank, total):
    found, _ = highlight(f"{opening} the highest-scoring outputs from this source ({shown})")
    assert (found["scope"], found["kind"], found["rank"], found["total"]) == ("source", "rank", rank, total)


@pytest.mark.parametrize(
    "bullet",
    [
        "Low Attention Score compared to outputs of the same age",
        "High Attention Score compared to outputs of the same age (88 percentile)",
        "High Attention Score compared to outputs of the same continent (88th percentile)",
        "In the top 1.5% of all research outputs scored by Altmetric",
        "One of the highest-scoring outputs from this source (#3)",
        "One of the highest-scoring outputs from this source (#3 of 1.204)",
        "Talked about on 12 radios",
    ],
)
def test_a_bullet_of_no_known_form_is_unread_and_gives_no_number(bullet):
    found, unread = highlight(bullet)
    assert found is None
    assert [(each["part"], each["text"]) for each in unread] == [("attention", bullet)]


@pytest.mark.parametrize(
    "bullet",
    [
        "In the top 500% of all research outputs scored by Altmetric",
        "High Attention Score compared to outputs of the same age (888th percentile)",
        "Among the highest-scoring outputs from this source (#0 of 9)",
    ],
)
def test_a_bullet_with_an_impossible_number_gives_a_record_that_can_be_read_again(bullet):
    record = parse(edited(everyday(), (BULLET, bullet)))
    assert type(record).from_json(record.to_json()) == record


@pytest.mark.parametrize(
    ("shown", "score"),
    [
        *(("0", 0), ("1", 1), ("9999", 9999), ("12,345", 12345), ("1.5k", None), ("1 234", None), ("1.234", None)),
        *(
            ("12,34", None),
            ("1,23", None),
            ("–", None),
            ("-5", None),
            ("", None),
            ("1e3", None),
            ("½", None),
            ("１２", None),
        ),
    ],
)
def test_the_score_of_the_sentence_is_a_whole_number_or_none(shown, score):
    html = edited(everyday(), ("score=18", "size=64"), (SENTENCE, SENTENCE.replace("18", shown)))
    assert said(html)["score"] == score
    text = edited(everyday_text(), ("Attention Score of 18.", f"Attention Score of {shown}."))
    assert said(text)["score"] == score


def test_the_score_of_the_badge_is_preferred_and_the_difference_is_named():
    record = said(edited(everyday(), (SENTENCE, SENTENCE.replace("18", "19"))))
    assert record["score"] == 18
    assert [found["code"] for found in record["inconsistencies"]] == ["score_of_badge_and_sentence"]


def test_a_score_of_zero_is_zero():
    record = said(everyday(score=0, ranks=None, bullets=None))
    assert (record["score"], record["rankings"], record["highlights"]) == (0, None, None)


@pytest.mark.parametrize(
    ("shown", "day"),
    [
        ("last mentioned on 08 December 2023.", "2023-12-08"),
        ("last mentioned on 8 December 2023.", "2023-12-08"),
        ("last mentioned on 29 February 2024.", "2024-02-29"),
        ("last mentioned on 29 February 2023.", None),
        ("last mentioned on 31 April 2023.", None),
        ("last mentioned on 00 May 2023.", None),
        ("last mentioned on 12 Mai 2023.", None),
        ("last mentioned in May 2023.", None),
        ("last mentioned on 5/12/2023.", None),
    ],
)
def test_the_day_of_the_last_mention_is_a_day_of_the_calendar_or_none(shown, day):
    assert said(edited(everyday(), (DAY, shown)))["last_mentioned"] == day
