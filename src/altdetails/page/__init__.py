"""Bytes to Record. Pure: no file, no network, no clock, so that the same bytes give the same record anywhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from altdetails import __version__
from altdetails._arguments import check, check_optional_text
from altdetails.errors import NotADetailsPage, PageError, UndecodablePage
from altdetails.page import html, kind, mhtml, text, tree
from altdetails.page.cut import to_last_whole_number, to_last_whole_sentence
from altdetails.page.decode import MAX_BYTES, clean, utf8
from altdetails.page.interpret import record_of
from altdetails.page.kind import PageKind
from altdetails.page.landmarks import Landmarks
from altdetails.page.lines import logical_lines
from altdetails.page.sheet import Sheet
from altdetails.page.source import address_of, excerpt, own_addresses, rows_as_lines
from altdetails.record import Provenance, Record

__all__ = [
    "NotADetailsPage",
    "PageError",
    "PageKind",
    "Prepared",
    "UndecodablePage",
    "interpreted",
    "parse",
    "prepared",
    "read",
]

MAX_TEXT_BYTES = 2 * 1024 * 1024
"""Text above this is refused. The text of a real page is below 100 KB."""

_LXML = ".".join(map(str, etree.LXML_VERSION[:3]))
_LIBXML2 = ".".join(map(str, etree.LIBXML_VERSION))


def parse(content: bytes | str, *, url: str | None = None, content_type: str | None = None) -> Record:
    """The record of a details page.

        >>> from pathlib import Path
        >>> record = parse(Path("saved-page.html").read_bytes(), url="https://www.altmetric.com/details/990000001")
        >>> record.source, record.published.year
        ('Light, Health & Society', 2023)

    Args:
        content: the page as received or saved: HTML in any encoding, MHTML, or text that a tool took out of it.
        url: the address it came from. It fills in for an address that the page lacks, and is checked against it.
        content_type: value of the HTTP header, for its charset.

    Raises:
        TypeError: if an argument is of another type.
        NotADetailsPage: if the content is another kind of page; `kind` is a `PageKind`, `reason` a sentence.
        UndecodablePage: if the content is binary, above 32 MiB, or made to exhaust a parser.
    """
    check(content, (bytes, str), "bytes or text as content")
    check_optional_text(url=url, content_type=content_type)
    page = prepared(content, url=url, content_type=content_type)
    return interpreted(read(page), page)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What of a page is read: UTF-8 without control characters and, of HTML, without what surrounds the record."""

    content: bytes
    url: str | None
    """The address that it came from."""
    provenance: Provenance
    addresses: list[str]
    """Those that the page's head gives for it."""
    cut_short: bool
    """Whether the page ends before its end, where HTML can tell."""


def prepared(content: bytes | str, *, url: str | None = None, content_type: str | None = None) -> Prepared:
    """The first step of `parse`, with its arguments.

    Raises:
        UndecodablePage: where the content is binary, or too large.
    """
    received = content.encode("utf-8", "ignore") if isinstance(content, str) else content
    url = url and url.encode("utf-8", "replace").decode()  # as a record, which is UTF-8, can hold it
    source = received
    if len(received) <= MAX_BYTES and mhtml.looks_like(received):
        source, content_type, saved_from = mhtml.unwrap(received)
        url = url or saved_from
    source = utf8(source, content_type)
    if not kind.is_html(source, content_type):
        return Prepared(clean(source), url, _provenance(received, url, "text"), [], cut_short=False)
    source, cut_short = to_last_whole_sentence(source)
    part = clean(excerpt(source))
    return Prepared(part, url, _provenance(received, url, "html"), own_addresses(source), cut_short)


def read(page: Prepared) -> Sheet:
    """The second step of `parse`.

    Raises:
        NotADetailsPage: as `parse` does.
        UndecodablePage: where the content is made to exhaust a parser.
    """
    return _sheet_of_html(page) if page.provenance.format == "html" else _sheet_of_text(page.content)


def interpreted(sheet: Sheet, page: Prepared) -> Record:
    """The third step of `parse`: what the sheet of a page means."""
    return record_of(sheet, page.url, page.provenance)


def _sheet_of_html(page: Prepared) -> Sheet:
    content, count = rows_as_lines(page.content)
    landmarks, sheet, missing = _read_by_landmarks(content, page)
    if count and (missing or html.rows_of_demographics(sheet) != count):
        landmarks, sheet, missing = _read_by_landmarks(page.content, page)
    found = kind.of_html(landmarks, page.content)
    if found is not PageKind.DETAILS:
        raise NotADetailsPage(found, kind.reason(found, page.content))
    if missing:
        html.read_flow(sheet, landmarks, missing)
    if not html.has_sections(sheet):
        found = kind.of_other(landmarks, page.content)
        raise NotADetailsPage(found, kind.reason(found, page.content))
    sheet.addresses = page.addresses
    sheet.cut_short = page.cut_short
    return sheet


def _read_by_landmarks(content: bytes, page: Prepared) -> tuple[Landmarks, Sheet, list[str]]:
    """Landmarks and sheet of content, and the sections that the page has beyond them."""
    landmarks = Landmarks(tree.build(content), own_id=_own_id(page.addresses))
    sheet = html.read(landmarks)
    return landmarks, sheet, html.missing(sheet, page.content)


def _own_id(addresses: list[str]) -> int | None:
    own = next(filter(None, map(address_of, addresses)), None)
    return own.altmetric_id if own else None


def _sheet_of_text(content: bytes) -> Sheet:
    if len(content) > MAX_TEXT_BYTES:
        reason = f"text of {len(content):,} bytes is above the limit of {MAX_TEXT_BYTES:,}: no details page is as large"
        raise UndecodablePage("undecodable", reason)
    sheet = text.read(logical_lines(to_last_whole_number(content).decode("utf-8", "ignore")))
    found = kind.of_text(sheet, content)
    if found is not PageKind.DETAILS:
        raise NotADetailsPage(found, kind.reason(found, content))
    return sheet


def _provenance(received: bytes, url: str | None, form: Literal["html", "text"]) -> Provenance:
    return Provenance(
        input=None,
        requested=None,
        final_url=url,
        http_status=None,
        fetched_at=None,
        format=form,
        sha256=hashlib.sha256(received).hexdigest(),
        bytes=len(received),
        altdetails=__version__,
        lxml=_LXML,
        libxml2=_LIBXML2,
        attribution="Data: Altmetric.com",
    )
