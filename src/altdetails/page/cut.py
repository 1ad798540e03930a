"""Pages that are cut short: what they stop in (a number, a word, a tag) is taken off, since half a number is wrong."""

from __future__ import annotations

import re

from altdetails.page import words

__all__ = ["to_last_whole_number", "to_last_whole_sentence"]

_LONGEST_TAIL = 64 * 1024
_HTML_END = re.compile(rb"</(?:html|body)\b", re.IGNORECASE)
_WHOLE = re.compile(rb".*(?:>|[.!?](?=\s))", re.DOTALL)
_LONGEST_LAST_WORD = 2048


def to_last_whole_sentence(content: bytes) -> tuple[bytes, bool]:
    """A page that stops before its end, without the number, word or tag that it stops in; and whether it does.

    A page can do without the end tags of html and body, not without those of its boxes.
    """
    if content.endswith((b"</html>", b"</html>\n")) or _HTML_END.search(content, max(0, len(content) - _LONGEST_TAIL)):
        return content, False
    if content.rstrip().endswith(b">") and content.count(b"<div") <= content.count(b"</div"):
        return content, False
    opened = content.rfind(b"<")
    if opened > content.rfind(b">"):
        content = content[:opened]
    whole = _WHOLE.match(content)
    return content[: whole.end()] if whole else content, True


def to_last_whole_number(content: bytes) -> bytes:
    """A text without the number, DOI or count that it stops in, if it does: a text has no end tag that tells."""
    last = content[-_LONGEST_LAST_WORD:].rsplit(None, 1)[-1:]
    if not last or content.endswith((b"\n", b"\r")):
        return content
    content = content.rstrip()
    is_closed = content.endswith((b".", b"%", b")")) and not (b"/" in last[0] and b"10." in last[0])
    if not is_closed and any(digit in last[0] for digit in b"0123456789"):
        return content[: -len(last[0])]
    line = content[-_LONGEST_LAST_WORD:].splitlines()[-1]
    count = words.ANY_COUNT.fullmatch(line.decode("utf-8", "ignore").strip("-*•| "))
    is_half = count is not None and words.singular(count[2]) not in words.KEY_OF_UNIT
    return content[: -len(line)] if is_half else content
