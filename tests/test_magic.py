"""Recognise compression, encodings and formats by the first bytes."""

import codecs
import gzip

import pytest
from tests.support.cases import for_each

from altdetails._magic import advice_on, compression_of, format_of, without_mark


@for_each(
    ("start", "form"),
    [
        (gzip.compress(b"x", mtime=0), "gzip"),
        (b"\x28\xb5\x2f\xfd\0", "zstd"),
        (b"{}", None),
        (b"", None),
        (b"\x1f", None),
    ],
)
def test_compression_is_recognised_by_the_first_bytes(start, form):
    assert compression_of(start) == form


@pytest.mark.parametrize(
    ("start", "words"), [(b"%PDF-1.7", "a PDF"), (b"PAR1", "a Parquet file"), (b"10.5555/1", None)]
)
def test_a_binary_format_is_recognised(start, words):
    assert format_of(start) == words


@for_each(
    ("name", "words"),
    [
        ("a workbook or a zip archive", ".zip"),
        ("a tar archive", ".tar"),
        ("a RAR archive", "unpack it, and give the folder"),
        ("a file of the tool compress", "unpack it first"),
        ("a file compressed with gzip", "unpack it first"),
        ("a file compressed with bzip2", "unpack it first"),
        ("a SQLite database", "export the pages"),
        ("a PDF", "save the page as HTML"),
    ],
)
def test_the_advice_fits_the_format(name, words):
    assert words in advice_on(name)


@for_each("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_has_an_encoding(encoding):
    mark = {
        "utf-8": codecs.BOM_UTF8,
        "utf-16-le": codecs.BOM_UTF16_LE,
        "utf-16-be": codecs.BOM_UTF16_BE,
        "utf-32-le": codecs.BOM_UTF32_LE,
        "utf-32-be": codecs.BOM_UTF32_BE,
    }[encoding]
    assert without_mark(mark + "né".encode(encoding)) == ("né".encode(encoding), encoding)


def test_content_without_a_mark_is_unchanged():
    assert without_mark(b"text") == (b"text", None)
