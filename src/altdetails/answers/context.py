"""The context of the score in an answer → rankings, and the contradictions in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from altdetails.answers.taking import Taker
from altdetails.record import Inconsistency, Ranking, Scope

__all__ = [
    "NO_CONTEXT",
    "NO_NUMBERS",
    "OF_COUNTS",
    "OF_FETCH",
    "Context",
    "Numbers",
    "context_of",
    "findings_of",
    "rankings_of",
]

_PERCENT = 100
_WITHIN_SOURCE: frozenset[Scope] = frozenset({"source", "similar_age_and_source"})
_PART_OF: tuple[tuple[Scope, Scope], ...] = (
    ("source", "all"),
    ("similar_age", "all"),
    ("similar_age_and_source", "source"),
    ("similar_age_and_source", "similar_age"),
)
"""Scopes, each with a scope that has all of its outputs."""


class Names(NamedTuple):
    """The names of scopes and numbers in one shape of answers."""

    scopes: Mapping[str, Scope]
    total: str
    percentile: str
    higher_than_percent: str | None
    higher_than_count: str
    known: frozenset[str]


OF_COUNTS = Names(
    {
        "all": "all",
        "journal": "source",
        "similar_age_3m": "similar_age",
        "similar_age_journal_3m": "similar_age_and_source",
    },
    total="count",
    percentile="pct",
    higher_than_percent=None,
    higher_than_count="higher_than",
    known=frozenset({"count", "mean", "rank", "pct", "higher_than"}),
)
OF_FETCH = Names(
    {
        "all": "all",
        "this_journal": "source",
        "similar_age_3m": "similar_age",
        "similar_age_this_journal_3m": "similar_age_and_source",
    },
    total="total_number_of_other_articles",
    percentile="percentile",
    higher_than_percent="this_scored_higher_than_pct",
    higher_than_count="this_scored_higher_than",
    known=frozenset(
        {
            *("total_number_of_other_articles", "mean", "rank", "this_scored_higher_than_pct"),
            *("this_scored_higher_than", "rank_type", "sample_size", "percentile"),
        }
    ),
)
_SAMPLE = "sample_size"


Numbers: TypeAlias = tuple[int | None, int | None, float | None, int | None, int | None, int | None]
"""Rank, total, mean, percentile, percent of lower outputs, number of lower outputs."""
NO_NUMBERS: Numbers = (None,) * 6


class Context(NamedTuple):
    """The context of a score."""

    numbers: list[tuple[Scope, Numbers]]
    """The numbers of the scopes, in the order of the scopes."""
    samples: frozenset[Scope]
    """The scopes whose total is the size of a sample of the outputs."""


NO_CONTEXT = Context([], frozenset())


def context_of(values: dict[str, Any] | None, names: Names, prefix: str, take: Taker) -> Context:
    """Return the context of the score in an answer.

    Args:
        values: the scopes; None if the answer does not have them.
        names: their names.
        prefix: the path of the scopes in the answer.
        take: takes the values.
    """
    if not values:
        return NO_CONTEXT
    take.leave_unknown("context", prefix, values, frozenset(names.scopes))
    numbers: list[tuple[Scope, Numbers]] = []
    samples = set()
    for name, scope in names.scopes.items():
        box = take.mapping(values.get(name), "context", prefix + name)
        if not box:
            continue
        of_scope = _numbers(box, names, f"{prefix}{name}.", take)
        if of_scope != NO_NUMBERS:
            numbers.append((scope, of_scope))
        if names is OF_FETCH and of_scope[1] != box.get(names.total):
            samples.add(scope)
    return Context(numbers, frozenset(samples))


def _numbers(box: dict[str, Any], names: Names, prefix: str, take: Taker) -> Numbers:
    take.leave_unknown("context", prefix, box, names.known)
    whole = take.whole
    total = whole(box.get(names.total), "context", prefix, names.total)
    percentile = whole(box.get(names.percentile), "context", prefix, names.percentile, 0, _PERCENT)
    share = None
    if names.higher_than_percent:
        sample = whole(box.get(_SAMPLE), "context", prefix, _SAMPLE)
        total = total if sample is None else sample
        share = whole(box.get(names.higher_than_percent), "context", prefix, names.higher_than_percent, 0, _PERCENT)
        percentile = share if percentile is None else percentile
    rank = whole(box.get("rank"), "context", prefix, "rank", 1)
    mean = take.number(box.get("mean"), "context", prefix, "mean")
    lower = whole(box.get(names.higher_than_count), "context", prefix, names.higher_than_count)
    return rank, total, mean, percentile, share, lower


def rankings_of(context: Context, journal: str | None) -> list[Ranking] | None:
    """Return the rankings of a context; None if there is none.

    Args:
        context: the context.
        journal: the journal of the output.
    """
    rankings = []
    for scope, (rank, total, mean, percentile, share, lower) in context.numbers:
        source = journal if scope in _WITHIN_SOURCE else None
        rankings.append(Ranking(scope, source, rank, total, mean, percentile, None, share, lower, None))
    return rankings or None


def findings_of(context: Context) -> list[Inconsistency]:
    """Return the contradictions of a context: real answers have them."""
    findings = []
    totals: dict[Scope, int] = {}
    for scope, (rank, total, _, _, _, lower) in context.numbers:
        if total is None:
            continue
        if scope not in context.samples:
            totals[scope] = total
        if rank is not None and rank > total:
            findings.append(Inconsistency("rank_above_total", scope, [str(rank), str(total)]))
        if lower is not None and lower > total:
            findings.append(Inconsistency("higher_than_above_total", scope, [str(lower), str(total)]))
    for part, whole in _PART_OF:
        if part in totals and whole in totals and totals[part] > totals[whole]:
            findings.append(Inconsistency("total_above_wider_total", part, [str(totals[part]), str(totals[whole])]))
    return findings
