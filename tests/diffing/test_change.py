"""Test the numbers of a record and the differences between two records. A missing number is never a zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.diffing.material import counts, demographics, ranking, snapshot
from tests.support.cases import for_each

from altdetails.diffing.change import Numbers, all_measures, compare_numbers, extract_numbers
from altdetails.record import Count


def differ(old, new):
    """Return the differences between two records, one tuple per number."""
    measures = compare_numbers(extract_numbers(old), extract_numbers(new))
    return [(measure.field, measure.old, measure.new, measure.delta, measure.missing) for measure in measures]


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
    assert extract_numbers(record).values == {
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


def test_a_page_without_numbers_has_no_numbers():
    assert extract_numbers(snapshot()) == Numbers({}, [], [])


@for_each(
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
def test_a_difference_has_both_numbers_or_the_reason_why_one_is_missing(old, new, difference):
    assert difference in differ(snapshot(**old), snapshot(**new))


def test_numbers_that_are_equal_or_missing_on_both_sides_do_not_differ():
    shown = {"score": 5, "mentions": counts(news=3), "demographics": demographics(twitter=1)}
    assert differ(snapshot(**shown), snapshot(**shown)) == []
    assert differ(snapshot(mentions=None), snapshot(mentions=[])) == []


@pytest.mark.parametrize("two_counts", [[5, 6], [6, 5], [5, 6, 5]])
def test_a_source_with_two_different_counts_has_no_number(two_counts):
    twice = snapshot(mentions=[*counts(news=1), *(Count("twitter", count, None, None) for count in two_counts)])
    once = snapshot(mentions=counts(news=1, twitter=5))
    assert differ(twice, once) == [("mentions.twitter", None, 5, None, "named_twice")]
    assert differ(once, twice) == [("mentions.twitter", 5, None, None, "named_twice")]


def test_a_source_that_is_listed_twice_with_the_same_count_has_a_number():
    assert differ(snapshot(mentions=counts(news=5) * 2), snapshot(mentions=counts(news=5))) == []


def test_differences_are_in_the_order_of_a_record():
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


def test_a_new_or_gone_output_has_all_its_numbers():
    numbers = extract_numbers(snapshot(score=5, mentions=counts(news=3)))
    assert [(measure.field, measure.old, measure.new) for measure in all_measures(None, numbers)] == [
        ("score", None, 5),
        ("mentions.news", None, 3),
    ]
    assert [(measure.old, measure.new) for measure in all_measures(numbers, None)] == [(5, None), (3, None)]
    assert {(measure.delta, measure.missing) for measure in all_measures(None, numbers)} == {(None, None)}


whole = st.integers(0, 2**70)
tenths = st.integers(0, 1000).map(lambda number: number / 10)
numbers = st.fixed_dictionaries(
    {},
    optional={"score": whole, "mentions.news": whole, "readers.mendeley": whole, "rankings.source.mean_score": tenths},
)


@given(numbers, numbers)
def test_old_numbers_with_the_differences_are_the_new_numbers(old, new):
    measures = compare_numbers(Numbers(old, [], []), Numbers(new, [], []))
    changed = {measure.field: measure.new for measure in measures}
    assert {field: value for field, value in (old | changed).items() if value is not None} == new
    assert all(
        measure.delta is None or measure.old + measure.delta == pytest.approx(measure.new) for measure in measures
    )
