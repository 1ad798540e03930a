"""The record that `altdetails show` is asked for: out of a page, or out of a file of records."""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from altdetails.documents import NO_PAGE, Document, Unreadable
from altdetails.errors import InputError
from altdetails.parsing.engine import parse_document
from altdetails.record import Record
from altdetails.sources import documents_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["record_at"]

_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
_MAX_LINE_BYTES = 64 * 2**20
_PEEK_BYTES = 512


def record_at(path: str, number: int) -> Record:
    """The record of the page, or on the line, of that number, from 1.

    Raises:
        InputError: where the path leads to fewer of them, or to what cannot be read.
        PageError: where the page is no details page.
    """
    name = "<stdin>" if path == "-" else path
    item = next(islice(_items(path), number - 1, None), None)
    if isinstance(item, Document):
        return parse_document(item)
    if item is None:
        lacking = f"holds no page or record number {number:,}; choose a lower --number" if number > 1 else NO_PAGE
        raise InputError(f"{name}: {lacking}")
    try:
        return Record.from_json(item)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        way_out = "`altdetails parse` writes records that can be shown, one a line"
        raise InputError(f"{name}: number {number:,} is no record: {error}; {way_out}") from error


def _items(path: str) -> Iterator[Document | bytes]:
    if _holds_records(path):
        with Path(path).open("rb") as file:
            first = file.readline(_MAX_LINE_BYTES)
            if first.strip(_BEFORE_JSON) == b"{":
                yield first + file.read(_MAX_LINE_BYTES)
            else:
                yield from _lines(chain([first], iter(partial(file.readline, _MAX_LINE_BYTES), b"")))
        return
    for item in documents_in([path]):
        if isinstance(item, Unreadable):
            raise item.error
        if _is_json(item.content):
            yield from _lines(item.content.splitlines())
        else:
            yield item


def _holds_records(path: str) -> bool:
    """Whether a file begins as JSON: it may be longer than any page, and is read by the line."""
    try:
        if not Path(path).is_file():
            return False
        with Path(path).open("rb") as file:
            return _is_json(file.read(_PEEK_BYTES))
    except OSError:
        return False


def _is_json(content: bytes) -> bool:
    return content[:_PEEK_BYTES].lstrip(_BEFORE_JSON).startswith(b"{")


def _lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    return filter(None, (line.strip(_BEFORE_JSON) for line in lines))
