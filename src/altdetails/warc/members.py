"""A WARC file in large blocks → the streams in it that can be read alone, and the spans that processes can share."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from fastwarc.stream_io import ZstdReader
from zlib_ng import zlib_ng as zlib

from altdetails._magic import GZIP, ZSTD, compression_of
from altdetails.documents import Budget, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

__all__ = ["RecordStream", "Span", "Window", "record_streams", "spans"]

_DEFLATED = GZIP + b"\x08"
_GZIP_WINDOW = 31
_ZSTD = (ZSTD, b"\x5d\x2a\x4d\x18")
"""How Zstandard begins: with a frame, or with the dictionary for all frames."""
_RECORD = b"WARC/"
_ENOUGH = 512
"""Bytes of gzip in which the first letters of a record stand, if it is one."""
_AT_ONCE = 2**20
"""The longest member that is unpacked in one go."""
_PACKED = 32 * 2**10
"""Bytes of gzip that are unpacked in one step."""
_PACKED_WITH_CARE = 2**10
"""The same where damage may follow, since what a step has unpacked before it is lost."""
_LONGEST_HEAD = 2**16
"""A record's head is shorter: so far before the step that meets damage can the frame begin whose record it cuts off."""
_DAMAGED = cast("type[Exception]", zlib.error)


class RecordStream:
    """A stream of uncompressed records, as fastwarc reads it."""

    lost = "what follows is lost"
    """What damage costs."""

    def __init__(self, window: Window, budget: Budget) -> None:
        self._window = window
        self._budget = budget
        self._position = 0
        self._beginning = b""
        self.start = window.tell()
        """The byte of the file at which the stream begins."""
        self.damage: str | None = None
        """What is wrong with its bytes; None as long as nothing is."""

    @property
    def stream(self) -> BinaryIO:
        """The records."""
        return cast("BinaryIO", self)

    @property
    def beginning(self) -> bytes:
        """The first bytes of the records, before they are read."""
        self._beginning = self._beginning or self._piece(_ENOUGH)
        return self._beginning

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end, or where damage begins.

        Raises:
            UnreadableError: if the file unpacks to too many.
        """
        piece = self._beginning[:size] or self._piece(size)
        self._beginning = self._beginning[size:]
        self._budget.spend(len(piece))
        self._position += len(piece)
        return piece

    def tell(self) -> int:
        """How many bytes were read."""
        return self._position

    def place(self, position: int) -> str:
        """Where a record begins in the file, by its position in the stream; for messages."""
        return f"{self.start + position:,}"

    def is_sound(self, position: int) -> bool:  # noqa: ARG002 -- of a damaged part nothing is sure
        """Whether the record that begins there, by its position in the stream, ended before the damage."""
        return False

    def finish(self) -> None:
        """Make sure that all damage is known."""

    def _piece(self, size: int) -> bytes:
        return self._window.read(size)


class _ZstdStream(RecordStream):
    """All of a file that is Zstandard.

    A step that meets damage gives nothing of what it unpacked before. So it is done again, byte by byte.
    """

    def __init__(self, window: Window, budget: Budget) -> None:
        super().__init__(window, budget)
        self._reader = ZstdReader(cast("BinaryIO", window))
        self._sound = 0
        """Bytes of records that stand before the damaged frame, if that begins with a record of its own."""

    def is_sound(self, position: int) -> bool:
        """Whether the record that begins there ended before the damage."""
        return position < self._sound

    def place(self, position: int) -> str:
        """Where a record begins in what the file unpacks to."""
        return f"{position:,} of what it unpacks to"

    def _piece(self, size: int) -> bytes:
        try:
            return b"" if self.damage else self._reader.read(size)
        except OSError:
            return self._again(size)

    def _again(self, size: int) -> bytes:
        """What a step unpacks before the damage that it meets."""
        self._window.seek(0)
        self._reader = ZstdReader(cast("BinaryIO", self._window))
        place = max(0, self._position - _LONGEST_HEAD)
        frame, frame_at = _skip(self._reader, place), None
        found = bytearray()
        try:
            while place + len(found) < self._position + size and (byte := self._reader.read(1)):
                if self._reader.frame_start_position() != frame:
                    frame, frame_at = self._reader.frame_start_position(), len(found)
                found += byte
        except OSError as error:
            self.start = self._reader.frame_start_position() or 0
            self.damage = f"its Zstandard data are wrong: {error}"
            if self.start != frame:
                frame_at = len(found)
            if frame_at is not None and _RECORD.startswith(found[frame_at : frame_at + len(_RECORD)]):
                self._sound = place + frame_at
        return bytes(found[self._position - place :])


class _GzipMember(RecordStream):
    """One member of a gzip file; its checksum is compared at its end.

    A whole one of usual length is unpacked in one go. Any other is unpacked piece by piece, so that of a damaged one
    what stands before the damage is read.
    """

    lost = "what stands there is lost"

    def __init__(self, window: Window, budget: Budget) -> None:
        super().__init__(window, budget)
        self._inflate = zlib.decompressobj(_GZIP_WINDOW)
        self._whole = self._at_once()
        if self._whole is None:
            window.seek(self.start)
            self._inflate = zlib.decompressobj(_GZIP_WINDOW)
        else:
            budget.spend(len(self._whole))

    @property
    def beginning(self) -> bytes:
        """The first bytes of the records, before they are read."""
        return super().beginning if self._whole is None else self._whole[:_ENOUGH]

    @property
    def stream(self) -> BinaryIO:
        """The records."""
        return super().stream if self._whole is None else io.BytesIO(self._whole)

    def place(self, position: int) -> str:  # noqa: ARG002 -- a record is known by its member
        """Where the member begins."""
        return f"{self.start:,}"

    def finish(self) -> None:
        """Read what was left unread, up to the checksum."""
        while self._whole is None and self.read(_AT_ONCE):
            pass

    def _at_once(self) -> bytes | None:
        pieces: list[bytes] = []
        left = _AT_ONCE
        try:
            while left and (packed := self._window.ahead(_PACKED)):
                pieces.append(self._unpacked(packed, left))
                left -= len(pieces[-1])
                if self._inflate.eof:
                    return b"".join(pieces)
        except _DAMAGED:
            pass
        return None

    def _piece(self, size: int) -> bytes:
        piece = b""
        while not (piece or self.damage or self._inflate.eof):
            packed = self._window.ahead(_PACKED_WITH_CARE)
            if not packed:
                self.damage = "its gzip data end early"
                break
            try:
                piece = self._unpacked(packed, size)
            except _DAMAGED:
                has_begun = self._window.tell() > self.start or packed[: len(_DEFLATED)] == _DEFLATED
                self.damage = "no whole gzip data stand there" if has_begun else "no gzip data begin there"
        return piece

    def _unpacked(self, packed: memoryview, size: int) -> bytes:
        content = self._inflate.decompress(packed, size)
        left = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        self._window.skip(len(packed) - len(left))
        return content


def _skip(reader: ZstdReader, count: int) -> int | None:
    """Pass over so many bytes, and tell where the frame with the last of them begins."""
    while count > 0 and (piece := reader.read(min(count, _AT_ONCE))):
        count -= len(piece)
    return reader.frame_start_position()


def record_streams(window: Window, start: int = 0, stop: int | None = None) -> Iterator[RecordStream]:
    """The streams of records in a WARC file that begin in a stretch of it, in order.

    Each is read before the next is taken.

    A stretch of a gzip file reaches from the first member behind `start` that holds a record, or the beginning of the
    file, to the first such member behind `stop`, or the end. So stretches laid end to end have all parts of the file
    and all its damage. A file that is not gzip is one part, of the stretch with its first byte.
    """
    budget = Budget(window.size)
    window.seek(0)
    beginning = bytes(window.ahead(len(_RECORD)))
    if beginning.startswith((_RECORD, *_ZSTD)):
        if not start:
            yield (RecordStream if beginning.startswith(_RECORD) else _ZstdStream)(window, budget)
        return
    stop = window.size if stop is None else stop
    is_at_member = not start or _find_record(window, start, stop)
    while is_at_member and window.ahead(1) and not (window.tell() >= stop and _begins_a_record(window, window.tell())):
        member = _GzipMember(window, budget)
        yield member
        member.finish()
        is_at_member = not member.damage or _find_record(window, member.start + 1, stop)


def _find_record(window: Window, place: int, stop: int) -> bool:
    """Go to the next gzip member that holds a record, and begins before `stop`; False where there is none."""
    found = window.find(_DEFLATED, place, stop)
    while found is not None:
        if _begins_a_record(window, found):
            return True
        found = window.find(_DEFLATED, found + 1, stop)
    return False


def _begins_a_record(window: Window, place: int) -> bool:
    window.seek(place)
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(window.ahead(_ENOUGH), len(_RECORD)) == _RECORD
    except _DAMAGED:
        return False


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


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an archive that one process reads: the gzip members that begin in it, and the damage behind them.

    Spans laid end to end give what the archive read at once gives. The archive of a run, one that is not gzip, and one
    that is a single gzip member belong as a whole to the span with their first byte.

    What a span cannot know: where a run's records stand behind those of another tool, or its first record is damaged,
    a border inside a visit costs its page the identifier that was asked for; and where a record holds an archive that
    could not be packed any smaller, a border inside it may take that for a part of this one. Limits of unpacked bytes
    and of damaged places hold for each span.
    """

    name: str
    """What the archive is called in the names of its documents; printable as UTF-8."""
    path: str
    start: int = 0
    """The first byte."""
    stop: int | None = None
    """The byte behind the last; None for the end of the archive."""
    url_filter: str | None = None
    """A regular expression for addresses, as `documents_in` has it."""
    done: float = 1
    """How much of the archive is behind it and all before it."""


def spans(path: str | os.PathLike[str], *, size: int, url_filter: str | None = None) -> Iterator[Span]:
    """The spans of an archive, of so many bytes each: one where it cannot be divided, or not be read.

    Raises:
        ValueError: where the size is not positive.
    """
    if size < 1:
        raise ValueError(f"a span has one byte or more, not {size:,}")
    path = os.fspath(path)
    length = _divisible_bytes(path)
    for start in range(0, max(length, 1), size):
        stop = start + size if start + size < length else None
        yield Span(printable(path), path, start, stop, url_filter, min(1, (start + size) / max(length, 1)))


def _divisible_bytes(path: str) -> int:
    try:
        with Path(path).open("rb") as file:
            return os.fstat(file.fileno()).st_size if compression_of(file.read(len(GZIP))) == "gzip" else 0
    except OSError:
        return 0
