"""Bytes to UTF-8: byte order mark, UTF-8 itself, what header and page declare, then the likelier guess.

No detector that may or may not be installed is asked: the same bytes give the same text on any machine.
"""

from __future__ import annotations

import codecs
import re
from email.message import Message
from typing import Any

from altdetails._magic import compression_of, format_of, without_mark
from altdetails.errors import UndecodablePage

__all__ = ["MAX_BYTES", "beautiful_soup", "clean", "utf8"]

MAX_BYTES = 32 * 1024 * 1024
"""Content above this is refused. Real pages are below 1 MB; one saved with its images inside can reach 20."""

_HEAD_BYTES = 4096
_PIECE = 4096
_ISO_2022_ESCAPE = re.compile(rb"\x1b[$(]")
_READ_AS_WINDOWS_1252 = frozenset({"ascii", "iso8859-1"})
_NOT_FOR_PAGES = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})

_CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_C1_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")
_INVISIBLE = re.compile("\u200b|\ufeff".encode())


def utf8(content: bytes, content_type: str | None = None) -> bytes:
    """The content as UTF-8, whatever encoding it came in.

    Valid UTF-8 is taken for UTF-8 whatever the declarations say: no other encoding looks like it by chance.

    Args:
        content: the page as received, at most `MAX_BYTES` long.
        content_type: value of the HTTP header, for its `charset`.

    Raises:
        UndecodablePage: where the content is too large, or a binary file.
    """
    if len(content) > MAX_BYTES:
        reason = f"content of {len(content):,} bytes is above the limit of {MAX_BYTES:,}: no details page is as large"
        raise UndecodablePage("undecodable", reason)
    unmarked, marked = without_mark(content)
    if marked:
        return unmarked.decode(marked, "ignore").encode("utf-8", "ignore")
    if compression_of(content) or format_of(content):
        raise UndecodablePage("undecodable", "this is a binary file, not a page: give the page as HTML or text")
    wide = _wide_encoding(content[:_HEAD_BYTES])
    if wide:
        return content.decode(wide, "ignore").encode("utf-8", "ignore")
    if b"\x00" in content:
        content = content.replace(b"\x00", b"")
    valid = _valid_utf8(content)
    return _by_declaration(content, content_type).encode("utf-8", "ignore") if valid is None else valid


def _valid_utf8(content: bytes) -> bytes | None:
    """The content where it is UTF-8, without the half character that it may stop in."""
    head = content[:_HEAD_BYTES]
    if b"\x1b" in head and _ISO_2022_ESCAPE.search(head):
        return None
    at = 0
    try:
        while at < len(content):
            piece = content[at : at + _PIECE]
            is_last = at + _PIECE >= len(content)
            at += len(piece) if piece.isascii() else codecs.utf_8_decode(piece, "strict", is_last)[1]
    except UnicodeDecodeError as error:
        sound = content[: at + error.start]
        return sound if error.reason == "unexpected end of data" and not sound.isascii() else None
    return content


def clean(text: bytes) -> bytes:
    """UTF-8 without control characters, which no page means and a terminal obeys, and without invisible marks."""
    text = text.translate(None, _CONTROLS)
    if b"\xc2" in text:
        text = _C1_CONTROLS.sub(b"", text)
    if b"\x8b" in text or b"\xef" in text:
        text = _INVISIBLE.sub(b"", text)
    return text


def _wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: every ASCII character of markup leaves NULs at fixed places."""
    if b"\x00" not in head:
        return None
    tag = head.find(b"<\x00\x00\x00")
    if tag >= 0 and head.count(0) > len(head) // 2:
        return "utf-32-be" if tag % 4 else "utf-32-le"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    many = len(head) * 0.2
    if odd > many and odd > 10 * even:
        return "utf-16-le"
    if even > many and even > 10 * odd:
        return "utf-16-be"
    return None


def beautiful_soup() -> Any:  # noqa: ANN401 -- a module
    """BeautifulSoup: it costs more than ten pages to load, and few pages need it."""
    import bs4  # noqa: PLC0415 -- as said

    return bs4


def _by_declaration(content: bytes, content_type: str | None) -> str:
    declared = (
        _charset(content_type),
        beautiful_soup().dammit.EncodingDetector.find_declared_encoding(content[:_HEAD_BYTES], is_html=True),
    )
    for name in filter(None, declared):
        try:
            codec = codecs.lookup(name).name.replace("_", "-")
            if codec.startswith("utf") or codec in _NOT_FOR_PAGES:
                continue
            return content.decode("windows-1252" if codec in _READ_AS_WINDOWS_1252 else name)
        except (LookupError, ValueError):
            continue
    return _likelier(content)


def _charset(content_type: str | None) -> str | None:
    if not content_type:
        return None
    message = Message()
    message["content-type"] = " ".join(content_type.split())
    return message.get_content_charset()


def _likelier(content: bytes) -> str:
    """UTF-8 with some broken bytes where most of what is not ASCII is sound, else windows-1252."""
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = len(re.findall(r"[^\x00-\x7f\ufffd]", text))
    return text if sound > broken else content.decode("windows-1252", "replace")
