"""Turn records into flat tables with dlt's hints, with each snapshot only once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from altdetails.diffing.temporary import TemporaryDatabase
from altdetails.exporting.arrow_tables import Batch, arrow_batches, contents, flatten, record_keys
from altdetails.records.files import DamagedLine
from altdetails.schemas.tables import RECORDS, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.exporting.arrow_tables import Content
    from altdetails.records.files import RecordSource
    from altdetails.schemas.tables import Table

__all__ = [
    "MAX_NEW_COLUMNS",
    "NUL_REASON",
    "NewKeys",
    "UniqueRecords",
    "flat_tables",
    "has_nul",
    "hints",
    "mention_hints",
    "with_json",
]

MAX_NEW_COLUMNS = 50
"""At most this many unknown keys get columns of their own in one load."""

_TYPES = {
    "text": "text",
    "texts": "json",
    "integer": "bigint",
    "number": "double",
    "boolean": "bool",
    "date": "date",
    "timestamp": "timestamp",
}
_INVALID_IN_NAME = re.compile(r"[^a-z0-9]+")
_MAX_NAME_LENGTH = 60
"""Every warehouse allows this many characters in the name of a column."""
_ROW_KEY = "row_key"
"""The column with which dlt distinguishes items."""


class NewKeys:
    """The unknown keys of records, with the name of the new JSON column of each."""

    def __init__(self) -> None:
        self.columns: dict[str, str] = {}
        """Maps the path of a key to the name of its column."""
        self.ignored: set[str] = set()
        """Keys in items of lists, keys with the column name of another key, and keys beyond `MAX_NEW_COLUMNS`."""
        self._used_names = {column.name for column in tables()[0].columns}
        self._lists = {items.path[0] for table in tables() for items in table.items}

    def add(self, unknown: Iterable[dict[str, msgspec.Raw]]) -> None:
        """Add the keys of records: give each a column, or ignore it."""
        for path in sorted({path for values in unknown for path in values}):
            if path in self.columns:
                continue
            name = _column_name(path)
            is_full = len(self.columns) >= MAX_NEW_COLUMNS
            if is_full or path.partition(".")[0] in self._lists or name in self._used_names:
                self.ignored.add(path)
            else:
                self.columns[path] = name
                self._used_names.add(name)


def _column_name(path: str) -> str:
    """Return a column name that dlt does not normalize. dlt's own names of `Title` and `title` would be the same."""
    name = _INVALID_IN_NAME.sub("_", path.lower()).strip("_")[:_MAX_NAME_LENGTH].rstrip("_")
    return name if name[:1].isalpha() else f"key_{name}".rstrip("_")


def hints(table: Table) -> dict[str, Any]:
    """Return dlt's hints for the columns of a table: types, and keys for replacing a record and its items."""
    columns = _typed(table)
    if table.name == RECORDS:
        columns["record_key"] |= {"primary_key": True, "row_key": True}
    else:
        columns["record_key"] |= {"root_key": True, "parent_key": True}
        columns[_ROW_KEY] = {"name": _ROW_KEY, "data_type": "text", "nullable": False, "row_key": True}
    return columns


def mention_hints(table: Table) -> dict[str, Any]:
    """Return dlt's hints for the columns of a table of mentions: types, and the key by which a row is replaced."""
    columns = _typed(table)
    columns[table.columns[0].name] |= {"primary_key": True}
    return columns


def _typed(table: Table) -> dict[str, Any]:
    return {
        column.name: {"name": column.name, "data_type": _TYPES[column.kind], "nullable": column.is_nullable}
        for column in table.columns
    }


def flat_tables(batch: Batch, new_keys: NewKeys) -> Iterator[tuple[Table, pa.Table]]:
    """Yield each table with its rows of a batch, the table of records first."""
    for table, rows in flatten(batch.table):
        converted = with_json(table, rows)
        if table.name == RECORDS:
            yield table, _with_new_columns(converted, batch.unknown, new_keys)
        else:
            yield table, _with_row_key(table, converted)


def with_json(table: Table, rows: pa.Table) -> pa.Table:
    """Convert lists of texts to JSON: dlt has no type for them that all warehouses support."""
    for index, column in enumerate(table.columns):
        if column.kind == "texts":
            values = rows.column(index).to_pylist()
            texts = [None if value is None else msgspec.json.encode(value).decode() for value in values]
            field = pa.field(column.name, pa.string(), nullable=column.is_nullable)
            rows = rows.set_column(index, field, pa.array(texts, pa.string()))
    return rows


def _with_row_key(table: Table, rows: pa.Table) -> pa.Table:
    keys = [rows.column(name).cast(pa.string()) for name in table.key]
    row_key = pc.binary_join_element_wise(*keys, ":")
    return rows.append_column(pa.field(_ROW_KEY, pa.string(), nullable=False), row_key)


def _with_new_columns(rows: pa.Table, unknown: list[dict[str, msgspec.Raw]], new_keys: NewKeys) -> pa.Table:
    """Append the columns of unknown keys.

    Once a column exists, every later batch has it: dlt does not accept a table with fewer columns than before.
    """
    new_keys.add(unknown)
    for path, name in new_keys.columns.items():
        texts = [_without_white_space(values[path]) if path in values else None for values in unknown]
        rows = rows.append_column(pa.field(name, pa.string()), pa.array(texts, pa.string()))
    return rows


def _without_white_space(value: msgspec.Raw) -> str:
    return msgspec.json.format(bytes(value), indent=-1).decode()


def has_nul(content: bytes) -> bool:
    """Whether JSON has the character NUL, which warehouses do not store."""
    return b"\\u0000" in content and _NUL.search(content) is not None


NUL_REASON = "contains the character NUL (\\u0000), which warehouses do not store; remove it from the line"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""NUL as an escape of JSON. In JSON, a backslash of the text itself is written as two."""


class UniqueRecords(TemporaryDatabase):
    """Reads records, each snapshot only once. The keys of snapshots are in a temporary file. A context manager."""

    _PURPOSE = "keys of records"

    def __init__(self, damaged: Callable[[DamagedLine], object], progress: Callable[[int], object]) -> None:
        self.records = 0
        """Number of records that were read."""
        self.damaged = 0
        """Number of lines that are not valid records."""
        self.repeated = 0
        """Number of records that repeat a snapshot, and are skipped."""
        self._on_damaged = damaged
        self._progress = progress
        super().__init__(["CREATE TABLE keys (key BLOB PRIMARY KEY) WITHOUT ROWID"])

    def batches(self, source: RecordSource) -> Iterator[Batch]:
        """Yield batches of a source without snapshots that were read before."""
        valid_contents = self._without_nul(contents(source.lines(damaged=self._skip)))
        for batch in arrow_batches(valid_contents, damaged=self._skip):
            indices = self._new_rows(record_keys(batch.table).to_pylist())
            self.records += batch.table.num_rows
            self.repeated += batch.table.num_rows - len(indices)
            self._progress(self.records)
            if len(indices) == batch.table.num_rows:
                yield batch
            elif indices:
                yield Batch(batch.table.take(indices), [batch.unknown[index] for index in indices])

    def _new_rows(self, keys: list[str]) -> list[int]:
        with self._errors():
            add = "INSERT OR IGNORE INTO keys VALUES (?)"
            return [
                row for row, key in enumerate(keys) if self._connection.execute(add, (bytes.fromhex(key),)).rowcount
            ]

    def _without_nul(self, records: Iterable[Content]) -> Iterator[Content]:
        for content in records:
            if has_nul(content.json):
                self._skip(DamagedLine(content.file, content.number, NUL_REASON))
            else:
                yield content

    def _skip(self, line: DamagedLine) -> None:
        self.damaged += 1
        self._on_damaged(line)
