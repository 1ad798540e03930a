"""One entry of a list, and the identifier in it: DOIs with additions are corrected, or named."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from altdetails import identifiers
from altdetails.documents import printable
from altdetails.errors import IdentifierError
from altdetails.links import without_key

__all__ = [
    "MISSING",
    "Entry",
    "Identified",
    "NumberKind",
    "Scheme",
    "find_oddity",
    "identify_entry",
    "is_bare_number",
    "read_entry",
]

Scheme = Literal["doi", "pmid", "arxiv", "isbn", "handle", "clinical_trial", "altmetric_id"]
NumberKind = Literal["altmetric", "pmid"]
"""What bare numbers are, if the user says it."""

MISSING = frozenset(
    {"", "nan", "n/a", "na", "#n/a", "n.a.", "<na>", "nat", "none", "null", "nil", "-", "--", "–", "—", ".", "?"}
)
"""Texts without an identifier, in lower case, as tools write a missing value."""

_MAX_QUOTED = 80
_WHOLE = re.compile(r"([0-9]+)(?:\.0+)?\W*")
_ISBN_13 = re.compile(r"97[89][0-9]{10}")
_NUMBERS: dict[Scheme | None, str] = {"pmid": "pmid:", "altmetric_id": "altmetric:"}

_WITHOUT_ADDRESS = {
    "pmid": "a PubMed id, and the site has no known address by it; give the DOI that PubMed shows for it"
    " (NCBI's ID Converter finds the DOIs of many articles at once, if they are in PubMed Central)",
    "arxiv": "an arXiv id, and the site has no known address by it; give the DOI: 10.48550/arXiv.{} for the preprint,"
    " or the DOI of the published version",
    "isbn": "an ISBN, and the site has no known address by it; give the book's DOI, or the address of its details page",
    "handle": "a handle, and the site has no known address by it; give the DOI of the output, or the address of its"
    " details page",
    "clinical_trial": "a number of ClinicalTrials.gov, and the site has no known address by it; give the address of its"
    " details page",
}

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
_AROUND = (
    (
        re.compile(r'=\s*(?:HYPERLINK\(\s*)?"([^"]{1,2048})"[^"]{0,9}(?:"[^"]{0,2048}"\s*)?\)?', re.IGNORECASE),
        "from the formula of a spreadsheet",
    ),
    (re.compile(r"(?:\S{1,5}\s+)?\[[^\[\]]{0,500}\]\((https?://\S{1,2048})\)"), "from a link in Markdown"),
    (re.compile(r"<a\s[^<>]{0,500}?\bhref=[\"']([^\"'<>]{1,2048})[\"'][^<>]{0,500}>[^<>]{0,500}</a>"), "from a link"),
    (
        re.compile(r"(?:[-*+•]|[0-9]{1,4}[.)]|\[[0-9]{1,4}\])\s+((?:10\.|https?:|doi:)\S{1,2048})"),
        "without the mark of a list",
    ),
)
"""What people have around an identifier, each with the words of the correction."""
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]{1,15})?E\+?[0-9]{1,2}", re.IGNORECASE)
_MAX_LOOKED_AT = 4096
_ORDINARY = re.compile(r"10\.(?!1101/|64898/|48550/)[0-9]{4,9}/[^/?\s,;|]*+")


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
    """Return the identifier of an entry, corrected if the correction is certain. A key in an address is left out."""
    if "key" in entry.text.lower():
        entry = entry._replace(text=without_key(entry.text))
    if entry.fault is not None:
        return Identified(printable(entry.text), entry.fault, "invalid")
    try:
        return _read(entry)
    except IdentifierError as error:
        oddity = find_oddity(entry.text)
        if oddity.correction is not None:
            return read_entry(entry._replace(text=oddity.text))._replace(correction=oddity.correction)
        reason = f"{_quoted(entry.text)} is {oddity.fault}" if oddity.fault else str(error)
        return Identified(printable(entry.text), reason, "invalid")


def is_bare_number(text: str) -> bool:
    """Whether a text is a whole number without a label, also in quotes or brackets.

    It can be an id of any kind. An ISBN of 13 digits is not a bare number.
    """
    try:
        match = _WHOLE.fullmatch(identifiers.tidy(text))
    except IdentifierError:  # too long
        return False
    return match is not None and _ISBN_13.fullmatch(match[1]) is None


def _read(entry: Entry) -> Identified:
    text = entry.text
    if text.startswith("10."):
        return _read_doi(text)
    if number := _WHOLE.fullmatch(identifiers.tidy(text)):
        text = number[1]
        if entry.scheme == "doi":
            return Identified(text, f"{_quoted(text)} is a number, not a DOI; correct the row", "invalid")
        if entry.scheme in _NUMBERS:
            text = f"{_NUMBERS[entry.scheme]}{text}"
    identifier = identifiers.identify(text)
    if identifier.scheme == "doi":
        return _read_doi(identifier.value)
    if identifier.scheme in _WITHOUT_ADDRESS:
        return _without_address(identifier.scheme, identifier.value, text)
    return Identified(identifier.value)


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
    return _inside(text) or _without_additions(text)


def _inside(text: str) -> Oddity | None:
    if _ROUNDED.fullmatch(text):
        fault = "a number that a spreadsheet has rounded: show the column there as text, and save the table again"
        return Oddity(text, fault=fault)
    matches = ((around.fullmatch(text), correction) for around, correction in _AROUND)
    return next((Oddity(match[1], correction) for match, correction in matches if match), None)


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
