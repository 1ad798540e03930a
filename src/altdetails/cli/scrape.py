"""`altdetails scrape`: identifiers → a run folder."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from altdetails.cli.progress import LogLines, ScrapeBar
from altdetails.cli.ui import SIGNALLED, Exit, FatalError, counted, duration, has_terminal, plain, shortened
from altdetails.errors import RunStopped, SettingsError
from altdetails.lists.entries import entries
from altdetails.results import in_words
from altdetails.scraping.outcomes import age
from altdetails.scraping.session import Plan, Scrape, Wanted, plan_of
from altdetails.scraping.store import site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from altdetails.lists.entries import Entry
    from altdetails.results import Outcome, Status

__all__ = ["scrape"]

_FAILURES: frozenset[Status] = frozenset(
    {"not_details", "blocked", "rate_limited", "robots_denied", "failed", "invalid"}
)
_NAMED = 10
"""So many identifiers of a kind are named; the others are counted."""


def _age(_context: click.Context, _parameter: click.Parameter, value: str | None) -> timedelta | None:
    try:
        return None if value is None else age(value)
    except SettingsError as error:
        raise click.BadParameter(str(error)) from error


@click.command(
    epilog="""\b
Examples:
  altdetails scrape dois.txt -o run --contact a.librarian@uni-somewhere.edu
  altdetails scrape -o run                      go on with it, whatever ended it
  altdetails scrape export.csv --column DOI -o run --dry-run
  altdetails scrape 10.1186/s13033-015-0008-8 -o run
  altdetails scrape dois.txt -o run --refresh 30d
  cut -f3 table.tsv | altdetails scrape - -o run
  altdetails scrape samples/dois.txt -o run --base-url http://127.0.0.1:8000 --interval 0

\b
Exit code:
  0  every identifier has its outcome: a record, or not tracked
  1  done, but some have neither: failures.jsonl lists them
  2  wrong usage or input, or the run folder cannot be written
  3  stopped by the site, or it cannot be reached: run it again later
  130  interrupted: run it again to go on
"""
)
@click.argument("lists", nargs=-1, metavar="[LIST]...")
@click.option("-o", "--output", "run", required=True, metavar="RUN", help="The run folder; made if it does not exist.")
@click.option(
    "--contact",
    envvar="ALTDETAILS_CONTACT",
    metavar="MAIL",
    help="Your mail address, for the site's operators; altmetric.com is not asked without. "
    "Set ALTDETAILS_CONTACT to give it once for all.",
)
@click.option(
    "--interval", type=float, metavar="S", help="Seconds between two requests.  [default: 2; altmetric.com: at least 1]"
)
@click.option("--base-url", metavar="URL", help="Ask this site, a replica or a mirror, in place of altmetric.com.")
@click.option("--column", metavar="NAME", help="Column of CSV and TSV, or key of JSONL, that holds the identifiers.")
@click.option("--retry-failed", is_flag=True, help="Ask again for what failed, or was not a details page.")
@click.option("--refresh", callback=_age, metavar="AGE", help="Refetch results older than AGE: 12h, 30d, 8w.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask for at most N identifiers now.")
@click.option("--dry-run", is_flag=True, help="Say what would be asked for, ask for nothing, write nothing.")
def scrape(  # noqa: PLR0913 -- click hands over each option
    *,
    lists: tuple[str, ...],
    run: str,
    contact: str | None,
    interval: float | None,
    base_url: str | None,
    column: str | None,
    retry_failed: bool,
    refresh: timedelta | None,
    limit: int | None,
    dry_run: bool,
) -> None:
    """Fetch the details pages of a list of identifiers.

    LIST is a file, an identifier (DOI, Altmetric id, details address), or - for standard input. A file is text with
    one identifier a line and # comments, CSV or TSV, whose column is found by its name or content, or JSONL. Without
    LIST, a run goes on with what it knows.

    RUN gets pages.warc.gz (every response as received), records.jsonl (a record a page), failures.jsonl (a line for
    each identifier without a record) and ledger.sqlite (what came of each). After any interruption the
    same command resumes. No page is lost, and none is asked for twice.

    altmetric.com is asked in your name, as its robots.txt allows, over one connection, every 2 seconds by default and
    never more often than once a second. docs/politeness.md says why.
    """
    settings = _Settings(lists, run, contact, interval, base_url, column, Wanted(retry_failed, refresh, limit))
    stopping = _Stopping()
    try:
        if dry_run:
            _dry_run(settings)
            return
        code = _run(settings, stopping)
    except RunStopped as error:
        when = f"In {duration(error.retry_after)}" if error.retry_after else "Later"
        click.echo(f"Stopped: {plain(str(error))}.\nNothing is lost. {when}, go on with:\n  {_again()}", err=True)
        raise click.exceptions.Exit(Exit.STOPPED_BY_SITE) from error
    if stopping.signal:
        click.echo(f"Interrupted. Nothing is lost. Go on with:\n  {_again()}", err=True)
        code = SIGNALLED + stopping.signal
    raise click.exceptions.Exit(code)


def _again() -> str:
    """The command that goes on with the run: in short, since its lists are in the run folder by now."""
    context = click.get_current_context()
    if context.params["retry_failed"] or context.params["refresh"] is not None:
        return _as_typed(["altdetails", *sys.argv[1:]])  # they ask again for what is on the lists, not for all
    words = ["altdetails", "scrape", "-o", context.params["run"]]
    for name in ("contact", "interval", "limit"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            value = context.params[name]
            words += [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
    return _as_typed(words)


def _as_typed(words: list[str]) -> str:
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


@dataclass(frozen=True, slots=True)
class _Settings:
    """What was asked for on the command line."""

    lists: tuple[str, ...]
    run: str
    contact: str | None
    interval: float | None
    base_url: str | None
    column: str | None
    wanted: Wanted


class _Stopping:
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


def _dry_run(settings: _Settings) -> None:
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
    _report_plan(plan, rows)
    click.echo("Nothing was asked for, and nothing was written.", err=True)


def _run(settings: _Settings, stopping: _Stopping) -> int:
    """Make the run, and give its exit code; while it asks for pages, a signal ends it gently.

    Raises:
        RunStopped: where the site ended it.
        AltdetailsError: where settings, lists or the folder cannot be used.
    """
    rows = _Rows(settings)
    report = ScrapeBar() if has_terminal() else LogLines()
    with Scrape(
        settings.run,
        contact=settings.contact,
        interval=settings.interval,
        base_url=settings.base_url,
        stop=stopping.event,
        notice=report.say,
    ) as work:
        plan = work.plan(rows.listed, settings.wanted)
        _report_plan(plan, rows)
        made: Counter[Status | None] = Counter()
        started = time.monotonic()
        try:
            with stopping.gently(report.say), report.of(plan.pages):
                for outcome in work.outcomes(settings.wanted):
                    made[outcome.status] += 1
                    if outcome.status in _FAILURES:
                        _report_failure(outcome, made, report)
                    if outcome.status != "invalid":
                        report.update(made)
        finally:
            counts = work.counts()
            _summarise(settings.run, made, counts, time.monotonic() - started)
    return Exit.WITH_FAILURES if any(counts.get(status) for status in _FAILURES) else 0


class _Rows:
    """What the lists name, and how many of their rows have no identifier."""

    def __init__(self, settings: _Settings) -> None:
        self.empty = 0
        self.listed: Iterator[Entry] | None = None
        if settings.lists:
            each = entries(settings.lists, column=settings.column, skipped=self._skip)
            self.listed = chain(list(islice(each, 1)), each)  # a list that is none is told before a folder is made
        elif site_of(settings.run) is None:
            raise FatalError(f"{settings.run}: is no run to go on with; give it a LIST")

    def _skip(self, _where: str) -> None:
        self.empty += 1


def _report_plan(plan: Plan, rows: _Rows) -> None:
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


def _report_failure(outcome: Outcome, made: Counter[Status | None], report: LogLines) -> None:
    if made[outcome.status] <= _NAMED:
        report.say(f"{shortened(outcome.identifier)}: {outcome.reason} [{outcome.status}]")
    elif made[outcome.status] == _NAMED + 1:
        report.say(f"further failures of this kind are listed only in failures.jsonl [{outcome.status}]")


def _summarise(run: str, made: Counter[Status | None], counts: dict[Status | None, int], seconds: float) -> None:
    if made:
        click.echo(f"{in_words(made)}, in {duration(seconds)}", err=True)
    left = counts.get(None, 0)
    if left:
        click.echo(f"{counted(left, 'identifier')} of the run not asked for yet", err=True)
    without = sum(count for status, count in counts.items() if status not in {"ok", None})
    has = f"{counts.get('ok', 0):,} with a record in {Path(run, 'records.jsonl')}"
    click.echo(f"{has}, {without:,} without in {Path(run, 'failures.jsonl')}", err=True)
