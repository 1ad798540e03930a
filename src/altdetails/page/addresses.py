"""The addresses that a page's source gives for itself."""

from __future__ import annotations

import re
from functools import lru_cache

from altdetails import identifiers
from altdetails.errors import IdentifierError
from altdetails.identifiers import Address

__all__ = ["address_of", "own_addresses"]

_CANONICAL_LINK = re.compile(rb"<link\b[^<>]{0,2000}\brel=[\"']?canonical\b[^<>]{0,2000}>", re.IGNORECASE)
_HREF = re.compile(rb"\bhref=[\"']?([^\"'\s>]+)", re.IGNORECASE)
_SAVED_FROM = re.compile(rb"saved from url=\(\d+\)(\S+)")
_MOST_TRIES = 20
_LONGEST_LINK = 2000


@lru_cache(maxsize=16)
def address_of(text: str) -> Address | None:
    """The details address that a text is; None for any other text. A page's own is asked for again and again."""
    try:
        return identifiers.address(text)
    except IdentifierError:
        return None


def own_addresses(content: bytes) -> list[str]:
    """Addresses that the page's head gives for it: the canonical link, and a browser's note where it was saved from."""
    found = []
    at = -1
    for _ in range(_MOST_TRIES):
        at = content.find(b"canonical", at + 1)
        if at < 0:
            break
        start = max(0, content.rfind(b"<", max(0, at - _LONGEST_LINK), at))
        if content.rfind(b"<!--", 0, start) > content.rfind(b"-->", 0, start):
            continue
        link = _CANONICAL_LINK.match(content, start)
        href = _HREF.search(link[0]) if link else None
        if href:
            found.append(href[1].decode("utf-8", "ignore"))
            break
    at = content.find(b"saved from url=", 0, _LONGEST_LINK)
    saved = _SAVED_FROM.match(content, at) if at >= 0 else None
    if saved:
        found.append(saved[1].decode("utf-8", "ignore"))
    return found
