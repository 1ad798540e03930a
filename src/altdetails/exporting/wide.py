"""Write records to CSV, TSV or Excel, one row per record."""

from __future__ import annotations

import re
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from altdetails._optional import require
from altdetails.errors import ExportError
from altdetails.exporting.columns import Sources, columns
from altdetails.record import CUT
from altdetails.records.files import named_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from pathlib import Path

    from altdetails.exporting.columns import Cell
    from altdetails.records.files import RecordLine

__all__ = ["MAX_CELL_LENGTH", "MAX_RECORDS", "escape_formulas", "write_excel", "write_wide"]

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_SPACE_BEFORE_FORMULA = re.compile(r'(?:\A|(?<![\s";,|]))[\s";,|]*+(?=[=+\-@＝＋－＠])')
_ENDS_OF_CELLS = re.compile(r"[;,|\t\r\n]")
"""What a spreadsheet may read as the end of a cell: its list separator is not always that of the file."""


def write_wide(lines: Iterable[RecordLine], target: Path, ending: str, notice: Callable[[str], object]) -> int:
    """Write records to a file and return their number.

    Args:
        lines: the records.
        target: the file. A temporary file is written to the same folder meanwhile.
        ending: the ending of the file: `.csv`, `.tsv` or `.xlsx`.
        notice: called with every message for the user.

    Raises:
        ExportError: if there are more records than an Excel sheet can have.
    """
    temporary = target.with_name("rows")
    sources = Sources()
    count = 0
    encode = msgspec.json.Encoder().encode
    fixed = columns()
    with temporary.open("wb") as file:
        for line in lines:
            row: list[Cell] = [cell(line.record) for _, cell in fixed]
            file.write(encode([*row, *sources.cells(line.record)]) + b"\n")
            count += 1
    header = [*(name for name, _ in fixed), *sources.names]
    for name, source in sources.named.items():
        notice(f"column {name} has the counts of an unknown source: {named_keys([repr(source)])}")
    if sources.left_out:
        notice(f"{sources.left_out:,} counts of further unknown sources are in column {sources.names[-1]}, as text")
    with closing(_rows(temporary, len(header))) as rows:  # Windows cannot delete an open file
        if ending == ".xlsx":
            write_excel(header, rows, target, notice)
        else:
            _write_separated(header, rows, target, _SEPARATORS[ending])
    return count


def escape_formulas(text: str) -> str:
    """Put an apostrophe before everything in a text that a spreadsheet would read as a formula."""
    escaped = _SPACE_BEFORE_FORMULA.sub(_with_apostrophe, text)
    return f"'{escaped}" if escaped.startswith(("\t", "\r", "\n")) else escaped


def _with_apostrophe(space: re.Match[str]) -> str:
    begins_cell = space.start() == 0 or _ENDS_OF_CELLS.search(space[0])
    return f"{space[0]}'" if begins_cell else space[0]


def _write_separated(header: Sequence[Cell], rows: Iterable[Sequence[Cell]], target: Path, separator: str) -> None:
    needs_quotes = re.compile(rf'["{separator}\x00-\x1f]')

    def written(cell: Cell) -> str:
        if cell is None:
            return ""
        if not isinstance(cell, str):
            return str(cell).lower()
        text = escape_formulas(cell)
        quoted = text.replace('"', '""')
        return f'"{quoted}"' if needs_quotes.search(text) else text

    with target.open("w", encoding="utf-8", newline="") as file:
        for row in chain([header], rows):
            file.write(separator.join(map(written, row)) + "\n")


def _rows(path: Path, width: int) -> Generator[list[Cell]]:
    """Yield the rows of the temporary file, padded to the width of the header."""
    decode = msgspec.json.Decoder(list[str | int | float | bool | None]).decode
    with path.open("rb") as file:
        for line in file:
            row = decode(line)
            yield row + [None] * (width - len(row))


MAX_CELL_LENGTH = 32_767
"""Excel's limit for a cell, in UTF-16 units: an emoji counts as two."""
MAX_RECORDS = 1_048_575
"""Excel's limit for the rows of a sheet, without the header."""

_EXACT_BELOW = 10**15
"""Excel keeps 15 digits of a number. Larger integers are written as text."""
_LIKE_MARKUP = re.compile("<r>.*</r>", re.DOTALL)
"""A text that XlsxWriter would write into the sheet's XML as it is, because its own formatted texts look like this."""


def write_excel(header: list[str], rows: Iterable[list[Cell]], target: Path, notice: Callable[[str], object]) -> None:
    """Write a workbook with one sheet. Text is never turned into a formula or a link.

    Raises:
        ExportError: if there are more than `MAX_RECORDS` rows.
    """
    options = {"constant_memory": True, "tmpdir": str(target.parent)}
    cut = 0
    xlsxwriter = require("xlsxwriter", "export", f"{target}: .xlsx")
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet("records")
        sheet.freeze_panes(1, 0)
        bold, plain = book.add_format({"bold": True}), book.add_format()
        for position, name in enumerate(header):
            sheet.write_string(0, position, name, bold)
        for number, row in enumerate(rows, 1):
            if number > MAX_RECORDS:
                raise ExportError(
                    f"more than {MAX_RECORDS:,} records, the limit of an Excel sheet; "
                    "export .parquet, .duckdb or .csv instead"
                )
            for position, cell in enumerate(row):
                if cell is None or cell == "":
                    continue
                if isinstance(cell, bool):
                    sheet.write_boolean(number, position, cell)
                elif isinstance(cell, str):
                    text = _shortened(cell)
                    cut += text != cell
                    _write_text(sheet, number, position, text, plain)
                elif abs(cell) < _EXACT_BELOW:
                    sheet.write_number(number, position, cell)
                else:
                    sheet.write_string(number, position, str(cell))
    if cut:
        notice(f"cells cut to Excel's limit of {MAX_CELL_LENGTH:,} characters, ending in {CUT.strip()!r}: {cut:,}")


def _write_text(sheet: Any, row: int, column: int, text: str, plain: Any) -> None:  # noqa: ANN401 -- XlsxWriter's
    if _LIKE_MARKUP.fullmatch(text):
        sheet.write_rich_string(row, column, text[0], plain, text[1:])
    else:
        sheet.write_string(row, column, text)


def _shortened(text: str) -> str:
    if len(text) <= MAX_CELL_LENGTH // 2:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_CELL_LENGTH:
        return text
    return units[: 2 * (MAX_CELL_LENGTH - len(CUT))].decode("utf-16-le", "ignore") + CUT
