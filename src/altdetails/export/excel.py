"""Rows → an Excel workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xlsxwriter

from altdetails.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from altdetails.export.columns import Cell

__all__ = ["LONGEST_CELL", "MOST_RECORDS", "write_excel"]

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
