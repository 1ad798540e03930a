"""Files that survive a crash: one that only grows, and one that appears whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from altdetails.store.trouble import naming
from altdetails.whole import sync_folder

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["GrowingFile", "WholeFile"]


class GrowingFile:
    """A file that content is added to; made where it is missing. A context manager that closes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with naming(path):
            self._file = path.open("ab", buffering=0)
            self.length = path.stat().st_size
            """In bytes, of what is on the disk for certain."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with naming(self._path):
            self._file.close()

    def append(self, content: bytes) -> None:
        """Add content. It is on the disk when this returns; where this raises, a part of it may be.

        Raises:
            StoreError: where the disk is full, for instance.
        """
        rest = memoryview(content)
        with naming(self._path):
            while rest:
                rest = rest[self._file.write(rest) :]
            if content:
                os.fsync(self._file.fileno())
        self.length += len(content)

    def cut(self, length: int) -> None:
        """Take off what stands behind so many bytes.

        Raises:
            StoreError: where the file cannot be written.
        """
        with naming(self._path):
            self._file.truncate(length)
            os.fsync(self._file.fileno())
        self.length = length


class WholeFile:
    """A file written beside its place, and put there at the end of the block; not, where the block raises."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._file: IO[bytes]

    def __enter__(self) -> Self:
        with naming(self._path):
            self._file = self._part.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                with naming(self._path):
                    self._file.flush()
                    os.fsync(self._file.fileno())
                    self._file.close()
                    self._part.replace(self._path)
                    sync_folder(self._path.parent)
        finally:
            with suppress(OSError):
                self._file.close()
            with suppress(OSError):
                self._part.unlink(missing_ok=True)

    def write(self, content: bytes) -> None:
        """Add content.

        Raises:
            StoreError: where the disk is full, for instance.
        """
        with naming(self._path):
            self._file.write(content)
