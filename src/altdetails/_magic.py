"""Recognise compression, byte order marks and binary formats by the first bytes."""

from __future__ import annotations

import codecs
from typing import Literal

__all__ = ["BYTE_ORDER_MARKS", "GZIP", "ZSTD", "compression_of", "format_of", "without_mark"]

GZIP = b"\x1f\x8b"
"""The first bytes of a gzip member (RFC 1952)."""
ZSTD = b"\x28\xb5\x2f\xfd"
"""The first bytes of a Zstandard frame (RFC 8878)."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Each mark with its encoding. UTF-32 is before UTF-16, since the mark of UTF-32-LE begins with that of UTF-16-LE."""

_FORMATS = (
    (b"PK\x03\x04", "a workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
)


def compression_of(start: bytes) -> Literal["gzip", "zstd"] | None:
    """Return the compression of content by its first bytes; None if it is not compressed."""
    if start.startswith(GZIP):
        return "gzip"
    return "zstd" if start.startswith(ZSTD) else None


def format_of(start: bytes) -> str | None:
    """Return the name of a binary format, with its article, for a message; None for other content."""
    for magic, name in _FORMATS:
        if start.startswith(magic):
            return name
    return None


def without_mark(content: bytes) -> tuple[bytes, str | None]:
    """Return content without its byte order mark, and the encoding of the mark; None if it has no mark."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content[len(mark) :], encoding
    return content, None
