"""The steps from a document or captured page to its record. Only this module of the package loads the parser."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import msgspec

from altdetails import identifiers, links, page
from altdetails.answers.explorer import is_mention_table
from altdetails.answers.mapping import mismatches
from altdetails.errors import IdentifierError, NotADetailsPage
from altdetails.identifiers import Identifier
from altdetails.mention import Mention, MentionPage
from altdetails.mentions.answer_posts import mentions_in_answer
from altdetails.mentions.explorer_mentions import mentions_in_table
from altdetails.mentions.tabs import TabReading, read_tab, summary_instead, summary_line
from altdetails.page import PageKind
from altdetails.page.captured import time_in_address, time_in_header
from altdetails.record import Inconsistency, Provenance, Record
from altdetails.results import AskedTab, Capture

if TYPE_CHECKING:
    from altdetails.answers.decoding import Answer
    from altdetails.answers.explorer import OutputRow
    from altdetails.documents import Document
    from altdetails.page.sheet import Sheet

__all__ = ["STEPS", "mentions_of_page", "mentions_of_record"]


class _Prepared(NamedTuple):
    document: Document
    page: page.Prepared


class _Read(NamedTuple):
    document: Document
    page: page.Prepared
    sheet: Sheet | Answer | OutputRow


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
    """Return the line of a tab page, and its mentions; those of a table of mentions from Altmetric Explorer.

    Args:
        document: content without a record.
        people: whether to include people, as in `read_tab`.

    Raises:
        PageError: if it is neither.
    """
    capture = document.capture
    address = _details_address(capture.url) if capture and capture.url else None
    content_type = capture.content_type if capture else None
    asked = capture.asked_tab if capture else None
    if asked is None and is_mention_table(document.content):
        provenance = page.prepare(document.content, url=address).provenance
        return [*mentions_in_table(document.content, _from(document, provenance), people=people)]
    try:
        reading = read_tab(document.content, url=address, content_type=content_type, people=people)
    except NotADetailsPage as error:
        if asked is None or error.kind is not PageKind.DETAILS:
            raise
        reading = TabReading(_summary_line(document, asked), [])
    if asked:
        reading = _with_asked(reading, asked)
    line = reading.page
    provenance = _from(document, line.provenance)
    if capture:
        old = line.inconsistencies
        output_ids = [Identifier("doi", line.doi)] if line.doi else []
        mismatched = _mismatches(capture.requested, line.altmetric_id, output_ids)
        new = [mismatch for mismatch in mismatched if mismatch not in old]
        line = msgspec.structs.replace(line, inconsistencies=[*old, *new])
    lines: list[MentionPage | Mention] = [line, *reading.mentions]
    return [msgspec.structs.replace(item, provenance=provenance) for item in lines]


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


def mentions_of_record(document: Document, record: Record, *, people: bool) -> list[MentionPage | Mention]:
    """Return the posts in an answer of the API; else the line of a tab page that the site does not have.

    Args:
        document: content with a record.
        record: the record. If it is a summary from the address of a tab, the site does not have that page of the tab.
        people: whether to include people, as in `read_tab`.
    """
    if record.provenance.format == "json":
        return [*mentions_in_answer(document.content, record, people=people)]
    line = summary_instead(record)
    return [line] if line else []


def _from(document: Document, provenance: Provenance) -> Provenance:
    """Add the source of a document to the provenance of its content."""
    if document.capture:
        return _with_source(provenance, document.capture)
    return msgspec.structs.replace(provenance, input=document.name)


_INNER_ADDRESS = re.compile(r"(?<=/)https?://.++", re.DOTALL)


def _complete(record: Record, capture: Capture) -> Record:
    """Add the source of a captured page to its record, and compare it with the requested identifier."""
    provenance = _with_source(record.provenance, capture)
    old = record.inconsistencies
    new = [
        mismatch
        for mismatch in _mismatches(capture.requested, record.altmetric_id, record.identifiers)
        if mismatch not in old
    ]
    return page.limit(msgspec.structs.replace(record, provenance=provenance, inconsistencies=[*old, *new]))


def _with_source(provenance: Provenance, capture: Capture) -> Provenance:
    return msgspec.structs.replace(
        provenance,
        input=capture.record_id,
        requested=capture.requested,
        final_url=links.without_key(capture.url) or provenance.final_url,
        http_status=capture.status,
        captured_at=_captured_at(provenance, capture),
        fetched_at=capture.fetched_at,
    )


def _captured_at(provenance: Provenance, capture: Capture) -> str | None:
    """Return when the site gave a captured page. The page of a scrape comes from the site itself."""
    if capture.captured_at is not None:
        return capture.captured_at
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


def _mismatches(requested: str | None, number: int | None, output_ids: list[Identifier]) -> list[Inconsistency]:
    """Compare the identifiers on a page with the requested one. `page` has already compared them with its address."""
    return [] if requested is None else mismatches(identifiers.identify(requested), number, output_ids)
