"""What became of one research output between two snapshots, as one JSON object, and how its numbers differ.

Every key is always present, in the order below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from altdetails.results import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from altdetails.record import Count, Record

__all__ = ["Change", "ChangeKind", "Measure", "Measured", "Missing", "differences", "in_order", "known", "measured"]

ChangeKind = Literal["new", "gone", "changed", "same"]
Missing = Literal["not_shown", "not_listed", "named_twice"]


class Measure(msgspec.Struct, frozen=True, gc=False):
    """One number of an output, before and after. Null is unknown, never zero."""

    field: Annotated[str, Meta(description="Its path in the record: `score`, `mentions.news`, `rankings.all.rank`.")]
    old: int | float | None
    new: int | float | None
    delta: Annotated[int | float | None, Meta(description="`new` minus `old`; null where one of them is.")]
    missing: Annotated[
        Missing | None,
        Meta(description="Why a page has no such number; null where both have one, and where there is no other page."),
    ]


class Change(msgspec.Struct, frozen=True):
    """What became of one output. What both records say, the newer one says here."""

    change: ChangeKind
    doi: str | None
    altmetric_id: int | None
    title: str | None
    old_period: Annotated[str | None, Meta(description="Of a history: the day, week, month, quarter or year.")]
    new_period: str | None
    old_at: Annotated[str | None, Meta(description="When the older page was fetched: UTC, RFC 3339.")]
    new_at: str | None
    days: Annotated[float | None, Meta(description="Days between the two.")]
    outcome: Annotated[Status | None, Meta(description="Of a `gone` output: what came of asking for it again.")]
    measures: Annotated[
        list[Measure], Meta(description="The numbers that differ; of `new` and `gone`, all that are known.")
    ]

    def to_json(self) -> bytes:
        """The change as one line of JSON in UTF-8, without the line's end."""
        return _ENCODER.encode(self)


_ENCODER = msgspec.json.Encoder()


_BLOCKS = ("score", "mentions", "citations", "readers", "demographics", "rankings")
"""The first step of every path, in the order in which they are told."""

_OF_RANKING = ("rank", "total", "percentile", "top_percent", "higher_than_percent", "higher_than_count", "mean_score")
_DIGITS = 6


class Measured(msgspec.Struct, frozen=True, array_like=True):
    """The numbers that a record shows."""

    values: dict[str, int | float]
    """By the path of their field; what is not shown has none."""
    shown: list[str]
    """The blocks of counts that the page shows, empty ones too."""
    twice: list[str]
    """Paths of the sources that a block names twice, with different counts: neither is taken."""


def measured(record: Record) -> Measured:
    """The numbers of a record."""
    found = Measured({}, [], [])
    if record.score is not None:
        found.values["score"] = record.score
    _take_counts("mentions", record.mentions, found)
    _take_counts("citations", record.citations, found)
    _take_counts("readers", record.readers, found)
    if record.demographics:
        for name in ("twitter", "mendeley"):
            section = getattr(record.demographics, name)
            if section and section.total is not None:
                found.values[f"demographics.{name}.total"] = section.total
    for ranking in record.rankings or ():
        for name in _OF_RANKING:
            if (value := getattr(ranking, name)) is not None:
                found.values[f"rankings.{ranking.scope}.{name}"] = value
    return found


def differences(old: Measured, new: Measured) -> list[Measure]:
    """The numbers that differ, or that only one of two records of an output shows."""
    found = []
    for field in in_order({**new.values, **old.values}):
        before, after = old.values.get(field), new.values.get(field)
        if before != after:
            lacking = old if before is None else new if after is None else None
            found.append(Measure(field, before, after, _delta(before, after), _missing(field, lacking)))
    return found


def known(old: Measured | None, new: Measured | None) -> list[Measure]:
    """All numbers of an output that only one side has a record of."""
    return [
        *(Measure(field, value, None, None, None) for field, value in (old.values if old else {}).items()),
        *(Measure(field, None, value, None, None) for field, value in (new.values if new else {}).items()),
    ]


def in_order(fields: Iterable[str]) -> list[str]:
    """Paths in the order of a record's blocks."""
    return sorted(fields, key=lambda field: _BLOCKS.index(field.partition(".")[0]))


def _take_counts(block: str, counts: list[Count] | None, found: Measured) -> None:
    if counts is None:
        return
    found.shown.append(block)
    for count in counts:
        field = f"{block}.{count.source}"
        if found.values.setdefault(field, count.count) != count.count:
            found.twice.append(field)
    for field in found.twice:
        found.values.pop(field, None)


def _delta(old: float | None, new: float | None) -> int | float | None:
    if old is None or new is None:
        return None
    return round(new - old, _DIGITS)


def _missing(field: str, where: Measured | None) -> Missing | None:
    if where is None:
        return None
    if field in where.twice:
        return "named_twice"
    return "not_listed" if field.partition(".")[0] in where.shown else "not_shown"
