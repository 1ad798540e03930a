"""One page as a site gave it, fresh or out of an archive → Record.

A scrape and the later reading of its archive both go through `record_of`, so both give the same bytes.
"""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import urlsplit

import msgspec

from altdetails import identifiers, page
from altdetails.errors import IdentifierError
from altdetails.record import Inconsistency, Record
from altdetails.results import Capture

__all__ = ["completed", "prepared_of", "record_of"]

_ADDRESS_INSIDE = re.compile(r"(?<=/)https?://.++", re.DOTALL)


def record_of(capture: Capture) -> Record:
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
    found = record.inconsistencies
    found += [mismatch for mismatch in _mismatches(capture.requested, record) if mismatch not in found]
    return msgspec.structs.replace(record, provenance=provenance, inconsistencies=found)


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
