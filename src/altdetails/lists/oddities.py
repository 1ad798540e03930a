"""DOIs with additions: versions of preprints, endings of publishers' addresses, queries, a second DOI."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Oddity", "find_oddity"]

_PREFIX = r"10\.[0-9]{4,9}/"
_PREPRINT = re.compile(
    r"(10\.(?:1101|64898)/(?:[0-9]{4}\.[0-9]{2}\.[0-9]{2}\.)?[0-9]{6,10})(?:v[0-9]{1,3})?(?:[./].*)?"
)
"""A DOI of bioRxiv or medRxiv: it never has a version."""
_ARXIV_VERSION = re.compile(r"(10\.48550/arxiv\.[^v]+)v[0-9]{1,3}")
_ENDING = re.compile(
    r"(?:/(?:abstract|abs|full/html|full|fulltext|full-text|pdf|pdfft|epdf|epub|html|meta|summary|references)"
    r"|(?:\.full(?:-text)?)?\.pdf|\.full)\Z"
)
_QUERY = re.compile(r"([^?]+)\?[a-z][\w.~-]*=[^?]*")
_SHORT = re.compile(r"(?:doi:\s*|(?:https?://)?(?:dx\.|www\.)?doi\.org/)?(10/[a-z0-9]{3,12})", re.IGNORECASE)
_GLUED = re.compile(rf"({_PREFIX}.+?)[\s,;|]{{0,5}}(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?({_PREFIX}.+)", re.DOTALL)
_LANDING = re.compile(
    r"https?://[^/?#\s]+/(?:[\w.-]+/){0,2}?(?:doi|article|articles|content|chapter|book)/"
    rf"(?:abs|full|fullHtml|pdf|epdf|pdfdirect|figure)?/?({_PREFIX}[^/?#\s]+)"
    r"(?:/(?:abstract|full|pdf|epdf|html|meta|fulltext))?/?(?:[?#]\S*)?",
    re.IGNORECASE,
)
_MAX_LOOKED_AT = 4096
_ORDINARY = re.compile(r"10\.(?!1101/|64898/|48550/)[0-9]{4,9}/[^/?\s,;|]*+")


class Oddity(NamedTuple):
    """What is odd about a DOI."""

    text: str
    """The corrected text; or the text unchanged, if no correction is certain."""
    correction: str | None = None
    """What was corrected, in words; None if nothing was."""
    fault: str | None = None
    """Why the DOI cannot be fetched; None if it can."""


def find_oddity(text: str) -> Oddity:
    """Correct the additions to a DOI that are certain, and name what makes it useless.

    Examples:
        >>> find_oddity("10.1101/2020.01.02.123456v2.full.pdf")
        Oddity(text='10.1101/2020.01.02.123456', correction='without the version of the preprint', fault=None)

    Args:
        text: a DOI as `identifiers.doi` returns it, or any text. A text without an oddity is returned unchanged.
    """
    if len(text) > _MAX_LOOKED_AT or _is_ordinary(text):
        return Oddity(text)
    if short := _SHORT.fullmatch(text):
        address = f"https://doi.org/{short[1]}"
        return Oddity(text, fault=f"a short DOI: open {address}, and give the DOI of the page that it leads to")
    if landing := _LANDING.fullmatch(text):
        return Oddity(landing[1].lower(), "the DOI in the address of a publisher")
    if (preprint := _PREPRINT.fullmatch(text) or _ARXIV_VERSION.fullmatch(text)) and preprint[1] != text:
        return Oddity(preprint[1], "without the version of the preprint")
    return _without_additions(text)


def _without_additions(text: str) -> Oddity:
    corrections = []
    if query := _QUERY.fullmatch(text):
        text = query[1]
        corrections.append("the query of an address")
    if glued := _GLUED.fullmatch(text):
        return Oddity(text, fault=f"two DOIs in one, {glued[1]} and {glued[2]}: give each a row of its own")
    if (ending := _ENDING.search(text)) and text.count("/", 0, ending.start()):
        corrections.append(f"{ending[0]!r}, the ending of a publisher's address")
        text = text[: ending.start()]
    return Oddity(text, f"without {' and '.join(corrections)}" if corrections else None)


def _is_ordinary(text: str) -> bool:
    """Whether a text is certainly a DOI without an oddity. Most are, and this is faster than all other patterns."""
    if _ORDINARY.fullmatch(text) is None:
        return False
    return not text.endswith((".pdf", ".full")) and text.find("10.", 3) < 0
