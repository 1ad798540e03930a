"""A record as one row: which columns there are, and what stands in them."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from altdetails.record import SOURCES, Ranking, Scope
from altdetails.schemas.tables import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from altdetails.record import Count, Group, Record
    from altdetails.schemas.tables import Column

__all__ = ["MOST_UNKNOWN", "Cell", "Sources", "columns"]

Cell: TypeAlias = str | int | float | bool | None

MOST_UNKNOWN = 200
"""So many sources that this version does not know get columns of their own."""

_MORE = "more_sources"
_LONGEST_NAME = 40
_SCOPES: tuple[Scope, ...] = ("all", "source", "similar_age", "similar_age_and_source")
_RANKED = tuple(name for name in Ranking.__struct_fields__ if name not in {"scope", "source", "text"})
_NOT_A_WORD = re.compile(r"\W+")


def columns() -> list[tuple[str, Callable[[Record], Cell]]]:
    """The columns that every file has, in their order, and what gives a record's cell.

    They are those of the table of records, but for its keys; behind a block's `…_shown` stand its items.
    """
    found: list[tuple[str, Callable[[Record], Cell]]] = []
    for column in tables()[0].columns:
        if column.role == "key":
            continue
        found.append((column.name, partial(_value, column)))
        found += _items(column)
        if column.name == "doi":
            found.append(("identifiers", _identifiers))
        if column.name == "sections":
            found += [("inconsistencies", _inconsistencies), ("unread", _unread)]
    return found


def _items(column: Column) -> Iterator[tuple[str, Callable[[Record], Cell]]]:
    match column.path:
        case (("mentions" | "citations" | "readers") as block,):
            for source in SOURCES[block]:
                yield f"{block}_{_word(source)}", partial(_count, block, source)
        case ("rankings",):
            for scope in _SCOPES:
                for name in _RANKED:
                    yield f"{name}_{scope}", partial(_ranked, scope, name)
        case ("highlights",) if column.role == "shown":
            yield "highlights", _highlights
        case ("demographics", _, _) if column.role == "shown":
            yield "_".join(column.path), partial(_groups, column.path)


class Sources:
    """The sources of counts that this version does not know, as they come up: each gets a column."""

    def __init__(self) -> None:
        self.named: dict[str, str] = {}
        """The page's own name of a source, by the name of its column."""
        self.left_out = 0
        """Counts of sources for which there were no columns left."""
        self._column_of: dict[tuple[str, str], str] = {}

    @property
    def names(self) -> list[str]:
        """All columns so far, in the order in which they came up."""
        return [*self.named, *([_MORE] if self.left_out else [])]

    def cells(self, record: Record) -> list[Cell]:
        """The cells of a record in these columns, those without a count at the end left out."""
        found: dict[str, Cell] = {}
        more: list[str] = []
        for block, known in SOURCES.items():
            for count in getattr(record, block) or ():
                if count.source not in known:
                    column = self._column(block, count.source)
                    if column is None:
                        more.append(f"{block}_{_word(count.source)} {count.count}")
                    else:
                        found[column] = _count(block, count.source, record)
        if not found and not more:
            return []
        self.left_out += len(more)
        cells: list[Cell] = [found.get(column) for column in self.named]
        return [*cells, "; ".join(more)] if more else cells

    def _column(self, block: str, source: str) -> str | None:
        column = self._column_of.get((block, source))
        if column is None and len(self.named) < MOST_UNKNOWN:
            column = name = f"{block}_{_word(source)}"
            number = 1
            while column in self.named or column in _NAMES:
                number += 1
                column = f"{name}_{number}"
            self._column_of[block, source] = column
            self.named[column] = source
        return column


def _word(source: str) -> str:
    return _NOT_A_WORD.sub("_", source.lower()).strip("_")[:_LONGEST_NAME] or "unnamed"


def _at(record: Record, path: tuple[str, ...]) -> Any:  # noqa: ANN401 -- whatever stands there
    value: Any = record
    for name in path:
        value = None if value is None else getattr(value, name)
    return value


def _value(column: Column, record: Record) -> Cell:
    value = _at(record, column.path)
    if column.role == "shown":
        return value is not None
    return "; ".join(value) if isinstance(value, list) else value


def _count(block: str, source: str, record: Record) -> Cell:
    """A source's count; none where the page gives two different ones, since nobody can tell which holds."""
    counts: Sequence[Count] = getattr(record, block) or ()
    found = {count.count for count in counts if count.source == source}
    return found.pop() if len(found) == 1 else None


def _ranked(scope: Scope, name: str, record: Record) -> Cell:
    found = [ranking for ranking in record.rankings or () if ranking.scope == scope]
    return getattr(found[0], name) if len(found) == 1 else None


def _highlights(record: Record) -> Cell:
    return None if record.highlights is None else " | ".join(highlight.text for highlight in record.highlights)


def _groups(path: tuple[str, ...], record: Record) -> Cell:
    groups: list[Group] | None = _at(record, path)
    return None if groups is None else "; ".join(map(_group, groups))


def _group(group: Group) -> str:
    percent = "" if group.percent is None else f" ({group.percent}%)"
    return f"{group.name} {group.count}{percent}"


def _identifiers(record: Record) -> Cell:
    return "; ".join(f"{each.scheme}:{each.value}" for each in record.identifiers)


def _inconsistencies(record: Record) -> Cell:
    return "; ".join(
        f"{each.code}{f' of {each.where}' if each.where else ''}: {' | '.join(each.values)}"
        for each in record.inconsistencies
    )


def _unread(record: Record) -> Cell:
    return "; ".join(f"{each.part}: {each.text}" for each in record.unread)


_NAMES = frozenset(name for name, _ in columns())
