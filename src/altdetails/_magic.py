"""Recognise compression, byte order marks and binary formats by the first bytes."""

from __future__ import annotations

import codecs
import zlib
from typing import Literal, TypeAlias

__all__ = [
    "BYTE_ORDER_MARKS",
    "GZIP",
    "GZIP_WINDOW",
    "ZIP",
    "ZSTD",
    "Compression",
    "advice_on",
    "compression_of",
    "format_of",
    "without_mark",
]

Compression: TypeAlias = Literal["gzip", "zstd", "bzip2", "xz"]

GZIP = b"\x1f\x8b"
"""The first bytes of a gzip member (RFC 1952)."""
GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""The `wbits` of zlib for gzip members."""
ZIP = b"PK\x03\x04"
"""The first bytes of a zip archive, and so of most workbooks."""
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

_COMPRESSIONS: tuple[tuple[bytes, Compression], ...] = (
    (GZIP, "gzip"),
    (ZSTD, "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
)
_FORMATS = (
    (ZIP, "a workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "a Word, Excel or Outlook file"),
    (b"%PDF", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a WebP picture or an audio file"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"ARROW1", "an Arrow file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"!BDN", "an Outlook mailbox"),
    (b"\x04\x22\x4d\x18", "an lz4 file"),
    (b"\x1f\x9d", "a file of the tool compress"),
    (b"]\0\0", "an lzma file"),
    (b"{\\rtf", "an RTF file"),
    (b"bplist00", "a binary property list"),
    *((b"\x80" + bytes([version]), "a Python pickle") for version in range(2, 6)),
)
_FIRST_BYTES = tuple(magic for magic, _ in _FORMATS)
_ADVICE = {
    "zip": "if it is an archive of pages, give it a name that ends in .zip",
    "tar": "give it a name that ends in .tar, or .tar.gz if it is compressed",
    "mailbox": "open the message, and save the page in it as HTML",
    **dict.fromkeys(("7z", "RAR"), "unpack it, and give the folder"),
    **dict.fromkeys(("compress", "compressed", "lz4", "lzma"), "unpack it first"),
    **dict.fromkeys(
        ("Arrow", "Avro", "HDF5", "Parquet", "SQLite", "pickle"),
        "export the pages in it as CSV or JSON Lines, with the columns url and html",
    ),
}
"""What to do, by a word of a format's name."""
_TAR, _TAR_AT = b"ustar", 257


def compression_of(start: bytes) -> Compression | None:
    """Return the compression of content by its first bytes; None if it is not compressed, or if it is brotli."""
    return next((compression for magic, compression in _COMPRESSIONS if start.startswith(magic)), None)


def format_of(start: bytes) -> str | None:
    """Return the name of a binary format, with its article, for a message; None for other content."""
    if start.startswith(_TAR, _TAR_AT):
        return "a tar archive"
    if not start.startswith(_FIRST_BYTES):
        return None
    return next((name for magic, name in _FORMATS if start.startswith(magic)), None)


def advice_on(name: str) -> str:
    """Return how to get the page out of a binary or compressed file, by the name of its format."""
    return next((_ADVICE[word] for word in name.split() if word in _ADVICE), "save the page as HTML or text")


def without_mark(content: bytes) -> tuple[bytes, str | None]:
    """Return content without its byte order mark, and the encoding of the mark; None if it has no mark."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content[len(mark) :], encoding
    return content, None
