"""Build the tree of a page with lxml, or with BeautifulSoup if lxml gives up. The tree is at most 256 elements deep.

BeautifulSoup takes 16 to 26 times as long as lxml for the same page (`make bench`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lxml import etree

from altdetails.errors import UndecodablePage
from altdetails.page.decode import beautiful_soup

if TYPE_CHECKING:
    import bs4

__all__ = ["build", "from_soup", "rebuild"]

_MAX_REBUILT_BYTES = 128 * 1024
_MAX_DEPTH = 250
_UNWRAP_BELOW_DEPTH = 100
_WRAPPERS = frozenset({"b", "div", "font", "i", "p", "span"})
_MAX_ATTRIBUTES = 1000
_MAX_READ_ATTRIBUTES = 100
_MIN_CHECKED_BYTES = 64 * 1024
_ATTRIBUTE = rb"\s++[^\s=>\"'<]++(?>\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++))?"
_OVERSIZED_TAG = re.compile(rb"<[a-zA-Z][^\s/<>]{0,50}(?>%b){%d}" % (_ATTRIBUTE, _MAX_ATTRIBUTES))
_LARGE_TAG = re.compile(rb"(<[a-zA-Z][^\s/<>]{0,50}(?>%b){%d})(?>%b)+" % (_ATTRIBUTE, _MAX_READ_ATTRIBUTES, _ATTRIBUTE))
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PARSER = etree.HTMLParser(encoding="utf-8", no_network=True, collect_ids=False)
_PARSER_OF_DEEP_PAGES = etree.HTMLParser(encoding="utf-8", no_network=True, collect_ids=False, huge_tree=True)


def build(content: bytes) -> etree._Element:
    """Build the tree of a page.

    libxml2 compares every pair of a tag's attributes. So above 64 KiB, attributes after the first 100 of a tag are not
    read, and a tag with more than 1,000 is refused.

    Raises:
        UndecodablePage: if a tag has too many attributes, or if elements are nested too deeply in a page that is too
            large for BeautifulSoup.
    """
    if len(content) > _MIN_CHECKED_BYTES and _LARGE_TAG.search(content):
        if _OVERSIZED_TAG.search(content):
            reason = f"a tag has more than {_MAX_ATTRIBUTES:,} attributes: details pages have no such tag"
            raise UndecodablePage("undecodable", reason)
        content = _LARGE_TAG.sub(rb"\1", content)
    root = _parse(content, _PARSER)
    if root is not None:
        return root
    root = _parse(content, _PARSER_OF_DEEP_PAGES)
    if root is not None:
        return _flatten(root)
    if len(content) > _MAX_REBUILT_BYTES:
        raise UndecodablePage("undecodable", "elements are nested too deeply: details pages are not")
    return rebuild(content)


def _parse(content: bytes, parser: etree.HTMLParser) -> etree._Element | None:
    """Parse a page; None if libxml2 gives up, because elements are nested too deeply or a text is too long."""
    try:
        root = etree.fromstring(content, parser)
    except etree.ParserError:
        root = None
    if any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log):
        return None
    return etree.Element("html") if root is None else root


def rebuild(content: bytes) -> etree._Element:
    """Build the tree with BeautifulSoup and Python's own HTML parser, which is slow but seldom gives up.

    Below a depth of 100, wrappers without attributes are skipped. Elements deeper than 250 are moved up to 250.

    Raises:
        UndecodablePage: if Python's HTML parser rejects the page.
    """
    text = content.decode("utf-8", "ignore")
    bs4 = beautiful_soup()
    try:
        return from_soup(bs4.BeautifulSoup(text, "html.parser", on_duplicate_attribute="ignore"))
    except (bs4.ParserRejectedMarkup, RecursionError) as error:
        raise UndecodablePage("undecodable", "no HTML parser can read this page: save the page again") from error


def from_soup(soup: bs4.BeautifulSoup) -> etree._Element:
    """Convert a BeautifulSoup tree to an lxml tree without comments, without recursion."""
    bs4 = beautiful_soup()
    strings = {bs4.element.NavigableString, bs4.element.CData, bs4.element.Stylesheet, bs4.element.Script}
    tree = _FlatTree()
    tree.start("html", {})
    open_nodes = [soup]
    for node in soup.descendants:
        while open_nodes[-1] is not node.parent:
            open_nodes.pop()
            tree.end()
        if isinstance(node, bs4.Tag):
            values = {key: " ".join(value) if isinstance(value, list) else value for key, value in node.attrs.items()}
            tree.start(node.name, values)
            open_nodes.append(node)
        elif type(node) in strings:
            tree.add_text(str(node))
    for _ in open_nodes:
        tree.end()
    return tree.close()


def _flatten(root: etree._Element) -> etree._Element:
    """Copy a tree without comments, at most 250 elements deep."""
    tree = _FlatTree()
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            tree.start(str(node.tag), dict(node.attrib))
            tree.add_text(node.text)
            continue
        if event == "end":
            tree.end()
        tree.add_text(node.tail)
    return tree.close()


class _FlatTree:
    """A tree of limited depth, made from the starts and ends of elements."""

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder()
        self._tags: list[str] = []
        self._is_nested: list[bool] = []
        """For each element of the source that is open, whether it is one of `_tags`."""

    def start(self, tag: str, attributes: Mapping[str, str] | Mapping[str, str | None]) -> None:
        """Begin an element. Skip bare wrappers far down, and end the last element first at the greatest depth."""
        depth = len(self._tags)
        if (depth > _UNWRAP_BELOW_DEPTH and not attributes and tag in _WRAPPERS) or (depth == 1 and tag == "html"):
            self._is_nested.append(False)
            return
        self._is_nested.append(depth < _MAX_DEPTH)
        if depth == _MAX_DEPTH:
            self._builder.end(self._tags.pop())
        self._tags.append(tag if _NAME.fullmatch(tag) else "span")
        legal = {key: _NOT_XML.sub("", value or "") for key, value in attributes.items() if _NAME.fullmatch(key)}
        self._builder.start(self._tags[-1], legal)

    def end(self) -> None:
        """End the last element that is open."""
        if self._is_nested.pop():
            self._builder.end(self._tags.pop())

    def add_text(self, text: str | None) -> None:
        """Add text at this place."""
        if text:
            self._builder.data(_NOT_XML.sub("", text))

    def close(self) -> etree._Element:
        """Return the root."""
        return self._builder.close()
