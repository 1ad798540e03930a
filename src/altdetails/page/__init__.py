"""Bytes to Record. Pure: no file, no network, no clock, so that the same bytes give the same record anywhere."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

from lxml import etree

from altdetails.errors import NotADetailsPage, PageError, UndecodablePage
from altdetails.page import html, kind, mhtml, rows, text, tree, words
from altdetails.page.addresses import address_of, own_addresses
from altdetails.page.decode import MAX_BYTES, clean, utf8
from altdetails.page.excerpt import excerpt
from altdetails.page.interpret import record_of
from altdetails.page.kind import PageKind
from altdetails.page.landmarks import Landmarks
from altdetails.page.lines import logical_lines
from altdetails.page.sheet import Sheet
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

_ALTDETAILS = version("altdetails")
_LXML = ".".join(map(str, etree.LXML_VERSION[:3]))
_LIBXML2 = ".".join(map(str, etree.LIBXML_VERSION))


def parse(content: bytes | str, *, url: str | None = None, content_type: str | None = None) -> Record:
    """The record of a details page.

    Args:
        content: the page as received or saved: HTML in any encoding, MHTML, or text that a tool took out of it.
        url: the address it came from. It fills in for an address that the page lacks, and is checked against it.
        content_type: value of the HTTP header, for its charset.

    Raises:
        NotADetailsPage: where the content is another kind of page; `kind` is a `PageKind`, `reason` a sentence.
        UndecodablePage: where the content is binary, above 32 MiB, or made to exhaust a parser.
    """
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
    source = received
    if len(received) <= MAX_BYTES and mhtml.looks_like(received):
        source, content_type, saved_from = mhtml.unwrap(received)
        url = url or saved_from
    source = utf8(source, content_type)
    if not kind.is_html(source, content_type):
        return Prepared(clean(source), url, _provenance(received, url, "text"), [], cut_short=False)
    source, cut_short = _to_last_whole_sentence(source)
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
    content, rows_as_lines = rows.as_lines(page.content)
    landmarks, sheet, missing = _read_by_landmarks(content, page)
    if rows_as_lines and (missing or html.rows_of_demographics(sheet) != rows_as_lines):
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
    sheet = text.read(logical_lines(_to_last_whole_number(content).decode("utf-8", "ignore")))
    found = kind.of_text(sheet, content)
    if found is not PageKind.DETAILS:
        raise NotADetailsPage(found, kind.reason(found, content))
    return sheet


_LONGEST_TAIL = 64 * 1024
_HTML_END = re.compile(rb"</(?:html|body)\b", re.IGNORECASE)
_WHOLE = re.compile(rb".*(?:>|[.!?](?=\s))", re.DOTALL)


def _to_last_whole_sentence(content: bytes) -> tuple[bytes, bool]:
    """A page that stops before its end, without the number, word or tag that it stops in; and whether it does.

    A page can do without the end tags of html and body, not without those of its boxes.
    """
    if content.endswith((b"</html>", b"</html>\n")) or _HTML_END.search(content, max(0, len(content) - _LONGEST_TAIL)):
        return content, False
    if content.rstrip().endswith(b">") and content.count(b"<div") <= content.count(b"</div"):
        return content, False
    opened = content.rfind(b"<")
    if opened > content.rfind(b">"):
        content = content[:opened]
    whole = _WHOLE.match(content)
    return content[: whole.end()] if whole else content, True


def _to_last_whole_number(content: bytes) -> bytes:
    """A text without the number, DOI or count that it stops in, if it does: a text has no end tag that tells."""
    last = content[-_LONGEST_LAST_WORD:].rsplit(None, 1)[-1:]
    if not last or content.endswith((b"\n", b"\r")):
        return content
    content = content.rstrip()
    is_closed = content.endswith((b".", b"%", b")")) and not (b"/" in last[0] and b"10." in last[0])
    if not is_closed and any(digit in last[0] for digit in b"0123456789"):
        return content[: -len(last[0])]
    line = content[-_LONGEST_LAST_WORD:].splitlines()[-1]
    count = words.ANY_COUNT.fullmatch(line.decode("utf-8", "ignore").strip("-*•| "))
    is_half = count is not None and words.singular(count[2]) not in words.KEY_OF_UNIT
    return content[: -len(line)] if is_half else content


_LONGEST_LAST_WORD = 2048


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
        altdetails=_ALTDETAILS,
        lxml=_LXML,
        libxml2=_LIBXML2,
        attribution="Data: Altmetric.com",
    )
