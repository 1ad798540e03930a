"""Records → CSV, TSV or Excel: one row a record.

Sources of counts that this version does not know get columns at the end, so all rows are written down before the header
is known: in a file beside the target, and from there into it.
"""

from __future__ import annotations

import csv
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from altdetails.export.columns import Sources, columns
from altdetails.records.files import named_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from altdetails.export.columns import Cell
    from altdetails.records.files import RecordLine

__all__ = ["defused", "write_wide"]

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
    rows = partial(_rows, beside, len(header))
    if ending == ".xlsx":
        from altdetails.export.excel import write_excel  # noqa: PLC0415 -- needs xlsxwriter

        write_excel(header, rows(), target, notice)
    else:
        _write_csv(header, rows(), target, _MARKS[ending])
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


def _rows(path: Path, width: int) -> Iterator[list[Cell]]:
    """The rows of the file beside, each as long as the header."""
    decode = msgspec.json.Decoder(list[str | int | float | bool | None]).decode
    with path.open("rb") as file:
        for line in file:
            row = decode(line)
            yield row + [None] * (width - len(row))
