"""The words of a report for outcomes, codes and parts of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from altdetails.results import Status

__all__ = ["CODES", "COVERAGE", "PART_NAMES", "UNREAD_PARTS", "group_of"]

COVERAGE = {
    "with a page": "mark",
    "not tracked by Altmetric": "outline",
    "a page, but no details page": "mark-2",
    "without an answer": "hatched",
    "no identifier": "hatched",
    "not fetched yet": "hatched",
}
"""Groups of outcomes, each with the class of its bar."""

_GROUPS: dict[str | None, str] = {
    "ok": "with a page",
    "not_tracked": "not tracked by Altmetric",
    "not_details": "a page, but no details page",
    "invalid": "no identifier",
    "no_address": "no identifier",
    None: "not fetched yet",
}


def group_of(status: Status | None) -> str:
    """Return the group of an outcome; None is for an identifier that was not fetched yet."""
    return _GROUPS.get(status, "without an answer")


PART_NAMES = {
    "score": "Attention Score",
    "mentions": "Mentions by source",
    "citations": "Citations",
    "readers": "Readers",
    "mendeley": "Mendeley tables",
    "twitter": "X users’ countries",
    "rankings": "Score in context",
    "published": "Publication date",
    "doi": "DOI",
}
"""The parts of a page, as the report names them."""

UNREAD_PARTS = {
    "header": "the heading",
    "attention": "the score panel",
    "mentions": "mentions",
    "citations": "citations",
    "readers": "readers",
    "details": "the details",
    "demographics": "the tables of users and readers",
    "context": "the score in context",
}

CODES = {
    "score_of_badge_and_sentence": "the badge and the sentence have different scores",
    "total_of_box_and_paragraph": "the box and the paragraph of a ranking have different totals",
    "rank_above_total": "a rank is larger than the number of ranked outputs",
    "rank_of_highest_scoring": "“one of the highest-scoring”, but below the tenth rank",
    "highlight_top_and_ranking_percentile": "“in the top n%” contradicts the percentile",
    "highlight_and_ranking_percentile": "two different percentiles",
    "highlight_and_ranking_rank": "two different ranks",
    "highlight_and_ranking_total": "two different numbers of ranked outputs",
    "count_and_demographics_total": "the panel’s count and the table’s total differ",
    "source_twice": "a source is listed twice with different counts; none of them is counted",
    "count_links_elsewhere": "a count links to another output",
    "table_sum_above_total": "a table adds up to more than its total",
    "doi_mismatch": "the page’s DOI is not the requested one",
    "altmetric_id_mismatch": "the page’s Altmetric id is not the requested one",
    "score_not_shown": "the badge has no score",
    "translated": "the page is translated, so some of it is not understood",
    "cut_short": "the page ends before its end",
    "shortened": "a text or list is too long and was cut",
}
"""The codes of inconsistencies in words."""
