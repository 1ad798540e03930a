"""A temporary SQLite file for records that are more than memory should hold."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, ClassVar, Self

from altdetails.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

__all__ = ["TemporaryDatabase"]

_SETTINGS = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA temp_store = FILE",
    "PRAGMA cache_size = -16384",
)


class TemporaryDatabase:
    """A SQLite file without a name. It is deleted when its connection is closed. A context manager."""

    _PURPOSE: ClassVar[str]
    """What needs the file, for messages."""

    def __init__(self, tables: Iterable[str]) -> None:
        """Create the file and its tables, and begin a transaction."""
        with self._errors(), ExitStack() as resources:
            self._connection = resources.enter_context(closing(sqlite3.connect("", isolation_level=None)))
            for statement in (*_SETTINGS, *tables, "BEGIN"):
                self._connection.execute(statement)
            resources.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn errors of SQLite into errors of this package."""
        try:
            yield
        except sqlite3.Error as error:
            raise SettingsError(
                f"the temporary file of the {self._PURPOSE} cannot be written: {error}; "
                "set TMPDIR to a folder with more room"
            ) from error
