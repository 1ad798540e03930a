"""Find a record by its DOI, or by words of its title."""

from __future__ import annotations

import shlex
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import click
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from altdetails._files import STANDARD_STREAM
from altdetails.cli.progress import Reading
from altdetails.cli.ui import pluralize, print_report, shorten, strip_controls
from altdetails.errors import AltdetailsError, IdentifierError
from altdetails.identifiers import identify
from altdetails.scraping.run import Run
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
        outcomes = Run(path).outcomes() if RunFiles(Path(path)).ledger.is_file() else ()
        for outcome in outcomes:
            if outcome.identifier == self._doi and outcome.reason:
                return f"{outcome.status.replace('_', ' ')}: {outcome.reason}"
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


class _Hit(NamedTuple):
    number: int
    record: Record


def find_record(path: str, readers: Iterator[Callable[[], Record]], query: Query) -> Record | None:
    """Return the newest record of the only output that a query fits. If it fits several, list them and return None.

    Args:
        path: the path of the records, for messages.
        readers: functions that return a record or raise an error, in the order of their numbers.
        query: what the record must have.

    Raises:
        ClickException: if no record has it.
    """
    hits: dict[object, list[_Hit]] = {}
    examples: list[str] = []
    errors: list[Exception] = []
    name = "<stdin>" if path == STANDARD_STREAM else path
    number = 0
    with Reading(shows_progress=True) as reading:
        for number, read in enumerate(readers, 1):
            try:
                record = read()
            except (AltdetailsError, click.ClickException) as error:
                errors.append(error)
                continue
            if query.fits(record):
                hits.setdefault(record.doi or record.altmetric_id or number, []).append(_Hit(number, record))
            elif len(examples) < _MAX_EXAMPLES and (example := query.example(record)):
                examples.append(example)
            if number % _BETWEEN_UPDATES == 0:
                reading.update(number)
        if errors:
            reading.say(f"{name}: {len(errors):,} of {number:,} not searched; the first: {_message(errors[0])}")
        if not hits:
            raise click.ClickException(f"{name}: {_nothing_found(path, query, number - len(errors), examples)}")
        newest = [max(group, key=lambda hit: (hit.record.provenance.at or "", hit.number)) for group in hits.values()]
        if len(newest) > 1:
            print_report(lambda _: _list(path, newest))
            return None
        ((group,), (hit,)) = (hits.values(), newest)
        if others := [f"{other.number:,}" for other in group if other is not hit]:
            named = ", ".join(others[-_MAX_LISTED:])
            reading.say(f"{name}: the newest of {len(group):,} records of this page; --number shows another: {named}")
        return hit.record


def _message(error: Exception) -> str:
    return error.message if isinstance(error, click.ClickException) else str(error)


def _nothing_found(path: str, query: Query, count: int, examples: list[str]) -> str:
    if reason := query.reason(path):
        return f"no record has {query.words}: {reason}"
    more = f" and {count - len(examples):,} more" if count > len(examples) else ""
    named = f": {', '.join(examples)}{more}" if examples else ""
    return f"no record has {query.words}; it has {pluralize(count, 'record')}{named}"


def _list(path: str, hits: list[_Hit]) -> Group:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    table.add_column("Number", justify="right", no_wrap=True)
    table.add_column("Published", overflow="fold")
    table.add_column("DOI", overflow="fold")
    table.add_column("Title", overflow="fold", ratio=1)
    for number, record in hits[:_MAX_LISTED]:
        published = record.published.text if record.published else None
        cells = (published, record.doi, record.title)
        table.add_row(f"{number:,}", *(Text(strip_controls(cell or "not shown")) for cell in cells))
    more = len(hits) - _MAX_LISTED
    left_out = f"{pluralize(more, 'more output')}; give more words. " if more > 0 else ""
    choice = f"{left_out}Choose one by its number: altdetails show {shlex.quote(path)} --number {hits[0].number}"
    return Group(table, Text(), Text(strip_controls(choice)))
