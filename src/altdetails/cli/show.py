"""`altdetails show`: show one record in the terminal."""

from __future__ import annotations

import sys
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from click.core import ParameterSource

from altdetails._files import STANDARD_STREAM, reading_errors
from altdetails._magic import compression_of, without_mark
from altdetails.cli.card import card
from altdetails.cli.find_record import DoiQuery, TitleQuery, find_record
from altdetails.cli.ui import has_blocks, print_report
from altdetails.documents import NO_PAGE, Unreadable, is_page
from altdetails.errors import InputError, PageError
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

    from altdetails.cli.find_record import Query
    from altdetails.documents import Document
    from altdetails.records.files import RecordLine

__all__ = ["show"]

_PARQUET = b"PAR1"
_MAX_BYTES = 64 * 2**20
_PEEK_BYTES = 512


@click.command(
    epilog="""\b
Examples:
  altdetails show saved-page.html
  altdetails show run --doi 10.5555/lhs.2023.0417
  altdetails show records.jsonl --title "street lamps"
  altdetails show records.jsonl --number 3
  altdetails parse page.html | altdetails show -
  NO_COLOR=1 altdetails show page.mhtml > page.card.txt

\b
Exit code:
  0  success: a record, or a list to choose from
  1  the page has no record, or no record has the DOI or the words
  2  wrong usage, or a file that cannot be read or has fewer pages
"""
)
@click.argument("path", metavar="PATH")
@click.option("--doi", help="Show the newest record with this DOI, in any form.")
@click.option(
    "--title",
    metavar="WORDS",
    help="Show the record with these words in its title, in upper or lower case. If several outputs have them, list "
    "these with their numbers.",
)
@click.option(
    "-n",
    "--number",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="Show the page or record with this number in PATH.",
)
def show(path: str, doi: str | None, title: str | None, number: int) -> None:
    """Show the record of one page in the terminal.

    PATH is a run folder, a file of records, any input of "altdetails parse", or - for standard input. Values that are
    missing on the page are "not shown"; on a translated page, they are "not read". Warnings at the end list
    contradictions on the page, and text that was not understood.
    """
    has_number = click.get_current_context().get_parameter_source("number") is not ParameterSource.DEFAULT
    if (doi is not None) + (title is not None) + has_number > 1:
        raise click.UsageError("several records are chosen; give one of --doi, --title and --number")
    query: Query | None = None if doi is None else DoiQuery(doi)
    if title is not None:
        query = TitleQuery(title)
    record = find_record(path, _read_all(path), query) if query else _nth(path, number)
    if record:
        print_report(lambda console: card(record, width=console.width, blocks=has_blocks(console)))


def _nth(path: str, number: int) -> Record:
    read = next(islice(_read_all(path), number - 1, None), None)
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
    if is_har(start) or (is_page(path) and compression_of(start) == "zstd"):
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
