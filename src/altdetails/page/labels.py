"""The labels of the details in lines of any tool, on two lines or at either end of a value, and the rows of details."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from altdetails.page import words
from altdetails.page.doubts import LabelPlace, are_names, is_heading_of_abstract
from altdetails.page.lines import joined_by
from altdetails.page.markup import LOST_TABLE
from altdetails.page.panels import TABLE_HEAD
from altdetails.page.sheet import DetailRow, Sheet

__all__ = [
    "PLACES",
    "cells_of_line",
    "has_glued_abstract",
    "is_prose",
    "join_labels",
    "join_title",
    "label_of",
    "labels_with_tab",
    "line_before_label",
    "rows_of_details",
    "split_labels",
    "split_place",
    "without_lost_tables",
]

PLACES = frozenset({"Published in", "Published by"})
"""The labels of the place and date of a publication."""
_MOST_LINES = 12
"""The most lines among the authors on which the label of the abstract can be."""


def join_labels(lines: Sequence[str]) -> tuple[list[str], LabelPlace]:
    """Join labels of two lines.

    Also return their place: a value between the lines of a label shows that labels are at the middle of their values.
    """
    joined: list[str] = []
    at = 0
    place = LabelPlace.UNKNOWN
    has_whole_labels = not PLACES.isdisjoint(lines)
    while at < len(lines):
        line = lines[at]
        at += 1
        if not has_whole_labels and at < len(lines) and (row := _label_of_two_lines(line, lines[at])):
            joined += row
            at += 1
            place = LabelPlace.MIDDLE
            continue
        value, _, first = line.rpartition(" ")
        if value.startswith("DOI") and at < len(lines) and (first, lines[at]) in words.PARTS_OF_LABELS:
            joined += [value, words.PARTS_OF_LABELS[first, lines[at]]]
            at += 1
            continue
        if line not in words.STARTS_OF_LABELS:
            joined.append(line)
            continue
        following = [below for below in range(at, min(at + 4, len(lines))) if lines[below]][:2]
        texts = [lines[below] for below in following]
        whole = [words.PARTS_OF_LABELS.get((line, text)) for text in texts]
        if whole and whole[0]:
            joined.append(whole[0])
            at = following[0] + 1
            if place is LabelPlace.UNKNOWN and whole[0] in PLACES:
                place = LabelPlace.TOP
        elif len(whole) > 1 and whole[1]:
            joined += [whole[1], texts[0]]
            at = following[1] + 1
            place = LabelPlace.MIDDLE
        elif row := _label_beside_value(line, texts[0] if texts else ""):
            joined += row
            at = following[0] + 1
            is_below = texts[0].startswith(row[1])
            if is_below or (place is LabelPlace.UNKNOWN and row[0] in PLACES and "" not in lines):
                place = LabelPlace.MIDDLE if is_below else LabelPlace.TOP
        else:
            joined.append(line)
    return joined, place


def _label_beside_value(first: str, below: str) -> list[str] | None:
    """Return label and value if a line has the rest of the label, before or after the value."""
    rest, _, value_after = below.partition(" ")
    value_before, _, end = below.rpartition(" ")
    for label, value in ((first, rest), value_after), ((first, end), value_before):
        if value and label in words.PARTS_OF_LABELS:
            return [words.PARTS_OF_LABELS[label], value]
    return None


def _label_of_two_lines(line: str, below: str) -> list[str] | None:
    """Return label and value if both lines begin with a part of the label of a place, before lines of its value."""
    first, _, value = line.partition(" ")
    rest, _, end = below.partition(" ")
    label = words.PARTS_OF_LABELS.get((first, rest))
    return [label, f"{value} {end}".rstrip()] if label in PLACES and value else None


_LABELLED = re.compile(rf"({words.A_LABEL})( ?)(\S.*)")
_GLUED_LABELS = ("Title", "Chapter title", "Published in", "Published by", "Authors", "Abstract", "Description")


def cells_of_line(line: str) -> list[str]:
    """Split a line that begins with a DOI at the labels in it."""
    if not line.startswith("DOI") or not _LABEL_INSIDE.search(line):
        return [line]
    return [part for part in _LABEL_INSIDE.split(line) if part]


_LABEL_INSIDE = re.compile(rf"\s({words.A_LABEL})(?:\s|$)")


def has_glued_abstract(lines: Sequence[str]) -> bool:
    """Whether the label of the abstract begins a line among the authors, and has no line of its own."""
    if "Authors" not in lines or not words.LABELS_OF_ABSTRACTS.isdisjoint(lines):
        return False
    return any(_GLUED_ABSTRACT.match(line) for line in lines[lines.index("Authors") + 1 :][:_MOST_LINES])


_GLUED_ABSTRACT = re.compile(r"(?:Abstract|Description)(?: ?[^\W\d_]|\d)")


def split_labels(lines: Sequence[str], fewest: int) -> list[str]:
    """Split labels from their values up to the abstract, if at least `fewest` labels are on a line with their value."""
    places: dict[str, dict[str, int]] = {"": {}, " ": {}}
    own = [line.partition("\t")[0] for line in lines]
    end = next((at for at, label in enumerate(own) if label in words.LABELS_OF_ABSTRACTS), len(lines))
    fewest = 1 if sum("\t" in line for line in lines if line.partition("\t")[0] in words.LABELS) > 1 else fewest
    above = ""
    for at in range(end):
        is_value = "\t" in lines[at] or above in words.LABELS_OF_TITLES
        match = None if is_value else _LABELLED.fullmatch(lines[at])
        above = lines[at] or above
        if match and not (match[2] == "" and match[3][0] in ".,;:s"):
            places[match[2]].setdefault(match[1], at)
    alone = {label: at for at, label in reversed([*enumerate(own)])}
    split = list(lines)
    for space, labels in places.items():
        glued = {label: at for label, at in labels.items() if label not in alone or (not space and at < alone[label])}
        if sum(fewest == 1 or label in _GLUED_LABELS for label in glued) < fewest:
            continue
        last = min((glued[label] for label in words.LABELS_OF_ABSTRACTS if label in glued), default=end)
        for label, at in glued.items():
            if at <= last:
                split[at] = f"{label}\t{split[at][len(label) :].lstrip()}"
    return split


def split_place(lines: Sequence[str], overview: str) -> list[str]:
    """Split the label of the place from the place that the overview repeats."""
    _, label, place = overview.partition(" published ")
    at = {line: at for at, line in reversed([*enumerate(lines)])}.get(f"Published {place}") if label else None
    split = list(lines)
    if at is not None:
        preposition, _, value = place.partition(" ")
        split[at] = f"Published {preposition}\t{value}"
    return split


def join_title(lines: Sequence[str], header: Sequence[str]) -> list[str]:
    """Join the lines of a title that begins above its label, if they are those of the heading at the header's end."""
    at = next((at for at, line in enumerate(lines) if line.partition("\t")[0] in words.LABELS_OF_TITLES), 0)
    header = [line for line in header if line][-_MOST_LINES_OF_TITLE:]
    headings = {_whole(header[first:]) for first in range(len(header))}
    label, _, value = lines[at].partition("\t") if at else ("", "", "")
    for above in range(at - 1, max(at - _MOST_LINES_OF_TITLE, -1), -1):
        if not lines[above]:
            break
        for below in range(at + 1, min(at + _MOST_LINES_OF_TITLE, len(lines)) + 1):
            title = _whole([*lines[above:at], *([value] if value else []), *lines[at + 1 : below]])
            if title in headings:
                return [*lines[:above], f"{label}\t{title}", *lines[below:]]
    return [*lines]


_MOST_LINES_OF_TITLE = 8


def _whole(lines: Sequence[str]) -> str:
    return "".join(joined_by(last, line) + line for last, line in pairwise(["", *lines])).strip()


def labels_with_tab(lines: Sequence[str]) -> frozenset[str]:
    """Return the label of the abstract if a line has it with a tab, and another line is the same word, so no label."""
    alone = words.LABELS_OF_ABSTRACTS.intersection(lines)
    return alone.intersection(line.partition("\t")[0] for line in lines if "\t" in line) if alone else alone


def line_before_label(lines: Sequence[str]) -> int | None:
    """Return the only line that ends with the label of the abstract, if it is at the middle of those below the names.

    A tool can sort a line and the label next to it by their height, so that the label is after the line.
    """
    before = [at for at, line in enumerate(lines) if line.endswith(_ENDS_WITH_LABEL)]
    names = next((at for at, line in enumerate(lines) if not are_names(line)), len(lines))
    is_at_middle = len(before) == 1 and abs(2 * before[0] + 1 - len(lines) - names) <= _MOST_BESIDE_MIDDLE
    return before[0] if names and is_at_middle else None


_ENDS_WITH_LABEL = tuple(f" {label}" for label in words.LABELS_OF_ABSTRACTS)
_MOST_BESIDE_MIDDLE = 3
"""Twice the lines by which the gaps between paragraphs can move the middle."""


def without_lost_tables(lines: Sequence[str]) -> tuple[list[str], list[DetailRow] | None]:
    """Return the lines without the signs of lost tables, and what is known of the table of details if it is lost."""
    signs = dict.fromkeys(line for line in lines if line == LOST_TABLE or _LOST_TABLE_WITH_DOI.fullmatch(line))
    if not signs:
        return [*lines], None
    doi = next((sign.split(" ")[1] for sign in signs if sign != LOST_TABLE), None)
    return [line for line in lines if line not in signs], [DetailRow("DOI", [doi])] if doi else []


_LOST_TABLE_WITH_DOI = re.compile(rf"{re.escape(LOST_TABLE)} 10\.\S+")


# The rows of the details

_DOI_LINE = re.compile(r"DOI:?\s+(10\.\S.*)")
_PMID = re.compile(r"(?:https?://\S*/)?[0-9]{5,9}/?")


def label_of(line: str) -> str | None:
    """Return the label that a line is or begins with, before a tab or a DOI; None without one."""
    head = line.split("\t", 1)[0]
    if head in words.LABELS:
        return head
    return "DOI" if _DOI_LINE.fullmatch(line) else None


def rows_of_details(sheet: Sheet, lines: Sequence[str]) -> list[DetailRow]:
    """Return the rows of the details. Lines that are in none of them are added to the leftovers of the sheet."""
    rows: list[DetailRow] = []
    other = next((at for at, line in enumerate(lines) if line in words.OTHER_HEADINGS and at > 1), len(lines))
    if other < len(lines):
        sheet.leftovers.append(("details", " ".join(filter(None, lines[other:]))))
        lines = lines[:other]
    if not label_of(lines[0]):
        rows.append(DetailRow("Title", [lines[0]]))
        lines = lines[1:]
    unlabelled: list[str] = []
    for at, line in enumerate(lines):
        is_title = rows and line and "\t" not in line and _needs_title(rows[-1])
        label = None if is_title and not _has_value(lines, at) else label_of(line)
        if label in words.LABELS_OF_ABSTRACTS:
            rows.append(DetailRow(label or "", [text for text in line.split("\t")[1:] if text]))
            _read_abstract(rows, lines[at + 1 :])
            following = " ".join(_cut_after_prose(rows, label or ""))
            sheet.leftovers += [("details", following)] if following else []
            break
        if label:
            doi = _DOI_LINE.fullmatch(line)
            value = doi[1] if doi else " ".join(line.split("\t")[1:])
            rows.append(DetailRow(label, [value] if value else []))
        elif line and rows:
            row = rows[-1]
            if row.label in _LABELS_OF_LINES or (not row.paragraphs and _can_hold(row.label, lines, at)):
                row.paragraphs.append(line)
            else:
                unlabelled.append(line)
    _place_unlabelled(sheet, rows, unlabelled)
    return rows


_LABELS_OF_LINES = words.LABELS_OF_PARAGRAPHS | {"Title", "Chapter title"}


def _read_abstract(rows: list[DetailRow], lines: Sequence[str]) -> None:
    """Add all lines to the abstract, except table rows of label and value: these are rows after the abstract."""
    abstract = rows[-1]
    for line in lines:
        if "\t" in line and not words.TABLE_ROW.fullmatch(line) and not TABLE_HEAD.fullmatch(line):
            label, value = line.split("\t", 1)
            rows.append(DetailRow(label, [value.replace("\t", " ")]))
        elif line:
            abstract.paragraphs.append(line.replace("\t", " "))


def _cut_after_prose(rows: list[DetailRow], label: str) -> list[str]:
    """Remove the short lines after the last sentence of the abstract, and return them: something else follows it."""
    paragraphs = next(row.paragraphs for row in rows if row.label == label)
    last = max((at for at, text in enumerate(paragraphs) if is_prose(text)), default=len(paragraphs))
    following = paragraphs[last + 1 :]
    del paragraphs[last + 1 :]
    return following


def is_prose(text: str) -> bool:
    """Whether a line is long, or ends like a sentence."""
    return len(text) > _MAX_LINE_LENGTH or text.endswith((".", "!", "?", "…", ")", "”", '"', "。", "？", "؟"))


_MAX_LINE_LENGTH = 80


def _needs_title(row: DetailRow) -> bool:
    """Whether the next line is the value of a row, even if it looks like a label: titles always have a value."""
    return row.label in words.LABELS_OF_TITLES and not row.paragraphs


def _has_value(lines: Sequence[str], at: int) -> bool:
    """Whether a value, and not another label, is below a line that is a label: so the title above it is lost."""
    below = next(filter(None, lines[at + 1 : at + 4]), None)
    return lines[at] in words.LABELS and below is not None and label_of(below) is None


def _can_hold(label: str, lines: Sequence[str], at: int) -> bool:
    """Whether a line can be the value of a label. Text often lacks the PubMed id, so it must look like one."""
    if label in {"Pubmed ID", "PubMed ID"}:
        return lines[at - 1] == label and _PMID.fullmatch(lines[at]) is not None
    return True


def _place_unlabelled(sheet: Sheet, rows: list[DetailRow], unlabelled: list[str]) -> None:
    """Add lines without a label: they are the authors and the abstract, or leftovers if the page has these rows."""
    labels = {row.label for row in rows}
    has_authors = _begins_with_authors(unlabelled)
    if has_authors is None or not labels.isdisjoint({"Authors", *words.LABELS_OF_ABSTRACTS}):
        sheet.leftovers.extend(("details", line) for line in unlabelled)
        return
    if has_authors:
        rows.append(DetailRow("Authors", [unlabelled.pop(0)]))
    if unlabelled:
        rows.append(DetailRow("Abstract", unlabelled))


def _begins_with_authors(lines: Sequence[str]) -> bool | None:
    """Whether the first of some lines without a label has the authors. None if it can be one name or a heading."""
    if not lines or is_heading_of_abstract(lines[0]) or not _looks_like_names(lines[0]):
        return False
    is_surely_names = "," in lines[0] or len(lines) == 1 or (" " in lines[0] and are_names(lines[0]))
    return True if is_surely_names else None


def _looks_like_names(line: str) -> bool:
    if not all(len(name) <= _MAX_NAME_LENGTH for name in line.split(", ")):
        return False
    return _NAMES.fullmatch(line) is not None or (_SHORTENED_NAMES.fullmatch(line) is not None and are_names(line))


_NAMES = re.compile(r"[^.;:!?]*(?:\b\w\.[^.;:!?]*)*")
_SHORTENED_NAMES = re.compile(r"[^.;:!?]*(?:\b\w{1,4}\.[^.;:!?]*)*")
_MAX_NAME_LENGTH = 60
