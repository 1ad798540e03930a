"""`altdetails status`: how far a run is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from altdetails.cli.ui import counted, plain, size
from altdetails.results import STATUSES
from altdetails.scraping.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.scraping.store import RunStatus

__all__ = ["status"]


@click.command(
    epilog="""\b
Examples:
  altdetails status run
  watch -n 60 altdetails status run

\b
Exit code:
  0  shown
  2  not a run folder, or one that cannot be read
"""
)
@click.argument("run", metavar="RUN")
def status(run: str) -> None:
    """Show how far a run is.

    It shows what came of the identifiers, and what is left. RUN is a folder that "altdetails scrape" made. You can look
    at it while the run goes on.
    """
    for line in _lines(Run(run).status()):
        click.echo(plain(line))


def _lines(run: RunStatus) -> Iterator[str]:
    """The site, what came of the identifiers, what is left, the files, and who works on them."""
    total = sum(run.counts.values())
    left = run.counts.get(None, 0)
    yield run.site
    yield f"{total - left:,} of {counted(total, 'identifier')} done, {left:,} left"
    for status in STATUSES:
        if run.counts.get(status):
            yield f"  {run.counts[status]:>9,} {status.replace('_', ' ')}"
    if run.first_at:
        yield f"from {run.first_at} to {run.last_at}"
    records = "to be written again" if run.records_bytes is None else size(run.records_bytes)
    yield f"pages.warc.gz {size(run.pages_bytes)}, records.jsonl {records}"
    if run.writer:
        yield f"process {run.writer.pid} on {run.writer.host} works on it since {run.writer.since}"
