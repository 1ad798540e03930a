"""Build the tree of a page with lxml, or with BeautifulSoup if lxml gives up.

BeautifulSoup takes 16 to 26 times as long as lxml for the same page (`make bench`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from altdetails.errors import UndecodablePage
from altdetails.page.decode import beautiful_soup

if TYPE_CHECKING:
    import bs4

__all__ = ["build", "from_soup", "rebuild"]

_MAX_REBUILT_BYTES = 128 * 1024
_MAX_DEPTH = 1000
_UNWRAP_BELOW_DEPTH = 200
_WRAPPERS = frozenset({"b", "div", "font", "i", "p", "span"})
_MAX_ATTRIBUTES = 1000
_MIN_CHECKED_BYTES = 64 * 1024
_ATTRIBUTE = rb"\s++[^\s=>\"'<]++(?>\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++))?"
_OVERSIZED_TAG = re.compile(rb"<[a-zA-Z][^\s/<>]{0,50}(?>%b){%d}" % (_ATTRIBUTE, _MAX_ATTRIBUTES))
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_PARSER = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, collect_ids=False)


def build(content: bytes) -> etree._Element:
    """Build the tree of a page.

    A tag with more than 1,000 attributes is refused: libxml2 compares every pair of them, which takes minutes for a
    megabyte.

    Raises:
        UndecodablePage: if a tag has too many attributes, or if elements are nested too deeply in a page that is too
            large for BeautifulSoup.
    """
    if len(content) > _MIN_CHECKED_BYTES and _OVERSIZED_TAG.search(content):
        reason = f"a tag has more than {_MAX_ATTRIBUTES:,} attributes: details pages have no such tag"
        raise UndecodablePage("undecodable", reason)
    try:
        root = etree.fromstring(content, _PARSER)
    except etree.ParserError:
        root = None
    if root is None:
        return etree.Element("html")
    if _gave_up():
        if len(content) > _MAX_REBUILT_BYTES:
            raise UndecodablePage("undecodable", "elements are nested too deeply: details pages are not")
        return rebuild(content)
    return root


def _gave_up() -> bool:
    return any(entry.level == etree.ErrorLevels.FATAL for entry in _PARSER.error_log)


def rebuild(content: bytes) -> etree._Element:
    """Build the tree with BeautifulSoup and Python's own HTML parser, which is slow but never gives up.

    Below a depth of 200, wrappers without attributes are skipped. Elements deeper than 1,000 are moved up to 1,000.
    """
    text = content.decode("utf-8", "ignore")
    return from_soup(beautiful_soup().BeautifulSoup(text, "html.parser", on_duplicate_attribute="ignore"))


def from_soup(soup: bs4.BeautifulSoup) -> etree._Element:
    """Convert a BeautifulSoup tree to an lxml tree without comments, without recursion."""
    bs4 = beautiful_soup()
    strings = {bs4.element.NavigableString, bs4.element.CData, bs4.element.Stylesheet, bs4.element.Script}
    root = etree.Element("html")
    copies = {id(soup): root}
    depths = {id(soup): 0}
    for node in soup.descendants:
        parent = node.parent
        if parent is None:
            continue
        target, depth = copies[id(parent)], depths[id(parent)]
        if isinstance(node, bs4.Tag):
            if depth > _UNWRAP_BELOW_DEPTH and not node.attrs and node.name in _WRAPPERS:
                copies[id(node)], depths[id(node)] = target, depth
                continue
            name = node.name if _NAME.fullmatch(node.name) else "span"
            if name == "html" and target is root:
                element = root
            elif depth < _MAX_DEPTH:
                element = etree.SubElement(target, name)
            else:
                above = target.getparent()
                element = etree.SubElement(target if above is None else above, name)
            for key, value in node.attrs.items():
                if _NAME.fullmatch(key):
                    element.set(key, " ".join(value) if isinstance(value, list) else value or "")
            copies[id(node)] = element
            depths[id(node)] = min(depth + 1, _MAX_DEPTH)
        elif type(node) in strings:
            _append_text(target, str(node))
    return root


def _append_text(target: etree._Element, text: str) -> None:
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text
