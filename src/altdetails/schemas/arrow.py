"""Records and mentions as nested Arrow tables, the schemas of Parquet files."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from altdetails._optional import require
from altdetails.mention import MENTION_SCHEMA_VERSION
from altdetails.record import SCHEMA_VERSION
from altdetails.schemas.fields import Field, mention_fields, record_fields

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["arrow_schema", "arrow_types", "mention_arrow_schema"]


@cache
def arrow_types() -> dict[str, pa.DataType]:
    """Return the Arrow type of each kind of field. Objects are not included."""
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
    """Return the Arrow schema, with the names, order, nesting and nullability of the record's fields.

    Raises:
        InputError: if pyarrow is not installed.
    """
    return _schema(record_fields(), SCHEMA_VERSION)


@cache
def mention_arrow_schema() -> pa.Schema:
    """Return the Arrow schema of a file of mentions. `kind` says what a row is; the fields of the other kind are null.

    Raises:
        InputError: if pyarrow is not installed.
    """
    return _schema(mention_fields(), MENTION_SCHEMA_VERSION)


def _schema(fields: tuple[Field, ...], version: int) -> pa.Schema:
    return _arrow().schema([_field(field) for field in fields], metadata={"schema_version": str(version)})


def _field(field: Field, *, is_in_nullable: bool = False) -> pa.Field:
    """Return a field. Inside an object that can be null, every field is nullable, because Arrow needs it."""
    if field.kind == "object":
        is_nullable_object = field.is_nullable and not field.is_list
        arrow_type = _arrow().struct([_field(inner, is_in_nullable=is_nullable_object) for inner in field.fields])
    else:
        arrow_type = arrow_types()[field.kind]
    if field.is_list:
        arrow_type = _arrow().list_(_arrow().field("item", arrow_type, nullable=False))
    return _arrow().field(field.name, arrow_type, nullable=field.is_nullable or is_in_nullable)


def _arrow() -> Any:  # noqa: ANN401 -- pyarrow has no types
    return require("pyarrow", "export", "the Arrow schema")
