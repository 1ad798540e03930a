"""Load records into a dataset of a warehouse: `load()`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from altdetails._arguments import check, check_functions
from altdetails._optional import require, set_defaults
from altdetails.errors import ExportError, SettingsError
from altdetails.exporting.mention_export import stored_mentions
from altdetails.records.files import RecordSource
from altdetails.records.mention_files import MentionSource, mentions_with_runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from altdetails.records.files import DamagedLine, RecordsOrPaths
    from altdetails.records.mention_files import MentionsOrPaths

__all__ = ["BATCH_SIZE", "DATASET", "DEFAULT", "Loaded", "load"]

DATASET = "altdetails"
DEFAULT = "duckdb:///records.duckdb"
BATCH_SIZE = 10_000
"""Records that are written at once. A load that is killed loses the work of one batch."""

_SETTINGS = {
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    "DATA_WRITER__FILE_MAX_ITEMS": "200000",
    "LOAD__WORKERS": "1",
    "LOAD__DELETE_COMPLETED_JOBS": "true",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "DESTINATION__DUCKDB__CREDENTIALS__GLOBAL_CONFIG": (
        '{"memory_limit": "160MB", "preserve_insertion_order": false, "threads": 1}'  # two need 250 MB for a million
    ),
    "DESTINATION__DUCKDB__CREDENTIALS__PRAGMAS": """["wal_autocheckpoint = '16MB'"]""",
}
"""Defaults for the settings of dlt and pyarrow; the environment can override them.

They turn off the log of errors that this package raises, delete temporary files early, and limit memory and the journal
that DuckDB keeps while it is open: dlt's own limit is 1 GB. Arrow's usual pool keeps 75 MB of what it has freed."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The outcome of a load."""

    records: int
    """Number of records that were read."""
    new: int
    """Number of snapshots that were added to the dataset."""
    damaged: int
    """Number of lines that were skipped because they are not valid records."""
    destination: str
    """The scheme, host and path of the destination."""
    dataset: str
    """The dataset's name in the warehouse."""
    notices: list[str]
    """Notices about the load for the user, one sentence each."""
    parts_before: int = 0
    """Number of parts in folders of parts that an earlier load has loaded, and this one has not read."""
    mentions: int = 0
    """Number of single mentions that were read, each counted once."""
    new_mentions: int = 0
    """Number of single mentions that were added to the dataset."""


def load(  # noqa: PLR0913 -- two inputs, the destination, and how to report
    records_or_paths: RecordsOrPaths,
    to: str = DEFAULT,
    *,
    dataset: str = DATASET,
    mentions: MentionsOrPaths = (),
    batch_size: int = BATCH_SIZE,
    damaged: Callable[[DamagedLine], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> Loaded:
    """Load records into a dataset of a warehouse, with a view of the newest snapshot of each output.

    Examples:
        >>> loaded = load("run", "duckdb:///library.duckdb")
        >>> loaded.records, loaded.new, loaded.dataset
        (2, 2, 'altdetails')

    Each file is loaded in batches, which readers of the dataset see together, after the last one. A snapshot that is
    already in the dataset is replaced. A new snapshot of the same output is added. If the process is killed, the same
    call goes on after the last whole batch; all of it is then there once. Records that are not in a file are one unit.
    Of a folder of parts, only the parts are read that the dataset does not have yet.

    Single mentions are loaded after the records, in a transaction of their own, into the tables `mention_items` and
    `mention_pages`. A mention that is already in the dataset is replaced, so each is there once.

    Args:
        records_or_paths: a path or several (JSONL plain or compressed, Parquet, run folders, `-` for standard input),
            or Records. An empty iterable adds nothing.
        to: dlt's name of a destination, or a URL with credentials. For a name, dlt reads the credentials from the
            environment or `.dlt/secrets.toml`.
        dataset: the schema or dataset. It is created if it does not exist.
        mentions: files of mentions, or Mentions. Those of run folders among the records are found.
        batch_size: the number of records, or mentions, that are written at once; more of them need more memory.
        damaged: called for every line that is not a valid record. Such lines are skipped.
        progress: called after every batch of records with the number read so far.

    Raises:
        TypeError: if an argument has the wrong type.
        InputError: if a path is not a records file or run folder, or a library is not installed.
        SettingsError: if the size of a batch is below 1.
        ExportError: if the warehouse cannot be reached or refuses the records. The dataset then has the files before.
    """
    source = RecordSource(records_or_paths)
    check(to, str, "text as to")
    check(dataset, str, "text as dataset")
    check(batch_size, int, "a whole number as batch_size")
    if batch_size < 1:
        raise SettingsError(f"batch_size must be 1 or more, not {batch_size}")
    check_functions(damaged=damaged, progress=progress)
    set_defaults(_SETTINGS)
    for library in ("dlt", "pyarrow"):
        require(library, "load", "altdetails load")
    from altdetails.loading import mention_load, pipeline  # noqa: PLC0415 -- import dlt, which reads the settings

    to = DEFAULT if to.lower() == "duckdb" else to
    run_load = partial(pipeline.run_load, batch_size=batch_size, damaged=damaged, progress=progress)
    given = mentions_with_runs(MentionSource(mentions), source.folders)
    if not given.is_given:
        return Loaded(*run_load(source, to, dataset))
    skipped: list[DamagedLine] = []
    notices: list[str] = []

    def skip(line: DamagedLine) -> None:
        skipped.append(line)
        damaged(line)

    with stored_mentions(given, damaged=skip, notice=notices.append, progress=progress) as store:
        done = Loaded(0, 0, 0, to, dataset, [])
        if source.is_given:
            done = Loaded(*run_load(source, to, dataset))
        try:
            read, new, shown, name = mention_load.load_mentions(store, to, dataset, batch_size=batch_size, damaged=skip)
        except ExportError as error:
            if not source.is_given:
                raise
            raise ExportError(f"the records were loaded, but not the mentions; load them again: {error}") from error
        return Loaded(
            done.records,
            done.new,
            done.damaged + len(skipped),
            shown,
            name,
            [*done.notices, *notices],
            done.parts_before,
            mentions=read,
            new_mentions=new,
        )
