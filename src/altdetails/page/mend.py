"""Mend the lines of texts that broke known lines, glued labels to values, or put labels between the lines of a value.

Text of a PDF is broken at the width of its page, so nothing in it shows the end of a paragraph. Some tools write no
space and no line break between the cells of a table. The fixed words of a page show both, and only then anything is
mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from altdetails.page import words
from altdetails.page.doubts import Breaks, LabelPlace, is_moved, rows_of_people
from altdetails.page.lines import LOST, joined_by

__all__ = ["Damage", "join_fixed_lines", "mend_details"]

_MARK = re.compile(r"[•◦▪·‣]")
_MOST_LINES = 12
"""The most lines of a fixed sentence."""


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
    lines: Sequence[str], damage: Damage, heading: str | None, breaks: Breaks
) -> tuple[list[str], list[str]]:
    """Return the lines from the overview to the end of the details, with each label on a line or before a tab.

    Also return the texts whose label or end is not certain. The heading of the page shows which label is glued to it.
    """
    details, place = _join_labels(lines)
    is_column = damage is Damage.BROKEN or len(details) < len(lines)
    details = [part for line in details for part in _cells_of_line(line)]
    is_glued = (
        is_column
        or _has_glued_abstract(details)
        or any(f"{label} {heading}" in details for label in words.LABELS_OF_TITLES)
    )
    details = _split_labels(details, 1 if is_glued else 2)
    if damage is Damage.SPLIT:
        return _without_split_values(details)
    if is_column:
        return _join_values(details, place, breaks)
    return details, []


# Headings and boxes glued to what follows them

_GLUED_HEADING = re.compile(
    rf"({'|'.join(sorted(words.TWITTER | {words.MENDELEY, words.CONTEXT, *words.SUBHEADINGS}))})"
    rf"(?:\1)?(?=$|The data shown below|{words.CONTEXT_OPENING}|Altmetric has tracked|Country|Type$|Readers by)(\S.*)?"
)
_GLUED_BULLET = re.compile(rf"(?<=[\w)])[*•+-] (?={words.BULLET.pattern})")
_GLUED_BOX = re.compile(rf"((?:{words.BOX_LABEL.pattern}).*?)\s?(#{words.NUMBER})\s?(of {words.NUMBER} outputs?)")


def _unglued(line: str) -> list[str]:
    heading = _GLUED_HEADING.fullmatch(line)
    if heading and line != heading[1]:
        return [part for part in heading.groups() if part]
    if words.BULLET.match(line):
        return _GLUED_BULLET.split(line)
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
            line += joined_by(line, lines[below]) + lines[below]
            at = below + 1
        continues = _continuation_of(line)
        while continues and at < len(lines) and at - first < _MOST_LINES:
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
    is_inside = lines[below][:1].islower() or lines[below] == "Altmetric." or _PERCENT_OF.match(lines[below])
    return below if is_inside and not line.endswith((".", ")")) else at


def _continuation_of(line: str) -> Callable[[str, str], bool] | None:
    if _START_OF_BULLET.match(line):
        return _continues_bullet
    if line.startswith(_LONG_BOXES):
        return _continues_box
    return _continues_sentence if _SENTENCE.match(line) else None


def _continues_bullet(line: str, following: str) -> bool:
    return bool(_REST_OF_BULLET.match(following)) and (
        following.startswith("(") or not _WHOLE_BULLET.fullmatch(line) or line.count("(") > line.count(")")
    )


def _continues_box(line: str, following: str) -> bool:
    return bool(following) and "#" not in line and not following.startswith("#") and len(following) < len(line)


def _end_of_overview(line: str, lines: Sequence[str], at: int) -> int:
    """Return the end of the lines that continue the overview: up to one that ends with a year."""
    if not line.startswith(words.OVERVIEW) or " published " not in line or _ENDS_WITH_YEAR.fullmatch(line):
        return at
    for below in range(at, min(at + _MOST_LINES_OF_OVERVIEW, len(lines))):
        if not lines[below] or lines[below] in words.SINGLE_LINES or words.BULLET.match(lines[below]):
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


# Labels


def _join_labels(lines: Sequence[str]) -> tuple[list[str], LabelPlace]:
    """Join labels of two lines.

    Also return their place: a value between the lines of a label shows that labels are at the middle of their values.
    """
    joined: list[str] = []
    at = 0
    place = LabelPlace.UNKNOWN
    has_whole_labels = not _PLACES.isdisjoint(lines)
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
        first_words = tuple(texts[0].split(" ", 1)) if texts else ()
        if whole and whole[0]:
            joined.append(whole[0])
            at = following[0] + 1
            if place is LabelPlace.UNKNOWN and whole[0] in _PLACES:
                place = LabelPlace.TOP
        elif len(whole) > 1 and whole[1]:
            joined += [whole[1], texts[0]]
            at = following[1] + 1
            place = LabelPlace.MIDDLE
        elif len(first_words) > 1 and (line, first_words[0]) in words.PARTS_OF_LABELS:
            joined += [words.PARTS_OF_LABELS[line, first_words[0]], first_words[1]]
            at = following[0] + 1
        else:
            joined.append(line)
    return joined, place


def _label_of_two_lines(line: str, below: str) -> list[str] | None:
    """Return label and value if both lines begin with a part of the label of a place, before lines of its value."""
    first, _, value = line.partition(" ")
    rest, _, end = below.partition(" ")
    label = words.PARTS_OF_LABELS.get((first, rest))
    return [label, f"{value} {end}".rstrip()] if label in _PLACES and value else None


_LABELLED = re.compile(rf"({words.A_LABEL})( ?)(\S.*)")
_GLUED_LABELS = ("Title", "Chapter title", "Published in", "Published by", "Authors", "Abstract", "Description")


def _cells_of_line(line: str) -> list[str]:
    """Split a line that begins with a DOI at the labels in it."""
    if not line.startswith("DOI") or not _LABEL_INSIDE.search(line):
        return [line]
    return [part for part in _LABEL_INSIDE.split(line) if part]


_LABEL_INSIDE = re.compile(rf"\s({words.A_LABEL})(?:\s|$)")


def _has_glued_abstract(lines: Sequence[str]) -> bool:
    """Whether the label of the abstract begins a line among the authors, and has no line of its own."""
    if "Authors" not in lines or not words.LABELS_OF_ABSTRACTS.isdisjoint(lines):
        return False
    return any(_GLUED_ABSTRACT.match(line) for line in lines[lines.index("Authors") + 1 :][:_MOST_LINES])


_GLUED_ABSTRACT = re.compile(r"(?:Abstract|Description)(?: ?[^\W\d_]|\d)")


def _split_labels(lines: Sequence[str], fewest: int) -> list[str]:
    """Split labels from their values up to the abstract, if at least `fewest` labels are on a line with their value."""
    places: dict[str, dict[str, int]] = {"": {}, " ": {}}
    end = next((at for at, line in enumerate(lines) if line in words.LABELS_OF_ABSTRACTS), len(lines))
    above = ""
    for at in range(end):
        is_value = "\t" in lines[at] or above in words.LABELS_OF_TITLES
        match = None if is_value else _LABELLED.fullmatch(lines[at])
        above = lines[at] or above
        if match and not (match[2] == "" and match[3][0] in ".,;:s"):
            places[match[2]].setdefault(match[1], at)
    alone = {line: at for at, line in reversed([*enumerate(lines)])}
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


# Values of several lines

_PLACES = frozenset({"Published in", "Published by"})
_PEOPLE = frozenset({"Authors", "Abstract", "Description"})
_IDENTIFIERS = words.LABELS - words.LABELS_OF_TITLES - words.LABELS_OF_PARAGRAPHS - _PLACES
_DIGITS = frozenset("0123456789")
_END_OF_PARAGRAPH = (".", "!", "?", ":", "”", '"')


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
        return any(line and not line.endswith(_END_OF_PARAGRAPH) for pieces in paragraphs for line in pieces[:-1])
    return label in {*words.LABELS_OF_TITLES, *_PLACES, "Authors", "Editors"} and "\n" in value


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
    for line in map(_with_tab_after_doi, lines):
        own, _, value = line.partition("\t")
        if own in words.LABELS and label in words.LABELS_OF_TITLES and joined[-1] == label:
            return joined[:-1], [" ".join(lines[len(joined) - 1 :])]
        if own in _PEOPLE and not labels.keys() & words.LABELS_OF_ABSTRACTS:
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
    above_abstract = next((above for own, (above, _) in labels.items() if own in words.LABELS_OF_ABSTRACTS), None)
    above_authors, is_beside = labels.get("Authors", (0, False))
    by_label = (2 * above_authors + is_beside or None) if place is LabelPlace.MIDDLE else None
    people, doubtful = rows_of_people(rest, {*labels}, above_abstract, place, by_label=by_label, breaks=breaks)
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
    return label in _PLACES and not _ENDS_WITH_YEAR.fullmatch(joined[-1])
