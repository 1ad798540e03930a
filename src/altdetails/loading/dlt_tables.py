"""Records as dlt takes them: each snapshot once, in flat tables with hints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from altdetails.exporting.flat import first_places, flat, record_keys
from altdetails.exporting.parquet import Batch, arrow_batches, contents
from altdetails.records.files import DamagedLine
from altdetails.schemas.tables import RECORDS, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.exporting.parquet import Content
    from altdetails.records.files import RecordSource
    from altdetails.schemas.tables import Table

__all__ = ["MOST_NEW", "NewKeys", "UniqueRecords", "hints", "rows"]

MOST_NEW = 50
"""So many keys that this version does not know get columns of their own, in one load."""

_TYPES = {
    "text": "text",
    "texts": "json",
    "integer": "bigint",
    "number": "double",
    "boolean": "bool",
    "date": "date",
    "timestamp": "timestamp",
}
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 60
"""Characters that every warehouse takes in the name of a column."""
_ROW_KEY = "row_key"
"""The column by which dlt tells items apart."""


class NewKeys:
    """Keys of records that this version does not know: each gets a column, which holds JSON."""

    def __init__(self) -> None:
        self.columns: dict[str, str] = {}
        """The name of the column by the path of its key."""
        self.left_out: set[str] = set()
        """Those of items of lists, those whose column would be another's, and those beyond `MOST_NEW`."""
        self._taken = {column.name for column in tables()[0].columns}
        self._lists = {items.path[0] for table in tables() for items in table.items}

    def take(self, paths: list[str]) -> None:
        """Give keys their columns, as far as they can have any."""
        for path in paths:
            if path in self.columns:
                continue
            name = _column_name(path)
            if path.partition(".")[0] in self._lists or name in self._taken or len(self.columns) >= MOST_NEW:
                self.left_out.add(path)
            else:
                self.columns[path] = name
                self._taken.add(name)


def _column_name(path: str) -> str:
    """A name that dlt leaves as it is, whatever the key: it would make one of `Title` and `title`."""
    name = _NOT_IN_A_NAME.sub("_", path.lower()).strip("_")[:_LONGEST_NAME].rstrip("_")
    return name if name[:1].isalpha() else f"key_{name}".rstrip("_")


def hints(table: Table) -> dict[str, Any]:
    """The columns of a table: types of our own, and the keys by which dlt replaces a record with all its items."""
    columns: dict[str, Any] = {
        column.name: {"name": column.name, "data_type": _TYPES[column.kind], "nullable": column.is_nullable}
        for column in table.columns
    }
    if table.name == RECORDS:
        columns["record_key"] |= {"primary_key": True, "row_key": True}
    else:
        columns["record_key"] |= {"root_key": True, "parent_key": True}
        columns[_ROW_KEY] = {"name": _ROW_KEY, "data_type": "text", "nullable": False, "row_key": True}
    return columns


def rows(batch: Batch, new: NewKeys) -> Iterator[tuple[Table, pa.Table]]:
    """Every table with its rows of a batch; those of records first."""
    for table, found in flat(batch.table):
        made = _with_json(table, found)
        yield table, _with_new(made, batch.unknown, new) if table.name == RECORDS else _with_row_key(table, made)


def _with_json(table: Table, found: pa.Table) -> pa.Table:
    """Lists of texts as JSON: dlt has no type for them that all warehouses share."""
    for place, column in enumerate(table.columns):
        if column.kind == "texts":
            values = found.column(place).to_pylist()
            texts = [None if value is None else msgspec.json.encode(value).decode() for value in values]
            field = pa.field(column.name, pa.string(), nullable=column.is_nullable)
            found = found.set_column(place, field, pa.array(texts, pa.string()))
    return found


def _with_row_key(table: Table, found: pa.Table) -> pa.Table:
    keys = [found.column(name).cast(pa.string()) for name in table.key]
    row_key = pc.binary_join_element_wise(*keys, ":")
    return found.append_column(pa.field(_ROW_KEY, pa.string(), nullable=False), row_key)


def _with_new(found: pa.Table, unknown: list[dict[str, Any]], new: NewKeys) -> pa.Table:
    """New columns behind the others; one that came up stays, since dlt takes no table with fewer columns again."""
    new.take(sorted({path for said in unknown for path in said}))
    for path, name in new.columns.items():
        values = [msgspec.json.encode(said[path]).decode() if path in said else None for said in unknown]
        found = found.append_column(pa.field(name, pa.string()), pa.array(values, pa.string()))
    return found


_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The character as JSON writes it: a backslash of the text is two there."""


class UniqueRecords:
    """Records on their way into a warehouse, each snapshot once."""

    def __init__(
        self,
        source: RecordSource,
        damaged: Callable[[DamagedLine], object],
        progress: Callable[[int], object],
    ) -> None:
        self.records = 0
        """How many were read."""
        self.damaged = 0
        """How many lines hold none."""
        self._source = source
        self._damaged = damaged
        self._progress = progress
        self._known: set[str] = set()

    @property
    def repeated(self) -> int:
        """How many were left out, since their snapshot was read before."""
        return self.records - len(self._known)

    def batches(self) -> Iterator[Batch]:
        """Batches without what was in them before: dlt does not tell repetitions apart inside a load."""
        some = self._without_nul(contents(self._source.lines(damaged=self._aside)))
        for batch in arrow_batches(some, damaged=self._aside):
            first = first_places(record_keys(batch.table), self._known)
            self._known.update(first)
            self.records += batch.table.num_rows
            self._progress(self.records)
            if len(first) == batch.table.num_rows:
                yield batch
            elif places := [*first.values()]:
                yield Batch(batch.table.take(places), [batch.unknown[place] for place in places])

    def _without_nul(self, some: Iterable[Content]) -> Iterator[Content]:
        for content in some:
            if b"\\u0000" in content.json and _NUL.search(content.json):
                reason = "holds the character NUL (\\u0000), which warehouses do not take; take it out of the line"
                self._aside(DamagedLine(content.file, content.number, reason))
            else:
                yield content

    def _aside(self, line: DamagedLine) -> None:
        self.damaged += 1
        self._damaged(line)
