"""`altdetails status`: show the progress of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
import msgspec

from altdetails.cli.job import JobCommand, current_job
from altdetails.cli.scrape_report import numbered
from altdetails.cli.ui import one_line, pluralize, print_text, size
from altdetails.results import STATUSES, TAB_STATUSES
from altdetails.scraping.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.scraping.store import RunStatus

__all__ = ["status"]


@click.command(
    cls=JobCommand,
    epilog="""\b
Examples:
  altdetails status run
  watch -n 60 altdetails status run

\b
Exit code:
  0  success
  2  not a run folder, or a run folder that cannot be read
""",
)
@click.argument("run", metavar="RUN")
def status(run: str) -> None:
    """Show the progress of a scrape or history.

    RUN is a folder of "altdetails scrape" or "altdetails history", which can still be running. The report has the
    number of identifiers by outcome, the number of identifiers left, the same for tabs of mentions, and the sizes of
    the files. The folder is not changed.
    """
    done, job = Run(run).status(), current_job()
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
