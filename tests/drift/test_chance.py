"""Test the statistics against published values and against exact counting."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.cases import for_each

from altdetails.drift.chance import design_effect, fall, holm, rise
from altdetails.drift.survey import Fill


@for_each(
    ("before", "now", "fall_p", "rise_p"),
    [
        ((3, 7), (1, 9), 0.19230769230769226, 0.9807692307692307),
        ((10, 10), (8, 12), 0.06766917293233082, 1),
        ((5, 5), (0, 5), 0.003968253968253969, 1),
        ((0, 5), (0, 7), 1, 1),
        ((95, 100), (80, 100), 0.001098616275992453, 0.9997938078403894),
        ((603, 1000), (540, 1000), 0.002536326298320603, 0.9980911846540905),
        ((1000, 1000), (450, 500), 2.521131697236032e-25, 1),
        ((98_000, 100_000), (97_800, 100_000), 0.0009549232404041816, 0.9991410563784022),
        ((999_999, 1_000_000), (999_900, 1_000_000), 4.013441775690548e-29, 1),
    ],
)
def test_probabilities_equal_those_of_scipy_1_17(before, now, fall_p, rise_p):
    assert fall(Fill(*before), Fill(*now)) == pytest.approx(fall_p, rel=1e-8)
    assert rise(Fill(*before), Fill(*now)) == pytest.approx(rise_p, rel=1e-8)


def pairs(maximum):
    return st.integers(0, maximum).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@given(pairs(40), pairs(40))
def test_probabilities_equal_those_of_counting_all_tables(before, now):
    marked, population = before[0] + now[0], before[1] + now[1]
    weights = [comb(marked, at) * comb(population - marked, now[1] - at) for at in range(min(marked, now[1]) + 1)]
    at_most = Fraction(sum(weights[: now[0] + 1]), comb(population, now[1]))
    at_least = Fraction(sum(weights[now[0] :]), comb(population, now[1]))
    assert fall(Fill(*before), Fill(*now)) == pytest.approx(float(at_most), rel=1e-9)
    assert rise(Fill(*before), Fill(*now)) == pytest.approx(float(at_least), rel=1e-9)


@for_each(
    ("probabilities", "corrected"),
    [
        ([], []),
        ([0.2], [0.2]),
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.6, 0.9], [1, 1]),
    ],
)
def test_holms_correction_multiplies_by_the_number_of_remaining_tests(probabilities, corrected):
    assert holm(probabilities) == pytest.approx(corrected)


def sampled(pages):
    fill = Fill(0, 0)
    for filled, total in pages:
        fill.add(filled, total)
    return fill


def test_equal_entries_of_a_page_count_as_one():
    pages = sampled([(4, 4), (0, 4)] * 50)
    assert design_effect(pages, pages) == pytest.approx(4)


@for_each("pages", [[(2, 4)] * 50, [(4, 4)] * 50, [(0, 4)] * 50, []])
def test_the_design_effect_is_at_least_one(pages):
    assert design_effect(sampled(pages), sampled(pages)) == 1
