"""The steps from a document or captured page to its record. Only this module of the package loads the parser."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import msgspec

from altdetails import identifiers, page
from altdetails.errors import IdentifierError
from altdetails.page.captured import time_in_address, time_in_header
from altdetails.record import Inconsistency, Record
from altdetails.results import Capture

if TYPE_CHECKING:
    from altdetails.documents import Document
    from altdetails.page.sheet import Sheet

__all__ = ["STEPS"]


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
    record = page.make_record(previous.sheet, previous.page)
    if previous.document.capture:
        return _complete(record, previous.document.capture)
    provenance = msgspec.structs.replace(record.provenance, input=previous.document.name)
    return page.limit(msgspec.structs.replace(record, provenance=provenance))


STEPS = (_prepare, _read, _finish)
"""Functions to call in turn, each with the result of the previous one. The first takes a `Document`, the last returns
the `Record`. They raise `PageError`."""


_INNER_ADDRESS = re.compile(r"(?<=/)https?://.++", re.DOTALL)


def _complete(record: Record, capture: Capture) -> Record:
    """Add the source of a captured page to its record, and compare it with the requested identifier."""
    provenance = msgspec.structs.replace(
        record.provenance,
        input=capture.record_id,
        requested=capture.requested,
        final_url=capture.url or record.provenance.final_url,
        http_status=capture.status,
        captured_at=_captured_at(record, capture),
        fetched_at=capture.fetched_at,
    )
    old = record.inconsistencies
    new = [mismatch for mismatch in _mismatches(capture.requested, record) if mismatch not in old]
    return page.limit(msgspec.structs.replace(record, provenance=provenance, inconsistencies=[*old, *new]))


def _captured_at(record: Record, capture: Capture) -> str | None:
    """Return when the site gave a captured page. The page of a scrape comes from the site itself."""
    if capture.captured_at is not None:
        return capture.captured_at
    if capture.requested is not None:
        return capture.fetched_at
    of_archive = time_in_header(capture.memento or "") or time_in_address(capture.url)
    return of_archive or record.provenance.captured_at or capture.fetched_at


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


def _mismatches(requested: str | None, record: Record) -> list[Inconsistency]:
    """Compare the page with the requested identifier. `page` has already compared it with its address."""
    if requested is None:
        return []
    expected = identifiers.identify(requested)
    if expected.scheme == "doi" and record.doi is not None and record.doi != expected.value:
        return [Inconsistency("doi_mismatch", None, [expected.value, record.doi])]
    if expected.scheme == "altmetric_id" and record.altmetric_id not in {None, int(expected.value)}:
        return [Inconsistency("altmetric_id_mismatch", None, [expected.value, str(record.altmetric_id)])]
    return []
