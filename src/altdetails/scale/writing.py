"""Write the records of web archives to a table, atomically."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from altdetails._arguments import shown_address
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
    """The result of a run."""

    records: int
    """The number of rows of the table."""
    failures: Counter[str]
    """The number of failures, by kind. A failure is a page without a record, or a damaged part of an archive."""
    listing: str
    """The folder that lists the failures."""


def write_archives(  # noqa: PLR0913 -- the options of the command
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
    """Write the records of web archives to a new table. If this fails, everything written is deleted.

    Args:
        paths: see `read_archives`.
        target: a folder or its address, empty or new. For Iceberg also `namespace.table` in your catalog.
        file_format: `parquet` or `jsonl` for a folder of files, completed by a file `_SUCCESS`; `delta` or `iceberg`
            for a table.
        url_filter: see `read_archives`.
        failures: the folder of failures, empty or new. Default: `_failures` in the target.
        ray: the address of a Ray cluster. Default: this machine does the work.
        jobs: the number of worker processes. Default: the number of CPUs.
        io_config: Daft's settings for storage. Default: from the environment.

    Raises:
        InputError: if a path has no archive, the archives contain no details pages, or a library is not installed.
        ExportError: if the target is not empty or cannot be written, the cluster cannot be reached, or workers die
            repeatedly.
    """
    if ray:
        runtime.ray_library()  # before Daft, so that the error names the extra `ray`, which includes Daft
    with ExitStack() as stack:
        config = io_config or default_config()
        in_catalog = file_format == "iceberg" and is_table_name(target)
        if in_catalog and not failures:
            raise ExportError(
                f"{shown_address(target)}: is a table in a catalog, so failures need a folder; name one with --failures"
            )
        listing = TableFolder(failures or joined(target, _FAILURES), config)
        if failures and not in_catalog and listing.overlaps(TableFolder(target, config)):
            raise ExportError(
                f"{shown_address(failures)}: overlaps {shown_address(target)}; name a separate folder with --failures"
            )
        folders = [listing] if in_catalog else [TableFolder(target, config), listing]
        for folder in folders:
            stack.enter_context(_new_folder(folder))
        for folder in folders if failures else folders[:1]:
            folder.check_writable()
        if ray:
            stack.enter_context(runtime.ray(ray))
        read = lines_of_archives if file_format == "jsonl" else read_archives
        frame = read(paths, url_filter=url_filter, io_config=config, failures=listing.address, jobs=jobs)
        with table_errors(target):
            records = _WRITERS[file_format](frame, target, config)
        kinds = _count_failures(listing)
        if not records and not kinds:
            raise InputError("the archives contain no details pages; use --url-filter for pages with other addresses")
        return WrittenTable(records, kinds, listing.address)


@contextmanager
def _new_folder(folder: TableFolder) -> Iterator[None]:
    """Require an empty folder before the block, and empty it again if the block raises."""
    if not folder.is_empty():
        raise ExportError(
            f"{shown_address(folder.address)}: is not empty, and runs are never mixed; use an empty or new folder"
        )
    try:
        yield
    except BaseException:
        with suppress(AltdetailsError):
            folder.clear()
        raise


def _write_files(frame: DataFrame, target: str, config: IOConfig, file_format: Literal["parquet", "jsonl"]) -> int:
    from altdetails.scale.sink import PartFiles  # noqa: PLC0415 -- needs Daft

    folder = TableFolder(target, config)
    written = frame.write_sink(PartFiles(folder, file_format)).to_pydict()
    for name in folder.names():
        if name.startswith("part-") and name not in written["name"]:
            folder.remove(name)
    folder.put(_SUCCESS, b"")
    return sum(written["rows"])


def _write_parquet(frame: DataFrame, target: str, config: IOConfig) -> int:
    return _write_files(frame, target, config, "parquet")


def _write_jsonl(frame: DataFrame, target: str, config: IOConfig) -> int:
    return _write_files(frame, target, config, "jsonl")


def _write_delta(frame: DataFrame, target: str, config: IOConfig) -> int:
    require("deltalake", "daft", f"{shown_address(target)}: Delta Lake")
    uri = target if is_remote(target) else str(Path(local_path(target)).resolve())
    return sum(frame.write_deltalake(uri, mode="error", io_config=config).to_pydict()["rows"])


def _write_iceberg(frame: DataFrame, target: str, config: IOConfig) -> int:
    require("pyiceberg", "daft", f"{shown_address(target)}: Iceberg")
    from altdetails.scale.iceberg import new_table  # noqa: PLC0415 -- needs pyiceberg

    with new_table(target, config) as table:
        return sum(frame.write_iceberg(table, io_config=config).to_pydict()["rows"])


_WRITERS = {"parquet": _write_parquet, "jsonl": _write_jsonl, "delta": _write_delta, "iceberg": _write_iceberg}


def _count_failures(listing: TableFolder) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for name in listing.names():
        kinds.update(failure.kind for failure in _DECODER.decode_lines(listing.read(name)))
    return kinds


_DECODER = msgspec.json.Decoder(Failure)
