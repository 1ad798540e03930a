"""The record as one nested Arrow table: what Parquet files hold."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from altdetails._optional import require
from altdetails.record import SCHEMA_VERSION
from altdetails.schemas.fields import Field, record_fields

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["arrow_schema", "arrow_types"]


@cache
def arrow_types() -> dict[str, pa.DataType]:
    """Arrow's type of each kind of field, but for objects."""
    arrow = _arrow()
    return {
        "text": arrow.string(),
        "integer": arrow.int64(),
        "number": arrow.float64(),
        "boolean": arrow.bool_(),
        "date": arrow.date32(),
        "timestamp": arrow.timestamp("ms", tz="UTC"),  # Parquet has no whole seconds
    }


@cache
def arrow_schema() -> pa.Schema:
    """The schema: names, order and nesting of the record, and whether a field can be null.

    Raises:
        InputError: if pyarrow is not installed.
    """
    metadata = {"schema_version": str(SCHEMA_VERSION)}
    return _arrow().schema([_field(field) for field in record_fields()], metadata=metadata)


def _field(field: Field, *, is_in_nullable: bool = False) -> pa.Field:
    """A field; inside an object that can be null, Arrow has a null for each value of it."""
    if field.kind == "object":
        can_lack = field.is_nullable and not field.is_list
        of = _arrow().struct([_field(inner, is_in_nullable=can_lack) for inner in field.fields])
    else:
        of = arrow_types()[field.kind]
    if field.is_list:
        of = _arrow().list_(_arrow().field("item", of, nullable=False))
    return _arrow().field(field.name, of, nullable=field.is_nullable or is_in_nullable)


def _arrow() -> Any:  # noqa: ANN401 -- pyarrow has no types
    return require("pyarrow", "export", "the Arrow schema")
