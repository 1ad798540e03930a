"""The frame of a tab: its sentence, the links to its other pages, its notices, and the elements of its mentions."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from altdetails.page import words
from altdetails.page.flow import collapse
from altdetails.page.landmarks import is_boilerplate, outermost

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["MAX_ARTICLES", "SELECTED", "Frame", "OtherPages", "classes_of", "open_at_cut"]

MAX_ARTICLES = 1_000
"""Mentions of a page that are read. The site has 100 on a page."""
_PAGE_NUMBER = re.compile(r"page(?::|%3a|_)([0-9]{1,9})", re.IGNORECASE)
_SEEN = re.compile(r"Altmetric has (?:seen|tracked) (?!.{0,40}research outputs)", re.IGNORECASE)
_CLOSING = re.compile(rb"</([a-zA-Z][a-zA-Z0-9]*)\s*>\s*\Z")
_LANDMARKS = frozenset(
    {
        *("post-list", "section-summary", "post_pagination", "pagination_page_links", "limited-access-warning"),
        *("tab-panel", "document-header", "mention-counts", "post"),
    }
)
_BOXES_OF_POSTS = frozenset({"article", "div", "li", "section"})
_MAX_CLASS = 500
_MAX_LINKS = 200
_MAX_SUMMARIES = 10
SELECTED = frozenset({"current", "active", "selected"})


def classes_of(element: etree._Element) -> list[str]:
    """Return the classes of an element; those of a very long attribute are cut."""
    return (element.get("class") or "")[:_MAX_CLASS].split()


class OtherPages(NamedTuple):
    """What the links to the other pages of a tab say."""

    next_page: int | None = None
    current: int | None = None
    has_next: bool = False
    is_shown: bool = False
    """Whether the page has such links."""


class Frame:
    """The landmarks of a tab around its mentions, and the elements of the mentions."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self._by_class: dict[str, list[etree._Element]] = {}
        articles = []
        for element in root.iter("*"):
            known = _LANDMARKS.intersection(classes_of(element)) if element.get("class") else ()
            if not (known or element.tag == "article") or is_boilerplate(element):
                continue
            for name in known:
                self._by_class.setdefault(name, []).append(element)
            if element.tag == "article" or "post" in known:
                articles.append(element)
        self.notes: list[tuple[str, str]] = []
        """What is not certain, with its part of the page."""
        self.articles = self._own(articles)
        self.set_of_articles = frozenset(self.articles)

    def _own(self, candidates: list[etree._Element]) -> list[etree._Element]:
        """Return the elements of the mentions: the articles of the list, or those of the class outside it."""
        lists = frozenset(self.all("post-list"))
        shown = [
            element
            for element in islice(candidates, 2 * MAX_ARTICLES)
            if element.tag in _BOXES_OF_POSTS and element not in lists
        ]
        inside = [element for element in shown if any(box in lists for box in element.iterancestors())]
        posts = frozenset(self.all("post"))
        inside = [element for element in inside if element.tag == "article"] or inside
        own = inside or [element for element in shown if element in posts and element.tag == "article"]
        if own and not inside:
            self.notes.append(("list", "no landmark of the list"))
        if len(own) > MAX_ARTICLES:
            self.notes.append(("list", f"more than {MAX_ARTICLES:,} mentions"))
        return own[:MAX_ARTICLES]

    def all(self, name: str) -> list[etree._Element]:
        """Return the elements of a class."""
        return self._by_class.get(name, [])

    def outside(self, name: str) -> list[etree._Element]:
        """Return the elements of a class outside the mentions."""
        return [element for element in self.all(name) if not self.is_in_mention(element)]

    def is_in_mention(self, element: etree._Element) -> bool:
        """Whether an element is inside a mention."""
        return any(box in self.set_of_articles for box in element.iterancestors())

    def sentence(self) -> str | None:
        """Return the sentence with the totals, from its landmark, else by its words."""
        summaries = []
        for box in self.outside("section-summary")[:_MAX_SUMMARIES]:
            texts = [element for element in box.iter("*") if "text" in classes_of(element)]
            summaries.append(collapse(texts[0] if texts else box))
        known = [text for text in summaries if _SEEN.search(text)]
        if text := next(filter(None, [*known, *summaries]), None):
            return text
        for element in self.root.iter("div", "p", "span", "section", "h2"):
            if element.text and _SEEN.search(element.text) and not self._is_elsewhere(element):
                self.notes.append(("sentence", "no landmark of the sentence"))
                return collapse(element)
        return None

    def _is_elsewhere(self, element: etree._Element) -> bool:
        """Whether an element is inside a mention, a footer and the like, or the header, whose title can be any text."""
        return is_boilerplate(element) or any(
            box in self.set_of_articles or "document-header" in classes_of(box) for box in element.iterancestors()
        )

    def is_limited(self) -> bool:
        """Whether the page has the notice that it shows a limited selection."""
        if self.outside("limited-access-warning"):
            return True
        return any(
            element.text is not None and words.LIMITED_ACCESS in element.text and not self.is_in_mention(element)
            for element in self.root.iter("div", "p", "span", "strong", "a")
        )

    def has_list(self) -> bool:
        """Whether the page has a list of mentions, which can be empty."""
        return bool(self.articles or self.all("post-list"))

    def links_to_pages(self) -> list[etree._Element]:
        """Return the links to other pages of the tab."""
        links = (link for box in self._pagination for link in box.iter("a") if link.get("href"))
        return [*islice(links, _MAX_LINKS)]

    @property
    def _pagination(self) -> list[etree._Element]:
        return self.outside("post_pagination") or self.outside("pagination_page_links")

    def other_pages(self) -> OtherPages:
        """Return what the links to other pages say. Of several links with `rel="next"`, the last is the next page."""
        boxes = self._pagination
        if not boxes:
            return OtherPages()
        top = next((box for box in boxes if "top" in classes_of(box)), outermost(boxes)[0])
        anchors = [link for link in top.iter("a") if link.get("href")]
        following = [link for link in anchors if "next" in (link.get("rel") or "").lower().split()]
        if not following:
            following = [link for link in anchors if "next_page" in classes_of(link)]
            if following:
                self.notes.append(("pages", "no rel=next at the link of the next page"))
        marked = (
            element
            for element in top.iter("em", "span", "strong", "li", "b")
            if not SELECTED.isdisjoint(classes_of(element))
        )
        current = next((words.parse_number(collapse(element)) for element in marked), None)
        if not following:
            return OtherPages(current=current, is_shown=True)
        href = following[-1].get("href") or ""
        match = _PAGE_NUMBER.search(href)
        number = int(match[1]) or None if match else None
        if number is None:
            self.notes.append(("pages", f"link {href}"))
        elif current is not None and number <= current:
            self.notes.append(("pages", f"the page after {current} is {number}"))
            number = None
        return OtherPages(number, current, has_next=True, is_shown=True)


def open_at_cut(root: etree._Element, source: bytes) -> set[etree._Element]:
    """Return the elements that a cut page does not close: the last ones on each level, less the end tags at its end."""
    chain = [root]
    while len(chain[-1]):
        chain.append(chain[-1][-1])
    closed = []
    while match := _CLOSING.search(source):
        closed.append(match[1].decode().lower())
        source = source[: match.start()]
    for tag in reversed(closed):
        if any(element.tag == tag for element in chain):
            while chain.pop().tag != tag:
                pass
    return set(chain)
