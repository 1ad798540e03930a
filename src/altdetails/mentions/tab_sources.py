"""The sources of mentions: their tabs, what the name in a mention is, and whether the markup is confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from altdetails.page.words import key_of_source

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SUMMARY_INSTEAD", "UNKNOWN", "TabSource", "has_clock", "properties_of", "source_of_class", "source_of_tab"]

SUMMARY_INSTEAD = "the summary of the output instead of a list of mentions"
"""What is unread in the line of a page that the site does not have."""


class TabSource(NamedTuple):
    """What is known about the mentions of a source."""

    tab: str | None
    """The name of its tab in addresses."""
    name_is: Literal["outlet", "author", "either"]
    """What the name in a mention is: an organisation, a person, or either."""
    is_confirmed: bool = False
    """Whether the markup of its mentions is known from more than one reader of the site."""
    title_is_text: bool = False
    """Whether a title would be the words of a person, as in posts."""

    @property
    def is_of_people(self) -> bool:
        """Whether its mentions are the words of private people."""
        return self.name_is != "outlet"


UNKNOWN = TabSource(None, "either", title_is_text=True)
"""A source that is not known. Its names can be those of people."""

_SOURCES = {
    "news": TabSource("news", "outlet", is_confirmed=True),
    "blogs": TabSource("blogs", "outlet", is_confirmed=True),
    "policy": TabSource("policy-documents", "outlet"),
    "patent": TabSource("patents", "outlet"),
    "f1000": TabSource("f1000", "outlet"),
    "guideline": TabSource("guidelines", "outlet"),
    "podcast": TabSource("podcasts", "outlet"),
    "syllabi": TabSource("syllabi", "outlet"),
    "book_reviews": TabSource("book-reviews", "outlet"),
    "peer_reviews": TabSource("peer-reviews", "either"),
    "reddit": TabSource("reddit", "either"),
    "twitter": TabSource("twitter", "author", is_confirmed=True, title_is_text=True),
    "bluesky": TabSource("bluesky", "author", title_is_text=True),
    "facebook": TabSource("facebook", "author", is_confirmed=True),
    "googleplus": TabSource("google", "author", is_confirmed=True, title_is_text=True),
    "wikipedia": TabSource("wikipedia", "author", is_confirmed=True),
    "video": TabSource("video", "author"),
    "q&a": TabSource("q&a", "author"),
    "weibo": TabSource("weibo", "author", title_is_text=True),
    "pinterest": TabSource("pinterest", "author", title_is_text=True),
    "linkedin": TabSource("linkedin", "author", title_is_text=True),
    "forum": TabSource("forum", "author"),
    "misc": TabSource("misc", "either"),
}
_KEY_OF_TAB = {source.tab: key for key, source in _SOURCES.items()}


def properties_of(source: str | None) -> TabSource:
    """Return what is known about a source, by its key in the counts of a record."""
    return _SOURCES.get(source or "", UNKNOWN)


def has_clock(source: str | None, known: TabSource) -> bool:
    """Whether a source gives the time of day of each mention, so that midnight is a time and not only a day."""
    return known.name_is == "author" or source == "reddit"


def source_of_tab(tab: str | None) -> str | None:
    """Return the key of the source of a tab; None for a tab that is not known."""
    return tab and (_KEY_OF_TAB.get(tab) or _known(key_of_source(tab)))


def source_of_class(names: Iterable[str]) -> str | None:
    """Return the key of the source that the classes of a mention name; None if they do not."""
    return next(filter(None, (_known(key_of_source(name)) for name in names if name != "post")), None)


def _known(key: str | None) -> str | None:
    return key if key in _SOURCES else None
