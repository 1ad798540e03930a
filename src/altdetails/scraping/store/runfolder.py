"""The run folder as its one writer has it."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from altdetails._files import whole_file
from altdetails.errors import RunLocked, StoreError
from altdetails.scraping.store import lock
from altdetails.scraping.store.folder import GrowingFile, RunFiles, naming
from altdetails.scraping.store.ledger import Ledger, LedgerView
from altdetails.scraping.store.mending import mend
from altdetails.warc import writer

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    from altdetails.results import Exchange, Outcome, RobotsFile, Status
    from altdetails.scraping.store.listing import Listing

__all__ = ["RunFolder"]


class RunFolder:
    """A run folder that this process alone writes to. A context manager that closes it. For one thread at a time."""

    def __init__(  # noqa: PLR0913 -- the parts that `open` has opened
        self,
        folder: RunFiles,
        ledger: Ledger,
        pages: GrowingFile,
        records: GrowingFile,
        *,
        opening: bytes,
        mended: list[str],
        resources: ExitStack,
    ) -> None:
        self._folder = folder
        self._ledger = ledger
        self._pages = pages
        self._records = records
        self._opening = opening
        self._kept: list[bytes] = []
        self._resources = resources
        self._writable = True
        self._closed = False
        self.mended = mended
        """What was repaired on opening: a sentence each."""

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        site: str,
        software: str,
        reparse: Callable[[Path], Iterable[bytes]],
    ) -> Self:
        """Open a run, made where it is missing, mended where its last writer was interrupted.

        Args:
            path: the folder.
            site: the base URL of the site whose pages the run holds; the same every time.
            software: who writes, for the archive: `altdetails/0.1.0`.
            reparse: gives the lines of the records, line ends included, that an archive's pages make. Asked only where
                the records are lost.

        Raises:
            RunLocked: where another process writes to the run.
            RunDamaged: where mending would lose pages.
            StoreError: where the folder holds a run of another site or other things, or cannot be written.
        """
        folder = RunFiles(Path(path))
        site = site.rstrip("/")
        folder.prepare()
        with ExitStack() as resources:
            resources.enter_context(_taken(folder))
            ledger = resources.enter_context(Ledger.open_for(folder.ledger, site, lock.this_process()))
            mended = mend(folder, ledger, reparse)
            return cls(
                folder,
                ledger,
                resources.enter_context(GrowingFile(folder.pages)),
                resources.enter_context(GrowingFile(folder.records)),
                opening=writer.warcinfo_record(folder.pages.name, software, site),
                mended=mended,
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
    def listing(self) -> Listing:
        """What this invocation is about."""
        return self._ledger.listing

    def keep(self, exchanges: Iterable[Exchange]) -> None:
        """Keep exchanges that belong to no identifier; they are written with the next outcome, or at the end."""
        self._kept += map(writer.exchange_records, exchanges)

    def commit(self, outcome: Outcome, exchanges: Sequence[Exchange]) -> None:
        """Keep what came of an identifier, with the exchanges that it took, the page's one last. Durable on return.

        Raises:
            StoreError: where the disk is full, for instance. Nothing of the outcome is kept then, all before it is, and
                the run takes no other one until it is opened again.
        """
        if not self._writable:
            raise StoreError(f"{self._folder.path}: takes nothing after it was closed or had trouble; open it again")
        content = b"".join([*self._kept, writer.visit_records(outcome, exchanges)])
        line = outcome.record.to_json() + b"\n" if outcome.record else b""
        try:
            self._pages.append(self._opening + content if content else b"")
            self._records.append(line)
            self._ledger.commit(outcome, self._pages.length, self._records.length)
        except BaseException:
            self._writable = False
            self._cut_back()
            raise
        self._kept.clear()
        if content:
            self._opening = b""

    def counts(self) -> dict[Status | None, int]:
        """How many identifiers of the run have each outcome; None: not asked for yet."""
        return self._ledger.counts()

    def robots(self, origin: str) -> RobotsFile | None:
        """The last answer about robots.txt that was kept for an origin."""
        return self._ledger.robots(origin)

    def keep_robots(self, origin: str, file: RobotsFile) -> None:
        """Keep an answer about robots.txt in place of the last one."""
        self._ledger.keep_robots(origin, file)

    def close(self) -> None:
        """Write what is kept and the failures, and let others write to the run.

        Raises:
            StoreError: where they cannot be written; the run is closed nevertheless.
        """
        if self._closed:
            return
        self._closed = True
        with self._resources, naming(self._folder.failures), whole_file(self._folder.failures) as file:
            for failure in self._ledger.failures():
                file.write(msgspec.json.encode(failure) + b"\n")
            if self._writable and self._kept:
                self._append_kept()
            self._writable = False

    def _append_kept(self) -> None:
        try:
            self._pages.append(self._opening + b"".join(self._kept))
            self._ledger.commit_pages(self._pages.length)
        except BaseException:
            self._cut_back()
            raise

    def _cut_back(self) -> None:
        """Take off what belongs to no outcome; where that cannot be done now, it is on the next opening."""
        with suppress(StoreError):
            self._pages.cut(self._ledger.pages_end())
            self._records.cut(self._ledger.records_end() or 0)


def _taken(folder: RunFiles) -> AbstractContextManager[object]:
    held = lock.take(folder.lock)
    if held is not None:
        return held
    holder = None
    with suppress(StoreError):
        holder = LedgerView.ask(folder.ledger, LedgerView.writer)
    who = f"process {holder.pid} on {holder.host} since {holder.since}" if holder else "another process"
    raise RunLocked(f"{folder.path}: {who} writes to it; wait for it, or stop it")
