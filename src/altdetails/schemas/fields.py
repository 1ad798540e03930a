"""What a record is made of: its fields with their types, taken from the classes of `record`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
from msgspec import inspect

from altdetails.identifiers import Identifier
from altdetails.record import Count, Highlight, Ranking, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Field", "FieldKind", "OpenField", "open_fields", "open_paths", "record_fields"]

FieldKind = Literal["text", "integer", "number", "boolean", "date", "timestamp", "object"]

_FORMATS: dict[str, FieldKind] = {"date": "date", "date-time": "timestamp"}


@dataclass(frozen=True, slots=True)
class Field:
    """One key of an object."""

    name: str
    kind: FieldKind
    """Of each item, where the field is a list."""
    is_nullable: bool
    is_list: bool
    fields: tuple[Field, ...]
    """Those of an object."""
    description: str
    key: str | None
    """Of a list: the field that tells its entries apart, if that is a word of the site and not of the page."""


class OpenField(NamedTuple):
    """A field that can be open: null, an empty list, or something with open fields below it."""

    name: str
    path: str
    """From the record on: `published.year`, `rankings[].total`."""
    is_nullable: bool
    is_list: bool
    key: str | None
    """As `Field.key`."""
    below: tuple[OpenField, ...]
    """The fields of an object, or of every entry of a list."""


_KEYS: dict[object, str] = {Count: "source", Highlight: "scope", Identifier: "scheme", Ranking: "scope"}
_COUNTED_APART = frozenset({"inconsistencies", "unread"})


@cache
def record_fields() -> tuple[Field, ...]:
    """The fields of a record, in their order."""
    found = inspect.type_info(Record)
    assert isinstance(found, inspect.StructType)  # noqa: S101 -- for the type checker
    return _fields(found)


@cache
def open_fields() -> tuple[OpenField, ...]:
    """The fields of a record that can be open, without what a page contradicts and what was not understood."""
    return tuple(field for field in _open("", record_fields()) if field.path not in _COUNTED_APART)


def open_paths(of: tuple[OpenField, ...] | None = None) -> Iterator[str]:
    """The path of everything that has a fill rate; `mentions[]` is whether a list that is shown has entries."""
    for field in open_fields() if of is None else of:
        if field.is_nullable:
            yield field.path
        if field.is_list:
            yield f"{field.path}[]"
        yield from open_paths(field.below)


def _open(prefix: str, fields: tuple[Field, ...]) -> Iterator[OpenField]:
    for field in fields:
        path = f"{prefix}{field.name}"
        below = tuple(_open(f"{path}[]." if field.is_list else f"{path}.", field.fields))
        if field.is_nullable or field.is_list or below:
            yield OpenField(field.name, path, field.is_nullable, field.is_list, field.key, below)


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
    key = _KEYS.get(getattr(of, "cls", None)) if is_list else None
    return Field(name, kind, is_nullable, is_list, inner, schema.get("description", ""), key)


def _kind(name: str, of: inspect.Type) -> FieldKind:
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
