"""Rows of cells → CSV, TSV, JSONL, Parquet or a table of DuckDB; records as such rows; lines of records → a file."""

from __future__ import annotations

import gzip
import locale
import re
from contextlib import ExitStack, closing, contextmanager
from datetime import date, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple, TypeAlias, cast

import msgspec

from altdetails._files import output_to, whole_output
from altdetails._optional import require
from altdetails.errors import ExportError
from altdetails.exporting.columns import Sources, columns
from altdetails.records.files import named_keys
from altdetails.schemas.arrow import arrow_schema, mention_arrow_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from types import ModuleType

    from altdetails.exporting.columns import Cell
    from altdetails.records.files import RecordLine
    from altdetails.results import Failure
    from altdetails.schemas.formats import LineName

__all__ = [
    "Dialect",
    "Kind",
    "LinesEnding",
    "TableColumn",
    "Value",
    "WideRows",
    "arrow_module",
    "compressed",
    "dialect",
    "distinct_names",
    "duckdb_module",
    "escape_formulas",
    "lines_file",
    "mentions_file",
    "repeated_notice",
    "report_unknown_sources",
    "require_libraries",
    "rows_as_arrow",
    "wide_rows",
    "write_lines",
    "write_rows",
    "write_wide",
]

Value: TypeAlias = str | int | float | bool | date | time | timedelta | None
"""A cell of any table. A datetime is a date too."""
Kind: TypeAlias = Literal["text", "integer", "number", "boolean", "date", "moment"]
LinesEnding: TypeAlias = Literal[".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"]
"""The formats for writing records while they are parsed."""

_LIBRARIES = {
    ".xlsx": ("xlsxwriter",),
    ".parquet": ("pyarrow",),
    ".duckdb": ("pyarrow", "duckdb"),
    ".jsonl.zst": ("pyarrow",),
}
_ROWS_AT_ONCE = 10_000
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_PLAIN_NUMBER = re.compile(r"[+-][0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SPACE_BEFORE_FORMULA = re.compile(r'(?:\A|(?<![\s";,|]))[\s";,|]*+(?=[=+\-@＝＋－＠])')
_ENDS_OF_CELLS = re.compile(r"[;,|\t\r\n]")
"""What a spreadsheet may read as the end of a cell: its list separator is not always that of the file."""


class TableColumn(NamedTuple):
    """A column of a table."""

    name: str
    kind: Kind = "text"
    """The type of its values in Parquet and DuckDB. Other values than text become text in a column of text."""


class Dialect(NamedTuple):
    """How the cells of a CSV or TSV file are written."""

    separator: str
    has_mark: bool = False
    """Whether the file begins with a byte order mark, by which Excel knows UTF-8."""
    decimal: str = "."


def write_rows(  # noqa: PLR0913 -- a table and its file
    table_columns: Sequence[TableColumn],
    rows: Iterable[Sequence[Value]],
    target: Path,
    ending: str,
    *,
    for_excel: bool = False,
    own: int = 0,
) -> None:
    """Write rows to a file.

    Args:
        table_columns: the columns. Columns with the same name are numbered if the format allows each name once.
        rows: the cells of each row, as many as there are columns.
        target: the file.
        ending: `.csv`, `.tsv`, `.parquet`, `.jsonl`, `.jsonl.gz` or `.jsonl.zst`.
        for_excel: write CSV as `dialect` says.
        own: the number of first columns that are the user's own: in CSV and TSV, their plain numbers, such as -5, stay
            as they are.
    """
    if ending in _SEPARATORS:
        names = [column.name for column in table_columns]
        _write_separated(names, rows, target, dialect(ending, for_excel=for_excel), own=own)
        return
    table_columns = distinct_names(table_columns)
    if ending == ".parquet":
        _write_parquet(table_columns, rows, target)
        return
    encode = msgspec.json.Encoder().encode
    names = [column.name for column in table_columns]
    with compressed(target, ending) as file:
        file.writelines(encode(dict(zip(names, row, strict=True))) + b"\n" for row in rows)


def escape_formulas(text: str) -> str:
    """Put an apostrophe before everything in a text that a spreadsheet would read as a formula."""
    escaped = _SPACE_BEFORE_FORMULA.sub(_with_apostrophe, text)
    return f"'{escaped}" if escaped.startswith(("\t", "\r", "\n")) else escaped


def _with_apostrophe(space: re.Match[str]) -> str:
    begins_cell = space.start() == 0 or _ENDS_OF_CELLS.search(space[0])
    return f"{space[0]}'" if begins_cell else space[0]


def _write_separated(
    header: Sequence[str], rows: Iterable[Sequence[Value]], target: Path, dialect: Dialect, *, own: int = 0
) -> None:
    """Write rows to a CSV or TSV file. Text that looks like a formula is escaped.

    Args:
        header: the names of the columns.
        rows: the cells of each row.
        target: the file.
        dialect: how cells are written.
        own: as in `write_rows`.
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


def dialect(ending: str, *, for_excel: bool = False) -> Dialect:
    """Return how a CSV or TSV file is written.

    Args:
        ending: `.csv` or `.tsv`.
        for_excel: for Excel as it is installed here: with a byte order mark and, if the system writes a decimal
            comma, with `;` between cells and a comma in numbers.
    """
    if not for_excel:
        return Dialect(_SEPARATORS[ending])
    return Dialect(";", has_mark=True, decimal=",") if _has_decimal_comma() else Dialect(",", has_mark=True)


def distinct_names(table_columns: Sequence[TableColumn]) -> list[TableColumn]:
    """Return columns with a number after names that are repeated, in upper or lower case."""
    taken = {column.name.casefold() for column in table_columns}
    seen: set[str] = set()
    renamed = []
    for column in table_columns:
        name, number = column.name, 1
        while name.casefold() in seen or (number > 1 and name.casefold() in taken):
            number += 1
            name = f"{column.name}_{number}"
        seen.add(name.casefold())
        renamed.append(TableColumn(name, column.kind))
    return renamed


def arrow_module() -> ModuleType:
    """Load the module that makes Arrow tables and writes Parquet."""
    from altdetails.exporting import arrow_tables  # noqa: PLC0415 -- loads Arrow

    return arrow_tables


def duckdb_module() -> ModuleType:
    """Load the module that writes DuckDB files."""
    from altdetails.exporting import duckdb_file  # noqa: PLC0415 -- loads DuckDB

    return duckdb_file


def rows_as_arrow(table_columns: Sequence[TableColumn], rows: Iterable[Sequence[Value]]) -> Iterator[Any]:
    """Yield rows as Arrow tables of some thousand rows; at least one."""
    pa = require("pyarrow", "export", "a table of Parquet or DuckDB")
    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "moment": pa.timestamp("us"),
    }
    schema = pa.schema([(column.name, types[column.kind]) for column in table_columns])
    rest = iter(rows)
    batch = list(islice(rest, _ROWS_AT_ONCE))
    while True:
        cells = zip(*batch, strict=True) if batch else [()] * len(table_columns)
        arrays = [
            pa.array(map(_as_text, column) if pa.types.is_string(field.type) else column, field.type)
            for column, field in zip(cells, schema, strict=True)
        ]
        yield pa.Table.from_arrays(arrays, schema=schema)
        batch = list(islice(rest, _ROWS_AT_ONCE))
        if not batch:
            return


@contextmanager
def compressed(target: Path, ending: str) -> Iterator[BinaryIO]:
    """Open a new file, compressed if its ending says so."""
    with ExitStack() as stack:
        file: BinaryIO = stack.enter_context(target.open("wb"))
        if ending == ".jsonl.gz":
            # without a time stamp, the same records give the same bytes
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
            file = cast("BinaryIO", stack.enter_context(packed))
        elif ending == ".jsonl.zst":
            arrow = require("pyarrow", "export", f"{target}: {ending}")
            file = stack.enter_context(arrow.CompressedOutputStream(arrow.PythonFile(file, "w"), "zstd"))
        yield file


def _write_parquet(table_columns: Sequence[TableColumn], rows: Iterable[Sequence[Value]], target: Path) -> None:
    arrow_module().write_tables(rows_as_arrow(table_columns, rows), target)


def _as_text(value: Value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _has_decimal_comma() -> bool:
    before = locale.setlocale(locale.LC_NUMERIC)
    try:
        locale.setlocale(locale.LC_NUMERIC, "")
        return locale.localeconv()["decimal_point"] == ","
    except locale.Error:
        return False
    finally:
        locale.setlocale(locale.LC_NUMERIC, before)


def write_lines(
    lines: Iterable[tuple[str, bytes]],
    target: str | None,
    ending: LinesEnding,
    *,
    of: LineName = "records",
    failed: Callable[[Failure], object],
) -> None:
    """Write lines of records or mentions to a file, atomically, or to standard output.

    Args:
        lines: records or mentions as lines of JSON with line breaks, each with the name of its document.
        target: the path of the file, or None for standard output. Standard output supports only `.jsonl`.
        ending: the format.
        of: what the lines are.
        failed: called for every record with a value that does not fit its Parquet column. The record is skipped.

    Raises:
        InputError: if a library is not installed.
        ExportError: if the output cannot be written.
    """
    if ending != ".parquet":
        with lines_file(target, ending) as file:
            for _, line in lines:
                file.write(line)
        return
    require_libraries(ending, str(target))
    with whole_output(str(target)) as temporary:
        arrow = arrow_module()
        schema = arrow_schema() if of == "records" else mention_arrow_schema()
        arrow.write_parquet(arrow.line_batches(lines, schema, failed=failed), temporary, schema)


@contextmanager
def lines_file(target: str | None, ending: LinesEnding) -> Iterator[BinaryIO]:
    """Yield a file for lines of JSON, compressed if its ending says so. It is complete or not written.

    Args:
        target: the path of the file; None or `-` for standard output, which supports only `.jsonl`.
        ending: any format but `.parquet`.

    Raises:
        InputError: if a library is not installed.
        ExportError: if the output cannot be written.
    """
    if ending == ".jsonl":
        with output_to(target) as output:
            yield output
        return
    require_libraries(ending, str(target))
    with whole_output(str(target)) as temporary, compressed(temporary, ending) as file:
        yield file


@contextmanager
def mentions_file(target: str | None, ending: LinesEnding) -> Iterator[BinaryIO]:
    """Yield a file for lines of mentions, as `lines_file` does. In Parquet, it becomes a table at the end of the block.

    Raises:
        InputError: if a library is not installed.
        ExportError: if the output cannot be written.
    """
    if ending != ".parquet":
        with lines_file(target, ending) as file:
            yield file
        return
    require_libraries(ending, str(target))

    def refuse(failure: Failure) -> None:
        raise ExportError(f"{target}: a mention {failure.reason}; write JSON Lines instead: choose a name in .jsonl")

    with whole_output(str(target)) as temporary, temporary.with_name("lines").open("w+b") as lines:
        yield lines
        lines.seek(0)
        arrow, schema = arrow_module(), mention_arrow_schema()
        batches = arrow.line_batches(((str(target), line) for line in lines), schema, failed=refuse)
        arrow.write_parquet(batches, temporary, schema)


def require_libraries(ending: str, target: str) -> None:
    """Check that the libraries for a format are installed.

    Raises:
        InputError: if not.
    """
    for library in _LIBRARIES.get(ending, ()):
        require(library, "export", f"{target}: {ending}")


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
        _write_separated(wide.header, rows, target, dialect)
    return wide.total
