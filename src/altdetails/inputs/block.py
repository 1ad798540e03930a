"""The block of a WARC record: whole, within bounds, and as the record's digest says."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from fastwarc.warc import WarcHeader

from altdetails.documents import UnreadableError, refuse_size

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

__all__ = ["agrees_with", "block", "pass_over"]

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
