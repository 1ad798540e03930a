"""What is certain in a text that a tool joined or broke.

Values that cannot be right go to the leftovers, so the record names them. Of lines that are broken at a width, the
authors are those of names and the abstract is the rest: one begins after the other, often without a sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from altdetails.page import words
from altdetails.page.drawn import LOST
from altdetails.page.lines import MAX_LOOSE_END, joined_by
from altdetails.page.sheet import DetailRow, Sheet

__all__ = [
    "Breaks",
    "LabelPlace",
    "are_names",
    "drop_doubtful_values",
    "is_heading_of_abstract",
    "is_moved",
    "rows_of_people",
    "without_unreadable_boxes",
]

_GLUED_VALUE = re.compile(
    rf"\A(?:{words.A_LABEL})[^\W\d_a-z]"
    rf"|\b10\.\d{{4,9}}/\S|\| ?(?:{words.A_LABEL}) ?\||\A(?:Published in|Pubmed ID) |[a-z] Title [a-z]"
)
_GLUED_AUTHORS = re.compile(r"Authors(?:\s|[^\W\d_a-z])")
_LABELLED_NAMES = re.compile(r"Authors [^\W\d_a-z]")
_UNREADABLE = re.compile(rf"{LOST}|\(cid:\d+\)|&[a-zA-Z]{{1,31}};")
_LOST_IN_PDF = "[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff]"
_UNREADABLE_IN_PDF = re.compile(f"{_UNREADABLE.pattern}|{_LOST_IN_PDF}")
_MOVED = re.compile(r"[−+-]?\d{1,3}|\w|[−+-]")
_SMALL_WORD = r"(?:van|von|der|den|de|del|della|di|da|dos|das|du|la|le|el|al|of|the|and|for|on|in|und|zu)"
_LOWER_WORD = rf"\b(?!{_SMALL_WORD}\b)[a-z][\w'’-]{{1,40}}"
_PROSE = re.compile(
    rf"\b[a-z]{{3,}}\)?\.(?:\s|$)|\w{{3}}\)?[:!?](?:\s|$)|\s(?:Abstract|Description)$|[。？！]|{_LOWER_WORD}(?:\s{_LOWER_WORD}){{3}}"
)


def drop_doubtful_values(sheet: Sheet, *, is_broken: bool, has_breaks: bool) -> None:
    """Drop the values of the details, and the heading, that show that a tool joined or lost something.

    Args:
        sheet: the sheet.
        is_broken: whether most sentences are broken, as in a PDF. Its tools can lose letters of East Asia.
        has_breaks: whether any sentence is broken.
    """
    if has_breaks:
        _drop_half_place(sheet)
    _drop_uncertain_place(sheet)
    _drop_titles_of_lines(sheet)
    _drop_glued_values(sheet)
    _drop_unreadable_values(sheet, _UNREADABLE_IN_PDF if is_broken else _UNREADABLE)
    _move_prose_from_authors(sheet)


def _drop_half_place(sheet: Sheet) -> None:
    """Drop the place of the overview if its end, a year, is missing: the rest can be on a line below."""
    overview, label, place = (sheet.tagline or "").partition(" published ")
    if label and not _YEAR_AT_END.search(place):
        sheet.leftovers.append(("header", f"{overview}{label}{place}"))
        sheet.tagline = overview


_YEAR_AT_END = re.compile(r"\b(?:1[5-9]|2[01])\d\d\Z")


def _drop_uncertain_place(sheet: Sheet) -> None:
    """Drop a place without a year if the overview is missing too: the tool dropped parts, so it can be another row."""
    for row in sheet.details or ():
        if sheet.tagline is None and row.label == "Published in" and not _YEAR_AT_END.search(" ".join(row.paragraphs)):
            _drop(sheet, row)


def _drop_titles_of_lines(sheet: Sheet) -> None:
    """Keep the first line of a title if the heading is the same, or nothing if lines follow it."""
    for row in sheet.details or ():
        if row.label not in {"Title", "Chapter title"} or not row.paragraphs:
            continue
        first, *rest = row.paragraphs
        if not rest and first in words.LABELS and sheet.heading is None:  # the tool dropped the title above a label
            _drop(sheet, row)
            continue
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
    place = (sheet.tagline or "").partition(" published in ")[2]
    for row in rows:
        if row.label not in words.LABELS_OF_ABSTRACTS and any(map(_PIPED_LABEL.search, row.paragraphs)):
            _drop(sheet, row)
        is_glued = row.label in {"Title", "Chapter title", "Authors"} and any(
            _GLUED_VALUE.search(text) and text.casefold() != heading for text in row.paragraphs
        )
        is_glued = is_glued or (row.label == "Title" and any(_is_of_people(text, heading) for text in row.paragraphs))
        is_glued = is_glued or any(_is_of_other_row(row.label, text, heading) for text in row.paragraphs)
        is_lost = row.label in words.LABELS_OF_ABSTRACTS and not labels & {"Authors", "Editors"}
        value = " ".join(row.paragraphs)
        has_place = place != "" and place in value and value.casefold() != heading
        is_glued = is_glued or (has_place and row.label in {"Title", "Chapter title", "Authors"})
        if is_glued or (is_lost and row.paragraphs and _GLUED_AUTHORS.match(row.paragraphs[0])):
            if row.label == "Title" and not row.paragraphs[0].casefold().startswith(heading):
                sheet.heading = None
            _drop(sheet, row)


def _is_of_other_row(label: str, text: str, heading: str) -> bool:
    """Whether a text that a tool put in a row begins with the value or the label of another row, or holds one."""
    if label in words.LABELS_OF_ABSTRACTS:
        return _IDENTIFIER.match(text) is not None
    if label == "Editors":
        return _PROSE.search(text) is not None
    if label == "Authors":
        return _LABELLED_NAMES.match(text) is not None
    if label == "Book title":
        return " Published " in text
    own = _LABEL_OF_WORDS.match(text) if label in words.LABELS_OF_TITLES and heading else None
    return own is not None and not heading.startswith(own[0].casefold())


_PIPED_LABEL = re.compile(rf"\| ?(?:{words.A_LABEL})(?: ?\||\Z)")
_LABEL_OF_WORDS = re.compile(rf"(?:{'|'.join(sorted(label for label in words.LABELS if ' ' in label))}) ")
_IDENTIFIER = re.compile(r"10\.\d{4,9}/\S+(?:\s|$)|97[89][\d-]{10,14}(?:[\s,]|$)")


def _is_of_people(title: str, heading: str) -> bool:
    """Whether a title is the row of the authors: it begins with their label, and the heading is another one."""
    same = heading and (title.casefold().startswith(heading) or title.casefold().endswith(heading))
    return _LABELLED_NAMES.match(title) is not None and not same


def _drop_unreadable_values(sheet: Sheet, unreadable: re.Pattern[str]) -> None:
    """Drop the values with characters that a tool could not read, and name them."""
    for row in sheet.details or ():
        if any(map(unreadable.search, row.paragraphs)):
            if row.label == "Authors" and len(row.paragraphs) > 1:
                _drop_abstract(sheet)
            _drop(sheet, row)
            if row.label in {"Title", "Chapter title"}:
                sheet.heading = None
    if sheet.tagline is not None and unreadable.search(sheet.tagline):
        sheet.leftovers.append(("header", sheet.tagline))
        sheet.tagline = sheet.tagline.partition(" published in ")[0]
    if sheet.heading is not None and unreadable.search(sheet.heading):
        sheet.leftovers.append(("header", sheet.heading))
        sheet.heading = None


def without_unreadable_boxes(sheet: Sheet, context: Sequence[str], *, is_broken: bool) -> list[str]:
    """Return the lines of the context. Boxes whose source a tool could not read have none, and are named."""
    unreadable = _UNREADABLE_IN_PDF if is_broken else _UNREADABLE
    boxes = [line for line in context if words.BOX_LABEL.match(line) and unreadable.search(line)]
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
    if authors.paragraphs and is_heading_of_abstract(authors.paragraphs[-1].rpartition(" ")[2]):
        for row in filter(None, (authors, abstract)):
            _drop(sheet, row)
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
_NEARLY_FULL = 0.65
_WORD = re.compile(r"\w[\w-]*\w")


class LabelPlace(StrEnum):
    """The line of a value that its label is on."""

    TOP = "top"
    MIDDLE = "middle"
    UNKNOWN = "unknown"


class Breaks(NamedTuple):
    """How the lines of a page are broken."""

    width: int
    """The characters of its widest line in a sentence that is broken. 0 without one."""
    keeps_hyphens: bool
    """Whether its tool surely keeps hyphens at the ends of lines."""
    are_many: bool = False
    """Whether most of its sentences are broken, as in the text of a PDF."""


def rows_of_people(  # noqa: PLR0913 -- the lines, and all that the page says of their border
    lines: list[str],
    labels: set[str],
    above_abstract: int | None,
    place: LabelPlace,
    *,
    by_label: int | None = None,
    breaks: Breaks | None = None,
    is_marked: bool = False,
) -> tuple[list[str], list[str]]:
    """Return the rows of the authors and the abstract, and the lines that could be both.

    The authors are the first paragraph, or the first lines of names. The abstract is the rest.

    Args:
        lines: the lines of both.
        labels: the labels of the page for them.
        above_abstract: the number of lines above the label of the abstract. None without this label.
        place: the place of the labels.
        by_label: the number of lines of authors if their label is at their middle. None if that says nothing.
        breaks: how the lines of the page are broken. None if that says nothing.
        is_marked: whether the label of the abstract is surely none of its words.
    """
    doubtful: tuple[list[str], list[str]] = [], [" ".join([*sorted(labels), *lines])]
    width = breaks.width if breaks else 0
    names = _lines_of_names(lines, above_abstract, place, by_label, width) if "Authors" in labels else 0
    if names is None:
        return doubtful
    text = lines[names:]
    abstract = next(iter(sorted(labels - {"Authors"})), None)
    most = 0 if breaks is None or breaks.keeps_hyphens else int(_WIDTH_OF_COLUMN * width)
    has_lost_hyphen = most and any(map(_JOINED_NAMES.search, lines[:names]))
    is_out_of_order = "Authors" in labels and (not names or above_abstract == 0)
    if is_out_of_order or has_lost_hyphen or bool(text) != bool(abstract):
        return doubtful
    if _has_lost_hyphens(lines[:names], most) or _has_lost_hyphens(text, most):
        is_whole = names == 1 and len(lines[0]) < _SURELY_SHORT * width
        return (["Authors", lines[0]], [" ".join([abstract or "", *text])]) if is_whole else doubtful
    if place is not LabelPlace.UNKNOWN and any(map(_RIGHT_TO_LEFT.search, lines)):
        return doubtful
    authors = ["Authors", _names_of(lines[:names])] if names else []
    is_one_of_labels = place is not LabelPlace.TOP and not is_marked and any(map(_LABEL_OF_ABSTRACT.match, text))
    if is_one_of_labels or any(map(is_moved, text)) or _has_loose_end(text):
        return authors, [" ".join([abstract or "", *text])]
    return [*authors, *([abstract, *_paragraphs(text)] if abstract else [])], []


_JOINED_NAMES = re.compile(r"\b(?!Mc|Mac|De|Di|Du|La|Le|Van|Von|Fitz)[A-Z][a-z]{2,}[A-Z][a-z]")
_LABEL_OF_ABSTRACT = re.compile(r"(?:Abstract|Description)(?: |$)")


def _lines_of_names(
    lines: Sequence[str], above_abstract: int | None, place: LabelPlace, by_label: int | None, width: int
) -> int | None:
    """Return the number of lines of the authors; None if their end is not certain."""
    names = next((at for at, line in enumerate(lines) if not are_names(line)), len(lines))
    end = _end_of_first_paragraph(lines, width, names)
    if place is LabelPlace.TOP and above_abstract:
        return above_abstract if end == above_abstract or names >= above_abstract else None
    most = min(filter(None, (end, above_abstract)), default=len(lines))
    if by_label is not None:
        is_border = by_label < len(lines) and _ends_before(lines[:by_label], lines[by_label])
        if by_label == end or (by_label <= min(names, most) and is_border):
            return by_label
        if by_label != min(names, most):
            return None
    elif most == 1 and not names and not _PROSE.search(lines[0]):
        names = 1
    names = min(names, most)
    if names == len(lines) or (names == above_abstract and names == 1):
        return names
    is_border = names > 0 and _ends_before(lines[:names], lines[names])
    return names if is_border and _ends_with_name(lines[:names]) else None


def _end_of_first_paragraph(lines: Sequence[str], width: int, names: int) -> int | None:
    """Return the number of lines up to the first on which the next word surely had room; None without one."""
    longest = max(map(len, lines), default=0)
    if longest > _SURELY_JOINED and names:  # the paragraphs below the names are whole, and the lines of names are not
        longest = max(map(len, lines[:names]))
    full = sorted(len(line) for line in lines if 2 * len(line) > longest)
    room = _SURELY_SHORT * min(full[(len(full) - 1) // 2] if full else 0, width or longest)
    return next(
        (
            at
            for at, (line, below) in enumerate(pairwise(lines), 1)
            if len(line) + 1 + len(below.split(" ", 1)[0]) < room and not line.endswith((",", "-"))
        ),
        None,
    )


_SURELY_JOINED = 200
"""The most characters of a line of a PDF."""
_SURELY_SHORT = 0.75
"""The part of the width of a column that letters of any width in a PDF do not reach in a line that could be longer."""


def _ends_before(names: Sequence[str], line: str) -> bool:
    """Whether a line below the names surely is not a name of the list: prose, or one name below a list with commas."""
    return not are_names(line) or is_heading_of_abstract(line) or ("," in names[-1] and "," not in line)


_HEADINGS_OF_ABSTRACTS = frozenset(
    [
        *("abstract", "background", "introduction", "objective", "objectives", "aim", "aims", "purpose", "context"),
        *("methods", "results", "findings", "interpretation", "conclusion", "conclusions", "discussion", "summary"),
    ]
)


def is_heading_of_abstract(line: str) -> bool:
    """Whether a line is a usual heading in abstracts."""
    return line.casefold() in _HEADINGS_OF_ABSTRACTS


def _has_loose_end(lines: Sequence[str]) -> bool:
    """Whether a few words without the mark of a sentence follow the last sentence: they can be of an unknown row."""
    last = max((at for at, line in enumerate(lines, 1) if line.endswith(_END_OF_PARAGRAPH)), default=0)
    rest = " ".join(lines[last:])
    return bool(last and rest) and len(rest) <= MAX_LOOSE_END and not rest[0].islower()


def _ends_with_name(lines: Sequence[str]) -> bool:
    """Whether the last line is surely of names: it has a comma, or a name goes on from the line above."""
    if len(lines) < 2 or "," in lines[-1] or lines[-2].endswith((",", "-")):  # noqa: PLR2004
        return True
    *names, last = lines[-2].split(", ")
    is_half = len(names) > 2 and " " not in last and all(" " in name for name in names[1:])  # noqa: PLR2004
    return (is_half or last.split(" ")[-1] in _SMALL_WORDS) and not is_heading_of_abstract(lines[-1])


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


def _has_lost_hyphens(lines: Sequence[str], most: int) -> bool:
    """Whether pdftotext surely joined two lines and removed the hyphen between them.

    A line is much longer than the others, or has a word that has a hyphen elsewhere in them.
    """
    longest = max(map(len, lines), default=0)
    least = min(_MIN_WIDTH_OF_PDF, _NEARLY_FULL * most) if most else _MIN_WIDTH_OF_PDF
    full = sorted(len(line) for line in lines[:-1] if len(line) > least and line[-1] not in ".!?")
    words_of_lines = {*_WORD.findall(" ".join(lines))} if most else set()
    if any("-" in word and word.replace("-", "") in words_of_lines for word in words_of_lines):
        return True
    if len(full) >= _FEWEST_FULL_LINES:
        return longest > 1.12 * full[len(full) // 2]
    return 0 < most < longest


_WIDTH_OF_COLUMN = 0.93
"""The part of the width of a page that the column of values does not reach, because labels are in front of it."""


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
