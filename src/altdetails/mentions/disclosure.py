"""The parts of a mention → a `Mention`: texts of limited length, and nothing about people unless they are included."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct, field

from altdetails import links
from altdetails.mention import MENTION_SCHEMA_VERSION, Mention, MentionPage
from altdetails.mentions.tab_sources import properties_of
from altdetails.page.interpret import tidied
from altdetails.record import CUT, Unread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from altdetails.record import Provenance

__all__ = ["MAX_FIELD", "MAX_NOTES", "Article", "limited", "limited_note", "mention_of", "page_line", "web_address"]

MAX_FIELD = 10_000
"""The most characters of a text of a mention. The site shows some 256."""
MAX_NOTES = 20
"""The most items of `unread` of a line."""
_MAX_NOTE = 500
_MAX_LINK = 4096
_LEFT_OUT = "text left out, because people are not included"


class Article(Struct):
    """The parts of a mention. None means that the article does not have the part, or not certainly."""

    source: str | None
    title: str | None = None
    url: str | None = None
    outlet: str | None = None
    author: str | None = None
    author_url: str | None = None
    handle: str | None = None
    followers: int | None = None
    published_at: str | None = None
    published_text: str | None = None
    text: str | None = None
    notes: list[str] = field(default_factory=list)
    """What was done that is not certain, in words of this program."""
    unread: list[str] = field(default_factory=list)
    """Texts of the article that were not read."""


def mention_of(
    article: Article, page: MentionPage, position: int, *, people: bool, notes: Iterable[str] = ()
) -> Mention:
    """Make a mention of its parts.

    Args:
        article: the parts.
        page: the line of its page.
        position: its place in the list, from 1.
        people: whether to include names, handles, followers, profiles and texts of people.
        notes: what is not certain of all mentions of the page.
    """
    known = properties_of(article.source)
    shows_all = people or not known.is_of_people
    shortened: list[str] = []

    def shown(name: str, *, is_personal: bool = True) -> str | None:
        text: str | None = getattr(article, name)
        if text is None or (is_personal and not shows_all):
            return None
        if len(text) > MAX_FIELD:
            shortened.append(f"{name} has {len(text):,} characters, and was cut to {MAX_FIELD:,}")
        return limited(text) or None

    values: dict[str, Any] = {
        "title": shown("title", is_personal=known.title_is_text),
        "outlet": shown("outlet", is_personal=False),
        "author": shown("author"),
        "handle": shown("handle"),
        "text": shown("text"),
        "published_text": shown("published_text", is_personal=False),
    }
    texts = article.unread if shows_all else [_LEFT_OUT] * bool(article.unread)
    unread = [Unread("article", limited_note(text)) for text in (*article.notes, *shortened, *notes, *texts)]
    return Mention(
        schema_version=MENTION_SCHEMA_VERSION,
        kind="mention",
        altmetric_id=page.altmetric_id,
        doi=page.doi,
        tab=page.tab,
        page=page.page,
        position=position,
        source=article.source,
        url=article.url,
        author_url=article.author_url if shows_all else None,
        followers=article.followers if shows_all else None,
        published_at=article.published_at,
        limited_access=page.limited_access,
        unread=unread[:MAX_NOTES],
        provenance=page.provenance,
        **values,
    )


def page_line(provenance: Provenance, **values: Any) -> MentionPage:  # noqa: ANN401 -- the fields of the line
    """Make the line of a page. What is not in `values` is null or empty."""
    empty: dict[str, Any] = dict.fromkeys(MentionPage.__struct_fields__)
    fixed = {"schema_version": MENTION_SCHEMA_VERSION, "kind": "page", "provenance": provenance}
    return MentionPage(**(empty | {"inconsistencies": [], "unread": []} | values | fixed))


def limited(text: str) -> str:
    """Return a text on one line, without control characters, of limited length."""
    return _cut(tidied(text), MAX_FIELD)


def limited_note(text: str) -> str:
    """Return a text for `unread`."""
    return _cut(tidied(text), _MAX_NOTE)


def web_address(href: str, *, is_wrapped: bool) -> str | None:
    """Return the address that a link leads to; None if it is not an address of the web, or too long.

    Redirects of aggregators stay as they are.

    Args:
        href: the link.
        is_wrapped: whether an archive or proxy put an address of its own around the links of the page.
    """
    address: str | None = tidied(href).strip()
    if is_wrapped and address:
        address = links.unwrap(address)
    if address and address.startswith("//"):
        address = f"https:{address}"
    with suppress(ValueError):
        parts = urlsplit(address or "")
        if address and parts.scheme in {"http", "https"} and parts.hostname and len(address) <= _MAX_LINK:
            return address
    return None


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - len(CUT)] + CUT
