"""One mention of a tab: an `article.post` → its parts as strings, each from this article alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from altdetails.identifiers import linked_id
from altdetails.mentions.disclosure import Article, web_address
from altdetails.mentions.published import SHOWN_DATE, published
from altdetails.mentions.tab_frame import classes_of
from altdetails.mentions.tab_sources import TabSource, has_clock, properties_of, source_of_class
from altdetails.page import flow, words
from altdetails.page.flow import collapse, on_one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from lxml import etree

__all__ = ["Surroundings", "read_article"]


_NOT_SHOWN = frozenset({"script", "style", "template", "noscript", "select", "textarea", "option", "svg"})
_BUTTONS = frozenset({"reply", "retweet", "favorite", "favourite", "like", "repost", "quote"})
_BUTTON_WORDS = re.compile(r"(?:(?:reply|retweet|repost|favou?rite|like|quote)\s*)+", re.IGNORECASE)
_GENERIC_ALT = re.compile(
    r"(?:user |profile |default )?(?:avatar|logo|icon|image|photo|picture|thumbnail|x|twitter|news|blog|facebook)?",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"licen[cs]|copyright|\bNLA\b|withheld|unavailable|restrict|"
    r"\b(?:not|cannot be|can't be|unable to be?) (?:available|shown|displayed?|show)\b",
    re.IGNORECASE,
)
_PLACEHOLDER_CLASS = re.compile(r"placeholder|licen[cs]|withheld|unavailable|restrict|redact", re.IGNORECASE)
_POST_ADDRESS = re.compile(r"/(?:status(?:es)?|post|posts)/[A-Za-z0-9]+")
_PLATFORMS = re.compile(r"(?:pubpeer|publons)(?:\.com)?|/?r/\w+", re.IGNORECASE)
_FOLLOWERS = re.compile(rf"({words.NUMBER})(?:\s+followers?)?", re.IGNORECASE)
_MOST_EDIT_WORDS = 60


class _Elements:
    """The elements of an article by their tag and classes, without those of other articles in it."""

    def __init__(self, article: etree._Element, others: Collection[etree._Element]) -> None:
        self.article = article
        self.elements = [*_elements_of(article, others)]
        self._first_of_class: dict[str, etree._Element] = {}
        for element in self.elements:
            if element.get("class"):
                for name in classes_of(element):
                    self._first_of_class.setdefault(name, element)

    def with_class(self, *names: str) -> etree._Element | None:
        return next((self._first_of_class[name] for name in names if name in self._first_of_class), None)

    def with_tag(self, *tags: str) -> list[etree._Element]:
        return [element for element in self.elements if element.tag in tags]


def _elements_of(article: etree._Element, others: Collection[etree._Element]) -> Iterator[etree._Element]:
    """Yield the elements of an article in order, without hidden ones and those of other articles in it."""
    waiting = [iter(article)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif isinstance(element.tag, str) and element.tag not in _NOT_SHOWN and element not in others:
            yield element
            if len(element):
                waiting.append(iter(element))


class Surroundings(NamedTuple):
    """What an article has in common with the others of its page."""

    source: str | None
    """The source of the tab, for an article whose class does not name one."""
    articles: Collection[etree._Element] = ()
    """The elements of all mentions. Those in an article that is not closed are not read with it."""
    in_doubt: Collection[etree._Element] = ()
    """Elements that a cut page does not close. Their texts are not certain."""
    is_wrapped: bool = False
    """Whether a tool put addresses of its own around the links of the page."""
    is_translated: bool = False


def read_article(article: etree._Element, page: Surroundings) -> Article:
    """Read the parts of a mention.

    Args:
        article: the element around the mention.
        page: what it has in common with the other mentions.
    """
    parts = _Elements(article, page.articles)
    named = source_of_class(classes_of(article))
    read = Article(source=named or page.source)
    if not named:
        read.notes.append(f"no known source in the class {article.get('class', '')[:100]!r}")
    known = properties_of(read.source)
    if named and not known.is_confirmed:
        read.notes.append("the markup of this source is not confirmed")
    reader = _Reader(parts, read, known, page)
    reader.read_post() if reader.is_post else reader.read_story()
    reader.read_rest()
    return read


class _Reader:
    """Reads the parts of one article into an `Article`, and remembers which elements were read."""

    def __init__(self, parts: _Elements, read: Article, known: TabSource, page: Surroundings) -> None:
        self._parts = parts
        self._read = read
        self._known = known
        self._page = page
        self._done: set[etree._Element] = {*parts.with_tag("img")}
        self._block = parts.with_class("block_link")
        self._time = next((element for element in parts.elements if self._is_time(element)), None)
        self._summary = self._find_summary()

    @property
    def is_post(self) -> bool:
        """Whether the article has the form of posts on X: a name and a handle instead of a heading, a linked date."""
        if self._read.source not in _POST_SOURCES:
            return False
        has_linked_date = self._time is not None and next(self._time.iter("a"), None) is not None
        has_sign = self._parts.with_class("handle", "follower_count", "author") is not None or has_linked_date
        return self._read.source == "twitter" or has_sign or self._parts.article in self._page.in_doubt

    @staticmethod
    def _is_time(element: etree._Element) -> bool:
        return element.tag == "time" or element.get("datetime") is not None

    def _find_summary(self) -> etree._Element | None:
        named = self._parts.with_class("summary")
        if named is not None:
            return named
        paragraphs = [p for p in self._parts.with_tag("p") if next(p.iter("h3", "h4", "time"), None) is None]
        if len(paragraphs) == 1:
            self._read.notes.append("no landmark of the text")
            return paragraphs[0]
        return None

    def read_post(self) -> None:
        """Read a post: the link of the time is the post, the link around it the person."""
        read = self._read
        block = self._href(self._block)
        read.author = self._text(self._parts.with_class("name"))
        handle = self._text(self._parts.with_class("handle"))
        read.handle = handle.removeprefix("@") if handle else None
        self._read_followers()
        self._read_time()
        link = next(self._time.iter("a"), None) if self._time is not None else None
        if link is None and self._time is not None and (around := self._time.getparent()) is not None:
            link = around if around.tag == "a" and around is not self._block else None
        read.url = self._address(self._href(link)) if link is not None else None
        if read.url is None and block and _POST_ADDRESS.search(block):
            read.url = self._address(block)
            read.notes.append("the link around the mention is that of the post")
        else:
            read.author_url = self._address(block) if block else None
        read.text = self._text(self._summary)
        self._read_title()

    def read_story(self) -> None:
        """Read a mention of the general form: headline, outlet with its date, text, and a link around them."""
        read = self._read
        self._read_time()
        heading = self._heading()
        name = self._name_in(heading) if heading is not None else None
        name = self._compare_with_image(name)
        if self._known.name_is == "outlet":
            read.outlet = name
        elif self._known.name_is == "author":
            read.author = name
        elif name and read.source and _PLATFORMS.fullmatch(name):
            read.outlet = name
        elif read.source:
            read.author = name
        elif name:
            read.unread.append(name)
        read.text = self._text(self._summary)
        title = self._read_title()
        read.url = self._story_link(title, heading)
        self._refuse_placeholder(title)
        self._read_followers()
        handle = self._text(self._parts.with_class("handle"))
        read.handle = handle.removeprefix("@") if handle else None

    def read_rest(self) -> None:
        """Add the texts that no other step has read."""
        read = self._read
        buttons = [link for link in self._parts.with_tag("a", "button") if not _BUTTONS.isdisjoint(classes_of(link))]
        avatar = self._parts.with_class("avatar-holder")
        avatars = [] if avatar is None else [avatar]
        lines = flow.lines(self._parts.article, without={*self._done, *buttons, *avatars, *self._page.articles})
        read.unread += [line for line in lines if not _BUTTON_WORDS.fullmatch(line) and line.strip(" ,·|–-")]
        if not any((read.title, read.url, read.outlet, read.author, read.handle, read.published_text, read.text)):
            read.notes.append("no part of the mention was read")
        if self._parts.article in self._page.in_doubt:
            read.notes.append("the page is cut short in this mention")

    def _text(self, element: etree._Element | None) -> str | None:
        """Return the text of an element; None if it is empty, or if a cut page does not close it."""
        if element is None:
            return None
        self._done.add(element)
        text = _shown_text(element)
        if element in self._page.in_doubt:
            if text:
                self._read.unread.append(text)
            return None
        return text or None

    def _read_time(self) -> None:
        if self._time is None:
            return
        self._read.published_text = self._text(self._time)
        attribute = self._time.get("datetime")
        when = published(attribute, self._read.published_text, has_clock=has_clock(self._read.source, self._known))
        self._read.published_at = when.at
        if when.doubt:
            self._read.notes.append(when.doubt)

    def _heading(self) -> etree._Element | None:
        """Return the heading with the name: that with the date in it, else the first."""
        headings = self._parts.with_tag("h4")
        dated = [h4 for h4 in headings if self._time is not None and self._time in h4.iterdescendants()]
        named = [h4 for h4 in headings if collapse(h4)]
        return next(iter([*dated, *named, *headings]), None)

    def _name_in(self, heading: etree._Element) -> str | None:
        """Return the outlet or author in a heading: its text before the date, without the last comma."""
        before, behind = _text_around(heading, self._time)
        self._done.add(heading)
        if heading in self._page.in_doubt and (self._time is None or self._time not in heading.iterdescendants()):
            if before:
                self._read.unread.append(before)
            return None
        if self._time is None and (match := _NAME_AND_DATE.fullmatch(before)):
            before = match["name"]
            self._read.published_text = match["date"]
            self._read.published_at = published(None, match["date"], has_clock=False).at
            self._read.notes.append("the date is in the heading")
        if behind:
            self._read.unread.append(behind)
        if self._read.source == "wikipedia":
            return self._editor(heading, before)
        links = [link for link in heading.iter("a") if "block_link" not in classes_of(link)]
        if self._known.name_is != "outlet" and links:
            self._read.author_url = self._address(self._href(links[0]))
        return before.removesuffix(",").rstrip() or None

    def _editor(self, heading: etree._Element, before: str) -> str | None:
        """Return the editor of a page: the text of the link in the heading. The words before it are not a name."""
        links = [link for link in heading.iter("a") if link.get("href")]
        of_users = [link for link in links if _EDITOR_ADDRESS.search(link.get("href") or "")]
        link = next(iter([*of_users, *links]), None)
        if link is None:
            if before:
                self._read.unread.append(before)
            return None
        self._read.author_url = self._address(self._href(link))
        name = _shown_text(link)
        if len(before) - len(name) > _MOST_EDIT_WORDS:
            self._read.unread.append(before)
        return name or None

    def _compare_with_image(self, name: str | None) -> str | None:
        """Return the name of a mention, after a look at the alternative text of its image, which is the same name."""
        texts = [on_one_line(image.get("alt") or "") for image in self._parts.with_tag("img")]
        of_image = next((text for text in texts if text and not _GENERIC_ALT.fullmatch(text)), None)
        if of_image is None or of_image == name:
            return name
        if name is None or self._page.is_translated:
            if self._read.source != "googleplus":
                self._read.notes.append("the name is that of the image")
            return of_image
        if self._read.source == "news":
            self._read.unread.append(f"image of {of_image}")
        return name

    def _read_title(self) -> etree._Element | None:
        titles = self._parts.with_tag("h3")
        title = next((h3 for h3 in titles if collapse(h3)), titles[0] if titles else None)
        self._read.title = self._text(title)
        return title

    def _story_link(self, title: etree._Element | None, heading: etree._Element | None) -> str | None:
        """Return the link of a story: that around it, else the link of its title, else that of its date."""
        if self._block is not None:
            return self._address(self._href(self._block))
        around = [element for element in (title, heading, *self._parts.with_tag("img")) if element is not None]
        article = self._parts.article
        for element in around:
            box = element.getparent()
            while box is not None and box is not article:
                if box.tag == "a" and box.get("href"):
                    if self._read.source != "wikipedia":
                        self._read.notes.append("no landmark of the link")
                    return self._address(self._href(box))
                box = box.getparent()
        inside = [link for element in (title, self._time) if element is not None for link in element.iter("a")]
        if inside:
            self._read.notes.append("no landmark of the link")
            return self._address(self._href(inside[0]))
        read_elsewhere = {link for box in (heading, self._summary) if box is not None for link in box.iter("a")}
        elsewhere = [
            link.get("href") or ""
            for link in self._parts.with_tag("a")
            if link not in read_elsewhere and link.get("href") and _BUTTONS.isdisjoint(classes_of(link))
        ]
        if len(elsewhere) == 1 and not self._known.is_confirmed:
            self._read.notes.append("no landmark of the link")
            return self._address(elsewhere[0])
        self._read.unread += [f"link {href}" for href in elsewhere]
        return None

    def _refuse_placeholder(self, title: etree._Element | None) -> None:
        """Drop a title that only says that the headline must not be shown."""
        read = self._read
        if title is None or read.title is None or self._known.is_of_people:
            return
        has_class = _PLACEHOLDER_CLASS.search(" ".join(classes_of(title))) is not None
        if has_class or (read.url is None and _PLACEHOLDER.search(read.title)):
            read.unread.append(read.title)
            read.title = None

    def _read_followers(self) -> None:
        box = self._parts.with_class("follower_count")
        text = self._text(box)
        if not text:
            return
        match = _FOLLOWERS.fullmatch(text)
        self._read.followers = words.to_int(match[1]) if match else None
        if self._read.followers is None:
            self._read.unread.append(text)

    def _href(self, link: etree._Element | None) -> str | None:
        return link.get("href") if link is not None else None

    def _address(self, href: str | None) -> str | None:
        """Return the address of a link out of the site; None, with a note, for any other link."""
        if href is None or not href.strip() or href.strip() == "#":
            return None
        address = web_address(href, is_wrapped=self._page.is_wrapped)
        if address is None or (linked_id(address) and "altmetric" in address):
            self._read.unread.append(f"link {href}")
            return None
        return address


_EDITOR_ADDRESS = re.compile(r"User:|Special:Contributions", re.IGNORECASE)
_POST_SOURCES = frozenset({"twitter", "bluesky", "weibo", None})
_NAME_AND_DATE = re.compile(rf"(?P<name>.*?),?\s*(?P<date>{SHOWN_DATE.pattern})", re.DOTALL)


def _shown_text(element: etree._Element) -> str:
    """Return the text of an element on one line, without names of pictures and the like."""
    hidden = [*element.iterdescendants(*_NOT_SHOWN)] if len(element) else []
    return " ".join(flow.lines(element, hidden)) if hidden else collapse(element)


def _text_around(heading: etree._Element, time: etree._Element | None) -> tuple[str, str]:
    """Return the text of a heading before the date, and that behind it."""
    before: list[str | None] = []
    behind: list[str | None] = []
    texts = before
    waiting = [(heading, iter(heading))]
    texts.append(heading.text)
    while waiting:
        element, children = waiting[-1]
        child = next(children, None)
        if child is None:
            waiting.pop()
            if waiting:
                texts.append(element.tail)
        elif child is time:
            texts = behind
            texts.append(child.tail)
        elif isinstance(child.tag, str) and child.tag not in _NOT_SHOWN:
            texts.append(" " if child.tag == "br" else child.text)
            waiting.append((child, iter(child)))
        else:
            texts.append(child.tail)
    return on_one_line("".join(filter(None, before))), on_one_line("".join(filter(None, behind))).strip(" ,")
