"""The section Attention Score in Context: boxes with rank and total, and a paragraph for each of the four scopes."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from altdetails.page import words
from altdetails.record import Ranking, Scope, Unread

__all__ = ["Contradiction", "rankings_of"]

_SCOPES: tuple[Scope, ...] = ("all", "source", "similar_age", "similar_age_and_source")
_LABELS: tuple[tuple[str, Scope], ...] = (
    ("All research outputs", "all"),
    ("Outputs of similar age from ", "similar_age_and_source"),
    ("Outputs of similar age", "similar_age"),
    ("Outputs from ", "source"),
)
_ONE_LINE_BOX = re.compile(rf"(\S.*?)\s+(#{words.NUMBER})\s+(of {words.NUMBER} outputs?)")
_RANK = re.compile(rf"#({words.NUMBER})")
_TOTAL = re.compile(rf"of ({words.NUMBER}) outputs?")
_OPENINGS: dict[str, Scope] = {
    "Altmetric has tracked ": "all",
    "So far Altmetric has tracked ": "source",
    "Older research outputs will score ": "similar_age",
    "We're also able to compare this ": "similar_age_and_source",
}
_SHORTEST_PARAGRAPH = 30
_SO_FAR = "So far "
_SENTENCE_GOES_ON = re.compile(r"Compared to|They |This one|To account for")
_COMPARED = {
    "all": re.compile(rf"has tracked ({words.NUMBER}) research outputs? across"),
    "source": re.compile(rf"has tracked ({words.NUMBER}) research outputs?"),
    "similar_age": re.compile(rf"to the ({words.NUMBER}) tracked outputs?"),
    "similar_age_and_source": re.compile(rf"to ({words.NUMBER}) others? "),
}
_MEAN = re.compile(r"mean Attention Score of (\d+(?:,\d{3})*(?:\.\d+)?)(?=\.(?:\s|$))")
_PERCENTILE = re.compile(r"in the (\d{1,3})(?:st|nd|rd|th) percentile")
_TOP = re.compile(r"in the top (\d{1,3})%")
_HIGHER_PERCENT = re.compile(r"scoring higher than (\d{1,3})% of")
_HIGHER_COUNT = re.compile(rf"scored higher than ({words.NUMBER}) of them")


class _Box(NamedTuple):
    source: str | None
    rank: int | None
    total: int | None


class Contradiction(NamedTuple):
    """A box and a paragraph of one scope that name different totals."""

    scope: Scope
    of_box: int
    of_paragraph: int


def rankings_of(
    context: list[str] | None, source: str | None, unread: list[Unread]
) -> tuple[list[Ranking] | None, list[Contradiction]]:
    """The rankings in the order of the scopes, each from its box, its paragraph or both; None where there is none.

    Args:
        context: lines of the section.
        source: the output's source, for paragraphs without a box.
        unread: takes paragraphs that yield no number.
    """
    if context is None:
        return None, []
    boxes = _boxes(context)
    paragraphs = _paragraphs(context)
    found, contradictions = [], []
    for scope in _SCOPES:
        box, text = boxes.get(scope), paragraphs.get(scope)
        if box is None and text is None:
            continue
        compared = _number(_COMPARED[scope], text)
        total = box.total if box and box.total is not None else compared
        if box and box.total is not None and compared not in {None, box.total}:
            contradictions.append(Contradiction(scope, box.total, compared or 0))
        named = box.source if box and box.source else source
        ranking = Ranking(
            scope=scope,
            source=named if scope in {"source", "similar_age_and_source"} else None,
            rank=box.rank if box else None,
            total=total,
            mean_score=_mean(text),
            percentile=_number(_PERCENTILE, text),
            top_percent=_number(_TOP, text),
            higher_than_percent=_number(_HIGHER_PERCENT, text),
            higher_than_count=_number(_HIGHER_COUNT, text),
            text=text,
        )
        if text is not None and _says_nothing(ranking):
            unread.append(Unread("context", text))
        found.append(ranking)
    return found or None, contradictions


def _says_nothing(ranking: Ranking) -> bool:
    verdict = (ranking.percentile, ranking.higher_than_percent, ranking.higher_than_count)
    return all(number is None for number in verdict)


def _boxes(context: list[str]) -> dict[Scope, _Box]:
    boxes: dict[Scope, _Box] = {}
    for at, line in enumerate(context):
        if not line.startswith(("All research outputs", "Outputs ")):
            continue
        one_line = _ONE_LINE_BOX.fullmatch(line) if "#" in line else None
        label, *numbers = one_line.groups() if one_line else (line, *context[at + 1 : at + 3])
        scope, source = _scope(label)
        box = _box(source, numbers)
        if scope and box:
            boxes.setdefault(scope, box)
    return boxes


def _scope(label: str) -> tuple[Scope | None, str | None]:
    for words_of_label, scope in _LABELS:
        if label.startswith(words_of_label):
            rest = label[len(words_of_label) :]
            if bool(rest) == words_of_label.endswith(" "):
                return scope, rest or None
    return None, None


def _box(source: str | None, lines: list[str]) -> _Box | None:
    """The box with the rank and the total that the next lines show, either of which can be missing."""
    rank = total = None
    for line in lines:
        if rank is None and total is None and (found := _RANK.fullmatch(line)):
            rank = words.number(found[1])
        elif total is None and (found := _TOTAL.fullmatch(line)):
            total = words.number(found[1])
        else:
            break
    return None if rank is None and total is None else _Box(source, rank, total)


def _paragraphs(context: list[str]) -> dict[Scope, str]:
    paragraphs: dict[Scope, str] = {}
    scope: Scope | None = None
    for line in context:
        if len(line) < _SHORTEST_PARAGRAPH:
            scope = None
            continue
        starts = sorted((at, opening) for opening in _OPENINGS if (at := line.find(opening)) >= 0)
        starts = [(at, opening) for at, opening in starts if not line.startswith(_SO_FAR, at - len(_SO_FAR))]
        if starts:
            for (at, opening), (end, _) in pairwise([*starts, (len(line), "")]):
                scope = _OPENINGS[opening]
                paragraphs.setdefault(scope, line[at:end].strip())
        elif scope and _SENTENCE_GOES_ON.match(line):
            paragraphs[scope] += f" {line}"
        else:
            scope = None
    return paragraphs


def _number(expression: re.Pattern[str], text: str | None) -> int | None:
    match = expression.search(text) if text else None
    return words.number(match[1]) if match else None


def _mean(text: str | None) -> float | None:
    match = _MEAN.search(text) if text else None
    return float(match[1].replace(",", "")) if match else None
