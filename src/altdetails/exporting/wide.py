"""Records → CSV, TSV or Excel: one row a record."""

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

__all__ = ["LONGEST_CELL", "MOST_RECORDS", "defused", "write_excel", "write_wide"]

_MARKS = {".csv": ",", ".tsv": "\t"}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_wide(lines: Iterable[RecordLine], target: Path, ending: str, notice: Callable[[str], object]) -> int:
    """Write lines to a file, and tell how many records; `.csv`, `.tsv` or `.xlsx` is its ending.

    Args:
        lines: records.
        target: the file; another one is made beside it for the time of writing.
        ending: that of the file.
        notice: told in words what a person should know of the file.

    Raises:
        ExportError: where there are more records than an Excel sheet takes.
    """
    beside = target.with_name("rows")
    sources = Sources()
    count = 0
    encode = msgspec.json.Encoder().encode
    known = columns()
    with beside.open("wb") as file:
        for line in lines:
            row: list[Cell] = [cell(line.record) for _, cell in known]
            file.write(encode([*row, *sources.cells(line.record)]) + b"\n")
            count += 1
    header = [*(name for name, _ in known), *sources.names]
    for name, of in sources.named.items():
        notice(
            f"column {name} holds the counts of a source that this altdetails does not know: {named_keys([repr(of)])}"
        )
    if sources.left_out:
        notice(f"{sources.left_out:,} counts of more unknown sources stand in column {sources.names[-1]}, as text")
    with closing(_rows(beside, len(header))) as rows:  # Windows deletes no file that is open
        if ending == ".xlsx":
            write_excel(header, rows, target, notice)
        else:
            _write_csv(header, rows, target, _MARKS[ending])
    return count


def defused(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula: such a text gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def _write_csv(header: list[str], rows: Iterable[list[Cell]], target: Path, mark: str) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=mark, lineterminator="\n")
        writer.writerow(map(defused, header))
        for row in rows:
            writer.writerow(["true" if cell is True else "false" if cell is False else defused(cell) for cell in row])


def _rows(path: Path, width: int) -> Generator[list[Cell]]:
    """The rows of the file beside, each as long as the header."""
    decode = msgspec.json.Decoder(list[str | int | float | bool | None]).decode
    with path.open("rb") as file:
        for line in file:
            row = decode(line)
            yield row + [None] * (width - len(row))


LONGEST_CELL = 32_767
"""Characters that Excel takes in a cell."""
MOST_RECORDS = 1_048_575
"""Rows of an Excel sheet, without the header."""

_EXACT = 10**15
"""Excel keeps 15 digits of a number."""
_CUT = " … [cut]"


def write_excel(header: list[str], rows: Iterable[list[Cell]], target: Path, notice: Callable[[str], object]) -> None:
    """Write a workbook of one sheet. Text stays text: formulas and links in it are none.

    Raises:
        ExportError: where there are more than `MOST_RECORDS` rows.
    """
    options = {"constant_memory": True, "tmpdir": str(target.parent)}
    cut = 0
    xlsxwriter = require("xlsxwriter", "export", f"{target}: .xlsx")
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet("records")
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for place, name in enumerate(header):
            sheet.write_string(0, place, name, bold)
        for number, row in enumerate(rows, 1):
            if number > MOST_RECORDS:
                raise ExportError(
                    f"more than {MOST_RECORDS:,} records, which an Excel sheet does not take; "
                    "export .parquet, .duckdb or .csv instead"
                )
            for place, cell in enumerate(row):
                if cell is None or cell == "":
                    continue
                if isinstance(cell, bool):
                    sheet.write_boolean(number, place, cell)
                elif isinstance(cell, str):
                    cut += len(cell) > LONGEST_CELL
                    sheet.write_string(number, place, _fitting(cell))
                elif abs(cell) < _EXACT:
                    sheet.write_number(number, place, cell)
                else:
                    sheet.write_string(number, place, str(cell))
    if cut:
        notice(f"cells cut at the {LONGEST_CELL:,} characters that Excel takes, ending in {_CUT.strip()!r}: {cut:,}")


def _fitting(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - len(_CUT)] + _CUT
