"""Where bytes go: to a file that appears whole or not at all, or to standard output."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, Self

from altdetails.cli.exits import FatalError
from altdetails.whole import put

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

__all__ = ["Output", "WholeFile", "output_to", "refuse_overwriting"]


class Output(Protocol):
    """What takes bytes, and is complete where its block ends."""

    def __enter__(self) -> Self:
        """Itself, open."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete it, unless the block raises."""

    def write(self, content: bytes) -> None:
        """Add content.

        Raises:
            FatalError: where it takes no more.
        """


class StandardOutput:
    """Standard output, flushed where the block ends."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            with _named("standard output"):
                sys.stdout.buffer.flush()

    def write(self, content: bytes) -> None:
        """Add content.

        Raises:
            BrokenPipeError: where the reader has left.
            FatalError: where the disk is full, for instance.
        """
        with _named("standard output"):
            sys.stdout.buffer.write(content)


class WholeFile:
    """A file written beside its target and renamed to it at the end, or removed where the block raises.

    What is no regular file (a device, a pipe) is written to as it is.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._target = Path(path)
        self._temporary: str | None = None
        self._file: IO[bytes]

    def __enter__(self) -> Self:
        with _named(self._path):
            if self._target.exists() and not stat.S_ISREG(self._target.stat().st_mode):
                self._file = self._target.open("wb")
            else:
                self._target = self._target.resolve()
                handle, self._temporary = tempfile.mkstemp(".tmp", ".altdetails-", self._target.parent)
                self._file = open(handle, "wb")  # noqa: PTH123 -- a handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with _named(self._path):
                if kind is None:
                    self._complete()
        finally:
            with suppress(OSError):
                self._file.close()
            if self._temporary:
                Path(self._temporary).unlink(missing_ok=True)

    def write(self, content: bytes) -> None:
        """Add content.

        Raises:
            FatalError: where the disk is full, for instance.
        """
        with _named(self._path):
            self._file.write(content)

    def _complete(self) -> None:
        self._file.flush()
        if self._temporary:
            os.fsync(self._file.fileno())
            self._file.close()
            put(Path(self._temporary), self._target)


def output_to(path: str | None) -> Output:
    """A file, or standard output where there is no path or it is `-`."""
    return StandardOutput() if path in {None, "-"} else WholeFile(str(path))


def refuse_overwriting(target: str, read: Iterable[str]) -> None:
    """See that an output is none of the files that are read.

    Raises:
        FatalError: where it is one of them.
    """
    place = Path(target)
    if place.is_file() and any(Path(path).is_file() and place.samefile(path) for path in read):
        raise FatalError(f"{target}: is one of the files to read, and would be overwritten; give another name")


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise FatalError(f"{name}: cannot be written: {error.strerror}; choose another place for it") from error
