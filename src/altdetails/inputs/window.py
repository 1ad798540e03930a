"""A binary file read in large blocks, in which one may go back: few reads, since each can be a request to a server."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["Window"]

_BLOCK = 2**20


class Window:
    """A file, and the byte in it from which is read next."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin at the file's first byte.

        Args:
            file: it can be sought in, and stays open.
        """
        self.size = file.seek(0, io.SEEK_END)
        self._file = file
        self._block = b""
        self._block_at = self.size
        self._next = 0
        self.seek(0)

    def tell(self) -> int:
        """The byte of the file from which is read next."""
        return self._block_at + self._next

    def seek(self, place: int) -> None:
        """Go to a byte of the file."""
        if self._block_at <= place <= self._block_at + len(self._block):
            self._next = place - self._block_at
        else:
            self._file.seek(place)
            self._block, self._block_at, self._next = b"", place, 0

    def ahead(self, count: int) -> memoryview:
        """The next bytes, which stay ahead: so many, or fewer at the end of the file."""
        while len(self._block) - self._next < count and self._block_at + len(self._block) < self.size:
            more = self._file.read(max(_BLOCK, count))
            if not more:
                self.size = self._block_at + len(self._block)
                break
            self._block = self._block[self._next :] + more
            self._block_at += self._next
            self._next = 0
        return memoryview(self._block)[self._next : self._next + count]

    def skip(self, count: int) -> None:
        """Pass over bytes that `ahead` gave."""
        self._next += count

    def read(self, size: int) -> bytes:
        """The next bytes: so many, or fewer at the end of the file."""
        content = bytes(self.ahead(size))
        self.skip(len(content))
        return content

    def find(self, what: bytes, place: int, stop: int) -> int | None:
        """Where, from a place on, given bytes begin before `stop`."""
        self.seek(place)
        while self.tell() < stop and len(self.ahead(len(what))) == len(what):
            found = self._block.find(what, self._next)
            if found >= 0:
                return self._block_at + found if self._block_at + found < stop else None
            self._next = len(self._block) - len(what) + 1
        return None
