"""Write files atomically, and add the file name to errors of reading and writing."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from altdetails._arguments import is_address, is_several, path_text
from altdetails.errors import ExportError, InputError
from altdetails.remote import output_here

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "STANDARD_STREAM",
    "is_closed_pipe",
    "output_errors",
    "output_to",
    "path_list",
    "reading_errors",
    "refuse_overwriting",
    "remove_unfinished",
    "sync_folder",
    "whole_file",
    "whole_output",
    "whole_path",
]

STANDARD_STREAM = "-"
"""The path that means standard input or standard output in commands."""

_PREFIX, _SUFFIX = ".altdetails-", ".tmp"
_FOLDER_MODE = 0o777 if sys.platform == "win32" else 0o700
"""The mode of the temporary folder. On Windows, a file would keep the restricted permissions of 0o700."""


def path_list(paths: object, expected: str = "a path (str or os.PathLike) or an iterable of paths") -> list[str]:
    """Return one path, or an iterable of paths, as a list.

    Args:
        paths: a path, or an iterable of paths.
        expected: the allowed types in words, for the message.

    Raises:
        TypeError: if it is neither.
        InputError: if a path is invalid.
    """
    items = cast("Iterable[object]", paths) if is_several(paths) else [paths]
    return [path_text(path, expected) for path in items]


@contextmanager
def whole_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path. At the end of the block its file replaces the target, unless the block raises.

    If the target is a device or a pipe, yield the target itself. What killed processes left next to it is removed.

    Raises:
        OSError: if the target cannot be written.
    """
    if target.exists() and not target.is_file():
        yield target
        return
    target = Path(os.path.realpath(target))  # `resolve` raises RuntimeError for a loop of links
    remove_unfinished(target.parent)
    with _temporary_folder(target.parent) as folder:
        temporary = folder / target.name
        yield temporary
        with temporary.open("r+b") as file:  # Windows syncs only files that are open for writing
            os.fsync(file.fileno())
        temporary.chmod(_mode(target, folder))
        try:
            temporary.replace(target)
        except PermissionError as error:  # Windows, if a program has the target open
            raise PermissionError(error.errno, f"{error.strerror} (close the program that has it open)") from error
        sync_folder(target.parent)


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """Yield a temporary binary file. At the end of the block it replaces the target, unless the block raises.

    Raises:
        OSError: if the target cannot be written.
    """
    with whole_path(target) as path, path.open("wb") as file:
        yield file


@contextmanager
def output_to(target: str | None) -> Iterator[BinaryIO]:
    """Yield the output of a command: an atomic file, here or at an address, or standard output if it is None or `-`.

    Raises:
        BrokenPipeError: if the reader of standard output has closed it.
        ExportError: if the output cannot be written.
    """
    if target is None or target == STANDARD_STREAM:
        with output_errors("standard output"):
            yield cast("BinaryIO", sys.stdout.buffer)
            sys.stdout.buffer.flush()
    else:
        with whole_output(target) as path, path.open("wb") as file:
            yield file


@contextmanager
def whole_output(target: str) -> Iterator[Path]:
    """Yield a temporary path. At the end of the block its file is the output, here or at an address, unless it raises.

    Raises:
        BrokenPipeError: if the target is a pipe that its reader has closed.
        ExportError: if the output cannot be written.
    """
    with output_here(target) as path, output_errors(target), whole_path(Path(path)) as temporary:
        yield temporary


@contextmanager
def output_errors(name: str) -> Iterator[None]:
    """Convert an `OSError` of the block to an error with the name of the output.

    Raises:
        BrokenPipeError: if the reader has closed the pipe.
        ExportError: for any other `OSError`.
    """
    try:
        yield
    except OSError as error:
        if is_closed_pipe(error):
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from error
        raise ExportError(
            f"{name}: output cannot be written: {error.strerror or error}; choose another path"
        ) from error


def is_closed_pipe(error: OSError) -> bool:
    """Whether an error means that the reader has closed a pipe. On Windows it is EINVAL without a file name."""
    is_windows_pipe = sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError) or is_windows_pipe


@contextmanager
def reading_errors(name: str, advice: str = "check its permissions") -> Iterator[None]:
    """Convert an `OSError` of the block to an error with the name of the input.

    Raises:
        InputError: for any `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror or error}; {advice}") from error


def refuse_overwriting(target: str, sources: Iterable[str]) -> None:
    """Check that an output is not an input file.

    Raises:
        ExportError: if it is one.
    """
    if is_address(target) and target in sources:
        raise ExportError(f"{target}: is one of the inputs, and would be overwritten; choose another name")
    output = Path(target)
    if output.is_file() and any(Path(path).is_file() and output.samefile(path) for path in sources):
        raise ExportError(f"{target}: is one of the input files, and would be overwritten; choose another name")


def remove_unfinished(folder: Path) -> None:
    """Remove the temporary folders of killed processes: those without a lock. Windows has no such locks: keep all."""
    for leftover in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with _locked(leftover) as is_locked:
            if is_locked:
                shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def _temporary_folder(parent: Path) -> Iterator[Path]:
    """Yield a new folder, which is locked until it is removed at the end of the block."""
    while True:
        folder = parent / f"{_PREFIX}{os.urandom(8).hex()}{_SUFFIX}"
        folder.mkdir(_FOLDER_MODE)
        with _locked(folder, waits=True):
            if not folder.exists():  # another process removed it before it was locked
                continue
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return


if sys.platform == "win32":

    @contextmanager
    def _locked(_folder: Path, *, waits: bool = False) -> Iterator[bool]:  # noqa: ARG001 -- the same arguments
        yield False

else:
    import fcntl

    @contextmanager
    def _locked(folder: Path, *, waits: bool = False) -> Iterator[bool]:
        """Lock a folder for the block, and yield whether it was possible. A link, a file or a pipe is not opened."""
        with ExitStack() as resources:
            is_locked = False
            with suppress(OSError):
                handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                resources.callback(os.close, handle)
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
                is_locked = True
            yield is_locked


def sync_folder(folder: Path) -> None:
    """Write the entries of a folder to the disk, if the system supports it."""
    with suppress(OSError):  # Windows cannot open folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _mode(target: Path, folder: Path) -> int:
    """Return the permissions of the target or, if it does not exist, of a new file."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    new = folder / "new"
    new.touch()
    return stat.S_IMODE(new.stat().st_mode)
