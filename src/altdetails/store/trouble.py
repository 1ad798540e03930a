"""What the system and SQLite say → a `StoreError` that names the file and the way out."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from altdetails.errors import RunDamaged, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["naming", "naming_ledger"]

_ROOM = "make room there, and run again: nothing is lost"
_PERMISSION = "get the permission, or choose another folder"
_COPY = "restore the whole folder from a copy, or start a new run in another folder"

_WAYS_OUT = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: _ROOM,
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EROFS: _PERMISSION,
}
_LEDGER_WAYS_OUT = {
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_IOERR: "see whether there is room and the disk is well, and run again: nothing is lost",
    sqlite3.SQLITE_READONLY: _PERMISSION,
    sqlite3.SQLITE_PERM: _PERMISSION,
    sqlite3.SQLITE_CANTOPEN: _PERMISSION,
    sqlite3.SQLITE_BUSY: "another program works on it: close that, and run again",
}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PRIMARY = 0xFF  # the part of SQLite's codes without the details


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Raise what goes wrong with a file or folder under its name.

    Raises:
        StoreError: for any `OSError` in the block.
    """
    try:
        yield
    except OSError as error:
        way_out = _WAYS_OUT.get(error.errno or 0, "see to it, or choose another folder")
        raise StoreError(f"{path}: {error.strerror or error}; {way_out}") from error


@contextmanager
def naming_ledger(path: Path) -> Iterator[None]:
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
