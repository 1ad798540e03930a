"""Web archives → a table, whatever its format: all of it, or nothing."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from altdetails._optional import require
from altdetails.errors import AltdetailsError, ExportError, InputError
from altdetails.results import Failure
from altdetails.scale import runtime
from altdetails.scale.frame import lines_of_archives, read_archives
from altdetails.scale.runtime import table_errors
from altdetails.scale.storage import TableFolder, default_config, is_remote, is_table_name, joined, local_path

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from daft import DataFrame
    from daft.io import IOConfig

__all__ = ["Format", "WrittenTable", "write_archives"]

Format = Literal["parquet", "jsonl", "delta", "iceberg"]

_FAILURES = "_failures"
_SUCCESS = "_SUCCESS"


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """What came of a run."""

    records: int
    """How many rows the table has."""
    failures: Counter[str]
    """Pages and damaged parts without a record, by kind."""
    listing: str
    """The folder that has a line for each of them."""


def write_archives(  # noqa: PLR0913 -- what is read, where to, and by whom
    paths: Iterable[str | os.PathLike[str]],
    target: str,
    *,
    file_format: Format = "parquet",
    url_filter: str | None = None,
    failures: str | None = None,
    ray: str | None = None,
    jobs: int | None = None,
    io_config: IOConfig | None = None,
) -> WrittenTable:
    """Write the records of web archives to a new table. Where that does not succeed, nothing of it stays.

    Args:
        paths: as `read_archives` has them.
        target: a folder or its address, empty or not there; of Iceberg also `namespace.table` of your catalog.
        file_format: `parquet` or `jsonl`, a folder of files with a file `_SUCCESS` at the end; `delta` or `iceberg`.
        url_filter: as `read_archives` has it.
        failures: the folder of failures, empty or not there; by default `_failures` in the target.
        ray: the address of a cluster; this machine works if not given.
        jobs: processes that parse; by default as many as there are processors.
        io_config: how storage is reached; by default as the environment says.

    Raises:
        InputError: where a path leads to no archive, none holds a page, or a library is not installed.
        ExportError: where the target holds something or cannot be written, the cluster cannot be reached, or processes
            die again and again.
    """
    if ray:
        runtime.ray_library()  # before Daft, whose extra lacks it
    with ExitStack() as stack:
        config = io_config or default_config()
        in_catalog = file_format == "iceberg" and is_table_name(target)
        if in_catalog and not failures:
            raise ExportError(
                f"{target}: is in a catalog, so failures need a folder of their own; give one (--failures)"
            )
        listing = TableFolder(failures or joined(target, _FAILURES), config)
        if failures and not in_catalog and listing.overlaps(TableFolder(target, config)):
            raise ExportError(f"{failures}: is not apart from {target}; give failures (--failures) another folder")
        folders = [listing] if in_catalog else [TableFolder(target, config), listing]
        for folder in folders:
            stack.enter_context(_new(folder))
        for folder in folders if failures else folders[:1]:
            folder.try_out()
        if ray:
            stack.enter_context(runtime.ray(ray))
        read = lines_of_archives if file_format == "jsonl" else read_archives
        frame = read(paths, url_filter=url_filter, io_config=config, failures=listing.address, jobs=jobs)
        with table_errors(target):
            records = _WRITERS[file_format](frame, target, config)
        kinds = _kinds(listing)
        if not records and not kinds:
            raise InputError(
                "nothing to parse: no archive holds a details page; --url-filter reads those of other hosts"
            )
        return WrittenTable(records, kinds, listing.address)


@contextmanager
def _new(folder: TableFolder) -> Iterator[None]:
    """A folder that holds nothing before the block, and nothing behind it where that raises."""
    if not folder.is_empty():
        raise ExportError(f"{folder.address}: holds something, and two runs are never mixed; give an empty folder")
    try:
        yield
    except BaseException:
        with suppress(AltdetailsError):
            folder.clear()
        raise


def _files(frame: DataFrame, target: str, config: IOConfig, file_format: Literal["parquet", "jsonl"]) -> int:
    from altdetails.scale.sink import PartFiles  # noqa: PLC0415 -- needs Daft

    folder = TableFolder(target, config)
    written = frame.write_sink(PartFiles(folder, file_format)).to_pydict()
    for name in folder.names():
        if name.startswith("part-") and name not in written["name"]:
            folder.remove(name)
    folder.put(_SUCCESS, b"")
    return sum(written["rows"])


def _parquet(frame: DataFrame, target: str, config: IOConfig) -> int:
    return _files(frame, target, config, "parquet")


def _jsonl(frame: DataFrame, target: str, config: IOConfig) -> int:
    return _files(frame, target, config, "jsonl")


def _delta(frame: DataFrame, target: str, config: IOConfig) -> int:
    require("deltalake", "daft", f"{target}: Delta Lake")
    place = target if is_remote(target) else str(Path(local_path(target)).resolve())
    return sum(frame.write_deltalake(place, mode="error", io_config=config).to_pydict()["rows"])


def _iceberg(frame: DataFrame, target: str, config: IOConfig) -> int:
    require("pyiceberg", "daft", f"{target}: Iceberg")
    from altdetails.scale.iceberg import new_table  # noqa: PLC0415 -- needs pyiceberg

    with new_table(target, config) as table:
        return sum(frame.write_iceberg(table, io_config=config).to_pydict()["rows"])


_WRITERS = {"parquet": _parquet, "jsonl": _jsonl, "delta": _delta, "iceberg": _iceberg}


def _kinds(listing: TableFolder) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for name in listing.names():
        kinds.update(failure.kind for failure in _DECODER.decode_lines(listing.read(name)))
    return kinds


_DECODER = msgspec.json.Decoder(Failure)
