"""The change of one research output between two snapshots, with the numbers that differ.

A change is one JSON object. Every key is always present, in the order of the fields below.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from heapq import heappush, heappushpop
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from altdetails.results import Status, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from altdetails.diffing.compare import By
    from altdetails.record import Count, Record

__all__ = [
    "Change",
    "ChangeKind",
    "Measure",
    "Missing",
    "Numbers",
    "Summary",
    "Total",
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
    form: str = "html"
    """The `provenance.format` of the record."""


def extract_numbers(record: Record) -> Numbers:
    """Return the numbers of a record."""
    numbers = Numbers({}, [], [], record.provenance.format)
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
    """Return the numbers that differ between two records, or that only one of them has.

    If one of them is not from a page, a number that one does not show says nothing: neither has all that the other has.
    """
    are_pages = {old.form, new.form} <= _PAGES
    measures = []
    for field in in_order({**new.values, **old.values}):
        before, after = old.values.get(field), new.values.get(field)
        if before == after or not _are_comparable(field, old, new):
            continue
        incomplete = old if before is None else new if after is None else None
        missing = _reason_missing(field, incomplete) if incomplete else None
        delta = _delta(before, after)
        if are_pages or not (missing == "not_shown" or _is_rounded(field, delta)):
            measures.append(Measure(field, before, after, delta, missing))
    return measures


_PAGES = frozenset({"html", "text"})
_MEAN_ON_PAGE = 0.05 + 1e-9
"""The most that the mean on a page, with one digit after the point, differs from the exact one."""


def _are_comparable(field: str, old: Numbers, new: Numbers) -> bool:
    """Whether a number means the same in both: exports of Altmetric Explorer count mentions, pages and API accounts."""
    return not field.startswith("mentions.") or (old.form == "csv") == (new.form == "csv")


def _is_rounded(field: str, delta: float | None) -> bool:
    return delta is not None and field.endswith(".mean_score") and abs(delta) <= _MEAN_ON_PAGE


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


@dataclass(slots=True)
class Total:
    """The sum of the changes of one measure."""

    sum: float = 0
    up: int = 0
    """Number of outputs with a larger number than before."""
    down: int = 0
    only_new: int = 0
    """Number of outputs for which only the newer page shows the number."""
    only_old: int = 0

    def add(self, measure: Measure) -> None:
        """Add the measure of one output."""
        if measure.delta is None:
            self.only_new += measure.old is None
            self.only_old += measure.new is None
        else:
            self.sum += measure.delta
            self.up += measure.delta > 0
            self.down += measure.delta < 0


class Summary:
    """The counts, sums and largest of all changes."""

    def __init__(self, *, most: int) -> None:
        """Create an empty summary.

        Args:
            most: how many of the largest changes to keep.
        """
        self.kinds: Counter[ChangeKind] = Counter()
        self._gone: Counter[Status | None] = Counter()
        self._days: tuple[float, float] | None = None
        self._totals: dict[str, Total] = {}
        self._most = most
        self._largest: list[tuple[tuple[float, float, int], Change]] = []

    def collect(self, changes: Iterable[Change]) -> Iterator[Change]:
        """Yield the changes unchanged, and add them to the summary."""
        for number, change in enumerate(changes):
            self.kinds[change.change] += 1
            if change.days is not None:
                shortest, longest = self._days or (change.days, change.days)
                self._days = min(shortest, change.days), max(longest, change.days)
            if change.change == "gone":
                self._gone[change.outcome] += 1
            if change.change == "changed":
                self._add_measures(change, number)
            yield change

    @property
    def largest(self) -> list[Change]:
        """The largest changes, sorted by the difference in the score, then in mentions."""
        return [change for _, change in sorted(self._largest, reverse=True)]

    @property
    def totals(self) -> dict[str, Total]:
        """The totals of the measures that changed, in the order of a record."""
        return {field: self._totals[field] for field in in_order(sorted(self._totals))}

    def sentence(self, by: By | None) -> str:
        """Return the summary as text, such as `2 new, 3 gone (2 not tracked, 1 unexplained), 41 changed, 954 same`."""
        kinds: tuple[ChangeKind, ...] = ("changed", "same") if by else ("new", "gone", "changed", "same")
        words = ", ".join(f"{self.kinds[kind]:,} {kind}{self._why() if kind == 'gone' else ''}" for kind in kinds)
        steps = f" from one {by} to the next" if by else ""
        return f"{words}{steps}{self._between()}"

    def _why(self) -> str:
        if not any(self._gone):
            return ""
        unexplained = f", {self._gone[None]:,} unexplained" if self._gone[None] else ""
        return f" ({in_words(self._gone)}{unexplained})"

    def _between(self) -> str:
        if self._days is None:
            return ""
        shortest, longest = (f"{days:,.1f}".removesuffix(".0") for days in self._days)
        span = shortest if shortest == longest else f"{shortest} to {longest}"
        order = ": OLD is newer than NEW" if self._days[1] < 0 else ""
        return f"; {span} day{'' if span == '1' else 's'} between{order}"

    def _add_measures(self, change: Change, number: int) -> None:
        score: float = 0
        mentions: float = 0
        for measure in change.measures:
            self._totals.setdefault(measure.field, Total()).add(measure)
            if measure.field == "score":
                score = abs(measure.delta or 0)
            elif measure.field.startswith("mentions."):
                mentions += abs(measure.delta or 0)
        item = (score, mentions, -number), change
        if len(self._largest) < self._most:
            heappush(self._largest, item)
        else:
            heappushpop(self._largest, item)
