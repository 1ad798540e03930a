"""A file with a table (CSV, TSV, Excel) → its rows as they are, each with its identifier.

with open_table("papers.xlsx") as table:
    for row in table.rows:
        print(row.number, row.cells, row.entry and row.entry.text)
"""

from __future__ import annotations

import csv
import re
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from altdetails.documents import printable
from altdetails.errors import InputError
from altdetails.lists import bibtex, json_lists, tagged
from altdetails.lists.entry import Entry, NumberKind
from altdetails.lists.identifier_columns import HEAD, HEADER_WITHIN, ListColumns, find_columns, is_header
from altdetails.lists.opening import MAX_ROW, ListContent, open_content
from altdetails.lists.roles import NAMES, normalise_name
from altdetails.lists.workbook import Cell, NumberedCells, SheetHead, Workbook

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["ListTable", "TableRow", "cell_text", "form_of_records", "open_table", "read_table", "separator_of"]

_TAB_ENDINGS = (".tsv", ".tab")
_TEXT_ENDINGS = (".txt", ".list")
_ONE_COLUMN = "\x1f"
"""The separator of a table with one column: a control character that no table contains."""

_NumberedRow = tuple[int, list[str]]
"""The number of the first line of a row, from 1, and its cells."""

_SEPARATORS = ("\t", ";", ",", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*\Z', re.IGNORECASE)
_SICI_END = re.compile(r";(?=[0-9]-[0-9A-Za-z#](?!\w))")
_QUOTED_CELL = re.compile(r'(?:\A|\t)"[^\t"]*+"(?=[\t\n])')


class TableRow(NamedTuple):
    """One row of a table."""

    number: int
    """The number of its first line, or of the row of a workbook, from 1."""
    cells: list[Cell]
    """All cells in the order of the file: text, or the types of a workbook."""
    entry: Entry | None
    """The row's identifier; None if the row has none."""


@dataclass(frozen=True, slots=True)
class ListTable:
    """An open table."""

    form: str
    """`CSV`, `TSV`, `Excel (.xlsx)`, …"""
    header: list[str]
    """The names of the columns. A column without a name is `column 3`."""
    rows: Iterator[TableRow]
    """All rows below the header, except those with only empty cells. It can be read once, while the table is open.
    A row can have fewer or more cells than the header."""
    compared: tuple[str, ...] = ()
    """Further columns that hold the same DOIs."""


@contextmanager
def open_table(path: str, column: str | None = None, ids: NumberKind | None = None) -> Iterator[ListTable]:
    """Open the table in a file.

    Args:
        path: a file, or `-` for standard input: CSV, TSV or another text with separators, in any encoding, also with
            gzip; or a workbook. Its first sheet with a column of identifiers is read.
        column: the column of identifiers, by its name or its number from 1. By default, it is found by the names that
            exports use, or by its cells.
        ids: what bare numbers are, if nothing in the file says it.

    Raises:
        InputError: if the file is not a table, cannot be read, or has no column of identifiers. While reading:
            if a row makes the rest unreadable. It contains the file, the line and what to do.
    """
    with ExitStack() as stack:
        content = open_content(path, stack)
        mark = None if content.workbook else separator_of(content)
        if content.workbook is None and (form := form_of_records(content.head)):
            raise InputError(
                f"{content.name}: is {form}, not a table; export it as CSV or Excel, as reference managers do"
            )
        if content.workbook is None and mark is None:
            raise InputError(f"{content.name}: is not a table; give CSV, TSV or Excel")
        yield read_table(content, mark, column, ids, stack)


def form_of_records(head: Sequence[str]) -> str | None:
    """Return the form of first lines that are records and can look like rows of a table; None if they are not records.

    It is `BibTeX`, `JSON`, `a page, XML or an archive`, or the form of tagged lines such as `RIS`.
    """
    first = next(filter(None, map(str.strip, head)), "")
    if first.startswith(("<", "WARC/")):
        return "a page, XML or an archive"
    if json_lists.OPENING.match(first):
        return "JSON"
    if dialect := tagged.dialect_of(head):
        return dialect.form
    return "BibTeX" if any(map(bibtex.OPENING.match, head)) else None


def separator_of(content: ListContent) -> str | None:
    """Return the separator of a table, or None if the file is a text with an entry on each line."""
    if content.ending in _TAB_ENDINGS and any("\t" in line for line in content.head):
        return "\t"
    is_table = content.ending in {".csv", *_TAB_ENDINGS}
    lines = content.head if is_table else [line for line in map(_uncommented, content.head) if line]
    mark = _find_separator(lines) if is_table or len(lines) > 1 else None
    if mark is not None and _has_only_dois(content.head, mark):
        return None
    if is_table:
        return mark or _ONE_COLUMN
    return mark if content.ending not in _TEXT_ENDINGS or mark == "\t" or _has_header(lines, mark) else None


def read_table(
    content: ListContent, mark: str | None, column: str | None, ids: NumberKind | None, stack: ExitStack
) -> ListTable:
    """Return the table in a workbook, or in a text with a separator. The stack closes the workbook.

    Raises:
        InputError: as `open_table` does.
    """
    name = content.name
    if content.workbook is None:
        form = "TSV" if mark == "\t" else "CSV"
        rows = _read_rows(name, content.head, content.rest, mark or _ONE_COLUMN)
        return _table(name, form, rows, column, ids)
    path, ending = content.workbook
    workbook = Workbook(name, path)
    stack.callback(workbook.close)
    form = f"{'OpenDocument' if ending == '.ods' else 'Excel'} ({ending})"
    sheet = _choose_sheet(name, workbook.heads, column, ids)
    form = form if len(workbook.heads) == 1 else f"{form}, sheet {printable(sheet.name)}"
    return _table(name, form, workbook.rows(sheet), column, ids)


def _choose_sheet(name: str, heads: Sequence[SheetHead], column: str | None, ids: NumberKind | None) -> SheetHead:
    """Return the first sheet whose names or cells say that it has identifiers; else the first that can have some."""
    refusal: InputError | None = None
    possible: SheetHead | None = None
    for sheet in heads:
        try:
            columns = _columns(name, sheet.rows, column, ids)
        except InputError as error:
            refusal = refusal or error
            continue
        if column is not None or any(taken.role != "vague" for taken in columns.taken):
            return sheet
        possible = possible or sheet
    if possible is None:
        raise refusal or InputError(f"{name}: has no visible sheet with rows; save it as CSV")
    return possible


def cell_text(cell: Cell) -> str:
    """Return the text of a cell, without white space around it."""
    return "" if cell is None else str(cell).strip()


def _table(
    name: str, form: str, rows: Iterator[NumberedCells], column: str | None, ids: NumberKind | None
) -> ListTable:
    head = list(islice(rows, HEAD))
    if not head:
        return ListTable(form, [], iter(()), ())
    columns = _columns(name, head, column, ids)
    names = [cell_text(cell) for cell in head[columns.above - 1][1]] if columns.above else []
    width = max(len(names), *(len(cells) for _, cells in head))
    names += [""] * (width - len(names))
    header = [text or f"column {number}" for number, text in enumerate(names, 1)]
    compared = tuple(member.name for member in columns.compared)
    return ListTable(form, header, _rows(chain(head[columns.above :], rows), columns), compared)


def _columns(name: str, head: Sequence[NumberedCells], column: str | None, ids: NumberKind | None) -> ListColumns:
    return find_columns(name, [(number, [cell_text(cell) for cell in cells]) for number, cells in head], column, ids)


def _rows(rows: Iterable[NumberedCells], columns: ListColumns) -> Iterator[TableRow]:
    for number, cells in rows:
        yield TableRow(number, list(cells), columns.take(number, [cell_text(cell) for cell in cells]))


def _uncommented(line: str) -> str:
    return "" if line.lstrip().startswith("#") else line


def _has_only_dois(head: Sequence[str], mark: str) -> bool:
    cells = [cell for line in head for cell in line.split(mark) if cell.strip()]
    return len(cells) > 1 and all(cell.strip().startswith("10.") for cell in cells)


def _has_header(lines: Sequence[str], mark: str | None) -> bool:
    return mark is not None and any(is_header(line.split(mark)) for line in lines)


def _find_separator(lines: Sequence[str]) -> str | None:
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
        if any(len(row) > 1 and any(normalise_name(cell) in NAMES for cell in row) for row in cells[:HEADER_WITHIN]):
            return mark
        fewest = min(map(len, cells), default=0)
        if fewest > most:
            most, best = fewest, mark
    return best


def _read_rows(name: str, head: Sequence[str], rest: Iterable[str], mark: str) -> Iterator[_NumberedRow]:
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
