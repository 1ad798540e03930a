"""`altdetails scrape`: fetch the pages of identifiers into a run folder."""

from __future__ import annotations

import logging
import shlex
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource

from altdetails.cli.job import JobCommand, counts_of, current_job
from altdetails.cli.plan_report import report_plan
from altdetails.cli.progress import LogLines, ScrapeBar
from altdetails.cli.scrape_report import ScrapeReport, numbered, print_summary, print_tab_summary
from altdetails.cli.ui import SIGNALLED, Exit, FatalError, duration, has_terminal, one_line, say, warn
from altdetails.errors import RunStopped, SettingsError
from altdetails.lists.entries import ListReading, entries
from altdetails.parsing.tasks import LONGEST_PAGE_TIMEOUT, PAGE_TIMEOUT
from altdetails.scraping.outcomes import parse_age
from altdetails.scraping.session import Scrape, Selection, plan_of
from altdetails.scraping.store import site_of
from altdetails.scraping.store.folder import RunFiles
from altdetails.scraping.tab_pages import MentionChoice, choice_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from altdetails.lists.entry import Entry, NumberKind

__all__ = ["Stopping", "end_run", "end_stopped", "quote_command", "say_interrupted", "scrape"]


def _age(_context: click.Context, _parameter: click.Parameter, value: str | None) -> timedelta | None:
    try:
        return None if value is None else parse_age(value)
    except SettingsError as error:
        raise click.BadParameter(str(error)) from error


def _sources(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        if value is not None:
            choice_of(value, people=False)
    except SettingsError as error:
        raise click.BadParameter(str(error)) from error
    return value


def _choice(mentions: str | None, *, people: bool) -> MentionChoice | None:
    if people and mentions is None:
        raise click.UsageError("--people: works only with --mentions SOURCES; add it.")
    return None if mentions is None else choice_of(mentions, people=people)


@click.command(
    cls=JobCommand,
    output=lambda options: options["run"] or "",
    has_metrics=True,
    epilog="""\b
Examples:
  altdetails scrape dois.txt -o run --contact a.librarian@uni-somewhere.edu
  altdetails scrape -o run                 resume after an interruption
  altdetails scrape export.csv --column DOI -o run --dry-run
  altdetails scrape library.bib pubmed.nbib papers.xlsx -o run
  altdetails scrape numbers.txt --ids altmetric -o run
  altdetails scrape 10.5555/lhs.2023.0417 -o run
  altdetails scrape dois.txt -o run --mentions news,policy,blogs
  altdetails scrape dois.txt -o run --refresh 30d
  cut -f3 table.tsv | altdetails scrape - -o run
  altdetails scrape pmids.txt --ids pmid -o run --via api --key-file key.txt
  altdetails scrape samples/dois.txt -o run --base-url http://127.0.0.1:8000 --interval 0

\b
Exit code:
  0  every identifier has a record, or is not tracked by Altmetric
  1  done, but some identifiers failed: see failures.jsonl
  2  wrong usage or input, or the run folder cannot be written
  3  stopped by the site, or the site cannot be reached: run it again later
  130  interrupted: run it again to resume
""",
)
@click.argument("lists", nargs=-1, metavar="[LIST]...")
@click.option(
    "-o", "--output", "run", required=True, metavar="RUN", help="The run folder; created if it does not exist."
)
@click.option(
    "--contact",
    envvar="ALTDETAILS_CONTACT",
    metavar="MAIL",
    help="Your email address, sent to the operators of the site with each request; required for altmetric.com.  "
    "[default: the environment variable ALTDETAILS_CONTACT]",
)
@click.option(
    "--interval",
    type=float,
    metavar="S",
    help="Seconds between two requests; at least 1 for altmetric.com.  [default: 2; by the API 1]",
)
@click.option(
    "--via",
    type=click.Choice(["site", "api"]),
    help="Fetch the details pages of the site, or answers of the API, which needs a key.  "
    "[default: the route of the run, else site]",
)
@click.option(
    "--key-file",
    metavar="FILE",
    help="A file with the key of the API in one line.  [default: the environment variable ALTMETRIC_API_KEY]",
)
@click.option(
    "--base-url",
    metavar="URL",
    help="Fetch from this site, such as a mirror.  [default: the site of the run, else altmetric.com]",
)
@click.option(
    "--column",
    metavar="NAME",
    help="Column of a table, or key of a JSON list, with the identifiers.  [default: by name or content]",
)
@click.option(
    "--ids",
    type=click.Choice(["altmetric", "pmid"]),
    help="What bare numbers in the lists are, if no name says it: Altmetric ids or PubMed ids.",
)
@click.option(
    "--retry-failed",
    is_flag=True,
    help="Fetch identifiers again if their outcome is a failure, or the page was not a details page; also tabs that "
    "failed or had no list.",
)
@click.option(
    "--refresh",
    callback=_age,
    metavar="AGE",
    help="Fetch identifiers again if their outcome is older than AGE: 12h, 30d, 8w. Earlier records are kept.",
)
@click.option(
    "--page-timeout",
    type=click.FloatRange(min=0, min_open=True, max=LONGEST_PAGE_TIMEOUT),
    default=PAGE_TIMEOUT,
    metavar="SECONDS",
    help="Seconds that parsing a page may take; a page that takes longer is kept, and counts as not a details page.  "
    f"[default: {PAGE_TIMEOUT:g}]",
)
@click.option(
    "--mentions",
    callback=_sources,
    metavar="SOURCES",
    help="Also fetch the single mentions of these sources into mentions.jsonl: news,blogs,policy, other keys of "
    "counts, or all.  [default: none]",
)
@click.option(
    "--people",
    is_flag=True,
    help="With --mentions: keep names, handles, followers, profiles and texts of people.  [default: left out]",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Fetch at most N pages now, each with its tabs.  [default: all]",
)
@click.option("--dry-run", is_flag=True, help="Print the plan; fetch nothing, write nothing.")
def scrape(  # noqa: PLR0913 -- click hands over each option
    *,
    lists: tuple[str, ...],
    run: str,
    contact: str | None,
    interval: float | None,
    via: str | None,
    key_file: str | None,
    base_url: str | None,
    column: str | None,
    ids: NumberKind | None,
    retry_failed: bool,
    refresh: timedelta | None,
    page_timeout: float,
    mentions: str | None,
    people: bool,
    limit: int | None,
    dry_run: bool,
) -> None:
    """Fetch the details pages of a list of DOIs or other identifiers.

    LIST is a file, an identifier, or - for standard input. An identifier is a DOI, the address of a details page, or
    an Altmetric id (altmetric:990000001). PubMed ids, arXiv ids, ISBNs, handles and NCT numbers are fetched with --via
    api; the site has no address by them, so the plan lists them. A file is text with one identifier per line and #
    comments, a table (CSV, TSV, Excel, OpenDocument), an export of a reference manager or database (BibTeX, RIS,
    PubMed, Web of Science, EndNote, Zotero), or JSON. Its content decides how it is read, not its name. Without LIST,
    the run resumes with the identifiers that it already has.

    Before the first request, the plan says what was understood of each list: see it with --dry-run.

    RUN is a folder with these files: pages.warc.gz (every response, unchanged), records.jsonl (one record per page),
    failures.jsonl (one line per identifier without a record, with the reason: also if Altmetric does not track it) and
    ledger.sqlite (the outcome of every identifier). After any interruption, the same command resumes the run, and
    fetches no page twice.

    With --mentions, the lists of single mentions follow each record, 100 mentions a request: an output with 1,300 news
    stories takes 13 requests more. Only lists that the record counts are fetched, and links in them are never followed.
    mentions.jsonl has one line per mention and one per page of a list. On a run that has records, only their lists are
    fetched. docs/mentions-scrape.md has details.

    If you have a key of Altmetric's API, use it: --via api. Researchers get one for free. The key is read from a file
    or the environment, and is in no file of the run. A run keeps its route.

    Read the terms of Altmetric first. Requests contain your email address, obey robots.txt and use one connection.
    There is one request every 2 seconds by default, and at most one per second: 200 DOIs take about 15 minutes.
    docs/politeness.md explains these rules.
    """
    settings = _Settings(
        lists,
        run,
        contact,
        interval,
        via,
        key_file,
        base_url,
        column,
        ids,
        page_timeout,
        _choice(mentions, people=people),
        Selection(retry_failed, refresh, limit),
    )
    stopping = Stopping()
    try:
        if dry_run:
            _dry_run(settings)
            return
        code = _run(settings, stopping)
    except RunStopped as error:
        end_stopped(error, run, _resume_command())
    if stopping.signal:
        say_interrupted(_resume_command())
        code = SIGNALLED + stopping.signal
    end_run(run, code)


def end_run(run: str, code: int) -> NoReturn:
    """End the command with an exit code. The files of the run are its outputs."""
    files, job = RunFiles(Path(run)), current_job()
    for path in (files.pages, files.records, files.failures, files.mentions, files.tab_failures):
        if path.is_file():
            job.add_output(str(path))
    raise click.exceptions.Exit(code)


def end_stopped(error: RunStopped, run: str, command: str) -> NoReturn:
    """Say why the site stopped a run, and how to resume it; and end the command."""
    when = f"in {duration(error.retry_after)}" if error.retry_after else "later"
    say(f"Stopped: {error}.", logging.ERROR, kind="RunStopped", resume=command, retry_after=error.retry_after)
    _say_how_to_resume(f"All results are kept. To resume {when}, run", command, is_detail=True)
    end_run(run, Exit.STOPPED_BY_SITE)


def say_interrupted(command: str) -> None:
    """Say that a signal ended a run, and how to resume it."""
    words = "Interrupted. All results are kept. To resume, run"
    _say_how_to_resume(words, command, kind="Interrupted", resume=command)


def _say_how_to_resume(words: str, command: str, **fields: object) -> None:
    """Say how to go on: the words, and the command on a line of its own."""
    line = f"  {command}"
    if one_line(line) == line:
        say(f"{words}:", logging.ERROR, **fields)
        say(line, logging.ERROR, is_detail=True)
    else:  # the terminal would show another command
        say(f"{words} the same command again.", logging.ERROR, **fields)


def _resume_command() -> str:
    """Return the command that resumes the run. It needs no lists, since they are in the run folder by now."""
    context = click.get_current_context()
    if context.params["retry_failed"] or context.params["refresh"] is not None:
        return quote_command(
            ["altdetails", *sys.argv[1:]]
        )  # these options refetch the identifiers of the lists, not all
    words = ["altdetails", "scrape", "-o", context.params["run"]]
    for name in ("contact", "interval", "key_file", "limit", "page_timeout"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            value = context.params[name]
            words += [f"--{name.replace('_', '-')}", f"{value:g}" if isinstance(value, float) else str(value)]
    words += ["--mentions", context.params["mentions"]] if context.params["mentions"] else []
    words += ["--people"] if context.params["people"] else []
    return quote_command(words)


def quote_command(words: list[str]) -> str:
    """Quote the words of a command for the shell of this system."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


@dataclass(frozen=True, slots=True)
class _Settings:
    """The options of the command."""

    lists: tuple[str, ...]
    run: str
    contact: str | None
    interval: float | None
    via: str | None
    key_file: str | None
    base_url: str | None
    column: str | None
    ids: NumberKind | None
    page_timeout: float
    mentions: MentionChoice | None
    selection: Selection


class Stopping:
    """A flag that ends the run after the current page. The first signal sets it; a second one ends the process."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal = 0
        """The number of the signal; 0 if there was none."""
        self._handlers: dict[int, Any] = {}

    @contextmanager
    def handle_signals(self) -> Iterator[None]:
        """Handle signals inside the block, and report the first one."""
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number and (handler := signal.getsignal(number)) is not signal.SIG_IGN:
                self._handlers[number] = handler
                signal.signal(number, self._stop)
        try:
            yield
        finally:
            self._restore_handlers()

    def _stop(self, number: int, _frame: object) -> None:
        self._restore_handlers()
        self.signal = number
        self.event.set()
        say("Stopping after this page; interrupt again to stop immediately.")

    def _restore_handlers(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)


def _dry_run(settings: _Settings) -> None:
    """Print the plan of a run, without fetching or writing."""
    rows = _Rows(settings)
    plan = plan_of(
        settings.run,
        rows.listed,
        settings.selection,
        contact=settings.contact,
        interval=settings.interval,
        via=settings.via,
        base_url=settings.base_url,
        mentions=settings.mentions,
    )
    current_job().counts = lambda: counts_of(plan) | (counts_of(plan.added) if plan.added else {})
    report_plan(plan, rows.readings)
    say("Dry run: nothing was fetched, and nothing was written.")


def _run(settings: _Settings, stopping: Stopping) -> int:
    """Fetch the pages of a run, and return the exit code. A signal ends it after the current page.

    Raises:
        RunStopped: if the site ended the run.
        AltdetailsError: if settings, lists or the folder cannot be used.
    """
    rows, job = _Rows(settings), current_job()
    report = ScrapeBar() if has_terminal() else LogLines()
    with Scrape(
        settings.run,
        contact=settings.contact,
        interval=settings.interval,
        via=settings.via,
        key_file=settings.key_file,
        base_url=settings.base_url,
        page_timeout=settings.page_timeout,
        mentions=settings.mentions,
        stop=stopping.event,
        notice=warn,
    ) as work:
        plan = work.plan(rows.listed, settings.selection)
        report_plan(plan, rows.readings)
        outputs = plan.pages + (plan.tabs.outputs if plan.tabs else 0)
        seen = ScrapeReport(report)
        job.counts = lambda: seen.counts() | work.traffic()
        started = time.monotonic()
        try:
            with stopping.handle_signals(), report.of(outputs):
                for outcome in work.outcomes(settings.selection):
                    seen.add(outcome)
                    job.update()
        finally:
            run_counts, tab_counts = work.counts(), work.tab_counts()
            known = {**numbered("run", run_counts), **numbered("tabs", tab_counts), **work.traffic()}
            job.counts = lambda: seen.counts() | known
            failed = print_summary(settings.run, seen.status_counts, run_counts, time.monotonic() - started)
            if settings.mentions:
                failed |= print_tab_summary(settings.run, seen.tabs, tab_counts)
    return Exit.WITH_FAILURES if failed else 0


class _Rows:
    """The entries of the lists, and what was understood of each list."""

    def __init__(self, settings: _Settings) -> None:
        self.readings: list[ListReading] = []
        self.listed: Iterator[Entry] | None = None
        if settings.lists:
            items = entries(settings.lists, column=settings.column, ids=settings.ids, readings=self.readings)
            self.listed = chain(list(islice(items, 1)), items)  # an invalid list is an error before a folder is created
        elif site_of(settings.run) is None:
            raise FatalError(f"{settings.run} is not a run folder: give a LIST of identifiers to start a run")
