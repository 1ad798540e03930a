"""Read MHTML, the single-file format of browsers: a MIME message with the page as its main part."""

from __future__ import annotations

import binascii
import quopri
import re
from contextlib import suppress
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING, NamedTuple, cast

from altdetails.errors import UndecodablePage
from altdetails.page.decode import MAX_BYTES, MAX_CONTENT_TYPE, to_utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message

__all__ = ["SavedPage", "decoded", "looks_like", "messages", "pages", "unwrap"]

_MAX_HEADERS_BYTES = 64 * 2**10
_MAX_PARTS = 10_000
_MAX_DEPTH = 4

_FIRST_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*([A-Za-z][A-Za-z-]*:)")
_DECLARATION = re.compile(
    rb"^content-type:\s*(?:multipart/(?:related|mixed|alternative)|text/(?:html|plain)|application/xhtml\+xml)\b",
    re.IGNORECASE | re.MULTILINE,
)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_WEB_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_CHARSET = re.compile(r"[A-Za-z0-9._:-]+")
_HTML_TYPES = {"text/html", "application/xhtml+xml"}
_HTML_ENDINGS = (".html", ".htm", ".xhtml")
_TEXT_SIGNS = (b"Overview of attention for", b"Attention Score")
_NO_PAGE = "this MHTML file or message has no page as HTML or text: save the page again, as HTML"


class SavedPage(NamedTuple):
    """The page in an MHTML file."""

    content: bytes
    content_type: str | None
    url: str | None
    date: str
    """The header `Date`; an empty text if it is missing, or if it says when a mail was sent."""


class _Part(NamedTuple):
    headers: Message
    body: bytes


def looks_like(content: bytes) -> bool:
    """Whether content starts with the headers of a MIME message that can hold a page."""
    first = _FIRST_HEADER.match(content)
    if not first:
        return False
    blank = _BLANK_LINE.search(content, first.start(1), _MAX_HEADERS_BYTES)
    return bool(_DECLARATION.search(content, first.start(1), blank.start() if blank else _MAX_HEADERS_BYTES))


def decoded(content: bytes, content_type: str | None) -> SavedPage:
    """Return a page as UTF-8, from inside its MHTML file if it is in one. Any other page has no address and no date.

    Raises:
        UndecodablePage: if the content is binary or too large, or an MHTML file without a page.
    """
    is_message = len(content) <= MAX_BYTES and looks_like(content)
    page = unwrap(content) if is_message else SavedPage(content, content_type, None, "")
    return SavedPage(to_utf8(page.content, page.content_type), page.content_type, page.url, page.date)


def unwrap(content: bytes) -> SavedPage:
    """Return the page in an MHTML file or a mail: the part named by `start`, else the first in HTML, else its text.

    Raises:
        UndecodablePage: if the file has no such part, or if its base64 is damaged.
    """
    message = _message(content)
    parts = (_main_part(message, is_page, iter(range(_MAX_PARTS)), depth=0) for is_page in (_is_html, _is_text))
    page = next(filter(None, parts), None)
    if page is None:
        raise UndecodablePage("undecodable", _NO_PAGE)
    return _saved_page(page, message)


def messages(content: bytes) -> list[bytes]:
    """Return the MHTML files in content that was joined from several: each begins behind the end of the one before."""
    begins = [0]
    while len(begins) < _MAX_PARTS:
        first = _FIRST_HEADER.match(content, begins[-1])
        if not first:
            break
        end = _end(content, first.start(1))
        rest = content[end : end + _MAX_HEADERS_BYTES].lstrip() if end else b""
        if not (rest and looks_like(rest)):
            break
        begins.append(content.index(rest[:1], cast("int", end)))
    return [content[begin:end] for begin, end in zip(begins, [*begins[1:], len(content)], strict=True)]


def _end(content: bytes, start: int) -> int | None:
    """Return the end of the message that begins at a byte, if its end is marked and something follows."""
    blank = _BLANK_LINE.search(content, start, start + _MAX_HEADERS_BYTES)
    boundary = _part(content[start : blank.end()]).headers.get_boundary() if blank else None
    if not (blank and boundary):
        return None
    mark = b"\n--" + boundary.encode(errors="surrogateescape") + b"--"
    at = content.find(mark, blank.end() - 1)
    return at + len(mark) if at >= 0 else None


def pages(content: bytes, is_wanted: Callable[[bytes], bool]) -> list[SavedPage]:
    """Return the HTML parts of an MHTML file that are wanted, by their decoded content. Damaged parts are left out."""
    message = _message(content)
    matches = []
    for part in _html_parts(message, iter(range(_MAX_PARTS)), depth=0):
        with suppress(UndecodablePage):
            page = _saved_page(part, message)
            if is_wanted(page.content):
                matches.append(page)
    return matches


def _html_parts(part: _Part, budget: Iterator[int], depth: int) -> Iterator[_Part]:
    if _is_html(part):
        yield part
    for child in _children(part, budget, depth):
        yield from _html_parts(child, budget, depth + 1)


def _saved_page(page: _Part, message: _Part) -> SavedPage:
    charset = page.headers.get_content_charset() or ""
    media = "text/html" if _is_html(page) else "text/plain"
    return SavedPage(
        content=_decode(page),
        content_type=f"{media}; charset={charset}" if _CHARSET.fullmatch(charset) else media,
        url=_address(page.headers, "Content-Location") or _address(message.headers, "Snapshot-Content-Location"),
        date="" if _is_mail(message.headers) else str(message.headers.get("Date", "")),
    )


def _is_mail(headers: Message) -> bool:
    return any(name in headers for name in ("To", "Cc", "Bcc", "Received", "Delivered-To"))


def _message(content: bytes) -> _Part:
    first = _FIRST_HEADER.match(content)
    return _part(content[first.start(1) if first else 0 :])


def _part(raw: bytes) -> _Part:
    blank = _BLANK_LINE.search(raw, 0, _MAX_HEADERS_BYTES)
    end = blank.end() if blank else min(len(raw), _MAX_HEADERS_BYTES)
    headers = BytesHeaderParser().parsebytes(raw[:end])
    if len(str(headers.get("Content-Type", ""))) > MAX_CONTENT_TYPE:
        del headers["Content-Type"]
    return _Part(headers, raw[end:])


def _is_html(part: _Part) -> bool:
    name = part.headers.get_filename("") if part.headers.get_content_type() == "application/octet-stream" else ""
    return part.headers.get_content_type() in _HTML_TYPES or name.lower().endswith(_HTML_ENDINGS)


def _is_text(part: _Part) -> bool:
    return part.headers.get_content_type() == "text/plain" and any(map(_decode(part).__contains__, _TEXT_SIGNS))


def _main_part(part: _Part, is_page: Callable[[_Part], bool], budget: Iterator[int], depth: int) -> _Part | None:
    """Return the part with the page."""
    if is_page(part):
        return part
    start = part.headers.get_param("start")
    first_page = None
    for child in _children(part, budget, depth):
        page = _main_part(child, is_page, budget, depth + 1)
        if page and (not start or child.headers["Content-ID"] == start):
            return page
        first_page = first_page or page
    return first_page


def _children(part: _Part, budget: Iterator[int], depth: int) -> Iterator[_Part]:
    """Yield the parts in a part. The budget has an item for each part that may be read, at all levels together."""
    boundary = part.headers.get_boundary()
    if boundary and part.headers.get_content_maintype() == "multipart" and depth < _MAX_DEPTH:
        for child, _ in zip(_divided(part.body, boundary), budget, strict=False):
            yield child


def _divided(body: bytes, boundary: str) -> Iterator[_Part]:
    delimiter = re.compile(
        rb"^--" + re.escape(boundary.encode(errors="surrogateescape")) + rb"(--)?[ \t]*\r?$", re.MULTILINE
    )
    begin = None
    for line in delimiter.finditer(body):
        if begin is not None:
            yield _part(body[begin : line.start()])
        if line[1]:
            return
        begin = line.end() + 1
    if begin is not None:
        yield _part(body[begin:])


def _decode(page: _Part) -> bytes:
    encoding = str(page.headers.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "quoted-printable":
        return quopri.decodestring(page.body)
    if encoding == "base64":
        try:
            return binascii.a2b_base64(page.body)
        except binascii.Error as error:
            raise UndecodablePage(
                "undecodable", f"this MHTML file has damaged base64 ({error}): save the page again"
            ) from error
    return page.body


def _address(headers: Message, name: str) -> str | None:
    address = "".join(str(headers.get(name, "")).split())
    return address if _WEB_ADDRESS.fullmatch(address) else None
