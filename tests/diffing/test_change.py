"""The numbers of a record, and how those of two differ. What is not shown is unknown, and never a zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.diffing.material import counts, demographics, ranking, snapshot

from altdetails.diffing.change import Measured, differences, known, measured
from altdetails.record import Count


def differ(old, new):
    """How two records differ, a tuple a number."""
    found = differences(measured(old), measured(new))
    return [(each.field, each.old, each.new, each.delta, each.missing) for each in found]


def test_every_number_has_the_path_of_its_field():
    record = snapshot(
        score=641,
        mentions=counts(news=64, twitter=418),
        citations=counts(dimensions=42),
        readers=counts(mendeley=187, citeulike=0),
        demographics=demographics(twitter=418, mendeley=187),
        rankings=[
            ranking("all", rank=41_207, total=25_604_118, percentile=99, top_percent=5),
            ranking("source", mean_score=21.7, higher_than_percent=99, higher_than_count=3),
        ],
    )
    assert measured(record).values == {
        "score": 641,
        "mentions.news": 64,
        "mentions.twitter": 418,
        "citations.dimensions": 42,
        "readers.mendeley": 187,
        "readers.citeulike": 0,
        "demographics.twitter.total": 418,
        "demographics.mendeley.total": 187,
        "rankings.all.rank": 41_207,
        "rankings.all.total": 25_604_118,
        "rankings.all.percentile": 99,
        "rankings.all.top_percent": 5,
        "rankings.source.higher_than_percent": 99,
        "rankings.source.higher_than_count": 3,
        "rankings.source.mean_score": 21.7,
    }


def test_a_page_that_shows_nothing_has_no_numbers():
    assert measured(snapshot()) == Measured({}, [], [])


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ({"score": 5}, {"score": 7}, ("score", 5, 7, 2, None)),
        ({"score": 7}, {"score": 0}, ("score", 7, 0, -7, None)),
        ({}, {"score": 0}, ("score", None, 0, None, "not_shown")),
        ({"score": 0}, {}, ("score", 0, None, None, "not_shown")),
        ({}, {"mentions": counts(news=3)}, ("mentions.news", None, 3, None, "not_shown")),
        ({"mentions": []}, {"mentions": counts(news=3)}, ("mentions.news", None, 3, None, "not_listed")),
        ({"readers": counts(connotea=1)}, {"readers": []}, ("readers.connotea", 1, None, None, "not_listed")),
        ({"readers": counts(connotea=1)}, {"mentions": []}, ("readers.connotea", 1, None, None, "not_shown")),
        (
            {"rankings": [ranking("source", mean_score=21.7)]},
            {"rankings": [ranking("source", mean_score=22.1)]},
            ("rankings.source.mean_score", 21.7, 22.1, 0.4, None),
        ),
        (
            {"rankings": [ranking("all", rank=3)]},
            {"rankings": [ranking("source", rank=3)], "score": None},
            ("rankings.source.rank", None, 3, None, "not_shown"),
        ),
    ],
)
def test_what_differs_is_told_with_what_is_known_of_it(old, new, difference):
    assert difference in differ(snapshot(**old), snapshot(**new))


def test_what_is_the_same_or_unknown_on_both_sides_is_no_difference():
    shown = {"score": 5, "mentions": counts(news=3), "demographics": demographics(twitter=1)}
    assert differ(snapshot(**shown), snapshot(**shown)) == []
    assert differ(snapshot(mentions=None), snapshot(mentions=[])) == []


@pytest.mark.parametrize("two", [[5, 6], [6, 5], [5, 6, 5]])
def test_a_source_with_two_counts_has_none(two):
    twice = snapshot(mentions=[*counts(news=1), *(Count("twitter", count, None, None) for count in two)])
    once = snapshot(mentions=counts(news=1, twitter=5))
    assert differ(twice, once) == [("mentions.twitter", None, 5, None, "named_twice")]
    assert differ(once, twice) == [("mentions.twitter", 5, None, None, "named_twice")]


def test_a_source_that_is_named_twice_with_one_count_has_it():
    assert differ(snapshot(mentions=counts(news=5) * 2), snapshot(mentions=counts(news=5))) == []


def test_differences_stand_in_the_order_of_a_record():
    old = snapshot(
        score=1, mentions=counts(blogs=1), citations=counts(dimensions=1), rankings=[ranking("all", rank=1, total=9)]
    )
    new = snapshot(score=2, mentions=counts(news=1), readers=counts(mendeley=1), rankings=[ranking("all", rank=2)])
    assert [field for field, *_ in differ(old, new)] == [
        "score",
        "mentions.news",
        "mentions.blogs",
        "citations.dimensions",
        "readers.mendeley",
        "rankings.all.rank",
        "rankings.all.total",
    ]


def test_of_an_output_with_one_record_all_numbers_are_known():
    numbers = measured(snapshot(score=5, mentions=counts(news=3)))
    told = [(each.field, each.old, each.new, each.delta, each.missing) for each in known(None, numbers)]
    assert told == [("score", None, 5, None, None), ("mentions.news", None, 3, None, None)]
    assert [(each.old, each.new) for each in known(numbers, None)] == [(5, None), (3, None)]


whole = st.integers(0, 2**70)
tenths = st.integers(0, 1000).map(lambda number: number / 10)
numbers = st.fixed_dictionaries(
    {},
    optional={"score": whole, "mentions.news": whole, "readers.mendeley": whole, "rankings.source.mean_score": tenths},
)


@given(numbers, numbers)
def test_the_differences_make_the_newer_numbers_of_the_older(old, new):
    found = differences(Measured(old, [], []), Measured(new, [], []))
    changed = {each.field: each.new for each in found}
    assert {field: value for field, value in (old | changed).items() if value is not None} == new
    assert all(each.delta is None or each.old + each.delta == pytest.approx(each.new) for each in found)
