"""Make the skeleton of a page: its markup without its text, for reports of pages that may not be passed on.

It is made from the tokens of the source, so broken markup stays broken. No part of the source is copied unless it is on
a list, or is the name of a class, an id or an attribute without a word of the page's text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml.html import defs

from altdetails._arguments import check, check_optional_text
from altdetails.errors import NotADetailsPage
from altdetails.page import PageKind, kind, mhtml
from altdetails.page.decode import clean
from altdetails.page.landmarks import CLASSES
from altdetails.page.masking import BREAK, MAX_SHAPE, MaskedLinks, MaskedText, shape_of, words_in

__all__ = ["skeleton"]

_INSIDE_TAG = r"(?>[^\"'<>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')|=|[\"'])*+"
_TOKEN = re.compile(
    rf"<(?P<raw>script|style)(?P<raw_attributes>(?=[\s/>]){_INSIDE_TAG})>(?P<code>.*?)(?P<raw_end></(?P=raw)\b[^<>]*+>|\Z)"
    r"|<!--(?P<comment>.*?)(?P<comment_end>-->|\Z)"
    r"|(?P<declaration><[!?][^>]*+>?)"
    rf"|<(?P<slash>/?)(?P<name>[a-zA-Z][^\s/<>\"'=]*+)(?P<attributes>{_INSIDE_TAG})(?P<end>>?)"
    r"|(?P<text>(?>[^<]++|<(?![a-zA-Z!?]|/[a-zA-Z]))++)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([^\s=>\"'</]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++)))?")
_SAVED_FROM = re.compile(r"saved from url=\(\d+\)(\S+)")
_SCORE = re.compile(r"[?&;]score=([^&;)\"'\s]{0,20})")
_STRING_OF_JSON = re.compile(r'"((?>[^"\\]++|\\.)*+)"(?!\s*:)', re.DOTALL)

_INLINE = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "mark", "q", "s", "small"),
        *("span", "strong", "sub", "sup", "time", "tt", "u", "wbr"),
    }
)
_TAGS = defs.tags | {
    *("circle", "frame", "g", "line", "main", "path", "picture", "polygon", "rect", "symbol", "template", "use")
}
_ATTRIBUTES = defs.safe_attrs | defs.link_attrs | {"content", "http-equiv", "property", "srcset", "style"}
_LINKS = defs.link_attrs | {"poster"}
_NAMES = frozenset(
    {
        *("class", "dir", "for", "headers", "http-equiv", "id", "itemprop", "lang", "method", "name", "property"),
        *("rel", "role", "scope", "type"),
    }
)
_TEXTS = frozenset({"alt", "aria-label", "content", "label", "placeholder", "summary", "title", "value"})
_FIXED_NAMES = CLASSES | {
    *("altmetric-badge-wrapper", "mendeley", "num", "publisher", "tagline", "twitter"),
    *("canonical", "cf-mitigated", "challenge-form", "password"),
}
_PERSONAL = re.compile(r"(?:author|creator|editor|member|people|person|profile|slug|tag|term|user)[-_]", re.IGNORECASE)
_LETTERS_AND_DIGITS = re.compile(r"[a-z]\d|\d[a-z]", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


def skeleton(content: bytes | str, *, content_type: str | None = None) -> str:
    """Return the skeleton of a page: HTML with the tags, classes and fixed words of the page, without its other text.

    Letters become `x` and digits `0`, and a text is cut to 40 characters. So the skeleton contains no data and no
    person, but the parser reads the same sections in it. The skeleton of a skeleton is the same text.

    Examples:
        >>> skeleton('<h2>Mentioned by</h2><p class="mention-counts" title="In May"><b>12</b> blogs by Jo Doe</p>')
        '<h2>Mentioned by</h2><p class="mention-counts" title="xx xxx"><b>00</b> blogs xx xx xxx</p>'

    Args:
        content: the page as received or saved: HTML in any encoding, or MHTML.
        content_type: value of the HTTP header `Content-Type`, for its charset.

    Raises:
        TypeError: if an argument has the wrong type.
        NotADetailsPage: if the content is text, not HTML.
        UndecodablePage: if the content is binary, or larger than 32 MiB.
    """
    check(content, (bytes, str), "bytes or text as content")
    check_optional_text(content_type=content_type)
    received = content.encode("utf-8", "ignore") if isinstance(content, str) else content
    page = mhtml.decoded(received, content_type)
    if not kind.is_html(page.content, page.content_type):
        raise NotADetailsPage(PageKind.OTHER, "this is text, and a skeleton needs HTML: save the page as HTML")
    made = _skeleton_of(clean(page.content).decode("utf-8", "ignore"))
    for _ in range(_MAX_REPEATS):  # in broken markup, a mask can complete a tag, a link or a phrase
        previous, made = made, _skeleton_of(made)
        if made == previous:
            break
    return made


_MAX_REPEATS = 8


def _skeleton_of(source: str) -> str:
    return "".join(_Skeleton(source).parts())


class _Skeleton:
    """The tokens of a page, with the mask of its text and the words that no name may contain."""

    def __init__(self, source: str) -> None:
        self._tokens = [*_TOKEN.finditer(source)]
        self._links = MaskedLinks()
        self._text = MaskedText("".join(map(_text_of, self._tokens)))
        self._words = words_in(self._text.own_text())
        for token in self._tokens:
            self._words |= words_in(" ".join(_hidden_texts(token)))

    def parts(self) -> Iterator[str]:
        """Yield the parts of the skeleton."""
        at = 0
        for token in self._tokens:
            length = len(_text_of(token))
            if token["text"]:
                yield html.escape(self._text.part(at, at + length), quote=False)
            elif token["name"]:
                yield from self._tag(token["slash"], token["name"].lower(), token["attributes"], token["end"])
            elif token["raw"]:
                name = token["raw"].lower()
                yield from self._tag("", name, token["raw_attributes"], ">")
                yield f"</{name}>" if token["raw_end"] else ""
            elif token["declaration"]:
                yield "<!DOCTYPE html>" if token["declaration"][:9].lower() == "<!doctype" else "<!-- -->"
            else:
                yield f"<!-- {self._comment(token['comment'])}{token['comment_end']}"
            at += length

    def _comment(self, comment: str) -> str:
        saved = _SAVED_FROM.search(comment)
        return f"saved from url=(0000){self._links.mask(saved[1])} " if saved else ""

    def _tag(self, slash: str, name: str, attributes: str, end: str) -> Iterator[str]:
        yield f"<{slash}{name if name in _TAGS else self._name(name)}"
        for attribute, value in () if slash else _attributes(attributes):
            if attribute in _ATTRIBUTES:
                shown = attribute
            else:
                shown = shape_of(attribute) if value is None else self._name(attribute)
            yield f" {shown}" if value is None else f' {shown}="{html.escape(self._value(attribute, value))}"'
        yield end

    def _value(self, attribute: str, value: str) -> str:
        if attribute == "charset":
            return "utf-8"
        if attribute in _NAMES:
            return " ".join(self._name(name, is_id=attribute == "id") for name in value.split())
        if score := _SCORE.search(value):
            return f"?score={shape_of(score[1])})"
        if attribute == "style":
            return ""
        return self._links.mask(value) if attribute in _LINKS else shape_of(value)

    def _name(self, name: str, *, is_id: bool = False) -> str:
        """Return a name of the markup, masked if it can contain data: a word of the page, a person or a number."""
        if name.lower() in _FIXED_NAMES:
            return name
        if (
            len(name) > MAX_SHAPE
            or not name.isascii()
            or (is_id and _DIGIT.search(name))
            or _LETTERS_AND_DIGITS.search(name)
            or _PERSONAL.search(name)
            or not self._words.isdisjoint(words_in(name))
        ):
            return shape_of(name)
        return _DIGIT.sub("0", name)


def _text_of(token: re.Match[str]) -> str:
    """Return the text of a token as a browser shows it: a break for tags that begin or end a line."""
    if token["text"]:
        return html.unescape(token["text"]).replace(BREAK, "")
    return BREAK if token["name"] and token["name"].lower() not in _INLINE else ""


def _hidden_texts(token: re.Match[str]) -> Iterator[str]:
    """Yield the texts that a browser does not show as text: of attributes, of the targets of links, and of JSON."""
    if token["raw"] and "json" in token["raw_attributes"].lower():
        yield from _STRING_OF_JSON.findall(token["code"])
    for attribute, value in _attributes(token["attributes"] or ""):
        if value and (attribute in _TEXTS or attribute.startswith("data-")):
            yield value
        elif value and attribute == "href" and token["name"].lower() == "a":
            yield from MaskedLinks.own_parts(value)


def _attributes(attributes: str) -> Iterator[tuple[str, str | None]]:
    """Yield the names of attributes in lower case, and their values."""
    for attribute in _ATTRIBUTE.finditer(attributes):
        group = attribute.lastindex or 1
        yield attribute[1].lower(), None if group == 1 else html.unescape(attribute[group])
