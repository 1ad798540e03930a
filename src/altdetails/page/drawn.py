"""The table of details drawn with two columns. Some tools put each label at the middle of its row."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise

from altdetails.page import words

__all__ = ["AFTER_SUSPENDED_HYPHEN", "CHARACTER", "LOST", "drawn_table"]

LOST = "\ufffd"
"""What a tool lost or moved."""
CHARACTER = "[\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff\uff00-\uffef]"
"""Characters of Chinese and Japanese, which have no spaces between words."""
AFTER_SUSPENDED_HYPHEN = re.compile(r"(?:and|or|to|und|et|y|e|o|versus)\b")
"""Words after a hyphen with a space: `pre- and`."""

_FIRST_LABEL = re.compile(r"(?:\s*(?:Title|Chapter title|Chapter)\s{2,}|\s+Chapter title )\S")
_LABELLED = re.compile(rf"\s*({words.A_LABEL})(?:\s{{2,}}(.*)|\s*)")
_WORDS_OF_LABELS = frozenset(word for label in words.LABELS for word in label.split())


def drawn_table(lines: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Return the lines before the details table, its labels and paragraphs, and the lines after it."""
    first = next((at for at, line in enumerate(lines) if _FIRST_LABEL.match(line)), None)
    opening = _FIRST_LABEL.match(lines[first]) if first is not None else None
    if first is None or opening is None:
        return lines, [], []
    column = opening.end() - 1
    start, end = first, first
    while start and lines[start - 1][:column].isspace() and lines[start - 1][column:]:
        start -= 1
    while end < len(lines) and (cells := _cells(lines[end], column)) is not None:
        end += 1
    cells_of_lines = [cells for line in lines[start:end] if (cells := _cells(line, column)) is not None]
    while cells_of_lines and not any(cells_of_lines[-1]):
        cells_of_lines.pop()
    left = [label for label, _ in cells_of_lines]
    right = [value for _, value in cells_of_lines]
    labels = _labels(left)
    if not labels or len(labels) > len(words.LABELS):
        return lines, [], []
    table: list[str] = []
    bounds = [*pairwise(_row_bounds(labels, right))]
    is_uncertain = False
    for (label, _, _), (top, bottom) in zip(labels, bounds, strict=False):
        rows_below = right[bottom : bottom + 1]
        goes_on = label == "Authors" and any(_could_be_names(right[top:bottom], line) for line in rows_below)
        table += [label, *([LOST] if goes_on or is_uncertain else ()), *_paragraphs(right[top:bottom])]
        is_uncertain = goes_on
    return lines[:start], table, lines[end:]


def _cells(line: str, column: int) -> tuple[str, str] | None:
    """Return label and value of a line of the table. Both can be empty. None if the line is not in the table."""
    labelled = _LABELLED.fullmatch(line)
    if labelled and labelled.start(1) < column:
        return labelled[1], labelled[2] or ""
    left = line[:column].strip()
    if not left or ((left in words.LABELS or left in _WORDS_OF_LABELS) and not line[column - 1 : column].strip()):
        return left, line[column:].strip()
    return None


def _labels(left: list[str]) -> list[tuple[str, int, int]]:
    """Return the labels of the left column, each with its first line and its height: long labels are wrapped."""
    labels = []
    at = 0
    while at < len(left):
        if left[at]:
            height = 2 if left[at] not in words.LABELS and at + 1 < len(left) and left[at + 1] else 1
            label = " ".join(left[at : at + height])
            if label not in words.LABELS:
                return []
            labels.append((label, at, height))
            at += height
        else:
            at += 1
    return labels


def _row_bounds(labels: list[tuple[str, int, int]], values: list[str]) -> list[int]:
    """Return the first line of each row, and the end of the last row.

    If labels are at the middle of their rows, a row ends as far below its label as it starts above it, or one line
    further. Of all such rows, those are taken that fit best. If there are none for all the lines of values, or if rows
    that begin at their labels fit better, the labels are at the top of their rows.
    """
    total = len(values)
    misfits = _Misfits(values)
    bounds_by_end: dict[int, tuple[int, list[int]]] = {0: (0, [0])}
    for (label, at, height), (_, below, _) in pairwise([*labels, ("", total + 1, 0)]):
        bounds_below: dict[int, tuple[int, list[int]]] = {}
        for top, (misfit, bounds) in bounds_by_end.items():
            for bottom in (2 * at - top + height, 2 * at - top + height + 1):
                if top <= at and bottom <= below:
                    rows = (misfit + misfits.of_row(label, top, bottom), [*bounds, bottom])
                    bounds_below[bottom] = min(bounds_below.get(bottom, rows), rows)
        bounds_by_end = bounds_below
    ends = {bottom: abs(bottom - total) for bottom in bounds_by_end}
    last = min(ends, key=lambda bottom: (ends[bottom] > 1, bounds_by_end[bottom][0], ends[bottom]), default=-1)
    tops = [0, *(at for _, at, _ in labels[1:]), total]
    of_tops = sum(misfits.of_row(label, *row) for (label, _, _), row in zip(labels, pairwise(tops), strict=True))
    if abs(last - total) > 1 or of_tops < bounds_by_end[last][0]:
        return tops
    return [*bounds_by_end[last][1][:-1], total]


class _Misfits:
    """What speaks against a row: an end inside a paragraph, several paragraphs outside abstracts, prose in authors."""

    def __init__(self, values: list[str]) -> None:
        self._breaks = _breaks_of_paragraphs(values)
        starts = (at > 0 and at not in self._breaks for at in range(len(values)))
        self._starts = [*accumulate(starts, initial=0)]
        self._prose = [*accumulate(map(_is_prose, values), initial=0)]

    def of_row(self, label: str, top: int, bottom: int) -> int:
        """Return the number of lines that speak against a row."""
        end = min(bottom, len(self._starts) - 1)
        begun = 0 if label in words.LABELS_OF_ABSTRACTS else self._starts[end] - self._starts[min(top + 1, end)]
        prose = self._prose[end] - self._prose[min(top, end)] if label == "Authors" else 0
        return (bottom in self._breaks) + begun + prose


def _is_prose(line: str) -> bool:
    return len(_LOWER_WORD.findall(line)) >= _FEWEST_WORDS_OF_PROSE


def _could_be_names(names: list[str], below: str) -> bool:
    """Whether the line below the authors can be one of theirs: it has a comma, and does not look like prose."""
    return bool(names and names[-1] and "," in below) and not _is_prose(below)


_LOWER_WORD = re.compile(r"(?<![\w'’-])[a-z]{3,}\b")
_FEWEST_WORDS_OF_PROSE = 3


def _breaks_of_paragraphs(values: list[str]) -> set[int]:
    """Return the lines that continue the line above: their first word did not fit there."""
    width = max(map(len, values), default=0)
    return {
        at
        for at, (line, following) in enumerate(pairwise(values), 1)
        if line and following and (line.endswith(",") or len(line) + 1 + len(following.split(" ", 1)[0]) > width)
    }


def _paragraphs(lines: list[str]) -> list[str]:
    text = _BREAK_IN_WORD.sub("", "\n".join(lines))
    return [" ".join(block.split()) for block in text.split("\n\n") if block.strip()]


_BREAK_IN_WORD = re.compile(
    rf"(?<=/)\n(?=[\w./-]+\.\w)|(?<=:)\n(?=//)|(?<={CHARACTER})\n(?={CHARACTER})|(?<=\w-)\n(?!{AFTER_SUSPENDED_HYPHEN.pattern})(?=\w)"
)
