"""Which pages have the content of an earlier one: digests on disk, so that memory does not grow with their number."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from altdetails.cli.exits import FatalError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Copies"]

_DIGITS = 32
"""Of a digest in base 16: enough to tell any number of pages apart."""
_STATEMENTS = ("PRAGMA journal_mode = OFF", "CREATE TABLE seen (digest BLOB PRIMARY KEY) WITHOUT ROWID")


class Copies:
    """The number of pages whose content was seen before."""

    def __init__(self) -> None:
        self.count = 0
        with ExitStack() as resources:
            # a temporary file that only this connection has
            self._seen = resources.enter_context(closing(sqlite3.connect("", isolation_level=None)))
            for statement in _STATEMENTS:
                self._seen.execute(statement)
            resources.pop_all()

    def add(self, digests: Iterable[str]) -> None:
        """Take the digests of some pages, in base 16.

        Raises:
            FatalError: where the disk is full, for instance.
        """
        some = [(bytes.fromhex(digest[:_DIGITS]),) for digest in digests]
        try:
            self._seen.execute("BEGIN")
            new = self._seen.executemany("INSERT OR IGNORE INTO seen VALUES (?)", some).rowcount
            self._seen.execute("COMMIT")
        except sqlite3.Error as error:
            way_out = "let TMPDIR name a folder with more room"
            raise FatalError(f"temporary file of the contents that were seen: {error}; {way_out}") from error
        self.count += len(some) - max(new, 0)

    def close(self) -> None:
        """Forget them."""
        self._seen.close()
