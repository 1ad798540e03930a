"""Write records to CSV, TSV or Excel, one row per record."""

from __future__ import annotations

import csv
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from altdetails._optional import require
from altdetails.errors import ExportError
from altdetails.exporting.columns import Sources, columns
from altdetails.records.files import named_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    from altdetails.exporting.columns import Cell
    from altdetails.records.files import RecordLine

__all__ = ["MAX_CELL_LENGTH", "MAX_RECORDS", "escape_formula", "write_excel", "write_wide"]

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


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
            _write_csv(header, rows, target, _SEPARATORS[ending])
    return count


def escape_formula(cell: Cell) -> Cell:
    """Put an apostrophe before text that a spreadsheet would read as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def _write_csv(header: list[str], rows: Iterable[list[Cell]], target: Path, separator: str) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator, lineterminator="\n")
        writer.writerow(map(escape_formula, header))
        for row in rows:
            writer.writerow([str(cell).lower() if isinstance(cell, bool) else escape_formula(cell) for cell in row])


def _rows(path: Path, width: int) -> Generator[list[Cell]]:
    """Yield the rows of the temporary file, padded to the width of the header."""
    decode = msgspec.json.Decoder(list[str | int | float | bool | None]).decode
    with path.open("rb") as file:
        for line in file:
            row = decode(line)
            yield row + [None] * (width - len(row))


MAX_CELL_LENGTH = 32_767
"""Excel's limit for the characters of a cell."""
MAX_RECORDS = 1_048_575
"""Excel's limit for the rows of a sheet, without the header."""

_EXACT_BELOW = 10**15
"""Excel keeps 15 digits of a number. Larger integers are written as text."""
_CUT = " … [cut]"


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
        bold = book.add_format({"bold": True})
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
                    cut += len(cell) > MAX_CELL_LENGTH
                    sheet.write_string(number, position, _shortened(cell))
                elif abs(cell) < _EXACT_BELOW:
                    sheet.write_number(number, position, cell)
                else:
                    sheet.write_string(number, position, str(cell))
    if cut:
        notice(f"cells cut to Excel's limit of {MAX_CELL_LENGTH:,} characters, ending in {_CUT.strip()!r}: {cut:,}")


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_CELL_LENGTH else text[: MAX_CELL_LENGTH - len(_CUT)] + _CUT
