"""How far a run is, in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from altdetails.cli.words import counted, size
from altdetails.results import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.store import RunStatus

__all__ = ["lines"]


def lines(run: RunStatus) -> Iterator[str]:
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
