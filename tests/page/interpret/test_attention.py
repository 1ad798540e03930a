"""The score, the day of the last mention, and the bullets."""

import pytest
from tests.page.material import edit, everyday, everyday_text, fields_of
from tests.support.cases import for_each

from altdetails.page import parse

BULLET = "High Attention Score compared to outputs of the same age (88th percentile)"
SENTENCE = "<strong>Altmetric Attention Score</strong> of <strong>18</strong>."
DAY = "last mentioned on 16 May 2024."


def highlight_of(bullet):
    """Return the highlight of a bullet, or None, and the field `unread`."""
    record = fields_of(edit(everyday(), (BULLET, bullet)))
    highlights = [item for item in record["highlights"] if item["text"] == bullet]
    return highlights[0] if highlights else None, record["unread"]


def ordinal(number):
    return f"{number}{'th' if number // 10 == 1 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


@for_each("percentile", range(100))
def test_the_percentile_of_a_level_is_read_with_all_endings(percentile):
    text = f"Good Attention Score compared to outputs of the same age ({ordinal(percentile)} percentile)"
    highlight, unread = highlight_of(text)
    assert (highlight["percentile"], unread) == (percentile, [])


@for_each(
    ("words", "level"),
    [
        ("High", "high"),
        ("Good", "good"),
        ("Above-average", "above_average"),
        ("Above-Average", "above_average"),
        ("Average", "average"),
    ],
)
@for_each(("whom", "scope"), [("", "similar_age"), (" and source", "similar_age_and_source")])
def test_every_level_is_read_for_both_scopes(words, level, whom, scope):
    highlight, unread = highlight_of(
        f"{words} Attention Score compared to outputs of the same age{whom} (66th percentile)"
    )
    assert (highlight["scope"], highlight["kind"], highlight["level"], highlight["percentile"]) == (
        scope,
        "level",
        level,
        66,
    )
    assert unread == []


def test_an_average_level_has_no_percentile():
    highlight, unread = highlight_of("Average Attention Score compared to outputs of the same age")
    assert (highlight["level"], highlight["percentile"], unread) == ("average", None, [])


@for_each("percent", [1, 5, 25, 50, 100])
def test_the_top_percent_is_read(percent):
    highlight, _ = highlight_of(f"In the top {percent}% of all research outputs scored by Altmetric")
    assert (highlight["scope"], highlight["kind"], highlight["top_percent"]) == ("all", "top_percent", percent)


@for_each("opening", ["One of", "Among"])
@for_each(("shown", "rank", "total"), [("#3 of 31", 3, 31), ("#1,043 of 79,429", 1043, 79429)])
def test_the_rank_in_the_source_is_read(opening, shown, rank, total):
    highlight, _ = highlight_of(f"{opening} the highest-scoring outputs from this source ({shown})")
    assert (highlight["scope"], highlight["kind"], highlight["rank"], highlight["total"]) == (
        "source",
        "rank",
        rank,
        total,
    )


@for_each(
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
def test_a_bullet_of_an_unknown_form_is_unread(bullet):
    highlight, unread = highlight_of(bullet)
    assert highlight is None
    assert [(item["part"], item["text"]) for item in unread] == [("attention", bullet)]


@pytest.mark.parametrize(
    "bullet",
    [
        "In the top 500% of all research outputs scored by Altmetric",
        "High Attention Score compared to outputs of the same age (888th percentile)",
        "Among the highest-scoring outputs from this source (#0 of 9)",
    ],
)
def test_the_record_of_a_bullet_with_an_impossible_number_is_valid(bullet):
    record = parse(edit(everyday(), (BULLET, bullet)))
    assert type(record).from_json(record.to_json()) == record


@for_each(
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
def test_the_score_of_the_sentence_is_a_whole_number_or_null(shown, score):
    html = edit(everyday(), ("score=18", "size=64"), (SENTENCE, SENTENCE.replace("18", shown)))
    assert fields_of(html)["score"] == score
    text = edit(everyday_text(), ("Attention Score of 18.", f"Attention Score of {shown}."))
    assert fields_of(text)["score"] == score


def test_the_score_of_the_badge_takes_precedence_with_an_inconsistency():
    record = fields_of(edit(everyday(), (SENTENCE, SENTENCE.replace("18", "19"))))
    assert record["score"] == 18
    assert [inconsistency["code"] for inconsistency in record["inconsistencies"]] == ["score_of_badge_and_sentence"]


def test_a_score_of_zero_is_zero():
    record = fields_of(everyday(score=0, ranks=None, bullets=None))
    assert (record["score"], record["rankings"], record["highlights"]) == (0, None, None)


@for_each(
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
def test_the_day_of_the_last_mention_is_a_valid_date_or_null(shown, day):
    assert fields_of(edit(everyday(), (DAY, shown)))["last_mentioned"] == day
