"""Check that values which appear twice on a page agree, and that texts have the letters of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import attrgetter

from altdetails.identifiers import linked_id
from altdetails.page.interpret.counts import Counts
from altdetails.record import Count, Demographics, Group, Highlight, Inconsistency, Ranking

__all__ = ["of_counts", "of_demographics", "of_letters", "of_rankings"]


_LAST_OF_HIGHEST = 10
"""The last rank that the site calls "one of the highest-scoring". Beyond it, it says "among the highest-scoring"."""


def of_counts(counts_by_section: Counts, own_id: int | None) -> Iterator[Inconsistency]:
    """Check that a section has every source only once, and that its links lead to the page's own output."""
    for counts in counts_by_section.values():
        first: dict[str, Count] = {}
        for count in counts or ():
            if count.source in first:
                values = [str(first[count.source].count), str(count.count)]
                yield Inconsistency("source_twice", count.source, values)
            first.setdefault(count.source, count)
            linked = linked_id(count.url or "")
            if linked is not None and own_id is not None and linked != own_id:
                yield Inconsistency("count_links_elsewhere", count.source, [str(own_id), str(linked)])


_MISREAD = re.compile(
    "[ÂÃÐÑ][\u0080-\u00aa\u00ac-\u00ba\u00bc-\u00bf]|â[\u0080-\u00aa\u00ac-\u00ba\u00bc-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ]|\ufffd"
)
"""UTF-8 that was read in another encoding: `Ã©`, `â€`. Or the sign for a letter that is lost."""


def of_letters(texts: dict[str, str | None]) -> Iterator[Inconsistency]:
    """Check that texts have no letters that a program read in another encoding, or lost.

    Args:
        texts: the texts, by their fields.
    """
    for field, text in texts.items():
        if text and not text.isascii() and (letters := _MISREAD.search(text)):
            yield Inconsistency("misread_letters", field, [letters[0]])


def of_rankings(highlights: list[Highlight] | None, rankings: list[Ranking] | None) -> Iterator[Inconsistency]:
    """Compare bullets with rankings, and ranks with totals."""
    by_scope = {ranking.scope: ranking for ranking in rankings or ()}
    for ranking in by_scope.values():
        if ranking.rank is not None and ranking.total is not None and ranking.rank > ranking.total:
            yield Inconsistency("rank_above_total", ranking.scope, [str(ranking.rank), str(ranking.total)])
    for highlight in highlights or ():
        if (highlight.rank or 0) > _LAST_OF_HIGHEST and highlight.text.startswith("One of "):
            yield Inconsistency(
                "rank_of_highest_scoring", highlight.scope, [str(_LAST_OF_HIGHEST), str(highlight.rank)]
            )
        ranking_of_scope = by_scope.get(highlight.scope)
        if ranking_of_scope is None:
            continue
        top, percentile = highlight.top_percent, ranking_of_scope.percentile
        if top is not None and percentile is not None and percentile < 100 - top:
            yield Inconsistency("highlight_top_and_ranking_percentile", highlight.scope, [str(top), str(percentile)])
        for code, first, second in _pairs(highlight, ranking_of_scope):
            if first is not None and second is not None and first != second:
                yield Inconsistency(code, highlight.scope, [str(first), str(second)])


def _pairs(highlight: Highlight, ranking: Ranking) -> tuple[tuple[str, int | None, int | None], ...]:
    percentile = ranking.percentile if ranking.percentile is not None else ranking.higher_than_percent
    return (
        ("highlight_and_ranking_percentile", highlight.percentile, percentile),
        ("highlight_and_ranking_rank", highlight.rank, ranking.rank),
        ("highlight_and_ranking_total", highlight.total, ranking.total),
    )


def of_demographics(
    demographics: Demographics | None, mentions: list[Count] | None, readers: list[Count] | None
) -> Iterator[Inconsistency]:
    """Compare the counts of the side panel with the totals of the demographics, and tables with their totals."""
    if demographics is None:
        return
    twitter, mendeley = demographics.twitter, demographics.mendeley
    if twitter is not None:
        yield from _totals("twitter", mentions, twitter.total)
        yield from _sums("twitter", twitter.total, countries=twitter.countries, types=twitter.types)
    if mendeley is not None:
        yield from _totals("mendeley", readers, mendeley.total)
        yield from _sums(
            "mendeley",
            mendeley.total,
            countries=mendeley.countries,
            statuses=mendeley.statuses,
            disciplines=mendeley.disciplines,
        )


def _totals(source: str, counts: list[Count] | None, total: int | None) -> Iterator[Inconsistency]:
    for count in counts or ():
        if count.source == source and total is not None and count.count != total:
            yield Inconsistency("count_and_demographics_total", source, [str(count.count), str(total)])


_count_of = attrgetter("count")


def _sums(source: str, total: int | None, **tables: list[Group] | None) -> Iterator[Inconsistency]:
    for name, groups in tables.items():
        if groups and total is not None and (table_sum := sum(map(_count_of, groups))) > total:
            yield Inconsistency("table_sum_above_total", f"{source}.{name}", [str(table_sum), str(total)])
