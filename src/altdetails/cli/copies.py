"""Which pages have the content of an earlier one: digests on disk, so that memory does not grow with their number."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from altdetails.cli.exits import FatalError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Copies"]

_DIGITS = 32
"""Of a digest in base 16: enough to tell any number of pages apart."""


class Copies:
    """The number of pages whose content was seen before."""

    def __init__(self) -> None:
        self.count = 0
        self._seen = sqlite3.connect("", isolation_level=None)  # a temporary file that only this connection has
        self._seen.execute("PRAGMA journal_mode = OFF")
        self._seen.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY) WITHOUT ROWID")

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
