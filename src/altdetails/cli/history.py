"""`altdetails history`: collect archived details pages in a run folder."""

from __future__ import annotations

import time
from collections import Counter
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from altdetails.cli.job import JobCommand, counts_of, current_job
from altdetails.cli.plan_report import report_readings
from altdetails.cli.progress import LogLines, ScrapeBar, TabTally
from altdetails.cli.scrape import Stopping, end_run, end_stopped, quote_command, say_interrupted
from altdetails.cli.scrape_report import FAILURES, numbered, outcome_counts, print_summary, report_failure
from altdetails.cli.ui import SIGNALLED, Exit, FatalError, duration, has_terminal, pluralize, say, warn
from altdetails.errors import InputError, RunStopped
from altdetails.history.collect import EVERY, choice_changes, ids_of, outputs_of
from altdetails.history.collecting import CAPTURES, History
from altdetails.history.planning import preview_history, source_of
from altdetails.scraping.store import site_of
from altdetails.scraping.store.folder import RunFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.history.planning import HistoryPlan
    from altdetails.lists.entries import ListReading
    from altdetails.lists.entry import Entry, NumberKind
    from altdetails.record import Record
    from altdetails.results import Status

__all__ = ["history"]

_SECONDS_BETWEEN_LINES = 10.0


@click.command(
    cls=JobCommand,
    output=lambda options: options["run"] or "",
    epilog="""\b
Examples:
  altdetails history dois.txt -o past --ids run --contact a.librarian@uni-somewhere.edu
  altdetails history run -o past --every year --since 2015
  altdetails history -o past                  go on after an interruption
  altdetails history run -o past --dry-run
  altdetails history dois.txt -o past --from http://localhost:8080/my-collection
  altdetails history run -o past --captures common-crawl.parquet
  altdetails diff past --by year
  altdetails report past -o ten-years.html

\b
Exit code:
  0  every capture that was chosen has a record, or the archive has none
  1  done, but some captures failed: see failures.jsonl
  2  wrong usage or input, or the run folder cannot be written
  3  stopped by the archive, or it cannot be reached: run it again later
  130  interrupted: run it again to resume
""",
)
@click.argument("lists", nargs=-1, metavar="[LIST]...")
@click.option(
    "-o", "--output", "run", required=True, metavar="RUN", help="The run folder; created if it does not exist."
)
@click.option(
    "--from",
    "archive",
    metavar="ARCHIVE",
    help="The web archive: wayback, or the address of a pywb collection.  [default: that of the run, else wayback]",
)
@click.option(
    "--captures",
    metavar="FILE",
    help="Use this table of captures, and ask no index: captures.parquet of a run, or rows of Common Crawl's index "
    "(Parquet, CSV), which are read on S3 with your AWS account.",
)
@click.option("--index-only", is_flag=True, help="Ask the index and write captures.parquet; fetch no page.")
@click.option(
    "--all", "everything", is_flag=True, default=None, help="Also take captures of outputs that are not on a LIST."
)
@click.option("--hosts", metavar="HOST,...", help="Hosts of Altmetric in addition to www, such as bmc,plos,nature.")
@click.option(
    "--ids",
    "id_sources",
    multiple=True,
    metavar="RECORDS",
    help="Records or runs with the Altmetric ids of DOIs; can be repeated.",
)
@click.option("--since", metavar="DATE", help="Only captures from this day on: 2019, 2019-06 or 2019-06-30.")
@click.option("--until", metavar="DATE", help="Only captures up to this day.")
@click.option(
    "--every",
    type=click.Choice(EVERY),
    help="Take the last good capture of each output in each period, or all captures.  [default: month]",
)
@click.option("--column", metavar="NAME", help='Column of a table with the identifiers, as for "scrape".')
@click.option(
    "--numbers",
    type=click.Choice(["altmetric", "pmid"]),
    help="What bare numbers in the lists are, if no name says it.",
)
@click.option(
    "--contact",
    envvar="ALTDETAILS_CONTACT",
    metavar="MAIL",
    help="Your email address, sent to the operators of the archive with each request; required for archives on other "
    "machines.  [default: the environment variable ALTDETAILS_CONTACT]",
)
@click.option(
    "--interval",
    type=float,
    metavar="S",
    help="Seconds between two requests, at least 1.  [default: 1 for pages of the Wayback Machine, 2.5 for its index, "
    "2 for others]",
)
@click.option("--retry-failed", is_flag=True, help="Try captures again that failed, and outputs without a capture.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Fetch at most N pages now.  [default: all]")
@click.option("--dry-run", is_flag=True, help="Print the plan; fetch nothing, write nothing.")
def history(  # noqa: PLR0913 -- click hands over each option
    *,
    lists: tuple[str, ...],
    run: str,
    archive: str | None,
    captures: str | None,
    index_only: bool,
    everything: bool | None,
    hosts: str | None,
    id_sources: tuple[str, ...],
    since: str | None,
    until: str | None,
    every: str | None,
    column: str | None,
    numbers: NumberKind | None,
    contact: str | None,
    interval: float | None,
    retry_failed: bool,
    limit: int | None,
    dry_run: bool,
) -> None:
    """Collect archived details pages of a list of outputs.

    Web archives hold details pages of ten years. This command asks the index of an archive for the captures of the
    outputs of LIST, chooses the last good one of each month, and stores their pages and records in the folder RUN.
    altmetric.com is not asked.

    LIST is as for "altdetails scrape": a file or an identifier. It can also be a file of records or a run folder: then
    its outputs are meant. Archives know pages by their Altmetric ids, so --ids helps with DOIs. Without LIST, the run
    resumes.

    RUN is a folder as "altdetails scrape" writes it, and all commands that read one read it: diff, report, export. Each
    record has the time of its capture (captured_at). captures.parquet lists all captures in the index.

    The rules of "altdetails scrape" apply to archives too: your email address, robots.txt, one request at a time.
    docs/politeness.md explains them.
    """
    hosts_given = None if hosts is None else [name for name in hosts.split(",") if name.strip()]
    changes = choice_changes(every=every, since=since, until=until, hosts=hosts_given, everything=everything)
    RunFiles(Path(run)).refuse_other_files()
    source = source_of(run, archive, captures)
    known = ids_of(id_sources) if id_sources else {}
    readings: list[ListReading] = []
    outputs = _outputs(lists, run, column, numbers, readings, is_needed=not everything)
    if dry_run:
        plan = preview_history(
            run, source, changes, outputs, known, interval=interval, retry_failed=retry_failed, notice=warn
        )
        current_job().counts = lambda: counts_of(plan)
        report_readings(readings)
        _report_questions(plan)
        if not plan.questions:
            _report_pages(plan, limit)
        say("Dry run: nothing was fetched, and nothing was written.")
        return
    stopping = Stopping()
    report = ScrapeBar() if has_terminal() else LogLines()
    try:
        with History(
            run, source, changes, contact=contact, interval=interval, stop=stopping.event, notice=warn
        ) as work:
            plan = work.add(outputs, known, retry_failed=retry_failed)
            report_readings(readings)
            code = _collect(work, plan, report, stopping, run, limit, retry_failed=retry_failed, index_only=index_only)
    except RunStopped as error:
        end_stopped(error, run, _resume_command())
    if stopping.signal:
        say_interrupted(_resume_command())
        code = SIGNALLED + stopping.signal
    end_run(run, code)


def _outputs(  # noqa: PLR0913 -- the settings of the lists
    lists: tuple[str, ...],
    run: str,
    column: str | None,
    numbers: NumberKind | None,
    readings: list[ListReading],
    *,
    is_needed: bool,
) -> Iterator[Entry | Record] | None:
    def listed() -> Iterator[Entry | Record]:
        try:
            yield from outputs_of(lists, column=column, ids=numbers, readings=readings)
        except InputError as error:  # "scrape" has --ids for what is --numbers here
            raise InputError(str(error).replace("--ids", "--numbers")) from error

    if lists:
        items = listed()
        return chain(list(islice(items, 1)), items)  # an invalid list is an error before a folder is created
    if is_needed and site_of(run) is None:
        raise FatalError(f"{run} is not a run folder: give a LIST of outputs to start a run, or --all")
    return None


def _collect(  # noqa: PLR0913, PLR0917 -- the parts of a run
    work: History,
    plan: HistoryPlan,
    report: LogLines,
    stopping: Stopping,
    run: str,
    limit: int | None,
    *,
    retry_failed: bool,
    index_only: bool,
) -> int:
    """Ask the index, fetch the chosen captures, and return the exit code."""
    job = current_job()
    with stopping.handle_signals():
        _report_questions(plan)
        _ask_index(work)
        if stopping.event.is_set():
            return 0
        if index_only:
            plan = work.plan(retry_failed=retry_failed)
            say(f"{pluralize(plan.captures, 'capture')} of {pluralize(plan.outputs, 'output')}: {Path(run, CAPTURES)}")
            return 0
        plan = work.plan(retry_failed=retry_failed)
        _report_pages(plan, limit)
        status_counts: Counter[Status | None] = Counter()
        done: Counter[Status | None] = Counter()
        started = time.monotonic()
        try:
            with report.of(min(plan.pages, limit or plan.pages)):
                for outcome in work.outcomes(retry_failed=retry_failed, limit=limit):
                    status_counts[outcome.status] += 1
                    if outcome.status in FAILURES:
                        reason = f"{outcome.reason} [{outcome.status}]"
                        report_failure(outcome.identifier, reason, status_counts[outcome.status], "failures.jsonl")
                    if outcome.attempts or outcome.status == "same":
                        done[outcome.status] += 1
                        report.update(done, TabTally())
        finally:
            run_counts = work.counts()
            known = numbered("run", run_counts) | outcome_counts(status_counts)
            job.counts = lambda: known
            failed = print_summary(run, status_counts, run_counts, time.monotonic() - started)
    return Exit.WITH_FAILURES if failed else 0


def _ask_index(work: History) -> None:
    reported = time.monotonic()
    for progress in work.ask_index():
        if time.monotonic() - reported >= _SECONDS_BETWEEN_LINES:
            reported = time.monotonic()
            left = pluralize(progress.questions, "question")
            say(f"index: {pluralize(progress.captures, 'capture')} so far, {left} left")


def _report_questions(plan: HistoryPlan) -> None:
    if plan.questions:
        line = f"{pluralize(plan.questions, 'question')} to the index of {plan.source}"
        if plan.dois:
            line += f", and up to 3 requests for the Altmetric id of each of {pluralize(plan.dois, 'DOI')}"
        say(f"{line}; the pages to fetch are known after that" + (_about(plan) if plan.seconds else ""))


def _report_pages(plan: HistoryPlan, limit: int | None) -> None:
    if not plan.captures:
        say(f"no capture of a details page is known from {plan.source}; check its address, and the list")
        return
    known = f"{pluralize(plan.captures, 'capture')} of {pluralize(plan.outputs, 'output')}"
    pages = pluralize(min(plan.pages, limit or plan.pages), "page") if plan.pages else "nothing"
    say(f"{known} in {plan.source}: {pages} to fetch" + (_about(plan) if plan.seconds else ""))


def _about(plan: HistoryPlan) -> str:
    return f"; about {duration(plan.seconds)}"


def _resume_command() -> str:
    """Return the command that resumes the run. It needs no lists, since they are in the run folder by now."""
    context = click.get_current_context()
    words = ["altdetails", "history", "-o", context.params["run"]]
    for name in ("contact", "interval", "limit", "captures"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            value = context.params[name]
            words += [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
    if context.params["index_only"]:
        words.append("--index-only")
    return quote_command(words)
