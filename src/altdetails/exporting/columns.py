"""A record as one row: the columns and the values in them."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from altdetails.identifiers import Identifier, details_url
from altdetails.record import SOURCES, Ranking, Scope
from altdetails.schemas.tables import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from altdetails.record import Count, Group, Record
    from altdetails.schemas.tables import Column

__all__ = ["MAX_UNKNOWN_SOURCES", "Cell", "Sources", "columns", "is_number_column", "meanings", "paper_columns"]

Cell: TypeAlias = str | int | float | bool | None

MAX_UNKNOWN_SOURCES = 200
"""The number of unknown sources with their own columns. Further ones share the column `more_sources`."""

_MORE = "more_sources"
_MAX_NAME_LENGTH = 40
_SCOPES: tuple[Scope, ...] = ("all", "source", "similar_age", "similar_age_and_source")
_RANKED = tuple(name for name in Ranking.__struct_fields__ if name not in {"scope", "source", "text"})
_DESCRIPTIVE = ("altmetric_id", "title", "source", "published_year", "doi")
_COUNTS = ("mentions_", "citations_", "readers_", "percentile_")
_UNITS: dict[Literal["mentions", "citations", "readers"], str] = {
    "mentions": "Mentions",
    "citations": "Citations",
    "readers": "Readers",
}
_RANKED_IN_WORDS = {
    "rank": "Rank of the score; 1 is the highest",
    "total": "Number of outputs ranked",
    "mean_score": "Mean score",
    "percentile": "Percentile of the score",
    "top_percent": "The output is in the top N percent",
    "higher_than_percent": "Percent of outputs with a lower score",
    "higher_than_count": "Number of outputs with a lower score",
}
_SCOPES_IN_WORDS: dict[Scope, str] = {
    "all": "among all outputs that Altmetric tracks",
    "source": "among the outputs of the same journal or publisher",
    "similar_age": "among the outputs of a similar age",
    "similar_age_and_source": "among the outputs of a similar age of the same journal or publisher",
}
_OTHER_MEANINGS = {
    "title": "The title of the output, as written on the page.",
    "published_year": "The year of publication, as the page gives it.",
    "identifiers": "All identifiers of the output on the page.",
    "highlights": "The bullets about the score, as written on the page.",
    "details_url": "The details page, made from the Altmetric id.",
    "captured_at": "When the site gave the page, else when the page was fetched: UTC.",
    "inconsistencies": "Values of the page that contradict each other.",
    "unread": "Text of the page that altdetails does not recognise.",
    "more_sources": "The counts of further unknown sources, as text.",
}
_NON_WORD = re.compile(r"\W+")


def columns() -> list[tuple[str, Callable[[Record], Cell]]]:
    """Return the name of every fixed column, in order, with a function from a record to its cell.

    These are the columns of the table of records, without its keys. The items of a section follow its column `…_shown`.
    """
    named: list[tuple[str, Callable[[Record], Cell]]] = []
    for column in tables()[0].columns:
        if column.role == "key":
            continue
        named.append((column.name, partial(_value, column)))
        named += _item_columns(column)
        if column.name == "doi":
            named.append(("identifiers", _identifiers))
        if column.name == "sections":
            named += [("inconsistencies", _inconsistencies), ("unread", _unread)]
    return named


def paper_columns() -> list[tuple[str, Callable[[Record], Cell]]]:
    """Return the fixed columns of a table for people, as `columns` does: what the output is, its numbers, its address.

    The address is made from the Altmetric id, never taken from the page.
    """
    chosen = [(name, cell) for name, cell in columns() if name in _DESCRIPTIVE or is_number_column(name)]
    return [*chosen, ("details_url", _details_url)]


def is_number_column(name: str) -> bool:
    """Whether a column has the score, the count of a source or a percentile."""
    return name == "score" or (name.startswith(_COUNTS) and not name.endswith("_shown"))


def meanings() -> dict[str, str]:
    """Return what each column means, by its name, as a sentence."""
    described = {column.name: column.description for column in tables()[0].columns if column.description}
    for block, unit in _UNITS.items():
        for source in SOURCES[block]:
            described[f"{block}_{_slug(source)}"] = f"{unit} in the source `{source}`, as the page counts them."
    for scope, others in _SCOPES_IN_WORDS.items():
        for name, meaning in _RANKED_IN_WORDS.items():
            described[f"{name}_{scope}"] = f"{meaning}, {others}."
    return described | _OTHER_MEANINGS


def _item_columns(column: Column) -> Iterator[tuple[str, Callable[[Record], Cell]]]:
    match column.path:
        case (("mentions" | "citations" | "readers") as block,):
            for source in SOURCES[block]:
                yield f"{block}_{_slug(source)}", partial(_count, block, source)
        case ("rankings",):
            for scope in _SCOPES:
                for name in _RANKED:
                    yield f"{name}_{scope}", partial(_ranking_value, scope, name)
        case ("highlights",) if column.role == "shown":
            yield "highlights", _highlights
        case ("demographics", _, _) if column.role == "shown":
            yield "_".join(column.path), partial(_groups, column.path)


class Sources:
    """The unknown sources of counts met so far, each with its own column."""

    def __init__(self) -> None:
        self.named: dict[str, str] = {}
        """The name of the source on the page, by the name of its column."""
        self.left_out = 0
        """The number of counts written to the column `more_sources`."""
        self._column_of: dict[tuple[str, str], str] = {}

    @property
    def names(self) -> list[str]:
        """The names of all columns so far, in the order of their first use."""
        return [*self.named, *([_MORE] if self.left_out else [])]

    def cells(self, record: Record) -> list[Cell]:
        """Return the cells of a record in these columns, or an empty list if it has no unknown sources."""
        count_by_column: dict[str, Cell] = {}
        more: list[str] = []
        for block, known_sources in SOURCES.items():
            for count in getattr(record, block) or ():
                if count.source not in known_sources:
                    column = self._column(block, count.source)
                    if column is None:
                        more.append(f"{block}_{_slug(count.source)} {count.count}")
                    else:
                        count_by_column[column] = _count(block, count.source, record)
        if not count_by_column and not more:
            return []
        self.left_out += len(more)
        cells: list[Cell] = [count_by_column.get(column) for column in self.named]
        return [*cells, "; ".join(more)] if more else cells

    def _column(self, block: str, source: str) -> str | None:
        column = self._column_of.get((block, source))
        if column is None and len(self.named) < MAX_UNKNOWN_SOURCES:
            column = name = f"{block}_{_slug(source)}"
            number = 1
            while column in self.named or column in _NAMES:
                number += 1
                column = f"{name}_{number}"
            self._column_of[block, source] = column
            self.named[column] = source
        return column


def _slug(source: str) -> str:
    return _NON_WORD.sub("_", source.lower()).strip("_")[:_MAX_NAME_LENGTH] or "unnamed"


def _lookup(record: Record, path: tuple[str, ...]) -> Any:  # noqa: ANN401 -- a value of any field
    value: Any = record
    for name in path:
        value = None if value is None else getattr(value, name)
    return value


def _value(column: Column, record: Record) -> Cell:
    value = _lookup(record, column.path)
    if column.role == "shown":
        return value is not None
    return "; ".join(value) if isinstance(value, list) else value


def _count(block: str, source: str, record: Record) -> Cell:
    """Return the count of a source. None if the page shows two different counts, since either may be wrong."""
    counts: Sequence[Count] = getattr(record, block) or ()
    values = {count.count for count in counts if count.source == source}
    return values.pop() if len(values) == 1 else None


def _ranking_value(scope: Scope, name: str, record: Record) -> Cell:
    rankings = [ranking for ranking in record.rankings or () if ranking.scope == scope]
    return getattr(rankings[0], name) if len(rankings) == 1 else None


def _highlights(record: Record) -> Cell:
    return None if record.highlights is None else " | ".join(highlight.text for highlight in record.highlights)


def _groups(path: tuple[str, ...], record: Record) -> Cell:
    groups: list[Group] | None = _lookup(record, path)
    return None if groups is None else "; ".join(map(_group, groups))


def _group(group: Group) -> str:
    percent = "" if group.percent is None else f" ({group.percent}%)"
    return f"{group.name} {group.count}{percent}"


def _details_url(record: Record) -> Cell:
    if record.altmetric_id is None:
        return None
    return details_url(Identifier("altmetric_id", str(record.altmetric_id)))


def _identifiers(record: Record) -> Cell:
    return "; ".join(f"{identifier.scheme}:{identifier.value}" for identifier in record.identifiers)


def _inconsistencies(record: Record) -> Cell:
    return "; ".join(
        f"{finding.code}{f' of {finding.where}' if finding.where else ''}: {' | '.join(finding.values)}"
        for finding in record.inconsistencies
    )


def _unread(record: Record) -> Cell:
    return "; ".join(f"{unread.part}: {unread.text}" for unread in record.unread)


_NAMES = frozenset(name for name, _ in columns())
