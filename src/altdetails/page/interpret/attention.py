"""Interpret the Attention Score, the day of the last mention, and the bullets about the score."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress

from altdetails.page import words
from altdetails.page.interpret.bibliography import month
from altdetails.record import Highlight, Level, Scope, Unread

__all__ = ["highlights_of", "last_mentioned", "score_of_sentence"]

_TOP = re.compile(r"In the top (\d{1,3})% of all research outputs\b.*")
_RANK = re.compile(
    rf"(?:One of|Among) the highest-scoring outputs from this source \(#({words.NUMBER}) of ({words.NUMBER})\)"
)
_LEVEL = re.compile(
    r"(\S+) Attention Score compared to outputs of the same age(?P<source> and source)?"
    r"(?: \((\d{1,3})(?:st|nd|rd|th) percentile\))?"
)
_LEVELS: dict[str, Level] = {
    "high": "high",
    "good": "good",
    "above-average": "above_average",
    "average": "average",
}
_SCORE = re.compile(rf"Altmetric Attention Score of ({words.NUMBER}) ?\.(?=\s|$)")
_LAST_MENTIONED = re.compile(r"last mentioned on (\d{1,2}) ([A-Z][a-z]+) (\d{4})")


def score_of_sentence(context: str) -> int | None:
    """Return the score in the first sentence of the section *Attention Score in Context*, or None."""
    match = _SCORE.search(context)
    return words.to_int(match[1]) if match else None


def last_mentioned(context: str, unread: list[Unread]) -> str | None:
    """Return the day (YYYY-MM-DD) of the last mention. The score was calculated for this day.

    A sentence without a valid day is added to `unread`.
    """
    at = context.find("last mentioned ")
    if at < 0:
        return None
    match = _LAST_MENTIONED.search(context, at)
    number = month(match[2]) if match else None
    if match and number:
        with suppress(ValueError):
            return dt.date(int(match[3]), number, int(match[1])).isoformat()
    unread.append(Unread("context", context[at:].partition(". ")[0]))
    return None


def highlights_of(bullets: list[str] | None, unread: list[Unread]) -> list[Highlight] | None:
    """Interpret the bullets of *About this Attention Score*. Bullets of an unknown form are added to `unread`.

    None if the page does not show them, or if all of them have an unknown form.
    """
    if bullets is None:
        return None
    highlights = []
    for bullet in bullets:
        highlight = _highlight(bullet)
        if highlight:
            highlights.append(highlight)
        else:
            unread.append(Unread("attention", bullet))
    return highlights if highlights or not bullets else None


def _highlight(text: str) -> Highlight | None:
    top = _TOP.fullmatch(text)
    if top and (share := words.parse_percent(top[1])) is not None:
        return Highlight("all", "top_percent", None, share, None, None, None, text)
    level = _LEVEL.fullmatch(text)
    if level and level[1].lower() in _LEVELS:
        scope: Scope = "similar_age_and_source" if level["source"] else "similar_age"
        percentile = words.parse_percent(level[3]) if level[3] else None
        if level[3] is None or percentile is not None:
            return Highlight(scope, "level", _LEVELS[level[1].lower()], None, None, None, percentile, text)
    rank = _RANK.fullmatch(text)
    if rank and (place := words.to_int(rank[1])):
        return Highlight("source", "rank", None, None, place, words.to_int(rank[2]), None, text)
    return None
