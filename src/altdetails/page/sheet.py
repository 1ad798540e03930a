"""The Sheet: what a page says, section by section, as strings, before any meaning.

Both readers fill a Sheet, one interpreter understands it. `None` is a section that the page does not show, an empty
list one that it shows empty.
"""

from __future__ import annotations

from msgspec import Struct, field

from altdetails.record import PartOfPage

__all__ = ["CountEntry", "DetailRow", "GroupTable", "Panel", "Sheet"]


class CountEntry(Struct):
    """One count of the side panel: `policy` / `5 policy sources` / the address of the list."""

    key: str | None
    text: str
    href: str | None = None


class DetailRow(Struct):
    """One row of the details table."""

    label: str
    paragraphs: list[str]
    href: str | None = None


class GroupTable(Struct):
    """One demographics table: the head of its first column, and its rows as cells."""

    head: str
    rows: list[tuple[str, ...]]


class Panel(Struct):
    """One demographics section: the sentence that says whose data it shows, and its tables."""

    sentence: str | None = None
    tables: list[GroupTable] = field(default_factory=list)


class Sheet(Struct):
    """A page's strings. Fields stand in the page's order."""

    addresses: list[str] = field(default_factory=list)
    """Addresses that the page gives for itself, the most trustworthy first."""
    heading: str | None = None
    publisher_url: str | None = None
    tagline: str | None = None
    badge_scores: list[str] = field(default_factory=list)
    bullets: list[str] | None = None
    mentions: list[CountEntry] | None = None
    citations: list[CountEntry] | None = None
    readers: list[CountEntry] | None = None
    details: list[DetailRow] | None = None
    twitter: Panel | None = None
    mendeley: Panel | None = None
    context: list[str] | None = None
    limited_access: bool = False
    notices: list[str] = field(default_factory=list)
    leftovers: list[tuple[PartOfPage, str]] = field(default_factory=list)
    """Part of the page and text that no rule of the reader placed."""
    cut_short: bool = False
    """Whether the page ends before its end."""

    def add_notice(self, text: str) -> None:
        """Keep a notice, once; no page has more than a few."""
        if len(self.notices) < _MOST_NOTICES and text not in self.notices:
            self.notices.append(text)


_MOST_NOTICES = 50
