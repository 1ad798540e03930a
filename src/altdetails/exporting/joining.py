"""Every row of a user's table, with the newest snapshot of its paper next to it."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, Self

from altdetails.documents import printable
from altdetails.errors import InputError
from altdetails.exporting.columns import is_number_column, paper_columns
from altdetails.exporting.newest import key_of
from altdetails.exporting.outcome_rows import PENDING
from altdetails.exporting.row_files import TableColumn
from altdetails.lists.entry import identify_entry
from altdetails.lists.tabular import open_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from altdetails.exporting.newest import Newest, Paper
    from altdetails.exporting.row_files import Kind, Value
    from altdetails.lists.entry import NumberKind
    from altdetails.lists.tabular import ListTable, TableRow

__all__ = ["Joined", "JoinedRow", "added_names"]

_PREFIX = "altdetails_"
_MAX_INTEGER = 2**63
_OUTCOMES = {"not_tracked": "not tracked", PENDING: "not asked", "no_address": "not asked"}
"""The outcomes of a run in the words of this table. All others are `failed`."""
_NO_IDENTIFIER = "the row has no identifier"
_NO_RECORD = "the run has a page of it, but the records do not have it"
_KINDS: dict[frozenset[type], Kind] = {
    frozenset({bool}): "boolean",
    frozenset({int}): "integer",
    frozenset({int, float}): "number",
    frozenset({float}): "number",
    frozenset({date}): "date",
    frozenset({datetime}): "moment",
}


class JoinedRow(NamedTuple):
    """A row of the user's table with what was added to it."""

    number: int
    """The number of the row in the file, from 1."""
    identifier: str | None
    """Its identifier as written."""
    cells: list[Value]
    """All cells, in the order of `Joined.columns`."""
    outcome: str
    """`ok`, `not tracked`, `no identifier`, `failed` or `not asked`."""
    reason: str | None
    """The reason, if the row has no record; else None."""
    paper: Paper | None


class Joined:
    """A user's table with the newest snapshot of each row's paper. A context manager."""

    def __init__(
        self, path: str, newest: Newest, *, column: str | None, ids: NumberKind | None, has_runs: bool
    ) -> None:
        """Open the table, and read it once for the width and the types of its columns.

        Args:
            path: CSV, TSV or a workbook.
            newest: the snapshots and outcomes, complete.
            column: the column of identifiers, as `open_table` takes it.
            ids: what bare numbers are, as `open_table` takes it.
            has_runs: whether the outcomes of runs are known.

        Raises:
            InputError: if the file is not a table, or has no rows, or no column of identifiers.
        """
        self._newest = newest
        self._has_runs = has_runs
        with open_table(path, column, ids) as table:
            own = _own_columns(table, printable(path))
        with ExitStack() as stack:
            self._table = stack.enter_context(open_table(path, column, ids))
            self._resources = stack.pop_all()
        self.own = len(own)
        """The number of the user's own columns, which are the first."""
        self._names = added_names(newest.sources.names)
        taken = {column.name.casefold() for column in own}
        self.names = [f"{_PREFIX}{name}" if name.casefold() in taken else name for name in self._names]
        """The names of the added columns: with a prefix if the table has the name already."""
        kinds = [TableColumn(name, _kind_of(added)) for name, added in zip(self.names, self._names, strict=True)]
        self.columns = [*own, *kinds]
        self.outcomes: Counter[str] = Counter()
        """The number of rows with each outcome, complete when all rows are read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def added(self) -> list[tuple[str, str]]:
        """Return the heading of each added column, and its name without a prefix."""
        return list(zip(self.names, self._names, strict=True))

    def rows(self) -> Iterator[JoinedRow]:
        """Yield every row of the table, in order. It can be read once."""
        for row in self._table.rows:
            outcome, reason, key, paper = self._answer(row)
            self.outcomes[outcome] += 1
            added = dict(paper.cells) if paper else _identifier_cells(key)
            added["outcome"] = outcome
            own = [None if cell == "" else cell for cell in row.cells[: self.own]]
            padding = [None] * (self.own - len(own))
            cells = [*own, *padding, *map(added.get, self._names)]
            yield JoinedRow(row.number, row.entry and row.entry.text, cells, outcome, reason, paper)

    def _answer(self, row: TableRow) -> tuple[str, str | None, str | None, Paper | None]:
        """Return the outcome of a row, the reason, the key of its identifier, and its paper."""
        if row.entry is None:
            return "no identifier", _NO_IDENTIFIER, None, None
        text, fault = identify_entry(row.entry)
        key = key_of(text)
        if key is None or row.entry.fault:
            return "no identifier", fault, None, None
        if paper := self._newest.find(key):
            return "ok", None, key, paper
        known = self._newest.outcome(key)
        if known is None:
            return "not asked", fault or self._not_asked(), key, None
        outcome, reason = known
        return _OUTCOMES.get(outcome, "failed"), _NO_RECORD if outcome == "ok" else reason, key, None

    def _not_asked(self) -> str:
        return "no run has this identifier" if self._has_runs else "the records do not have it"


def added_names(sources: list[str]) -> list[str]:
    """Return the names of the added columns, in order.

    Args:
        sources: the columns of unknown sources.
    """
    numbers = [name for name, _ in paper_columns() if is_number_column(name) and name != "score"]
    percentiles = [name for name in numbers if name.startswith("percentile_")]
    counts = [name for name in numbers if name not in percentiles]
    return [
        *("doi", "altmetric_id", "title", "score"),
        *(*counts, *sources, *percentiles),
        *("outcome", "details_url", "captured_at"),
    ]


def _own_columns(table: ListTable, name: str) -> list[TableColumn]:
    """Read a table, and return its columns, also those without a name at the end of long rows.

    Raises:
        InputError: if it has no rows.
    """
    types: list[set[type]] = [set() for _ in table.header]
    number = 0
    for number, row in enumerate(table.rows, 1):  # noqa: B007
        cells = row.cells
        while len(cells) > len(types) and cells[-1] in {None, ""}:
            cells = cells[:-1]
        types += [set() for _ in cells[len(types) :]]
        for seen, cell in zip(types, cells, strict=False):
            if cell is not None and cell != "":
                is_huge = type(cell) is int and not -_MAX_INTEGER <= cell < _MAX_INTEGER
                seen.add(str if is_huge else type(cell))
    if not number:
        raise InputError(f"{name}: has no rows with your papers; give a table with a header and rows below it")
    names = [*table.header, *(f"column {number}" for number in range(len(table.header) + 1, len(types) + 1))]
    return [TableColumn(name, _KINDS.get(frozenset(seen), "text")) for name, seen in zip(names, types, strict=True)]


def _identifier_cells(key: str | None) -> dict[str, Value]:
    """Return the cells of a row without a record: its own identifier, normalised."""
    scheme, _, value = (key or "").partition(":")
    if scheme == "altmetric_id":
        return {scheme: int(value)}
    return {"doi": value} if scheme == "doi" else {}


def _kind_of(name: str) -> Kind:
    return "integer" if is_number_column(name) or name == "altmetric_id" else "text"
