"""Find one record of a path: by its number, by its DOI, or by words of its title."""

from __future__ import annotations

import shlex
import sys
import unicodedata
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import click
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from altdetails._files import STANDARD_STREAM, reading_errors
from altdetails._magic import compression_of, without_mark
from altdetails.answers.decoding import looks_like_answers
from altdetails.cli.job import current_job
from altdetails.cli.progress import Reading
from altdetails.cli.ui import pluralize, print_report, say, shorten, strip_controls, warn
from altdetails.diffing.compare import moment
from altdetails.documents import NO_PAGE, Unreadable, is_page
from altdetails.errors import AltdetailsError, IdentifierError, InputError, PageError
from altdetails.exporting.outcome_rows import outcome_rows
from altdetails.identifiers import identify
from altdetails.page import IS_JSON
from altdetails.parsing.engine import parse_document
from altdetails.record import Record
from altdetails.records.files import DamagedLine, is_indented, records
from altdetails.scraping.store.folder import RunFiles
from altdetails.sources import documents_in
from altdetails.sources.browsers import is_har
from altdetails.sources.unpacking import unpacked_start

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator

    from altdetails.documents import Document
    from altdetails.records.files import RecordLine

__all__ = ["DoiQuery", "Query", "TitleQuery", "find_record", "nth_record"]

_PARQUET = b"PAR1"
_MAX_BYTES = 64 * 2**20
_PEEK_BYTES = 512
_MAX_LISTED = 20
_MAX_EXAMPLES = 3
_MAX_EXAMPLE = 60
_BETWEEN_UPDATES = 100


class Query(Protocol):
    """What a record must have."""

    words: str
    """What it is, for a message: `the DOI 10.5555/a`."""

    def fits(self, record: Record) -> bool:
        """Whether a record has it."""

    def example(self, record: Record) -> str | None:
        """What a record has instead, for a message."""

    def reason(self, path: str) -> str | None:
        """Why a run has no such record, if the run says so."""


class DoiQuery:
    """A DOI, in any form."""

    def __init__(self, text: str) -> None:
        try:
            identifier = identify(text)
        except IdentifierError as error:
            raise click.BadParameter(str(error), param_hint="--doi") from error
        if identifier.scheme != "doi":
            raise click.BadParameter(f"{shorten(text)!r} is not a DOI; it begins with 10.", param_hint="--doi")
        self._doi = identifier.value
        self.words = f"the DOI {identifier.value}"

    def fits(self, record: Record) -> bool:
        """Whether this is a DOI of the record."""
        others = (other.value for other in record.identifiers if other.scheme == "doi")
        return self._doi in {record.doi, *others}

    def example(self, record: Record) -> str | None:
        """The DOI of a record."""
        return record.doi and _shortened(record.doi)

    def reason(self, path: str) -> str | None:
        """The outcome of the DOI in a run."""
        for row in outcome_rows(path) if _is_run(path) else ():
            if row.identifier == self._doi and row.outcome != "ok":
                return ": ".join(filter(None, (row.outcome.replace("_", " "), row.reason)))
        return None


class TitleQuery:
    """Words that are all in a title, in any order, in upper or lower case."""

    def __init__(self, text: str) -> None:
        self._words = _folded(text).split()
        if not self._words:
            raise click.BadParameter("contains no word; give words of the title", param_hint="--title")
        self.words = f'the words "{shorten(text)}" in its title'

    def fits(self, record: Record) -> bool:
        """Whether the title of the record has all words."""
        title = _folded(record.title or "")
        return all(word in title for word in self._words)

    def example(self, record: Record) -> str | None:
        """The title of a record."""
        return record.title and f'"{_shortened(record.title)}"'

    def reason(self, path: str) -> str | None:  # noqa: ARG002 -- a query
        """None: the list of a run has no titles."""
        return None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_EXAMPLE else f"{text[:_MAX_EXAMPLE]}…"


@dataclass(slots=True)
class _Hit:
    """The records of one output."""

    numbers: list[int]
    number: int
    """The number of the newest record."""
    record: Record
    """The newest record."""

    def add(self, number: int, record: Record) -> None:
        """Add another record."""
        self.numbers.append(number)
        if (moment(record.provenance.at) or "") >= (moment(self.record.provenance.at) or ""):
            self.number, self.record = number, record

    def in_short(self) -> dict[str, str | int | None]:
        """Return what a list of outputs shows."""
        published = self.record.published.text if self.record.published else None
        return {"number": self.number, "published": published, "doi": self.record.doi, "title": self.record.title}


@dataclass(slots=True)
class _Search:
    """What a search has read."""

    items: int = 0
    hits: dict[object, _Hit] = field(default_factory=dict)
    """The first outputs that fit."""
    more: set[object] = field(default_factory=set)
    """Further outputs that fit, without their records, so that memory stays small."""
    examples: list[str] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    @property
    def records(self) -> int:
        """The number of records that were read."""
        return self.items - len(self.errors)

    def add(self, read: Callable[[], Record], query: Query) -> None:
        """Read the next record."""
        self.items += 1
        try:
            record = read()
        except (AltdetailsError, click.ClickException) as error:
            self.errors.append(error)
            return
        if query.fits(record):
            output = record.doi or record.altmetric_id or self.items
            if output in self.hits:
                self.hits[output].add(self.items, record)
            elif len(self.hits) < _MAX_LISTED:
                self.hits[output] = _Hit([self.items], self.items, record)
            else:
                self.more.add(output)
        elif len(self.examples) < _MAX_EXAMPLES and (example := query.example(record)):
            self.examples.append(example)


def find_record(path: str, query: Query) -> Record | None:
    """Return the newest record of the only output that a query fits. If it fits several, list them and return None.

    Args:
        path: a run folder, a file of records, any input with pages, or `-` for standard input.
        query: what the record must have.

    Raises:
        ClickException: if no record has it.
        AltdetailsError: if there is only one page or line, and it cannot be read.
    """
    search = _Search()
    with Reading(shows_progress=True) as reading:
        for read in _read_all(path):
            search.add(read, query)
            if search.items % _BETWEEN_UPDATES == 0:
                reading.update(search.items)
    if search.items == len(search.errors) == 1:
        raise search.errors[0]
    name = "<stdin>" if path == STANDARD_STREAM else path
    if search.errors:
        first = _message(search.errors[0])
        warn(f"{name}: {len(search.errors):,} of {search.items:,} not searched; the first: {first}")
    if not search.hits:
        raise click.ClickException(f"{name}: {_nothing_found(path, query, search)}")
    if len(search.hits) > 1:
        hits = [*search.hits.values()]
        if not current_job().takes(lambda: {"choices": [hit.in_short() for hit in hits], "more": len(search.more)}):
            print_report(lambda _: _list(path, hits, len(search.more)))
        return None
    (hit,) = search.hits.values()
    if others := [f"{number:,}" for number in hit.numbers if number != hit.number]:
        named = ", ".join(others[-_MAX_LISTED:])
        say(f"{name}: the newest of {len(hit.numbers):,} records of this page; --number shows another: {named}")
    return hit.record


def _message(error: Exception) -> str:
    return error.message if isinstance(error, click.ClickException) else str(error)


def _nothing_found(path: str, query: Query, search: _Search) -> str:
    if reason := query.reason(path):
        return f"no record has {query.words}: {reason}"
    left_out = search.records - len(search.examples)
    more = f" and {left_out:,} more" if left_out else ""
    named = f": {', '.join(search.examples)}{more}" if search.examples else ""
    return f"no record has {query.words}; it has {pluralize(search.records, 'record')}{named}"


def _list(path: str, hits: list[_Hit], more: int) -> Group:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    table.add_column("Number", justify="right", no_wrap=True)
    table.add_column("Published", overflow="fold")
    table.add_column("DOI", overflow="fold")
    table.add_column("Title", overflow="fold", ratio=1)
    for hit in hits:
        number, *cells = hit.in_short().values()
        table.add_row(f"{number:,}", *(Text(strip_controls(str(cell or "not shown"))) for cell in cells))
    left_out = f"{pluralize(more, 'more output')}; give more words. " if more else ""
    choice = f"{left_out}Choose one by its number: altdetails show {shlex.quote(path)} --number {hits[0].number}"
    return Group(table, Text(), Text(strip_controls(choice)))


def nth_record(path: str, number: int) -> Record:
    """Return the record with a number, from 1 in the order of the path.

    Args:
        path: a run folder, a file of records, any input with pages, or `-` for standard input.
        number: its number.

    Raises:
        ClickException: if the page has no record.
        AltdetailsError: if the path cannot be read, or has fewer pages or records.
    """
    read = next(islice(_read_all(path), min(number - 1, sys.maxsize), None), None)
    if read is None:
        name = "<stdin>" if path == STANDARD_STREAM else path
        if number > 1:
            raise InputError(f"{name}: has no page or record number {number:,}; choose a lower --number")
        if _is_run(path):
            raise InputError(f"{name}: has no record yet; `altdetails status {name}` shows the outcomes")
        raise InputError(f"{name}: {NO_PAGE}")
    return read()


def _read_all(path: str) -> Iterator[Callable[[], Record]]:
    """Yield a function for each page or record of a path, in order, that returns the record or raises its error."""
    if not _holds_records(path):
        return (partial(_record_of_page, item) for item in documents_in([path]))
    if path == STANDARD_STREAM or Path(path).is_file():
        first, _, rest = _json(_start(path)).partition(b"\n")
        if is_indented(first, rest):
            return iter([partial(_indented, path)])
    return (partial(_record_of_line, item, number) for number, item in enumerate(_lines(path), 1))


def _record_of_page(item: Document | Unreadable) -> Record:
    if isinstance(item, Unreadable):
        raise item.error
    try:
        return parse_document(item)
    except PageError as error:
        if error.reason == IS_JSON and Path(item.name).is_fifo():
            raise InputError(
                f"{item.name}: records of a pipe are read as standard input only: `… | altdetails show -`"
            ) from error
        if error.reason == IS_JSON and _json(item.content).startswith(b"["):
            raise InputError(
                f"{item.name} is JSON, not JSONL; write each record on one line with `jq -c '.[]'`"
            ) from error
        raise click.ClickException(f"{item.name}: {error.reason} [{error.kind}]") from error


def _record_of_line(item: RecordLine | DamagedLine, number: int) -> Record:
    if isinstance(item, DamagedLine):
        raise InputError(f"{item.file}: number {number:,}, on line {item.line:,}: {item.reason}")
    return item.record


def _holds_records(path: str) -> bool:
    """Whether a path is a run, or a file that begins like a file of records. It can exceed the limits of a page."""
    if _is_run(path):
        return True
    if path != STANDARD_STREAM and not Path(path).is_file():
        return False
    start = _start(path)
    if compression_of(start) == "gzip":
        start = unpacked_start(start, _PEEK_BYTES)
    if is_har(start) or looks_like_answers(start) or (is_page(path) and compression_of(start) == "zstd"):
        return False
    return compression_of(start) == "zstd" or start.startswith(_PARQUET) or _json(start).startswith(b"{")


def _is_run(path: str) -> bool:
    return path != STANDARD_STREAM and RunFiles(Path(path)).ledger.is_file()


def _start(path: str) -> bytes:
    if path == STANDARD_STREAM:
        return cast("io.BufferedReader", sys.stdin.buffer).peek(_PEEK_BYTES)
    with reading_errors(path), Path(path).open("rb") as file:
        return file.read(_PEEK_BYTES)


def _json(start: bytes) -> bytes:
    return without_mark(start)[0].lstrip()


def _lines(path: str) -> Iterator[RecordLine | DamagedLine]:
    damaged: list[DamagedLine] = []
    for line in records([path], damaged=damaged.append):
        yield from damaged
        damaged.clear()
        yield line
    yield from damaged


def _indented(path: str) -> Record:
    with reading_errors(path):
        content = sys.stdin.buffer.read(_MAX_BYTES) if path == STANDARD_STREAM else Path(path).read_bytes()[:_MAX_BYTES]
    try:
        return Record.from_json(_json(content))
    except InputError as error:
        raise InputError(f"{path}: number 1: {error}") from error
