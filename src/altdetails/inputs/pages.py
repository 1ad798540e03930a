"""A WARC record of a details address → the page that it holds, or why it holds none."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from fastwarc.warc import WarcHeader, WarcRecordType

from altdetails.documents import UnreadableError
from altdetails.inputs.block import agrees_with, block, pass_over
from altdetails.inputs.response import decoded, response, without_chunks
from altdetails.results import Capture, timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from fastwarc.warc import HeaderMap, WarcRecord

    _Found: TypeAlias = tuple[bytes, int | None, str | None]
    """Content, HTTP status, and media type."""

__all__ = ["HOLDING_CONTENT", "bare", "page_in", "record_id"]

HOLDING_CONTENT = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.revisit | WarcRecordType.conversion
"""The types of records that hold or stand for content."""

_PAGE_TYPES = {"text/html", "application/xhtml+xml", "text/plain"}
_REDIRECTS = range(300, 400)
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_LONGEST_SHOWN = 200


def page_in(record: WarcRecord, url: str, requested: str | None) -> Capture | None:
    """The page in a record; None where that is a redirect, or a file that is neither HTML nor text.

    Args:
        record: one of `HOLDING_CONTENT`.
        url: its address.
        requested: the identifier that was asked for, where that is known.

    Raises:
        UnreadableError: where the record is damaged or has no id, or holds no whole page of its own.
    """
    headers = record.headers
    is_response = record.record_type == WarcRecordType.response
    if record.record_type == WarcRecordType.revisit:
        pass_over(record)
        raise _repeated(headers, url)
    if not is_response and _media_type(headers) not in _PAGE_TYPES:
        pass_over(record)
        return None
    if WarcHeader.WARC_TRUNCATED in headers or WarcHeader.WARC_SEGMENT_NUMBER in headers:
        pass_over(record)
        raise _truncated(headers, url)
    own_id = record_id(record)
    if not own_id:
        raise UnreadableError("unreadable", "has a page without WARC-Record-ID, by which a page is known")
    found = _received(record, url) if is_response else _stored(record)
    if found is None:
        return None
    content, status, content_type = found
    return Capture(content, url, status, content_type, _moment(record.record_date), own_id, requested)


def _received(record: WarcRecord, url: str) -> _Found | None:
    """What is in an HTTP response; None of a redirect."""
    kept = block(record)
    is_proven = agrees_with(record.headers.get(WarcHeader.WARC_BLOCK_DIGEST), kept)
    received = response(kept)
    if not is_proven:
        # some tools take the payload with the chunks of its transfer coding, some without
        agrees_with(record.headers.get(WarcHeader.WARC_PAYLOAD_DIGEST), received.body, without_chunks(received.body))
    if received.status in _REDIRECTS:
        return None
    if received.status != HTTPStatus.OK:
        answer = f"{received.status} {_PHRASES.get(received.status, '')}".rstrip()
        raise UnreadableError(
            "http_error", f"{_shown(url)} was answered with {answer}, not with a page; try another capture"
        )
    return decoded(received), received.status, next(iter(received.headers.get("content-type", ())), None)


def _stored(record: WarcRecord) -> _Found:
    """What is in a record without HTTP."""
    kept = block(record)
    if not agrees_with(record.headers.get(WarcHeader.WARC_BLOCK_DIGEST), kept):
        agrees_with(record.headers.get(WarcHeader.WARC_PAYLOAD_DIGEST), kept)
    return kept, None, record.headers.get(WarcHeader.CONTENT_TYPE)


def _truncated(headers: HeaderMap, url: str) -> UnreadableError:
    what = "was archived in several segments, which are not put together"
    if WarcHeader.WARC_TRUNCATED in headers:
        what = f"was cut short by who archived it ({_shown(headers.get(WarcHeader.WARC_TRUNCATED) or 'unspecified')})"
    return UnreadableError("truncated", f"{_shown(url)} {what}; try another capture")


def _repeated(headers: HeaderMap, url: str) -> UnreadableError:
    same = headers.get(WarcHeader.WARC_REFERS_TO_TARGET_URI) or headers.get(WarcHeader.WARC_REFERS_TO)
    date = _shown(headers.get(WarcHeader.WARC_REFERS_TO_DATE) or "") or "an untold date"
    profile = _shown((headers.get(WarcHeader.WARC_PROFILE) or "").rstrip("/>").rpartition("/")[2]) or "no profile"
    of = f"{_shown(bare(same)) or 'an earlier capture'} of {date} ({profile})"
    return UnreadableError("revisit", f"{_shown(url)} repeats {of} without the content; read that one")


def _media_type(headers: HeaderMap) -> str:
    return (headers.get(WarcHeader.CONTENT_TYPE) or "").partition(";")[0].strip().lower()


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def record_id(record: WarcRecord) -> str:
    """The id of a record; empty where it has none."""
    return bare(record.headers.get(WarcHeader.WARC_RECORD_ID))


def bare(value: str | None) -> str:
    """An id or address without the angle brackets that WARC 1.0 puts around it."""
    return (value or "").strip().removeprefix("<").removesuffix(">")


def _moment(date: datetime | None) -> str | None:
    try:
        return timestamp(date) if date else None
    except OverflowError:
        return None
