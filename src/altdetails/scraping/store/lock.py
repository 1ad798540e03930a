"""One writer: a lock that the system frees when the process that holds it ends, however it ends."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from altdetails.errors import StoreError
from altdetails.results import timestamp
from altdetails.scraping.store.folder import naming

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["Writer", "is_held", "take", "this_process"]

_PATIENCE_SECONDS = 0.2  # `is_held` of another process takes the lock for an instant
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Writer:
    """A process that writes to a run."""

    pid: int
    host: str
    since: str
    """UTC, RFC 3339, whole seconds."""


def this_process() -> Writer:
    """The process that runs this, as a writer from now on."""
    return Writer(os.getpid(), socket.gethostname(), timestamp())


def take(path: Path) -> AbstractContextManager[object] | None:
    """The lock, held until the block ends; None where somebody else holds it.

    Raises:
        StoreError: where the lock cannot be made.
    """
    with naming(path):
        try:
            return FileLock(path).acquire(timeout=_PATIENCE_SECONDS, poll_interval=_POLL_SECONDS)
        except Timeout:
            return None
        except NotImplementedError as error:
            raise StoreError(f"{path}: this file system has no locks; choose a folder on a local disk") from error


if sys.platform == "win32":

    def is_held(path: Path) -> bool:
        """Whether a process holds the lock now. Its file goes away with the lock."""
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
        """Whether a process holds the lock now; the right to read is enough to ask."""
        if not path.exists():
            return False
        with naming(path), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False
