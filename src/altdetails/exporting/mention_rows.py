"""Mentions, and the pages of tabs that list them, as rows of tables."""

from __future__ import annotations

from datetime import date
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from altdetails.exporting.row_files import TableColumn
from altdetails.mention import Mention, MentionPage
from altdetails.schemas.tables import MENTION_ITEMS, mention_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.diffing.mention_store import StoredLine
    from altdetails.exporting.row_files import Value
    from altdetails.schemas.tables import Table

__all__ = ["cells_of", "day_of", "decoded", "mention_table", "mention_table_columns", "table_rows", "texts_of"]


def mention_table(name: str) -> Table:
    """Return the table of mentions, or of pages of tabs."""
    return next(table for table in mention_tables() if table.name == name)


def mention_table_columns(table: Table) -> list[TableColumn]:
    """Return the columns of a table in text formats."""
    return [TableColumn(column.name) for column in table.columns]


def table_rows(table: Table, lines: Iterable[StoredLine]) -> Iterator[list[Value]]:
    """Yield the rows of a table, in order. A list of texts is one text."""
    cells = cells_of(table)
    for line in lines:
        yield [line.key, *cells(decoded(table, line))]


def decoded(table: Table, line: StoredLine) -> Any:  # noqa: ANN401 -- a Mention or a MentionPage, as the table says
    """Return the mention or page of a line."""
    return (_MENTIONS if table.name == MENTION_ITEMS else _PAGES).decode(line.json)


@cache
def cells_of(table: Table) -> Callable[[Mention | MentionPage], list[Value]]:
    """Return a function from a mention or page to its cells, without its key."""
    own = table.columns[1:]
    values_of = attrgetter(*(".".join(column.path) for column in own))
    roles = [column.role if column.role == "day" else column.kind for column in own]

    def cells(item: Mention | MentionPage) -> list[Value]:
        return [_CELLS.get(role, _same)(value) for role, value in zip(roles, values_of(item), strict=True)]

    return cells


def day_of(at: str | None) -> date | None:
    """Return the day of an instant in UTC, or a day; None if the text is neither."""
    try:
        return date.fromisoformat((at or "")[:10])
    except ValueError:
        return None


def texts_of(parts: Iterable[Any]) -> list[str]:
    """Return what was not read, or what contradicts itself, as texts: `list: Retweeted`.

    Args:
        parts: `Unread` or `Inconsistency` of `altdetails.record`, or dicts with the same keys.
    """
    return [_text_of(*(part.values() if isinstance(part, dict) else msgspec.structs.astuple(part))) for part in parts]


def _text_of(name: str, about: str | None, values: Iterable[str] | None = None) -> str:
    """Return the values of an `Unread` (its part and text) or an `Inconsistency` (its code, place and values)."""
    if values is None:
        return f"{name}: {about}"
    return f"{name}{f' of {about}' if about else ''}: {' | '.join(values)}"


def _same(value: Any) -> Value:  # noqa: ANN401 -- of any field
    return value  # type: ignore[no-any-return]


_CELLS: dict[str, Callable[[Any], Value]] = {"day": day_of, "texts": lambda parts: "; ".join(texts_of(parts))}
_MENTIONS, _PAGES = msgspec.json.Decoder(Mention), msgspec.json.Decoder(MentionPage)
