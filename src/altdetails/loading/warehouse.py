"""Records → a dataset of a warehouse: what users call."""

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
"""dlt's settings, if the environment has no others: no telemetry, no log of errors that this package raises, bounded
memory."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a load."""

    records: int
    """How many were read."""
    new: int
    """How many snapshots the dataset has more than before."""
    damaged: int
    """How many lines were set aside."""
    destination: str
    """Where they are, without passwords."""
    dataset: str
    """The dataset as the warehouse calls it."""
    notices: list[str]
    """What a person should know of the load: a sentence each."""


def load(
    records_or_paths: RecordsOrPaths,
    to: str = DEFAULT,
    *,
    dataset: str = DATASET,
    damaged: Callable[[DamagedLine], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> Loaded:
    """Load records into a dataset of a warehouse, with a view of the newest snapshot of each output.

        >>> loaded = load("run", "duckdb:///library.duckdb")
        >>> loaded.records, loaded.new, loaded.dataset
        (2, 2, 'altdetails')

    A load is atomic. A snapshot that the dataset has is replaced, and counts once; another snapshot of the same output
    is added.

    Args:
        records_or_paths: a path or several (JSONL plain or compressed, Parquet, run folders, `-` for standard input),
            or Records; an empty iterable adds nothing.
        to: dlt's name of a destination, with its credentials where dlt looks for them, or a URL with them.
        dataset: the schema or dataset; it is made if it does not exist.
        damaged: called for every line that is not a valid record; it is set aside.
        progress: called now and then with the number of records read so far.

    Raises:
        TypeError: if what is given is neither paths nor Records, or another argument is of another type.
        InputError: if a path does not lead to a file of records, or a library is not installed.
        ExportError: if the warehouse cannot be reached, or does not take the records. It holds what it held before.
    """
    source = RecordSource(records_or_paths)
    check(to, str, "text as to")
    check(dataset, str, "text as dataset")
    check_functions(damaged=damaged, progress=progress)
    set_defaults(_SETTINGS)
    for library in ("dlt", "pyarrow"):
        require(library, "load", "altdetails load")
    from altdetails.loading.pipeline import loaded  # noqa: PLC0415 -- imports dlt, which reads the settings

    to = DEFAULT if to.lower() == "duckdb" else to
    return Loaded(*loaded(source, to, dataset, damaged=damaged, progress=progress))
