"""Decompress the content of a file: gzip, bzip2, xz, Zstandard and brotli, within the budget of the file."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from fastwarc.stream_io import BrotliReader, ZstdReader

from altdetails._magic import GZIP_WINDOW, compression_of
from altdetails.documents import PART_COST, UnreadableError, gunzip, read_bounded
from altdetails.warc.http import unpack

if TYPE_CHECKING:
    from altdetails._magic import Compression
    from altdetails.documents import Budget

_Begin: TypeAlias = Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]

__all__ = ["unpacked", "unpacked_start"]

_STEP_BYTES = 2**13
"""Compressed bytes that are unpacked in one step. A step copies those that belong to the next stream."""
_MAX_XZ_MEMORY_BYTES = 2**27


def unpacked(name: str, content: bytes, budget: Budget) -> bytes:
    """Return the content of a file, decompressed once. Brotli has no mark, so it is known by the ending `.br` alone.

    Args:
        name: the name of the file.
        content: its bytes.
        budget: its budget.

    Raises:
        UnreadableError: if the data are damaged or truncated, or exceed `MAX_DOCUMENT_BYTES`.
        OverBudgetError: if the budget is spent.
    """
    compression = compression_of(content)
    if compression:
        return _DECOMPRESSORS[compression](content, budget)
    ending = name.lower().rpartition(".")[2]
    if ending == "br":
        return unpack(content, budget, reader=BrotliReader)
    if ending in _NAMES:
        kind = _NAMES[ending]
        raise UnreadableError(
            "unreadable", f"is not {kind}, although its name ends in .{ending}; rename or copy it again"
        )
    return content


def unpacked_start(start: bytes, size: int) -> bytes:
    """Return what the first bytes of a compressed file unpack to, at most `size` bytes; nothing if they are damaged."""
    compression = compression_of(start)
    try:
        if compression == "gzip":
            return zlib.decompressobj(GZIP_WINDOW).decompress(start, size)
        if compression == "zstd":
            return ZstdReader(io.BytesIO(start)).read(size)
        decompressor = _begin_xz() if compression == "xz" else bz2.BZ2Decompressor()
        return decompressor.decompress(start, size)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
        return b""


class _Streams:
    """bzip2 or xz data, as a stream. Each of the streams in them counts against a budget."""

    def __init__(self, packed: bytes, budget: Budget, begin: _Begin) -> None:
        self._packed = memoryview(packed)
        self._budget = budget
        self._begin = begin
        self._decompressor = begin()
        self._position = 0

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes; none only at the end.

        Raises:
            EOFError: if the data end early.
            OSError: if the data are damaged.
        """
        piece = b""
        while not piece:
            if self._decompressor.eof:
                self._position -= len(self._decompressor.unused_data)
                if not bytes(self._packed[self._position :][:_STEP_BYTES]).strip(b"\0"):
                    return b""
                self._budget.spend(PART_COST)
                self._decompressor = self._begin()
            step = b""
            if self._decompressor.needs_input:
                step = bytes(self._packed[self._position : self._position + _STEP_BYTES])
                if not step:
                    raise EOFError
                self._position += len(step)
            piece = self._decompressor.decompress(step, size)
        return piece


def _unpack_streams(content: bytes, budget: Budget, *, kind: str, begin: _Begin) -> bytes:
    try:
        return read_bounded(_Streams(content, budget, begin), budget)
    except EOFError as error:
        raise UnreadableError("unreadable", f"is truncated {kind}; copy or download it again") from error
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise UnreadableError("unreadable", f"is damaged {kind} ({error}); copy or download it again") from error


def _begin_xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MAX_XZ_MEMORY_BYTES)


_DECOMPRESSORS: dict[Compression, Callable[[bytes, Budget], bytes]] = {
    "gzip": gunzip,
    "zstd": partial(unpack, reader=ZstdReader),
    "bzip2": partial(_unpack_streams, kind="bzip2", begin=bz2.BZ2Decompressor),
    "xz": partial(_unpack_streams, kind="xz", begin=_begin_xz),
}
_NAMES = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "Zstandard"}
