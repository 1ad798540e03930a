"""Kinds of attention, their sources and names, and the colours of reports, cards and terminals.

A colour says which kind of attention a mention is, and nothing else. All other marks are slate. The colours differ for
people with any colour vision, and are not those of Altmetric's badge.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["DARK", "KINDS", "LIGHT", "TERMINAL_SLATE", "Kind", "kind_of", "name_of"]


class Kind(NamedTuple):
    """A kind of attention."""

    key: str
    label: str
    light: str
    """Its colour on white paper."""
    dark: str
    """Its colour on a dark page."""
    terminal: str
    """Its colour in a terminal: at least 3:1 on white and on black."""
    sources: tuple[str, ...]
    """The keys of its sources, as in `mentions`."""


KINDS = (
    Kind("news", "News & video", "#912a00", "#cb5d3b", "#cb5d3b", ("news", "video", "podcast")),
    Kind("blogs", "Blogs", "#ba8419", "#d9a823", "#ba8419", ("blogs",)),
    Kind(
        *("policy", "Policy, patents & teaching", "#6f45a1", "#e4bef7", "#9b6fd0"),
        ("policy", "patent", "guideline", "syllabi"),
    ),
    Kind(
        *("social", "Social media", "#198dda", "#3893e5", "#198dda"),
        ("twitter", "facebook", "bluesky", "weibo", "googleplus", "reddit", "linkedin", "pinterest", "forum"),
    ),
    Kind(
        *("reference", "Reference & review", "#297068", "#66c399", "#2f9482"),
        ("wikipedia", "q&a", "peer_reviews", "f1000", "book_reviews"),
    ),
    Kind("other", "Other", "#848a90", "#81878d", "#848a90", ("misc",)),
)
"""All kinds, in the order of stacks and glyphs. Sources that are not known are of the last kind."""

TERMINAL_SLATE = "#73899a"
"""The colour of citations and readers in a terminal."""

LIGHT = {
    **{kind.key: kind.light for kind in KINDS},
    "mark": "#34505f",
    "mark-2": "#738d9c",
    "hatch": "#868f98",
    "ink": "#1c2530",
    "soft": "#55606c",
    "link": "#1c5a86",
    "paper": "#ffffff",
    "line": "#dde2e6",
}
"""The colours of a light page, by their use."""

DARK = {
    **{kind.key: kind.dark for kind in KINDS},
    "mark": "#b4cad6",
    "mark-2": "#6d8796",
    "hatch": "#727c87",
    "ink": "#e6eaee",
    "soft": "#a3adb8",
    "link": "#8cc4ee",
    "paper": "#151a21",
    "line": "#2c343e",
}
"""The colours of a dark page, by their use."""

_NAMES = {
    "news": "News",
    "blogs": "Blogs",
    "policy": "Policy documents",
    "twitter": "X (Twitter)",
    "patent": "Patents",
    "peer_reviews": "Peer review sites",
    "weibo": "Weibo",
    "facebook": "Facebook",
    "wikipedia": "Wikipedia",
    "googleplus": "Google+",
    "reddit": "Reddit",
    "f1000": "Research highlights",
    "video": "Video",
    "q&a": "Q&A threads",
    "bluesky": "Bluesky",
    "podcast": "Podcasts",
    "guideline": "Clinical guidelines",
    "syllabi": "Syllabi",
    "linkedin": "LinkedIn",
    "pinterest": "Pinterest",
    "forum": "Forums",
    "book_reviews": "Book reviews",
    "misc": "Other sources",
    "dimensions": "Dimensions",
    "mendeley": "Mendeley",
    "citeulike": "CiteULike",
    "connotea": "Connotea",
}
_KIND_OF = {source: kind for kind in KINDS for source in kind.sources}


def kind_of(source: str) -> Kind:
    """Return the kind of attention of a source of mentions."""
    return _KIND_OF.get(source, KINDS[-1])


def name_of(source: str) -> str:
    """Return the name of a source for people; the key itself if it is not known."""
    return _NAMES.get(source, source)
