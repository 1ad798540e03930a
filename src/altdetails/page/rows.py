"""Rows of name, count and share as lines of text: half of the elements of a record are their cells.

`<tr><td>Spain</td><td class="num">25</td><td class="num">37%</td></tr>` and the plain rows behind it become one `tr` of
lines, with a tab around each cell. Where markup is broken, rows can come to stand elsewhere: who builds a tree of lines
sees to it that all of them are read as rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

__all__ = ["CELL", "ROW", "as_lines", "of_lines"]

CELL = "\t"
ROW = "\n"

_NUMBER = rb"<t[dh](?: class=\"num\")?>(%b)</t[dh]>\s*"
_PLAIN_ROW = re.compile(
    rb"<tr>\s*<t[dh]>([^<>#\t\n\r]*)</t[dh]>\s*"
    + _NUMBER % rb"[0-9,]+|Count"
    + _NUMBER % rb"(?:&lt;)?[0-9]+%|As %"
    + rb"</tr>\s*"
)


def as_lines(content: bytes) -> tuple[bytes, int]:
    """A page's source with each run of plain rows as lines, and the number of such rows."""
    parts = _PLAIN_ROW.split(content)
    count = len(parts) // 4
    if not count:
        return content, 0
    parts[::4] = [b"\n</tr>%b<tr>" % between if between else b"\n" for between in parts[::4]]
    return b"\t".join(parts).removeprefix(b"\n</tr>").removesuffix(b"<tr>"), count


def of_lines(tr: etree._Element) -> Iterable[tuple[str, str, str]]:
    """The rows that a `tr` of lines stands for: name, count and share."""
    cells = (tr.text or "").split(CELL)
    return zip(cells[1::4], cells[2::4], cells[3::4], strict=False)
