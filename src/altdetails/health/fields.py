"""The fields of a record, by their paths, as the classes of `altdetails.record` have them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec import inspect

from altdetails.identifiers import Identifier
from altdetails.record import Count, Highlight, Ranking, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Field", "fields", "paths"]

_COUNTED_APART = frozenset({"inconsistencies", "unread"})

_KEYS: dict[type, str] = {Count: "source", Highlight: "scope", Identifier: "scheme", Ranking: "scope"}
"""What tells the entries of a list apart, where it is a word of the site and not of the page."""


class Field(NamedTuple):
    """A field that can be open: null, an empty list, or something with open fields below it."""

    name: str
    path: str
    """From the record on: `published.year`, `rankings[].total`."""
    is_nullable: bool
    is_list: bool
    key: str | None
    """Of a list: the field that tells its entries apart."""
    below: tuple[Field, ...]
    """The fields of an object, or of every entry of a list."""


@cache
def fields() -> tuple[Field, ...]:
    """The fields of a record. What a page contradicts or nobody understood is no field."""
    record = inspect.type_info(Record)
    return tuple(field for field in _below("", record) if field.path not in _COUNTED_APART)


def paths(of: tuple[Field, ...] | None = None) -> Iterator[str]:
    """The path of everything that has a fill rate; `mentions[]` is whether a list that is shown has entries."""
    for field in fields() if of is None else of:
        if field.is_nullable:
            yield field.path
        if field.is_list:
            yield f"{field.path}[]"
        yield from paths(field.below)


def _below(prefix: str, kind: inspect.Type) -> Iterator[Field]:
    if not isinstance(kind, inspect.StructType | inspect.DataclassType):
        return
    for each in kind.fields:
        inner, is_nullable = _without_null(each.type)
        is_list = isinstance(inner, inspect.ListType)
        entry = inner.item_type if isinstance(inner, inspect.ListType) else inner
        path = f"{prefix}{each.name}"
        below = tuple(_below(f"{path}[]." if is_list else f"{path}.", entry))
        if is_nullable or is_list or below:
            key = _KEYS.get(getattr(entry, "cls", object)) if is_list else None
            yield Field(each.name, path, is_nullable, is_list, key, below)


def _without_null(kind: inspect.Type) -> tuple[inspect.Type, bool]:
    if isinstance(kind, inspect.Metadata):
        return _without_null(kind.type)
    if isinstance(kind, inspect.UnionType) and kind.includes_none:
        (other,) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
        return _without_null(other)[0], True
    return kind, False
