"""Write the records of web archives to a table, atomically."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from altdetails._arguments import shown_address
from altdetails._optional import require
from altdetails.errors import AltdetailsError, ExportError, InputError
from altdetails.exporting.part_places import repair
from altdetails.records.part_folder import (
    BEGUN,
    COMMIT_ENDING,
    FAILURES_FOLDER,
    LEDGER,
    UNFINISHED,
    ArchiveState,
    PartLedger,
    RecordsPart,
    is_part_folder,
    ledger_at,
    ledger_names,
    left_behind,
    new_key,
    read_ledger,
    refuse_other_settings,
)
from altdetails.results import Failure
from altdetails.scale import runtime
from altdetails.scale.archive_spans import archives_at
from altdetails.scale.frame import lines_of_archives, read_archives, records_of_archives
from altdetails.scale.runtime import table_errors
from altdetails.scale.storage import TableFolder, default_config, is_remote, is_table_name, joined, local_path

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from daft import DataFrame
    from daft.io import IOConfig

    from altdetails.exporting.part_files import PartFormat

__all__ = ["Format", "WrittenTable", "write_archives"]

Format = Literal["parquet", "jsonl", "delta", "iceberg"]

_SUCCESS = "_SUCCESS"
_PART_FORMATS = {"parquet", "jsonl"}
_COMMIT_BYTES = 4 * 2**30
"""The size of the archives that are committed together: enough for the spans of some dozen machines."""


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
    """Write the records of web archives to a table. If this fails, everything that is not committed is deleted.

    A folder of Parquet or JSONL has a ledger, the same as that of `altdetails.exporting.part_files.write_parts`: some
    archives at a time are committed, a run that was killed goes on with the next, and a later run reads only archives
    that are new or have changed. Other tables are new, and get all records at once.

    Args:
        paths: see `read_archives`.
        target: a folder or its address, empty or new; for `parquet` and `jsonl` it can have parts. For Iceberg also
            `namespace.table` in your catalog.
        file_format: `parquet` or `jsonl` for a folder of files, completed by a file `_SUCCESS`; `delta` or `iceberg`
            for a table.
        url_filter: see `read_archives`.
        failures: the folder of failures, empty or new; not for folders with parts. Default: `_failures` in the target.
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
        listing = TableFolder(failures or joined(target, FAILURES_FOLDER), config)
        if failures and not in_catalog and listing.overlaps(TableFolder(target, config)):
            raise ExportError(
                f"{shown_address(failures)}: overlaps {shown_address(target)}; name a separate folder with --failures"
            )
        folders = [listing] if in_catalog else [TableFolder(target, config), listing]
        is_begun = file_format in _PART_FORMATS and _is_begun(folders[0])
        ledger = _ledger(folders[0]) if is_begun else PartLedger({})
        for folder in () if is_begun else folders:
            stack.enter_context(_new_folder(folder))
        for folder in folders if failures else folders[:1]:
            folder.check_writable()
        if ray:
            stack.enter_context(runtime.ray(ray))
        options: dict[str, Any] = {"url_filter": url_filter, "io_config": config, "jobs": jobs}
        if file_format in _PART_FORMATS:
            records, kinds = _ArchiveParts(folders[0], listing, ledger, file_format, options).add([*paths])
        else:
            frame = read_archives(paths, failures=listing.address, **options)
            with table_errors(target):
                records = _WRITERS[file_format](frame, target, config)
            kinds = _count_failures(listing)
        if not (records or kinds or ledger.commits):
            for folder in () if is_begun else folders:
                folder.clear()
            raise InputError("the archives contain no details pages; use --url-filter for pages with other addresses")
        return WrittenTable(records, kinds, listing.address)


@contextmanager
def _new_folder(folder: TableFolder) -> Iterator[None]:
    """Require an empty folder before the block, and empty it again if the block raises.

    A folder of parts can have commits then. These stay, and the next run removes what is not committed.
    """
    if not folder.is_empty():
        raise ExportError(
            f"{shown_address(folder.address)}: is not empty, and runs are never mixed; use an empty or new folder"
        )
    try:
        yield
    except BaseException:
        with suppress(AltdetailsError):
            if not _ledger(folder).commits:
                folder.clear()
        raise


def _is_begun(folder: TableFolder) -> bool:
    """Return whether a folder is one of parts, perhaps of a run that was killed before its first commit."""
    if is_remote(folder.address):
        return any(name.startswith(f"{LEDGER}/") for name in folder.names())
    return is_part_folder(Path(local_path(folder.address)))


def _ledger(folder: TableFolder) -> PartLedger:
    """Return the commits of a folder; none if it has no parts."""
    if not is_remote(folder.address):
        return read_ledger(Path(local_path(folder.address)))
    commits = {name: folder.read(name) for name in ledger_names(folder.names())}
    return ledger_at(shown_address(folder.address).rstrip("/"), commits)


class _ArchiveParts:
    """Adds the records of archives to a folder of parts, some archives at a time."""

    def __init__(
        self, folder: TableFolder, listing: TableFolder, ledger: PartLedger, file_format: str, options: dict[str, Any]
    ) -> None:
        self._folder = folder
        self._listing = listing
        self._ledger = ledger
        self._format = file_format
        self._options = options
        self._here = None if is_remote(folder.address) else Path(local_path(folder.address))
        self._has_parts = bool(ledger.parts)

    def add(self, paths: list[str | os.PathLike[str]]) -> tuple[int, Counter[str]]:
        """Add archives that are new or have changed. Return the numbers of their records and failures."""
        name = shown_address(self._folder.address)
        refuse_other_settings(name, self._ledger, self._format, self._options["url_filter"])
        if self._here is None and not self._ledger.commits:
            self._folder.put(BEGUN, b"")
        self._remove_unfinished()
        records, kinds = 0, Counter[str]()
        committed = 0
        for archives in self._groups(paths):
            with table_errors(self._folder.address, f"only {committed:,} archives were added" if committed else None):
                more, failures = self._add(archives)
            records, kinds = records + more, kinds + failures
            committed += len(archives)
        self._folder.put(_SUCCESS, b"")
        return records, kinds

    def _groups(self, paths: list[str | os.PathLike[str]]) -> Iterator[list[tuple[str, ArchiveState]]]:
        """Yield the archives to read, as given and with their states, in groups of some size."""
        archives = self._states(paths)
        stale = self._ledger.stale(state for _, state in archives.values())
        archives |= self._states(self._ledger.archives_of(stale))
        group: list[tuple[str, ArchiveState]] = []
        for path, state in archives.values():
            if self._ledger.has(state) and self._ledger.commit_of(state.path) not in stale:
                continue
            group.append((path, state))
            if sum(state.size for _, state in group) >= _COMMIT_BYTES:
                yield group
                group = []
        if group:
            yield group

    def _states(self, paths: list[Any]) -> dict[str, tuple[str, ArchiveState]]:
        if not paths:
            return {}
        archives = archives_at(paths, self._options["io_config"])
        return {
            place: (path, ArchiveState(place, size, None if is_remote(path) else Path(place).stat().st_mtime_ns))
            for place, (path, size) in archives.items()
        }

    def _add(self, archives: list[tuple[str, ArchiveState]]) -> tuple[int, Counter[str]]:
        from altdetails.scale.sink import PartFiles  # noqa: PLC0415 -- needs Daft

        key = new_key()
        # On this machine, parts get their names when they are committed. Object storage cannot rename files.
        place = TableFolder(joined(self._folder.address, UNFINISHED), self._options["io_config"])
        folder = self._folder if self._here is None else place
        read = lines_of_archives if self._format == "jsonl" else records_of_archives
        frame = read([path for path, _ in archives], failures=self._listing.address, commit=key, **self._options)
        sink = PartFiles(folder, cast("PartFormat", self._format), key, is_first=not self._has_parts)
        written = frame.write_sink(sink).to_pydict()
        parts = [RecordsPart(name, rows) for name, rows in zip(written["name"], written["rows"], strict=True)]
        kinds = _count_failures(self._listing, key)
        commit = self._ledger.new_commit(
            [state for _, state in archives],
            parts,
            kinds,
            file_format=self._format,
            url_filter=self._options["url_filter"],
        )
        self._folder.put(f"{LEDGER}/{key}{COMMIT_ENDING}", commit.to_json())
        self._has_parts = self._has_parts or bool(parts)
        self._remove_unfinished()
        return commit.records, kinds

    def _remove_unfinished(self) -> None:
        """Remove what is not committed, and what newer commits replace."""
        self._ledger = _ledger(self._folder)
        if self._here is not None:
            if is_part_folder(self._here):
                repair(self._here, self._ledger)
            return
        for name in left_behind(self._folder.names(), self._ledger):
            self._folder.remove(name)


def _write_delta(frame: DataFrame, target: str, config: IOConfig) -> int:
    require("deltalake", "daft", f"{shown_address(target)}: Delta Lake")
    uri = target if is_remote(target) else str(Path(local_path(target)).resolve())
    return sum(frame.write_deltalake(uri, mode="error", io_config=config).to_pydict()["rows"])


def _write_iceberg(frame: DataFrame, target: str, config: IOConfig) -> int:
    require("pyiceberg", "daft", f"{shown_address(target)}: Iceberg")
    from altdetails.scale.iceberg import new_table  # noqa: PLC0415 -- needs pyiceberg

    with new_table(target, config) as table:
        return sum(frame.write_iceberg(table, io_config=config).to_pydict()["rows"])


_WRITERS = {"delta": _write_delta, "iceberg": _write_iceberg}


def _count_failures(listing: TableFolder, commit: str = "") -> Counter[str]:
    kinds: Counter[str] = Counter()
    for name in listing.names():
        if name.startswith(f"part-{commit}"):
            kinds.update(failure.kind for failure in _DECODER.decode_lines(listing.read(name)))
    return kinds


_DECODER = msgspec.json.Decoder(Failure)
