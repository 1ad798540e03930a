"""Four common text layouts of details pages, written from facts.

A has plain lines, like those of resiliparse 0.16. B has no keys of counts and lacks some labels. C is a table with
pipes, without heading and sidebar. D is only the ranking section.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .model import Facts, Row, Tally

MORE = "Click here to find out more."
COMPILED = "Click here to find out more about how the information was compiled."
RECORD = "Click here to see the associated Mendeley record."
GONE_FROM_B = {"Title", "Authors", "Abstract", "Citations"}
NAVIGATION = ("Summary", "News", "Blogs", "Policy documents", "X", "Facebook", "Wikipedia", "Dimensions citations")
STATUS, DISCIPLINE = "Readers by professional status", "Readers by discipline"


def layout_a(facts: Facts) -> str:
    """Return plain lines with all keys and labels, without X tables."""
    return _text(
        "↓ Skip to main content",
        "",
        facts.title,
        "",
        wording.tagline(facts),
        "Altmetric Badge",
        "",
        *_bullets(facts),
        *_counts("Mentioned by", facts.mentions),
        *_counts("Citations", facts.citations),
        *_counts("Readers on", facts.readers, end=()),
        *_details(facts),
        *_twitter(facts),
        *_mendeley(facts),
        *_context(facts, blocks=True),
    )


def layout_b(facts: Facts) -> str:
    """Return layout A with blank lines in place of the keys and some words."""
    keys = {tally.key for block in (facts.mentions, facts.citations, facts.readers) for tally in block or ()}
    gone = keys | GONE_FROM_B
    return _text(*("" if line in gone else line for line in layout_a(facts).split("\n")))


def layout_c(facts: Facts) -> str:
    """Return a table with pipes after some navigation, without heading and sidebar."""
    return _text(
        *NAVIGATION,
        f"{wording.LIMITED} {MORE}",
        *_piped_details(facts),
        "Timeline",
        "X Demographics",
        "".join(_around(wording.profiles(facts), facts.twitter and facts.twitter.total)) + f" {COMPILED}",
        *([facts.twitter_notice] * 2 if facts.twitter_notice else ()),
        "Geographical breakdown",
        *_piped("Country", facts.twitter and facts.twitter.countries),
        "Demographic breakdown",
        *_piped("Type", facts.twitter and facts.twitter.types),
        "Mendeley readers",
        "".join(_around(wording.readers(_total(facts)), _total(facts))) + f" {RECORD}",
        "Geographical breakdown",
        *_piped("Country", facts.mendeley and facts.mendeley.countries),
        "Demographic breakdown",
        *_piped(STATUS, facts.mendeley and facts.mendeley.statuses),
        *_piped(DISCIPLINE, facts.mendeley and facts.mendeley.disciplines),
        "Attention Score in Context",
        *_context(facts, blocks=True, headed=False),
    )


def layout_d(facts: Facts, *, blocks: bool = True) -> str:
    """Return only the ranking section, with or without its blocks."""
    return _text(*_context(facts, blocks=blocks, headed=False))


def _text(*lines: str) -> str:
    return "\n".join(lines)


def _bullets(facts: Facts) -> Iterator[str]:
    if facts.bullets is not None:
        yield from ("About this Attention Score", "")
        yield from (f"  • {wording.bullet(bullet)}" for bullet in facts.bullets)
        yield ""


def _counts(heading: str, tallies: Sequence[Tally] | None, end: tuple[str, ...] = ("",)) -> Iterator[str]:
    if tallies is None:
        return
    yield from (heading, "")
    for tally in tallies:
        yield from (tally.key, f"{tally.count} {tally.unit}")
    yield from end


def _details(facts: Facts) -> Iterator[str]:
    if facts.limited:
        yield f"{wording.LIMITED} {MORE}"
    yield from ("Title", facts.title, "Published in", wording.published_in(facts), f"DOI {facts.doi}")
    if facts.pmid:
        yield "Pubmed ID"
    if facts.shown_authors:
        yield from ("Authors", "", facts.shown_authors, "")
    if facts.abstract:
        yield from ("Abstract", "")
        for paragraph in facts.abstract:
            yield from (paragraph, "")


def _twitter(facts: Facts) -> Iterator[str]:
    if facts.twitter is not None:
        name = {"x": "X", "twitter": "Twitter"}[facts.style.years]
        yield from _heading(f"{name} Demographics", doubled=facts.style.doubled)
        yield "".join(_around(wording.profiles(facts), facts.twitter.total)) + f" {COMPILED}"


def _mendeley(facts: Facts) -> Iterator[str]:
    group = facts.mendeley
    if group is not None:
        yield from _heading("Mendeley readers", doubled=facts.style.doubled)
        yield "".join(_around(wording.readers(group.total), group.total)) + f" {RECORD}"
        yield from ("", "Geographical breakdown", "", *_plain("Country", group.countries), "")
        yield from ("Demographic breakdown", "", *_plain(STATUS, group.statuses))
        yield from _plain(DISCIPLINE, group.disciplines)


def _heading(text: str, *, doubled: bool) -> Iterator[str]:
    yield from (text, "", text, "") if doubled else (text, "")


def _context(facts: Facts, *, blocks: bool, headed: bool = True) -> Iterator[str]:
    if facts.ranks is None:
        return
    yield from _heading("Attention Score in Context", doubled=facts.style.doubled) if headed else ()
    yield re.sub("<[^>]+>", "", wording.score_sentence(facts))
    for rank in facts.ranks if blocks else ():
        yield from (wording.label(facts, rank), f"#{rank.rank:,}", f"of {rank.total:,} outputs")
    yield from (wording.paragraph(rank) for rank in facts.ranks)


def _total(facts: Facts) -> int:
    return facts.mendeley.total if facts.mendeley else 0


def _around(sentence: tuple[str, str], total: int | None) -> Iterable[str]:
    start, end = sentence
    return (start, str(total), end)


def _cells(rows: Sequence[Row] | None) -> Iterator[tuple[str, str, str]]:
    for row in rows or ():
        yield row.name, f"{row.count:,}", "<1%" if row.count and not row.percent else f"{row.percent}%"


def _plain(name: str, rows: Sequence[Row] | None) -> Iterator[str]:
    yield f"{name} Count As %"
    yield from (" ".join(cells) for cells in _cells(rows))


def _piped(name: str, rows: Sequence[Row] | None) -> Iterator[str]:
    yield from (f"{name} | Count | As % |", "|---|---|---|")
    yield from (" | ".join(cells) + " |" for cells in _cells(rows))


def _piped_details(facts: Facts) -> Iterator[str]:
    yield from ("Title |", f"{facts.title} |", "|---|---|")
    yield from ("Published in |", f"{wording.published_in(facts)} |")
    yield from (f"DOI | {facts.doi} |", "Pubmed ID | |")
    yield from ("Authors |", f"{facts.shown_authors} |")
    *first, last = facts.abstract or ("",)
    yield from ("Abstract |", *first, f"{last} |")
