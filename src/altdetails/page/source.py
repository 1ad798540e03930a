"""Work on the HTML source before a tree is built: cut it, simplify its tables, find the page's own addresses.

**Cut.** Navigation, scripts and the footer are cut off if they contain no sign of the record. Without the cut, a page
of 60 KB takes 1.8 times as long, and a page of 150 KB 3.0 times (`make bench`).

**Plain rows.** Half of the elements of a record are cells of demographics tables. So rows of name, count and percent
become lines of text: `<tr><td>Spain</td><td class="num">25</td><td class="num">37%</td></tr>` and the plain rows after
it become one `tr` with a line for each row and tabs around each cell. Broken markup can move rows elsewhere. So the
caller must check that the number of rows in the sheet is the number of rows replaced here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from lxml import etree

from altdetails import identifiers
from altdetails.errors import IdentifierError
from altdetails.identifiers import Address

__all__ = [
    "CELL",
    "ROW",
    "address_of",
    "cut_to_record",
    "own_addresses",
    "rows_as_lines",
    "rows_of_lines",
    "without_prefixes",
]

_HEADER = b'<div class="document-header"'
_FOOTER = b"<footer"
_MIN_CUT_BYTES = 1024
_MAX_PIECES = 1000
_RECORD_SIGN = b'score-panel"'
_RECORD_SIGNS_AFTER = (b"demographics", b"Attention Score", b"details-table")
_SCRIPTS = ((b"<script", b"</script"), (b"<noscript", b"</noscript"))
_COMMENTS = ((b"<!--", b"-->"),)
_HIDDEN_TEXTS = ((b"<template", b"</template"), (b"<textarea", b"</textarea"))


def without_prefixes(source: bytes) -> bytes:
    """Return XHTML whose tags have the prefix `html:` without it."""
    return _PREFIX.sub(rb"<\1", source) if source.find(b"<html:", 0, _HEAD_BYTES) >= 0 else source


_PREFIX = re.compile(rb"<(/?)html:")


def cut_to_record(source: bytes) -> bytes:
    """Return the source from the record's header to the page's footer, or the whole source if the cut is not safe.

    `rfind` is used for what is usually not there, because it takes half the time of `find`.
    """
    start = source.find(_HEADER)
    if start < _MIN_CUT_BYTES:
        return source
    end = source.rfind(_FOOTER, start)
    if end < 0 or any(source.rfind(sign, end) >= 0 for sign in _RECORD_SIGNS_AFTER):
        end = len(source)
    part = source[start:end]
    if part.find(_RECORD_SIGN) < 0 and source.find(_RECORD_SIGN, 0, start) >= 0:
        return source
    return source if part.rfind(_HEADER) > 0 or _begins_hidden(part) else part


def _begins_hidden(part: bytes) -> bool:
    """Whether a part begins inside a comment, a script or a hidden element: such an element ends before it begins."""
    *before, _ = part.split(b"script", _MAX_PIECES)
    scripts = _SCRIPTS if any(text.endswith((b"</", b"</no")) for text in before) else ()
    texts = _HIDDEN_TEXTS if part.rfind(b"</te") >= 0 else ()
    for opening, closing in (*scripts, *_COMMENTS, *texts):
        if part.rfind(closing) >= 0 and part.find(opening, 0, part.find(closing)) < 0:
            return True
    return len(before) == _MAX_PIECES


CELL = "\t"
ROW = "\n"

_NUMBER = rb"<t[dh](?: class=\"num\")?+>(%b)</t[dh]>\s*+"
_PLAIN_ROW = re.compile(
    rb"<tr>\s*+<t[dh]>([^<>#\t\n\r]*+)</t[dh]>\s*+"
    + _NUMBER % rb"[0-9,]++|Count"
    + _NUMBER % rb"[0-9]++%|&lt;[0-9]++%|As %"
    + rb"</tr>\s*+"
)


def rows_as_lines(content: bytes) -> tuple[bytes, int]:
    """Replace each run of plain rows by lines. Return the new source and the number of rows."""
    parts = _PLAIN_ROW.split(content)
    count = len(parts) // 4
    if not count:
        return content, 0
    parts[::4] = [b"\n</tr>%b<tr>" % between if between else b"\n" for between in parts[::4]]
    return b"\t".join(parts).removeprefix(b"\n</tr>").removesuffix(b"<tr>"), count


def rows_of_lines(tr: etree._Element) -> Iterable[tuple[str, str, str]]:
    """Return name, count and percent of each row in a `tr` made by `rows_as_lines`."""
    cells = (tr.text or "").split(CELL)
    return zip(cells[1::4], cells[2::4], cells[3::4], strict=False)


_CANONICAL_LINK = re.compile(rb"<link\b[^<>]{0,2000}\brel=[\"']?canonical\b[^<>]{0,2000}>", re.IGNORECASE)
_HREF = re.compile(rb"\bhref=[\"']?([^\"'\s>]+)", re.IGNORECASE)
_SAVED_FROM = re.compile(
    rb"<!--\s{0,9}(?:saved from url=\(\d+\)|(?:Mirrored|Saved) from |Page saved with SingleFile\s{1,9}url:\s{0,9})(\S+)"
)
"""The comments of browsers, HTTrack, monolith and SingleFile."""
_SAVED_BY_BROWSER = b"saved from url="
_OTHER_SIGNS = (
    re.compile(
        rb"<meta\b[^<>]{0,200}\b(?:property=[\"']?og:url|name=[\"']?savepage-url)\b[^<>]{0,20}\bcontent=[\"']?([^\"'\s>]{1,2000})",
        re.IGNORECASE,
    ),
    re.compile(rb"<base\b[^<>]{0,200}\bhref=[\"']?([^\"'\s>]{1,2000})", re.IGNORECASE),
)
_MAX_TRIES = 20
_MAX_LINK_BYTES = 2000
_HEAD_BYTES = 4096
_MAX_ADDRESS_LENGTH = 32_768


def address_of(text: str) -> Address | None:
    """Parse a details address; None for any other text."""
    return _address(text) if len(text) <= _MAX_ADDRESS_LENGTH else None


@lru_cache(maxsize=16)
def _address(text: str) -> Address | None:
    """Parse an address. Cached, because a page repeats its own address."""
    try:
        return identifiers.address(text)
    except IdentifierError:
        return None


def own_addresses(content: bytes) -> list[str]:
    """Return the page's own addresses: from its canonical link, the comment of the tool that saved it, and its head."""
    addresses = []
    at = -1
    for _ in range(_MAX_TRIES):
        at = content.find(b"canonical", at + 1)
        if at < 0:
            break
        start = max(0, content.rfind(b"<", max(0, at - _MAX_LINK_BYTES), at))
        if content.rfind(b"<!--", 0, start) > content.rfind(b"-->", 0, start):
            continue
        link = _CANONICAL_LINK.match(content, start)
        href = _HREF.search(link[0]) if link else None
        if href:
            addresses.append(href[1].decode("utf-8", "ignore"))
            break
    if any(map(address_of, addresses)) and content.rfind(_SAVED_BY_BROWSER, 0, _HEAD_BYTES) < 0:
        return addresses
    head = content[:_HEAD_BYTES]
    matches = (sign.search(head) for sign in (_SAVED_FROM, *_OTHER_SIGNS))
    return [*addresses, *(match[1].decode("utf-8", "ignore") for match in matches if match)]
