"""Rows of name, count and share as lines of text: half of the elements of a record are their cells.

`<tr><td>Spain</td><td class="num">25</td><td class="num">37%</td></tr>` and the plain rows behind it become one `tr` of
lines, in which a tab stands around every cell. No row of a page holds lines, so it cannot be taken for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

__all__ = ["CELL", "ROW", "as_lines", "of_lines"]

CELL = "\t"
ROW = "\n"

_NUMBER = rb"<t[dh] class=\"num\">(%b)</t[dh]>\s*"
_PLAIN_ROW = re.compile(
    rb"<tr>\s*<t[dh]>([^<>#\t\n\r]*)</t[dh]>\s*"
    + _NUMBER % rb"[0-9,]+|Count"
    + _NUMBER % rb"(?:&lt;)?[0-9]+%|As %"
    + rb"</tr>\s*"
)


def as_lines(content: bytes) -> bytes:
    """A page's source with each run of plain rows as lines."""
    parts = _PLAIN_ROW.split(content)
    if len(parts) == 1:
        return content
    parts[::4] = [b"\n</tr>%b<tr>" % between if between else b"\n" for between in parts[::4]]
    return b"\t".join(parts).removeprefix(b"\n</tr>").removesuffix(b"<tr>")


def of_lines(tr: etree._Element) -> Iterable[tuple[str, str, str]]:
    """The rows that a `tr` of lines stands for."""
    cells = (tr.text or "").split(CELL)
    return zip(cells[1::4], cells[2::4], cells[3::4], strict=False)
