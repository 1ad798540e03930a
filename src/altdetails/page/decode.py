"""Decode the bytes of a page to UTF-8.

The encoding is decided by the byte order mark, else by valid UTF-8, else by the HTTP header, else by the page's own
declaration, else by a guess. Optional detectors such as chardet are not used: the same bytes give the same text on any
machine.

Programs that take UTF-8 for another encoding, and save what they read, write `â€“` for a dash. Such a page is read as
it was before.
"""

from __future__ import annotations

import codecs
import re
from email.message import Message
from functools import cache
from itertools import product
from typing import Any

from altdetails._magic import advice_on, compression_of, format_of, without_mark
from altdetails.errors import UndecodablePage

__all__ = ["MAX_BYTES", "MAX_CONTENT_TYPE", "beautiful_soup", "clean", "follows", "to_utf8"]

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
_HALF_OF_LETTER = re.compile(rb"(?<=\xc3[\x82\x83\x90\x91\xa2])(?:\xc2[\x80-\x9f])++")
"""The rest of a letter of UTF-8 that was read in another encoding: `â` and two controls for a dash."""
_MOST_NULS = 50
_LOST_LETTER = re.compile(rb"(?<=[\x80-\xff])\x00++|(?<!\x00)\x00++(?=[\xc2-\xf4, \n])")
"""NUL next to another letter or at the end of a word: in the text of a PDF, a letter that the file does not name."""
_INVISIBLE = (
    (b"\xe2", re.compile(rb"\xe2(?:\x80[\x8b\x8e\x8f\xaa-\xae]|\x81[\xa0\xa6-\xa9])")),
    (b"\xef", re.compile("\ufeff".encode())),
    (b"\xd8", re.compile("\u061c".encode())),
    (
        b"&",
        re.compile(
            rb"&(?:lrm|rlm|ZeroWidthSpace|NoBreak|#0*(?:1564|820[367]|823[4-8]|8288|829[4-7]|65279)"
            rb"|#[xX]0*(?:61[cC]|200[bBeEfF]|202[a-eA-E]|206[06-9]|[fF][eE][fF]{2}));"
        ),
    ),
)
"""Spaces without width and marks of direction, also as references, each with its first byte.

Browsers and translators put them around numbers and values that they copy. Joiners between letters are not among them.
"""


def to_utf8(content: bytes, content_type: str | None = None) -> bytes:
    """Return content of any encoding as UTF-8.

    Valid UTF-8 is read as UTF-8 even if the page declares another encoding: other encodings do not look like it. If a
    program read all of it in another encoding and wrote it again, it is read as it was before.

    Args:
        content: the page as received, at most `MAX_BYTES` long.
        content_type: value of the HTTP header `Content-Type`, for its charset.

    Raises:
        UndecodablePage: if the content is too large or binary.
    """
    if len(content) > MAX_BYTES:
        reason = f"content of {len(content):,} bytes exceeds the limit of {MAX_BYTES:,}: details pages are smaller"
        raise UndecodablePage("undecodable", reason)
    return _as_before(_decoded(content, content_type))


def _decoded(content: bytes, content_type: str | None) -> bytes:
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


_LATIN = (*map(bytes, product(b"\x82\x83\x90\x91\xa2", b"\xc2\xc5\xc6\xcb\xe2")), b"\x84\xc3", b"\x87\xc3")
_MISREAD = ((b"\xc3", _LATIN), (b"\xd0", (b"\xb2\xd0\x82",)))
"""How frequent characters of UTF-8 begin if they were read in one of these encodings: `Ã©`, `â€“`, `ÔÇô`, `вЂ“`."""
_MISREAD_AS = ("cp1252", "cp850", "cp437", "mac-roman", "cp1251")
_MOST_TIMES = 3


def _as_before(content: bytes) -> bytes:
    """Return UTF-8 as it was before a program read it in another encoding and wrote it as UTF-8, up to three times.

    All of it must be UTF-8 in that encoding too. So `Ã©` stays on a page that has any letter outside of the encoding.
    """
    for _ in range(_MOST_TIMES):
        if not any(follows(content, first, others) for first, others in _MISREAD):
            break
        text = content.decode()
        before = next(filter(None, (_reread(text, encoding) for encoding in _MISREAD_AS)), None)
        if before is None:
            break
        content = before
    return content


def _reread(text: str, encoding: str) -> bytes | None:
    try:
        content = codecs.charmap_encode(text, "strict", _bytes_of_letters(encoding))[0]
        content.decode()
    except UnicodeError:
        return None
    return content


@cache
def _bytes_of_letters(encoding: str) -> dict[int, int]:
    """Return the byte of each letter in an encoding. Bytes without a letter are letters of Latin-1.

    Windows-1252 has the C1 controls of Latin-1 too, because programs read both as one.
    """
    letters = (bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in range(256))
    return {ord(letter): byte for byte, letter in enumerate(letters)} | {
        byte: byte for byte in range(0x80, 0xA0) if encoding == "cp1252"
    }


def follows(content: bytes, mark: bytes, texts: tuple[bytes, ...]) -> bool:
    """Whether one of some texts follows a mark, one byte that is rare. A search for one byte is faster than any other.

    After 1,000 marks, the texts themselves are looked for.
    """
    at = content.find(mark)
    for _ in range(_MAX_MARKS):
        if at < 0 or content.startswith(texts, at + 1):
            return at >= 0
        at = content.find(mark, at + 1)
    return any(content.find(mark + text, at) >= 0 for text in texts)


_MAX_MARKS = 1000


def clean(text: bytes) -> bytes:
    """Remove control characters and invisible marks from UTF-8. A terminal would obey the control characters."""
    text = text.translate(None, _CONTROLS)
    if b"\xc2" in text:
        text = _C1_CONTROLS.sub(b"", _HALF_OF_LETTER.sub("\ufffd".encode(), text))
    for first, pattern in _INVISIBLE:
        if first in text:
            text = pattern.sub(b"", text)
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
