"""Lines of a table (CSV, TSV and similar) → its rows, and the columns of identifiers."""

from __future__ import annotations

import csv
import re
from collections import Counter
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal, TypeVar

from altdetails.errors import IdentifierError, InputError
from altdetails.identifiers import identify

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = [
    "MAX_ROW",
    "NAMES",
    "ONE_COLUMN",
    "NumberedRow",
    "candidate_values",
    "find_columns",
    "find_separator",
    "join_names",
    "normalise_name",
    "read_rows",
]

MAX_ROW = 2**20
"""The longest row, in characters."""

ONE_COLUMN = "\x1f"
"""The separator of a table with one column: a control character that no table contains."""

NAMES = (
    *("doi", "di", "doi link", "doi url", "ids doi", "article doi", "identifier"),
    *("altmetric id", "details page url", "details url", "altmetric url"),
)
"""Names of identifier columns in exports, as `normalise_name` returns them, in the order of preference.

Altmetric Explorer: `DOI`, `Details Page URL` · Web of Science: `DI`, or `DOI` and `DOI Link` · Scopus, Dimensions and
Crossref: `DOI` · OpenAlex: `doi`, `ids.doi` · altdetails: `doi`, `altmetric_id`, `identifier`.
"""

Value = TypeVar("Value")
NumberedRow = tuple[int, list[str]]
"""The number of the first line of a row, from 1, and its cells."""

_VAGUE_NAMES = ("url", "uri", "link", "address", "id")
"""Names that are used if neither `NAMES` nor the cells decide."""
_SEPARATORS = ("\t", ";", ",", "|")
_HEADER_WITHIN = 10
"""The header is one of so many first rows: some exports have a line about themselves above it."""
_MAX_LISTED = 40
_MAX_DIGITS = 9
"""The most digits of a column's number. Python refuses to read a number of more than 4,300 digits."""
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*\Z', re.IGNORECASE)
_SICI_END = re.compile(r";(?=[0-9]-[0-9A-Za-z#](?!\w))")
_WORDS = re.compile(r"[^\W_]+")
_QUOTED_CELL = re.compile(r'(?:\A|\t)"[^\t"]*+"(?=[\t\n])')


def normalise_name(name: str) -> str:
    """Return the words of a column's name in lower case, separated by spaces, as in `NAMES`."""
    return " ".join(_WORDS.findall(name.casefold()))


def candidate_values(item: Mapping[str, Value], column: str | None) -> list[Value]:
    """Return the values of an object that can be its identifier, the most likely first.

    Args:
        item: an object. Its keys are treated as the names of columns.
        column: the only key to use, or None to use the usual names.
    """
    by_name = {normalise_name(name): value for name, value in item.items()}
    for names in [[normalise_name(column)]] if column is not None else [NAMES, _VAGUE_NAMES]:
        if values := [by_name[name] for name in names if name in by_name]:
            return values
    return []


def join_names(names: Iterable[str]) -> str:
    """Join the names of columns for a message. Long names and long lists are shortened."""
    return ", ".join(name.strip()[:_MAX_LISTED] for name in islice(names, _MAX_LISTED))


def find_separator(lines: Sequence[str]) -> str | None:
    """Return the separator of a table, or None if its first lines are not a table of two or more columns.

    It is, in this order: the separator in a line `sep=`, as Excel writes it; a separator that makes a row with one of
    `NAMES` in it; the separator that gives every row the most cells. The `;` of an old DOI (`…3.0.CO;2-Z`) is not a
    separator.
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


def find_columns(name: str, head: Sequence[NumberedRow], column: str | None) -> tuple[int, list[int]]:
    """Find the columns of identifiers in the first rows of a table.

    Args:
        name: the name of the file in messages.
        head: the first rows.
        column: the name of the column, or its number from 1 if no column has that name. None: find it.

    Returns:
        The number of rows above the first identifier, and the indexes of the columns, from 0. The first of these
            columns that is not empty in a row contains its identifier.

    Raises:
        InputError: if there is no such column, or no column can be found. The error lists the columns.
    """
    table = [cells for _, cells in head]
    if column is not None:
        return _find_column(name, table, column)
    for above, cells in enumerate(table[:_HEADER_WITHIN], 1):
        names = [normalise_name(cell) for cell in cells]
        if indexes := [index for wanted in NAMES for index, cell in enumerate(names) if cell == wanted]:
            return above, indexes
    index = _find_by_content(table)
    if index is None:
        index = _find_by_vague_name(table[0])
    if index is None:
        raise InputError(f"{name}: no column of identifiers found; name one with --column: {_list_columns(table)}")
    return _header_rows(table, index), [index]


def _blank_separator_line(head: Sequence[str]) -> Sequence[str]:
    return ["\n", *head[1:]] if head and _SEPARATOR_LINE.match(head[0]) else head


def _find_column(name: str, table: list[list[str]], column: str) -> tuple[int, list[int]]:
    for normalise in (str.strip, normalise_name):
        for above, cells in enumerate(table[:_HEADER_WITHIN], 1):
            if indexes := [index for index, cell in enumerate(cells) if cell and normalise(cell) == normalise(column)]:
                return above, indexes
    if column.isdecimal() and len(column) <= _MAX_DIGITS and 0 < int(column) <= max(map(len, table)):
        index = int(column) - 1
        return _header_rows(table, index), [index]
    raise InputError(f"{name}: has no column {column!r}; {_list_columns(table)}")


def _find_by_content(table: list[list[str]]) -> int | None:
    """Return the column with the most DOIs and details addresses, if at least half of its cells contain one.

    Digits are not counted: they could be anything.
    """
    filled = Counter(index for cells in table for index, cell in enumerate(cells) if cell.strip())
    certain = Counter(index for cells in table for index, cell in enumerate(cells) if _is_certain(cell))
    index = max(sorted(certain), key=certain.__getitem__, default=None)
    return index if index is not None and certain[index] * 2 >= filled[index] else None


def _find_by_vague_name(header: list[str]) -> int | None:
    if len(header) == 1:
        return 0
    names = [normalise_name(cell) for cell in header]
    return next((names.index(wanted) for wanted in _VAGUE_NAMES if wanted in names), None)


def _header_rows(table: list[list[str]], index: int) -> int:
    """Return 0 if the first row has an identifier in this column, or 1 if it is a header."""
    try:
        identify(table[0][index])
    except (IdentifierError, LookupError):
        return 1
    return 0


def _is_certain(cell: str) -> bool:
    try:
        scheme = identify(cell).scheme
    except IdentifierError:
        return False
    return scheme in {"doi", "address"} or (scheme == "altmetric_id" and "altmetric" in cell.casefold())


def _list_columns(table: list[list[str]]) -> str:
    """List the columns for a message, by the names in the widest of the first rows."""
    header = max(table[:_HEADER_WITHIN], key=len)
    return f"its columns are {join_names(cell or str(number) for number, cell in enumerate(header, 1))}"


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
