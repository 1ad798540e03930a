"""What a scrape fetches, in the terminal: failures as they come, and sums at the end."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from altdetails.cli.progress import LogLines, TabTally
from altdetails.cli.ui import duration, pluralize, say, shorten, warn
from altdetails.results import STATUSES, TAB_STATUSES, UNFETCHABLE, TabPage, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from altdetails.results import Outcome, Status, TabStatus

__all__ = [
    "FAILURES",
    "TAB_FAILURES",
    "ScrapeReport",
    "numbered",
    "outcome_counts",
    "print_summary",
    "print_tab_summary",
    "report_failure",
]

FAILURES: frozenset[Status] = frozenset(
    {"not_details", "blocked", "rate_limited", "robots_denied", "failed", "no_address", "invalid"}
)
TAB_FAILURES: tuple[TabStatus, ...] = ("blocked", "rate_limited", "robots_denied", "failed")
_MAX_REPORTED = 10
"""At most this many failures of a status are reported on standard error."""


class ScrapeReport:
    """What a run has fetched in this call: counted, and reported as it comes."""

    def __init__(self, report: LogLines) -> None:
        self.status_counts: Counter[Status | None] = Counter()
        self.tabs = TabTally()
        self.unread = 0
        """Records with text that no rule understands."""
        self.inconsistent = 0
        """Records with numbers that contradict each other."""
        self._tab_counts: Counter[TabStatus | None] = Counter()
        self._report = report

    def add(self, outcome: Outcome | TabPage) -> None:
        """Count an outcome or a page of a tab, and report it if it failed."""
        if isinstance(outcome, TabPage):
            self._add_tab_page(outcome)
        else:
            self._add_outcome(outcome)

    def counts(self) -> dict[str, int | None]:
        """Return what was counted, by names."""
        received = self.status_counts["ok"] + self.status_counts["not_details"]
        return {
            **outcome_counts(self.status_counts),
            "pages": received + self.tabs.pages,
            "unread": self.unread,
            "inconsistent": self.inconsistent,
            "mentions": self.tabs.mentions,
        }

    def _add_outcome(self, outcome: Outcome) -> None:
        self.status_counts[outcome.status] += 1
        if outcome.record:
            self.unread += bool(outcome.record.unread)
            self.inconsistent += bool(outcome.record.inconsistencies)
        self.tabs.begin(outcome)
        if outcome.status in FAILURES:
            reason = f"{outcome.reason} [{outcome.status}]"
            report_failure(outcome.identifier, reason, self.status_counts[outcome.status], "failures.jsonl")
        else:
            say(f"{outcome.identifier}: {outcome.status}", logging.DEBUG, identifier=outcome.identifier)
        if outcome.warning is not None:
            warn(f"{shorten(outcome.identifier)}: {outcome.warning}", identifier=outcome.identifier)
        if outcome.status not in UNFETCHABLE:
            self._report.update(self.status_counts, self.tabs)

    def _add_tab_page(self, page: TabPage) -> None:
        self.tabs.add(page)
        self._tab_counts[page.status] += 1
        if page.reason is not None:
            reason = f"{page.source}: {page.reason} [{page.status}]"
            report_failure(page.identifier, reason, self._tab_counts[page.status], "tab-failures.jsonl")
        self._report.update(self.status_counts, self.tabs)


def numbered(name: str, counts: Mapping[Any, int]) -> dict[str, int | None]:
    """Return the numbers of outcomes by names such as `run.ok`. What has no outcome yet is `left`."""
    return {f"{name}.{status or 'left'}": count for status, count in counts.items()}


def outcome_counts(status_counts: Counter[Status | None]) -> dict[str, int | None]:
    """Return the numbers of all outcomes by names: also those that did not occur."""
    return {
        **{f"outcomes.{status}": status_counts[status] for status in STATUSES},
        "records": status_counts["ok"],
        "failures": sum(status_counts[status] for status in FAILURES),
    }


def report_failure(identifier: str, reason: str, count: int, file: str) -> None:
    """Say why an identifier failed; of many failures of a kind, only the first ones.

    Args:
        identifier: what failed.
        reason: why, with its status in brackets.
        count: the failures with this status so far.
        file: the file that lists all of them.
    """
    if count <= _MAX_REPORTED:
        warn(f"{shorten(identifier)}: {reason}", identifier=identifier)
    elif count == _MAX_REPORTED + 1:
        warn(f"further failures are listed only in {file} [{reason.rpartition(' [')[2]}")


def print_summary(
    run: str, status_counts: Counter[Status | None], run_counts: dict[Status | None, int], seconds: float
) -> bool:
    """Print the outcomes of this call and of the whole run. Return whether identifiers of the run failed."""
    if status_counts:
        say(f"{in_words(status_counts)}, in {duration(seconds)}")
    left = run_counts.get(None, 0)
    if left:
        say(f"{pluralize(left, 'identifier')} of the run not fetched yet")
    without = sum(count for status, count in run_counts.items() if status not in {"ok", None})
    with_record = f"{pluralize(run_counts.get('ok', 0), 'identifier')} with a record ({Path(run, 'records.jsonl')})"
    has_failures = any(run_counts.get(status) for status in FAILURES)
    _say_sum(f"{with_record}, {without:,} without ({Path(run, 'failures.jsonl')})", has_failures=has_failures)
    return has_failures


def _say_sum(line: str, *, has_failures: bool) -> None:
    say(line, logging.ERROR if has_failures else logging.INFO, kind="Failures" if has_failures else None)


def print_tab_summary(run: str, tabs: TabTally, tab_counts: Mapping[TabStatus | None, int]) -> bool:
    """Print the mentions of this call, and the tabs of the whole run. Return whether tabs of the run failed."""
    if tabs.pages:
        say(f"{pluralize(tabs.mentions, 'mention')} on {pluralize(tabs.pages, 'page')} of tabs")
    if left := tab_counts.get(None, 0):
        say(f"{pluralize(left, 'tab')} of the run not finished yet")
    finished = sum(tab_counts.values()) - left
    has_failures = any(map(tab_counts.get, TAB_FAILURES))
    words = f"{pluralize(finished, 'tab')} finished: {in_words(tab_counts, TAB_STATUSES)}"
    _say_sum(f"{words} ({Path(run, 'mentions.jsonl')})", has_failures=has_failures)
    return has_failures
