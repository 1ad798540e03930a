"""The Change: what became of one research output between two snapshots, as one JSON object.

Every key is always present, in the order below.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from altdetails.results import Status

__all__ = ["Change", "ChangeKind", "Measure", "Missing"]

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
