"""The ledger: what came of each identifier, and how much of the run's files belongs to it."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self

from altdetails.errors import StoreError
from altdetails.results import STATUSES, Outcome, RobotsFile, Status
from altdetails.scraping.store.database import Answer, Database
from altdetails.scraping.store.listing import Listing, storable
from altdetails.scraping.store.lock import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

__all__ = ["Ledger", "LedgerView"]

_APPLICATION = int.from_bytes(b"altd", "big")
_LAYOUT = 1
_OUTCOME_FIELDS = ("identifier", "status", "reason", "attempts", "http_status", "at")
_NOBODY = 0  # no identifier has this position
_TABLES = (
    """CREATE TABLE run (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        site TEXT NOT NULL,
        records_end INTEGER,
        writer_pid INTEGER,
        writer_host TEXT,
        writer_since TEXT
    ) STRICT""",
    """CREATE TABLE identifiers (
        position INTEGER PRIMARY KEY,
        identifier TEXT NOT NULL UNIQUE,
        outcome TEXT,
        reason TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        http_status INTEGER,
        at TEXT
    ) STRICT""",
    """CREATE TABLE archived (
        pages_end INTEGER PRIMARY KEY,
        position INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE robots (
        origin TEXT PRIMARY KEY,
        status INTEGER NOT NULL,
        body BLOB NOT NULL,
        at REAL NOT NULL
    ) STRICT""",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {_LAYOUT}",
)


class LedgerView:
    """A ledger to look at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def ask(path: Path, question: Callable[[LedgerView], Answer]) -> Answer:
        """The answer of the ledger of any run, as last committed.

        Args:
            path: the ledger.
            question: reads the view; it may be called several times.

        Raises:
            RunDamaged: if the file is not a sound ledger.
            StoreError: if it cannot be read.
        """

        def checked(database: Database) -> Answer:
            _check_layout(database)
            return question(LedgerView(database))

        return Database.ask(path, checked)

    @staticmethod
    def site_in(path: Path) -> str | None:
        """The base URL that a ledger's run belongs to; None if a crash while it was made left no table in it.

        Raises:
            RunDamaged: if the file is not a sound ledger.
            StoreError: if it cannot be read.
        """
        return LedgerView.ask(path, LedgerView.site) if Database.ask(path, _has_tables) else None

    def site(self) -> str:
        """The base URL that the run belongs to."""
        return str(self._database.one("SELECT site FROM run")[0])

    def writer(self) -> Writer | None:
        """The last process that wrote to the run; the lock alone says whether it still does."""
        found = self._database.one("SELECT writer_pid, writer_host, writer_since FROM run WHERE writer_pid IS NOT NULL")
        return Writer(*found) if found else None

    def counts(self) -> dict[Status | None, int]:
        """How many identifiers have each outcome; None: none yet."""
        found = dict(self._database.rows("SELECT outcome, count(*) FROM identifiers GROUP BY outcome"))
        return {status: found.get(status, 0) for status in (*STATUSES, None)}

    def span(self) -> tuple[str | None, str | None]:
        """When the first and the last outcome of those that stand now was known; None before there is one."""
        first, last = self._database.one(
            "SELECT min(at), max(at) FROM identifiers WHERE outcome IS NOT NULL AND outcome != 'invalid'"
        )
        return first, last

    def pages_end(self) -> int:
        """How many bytes of the archive belong to outcomes."""
        return int(self._database.one("SELECT ifnull(max(pages_end), 0) FROM archived")[0])

    def outcomes(self, after: int, limit: int) -> list[tuple[int, Outcome]]:
        """Some identifiers with an outcome, each with its position, in the order of the run; without records.

        Args:
            after: the position of the last one that is known.
            limit: the most to give.
        """
        rows = self._database.rows(
            """SELECT position, identifier, outcome, reason, attempts, http_status, at
            FROM identifiers WHERE outcome IS NOT NULL AND position > ? ORDER BY position LIMIT ?""",
            [after, limit],
        )
        return [(position, Outcome(**dict(zip(_OUTCOME_FIELDS, row, strict=True)))) for position, *row in rows]

    def records_end(self) -> int | None:
        """How many bytes of the records do; None while they are written again."""
        (end,) = self._database.one("SELECT records_end FROM run")
        return None if end is None else int(end)


class Ledger(LedgerView):
    """The ledger of the run that this process writes to."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.listing = Listing(database)
        """What this invocation is about."""

    @classmethod
    def open_for(cls, path: Path, site: str, writer: Writer) -> Self:
        """The ledger of a site's run, made where it is missing.

        Raises:
            RunDamaged: where the file is no sound ledger.
            StoreError: where the run belongs to another site, or the file cannot be written.
        """
        database = Database.for_writing(path)
        with ExitStack() as resources:
            resources.enter_context(database)
            with database.transaction():
                if not _has_tables(database):
                    for statement in _TABLES:
                        database.rows(statement)
                    database.rows("INSERT INTO run (id, site, records_end) VALUES (1, ?, 0)", [site])
                _check_layout(database)
                (kept,) = database.one("SELECT site FROM run")
                if kept != site:
                    raise StoreError(f"{path.parent}: holds a run of {kept}, not of {site}; choose another folder")
                database.rows(
                    "UPDATE run SET writer_pid = ?, writer_host = ?, writer_since = ?",
                    [writer.pid, writer.host, writer.since],
                )
            ledger = cls(database)
            resources.pop_all()
        return ledger

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with suppress(StoreError):
                self._database.rows("PRAGMA wal_checkpoint")
        finally:
            self._database.__exit__(kind, error, trace)

    def commit(self, outcome: Outcome, pages_end: int, records_end: int) -> None:
        """Take down an outcome together with the lengths of the two files, for good.

        Raises:
            StoreError: where the run does not know the identifier, or the disk is full, for instance.
        """
        with self._database.transaction():
            found = self._database.rows(
                """UPDATE identifiers
                SET outcome = ?, reason = ?, attempts = ?, http_status = ?, at = ? WHERE identifier = ?
                RETURNING position""",
                [
                    outcome.status,
                    None if outcome.reason is None else storable(outcome.reason),
                    outcome.attempts,
                    outcome.http_status,
                    outcome.at,
                    storable(outcome.identifier),
                ],
            )
            if not found:
                raise StoreError(f"{outcome.identifier}: is no identifier of this run; add it first")
            ((position,),) = found
            self._database.rows("INSERT OR IGNORE INTO archived VALUES (?, ?)", [pages_end, position])
            self._database.rows("UPDATE run SET records_end = ?", [records_end])
            self.listing.done(position)

    def commit_pages(self, pages_end: int) -> None:
        """Take down the archive's length alone, where exchanges that belong to no identifier end it.

        Raises:
            StoreError: where the disk is full, for instance.
        """
        self._database.rows("INSERT OR IGNORE INTO archived VALUES (?, ?)", [pages_end, _NOBODY])

    def failures(self) -> Iterator[dict[str, str | int | None]]:
        """What is known of each identifier that has an outcome, but no record, in the order of the run."""
        keys = ("identifier", "outcome", "reason", "attempts", "http_status", "at")
        for row in self._database.stream(
            """SELECT identifier, outcome, reason, attempts, http_status, at
            FROM identifiers WHERE outcome != 'ok' ORDER BY position"""
        ):
            yield dict(zip(keys, row, strict=True))

    def robots(self, origin: str) -> RobotsFile | None:
        """The last answer that was kept for an origin."""
        found = self._database.one("SELECT status, body, at FROM robots WHERE origin = ?", [origin])
        return RobotsFile(*found) if found else None

    def keep_robots(self, origin: str, file: RobotsFile) -> None:
        """Keep an answer in place of the last one."""
        self._database.rows("REPLACE INTO robots VALUES (?, ?, ?, ?)", [origin, file.status, file.body, file.at])

    def archive_ends(self, count: int) -> list[int]:
        """The archive's length after each of the last visits, the last one first, and 0 behind the first of all."""
        ends = self._database.rows("SELECT pages_end FROM archived ORDER BY pages_end DESC LIMIT ?", [count])
        return [*(end for (end,) in ends), *([0] if len(ends) < count else [])]

    def take_back(self, pages_end: int) -> list[str]:
        """Forget the outcomes of the visits that stand behind so many bytes of the archive: their identifiers."""
        with self._database.transaction():
            lost = self._database.rows(
                """UPDATE identifiers SET outcome = NULL, reason = NULL, attempts = 0, http_status = NULL, at = NULL
                WHERE position IN (SELECT position FROM archived WHERE pages_end > ?) RETURNING identifier""",
                [pages_end],
            )
            self._database.rows("DELETE FROM archived WHERE pages_end > ?", [pages_end])
            self._database.rows("UPDATE run SET records_end = NULL")
        return [identifier for (identifier,) in lost]

    def set_records_end(self, records_end: int | None) -> None:
        """Take down the length of the records alone; None before they are written again."""
        self._database.rows("UPDATE run SET records_end = ?", [records_end])


def _has_tables(database: Database) -> bool:
    return bool(database.rows("SELECT name FROM sqlite_schema LIMIT 1"))


def _check_layout(database: Database) -> None:
    if not _has_tables(database):
        raise StoreError(f"{database.path.parent}: is no run folder yet, since its ledger is empty; name another one")
    (application,) = database.one("PRAGMA application_id")
    (layout,) = database.one("PRAGMA user_version")
    if application != _APPLICATION:
        raise StoreError(f"{database.path}: is a database of another program; choose another folder")
    if layout > _LAYOUT:
        raise StoreError(
            f"{database.path}: was written by a newer altdetails; update this one, or choose another folder"
        )
