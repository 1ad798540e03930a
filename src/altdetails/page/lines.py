"""Text that some tool took out of a page, as plain logical lines.

What tools add is taken off again: Markdown, list marks, numbers of links, hard line breaks at a fixed width, tables
drawn with pipes or columns. A line that comes out is one heading, one label, one paragraph, or one table row with its
cells parted by a tab; an empty line stands where the text had one.
"""

from __future__ import annotations

import re

from altdetails.page import words

__all__ = ["logical_lines"]

_LONGEST_WRAPPED = 400
_BULLET_MARK = re.compile(r"[•*◦▪·‣∙+-]\s+(?=\S)")
_CELL_GAP = re.compile(r"\t+|\s{2,}")


def logical_lines(text: str) -> list[str]:
    """The logical lines of a page's text, from whichever tool it comes."""
    lines = [line.rstrip() for line in text.splitlines()]
    before, table, after = _drawn_table(lines)
    widths = _widths(lines)
    lines = [*_unwrapped(before, widths), *table, *_unwrapped(after, widths)]
    lines = _without_link_numbers(lines)
    if _is_markdown(lines):
        lines = _without_markdown(lines)
    if any(map(_IS_PIPED.match, lines)):
        lines = [cells for line in lines if (cells := _piped(line)) is not None]
    return [_plain(line) for line in lines]


def _plain(line: str) -> str:
    """A line without list mark and padding; columns parted by wide gaps become cells."""
    stripped = line.strip()
    mark = _BULLET_MARK.match(stripped)
    if mark:
        stripped = stripped[mark.end() :]
    row = words.TABLE_ROW.fullmatch(stripped)
    if row:
        return "\t".join(row.groups())
    cells = _CELL_GAP.split(stripped)
    if len(cells) > 1 and (cells[0] in words.LABELS or cells[-1] == "As %"):
        return "\t".join(cells)
    return " ".join(stripped.split())


# Numbers of links, as lynx writes them: [1]text, with a list of addresses at the end.

_LINK_LIST = re.compile(r"(?:References|\s*(?:Visible|Hidden) links:?)")
_LISTED_LINK = re.compile(r"\s*(\d+)\. \S+")
_LINK_NUMBER = re.compile(r"\[(\d+)\]")


def _without_link_numbers(lines: list[str]) -> list[str]:
    heads = [at for at, line in enumerate(lines) if line == "References"]
    if not heads:
        return lines
    rest = [line for line in lines[heads[-1] :] if line.strip()]
    listed = [match[1] for line in rest if (match := _LISTED_LINK.fullmatch(line))]
    if not listed or len(listed) + sum(1 for line in rest if _LINK_LIST.fullmatch(line)) != len(rest):
        return lines
    expected = iter(listed)
    following = next(expected)

    def dropped(match: re.Match[str]) -> str:
        nonlocal following
        if match[1] != following:
            return match[0]
        following = next(expected, "")
        return ""

    return [_LINK_NUMBER.sub(dropped, line) for line in lines[: heads[-1]]]


# Markdown

_MARKDOWN = re.compile(r"#{1,6} \S|.*\*\*[\d,]+\*\*|.*\]\(\S+\)|.*\\[_<>\-.*]")
_HEADING_MARK = re.compile(r"\s*#{1,6} ")
_LINK = re.compile(r"\[((?:[^\[\]]|\\[\[\]]|\[[^\[\]]*\])*)\]\(<?[^()\s]*(?:\([^()\s]*\)[^()\s]*)*>?(?: \"[^\"]*\")?\)")
_BOLD = re.compile(r"\*\*([^*]+)\*\*(?=(\w)?)")
_EMPHASIS = re.compile(r"(?<![\w*\\])([*_])(?=[^\s*_])([^*_]*[^\s*_\\])\1(?![\w*])")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>|])")


def _is_markdown(lines: list[str]) -> bool:
    return any(map(_MARKDOWN.match, lines))


def _without_markdown(lines: list[str]) -> list[str]:
    text = "\n".join(_HEADING_MARK.sub("", line) for line in lines)
    text = _LINK.sub(r"\1", text)
    text = _BOLD.sub(lambda bold: bold[1] + (" " if bold[2] else ""), text)
    text = _EMPHASIS.sub(r"\2", text)
    return _ESCAPE.sub(r"\1", text).split("\n")


# Hard line breaks

_OPENING = re.compile(
    rf"#{words.NUMBER}$|of {words.NUMBER} outputs|{words.BULLET.pattern}|{words.BOX_LABEL.pattern}"
    rf"|{words.OVERVIEW}|{words.CONTEXT_OPENING}|{words.LIMITED_ACCESS}|[•*+|] |-{{3,}}"
    r"|The data shown below|Altmetric has tracked|So far Altmetric|Older research|We're also able"
)
_WHOLE = re.compile(
    rf"#{words.NUMBER}|of {words.NUMBER} outputs?|{words.TABLE_ROW.pattern}|.*As %|\[[^\[\]]*\]\([^()\s]+\)"
)
_STANDS_ALONE = words.LABELS | words.TWITTER | words.SUBHEADINGS | words.COLUMN_HEADS | {
    words.ABOUT,
    words.BADGE,
    words.MENTIONED_BY,
    words.CITATIONS,
    words.READERS_ON,
    words.MENDELEY,
    words.CONTEXT,
    words.TIMELINE,
}
_HYPHEN = re.compile(r".*\w-")
_AFTER_HANGING_HYPHEN = re.compile(r"(?:and|or|to|und|et|y|e|o|versus)\b")


def _widths(lines: list[str]) -> dict[int, int]:
    """The width at which the tool broke its lines, by their indent; empty where it did not break them."""
    broken = [
        (_indent(line), len(line))
        for line, following in zip(lines, lines[1:], strict=False)
        if following.strip()[:1].islower() and " " in line.strip() and not _is_whole(line.strip())
    ]
    widest = max((length for _, length in broken), default=0)
    wide = sorted((indent, length) for indent, length in broken if length > _NEARLY * widest)
    longest = max(map(len, lines), default=0)
    if len(wide) < _FEW or widest > _LONGEST_WRAPPED or longest > 3 * widest:
        return {}
    return {**dict(wide), -1: widest}


_NEARLY = 0.8
_FEW = 3


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _unwrapped(lines: list[str], widths: dict[int, int]) -> list[str]:
    if not widths:
        return lines
    joined: list[str] = []
    last = ""
    for line in lines:
        word = line.strip().split(" ", 1)[0]
        fits = len(last) + 1 + len(word) <= widths.get(_indent(last), widths[-1])
        if not word or not last or fits or _begins(line.strip()) or _is_whole(last.strip()):
            joined.append(line)
        else:
            glue = "" if _HYPHEN.fullmatch(last) and not _AFTER_HANGING_HYPHEN.match(line.strip()) else " "
            joined[-1] += glue + line.strip()
        last = line
    return joined


def _begins(line: str) -> bool:
    return line in _STANDS_ALONE or bool(_OPENING.match(line))


def _is_whole(line: str) -> bool:
    return line in _STANDS_ALONE or bool(_WHOLE.fullmatch(line))


# Tables drawn with pipes

_IS_PIPED = re.compile(r"\s*\|?\s*:?-{3,}:?\s*\||.*\|\s*As %|\s*\|?\s*DOI\s*\|")
_PERCENT = re.compile(r"(?:<\s?1|\d+)%")
_RULE = re.compile(r"[\s|:-]*-{3,}[\s|:-]*")


def _piped(line: str) -> str | None:
    if "|" not in line:
        return line
    if _RULE.fullmatch(line):
        return None
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if cells[0] in words.LABELS:
        value = " | ".join(cells[1:]).strip(" |")
        return f"{cells[0]}\t{value}" if value else cells[0]
    if cells[-1] == "As %" or _PERCENT.fullmatch(cells[-1]):
        return "\t".join(cells)
    return line.strip().removeprefix("|").removesuffix("|").strip()


# The details table drawn with two columns; w3m and inscriptis put a label in the middle of its row's height

_FIRST_LABEL = re.compile(r"(\s*)(Title|Chapter title)(\s{2,})\S")
_LABELLED = re.compile(rf"\s*({'|'.join(sorted(words.LABELS, key=len, reverse=True))})(?:\s{{2,}}(.*)|\s*)")
_WORDS_OF_LABELS = frozenset(word for label in words.LABELS for word in label.split())


def _drawn_table(lines: list[str]) -> tuple[list[str], list[str], list[str]]:
    """The lines before the details table, its labels and paragraphs, and the lines after it."""
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
    if not labels:
        return lines, [], []
    bounds = _row_bounds([(at, height) for _, at, height in labels], len(right))
    if bounds is None or abs(bounds[-1] - len(right)) > 1:
        bounds = [0, *(at for _, at, _ in labels[1:]), len(right)]
    bounds[-1] = len(right)
    table = []
    for (label, _, _), top, bottom in zip(labels, bounds, bounds[1:], strict=False):
        table += [label, *_paragraphs(right[top:bottom])]
    return lines[:start], table, lines[end:]


def _cells(line: str, column: int) -> tuple[str, str] | None:
    """Label and value of a line of the table, either of which can be empty; None for a line that is not in it."""
    labelled = _LABELLED.fullmatch(line)
    if labelled:
        return labelled[1], labelled[2] or ""
    left = line[:column].strip()
    if not left or (left in _WORDS_OF_LABELS and not line[column - 1 : column].strip()):
        return left, line[column:].strip()
    return None


def _labels(left: list[str]) -> list[tuple[str, int, int]]:
    """Labels of the left column, with first line and number of lines: a narrow column breaks them."""
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


def _row_bounds(labels: list[tuple[int, int]], total: int, top: int = 0) -> list[int] | None:
    """First lines of the rows and the end of the last, from labels that stand in the middle of their rows."""
    if not labels:
        return [top]
    (at, height), *below = labels
    found = []
    for spare in (0, 1):
        bottom = top + 2 * (at - top) + height + spare
        if at >= top and bottom <= (below[0][0] if below else total + 1):
            rest = _row_bounds(below, total, bottom)
            if rest:
                found.append([top, *rest])
    return min(found, key=lambda bounds: abs(bounds[-1] - total), default=None)


def _paragraphs(lines: list[str]) -> list[str]:
    return [" ".join(block.split()) for block in "\n".join(lines).split("\n\n") if block.strip()]
