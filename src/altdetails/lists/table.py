"""Lines of a table (CSV, TSV and their kin) → its rows, and the columns in it that hold identifiers."""

from __future__ import annotations

import csv
import re
from collections import Counter
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal, TypeVar

from altdetails.errors import IdentifierError, InputError
from altdetails.identifiers import identify

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["MAX_ROW", "NAMES", "ONE_COLUMN", "NumberedRow", "identifying", "key", "named", "rows", "separator", "some"]

MAX_ROW = 2**20
"""The longest row, in characters."""

ONE_COLUMN = "\x1f"
"""The separator of a table of one column: a character that stands in none."""

NAMES = (
    *("doi", "di", "doi link", "doi url", "ids doi", "article doi", "identifier"),
    *("altmetric id", "details page url", "details url", "altmetric url"),
)
"""How exports call what can be asked for, as `key` gives it, in the order of preference.

Altmetric Explorer: `DOI`, `Details Page URL` · Web of Science: `DI`, or `DOI` and `DOI Link` · Scopus, Dimensions and
Crossref: `DOI` · OpenAlex: `doi`, `ids.doi` · altdetails: `doi`, `altmetric_id`, `identifier`.
"""

Value = TypeVar("Value")
NumberedRow = tuple[int, list[str]]
"""The number of the line that a row begins on, from 1, and its cells."""

_VAGUE_NAMES = ("url", "uri", "link", "address", "id")
"""Names that decide where neither another name nor a cell does."""
_SEPARATORS = ("\t", ";", ",", "|")
_HEADER_WITHIN = 10
"""In how many first rows a header is looked for: some exports have a line about themselves above it."""
_MOST_LISTED = 40
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*\Z', re.IGNORECASE)
_SICI_END = re.compile(r";(?=[0-9]-[0-9A-Za-z#](?!\w))")
_WORDS = re.compile(r"[^\W_]+")
_QUOTED_CELL = re.compile(r'(?:\A|\t)"[^\t"]*+"(?=[\t\n])')


def key(name: str) -> str:
    """A column's name as `NAMES` has it: its words in small letters, with a space between them."""
    return " ".join(_WORDS.findall(name.casefold()))


def named(item: Mapping[str, Value], column: str | None) -> list[Value]:
    """The values of an object that can be its identifier, the likeliest first.

    Args:
        item: an object with the names of columns as its keys.
        column: the only key that counts, where somebody gave one.
    """
    by_key = {key(name): value for name, value in item.items()}
    for names in [[key(column)]] if column is not None else [NAMES, _VAGUE_NAMES]:
        if found := [by_key[name] for name in names if name in by_key]:
            return found
    return []


def some(names: Iterable[str]) -> str:
    """The names of columns for a message: not too many, and none too long."""
    return ", ".join(name.strip()[:_MOST_LISTED] for name in islice(names, _MOST_LISTED))


def separator(lines: Sequence[str]) -> str | None:
    """What stands between the cells of a table, by its first lines; None where they are no table of two columns.

    The one that a line `sep=` tells, as Excel writes it; the one that makes a row with one of `NAMES` in it; or the one
    that gives every row the most cells. A `;` that belongs to an old DOI (`…3.0.CO;2-Z`) separates nothing.
    """
    if lines and (said := _SEPARATOR_LINE.match(lines[0])):
        return said[1]
    most, found = 1, None
    for mark in _SEPARATORS:
        cells: list[list[str]] = []
        with suppress(csv.Error):
            cells.extend(filter(None, _reader((_SICI_END.sub("", line) for line in lines), mark)))
        if any(len(row) > 1 and any(key(cell) in NAMES for cell in row) for row in cells[:_HEADER_WITHIN]):
            return mark
        fewest = min(map(len, cells), default=0)
        if fewest > most:
            most, found = fewest, mark
    return found


def rows(name: str, head: Sequence[str], more: Iterable[str], mark: str) -> Iterator[NumberedRow]:
    """The rows of a table, without those of which every cell is empty.

    Args:
        name: what the file is called in messages.
        head: its first lines, with their line ends.
        more: the others. A cell in quotes goes over several lines.
        mark: what separates cells.

    Raises:
        InputError: where a row is longer than `MAX_ROW`, or its quotes do not close, naming the line it begins on.
    """
    begun, length = 1, 0

    def measured() -> Iterator[str]:
        nonlocal length
        for line in chain(_without_separator_line(head), more):
            length += len(line)
            if length > MAX_ROW:
                reason = f"a row of more than {MAX_ROW >> 10:,} KiB; close the quotes that open in it"
                raise InputError(f"{name}:{begun}: {reason}")
            yield line

    reader = _reader(measured(), mark, _quoting(head, mark))
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield begun, cells
            begun, length = reader.line_num + 1, 0
    except csv.Error as error:
        raise InputError(f"{name}:{begun}: broken quotes ({error}); mend the row, or save the table again") from error


def identifying(name: str, head: Sequence[NumberedRow], column: str | None) -> tuple[int, list[int]]:
    """Where in a table identifiers stand, by its first rows.

    Args:
        name: what the file is called in messages.
        head: the first rows.
        column: the name that somebody gave, or the number, from 1, where no column has that name.

    Returns:
        How many rows stand above the first identifier, and the columns from 0, in the order in which a row's cells are
        asked until one is filled.

    Raises:
        InputError: where `column` is not there, or none can be told; it lists the columns that are.
    """
    table = [cells for _, cells in head]
    if column is not None:
        return _given(name, table, column)
    for above, cells in enumerate(table[:_HEADER_WITHIN], 1):
        keys = [key(cell) for cell in cells]
        if named := [place for wanted in NAMES for place, found in enumerate(keys) if found == wanted]:
            return above, named
    place = _by_content(table)
    if place is None:
        place = _by_vague_name(table[0])
    if place is None:
        raise InputError(f"{name}: no column of identifiers found; name one with --column: {_columns(table)}")
    return _above(table, place), [place]


def _without_separator_line(head: Sequence[str]) -> Sequence[str]:
    return ["\n", *head[1:]] if head and _SEPARATOR_LINE.match(head[0]) else head


def _given(name: str, table: list[list[str]], column: str) -> tuple[int, list[int]]:
    for same in (str.strip, key):
        for above, cells in enumerate(table[:_HEADER_WITHIN], 1):
            if named := [place for place, cell in enumerate(cells) if cell and same(cell) == same(column)]:
                return above, named
    if column.isdecimal() and 0 < int(column) <= max(map(len, table)):
        place = int(column) - 1
        return _above(table, place), [place]
    raise InputError(f"{name}: has no column {column!r}; {_columns(table)}")


def _by_content(table: list[list[str]]) -> int | None:
    """The column with the most DOIs and details addresses, if they are half of its cells; digits could be anything."""
    filled = Counter(place for cells in table for place, cell in enumerate(cells) if cell.strip())
    found = Counter(place for cells in table for place, cell in enumerate(cells) if _is_unmistakable(cell))
    place = max(sorted(found), key=found.__getitem__, default=None)
    return place if place is not None and found[place] * 2 >= filled[place] else None


def _by_vague_name(header: list[str]) -> int | None:
    if len(header) == 1:
        return 0
    keys = [key(cell) for cell in header]
    return next((keys.index(wanted) for wanted in _VAGUE_NAMES if wanted in keys), None)


def _above(table: list[list[str]], place: int) -> int:
    """1 where the first row is a header, 0 where it has an identifier itself."""
    try:
        identify(table[0][place])
    except (IdentifierError, LookupError):
        return 1
    return 0


def _is_unmistakable(cell: str) -> bool:
    try:
        scheme = identify(cell).scheme
    except IdentifierError:
        return False
    return scheme in {"doi", "address"} or (scheme == "altmetric_id" and "altmetric" in cell.casefold())


def _columns(table: list[list[str]]) -> str:
    """The columns, for a person: as the widest of the first rows names them."""
    header = max(table[:_HEADER_WITHIN], key=len)
    return f"its columns are {some(cell or str(place) for place, cell in enumerate(header, 1))}"


def _quoting(head: Sequence[str], mark: str) -> Literal[0, 3]:
    """How quotes are read: with tabs as mere letters, unless a cell is seen to stand in them.

    Web of Science writes them bare, and a title can begin with one; Excel puts cells in quotes.
    """
    if mark != "\t" or any(map(_QUOTED_CELL.search, head)):
        return csv.QUOTE_MINIMAL
    return csv.QUOTE_NONE


def _reader(lines: Iterable[str], mark: str, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL) -> Reader:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW))
    return csv.reader(lines, delimiter=mark, quoting=quoting, strict=True)
