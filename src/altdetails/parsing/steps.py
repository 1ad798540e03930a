"""A document or a captured page → its record, step by step: what needs the parser."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import msgspec

from altdetails import identifiers, page
from altdetails.errors import IdentifierError
from altdetails.record import Inconsistency, Record
from altdetails.results import Capture

if TYPE_CHECKING:
    from altdetails.documents import Document
    from altdetails.page.sheet import Sheet
    from altdetails.record import Record

__all__ = ["STEPS", "completed", "prepared_of", "record_of_capture"]


class _Prepared(NamedTuple):
    document: Document
    page: page.Prepared


class _Read(NamedTuple):
    document: Document
    page: page.Prepared
    sheet: Sheet


def _prepared(document: Document) -> _Prepared:
    prepared = prepared_of(document.capture) if document.capture else page.prepared(document.content)
    return _Prepared(document, prepared)


def _read(made: _Prepared) -> _Read:
    return _Read(*made, page.read(made.page))


def _finished(made: _Read) -> Record:
    record = page.interpreted(made.sheet, made.page)
    if made.document.capture:
        return completed(record, made.document.capture)
    provenance = msgspec.structs.replace(record.provenance, input=made.document.name)
    return msgspec.structs.replace(record, provenance=provenance)


STEPS = (_prepared, _read, _finished)
"""Each takes what the one before has made, the first a document; the last makes the record. They raise `PageError`."""


_ADDRESS_INSIDE = re.compile(r"(?<=/)https?://.++", re.DOTALL)


def record_of_capture(capture: Capture) -> Record:
    """The record of a page, with where it came from, checked against the identifier that was asked for.

    Raises:
        PageError: where the content is no details page, or no text.
    """
    prepared = prepared_of(capture)
    return completed(page.interpreted(page.read(prepared), prepared), capture)


def prepared_of(capture: Capture) -> page.Prepared:
    """The first step of `record_of`: what of the page is read.

    Raises:
        UndecodablePage: where the content is binary, or too large.
    """
    return page.prepared(capture.content, url=_details_address(capture.url), content_type=capture.content_type)


def completed(record: Record, capture: Capture) -> Record:
    """The last step of `record_of`: a page's record with where the page came from."""
    provenance = msgspec.structs.replace(
        record.provenance,
        input=capture.record_id,
        requested=capture.requested,
        final_url=capture.url,
        http_status=capture.status,
        fetched_at=capture.fetched_at,
    )
    known = record.inconsistencies
    new = [mismatch for mismatch in _mismatches(capture.requested, record) if mismatch not in known]
    return msgspec.structs.replace(record, provenance=provenance, inconsistencies=[*known, *new])


def _details_address(url: str) -> str:
    """The address as the site itself would have it, where a mirror gave the page.

    Of a mirror with the whole address in its own, as web archives have, that is the address inside; of one with another
    host alone, as library proxies have, it is the path.
    """
    inside = _ADDRESS_INSIDE.search(url)
    for candidate in (url, inside[0] if inside else url):
        with suppress(IdentifierError):
            identifiers.address(candidate)
            return candidate
    with suppress(ValueError):
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return url


def _mismatches(requested: str | None, record: Record) -> list[Inconsistency]:
    """A page that is not the one asked for; that it is not the one of its address, `page` has said already."""
    if requested is None:
        return []
    asked = identifiers.identify(requested)
    if asked.scheme == "doi" and record.doi is not None and record.doi != asked.value:
        return [Inconsistency("doi_mismatch", None, [asked.value, record.doi])]
    if asked.scheme == "altmetric_id" and record.altmetric_id not in {None, int(asked.value)}:
        return [Inconsistency("altmetric_id_mismatch", None, [asked.value, str(record.altmetric_id)])]
    return []
