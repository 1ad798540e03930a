"""Parse archives into a folder of part files, and go on after a process was killed: `write_parts()`."""

from __future__ import annotations

import os
from collections import Counter, deque
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from altdetails._arguments import is_address, shown_address
from altdetails._files import STANDARD_STREAM, output_errors, sync_folder
from altdetails.documents import Unreadable, printable
from altdetails.errors import ExportError, InputError
from altdetails.exporting.row_files import arrow_module, require_libraries
from altdetails.parsing.stream import PageStream
from altdetails.parsing.tasks import PAGE_TIMEOUT, ParsedLine
from altdetails.records.part_folder import (
    COMMIT_ENDING,
    FAILURES_FOLDER,
    LEDGER,
    UNFINISHED,
    ArchiveState,
    PartLedger,
    RecordsPart,
    is_part_folder,
    key_of,
    new_key,
    read_ledger,
    refuse_other_settings,
    unfinished_files,
)
from altdetails.results import Failure
from altdetails.scraping.store.lock import take
from altdetails.sources import Source, find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, BinaryIO

    from altdetails.parsing.tasks import ParsedTab

__all__ = ["PART_RECORDS", "PartFormat", "WrittenParts", "repair", "write_parts"]

PartFormat: TypeAlias = Literal["parquet", "jsonl"]

PART_RECORDS = 200_000
"""Records of a part. An archive with more has several parts."""
_PLAIN_FILES = 500
"""Files with one page each that are committed together."""
_GONE = frozenset({"unreadable", "missing"})
"""Failures of an archive as a whole, after which the next run tries again."""


@dataclass(slots=True)
class WrittenParts:
    """The result of a run."""

    archives: int = 0
    """Archives that were read and committed."""
    done_before: int = 0
    """Archives that were done before, and are not read again."""
    records: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    """Pages without a record, and archives that cannot be read, by kind."""
    skipped: Counter[str] = field(default_factory=Counter)
    """As in `PageStream`."""


def write_parts(  # noqa: PLR0913 -- what is read, and how
    paths: Iterable[str],
    folder: str,
    *,
    file_format: PartFormat = "parquet",
    jobs: int | None = None,
    url_filter: str | None = None,
    page_timeout: float | None = PAGE_TIMEOUT,
    part_records: int = PART_RECORDS,
    failed: Callable[[Failure], object] = lambda _: None,
    notice: Callable[[str], object] = lambda _: None,
    progress: Callable[[int, int, int], object] = lambda *_: None,
) -> WrittenParts:
    """Parse archives that a folder does not have yet, and add their records to it as part files.

    Each archive is committed when all of its pages are parsed. If the process is killed, the next call goes on after
    the last committed archive. An archive that has changed is read again, and its parts are replaced. The records of
    an archive that is no longer there stay. An archive is known by its path, its size and its time of change; one that
    was only moved to another folder is known too.

    Args:
        paths: see `parse_files`; addresses and standard input are not allowed.
        folder: a folder of parts, or a new or empty folder.
        file_format: the format of the parts, the same for a whole folder.
        jobs: the number of processes; None is the number of cores.
        url_filter: see `parse_files`; the same for a whole folder.
        page_timeout: see `parse_files`.
        part_records: the most records of a part.
        failed: called for every archive or path that cannot be read. Failures of pages are in the folder `_failures`.
        notice: called with messages for the user.
        progress: called with the numbers of archives, pages and failures of this run, often.

    Raises:
        InputError: if a path cannot be read in parts, the ledger is damaged, or a library is not installed.
        ExportError: if the folder has other files, other settings or another writer, or cannot be written.
    """
    if file_format == "parquet":
        require_libraries(".parquet", folder)
    if is_address(folder):
        raise ExportError(
            f"{shown_address(folder)}: parts are written to a folder on this machine; choose one, or use "
            "--engine daft for a folder at an address"
        )
    target = Path(folder)
    with output_errors(printable(folder)), ExitStack() as resources:
        _refuse_other_folder(target)
        (target / LEDGER).mkdir(parents=True, exist_ok=True)
        lock = take(target / LEDGER / "lock")
        if lock is None:
            raise ExportError(f"{printable(folder)}: another process writes to this folder; wait until it ends")
        resources.enter_context(lock)
        writer = _Writer(target, file_format, url_filter, part_records)
        plan = _Plan(writer.ledger, paths, failed)
        done = WrittenParts()
        stream = PageStream([], jobs=jobs, url_filter=url_filter, page_timeout=page_timeout, groups=plan.groups())
        for archives, results in _by_group(stream, plan):
            if failure := writer.write(archives, results):
                plan.fail(failure)
            else:
                done.archives += len(archives)
            progress(done.archives, stream.records + stream.failures.total(), stream.failures.total())
        done.done_before = plan.done_before
        done.records, done.skipped = writer.records, stream.skipped
        done.failures = writer.failures + plan.failures
        for message in plan.notices():
            notice(message)
        return done


def _refuse_other_folder(folder: Path) -> None:
    """Check that a path is a folder of parts, an empty folder, or nothing yet."""
    name = printable(str(folder))
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{name}: is a file; choose a folder, or a file name with an ending")
    if folder.is_dir() and not is_part_folder(folder) and any(folder.iterdir()):
        raise ExportError(
            f"{name}: is not empty, and has no parts of an earlier run (no {LEDGER}); use an empty or new folder"
        )


class _Plan:
    """The archives to read, in groups that are committed together."""

    def __init__(self, ledger: PartLedger, paths: Iterable[str], failed: Callable[[Failure], object]) -> None:
        self.done_before = 0
        self.failures: Counter[str] = Counter()
        """Archives and paths that cannot be read, by kind."""
        self.started: deque[list[ArchiveState]] = deque()
        """The archives of the groups whose results have not come yet, in order."""
        self._ledger = ledger
        self._paths = [*paths]
        self._failed = failed
        self._seen: set[str] = set()
        self._moved = 0
        for path in self._paths:
            if path == STANDARD_STREAM or is_address(path):
                what = "standard input" if path == STANDARD_STREAM else shown_address(path)
                raise InputError(
                    f"{what}: cannot be read again after a kill, so it does not go into a folder; write one file "
                    "(-o records.jsonl), or use --engine daft for archives at addresses"
                )
        self._stale = ledger.stale(state for _, state in self._found())
        others = ledger.archives_of(self._stale)
        self._lost = [path for path in others if not Path(path).exists()]
        self._paths += [path for path in others if Path(path).exists()]  # they need not be among the paths

    def groups(self) -> Iterator[list[Source | Unreadable]]:
        """Yield archives one by one, and files with one page each in groups. Those that are done are left out."""
        plain: list[tuple[Source, ArchiveState]] = []
        for source, state in self._found(self.fail):
            if not self._is_new(state):
                continue
            if source.form != "plain":
                yield self._group([(source, state)])
                continue
            plain.append((source, state))
            if len(plain) == _PLAIN_FILES:
                yield self._group(plain)
                plain = []
        if plain:
            yield self._group(plain)

    def fail(self, failure: Failure) -> None:
        """Report an archive or a path that cannot be read."""
        self.failures[failure.kind] += 1
        self._failed(failure)

    def notices(self) -> Iterator[str]:
        """Yield messages about archives that are no longer as they were."""
        if changed := sum(1 for path in self._seen if self._ledger.commit_of(path) in self._stale):
            yield f"{_files(changed)} changed, or committed with one that did: read again, and the parts replaced"
        if self._moved:
            yield f"{_files(self._moved)} moved to another folder: not read again"
        if self._lost:
            yield f"{_first_of(self._lost)}; the records were committed with changed files, and are removed"
        gone = sorted(self._gone())
        if len(gone) > self._moved:
            yield f"{_first_of(gone)}; the records stay in the folder"

    def _gone(self) -> Iterator[str]:
        left = self._ledger.paths - self._seen - {*self._lost}
        return (path for path in left if not Path(path).exists())

    def _group(self, items: list[tuple[Source, ArchiveState]]) -> list[Source | Unreadable]:
        self.started.append([state for _, state in items])
        return [source for source, _ in items]

    def _found(self, fail: Callable[[Failure], object] = lambda _: None) -> Iterator[tuple[Source, ArchiveState]]:
        for source in find(self._paths):
            if isinstance(source, Unreadable):
                fail(Failure(source.name, source.kind, source.reason))
                continue
            try:
                status = Path(source.path).stat()
            except OSError as error:
                fail(Failure(source.name, "unreadable", f"cannot be read: {error.strerror}; check the path"))
                continue
            yield source, ArchiveState(os.path.realpath(source.path), status.st_size, status.st_mtime_ns)

    def _is_new(self, state: ArchiveState) -> bool:
        if state.path in self._seen:
            return False
        self._seen.add(state.path)
        if (commit := self._ledger.commit_of(state.path)) is not None:
            is_done = commit not in self._stale
        else:
            is_done = self._ledger.has_moved(state)
            self._moved += is_done
        self.done_before += is_done
        return not is_done


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _first_of(gone: list[str]) -> str:
    more = f" and {len(gone) - 1:,} more" if len(gone) > 1 else ""
    return f"no longer there: {printable(gone[0])}{more}"


def _by_group(
    stream: PageStream, plan: _Plan
) -> Iterator[tuple[list[ArchiveState], Iterator[ParsedLine | ParsedTab | Failure]]]:
    """Yield the archives of each group, and their results. Use up the results of a group before the next."""
    with closing(stream.results()) as results:
        for first in results:
            yield plan.started.popleft(), _until_end(first, results)


def _until_end(
    first: list[ParsedLine | ParsedTab | Failure], rest: Iterator[list[ParsedLine | ParsedTab | Failure]]
) -> Iterator[ParsedLine | ParsedTab | Failure]:
    for results in chain([first], rest):
        if not results:  # the end of the group
            return
        yield from results


class _Writer:
    """Writes parts, and commits archives."""

    def __init__(self, folder: Path, file_format: PartFormat, url_filter: str | None, part_records: int) -> None:
        self.records = 0
        self.failures: Counter[str] = Counter()
        self.ledger = read_ledger(folder)
        self._folder = folder
        self._unfinished = folder / UNFINISHED
        self._format = file_format
        self._url_filter = url_filter
        self._part_records = part_records
        self._has_parts = bool(self.ledger.parts)
        refuse_other_settings(printable(str(folder)), self.ledger, file_format, url_filter)
        repair(folder, self.ledger)

    def write(
        self, archives: list[ArchiveState], results: Iterator[ParsedLine | ParsedTab | Failure]
    ) -> Failure | None:
        """Write the parts of some archives, and commit them.

        Returns:
            The failure, if an archive as a whole cannot be read. It is then not committed, so the next run tries again.
        """
        key = new_key()
        self._unfinished.mkdir(exist_ok=True)
        with closing(_FailuresFile(self._folder, key)) as listing:
            parts = [*self._parts(key, _lines(results, listing.add), listing.add)]
        records = sum(part.records for part in parts)
        if len(archives) == 1 and not records and listing.only and _is_of_archive(listing.only):
            listing.remove()
            return listing.only
        if not parts and not self._has_parts:
            parts = [self._write_part(key, 0, iter(()))]  # so that readers of the folder know the columns
        self._commit(key, archives, parts, listing.counts)
        self.records += records
        self.failures += listing.counts
        return None

    def _parts(
        self, key: str, lines: Iterator[tuple[str, bytes]], failed: Callable[[Failure], object]
    ) -> Iterator[RecordsPart]:
        items: Iterator[Any] = lines
        if self._format == "parquet":
            arrow = arrow_module()
            items = arrow.sliced(arrow.line_batches(lines, failed=failed), self._part_records)
            groups = arrow.grouped(items, self._part_records)
        else:
            groups = (chain([first], islice(items, self._part_records - 1)) for first in items)
        for number, group in enumerate(groups):
            yield self._write_part(key, number, group)

    def _write_part(self, key: str, number: int, items: Iterator[Any]) -> RecordsPart:
        name = f"part-{key}-{number:05}.{self._format}"
        path = self._unfinished / name
        if self._format == "parquet":
            count = arrow_module().write_parquet(items, path)
        else:
            with path.open("wb") as file:
                count = sum(1 for _, line in items if file.write(line))
        _sync(path)
        return RecordsPart(name, count)

    def _commit(self, key: str, archives: list[ArchiveState], parts: list[RecordsPart], failures: Counter[str]) -> None:
        commit = self.ledger.new_commit(
            archives, parts, failures, file_format=self._format, url_filter=self._url_filter
        )
        path = self._unfinished / f"{key}{COMMIT_ENDING}"
        path.write_bytes(commit.to_json())
        _sync(path)
        path.replace(self._folder / LEDGER / path.name)  # from here on, the archives are done
        for old in commit.replaces:
            for part in self.ledger.commits[old].parts if old in self.ledger.commits else ():
                (self._folder / part.name).unlink(missing_ok=True)
        _move(self._folder, parts)
        for old in commit.replaces:
            (self._folder / LEDGER / f"{old}{COMMIT_ENDING}").unlink(missing_ok=True)
            (self._folder / FAILURES_FOLDER / f"part-{old}.jsonl").unlink(missing_ok=True)
        for folder in (self._folder / LEDGER, self._folder):
            sync_folder(folder)
        self._has_parts = self._has_parts or bool(parts)


class _FailuresFile:
    """The failures of a commit. The first one creates the file."""

    def __init__(self, folder: Path, key: str) -> None:
        self.counts: Counter[str] = Counter()
        self.only: Failure | None = None
        """The failure, if there is one alone."""
        self._path = folder / FAILURES_FOLDER / f"part-{key}.jsonl"
        self._file: BinaryIO | None = None

    def add(self, failure: Failure) -> None:
        self.only = None if self.counts else failure
        self.counts[failure.kind] += 1
        if self._file is None:
            self._path.parent.mkdir(exist_ok=True)
            self._file = self._path.open("wb")
        self._file.write(failure.to_json())

    def close(self) -> None:
        if self._file:
            self._file.close()
            _sync(self._path)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)


def _is_of_archive(failure: Failure) -> bool:
    """Whether a failure is that of an archive as a whole, and not of a page in it."""
    return failure.kind in _GONE and "!" not in failure.file


def _lines(
    results: Iterator[ParsedLine | ParsedTab | Failure], failed: Callable[[Failure], object]
) -> Iterator[tuple[str, bytes]]:
    for result in results:
        if isinstance(result, Failure):
            failed(result)
        elif isinstance(result, ParsedLine):
            yield result.name, result.json


def repair(folder: Path, ledger: PartLedger) -> None:
    """Complete the last commit of a run that was killed, and remove what it has not committed.

    Args:
        folder: a folder of parts to which no other process writes.
        ledger: its commits.
    """
    _move(folder, [part for commit in ledger.commits.values() for part in commit.parts])
    for name in unfinished_files(folder, ledger.parts):
        for path in (folder / name, folder / UNFINISHED / name):
            path.unlink(missing_ok=True)
    keys = set(ledger.commits)
    for path in (folder / LEDGER).glob(f"*{COMMIT_ENDING}"):
        if path.stem not in keys:
            path.unlink()
    for path in (folder / FAILURES_FOLDER).glob("part-*.jsonl"):
        if key_of(path.name) not in keys:
            path.unlink()


def _move(folder: Path, parts: Iterable[RecordsPart]) -> None:
    for part in parts:
        with suppress(FileNotFoundError):
            (folder / UNFINISHED / part.name).replace(folder / part.name)


def _sync(path: Path) -> None:
    with path.open("r+b") as file:  # Windows syncs only files that are open for writing
        os.fsync(file.fileno())
