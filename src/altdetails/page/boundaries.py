"""Find the borders of pages: in content with several, as values of other formats, and at the end of a truncated page.

Of a truncated page, the number, word or tag at the cut is dropped, because half a number is a wrong number.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from typing import Literal, TypeAlias

from altdetails.page import words
from altdetails.page.decode import follows

__all__ = [
    "FormatAround",
    "begins_html",
    "drop_cut_number",
    "drop_cut_part",
    "format_around_page",
    "has_html",
    "has_open_comment",
    "has_sign",
    "is_in_frame",
    "looks_like_page",
    "pages_in_text",
    "split",
]

FormatAround: TypeAlias = Literal["JSON", "CSV", "program", "source"]

_TAGS, _TAG = (b"<html", b"<HTML"), re.compile(rb"<html(?![\w:-])", re.IGNORECASE)
_START = re.compile(
    rb"(?:(?:<!doctype\s{1,99}html\b[^<>]{0,2000}+>(?:\s++|<!--[^-]*+-->)*+)?<html|<en-note)(?![\w:-])", re.IGNORECASE
)
_END = re.compile(rb"</(?:html|en-note)\s{0,99}>", re.IGNORECASE)
"""The tags of a page, and those of a note of Evernote."""
_SIGNS = (b"document-header", b"score-panel", b"Overview of attention for", b"Mentioned by", b"About this Attention")
_HIDING = ((b"<!--", b"-->"), (b"<script", b"</script"), (b"<style", b"</style"), (b"<textarea", b"</textarea"))
_SRCDOC, _FRAME = b"srcdoc=", re.compile(rb"<iframe\b[^<>]{0,2000}?\bsrcdoc=", re.IGNORECASE)
_HTML = re.compile(rb"<!doctype\s{1,99}html\b|<html\b|<head\b|<body\b", re.IGNORECASE)
_TITLE = re.compile(rb"<(?:title|h1)\b", re.IGNORECASE)
_ESCAPED_HTML = re.compile(rb"\\u003c(?:!doctype|html|head|body)\b|&lt;(?:!doctype|html)\b", re.IGNORECASE)
_JSON = re.compile(rb"[\s\xef\xbb\xbf]*+(?:\[\s*+)*+(?:\{\s*+[\"}]|\")")
_DOUBLED_QUOTES = b'=""'
_OPENING = re.compile(rb"[\s\xef\xbb\xbf]*+<")
_XML = re.compile(rb"[\s\xef\xbb\xbf]*+<\?xml\b")
_XHTML = re.compile(
    rb"[\s\xef\xbb\xbf]*+<\?xml\b[^<>]{0,200}+>(?:\s++|<!--[^-]*+-->|<\?[^<>]{0,200}+>)*+<(?:!doctype\s++)?html\b",
    re.IGNORECASE,
)
_LITERAL = re.compile(rb"[\s\xef\xbb\xbf]*+(?:[\[({]\s*+)*+(?:'|[bu]['\"])", re.IGNORECASE)
_LITERAL_BREAK = re.compile(rb"[^<>]{0,2000}+>(?:\\[rt])*+\\n", re.IGNORECASE)
_SHOWN_SOURCE = re.compile(rb"&lt;(?:!(?:doctype|DOCTYPE)\s|(?:<[^<>]{0,99}>)?(?:html|HTML)\b)")
_HEADER = re.compile(rb"<[a-z0-9]{1,9}\s[^<>]{0,2000}\bclass=[\"']?[^\"'<>]{0,200}\bdocument-header\b", re.IGNORECASE)
_OVERVIEW = b"Overview of attention for "
_TAGLINE, *_HEADINGS = (
    re.compile(rb"^[^\w\n]{0,20}" + heading, re.MULTILINE)
    for heading in (
        _OVERVIEW + rb"[a-z ]{1,40}(?: published (?:in|by) |\r?$)",
        rb"About this Attention Score",
        rb"Altmetric Badge",
        rb"Mentioned by",
        rb"Readers on",
    )
)
_MAX_WORK = 16
"""How often each byte may be looked at. Only starts inside other pages need more than a few looks."""


def has_sign(content: bytes) -> bool:
    """Whether content has a class or sentence of a details page."""
    return any(sign in content for sign in _SIGNS)


def looks_like_page(content: bytes) -> bool:
    """Whether content has the tags of a whole HTML page, or a part of a details page with its tags."""
    return b"<" in content and (_HTML.search(content, 0, 2**16) is not None or (b"</" in content and has_sign(content)))


def has_html(content: bytes) -> bool:
    """Whether content has the first tag of a page anywhere, also written as JSON."""
    return _HTML.search(content) is not None or _ESCAPED_HTML.search(content) is not None


def begins_html(content: bytes) -> bool:
    """Whether the first 4 KiB have the first tag of a page."""
    return _HTML.search(content, 0, 2**12) is not None


def format_around_page(content: bytes) -> FormatAround | None:
    r"""Return the format of content in which a page is a value. None for content that is a page.

    A page is in the text of a program if the content begins like a literal of Python, or if `\n` follows its first
    tag. It is shown as source, as browsers do at `view-source:`, if its tags are escaped.
    """
    first = _HTML.search(content, 0, 2**16)
    if not _OPENING.match(content):
        if _JSON.match(content, 0, 2**16):
            return "JSON"
        if first and content.find(_DOUBLED_QUOTES, 0, 2**16) >= 0:
            return "CSV"
        if first and _LITERAL.match(content):
            return "program"
    if first and _LITERAL_BREAK.match(content, first.end()):
        return "program"
    is_source = _SHOWN_SOURCE.search(content, 0, 2**13) and not _XML.match(content)
    if not is_source or is_in_frame(content):
        return None
    return "source" if has_sign(content) and not _HEADER.search(content) else None


def is_in_frame(content: bytes) -> bool:
    """Whether a page is in the attribute `srcdoc` of a frame. Its tags can be escaped."""
    if not _FRAME.search(content) or not has_sign(content):
        return False
    header = _HEADER.search(content)
    return header is None or _is_hidden(content[: header.end()])


def pages_in_text(text: bytes) -> int:
    """Return the number of pages in text, by lines that a page has once: its tagline, and two of its headings.

    An abstract can repeat some of them, and a page can lack some.
    """
    if text.count(_OVERVIEW) <= 1:
        return 1
    of_headings = sorted(len(heading.findall(text)) for heading in _HEADINGS)
    return max(1, min(len(_TAGLINE.findall(text)), of_headings[-2]))


def split(content: bytes) -> list[bytes]:
    """Return the pages in HTML content. There is only one, the content itself, unless a page begins behind another.

    A tag `html` begins another page if a page ended before it, or if both parts have a sign of a details page. It does
    not in a comment, a script or the attribute `srcdoc`. The pages in a feed can be escaped. What has neither a title
    nor a sign of a details page, such as markup that an extension of a browser added, does not count.
    """
    is_xml = _XML.match(content) is not None
    last = [at for tag in _TAGS if (at := content.rfind(tag)) >= 0]
    if not is_xml and (not last or (len(last) == 1 and _TAG.search(content, 0, last[0]) is None)):
        return [content]
    if is_xml and _ESCAPED_HTML.search(content) and not _XHTML.match(content):
        content = unescape(content.decode("utf-8", "replace")).encode()
    begins = [0]
    last_sign = max(content.rfind(sign) for sign in _SIGNS)
    left = _MAX_WORK * len(content)
    for start in _START.finditer(content):
        before = content[begins[-1] : start.start()]
        left -= len(before)
        if left < 0:
            break
        if _is_hidden(before):
            continue
        if _XML.match(before) and not _START.search(before):
            begins = [start.start()]
        elif _END.search(before) or (last_sign > start.end() and has_sign(before)):
            begins.append(start.start())
    end = len(content)
    of_pages = [begin for begin, stop in pairwise([*begins, end]) if _is_page(content[begin:stop])]
    return [content[begin:stop] for begin, stop in pairwise([begins[0], *of_pages[1:], end])]


def _is_page(part: bytes) -> bool:
    return has_sign(part) or _TITLE.search(part) is not None


def _is_hidden(before: bytes) -> bool:
    if any(before.rfind(opening) > before.rfind(closing) for opening, closing in _HIDING):
        return True
    at = before.rfind(_SRCDOC)
    quote = before[at + len(_SRCDOC) :][:1]
    return at >= 0 and quote in {b'"', b"'"} and before.find(quote, at + len(_SRCDOC) + 1) < 0


_MAX_TAIL_BYTES = 64 * 1024
_HTML_END = re.compile(rb"</(?:html|body)\b", re.IGNORECASE)
_UP_TO_LAST_WHOLE_PART = re.compile(rb".*(?:>|[.!?](?=\s))", re.DOTALL)
_ELEMENT = re.compile(rb"<(?:div|d[ltd]|h[1-6]|li|p|t[rdh])\b", re.IGNORECASE)
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


def has_open_comment(content: bytes) -> bool:
    """Whether a comment that does not end has elements in it, outside scripts: they are not shown."""
    start = content.rfind(b"<!--") if follows(content, b"!", (b"--",)) else -1
    if start < 0 or content.find(b"-->", start) >= 0 or not _ELEMENT.search(content, start):
        return False
    return content.rfind(b"<script", 0, start) <= content.rfind(b"</script", 0, start)


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
