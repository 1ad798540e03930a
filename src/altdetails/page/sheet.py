"""The Sheet: the strings of a page, section by section, before they are interpreted.

The readers of HTML and of text both fill a Sheet, and one interpreter makes the record from it. `None` means that the
page does not show a section. An empty list means that the page shows it empty.
"""

from __future__ import annotations

from msgspec import Struct, field

from altdetails.page import words
from altdetails.record import PartOfPage

__all__ = ["CountEntry", "DetailRow", "GroupTable", "Panel", "Sheet"]


class CountEntry(Struct):
    """One count of the side panel: its key `policy`, its text `5 policy sources`, and the link to the mentions."""

    key: str | None
    text: str
    href: str | None = None


class DetailRow(Struct):
    """One row of the details table."""

    label: str
    paragraphs: list[str]
    href: str | None = None


class GroupTable(Struct):
    """One demographics table: the heading of its first column, and the cells of its rows."""

    head: str
    rows: list[tuple[str, ...]]


class Panel(Struct):
    """One demographics section: its sentence about the source of the data, and its tables."""

    sentence: str | None = None
    tables: list[GroupTable] = field(default_factory=list)


class Sheet(Struct):
    """The strings of a page. The fields are in the page's order."""

    addresses: list[str] = field(default_factory=list)
    """The page's own addresses, the most reliable first."""
    heading: str | None = None
    publisher_url: str | None = None
    tagline: str | None = None
    badge_scores: list[str] = field(default_factory=list)
    badge_without_score: bool = False
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
    """Text that the reader does not recognise, with its part of the page."""
    by_words: list[str] = field(default_factory=list)
    """The sections without a landmark that were found by their words, by their names in the sheet."""
    not_read: list[str] = field(default_factory=list)
    """The sections whose words are on the page, but which could not be read, by their names in the sheet."""
    cut_short: bool = False
    """Whether the page is truncated."""
    translated: bool = False
    """Whether the page is not in its own language, so its headings and sentences are not certain."""

    has_more_notices: bool = False
    """Whether the page has more notices than the sheet takes."""

    def add_notice(self, text: str, above: str = "") -> None:
        """Add a notice that the sheet does not have yet, once if it is repeated in its line.

        It goes on from the line above it, if that is a notice and broken at a width. Instead of more than 50, add one
        leftover.
        """
        is_broken = len(above) > _MIN_BROKEN and not above.endswith((".", "!", "?"))
        last = self.notices[-1] if self.notices else ""
        if is_broken and last.endswith(above) and len(last) < _MAX_BROKEN:
            text = f"{self.notices.pop()} {text}"
        half = len(text) // 2
        if text[:half].strip() == text[half:].strip() and half > _MIN_REPEATED:
            text = text[:half].strip()
        if text in self.notices or self.has_more_notices or words.LINK_OF_SENTENCE.fullmatch(text):
            return
        if len(self.notices) < _MAX_NOTICES:
            self.notices.append(text)
        else:
            self.has_more_notices = True
            self.leftovers.append(("details", f"more than {_MAX_NOTICES} notices"))


_MAX_NOTICES = 50
_MIN_BROKEN = 50
"""The least characters of a line that a tool broke."""
_MAX_BROKEN = 2000
"""The most characters of a notice to which lines are added."""
_MIN_REPEATED = 20
"""The least characters of a notice that a tool wrote twice on one line."""
