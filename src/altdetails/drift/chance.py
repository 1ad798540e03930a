"""Statistics: Fisher's exact test, the design effect of clustered entries, Holm's correction."""

from __future__ import annotations

from math import exp, lgamma, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from altdetails.drift.survey import Fill

__all__ = ["design_effect", "fall", "holm", "rise"]

_NEGLIGIBLE = 1e-17


def fall(before: Fill, now: Fill) -> float:
    """Return the probability that chance alone makes a share fall at least this far: Fisher's one-sided test."""
    return _at_most(now.filled, before.of + now.of, before.filled + now.filled, now.of)


def rise(before: Fill, now: Fill) -> float:
    """Return the probability that chance alone makes a share rise at least this far."""
    missing = before.of + now.of - before.filled - now.filled
    return _at_most(now.of - now.filled, before.of + now.of, missing, now.of)


def design_effect(before: Fill, now: Fill) -> float:
    """Return the design effect of entries that are clustered by page (Rao and Scott 1992).

    Entries of one page are similar, so they carry less information than the same number of independent entries. The
    effective sample size is their number divided by the design effect. It is estimated from both samples together,
    because the null hypothesis is that they do not differ. It is at least 1.
    """
    both = before + now
    share = both.filled / both.of if both.of else 0
    expected = both.of * share * (1 - share)
    if not expected:
        return 1
    squares = both.filled_squared - 2 * share * both.filled_times_of + share**2 * both.of_squared
    return max(1, squares / expected)


def holm(probabilities: Sequence[float]) -> list[float]:
    """Return the probabilities with Holm's correction, which limits the chance of any false alarm among all tests."""
    order = sorted(range(len(probabilities)), key=probabilities.__getitem__)
    corrected = [1.0] * len(order)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * probabilities[index]))
        corrected[index] = highest
    return corrected


def _at_most(drawn: int, population: int, marked: int, draws: int) -> float:
    """Return P(X <= drawn) of the hypergeometric distribution, summed from `drawn` away from the mean."""
    lowest = max(0, draws + marked - population)
    if drawn < lowest:
        return 0.0
    if drawn >= min(draws, marked):
        return 1.0
    if drawn * population > draws * marked:
        return 1.0 - _at_most(draws - drawn - 1, population, population - marked, draws)
    total = term = 1.0
    for count in range(drawn, lowest, -1):
        term *= count * (population - marked - draws + count) / ((marked - count + 1) * (draws - count + 1))
        total += term
        if term < _NEGLIGIBLE * total:
            break
    log_ways = _log_choices(marked, drawn) + _log_choices(population - marked, draws - drawn)
    return min(1.0, exp(log_ways - _log_choices(population, draws) + log(total)))


def _log_choices(total: int, chosen: int) -> float:
    return lgamma(total + 1) - lgamma(chosen + 1) - lgamma(total - chosen + 1)
