"""Parse archives into a folder of part files, and go on after a process was killed: `write_parts()`."""

from __future__ import annotations

import os
from collections import Counter, deque
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from altdetails._arguments import is_address, shown_address
from altdetails._files import STANDARD_STREAM
from altdetails.documents import Unreadable, printable
from altdetails.errors import InputError
from altdetails.exporting.part_places import FailuresFile, place_of, synced
from altdetails.exporting.row_files import arrow_module, require_libraries
from altdetails.parsing.stream import PageStream
from altdetails.parsing.tasks import PAGE_TIMEOUT, ParsedLine, count_skipped
from altdetails.records.part_folder import (
    FAILURES_FOLDER,
    UNFINISHED,
    ArchiveState,
    PartLedger,
    RecordsPart,
    new_key,
    refuse_other_settings,
)
from altdetails.remote import copied_here, is_file_at, is_web_address
from altdetails.results import Failure
from altdetails.sources import Source, find
from altdetails.sources.paths import copy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from typing import Any

    from altdetails.exporting.part_places import PartPlace
    from altdetails.parsing.tasks import ParsedTab

__all__ = ["PART_RECORDS", "PartFormat", "WrittenParts", "write_parts"]

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
    listing: str | None = None
    """The folder with the failures of pages, for messages; None if every page has a record."""


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
    was only moved to another folder is known too. An archive at an address is known by its address and its size. It is
    copied to this machine when its turn comes, and the copy is removed after the commit.

    Args:
        paths: see `parse_files`; standard input and addresses of the web are not allowed.
        folder: a folder of parts, or a new or empty folder; a path, or an address on object storage. An address has no
            lock: let one process write to it at a time.
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
    names = _checked(paths)
    if not is_address(folder) and not Path(folder).exists() and (nothing := _nothing_found(names, failed)):
        return nothing
    with ExitStack() as resources:
        place = resources.enter_context(place_of(folder))
        writer = _Writer(place, file_format, url_filter, part_records)
        plan = resources.enter_context(closing(_Plan(place.ledger, names, failed)))
        done = WrittenParts()
        stream = PageStream([], jobs=jobs, url_filter=url_filter, page_timeout=page_timeout, groups=plan.groups())
        for group, results in resources.enter_context(closing(_by_group(stream, plan))):
            with group.copies:
                if failure := writer.write(group.archives, results):
                    plan.fail(failure)
                else:
                    done.archives += len(group.archives)
            progress(done.archives, stream.records + stream.failures.total(), stream.failures.total())
        done.done_before = plan.done_before
        done.records, done.skipped = writer.records, stream.skipped + plan.skipped
        done.listing = f"{place.name}/{FAILURES_FOLDER}" if writer.failures else None
        done.failures = writer.failures + plan.failures
        for message in plan.notices():
            notice(message)
        return done


def _checked(paths: Iterable[str]) -> list[str]:
    """Return paths that can be read again after a kill."""
    names = [*paths]
    for path in names:
        if path == STANDARD_STREAM:
            what, advice = "standard input", "write one file (-o records.jsonl)"
        elif is_address(path) and is_web_address(path):
            what, advice = shown_address(path), "copy it to this machine first, or use --engine daft"
        else:
            continue
        raise InputError(f"{what}: cannot be known again in a later run, so it does not go into a folder; {advice}")
    return names


def _nothing_found(paths: list[str], failed: Callable[[Failure], object]) -> WrittenParts | None:
    """Return the result of paths without a file to read, for which no folder is made; None if there is a file."""
    done = WrittenParts()
    failures: list[Failure] = []
    for source in find(paths, skipped=lambda name: count_skipped(done.skipped, name)):
        if not isinstance(source, Unreadable):
            return None
        failures.append(Failure(source.name, source.kind, source.reason))
    for failure in failures:
        done.failures[failure.kind] += 1
        failed(failure)
    return done


@dataclass(frozen=True, slots=True)
class _Group:
    """Archives that are committed together."""

    archives: list[ArchiveState]
    copies: ExitStack
    """Removes the copies of those at addresses."""


class _Plan:
    """The archives to read, in groups that are committed together."""

    def __init__(self, ledger: PartLedger, paths: list[str], failed: Callable[[Failure], object]) -> None:
        self.done_before = 0
        self.failures: Counter[str] = Counter()
        """Archives and paths that cannot be read, by kind."""
        self.skipped: Counter[str] = Counter()
        """Files that are not pages, as in `PageStream`."""
        self.started: deque[_Group] = deque()
        """The groups whose results have not come yet, in order."""
        self._ledger = ledger
        self._given = {*paths}
        self._failed = failed
        self._seen: set[str] = set()
        self._moved = 0
        self._paths = paths
        self._stale = ledger.stale(state for _, state in self._found())
        others = ledger.archives_of(self._stale)
        there = {path for path in others if _is_there(path)}
        self._lost = {*others} - there
        self._paths = [*paths, *(path for path in others if path in there)]  # they need not be among the paths
        self._kept: list[str] = []
        """Archives of commits that stay, though one of their archives has changed."""

    def groups(self) -> Iterator[list[Source | Unreadable]]:
        """Yield archives one by one, and files with one page each in groups. Those that are done are left out.

        The archives of a commit are read again together, because their new commit replaces all of its records.
        """
        plain: list[tuple[Source, ArchiveState]] = []
        again: dict[str, list[tuple[Source, ArchiveState]]] = {}
        for source, state in self._found(self.fail, self._skip):
            if not self._is_new(state):
                continue
            if (commit := self._ledger.commit_of(state.path)) is not None:
                again.setdefault(commit, []).append((source, state))
            elif source.form != "plain":
                yield from self._group([(source, state)])
            else:
                plain.append((source, state))
            if len(plain) == _PLAIN_FILES:
                yield from self._group(plain)
                plain = []
        yield from self._group(plain)
        for commit in sorted(self._stale):
            yield from self._group(again.get(commit, []), commit)

    def close(self) -> None:
        """Remove all copies."""
        for group in self.started:
            group.copies.close()

    def fail(self, failure: Failure) -> None:
        """Report an archive or a path that cannot be read."""
        self.failures[failure.kind] += 1
        self._failed(failure)

    def notices(self) -> Iterator[str]:
        """Yield messages about archives that are no longer as they were."""
        changed = sum(1 for path in self._seen - {*self._kept} if self._ledger.commit_of(path) in self._stale)
        if self._kept:
            yield f"{_files(len(self._kept))} committed together stay as they were: one changed, and one cannot be read"
        if changed:
            yield f"{_files(changed)} changed, or committed with one that did: read again, and the parts replaced"
        if self._moved:
            yield f"{_files(self._moved)} moved to another folder: not read again"
        if self._lost:
            yield f"{_first_of(sorted(self._lost))}; the records were committed with changed files, and are removed"
        gone = sorted(self._gone())
        if len(gone) > self._moved:
            yield f"{_first_of(gone)}; the records stay in the folder"

    def _gone(self) -> Iterator[str]:
        """Yield the archives that are no longer there. At an address, only those are known whose folder was listed."""
        listed = set() if self.failures else {path.rstrip("/") for path in self._given if is_address(path)}
        for path in self._ledger.paths - self._seen - self._lost:
            if is_address(path):
                is_gone = any(path[:end] in listed for end, character in enumerate(path) if character == "/")
            else:
                is_gone = not Path(path).exists()
            if is_gone:
                yield path

    def _group(
        self, items: list[tuple[Source, ArchiveState]], replaced: str | None = None
    ) -> Iterator[list[Source | Unreadable]]:
        """Begin a group, if there is anything to read in it.

        Args:
            items: its archives.
            replaced: the commit that it replaces: then it is begun with all of them, or not at all.
        """
        with ExitStack() as copies:
            here = [(source, state) for given, state in items if (source := self._here(given, copies))]
            if replaced is not None:
                expected = {*self._ledger.archives_of([replaced])} - self._lost
                if {state.path for _, state in here} != expected:
                    self._kept += expected
                    return
            if not here:
                return
            self.started.append(_Group([state for _, state in here], copies.pop_all()))
        yield [source for source, _ in here]

    def _here(self, source: Source, copies: ExitStack) -> Source | None:
        """Return a file of this machine: the file, or a copy of one at an address. None if there is nothing to read."""
        if not is_address(source.path):
            return source
        copy = lambda address: copies.enter_context(copied_here(address))  # noqa: E731 -- as short as a method
        try:
            here = copy_of(source.path, copy, is_given=source.path in self._given)
        except InputError as error:
            self.fail(Failure(source.name, "unreadable", str(error).partition(": ")[2]))
            return None
        if here is None:
            self._skip(source.name)
        return here

    def _skip(self, name: str) -> None:
        count_skipped(self.skipped, name)

    def _found(
        self,
        fail: Callable[[Failure], object] = lambda _: None,
        skipped: Callable[[str], object] = lambda _: None,
    ) -> Iterator[tuple[Source, ArchiveState]]:
        for source in find(self._paths, skipped=skipped):
            if isinstance(source, Unreadable):
                fail(Failure(source.name, source.kind, source.reason))
                continue
            if source.size is not None:
                yield source, ArchiveState(source.path, source.size)
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


def _is_there(path: str) -> bool:
    return is_file_at(path) if is_address(path) else Path(path).exists()


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _first_of(gone: list[str]) -> str:
    more = f" and {len(gone) - 1:,} more" if len(gone) > 1 else ""
    return f"no longer there: {printable(gone[0])}{more}"


def _by_group(stream: PageStream, plan: _Plan) -> Generator[tuple[_Group, Iterator[ParsedLine | ParsedTab | Failure]]]:
    """Yield each group, and its results. Use up the results of a group before the next."""
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

    def __init__(self, place: PartPlace, file_format: PartFormat, url_filter: str | None, part_records: int) -> None:
        self.records = 0
        self.failures: Counter[str] = Counter()
        self._place = place
        self._unfinished = place.workspace / UNFINISHED
        self._format = file_format
        self._url_filter = url_filter
        self._part_records = part_records
        self._has_parts = bool(place.ledger.parts)
        refuse_other_settings(place.name, place.ledger, file_format, url_filter)
        place.repair()

    def write(
        self, archives: list[ArchiveState], results: Iterator[ParsedLine | ParsedTab | Failure]
    ) -> Failure | None:
        """Write the parts of some archives, and commit them.

        Returns:
            The failure, if an archive as a whole cannot be read. It is then not committed, so the next run tries again.
        """
        key = new_key()
        self._unfinished.mkdir(exist_ok=True)
        with closing(FailuresFile(self._place.workspace, key)) as listing:
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
        synced(path)
        return RecordsPart(name, count)

    def _commit(self, key: str, archives: list[ArchiveState], parts: list[RecordsPart], failures: Counter[str]) -> None:
        commit = self._place.ledger.new_commit(
            archives, parts, failures, file_format=self._format, url_filter=self._url_filter
        )
        self._place.publish(key, commit)
        self._has_parts = self._has_parts or bool(parts)


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
