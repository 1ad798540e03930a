"""Return the text of an element as a browser lays it out: one line per block, tabs between table cells."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from operator import attrgetter

from lxml import etree

from altdetails.page import source

__all__ = ["NO_TEXT", "collapse", "has_line", "lines", "on_one_line", "text_around", "text_of"]

NO_TEXT = frozenset(
    {"aside", "footer", "nav", "noscript", "option", "script", "select", "style", "svg", "template", "textarea"}
)
"""Elements without text of the record: navigation, form controls, scripts."""

_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "details", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
        "html", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
        "ul",
    }
)  # fmt: skip
_WRAPPERS = _BLOCKS - NO_TEXT
_NOT_INLINE = _BLOCKS | NO_TEXT
_BREAK = "\x1e"
_CELL = "\x1f"
_MARKS: dict[object, str] = {**dict.fromkeys(_BLOCKS, _BREAK), "td": _CELL, "th": _CELL}
_MARKS_OF_ROWS = str.maketrans({source.ROW: _BREAK, source.CELL: _CELL})
_SKIPPED = NO_TEXT | {etree.Comment, etree.PI, etree.Entity}
_tag_of = attrgetter("tag")


def text_of(element: etree._Element) -> str:
    """Return the text of an element, with the white space of the source."""
    return etree.tostring(element, encoding=str, method="text", with_tail=False) if len(element) else element.text or ""


def collapse(element: etree._Element) -> str:
    """Return the text of an element on one line, with a space between blocks."""
    if not len(element):
        text = element.text
        return on_one_line(text) if text else ""
    if _NOT_INLINE.isdisjoint(map(_tag_of, element.iterdescendants())):
        return on_one_line(text_of(element))
    return " ".join(lines(element)).replace("\t", " ")


def text_around(element: etree._Element, others: Collection[etree._Element]) -> str:
    """Return the text of an element on one line, without the text of others in it."""
    return " ".join(lines(element, without=others)).replace("\t", " ") if others else collapse(element)


def has_line(element: etree._Element, line: str) -> bool:
    """Whether an element has a line. Its text is searched for the first word of the line first: that is faster."""
    return line.partition(" ")[0] in text_of(element) and line in lines(element)


def on_one_line(text: str) -> str:
    """Replace every run of white space by one space."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(text.split())


def lines(element: etree._Element, without: Collection[etree._Element] = ()) -> list[str]:
    """Return the non-empty lines of an element, without the text of the elements in `without`."""
    without = without and frozenset(without)
    while (
        len(element) == 1
        and not element.text
        and not (child := element[0]).tail
        and child.tag in _WRAPPERS
        and child not in without
    ):
        element = child
    if not len(element):
        text = collapse(element)
        return [text] if text else []
    parts = [element.text]
    open_elements: list[tuple[Iterator[etree._Element], str, str | None]] = [(iter(element), "", None)]
    while open_elements:
        children, mark, tail = open_elements[-1]
        for child in children:
            tag = child.tag
            mark = _MARKS.get(tag, "")
            if tag in _SKIPPED or child in without:
                parts += (mark, child.tail)
            elif len(child):
                parts += (mark if mark is _BREAK else "", child.text)
                open_elements.append((iter(child), mark, child.tail))
                break
            else:
                content = child.text
                if tag == "tr" and content:
                    content = content.translate(_MARKS_OF_ROWS)
                parts += (mark if mark is _BREAK else "", content, mark, child.tail)
        else:
            open_elements.pop()
            parts += (mark, tail)
    text = "".join(filter(None, parts))
    blocks = [block for block in text.split(_BREAK) if block and not block.isspace()]
    blocks = [_with_tabs(block) if _CELL in block else on_one_line(block) for block in blocks]
    return [line for line in blocks if line]


def _with_tabs(row: str) -> str:
    return "\t".join(filter(None, map(on_one_line, row.split(_CELL))))
