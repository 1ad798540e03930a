"""`altdetails status`: show the progress of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
import msgspec

from altdetails._arguments import is_address, shown_address
from altdetails.cli.job import JobCommand, counts_of, current_job
from altdetails.cli.scrape_report import numbered
from altdetails.cli.ui import FatalError, one_line, pluralize, print_text, size
from altdetails.records.part_folder import LEDGER, status_of_parts
from altdetails.remote import NO_RUN_AT_ADDRESS
from altdetails.results import STATUSES, TAB_STATUSES
from altdetails.scraping.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.records.part_folder import PartsStatus
    from altdetails.scraping.store import RunStatus

__all__ = ["status"]


@click.command(
    cls=JobCommand,
    epilog="""\b
Examples:
  altdetails status run
  altdetails status records/
  altdetails status s3://tables/records
  watch -n 60 altdetails status run

\b
Exit code:
  0  success
  2  not a run folder or folder of parts, or one that cannot be read
""",
)
@click.argument("run", metavar="RUN")
def status(run: str) -> None:
    """Show the progress of a scrape or history.

    RUN is a folder of "altdetails scrape" or "altdetails history", which can still be running. The report has the
    number of identifiers by outcome, the number of identifiers left, the same for tabs of mentions, and the sizes of
    the files. The folder is not changed.

    RUN can also be a folder of parts of "altdetails parse", here or at an address (s3://, gs://, az://). The report
    then has the numbers of files, pages, records, failures and parts, the time of the last commit, and what a run that
    was killed has left.
    """
    job = current_job()
    parts = status_of_parts(run)
    if parts is not None:
        job.counts = lambda: counts_of(parts)
        if not job.takes(lambda: {"last_commit": parts.last_commit, "unfinished": parts.unfinished}):
            for line in _part_lines(parts):
                print_text(one_line(line))
        return
    if is_address(run):
        raise FatalError(f"{shown_address(run)}: has no {LEDGER}, so it is not a folder of parts; {NO_RUN_AT_ADDRESS}")
    done = Run(run).status()
    job.counts = lambda: {**numbered("run", done.counts), **numbered("tabs", done.tabs)}
    if not job.takes(lambda: _data(done)):
        for line in _lines(done):
            print_text(one_line(line))


def _data(run: RunStatus) -> dict[str, Any]:
    """Return what is not a count, as data."""
    content: dict[str, Any] = msgspec.to_builtins(replace(run, counts={}, tabs={}))
    return {name: value for name, value in content.items() if name not in {"counts", "tabs"}}


def _tab_lines(run: RunStatus) -> Iterator[str]:
    total = sum(run.tabs.values())
    left = run.tabs.get(None, 0)
    yield f"{total - left:,} of {pluralize(total, 'tab')} of mentions done, {left:,} left"
    for status in TAB_STATUSES:
        if run.tabs.get(status):
            yield f"  {run.tabs[status]:>9,} {status.replace('_', ' ')}"


def _part_lines(parts: PartsStatus) -> Iterator[str]:
    failed = sum(parts.failures.values())
    yield f"{pluralize(parts.archives, 'file')} done"
    records, failures = pluralize(parts.records, "record"), pluralize(failed, "failure")
    yield f"{pluralize(parts.records + failed, 'page')}: {records}, {failures}"
    for kind, count in sorted(parts.failures.items(), key=lambda item: (-item[1], item[0])):
        yield f"  {count:>9,} {kind.replace('_', ' ')}"
    yield f"{pluralize(parts.parts, 'part')}, {size(parts.size)}"
    if parts.last_commit:
        yield f"last commit {parts.last_commit}"
    if parts.unfinished:
        files = pluralize(len(parts.unfinished), "file")
        yield f"{files} not committed, of a run that writes now or was killed (the next parse removes what is left)"


def _lines(run: RunStatus) -> Iterator[str]:
    """Yield the lines: the site, the outcomes, the identifiers left, the times, the files, and the writing process."""
    total = sum(run.counts.values())
    left = run.counts.get(None, 0)
    yield run.site
    yield f"{total - left:,} of {pluralize(total, 'identifier')} done, {left:,} left"
    for status in STATUSES:
        if run.counts.get(status):
            yield f"  {run.counts[status]:>9,} {status.replace('_', ' ')}"
    if run.first_at:
        yield f"from {run.first_at} to {run.last_at}"
    records = "incomplete (the next scrape rewrites it)" if run.records_bytes is None else size(run.records_bytes)
    files = f"pages.warc.gz {size(run.pages_bytes)}, records.jsonl {records}"
    if run.mentions is None:
        yield files
    else:
        yield from _tab_lines(run)
        end = run.mentions.end
        mentions = "incomplete (the next scrape rewrites it)" if end is None else size(end)
        yield f"{files}, mentions.jsonl {mentions} ({'with' if run.mentions.people else 'without'} people)"
    if run.writer:
        yield f"process {run.writer.pid} on {run.writer.host} has been writing to it since {run.writer.since}"
