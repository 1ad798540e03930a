"""Interpret *Attention Score in Context*: boxes with rank and total, and a paragraph for each of the four scopes."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from typing import NamedTuple

from altdetails.page import words
from altdetails.record import Ranking, Scope, Unread

__all__ = ["Contradiction", "rankings_of"]

_SCOPES: tuple[Scope, ...] = ("all", "source", "similar_age", "similar_age_and_source")
_LABELS: tuple[tuple[str, Scope], ...] = (
    ("Outputs of similar age from ", "similar_age_and_source"),
    ("Outputs from ", "source"),
)
_RANK_AND_TOTAL = re.compile(rf"({words.NUMBER})(?:\s+of ({words.NUMBER}) outputs?)?")
_TOTAL = re.compile(rf"({words.NUMBER}) outputs?")
_NUMBERS_OF_BOX = re.compile(rf"#{words.NUMBER}(?:\s+of {words.NUMBER} outputs?)?|of {words.NUMBER} outputs?")
_OPENINGS: dict[str, Scope] = {
    "Altmetric has tracked ": "all",
    "So far Altmetric has tracked ": "source",
    "Older research outputs will score ": "similar_age",
    "We're also able to compare this ": "similar_age_and_source",
}
_OF_RANKING = re.compile(r"\bpercentile\b|scor(?:ed|ing) higher than \d")
_MIN_PARAGRAPH_LENGTH = 30
_SO_FAR = "So far "
_PARAGRAPH_CONTINUES = re.compile(r"Compared to|They |This one|To account for")
_COMPARED = {
    "all": re.compile(rf"has tracked ({words.NUMBER}) research outputs? across"),
    "source": re.compile(rf"has tracked ({words.NUMBER}) research outputs?"),
    "similar_age": re.compile(rf"to the ({words.NUMBER}) tracked outputs?"),
    "similar_age_and_source": re.compile(rf"to ({words.NUMBER}) others? "),
}
_MEAN = re.compile(rf"mean Attention Score of ({words.NUMBER}\.[0-9]{{1,9}}(?=\.(?:\s|$))|{words.NUMBER}(?=\.\s))")
_PERCENTILE = re.compile(r"in the (\d{1,3})(?:st|nd|rd|th) percentile")
_TOP = re.compile(r"in the top (\d{1,3})%")
_HIGHER_PERCENT = re.compile(r"scoring higher than (\d{1,3})% of")
_HIGHER_COUNT = re.compile(rf"scored higher than ({words.NUMBER}) of them")


class _Box(NamedTuple):
    source: str | None
    rank: int | None
    total: int | None


class Contradiction(NamedTuple):
    """Different totals in the box and the paragraph of one scope."""

    scope: Scope
    of_box: int
    of_paragraph: int


def rankings_of(
    context: list[str] | None, source: str | None, unread: list[Unread]
) -> tuple[list[Ranking] | None, list[Contradiction]]:
    """Return the rankings in the order of the scopes, from boxes and paragraphs; None if there are no rankings.

    Args:
        context: lines of the section.
        source: the output's source, for paragraphs without a box.
        unread: a list to which paragraphs without numbers are added.
    """
    if context is None:
        return None, []
    boxes = _boxes(context, unread)
    paragraphs = _paragraphs(context, unread)
    rankings, contradictions = [], []
    for scope in _SCOPES:
        box, text = boxes.get(scope), paragraphs.get(scope)
        if box is None and text is None:
            continue
        compared = _number(_COMPARED[scope], text) if text else None
        total = box.total if box and box.total is not None else compared
        if compared is not None and total is not None and compared != total:
            contradictions.append(Contradiction(scope, total, compared))
        source_of_scope = box.source if box and box.source else source
        source_of_scope = source_of_scope if scope in {"source", "similar_age_and_source"} else None
        verdict = _verdict(text) if text else _NO_VERDICT
        ranking = Ranking(scope, source_of_scope, box.rank if box else None, total, *verdict, text)
        if text is not None and _is_incomplete(ranking, text):
            unread.append(Unread("context", text))
        rankings.append(ranking)
    return rankings or None, contradictions


def _is_incomplete(ranking: Ranking, text: str) -> bool:
    """Whether the paragraph of a ranking says more than was read."""
    has_no_verdict = ranking.percentile is ranking.higher_than_percent is ranking.higher_than_count is None
    return has_no_verdict or ranking.total is None or ("mean" in text and ranking.mean_score is None)


def _boxes(context: list[str], unread: list[Unread]) -> dict[Scope, _Box]:
    """Return the boxes by scope.

    A box has a label, a rank and a total on up to three lines. One number can be missing.
    """
    boxes: dict[Scope, _Box] = {}
    end_of_box = -1
    for at, line in enumerate(context):
        if at > end_of_box and line.startswith("#"):
            unread.append(Unread("context", line))
        if not line.startswith(("All research outputs", "Outputs ")):
            continue
        numbers = [*takewhile(_NUMBERS_OF_BOX.fullmatch, context[at + 1 : at + 3])]
        label, rank, total = _split_box(" ".join([line, *numbers]))
        scope, source = _scope(label)
        if scope and (rank or total is not None):
            end_of_box = at + len(numbers)
            boxes.setdefault(scope, _Box(source, rank or None, total))
    return boxes


def _split_box(box: str) -> tuple[str, int | None, int | None]:
    """Return label, rank and total of a box on one line."""
    label, mark, numbers = box.replace("\t", " ").rpartition(" #")
    if mark and (match := _RANK_AND_TOTAL.fullmatch(numbers)):
        return label, words.to_int(match[1]), words.to_int(match[2]) if match[2] else None
    label, mark, numbers = box.rpartition(" of ")
    if mark and (match := _TOTAL.fullmatch(numbers)):
        return label, None, words.to_int(match[1])
    return box, None, None


def _scope(label: str) -> tuple[Scope | None, str | None]:
    label = label.rstrip()
    for beginning, scope in _LABELS:
        if label.startswith(beginning):
            return scope, label[len(beginning) :].strip() or None
    if label == "All research outputs":
        return "all", None
    return ("similar_age", None) if label == "Outputs of similar age" else (None, None)


def _paragraphs(context: list[str], unread: list[Unread]) -> dict[Scope, str]:
    paragraphs: dict[Scope, list[str]] = {}
    scope: Scope | None = None
    for line in context:
        if len(line) < _MIN_PARAGRAPH_LENGTH:
            scope = None
            continue
        plain = line.replace("’", "'")
        starts = [
            (at, opening)
            for opening in _OPENINGS
            if (at := plain.find(opening)) >= 0 and not line.startswith(_SO_FAR, at - len(_SO_FAR))
        ]
        if starts:
            starts.sort()
            for (at, opening), (end, _) in pairwise([*starts, (len(line), "")]):
                scope = _OPENINGS[opening]
                paragraphs.setdefault(scope, [line[at:end].strip()])
        elif scope and _PARAGRAPH_CONTINUES.match(line):
            paragraphs[scope].append(line)
        else:
            scope = None
            if ("percentile" in line or " higher than " in line) and _OF_RANKING.search(line):
                unread.append(Unread("context", line))
    return {scope: " ".join(lines) for scope, lines in paragraphs.items()}


class _Verdict(NamedTuple):
    """The numbers of a paragraph, in the order of a ranking's fields."""

    mean_score: float | None = None
    percentile: int | None = None
    top_percent: int | None = None
    higher_than_percent: int | None = None
    higher_than_count: int | None = None


_NO_VERDICT = _Verdict()


def _verdict(text: str) -> _Verdict:
    mean = _MEAN.search(text) if "mean" in text else None
    return _Verdict(
        float(mean[1].replace(",", "")) if mean and len(mean[1]) <= _MAX_MEAN_LENGTH else None,
        _percent(_PERCENTILE, text) if "percentile" in text else None,
        _percent(_TOP, text) if "top" in text else None,
        _percent(_HIGHER_PERCENT, text) if "higher" in text else None,
        _number(_HIGHER_COUNT, text) if "scored higher" in text else None,
    )


_MAX_MEAN_LENGTH = 20


def _number(expression: re.Pattern[str], text: str) -> int | None:
    match = expression.search(text)
    return words.to_int(match[1]) if match else None


def _percent(expression: re.Pattern[str], text: str) -> int | None:
    match = expression.search(text)
    return words.parse_percent(match[1]) if match else None
