"""A WARC file → its parts, of which each can be read without the others: gzip members, or else the whole file.

A part ends where its bytes are damaged, and says so. The parts behind a damaged gzip member are found again.
"""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING

from fastwarc.stream_io import ZstdReader

from altdetails.inputs.archive import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Part", "parts"]

_PIECE = 64 * 2**10
_GZIP = b"\x1f\x8b\x08"
_GZIP_WINDOW = 31
_ZSTD = (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")
"""How Zstandard begins: with a frame, or with the dictionary for all frames."""
_RECORD = b"WARC/"
_ENOUGH = 512
"""Bytes of gzip in which the first letters of a record stand, if it is one."""


class Part:
    """A stream of uncompressed records, as fastwarc reads it."""

    lost = "what follows is lost"
    """What damage costs."""
    is_whole_file = True

    def __init__(self, file: io.BufferedReader, budget: Budget) -> None:
        self._file = file
        self._budget = budget
        self._position = 0
        self.start = file.tell()
        """The byte of the file at which the part begins."""
        self.damage: str | None = None
        """What is wrong with its bytes; None as long as nothing is."""

    def read(self, size: int = _PIECE) -> bytes:
        """At most so many bytes; none at the end, or where damage begins.

        Raises:
            Trouble: where the file unpacks to too many.
        """
        piece = self._piece(size)
        self._budget.spend(len(piece))
        self._position += len(piece)
        return piece

    def tell(self) -> int:
        """How many bytes were read."""
        return self._position

    def finish(self) -> None:
        """Make sure that all damage is known."""

    def _piece(self, size: int) -> bytes:
        return self._file.read(size)


class _Frames(Part):
    """All of a file that is Zstandard."""

    def __init__(self, file: io.BufferedReader, budget: Budget) -> None:
        super().__init__(file, budget)
        self._reader = ZstdReader(file)

    def _piece(self, size: int) -> bytes:
        try:
            return b"" if self.damage else self._reader.read(size)
        except OSError as error:
            self.start = self._reader.frame_start_position() or self.start
            self.damage = f"its Zstandard data are wrong: {error}"
            return b""


class _Member(Part):
    """One member of a gzip file; its checksum is compared at its end."""

    lost = "what stands there is lost"
    is_whole_file = False

    def __init__(self, file: io.BufferedReader, budget: Budget) -> None:
        super().__init__(file, budget)
        self._inflate = zlib.decompressobj(_GZIP_WINDOW)

    def finish(self) -> None:
        """Read what was left unread, up to the checksum."""
        while self.read():
            pass

    def _piece(self, size: int) -> bytes:
        piece = b""
        while not (piece or self.damage or self._inflate.eof):
            packed = self._file.peek()
            if not packed:
                self.damage = "its gzip data end early"
                break
            try:
                piece = self._inflate.decompress(packed, size)
            except zlib.error:
                self.damage = "no whole gzip data stand there"
            else:
                left = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
                self._file.read(len(packed) - len(left))
        return piece


def parts(file: io.BufferedReader) -> Iterator[Part]:
    """The parts of a WARC file, in its order. Each must be read before the next is taken.

    Args:
        file: at its beginning; it can be sought in.
    """
    budget = Budget(file.seek(0, io.SEEK_END))
    file.seek(0)
    beginning = file.peek()
    if beginning.startswith((_RECORD, *_ZSTD)):
        yield (Part if beginning.startswith(_RECORD) else _Frames)(file, budget)
        return
    while file.peek():
        member = _Member(file, budget)
        yield member
        member.finish()
        if member.damage:
            _find_record(file, member.start + 1)


def _find_record(file: io.BufferedReader, place: int) -> None:
    """Go to the next gzip member that holds a record, or to the end of the file."""
    file.seek(place)
    while window := file.read(_PIECE):
        found = window.find(_GZIP)
        while found >= 0:
            if _begins_a_record(file, place + found):
                file.seek(place + found)
                return
            found = window.find(_GZIP, found + 1)
        place += max(len(window) - len(_GZIP) + 1, 1)
        file.seek(place)


def _begins_a_record(file: io.BufferedReader, place: int) -> bool:
    file.seek(place)
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(file.read(_ENOUGH), len(_RECORD)) == _RECORD
    except zlib.error:
        return False
