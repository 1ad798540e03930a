"""The record as flat tables: one with a row per record, and one for each list of objects, with a row per item.

A column is named after the path of its field, joined with `_`. Three kinds of columns are not fields of the record:

- keys: `record_key` identifies one snapshot of one page, `output_key` the research output;
- `…_shown`: false if the page does not show a section (`null` in the record), true if it shows it, even if empty;
- `position`: the index of an item in its list, from 0.

Single mentions have two tables of their own: `mention_items` and `mention_pages`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from altdetails.mention import Mention, MentionPage
from altdetails.schemas.fields import fields_of, record_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.schemas.fields import Field, FieldKind

__all__ = ["MENTION_ITEMS", "MENTION_PAGES", "RECORDS", "Column", "Items", "Table", "mention_tables", "tables"]

RECORDS = "records"
"""The name of the table with one row per record."""
MENTION_ITEMS, MENTION_PAGES = "mention_items", "mention_pages"
"""The names of the tables of single mentions, and of the pages that list them."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    kind: FieldKind | Literal["texts"]
    """`texts` is a list of strings, stored as one value."""
    is_nullable: bool
    role: Literal["key", "constant", "position", "value", "shown", "day"]
    path: Path = ()
    """The path of the value or section, from the record or from the item of the list. Empty for other roles."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list of objects in the record. Its items are rows of a table."""

    path: Path
    """The path of the list in the record."""
    constants: tuple[str, ...]
    """The values of the `constant` columns, the same for all rows of this list."""


@dataclass(frozen=True, slots=True)
class Table:
    """A flat table."""

    name: str
    columns: tuple[Column, ...]
    items: tuple[Items, ...] = ()
    """The lists in the table; empty for a table with a row per line."""
    description: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        if not self.items:
            return (self.columns[0].name,)
        return ("record_key", *(column.name for column in self.columns if column.role in {"constant", "position"}))


_RECORD_KEY = Column("record_key", "text", False, "key", description="One snapshot of one page.")  # noqa: FBT003
_OUTPUT_KEY = Column(
    "output_key",
    "text",
    False,  # noqa: FBT003
    "key",
    description="The research output: `doi:…`, else `altmetric:…`, else `pmid:…`, else `sha256:…` of the content.",
)
_POSITION = Column("position", "integer", False, "position", description="Index in the list, from 0.")  # noqa: FBT003
_CONSTANTS = {"demographics": ("source", "breakdown")}
"""The columns that distinguish several lists in one table, named after the parts of their paths."""
_NEVER_EMPTY = {("published",)}
"""Objects with a value in at least one column if they are in the record: a date has a year."""


@cache
def tables() -> tuple[Table, ...]:
    """Return all tables, starting with the table of records."""
    records = Table(RECORDS, (_RECORD_KEY, _OUTPUT_KEY, *_columns(record_fields())), description="One row per record.")
    lists: dict[str, list[tuple[Path, Field]]] = {}
    for path, field in _lists(record_fields()):
        lists.setdefault(path[0], []).append((path, field))
    return (records, *(_table(name, fields) for name, fields in lists.items()))


@cache
def mention_tables() -> tuple[Table, Table]:
    """Return the tables of single mentions: of the mentions, and of the pages that list them."""
    item_key = Column("mention_key", "text", False, "key", description="One mention of one output.")  # noqa: FBT003
    page_key = Column("page_key", "text", False, "key", description="One snapshot of one page of a tab.")  # noqa: FBT003
    items, pages = ([*_line_columns(fields_of(part))] for part in (Mention, MentionPage))
    after = next(place for place, column in enumerate(items, 1) if column.name == "published_at")
    items.insert(after, Column("published_day", "date", True, "day", ("published_at",), "The day of `published_at`."))  # noqa: FBT003
    return (
        Table(MENTION_ITEMS, (item_key, *items), description="One row per mention."),
        Table(MENTION_PAGES, (page_key, *pages), description="One row per page of a tab."),
    )


def _line_columns(fields: tuple[Field, ...]) -> Iterator[Column]:
    """Yield the columns of a line of mentions. The table says its kind. A list of objects is one column, as texts."""
    for field in fields:
        if field.is_list:
            yield Column(field.name, "texts", False, "value", (field.name,), _TEXTS[field.name])  # noqa: FBT003
        elif field.name != "kind":
            yield from _columns((field,))


_TEXTS = {
    "inconsistencies": "Numbers of the tab that contradict each other.",
    "unread": "Text of the tab that altdetails does not recognise.",
}


def _table(name: str, fields: list[tuple[Path, Field]]) -> Table:
    constants = _CONSTANTS.get(name, ())
    _, first = fields[0]
    columns = (
        _RECORD_KEY,
        *(Column(constant, "text", False, "constant") for constant in constants),  # noqa: FBT003
        _POSITION,
        *_columns(first.fields),
    )
    items = tuple(Items(path, path[1:]) for path, _ in fields)
    return Table(name, columns, items, f"One row per item of {', '.join('.'.join(path) for path, _ in fields)}.")


def _columns(fields: tuple[Field, ...], above: Path = ()) -> Iterator[Column]:
    for field in fields:
        path = (*above, field.name)
        name = "_".join(path)
        if field.kind == "object":
            can_be_empty = field.is_list or all(inner.is_nullable for inner in field.fields)
            if field.is_nullable and can_be_empty and path not in _NEVER_EMPTY:
                yield Column(f"{name}_shown", "boolean", False, "shown", path, "Whether the page shows this section.")  # noqa: FBT003
            if not field.is_list:
                for column in _columns(field.fields, path):
                    yield _nullable(column) if field.is_nullable else column
        else:
            kind = "texts" if field.is_list else field.kind
            yield Column(name, kind, field.is_nullable, "value", path, field.description)


def _nullable(column: Column) -> Column:
    """Return a column for an object that can be null. Its values are nullable; a `…_shown` column never is."""
    is_nullable = column.role == "value"
    return Column(column.name, column.kind, is_nullable, column.role, column.path, column.description)


def _lists(fields: tuple[Field, ...], above: Path = ()) -> Iterator[tuple[Path, Field]]:
    for field in fields:
        path = (*above, field.name)
        if field.is_list and field.kind == "object":
            yield path, field
        elif field.kind == "object":
            yield from _lists(field.fields, path)
