"""A file with a table (CSV, TSV, Excel) → its rows as they are, each with its identifier.

with open_table("papers.xlsx") as table:
    for row in table.rows:
        print(row.number, row.cells, row.entry and row.entry.text)
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from altdetails.documents import printable
from altdetails.errors import InputError
from altdetails.lists import table as separated
from altdetails.lists.entry import Entry
from altdetails.lists.textfile import open_text, read_lines
from altdetails.lists.workbook import Cell, NumberedCells, Workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Table", "TableRow", "open_table"]

_HEAD = 50
_START = 8
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class TableRow(NamedTuple):
    """One row of a table."""

    number: int
    """The number of its first line, or of the row of a workbook, from 1."""
    cells: list[Cell]
    """All cells in the order of the file: text, or the types of a workbook."""
    entry: Entry | None
    """The row's identifier; None if the row has none."""


@dataclass(frozen=True, slots=True)
class Table:
    """An open table."""

    form: str
    """`CSV`, `TSV`, `Excel (.xlsx)`, …"""
    header: list[str]
    """The names of the columns. A column without a name is `column 3`."""
    rows: Iterator[TableRow]
    """All rows below the header, except those with only empty cells. It can be read once, while the table is open.
    A row can have fewer or more cells than the header."""


@contextmanager
def open_table(path: str, column: str | None = None) -> Iterator[Table]:
    """Open the table in a file.

    Args:
        path: a file: CSV, TSV or another text with separators, in any encoding, also with gzip; or a workbook.
        column: the column of identifiers, by its name or its number from 1. By default, it is found by the names that
            exports use, or by its cells.

    Raises:
        InputError: if the file is not a table, or cannot be read, or no column of identifiers is found. While reading:
            if a row makes the rest unreadable. It contains the file, the line and what to do.
    """
    name = printable(path)
    with ExitStack() as stack:
        stream, start = _open(path, name, stack)
        if start.startswith(_WORKBOOKS):
            workbook = Workbook(name, path)
            stack.callback(workbook.close)
            yield _workbook_table(name, path, workbook, column)
            return
        lines = read_lines(name, stack.enter_context(open_text(name, stream)))
        head = list(islice(lines, _HEAD))
        mark = separated.find_separator(head)
        if mark is None:
            if not path.lower().removesuffix(".gz").endswith((".csv", ".tsv")):
                raise InputError(f"{name}: is not a table; give CSV, TSV or Excel")
            mark = separated.ONE_COLUMN
        form = "TSV" if mark == "\t" else "CSV"
        yield _table(name, form, separated.read_rows(name, head, lines, mark), column)


def _open(path: str, name: str, stack: ExitStack) -> tuple[BinaryIO, bytes]:
    """Open a file, and return its first bytes too."""
    try:
        stream = stack.enter_context(Path(path).open("rb"))  # noqa: SIM115 -- the stack closes it
        return stream, stream.peek(_START)[:_START]
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}; check its name and permissions") from error


def _workbook_table(name: str, path: str, workbook: Workbook, column: str | None) -> Table:
    """Return the first sheet with a column of identifiers."""
    form = f"Excel ({PurePath(path).suffix.lower()})"
    refusal: InputError | None = None
    for sheet in workbook.heads:
        try:
            _find_columns(name, sheet.rows, column)
        except InputError as error:
            refusal = refusal or error
        else:
            return _table(name, f"{form}, sheet {sheet.name}", workbook.rows(sheet), column)
    raise refusal or InputError(f"{name}: has no visible sheet with rows; save the sheet as CSV")


def _table(name: str, form: str, rows: Iterator[NumberedCells], column: str | None) -> Table:
    head = list(islice(rows, _HEAD))
    if not head:
        return Table(form, [], iter(()))
    above, columns = _find_columns(name, head, column)
    names = [cell_text(cell) for cell in head[above - 1][1]] if above else []
    width = max(len(names), *(len(cells) for _, cells in head))
    names += [""] * (width - len(names))
    header = [text or f"column {number}" for number, text in enumerate(names, 1)]
    return Table(form, header, _rows(name, chain(head[above:], rows), columns))


def _find_columns(name: str, head: Sequence[NumberedCells], column: str | None) -> tuple[int, list[int]]:
    texts = [(number, [cell_text(cell) for cell in cells]) for number, cells in head]
    return separated.find_columns(name, texts, column)


def _rows(name: str, rows: Iterable[NumberedCells], columns: Sequence[int]) -> Iterator[TableRow]:
    for number, cells in rows:
        texts = (cell_text(cells[index]) for index in columns if index < len(cells))
        text = next(filter(None, texts), None)
        entry = None if text is None else Entry(text, f"{name}:{number}", file=name, row=number)
        yield TableRow(number, list(cells), entry)


def cell_text(cell: Cell) -> str:
    """Return the text of a cell, without white space around it."""
    return "" if cell is None else str(cell).strip()
