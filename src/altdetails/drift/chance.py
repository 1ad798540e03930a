"""How likely chance is: Fisher's exact test, the design effect of alike entries, Holm's correction."""

from __future__ import annotations

from math import exp, lgamma, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from altdetails.drift.survey import Fill

__all__ = ["design_effect", "fall", "holm", "rise"]

_NO_LONGER_MATTERS = 1e-17


def fall(before: Fill, now: Fill) -> float:
    """The probability that a share falls so far, or farther, where nothing has changed: Fisher's one-sided test."""
    return _at_most(now.filled, before.of + now.of, before.filled + now.filled, now.of)


def rise(before: Fill, now: Fill) -> float:
    """The probability that a share rises so far, or farther, where nothing has changed."""
    missing = before.of + now.of - before.filled - now.filled
    return _at_most(now.of - now.filled, before.of + now.of, missing, now.of)


def design_effect(before: Fill, now: Fill) -> float:
    """By how much the entries of a page's list tell less than as many entries of as many pages (Rao and Scott 1992).

    It is estimated from both samples as one, since the test asks what happens if they are, and is at least 1.
    """
    both = before + now
    share = both.filled / both.of if both.of else 0
    expected = both.of * share * (1 - share)
    if not expected:
        return 1
    squares = both.filled_squared - 2 * share * both.filled_times_of + share**2 * both.of_squared
    return max(1, squares / expected)


def holm(probabilities: Sequence[float]) -> list[float]:
    """The probabilities, corrected for their number: among all of them, not one more false alarm than of one test."""
    order = sorted(range(len(probabilities)), key=probabilities.__getitem__)
    corrected = [1.0] * len(order)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * probabilities[index]))
        corrected[index] = highest
    return corrected


def _at_most(drawn: int, population: int, marked: int, draws: int) -> float:
    """P(X <= drawn) of the hypergeometric distribution, summed from `drawn` on away from the mean."""
    lowest = max(0, draws + marked - population)
    if drawn < lowest:
        return 0.0
    if drawn >= min(draws, marked):
        return 1.0
    if drawn * population > draws * marked:
        return 1.0 - _at_most(draws - drawn - 1, population, population - marked, draws)
    total = term = 1.0
    for more in range(drawn, lowest, -1):
        term *= more * (population - marked - draws + more) / ((marked - more + 1) * (draws - more + 1))
        total += term
        if term < _NO_LONGER_MATTERS * total:
            break
    chosen = _log_choices(marked, drawn) + _log_choices(population - marked, draws - drawn)
    return min(1.0, exp(chosen - _log_choices(population, draws) + log(total)))


def _log_choices(of: int, chosen: int) -> float:
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)
