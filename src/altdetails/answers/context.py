"""The context of the score in an answer → rankings, and the contradictions in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from altdetails.answers.taking import Taker
from altdetails.record import Inconsistency, Ranking, Scope

__all__ = ["OF_COUNTS", "OF_FETCH", "Rankings", "findings_of", "rankings_of"]

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


class Rankings(NamedTuple):
    """The context of an answer."""

    values: dict[str, Any] | None
    """The scopes; None if the answer does not have them."""
    prefix: str
    names: Names


def rankings_of(context: Rankings, journal: str | None, take: Taker) -> list[Ranking] | None:
    """Return the rankings in the order of the scopes; None if there is none.

    Args:
        context: the context of the answer.
        journal: the journal of the output.
        take: takes the values.
    """
    if not context.values:
        return None
    names = context.names
    if not names.scopes.keys() >= context.values.keys():
        take.leave_unknown("context", context.prefix, context.values, frozenset(names.scopes))
    rankings = []
    for name, scope in names.scopes.items():
        if (value := context.values.get(name)) is None:
            continue
        prefix = f"{context.prefix}{name}."
        box = take.mapping(value, "context", prefix[:-1])
        if not box:
            continue
        numbers = _numbers(box, names, prefix, take)
        if numbers != _NO_NUMBERS:
            rankings.append(_ranking(scope, journal if scope in _WITHIN_SOURCE else None, *numbers))
    return rankings or None


_NO_NUMBERS = (None,) * 6


def _numbers(
    box: dict[str, Any], names: Names, prefix: str, take: Taker
) -> tuple[int | None, int | None, float | None, int | None, int | None, int | None]:
    """Return rank, total, mean, percentile, percent and number of lower outputs."""
    if not names.known.issuperset(box):
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


def _ranking(  # noqa: PLR0913, PLR0917 -- the numbers of a ranking
    scope: Scope,
    source: str | None,
    rank: int | None,
    total: int | None,
    mean: float | None,
    percentile: int | None,
    share: int | None,
    lower: int | None,
) -> Ranking:
    return Ranking(scope, source, rank, total, mean, percentile, None, share, lower, None)


def findings_of(rankings: list[Ranking] | None, context: Rankings) -> list[Inconsistency]:
    """Return the contradictions of rankings: real answers have them."""
    if not rankings:
        return []
    findings = []
    totals: dict[Scope, int] = {}
    for ranking in rankings:
        rank, total, higher = ranking.rank, ranking.total, ranking.higher_than_count
        if total is None:
            continue
        if not _is_sample(context, ranking.scope):
            totals[ranking.scope] = total
        if rank is not None and rank > total:
            findings.append(Inconsistency("rank_above_total", ranking.scope, [str(rank), str(total)]))
        if higher is not None and higher > total:
            findings.append(Inconsistency("higher_than_above_total", ranking.scope, [str(higher), str(total)]))
    for part, whole in _PART_OF:
        if part in totals and whole in totals and totals[part] > totals[whole]:
            findings.append(Inconsistency("total_above_wider_total", part, [str(totals[part]), str(totals[whole])]))
    return findings


def _is_sample(context: Rankings, scope: Scope) -> bool:
    """Whether the total of a ranking is the size of a sample of the outputs."""
    for name, its_scope in context.names.scopes.items() if context.names is OF_FETCH else ():
        if its_scope == scope and context.values:
            box = context.values[name]
            sample = box.get(_SAMPLE)
            return sample is not None and sample != box.get(context.names.total)
    return False
