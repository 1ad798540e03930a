"""UTF-8 to a tree: lxml builds it, BeautifulSoup builds it again where lxml gives up.

BeautifulSoup takes 16 to 26 times as long for its tree of the same page (`make bench`).
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
_DEEP = 200
_WRAPPERS = frozenset({"b", "div", "font", "i", "p", "span"})
_MAX_ATTRIBUTES = 1000
_WORTH_A_LOOK = 64 * 1024
_ATTRIBUTE = rb"\s++[^\s=>\"'<]++(?>\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++))?"
_MONSTROUS_TAG = re.compile(rb"<[a-zA-Z][^\s/<>]{0,50}(?>%b){%d}" % (_ATTRIBUTE, _MAX_ATTRIBUTES))
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_PARSER = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, collect_ids=False)


def build(content: bytes) -> etree._Element:
    """The tree of a page.

    A tag with thousands of attributes is refused, since libxml2 compares each with each: minutes for a megabyte.

    Raises:
        UndecodablePage: where the content is made to exhaust a parser: a tag of thousands of attributes, or
            thousands of nested elements in a page too large to build again.
    """
    if len(content) > _WORTH_A_LOOK and _MONSTROUS_TAG.search(content):
        reason = f"a tag has more than {_MAX_ATTRIBUTES} attributes: no browser or site writes such a page"
        raise UndecodablePage("undecodable", reason)
    try:
        root = etree.fromstring(content, _PARSER)
    except etree.ParserError:
        root = None
    if root is None:
        return etree.Element("html")
    if _gave_up():
        if len(content) > _MAX_REBUILT_BYTES:
            raise UndecodablePage("undecodable", "elements are nested too deep: no details page is built like that")
        return rebuild(content)
    return root


def _gave_up() -> bool:
    return any(entry.level == etree.ErrorLevels.FATAL for entry in _PARSER.error_log)


def rebuild(content: bytes) -> etree._Element:
    """The same tree by BeautifulSoup with Python's own parser: slow, but it never gives up.

    Below a depth of 200 bare wrappers are left out; elements below one of 1,000 are hung up at that depth.
    """
    text = content.decode("utf-8", "ignore")
    return from_soup(beautiful_soup().BeautifulSoup(text, "html.parser", on_duplicate_attribute="ignore"))


def from_soup(soup: bs4.BeautifulSoup) -> etree._Element:
    """A tree of BeautifulSoup's as one of lxml's, without comments; nothing here recurses."""
    bs4 = beautiful_soup()
    strings = {bs4.element.NavigableString, bs4.element.CData, bs4.element.Stylesheet, bs4.element.Script}
    root = etree.Element("html")
    copies = {id(soup): root}
    depths = {id(soup): 0}
    for node in soup.descendants:
        parent = node.parent
        if parent is None:
            continue
        home, depth = copies[id(parent)], depths[id(parent)]
        if isinstance(node, bs4.Tag):
            if depth > _DEEP and not node.attrs and node.name in _WRAPPERS:
                copies[id(node)], depths[id(node)] = home, depth
                continue
            name = node.name if _NAME.fullmatch(node.name) else "span"
            if name == "html" and home is root:
                element = root
            elif depth < _MAX_DEPTH:
                element = etree.SubElement(home, name)
            else:
                element = etree.SubElement(above if (above := home.getparent()) is not None else home, name)
            for key, value in node.attrs.items():
                if _NAME.fullmatch(key):
                    element.set(key, " ".join(value) if isinstance(value, list) else value or "")
            copies[id(node)] = element
            depths[id(node)] = min(depth + 1, _MAX_DEPTH)
        elif type(node) in strings:
            _append_text(home, str(node))
    return root


def _append_text(home: etree._Element, text: str) -> None:
    if len(home):
        home[-1].tail = (home[-1].tail or "") + text
    else:
        home.text = (home.text or "") + text
