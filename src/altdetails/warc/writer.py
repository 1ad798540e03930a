"""Write exchanges as WARC 1.1 records, each in a gzip member of its own.

A visit begins with a `metadata` record, which has the identifier and the outcome and refers to the last response. A
`request` and a `response` record follow for each exchange. The `metadata` record comes first, because a reader needs
the identifier before the page. In a history, the response has the address and the time of the capture, and the request
those of the request to the web archive; `fetched` in the `metadata` record is the time of the request.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from altdetails._magic import GZIP_WINDOW
from altdetails.results import ArchivedRecord, Exchange, Revisit, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from altdetails.results import AskedTab, Headers, Outcome, TabPage

    Item: TypeAlias = Exchange | Revisit | ArchivedRecord

__all__ = ["exchange_records", "tab_records", "visit_records", "warcinfo_record"]

_FIELDS = "application/warc-fields"
_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_HTTP_LINE_BREAKS = re.compile(r"[\x00\r\n]+")
_NOT_IN_URI = re.compile(r"[\x00-\x20\x7f]")
_SAME_CONTENT = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


def warcinfo_record(filename: str, software: str, site: str) -> bytes:
    """Return the record that describes how the archive was made."""
    fields = {
        "software": software,
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "robots": "obey",
        "description": f"Responses of {site}, each requested by its identifier",
    }
    headers = _headers("warcinfo", timestamp()) | {"WARC-Filename": filename}
    return _record(headers, _FIELDS, _fields(fields))


def visit_records(outcome: Outcome, exchanges: Sequence[Item]) -> bytes:
    """Return the records of the visit of one identifier; no bytes if it had no exchange."""
    fields = {"requested": outcome.identifier, "outcome": outcome.status, "attempts": str(outcome.attempts)}
    return _visit(fields, outcome.at, exchanges)


def tab_records(page: TabPage, asked: AskedTab, exchanges: Sequence[Exchange], *, is_stored: bool) -> bytes:
    """Return the records of the visit of one page of a tab; no bytes if it had no exchange.

    Args:
        page: what the run got.
        asked: what it requested.
        exchanges: all exchanges of the visit. The exchange of the page is the last.
        is_stored: whether the file of mentions has lines of the page. A reader skips the others.
    """
    fields = {
        "requested": page.identifier,
        "outcome": "ok" if is_stored else page.status or "failed",
        "attempts": str(page.attempts),
        "source": asked.source,
        "tab": asked.tab,
        "page": str(asked.page),
    }
    return _visit(fields | ({"doi": asked.doi} if asked.doi else {}), page.at, exchanges)


def _visit(fields: dict[str, str], at: str, exchanges: Sequence[Item]) -> bytes:
    if not exchanges:
        return b""
    headers = _headers("metadata", at)
    headers |= {"WARC-Refers-To": f"<{exchanges[-1].record_id}>", "WARC-Target-URI": _uri(exchanges[-1].url)}
    if (fetched_at := _fetched_at(exchanges[-1])) is not None:
        fields["fetched"] = fetched_at
    block = _fields(fields)
    headers["WARC-Payload-Digest"] = _digest(block)
    return b"".join((_record(headers, _FIELDS, block), *map(_item_records, exchanges)))


def _fetched_at(item: Item) -> str | None:
    """Return when an item was fetched from another web archive; None if it is from the site itself."""
    if isinstance(item, ArchivedRecord):
        return item.fetched_at
    return item.replay.at if isinstance(item, Exchange) and item.replay else None


def _item_records(item: Item) -> bytes:
    match item:
        case Exchange():
            return exchange_records(item)
        case Revisit():
            return _revisit_record(item)
        case ArchivedRecord():
            return item.content


def _revisit_record(revisit: Revisit) -> bytes:
    headers = _headers("revisit", revisit.at, revisit.record_id) | {
        "WARC-Target-URI": _uri(revisit.url),
        "WARC-Profile": _SAME_CONTENT,
        "WARC-Payload-Digest": revisit.digest,
        "WARC-Refers-To-Target-URI": _uri(revisit.first_url),
        "WARC-Refers-To-Date": revisit.first_at,
    }
    return _record(headers, "application/http; msgtype=response", b"")


def exchange_records(exchange: Exchange) -> bytes:
    """Return the records of a request and its response."""
    request = exchange.replay or exchange
    requested = _uri(request.url)
    parts = urlsplit(requested)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    request_headers = _headers("request", request.at)
    request_headers |= {"WARC-Target-URI": requested, "WARC-Concurrent-To": f"<{exchange.record_id}>"}
    response_headers = _headers("response", exchange.at, exchange.record_id) | {"WARC-Target-URI": _uri(exchange.url)}
    if exchange.replay:
        response_headers |= {"WARC-Source-URI": requested}
    if exchange.truncated:
        response_headers |= {"WARC-Truncated": exchange.truncated}
    status_line = f"{exchange.http_version} {exchange.status} {exchange.phrase}"
    return b"".join(
        (
            _http_record(request_headers, _http_head(f"GET {target} HTTP/1.1", exchange.request_headers), b""),
            _http_record(
                response_headers, _http_head(status_line, _without_transfer_coding(exchange.headers)), exchange.body
            ),
        )
    )


def _headers(kind: str, at: str, record_id: str | None = None) -> dict[str, str]:
    return {"WARC-Type": kind, "WARC-Record-ID": f"<{record_id or uuid.uuid4().urn}>", "WARC-Date": at}


def _http_record(headers: dict[str, str], head: bytes, body: bytes) -> bytes:
    content_type = f"application/http; msgtype={headers['WARC-Type']}"
    return _record(headers | {"WARC-Payload-Digest": _digest(body)}, content_type, head + body)


def _record(headers: dict[str, str], content_type: str, block: bytes) -> bytes:
    """Return a record as a gzip member. Add the digest, type and length of its block to the headers."""
    about_block = {"WARC-Block-Digest": _digest(block), "Content-Type": content_type, "Content-Length": str(len(block))}
    record = b"".join((b"WARC/1.1\r\n", _fields(headers | about_block), b"\r\n", block, b"\r\n\r\n"))
    return zlib.compress(record, level=9, wbits=GZIP_WINDOW)


def _digest(content: bytes) -> str:
    return f"sha1:{base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()}"


def _fields(fields: dict[str, str]) -> bytes:
    return b"".join(f"{name}: {_field_value(value)}\r\n".encode() for name, value in fields.items())


def _http_head(first: str, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [first, *(f"{name.strip()}: {value}" for name, value in headers)]
    return b"".join(_http_line(line) + b"\r\n" for line in [*lines, ""])


def _without_transfer_coding(headers: Headers) -> Headers:
    """Rename the Transfer-Encoding header, because the body is archived without that coding."""
    return tuple(
        (f"X-Archive-Orig-{name}" if name.lower() == "transfer-encoding" else name, value) for name, value in headers
    )


def _field_value(text: str) -> str:
    """Return a text as the value of a field, without line breaks."""
    return _LINE_BREAKS.sub(" ", text).strip().encode(errors="backslashreplace").decode()


def _http_line(text: str) -> bytes:
    """Return a line of HTTP as bytes. Each character was one byte on the wire."""
    line = _HTTP_LINE_BREAKS.sub(" ", text)
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode(errors="backslashreplace")


def _uri(url: str) -> str:
    return _NOT_IN_URI.sub(lambda match: f"%{ord(match[0]):02X}", url)
