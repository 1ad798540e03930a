"""Read the block of a WARC record, check its length and digest, and decode the HTTP response in it."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fastwarc.stream_io import BrotliReader, ZstdReader
from fastwarc.warc import WarcHeader

from altdetails._magic import compression_of
from altdetails.documents import (
    PART_COST,
    Inflated,
    OverBudgetError,
    UnreadableError,
    gunzip,
    read_bounded,
    refuse_size,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastwarc.warc import WarcRecord

    from altdetails.documents import Budget

__all__ = [
    "Response",
    "decode_body",
    "matches_digest",
    "parse_response",
    "read_block",
    "skip_block",
    "unpack",
    "without_chunks",
]

_MAX_CODINGS = 4
_MAX_HEAD_BYTES = 64 * 2**10
_HEAD = re.compile(
    rb"HTTP/[0-9.]{1,4}[ \t]++([0-9]{3})(?![0-9])[^\r\n]*+\r?\n((?:[^\r\n]++\r?\n)*+)\r?\n",
)
_FOLD = re.compile(rb"\r?\n[ \t]+")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,999}<[!?a-zA-Z]")
"""The beginning of a page that is not compressed."""
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*+(?:;[^\r\n]*+)?\r?\n")


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response."""

    status: int
    headers: dict[str, list[str]]
    """Values by lower-case name, in the order of the response."""
    body: bytes
    """The body as archived, with its transfer and content codings."""


def parse_response(block: bytes) -> Response:
    """Return the HTTP response in a block.

    Raises:
        UnreadableError: if the block is not an HTTP response, or the head is longer than 64 KiB.
    """
    head = _HEAD.match(block, 0, _MAX_HEAD_BYTES)
    if not head:
        raise UnreadableError("unreadable", "is not an HTTP response; leave it out")
    headers: dict[str, list[str]] = {}
    for line in _FOLD.sub(b" ", head[2]).decode("latin-1").split("\n"):
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip(" \t\r"))
    return Response(int(head[1]), headers, block[head.end() :])


def decode_body(response: Response, budget: Budget) -> bytes:
    """Return the body of a response without its transfer and content codings. Each coding counts against a budget.

    Some archives keep a body without the coding that its headers declare, or a gzip body without the header. The first
    is returned unchanged, the second is decompressed.

    Raises:
        UnreadableError: if a coding is damaged, truncated or unknown, or the body unpacks to more than the size limit.
        OverBudgetError: if the budget of the archive is spent.
    """
    declared = [*response.headers.get("content-encoding", ()), *response.headers.get("transfer-encoding", ())]
    codings = [coding for coding in (item.strip().lower() for item in ",".join(declared).split(",")) if coding]
    if len(codings) > _MAX_CODINGS:
        raise UnreadableError("refused", f"has {len(codings)} nested codings; leave it out")
    body = response.body
    for coding in reversed(codings):
        if coding not in _DECODERS:
            raise UnreadableError(
                "unreadable", f"has the unknown coding {coding[:20]!r}; make the archive again without it"
            )
        body = _DECODERS[coding](body, budget) if body else body
    return _gunzip(body, budget)


def without_chunks(body: bytes, budget: Budget) -> bytes:
    """Return a body without its chunk headers; a body that does not begin with a chunk is returned unchanged.

    Raises:
        UnreadableError: if the body ends before its last chunk.
        OverBudgetError: if the budget of the archive is spent.
    """
    pieces: list[bytes] = []
    position = 0
    while head := _CHUNK.match(body, position):
        budget.spend(PART_COST)
        size = int(head[1], 16)
        if not size:
            return b"".join(pieces)
        position = head.end() + size
        pieces.append(body[head.end() : position])
        position += body.startswith(b"\r\n", position) * 2
    if pieces:
        raise _truncation("chunks")
    return body


def _gunzip(body: bytes, budget: Budget) -> bytes:
    return gunzip(body, budget) if compression_of(body) == "gzip" else body


def _inflate(body: bytes, budget: Budget) -> bytes:
    """Decompress deflate data. Servers send them with a zlib header or without."""
    has_header = body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2], "big") % 31 == 0
    try:
        return read_bounded(Inflated(body, budget, zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS), budget)
    except EOFError as error:
        raise _truncation("deflate data") from error
    except zlib.error as error:
        if _MARKUP.match(body):
            return body
        raise UnreadableError(
            "unreadable", "is not deflate data, although its header says so; copy or make the archive again"
        ) from error


def _leave(body: bytes, _budget: Budget) -> bytes:
    return body


def _unpack_or_leave(body: bytes, budget: Budget, reader: type[BrotliReader | ZstdReader]) -> bytes:
    """Decompress brotli or Zstandard; a body that is plain markup is returned unchanged."""
    try:
        return unpack(body, budget, reader)
    except UnreadableError as error:
        if _MARKUP.match(body) and not isinstance(error, OverBudgetError):
            return body
        raise


def unpack(body: bytes, budget: Budget, reader: type[BrotliReader | ZstdReader]) -> bytes:
    """Decompress brotli or Zstandard.

    Raises:
        UnreadableError: if the data are damaged or truncated, or exceed `MAX_DOCUMENT_BYTES`.
        OverBudgetError: if the budget is spent.
    """
    try:
        return read_bounded(reader(io.BytesIO(body)), budget)
    except OSError as error:
        raise UnreadableError("unreadable", f"is damaged or truncated ({error}); fetch the page again") from error


def _truncation(data: str) -> UnreadableError:
    return UnreadableError("unreadable", f"is truncated: its {data} end early; fetch the page again")


_DECODERS: dict[str, Callable[[bytes, Budget], bytes]] = {
    "br": partial(_unpack_or_leave, reader=BrotliReader),
    "chunked": without_chunks,
    "deflate": _inflate,
    "gzip": _gunzip,
    "identity": _leave,
    "x-gzip": _gunzip,
    "zstd": partial(_unpack_or_leave, reader=ZstdReader),
}


_DIGESTS = {"md5", "sha1", "sha256", "sha384", "sha512"}


def read_block(record: WarcRecord) -> bytes:
    """Return the whole block of a record.

    Raises:
        UnreadableError: if the block is too large, or its length differs from the Content-Length header.
    """
    try:
        refuse_size(record.content_length)
    except UnreadableError:
        skip_block(record)
        raise
    content = record.reader.read(record.content_length) if record.content_length else b""
    _check_length(record, len(content))
    return content


def skip_block(record: WarcRecord) -> None:
    """Go to the end of a record.

    Raises:
        UnreadableError: if the length of the block differs from the Content-Length header.
    """
    _check_length(record, record.reader.consume())


def _check_length(record: WarcRecord, length: int) -> None:
    declared = (record.headers.get(WarcHeader.CONTENT_LENGTH) or "").strip()
    if declared != str(length):
        expected = declared[:20] or "an unknown number"
        raise UnreadableError(
            "unreadable", f"is truncated: it has {length:,} bytes of {expected}; copy the archive again"
        )


def matches_digest(digest: str | None, *contents: bytes) -> bool:
    """Compare contents with a digest in base 32 or 16. Return False if the digest is missing or of an unknown kind.

    Raises:
        UnreadableError: if the digest matches none of the contents.
    """
    label, _, value = (digest or "").partition(":")
    algorithm = label.strip().lower().replace("-", "")
    if algorithm not in _DIGESTS:
        return False
    for content in contents:
        actual = hashlib.new(algorithm, content, usedforsecurity=False).digest()
        if value.strip().lower().rstrip("=") in {actual.hex(), base64.b32encode(actual).decode().lower().rstrip("=")}:
            return True
    raise UnreadableError(
        "unreadable", "does not match its digest, so it was damaged or changed; copy the archive again"
    )
