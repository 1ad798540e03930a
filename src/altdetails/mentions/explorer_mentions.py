"""The mentions that Altmetric Explorer exports as CSV → mentions, after a line about the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from altdetails import identifiers
from altdetails.answers.explorer import mentions_in
from altdetails.errors import IdentifierError
from altdetails.mentions.answer_posts import POST_ADDRESS
from altdetails.mentions.disclosure import Article, mention_of, page_line, web_address
from altdetails.mentions.published import published
from altdetails.mentions.tab_sources import has_clock, properties_of, source_of_class
from altdetails.page.flow import on_one_line
from altdetails.page.source import address_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.mention import Mention, MentionPage
    from altdetails.record import Provenance

__all__ = ["mentions_in_table"]

_UNIT = re.compile(
    r" (?:stor(?:y|ies)|posts?|episodes?|documents?|pages?|mentions?|articles?|reviews?|videos?|reposts?|quotes?)\Z",
    re.IGNORECASE,
)
_SOURCES = {"tweet": "twitter", "retweet": "twitter", "x": "twitter", "peer": "peer_reviews", "clinical": "guideline"}
_NUMBER = re.compile(r"[0-9]{5,20}")


def mentions_in_table(content: bytes, provenance: Provenance, *, people: bool) -> Iterator[MentionPage | Mention]:
    """Yield the mentions in a table of Altmetric Explorer, after a line with their number.

    Args:
        content: the table.
        provenance: copied to each line.
        people: whether to include people, as in `read_tab`.
    """
    rows = mentions_in(content)
    yield page_line(provenance, rows=len(rows), ended=True)
    for place, row in enumerate(rows, 1):
        address = address_of(row.get("details page url", ""))
        line = page_line(provenance, altmetric_id=address.altmetric_id if address else None, doi=_doi(row.get("doi")))
        yield mention_of(_article(row), line, place, people=people)


def _doi(cell: str | None) -> str | None:
    try:
        return identifiers.doi(cell) if cell and cell.strip() else None
    except IdentifierError:
        return None


def _article(row: dict[str, str]) -> Article:
    kind = on_one_line(row.get("mention type", ""))
    source = source_of_mention_type(kind)
    known = properties_of(source)
    read = Article(source)
    if source is None:
        read.notes.append(f"unknown type of mention {kind[:100]!r}")
    name = on_one_line(row.get("outlet or author", "")) or None
    if known.name_is == "outlet":
        read.outlet = name
    elif source == "twitter" and name and _NUMBER.fullmatch(name):
        read.unread.append(f"number of the user: {name}")
    else:
        read.author = name
    read.title = on_one_line(row.get("mention title", "")) or None
    link = row.get("mention url", "").strip()
    read.url = web_address(link, is_wrapped=False) if link else None
    if link and read.url is None:
        read.unread.append(f"link {link}"[:500])
    number = row.get("external mention id", "").strip()
    if read.url is None and source == "twitter" and _NUMBER.fullmatch(number):
        read.notes.append("the address is made from the number of the post")
        read.url = POST_ADDRESS.format(number)
    _add_time(read, on_one_line(row.get("mention date", "")), source)
    return read


def _add_time(read: Article, cell: str, source: str | None) -> None:
    if not cell:
        return
    read.published_text = cell
    without_zone = published(cell, None, has_clock=has_clock(source, properties_of(source)))
    when = without_zone if without_zone.at else published(None, cell, has_clock=False)
    read.published_at = when.at
    if when.at is None or without_zone.doubt:
        read.notes.append(without_zone.doubt or f"mention date: {cell[:100]}")


def source_of_mention_type(kind: str) -> str | None:
    """Return the key of the source that a type of mention names: `News story`, `X Post`, `Podcast episode`."""
    name = kind.lower()
    short = _UNIT.sub("", name)
    return source_of_class([name]) or source_of_class([short]) or _SOURCES.get(short)
