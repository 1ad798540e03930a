"""Drop the values of a text that cannot be right. They go to the leftovers, so the record names them."""

from __future__ import annotations

import re

from altdetails.page import words
from altdetails.page.sheet import DetailRow, Sheet

__all__ = ["drop_doubtful_values"]

_GLUED_VALUE = re.compile(
    rf"\A(?:{words.A_LABEL})[^\W\d_a-z]|\| ?(?:{words.A_LABEL}) ?\||\A(?:Published in|Pubmed ID) |[a-z] Title [a-z]"
)
_GLUED_AUTHORS = re.compile(r"Authors(?:\s|[^\W\d_a-z])")
_UNREADABLE = re.compile(r"\ufffd|\(cid:\d+\)")
_SMALL_WORD = r"(?:van|von|der|den|de|del|della|di|da|dos|das|du|la|le|el|al|of|the|and|for|on|in|und|zu)"
_LOWER_WORD = rf"\b(?!{_SMALL_WORD}\b)[a-z][\w'’-]{{1,40}}"
_PROSE = re.compile(
    rf"\b[a-z]{{3,}}\)?\.(?:\s|$)|\w{{3}}\)?[:!?](?:\s|$)|\s(?:Abstract|Description)$|[。？！]|{_LOWER_WORD}(?:\s{_LOWER_WORD}){{3}}"
)


def drop_doubtful_values(sheet: Sheet) -> None:
    """Drop the values of the details, and the heading, that show that a tool joined or lost something."""
    _drop_titles_of_lines(sheet)
    _drop_glued_values(sheet)
    _drop_unreadable_values(sheet)
    _move_prose_from_authors(sheet)


def _drop_titles_of_lines(sheet: Sheet) -> None:
    """Keep the first line of a title if the heading is the same, or nothing if lines follow it."""
    for row in sheet.details or ():
        if row.label not in {"Title", "Chapter title"} or not row.paragraphs:
            continue
        first, *rest = row.paragraphs
        if rest and first == sheet.heading:
            sheet.leftovers += [("details", text) for text in rest]
            del row.paragraphs[1:]
        elif rest:
            _drop(sheet, row)
            sheet.heading = None
        elif " Published " in first and not any(row.label.startswith("Published") for row in sheet.details or ()):
            _drop(sheet, row)


def _drop_glued_values(sheet: Sheet) -> None:
    """Drop a title, authors or an abstract that begin with a label or hold a row of a table, and name them."""
    rows = sheet.details or ()
    labels = {row.label for row in rows}
    heading = (sheet.heading or "").casefold()
    for row in rows:
        is_glued = row.label in {"Title", "Chapter title", "Authors"} and any(
            _GLUED_VALUE.search(text) and text.casefold() != heading for text in row.paragraphs
        )
        is_lost = row.label in words.LABELS_OF_ABSTRACTS and not labels & {"Authors", "Editors"}
        if is_glued or (is_lost and row.paragraphs and _GLUED_AUTHORS.match(row.paragraphs[0])):
            _drop(sheet, row)


def _drop_unreadable_values(sheet: Sheet) -> None:
    """Drop the values with characters that a tool could not read, and name them."""
    for row in sheet.details or ():
        if any(map(_UNREADABLE.search, row.paragraphs)):
            _drop(sheet, row)
    if sheet.tagline is not None and _UNREADABLE.search(sheet.tagline):
        sheet.leftovers.append(("header", sheet.tagline))
        sheet.tagline = sheet.tagline.partition(" published in ")[0]
    if sheet.heading is not None and _UNREADABLE.search(sheet.heading):
        sheet.leftovers.append(("header", sheet.heading))
        sheet.heading = None


def _drop(sheet: Sheet, row: DetailRow) -> None:
    sheet.leftovers.append(("details", " ".join([row.label, *row.paragraphs])))
    row.paragraphs.clear()


def _move_prose_from_authors(sheet: Sheet) -> None:
    """Move prose below the authors to the abstract: tools can write its label between its paragraphs.

    If the end of the authors, or of a name in them, is not certain, drop them and name them.
    """
    rows = sheet.details or ()
    authors = next((row for row in rows if row.label == "Authors"), None)
    abstract = next((row for row in rows if row.label in words.LABELS_OF_ABSTRACTS), None)
    if authors is None:
        return
    if not any(map(_PROSE.search, authors.paragraphs)):
        if any("," in text and not text.endswith(",") for text in authors.paragraphs[:-1]):
            for row in filter(None, (authors, abstract)):
                _drop(sheet, row)
        return
    first = next(at for at, text in enumerate(authors.paragraphs) if _PROSE.search(text))
    below = authors.paragraphs[1:]
    if first != 1 or authors.paragraphs[0].endswith(","):
        for row in filter(None, (authors, abstract)):
            _drop(sheet, row)
        return
    del authors.paragraphs[1:]
    if abstract is None:
        sheet.leftovers.append(("details", " ".join(below)))
    else:
        abstract.paragraphs[:0] = below
