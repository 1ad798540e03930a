"""What the name of a column, key or field says about its values, and which value of a row is its identifier."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from altdetails.lists.entry import MISSING, Entry, Scheme, read_entry

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "NAMES",
    "VAGUE_NAMES",
    "ListField",
    "ListItem",
    "Role",
    "is_missing",
    "normalise_name",
    "role_of",
    "scheme_of",
    "take",
]

Role = Literal[
    "doi", "altmetric_id", "any", "address", "text", "pmid", "arxiv", "isbn", "handle", "clinical_trial", "vague"
]
"""What a name says: the scheme of the values; or `any` identifier, web addresses, text with an identifier in it, or
nothing certain."""

_ORDER: tuple[Role, ...] = (
    *("doi", "altmetric_id", "any", "vague", "address", "text", "pmid", "arxiv", "isbn", "handle", "clinical_trial"),
)
"""Which identifier of a row is taken: first those that the site has an address for, the most
certain first."""

NAMES: dict[str, Role] = {
    **dict.fromkeys(
        (
            *("doi", "di", "doi link", "doi url", "ids doi", "article doi", "externalids doi", "data doi"),
            *("digital object identifier", "publication doi", "paper doi", "doi number", "electronic resource number"),
            *("electronic resource num", "prism doi", "item doi", "work doi", "digital object identifier doi"),
            *("dc identifier doi", "dc identifier doi en", "dc identifier doi en us", "dcterms identifier doi"),
        ),
        "doi",
    ),
    **dict.fromkeys(
        (
            *("altmetric id", "altmetricid", "altmetric identifier", "details page url", "details url"),
            *("altmetric url", "altmetric details page", "altmetric details page url"),
        ),
        "altmetric_id",
    ),
    "identifier": "any",
    **dict.fromkeys(
        (
            *("pmid", "pm id", "pubmed id", "pubmedid", "pubmed", "pubmed identifier", "ids pmid", "pmids"),
            *("externalids pubmed", "pubmed pmid", "medline pmid", "data pmid"),
        ),
        "pmid",
    ),
    **dict.fromkeys(("arxiv", "arxiv id", "arxivid", "externalids arxiv", "arxiv number"), "arxiv"),
    **dict.fromkeys(("isbn", "isbn13", "isbn 13", "isbn10", "isbn 10", "isbns", "data isbn"), "isbn"),
    **dict.fromkeys(("hdl", "handle net", "handle url"), "handle"),
    **dict.fromkeys(("nct id", "nct number", "nctid", "clinicaltrials gov id"), "clinical_trial"),
    **dict.fromkeys(("extra", "data extra", "note"), "text"),
    **dict.fromkeys(("url", "uri", "link", "links", "urls", "data url", "full text url"), "address"),
}
"""The names that exports use, as `normalise_name` returns them.

Altmetric Explorer: `DOI`, `Details Page URL` · Web of Science: `DI` (and `PM`), or `DOI`, `DOI Link`, `Pubmed Id` ·
Scopus: `DOI`, `PubMed ID` · Dimensions: `DOI`, `PMID` · Crossref: `DOI` · OpenAlex: `doi`, `ids.doi`, `ids.pmid` ·
Semantic Scholar: `externalIds.DOI` · DSpace: `dc.identifier.doi[en]` · Zotero: `DOI`, `Url`, `Extra` ·
CSL-JSON: `DOI`, `note` · altdetails: `doi`, `altmetric_id`, `identifier`. A column `Altmetric` holds scores.
"""

VAGUE_NAMES = ("url", "uri", "link", "address", "id")
"""Names of columns that are used if neither `NAMES` nor the cells decide."""

_SCHEME_OF: dict[Role, Scheme] = {
    "doi": "doi",
    "altmetric_id": "altmetric_id",
    "pmid": "pmid",
    "arxiv": "arxiv",
    "isbn": "isbn",
    "handle": "handle",
    "clinical_trial": "clinical_trial",
}
_LABELS: dict[Role, str] = {"arxiv": "arXiv:", "handle": "hdl:"}
_EXPECTED: frozenset[Role] = frozenset(
    {"doi", "altmetric_id", "any", "vague", "pmid", "arxiv", "handle", "clinical_trial"}
)
"""Roles whose fields should be an identifier. An address or an ISSN of another kind is not a fault."""
_WORDS = re.compile(r"[^\W_]+")
_LABELLED = (
    ("doi", re.compile(r"(?im)^[ \t]*doi[ \t]*[:=]?[ \t]*(\S{1,2048})")),
    ("pmid", re.compile(r"(?im)^[ \t]*pmid[ \t]*[:=]?[ \t]*([0-9]{1,9})\b")),
)
"""Lines of a text that name an identifier, as Zotero keeps those for which a type of item has no field."""
_ADDRESS = re.compile(r"(?i)https?://[^\s<>\"|]{1,2048}")
_MAX_TEXT = 2**16
_FETCHED_FROM_ADDRESS = re.compile(r"(?i)\A10\.|altmetric\.com|doi\.org|pubmed|arxiv\.org|hdl\.handle\.net|doi")
_ISBN = re.compile(r"[0-9Xx][0-9Xx \u2010-\u2015-]{8,16}[0-9Xx]")


class ListField(NamedTuple):
    """A value of a row."""

    name: str
    """The name of its column, key or field, as the file writes it."""
    role: Role
    text: str


class ListItem(NamedTuple):
    """A record of an export."""

    number: int
    """The number of its first line, from 1."""
    fields: list[ListField]
    """Its fields that can hold an identifier."""
    damage: str | None = None
    """What is damaged in it; None if nothing is."""


@lru_cache(4096)
def normalise_name(name: str) -> str:
    """Return the words of a column's name in lower case, separated by spaces, as in `NAMES`."""
    return " ".join(_WORDS.findall(name.casefold()))


def role_of(name: str) -> Role | None:
    """Return what a name says about its values; None if it says nothing."""
    return NAMES.get(normalise_name(name))


def scheme_of(role: Role) -> Scheme | None:
    """Return the scheme of bare numbers in a field; None if the role does not say it."""
    return _SCHEME_OF.get(role)


def is_missing(text: str) -> bool:
    """Whether a text is empty, or one of those that tools write for a missing value."""
    return text.casefold() in MISSING


def take(fields: Iterable[ListField], place: str, file: str, row: int) -> Entry | None:
    """Return the identifier of a row, or None if no field has one.

    The first field that can be read decides, in the order of the roles. If none can be read, it is the first that
    should be an identifier, so that its fault is reported.
    """
    taken: Entry | None = None
    faulty: Entry | None = None
    pmid: str | None = None
    for field in sorted(fields, key=_order):
        if taken is not None and field.role not in {"pmid", "text"}:
            continue
        for text, scheme in _candidates(field):
            entry = Entry(text, place, None, file, row, scheme, field=field.name)
            identified = read_entry(entry)
            if identified.outcome == "invalid":
                faulty = faulty or (entry if field.role in _EXPECTED else None)
                continue
            taken = taken or entry
            scheme_of_entry, _, value = identified.identifier.partition(":")
            pmid = pmid or (value if scheme_of_entry == "pmid" else None)
    if taken is None:
        return faulty
    return taken if pmid is None or _is_pmid(taken) else taken._replace(pmid=pmid)


def _order(field: ListField) -> int:
    return _ORDER.index(field.role)


def _is_pmid(entry: Entry) -> bool:
    return read_entry(entry).identifier.startswith("pmid:")


def _candidates(field: ListField) -> list[tuple[str, Scheme | None]]:
    """Return the texts of a field that can be identifiers, each with the scheme of bare numbers."""
    text = field.text.strip()
    if is_missing(text):
        return []
    if field.role == "text":
        matches = ((pattern.findall(text[:_MAX_TEXT]), scheme) for scheme, pattern in _LABELLED)
        return [(f"{scheme}:{value}", None) for values, scheme in matches for value in values]
    if field.role == "address":
        addresses = _ADDRESS.findall(text[:_MAX_TEXT]) or [text]
        return [(address, None) for address in addresses if _FETCHED_FROM_ADDRESS.search(address)]
    if field.role == "isbn":
        return [(f"ISBN {value}", None) for value in _ISBN.findall(text[:_MAX_TEXT])]
    if (label := _LABELS.get(field.role)) and ":" not in text:
        return [(f"{label}{text}", None)]
    return [(text, scheme_of(field.role))]
