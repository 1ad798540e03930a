"""Turn nested Arrow tables into the flat tables of `schemas.tables`, with their keys."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from altdetails.schemas.arrow import arrow_types
from altdetails.schemas.tables import RECORDS, tables

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from altdetails.schemas.tables import Column, Items, Table

__all__ = ["first_rows", "flat_rows", "flat_schema", "flatten", "record_keys"]

_KEY_LENGTH = 32
"""The length of a key in hexadecimal digits. 128 bits make collisions practically impossible."""
_SNAPSHOT = (
    ("altmetric_id",),
    ("doi",),
    ("pmid",),
    ("provenance", "final_url"),
    ("provenance", "fetched_at"),
    ("provenance", "sha256"),
)
_OUTPUT = (
    ("doi", ("doi",)),
    ("altmetric", ("altmetric_id",)),
    ("pmid", ("pmid",)),
    ("sha256", ("provenance", "sha256")),
)
"""The candidates for `output_key`. The first that a record has is used.

The DOI comes first, because Altmetric ids can change.
"""


def flatten(batch: pa.Table) -> Iterator[tuple[Table, pa.Table]]:
    """Split a nested table into the flat tables. Yield each with its rows, starting with the table of records."""
    keys = record_keys(batch)
    for table in tables():
        yield table, flat_rows(table, batch, keys)


def flat_rows(table: Table, batch: pa.Table, keys: pa.Array) -> pa.Table:
    """Return the rows of one flat table.

    Args:
        table: the flat table.
        batch: a nested table.
        keys: its `record_keys`.
    """
    if table.name != RECORDS:
        return pa.concat_tables(_item_rows(table, items, batch, keys) for items in table.items)
    values = {"record_key": keys, "output_key": _output_keys(batch)}
    rows = [values[column.name] if column.role == "key" else _value(batch, column) for column in table.columns]
    return pa.Table.from_arrays(rows, schema=flat_schema(table))


def record_keys(batch: pa.Table) -> pa.Array:
    """Return the `record_key` of each record, a digest of the page, the time of its fetch and its content.

    A record that is loaded twice, or parsed again by a newer version, keeps its key. Another capture of the same page
    has a different key.
    """
    snapshots = zip(*(_python_values(_lookup(batch, path)) for path in _SNAPSHOT), strict=True)
    return pa.array([sha256(repr(values).encode()).hexdigest()[:_KEY_LENGTH] for values in snapshots], pa.string())


def first_rows(keys: pa.Array, existing: Container[str]) -> dict[str, int]:
    """Return every new key in `keys`, with the index of its first row.

    Args:
        keys: the `record_keys` of a table.
        existing: keys to skip.
    """
    first: dict[str, int] = {}
    for row, key in enumerate(keys.to_pylist()):
        if key not in existing:
            first.setdefault(key, row)
    return first


def _python_values(values: pa.Array) -> list[str | int | None]:
    is_time = pa.types.is_timestamp(values.type)
    return (values.cast(pa.int64()) if is_time else values).to_pylist()  # type: ignore[no-any-return]


def _output_keys(batch: pa.Table) -> pa.Array:
    keys = (
        pc.binary_join_element_wise(pa.scalar(label), _lookup(batch, path).cast(pa.string()), ":")
        for label, path in _OUTPUT
    )
    return pc.coalesce(*keys)


@cache
def flat_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of a flat table."""
    fields = [pa.field(column.name, _arrow_type(column), nullable=column.is_nullable) for column in table.columns]
    return pa.schema(fields)


def _item_rows(table: Table, items: Items, nested: pa.Table, record_keys: pa.Array) -> pa.Table:
    lists = _lookup(nested, items.path)
    records = pc.list_parent_indices(lists)
    lengths = pc.fill_null(pc.list_value_length(lists), 0).cast(pa.int64())
    starts = pc.subtract(pc.cumulative_sum(lengths), lengths)
    count = len(records)
    position = pc.subtract(pa.array(range(count), pa.int64()), starts.take(records))
    columns = {"record_key": record_keys.take(records), "position": position}
    constants = (column.name for column in table.columns if column.role == "constant")
    for name, value in zip(constants, items.constants, strict=True):
        columns[name] = pa.repeat(pa.scalar(value, pa.string()), count)
    values = pc.list_flatten(lists)
    rows = [
        columns[column.name] if column.name in columns else pc.struct_field(values, list(column.path))
        for column in table.columns
    ]
    return pa.Table.from_arrays(rows, schema=flat_schema(table))


def _value(nested: pa.Table, column: Column) -> pa.Array:
    value = _lookup(nested, column.path)
    return pc.is_valid(value) if column.role == "shown" else value


def _lookup(nested: pa.Table, path: tuple[str, ...]) -> pa.Array:
    name, *below = path
    value = nested.column(name).combine_chunks()
    return pc.struct_field(value, below) if below else value


def _arrow_type(column: Column) -> pa.DataType:
    return (
        pa.list_(pa.field("item", pa.string(), nullable=False))
        if column.kind == "texts"
        else arrow_types()[column.kind]
    )
