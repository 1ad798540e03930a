"""What a record is made of: its fields with their types, taken from the classes of `record`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import inspect

from altdetails.record import Record

__all__ = ["Field", "Kind", "record_fields"]

Kind = Literal["text", "integer", "number", "boolean", "date", "timestamp", "object"]

_FORMATS: dict[str, Kind] = {"date": "date", "date-time": "timestamp"}


@dataclass(frozen=True, slots=True)
class Field:
    """One key of an object."""

    name: str
    kind: Kind
    """Of each item, where the field is a list."""
    is_nullable: bool
    is_list: bool
    fields: tuple[Field, ...]
    """Those of an object."""
    description: str


@cache
def record_fields() -> tuple[Field, ...]:
    """The fields of a record, in their order."""
    found = inspect.type_info(Record)
    assert isinstance(found, inspect.StructType)  # noqa: S101 -- for the type checker
    return _fields(found)


def _fields(of: inspect.StructType | inspect.DataclassType) -> tuple[Field, ...]:
    return tuple(_field(field.name, field.type) for field in of.fields)


def _field(name: str, of: inspect.Type) -> Field:
    schema: dict[str, Any] = {}
    is_nullable = is_list = False
    while True:
        if isinstance(of, inspect.Metadata):
            schema = (of.extra_json_schema or {}) | schema
            of = of.type
        elif isinstance(of, inspect.UnionType):
            is_nullable = True
            (of,) = (each for each in of.types if not isinstance(each, inspect.NoneType))
        elif isinstance(of, inspect.ListType):
            is_list = True
            of = of.item_type
        else:
            break
    kind = _FORMATS.get(schema.get("format", "")) or _kind(name, of)
    inner = _fields(of) if isinstance(of, inspect.StructType | inspect.DataclassType) else ()
    return Field(name, kind, is_nullable, is_list, inner, schema.get("description", ""))


def _kind(name: str, of: inspect.Type) -> Kind:
    match of:
        case inspect.StrType():
            return "text"
        case inspect.LiteralType(values=values) if all(isinstance(value, str) for value in values):
            return "text"
        case inspect.IntType():
            return "integer"
        case inspect.FloatType():
            return "number"
        case inspect.BoolType():
            return "boolean"
        case inspect.StructType() | inspect.DataclassType():
            return "object"
    raise msgspec.ValidationError(f"{name}: no warehouse has a type for {of}")
