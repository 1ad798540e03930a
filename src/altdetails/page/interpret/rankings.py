"""The section Attention Score in Context: boxes with rank and total, and a paragraph for each of the four scopes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from altdetails.page import words
from altdetails.record import Ranking, Scope, Unread

__all__ = ["Contradiction", "rankings"]

_SCOPES: tuple[Scope, ...] = ("all", "source", "similar_age", "similar_age_and_source")
_BOX = re.compile(
    r"(?P<label>All research outputs|Outputs of similar age from (?P<aged>\S.*?)|Outputs of similar age"
    rf"|Outputs from (?P<of>\S.*?))(?:\s+#(?P<rank>{words.NUMBER}))?(?:\s+of (?P<total>{words.NUMBER}) outputs?)?"
)
_RANK = re.compile(rf"#({words.NUMBER})")
_TOTAL = re.compile(rf"of ({words.NUMBER}) outputs?")
_OPENINGS: dict[str, Scope] = {
    "Altmetric has tracked": "all",
    "So far Altmetric has tracked": "source",
    "Older research outputs": "similar_age",
    "We're also able to compare": "similar_age_and_source",
}
_OPENING = re.compile(
    r"(?P<words>(?<!So far )Altmetric has tracked(?= [\d,]+ research)|So far Altmetric has tracked(?= [\d,]+ research)"
    r"|Older research outputs(?= will score)|We're also able to compare(?= this))"
)
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


@dataclass(slots=True)
class _Box:
    source: str | None
    rank: int | None
    total: int | None


@dataclass(slots=True)
class Contradiction:
    """A box and a paragraph of one scope that name different totals."""

    scope: Scope
    of_box: int
    of_paragraph: int


def rankings(
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
        match = _BOX.fullmatch(line) if line.startswith(("All ", "Outputs ")) else None
        if not match:
            continue
        rank, total = match["rank"], match["total"]
        for following in context[at + 1 : at + 3]:
            if rank is None and total is None and (found := _RANK.fullmatch(following)):
                rank = found[1]
            elif total is None and (found := _TOTAL.fullmatch(following)):
                total = found[1]
            else:
                break
        if rank is None and total is None:
            continue
        box = _Box(
            match["aged"] or match["of"], words.number(rank) if rank else None, words.number(total) if total else None
        )
        boxes.setdefault(_scope_of_box(match), box)
    return boxes


def _scope_of_box(match: re.Match[str]) -> Scope:
    if match["aged"]:
        return "similar_age_and_source"
    if match["of"]:
        return "source"
    return "all" if match["label"].startswith("All") else "similar_age"


def _paragraphs(context: list[str]) -> dict[Scope, str]:
    paragraphs: dict[Scope, str] = {}
    scope: Scope | None = None
    for line in context:
        openings = [*_OPENING.finditer(line)]
        if not openings:
            if scope and _SENTENCE_GOES_ON.match(line):
                paragraphs[scope] += f" {line}"
            else:
                scope = None
            continue
        ends = [*(opening.start() for opening in openings[1:]), len(line)]
        for opening, end in zip(openings, ends, strict=True):
            scope = _OPENINGS[opening["words"]]
            paragraphs.setdefault(scope, line[opening.start() : end].strip())
    return paragraphs


def _number(expression: re.Pattern[str], text: str | None) -> int | None:
    match = expression.search(text) if text else None
    return words.number(match[1]) if match else None


def _mean(text: str | None) -> float | None:
    match = _MEAN.search(text) if text else None
    return float(match[1].replace(",", "")) if match else None
