"""The page in a response: decompressed, within size limits, and complete."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from altdetails.documents import Budget, Inflated
from altdetails.errors import BodyTooLarge, CodingRefused, TruncatedBody

if TYPE_CHECKING:
    from altdetails.results import Exchange

__all__ = ["GZIP", "MAX_CONTENT_BYTES", "MAX_WIRE_BYTES", "coding_of", "content_of", "is_cut", "refuse_missing_end_tag"]

GZIP = frozenset({"gzip", "x-gzip"})
"""The names of the coding that is requested."""

MAX_WIRE_BYTES = 4 * 2**20
"""The largest body that is received, still compressed. A details page has about 60 KB before compression."""
MAX_CONTENT_BYTES = 8 * 2**20
"""The largest page after decompression."""

_TAIL_BYTES = 64 * 2**10
_END_TAG = re.compile(rb"</html\s*>", re.IGNORECASE)


def content_of(exchange: Exchange) -> bytes:
    """Return the body of a response, decompressed.

    Raises:
        BodyTooLarge: if it exceeds `MAX_WIRE_BYTES` as received, or `MAX_CONTENT_BYTES` after decompression.
        TruncatedBody: if the response or its gzip data are incomplete.
        CodingRefused: if it has a content coding other than gzip.
    """
    if exchange.truncated == "length":
        raise BodyTooLarge(f"{exchange.url}: the response is larger than {MAX_WIRE_BYTES >> 20} MiB")
    if exchange.truncated:
        reason = "timed out" if exchange.truncated == "time" else "was cut off"
        raise TruncatedBody(f"{exchange.url}: the response {reason} after {len(exchange.body):,} bytes")
    coding = coding_of(exchange)
    if coding == "identity" or not exchange.body:
        return exchange.body
    if coding not in GZIP:
        raise CodingRefused(f"{exchange.url}: the response is encoded as {coding[:40]!r}, which was not requested")
    try:
        content = _decompress(exchange.body)
    except zlib.error as error:
        raise TruncatedBody(f"{exchange.url}: the gzip data of the response are damaged ({error})") from error
    except EOFError as error:
        raise TruncatedBody(f"{exchange.url}: the gzip data of the response are truncated") from error
    if len(content) > MAX_CONTENT_BYTES:
        raise BodyTooLarge(f"{exchange.url}: the page is larger than {MAX_CONTENT_BYTES >> 20} MiB after decompression")
    return content


def coding_of(exchange: Exchange) -> str:
    """Return the content codings of a response as its headers declare them; `identity` if there are none."""
    declared = [value for name, value in exchange.headers if name.lower() == "content-encoding"]
    return ", ".join(declared).strip().lower() or "identity"


def refuse_missing_end_tag(exchange: Exchange, content: bytes) -> None:
    """Refuse HTML without `</html>`: all pages of the site have it, so the page is truncated.

    Raises:
        TruncatedBody: if the end tag is missing.
    """
    if is_cut(content, exchange.header("Content-Type")):
        raise TruncatedBody(f"{exchange.url}: the page ends early: after {len(content):,} bytes, before </html>")


def is_cut(content: bytes, content_type: str | None) -> bool:
    """Return whether content is HTML without `</html>`."""
    tail = content[-_TAIL_BYTES:].replace(b"\0", b"")  # UTF-16 has a zero byte between letters
    return "html" in (content_type or "html").lower() and not _END_TAG.search(tail)


def _decompress(body: bytes) -> bytes:
    """Decompress gzip members, up to one byte more than `MAX_CONTENT_BYTES`."""
    stream = Inflated(body, Budget(len(body)))
    content = bytearray()
    while len(content) <= MAX_CONTENT_BYTES and (piece := stream.read(MAX_CONTENT_BYTES + 1 - len(content))):
        content += piece
    return bytes(content)
