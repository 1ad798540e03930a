"""Changes between two scrapes as a table: CSV, TSV, Excel or Parquet, with one row per number or mention."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from altdetails._files import whole_output
from altdetails._optional import require
from altdetails.errors import ExportError
from altdetails.exporting.excel import Book, SheetColumn
from altdetails.exporting.mention_rows import cells_of, mention_table, mention_table_columns
from altdetails.exporting.row_files import TableColumn, write_rows
from altdetails.mention import mention_key
from altdetails.schemas.tables import MENTION_ITEMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from altdetails.diffing.change import Change
    from altdetails.diffing.mention_changes import MentionChange
    from altdetails.exporting.row_files import Value

__all__ = ["is_table", "refuse_format", "write_changes", "write_mention_changes"]

_LIBRARIES = {".csv": None, ".tsv": None, ".xlsx": "xlsxwriter", ".parquet": "pyarrow"}
"""The formats by ending, with the library that each needs."""
_OTHER_ENDINGS = (".duckdb", ".jsonl.gz", ".jsonl.zst")
_COLUMNS = (
    TableColumn("change"),
    TableColumn("doi"),
    TableColumn("altmetric_id", "integer"),
    TableColumn("title"),
    TableColumn("old_period"),
    TableColumn("new_period"),
    TableColumn("old_at"),
    TableColumn("new_at"),
    TableColumn("days", "number"),
    TableColumn("outcome"),
    TableColumn("field"),
    TableColumn("old", "number"),
    TableColumn("new", "number"),
    TableColumn("delta", "number"),
    TableColumn("missing"),
)
_WIDTHS = {"title": 60, "doi": 30, "field": 30, "old_at": 22, "new_at": 22, "outlet": 30, "text": 60, "url": 45}


def is_table(target: str) -> bool:
    """Whether the ending of a file names a table."""
    return target.lower().endswith(tuple(_LIBRARIES))


def refuse_format(target: str) -> None:
    """Check that changes can be written to a file, before anything is compared.

    Raises:
        ExportError: if its ending names a format that changes are not written in.
        InputError: if a library is not installed.
    """
    if target.lower().endswith(_OTHER_ENDINGS):
        raise ExportError(
            f"{target}: changes are not written in this format; choose a name that ends in "
            f"{', '.join(['.jsonl', *_LIBRARIES])}"
        )
    if is_table(target) and (library := _LIBRARIES[Path(target).suffix.lower()]):
        require(library, "export", target)


def write_changes(changes: Iterable[Change], target: str) -> list[str]:
    """Write changes to a table, atomically. A change without a number, such as `same`, has one row.

    Returns:
        Messages about the file.

    Raises:
        ExportError: if the file cannot be written, or a sheet needs more rows than Excel has.
    """
    rows = (row for change in changes for row in _rows(change))
    return _write(_COLUMNS, rows, target)


def write_mention_changes(changes: Iterable[MentionChange], target: str) -> list[str]:
    """Write changes of mentions to a table, atomically.

    Returns:
        Messages about the file.

    Raises:
        ExportError: if the file cannot be written, or a sheet needs more rows than Excel has.
    """
    items = mention_table(MENTION_ITEMS)
    own = [TableColumn("change"), TableColumn("old_list"), TableColumn("new_list")]
    columns = [*own, TableColumn("mention_key"), *mention_table_columns(items)[1:]]
    cells = cells_of(items)
    rows = (
        [change.change, change.old_list, change.new_list, mention_key(change.mention), *cells(change.mention)]
        for change in changes
    )
    return _write(columns, rows, target)


def _write(columns: Sequence[TableColumn], rows: Iterable[list[Value]], target: str) -> list[str]:
    notices: list[str] = []
    ending = Path(target).suffix.lower()
    with whole_output(target) as temporary:
        if ending == ".xlsx":
            with Book(temporary, notices.append) as book:
                widths = [SheetColumn(column.name, _WIDTHS.get(column.name, 12)) for column in columns]
                sheet = book.sheet("Changes", widths)
                for row in rows:
                    sheet.add(row)
        else:
            write_rows(columns, rows, temporary, ending)
    return notices


def _rows(change: Change) -> Iterator[list[Value]]:
    about: list[Value] = [getattr(change, column.name) for column in _COLUMNS[:10]]
    for measure in change.measures:
        yield [*about, measure.field, measure.old, measure.new, measure.delta, measure.missing]
    if not change.measures:
        yield [*about, None, None, None, None, None]
