"""Write rows of cells to CSV or TSV, and records as rows."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import date, time, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from altdetails.exporting.columns import Sources, columns
from altdetails.records.files import named_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from altdetails.exporting.columns import Cell
    from altdetails.records.files import RecordLine

__all__ = [
    "Dialect",
    "Value",
    "WideRows",
    "escape_formulas",
    "repeated_notice",
    "report_unknown_sources",
    "wide_rows",
    "write_separated",
    "write_wide",
]

Value: TypeAlias = str | int | float | bool | date | time | timedelta | None
"""A cell of any table. A datetime is a date too."""

_PLAIN_NUMBER = re.compile(r"[+-][0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SPACE_BEFORE_FORMULA = re.compile(r'(?:\A|(?<![\s";,|]))[\s";,|]*+(?=[=+\-@＝＋－＠])')
_ENDS_OF_CELLS = re.compile(r"[;,|\t\r\n]")
"""What a spreadsheet may read as the end of a cell: its list separator is not always that of the file."""


class Dialect(NamedTuple):
    """How the cells of a CSV or TSV file are written."""

    separator: str
    has_mark: bool = False
    """Whether the file begins with a byte order mark, by which Excel knows UTF-8."""
    decimal: str = "."


class WideRows(NamedTuple):
    """Records as rows of a temporary file. Close the generator of rows: Windows cannot delete an open file."""

    path: Path
    total: int
    header: list[str]

    def rows(self) -> Generator[list[Cell]]:
        """Yield the rows, padded to the width of the header."""
        decode = msgspec.json.Decoder(list[str | int | float | bool | None]).decode
        with self.path.open("rb") as file:
            for line in file:
                row = decode(line)
                yield row + [None] * (len(self.header) - len(row))


def wide_rows(lines: Iterable[RecordLine], path: Path, notice: Callable[[str], object]) -> WideRows:
    """Write records as rows to a temporary file: the header is only known when all are read.

    Args:
        lines: the records.
        path: the temporary file.
        notice: called with every message for the user.
    """
    sources = Sources()
    count = 0
    encode = msgspec.json.Encoder().encode
    fixed = columns()
    with path.open("wb") as file:
        for line in lines:
            row: list[Cell] = [cell(line.record) for _, cell in fixed]
            file.write(encode([*row, *sources.cells(line.record)]) + b"\n")
            count += 1
    report_unknown_sources(sources, notice)
    return WideRows(path, count, [*(name for name, _ in fixed), *sources.names])


def repeated_notice(count: int) -> str:
    """Return the notice about a number of snapshots that were read again."""
    return f"{count:,} record{'' if count == 1 else 's'} skipped: the same snapshot was read before"


def report_unknown_sources(sources: Sources, notice: Callable[[str], object]) -> None:
    """Report the columns of unknown sources."""
    for name, source in sources.named.items():
        notice(f"column {name} has the counts of an unknown source: {named_keys([repr(source)])}")
    if sources.left_out:
        notice(f"{sources.left_out:,} counts of further unknown sources are in column {sources.names[-1]}, as text")


def write_wide(lines: Iterable[RecordLine], target: Path, dialect: Dialect, notice: Callable[[str], object]) -> int:
    """Write records to a CSV or TSV file and return their number.

    Args:
        lines: the records.
        target: the file. A temporary file is written to the same folder meanwhile.
        dialect: how its cells are written.
        notice: called with every message for the user.
    """
    wide = wide_rows(lines, target.with_name("rows"), notice)
    with closing(wide.rows()) as rows:
        write_separated(wide.header, rows, target, dialect)
    return wide.total


def escape_formulas(text: str) -> str:
    """Put an apostrophe before everything in a text that a spreadsheet would read as a formula."""
    escaped = _SPACE_BEFORE_FORMULA.sub(_with_apostrophe, text)
    return f"'{escaped}" if escaped.startswith(("\t", "\r", "\n")) else escaped


def _with_apostrophe(space: re.Match[str]) -> str:
    begins_cell = space.start() == 0 or _ENDS_OF_CELLS.search(space[0])
    return f"{space[0]}'" if begins_cell else space[0]


def write_separated(
    header: Sequence[str], rows: Iterable[Sequence[Value]], target: Path, dialect: Dialect, *, own: int = 0
) -> None:
    """Write rows to a CSV or TSV file. Text that looks like a formula is escaped.

    Args:
        header: the names of the columns.
        rows: the cells of each row.
        target: the file.
        dialect: how cells are written.
        own: the number of first columns that are the user's own: their plain numbers, such as -5, stay as they are.
    """
    separator, decimal = dialect.separator, dialect.decimal
    needs_quotes = re.compile(rf'["{separator}\x00-\x1f]')

    def written(cell: Value) -> str:
        if cell is None:
            return ""
        if isinstance(cell, bool | float):
            return str(cell).lower().replace(".", decimal)
        if not isinstance(cell, str):
            return quoted(str(cell))
        return quoted(escape_formulas(cell))

    def quoted(text: str) -> str:
        if not needs_quotes.search(text):
            return text
        doubled = text.replace('"', '""')
        return f'"{doubled}"'

    def written_own(cell: Value) -> str:
        return quoted(cell) if isinstance(cell, str) and _PLAIN_NUMBER.fullmatch(cell) else written(cell)

    with target.open("w", encoding="utf-8-sig" if dialect.has_mark else "utf-8", newline="") as file:
        for row in chain([header], rows):
            cells = chain(map(written_own, row[:own]), map(written, row[own:])) if own else map(written, row)
            file.write(separator.join(cells) + "\n")
