"""The first rows of a table → its columns of identifiers."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from altdetails.errors import IdentifierError, InputError
from altdetails.identifiers import doi, identify
from altdetails.lists.entry import Entry, NumberKind, is_bare_number
from altdetails.lists.roles import NAMES, VAGUE_NAMES, ListField, Role, is_missing, normalise_name, take

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "HEAD",
    "HEADER_WITHIN",
    "ListColumn",
    "ListColumns",
    "bare_numbers_error",
    "find_columns",
    "is_header",
    "join_names",
    "split_bare_numbers",
]

HEAD = 50
"""The number of first rows that decide."""
HEADER_WITHIN = 10
"""The header is one of so many first rows: some exports have a line about themselves above it."""

_MAX_LISTED = 40
_MAX_DIGITS = 9
"""The most digits of a column's number. Python refuses to read a number of more than 4,300 digits."""
_CERTAIN: frozenset[Role] = frozenset({"doi", "altmetric_id", "any", "pmid", "arxiv", "isbn"})
"""Roles whose names make a row the header."""
_WITH_ADDRESS: frozenset[Role] = frozenset({"doi", "altmetric_id", "any"})
_HOLDING: frozenset[Role] = frozenset({"doi", "any", "vague"})
_WEB_OF_SCIENCE = {"pt", "ut", "di"}


class ListColumn(NamedTuple):
    """A column that can hold the identifier of a row."""

    position: int
    """From 0."""
    name: str
    role: Role


class ListColumns(NamedTuple):
    """The columns of a table from which the identifiers are taken."""

    file: str
    above: int
    """The number of rows above the first identifier."""
    taken: tuple[ListColumn, ...]
    compared: tuple[ListColumn, ...]
    """Further columns that hold DOIs. No identifier is taken from them, and they must agree."""
    numbers: NumberKind | None
    """What bare numbers are, if the user says it."""

    def take(self, number: int, cells: Sequence[str]) -> Entry | None:
        """Return the identifier of a row, or None.

        Raises:
            InputError: if two columns hold different DOIs, or nothing says what the number in the row is.
        """
        self._compare(number, cells)
        fields = [ListField(column.name, column.role, text) for column in self.taken if (text := _cell(cells, column))]
        known, bare = split_bare_numbers(fields, self.numbers)
        entry = take(known, f"{self.file}:{number}", self.file, number)
        if entry is None and bare:
            raise bare_numbers_error(self.file, f"column {bare[0].name}")
        return entry

    def _compare(self, number: int, cells: Sequence[str]) -> None:
        holding = [column for column in self.taken if column.role in _HOLDING]
        holding += self.compared
        if len(holding) < 2:  # noqa: PLR2004 -- two columns can differ
            return
        matches: dict[str, str] = {}
        for column in holding:
            text = _cell(cells, column)
            if not is_missing(text) and (read := _doi_in(text)):
                matches.setdefault(read, column.name)
        if len(matches) > 1:
            first, second, *_ = matches.values()
            raise InputError(
                f"{self.file}:{number}: the columns {first} and {second} hold different DOIs: name one with --column"
            )


def find_columns(
    file: str, head: Sequence[tuple[int, Sequence[str]]], column: str | None, numbers: NumberKind | None = None
) -> ListColumns:
    """Find the columns of identifiers in the first rows of a table.

    Args:
        file: the name of the file in messages.
        head: the first rows, each with its number.
        column: the name of the column, or its number from 1 if no column has that name. None: find it.
        numbers: what bare numbers are, if the user says it.

    Raises:
        InputError: if there is no such column, or no column has identifiers. The error lists the columns.
    """
    table = [list(cells) for _, cells in head]
    if column is not None:
        above, position, name = _find_named(file, table, column)
        return ListColumns(file, above, (ListColumn(position, name, _role(name, ()) or "vague"),), (), numbers)
    above = next((row for row, cells in enumerate(table[:HEADER_WITHIN], 1) if is_header(cells)), 0)
    holding = _columns_of_dois(table[above:])
    if above:
        header = table[above - 1]
        named = _named_columns(header)
        positions = {member.position for member in named}
        unnamed = [ListColumn(member, _name(header, member), "any") for member in holding if member not in positions]
        if any(member.role in _WITH_ADDRESS for member in named):
            return ListColumns(file, above, tuple(named), tuple(unnamed), numbers)
        return ListColumns(file, above, (*named, *unnamed[:1]), tuple(unnamed[1:]), numbers)
    return _find_unnamed(file, table, holding, numbers)


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row has the name of a column of identifiers."""
    return any(NAMES.get(normalise_name(cell)) in _CERTAIN for cell in cells)


def _find_unnamed(file: str, table: list[list[str]], holding: list[int], numbers: NumberKind | None) -> ListColumns:
    """Find the column in a table without a name that says what it holds."""
    matches = _find_by_content(table)
    position = _find_by_vague_name(table[0]) if matches is None else matches
    if position is None:
        raise InputError(
            f"{file}: no column of identifiers found; name one with --column, and say --ids if it holds bare numbers: "
            f"{_list_columns(table)}"
        )
    above = _header_rows(table, position)
    header = table[0] if above else []
    others = tuple(ListColumn(member, _name(header, member), "any") for member in holding if member != position)
    first = ListColumn(position, _name(header, position), "vague" if matches is None else "any")
    return ListColumns(file, above, (first,), others if position in holding else (), numbers)


def split_bare_numbers(
    fields: Iterable[ListField], numbers: NumberKind | None
) -> tuple[list[ListField], list[ListField]]:
    """Return the fields whose values can be read, and the bare numbers that can be anything."""
    known, bare = [], []
    role: Role = "pmid" if numbers == "pmid" else "altmetric_id"
    for field in fields:
        if field.role not in {"any", "vague"} or not is_bare_number(field.text):
            known.append(field)
        elif numbers is None:
            bare.append(field)
        else:
            known.append(field._replace(role=role))
    return known, bare


def bare_numbers_error(file: str, holder: str) -> InputError:
    """Return the error about bare numbers that can be anything."""
    return InputError(f"{file}: {holder} holds bare numbers: say --ids altmetric or --ids pmid")


def join_names(names: Iterable[str]) -> str:
    """Join the names of columns for a message. Long names and long lists are shortened."""
    return ", ".join(name.strip()[:_MAX_LISTED] for name in islice(names, _MAX_LISTED))


def _cell(cells: Sequence[str], column: ListColumn) -> str:
    return cells[column.position].strip() if column.position < len(cells) else ""


def _name(header: Sequence[str], position: int) -> str:
    name = header[position].strip()[:_MAX_LISTED] if position < len(header) else ""
    return name or str(position + 1)


def _role(name: str, header: Iterable[str]) -> Role | None:
    normalised = normalise_name(name)
    others = set(map(normalise_name, header))
    if normalised == "identifier" and "outcome" in others:
        return "altmetric_id"  # a failures file of a run, or a table of outcomes
    if normalised == "pm" and others >= _WEB_OF_SCIENCE:
        return "pmid"
    return NAMES.get(normalised)


def _named_columns(header: Sequence[str]) -> list[ListColumn]:
    roles = ((position, _role(name, header)) for position, name in enumerate(header))
    matches = [ListColumn(position, _name(header, position), role) for position, role in roles if role is not None]
    preference = {name: place for place, name in enumerate(NAMES)}
    return sorted(matches, key=lambda column: preference.get(normalise_name(column.name), len(NAMES)))


def _find_named(file: str, table: list[list[str]], column: str) -> tuple[int, int, str]:
    for normalise in (str.strip, normalise_name):
        for above, cells in enumerate(table[:HEADER_WITHIN], 1):
            for position, cell in enumerate(cells):
                if cell and normalise(cell) == normalise(column):
                    return above, position, _name(cells, position)
    if column.isdecimal() and len(column) <= _MAX_DIGITS and 0 < int(column) <= max(map(len, table)):
        position = int(column) - 1
        above = _header_rows(table, position)
        return above, position, _name(table[0] if above else [], position)
    raise InputError(f"{file}: has no column {column!r}; {_list_columns(table)}")


def _columns_of_dois(rows: list[list[str]]) -> list[int]:
    """Return the columns with at least as many DOIs as other texts. Digits are not counted: they could be anything."""
    filled = Counter(position for cells in rows for position, cell in enumerate(cells) if not is_missing(cell.strip()))
    dois = Counter(position for cells in rows for position, cell in enumerate(cells) if _doi_in(cell))
    return sorted(position for position, count in dois.items() if count * 2 >= filled[position])


def _find_by_content(table: list[list[str]]) -> int | None:
    """Return the column with the most DOIs and details addresses, if at least half of its cells contain one."""
    filled = Counter(position for cells in table for position, cell in enumerate(cells) if cell.strip())
    certain = Counter(position for cells in table for position, cell in enumerate(cells) if _is_certain(cell))
    position = max(sorted(certain), key=certain.__getitem__, default=None)
    return position if position is not None and certain[position] * 2 >= filled[position] else None


def _find_by_vague_name(header: list[str]) -> int | None:
    if len(header) == 1:
        return 0
    names = [normalise_name(cell) for cell in header]
    return next((names.index(wanted) for wanted in VAGUE_NAMES if wanted in names), None)


def _header_rows(table: list[list[str]], position: int) -> int:
    """Return 0 if the first row has an identifier in this column, or 1 if it is a header."""
    try:
        identify(table[0][position])
    except (IdentifierError, LookupError):
        return 1
    return 0


def _doi_in(cell: str) -> str | None:
    if "10." not in cell:
        return None
    try:
        return doi(cell)
    except IdentifierError:
        return None


def _is_certain(cell: str) -> bool:
    try:
        scheme = identify(cell).scheme
    except IdentifierError:
        return False
    return scheme in {"doi", "address"} or (scheme == "altmetric_id" and "altmetric" in cell.casefold())


def _list_columns(table: list[list[str]]) -> str:
    """List the columns for a message, by the names in the widest of the first rows."""
    header = max(table[:HEADER_WITHIN], key=len)
    return f"its columns are {join_names(cell or str(number) for number, cell in enumerate(header, 1))}"
