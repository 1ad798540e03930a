"""The change of one research output between two snapshots, with the numbers that differ.

A change is one JSON object. Every key is always present, in the order of the fields below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from altdetails.results import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from altdetails.record import Count, Record

__all__ = [
    "Change",
    "ChangeKind",
    "Measure",
    "Missing",
    "Numbers",
    "all_measures",
    "compare_numbers",
    "extract_numbers",
    "in_order",
]

ChangeKind = Literal["new", "gone", "changed", "same"]
Missing = Literal["not_shown", "not_listed", "named_twice"]


class Measure(msgspec.Struct, frozen=True, gc=False):
    """One number of an output, before and after. Null means unknown, never zero."""

    field: Annotated[str, Meta(description="Its path in the record: `score`, `mentions.news`, `rankings.all.rank`.")]
    old: int | float | None
    new: int | float | None
    delta: Annotated[int | float | None, Meta(description="`new` minus `old`; null if either is null.")]
    missing: Annotated[
        Missing | None,
        Meta(description="Why a page lacks the number; null if no page lacks it, or if there is only one page."),
    ]


class Change(msgspec.Struct, frozen=True):
    """The change of one output. The DOI, id and title come from the newer record, if it has them."""

    change: ChangeKind
    doi: str | None
    altmetric_id: int | None
    title: str | None
    old_period: Annotated[str | None, Meta(description="In a history: the day, week, month, quarter or year.")]
    new_period: str | None
    old_at: Annotated[str | None, Meta(description="When the older page was fetched: UTC, RFC 3339.")]
    new_at: str | None
    days: Annotated[float | None, Meta(description="Days from `old_at` to `new_at`.")]
    outcome: Annotated[Status | None, Meta(description="For a `gone` output: the outcome of fetching it again.")]
    measures: Annotated[
        list[Measure], Meta(description="The numbers that differ; for `new` and `gone`, all known numbers.")
    ]

    def to_json(self) -> bytes:
        """Return the change as one line of JSON in UTF-8, without a newline."""
        return _ENCODER.encode(self)


_ENCODER = msgspec.json.Encoder()


_BLOCKS = ("score", "mentions", "citations", "readers", "demographics", "rankings")
"""The first part of every path, in the order of the output."""

_RANKING_FIELDS = (
    "rank",
    "total",
    "percentile",
    "top_percent",
    "higher_than_percent",
    "higher_than_count",
    "mean_score",
)
_DECIMALS = 6


class Numbers(msgspec.Struct, frozen=True, array_like=True):
    """The numbers of a record."""

    values: dict[str, int | float]
    """Maps the path of a field to its number. Numbers that the page does not show are missing."""
    shown_blocks: list[str]
    """The blocks of counts that the page shows, including empty ones."""
    ambiguous: list[str]
    """Paths of sources that a block lists twice with different counts. They have no number."""


def extract_numbers(record: Record) -> Numbers:
    """Return the numbers of a record."""
    numbers = Numbers({}, [], [])
    if record.score is not None:
        numbers.values["score"] = record.score
    _add_counts("mentions", record.mentions, numbers)
    _add_counts("citations", record.citations, numbers)
    _add_counts("readers", record.readers, numbers)
    if record.demographics:
        for name in ("twitter", "mendeley"):
            section = getattr(record.demographics, name)
            if section and section.total is not None:
                numbers.values[f"demographics.{name}.total"] = section.total
    for ranking in record.rankings or ():
        for name in _RANKING_FIELDS:
            if (value := getattr(ranking, name)) is not None:
                numbers.values[f"rankings.{ranking.scope}.{name}"] = value
    return numbers


def compare_numbers(old: Numbers, new: Numbers) -> list[Measure]:
    """Return the numbers that differ between two records, or that only one of them has."""
    measures = []
    for field in in_order({**new.values, **old.values}):
        before, after = old.values.get(field), new.values.get(field)
        if before != after:
            incomplete = old if before is None else new if after is None else None
            missing = _reason_missing(field, incomplete) if incomplete else None
            measures.append(Measure(field, before, after, _delta(before, after), missing))
    return measures


def all_measures(old: Numbers | None, new: Numbers | None) -> list[Measure]:
    """Return all numbers of a new or gone output. One of the arguments is None."""
    return [
        *(Measure(field, value, None, None, None) for field, value in (old.values if old else {}).items()),
        *(Measure(field, None, value, None, None) for field, value in (new.values if new else {}).items()),
    ]


def in_order(fields: Iterable[str]) -> list[str]:
    """Sort paths in the order of a record's blocks."""
    return sorted(fields, key=lambda field: _BLOCKS.index(field.partition(".")[0]))


def _add_counts(block: str, counts: list[Count] | None, numbers: Numbers) -> None:
    if counts is None:
        return
    numbers.shown_blocks.append(block)
    for count in counts:
        field = f"{block}.{count.source}"
        if numbers.values.setdefault(field, count.count) != count.count:
            numbers.ambiguous.append(field)
    for field in numbers.ambiguous:
        numbers.values.pop(field, None)


def _delta(old: float | None, new: float | None) -> int | float | None:
    if old is None or new is None:
        return None
    return round(new - old, _DECIMALS)


def _reason_missing(field: str, numbers: Numbers) -> Missing:
    if field in numbers.ambiguous:
        return "named_twice"
    return "not_listed" if field.partition(".")[0] in numbers.shown_blocks else "not_shown"
