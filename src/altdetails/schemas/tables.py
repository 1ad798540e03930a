"""The record as flat tables: one row a record, and one row an item for each list of objects.

A column is called as the path of its field, with `_` between the names. Three sorts of columns are not in the record:

- keys: `record_key` of one snapshot of one page, `output_key` of the research output;
- `…_shown`, for a block that the page can lack: false where the record has `null`, true where it has an empty list;
- `position`, from 0: the place of an item in its list.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from altdetails.schemas.fields import record_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.schemas.fields import Field, FieldKind

__all__ = ["RECORDS", "Column", "Items", "Table", "tables"]

RECORDS = "records"
"""The table with a row a record."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    kind: FieldKind | Literal["texts"]
    """`texts` is a list of texts, which stays one value."""
    is_nullable: bool
    role: Literal["key", "constant", "position", "value", "shown"]
    path: Path = ()
    """Of a value or a block: where it stands, from the record or from the item of the list."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list of objects in the record, whose items are rows of a table."""

    path: Path
    """Where it stands in the record."""
    constants: tuple[str, ...]
    """What the columns between `position` and the values say for all its rows."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns."""

    name: str
    columns: tuple[Column, ...]
    items: tuple[Items, ...] = ()
    """The lists that it holds; none for the table of records."""
    description: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell its rows apart."""
        if not self.items:
            return ("record_key",)
        return ("record_key", *(column.name for column in self.columns if column.role in {"constant", "position"}))


_RECORD_KEY = Column("record_key", "text", False, "key", description="One snapshot of one page.")  # noqa: FBT003
_OUTPUT_KEY = Column(
    "output_key",
    "text",
    False,  # noqa: FBT003
    "key",
    description="The research output: `doi:…`, else `altmetric:…`, else `pmid:…`, else `sha256:…` of the content.",
)
_POSITION = Column("position", "integer", False, "position", description="Place in the list, from 0.")  # noqa: FBT003
_CONSTANTS = {"demographics": ("source", "breakdown")}
"""Where several lists of the record share a table: the columns that tell them apart, called after their paths."""


@cache
def tables() -> tuple[Table, ...]:
    """All tables, the one of records first."""
    records = Table(RECORDS, (_RECORD_KEY, _OUTPUT_KEY, *_columns(record_fields())), description="One row a record.")
    lists: dict[str, list[tuple[Path, Field]]] = {}
    for path, field in _lists(record_fields()):
        lists.setdefault(path[0], []).append((path, field))
    return (records, *(_table(name, found) for name, found in lists.items()))


def _table(name: str, found: list[tuple[Path, Field]]) -> Table:
    constants = _CONSTANTS.get(name, ())
    _, first = found[0]
    columns = (
        _RECORD_KEY,
        *(Column(constant, "text", False, "constant") for constant in constants),  # noqa: FBT003
        _POSITION,
        *_columns(first.fields),
    )
    items = tuple(Items(path, path[1:]) for path, _ in found)
    return Table(name, columns, items, f"One row an item of {', '.join('.'.join(path) for path, _ in found)}.")


def _columns(fields: tuple[Field, ...], above: Path = ()) -> Iterator[Column]:
    for field in fields:
        path = (*above, field.name)
        name = "_".join(path)
        if field.kind == "object":
            if field.is_nullable and (field.is_list or all(inner.is_nullable for inner in field.fields)):
                yield Column(f"{name}_shown", "boolean", False, "shown", path, "Whether the page shows it.")  # noqa: FBT003
            if not field.is_list:
                for column in _columns(field.fields, path):
                    yield _nullable(column) if field.is_nullable else column
        else:
            kind = "texts" if field.is_list else field.kind
            yield Column(name, kind, field.is_nullable, "value", path, field.description)


def _nullable(column: Column) -> Column:
    """A value inside an object that can be missing; whether the page shows a block is always known."""
    is_nullable = column.role == "value"
    return Column(column.name, column.kind, is_nullable, column.role, column.path, column.description)


def _lists(fields: tuple[Field, ...], above: Path = ()) -> Iterator[tuple[Path, Field]]:
    for field in fields:
        path = (*above, field.name)
        if field.is_list and field.kind == "object":
            yield path, field
        elif field.kind == "object":
            yield from _lists(field.fields, path)
