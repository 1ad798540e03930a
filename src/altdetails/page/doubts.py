"""What is certain in a text that a tool joined or broke.

Values that cannot be right go to the leftovers, so the record names them. Of lines that are broken at a width, the
authors are those of names and the abstract is the rest: one begins after the other, often without a sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from altdetails.page import words
from altdetails.page.lines import LOST, MAX_LOOSE_END, joined_by
from altdetails.page.sheet import DetailRow, Sheet

__all__ = [
    "LabelPlace",
    "are_names",
    "drop_doubtful_values",
    "is_moved",
    "rows_of_people",
    "without_unreadable_boxes",
]

_GLUED_VALUE = re.compile(
    rf"\A(?:{words.A_LABEL})[^\W\d_a-z]|\| ?(?:{words.A_LABEL}) ?\||\A(?:Published in|Pubmed ID) |[a-z] Title [a-z]"
)
_GLUED_AUTHORS = re.compile(r"Authors(?:\s|[^\W\d_a-z])")
_LABELLED_NAMES = re.compile(r"Authors [^\W\d_a-z]")
_UNREADABLE = re.compile(rf"{LOST}|\(cid:\d+\)|&[a-zA-Z]{{1,31}};")
_MOVED = re.compile(r"[−+-]?\d{1,3}|\w|[−+-]")
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
        is_glued = is_glued or (row.label == "Title" and any(_is_of_people(text, heading) for text in row.paragraphs))
        is_lost = row.label in words.LABELS_OF_ABSTRACTS and not labels & {"Authors", "Editors"}
        if is_glued or (is_lost and row.paragraphs and _GLUED_AUTHORS.match(row.paragraphs[0])):
            if row.label == "Title" and not row.paragraphs[0].casefold().startswith(heading):
                sheet.heading = None
            _drop(sheet, row)


def _is_of_people(title: str, heading: str) -> bool:
    """Whether a title is the row of the authors: it begins with their label, and the heading is another one."""
    same = heading and (title.casefold().startswith(heading) or title.casefold().endswith(heading))
    return _LABELLED_NAMES.match(title) is not None and not same


def _drop_unreadable_values(sheet: Sheet) -> None:
    """Drop the values with characters that a tool could not read, and name them."""
    for row in sheet.details or ():
        if any(map(_UNREADABLE.search, row.paragraphs)):
            if row.label == "Authors" and len(row.paragraphs) > 1:
                _drop_abstract(sheet)
            _drop(sheet, row)
            if row.label in {"Title", "Chapter title"}:
                sheet.heading = None
    if sheet.tagline is not None and _UNREADABLE.search(sheet.tagline):
        sheet.leftovers.append(("header", sheet.tagline))
        sheet.tagline = sheet.tagline.partition(" published in ")[0]
    if sheet.heading is not None and _UNREADABLE.search(sheet.heading):
        sheet.leftovers.append(("header", sheet.heading))
        sheet.heading = None


def without_unreadable_boxes(sheet: Sheet, context: Sequence[str]) -> list[str]:
    """Return the lines of the context. Boxes whose source a tool could not read have none, and are named."""
    boxes = [line for line in context if words.BOX_LABEL.match(line) and _UNREADABLE.search(line)]
    sheet.leftovers += [("context", line) for line in boxes]
    return [line for line in context if line not in boxes]


def is_moved(line: str) -> bool:
    """Whether a line is only a small number or one character: a tool wrote a raised or lowered one below its line."""
    return _MOVED.fullmatch(line) is not None


def _drop_abstract(sheet: Sheet) -> None:
    for row in sheet.details or ():
        if row.label in words.LABELS_OF_ABSTRACTS and row.paragraphs:
            _drop(sheet, row)


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
        first_lines, last_lines = authors.paragraphs[:-1], authors.paragraphs[1:]
        has_end = any("," in text and not text.endswith(",") for text in first_lines)
        if has_end or any(" " not in text for text in last_lines):  # one word can be the first heading of the abstract
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


# Authors and abstract

_END_OF_PARAGRAPH = (".", "!", "?", ":", "”", '"')
_INITIAL = re.compile(r"(?:\w\.-?)+")
_SENTENCE_MARK = re.compile(r"[.;:!?。؟]")
_SMALL_WORDS = frozenset(
    [
        *("van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "la", "le", "el", "al"),
        *("bin", "ibn", "y", "e", "und", "and", "the", "of", "for", "on", "ter", "ten", "zu", "zur", "af", "av"),
    ]
)
_HYPHEN_AND_SPACE = re.compile(r"(?<=\w)- (?=[^\W\d_])")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
"""Hebrew and Arabic letters: many readers of PDF files reverse the order of such words."""
_FEWEST_FULL_LINES = 3
_MIN_WIDTH_OF_PDF = 60


class LabelPlace(StrEnum):
    """The line of a value that its label is on."""

    TOP = "top"
    MIDDLE = "middle"
    UNKNOWN = "unknown"


def rows_of_people(
    lines: list[str], labels: set[str], above_abstract: int | None, place: LabelPlace
) -> tuple[list[str], list[str]]:
    """Return the rows of the authors and the abstract, and the lines that could be both.

    The authors are the first lines of names, the abstract is the rest.

    Args:
        lines: the lines of both.
        labels: the labels of the page for them.
        above_abstract: the number of lines above the label of the abstract. None without this label.
        place: the place of the labels.
    """
    names = 0
    while "Authors" in labels and names < len(lines) and are_names(lines[names]):
        names += 1
    doubtful: tuple[list[str], list[str]] = [], [" ".join([*sorted(labels), *lines])]
    is_sure = False
    if above_abstract and names >= above_abstract and place is not LabelPlace.MIDDLE:
        names = above_abstract
        is_sure = place is LabelPlace.TOP or len(lines) > 2 * names
    if names < len(lines) and not is_sure and not _ends_with_name(lines[:names]):
        return doubtful
    text = lines[names:]
    abstract = next(iter(sorted(labels - {"Authors"})), None)
    if ("Authors" in labels and (not names or above_abstract == 0)) or bool(text) != bool(abstract):
        return doubtful
    if _has_lost_hyphens(lines[:names]) or _has_lost_hyphens(text):
        return doubtful
    if place is not LabelPlace.UNKNOWN and any(map(_RIGHT_TO_LEFT.search, lines)):
        return doubtful
    authors = ["Authors", _names_of(lines[:names])] if names else []
    if any(map(is_moved, text)) or _has_loose_end(text):
        return authors, [" ".join([abstract or "", *text])]
    return [*authors, *([abstract, *_paragraphs(text)] if abstract else [])], []


def _has_loose_end(lines: Sequence[str]) -> bool:
    """Whether a few words without the mark of a sentence follow the last sentence: they can be of an unknown row."""
    last = max((at for at, line in enumerate(lines, 1) if line.endswith(_END_OF_PARAGRAPH)), default=0)
    rest = " ".join(lines[last:])
    return bool(last and rest) and len(rest) <= MAX_LOOSE_END and not rest[0].islower()


def _ends_with_name(lines: Sequence[str]) -> bool:
    """Whether the last line is surely of names: it has a comma, or a name goes on from the line above."""
    return len(lines) < 2 or "," in lines[-1] or lines[-2].endswith((",", "-"))  # noqa: PLR2004


def _paragraphs(lines: Sequence[str]) -> list[str]:
    paragraphs: list[str] = []
    width = max(map(len, lines), default=0)
    for last, line in pairwise(["", *lines]):
        is_whole = (
            not paragraphs
            or (2 * len(last) < width and not last.endswith("-"))
            or line in words.SINGLE_LINES
            or last in words.SINGLE_LINES
        )
        if not is_whole and not paragraphs[-1].endswith(_END_OF_PARAGRAPH):
            paragraphs[-1] += joined_by(last, line) + line
        else:
            paragraphs.append(line)
    return paragraphs


def _has_lost_hyphens(lines: Sequence[str]) -> bool:
    """Whether a line is much longer than the others: pdftotext joins two lines if it removes a hyphen between them."""
    full = sorted(len(line) for line in lines[:-1] if len(line) > _MIN_WIDTH_OF_PDF and line[-1] not in ".!?")
    return len(full) >= _FEWEST_FULL_LINES and max(map(len, lines)) > 1.12 * full[len(full) // 2]


def _names_of(lines: Sequence[str]) -> str:
    text = "".join(joined_by(last, line) + line for last, line in pairwise(["", *lines]))
    return _HYPHEN_AND_SPACE.sub("-", text.strip())


def are_names(line: str) -> bool:
    """Whether a line is a part of a list of names: capitals, initials and small words, without marks of sentences."""
    texts = [word for word in re.split(r"[\s,()]+", line) if word and not _INITIAL.fullmatch(word)]
    if any(_SENTENCE_MARK.search(word.rstrip(".")) for word in texts):
        return False
    if any(word[0].islower() and word not in _SMALL_WORDS for word in texts):
        return False
    is_sentence = bool(texts) and line.endswith(texts[-1]) and texts[-1][-1] in ".!?。؟" and "," not in line
    return not (is_sentence and " " in line)
