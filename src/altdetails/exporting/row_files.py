"""Write rows to a table of one sheet: CSV, TSV, JSONL, Parquet or a table of DuckDB."""

from __future__ import annotations

import gzip
import locale
from contextlib import ExitStack, contextmanager
from datetime import date
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple, TypeAlias, cast

import msgspec

from altdetails._optional import require
from altdetails.exporting.wide import Dialect, write_separated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from altdetails.exporting.wide import Value

__all__ = [
    "Kind",
    "TableColumn",
    "arrow_tables",
    "compressed",
    "dialect",
    "distinct_names",
    "duckdb_module",
    "parquet_module",
    "write_rows",
]

Kind: TypeAlias = Literal["text", "integer", "number", "boolean", "date", "moment"]
_ROWS_AT_ONCE = 10_000
_SEPARATORS = {".csv": ",", ".tsv": "\t"}


class TableColumn(NamedTuple):
    """A column of a table."""

    name: str
    kind: Kind = "text"
    """The type of its values in Parquet and DuckDB. Other values than text become text in a column of text."""


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
        own: the number of first columns that are the user's own, as in `write_separated`.
    """
    if ending in _SEPARATORS:
        names = [column.name for column in table_columns]
        write_separated(names, rows, target, dialect(ending, for_excel=for_excel), own=own)
        return
    table_columns = distinct_names(table_columns)
    if ending == ".parquet":
        _write_parquet(table_columns, rows, target)
        return
    encode = msgspec.json.Encoder().encode
    names = [column.name for column in table_columns]
    with compressed(target, ending) as file:
        file.writelines(encode(dict(zip(names, row, strict=True))) + b"\n" for row in rows)


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


def parquet_module() -> ModuleType:
    """Load the module that writes Parquet."""
    from altdetails.exporting import parquet  # noqa: PLC0415 -- loads Arrow

    return parquet


def duckdb_module() -> ModuleType:
    """Load the module that writes DuckDB files."""
    from altdetails.exporting import duckdb_file  # noqa: PLC0415 -- loads DuckDB

    return duckdb_file


def arrow_tables(table_columns: Sequence[TableColumn], rows: Iterable[Sequence[Value]]) -> Iterator[Any]:
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
    pq = require("pyarrow.parquet", "export", f"{target}: .parquet")
    tables = arrow_tables(table_columns, rows)
    first = next(tables)
    with target.open("wb") as file, pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        for table in chain([first], tables):
            writer.write_table(table)


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
