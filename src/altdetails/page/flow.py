"""An element's text as a browser lays it out: a line a block, table cells parted by tabs, inline markup ignored."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from operator import attrgetter

from lxml import etree

from altdetails.page import source

__all__ = ["NO_TEXT", "collapsed", "lines", "on_one_line", "string"]

NO_TEXT = frozenset(
    {"aside", "footer", "nav", "noscript", "option", "script", "select", "style", "svg", "template", "textarea"}
)
"""Elements whose text is no part of the record: navigation, furniture, code."""

_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "details", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
        "html", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
        "ul",
    }
)  # fmt: skip
_WRAPPERS = _BLOCKS - NO_TEXT
_BREAK = "\x1e"
_CELL = "\x1f"
_MARKS: dict[object, str] = {**dict.fromkeys(_BLOCKS, _BREAK), "td": _CELL, "th": _CELL}
_MARKS_OF_ROWS = str.maketrans({source.ROW: _BREAK, source.CELL: _CELL})
_UNSEEN = NO_TEXT | {etree.Comment, etree.PI, etree.Entity}
_tag_of = attrgetter("tag")


def string(element: etree._Element) -> str:
    """The element's whole text as it stands in the source."""
    return etree.tostring(element, encoding=str, method="text", with_tail=False) if len(element) else element.text or ""


def collapsed(element: etree._Element) -> str:
    """The element's whole text on one line; its blocks and broken lines are parted by a space."""
    if not len(element):
        return on_one_line(element.text) if element.text else ""
    if _BLOCKS.isdisjoint(map(_tag_of, element.iterdescendants())):
        return on_one_line(string(element))
    return " ".join(lines(element)).replace("\t", " ")


def on_one_line(text: str) -> str:
    """A text with each run of white space as one space."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(text.split())


def lines(element: etree._Element, without: Collection[etree._Element] = ()) -> list[str]:
    """The element's text, line by line, without empty lines and the elements that are named."""
    while len(element) == 1 and not element.text and not element[0].tail and element[0].tag in _WRAPPERS:
        element = element[0]
    if not len(element):
        text = collapsed(element)
        return [text] if text else []
    parts = [element.text]
    open_elements: list[tuple[Iterator[etree._Element], str, str | None]] = [(iter(element), "", None)]
    while open_elements:
        children, mark, tail = open_elements[-1]
        for child in children:
            tag = child.tag
            mark = _MARKS.get(tag, "")
            if tag in _UNSEEN or child in without:
                parts += (mark, child.tail)
            elif len(child):
                parts += (mark if mark is _BREAK else "", child.text)
                open_elements.append((iter(child), mark, child.tail))
                break
            else:
                within = child.text
                if tag == "tr" and within:
                    within = within.translate(_MARKS_OF_ROWS)
                parts += (mark if mark is _BREAK else "", within, mark, child.tail)
        else:
            open_elements.pop()
            parts += (mark, tail)
    found = "".join(filter(None, parts)).split(_BREAK)
    found = [_tabbed(part) if _CELL in part else on_one_line(part) for part in found if part and not part.isspace()]
    return [line for line in found if line]


def _tabbed(part: str) -> str:
    return "\t".join(map(on_one_line, part.split(_CELL))).strip("\t")
