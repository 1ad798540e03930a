"""A run folder that is open for writing."""

from __future__ import annotations

from contextlib import ExitStack, suppress
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
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    from altdetails.results import Exchange, Outcome, RobotsFile, Status
    from altdetails.scraping.store.database import Database
    from altdetails.scraping.store.listing import Listing
    from altdetails.warc.writer import Item

__all__ = ["RunFolder"]


class RunFolder:
    """A run folder that only this process writes to. As a context manager, it closes itself. It is not thread-safe."""

    def __init__(  # noqa: PLR0913 -- only `open` calls it
        self,
        folder: RunFiles,
        ledger: Ledger,
        pages: GrowingFile,
        records: GrowingFile,
        *,
        warcinfo: bytes,
        repairs: list[str],
        resources: ExitStack,
    ) -> None:
        self._folder = folder
        self._ledger = ledger
        self._pages = pages
        self._records = records
        self._warcinfo = warcinfo
        self._identity = Identity(folder)
        self._unwritten: list[bytes] = []
        self._resources = resources
        self._writable = True
        self._is_moved = False
        self._closed = False
        self.repairs = repairs
        """The repairs on opening, as sentences."""

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        site: str,
        software: str,
        reparse: Callable[[Path], Iterable[bytes]],
        tables: Sequence[str] = (),
    ) -> Self:
        """Open a run. Create it if it is missing, and repair it if its last writer was interrupted.

        Args:
            path: the folder.
            site: the base URL of the run's site. It must be the same every time.
            software: the name and version of this software, for the archive: `altdetails/0.1.0`.
            reparse: called with the path of the archive, returns the lines of its records, with line ends. It is only
                called if records are missing.
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
            repairs = repair(folder, ledger, reparse)
            return cls(
                folder,
                ledger,
                resources.enter_context(GrowingFile(folder.pages)),
                resources.enter_context(GrowingFile(folder.records)),
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

    def keep(self, exchanges: Iterable[Exchange]) -> None:
        """Archive exchanges that belong to no identifier. They are written with the next outcome, or on closing."""
        self._unwritten += map(writer.exchange_records, exchanges)

    def commit(self, outcome: Outcome, exchanges: Sequence[Item]) -> None:
        """Commit the outcome of an identifier and its exchanges. On return, both are synced to the disk.

        Args:
            outcome: the outcome, with its record if there is one.
            exchanges: all exchanges of the visit. The exchange of the page is the last.

        Raises:
            StoreError: if they cannot be written, for example because the disk is full, or if the folder or a file in
                it was moved, removed or replaced since the run was opened. The outcome is then discarded, earlier
                outcomes are not, and the run must be opened again before the next commit.
        """
        if not self._writable:
            raise StoreError(
                f"{self._folder.path}: cannot be written after it was closed or a write failed; open it again"
            )
        self._check_identity()
        content = b"".join([*self._unwritten, writer.visit_records(outcome, exchanges)])
        line = outcome.record.to_json() + b"\n" if outcome.record else b""
        try:
            self._pages.append(self._warcinfo + content if content else b"")
            self._records.append(line)
            self._ledger.commit(outcome, self._pages.length, self._records.length)
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
            self._identity.check({self._folder.pages: self._pages.length, self._folder.records: self._records.length})
        except StoreError:
            self._writable, self._is_moved = False, True
            raise

    def _write_rest(self) -> None:
        with path_in_errors(self._folder.failures), whole_file(self._folder.failures) as file:
            for failure in self._ledger.failures():
                file.write(msgspec.json.encode(failure) + b"\n")
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
