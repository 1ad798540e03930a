"""An SQLite file whose troubles bear its name: short questions, transactions, and a look at it without a trace."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from altdetails.errors import RunDamaged, StoreError
from altdetails.scraping.store.folder import PERMISSION, ROOM, naming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path, PurePath
    from types import TracebackType

    Values = Sequence[Any] | Mapping[str, Any]

__all__ = ["Answer", "Database", "address"]

Answer = TypeVar("Answer")

_PATIENCE_SECONDS = 10
_CACHE_KIB = 65_536
_LARGEST_LOG_BYTES = 4 * 2**20
_OLDEST_SQLITE = (3, 37)  # with STRICT tables


class _State(NamedTuple):
    """What changes when a writer comes, goes, or puts its log into the file."""

    has_log: bool
    changed_ns: int
    size: int


def _state(path: Path) -> _State:
    with naming(path):
        file = path.stat()
    return _State(path.with_name(f"{path.name}-wal").exists(), file.st_mtime_ns, file.st_size)


class Database:
    """A connection that commits by itself, but for what stands in a `transaction`. A context manager that ends it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def for_writing(cls, path: Path) -> Self:
        """The file, made where it is missing, with changes that are on the disk as soon as they are committed.

        Raises:
            StoreError: where it cannot be opened.
        """
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise StoreError(f"SQLite {sqlite3.sqlite_version} is older than 3.37; take a Python with a newer one")
        database = cls._connected(path, str(path), uri=False)
        with ExitStack() as resources:
            resources.enter_context(database)
            (mode,) = database.one("PRAGMA journal_mode = WAL")
            if mode != "wal":
                raise StoreError(f"{path}: SQLite keeps no write-ahead log here; choose a folder on a local disk")
            database.rows("PRAGMA synchronous = FULL")
            database.rows(f"PRAGMA cache_size = -{_CACHE_KIB}")
            database.rows(f"PRAGMA journal_size_limit = {_LARGEST_LOG_BYTES}")
            resources.pop_all()
        return database

    @classmethod
    def ask(cls, path: Path, question: Callable[[Self], Answer]) -> Answer:
        """The answer of the file as last committed, whoever writes to it; nothing is left in its folder.

        Without a log nobody writes: SQLite then reads the file alone, and the folder can be read-only. If a writer
        comes or goes meanwhile, the question is asked again.

        Args:
            path: the file.
            question: reads and changes nothing; it may be called several times.

        Raises:
            RunDamaged: if the file is not a sound SQLite database.
            StoreError: if it cannot be read.
        """
        while True:
            before = _state(path)
            mode = "mode=ro" if before.has_log else "immutable=1"
            try:
                with cls._connected(path, f"{address(path.absolute())}?{mode}", uri=True) as database:
                    answer = question(database)
            except StoreError:
                if _state(path) == before:
                    raise
                continue
            if before.has_log or _state(path) == before:
                return answer

    @classmethod
    def _connected(cls, path: Path, address: str, *, uri: bool) -> Self:
        with _naming(path):
            return cls(sqlite3.connect(address, timeout=_PATIENCE_SECONDS, isolation_level=None, uri=uri), path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def copy_to(self, path: Path) -> None:
        """Make a copy of the file as last committed."""
        with _naming(self.path), closing(sqlite3.connect(path)) as copy:
            self._connection.backup(copy)

    def rows(self, sql: str, values: Values = ()) -> list[Any]:
        """All rows that a statement gives."""
        with _naming(self.path):
            return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, values: Values = ()) -> Any:  # noqa: ANN401 -- a row holds what the statement asks for
        """The first row that a statement gives, or None."""
        with _naming(self.path):
            return self._connection.execute(sql, values).fetchone()

    def stream(self, sql: str, values: Values = ()) -> Iterator[Any]:
        """The rows that a statement gives, one at a time."""
        with _naming(self.path):
            yield from self._connection.execute(sql, values)

    def change(self, sql: str, values: Values = ()) -> int:
        """How many rows a statement changed."""
        with _naming(self.path):
            return self._connection.execute(sql, values).rowcount

    def change_each(self, sql: str, values: Iterable[Values]) -> None:
        """Run a statement once for each set of values."""
        with _naming(self.path):
            self._connection.executemany(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes of the block, or none of them where it raises."""
        try:
            self.rows("BEGIN IMMEDIATE")
            yield
            self.rows("COMMIT")
        finally:
            if self._connection.in_transaction:
                self.rows("ROLLBACK")


def address(path: PurePath) -> str:
    """An absolute path as a URI for SQLite, which allows no host: that of a Windows share becomes part of the path."""
    uri = path.as_uri()
    return uri if uri.startswith("file:///") else uri.replace("file:", "file://", 1)


_COPY = "restore the whole folder from a copy, or start a new run in another folder"

_LEDGER_WAYS_OUT = {
    sqlite3.SQLITE_FULL: ROOM,
    sqlite3.SQLITE_IOERR: "see whether there is room and the disk is well, and run again: nothing is lost",
    sqlite3.SQLITE_READONLY: PERMISSION,
    sqlite3.SQLITE_PERM: PERMISSION,
    sqlite3.SQLITE_CANTOPEN: PERMISSION,
    sqlite3.SQLITE_BUSY: "another program works on it: close that, and run again",
}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PRIMARY = 0xFF  # the part of SQLite's codes without the details


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Raise what goes wrong with an SQLite file under its name.

    Raises:
        RunDamaged: where the file is no SQLite database, or no longer a sound one.
        StoreError: for any other trouble that SQLite has with it.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        if code in _DAMAGE:
            raise RunDamaged(f"{path}: {error}; {_COPY}") from error
        if code in _LEDGER_WAYS_OUT:
            raise StoreError(f"{path}: {error}; {_LEDGER_WAYS_OUT[code]}") from error
        raise
