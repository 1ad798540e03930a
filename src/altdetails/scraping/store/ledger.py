"""The ledger: the outcome of each identifier, and the committed lengths of the run's files."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec

from altdetails.errors import RunDamaged, RunLocked, StoreError
from altdetails.results import STATUSES, Outcome, RobotsFile, Status
from altdetails.scraping.store.database import RESTORE_HINT, Database, Result
from altdetails.scraping.store.folder import RunFiles
from altdetails.scraping.store.listing import Listing, storable
from altdetails.scraping.store.lock import Writer
from altdetails.scraping.store.tab_ledger import TABLES as TAB_TABLES
from altdetails.scraping.store.tab_ledger import Tabs, mentions_file, tab_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from altdetails.results import TabStatus
    from altdetails.scraping.store.tab_ledger import MentionsFile, PlannedTab, StoredPage

__all__ = ["Ledger", "LedgerView", "ListedOutcome"]

_APPLICATION_ID = int.from_bytes(b"altd", "big")
_LAYOUT = 1
_OUTCOME_FIELDS = ("identifier", "outcome", "reason", "attempts", "http_status", "at")
_MAX_SHOWN = 80
_MAX_SITE_LENGTH = 2_000
_NO_IDENTIFIER = 0  # the position for exchanges that belong to no identifier
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
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_LAYOUT}",
)
"""The statements that create a ledger. `_check_layout` compares the text of each table with the one in the file, so it
must not change, not even in its spaces, while `_LAYOUT` stays."""


_ADDED_TABLES = (
    """CREATE TABLE IF NOT EXISTS list_files (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS list_rows (
        position INTEGER NOT NULL,
        file INTEGER NOT NULL,
        row INTEGER NOT NULL,
        PRIMARY KEY (position, file, row)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS list_pmids (
        position INTEGER PRIMARY KEY,
        pmid TEXT NOT NULL
    ) STRICT""",
    *TAB_TABLES,
)
"""The rows of lists with each identifier, the PubMed id in the first of them, and the tabs. altdetails 0.1 does not
write these tables, and ignores them."""
_PLACES = """(SELECT group_concat(place, ', ') FROM (
    SELECT name || ':' || row AS place FROM list_rows JOIN list_files ON number = file
    WHERE position = identifiers.position ORDER BY file, row LIMIT 5))"""


class ListedOutcome(NamedTuple):
    """An identifier of a run."""

    position: int
    identifier: str
    outcome: Outcome | None
    """None if it was not fetched yet."""
    places: str | None
    """The first rows of the lists with it: `papers.csv:17, papers.csv:23`; None if it was not in a file."""


class LedgerView:
    """A read-only view of a ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def read(path: Path, query: Callable[[LedgerView], Result]) -> Result:
        """Run a query on the last committed state of a ledger.

        Args:
            path: the ledger.
            query: reads the view. It can be called several times.

        Raises:
            RunDamaged: if the ledger is damaged.
            StoreError: if the ledger cannot be read.
        """

        def check_and_query(database: Database) -> Result:
            _check_layout(database)
            try:
                return query(LedgerView(database))
            except (TypeError, ValueError, OverflowError) as error:
                raise _damage(database, f"contains a value of another type ({_shorten(error)})") from error

        RunFiles(path.parent).refuse_links()
        return Database.read(path, check_and_query)

    @staticmethod
    def read_site(path: Path) -> str | None:
        """Return the base URL of a ledger's run, or None if a crash during its creation left a ledger without tables.

        Raises:
            RunDamaged: if the ledger is damaged.
            StoreError: if the ledger cannot be read.
        """
        return LedgerView.read(path, LedgerView.site) if Database.read(path, _has_tables) else None

    def is_history(self) -> bool:
        """Return whether the run collects captures of web archives."""
        return bool(self._database.rows("SELECT 1 FROM sqlite_schema WHERE name = 'history_settings'"))

    def site(self) -> str:
        """Return the base URL of the run's site."""
        (site,) = self._database.one("SELECT site FROM run")
        if not (isinstance(site, str) and site.isprintable() and len(site) <= _MAX_SITE_LENGTH):
            raise _damage(self._database, f"contains the site {_shorten(site)}")
        return site

    def writer(self) -> Writer | None:
        """Return the last process that opened the run for writing. Only the lock shows whether it still writes."""
        row = self._database.one("SELECT writer_pid, writer_host, writer_since FROM run WHERE writer_pid IS NOT NULL")
        return Writer(*row) if row else None

    def counts(self) -> dict[Status | None, int]:
        """Count the identifiers with each outcome. The key None counts identifiers without an outcome."""
        counts = dict(self._database.rows("SELECT outcome, count(*) FROM identifiers GROUP BY outcome"))
        if unknown := counts.keys() - {*STATUSES, None}:
            raise _damage(self._database, f"contains the unknown outcome {_shorten(min(unknown, key=str))}")
        return {status: counts.get(status, 0) for status in (*STATUSES, None)}

    def span(self) -> tuple[str | None, str | None]:
        """Return the times of the first and the last current outcome, or None if there is no outcome."""
        first, last = self._database.one(
            """SELECT min(at), max(at) FROM identifiers
            WHERE outcome IS NOT NULL AND outcome NOT IN ('no_address', 'invalid')"""
        )
        return first, last

    def pages_end(self) -> int:
        """Return the committed length of the archive, in bytes."""
        return int(self._database.one("SELECT ifnull(max(pages_end), 0) FROM archived")[0])

    def refuse_damage(self) -> None:
        """Read the whole ledger, and check that SQLite could have written it, and that each record has a page.

        Raises:
            RunDamaged: if not.
        """
        (fault,) = self._database.one("PRAGMA quick_check(1)")
        if fault != "ok":
            raise _damage(self._database, f"is damaged ({_shorten(fault)})")
        if lost := self._database.one(
            """SELECT identifier FROM identifiers
            WHERE outcome = 'ok' AND position NOT IN (SELECT position FROM archived)"""
        ):
            raise _damage(self._database, f"says that {_shorten(lost[0])} has a record, but not which page it is from")

    def refuse_negative_lengths(self) -> None:
        """Check the committed lengths.

        Raises:
            RunDamaged: if one is less than 0.
        """
        for (end,) in self._database.rows("SELECT records_end FROM run UNION SELECT min(pages_end) FROM archived"):
            if end is not None and not (isinstance(end, int) and end >= 0):
                raise _damage(self._database, f"contains the length {_shorten(end)}")

    def outcomes(self, after: int, limit: int) -> list[tuple[int, Outcome]]:
        """Return outcomes with their positions, in the order of the run, without records.

        Args:
            after: return outcomes after this position.
            limit: return at most so many outcomes.
        """
        rows = self._database.rows(
            """SELECT position, identifier, outcome, reason, attempts, http_status, at
            FROM identifiers WHERE outcome IS NOT NULL AND position > ? ORDER BY position LIMIT ?""",
            [after, limit],
        )
        try:
            return [
                (position, msgspec.convert(dict(zip(_OUTCOME_FIELDS, row, strict=True)), Outcome))
                for position, *row in rows
            ]
        except msgspec.ValidationError as error:
            raise _damage(self._database, f"contains an invalid outcome ({_shorten(error)})") from error

    def identifiers(self, after: int, limit: int) -> list[ListedOutcome]:
        """Return identifiers in the order of the run, with or without an outcome.

        Args:
            after: return identifiers after this position.
            limit: return at most so many identifiers.
        """
        has_rows = self._database.rows("SELECT 1 FROM sqlite_schema WHERE name = 'list_rows'")
        rows = self._database.rows(
            f"""SELECT position, identifier, {_PLACES if has_rows else "NULL"}
            FROM identifiers WHERE position > ? ORDER BY position LIMIT ?""",  # noqa: S608 -- a constant
            [after, limit],
        )
        outcomes = dict(self.outcomes(after, limit))
        return [ListedOutcome(position, text, outcomes.get(position), places) for position, text, places in rows]

    def records_end(self) -> int | None:
        """Return the committed length of the records, in bytes, or None while they are being written again."""
        (end,) = self._database.one("SELECT records_end FROM run")
        return None if end is None else int(end)

    def tab_counts(self) -> dict[TabStatus | None, int]:
        """Count the tabs with each status. The key None counts tabs that are not finished."""
        return tab_counts(self._database)

    def mentions(self) -> MentionsFile | None:
        """Return what was committed to the file of mentions, or None if the run has no mentions."""
        return mentions_file(self._database)


class Ledger(LedgerView):
    """The ledger of the run that this process writes to."""

    def __init__(self, database: Database, writer: Writer) -> None:
        super().__init__(database)
        self.database = database
        """For further tables, such as those of a history."""
        self._writer = writer
        self.listing = Listing(database)
        """The identifiers of this invocation."""
        self.tabs = Tabs(database)
        """The tabs of the run."""

    @classmethod
    def open_for(cls, path: Path, site: str, writer: Writer, tables: Sequence[str] = ()) -> Self:
        """Open the ledger of a site's run for writing, and create it and further tables if they are missing.

        Raises:
            RunDamaged: if the ledger is damaged.
            StoreError: if the run belongs to another site, or the ledger cannot be written.
        """
        database = Database.for_writing(path)
        with ExitStack() as resources:
            resources.enter_context(database)
            with database.transaction():
                if not _has_tables(database):
                    RunFiles(path.parent).refuse_contents()
                    for statement in _TABLES:
                        database.rows(statement)
                    database.rows("INSERT INTO run (id, site, records_end) VALUES (1, ?, 0)", [site])
                _check_layout(database)
                for statement in (*_ADDED_TABLES, *tables):
                    database.rows(statement)
                view = LedgerView(database)
                view.refuse_damage()
                run_site = view.site()
                if run_site != site:
                    raise StoreError(f"{path.parent}: holds a run of {run_site}, not of {site}; choose another folder")
                database.rows(
                    "UPDATE run SET writer_pid = ?, writer_host = ?, writer_since = ?",
                    [writer.pid, writer.host, writer.since],
                )
            ledger = cls(database, writer)
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

    def commit(
        self, outcome: Outcome, pages_end: int, records_end: int, tabs: Sequence[PlannedTab] | None = None
    ) -> None:
        """Commit an outcome together with the lengths of the archive and the records.

        Args:
            outcome: the outcome.
            pages_end: the length of the archive.
            records_end: the length of the records.
            tabs: the tabs of the output, to be fetched next.

        Raises:
            RunLocked: if another process has opened the run for writing since.
            StoreError: if the identifier is not in the run, or the ledger cannot be written.
        """
        with self._database.transaction():
            self._refuse_other_writer()
            positions = self._database.rows(
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
            if not positions:
                raise StoreError(f"{outcome.identifier}: is not an identifier of this run; add it first")
            ((position,),) = positions
            self._database.rows("INSERT OR IGNORE INTO archived VALUES (?, ?)", [pages_end, position])
            self._database.rows("UPDATE run SET records_end = ?", [records_end])
            self.listing.mark_done(position)
            if tabs and outcome.record:
                self.tabs.add(outcome.identifier, outcome.record.doi, tabs, restart=True)

    def commit_tab(self, stored: StoredPage, pages_end: int, mentions_end: int) -> None:
        """Commit a page of a tab together with the lengths of the archive and the mentions.

        Raises:
            RunLocked: if another process has opened the run for writing since.
            StoreError: if the ledger cannot be written.
        """
        with self._database.transaction():
            self._refuse_other_writer()
            self.commit_pages(pages_end)
            self.tabs.commit(stored, pages_end, mentions_end)

    def _refuse_other_writer(self) -> None:
        if self.writer() != self._writer:
            raise RunLocked(f"{self._database.path}: another process writes to it too; run again when it has ended")

    def commit_pages(self, pages_end: int) -> None:
        """Commit only the length of the archive, after exchanges that belong to no identifier.

        Raises:
            StoreError: if the ledger cannot be written.
        """
        self._database.rows("INSERT OR IGNORE INTO archived VALUES (?, ?)", [pages_end, _NO_IDENTIFIER])

    def failures(self) -> Iterator[dict[str, str | int | None]]:
        """Yield the identifiers with an outcome but without a record, in the order of the run."""
        for row in self._database.stream(
            """SELECT identifier, outcome, reason, attempts, http_status, at
            FROM identifiers WHERE outcome != 'ok' ORDER BY position"""
        ):
            yield dict(zip(_OUTCOME_FIELDS, row, strict=True))

    def robots(self, origin: str) -> RobotsFile | None:
        """Return the stored robots.txt of an origin, or None."""
        row = self._database.one("SELECT status, body, at FROM robots WHERE origin = ?", [origin])
        return RobotsFile(*row) if row else None

    def keep_robots(self, origin: str, file: RobotsFile) -> None:
        """Store the robots.txt of an origin, and replace the previous one."""
        self._database.rows("REPLACE INTO robots VALUES (?, ?, ?, ?)", [origin, file.status, file.body, file.at])

    def archive_ends(self, count: int) -> list[int]:
        """Return the lengths of the archive after its last visits, newest first, and 0 if these are all visits."""
        ends = self._database.rows("SELECT pages_end FROM archived ORDER BY pages_end DESC LIMIT ?", [count])
        return [*(end for (end,) in ends), *([0] if len(ends) < count else [])]

    def forget_outcomes_after(self, pages_end: int) -> list[str]:
        """Delete the outcomes of visits after a length of the archive. Return their identifiers, and tabs in words."""
        with self._database.transaction():
            lost = self._database.rows(
                """UPDATE identifiers SET outcome = NULL, reason = NULL, attempts = 0, http_status = NULL, at = NULL
                WHERE position IN (SELECT position FROM archived WHERE pages_end > ?) RETURNING identifier""",
                [pages_end],
            )
            lost_tabs = self.tabs.forget_after(pages_end)
            self._database.rows("DELETE FROM archived WHERE pages_end > ?", [pages_end])
            self._database.rows("UPDATE run SET records_end = NULL")
        return [*(identifier for (identifier,) in lost), *lost_tabs]

    def set_records_end(self, records_end: int | None) -> None:
        """Set the committed length of the records. None: they are being written again."""
        self._database.rows("UPDATE run SET records_end = ?", [records_end])


def _has_tables(database: Database) -> bool:
    return bool(database.rows("SELECT 1 FROM sqlite_schema WHERE tbl_name NOT GLOB 'list_*' LIMIT 1"))


def _check_layout(database: Database) -> None:
    if not _has_tables(database):
        reason = "its ledger is empty; give a folder that `altdetails scrape` has written"
        raise StoreError(f"{database.path.parent} is not a run folder: {reason}")
    (application,) = database.one("PRAGMA application_id")
    (layout,) = database.one("PRAGMA user_version")
    if application != _APPLICATION_ID:
        raise StoreError(f"{database.path}: is a database of another program; choose another folder")
    if layout > _LAYOUT:
        raise StoreError(
            f"{database.path}: was written by a newer altdetails; update altdetails, or choose another folder"
        )
    tables = {sql for (sql,) in database.rows("SELECT sql FROM sqlite_schema WHERE type = 'table'")}
    for table in _TABLES:
        if table.startswith("CREATE") and table not in tables:
            raise _damage(database, f"has no table {table.split()[2]} as altdetails writes it")
    if foreign := database.one("SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view')"):
        raise _damage(database, f"has a {foreign[0]} that altdetails does not write ({_shorten(foreign[1])})")
    if not database.rows("SELECT 1 FROM run"):
        raise _damage(database, "has an empty table run")
    view = LedgerView(database)
    view.site()
    view.refuse_negative_lengths()


def _shorten(value: object) -> str:
    """Return a value of a damaged ledger as a short text on one line."""
    return ascii(str(value))[1:-1][:_MAX_SHOWN]


def _damage(database: Database, problem: str) -> RunDamaged:
    return RunDamaged(f"{database.path}: {problem}; {RESTORE_HINT}")
