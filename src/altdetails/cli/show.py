"""`altdetails show`: show one record in the terminal."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from altdetails._files import STANDARD_STREAM, reading_errors
from altdetails._magic import compression_of, without_mark
from altdetails.cli.card import card
from altdetails.cli.ui import has_blocks, print_report
from altdetails.documents import NO_PAGE, Unreadable, is_page
from altdetails.errors import InputError, PageError
from altdetails.parsing.engine import parse_document
from altdetails.record import Record
from altdetails.records.files import DamagedLine, is_indented, records
from altdetails.sources import documents_in
from altdetails.sources.browsers import is_har
from altdetails.sources.unpacking import unpacked_start

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from altdetails.records.files import RecordLine

__all__ = ["show"]

_PARQUET = b"PAR1"
_MAX_BYTES = 64 * 2**20
_PEEK_BYTES = 512


@click.command(
    epilog="""\b
Examples:
  altdetails show saved-page.html
  altdetails show records.jsonl --number 3
  altdetails parse page.html | altdetails show -
  NO_COLOR=1 altdetails show page.mhtml > page.card.txt

\b
Exit code:
  0  success
  1  the page has no record
  2  wrong usage, or a file that cannot be read or has fewer pages
"""
)
@click.argument("path", metavar="PATH")
@click.option(
    "-n",
    "--number",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="The number of the page or record in PATH.",
)
def show(path: str, number: int) -> None:
    """Show the record of one page in the terminal.

    PATH is any input of "altdetails parse", a file of records that it wrote, or - for standard input. Values that are
    missing on the page are "not shown"; on a translated page, they are "not read". Warnings at the end list
    contradictions on the page, and text that was not understood.
    """
    record = _record_in_file(path, number) if _holds_records(path) else _record_of_page(path, number)
    print_report(lambda console: card(record, width=console.width, blocks=has_blocks(console)))


def _record_of_page(path: str, number: int) -> Record:
    item = next(islice(documents_in([path]), number - 1, None), None)
    if item is None:
        raise _too_few(path, number)
    if isinstance(item, Unreadable):
        raise item.error
    try:
        return parse_document(item)
    except PageError as error:
        raise click.ClickException(f"{item.name}: {error.reason} [{error.kind}]") from error


def _holds_records(path: str) -> bool:
    """Whether a file begins like a file of records. Such a file can exceed the limits of a page."""
    if path != STANDARD_STREAM and not Path(path).is_file():
        return False
    start = _start(path)
    if compression_of(start) == "gzip":
        start = unpacked_start(start, _PEEK_BYTES)
    if is_har(start) or (is_page(path) and compression_of(start) == "zstd"):
        return False
    return compression_of(start) == "zstd" or start.startswith(_PARQUET) or _json(start).startswith(b"{")


def _start(path: str) -> bytes:
    if path == STANDARD_STREAM:
        return cast("io.BufferedReader", sys.stdin.buffer).peek(_PEEK_BYTES)
    with reading_errors(path), Path(path).open("rb") as file:
        return file.read(_PEEK_BYTES)


def _json(start: bytes) -> bytes:
    return without_mark(start)[0].lstrip()


def _record_in_file(path: str, number: int) -> Record:
    """Return a record of a file: the nth line that is not empty, or a single record on several lines."""
    first, _, rest = _json(_start(path)).partition(b"\n")
    if is_indented(first, rest):
        return _indented(path, number)
    item = next(islice(_lines(path), number - 1, None), None)
    if item is None:
        raise _too_few(path, number)
    if isinstance(item, DamagedLine):
        raise InputError(f"{item.file}: number {number:,}, on line {item.line:,}: {item.reason}")
    return item.record


def _lines(path: str) -> Iterator[RecordLine | DamagedLine]:
    damaged: list[DamagedLine] = []
    for line in records([path], damaged=damaged.append):
        yield from damaged
        damaged.clear()
        yield line
    yield from damaged


def _indented(path: str, number: int) -> Record:
    if number > 1:
        raise _too_few(path, number)
    with reading_errors(path):
        content = sys.stdin.buffer.read(_MAX_BYTES) if path == STANDARD_STREAM else Path(path).read_bytes()[:_MAX_BYTES]
    try:
        return Record.from_json(_json(content))
    except InputError as error:
        raise InputError(f"{path}: number {number:,}: {error}") from error


def _too_few(path: str, number: int) -> InputError:
    name = "<stdin>" if path == STANDARD_STREAM else path
    reason = f"has no page or record number {number:,}; choose a lower --number" if number > 1 else NO_PAGE
    return InputError(f"{name}: {reason}")
