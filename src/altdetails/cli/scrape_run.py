"""A scrape as a person sees it: the plan, progress, troubles, a summary."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from altdetails.cli.exits import Exit, FatalError
from altdetails.cli.progress import has_terminal
from altdetails.cli.scrape_progress import Bar, Lines
from altdetails.cli.terminal import plain
from altdetails.cli.words import counted, duration, outcomes, shortened
from altdetails.lists.entries import entries
from altdetails.results import Status
from altdetails.scraping import Plan, Scrape, Wanted, plan_of
from altdetails.store import site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from altdetails.lists.entries import Entry
    from altdetails.results import Outcome

__all__ = ["Settings", "Stopping", "dry_run_of", "run_of"]

_FAILURES: frozenset[Status] = frozenset(
    {"not_details", "blocked", "rate_limited", "robots_denied", "failed", "invalid"}
)
_TOLD = 10
"""So many identifiers of a kind are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for on the command line."""

    lists: tuple[str, ...]
    run: str
    contact: str | None
    interval: float | None
    base_url: str | None
    column: str | None
    wanted: Wanted


class Stopping:
    """The wish that a run ends: set by the first signal; a second one ends the process as it would any other."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal = 0
        """The number of the signal; 0 where there was none."""
        self._before: dict[int, Any] = {}

    @contextmanager
    def gently(self, say: Callable[[str], None]) -> Iterator[None]:
        """Take signals in this way inside, and say so."""
        self._say = say
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number and (before := signal.getsignal(number)) is not signal.SIG_IGN:
                self._before[number] = before
                signal.signal(number, self._note)
        try:
            yield
        finally:
            self._give_back()

    def _note(self, number: int, _frame: object) -> None:
        self._give_back()
        self.signal = number
        self.event.set()
        self._say("Stopping after this page; once more stops at once.")

    def _give_back(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def dry_run_of(settings: Settings) -> None:
    """Print the plan of a run that is not made."""
    rows = _Rows(settings)
    plan = plan_of(
        settings.run,
        rows.listed,
        settings.wanted,
        contact=settings.contact,
        interval=settings.interval,
        base_url=settings.base_url,
    )
    _tell_plan(plan, rows)
    click.echo("Nothing was asked for, and nothing was written.", err=True)


def run_of(settings: Settings, stopping: Stopping) -> int:
    """Make the run, and give its exit code; while it asks for pages, a signal ends it gently.

    Raises:
        RunStopped: where the site ended it.
        AltdetailsError: where settings, lists or the folder cannot be used.
    """
    rows = _Rows(settings)
    report = Bar() if has_terminal() else Lines()
    with Scrape(
        settings.run,
        contact=settings.contact,
        interval=settings.interval,
        base_url=settings.base_url,
        stop=stopping.event,
        notice=report.say,
    ) as work:
        plan = work.plan(rows.listed, settings.wanted)
        _tell_plan(plan, rows)
        made: Counter[Status | None] = Counter()
        started = time.monotonic()
        try:
            with stopping.gently(report.say), report.of(plan.pages):
                for outcome in work.outcomes(settings.wanted):
                    made[outcome.status] += 1
                    if outcome.status in _FAILURES:
                        _tell_failure(outcome, made, report)
                    if outcome.status != "invalid":
                        report.update(made)
        finally:
            counts = work.counts()
            _summarise(settings.run, made, counts, time.monotonic() - started)
    return Exit.WITH_FAILURES if any(counts.get(status) for status in _FAILURES) else 0


class _Rows:
    """What the lists name, and how many of their rows have no identifier."""

    def __init__(self, settings: Settings) -> None:
        self.empty = 0
        self.listed: Iterator[Entry] | None = None
        if settings.lists:
            each = entries(settings.lists, column=settings.column, skipped=self._skip)
            self.listed = chain(list(islice(each, 1)), each)  # a list that is none is told before a folder is made
        elif site_of(settings.run) is None:
            raise FatalError(f"{settings.run}: is no run to go on with; give it a LIST")

    def _skip(self, _where: str) -> None:
        self.empty += 1


def _tell_plan(plan: Plan, rows: _Rows) -> None:
    words = f"{counted(plan.pages, 'page') if plan.pages else 'nothing'} to ask for at {plan.site}"
    if plan.seconds:
        words += f"; about {duration(plan.seconds)} at a request every {plan.interval:g} s"
    click.echo(words, err=True)
    if plan.added is None:
        return
    if plan.added.known:
        click.echo(f"  {plan.added.known:,} of the list are in the run already", err=True)
    if plan.added.repeated:
        and_more = ["…"] if plan.added.repeated > len(plan.added.examples) else []
        named = plain(", ".join([*map(shortened, plan.added.examples), *and_more]))
        click.echo(f"  {counted(plan.added.repeated, 'repetition')}, asked for once: {named}", err=True)
    if plan.added.invalid:
        click.echo(f"  {plan.added.invalid:,} cannot be asked for", err=True)
    if rows.empty:
        click.echo(f"  {counted(rows.empty, 'row')} without an identifier", err=True)


def _tell_failure(outcome: Outcome, made: Counter[Status | None], report: Lines) -> None:
    if made[outcome.status] <= _TOLD:
        report.say(f"{shortened(outcome.identifier)}: {outcome.reason} [{outcome.status}]")
    elif made[outcome.status] == _TOLD + 1:
        report.say(f"more of this kind are not told here, but stand in failures.jsonl [{outcome.status}]")


def _summarise(run: str, made: Counter[Status | None], counts: dict[Status | None, int], seconds: float) -> None:
    if made:
        click.echo(f"{outcomes(made)}, in {duration(seconds)}", err=True)
    left = counts.get(None, 0)
    if left:
        click.echo(f"{counted(left, 'identifier')} of the run not asked for yet", err=True)
    without = sum(count for status, count in counts.items() if status not in {"ok", None})
    has = f"{counts.get('ok', 0):,} with a record in {Path(run, 'records.jsonl')}"
    click.echo(f"{has}, {without:,} without in {Path(run, 'failures.jsonl')}", err=True)
