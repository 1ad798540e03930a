"""An SQLite wrapper that adds the file name to errors: queries, transactions, and reads that change nothing."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from altdetails.errors import RunDamaged, StoreError
from altdetails.scraping.store.folder import DISK_SPACE_HINT, PERMISSION_HINT, path_in_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path, PurePath
    from types import TracebackType

    Values = Sequence[Any] | Mapping[str, Any]

__all__ = ["RESTORE_HINT", "Database", "Result", "address"]

Result = TypeVar("Result")

_TIMEOUT_SECONDS = 10
_CACHE_KIB = 65_536
_MAX_LOG_BYTES = 4 * 2**20
_MAX_REASON = 100
_OLDEST_SQLITE = (3, 37)  # the first version with STRICT tables


class _State(NamedTuple):
    """File attributes that change if a writer opens or closes the database, or moves its log into the file."""

    has_log: bool
    changed_ns: int
    size: int


def _state(path: Path) -> _State:
    with path_in_errors(path):
        file = path.stat()
    return _State(path.with_name(f"{path.name}-wal").exists(), file.st_mtime_ns, file.st_size)


class Database:
    """A connection. Statements outside a `transaction` commit at once. As a context manager, it closes itself."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def for_writing(cls, path: Path) -> Self:
        """Open the file for writing, and create it if it is missing. Commits are synced to the disk.

        Raises:
            StoreError: if the file cannot be opened.
        """
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise StoreError(f"SQLite {sqlite3.sqlite_version} is older than 3.37; use a Python with a newer SQLite")
        database = cls._connect(path, str(path), uri=False)
        with ExitStack() as resources:
            resources.enter_context(database)
            (mode,) = database.one("PRAGMA journal_mode = WAL")
            if mode != "wal":
                raise StoreError(f"{path}: SQLite cannot use a write-ahead log here; choose a folder on a local disk")
            database.rows("PRAGMA synchronous = FULL")
            database.rows(f"PRAGMA cache_size = -{_CACHE_KIB}")
            database.rows(f"PRAGMA journal_size_limit = {_MAX_LOG_BYTES}")
            resources.pop_all()
        return database

    @classmethod
    def read(cls, path: Path, query: Callable[[Self], Result]) -> Result:
        """Run a query on the last committed state, even while another process writes. No file is created.

        If there is no log, no process is writing. Then SQLite reads only the file, so the folder can be read-only. If a
        writer opens or closes the file during the query, the query runs again.

        Args:
            path: the file.
            query: reads the database. It can be called several times.

        Raises:
            RunDamaged: if the file is not a valid SQLite database.
            StoreError: if the file cannot be read.
        """
        while True:
            before = _state(path)
            mode = "mode=ro" if before.has_log else "immutable=1"
            try:
                with cls._connect(path, f"{address(path.absolute())}?{mode}", uri=True) as database:
                    result = query(database)
            except StoreError:
                if _state(path) == before:
                    raise
                continue
            if before.has_log or _state(path) == before:
                return result

    @classmethod
    def _connect(cls, path: Path, address: str, *, uri: bool) -> Self:
        with _sqlite_errors(path):
            return cls(sqlite3.connect(address, timeout=_TIMEOUT_SECONDS, isolation_level=None, uri=uri), path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def copy_to(self, path: Path) -> None:
        """Copy the last committed state to another file."""
        with _sqlite_errors(self.path), closing(sqlite3.connect(path)) as copy:
            self._connection.backup(copy)

    def rows(self, sql: str, values: Values = ()) -> list[Any]:
        """Execute a statement, and return all of its rows."""
        with _sqlite_errors(self.path):
            return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, values: Values = ()) -> Any:  # noqa: ANN401 -- the statement decides
        """Execute a statement, and return its first row, or None."""
        with _sqlite_errors(self.path):
            return self._connection.execute(sql, values).fetchone()

    def stream(self, sql: str, values: Values = ()) -> Iterator[Any]:
        """Execute a statement, and yield its rows."""
        with _sqlite_errors(self.path):
            yield from self._connection.execute(sql, values)

    def change(self, sql: str, values: Values = ()) -> int:
        """Execute a statement, and return the number of rows that it changed."""
        with _sqlite_errors(self.path):
            return self._connection.execute(sql, values).rowcount

    def change_each(self, sql: str, values: Iterable[Values]) -> None:
        """Execute a statement once for each set of values."""
        with _sqlite_errors(self.path):
            self._connection.executemany(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the changes of the block together, or roll them back if it raises."""
        try:
            self.rows("BEGIN IMMEDIATE")
            yield
            self.rows("COMMIT")
        finally:
            if self._connection.in_transaction:
                self.rows("ROLLBACK")


def address(path: PurePath) -> str:
    """Return the URI of an absolute path for SQLite.

    SQLite allows no host in a URI, so the host of a Windows share becomes a part of the path.
    """
    uri = path.as_uri()
    return uri if uri.startswith("file:///") else uri.replace("file:", "file://", 1)


RESTORE_HINT = "restore the whole folder from a copy, or start a new run in another folder"

_HINTS = {
    sqlite3.SQLITE_FULL: DISK_SPACE_HINT,
    sqlite3.SQLITE_IOERR: "check the disk and its free space, and run again: nothing is lost",
    sqlite3.SQLITE_READONLY: PERMISSION_HINT,
    sqlite3.SQLITE_PERM: PERMISSION_HINT,
    sqlite3.SQLITE_CANTOPEN: PERMISSION_HINT,
    sqlite3.SQLITE_BUSY: "another program uses it: close that program, and run again",
}
_PRIMARY = 0xFF  # masks the primary part of SQLite's extended error codes


@contextmanager
def _sqlite_errors(path: Path) -> Iterator[None]:
    """Add the path of an SQLite file to errors in the block.

    Raises:
        RunDamaged: if the file is not an SQLite database, or is damaged.
        StoreError: if SQLite cannot read or write the file.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        if code not in {*_HINTS, sqlite3.SQLITE_LOCKED} and not isinstance(error, sqlite3.ProgrammingError):
            reason = " ".join(str(error).split())[:_MAX_REASON]  # it can quote the whole schema
            raise RunDamaged(f"{path}: {reason}; {RESTORE_HINT}") from error
        if code in _HINTS:
            raise StoreError(f"{path}: {error}; {_HINTS[code]}") from error
        raise
    except UnicodeDecodeError as error:  # of the text of an error
        raise RunDamaged(f"{path}: contains damaged text; {RESTORE_HINT}") from error
