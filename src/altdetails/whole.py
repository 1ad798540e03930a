"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["put", "sync_folder", "whole_path"]


@contextmanager
def whole_path(target: Path) -> Iterator[Path]:
    """A path to write a file at; what is there takes the file's place at the end of the block, unless that raises.

    What is there already and no regular file (a device, a pipe) is written to as it is.

    Raises:
        OSError: where nothing can be written there.
    """
    if target.exists() and not target.is_file():
        yield target
        return
    target = target.resolve()
    folder = Path(tempfile.mkdtemp(".tmp", ".altdetails-", target.parent))
    try:
        written = folder / target.name
        yield written
        with written.open("rb") as file:
            os.fsync(file.fileno())
        put(written, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(written: Path, target: Path) -> None:
    """Put a file that is on the disk in another's place, with the permissions that it has or would get."""
    written.chmod(_mode(target))
    written.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's list of names on the disk, where the system has a way to do so."""
    with suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _mode(target: Path) -> int:
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
