"""One entry of a list, and the identifier in it."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from altdetails import identifiers
from altdetails.documents import printable
from altdetails.errors import IdentifierError
from altdetails.lists.oddities import find_oddity

__all__ = ["MISSING", "Entry", "Identified", "NumberKind", "Scheme", "identify_entry", "is_bare_number", "read_entry"]

Scheme = Literal["doi", "pmid", "arxiv", "isbn", "handle", "altmetric_id"]
NumberKind = Literal["altmetric", "pmid"]
"""What bare numbers are, if the user says it."""

MISSING = frozenset(
    {"", "nan", "n/a", "na", "#n/a", "n.a.", "<na>", "nat", "none", "null", "nil", "-", "--", "–", "—", ".", "?"}
)
"""Texts without an identifier, in lower case, as tools write a missing value."""

_MAX_QUOTED = 80
_WHOLE = re.compile(r"[^\w\u2212-]*([0-9]+)(?:\.0+)?\W*")
_ISBN_13 = re.compile(r"97[89][0-9]{10}")
_NUMBERS: dict[Scheme | None, str] = {"pmid": "pmid:", "altmetric_id": "altmetric:"}
_HANDLE = re.compile(r"(?:hdl:|handle:\s*|https?://hdl\.handle\.net/)([0-9][\w.]*/\S+)", re.IGNORECASE)

_WITHOUT_ADDRESS = {
    "pmid": "a PubMed id, and the site has no known address by it; give the DOI that PubMed shows for it"
    " (NCBI's ID Converter finds the DOIs of many articles at once, if they are in PubMed Central)",
    "arxiv": "an arXiv id, and the site has no known address by it; give the DOI: 10.48550/arXiv.{} for the preprint,"
    " or the DOI of the published version",
    "isbn": "an ISBN, and the site has no known address by it; give the book's DOI, or the address of its details page",
    "handle": "a handle, and the site has no known address by it; give the DOI of the output, or the address of its"
    " details page",
}


class Entry(NamedTuple):
    """One entry of a list."""

    text: str
    """The entry without white space around it."""
    place: str
    """`dois.txt:12`, `<stdin>:7` or `argument 3`."""
    fault: str | None = None
    """Why the entry is invalid, whatever its text; None if the text decides."""
    file: str | None = None
    """The name of its file, or `<stdin>`; None if it is not from a file."""
    row: int | None = None
    """The number of its line, row or item in the file, from 1."""
    scheme: Scheme | None = None
    """What the name of its column or field says that bare numbers are; None if the text decides."""
    pmid: str | None = None
    """The PubMed id of the same row, as digits, if the entry is another identifier."""
    field: str | None = None
    """The name of its column, key or field, as the file writes it; None if it has none."""


class Identified(NamedTuple):
    """The identifier of an entry, or the reason why it cannot be fetched."""

    identifier: str
    """In the form that is fetched: a bare DOI, an Altmetric id or a chapter's address. If it has no address on the
    site, with its scheme: `pmid:99000417`. If it is invalid, the text unchanged. It can always be encoded as UTF-8."""
    reason: str | None = None
    """Why it cannot be fetched; None if it can."""
    outcome: Literal["invalid", "no_address"] | None = None
    """The outcome, if it cannot be fetched."""
    correction: str | None = None
    """How the text was corrected, in words; None if it was not."""


def identify_entry(entry: Entry) -> tuple[str, str | None]:
    """Return the identifier of an entry, and the reason why it cannot be fetched, or None."""
    return read_entry(entry)[:2]


def read_entry(entry: Entry) -> Identified:
    """Return the identifier of an entry, corrected if the correction is certain."""
    if entry.fault is not None:
        return Identified(printable(entry.text), entry.fault, "invalid")
    try:
        return _read(entry)
    except IdentifierError as error:
        oddity = find_oddity(entry.text)
        if oddity.correction is not None:
            return read_entry(Entry(oddity.text, entry.place))._replace(correction=oddity.correction)
        reason = f"{_quoted(entry.text)} is {oddity.fault}" if oddity.fault else str(error)
        return Identified(printable(entry.text), reason, "invalid")


def is_bare_number(text: str) -> bool:
    """Whether a text is a whole number without a label, also in quotes or brackets.

    It can be an id of any kind. An ISBN of 13 digits is not a bare number.
    """
    match = _WHOLE.fullmatch(text)
    return match is not None and _ISBN_13.fullmatch(match[1]) is None


def _read(entry: Entry) -> Identified:
    text = entry.text
    if text.startswith("10."):
        return _read_doi(text)
    if number := _WHOLE.fullmatch(text):
        text = number[1]
        if entry.scheme == "doi":
            return Identified(text, f"{_quoted(text)} is a number, not a DOI; correct the row", "invalid")
        if entry.scheme in _NUMBERS:
            text = f"{_NUMBERS[entry.scheme]}{text}"
    identifier = _identify(text)
    if identifier.scheme == "doi":
        return _read_doi(identifier.value)
    if identifier.scheme in _WITHOUT_ADDRESS:
        return _without_address(identifier.scheme, identifier.value, text)
    return Identified(identifier.value)


def _identify(text: str) -> identifiers.Identifier:
    """Return the identifier in a text. A handle with a DOI prefix is a DOI."""
    if handle := _HANDLE.fullmatch(text):
        return identifiers.Identifier("doi" if handle[1].startswith("10.") else "handle", handle[1])
    return identifiers.identify(text)


def _read_doi(text: str) -> Identified:
    doi = identifiers.doi(text)
    oddity = find_oddity(doi)
    if oddity.fault is not None:
        return Identified(printable(text), f"{_quoted(text)} is {oddity.fault}", "invalid")
    if oddity.correction is not None:
        return Identified(identifiers.doi(oddity.text), correction=oddity.correction)
    return Identified(doi)


def _without_address(scheme: str, value: str, text: str) -> Identified:
    reason = f"{_quoted(text)} is {_WITHOUT_ADDRESS[scheme].format(value)}"
    return Identified(f"{scheme}:{value}", reason, "no_address")


def _quoted(text: str) -> str:
    return repr(text[:_MAX_QUOTED])
