"""What bytes are, by how they begin: compression, byte order marks, and formats that are not text."""

from __future__ import annotations

import codecs
from typing import Literal

__all__ = ["BYTE_ORDER_MARKS", "GZIP", "ZSTD", "compression_of", "format_of", "without_mark"]

GZIP = b"\x1f\x8b"
"""How a gzip member begins (RFC 1952)."""
ZSTD = b"\x28\xb5\x2f\xfd"
"""How a Zstandard frame begins (RFC 8878)."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Each mark with the encoding of what follows it; UTF-32 first, since its mark begins as that of UTF-16."""

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
    """How content is compressed, by its first bytes."""
    if start.startswith(GZIP):
        return "gzip"
    return "zstd" if start.startswith(ZSTD) else None


def format_of(start: bytes) -> str | None:
    """A format that is neither text nor a compressed stream, in words for a message; None for anything else."""
    return next((words for magic, words in _FORMATS if start.startswith(magic)), None)


def without_mark(content: bytes) -> tuple[bytes, str | None]:
    """Content without its byte order mark, and the encoding that the mark says; None if it has no mark."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content[len(mark) :], encoding
    return content, None
