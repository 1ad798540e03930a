"""Summarise changes: the number of each kind, the sum of each measure, and the largest changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from heapq import heappush, heappushpop
from typing import TYPE_CHECKING

from altdetails.diffing.change import in_order
from altdetails.results import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from altdetails.diffing.change import Change, ChangeKind, Measure
    from altdetails.diffing.compare import By
    from altdetails.results import Status

__all__ = ["Summary", "Total"]


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
