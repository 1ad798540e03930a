"""A text file of any size, encoding and line end → its lines, one at a time and bounded."""

from __future__ import annotations

import gzip
import io
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from altdetails._magic import GZIP, compression_of, format_of, without_mark
from altdetails.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_LINE", "lines", "text"]

MAX_LINE = 64 * 2**10
"""The longest line, in characters. What is longer is no list."""

_SAMPLE_BYTES = 64 * 2**10
_DAMAGE = (EOFError, OSError, zlib.error)
"""What damaged gzip and disks raise."""
_TAKING_OFF_THE_MARK = {
    "utf-8": "utf-8-sig",
    "utf-16-le": "utf-16",
    "utf-16-be": "utf-16",
    "utf-32-le": "utf-32",
    "utf-32-be": "utf-32",
}
"""The codec that reads an encoding with its byte order mark."""
_MOSTLY = 0.9
"""The share of zeros at every second place that UTF-16 has, of a list in Latin letters."""


@contextmanager
def text(name: str, stream: BinaryIO) -> Iterator[io.TextIOWrapper]:
    """The text in a stream, unpacked where it is gzip. The stream itself stays open.

    UTF-8, or UTF-16 and UTF-32 by their marks, or UTF-16 by its zeros. Bytes that are no UTF-8 become lone surrogates,
    of which `lines` makes letters.

    Args:
        name: what the file is called in messages.
        stream: where it is read from, at its beginning.

    Raises:
        InputError: where the beginning is no text.
    """
    packed = io.BufferedReader(cast("io.RawIOBase", stream), _SAMPLE_BYTES)
    try:
        plain = packed
        if compression_of(packed.peek(len(GZIP))) == "gzip":
            plain = io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=packed)), _SAMPLE_BYTES)
        try:
            encoding = _encoding(name, plain.peek(_SAMPLE_BYTES))
        except _DAMAGE as error:
            raise _damaged(name, 1, error) from error
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        decoded = io.TextIOWrapper(plain, encoding, errors)
        try:
            yield decoded
        finally:
            decoded.detach()
    finally:
        packed.detach()


def lines(name: str, decoded: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a text, each with its line end, which is a newline whatever it was.

    A line with bytes that are no UTF-8 is taken for Windows-1252.

    Raises:
        InputError: where a line is longer than `MAX_LINE`, or the file ends early, naming the line.
    """
    number = 1
    try:
        while line := decoded.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise InputError(f"{name}:{number}: a line of more than {MAX_LINE >> 10} KiB; put one entry on a line")
            yield line if line.isascii() else _mended(line)
            number += 1
    except _DAMAGE as error:
        raise _damaged(name, number, error) from error


def _encoding(name: str, sample: bytes) -> str:
    _, marked = without_mark(sample)
    if marked:
        return _TAKING_OFF_THE_MARK[marked]
    if what := format_of(sample):
        raise InputError(f"{name}: is {what}, not text; save it as CSV")
    if b"\0" not in sample:
        return "utf-8"
    half = len(sample) // 2
    for encoding, zeros, letters in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        if sample[zeros::2].count(0) >= half * _MOSTLY and not sample[letters::2].count(0):
            return encoding
    line = sample[: sample.index(0)].count(b"\n") + 1
    raise InputError(f"{name}:{line}: a NUL byte, so this is no text; save it as CSV or as text in UTF-8")


def _mended(line: str) -> str:
    try:
        line.encode()
    except UnicodeEncodeError:
        return line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return line


def _damaged(name: str, number: int, error: Exception) -> InputError:
    return InputError(f"{name}:{number}: cannot be read on ({error}); copy or download the file again")
