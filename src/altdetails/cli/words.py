"""Numbers, times and outcomes in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from altdetails.results import STATUSES

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from altdetails.results import Status

__all__ = ["counted", "duration", "outcomes", "shortened", "size", "summary"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_LONGEST = 200
_STILL_SECONDS, _STILL_MINUTES, _STILL_HOURS = 100, 100 * _MINUTE, 48 * _HOUR


def counted(count: int, noun: str) -> str:
    """`1 page`, `2,000 pages`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(seconds: float) -> str:
    """A time as a person says it: `45 s`, `12 min`, `6 h 40 min`, `3 days`."""
    if seconds < _STILL_SECONDS:
        return f"{seconds:.0f} s"
    if seconds < _STILL_MINUTES:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < _STILL_HOURS:
        hours, minutes = divmod(round(seconds / _MINUTE), _MINUTE)
        return f"{hours} h {minutes} min"
    return f"{seconds / _DAY:.0f} days"


def outcomes(counts: Mapping[Status | None, int]) -> str:
    """`50 ok, 3 not tracked`, without those that did not occur."""
    said = (f"{counts[status]:,} {status.replace('_', ' ')}" for status in STATUSES if counts.get(status))
    return ", ".join(said) or "none"


def shortened(text: str) -> str:
    """A text that leaves room on a terminal for others."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def size(count: int) -> str:
    """Bytes: `12.3 MB`."""
    for unit, length in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if count >= length:
            return f"{count / length:.1f} {unit}"
    return f"{count} bytes"


def summary(  # noqa: PLR0913 -- what a run is summed up by
    records: int,
    failures: Counter[str],
    seconds: float,
    *,
    listing: str | None = None,
    copies: int = 0,
    skipped: int = 0,
) -> str:
    """What came of a run over pages: `2 records, 1 without a record (1 other), 0.3 s; see failures.jsonl`.

    Args:
        records: how many were written.
        failures: how many pages gave none, by kind.
        seconds: how long it took.
        listing: where failures are listed.
        copies: how many records are of pages with the content of an earlier one.
        skipped: how many files and responses are no pages.
    """
    words = [counted(records, "record")]
    if copies:
        words[0] += f" ({copies:,} with the content of an earlier one)"
    if failures:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in failures.most_common())
        words.append(f"{failures.total():,} without a record ({kinds})")
    if skipped:
        words.append(f"{counted(skipped, 'other file')} skipped")
    listed = f"; see {listing}" if failures and listing else ""
    return f"{', '.join(words)}, {seconds:.1f} s{listed}"
