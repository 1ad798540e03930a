"""Interpret the bibliographic data: type, title, source, date, identifiers, people, abstract."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from altdetails import identifiers, links
from altdetails.errors import IdentifierError
from altdetails.identifiers import Identifier
from altdetails.page import words
from altdetails.page.sheet import DetailRow, Sheet
from altdetails.record import Date, Unread

__all__ = ["Bibliography", "bibliography_of", "month"]

_NAMES_OF_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {name: at for at, name in enumerate(_NAMES_OF_MONTHS, 1)}
_MONTHS |= {name[:3]: at for name, at in _MONTHS.items()}
_UNREAD_DATE = re.compile(r",[^,]{0,40}(?<!\d)(?!0)\d{4,6}(?!\d)[^,]{0,10}\Z")
"""The end of a source that looks like a date in another form, `März 2023` for instance."""
_TAGLINE = re.compile(rf"{words.OVERVIEW}(?P<type>.+?)(?: published (?:in|by) (?P<place>.+))?")
_YEAR = r"(?P<year>1[5-9]\d\d|2[01]\d\d)"
_DATE = re.compile(rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)? )?(?:(?P<month>[A-Za-z]{{3,9}})\.? )?{_YEAR}")
_A_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_SEASON = re.compile(
    rf"(?:spring|summer|autumn|fall|winter|q[1-4]|{_A_MONTH}\s?[-–/]\s?{_A_MONTH}) {_YEAR}", re.IGNORECASE
)
_PUBMED_LINK = re.compile(r"(?:/pubmed/|pubmed\.ncbi\.nlm\.nih\.gov/)(\d{1,9})(?!\d)")
_NAME_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV|MD|PhD|M\.D|Ph\.D)\.?", re.IGNORECASE)
_ET_AL = re.compile(r"et al\.?", re.IGNORECASE)
_ISBN_GAP = re.compile(r"\s*[,;|]\s*|\s+(?=97[89])")
_MAX_ISBNS = 200
"""The most ISBNs of a row. The rest of the row is one text of `unread`."""


@dataclass(slots=True)
class Bibliography:
    """The bibliographic fields of a record, with the same names."""

    output_type: str | None
    title: str | None
    source: str | None
    published: Date | None
    doi: str | None
    pmid: str | None
    identifiers: list[Identifier]
    authors: list[str] | None
    authors_text: str | None
    editors: list[str] | None
    abstract: str | None


def month(name: str) -> int | None:
    """Return the number of a month, 1 to 12, from its English name or the first three letters."""
    return _MONTHS.get(name.lower())


def bibliography_of(sheet: Sheet, unread: list[Unread]) -> Bibliography:
    """Combine header and details table. The table takes precedence, because the heading can be shortened.

    If the page is translated, only its identifiers are certain.
    """
    tagline = _TAGLINE.fullmatch(sheet.tagline or "")
    if sheet.tagline and not tagline:
        unread.append(Unread("header", sheet.tagline))
    is_doubtful = sheet.translated and not tagline
    known = _LABELS_OF_IDENTIFIERS if is_doubtful else words.LABELS
    rows = {row.label: row for row in reversed(sheet.details or ()) if row.label in known}
    values = {label: _value(row) for label, row in rows.items() if row.paragraphs}
    title = values.get("Chapter title") or values.get("Title")
    if title is None and sheet.heading and is_doubtful:
        unread.append(Unread("header", sheet.heading))
    elif title is None:
        title = sheet.heading
    place = values.get("Published in") or (tagline["place"] if tagline else None) or values.get("Published by")
    source, published = _source_and_date(place)
    if published is None and source and _UNREAD_DATE.search(source):
        unread.append(Unread("details", source))
    if "Published in" not in values and "Book title" in values:
        source = values["Book title"]
    output_ids = _identifiers(rows, unread)
    authors_text = values.get("Authors")
    abstract = rows.get("Abstract") or rows.get("Description")
    unread.extend(Unread("details", _row_text(row)) for row in sheet.details or () if row.label not in known)
    return Bibliography(
        output_type=tagline["type"] if tagline else None,
        title=title,
        source=source,
        published=published,
        doi=_first(output_ids, "doi"),
        pmid=_first(output_ids, "pmid"),
        identifiers=output_ids,
        authors=_names(authors_text),
        authors_text=authors_text,
        editors=_names(values.get("Editors")),
        abstract="\n\n".join(abstract.paragraphs) or None if abstract else None,
    )


def _value(row: DetailRow) -> str:
    if row.label in {"Authors", "Editors"}:
        return ", ".join(paragraph.rstrip(", ") for paragraph in row.paragraphs)
    return " ".join(row.paragraphs)


def _row_text(row: DetailRow) -> str:
    return f"{row.label}: {' '.join(row.paragraphs)}"


def _source_and_date(place: str | None) -> tuple[str | None, Date | None]:
    """Split `<source>, <Month YYYY>` at the last comma. Without a date there, the whole text is the source."""
    if not place:
        return None, None
    source, comma, text = place.rpartition(", ")
    date = _date(text)
    if date is None:
        return place, None
    return (source if comma else None) or None, date


def _date(text: str) -> Date | None:
    match = _DATE.fullmatch(text)
    month_number = month(match["month"]) if match and match["month"] else None
    if match is None or (match["month"] and month_number is None):
        season = _SEASON.fullmatch(text)
        return Date(text, int(season["year"]), None, None) if season else None
    day = int(match["day"]) if match["day"] and month_number else None
    return Date(text, int(match["year"]), month_number, day if day is None or 1 <= day <= 31 else None)  # noqa: PLR2004


def _first(output_ids: list[Identifier], scheme: str) -> str | None:
    for identifier in output_ids:
        if identifier.scheme == scheme:
            return identifier.value
    return None


def _identifiers(rows: dict[str, DetailRow], unread: list[Unread]) -> list[Identifier]:
    output_ids = []
    doi = rows.get("DOI")
    if doi and (doi.paragraphs or doi.href):
        output_ids += _normalise("doi", _texts_of_doi(doi, unread), unread)
    pubmed = rows.get("Pubmed ID") or rows.get("PubMed ID")
    if pubmed:
        link = _PUBMED_LINK.search(links.unwrap(pubmed.href or "") or "")
        if link or pubmed.paragraphs:
            output_ids += _normalise("pmid", [link[1] if link else pubmed.paragraphs[0]], unread)
    for label, scheme in _OTHER_SCHEMES:
        row = rows.get(label)
        if row and row.paragraphs:
            text = " ".join(row.paragraphs)
            for value in _ISBN_GAP.split(text, _MAX_ISBNS) if scheme == "isbn" else [text]:
                output_ids += _normalise(scheme, [value], unread)
    return output_ids


def _texts_of_doi(row: DetailRow, unread: list[Unread]) -> Iterable[str | None]:
    """Yield the text of a DOI, then its link. A text that is the DOI of the link with more behind it is not certain.

    Then the link is, if what is behind the DOI cannot be a part of it.
    """
    text, link = "".join(row.paragraphs[:1]), links.unwrap(row.href or "")
    rest = _behind_doi(text, link)
    if not rest:
        yield text
    else:
        unread.append(Unread("details", f"doi: {text}"))
    if not rest or rest[0].isspace() or rest[0].isupper() or rest[0] == "[":
        yield link


def _behind_doi(text: str, link: str | None) -> str:
    """Return what is behind the DOI of a link in a text that is longer; else an empty text."""
    if not link or link.lower().endswith(text.lower()):
        return ""
    with suppress(IdentifierError):
        doi = identifiers.doi(link)
        if text.lower().startswith(doi) and not _is_doi(text, doi):
            return text[len(doi) :]
    return ""


def _is_doi(text: str, doi: str) -> bool:
    with suppress(IdentifierError):
        return identifiers.doi(text) == doi
    return False


_OTHER_SCHEMES = (
    ("arXiv ID", "arxiv"),
    ("Book ISBNs", "isbn"),
    ("ISBNs", "isbn"),
    ("ISBN", "isbn"),
    ("Handle", "handle"),
    ("Clinical trial ID", "clinical_trial"),
)
_LABELS_OF_IDENTIFIERS = frozenset({"DOI", "Pubmed ID", "PubMed ID", *(label for label, _ in _OTHER_SCHEMES)})
"""The labels of rows that a translator does not change."""

_NORMALISERS = {
    "doi": identifiers.doi,
    "pmid": identifiers.pmid,
    "arxiv": identifiers.arxiv,
    "isbn": identifiers.isbn,
}


def _normalise(scheme: str, texts: Iterable[str | None], unread: list[Unread]) -> list[Identifier]:
    """Normalise the identifier in the first valid text. Return an empty list if none is valid."""
    normalise = _NORMALISERS.get(scheme, str)
    for candidate in filter(None, texts):
        try:
            return [Identifier(scheme, normalise(candidate))]
        except IdentifierError:
            unread.append(Unread("details", f"{scheme}: {candidate}"))
    return []


def _names(text: str | None) -> list[str] | None:
    """Split a list of names. None if the split is ambiguous, as in `Surname, Given, Surname, Given`."""
    if not text:
        return None
    if ";" in text:
        names = [name for part in text.split(";") if (name := part.strip()) and not _ET_AL.fullmatch(name)]
        return None if any(name.count(",") > 1 for name in names) else names
    parts_of_names: list[list[str]] = []
    for name in text.split(", "):
        if parts_of_names and _NAME_SUFFIX.fullmatch(name):
            parts_of_names[-1].append(name)
        elif (bare := name.strip(", ")) and not _ET_AL.fullmatch(name):
            parts_of_names.append([bare])
    names = [*map(", ".join, parts_of_names)]
    single = sum(" " not in name and "," not in name and name.isascii() for name in names)
    return None if len(names) > 1 and 2 * single >= len(names) else names
