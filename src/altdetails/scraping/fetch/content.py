"""The page in a response: unpacked, within bounds, and whole."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from altdetails.errors import BodyTooLarge, CodingRefused, TruncatedBody

if TYPE_CHECKING:
    from altdetails.results import Exchange

__all__ = ["MAX_CONTENT_BYTES", "MAX_WIRE_BYTES", "content_of", "refuse_unclosed"]

MAX_WIRE_BYTES = 4 * 2**20
"""The longest body that is taken from the wire. A details page has some 60 KB before compression."""
MAX_CONTENT_BYTES = 8 * 2**20
"""The longest page, unpacked. A details page has some 60 KB."""

_GZIP = 16 + zlib.MAX_WBITS
_TAIL_BYTES = 64 * 2**10
_END_TAG = re.compile(rb"</html\s*>", re.IGNORECASE)


def content_of(exchange: Exchange) -> bytes:
    """The body without its content coding.

    Raises:
        BodyTooLarge: above `MAX_WIRE_BYTES` as received, or `MAX_CONTENT_BYTES` unpacked.
        TruncatedBody: where it broke off, or its compression is not whole.
        CodingRefused: where it is compressed otherwise than by gzip.
    """
    if exchange.truncated == "length":
        raise BodyTooLarge(f"{exchange.url}: the response has more than {MAX_WIRE_BYTES >> 20} MiB")
    if exchange.truncated:
        why = "took too long" if exchange.truncated == "time" else "broke off"
        raise TruncatedBody(f"{exchange.url}: the response {why} after {len(exchange.body):,} bytes")
    coding = (exchange.header("Content-Encoding") or "identity").strip().lower()
    if coding == "identity" or not exchange.body:
        return exchange.body
    if coding not in {"gzip", "x-gzip"}:
        raise CodingRefused(f"{exchange.url}: the response is encoded as {coding[:40]!r}, which was not asked for")
    try:
        content = _inflated(exchange.body)
    except zlib.error as error:
        raise TruncatedBody(f"{exchange.url}: the response's gzip data are damaged ({error})") from error
    except EOFError as error:
        raise TruncatedBody(f"{exchange.url}: the response's gzip data end early") from error
    if len(content) > MAX_CONTENT_BYTES:
        raise BodyTooLarge(f"{exchange.url}: the page has more than {MAX_CONTENT_BYTES >> 20} MiB when unpacked")
    return content


def refuse_unclosed(exchange: Exchange, content: bytes) -> None:
    """Take HTML without its end tag for cut short: the site's pages have one.

    Raises:
        TruncatedBody: where it is missing.
    """
    is_html = "html" in (exchange.header("Content-Type") or "html").lower()
    tail = content[-_TAIL_BYTES:].replace(b"\0", b"")  # UTF-16 has its letters between zeros
    if is_html and not _END_TAG.search(tail):
        raise TruncatedBody(f"{exchange.url}: the page stops after {len(content):,} bytes, before </html>")


def _inflated(wire: bytes) -> bytes:
    """At most one byte more than `MAX_CONTENT_BYTES`."""
    content = bytearray()
    rest = wire
    while rest and len(content) <= MAX_CONTENT_BYTES:
        member = zlib.decompressobj(_GZIP)
        content += member.decompress(rest, MAX_CONTENT_BYTES + 1 - len(content))
        if not member.eof and len(content) <= MAX_CONTENT_BYTES:
            raise EOFError
        rest = member.unused_data.lstrip(b"\0")
    return bytes(content)
