"""The figures of a report: counts, sums and values. No HTML.

A value that a page does not show is in no sum and in no median. Each figure says on how many pages it is known.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from altdetails.palette import KINDS

if TYPE_CHECKING:
    from altdetails.diffing.mention_store import ListState
    from altdetails.results import Status

__all__ = [
    "MAX_ROWS",
    "PERCENTILE_COLUMNS",
    "READER_TABLES",
    "SCORE_COLUMNS",
    "Coverage",
    "Figures",
    "Item",
    "Known",
    "Output",
    "Remark",
    "Rise",
    "SourceChange",
    "Spread",
    "Stories",
    "Story",
    "Trend",
    "cut",
    "most_frequent",
]

MAX_ROWS = 10_000
"""The most outputs in the table of a report."""
SCORE_COLUMNS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""The lowest score of each column."""
PERCENTILE_COLUMNS = 10
READER_TABLES = ("disciplines", "statuses", "countries")
PARTS = ("score", "mentions", "citations", "readers", "mendeley", "twitter", "rankings", "published", "doi")
_LONGEST_NAME = 200
_INEXACT = 2**53
"""From here on, a float has no quarters, and not every whole number."""
_EXAMPLES = 2

Trend = Literal["rose", "fell", "same", "unknown", "new"]
"""How the score of an output changed; `unknown` if one of its two pages does not show it."""


@dataclass(slots=True)
class Coverage:
    """The identifiers of run folders, by outcome."""

    counts: Counter[str] = field(default_factory=Counter)
    """The keys are those of `OutcomeRow.outcome`."""

    @property
    def asked(self) -> int:
        """The number of identifiers."""
        return self.counts.total()


@dataclass(slots=True)
class Known:
    """A sum, and on how many pages its numbers are known."""

    sum: int = 0
    pages: int = 0
    rise: float = 0
    """The sum of all differences between two pages that both show the number."""

    def add(self, value: int | None) -> None:
        """Add the number of a page; None if the page does not show it."""
        if value is not None:
            self.sum += value
            self.pages += 1


@dataclass(slots=True)
class Spread:
    """Values with their median and quartiles."""

    values: list[int] = field(default_factory=list)

    def quartile(self, number: Literal[1, 2, 3]) -> int | float | None:
        """Return a quartile: 2 is the median. Between two values, it is interpolated. None if there is no value."""
        if not self.values:
            return None
        self.values.sort()
        whole, part = divmod((len(self.values) - 1) * number, 4)
        if not part:
            return self.values[whole]
        quarters = 4 * self.values[whole] + (self.values[whole + 1] - self.values[whole]) * part
        return quarters / 4 if quarters % 4 and quarters < _INEXACT else quarters // 4

    @property
    def most(self) -> int | None:
        """The largest value."""
        return max(self.values, default=None)


@dataclass(slots=True)
class Item:
    """Outputs with something in common: a source, a year, a journal."""

    outputs: int = 0
    mentions: Known = field(default_factory=Known)
    scores: Spread = field(default_factory=Spread)
    kinds: list[int] = field(default_factory=lambda: [0] * len(KINDS))
    """Mentions of each kind of attention."""

    def add(self, output: Output) -> None:
        """Add an output."""
        self.outputs += 1
        self.mentions.add(output.mentions)
        if output.score is not None:
            self.scores.values.append(output.score)
        for number, count in enumerate(output.kinds):
            self.kinds[number] += count


@dataclass(slots=True)
class SourceChange:
    """The changes of the mentions in one source."""

    more: float = 0
    """The sum of the rises, if both pages list the source."""
    fewer: float = 0
    first: float = 0
    """Mentions on pages that list the source, while the older page lists only others."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output in the table."""

    title: str | None
    doi: str | None
    altmetric_id: int | None
    source: str | None
    year: int | None
    score: int | None
    change: float | None
    trend: Trend | None
    """None if there is nothing to compare with."""
    percentile: int | None
    is_higher_than: bool
    """Whether the percentile is of the form `scoring higher than n%`."""
    mentions: int | None
    kinds: list[int]
    readers: int | None
    citations: int | None
    points: list[tuple[str, float]] = field(default_factory=list)
    """Time and score of each of its snapshots, the oldest first, if there are several."""


@dataclass(frozen=True, slots=True)
class Rise:
    """An output with a higher score than before."""

    output: Output
    old: float
    chips: list[tuple[str, float, bool]]
    """New mentions: the source, their number, and whether the older page does not list the source."""


@dataclass(slots=True)
class Remark:
    """How often something was found, with examples."""

    count: int = 0
    examples: list[tuple[str, Output]] = field(default_factory=list)

    def add(self, text: str, output: Output) -> None:
        """Count it, and keep the first examples."""
        self.count += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append((cut(text), output))


@dataclass(frozen=True, slots=True)
class Story:
    """A mention by an organisation."""

    day: str | None
    outlet: str
    source: str
    headline: str | None
    url: str | None
    title: str | None
    """The title of the output."""
    doi: str | None
    altmetric_id: int | None


@dataclass(frozen=True, slots=True)
class Stories:
    """Single mentions, each counted once."""

    mentions: int
    of_outlets: int
    """Mentions by organisations. The others are of people."""
    lists: Counter[ListState]
    """The lists of mentions, by what was read of them."""
    outlets: int
    """The number of organisations."""
    largest: list[tuple[str, int]]
    """The organisations with the most mentions."""
    newest: list[Story]
    """The mentions by organisations that were published last, the last first."""


@dataclass(slots=True)
class Figures:
    """All figures of a report."""

    outputs: int = 0
    coverage: Coverage | None = None
    """None if no record is from a run folder."""
    days: list[str] = field(default_factory=list)
    """The first and the last day of the pages; empty if no day is known."""
    undated_pages: int = 0
    scores: Spread = field(default_factory=Spread)
    mentions: Known = field(default_factory=Known)
    readers: Known = field(default_factory=Known)
    citations: Known = field(default_factory=Known)
    similar_age: int = 0
    """Outputs whose page compares them with outputs of similar age."""
    top_quarter: int = 0
    kinds: list[int] = field(default_factory=lambda: [0] * len(KINDS))
    sources: dict[str, Known] = field(default_factory=dict)
    """By source: mentions, and the number of pages with at least one."""
    limited: int = 0
    score_columns: list[int] = field(default_factory=lambda: [0] * len(SCORE_COLUMNS))
    percentile_columns: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in range(PERCENTILE_COLUMNS)])
    """Per column: outputs with a percentile, and outputs that score higher than a percent of the others."""
    years: dict[int, Item] = field(default_factory=dict)
    journals: dict[str, Item] = field(default_factory=dict)
    reader_tables: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in READER_TABLES})
    readers_in_tables: Known = field(default_factory=Known)
    """The readers that the Mendeley tables are based on."""
    trends: Counter[Trend] = field(default_factory=Counter)
    gone: Counter[Status | None] = field(default_factory=Counter)
    """Outputs of the older records without a record now, by the outcome of fetching them again; None if unknown."""
    old_days: list[str] = field(default_factory=list)
    rises: list[Rise] = field(default_factory=list)
    """The largest rises first."""
    source_changes: dict[str, SourceChange] = field(default_factory=dict)
    table: list[Output] = field(default_factory=list)
    """The outputs with the highest scores first; those without a score last."""
    parts: dict[str, list[int]] = field(default_factory=lambda: {name: [0, 0, 0] for name in PARTS})
    """By part of the page: pages that show it with content, zero or empty, not at all."""
    notices: dict[str, Remark] = field(default_factory=dict)
    inconsistencies: dict[str, Remark] = field(default_factory=dict)
    unread: dict[str, Remark] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)
    """The versions of altdetails that made the records."""
    stories: Stories | None = None
    """None if there are no single mentions."""
    superseded: int = 0
    """Older snapshots of outputs, which count in no figure."""
    damaged: int = 0
    """Lines that are not valid records."""


def most_frequent(groups: Counter[str], limit: int) -> list[tuple[str, int]]:
    """Return the names with the highest counts, then in alphabetical order."""
    return sorted(groups.items(), key=lambda group: (-group[1], group[0]))[:limit]


def cut(text: str) -> str:
    """Return a text of limited length."""
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"
