"""The facts of a details page. The page and its expected record are both made from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Form = Literal["top", "most", "lower", "higher", "count"]
ScopeName = Literal["all", "source", "similar_age", "similar_age_and_source"]
LevelName = Literal["high", "good", "above_average", "average"]


@dataclass(frozen=True)
class Published:
    """A date with the precision and the wording of the page."""

    text: str
    year: int | None
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True)
class Tally:
    """A count of the sidebar. `known` is false for a key that the parser cannot know."""

    key: str
    count: int
    unit: str
    known: bool = True


@dataclass(frozen=True)
class Row:
    """A row of a demographics table. The page shows 0 percent of a count above 0 as `<1%`."""

    name: str
    count: int
    percent: int


@dataclass(frozen=True)
class Profiles:
    """The X (Twitter) demographics. A section can have its sentence without a table."""

    total: int
    countries: tuple[Row, ...] | None
    types: tuple[Row, ...] | None


@dataclass(frozen=True)
class Readers:
    """The Mendeley demographics."""

    total: int
    countries: tuple[Row, ...] | None
    statuses: tuple[Row, ...] | None
    disciplines: tuple[Row, ...] | None


@dataclass(frozen=True)
class Bullet:
    """A bullet of About this Attention Score: a top percentage, a rank in the source, or a level in a scope."""

    scope: ScopeName
    top: int | None = None
    rank: int | None = None
    total: int | None = None
    level: LevelName | None = None
    percentile: int | None = None


@dataclass(frozen=True)
class Verdict:
    """The end of a ranking's paragraph.

    `top`: in the Pth percentile, in the top T%; `most`: more attention than most, in the Pth percentile; `lower`: in
    the Pth percentile, P% scored the same or lower; `higher`: scoring higher than P%; `count`: higher than K of them.
    """

    form: Form
    value: int
    top: int | None = None


@dataclass(frozen=True)
class Rank:
    """One scope of the section Attention Score in Context. Without a rank, the page shows the prose but no block."""

    scope: ScopeName
    rank: int | None
    total: int
    verdict: Verdict
    typical: str = ""
    mean: float | None = None


@dataclass(frozen=True)
class Style:
    """The style of a page's markup. It does not change the facts."""

    doubled: bool = True
    """Whether demographics and context headings are printed twice."""
    badge: str = "url(https://badges.altmetric.com/?{query})"
    ampersand: str = "&amp;"
    one_list: bool = True
    """Whether all counts of a block share one `dl`."""
    separators: bool = False
    """Whether numbers in the sidebar have commas between thousands."""
    absolute: bool = False
    """Whether links have a scheme and host."""
    charset: str = "UTF-8"
    timeline: bool = False
    years: Literal["x", "twitter"] = "x"
    """The name of the network in headings and sentences."""
    before: str = ""
    """Markup before the header, for example a navigation with the counts of other pages."""
    after: str = ""
    """Markup after the record."""
    head: str = ""
    in_panel: str = ""
    """Markup between the details table and the demographics."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts of one page. `None` is a value or block that the page does not show."""

    id: int
    title: str
    host: str = "www.altmetric.com"
    book: int | None = None
    brand: tuple[str, ...] = ()
    type: str = "article"
    title_markup: str | None = None
    """The title as HTML, if it contains tags or unescaped characters."""
    heading: str | None = None
    """The text of the heading, if it differs from the title."""
    publisher_url: str | None = None
    source: str | None = None
    published: Published | None = None
    doi: str | None = None
    pmid: str | None = None
    isbns: tuple[str, ...] = ()
    authors: tuple[str, ...] | None = None
    authors_text: str | None = None
    """The authors as shown, if they are not `authors` joined by commas."""
    editors: tuple[str, ...] | None = None
    abstract: tuple[str, ...] | None = None
    """Paragraphs."""
    abstract_markup: tuple[str, ...] | None = None
    """The paragraphs as HTML, if they contain tags."""
    book_title: str | None = None
    chapter_number: int | None = None
    unknown_rows: tuple[tuple[str, str], ...] = ()
    """Rows of the details table with labels that the parser cannot know."""
    score: int | None = None
    bullets: tuple[Bullet, ...] | None = None
    mentions: tuple[Tally, ...] | None = None
    citations: tuple[Tally, ...] | None = None
    readers: tuple[Tally, ...] | None = None
    twitter: Profiles | None = None
    mendeley: Readers | None = None
    last_mentioned: Published | None = None
    ranks: tuple[Rank, ...] | None = None
    limited: bool = False
    notices: tuple[str, ...] = ()
    """Boxes above the details table."""
    twitter_notice: str | None = None
    style: Style = field(default=Style())

    @property
    def path(self) -> str:
        """Path of the details page on its host."""
        return f"/details/{self.id}" if self.book is None else f"/details/{self.book}/chapter/{self.id}"

    @property
    def url(self) -> str:
        """Address of the details page."""
        return f"https://{self.host}{self.path}"

    @property
    def shown_authors(self) -> str | None:
        """The authors as the page shows them."""
        if self.authors_text is not None:
            return self.authors_text
        return None if self.authors is None else ", ".join(self.authors)
