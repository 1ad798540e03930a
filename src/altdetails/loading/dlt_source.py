"""A source for pipelines of dlt that users run themselves: `dlt_source()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from altdetails._arguments import check_functions
from altdetails._optional import require
from altdetails.records.files import RecordSource, refuse_damaged
from altdetails.records.mention_files import MentionSource, mentions_with_runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlt.extract import DltSource

    from altdetails.records.files import DamagedLine, RecordsOrPaths
    from altdetails.records.mention_files import MentionsOrPaths

__all__ = ["dlt_source"]


def dlt_source(
    records_or_paths: RecordsOrPaths,
    *,
    mentions: MentionsOrPaths = (),
    damaged: Callable[[DamagedLine], object] = refuse_damaged,
) -> DltSource:
    """Return records as a source for your own pipeline of dlt, with the tables and columns of `load`.

    Examples:
        >>> import dlt
        >>> pipeline = dlt.pipeline("nightly", destination=dlt.destinations.duckdb("nightly.duckdb"))
        >>> info = pipeline.run(dlt_source("run"))
        >>> info.has_failed_jobs
        False

    A snapshot that is already in the dataset is replaced, with its items, in one transaction. A new snapshot of the
    same output is added. Single mentions are in the resource `mention_items`. The view of `load` is not created.

    The telemetry of dlt is switched off, unless the environment sets `RUNTIME__DLTHUB_TELEMETRY`, or a pipeline was
    created before the source.

    Args:
        records_or_paths: a path or several, or Records, as in `load`. They are read when the pipeline extracts.
        mentions: files of mentions, or Mentions. Those of run folders among the records are found.
        damaged: called for every line that is not a valid record or mention. Such lines are skipped. Without it, such a
            line ends the extraction with an error.

    Raises:
        TypeError: if an argument has the wrong type.
        InputError: if a path is not a records file or run folder, or a library is not installed.
    """
    records = RecordSource(records_or_paths)
    check_functions(damaged=damaged)
    resources = require("altdetails.loading.dlt_resources", "load", "altdetails.dlt_source")
    source: DltSource = resources.source_of(
        records, mentions_with_runs(MentionSource(mentions), records.folders), damaged
    )
    return source
