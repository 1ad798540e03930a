"""The record as one nested Arrow table: what Parquet files hold."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from altdetails.record import SCHEMA_VERSION
from altdetails.schemas.fields import Field, record_fields

__all__ = ["TYPES", "arrow_schema"]

TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("ms", tz="UTC"),  # Parquet has no whole seconds
}
"""Arrow's type of each kind of field, but for objects."""


@cache
def arrow_schema() -> pa.Schema:
    """The schema: names, order and nesting of the record, and whether a field can be null."""
    metadata = {"schema_version": str(SCHEMA_VERSION)}
    return pa.schema([_field(field) for field in record_fields()], metadata=metadata)


def _field(field: Field, *, is_in_nullable: bool = False) -> pa.Field:
    """A field; inside an object that can be null, Arrow has a null for each value of it."""
    if field.kind == "object":
        can_lack = field.is_nullable and not field.is_list
        of = pa.struct([_field(inner, is_in_nullable=can_lack) for inner in field.fields])
    else:
        of = TYPES[field.kind]
    if field.is_list:
        of = pa.list_(pa.field("item", of, nullable=False))
    return pa.field(field.name, of, nullable=field.is_nullable or is_in_nullable)
