"""The lock for the process that writes. The operating system releases it when the process ends or is killed."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from altdetails.errors import StoreError
from altdetails.results import timestamp
from altdetails.scraping.store.folder import path_in_errors

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["Writer", "is_held", "take", "this_process"]

_TIMEOUT_SECONDS = 0.2  # `is_held` in another process holds the lock for a moment
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Writer:
    """A process that writes to a run."""

    pid: int
    host: str
    since: str
    """UTC, RFC 3339, whole seconds."""


def this_process() -> Writer:
    """Return the current process as a writer, with the current time."""
    return Writer(os.getpid(), socket.gethostname(), timestamp())


def take(path: Path) -> AbstractContextManager[object] | None:
    """Take the lock until the end of the block, or return None if another process holds it.

    Raises:
        StoreError: if the lock file cannot be created.
    """
    with path_in_errors(path):
        try:
            return FileLock(path).acquire(timeout=_TIMEOUT_SECONDS, poll_interval=_POLL_SECONDS)
        except Timeout:
            return None
        except NotImplementedError as error:
            raise StoreError(
                f"{path}: this file system does not support locks; choose a folder on a local disk"
            ) from error


if sys.platform == "win32":

    def is_held(path: Path) -> bool:
        """Return whether a process holds the lock. On Windows, its file is deleted with the lock."""
        if not path.exists():
            return False
        held = take(path)
        if held is None:
            return True
        with held:
            return False

else:
    import fcntl

    def is_held(path: Path) -> bool:
        """Return whether a process holds the lock. This only needs permission to read the file."""
        if not path.exists():
            return False
        with path_in_errors(path), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False
