"""The steps from a document or captured page to its record. Only this module of the package loads the parser."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import msgspec

from altdetails import identifiers, page
from altdetails.errors import IdentifierError, NotADetailsPage
from altdetails.mention import Mention, MentionPage
from altdetails.mentions import TabReading, read_tab, summary_instead, summary_line
from altdetails.page import PageKind
from altdetails.page.captured import time_in_address, time_in_header
from altdetails.record import Inconsistency, Provenance, Record
from altdetails.results import AskedTab, Capture

if TYPE_CHECKING:
    from altdetails.documents import Document
    from altdetails.page.sheet import Sheet

__all__ = ["STEPS", "mentions_of_page", "mentions_of_record"]


class _Prepared(NamedTuple):
    document: Document
    page: page.Prepared


class _Read(NamedTuple):
    document: Document
    page: page.Prepared
    sheet: Sheet


def _prepare(document: Document) -> _Prepared:
    capture = document.capture
    if capture is None:
        return _Prepared(document, page.prepare(document.content))
    address = _details_address(capture.url) if capture.url else None
    return _Prepared(document, page.prepare(capture.content, url=address, content_type=capture.content_type))


def _read(previous: _Prepared) -> _Read:
    return _Read(*previous, page.read(previous.page))


def _finish(previous: _Read) -> Record:
    capture = previous.document.capture
    if capture and capture.asked_tab:
        raise NotADetailsPage(PageKind.TAB, _SUMMARY_OF_TAB)
    record = page.make_record(previous.sheet, previous.page)
    if capture:
        return _complete(record, capture)
    provenance = msgspec.structs.replace(record.provenance, input=previous.document.name)
    return page.limit(msgspec.structs.replace(record, provenance=provenance))


_SUMMARY_OF_TAB = (
    "this is the summary that the site sent instead of a list of mentions: `altdetails parse --mentions FILE` writes a "
    "line about it"
)
STEPS = (_prepare, _read, _finish)
"""Functions to call in turn, each with the result of the previous one. The first takes a `Document`, the last returns
the `Record`. They raise `PageError`."""


def mentions_of_page(document: Document, *, people: bool) -> list[MentionPage | Mention]:
    """Return the line of a tab page, and its mentions.

    Args:
        document: a page without a record.
        people: whether to include people, as in `read_tab`.

    Raises:
        PageError: if it is not a page of a tab.
    """
    capture = document.capture
    address = _details_address(capture.url) if capture and capture.url else None
    content_type = capture.content_type if capture else None
    asked = capture.asked_tab if capture else None
    try:
        reading = read_tab(document.content, url=address, content_type=content_type, people=people)
    except NotADetailsPage as error:
        if asked is None or error.kind is not PageKind.DETAILS:
            raise
        reading = TabReading(_summary_line(document, asked), [])
    if asked:
        reading = _with_asked(reading, asked)
    line = reading.page
    if capture is None:
        provenance = msgspec.structs.replace(line.provenance, input=document.name)
    else:
        provenance = _with_source(line.provenance, capture)
        contradictions = [*line.inconsistencies, *_mismatches(capture.requested, line)]
        line = msgspec.structs.replace(line, inconsistencies=contradictions)
    return [
        msgspec.structs.replace(line, provenance=provenance),
        *(msgspec.structs.replace(mention, provenance=provenance) for mention in reading.mentions),
    ]


def _summary_line(document: Document, asked: AskedTab) -> MentionPage:
    """Return the line of a page of a tab for which a run got the summary. It ends the list only if it has a page 1."""
    prepared = _prepare(document).page
    line = summary_line(page.make_record(page.read(prepared), prepared), asked.tab, asked.page)
    return line if asked.page > 1 else msgspec.structs.replace(line, rows=None, ended=None)


def _with_asked(reading: TabReading, asked: AskedTab) -> TabReading:
    """Add what a run knows of a tab and the tab itself does not show: its source and the DOI of the output."""
    page, mentions = reading
    return TabReading(
        msgspec.structs.replace(page, doi=page.doi or asked.doi, source=page.source or asked.source),
        [
            msgspec.structs.replace(mention, doi=mention.doi or asked.doi, source=mention.source or asked.source)
            for mention in mentions
        ],
    )


def mentions_of_record(record: Record) -> list[MentionPage | Mention]:
    """Return the line of a tab page that the site does not have, if it gave this summary instead; else no line."""
    line = summary_instead(record)
    return [line] if line else []


_INNER_ADDRESS = re.compile(r"(?<=/)https?://.++", re.DOTALL)


def _complete(record: Record, capture: Capture) -> Record:
    """Add the source of a captured page to its record, and compare it with the requested identifier."""
    provenance = _with_source(record.provenance, capture)
    old = record.inconsistencies
    new = [mismatch for mismatch in _mismatches(capture.requested, record) if mismatch not in old]
    return page.limit(msgspec.structs.replace(record, provenance=provenance, inconsistencies=[*old, *new]))


def _with_source(provenance: Provenance, capture: Capture) -> Provenance:
    return msgspec.structs.replace(
        provenance,
        input=capture.record_id,
        requested=capture.requested,
        final_url=capture.url or provenance.final_url,
        http_status=capture.status,
        captured_at=_captured_at(provenance, capture),
        fetched_at=capture.fetched_at,
    )


def _captured_at(provenance: Provenance, capture: Capture) -> str | None:
    """Return when the site gave a captured page. The page of a scrape comes from the site itself."""
    if capture.requested is not None:
        return capture.fetched_at
    of_archive = time_in_header(capture.memento or "") or time_in_address(capture.url)
    return of_archive or provenance.captured_at or capture.fetched_at


def _details_address(url: str) -> str:
    """Return the address of a page on the site itself, if the page comes from a mirror.

    The address of a web archive contains the whole address of the page. The address of a library proxy differs only in
    the host, so its path is returned.
    """
    inner = _INNER_ADDRESS.search(url)
    for candidate in (url, inner[0] if inner else url):
        with suppress(IdentifierError):
            identifiers.address(candidate)
            return candidate
    with suppress(ValueError):
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return url


def _mismatches(requested: str | None, record: Record | MentionPage) -> list[Inconsistency]:
    """Compare the page with the requested identifier. `page` has already compared it with its address."""
    if requested is None:
        return []
    expected = identifiers.identify(requested)
    if expected.scheme == "doi" and record.doi is not None and record.doi != expected.value:
        return [Inconsistency("doi_mismatch", None, [expected.value, record.doi])]
    if expected.scheme == "altmetric_id" and record.altmetric_id not in {None, int(expected.value)}:
        return [Inconsistency("altmetric_id_mismatch", None, [expected.value, str(record.altmetric_id)])]
    return []
