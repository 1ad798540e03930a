"""Decode the bytes of a page to UTF-8.

The encoding is decided by the byte order mark, else by valid UTF-8, else by the HTTP header, else by the page's own
declaration, else by a guess. Optional detectors such as chardet are not used: the same bytes give the same text on any
machine.

Of a truncated page, the number, word or tag at the cut is dropped, because half a number is a wrong number.
"""

from __future__ import annotations

import codecs
import re
from email.message import Message
from typing import Any

from altdetails._magic import advice_on, compression_of, format_of, without_mark
from altdetails.errors import UndecodablePage
from altdetails.page import words

__all__ = ["MAX_BYTES", "MAX_CONTENT_TYPE", "beautiful_soup", "clean", "drop_cut_number", "drop_cut_part", "to_utf8"]

MAX_BYTES = 32 * 1024 * 1024
"""Larger content is refused. Real pages are smaller than 1 MB; one saved with its images can have 20 MB."""

MAX_CONTENT_TYPE = 1_000
"""A longer Content-Type, in characters, is ignored: Python takes n² steps for n parameters."""

_HEAD_BYTES = 4096
_PIECE = 4096
_ISO_2022_ESCAPE = re.compile(rb"\x1b[$(]")
_READ_AS_WINDOWS_1252 = frozenset({"ascii", "iso8859-1"})
_NEVER_USED_BY_PAGES = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})

_CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_BINARY_CONTROLS = bytes([*range(1, 9), *range(0x0E, 0x1B), *range(0x1C, 0x20)])
"""Characters that text hardly has. ESC and NUL are not among them: some encodings have them."""
_C1_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")
_MOST_NULS = 50
_LOST_LETTER = re.compile(rb"(?<=[\x80-\xff])\x00++|(?<!\x00)\x00++(?=[\xc2-\xf4, \n])")
"""NUL next to another letter or at the end of a word: in the text of a PDF, a letter that the file does not name."""
_INVISIBLE = re.compile("\u200b|\ufeff".encode())


def to_utf8(content: bytes, content_type: str | None = None) -> bytes:
    """Return content of any encoding as UTF-8.

    Valid UTF-8 is read as UTF-8 even if the page declares another encoding: other encodings do not look like it.

    Args:
        content: the page as received, at most `MAX_BYTES` long.
        content_type: value of the HTTP header `Content-Type`, for its charset.

    Raises:
        UndecodablePage: if the content is too large or binary.
    """
    if len(content) > MAX_BYTES:
        reason = f"content of {len(content):,} bytes exceeds the limit of {MAX_BYTES:,}: details pages are smaller"
        raise UndecodablePage("undecodable", reason)
    unmarked, marked = without_mark(content)
    if marked:
        return unmarked.decode(marked, "ignore").encode("utf-8", "ignore")
    if file_format := _binary_format(content):
        raise UndecodablePage("undecodable", f"this is {file_format}, not a page: {advice_on(file_format)}")
    if b"\x00" in content:
        wide = _wide_encoding(content[:_HEAD_BYTES])
        if wide:
            return content.decode(wide, "ignore").encode("utf-8", "ignore")
        if content.count(0) * _MOST_NULS < len(content):
            content = _LOST_LETTER.sub("\ufffd".encode(), content)
        content = content.replace(b"\x00", b"")
    valid = _valid_utf8(content)
    return _by_declaration(content, content_type).encode("utf-8", "ignore") if valid is None else valid


def _binary_format(content: bytes) -> str | None:
    if compression := compression_of(content):
        return f"a file compressed with {compression}"
    if file_format := format_of(content):
        return file_format
    head = content[:_HEAD_BYTES]
    if head.lstrip().startswith(b"<"):
        return None
    controls = len(head) - len(head.translate(None, _BINARY_CONTROLS))
    return "a binary file" if controls > len(head) // 20 else None


def _valid_utf8(content: bytes) -> bytes | None:
    """Return the content without a truncated last character if it is UTF-8, else None."""
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
        valid = content[: at + error.start]
        return valid if error.reason == "unexpected end of data" and not valid.isascii() else None
    return content


def clean(text: bytes) -> bytes:
    """Remove control characters and invisible marks from UTF-8. A terminal would obey the control characters."""
    text = text.translate(None, _CONTROLS)
    if b"\xc2" in text:
        text = _C1_CONTROLS.sub(b"", text)
    if b"\x8b" in text or b"\xef" in text:
        text = _INVISIBLE.sub(b"", text)
    return text


def _wide_encoding(head: bytes) -> str | None:
    """Detect UTF-16 or UTF-32 without a byte order mark: ASCII characters have NUL bytes at fixed places."""
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
    """Import BeautifulSoup. It is imported late: the import takes longer than ten pages, and few pages need it."""
    import bs4  # noqa: PLC0415 -- slow to import and seldom needed

    return bs4


def _by_declaration(content: bytes, content_type: str | None) -> str:
    declared = (
        _charset(content_type),
        beautiful_soup().dammit.EncodingDetector.find_declared_encoding(content[:_HEAD_BYTES], is_html=True),
    )
    for name in filter(None, declared):
        try:
            codec = codecs.lookup(name).name.replace("_", "-")
            if codec.startswith("utf") or codec in _NEVER_USED_BY_PAGES:
                continue
            return content.decode("windows-1252" if codec in _READ_AS_WINDOWS_1252 else name)
        except (LookupError, ValueError):
            continue
    return _more_likely(content)


def _charset(content_type: str | None) -> str | None:
    if not content_type or len(content_type) > MAX_CONTENT_TYPE:
        return None
    message = Message()
    message["content-type"] = " ".join(content_type.split())
    return message.get_content_charset()


def _more_likely(content: bytes) -> str:
    """Decode as UTF-8 if most non-ASCII characters are valid UTF-8, else as Windows-1252."""
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    valid = len(re.findall(r"[^\x00-\x7f\ufffd]", text))
    return text if valid > broken else content.decode("windows-1252", "replace")


# Truncated pages

_MAX_TAIL_BYTES = 64 * 1024
_HTML_END = re.compile(rb"</(?:html|body)\b", re.IGNORECASE)
_UP_TO_LAST_WHOLE_PART = re.compile(rb".*(?:>|[.!?](?=\s))", re.DOTALL)
_MAX_WORD_BYTES = 2048
_MAX_COUNT_BYTES = 80


def drop_cut_part(content: bytes) -> tuple[bytes, bool]:
    """Drop the number, word or tag at the end of truncated HTML. Also return whether the HTML is truncated.

    The end tags of `html` and `body` are optional. A page with more `<div` than `</div` is truncated.
    """
    if content.endswith((b"</html>", b"</html>\n")) or _HTML_END.search(
        content, max(0, len(content) - _MAX_TAIL_BYTES)
    ):
        return content, False
    if content.rstrip().endswith(b">") and content.count(b"<div") <= content.count(b"</div"):
        return content, False
    last_tag = content.rfind(b"<")
    if last_tag > content.rfind(b">"):
        content = content[:last_tag]
    whole = _UP_TO_LAST_WHOLE_PART.match(content)
    return content[: whole.end()] if whole else content, True


def drop_cut_number(content: bytes) -> bytes:
    """Drop a number, DOI or count at the very end of text: text has no end tag, so it could be truncated there."""
    last = content[-_MAX_WORD_BYTES:].rsplit(None, 1)[-1:]
    if not last or content.endswith((b"\n", b"\r")):
        return content
    content = content.rstrip()
    is_closed = content.endswith((b".", b"%", b")", b"|")) and not (b"/" in last[0] and b"10." in last[0])
    if not is_closed and any(digit in last[0] for digit in b"0123456789"):
        return content[: -len(last[0])]
    line = content[-_MAX_WORD_BYTES:].splitlines()[-1]
    count = words.ANY_COUNT.fullmatch(line.decode("utf-8", "ignore").strip("-*•| "))
    is_half = count is not None and len(line) <= _MAX_COUNT_BYTES and not words.is_unit(count[2])
    return content[: -len(line)] if is_half else content
