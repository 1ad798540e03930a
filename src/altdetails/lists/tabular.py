"""A file with a table (CSV, TSV, Excel) → its rows as they are, each with its identifier.

with open_table("papers.xlsx") as table:
    for row in table.rows:
        print(row.number, row.cells, row.entry and row.entry.text)
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from altdetails.documents import printable
from altdetails.errors import InputError
from altdetails.lists import table as separated
from altdetails.lists.entry import Entry, NumberKind
from altdetails.lists.identifier_columns import HEAD, ListColumns, find_columns, is_header
from altdetails.lists.opening import ListContent, open_content
from altdetails.lists.workbook import Cell, NumberedCells, SheetHead, Workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["ListTable", "TableRow", "cell_text", "open_table", "read_table", "separator_of"]

_TAB_ENDINGS = (".tsv", ".tab")
_TEXT_ENDINGS = (".txt", ".list")


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
    """ListColumns that hold the same DOIs, in addition to those of the identifiers."""


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
        if content.workbook is None and mark is None:
            raise InputError(f"{content.name}: is not a table; give CSV, TSV or Excel")
        yield read_table(content, mark, column, ids, stack)


def separator_of(content: ListContent) -> str | None:
    """Return the separator of a table, or None if the file is a text with an entry on each line."""
    if content.ending in _TAB_ENDINGS:
        return "\t"
    lines = content.head if content.ending == ".csv" else [line for line in map(_uncommented, content.head) if line]
    mark = separated.find_separator(lines) if content.ending == ".csv" or len(lines) > 1 else None
    if mark is not None and _has_only_dois(content.head, mark):
        return None
    if content.ending == ".csv":
        return mark or separated.ONE_COLUMN
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
        rows = separated.read_rows(name, content.head, content.rest, mark or separated.ONE_COLUMN)
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
