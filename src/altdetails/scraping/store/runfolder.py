"""A run folder that is open for writing."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from altdetails._files import whole_file
from altdetails.errors import RunLocked, StoreError
from altdetails.scraping.store import lock
from altdetails.scraping.store.folder import GrowingFile, Identity, RunFiles, path_in_errors
from altdetails.scraping.store.ledger import Ledger, LedgerView
from altdetails.scraping.store.mending import repair
from altdetails.warc import writer

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    from altdetails.results import AskedTab, Exchange, Outcome, RobotsFile, Status, TabStatus
    from altdetails.scraping.store.database import Database
    from altdetails.scraping.store.listing import Listing
    from altdetails.scraping.store.mending import ReparseTabs
    from altdetails.scraping.store.tab_ledger import PlannedTab, StoredPage, Tabs
    from altdetails.warc.writer import Item

__all__ = ["RunFolder"]


_OTHER_PEOPLE = {
    True: "leaves out people; go on without --people, then write the mentions with people to another file: "
    "altdetails parse {} --mentions FILE --people",
    False: "includes people; go on with --people, then write the mentions without people to another file: "
    "altdetails parse {} --mentions FILE",
}
"""What to do if the mentions of a run were stored otherwise than they would be now, with and without people."""


def _refuse_tabs(pages: Path, *, people: bool) -> Iterable[bytes]:
    raise AssertionError(f"{pages} has tabs (people={people}), but the run was opened without a way to read them")


class RunFolder:
    """A run folder that only this process writes to. As a context manager, it closes itself. It is not thread-safe."""

    def __init__(  # noqa: PLR0913 -- only `open` calls it
        self,
        folder: RunFiles,
        ledger: Ledger,
        pages: GrowingFile,
        records: GrowingFile,
        *,
        mentions: GrowingFile | None,
        warcinfo: bytes,
        repairs: list[str],
        resources: ExitStack,
    ) -> None:
        self._folder = folder
        self._ledger = ledger
        self._pages = pages
        self._records = records
        self._mentions = mentions
        self._warcinfo = warcinfo
        self._identity = Identity(folder, has_mentions=mentions is not None)
        self._unwritten: list[bytes] = []
        self._resources = resources
        self._writable = True
        self._is_moved = False
        self._closed = False
        self.repairs = repairs
        """The repairs on opening, as sentences."""

    @classmethod
    def open(  # noqa: PLR0913 -- the settings of a run
        cls,
        path: str | os.PathLike[str],
        *,
        site: str,
        software: str,
        reparse: Callable[[Path], Iterable[bytes]],
        reparse_tabs: ReparseTabs = _refuse_tabs,
        people: bool | None = None,
        tables: Sequence[str] = (),
    ) -> Self:
        """Open a run. Create it if it is missing, and repair it if its last writer was interrupted.

        Args:
            path: the folder.
            site: the base URL of the run's site. It must be the same every time.
            software: the name and version of this software, for the archive: `altdetails/0.1.0`.
            reparse: called with the path of the archive, returns the lines of its records, with line ends. It is only
                called if records are missing.
            reparse_tabs: the same for the lines of its tabs.
            people: to fetch tabs: whether the mentions include people. None fetches no tabs.
            tables: statements that create further tables in the ledger, if they are missing.

        Raises:
            RunLocked: if another process is writing to the run.
            RunDamaged: if a repair would lose too many pages.
            StoreError: if the folder holds a run of another site or other files, or cannot be written.
        """
        folder = RunFiles(Path(path))
        site = site.rstrip("/")
        folder.prepare()
        with ExitStack() as resources:
            resources.enter_context(_lock(folder))
            ledger = resources.enter_context(Ledger.open_for(folder.ledger, site, lock.this_process(), tables))
            if people is not None and ledger.tabs.begin_mentions(people=people) != people:
                raise StoreError(f"{folder.mentions}: {_OTHER_PEOPLE[people].format(folder.pages)}")
            repairs = repair(folder, ledger, reparse, reparse_tabs)
            return cls(
                folder,
                ledger,
                resources.enter_context(GrowingFile(folder.pages)),
                resources.enter_context(GrowingFile(folder.records)),
                mentions=None if people is None else resources.enter_context(GrowingFile(folder.mentions)),
                warcinfo=writer.warcinfo_record(folder.pages.name, software, site),
                repairs=repairs,
                resources=resources.pop_all(),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except StoreError:
            if error is None:
                raise

    @property
    def database(self) -> Database:
        """The database of the ledger, for further tables of a history."""
        return self._ledger.database

    @property
    def listing(self) -> Listing:
        """The identifiers of this invocation."""
        return self._ledger.listing

    @property
    def tabs(self) -> Tabs:
        """The tabs of the run."""
        return self._ledger.tabs

    def keep(self, exchanges: Iterable[Exchange]) -> None:
        """Archive exchanges that belong to no identifier. They are written with the next outcome, or on closing."""
        self._unwritten += map(writer.exchange_records, exchanges)

    def commit(self, outcome: Outcome, exchanges: Sequence[Item], tabs: Sequence[PlannedTab] | None = None) -> None:
        """Commit the outcome of an identifier and its exchanges. On return, both are synced to the disk.

        Args:
            outcome: the outcome, with its record if there is one.
            exchanges: all exchanges of the visit. The exchange of the page is the last.
            tabs: the tabs of its record that are fetched next.

        Raises:
            StoreError: if they cannot be written, for example because the disk is full, or if the folder or a file in
                it was moved, removed or replaced since the run was opened. The outcome is then discarded, earlier
                outcomes are not, and the run must be opened again before the next commit.
        """
        line = outcome.record.to_json() + b"\n" if outcome.record else b""
        with self._writing(writer.visit_records(outcome, exchanges)):
            self._records.append(line)
            self._ledger.commit(outcome, self._pages.length, self._records.length, tabs)

    def commit_tab(self, stored: StoredPage, asked: AskedTab, exchanges: Sequence[Exchange], lines: bytes) -> None:
        """Commit a page of a tab and its exchanges. On return, all are synced to the disk.

        Args:
            stored: what the page changes.
            asked: the tab that was requested.
            exchanges: all exchanges of the visit. The exchange of the page is the last.
            lines: its lines for the file of mentions, with line ends.

        Raises:
            StoreError: as in `commit`.
        """
        if self._mentions is None:
            raise StoreError(f"{self._folder.mentions}: is not open; open the run with `people`")
        with self._writing(writer.tab_records(stored.page, asked, exchanges, is_stored=bool(lines))):
            self._mentions.append(lines)
            self._ledger.commit_tab(stored, self._pages.length, self._mentions.length)

    @contextmanager
    def _writing(self, visit: bytes) -> Iterator[None]:
        """Archive a visit, and discard it if the block fails."""
        if not self._writable:
            raise StoreError(
                f"{self._folder.path}: cannot be written after it was closed or a write failed; open it again"
            )
        self._check_identity()
        content = b"".join([*self._unwritten, visit])
        try:
            self._pages.append(self._warcinfo + content if content else b"")
            yield
        except RunLocked:  # the files belong to the other process
            self._writable, self._is_moved = False, True
            raise
        except BaseException:
            self._writable = False
            self._discard_uncommitted()
            raise
        self._unwritten.clear()
        if content:
            self._warcinfo = b""

    def counts(self) -> dict[Status | None, int]:
        """Count the identifiers with each outcome. The key None counts identifiers that were not fetched yet."""
        return self._ledger.counts()

    def tab_counts(self) -> dict[TabStatus | None, int]:
        """Count the tabs with each status. The key None counts tabs that are not finished."""
        return self._ledger.tab_counts()

    def robots(self, origin: str) -> RobotsFile | None:
        """Return the stored robots.txt of an origin, or None."""
        return self._ledger.robots(origin)

    def keep_robots(self, origin: str, file: RobotsFile) -> None:
        """Store the robots.txt of an origin, and replace the previous one."""
        self._ledger.keep_robots(origin, file)

    def close(self) -> None:
        """Write the failures and the remaining exchanges, and release the lock.

        Raises:
            StoreError: if they cannot be written. The run is closed even then.
        """
        if self._closed:
            return
        self._closed = True
        with self._resources:
            if not self._is_moved:
                self._check_identity()
                self._write_rest()

    def _check_identity(self) -> None:
        try:
            files = {self._folder.pages: self._pages, self._folder.records: self._records}
            files |= {self._folder.mentions: self._mentions} if self._mentions else {}
            self._identity.check({path: file.length for path, file in files.items()})
        except StoreError:
            self._writable, self._is_moved = False, True
            raise

    def _write_rest(self) -> None:
        if self._mentions:
            _write_lines(self._folder.tab_failures, self._ledger.tabs.failures)
        _write_lines(self._folder.failures, self._ledger.failures)
        if self._writable and self._unwritten:
            self._append_unwritten()
        self._writable = False

    def _append_unwritten(self) -> None:
        try:
            self._pages.append(self._warcinfo + b"".join(self._unwritten))
            self._ledger.commit_pages(self._pages.length)
        except BaseException:
            self._discard_uncommitted()
            raise

    def _discard_uncommitted(self) -> None:
        """Truncate the files to their committed lengths. If that fails, the next opening does it."""
        with suppress(StoreError):
            self._pages.truncate(self._ledger.pages_end())
            self._records.truncate(self._ledger.records_end() or 0)
            if self._mentions and (mentions := self._ledger.mentions()):
                self._mentions.truncate(mentions.end or 0)


def _write_lines(path: Path, read: Callable[[], Iterator[object]]) -> None:
    with path_in_errors(path), whole_file(path) as file:
        for value in read():  # which an error ends, before the ledger is closed
            file.write(msgspec.json.encode(value) + b"\n")


def _lock(folder: RunFiles) -> AbstractContextManager[object]:
    taken = lock.take(folder.lock)
    if taken is not None:
        return taken
    holder = None
    with suppress(StoreError):
        holder = LedgerView.read(folder.ledger, LedgerView.writer)
    reason = "another process is writing to it"
    if holder:
        reason = f"process {holder.pid} on {holder.host} has been writing to it since {holder.since}"
    raise RunLocked(f"{folder.path}: {reason}; wait until it ends, or stop it")
