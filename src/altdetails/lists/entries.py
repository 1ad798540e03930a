"""Lists in any form (text, tables, exports of reference managers, JSON, or an identifier itself) → identifiers.

    for entry in entries(["dois.txt", "library.bib", "10.5555/12345678"]):
        identifier, reason = identify_entry(entry)

A list of lines or rows can have any length: only its first lines are held in memory, to find its form.
"""

from __future__ import annotations

import re
import stat
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from altdetails import identifiers
from altdetails._arguments import is_address
from altdetails.documents import printable
from altdetails.errors import IdentifierError, InputError
from altdetails.links import without_key
from altdetails.lists import bibtex, json_lists, rdf, tagged
from altdetails.lists.entry import Entry, NumberKind, is_bare_number, read_entry
from altdetails.lists.identifier_columns import bare_numbers_error, join_names, split_bare_numbers
from altdetails.lists.opening import STANDARD_INPUT, ListContent, open_content
from altdetails.lists.roles import ListField, ListItem, Role, is_missing, role_of, scheme_of, take
from altdetails.lists.tabular import form_of_records, read_table, separator_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["ListReading", "Noted", "entries"]

_COMMENT = re.compile(r"(?:\A|\s)#.*", re.DOTALL)
_OTHER_FORMATS = (
    (
        re.compile(r"(?is)<(?:\?xml\b(?!.{0,1500}?<html\b)|xml>|pubmed)"),
        "XML; export the references as RIS, BibTeX or CSV instead, or write one identifier on each line",
    ),
    (re.compile(r"(?i)<(?:!doctype|html|\?xml|[a-z])"), "a page or XML; `altdetails parse` reads saved pages"),
    (re.compile(r"WARC/[0-9]"), "an archive of pages; `altdetails parse` reads it"),
)
_JSON_ENDINGS = (".jsonl", ".ndjson", ".json")
_BEGINNING = 2000
_SEVERAL = re.compile(
    r"(?<![\s,;|])[\s,;|]++(?=(?:doi:\s*+|(?:https?://)?(?:dx\.)?doi\.org/)?10\.[0-9]{4,9}/)", re.IGNORECASE
)
_EXAMPLES = 5
"""How many rows of a kind are named."""


class Noted(NamedTuple):
    """A row to name."""

    row: int | None
    text: str
    """The text that was corrected; empty if nothing was."""
    reason: str
    """In words."""


@dataclass(slots=True)
class ListReading:
    """What was understood of a list. It grows while the list is read."""

    name: str
    """The name of the file, or of the arguments."""
    form: str
    """`CSV`, `RIS`, `text`, …"""
    rows: int = 0
    """Rows, records or lines with an entry."""
    identifiers: int = 0
    """Rows with an identifier, valid or not, repeated or not."""
    fields: Counter[str] = field(default_factory=Counter)
    """How many identifiers are from each column, key or field."""
    compared: tuple[str, ...] = ()
    """Further columns that hold the same DOIs."""
    counts: Counter[str] = field(default_factory=Counter)
    """Rows of each kind: `missing`, `several`, `corrected`, `invalid`, `no_address`, `damaged`."""
    examples: dict[str, list[Noted]] = field(default_factory=dict)
    """The first rows of each kind."""

    def add(self, row: int | None, entry: Entry | None) -> None:
        """Count a row."""
        self.rows += 1
        if entry is None:
            self.note("missing", row, "", "no identifier")
            return
        self.identifiers += 1
        if entry.field is not None:
            self.fields[entry.field] += 1
        identified = read_entry(entry)
        if identified.outcome is not None:
            self.note(identified.outcome, row, "", identified.reason or "")
        elif identified.correction is not None:
            self.note("corrected", row, entry.text, f"{identified.identifier} ({identified.correction})")

    def note(self, kind: str, row: int | None, text: str, reason: str) -> None:
        """Count a row of a kind, and keep it if it is one of the first."""
        self.counts[kind] += 1
        examples = self.examples.setdefault(kind, [])
        if len(examples) < _EXAMPLES:
            examples.append(Noted(row, without_key(text), reason))


class _ListRow(NamedTuple):
    """A row of a list."""

    number: int
    entry: Entry | None
    damage: str | None = None
    """How the row is damaged, if its identifier was found nevertheless."""


def entries(
    sources: Iterable[str],
    *,
    column: str | None = None,
    ids: NumberKind | None = None,
    readings: list[ListReading] | None = None,
) -> Iterator[Entry]:
    """Yield every entry of the lists, in order. Read their identifiers with `identify_entry`.

    Args:
        sources: files (text, tables, workbooks, BibTeX, RIS, PubMed, Web of Science, EndNote, JSON, RDF; all but
            workbooks also with gzip), `-` for standard input, or identifiers. The content of a file decides its form.
        column: in tables, the column of identifiers, by its name or its number from 1; in JSON, the key. By default,
            it is found by the names that exports use, or by its cells.
        ids: what bare numbers are, if nothing in the file says it.
        readings: what is understood of each source is appended to this list when its reading begins.

    Raises:
        InputError: if a source is neither a file nor an identifier (before any file is read), if a file is not a list,
            if nothing says what its bare numbers are, if two columns hold different DOIs, or if a line, a row or the
            columns make the rest unreadable. It contains the file, the line and what to do.
    """
    readings = [] if readings is None else readings
    resolved = [_resolve_source(source, number, ids) for number, source in enumerate(sources, 1)]
    arguments = ListReading("arguments", "identifiers")
    for source in resolved:
        if isinstance(source, Entry):
            if not arguments.rows:
                readings.append(arguments)
            arguments.add(None, source)
            yield source
        else:
            yield from _read_file(source, column, ids, readings)


def _resolve_source(source: str, number: int, ids: NumberKind | None) -> str | Entry:
    """Return the path of a file, or an entry if the source is an identifier."""
    if source == STANDARD_INPUT:
        return source
    if not source.strip():
        raise InputError(f"argument {number} is empty; give a file or an identifier")
    name = printable(source)
    try:
        mode = Path(source).stat().st_mode
    except (OSError, ValueError):
        return _argument(name, number, ids)
    if stat.S_ISDIR(mode):
        raise InputError(f"{name}: is a folder; give the lists in it")
    return source


def _argument(name: str, number: int, ids: NumberKind | None) -> Entry:
    text = name.strip()
    if is_bare_number(text):
        if ids is None:
            raise InputError(
                f"{text}: a bare number: say --ids altmetric or --ids pmid,"
                f" or write 'altmetric:{text}' or 'pmid:{text}'"
            )
        return Entry(text, f"argument {number}", scheme="pmid" if ids == "pmid" else "altmetric_id")
    entry = Entry(text, f"argument {number}")
    if read_entry(entry).outcome == "invalid":
        try:
            identifiers.identify(name)
        except IdentifierError as error:
            if is_address(name):
                raise InputError(f"{name}: lists are read from this machine; copy the file here first") from error
            raise InputError(f"{name}: no such file, and not an identifier. {error}") from error
    return entry


def _read_file(path: str, column: str | None, ids: NumberKind | None, readings: list[ListReading]) -> Iterator[Entry]:
    with ExitStack() as stack:
        content = open_content(path, stack)
        reading = ListReading(content.name, "")
        readings.append(reading)
        for row in _rows(content, column, ids, reading, stack):
            reading.add(row.number, row.entry)
            if row.damage is not None:
                reading.note("damaged", row.number, "", row.damage)
            if row.entry is not None:
                yield row.entry


def _rows(
    content: ListContent, column: str | None, ids: NumberKind | None, reading: ListReading, stack: ExitStack
) -> Iterable[_ListRow]:
    """Return the rows of a file, by its form, and name the form."""
    name, head, lines = content.name, content.head, chain(content.head, content.rest)
    first = next(filter(None, map(str.strip, head)), "")
    mark = None if content.workbook else separator_of(content)
    if content.workbook or (mark is not None and form_of_records(head) is None):
        table = read_table(content, mark, column, ids, stack)
        reading.form, reading.compared = table.form, table.compared
        return (_ListRow(row.number, row.entry) for row in table.rows)
    opening = "".join(head)[:_BEGINNING].lstrip()
    if rdf.OPENING.match(opening):
        reading.form = "Zotero RDF"
        return _rows_of_items(name, rdf.read_rdf(name, lines))
    for beginning, reason in _OTHER_FORMATS:
        if beginning.match(opening):
            raise InputError(f"{name}: is {reason}")
    if json_lists.OPENING.match(first) or content.ending in _JSON_ENDINGS:
        return _rows_of_json(content, column, ids, reading)
    if dialect := tagged.dialect_of(head):
        reading.form = dialect.form
        return _rows_of_items(name, tagged.read_tagged(dialect, lines))
    if any(map(bibtex.OPENING.match, head)):
        reading.form = "BibTeX"
        return _rows_of_items(name, bibtex.read_bibtex(lines))
    reading.form = "text"
    return _rows_of_text(name, lines, ids, reading)


def _rows_of_items(name: str, items: Iterable[ListItem]) -> Iterator[_ListRow]:
    for item in items:
        yield _ListRow(item.number, take(item.fields, f"{name}:{item.number}", name, item.number), item.damage)


def _rows_of_text(name: str, lines: Iterable[str], ids: NumberKind | None, reading: ListReading) -> Iterator[_ListRow]:
    role: Role = "vague"
    is_first = True
    for number, line in enumerate(map(str.strip, lines), 1):
        content = _COMMENT.sub("", line).strip() if "#" in line else line
        if not content:
            continue
        if is_first:
            is_first = False
            if (heading := role_of(content)) is not None:
                role = heading
                continue
        pieces = _divide(content)
        if len(pieces) > 1:
            reading.note("several", number, "", f"{len(pieces)} identifiers")
        for text in pieces:
            known, bare = split_bare_numbers([ListField("", role, text)], ids)
            if bare:
                raise bare_numbers_error(name, f"line {number}")
            if is_missing(text):
                yield _ListRow(number, None)
            else:
                scheme = scheme_of(known[0].role)
                yield _ListRow(number, Entry(text, f"{name}:{number}", None, name, number, scheme))


def _divide(content: str) -> list[str]:
    """Return the DOIs of a line, if it is several DOIs and nothing else; or the line."""
    pieces = _SEVERAL.split(content) if content.count("10.") > 1 else [content]
    if len(pieces) > 1 and all(read_entry(Entry(piece, "")).outcome is None for piece in pieces):
        return pieces
    return [content]


def _rows_of_json(
    content: ListContent, column: str | None, ids: NumberKind | None, reading: ListReading
) -> Iterator[_ListRow]:
    """Yield the rows of JSON.

    Raises:
        InputError: if nothing says what bare numbers are; or at the end, if no object has a key of identifiers.
    """
    name, lines = content.name, chain(content.head, content.rest)
    first = next(filter(None, map(str.strip, content.head)), "")
    by_line = json_lists.is_json_lines(content.head) or not json_lists.OPENING.match(first)
    reading.form = "JSON lines" if by_line else "JSON"
    keyless: json_lists.JsonItem | None = None
    has_key = False
    bare_key: str | None = None
    for item in json_lists.read_json_lines(lines) if by_line else json_lists.read_json(name, lines):
        if item.values is None:
            yield _ListRow(item.number, _entry_of_value(item, name, ids))
            has_key = True
            continue
        if not reading.rows:
            reading.form = json_lists.product_of(item) or reading.form
        known, bare = split_bare_numbers(json_lists.fields_of(item, column), ids)
        entry = _entry_of_object(item, known, name, column)
        has_key = has_key or entry is not None or any(field.role != "vague" for field in known)
        bare_key = bare_key or (bare[0].name if bare else None)
        keyless = keyless or item
        yield _ListRow(item.number, entry, item.damage)
    if has_key or keyless is None or keyless.values is None:
        return
    if bare_key is not None:
        raise bare_numbers_error(name, f"key {bare_key}")
    keys = join_names(key for key, _ in keyless.values)
    raise InputError(
        f"{name}:{keyless.number}: no key of identifiers found; name one with --column: its keys are {keys}"
    )


def _entry_of_object(
    item: json_lists.JsonItem, fields: Sequence[ListField], name: str, column: str | None
) -> Entry | None:
    place = f"{name}:{item.number}"
    readable = [field for field in fields if field.text != json_lists.NOT_TEXT]
    if column is None:  # a key such as `id` can hold anything, so another text in it is not a fault
        readable = [field._replace(role="address") if field.role == "vague" else field for field in readable]
    entry = take(readable, place, name, item.number)
    if entry is None and len(readable) < len(fields):
        return Entry(item.text, place, "the identifier is neither text nor a number", name, item.number)
    return entry


def _entry_of_value(item: json_lists.JsonItem, name: str, ids: NumberKind | None) -> Entry | None:
    """Return the entry of a text or a number, or of a damaged line."""
    place = f"{name}:{item.number}"
    if item.fault is not None:
        return Entry(item.text, place, item.fault, name, item.number)
    known, bare = split_bare_numbers([ListField("", "vague", item.text)], ids)
    if bare:
        raise bare_numbers_error(name, f"line {item.number}")
    return take(known, place, name, item.number)
