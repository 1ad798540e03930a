"""One entry of a list, and the identifier in it."""

from __future__ import annotations

from typing import NamedTuple

from altdetails import identifiers
from altdetails.documents import printable
from altdetails.errors import IdentifierError

__all__ = ["Entry", "identify_entry"]

_MAX_QUOTED = 80

_WITHOUT_ADDRESS = {
    "pmid": "a PubMed id, and the site has no known address by it; give the DOI that PubMed shows for it"
    " (NCBI's ID Converter finds the DOIs of many articles at once, if they are in PubMed Central)",
    "arxiv": "an arXiv id, and the site has no known address by it; give the DOI: 10.48550/arXiv.{} for the preprint,"
    " or the DOI of the published version",
    "isbn": "an ISBN, and the site has no known address by it; give the book's DOI, or the address of its details page",
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
    """The number of its line or row in the file, from 1."""


def identify_entry(entry: Entry) -> tuple[str, str | None]:
    """Return the identifier of an entry, and None; or its text, and the reason why it cannot be fetched.

    The identifier is in the form that is fetched: a bare DOI, an Altmetric id or a chapter's address. The text can
    always be encoded as UTF-8.
    """
    if entry.fault is not None:
        return printable(entry.text), entry.fault
    try:
        if entry.text.startswith("10."):
            return identifiers.doi(entry.text), None
        identifier = identifiers.identify(entry.text)
    except IdentifierError as error:
        return printable(entry.text), str(error)
    if reason := _WITHOUT_ADDRESS.get(identifier.scheme):
        return entry.text, f"{entry.text[:_MAX_QUOTED]!r} is {reason.format(identifier.value)}"
    return identifier.value, None
