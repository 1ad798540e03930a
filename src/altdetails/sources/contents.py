"""The documents in the content of a file: one page, several pages, or the pages in a format that holds them."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from altdetails._magic import ZIP, compression_of, format_of, without_mark
from altdetails.answers import explorer
from altdetails.answers.decoding import looks_like_answers, looks_like_json
from altdetails.documents import Budget, Document, OverBudgetError, Unreadable, UnreadableError
from altdetails.page import boundaries, mhtml
from altdetails.page.captured import captured_at
from altdetails.results import Capture
from altdetails.sources.answer_rows import answers_in_json, divided
from altdetails.sources.browsers import (
    har_documents,
    is_har,
    is_webarchive,
    response_document,
    webarchive_documents,
)
from altdetails.sources.rows import csv_documents, json_documents
from altdetails.sources.unpacking import unpacked, unpacked_start
from altdetails.sources.values import page_in
from altdetails.warc.reader import captures, wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

__all__ = ["LOOK_BYTES", "Choice", "documents_in_content", "documents_in_warc", "looks_readable"]

LOOK_BYTES = 2**16
"""The bytes at the beginning of a file without a known ending in which signs of a page are looked for."""

_WARC, _ARC, _HTTP = b"WARC/1.", b"filedesc://", b"HTTP/"
_TEXT_FORMATS = (
    (
        re.compile(_ARC),
        "is an ARC archive, not WARC; `pip install warcio`, then `warcio recompress OLD.arc NEW.warc.gz` converts it",
    ),
    (
        re.compile(rb"From \S{1,300} +[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d"),
        "is a mailbox; open the message, and save the page in it as HTML",
    ),
    (
        re.compile(rb"[\s\xef\xbb\xbf]*+\[(?:InternetShortcut|Desktop Entry)\]", re.IGNORECASE),
        "is a link to a page, not the page; open it, and save the page as HTML",
    ),
    (
        re.compile(
            rb"(?:--[^\n]{0,99}\n\s{0,99}){0,9}(?:-- (?:MySQL|MariaDB|PostgreSQL|SQLite)|PRAGMA |BEGIN TRANSACTION|"
            rb"(?:CREATE TABLE|INSERT INTO|COPY) [\w.`\"]{1,99} ?\(?)",
            re.IGNORECASE,
        ),
        "is SQL; export the pages in it as CSV or JSON Lines, with the columns url and html",
    ),
    (
        re.compile(rb"bplist00|[\s\xef\xbb\xbf]*+(?:<\?xml[^<>]{0,200}>\s{0,99})?(?:<!DOCTYPE plist|<plist)\b"),
        "is a property list without a page, such as a link file; open it, and save the page as HTML",
    ),
)
"""Formats that are text or can hold a page, each with the reason why it is not read."""
_WHOLE_PAGE = (b"document-header", b"Overview of attention for")
_TEXT_SIGN = b"Overview of attention for"
_PartT = TypeVar("_PartT")
_UTF_16 = {"utf-16-le", "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is read of files that hold many documents."""

    skipped: Callable[[str], object] = lambda _: None
    """Called with the name of everything that is passed over."""
    url_filter: str | None = None
    """A regular expression to search for in addresses; None for the addresses of details pages."""


def documents_in_content(
    name: str, content: bytes, choice: Choice, budget: Budget | None = None
) -> Iterator[Document | Unreadable]:
    """The documents in the content of a file, in order.

    Args:
        name: the name of the file.
        content: its bytes, which can be compressed.
        choice: what is read.
        budget: the budget of the archive with the file; None for a file that is not in an archive.

    Raises:
        OverBudgetError: if the archive exceeds its budget.
        InputError: if the regular expression is invalid.
    """
    try:
        own_budget = budget or Budget(len(content))
        yield from _documents(name, unpacked(name, content, own_budget), choice, own_budget)
    except UnreadableError as error:
        if budget and isinstance(error, OverBudgetError):
            raise
        yield error.at(name)


def documents_in_warc(
    name: str, source: str | BinaryIO, choice: Choice, *, start: int = 0, stop: int | None = None
) -> Iterator[Document | Unreadable]:
    """The documents of a WARC archive, or of a span of it.

    Args:
        name: the name of the archive.
        source: its path, or a seekable binary stream.
        choice: what is read.
        start: the first byte of the span.
        stop: the byte after the span; None for the end of the archive.

    Raises:
        InputError: if the regular expression is invalid.
    """
    url_filter, skipped = choice.url_filter, choice.skipped
    for item in captures(source, start=start, stop=stop, url_filter=url_filter, name=name, skipped=skipped):
        if isinstance(item, Unreadable):
            yield item
        else:
            document = Document(f"{name}!{item.record_id}", item.content, item)
            yield from _divided([document]) if looks_like_json(item.content) else [document]


def looks_readable(name: str, start: bytes) -> bool:
    """Whether a file of any name begins like a page, or like a format in which pages are found.

    Args:
        name: its name.
        start: its first `LOOK_BYTES`.
    """
    if compression_of(start):
        start = unpacked_start(start, LOOK_BYTES)
    if start.startswith((_WARC, _ARC)) or is_webarchive(start) or is_har(start):
        return True
    if looks_like_answers(start) or explorer.is_table(start) or b'""altmetric_id""' in start:
        return True
    if name.lower().endswith(_NEVER_PAGES):
        return False
    if mhtml.looks_like(start) or boundaries.format_around_page(start):
        return boundaries.has_html(start)
    text = without_mark(start)[0].replace(b"\0", b"")
    return boundaries.begins_html(text) or _TEXT_SIGN in text


_NEVER_PAGES = (".css", ".js", ".mjs", ".map", ".svg", ".py", ".pyc", ".ipynb", ".xsl", ".log")


def _documents(name: str, content: bytes, choice: Choice, budget: Budget) -> Iterator[Document | Unreadable]:
    text = _as_utf8(content)
    if content.startswith(_WARC):
        yield from documents_in_warc(name, io.BytesIO(content), choice)
    elif is_webarchive(content):
        yield from _divided(webarchive_documents(name, content))
    elif reason := _reason_of_format(content):
        yield Unreadable(name, "refused", reason)
    elif format_of(content):
        yield Document(name, content)
    elif is_har(text):
        yield from _divided(har_documents(name, text, wanted(choice.url_filter), choice.skipped, budget))
    elif mhtml.looks_like(content):
        for number, message in _numbered(name, mhtml.messages(content)):
            yield from _documents_in_message(number, message)
    else:
        yield from _divided(_documents_in_text(name, content, text, choice, budget))


def _reason_of_format(content: bytes) -> str | None:
    """Return why content that is text or can hold a page is not read; None for any other content."""
    if content[:1] == b"<" and content.find(ZIP) > 0:
        return "unpacks itself from a zip archive in it; give it a name that ends in .zip"
    return next((reason for start, reason in _TEXT_FORMATS if start.match(content)), None)


def _documents_in_text(
    name: str, content: bytes, text: bytes, choice: Choice, budget: Budget
) -> Iterable[Document | Unreadable]:
    if content.startswith(_HTTP):
        return [response_document(name, content, budget)]
    around = boundaries.format_around_page(text)
    if around == "JSON":
        return json_documents(name, text, choice.skipped, budget)
    if around == "program":
        return [Document(name, page_in(text.decode("utf-8", "replace").strip(), budget) or content)]
    rows = csv_documents(name, content, choice.skipped, budget)
    if rows is None and looks_like_answers(text):
        rows = answers_in_json(name, text, choice.skipped, budget)
    return [Document(name, content)] if rows is None else rows


def _as_utf8(content: bytes) -> bytes:
    """Return content in UTF-16 with a mark as UTF-8, other content unchanged."""
    bare, encoding = without_mark(content)
    return bare.decode(encoding, "ignore").encode() if encoding in _UTF_16 else content


def _divided(items: Iterable[Document | Unreadable]) -> Iterator[Document | Unreadable]:
    """Divide each document that holds several pages."""
    for item in items:
        if isinstance(item, Unreadable):
            yield item
            continue
        content = _as_utf8(item.content)
        if looks_like_json(content):
            for answer in divided(item.name, content):
                yield item if answer.name == item.name else _captured_part(item, answer)
            continue
        pages = [content] if boundaries.format_around_page(content) else boundaries.split(content)
        if len(pages) == 1 and len(pages[0]) == len(content):
            yield item
            continue
        for name, page in _numbered(item.name, pages):
            yield Document(name, page, item.capture and replace(item.capture, content=page, record_id=name))


def _captured_part(whole: Document, part: Document) -> Document:
    if whole.capture is None:
        return part
    own_id = whole.capture.record_id + part.name.removeprefix(whole.name)
    return replace(part, capture=replace(whole.capture, content=part.content, record_id=own_id))


def _documents_in_message(name: str, message: bytes) -> Iterator[Document | Unreadable]:
    """The page of an MHTML file; several, if several of its parts are details pages."""
    has_several = message.count(b"text/html") > 1
    pages = mhtml.pages(message, _is_whole_page) if has_several else []
    if len(pages) <= 1:
        yield Document(name, message)
        return
    for number, page in _numbered(name, pages):
        date = None if captured_at(page.content, [page.url]) else page.date  # an archive's time is older
        capture = Capture(page.content, page.url or "", None, page.content_type, None, record_id=number, memento=date)
        yield Document(number, page.content, capture)


def _is_whole_page(content: bytes) -> bool:
    return any(sign in content for sign in _WHOLE_PAGE)


def _numbered(name: str, parts: list[_PartT]) -> Iterator[tuple[str, _PartT]]:
    """Name each part; a single part has the name of the whole."""
    for number, part in enumerate(parts, 1):
        yield f"{name}!page {number}" if len(parts) > 1 else name, part
