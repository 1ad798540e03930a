"""What is found in a page's source before a tree is built: the part to read, plain rows, its own addresses.

**The part to read.** No tree is built of navigation, scripts and footer. What is cut off is not read, so a cut is made
only if no sign of the record is outside it. Without the cut a page of 60 KB takes 1.7 times as long, and one of 150 KB
3.0 times (`make bench`).

**Plain rows** of name, count and share become lines of text, since half of the elements of a record are their cells.
`<tr><td>Spain</td><td class="num">25</td><td class="num">37%</td></tr>` and the plain rows that follow it become one
`tr` of lines, with a tab around each cell. Broken markup can move rows elsewhere, so whoever builds a tree of lines
checks that all of them are read as rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from lxml import etree

from altdetails import identifiers
from altdetails.errors import IdentifierError
from altdetails.identifiers import Address

__all__ = ["CELL", "ROW", "address_of", "excerpt", "own_addresses", "rows_as_lines", "rows_of_lines"]

_HEADER = b'<div class="document-header"'
_FOOTER = b"<footer"
_WORTH_A_CUT = 1024
_SIGN_BEFORE = b'score-panel"'
_SIGNS_BEHIND = (b"demographics", b"Attention Score", b"details-table")
_HIDING = (
    (b"<!--", b"-->"),
    (b"<script", b"</script"),
    (b"<template", b"</template"),
    (b"<noscript", b"</noscript"),
    (b"<textarea", b"</textarea"),
)


def excerpt(source: bytes) -> bytes:
    """From the header of the record to the page's footer; the whole source where that is not sure."""
    start = source.find(_HEADER)
    if start < _WORTH_A_CUT or source.find(_SIGN_BEFORE, 0, start) >= 0:
        return source
    end = source.rfind(_FOOTER, start)
    if end < 0 or any(source.find(sign, end) >= 0 for sign in _SIGNS_BEHIND):
        end = len(source)
    part = source[start:end]
    return source if part.find(_HEADER, 1) >= 0 or _begins_hidden(part) else part


def _begins_hidden(part: bytes) -> bool:
    """Whether a part begins inside a comment, a script or what browsers do not show: one ends before one begins."""
    for opening, closing in _HIDING:
        end = part.find(closing)
        if end >= 0 and part.find(opening, 0, end) < 0:
            return True
    return False


CELL = "\t"
ROW = "\n"

_NUMBER = rb"<t[dh](?: class=\"num\")?>(%b)</t[dh]>\s*"
_PLAIN_ROW = re.compile(
    rb"<tr>\s*<t[dh]>([^<>#\t\n\r]*)</t[dh]>\s*"
    + _NUMBER % rb"[0-9,]+|Count"
    + _NUMBER % rb"(?:&lt;)?[0-9]+%|As %"
    + rb"</tr>\s*"
)


def rows_as_lines(content: bytes) -> tuple[bytes, int]:
    """A page's source with each run of plain rows as lines, and the number of such rows."""
    parts = _PLAIN_ROW.split(content)
    count = len(parts) // 4
    if not count:
        return content, 0
    parts[::4] = [b"\n</tr>%b<tr>" % between if between else b"\n" for between in parts[::4]]
    return b"\t".join(parts).removeprefix(b"\n</tr>").removesuffix(b"<tr>"), count


def rows_of_lines(tr: etree._Element) -> Iterable[tuple[str, str, str]]:
    """The rows that a `tr` of lines stands for: name, count and share."""
    cells = (tr.text or "").split(CELL)
    return zip(cells[1::4], cells[2::4], cells[3::4], strict=False)


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
