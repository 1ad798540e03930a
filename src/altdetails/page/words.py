"""The fixed words of the pages: headings, labels, openings of sentences. Everything that is matched is named here."""

from __future__ import annotations

import re

__all__ = [
    "ABOUT",
    "ANY_COUNT",
    "A_LABEL",
    "BADGE",
    "BOX_LABEL",
    "BULLET",
    "CITATIONS",
    "COLUMN_HEADS",
    "CONTEXT",
    "CONTEXT_OPENING",
    "KEY_OF_UNIT",
    "LABELS",
    "LABELS_OF_PARAGRAPHS",
    "LIMITED_ACCESS",
    "MENDELEY",
    "MENDELEY_SENTENCE",
    "MENTIONED_BY",
    "NUMBER",
    "OVERVIEW",
    "READERS_ON",
    "STANDS_ALONE",
    "STANDS_ALONE_UTF8",
    "SUBHEADINGS",
    "TABLE_ROW",
    "TIMELINE",
    "TWITTER",
    "TWITTER_SENTENCE",
    "canonical",
    "number",
    "percent",
    "singular",
    "value",
]

ABOUT = "About this Attention Score"
BADGE = "Altmetric Badge"
MENTIONED_BY = "Mentioned by"
CITATIONS = "Citations"
READERS_ON = "Readers on"
TWITTER = frozenset({"X Demographics", "Twitter Demographics"})
MENDELEY = "Mendeley readers"
CONTEXT = "Attention Score in Context"
TIMELINE = "Timeline"
SUBHEADINGS = frozenset({"Geographical breakdown", "Demographic breakdown"})

OVERVIEW = "Overview of attention for "
LIMITED_ACCESS = "You are seeing a free-to-access but limited selection"
TWITTER_SENTENCE = "collected from the profile"
MENDELEY_SENTENCE = "compiled from readership statistics"
CONTEXT_OPENING = "This research output has an Altmetric Attention Score of"

LABELS = frozenset(
    {
        "Title",
        "Chapter title",
        "Chapter number",
        "Book title",
        "Published in",
        "Published by",
        "DOI",
        "Pubmed ID",
        "PubMed ID",
        "arXiv ID",
        "Book ISBNs",
        "ISBNs",
        "ISBN",
        "Handle",
        "Clinical trial ID",
        "Authors",
        "Editors",
        "Abstract",
        "Description",
    }
)
"""First cells of the details table that the interpreter knows."""

LABELS_OF_PARAGRAPHS = frozenset({"Authors", "Editors", "Abstract", "Description"})
"""Labels whose value can have more than one paragraph."""

A_LABEL = "|".join(sorted(LABELS, key=len, reverse=True))
COLUMN_HEADS = frozenset({"Country", "Type", "Readers by professional status", "Readers by discipline"})
"""First column heads of the demographics tables."""

STANDS_ALONE = LABELS | TWITTER | SUBHEADINGS | COLUMN_HEADS | {
    ABOUT, BADGE, MENTIONED_BY, CITATIONS, READERS_ON, MENDELEY, CONTEXT, TIMELINE
}  # fmt: skip
"""Lines that hold one heading or label and nothing else."""

_CANONICAL = {form: line for line in STANDS_ALONE for form in (line.upper(), f"{line}:", f"{line}:".upper())}

STANDS_ALONE_UTF8 = frozenset(line.encode() for line in STANDS_ALONE)

KEY_OF_UNIT = {
    "news outlet": "news",
    "blog": "blogs",
    "policy source": "policy",
    "x user": "twitter",
    "tweeter": "twitter",
    "patent": "patent",
    "peer review site": "peer_reviews",
    "weibo user": "weibo",
    "facebook page": "facebook",
    "wikipedia page": "wikipedia",
    "google+ user": "googleplus",
    "redditor": "reddit",
    "research highlight platform": "f1000",
    "youtube creator": "video",
    "video uploader": "video",
    "q&a thread": "q&a",
    "bluesky user": "bluesky",
    "dimension": "dimensions",
    "mendeley": "mendeley",
    "citeulike": "citeulike",
    "connotea": "connotea",
}
"""Altmetric's key by the unit's words in the singular, for text that lost its keys."""


def canonical(line: str) -> str:
    """A heading or label in the form that the tables above have, where a text has it in capitals or with a colon."""
    return _CANONICAL.get(line, line)


def percent(text: str) -> int | None:
    """A whole percent, 0 to 100; None for anything else."""
    value = number(text)
    return value if value is not None and value <= 100 else None  # noqa: PLR2004


def singular(unit: str) -> str:
    """A unit's words in lower case, without the plural's ending."""
    return unit.lower().removesuffix("s")


NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
ANY_COUNT = re.compile(rf"({NUMBER}) (\S.*)")
TABLE_ROW = re.compile(rf"(\S.*?)\s+({NUMBER})\s+(<\s?1%|\d+%)")
BULLET = re.compile(
    r"In the top \d+% of all research outputs|(?:One of|Among) the highest-scoring outputs from this source"
    r"|\S+ Attention Score compared to outputs of the same age"
)
BOX_LABEL = re.compile(r"All research outputs|Outputs (?:of similar age from |of similar age|from )")

_WHOLE_NUMBER = re.compile(NUMBER)
_LONGEST_NUMBER = 15


def number(text: str) -> int | None:
    """The whole number that a text writes, with or without thousands commas.

    None where it is something else, for instance `1.5k`, `1 234` or `12,34`, or absurdly long.
    """
    if len(text) > _LONGEST_NUMBER:
        return None
    if text.isdigit() and text.isascii():
        return int(text)
    return value(text) if _WHOLE_NUMBER.fullmatch(text) else None


def value(digits: str) -> int | None:
    """The whole number that a match of `NUMBER` writes; None where it is absurdly long."""
    return int(digits.replace(",", "")) if len(digits) <= _LONGEST_NUMBER else None
