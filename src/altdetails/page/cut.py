"""Truncated pages: drop the number, word or tag at the cut, because half a number is a wrong number."""

from __future__ import annotations

import re

from altdetails.page import words

__all__ = ["drop_cut_number", "drop_cut_part"]

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
