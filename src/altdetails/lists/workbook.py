"""A workbook (Excel, OpenDocument) → the rows of its sheets, by python-calamine.

A process of its own reads the workbook, with limits of memory and time: calamine makes a table of all cells, so one
cell at the end of an empty sheet takes 500 GB, and ends the process.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import date, datetime, time, timedelta
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from altdetails._optional import require
from altdetails.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Cell", "NumberedCells", "SheetHead", "Workbook", "write_rows"]

Cell = str | int | float | bool | date | datetime | time | timedelta | None
"""A cell with its type. An empty cell of a workbook is None, and a whole number is an int."""
NumberedCells = tuple[int, Sequence[Cell]]
"""The number of a row, from 1, and its cells."""

HEAD = 50
"""The number of first rows of each sheet that are looked at."""
_MAX_MEMORY = 4 * 2**30
_MAX_SECONDS = 300
"""Processor time for a workbook. One with 1,000,000 rows takes some 20 s."""
_MAX_WHOLE = 2**53
_MAX_REASON = 200
_READER = "import sys; from altdetails.lists.workbook import write_rows; write_rows(sys.argv[1])"


class SheetHead(NamedTuple):
    """The first rows of a visible sheet."""

    position: int
    name: str
    rows: list[NumberedCells]


class Workbook:
    """An open workbook. Call `rows` once, then `close`."""

    def __init__(self, name: str, path: str) -> None:
        """Open a workbook, and read the first rows of its sheets.

        Raises:
            InputError: if the workbook cannot be read, or python-calamine is not installed.
        """
        require("python_calamine", "lists", f"{name}: a workbook")
        self._name = name
        with ExitStack() as stack:
            self._process = stack.enter_context(
                subprocess.Popen(  # noqa: S603 -- our own module
                    [sys.executable, "-c", _READER, path],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            )
            stack.callback(self._process.kill)
            self.heads = [SheetHead(*head) for head in self._read_line(list[tuple[int, str, list[Any]]])]
            """The first rows of each visible sheet with rows."""
            for head in self.heads:
                head.rows[:] = [_decoded(row) for row in head.rows]
            self._resources = stack.pop_all()

    def rows(self, sheet: SheetHead) -> Iterator[NumberedCells]:
        """Yield all rows of a sheet, except those with only empty cells.

        Raises:
            InputError: if the sheet cannot be read.
        """
        with suppress(BrokenPipeError):
            self._process.stdin.write(b"%d\n" % sheet.position)  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]
        while (row := self._read_line(tuple[int, list[Any]] | None)) is not None:
            yield _decoded(row)

    def close(self) -> None:
        """End the process that reads."""
        self._resources.close()

    def _read_line(self, kind: Any) -> Any:  # noqa: ANN401 -- JSON
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        if not line.endswith(b"\n"):
            reason = "too large, or damaged: its reader ended early"
            raise InputError(f"{self._name}: a workbook that is {reason}; save it as CSV")
        if line.startswith(b'"'):
            reason = msgspec.json.decode(line, type=str)
            raise InputError(f"{self._name}: a workbook that cannot be read ({reason}); save it as CSV")
        return msgspec.json.decode(line, type=kind)


def write_rows(path: str) -> None:
    """Write the heads of the sheets, and the rows of the sheet that a line of standard input names: as lines of JSON.

    A text is the reason why the workbook cannot be read; null is the end of the rows.
    """
    python_calamine = require("python_calamine", "lists", "a workbook")

    _limit_resources()
    out = sys.stdout.buffer
    encode = msgspec.json.Encoder().encode
    try:
        with python_calamine.load_workbook(path) as workbook:
            sheets = [
                (index, sheet.name)
                for index, sheet in enumerate(workbook.sheets_metadata)
                if sheet.visible == python_calamine.SheetVisibleEnum.Visible
                and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            ]
            heads = [(index, name, list(islice(_rows(workbook, index), HEAD))) for index, name in sheets]
            out.write(encode([head for head in heads if head[2]]) + b"\n")
            out.flush()
            if line := sys.stdin.readline():
                for row in _rows(workbook, int(line)):
                    out.write(encode(row) + b"\n")
                out.write(b"null\n")
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        out.write(encode(str(error)[:_MAX_REASON]) + b"\n")
    out.flush()


def _rows(workbook: Any, index: int) -> Iterator[tuple[int, list[object]]]:  # noqa: ANN401 -- of an optional library
    sheet = workbook.get_sheet_by_index(index)
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False), 1):
        if any(cell.strip() if isinstance(cell, str) else True for cell in cells):
            yield number, [_encodable(cell) for cell in cells]


def _encodable(cell: Cell) -> object:
    if cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= _MAX_WHOLE:
        return int(cell)
    if isinstance(cell, timedelta):
        return {"timedelta": cell.total_seconds()}
    if isinstance(cell, date | time):
        return {type(cell).__name__: cell.isoformat()}
    return cell


def _decoded(row: tuple[int, Sequence[Any]]) -> NumberedCells:
    number, cells = row
    return number, [_typed(cell) if isinstance(cell, dict) else cell for cell in cells]


def _typed(cell: dict[str, Any]) -> Cell:
    ((kind, value),) = cell.items()
    if kind == "timedelta":
        return timedelta(seconds=value)
    types: dict[str, type[date | datetime | time]] = {"date": date, "datetime": datetime, "time": time}
    return types[kind].fromisoformat(value)


def _limit_resources() -> None:
    with suppress(ImportError):  # Windows
        resource = import_module("resource")
        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_MAX_SECONDS, _MAX_SECONDS))
