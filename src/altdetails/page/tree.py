"""Build the tree of a page with lxml, or with Python's own HTML parser if lxml gives up.

The tree is at most 256 elements deep.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from itertools import islice

from lxml import etree

from altdetails.errors import UndecodablePage
from altdetails.page import words

__all__ = ["CUT", "build", "rebuild"]

CUT = "data-altdetails-cut"
"""The attribute of the root that says what of the page was cut."""

_TRANSLATION = "immersive-translate-target-wrapper"
"""The class of a text that Immersive Translate adds below that of the page."""
_INLINE = (
    rb"(?!/?(?:t(?:able|body|foot|head|[dhr])|d(?:[dlt]|iv)|h[1-6r]|li|[ou]l|p|br|section|mark|font|wbr"
    rb"|hypothesis-highlight)\b)[^<>]*+>"
)
_TOUCHING_NUMBERS = re.compile(
    rb"<(?<=[0-9;]<)(?=[^<>]*+>[<0-9&])%b(?:<%b){0,20}+[0-9&]" % (_INLINE, _INLINE), re.IGNORECASE
)
"""Tags between two digits, except those of blocks, and those that mark a part of a word."""
_MARKS_OF_WORDS = frozenset({"font", "hypothesis-highlight", "mark", "wbr"})
_NOT_SHOWN = frozenset({"noscript", "script", "style", "svg", "template"})
_LABELS_OF_PROSE = words.LABELS_OF_TITLES | words.LABELS_OF_PARAGRAPHS
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
_COMMENT = re.compile(rb"<!--(?:[^-]++|-(?!->))*+(?:-->)?")
_EMPTY_ELEMENTS = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    }
)  # fmt: skip
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
            large for Python's HTML parser.
    """
    cuts = []
    if len(content) > _MIN_CHECKED_BYTES and _LARGE_TAG.search(content):
        if _OVERSIZED_TAG.search(content):
            reason = f"a tag has more than {_MAX_ATTRIBUTES:,} attributes: details pages have no such tag"
            raise UndecodablePage("undecodable", reason)
        content = _LARGE_TAG.sub(rb"\1", content)
        cuts.append(f"a tag with more than {_MAX_READ_ATTRIBUTES} attributes")
    root = _parse(content, _PARSER)
    if root is None:
        root = _build_deep(content)
        cuts.append(f"elements nested more than {_MAX_DEPTH} deep")
    if tags := {str(element.tag) for element in root.iter("font", "ruby", "template")}:
        _show_as_browsers(root, tags)
    if _TOUCHING_NUMBERS.search(content):
        _separate_numbers(root)
    if cuts:
        root.set(CUT, ", ".join(cuts))
    return root


def _show_as_browsers(root: etree._Element, tags: set[str]) -> None:
    if "font" in tags:
        _remove_translations(root)
    if "ruby" in tags:
        etree.strip_elements(root, "rp", "rt", with_tail=False)
    if "template" in tags:
        _show_shadow_roots(root)


def _remove_translations(root: etree._Element) -> None:
    """Remove the texts that an extension of a browser added next to those of the page."""
    for added in root.iter("font"):
        if _TRANSLATION in added.get("class", ""):
            added.tag = _ADDED
    etree.strip_elements(root, _ADDED, with_tail=False)


_ADDED = "altdetails-added"


def _show_shadow_roots(root: etree._Element) -> None:
    """Show the shadow roots with a part of the record, as browsers do. The others are those of extensions."""
    for template in [*root.iter("template")]:
        if next(template.iterancestors("template"), None) is not None:
            continue
        is_root = not _ATTRIBUTES_OF_SHADOW_ROOTS.isdisjoint(template.keys())
        if is_root and any(_CLASS_OF_RECORD.search(box.get("class", "")[:500]) for box in template.iter("div", "dl")):
            template.tag = "div"


_ATTRIBUTES_OF_SHADOW_ROOTS = frozenset({"shadowroot", "shadowrootmode"})
_CLASS_OF_RECORD = re.compile(r"\b(?:document-(?:header|details-table)|score-panel|demographics-group|\w+-counts)\b")


def _separate_numbers(root: etree._Element) -> None:
    """Put a space between numbers that touch, outside titles and prose: `64<sup>1</sup>` shows 64, not 641.

    In the other rows of the details and in the tagline, only raised and lowered numbers are apart.
    """
    nodes = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    last, is_apart = "", False
    line: etree._Element | None = None
    for event, node in nodes:
        if event == "start":
            label = _label_of(node)
            if node.tag in _NOT_SHOWN or node.tag == "h1" or label in _LABELS_OF_PROSE:
                nodes.skip_subtree()
                continue
            if line is None and (label in words.LABELS or "tagline" in node.get("class", "")[:_MAX_CLASS_LENGTH]):
                line = node
        is_apart = is_apart or (
            event in {"start", "end"} and (node.tag in _RAISED if line is not None else node.tag not in _MARKS_OF_WORDS)
        )
        if event == "end" and node is line:
            line = None
        text = node.text if event == "start" else node.tail
        if not text:
            continue
        if is_apart and last.isdigit() and text[0].isdigit():
            if event == "start":
                node.text = f" {text}"
            else:
                node.tail = f" {text}"
        last, is_apart = text[-1], False


def _label_of(node: etree._Element) -> str:
    """Return the text of the first cell of a row; an empty text for any other element."""
    cell = next(node.iterchildren("th", "td"), None) if node.tag == "tr" else None
    parts = () if cell is None else islice(cell.iter("*"), _MOST_PARTS_OF_LABEL)
    return "".join(part.text or "" for part in parts).strip().rstrip(":")


_MOST_PARTS_OF_LABEL = 10
_MAX_CLASS_LENGTH = 500
_RAISED = frozenset({"sub", "sup"})


def _build_deep(content: bytes) -> etree._Element:
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
    """Build the tree with Python's own HTML parser, which is slow but seldom gives up.

    Below a depth of 100, wrappers without attributes are skipped. Elements deeper than 250 are moved up to 250.

    Raises:
        UndecodablePage: if Python's HTML parser rejects the page.
    """
    parser = _PlainParser()
    try:
        parser.feed(_COMMENT.sub(b"", content).decode("utf-8", "ignore"))
        parser.close()
    except AssertionError as error:
        raise UndecodablePage("undecodable", "no HTML parser can read this page: save the page again") from error
    return parser.root()


class _PlainParser(HTMLParser):
    """Python's HTML parser. An end tag ends the last open element of its name, and all elements in it."""

    def __init__(self) -> None:
        super().__init__()
        self._tree = _FlatTree()
        self._tree.start("html", {})
        self._open: list[str] = []
        self._open_of_name: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tree.start(tag, dict(reversed(attrs)))
        if tag in _EMPTY_ELEMENTS:
            self._tree.end()
        else:
            self._open.append(tag)
            self._open_of_name[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        ended = None
        while ended != tag and self._open_of_name[tag]:
            ended = self._open.pop()
            self._open_of_name[ended] -= 1
            self._tree.end()

    def handle_data(self, data: str) -> None:
        self._tree.add_text(data)

    def root(self) -> etree._Element:
        """End all elements. Return the root."""
        for _ in range(len(self._open) + 1):
            self._tree.end()
        return self._tree.close()


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
