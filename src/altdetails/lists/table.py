"""Lines of a table (CSV, TSV and similar) → its rows."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Literal

from altdetails.errors import InputError
from altdetails.lists.roles import NAMES, normalise_name

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["MAX_ROW", "ONE_COLUMN", "NumberedRow", "find_separator", "read_rows"]

MAX_ROW = 2**20
"""The longest row, in characters."""

ONE_COLUMN = "\x1f"
"""The separator of a table with one column: a control character that no table contains."""

NumberedRow = tuple[int, list[str]]
"""The number of the first line of a row, from 1, and its cells."""

_SEPARATORS = ("\t", ";", ",", "|")
_HEADER_WITHIN = 10
"""The header is one of so many first rows: some exports have a line about themselves above it."""
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*\Z', re.IGNORECASE)
_SICI_END = re.compile(r";(?=[0-9]-[0-9A-Za-z#](?!\w))")
_QUOTED_CELL = re.compile(r'(?:\A|\t)"[^\t"]*+"(?=[\t\n])')


def find_separator(lines: Sequence[str]) -> str | None:
    """Return the separator of a table, or None if its first lines are not a table of two or more columns.

    It is, in this order: the separator in a line `sep=`, as Excel writes it; a separator that makes a row with one of
    `roles.NAMES` in it; the separator that gives every row the most cells. The `;` of an old DOI (`…3.0.CO;2-Z`) is
    not a separator.
    """
    if lines and (declared := _SEPARATOR_LINE.match(lines[0])):
        return declared[1]
    most, best = 1, None
    for mark in _SEPARATORS:
        cells: list[list[str]] = []
        with suppress(csv.Error):
            cells.extend(filter(None, _reader((_SICI_END.sub("", line) for line in lines), mark)))
        if any(len(row) > 1 and any(normalise_name(cell) in NAMES for cell in row) for row in cells[:_HEADER_WITHIN]):
            return mark
        fewest = min(map(len, cells), default=0)
        if fewest > most:
            most, best = fewest, mark
    return best


def read_rows(name: str, head: Sequence[str], rest: Iterable[str], mark: str) -> Iterator[NumberedRow]:
    """Yield the rows of a table, except rows with only empty cells.

    Args:
        name: the name of the file in messages.
        head: the first lines, with their line ends.
        rest: the other lines. A quoted cell can span several lines.
        mark: the separator of cells.

    Raises:
        InputError: if a row is longer than `MAX_ROW`, or its quotes are not closed. The error contains the number of
            the row's first line.
    """
    start, length = 1, 0

    def limited_lines() -> Iterator[str]:
        nonlocal length
        for line in chain(_blank_separator_line(head), rest):
            length += len(line)
            if length > MAX_ROW:
                reason = f"a row of more than {MAX_ROW >> 10:,} KiB; check for quotes that are not closed"
                raise InputError(f"{name}:{start}: {reason}")
            yield line

    reader = _reader(limited_lines(), mark, _quoting(head, mark))
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield start, cells
            start, length = reader.line_num + 1, 0
    except csv.Error as error:
        raise InputError(f"{name}:{start}: broken quotes ({error}); fix the row, or save the table again") from error


def _blank_separator_line(head: Sequence[str]) -> Sequence[str]:
    return ["\n", *head[1:]] if head and _SEPARATOR_LINE.match(head[0]) else head


def _quoting(head: Sequence[str], mark: str) -> Literal[0, 3]:
    """Choose how quotes are read. In tables with tabs, they are ordinary characters unless a cell is quoted.

    Web of Science does not quote cells, and a title can start with a quote. Excel quotes cells.
    """
    if mark != "\t" or any(map(_QUOTED_CELL.search, head)):
        return csv.QUOTE_MINIMAL
    return csv.QUOTE_NONE


def _reader(lines: Iterable[str], mark: str, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL) -> Reader:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW))
    return csv.reader(lines, delimiter=mark, quoting=quoting, strict=True)
