"""Load records into a dataset of a warehouse: `load()`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from altdetails._arguments import check, check_functions
from altdetails._optional import require, set_defaults
from altdetails.records.files import RecordSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from altdetails.records.files import DamagedLine, RecordsOrPaths

__all__ = ["DATASET", "DEFAULT", "Loaded", "load"]

DATASET = "altdetails"
DEFAULT = "duckdb:///records.duckdb"

_SETTINGS = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    "DATA_WRITER__FILE_MAX_ITEMS": "200000",
    "LOAD__WORKERS": "2",
}
"""Defaults for dlt's settings; the environment can override them.

They turn off telemetry and the log of errors that this package raises, and limit memory."""


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


def load(
    records_or_paths: RecordsOrPaths,
    to: str = DEFAULT,
    *,
    dataset: str = DATASET,
    damaged: Callable[[DamagedLine], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> Loaded:
    """Load records into a dataset of a warehouse, with a view of the newest snapshot of each output.

    Examples:
        >>> loaded = load("run", "duckdb:///library.duckdb")
        >>> loaded.records, loaded.new, loaded.dataset
        (2, 2, 'altdetails')

    A load is atomic. A snapshot that is already in the dataset is replaced. A new snapshot of the same output is added.

    Args:
        records_or_paths: a path or several (JSONL plain or compressed, Parquet, run folders, `-` for standard input),
            or Records. An empty iterable adds nothing.
        to: dlt's name of a destination, or a URL with credentials. For a name, dlt reads the credentials from the
            environment or `.dlt/secrets.toml`.
        dataset: the schema or dataset. It is created if it does not exist.
        damaged: called for every line that is not a valid record. Such lines are skipped.
        progress: called after every batch of records with the number read so far.

    Raises:
        TypeError: if an argument has the wrong type.
        InputError: if a path is not a records file or run folder, or a library is not installed.
        ExportError: if the warehouse cannot be reached or refuses the records. The dataset is then unchanged.
    """
    source = RecordSource(records_or_paths)
    check(to, str, "text as to")
    check(dataset, str, "text as dataset")
    check_functions(damaged=damaged, progress=progress)
    set_defaults(_SETTINGS)
    for library in ("dlt", "pyarrow"):
        require(library, "load", "altdetails load")
    from altdetails.loading.pipeline import run_load  # noqa: PLC0415 -- imports dlt, which reads the settings

    to = DEFAULT if to.lower() == "duckdb" else to
    return Loaded(*run_load(source, to, dataset, damaged=damaged, progress=progress))
