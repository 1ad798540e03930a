"""Mend the lines of texts that broke known lines, glued labels to values, or put labels between the lines of a value.

Text of a PDF is broken at the width of its page, so nothing in it shows the end of a paragraph. Some tools write no
space and no line break between the cells of a table. The fixed words of a page show both, and only then anything is
mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import pairwise

from altdetails.page import words
from altdetails.page.doubts import Breaks, LabelPlace, is_heading_of_abstract, is_moved, rows_of_people
from altdetails.page.drawn import LOST
from altdetails.page.labels import (
    PLACES,
    cells_of_line,
    has_glued_abstract,
    join_labels,
    join_title,
    labels_with_tab,
    line_before_label,
    split_labels,
    split_place,
)
from altdetails.page.lines import joined_by

__all__ = ["Damage", "join_fixed_lines", "mend_details"]

_MARK = re.compile(r"[•◦▪·‣]")
_MOST_LINES = 12
"""The most lines of a fixed sentence, without empty ones between them."""


class Damage(StrEnum):
    """What a tool did to the lines of a page."""

    NONE = "none"
    BROKEN = "broken"
    """Fixed sentences are broken at a width."""
    SPLIT = "split"
    """Each element in a line is on a line of its own."""


def join_fixed_lines(lines: Sequence[str]) -> tuple[list[str], Damage, Breaks]:
    """Return the logical lines of a page with its fixed sentences and counts whole, and their damage.

    Also return how its lines are broken.
    """
    lines = [line for line in lines if not _MARK.fullmatch(line)]
    lines = [part for line in lines for part in _unglued(line)]
    joined, broken = _join_sentences(lines)
    whole = _join_counts(joined)
    if len(whole) < len(joined):
        return whole, Damage.SPLIT, Breaks(0, keeps_hyphens=True)
    are_many = len(broken) >= _FEWEST_BROKEN
    has_blocks = _FEWEST_EMPTY <= lines.count("") < len(lines) // 4
    keeps_hyphens = not (are_many and has_blocks) or any(map(_HYPHEN_AT_END.search, lines))
    breaks = Breaks(max(map(len, broken), default=0), keeps_hyphens, are_many)
    return whole, Damage.BROKEN if broken else Damage.NONE, breaks


_FEWEST_BROKEN, _FEWEST_EMPTY = 4, 6
"""The fewest broken lines and empty lines of texts of pdftotext, which removes hyphens at the ends of lines."""
_HYPHEN_AT_END = re.compile(r"\w-$")


def mend_details(
    lines: Sequence[str], header: Sequence[str], damage: Damage, heading: str | None, breaks: Breaks
) -> tuple[list[str], list[str]]:
    """Return the lines from the overview to the end of the details, with each label on a line or before a tab.

    Also return the texts whose label or end is not certain. The header, which ends with the overview, and the heading
    in it repeat the title and the place: they show the beginning of these.
    """
    details, place = join_labels(split_place(lines, header[-1] if header else ""))
    is_column = damage is Damage.BROKEN or len(details) < len(lines) or bool(labels_with_tab(details))
    details = [part for line in details for part in cells_of_line(line)]
    is_glued = (
        is_column
        or has_glued_abstract(details)
        or any(f"{label} {heading}" in details for label in words.LABELS_OF_TITLES)
    )
    details = join_title(split_labels(details, 1 if is_glued else 2), header[:-1])
    if damage is Damage.SPLIT:
        return _without_split_values(details)
    if is_column:
        return _join_values(details, place, breaks)
    return details, []


# Headings and boxes glued to what follows them

_GLUED_HEADING = re.compile(
    rf"({'|'.join(sorted(words.TWITTER | {words.MENDELEY, words.CONTEXT, *words.SUBHEADINGS}))})"
    rf"(?: ?\1)? ?"
    rf"(?=$|The data shown below|{words.CONTEXT_OPENING}|Altmetric has tracked|Country|Type$|Readers by)(\S.*)?"
)
_GLUED_BULLET = re.compile(
    r"(?<=[\w)])(?:,? ?[*•+-] | ?)(?=In the top \d+% of all|(?:One of|Among) the highest-scoring"
    r"|(?:High|Good|Above-average|Average) Attention Score compared)"
)
_GLUED_LIST = re.compile(
    rf"({words.ABOUT})((?:{words.BULLET.pattern}).*)"
    rf"|({words.MENTIONED_BY}|{words.CITATIONS}|{words.READERS_ON})([a-z][a-z&_-]{{0,40}}{words.NUMBER} [^\W\d].*)"
)
_GLUED_BOX = re.compile(rf"((?:{words.BOX_LABEL.pattern}).*?)\s?(#{words.NUMBER})\s?(of {words.NUMBER} outputs?)")


def _unglued(line: str) -> list[str]:
    heading = _GLUED_HEADING.fullmatch(line)
    if heading and line != heading[1]:
        return [part for part in heading.groups() if part]
    if beginning := _GLUED_LIST.fullmatch(line):
        return [*filter(None, beginning.groups())]
    if line.startswith(words.OVERVIEW) and line.endswith(f" {words.BADGE}"):
        return [line.removesuffix(words.BADGE).rstrip(), words.BADGE]
    if words.BULLET.match(line):
        return _GLUED_BULLET.split(line.rstrip(", "))
    box = _GLUED_BOX.fullmatch(line) if "#" in line else None
    return [*box.groups()] if box else [line]


# Fixed sentences

_START_OF_BULLET = re.compile(
    rf"{words.BULLET.pattern}|In the top \d+% of all\b|(?:One of|Among) the highest-scoring\b"
    r"|\S+ Attention Score compared\b"
)
_WHOLE_BULLET = re.compile(r".*(?:\([^()]*\)|scored by Altmetric|from this source|same age(?: and source)?)")
_REST_OF_BULLET = re.compile(
    r"\(|(?:(?:percentile|outputs?|of|the|same|age|and|source|scored|by|from|this|research|compared|to)\b|Altmetric$)"
)
_ENDS_WITH_YEAR = re.compile(r".*\b(?:1[5-9]|2[01])\d\d")
_SENTENCE = re.compile(
    rf"The data shown below|{words.CONTEXT_OPENING}|This research output has an\b"
    rf"|Altmetric has tracked {words.NUMBER}(?: research|$)|So far Altmetric has tracked|Older research outputs will"
    rf"|We['’]re also able|{words.LIMITED_ACCESS}"
)
_LONG_BOXES = ("Outputs from ", "Outputs of similar age from ")
_PERCENT_OF = re.compile(r"\d{1,2}% of ")
_END_OF_RANKING = re.compile(r"[^#\n]{1,2000}? of its (?:peers|contemporaries)\.(?= [A-Z])")
_NEXT_SENTENCE = re.compile(
    r"(?:This (?:one|is our|Attention Score)|They typically|Compared to these|To account|Click here)\b"
)


def _join_sentences(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Join the lines of each fixed sentence. Also return the lines that do not end theirs."""
    joined: list[str] = []
    at = 0
    broken: list[str] = []
    while at < len(lines):
        line, first = lines[at], at
        at += 1
        for below in range(at, _end_of_overview(line, lines, at)):
            line += joined_by(line, lines[below]) + lines[below] if lines[below] else ""
            at = below + 1
        continues = _continuation_of(line)
        while continues and at < len(lines) and at - first < 2 * _MOST_LINES:
            below = _after_gap(line, lines, at)
            if not continues(line, lines[below]):
                break
            line += joined_by(line, lines[below]) + lines[below]
            at = below + 1
        broken += lines[first : at - 1]
        end = _END_OF_RANKING.match(line)
        joined += [end[0], line[end.end() :].lstrip()] if end and continues else [line]
    return joined, broken


def _after_gap(line: str, lines: Sequence[str], at: int) -> int:
    """Return the next line of a sentence: after the empty lines if they are inside it, at the end of a page."""
    below = next((below for below in range(at, len(lines)) if lines[below]), at)
    is_inside = lines[below][:1].islower() or lines[below] == "Altmetric." or line.endswith(_ENDS_INSIDE)
    is_inside = is_inside or _PERCENT_OF.match(lines[below]) is not None
    return below if is_inside and not line.endswith((".", ")")) else at


_ENDS_INSIDE = (" for", " of", " the", " by", " from", " and", " to", " in", " has", " an")


def _continuation_of(line: str) -> Callable[[str, str], bool] | None:
    if _START_OF_BULLET.match(line):
        return _continues_bullet
    if line.startswith(_LONG_BOXES):
        return _continues_box
    return _continues_sentence if _SENTENCE.match(line) else None


_END_OF_RANK = re.compile(rf"{words.NUMBER}\)")


def _continues_bullet(line: str, following: str) -> bool:
    is_open = not _WHOLE_BULLET.fullmatch(line) or line.count("(") > line.count(")")
    if line.endswith(" of") and _END_OF_RANK.fullmatch(following):
        return True
    return bool(_REST_OF_BULLET.match(following)) and (is_open or following.startswith(("(", "and source")))


def _continues_box(line: str, following: str) -> bool:
    return bool(following) and "#" not in line and not following.startswith("#") and len(following) < len(line)


def _end_of_overview(line: str, lines: Sequence[str], at: int) -> int:
    """Return the end of the lines that continue the overview: up to one that ends with a year."""
    if not line.startswith(words.OVERVIEW) or " published " not in line or _ENDS_WITH_YEAR.fullmatch(line):
        return at
    for below in range(at, min(at + _MOST_LINES_OF_OVERVIEW, len(lines))):
        if lines[below] in words.SINGLE_LINES or words.BULLET.match(lines[below]):
            break
        if _is_end_of_date(lines[below]):
            return below + 1
    return at


_MOST_LINES_OF_OVERVIEW = 4


def _is_end_of_date(line: str) -> bool:
    return bool(_ENDS_WITH_YEAR.fullmatch(line)) and len(line) <= _MAX_REST_OF_OVERVIEW


_MAX_REST_OF_OVERVIEW = 120


def _continues_sentence(line: str, following: str) -> bool:
    if not following or following in words.SINGLE_LINES or following.startswith(words.OVERVIEW):
        return False
    if _SENTENCE.match(following):
        return False
    return not line.endswith((".", "!", "?")) or bool(_NEXT_SENTENCE.match(following))


# Counts whose number is on a line of its own

_NUMBER = re.compile(words.NUMBER)


def _join_counts(lines: Sequence[str]) -> list[str]:
    """Join each number with the unit below it, up to the first label of the details."""
    joined: list[str] = []
    start = next((at for at, line in enumerate(lines) if line.startswith(words.OVERVIEW)), 0)
    labels = words.LABELS | words.STARTS_OF_LABELS
    end = next((at for at in range(start, len(lines)) if lines[at] in labels), len(lines))
    for at, line in enumerate(lines):
        if at < end and line[:1].isalpha() and joined and _NUMBER.fullmatch(joined[-1]):
            joined[-1] += f" {line}"
        else:
            joined.append(line)
    return joined


# Values of several lines

_PEOPLE = frozenset({"Authors", "Abstract", "Description"})
_IDENTIFIERS = words.LABELS - words.LABELS_OF_TITLES - words.LABELS_OF_PARAGRAPHS - PLACES
_DIGITS = frozenset("0123456789")
_END_OF_PARAGRAPH = (".", "!", "?", ":", "”", '"', "。", "！", "？", "؟")


def _with_tab_after_doi(line: str) -> str:
    return _DOI.sub("DOI\t", line)


_DOI = re.compile(r"\ADOI:?\s+(?=10\.\S)")


def _without_split_values(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Drop the values that have several lines: nothing says whether a space was between them.

    Lines with several empty lines between them are paragraphs: each is an element of its own.
    """
    kept: list[str] = []
    dropped: list[str] = []
    rows: list[list[str]] = []
    for line in lines:
        in_abstract = rows and rows[-1][0] in words.LABELS_OF_ABSTRACTS
        own = line if in_abstract else _with_tab_after_doi(line)
        if own.split("\t", 1)[0] in words.LABELS and not in_abstract:
            rows.append([own])
        else:
            (rows[-1] if rows else kept).append(own)
    for label, *values in rows:
        lines_of_value = [value for value in values if value]
        if _is_split(label, "\n".join(values).strip("\n")):
            dropped += [label, *lines_of_value]
        else:
            kept += [label, *lines_of_value]
    return kept, [" ".join(dropped)] if dropped else []


def _is_split(label: str, value: str) -> bool:
    if label in words.LABELS_OF_ABSTRACTS:
        paragraphs = [paragraph.split("\n") for paragraph in _BETWEEN_PARAGRAPHS.split(value)]
        return any(line and not _is_border(line, below) for pieces in paragraphs for line, below in pairwise(pieces))
    return label in {*words.LABELS_OF_TITLES, *PLACES, "Authors", "Editors"} and "\n" in value


def _is_border(line: str, below: str) -> bool:
    """Whether a line surely ends before a space: at a mark, or as whole words or a heading above a new sentence."""
    if line.endswith(_END_OF_PARAGRAPH):
        return True
    is_whole = _ENDS_WITH_WORD.search(line) is not None or is_heading_of_abstract(line)
    return is_whole and (_STARTS_SENTENCE.match(below) is not None or is_heading_of_abstract(below))


_ENDS_WITH_WORD = re.compile(r"\S\s+\S+\s+\w{3,}\Z")
_STARTS_SENTENCE = re.compile(r"[^\W\d_a-z]\w+[.:]?\s+\S|(?:[^\W\d_a-z]|\d{1,2}\.)\s+\S+\s+\S")
_BETWEEN_PARAGRAPHS = re.compile(r"\n{3,}")


def _join_values(lines: Sequence[str], place: LabelPlace, breaks: Breaks) -> tuple[list[str], list[str]]:
    """Join the lines of each value, and those of each paragraph of the abstract.

    Authors are the first lines of names after the identifiers, the abstract is the rest. Also return the lines that
    could be both.
    """
    joined: list[str] = []
    rest: list[str] = []
    labels: dict[str, tuple[int, bool]] = {}
    label = ""
    marked = labels_with_tab(lines)
    for line in map(_with_tab_after_doi, lines):
        own, _, value = line.partition("\t")
        if own in words.LABELS and label in words.LABELS_OF_TITLES and joined[-1] == label:
            return joined[:-1], [" ".join(lines[len(joined) - 1 :])]
        is_text = own in marked and "\t" not in line
        if own in _PEOPLE and not is_text and not labels.keys() & words.LABELS_OF_ABSTRACTS:
            labels[own] = len(rest), bool(value)
            label = own
            rest += [value] if value else []
        elif labels:
            rest += [line.replace("\t", " ")] if line else []
        elif own in words.LABELS or _continues_row(label, joined, line):
            if own in words.LABELS or joined[-1] == label:
                joined.append(line)
            else:
                joined[-1] += joined_by(joined[-1], line) + (LOST if is_moved(line) else "") + line
            label = own if own in words.LABELS else label
        elif label and line:
            rest.append(line)
        elif line or not label:
            joined.append(line)
    at = None if labels.keys() & words.LABELS_OF_ABSTRACTS else line_before_label(rest)
    if at is not None:
        rest[at], _, label = rest[at].rpartition(" ")
        labels[label] = at, True
    above_abstract = next((above for own, (above, _) in labels.items() if own in words.LABELS_OF_ABSTRACTS), None)
    above_authors, is_beside = labels.get("Authors", (0, False))
    by_label = (2 * above_authors + is_beside or None) if place is LabelPlace.MIDDLE else None
    people, doubtful = rows_of_people(
        rest,
        {*labels},
        above_abstract,
        place,
        by_label=by_label,
        breaks=breaks,
        is_marked=bool(marked),
    )
    broken = slice(0) if place is LabelPlace.TOP else _broken_title(joined)
    doubtful += filter(None, [" ".join(joined[broken])])
    del joined[broken]
    return [*joined, *people], doubtful


def _broken_title(lines: Sequence[str]) -> slice:
    """Return the lines of a title that begins above its label: the line there is no count, heading or sentence."""
    at = next((at for at, line in enumerate(lines) if line.split("\t", 1)[0] in words.LABELS_OF_TITLES), 0)
    above = next((above for above in range(at - 1, -1, -1) if lines[above]), 0)
    line = lines[above] if above < at else ""
    is_known = line in words.SINGLE_LINES or words.ANY_COUNT.search(line) or words.BULLET.match(line)
    if " " not in line or line.endswith(".") or is_known:
        return slice(0)
    return slice(above, at + 1 if "\t" in lines[at] else at + 2)


def _continues_row(label: str, joined: list[str], line: str) -> bool:
    """Whether a line without a label is in the row of a label that has a value of one line, or of some lines."""
    if not (label and line):
        return False
    if label in _IDENTIFIERS:
        return joined[-1] == label and not _DIGITS.isdisjoint(line.split(" ", 1)[0])
    if joined[-1] == label or label in words.LABELS_OF_TITLES:
        return True
    return label in PLACES and not _ENDS_WITH_YEAR.fullmatch(joined[-1])
