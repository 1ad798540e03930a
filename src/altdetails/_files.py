"""Files and standard output: written whole or not at all, with errors that name them."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from altdetails._arguments import is_several, path_text
from altdetails.errors import ExportError, InputError

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
    "whole_path",
]

STANDARD_STREAM = "-"
"""The path by which commands mean standard input or standard output."""

_PREFIX, _SUFFIX = ".altdetails-", ".tmp"
_FOLDER_MODE = 0o777 if sys.platform == "win32" else 0o700
"""Of the folder that a file is written in. On Windows the file would keep permissions for its owner alone."""


def path_list(paths: object, expected: str = "a path (str or os.PathLike) or an iterable of paths") -> list[str]:
    """One path, or an iterable of paths, as a list.

    Args:
        paths: what is given.
        expected: what was expected, for the message.

    Raises:
        TypeError: if it is neither.
        InputError: if a text cannot be a path.
    """
    given = cast("Iterable[object]", paths) if is_several(paths) else [paths]
    return [path_text(path, expected) for path in given]


@contextmanager
def whole_path(target: Path) -> Iterator[Path]:
    """A path to write a file at; the file takes the target's place at the end of the block, unless that raises.

    A target that exists and is not a regular file (a device, a pipe) is written to as it is.

    Raises:
        OSError: if nothing can be written there.
    """
    if target.exists() and not target.is_file():
        yield target
        return
    target = target.resolve()
    folder = target.parent / f"{_PREFIX}{os.urandom(8).hex()}{_SUFFIX}"
    folder.mkdir(_FOLDER_MODE)
    try:
        written = folder / target.name
        yield written
        with written.open("r+b") as file:  # Windows syncs only files that are open for writing
            os.fsync(file.fileno())
        written.chmod(_mode(target, folder))
        try:
            written.replace(target)
        except PermissionError as error:  # of Windows, for a file that is open
            raise PermissionError(error.errno, f"{error.strerror} (close the program that has it open)") from error
        sync_folder(target.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """A binary file to write; it takes the target's place at the end of the block, unless that raises.

    Raises:
        OSError: if nothing can be written there.
    """
    with whole_path(target) as path, path.open("wb") as file:
        yield file


@contextmanager
def output_to(target: str | None) -> Iterator[BinaryIO]:
    """Where a command writes: a whole file, or standard output if the target is None or `-`.

    Raises:
        BrokenPipeError: if nobody reads standard output any more.
        ExportError: if it cannot be written.
    """
    if target is None or target == STANDARD_STREAM:
        with output_errors("standard output"):
            yield cast("BinaryIO", sys.stdout.buffer)
            sys.stdout.buffer.flush()
    else:
        with output_errors(target), whole_file(Path(target)) as file:
            yield file


@contextmanager
def output_errors(name: str) -> Iterator[None]:
    """Raise an `OSError` of the block as an error that names the output.

    Raises:
        ExportError: for any `OSError` but a broken pipe.
    """
    try:
        yield
    except OSError as error:
        if is_closed_pipe(error):
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from error
        raise ExportError(f"{name}: cannot be written: {error.strerror or error}; choose another place") from error


def is_closed_pipe(error: OSError) -> bool:
    """Whether an error says that nobody reads a pipe any more. On Windows it is EINVAL, without the name of a file."""
    is_of_windows = sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError) or is_of_windows


@contextmanager
def reading_errors(name: str, advice: str = "check its permissions") -> Iterator[None]:
    """Raise an `OSError` of the block as an error that names the input.

    Raises:
        InputError: for any `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror or error}; {advice}") from error


def refuse_overwriting(target: str, sources: Iterable[str]) -> None:
    """Check that an output is not one of the files that are read.

    Raises:
        ExportError: if it is one of them.
    """
    place = Path(target)
    if place.is_file() and any(Path(path).is_file() and place.samefile(path) for path in sources):
        raise ExportError(f"{target}: is one of the files to read, and would be overwritten; give another name")


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process left of files that it was writing whole."""
    for left in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        shutil.rmtree(left, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Put a folder's list of names on the disk, if the system has a way to do so."""
    with suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _mode(target: Path, folder: Path) -> int:
    """The permissions that the target has or, if it is new, that any new file gets."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    new = folder / "new"
    new.touch()
    return stat.S_IMODE(new.stat().st_mode)
