"""A file, standard input or a pipe → its first lines and the rest, or a workbook."""

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from altdetails._magic import ZIP
from altdetails.documents import printable
from altdetails.errors import InputError
from altdetails.lists.textfile import open_text, read_head, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

__all__ = ["STANDARD_INPUT", "ListContent", "open_content"]

STANDARD_INPUT = "-"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_START = 8
_ENDING = re.compile(r"(\.[a-z]+)(?:\.gz)?\Z")
_PARTS = {"xl/workbook.xml": ".xlsx", "xl/workbook.bin": ".xlsb", "content.xml": ".ods"}
"""The member of a zip archive that makes it a workbook, and its format."""


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
        InputError: if it cannot be read, or is neither text nor a workbook. While reading lines, see `read_lines`.
    """
    name = "<stdin>" if path == STANDARD_INPUT else printable(path)
    ending = match[1] if (match := _ENDING.search(path.lower())) else ""
    stream = _open(path, name, stack)
    start = stream.peek(_START)
    if start.startswith((ZIP, _OLD_WORKBOOK)):
        file = _copy(stream, stack) if path == STANDARD_INPUT else path
        if workbook := _format_of(file, start):
            return ListContent(name, ending, [], iter(()), (file, workbook))
    rest = read_lines(name, stack.enter_context(open_text(name, stream)))
    return ListContent(name, ending, read_head(rest), rest)


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
