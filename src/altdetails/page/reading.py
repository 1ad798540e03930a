"""Parse the bytes of a page into a Record: prepare, read, make the record."""

from __future__ import annotations

import hashlib
from typing import Literal, NamedTuple

from lxml import etree

from altdetails import __version__, links
from altdetails._arguments import check, check_optional_text
from altdetails.answers import decoding, explorer, mapping
from altdetails.answers.addresses import requested_in
from altdetails.answers.decoding import Answer
from altdetails.answers.explorer import OutputRow
from altdetails.errors import NotADetailsPage, UndecodablePage
from altdetails.page import IS_JSON, PageKind, around, boundaries, html, kind, mhtml, text, tree
from altdetails.page.boundaries import drop_cut_number, drop_cut_part, has_open_comment
from altdetails.page.captured import captured_at, time_in_address, time_in_header
from altdetails.page.decode import clean
from altdetails.page.interpret import limit, record_of
from altdetails.page.landmarks import Landmarks
from altdetails.page.lines import logical_lines
from altdetails.page.markup import other_language
from altdetails.page.sheet import Sheet
from altdetails.page.source import address_of, cut_to_record, own_addresses, rows_as_lines, without_prefixes
from altdetails.record import Provenance, Record

__all__ = [
    "MAX_TEXT_BYTES",
    "Prepared",
    "limit",
    "make_record",
    "parse",
    "prepare",
    "read",
]

MAX_TEXT_BYTES = 2 * 1024 * 1024
"""Longer text is refused. The text of a real page is shorter than 100 KB."""

_OTHER_FORMS = frozenset({"json", "csv"})
"""The forms of content that is not a page."""
_LXML = ".".join(map(str, etree.LXML_VERSION[:3]))
_LIBXML2 = ".".join(map(str, etree.LIBXML_VERSION))


def parse(content: bytes | str, *, url: str | None = None, content_type: str | None = None) -> Record:
    """Return the record of a details page, of an answer of Altmetric's API, or of a row that Explorer exported.

    Examples:
        >>> from pathlib import Path
        >>> record = parse(Path("saved-page.html").read_bytes(), url="https://www.altmetric.com/details/990000001")
        >>> record.source, record.published.year
        ('Light, Health & Society', 2023)

    Args:
        content: the page as received or saved: HTML in any encoding, MHTML, or text that a tool extracted from it; or
            an answer as JSON or JSONP, or a CSV with one row.
        url: the address of the page. It is compared with the page's own address, and used if the page has none.
        content_type: value of the HTTP header `Content-Type`, for its charset.

    Raises:
        TypeError: if an argument has the wrong type.
        NotADetailsPage: if the content has no record, or several. `kind` is a `PageKind`, `reason` a sentence.
        UndecodablePage: if the content is binary, larger than 32 MiB, or built to exhaust a parser.
    """
    check(content, (bytes, str), "bytes or text as content")
    check_optional_text(url=url, content_type=content_type)
    page = prepare(content, url=url, content_type=content_type)
    return limit(make_record(read(page), page))


class Prepared(NamedTuple):
    """A page, ready to be read: UTF-8 without control characters. For HTML, only the part with the record."""

    content: bytes
    url: str | None
    """The address that the page came from."""
    provenance: Provenance
    addresses: list[str]
    """The page's own addresses, from its head."""
    cut_short: bool
    """Whether the page is truncated. Always false for text, because text has no end tag."""
    translated: bool = False
    """Whether a browser or a site has translated the page. Always false for text."""


def prepare(content: bytes | str, *, url: str | None = None, content_type: str | None = None) -> Prepared:
    """Prepare a page: the first step of `parse`, with the same arguments.

    Raises:
        NotADetailsPage: if the content is JSON or CSV, or has several pages.
        UndecodablePage: if the content is binary or too large.
    """
    received = content.encode("utf-8", "ignore") if isinstance(content, str) else content
    # a record is UTF-8 and cannot hold surrogates, and must not hold the key of the API
    url = url and links.without_key(url.encode("utf-8", "replace").decode())
    if decoding.looks_like_json(received):
        return _not_a_page(received, url, "json")
    if explorer.is_table(received):
        return _not_a_page(received, url, "csv")
    source, content_type, saved_from, date = mhtml.decoded(received, content_type)
    url = url or saved_from
    if reason := decoding.reason_of_text(source):
        raise NotADetailsPage(PageKind.API_ERROR, reason)
    if format_around := boundaries.format_around_page(source):
        raise NotADetailsPage(PageKind.OTHER, kind.reason_of_format(format_around))
    if language := other_language(source):
        raise NotADetailsPage(PageKind.OTHER, kind.reason_of_language(language))
    if not kind.is_html(source, content_type):
        captured = time_in_address(url or "")
        return Prepared(clean(source), url, _provenance(received, url, captured, "text"), [], cut_short=False)
    source, cut_short = drop_cut_part(without_prefixes(source))
    part = cut_to_record(source)
    if part is source:  # else the rest has no sign of a second record
        part = source = _only_page(source)
    part = clean(part)
    cut_short = cut_short or has_open_comment(part)
    addresses = own_addresses(source)
    captured = captured_at(source, [url, *addresses]) or time_in_header(date)
    translated = around.is_translated(source, part, [*addresses, url or ""])
    return Prepared(part, url, _provenance(received, url, captured, "html"), addresses, cut_short, translated)


def _not_a_page(received: bytes, url: str | None, form: Literal["json", "csv"]) -> Prepared:
    provenance = _provenance(received, url, time_in_address(url) if url else None, form)
    return Prepared(received, url, provenance, [], cut_short=False)


def _only_page(source: bytes) -> bytes:
    pages = boundaries.split(source)
    if len(pages) > 1:
        _refuse_several(sum(map(boundaries.has_sign, pages)))
    return pages[0] if len(pages) == 1 else source


def read(page: Prepared) -> Sheet | Answer | OutputRow:
    """Read a page into a sheet, or decode an answer or a row of an export: the second step of `parse`.

    Raises:
        NotADetailsPage: if the content is another kind of page.
        UndecodablePage: if the content is built to exhaust a parser.
    """
    if page.provenance.format in _OTHER_FORMS:
        return _values_of(page)
    return _sheet_of_html(page) if page.provenance.format == "html" else _sheet_of_text(page.content)


def _values_of(page: Prepared) -> Answer | OutputRow:
    try:
        if page.provenance.format == "csv":
            return explorer.read_row(page.content)
        return decoding.decode(page.content, IS_JSON)
    except NotADetailsPage as error:
        raise NotADetailsPage(PageKind(error.kind), error.reason) from None


def make_record(sheet: Sheet | Answer | OutputRow, page: Prepared) -> Record:
    """Make the record of what was read: the third step of `parse`. `limit` it when it is complete."""
    if isinstance(sheet, OutputRow):
        return explorer.record_of_row(sheet, page.provenance)
    if isinstance(sheet, Answer):
        return mapping.record_of(sheet, page.provenance, requested_in(page.url) if page.url else None)
    return record_of(sheet, page.url, page.provenance)


def _sheet_of_html(page: Prepared) -> Sheet:
    content, row_count = rows_as_lines(page.content)
    landmarks, sheet, missing = _read_by_landmarks(content, page)
    if row_count and (missing or html.rows_of_demographics(sheet) != row_count):
        landmarks, sheet, missing = _read_by_landmarks(page.content, page)
    page_kind = kind.of_html(landmarks, page.content)
    if page_kind is not PageKind.DETAILS:
        raise NotADetailsPage(page_kind, kind.reason(page_kind, page.content))
    if missing:
        lines = html.lines_of(landmarks)
        _refuse_several(boundaries.pages_in_text("\n".join(lines).encode()))
        html.read_flow(sheet, landmarks, lines, missing)
    if not html.has_sections(sheet):
        page_kind = kind.of_other(landmarks, page.content)
        raise NotADetailsPage(page_kind, kind.reason(page_kind, page.content))
    around.add_unknown_sections(sheet, landmarks)
    sheet.addresses = page.addresses
    sheet.cut_short = page.cut_short
    return sheet


def _read_by_landmarks(content: bytes, page: Prepared) -> tuple[Landmarks, Sheet, list[str]]:
    """Read the landmarks of a page into a sheet. Also return the sections that the page has without a landmark.

    Raises:
        NotADetailsPage: if the content has several pages.
    """
    landmarks = Landmarks(tree.build(content), own_id=_own_id(page.addresses))
    _refuse_several(landmarks.pages())
    sheet = html.read(landmarks, translated=page.translated)
    return landmarks, sheet, html.missing_sections(sheet, page.content)


def _refuse_several(pages: int) -> None:
    if pages > 1:
        raise NotADetailsPage(PageKind.OTHER, kind.reason_of_pages(pages))


def _own_id(addresses: list[str]) -> int | None:
    own = next(filter(None, map(address_of, addresses)), None)
    return own.altmetric_id if own else None


def _sheet_of_text(content: bytes) -> Sheet:
    if len(content) > MAX_TEXT_BYTES:
        reason = f"text of {len(content):,} bytes exceeds the limit of {MAX_TEXT_BYTES:,}: details pages are smaller"
        raise UndecodablePage("undecodable", reason)
    _refuse_several(boundaries.pages_in_text(content))
    sheet = text.read(logical_lines(drop_cut_number(content).decode("utf-8", "ignore")))
    page_kind = kind.of_text(sheet, content)
    if page_kind is not PageKind.DETAILS:
        raise NotADetailsPage(page_kind, kind.reason(page_kind, content))
    return sheet


def _provenance(
    received: bytes, url: str | None, captured: str | None, form: Literal["html", "text", "json", "csv"]
) -> Provenance:
    return Provenance(
        input=None,
        requested=None,
        final_url=url,
        http_status=None,
        captured_at=captured,
        fetched_at=None,
        format=form,
        sha256=hashlib.sha256(received).hexdigest(),
        bytes=len(received),
        altdetails=__version__,
        lxml=None if form in _OTHER_FORMS else _LXML,
        libxml2=None if form in _OTHER_FORMS else _LIBXML2,
        attribution="Data: Altmetric.com",
    )
