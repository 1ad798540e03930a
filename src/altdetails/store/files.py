"""A file that only grows, and survives a crash."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from altdetails.store.trouble import naming

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["GrowingFile"]


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
