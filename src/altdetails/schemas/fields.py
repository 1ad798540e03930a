"""The fields of records and mentions with their types, read from the classes of `record` and `mention`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
from msgspec import inspect

from altdetails.identifiers import Identifier
from altdetails.mention import Mention, MentionPage
from altdetails.record import Count, Highlight, Ranking, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Field",
    "FieldKind",
    "OpenField",
    "fields_of",
    "mention_fields",
    "open_fields",
    "open_paths",
    "record_fields",
]

FieldKind = Literal["text", "integer", "number", "boolean", "date", "timestamp", "object"]

_FORMATS: dict[str, FieldKind] = {"date": "date", "date-time": "timestamp"}


@dataclass(frozen=True, slots=True)
class Field:
    """One key of an object."""

    name: str
    kind: FieldKind
    """The kind of the field, or of its items if it is a list."""
    is_nullable: bool
    is_list: bool
    fields: tuple[Field, ...]
    """The fields of an object; empty for other kinds."""
    description: str
    key: str | None
    """The field that identifies the entries of a list, if its values come from a fixed vocabulary. None otherwise."""


class OpenField(NamedTuple):
    """A field that can be null or an empty list, or that contains such fields."""

    name: str
    path: str
    """The path from the record: `published.year`, `rankings[].total`."""
    is_nullable: bool
    is_list: bool
    key: str | None
    """See `Field.key`."""
    below: tuple[OpenField, ...]
    """The open fields of an object, or of the entries of a list."""


_KEYS: dict[object, str] = {Count: "source", Highlight: "scope", Identifier: "scheme", Ranking: "scope"}
_COUNTED_SEPARATELY = frozenset({"inconsistencies", "unread"})


def record_fields() -> tuple[Field, ...]:
    """Return the fields of a record, in order."""
    return fields_of(Record)


@cache
def fields_of(part: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Return the fields of a class, in order."""
    struct = inspect.type_info(part)
    assert isinstance(struct, inspect.StructType)  # noqa: S101 -- for the type checker
    return _fields(struct)


@cache
def mention_fields() -> tuple[Field, ...]:
    """Return the fields of both kinds of lines in a file of mentions: those of mentions, then the others of pages.

    A field that only one kind has is null in the other.
    """
    by_kind = [{field.name: field for field in fields_of(part)} for part in (Mention, MentionPage)]
    in_both = by_kind[0].keys() & by_kind[1].keys()
    ordered = {name: field for fields in reversed(by_kind) for name, field in fields.items()}
    names = [*by_kind[0], *(name for name in by_kind[1] if name not in in_both)]
    return tuple(ordered[name] if name in in_both else replace(ordered[name], is_nullable=True) for name in names)


@cache
def open_fields() -> tuple[OpenField, ...]:
    """Return the open fields of a record, except `inconsistencies` and `unread`."""
    return tuple(field for field in _open("", record_fields()) if field.path not in _COUNTED_SEPARATELY)


def open_paths(fields: tuple[OpenField, ...] | None = None) -> Iterator[str]:
    """Yield the path of every field that has a fill rate.

    `mentions` is whether the page shows the list, `mentions[]` whether the shown list has entries.
    """
    for field in open_fields() if fields is None else fields:
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


def _fields(struct: inspect.StructType | inspect.DataclassType) -> tuple[Field, ...]:
    return tuple(_field(field.name, field.type) for field in struct.fields)


def _field(name: str, field_type: inspect.Type) -> Field:
    schema: dict[str, Any] = {}
    is_nullable = is_list = False
    while True:
        if isinstance(field_type, inspect.Metadata):
            schema = (field_type.extra_json_schema or {}) | schema
            field_type = field_type.type
        elif isinstance(field_type, inspect.UnionType):
            is_nullable = True
            (field_type,) = (member for member in field_type.types if not isinstance(member, inspect.NoneType))
        elif isinstance(field_type, inspect.ListType):
            is_list = True
            field_type = field_type.item_type
        else:
            break
    kind = _FORMATS.get(schema.get("format", "")) or _kind(name, field_type)
    inner = _fields(field_type) if isinstance(field_type, inspect.StructType | inspect.DataclassType) else ()
    key = _KEYS.get(getattr(field_type, "cls", None)) if is_list else None
    return Field(name, kind, is_nullable, is_list, inner, schema.get("description", ""), key)


def _kind(name: str, field_type: inspect.Type) -> FieldKind:
    match field_type:
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
    raise msgspec.ValidationError(f"{name}: no column type for {field_type}; add one to altdetails.schemas.fields")
