"""An element's text as a browser lays it out: a line a block, table cells parted by tabs, inline markup ignored."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

__all__ = ["NO_TEXT", "collapsed", "lines"]

NO_TEXT = frozenset(
    {"aside", "footer", "nav", "noscript", "option", "script", "select", "style", "svg", "template", "textarea"}
)
"""Elements whose text is no part of the record: navigation, furniture, code."""

_BLOCKS = (
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
    "ol", "option", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
)  # fmt: skip
_CELLS = ("td", "th")
_BREAK = "\u2029"
_CELL = "\u2028"


def collapsed(element: etree._Element) -> str:
    """The element's whole text on one line."""
    text = "".join(element.itertext()) if len(element) else element.text
    return " ".join(text.split()) if text else ""


def lines(element: etree._Element) -> list[str]:
    """The element's text, line by line, without empty lines. The element is left with marks in it."""
    for block in element.iter(*_BLOCKS):
        block.text = _BREAK + (block.text or "")
        block.tail = _BREAK + (block.tail or "")
    for cell in element.iter(*_CELLS):
        cell.tail = _CELL + (cell.tail or "")
    text = "".join(_texts(element))
    return [line for part in text.split(_BREAK) if (line := _tabbed(part))]


def _texts(element: etree._Element) -> Iterable[str]:
    hidden = next(element.iter(*NO_TEXT), None)
    if hidden is None or hidden is element:
        return element.itertext()
    return _visible_texts(element)


def _visible_texts(element: etree._Element) -> Iterable[str]:
    inside_hidden: etree._Element | None = None
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if inside_hidden is not None:
            if event == "end" and node is inside_hidden:
                inside_hidden = None
                yield node.tail or ""
        elif event == "end":
            if node is not element:
                yield node.tail or ""
        elif node.tag in NO_TEXT:
            inside_hidden = node
        else:
            yield node.text or ""


def _tabbed(part: str) -> str:
    if _CELL not in part:
        return " ".join(part.split())
    cells = [" ".join(cell.split()) for cell in part.split(_CELL)]
    return "\t".join(cells).strip("\t")
