"""Find a record by its DOI, or by words of its title."""

from __future__ import annotations

import shlex
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from altdetails._files import STANDARD_STREAM
from altdetails.cli.progress import Reading
from altdetails.cli.ui import pluralize, print_report, say, shorten, strip_controls
from altdetails.errors import AltdetailsError, IdentifierError
from altdetails.exporting.outcome_rows import outcome_rows
from altdetails.identifiers import identify
from altdetails.scraping.store.folder import RunFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from altdetails.record import Record

__all__ = ["DoiQuery", "Query", "TitleQuery", "find_record"]

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
        for row in outcome_rows(path) if RunFiles(Path(path)).ledger.is_file() else ():
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
        if (record.provenance.at or "") >= (self.record.provenance.at or ""):
            self.number, self.record = number, record


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


def find_record(path: str, readers: Iterator[Callable[[], Record]], query: Query) -> Record | None:
    """Return the newest record of the only output that a query fits. If it fits several, list them and return None.

    Args:
        path: the path of the records, for messages.
        readers: functions that return a record or raise an error, in the order of their numbers.
        query: what the record must have.

    Raises:
        ClickException: if no record has it.
        AltdetailsError: if there is only one page or line, and it cannot be read.
    """
    search = _Search()
    with Reading(shows_progress=True) as reading:
        for read in readers:
            search.add(read, query)
            if search.items % _BETWEEN_UPDATES == 0:
                reading.update(search.items)
    if search.items == len(search.errors) == 1:
        raise search.errors[0]
    name = "<stdin>" if path == STANDARD_STREAM else path
    if search.errors:
        first = _message(search.errors[0])
        say(f"{name}: {len(search.errors):,} of {search.items:,} not searched; the first: {first}")
    if not search.hits:
        raise click.ClickException(f"{name}: {_nothing_found(path, query, search)}")
    if len(search.hits) > 1:
        print_report(lambda _: _list(path, [*search.hits.values()], len(search.more)))
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
        published = hit.record.published.text if hit.record.published else None
        cells = (published, hit.record.doi, hit.record.title)
        table.add_row(f"{hit.number:,}", *(Text(strip_controls(cell or "not shown")) for cell in cells))
    left_out = f"{pluralize(more, 'more output')}; give more words. " if more else ""
    choice = f"{left_out}Choose one by its number: altdetails show {shlex.quote(path)} --number {hits[0].number}"
    return Group(table, Text(), Text(strip_controls(choice)))
