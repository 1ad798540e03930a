"""Split a WARC file into streams that can be read separately, and into spans for several processes."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from fastwarc.stream_io import ZstdReader
from zlib_ng import zlib_ng as zlib

from altdetails._magic import GZIP, GZIP_WINDOW, ZSTD, compression_of
from altdetails.documents import PART_COST, Budget, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

__all__ = ["RecordStream", "Span", "Window", "record_streams", "spans"]

_DEFLATED = GZIP + b"\x08"
_ZSTD = (ZSTD, b"\x5d\x2a\x4d\x18")
"""The first bytes of a Zstandard file: a frame, or the dictionary for all frames."""
_RECORD = b"WARC/"
_PEEK_BYTES = 512
"""Bytes of gzip that are enough to unpack the first letters of a record."""
_MAX_WHOLE_MEMBER_BYTES = 2**20
"""The longest member that is unpacked in one go."""
_STEP_BYTES = 32 * 2**10
"""Bytes of gzip that are unpacked in one step."""
_CAREFUL_STEP_BYTES = 2**10
"""The same for data that may be damaged. A step that meets damage loses the bytes that it unpacked before."""
_MAX_HEAD_BYTES = 2**16
"""The longest head of a record. The frame with the head of the damaged record begins within this distance of damage."""
_DAMAGED = cast("type[Exception]", zlib.error)


class RecordStream:
    """A stream of uncompressed records, as fastwarc reads it."""

    loss = "the rest of it is lost"
    """What is lost if the stream is damaged, for messages."""

    def __init__(self, window: Window, budget: Budget) -> None:
        self._window = window
        self.budget = budget
        """The budget of the file."""
        self._position = 0
        self._beginning = b""
        self.start = window.tell()
        """The byte of the file at which the stream begins."""
        self.damage: str | None = None
        """What is wrong with the bytes of the stream; None if no damage was met so far."""

    @property
    def stream(self) -> BinaryIO:
        """The records."""
        return cast("BinaryIO", self)

    @property
    def beginning(self) -> bytes:
        """The first bytes of the records, before they are read."""
        self._beginning = self._beginning or self._read_piece(_PEEK_BYTES)
        return self._beginning

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes, and no bytes at the end of the stream or at damage.

        Raises:
            UnreadableError: if the file unpacks to more bytes than the limit.
        """
        piece = self._beginning[:size] or self._read_piece(size)
        self._beginning = self._beginning[size:]
        self.budget.spend(len(piece))
        self._position += len(piece)
        return piece

    def tell(self) -> int:
        """Return the number of bytes that were read."""
        return self._position

    def describe_position(self, position: int) -> str:
        """Return the place in the file of a record at a position in the stream, for messages."""
        return f"{self.start + position:,}"

    def is_intact(self, position: int) -> bool:  # noqa: ARG002 -- in a damaged stream, no record is certain
        """Whether the record at a position in the stream ended before the damage."""
        return False

    def finish(self) -> None:
        """Read the rest to find all damage."""

    def _read_piece(self, size: int) -> bytes:
        return self._window.read(size)


class _ZstdStream(RecordStream):
    """A whole Zstandard file.

    A step that meets damage loses the bytes that it unpacked before. So such a step is repeated byte by byte.
    """

    def __init__(self, window: Window, budget: Budget) -> None:
        super().__init__(window, budget)
        self._reader = ZstdReader(cast("BinaryIO", window))
        self._intact_bytes = 0
        """Bytes of records before the damaged frame; 0 if that frame does not begin with a record."""

    def is_intact(self, position: int) -> bool:
        """Whether the record at a position in the stream ended before the damage."""
        return position < self._intact_bytes

    def describe_position(self, position: int) -> str:
        """Return the place of a record in the unpacked file, for messages."""
        return f"{position:,} of the unpacked file"

    def _read_piece(self, size: int) -> bytes:
        try:
            return b"" if self.damage else self._reader.read(size)
        except OSError:
            return self._read_up_to_damage(size)

    def _read_up_to_damage(self, size: int) -> bytes:
        """Repeat a step that met damage, and return the bytes before the damage."""
        self._window.seek(0)
        self._reader = ZstdReader(cast("BinaryIO", self._window))
        offset = max(0, self._position - _MAX_HEAD_BYTES)
        frame, frame_at = _skip(self._reader, offset), None
        content = bytearray()
        try:
            while offset + len(content) < self._position + size and (byte := self._reader.read(1)):
                if self._reader.frame_start_position() != frame:
                    frame, frame_at = self._reader.frame_start_position(), len(content)
                content += byte
        except OSError as error:
            self.start = self._reader.frame_start_position() or 0
            self.damage = f"its Zstandard data are wrong: {error}"
            if self.start != frame:
                frame_at = len(content)
            if frame_at is not None and _RECORD.startswith(content[frame_at : frame_at + len(_RECORD)]):
                self._intact_bytes = offset + frame_at
        return bytes(content[self._position - offset :])


class _GzipMember(RecordStream):
    """One member of a gzip file. Its checksum is compared at its end.

    A whole member of usual length is unpacked in one go. Any other member is unpacked piece by piece, to read the
    records before the damage.
    """

    loss = "this part is lost"

    def __init__(self, window: Window, budget: Budget) -> None:
        super().__init__(window, budget)
        self._decompressor = zlib.decompressobj(GZIP_WINDOW)
        self._content = self._unpack_whole()
        if self._content is None:
            window.seek(self.start)
            self._decompressor = zlib.decompressobj(GZIP_WINDOW)
        else:
            budget.spend(len(self._content) + PART_COST)

    @property
    def beginning(self) -> bytes:
        """The first bytes of the records, before they are read."""
        return super().beginning if self._content is None else self._content[:_PEEK_BYTES]

    @property
    def stream(self) -> BinaryIO:
        """The records."""
        return super().stream if self._content is None else io.BytesIO(self._content)

    def describe_position(self, position: int) -> str:  # noqa: ARG002 -- a record is found by its member
        """Return the byte of the file at which the member begins, for messages."""
        return f"{self.start:,}"

    def finish(self) -> None:
        """Read the rest, up to the checksum."""
        while self._content is None and self.read(_MAX_WHOLE_MEMBER_BYTES):
            pass

    def _unpack_whole(self) -> bytes | None:
        """Return the content of the member; None if it is damaged or too long."""
        pieces: list[bytes] = []
        left = _MAX_WHOLE_MEMBER_BYTES
        try:
            while left and (packed := self._window.peek(_STEP_BYTES)):
                pieces.append(self._unpack(packed, left))
                left -= len(pieces[-1])
                if self._decompressor.eof:
                    return b"".join(pieces)
        except _DAMAGED:
            pass
        return None

    def _read_piece(self, size: int) -> bytes:
        piece = b""
        while not (piece or self.damage or self._decompressor.eof):
            packed = self._window.peek(_CAREFUL_STEP_BYTES)
            if not packed:
                self.damage = "its gzip data end early"
                break
            try:
                piece = self._unpack(packed, size)
            except _DAMAGED:
                has_begun = self._window.tell() > self.start or packed[: len(_DEFLATED)] == _DEFLATED
                self.damage = "its gzip data are wrong" if has_begun else "not gzip data"
        return piece

    def _unpack(self, packed: memoryview, size: int) -> bytes:
        decompressor = self._decompressor
        content = decompressor.decompress(packed, size)
        left = decompressor.unused_data if decompressor.eof else decompressor.unconsumed_tail
        self._window.skip(len(packed) - len(left))
        return content


def _skip(reader: ZstdReader, count: int) -> int | None:
    """Skip `count` bytes, and return the start of the frame with the last of these bytes."""
    while count > 0 and (piece := reader.read(min(count, _MAX_WHOLE_MEMBER_BYTES))):
        count -= len(piece)
    return reader.frame_start_position()


def record_streams(window: Window, start: int = 0, stop: int | None = None) -> Iterator[RecordStream]:
    """The streams of records that begin in a span of a WARC file, in order. Read each before you take the next.

    A span of a gzip file starts with the first member after `start` that contains a record, or at the first byte of the
    file. It ends before the first such member after `stop`, or at the end of the file. So adjacent spans contain all
    parts and all damage of the file. A file that is not gzip is one stream and belongs to the span with its first
    byte.
    """
    budget = Budget(window.size)
    window.seek(0)
    beginning = bytes(window.peek(_PEEK_BYTES))
    if (bare := beginning.lstrip(b"\r\n")).startswith(_RECORD):
        window.seek(len(beginning) - len(bare))
        beginning = bare
    if beginning.startswith((_RECORD, *_ZSTD)):
        if not start:
            yield (RecordStream if beginning.startswith(_RECORD) else _ZstdStream)(window, budget)
        return
    stop = window.size if stop is None else stop
    is_at_member = not start or _find_record(window, start, stop)
    while is_at_member and window.peek(1) and not (window.tell() >= stop and _is_record_at(window, window.tell())):
        member = _GzipMember(window, budget)
        yield member
        member.finish()
        is_at_member = not member.damage or _find_record(window, member.start + 1, stop)


def _find_record(window: Window, position: int, stop: int) -> bool:
    """Go to the next gzip member that contains a record and begins before `stop`. Return False if there is none."""
    match = window.find(_DEFLATED, position, stop)
    while match is not None:
        if _is_record_at(window, match):
            return True
        match = window.find(_DEFLATED, match + 1, stop)
    return False


def _is_record_at(window: Window, position: int) -> bool:
    window.seek(position)
    try:
        return zlib.decompressobj(GZIP_WINDOW).decompress(window.peek(_PEEK_BYTES), len(_RECORD)) == _RECORD
    except _DAMAGED:
        return False


_BLOCK = 2**20


class Window:
    """A file that is read in large blocks, with the position of the next byte to read."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin at the first byte of the file.

        Args:
            file: a seekable file. It stays open.
        """
        self.size = file.seek(0, io.SEEK_END)
        self._file = file
        self._block = b""
        self._block_at = self.size
        self._next = 0
        self.seek(0)

    def tell(self) -> int:
        """Return the position of the next byte."""
        return self._block_at + self._next

    def seek(self, position: int) -> None:
        """Go to a position in the file."""
        if self._block_at <= position <= self._block_at + len(self._block):
            self._next = position - self._block_at
        else:
            self._file.seek(position)
            self._block, self._block_at, self._next = b"", position, 0

    def peek(self, count: int) -> memoryview:
        """Return the next `count` bytes, or fewer at the end of the file, without skipping them."""
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
        """Skip bytes that `peek` returned."""
        self._next += count

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, or fewer at the end of the file."""
        content = bytes(self.peek(size))
        self.skip(len(content))
        return content

    def find(self, pattern: bytes, start: int, stop: int) -> int | None:
        """Return the first position from `start` and before `stop` at which a pattern begins."""
        self.seek(start)
        while self.tell() < stop and len(self.peek(len(pattern))) == len(pattern):
            match = self._block.find(pattern, self._next)
            if match >= 0:
                return self._block_at + match if self._block_at + match < stop else None
            self._next = len(self._block) - len(pattern) + 1
        return None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of an archive that one process reads: the gzip members that begin in it, and the damage after them.

    Adjacent spans give the same results as the whole archive. Some archives are not divided and belong to the span with
    their first byte: the archive of a run, an archive that is not gzip, and a single gzip member.

    A span has these limits:

    - If a run's records follow records of another tool, or the first record is damaged, a border inside a visit loses
      the identifier of its page.
    - A record can contain another archive. If the record could not be compressed, a span that begins inside it may read
      the inner archive as a part of the outer one.
    - The limits of unpacked bytes and of damaged places apply to each span.
    """

    name: str
    """The name of the archive in the names of its documents; printable as UTF-8."""
    path: str
    start: int = 0
    """The first byte."""
    stop: int | None = None
    """The byte after the last; None for the end of the archive."""
    url_filter: str | None = None
    """A regular expression for addresses, see `documents_in`."""
    done: float = 1
    """The part of the archive, from 0 to 1, that is done after this span."""


def spans(path: str | os.PathLike[str], *, size: int, url_filter: str | None = None) -> Iterator[Span]:
    """Divide an archive into spans of `size` bytes. It is one span if it cannot be divided or read.

    Raises:
        ValueError: if the size is not positive.
    """
    if size < 1:
        raise ValueError(f"a span must have at least one byte, not {size:,}")
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
