"""The fixed words of the pages: headings, labels, openings of sentences."""

from __future__ import annotations

import re
from itertools import chain

__all__ = [
    "ABOUT",
    "ANY_COUNT",
    "A_LABEL",
    "BADGE",
    "BOX_LABEL",
    "BULLET",
    "BUTTONS",
    "CITATIONS",
    "COLUMN_HEADS",
    "CONTEXT",
    "CONTEXT_OPENING",
    "LABELS",
    "LABELS_OF_ABSTRACTS",
    "LABELS_OF_PARAGRAPHS",
    "LABELS_OF_TITLES",
    "LIMITED_ACCESS",
    "LINK_OF_SENTENCE",
    "MENDELEY",
    "MENDELEY_SENTENCE",
    "MENTIONED_BY",
    "NAMES_OF_SOURCES",
    "NUMBER",
    "OTHER_HEADINGS",
    "OVERVIEW",
    "PARTS_OF_LABELS",
    "READERS_ON",
    "SINGLE_LINES",
    "SINGLE_LINES_UTF8",
    "STARTS_OF_LABELS",
    "SUBHEADINGS",
    "TABLE_ROW",
    "TIMELINE",
    "TWITTER",
    "TWITTER_SENTENCE",
    "agree",
    "begins_with_unit",
    "is_unit",
    "key_of_source",
    "normalise",
    "parse_number",
    "parse_percent",
    "to_int",
    "to_singular",
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
"""Labels of the details table: the known texts of its first column."""

PARTS_OF_LABELS = {tuple(label.split(" ", 1)): label for label in LABELS if " " in label}
"""Labels of several words, by their first word and the rest: narrow columns break them there."""
STARTS_OF_LABELS = frozenset(first for first, _ in PARTS_OF_LABELS)

LABELS_OF_TITLES = frozenset({"Title", "Chapter title", "Book title"})
LABELS_OF_ABSTRACTS = frozenset({"Abstract", "Description"})
LABELS_OF_PARAGRAPHS = LABELS_OF_ABSTRACTS | {"Authors", "Editors"}
"""Labels of rows that can have several paragraphs."""

A_LABEL = "|".join(sorted(LABELS, key=len, reverse=True))
COLUMN_HEADS = frozenset({"Country", "Type", "Readers by professional status", "Readers by discipline"})
"""Headings of the first column of the demographics tables."""

SINGLE_LINES = LABELS | TWITTER | SUBHEADINGS | COLUMN_HEADS | {
    ABOUT, BADGE, MENTIONED_BY, CITATIONS, READERS_ON, MENDELEY, CONTEXT, TIMELINE
}  # fmt: skip
"""Headings and labels that are on a line of their own."""

BUTTONS = frozenset({"View on publisher site", "Alert me about new mentions"})
"""Texts of buttons."""

LINK_OF_SENTENCE = re.compile(r"Click here to (?:find out more|see the associated Mendeley record)\b[^.]{0,80}\.")
"""A link at the end of a fixed sentence, which can be left without it."""

OTHER_HEADINGS = frozenset({"Altmetric Attention Digest", "Table of Contents", "Book Overview"})
"""Headings of sections after the details that are not read."""

_CANONICAL = {form: line for line in SINGLE_LINES for form in (line.upper(), f"{line}:", f"{line}:".upper())}

SINGLE_LINES_UTF8 = frozenset(line.encode() for line in SINGLE_LINES)

_OTHER_KEYS = {
    "news": ("msm",),
    "blogs": ("feed",),
    "policy": ("policies", "policie"),
    "twitter": ("x", "tweet"),
    "peer_reviews": ("peer review", "publon"),
    "facebook": ("fbwall",),
    "googleplus": ("gplu", "google+", "google plus"),
    "reddit": ("rdt",),
    "f1000": ("rh", "research highlight"),
    "video": ("youtube",),
    "q&a": ("qna", "q", "q and a", "qa"),
    "book_reviews": ("book review",),
    "misc": ("miscellaneou",),
}
_UNITS_OF_SOURCES = {
    "news": ("news outlet", "news source", "news story", "news storie"),
    "blogs": ("blog", "blog post"),
    "policy": ("policy source", "policy document"),
    "twitter": ("tweeter", "x user", "twitter user"),
    "patent": ("patent", "patent family", "patent familie"),
    "peer_reviews": ("peer review site",),
    "weibo": ("weibo user",),
    "facebook": ("facebook page", "facebook wall"),
    "wikipedia": ("wikipedia page", "wikipedia article"),
    "googleplus": ("google+ user", "google+ post"),
    "reddit": ("redditor", "reddit user", "reddit post"),
    "f1000": ("research highlight platform",),
    "video": ("youtube creator", "youtube channel", "youtube video", "video uploader"),
    "q&a": ("q&a thread", "q&a post"),
    "bluesky": ("bluesky user", "bluesky post"),
    "podcast": ("podcast", "podcast episode"),
    "guideline": ("guideline source", "clinical guideline", "clinical guideline source"),
    "syllabi": ("syllabi", "syllabu", "syllabuse"),
    "linkedin": ("linkedin user", "linkedin member", "linkedin post"),
    "pinterest": ("pinner", "pinterest user", "pinterest pin"),
    "forum": ("forum user", "forum post", "forum thread"),
    "book_reviews": ("book review site", "book reviewer"),
    "misc": ("miscellaneous source",),
    "dimensions": ("dimension", "dimensions citation"),
    "mendeley": ("mendeley",),
    "citeulike": ("citeulike",),
    "connotea": ("connotea",),
}
NAMES_OF_SOURCES = {key: (*_OTHER_KEYS.get(key, ()), *units) for key, units in _UNITS_OF_SOURCES.items()}
"""The key of each source, with its other names: keys of other years, and units.

Names are in lower case, without a last s.
"""

_KEY_OF_NAME = {name: key for key, names in NAMES_OF_SOURCES.items() for name in (key.replace("_", " "), *names)}
_UNITS = frozenset(chain.from_iterable(_UNITS_OF_SOURCES.values()))


def key_of_source(name: str) -> str | None:
    """Return the key of the source with a name: its key of any year, or its unit. None for an unknown name."""
    if key := _KEY_OF_NAME.get(name):
        return key
    name = _in_plain_form(name)
    if name.startswith("peerreview"):
        return "peer_reviews"
    return _KEY_OF_NAME.get(name) or _KEY_OF_NAME.get(name.removesuffix("s"))


def begins_with_unit(text: str, source: str) -> bool:
    """Whether a text begins with a unit of a source. A key is not a unit, as in `is_unit`."""
    return text.lower().startswith(_UNITS_OF_SOURCES.get(source, ()))


def agree(key: str | None, count: str) -> bool:
    """Whether a key and the unit of a count, such as `3 X users`, are of one source, or one of them is not known."""
    sources = {key_of_source(key or ""), key_of_source(count.partition(" ")[2])} - {None}
    return len(sources) <= 1


def is_unit(text: str) -> bool:
    """Whether a text is the whole unit of a source. A key is not: `X` can be half of `X users`."""
    return to_singular(text) in _UNITS or to_singular(_in_plain_form(text)) in _UNITS


def _in_plain_form(name: str) -> str:
    return _GAPS.sub(" ", name.lower()).strip()


_GAPS = re.compile(r"[\s_-]+")


def normalise(line: str) -> str:
    """Normalise a heading or label that is in capitals or has a colon. Return other lines unchanged."""
    return _CANONICAL.get(line, line)


def parse_percent(text: str) -> int | None:
    """Parse a whole percent from 0 to 100; None for anything else."""
    value = parse_number(text)
    return value if value is not None and value <= 100 else None  # noqa: PLR2004


def to_singular(unit: str) -> str:
    """Return a unit in lower case and in the singular."""
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
_MAX_NUMBER_LENGTH = 15


def parse_number(text: str) -> int | None:
    """Parse a whole number, with or without thousands commas.

    None for anything else, for instance `1.5k`, `1 234` or `12,34`, and for numbers longer than 15 characters.
    """
    if len(text) > _MAX_NUMBER_LENGTH:
        return None
    if text.isdigit() and text.isascii():
        return int(text)
    return to_int(text) if _WHOLE_NUMBER.fullmatch(text) else None


def to_int(digits: str) -> int | None:
    """Convert a match of `NUMBER` to an integer; None if it is longer than 15 characters."""
    return int(digits.replace(",", "")) if len(digits) <= _MAX_NUMBER_LENGTH else None
