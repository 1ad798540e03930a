"""A file, standard input or a pipe → its lines, one at a time, or a workbook.

A text can have any size, encoding and line end; the length of its lines is limited.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from altdetails._magic import GZIP, ZIP, compression_of, format_of, without_mark
from altdetails.documents import OverBudgetError, gunzipped, printable, unpacked_lines
from altdetails.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import ExitStack

__all__ = ["MAX_CONTENT", "MAX_LINE", "MAX_ROW", "STANDARD_INPUT", "ListContent", "open_content", "read_whole"]

MAX_LINE = 64 * 2**10
"""The longest line of a text, in characters. A file with a longer line is not a list."""
MAX_ROW = 2**20
"""The longest row of a table, in characters. A paper in Scopus can have thousands of authors."""
MAX_CONTENT = 256 * 2**20
"""The longest file that is read as one: JSON and RDF, in characters. It is also the longest line of such a file."""
STANDARD_INPUT = "-"

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_START = 8
_ENDING = re.compile(r"(\.[a-z]+)(?:\.gz)?\Z")
_PARTS = {"xl/workbook.xml": ".xlsx", "xl/workbook.bin": ".xlsb", "content.xml": ".ods"}
"""The member of a zip archive that makes it a workbook, and its format."""

_HEAD = 50
_MAX_HEAD = 2**20
_STRUCTURED = re.compile(r"\s*(?:[{\[<@%]|[A-Z][A-Z0-9]{1,3} {0,3}- |FN |PT )")
"""How files begin whose lines can be long: JSON, RDF, BibTeX, tagged lines."""
_SEPARATED = re.compile(r"(?:[^\t;,|]{0,500}[\t;,|]){3}")
"""How tables begin: with some columns."""
_SAMPLE_BYTES = 64 * 2**10
_READ_ERRORS = (EOFError, OSError, zlib.error)
"""The errors of damaged gzip data and of disks."""
_CODEC_WITH_MARK = {
    "utf-8": "utf-8-sig",
    "utf-16-le": "utf-16",
    "utf-16-be": "utf-16",
    "utf-32-le": "utf-32",
    "utf-32-be": "utf-32",
}
"""The codec that removes the byte order mark of an encoding."""
_UTF_16_ZEROS = 0.9
"""In UTF-16, at least this share of every second byte is zero, for a list in Latin letters."""


class ListContent(NamedTuple):
    """The content of an open file."""

    name: str
    """The name in messages."""
    ending: str
    """The ending of its name in lower case, without `.gz`: `.csv`; empty if it has none."""
    head: list[str]
    """The first lines of a text."""
    rest: Iterator[str]
    """The other lines."""
    workbook: tuple[str, str] | None = None
    """The path and the format of a workbook, such as `.xlsx`; None if it is a text."""


def open_content(path: str, stack: ExitStack) -> ListContent:
    """Open a file, or standard input. The stack closes it.

    Raises:
        InputError: if it cannot be read, or is neither text nor a workbook. While reading lines, see `_read_lines`.
    """
    name = "<stdin>" if path == STANDARD_INPUT else printable(path)
    ending = match[1] if (match := _ENDING.search(path.lower())) else ""
    stream = _open(path, name, stack)
    start = stream.peek(_START)
    if start.startswith((ZIP, _OLD_WORKBOOK)):
        file = _copy(stream, stack) if path == STANDARD_INPUT else path
        if workbook := _format_of(file, start):
            return ListContent(name, ending, [], iter(()), (file, workbook))
    rest = _read_lines(name, stack.enter_context(_open_text(name, stream)))
    return ListContent(name, ending, _read_head(rest), rest)


def read_whole(name: str, lines: Iterable[str]) -> str:
    """Return the lines as one text.

    Raises:
        InputError: if they have more than `MAX_CONTENT` characters.
    """
    pieces: list[str] = []
    length = 0
    for line in lines:
        pieces.append(line)
        length += len(line)
        if length > MAX_CONTENT:
            raise InputError(
                f"{name}: more than {MAX_CONTENT >> 20} MiB in one piece; write a row on each line (JSONL, CSV), or"
                " divide the file"
            )
    return "".join(pieces)


def _open(path: str, name: str, stack: ExitStack) -> io.BufferedReader[io.RawIOBase]:
    if path == STANDARD_INPUT:
        raw: BinaryIO = sys.stdin.buffer
    else:
        try:
            raw = stack.enter_context(Path(path).open("rb", buffering=0))  # noqa: SIM115 -- the stack closes it
        except OSError as error:
            raise InputError(f"{name}: cannot be read: {error.strerror}; check its name and permissions") from error
    stream = io.BufferedReader(cast("io.RawIOBase", raw))
    stack.callback(stream.detach)
    return stream


def _copy(stream: BinaryIO, stack: ExitStack) -> str:
    """Copy standard input to a file, because a workbook is not read from its beginning to its end."""
    file = tempfile.NamedTemporaryFile(prefix="altdetails-", suffix=".xlsx")  # noqa: SIM115 -- the stack closes it
    stack.enter_context(file)
    shutil.copyfileobj(stream, file)
    file.flush()
    return file.name


def _format_of(path: str, start: bytes) -> str | None:
    if start.startswith(_OLD_WORKBOOK):
        return ".xls"
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError):
        return None
    return next((ending for part, ending in _PARTS.items() if part in names), None)


@contextmanager
def _open_text(name: str, stream: BinaryIO) -> Iterator[io.TextIOWrapper]:
    """Decode the text in a stream, and decompress it if it is gzip. The stream stays open.

    The encoding is UTF-8, or UTF-16 or UTF-32 if it has a byte order mark, or UTF-16 by its zeros. Bytes that are not
    UTF-8 become lone surrogates, which `_read_lines` decodes.

    Args:
        name: the name of the file in messages.
        stream: the content of the file, from its beginning.

    Raises:
        InputError: if the beginning is not text.
    """
    raw = io.BufferedReader(cast("io.RawIOBase", stream), _SAMPLE_BYTES)
    try:
        plain = raw
        if compression_of(raw.peek(len(GZIP))) == "gzip":
            plain = unpacked_lines(raw, gunzipped, _SAMPLE_BYTES)
        try:
            encoding = _detect_encoding(name, plain.peek(_SAMPLE_BYTES))
        except _READ_ERRORS as error:
            raise _read_error(name, 1, error) from error
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        decoded = io.TextIOWrapper(plain, encoding, errors)
        try:
            yield decoded
        finally:
            decoded.detach()
    finally:
        raw.detach()


def _read_lines(name: str, decoded: io.TextIOWrapper) -> Iterator[str]:
    r"""Yield the lines of a text. Every line end becomes `\n`.

    A line with bytes that are not UTF-8 is decoded as Windows-1252.

    Raises:
        InputError: if a line is longer than `MAX_LINE`, or `MAX_ROW` if the file looks like a table, or `MAX_CONTENT`
            if it has a structure; or if the file is truncated or unpacks to too much. The error contains the line
            number.
    """
    number = 1
    limit = MAX_LINE
    try:
        while line := decoded.readline(MAX_LINE + 1):
            if number <= _HEAD:
                limit = max(limit, _limit_of(line))
            if MAX_LINE < len(line) < limit and not line.endswith("\n"):
                line += decoded.readline(limit)
            if len(line) > limit:
                raise InputError(
                    f"{name}:{number}: a line of more than {limit >> 10:,} KiB; put each entry on its own line"
                )
            yield line if line.isascii() else _decode_surrogates(line)
            number += 1
    except OverBudgetError as error:
        raise InputError(f"{name}:{number}: {error.reason}") from error
    except _READ_ERRORS as error:
        raise _read_error(name, number, error) from error


def _read_head(lines: Iterator[str]) -> list[str]:
    """Return the first lines, at most 50, and at most one more after a mebibyte."""
    head: list[str] = []
    length = 0
    for line in islice(lines, _HEAD):
        head.append(line)
        length += len(line)
        if length > _MAX_HEAD:
            break
    return head


def _detect_encoding(name: str, sample: bytes) -> str:
    _, marked = without_mark(sample)
    if marked:
        return _CODEC_WITH_MARK[marked]
    if file_format := format_of(sample):
        way_out = "copy it again if it is a workbook, or save" if sample.startswith(ZIP) else "save"
        raise InputError(f"{name}: is {file_format}, not text; {way_out} it as CSV")
    if b"\0" not in sample:
        return "utf-8"
    half = len(sample) // 2
    for encoding, zeros, letters in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        if sample[zeros::2].count(0) >= half * _UTF_16_ZEROS and not sample[letters::2].count(0):
            return encoding
    line = sample[: sample.index(0)].count(b"\n") + 1
    raise InputError(f"{name}:{line}: not text, because it contains a NUL byte; save it as CSV or as UTF-8 text")


def _limit_of(line: str) -> int:
    """Return the longest line of a file with this line among the first ones."""
    if _STRUCTURED.match(line):
        return MAX_CONTENT
    return MAX_ROW if _SEPARATED.match(line) else MAX_LINE


def _decode_surrogates(line: str) -> str:
    try:
        line.encode()
    except UnicodeEncodeError:
        return line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return line


def _read_error(name: str, number: int, error: Exception) -> InputError:
    return InputError(f"{name}:{number}: cannot be read further ({error}); copy or download the file again")
