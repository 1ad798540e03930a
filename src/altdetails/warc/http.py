"""The block of a WARC record: whole and as its digest says; the HTTP response in it without its codings."""

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

from altdetails import documents
from altdetails._magic import compression_of
from altdetails.documents import UnreadableError, gunzip, read_bounded, refuse_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastwarc.warc import WarcRecord

__all__ = ["Response", "agrees_with", "block", "decoded", "pass_over", "response", "without_chunks"]

_MOST_CODINGS = 4
_LONGEST_HEAD = 64 * 2**10
_HEAD = re.compile(
    rb"HTTP/[0-9.]{1,4}[ \t]++([0-9]{3})(?![0-9])[^\r\n]*+\r?\n((?:[^\r\n]++\r?\n)*+)\r?\n",
)
_FOLD = re.compile(rb"\r?\n[ \t]+")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*+(?:;[^\r\n]*+)?\r?\n")


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response."""

    status: int
    headers: dict[str, list[str]]
    """Values by the name in small letters, in the order in which they stand."""
    body: bytes
    """As it is kept."""


def response(block: bytes) -> Response:
    """The response in a block.

    Raises:
        UnreadableError: where it is none, or its head is longer than 64 KiB.
    """
    head = _HEAD.match(block, 0, _LONGEST_HEAD)
    if not head:
        raise UnreadableError("unreadable", "is no HTTP response; leave it out")
    headers: dict[str, list[str]] = {}
    for line in _FOLD.sub(b" ", head[2]).decode("latin-1").split("\n"):
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip(" \t\r"))
    return Response(int(head[1]), headers, block[head.end() :])


def decoded(received: Response) -> bytes:
    """The body of a response without its transfer and content codings.

    A body that was kept without the coding that its headers name, as some archives do, is taken as it is.

    Raises:
        UnreadableError: where a coding is damaged, ends early, is not known, or unpacks to more than any page has.
    """
    named = [*received.headers.get("content-encoding", ()), *received.headers.get("transfer-encoding", ())]
    codings = [coding for coding in (each.strip().lower() for each in ",".join(named).split(",")) if coding]
    if len(codings) > _MOST_CODINGS:
        raise UnreadableError("refused", f"has {len(codings)} codings one in another; leave it out")
    body = received.body
    for coding in reversed(codings):
        if coding not in _DECODERS:
            raise UnreadableError(
                "unreadable", f"is coded as {coding[:20]!r}, which is not known; make the archive without it"
            )
        body = _DECODERS[coding](body) if body else body
    return body


def without_chunks(body: bytes) -> bytes:
    """A body without the chunks of the transfer coding; one that begins with none as it is.

    Raises:
        UnreadableError: where it ends before its last chunk.
    """
    pieces: list[bytes] = []
    place = 0
    while head := _CHUNK.match(body, place):
        size = int(head[1], 16)
        if not size:
            return b"".join(pieces)
        place = head.end() + size
        pieces.append(body[head.end() : place])
        place += body.startswith(b"\r\n", place) * 2
    if pieces:
        raise _cut_short("chunks")
    return body


def _gunzipped(body: bytes) -> bytes:
    return gunzip(body) if compression_of(body) == "gzip" else body


def _inflated(body: bytes) -> bytes:
    """Deflate in the two forms that servers send: with zlib's head, and without."""
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        inflate = zlib.decompressobj(window)
        try:
            plain = inflate.decompress(body, documents.MAX_DOCUMENT_BYTES + 1)
        except zlib.error:
            continue
        refuse_size(len(plain))
        if not inflate.eof:
            raise _cut_short("deflate data")
        return plain
    raise UnreadableError(
        "unreadable", "is no deflate data, although its header says so; copy or make the archive again"
    )


def _unpacked(body: bytes, reader: type[BrotliReader | ZstdReader]) -> bytes:
    try:
        return read_bounded(reader(io.BytesIO(body)))
    except OSError as error:
        raise UnreadableError("unreadable", f"is damaged or cut short ({error}); fetch the page again") from error


def _cut_short(what: str) -> UnreadableError:
    return UnreadableError("unreadable", f"is cut short: its {what} end early; fetch the page again")


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(_unpacked, reader=BrotliReader),
    "chunked": without_chunks,
    "deflate": _inflated,
    "gzip": _gunzipped,
    "identity": bytes,
    "x-gzip": _gunzipped,
    "zstd": partial(_unpacked, reader=ZstdReader),
}


_DIGESTS = {"md5", "sha1", "sha256", "sha384", "sha512"}


def block(record: WarcRecord) -> bytes:
    """All of a record's block.

    Raises:
        UnreadableError: where it is too large, or shorter than its header says.
    """
    try:
        refuse_size(record.content_length)
    except UnreadableError:
        pass_over(record)
        raise
    found = record.reader.read(record.content_length) if record.content_length else b""
    _refuse_length(record, len(found))
    return found


def pass_over(record: WarcRecord) -> None:
    """Go to the end of a record.

    Raises:
        UnreadableError: where it is shorter than its header says.
    """
    _refuse_length(record, record.reader.consume())


def _refuse_length(record: WarcRecord, length: int) -> None:
    said = (record.headers.get(WarcHeader.CONTENT_LENGTH) or "").strip()
    if said != str(length):
        told = said[:20] or "an untold number"
        raise UnreadableError(
            "unreadable", f"is cut short: {length:,} bytes of {told} are there; copy the archive again"
        )


def agrees_with(digest: str | None, *contents: bytes) -> bool:
    """Whether there is a digest that can be compared, in base 32 or 16, with the one content or the other.

    Raises:
        UnreadableError: where it is of neither.
    """
    label, _, written = (digest or "").partition(":")
    algorithm = label.strip().lower().replace("-", "")
    if algorithm not in _DIGESTS:
        return False
    for each in contents:
        found = hashlib.new(algorithm, each, usedforsecurity=False).digest()
        if written.strip().lower().rstrip("=") in {found.hex(), base64.b32encode(found).decode().lower().rstrip("=")}:
            return True
    raise UnreadableError(
        "unreadable", "does not agree with its digest, so it was damaged or changed; copy the archive again"
    )
