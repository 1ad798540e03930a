"""Write the sheets of a workbook row by row, within the limits of Excel. Text is never a formula."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, TypeAlias
from urllib.parse import quote

from altdetails._optional import require
from altdetails.errors import ExportError
from altdetails.record import CUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from types import TracebackType

    from altdetails.exporting.row_files import Value

__all__ = [
    "MAX_CELL_LENGTH",
    "MAX_ROWS",
    "Book",
    "ExcelSheet",
    "Link",
    "SheetCell",
    "SheetColumn",
    "linked",
    "moment_cell",
]

MAX_CELL_LENGTH = 32_767
"""Excel's limit for a cell, in UTF-16 units: an emoji counts as two."""
MAX_ROWS = 1_048_575
"""Excel's limit for the rows of a sheet, without the header."""

_MAX_COLUMNS = 16_384
_MAX_LINKS = 65_530
_MAX_LINK_LENGTH = 2_079
_EXACT_BELOW = 10**15
"""Excel shows 15 digits of a number. Larger integers are written as text; other numbers are not exact anyway."""
_FIRST_YEAR = 1900
_LIKE_MARKUP = re.compile("<r>.*</r>", re.DOTALL)
"""A text that XlsxWriter would write into the sheet's XML as it is, because its own formatted texts look like this."""

Look: TypeAlias = Literal["plain", "bold", "count", "year", "date", "moment", "time", "duration", "link", "unknown"]
_LOOKS: dict[Look, dict[str, Any]] = {
    "plain": {},
    "bold": {"bold": True},
    "count": {"num_format": "#,##0"},
    "year": {"num_format": "0"},
    "date": {"num_format": "yyyy-mm-dd"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm:ss"},
    "time": {"num_format": "hh:mm:ss"},
    "duration": {"num_format": "[h]:mm:ss"},
    "link": {"font_color": "#0563C1", "underline": 1},
    "unknown": {"bg_color": "#E7E6E6"},
}

_LOOKS_OF_TIMES: dict[type, Look] = {datetime: "moment", date: "date", time: "time", timedelta: "duration"}
"""How times are written. A datetime is a date too, so it comes first."""


class Link(NamedTuple):
    """A cell with a text that links to an address."""

    text: str
    url: str


SheetCell: TypeAlias = str | int | float | bool | date | datetime | time | timedelta | Link | None


class SheetColumn(NamedTuple):
    """A column of a sheet."""

    name: str
    width: int = 12
    """In characters."""
    look: Look = "plain"
    """How its numbers are written."""
    is_shaded: bool = False
    """Whether its empty cells are shaded, because they are unknown."""


class Book:
    """A new workbook. As a context manager, it is complete at the end of the block."""

    def __init__(self, target: Path, notice: Callable[[str], object]) -> None:
        """Open the file.

        Args:
            target: the file. Temporary files are written to the same folder meanwhile.
            notice: called at the end with a message for each limit of Excel that was met.

        Raises:
            InputError: if XlsxWriter is not installed.
        """
        xlsxwriter = require("xlsxwriter", "export", f"{target}: .xlsx")
        self._book = xlsxwriter.Workbook(target, {"constant_memory": True, "tmpdir": str(target.parent)})
        self._looks = {look: self._book.add_format(properties) for look, properties in _LOOKS.items()}
        self._notice = notice
        self._sheets: list[ExcelSheet] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            for sheet in self._sheets:
                sheet.finish()
            self._report()
        self._book.close()

    def sheet(self, name: str, columns: Sequence[SheetColumn] = (), note: tuple[int, str] | None = None) -> ExcelSheet:
        """Add a sheet.

        Args:
            name: its name.
            columns: its columns. They give a header that stays in sight, with a filter.
            note: the position of a column, and a note on its header.

        Raises:
            ExportError: if there are more columns than a sheet can have.
        """
        if len(columns) > _MAX_COLUMNS:
            raise ExportError(
                f"the sheet {name} needs {len(columns):,} columns, and Excel has {_MAX_COLUMNS:,}; "
                "export .parquet or .csv instead"
            )
        sheet = ExcelSheet(self._book.add_worksheet(name), name, columns, self._looks)
        if note:
            sheet.add_note(*note)
        self._sheets.append(sheet)
        return sheet

    def _report(self) -> None:
        cut = sum(sheet.cut for sheet in self._sheets)
        early = sum(sheet.early_dates for sheet in self._sheets)
        unlinked = sum(sheet.unlinked for sheet in self._sheets)
        if cut:
            self._notice(
                f"cells cut to Excel's limit of {MAX_CELL_LENGTH:,} characters, ending in {CUT.strip()!r}: {cut:,}"
            )
        if early:
            self._notice(f"dates before {_FIRST_YEAR} are text, because Excel has none: {early:,}")
        if unlinked:
            self._notice(f"addresses without a link, beyond Excel's limit of {_MAX_LINKS:,} in a sheet: {unlinked:,}")


class ExcelSheet:
    """A sheet that grows row by row."""

    def __init__(self, sheet: Any, name: str, columns: Sequence[SheetColumn], looks: dict[Look, Any]) -> None:  # noqa: ANN401 -- XlsxWriter's
        self._sheet = sheet
        self._name = name
        self._columns = columns
        self._looks = looks
        self._rows = 0
        self._links = 0
        self.cut = 0
        """Texts that were longer than a cell."""
        self.early_dates = 0
        """Dates before 1900, which are text."""
        self.unlinked = 0
        """Links that are text, because a sheet has at most 65,530 links."""
        for position, column in enumerate(columns):
            sheet.set_column(position, position, column.width)
            self._write_text(0, position, column.name, "bold")
        if columns:
            sheet.freeze_panes(1, 0)
            self._rows = 1

    def add_note(self, position: int, text: str) -> None:
        """Add a note to the header of a column."""
        self._sheet.write_comment(0, position, text)

    def set_widths(self, *widths: int) -> None:
        """Set the widths of the columns of a sheet without a header, in characters."""
        for position, width in enumerate(widths):
            self._sheet.set_column(position, position, width)

    def add(self, cells: Iterable[SheetCell], looks: Sequence[Look] = ()) -> None:
        """Add a row.

        Args:
            cells: its cells.
            looks: how each cell is written. By default, as its column says.

        Raises:
            ExportError: if the sheet has all rows that Excel allows.
        """
        row = self._rows
        if row > MAX_ROWS:
            raise ExportError(
                f"more than {MAX_ROWS:,} rows in the sheet {self._name}, the limit of Excel; "
                "export .parquet, .duckdb or .csv instead"
            )
        self._rows += 1
        for position, cell in enumerate(cells):
            column = self._columns[position] if self._columns else SheetColumn("")
            if cell is not None and cell != "":
                self._write(row, position, cell, looks[position] if looks else column.look)
            elif column.is_shaded:
                self._sheet.write_blank(row, position, None, self._looks["unknown"])

    def finish(self) -> None:
        """Add the filter to the header."""
        if self._columns:
            self._sheet.autofilter(0, 0, max(self._rows - 1, 1), len(self._columns) - 1)

    def _write(self, row: int, position: int, cell: SheetCell, look: Look) -> None:
        if isinstance(cell, Link):
            self._write_link(row, position, cell)
        elif isinstance(cell, bool):
            self._sheet.write_boolean(row, position, cell, self._looks[look])
        elif isinstance(cell, str):
            self._write_text(row, position, cell, look)
        elif isinstance(cell, date | time | timedelta):
            self._write_date(row, position, cell)
        elif isinstance(cell, int | float) and _is_number_of_excel(cell):
            self._sheet.write_number(row, position, cell, self._looks[look])
        else:
            self._write_text(row, position, str(cell), look)

    def _write_text(self, row: int, position: int, text: str, look: Look) -> None:
        shortened = _shortened(text)
        self.cut += shortened != text
        if _LIKE_MARKUP.fullmatch(shortened):
            self._sheet.write_rich_string(row, position, shortened[0], self._looks["plain"], shortened[1:])
        else:
            self._sheet.write_string(row, position, shortened, self._looks[look])

    def _write_link(self, row: int, position: int, link: Link) -> None:
        if self._links == _MAX_LINKS or len(link.url) > _MAX_LINK_LENGTH:
            self.unlinked += 1
            self._write_text(row, position, link.text, "plain")
            return
        self._links += 1
        self._sheet.write_url(row, position, link.url, self._looks["link"], link.text)

    def _write_date(self, row: int, position: int, cell: date | time | timedelta) -> None:
        is_early = isinstance(cell, date) and cell.year < _FIRST_YEAR
        if is_early or (isinstance(cell, timedelta) and cell < timedelta()):
            self.early_dates += is_early
            self._write_text(row, position, str(cell), "plain")
            return
        look = next(look for kind, look in _LOOKS_OF_TIMES.items() if isinstance(cell, kind))
        value = cell.replace(tzinfo=None) if isinstance(cell, datetime | time) else cell
        self._sheet.write_datetime(row, position, value, self._looks[look])


def linked(name: str, cell: Value) -> SheetCell:
    """Return a cell as it is in a workbook: with a link, or as a date. Links are made from the DOI or the id alone."""
    if name == "doi" and isinstance(cell, str):
        return Link(cell, f"https://doi.org/{quote(cell, safe='/:;().-_~')}")
    if name == "details_url" and isinstance(cell, str):
        return Link(cell, cell)
    if name == "captured_at" and isinstance(cell, str):
        return moment_cell(cell)
    return cell


def moment_cell(text: str | None) -> SheetCell:
    """Return a time in UTC as Excel has it, without a zone; the text itself if it is not a time."""
    try:
        return None if text is None else datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return text


def _is_number_of_excel(number: float) -> bool:
    return math.isfinite(number) if isinstance(number, float) else abs(number) < _EXACT_BELOW


def _shortened(text: str) -> str:
    if len(text) <= MAX_CELL_LENGTH // 2:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_CELL_LENGTH:
        return text
    return units[: 2 * (MAX_CELL_LENGTH - len(CUT))].decode("utf-16-le", "ignore") + CUT
