"""Turn the text of any HTML-to-text tool into logical lines.

This removes the additions of tools: Markdown, list marks, link numbers, hard line breaks at a fixed width, and tables
drawn with pipes or columns. A logical line is one heading, one label, one paragraph, or one table row with tabs between
its cells. Empty lines are kept.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from itertools import pairwise

from altdetails.page import words
from altdetails.page.drawn import AFTER_SUSPENDED_HYPHEN, CHARACTER, LOST, drawn_table
from altdetails.page.markup import without_line_numbers, without_markup

__all__ = ["MAX_LOOSE_END", "joined_by", "logical_lines"]

MAX_LOOSE_END = 80
"""The most characters of a text without the mark of a sentence that can be another row than the sentences above it."""

_BULLET_MARK = re.compile(rf"[•*◦▪·‣∙+-]\s+(?=\S)|(?:o|\d{{1,2}}\.)\s+(?={words.BULLET.pattern})")
_LONG_GAP = re.compile(r"\s{100,}")
_SHORT_GAP = " " * 99
_MAX_LABEL_LENGTH = 40
_SOFT_HYPHEN = re.compile("\u00ad(?:\\r?\n[ \t]*)?")
_EMPTY_LINES, _FEWER_LINES = re.compile(r"\n{20,}+"), "\n" * 19
"""Very many empty lines cost time, and mean the same as a few."""
_COMPATIBLE = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\ufb00-\ufb06]")
"""Radicals and ligatures that PDF files have instead of letters."""
_CELL_GAP = re.compile(r"\t+|\s{2,}")


def logical_lines(text: str) -> list[str]:
    """Return the logical lines of a text from any tool."""
    text = _EMPTY_LINES.sub(_FEWER_LINES, _SOFT_HYPHEN.sub("", text.replace("\xa0", " ")))
    with_markup = text = without_line_numbers(_LINK_OF_COUNT.sub("", _with_lines_of_elements(text)))
    text = _COMPATIBLE.sub(lambda letter: unicodedata.normalize("NFKC", letter[0]), without_markup(text))
    lines = _without_page_marks([_LONG_GAP.sub(_SHORT_GAP, line.rstrip()) for line in text.splitlines()])
    lines, numbers = _without_link_list(lines)
    before, table, after = drawn_table(lines)
    is_of_pdf = _is_proportional(lines) and _is_proportional([*map(str.rstrip, with_markup.splitlines())])
    widths = {} if is_of_pdf else _wrap_widths(lines)
    lines = [*_unwrap(before, widths), *table, *_unwrap(after, widths)]
    lines = [_SHOWN_LINK.sub(r"\g<doi>", line) for line in _without_link_numbers(lines, numbers)]
    if _MARKDOWN.search(text):
        lines = _without_markdown(lines)
    if any(map(_IS_PIPED.match, lines)):
        is_tight = any(map(_TIGHT_CELL.match, lines))
        lines = [row for line in lines for row in _without_pipes(line, is_tight=is_tight)]
    labels = _labels_of_column(lines)
    titles = {at for at, line in enumerate(lines) if line.strip() and _line_above(lines, at) in words.LABELS_OF_TITLES}
    return [
        labels.get(at) or (" ".join(line.split()) if at in titles else _plain(line)) for at, line in enumerate(lines)
    ]


def _line_above(lines: list[str], at: int) -> str:
    """Return the line above a line, also above one or two empty lines: a label, if the line is a value of its own."""
    return next((line for above in range(at - 1, max(at - 4, -1), -1) if (line := lines[above].strip())), "")


def _with_lines_of_elements(text: str) -> str:
    """Put each element on a line of its own if a tool wrote tabs between them, so that most lines end with a tab."""
    return text.replace("\t", "\n") if 2 * text.count("\t\n") > text.count("\n") else text


def _labels_of_column(lines: list[str]) -> dict[int, str]:
    """Return the line of the abstract's label, with a tab, if only its column shows that it is outside the text."""
    labels = {at: label for at, line in enumerate(lines) if (label := _LABEL_OF_ABSTRACT.match(line))}
    value = next(filter(None, map(_VALUE_OF_DOI.match, lines)), None) if len(labels) > 1 else None
    if value is None:
        return {}
    in_column = {at: label for at, label in labels.items() if label.end(1) <= value.end() + 1}
    return {at: f"{label[1]}\t{' '.join(label[2].split())}" for at, label in in_column.items() if len(in_column) == 1}


_LABEL_OF_ABSTRACT = re.compile(rf"\s*({'|'.join(sorted(words.LABELS_OF_ABSTRACTS))})((?:\s.*)?)\Z")
_VALUE_OF_DOI = re.compile(r"\s+DOI\s+(?=10\.)")


def _plain(line: str) -> str:
    """Remove list mark and padding. Columns separated by wide gaps become cells separated by tabs."""
    stripped = line.strip()
    mark = _BULLET_MARK.match(stripped)
    if mark:
        stripped = stripped[mark.end() :]
    row = words.TABLE_ROW.fullmatch(stripped)
    if row:
        return "\t".join(" ".join(cell.split()) for cell in row.groups())
    cells = _CELL_GAP.split(stripped)
    is_row = len(cells) == 2 and "\t" in stripped and len(cells[0]) <= _MAX_LABEL_LENGTH  # noqa: PLR2004
    if len(cells) > 1 and cells[0] in words.LABELS:
        return f"{cells[0]}\t{' '.join(cells[1:])}"
    if len(cells) > 1 and (cells[-1] == "As %" or is_row):
        return "\t".join(cells)
    return " ".join(stripped.split())


# What browsers print above and below each page: date, title, address, number of the page

_PRINTED_AT = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s+\d{1,2}:\d\d(?:\s?[AP]M)?"
_PAGE_NUMBER = re.compile(rf"(\w+://\S+\s+)?(\d{{1,3}})(?:/| of )(\d{{1,3}})(?:\s+{_PRINTED_AT})?")
_PAGE_MARK = re.compile(rf"{_PRINTED_AT}(?:\s+\S.*)?|\w+://\S+|Altmetric – .+")
_LINES_OF_MARKS = 6


def _without_page_marks(lines: list[str]) -> list[str]:
    """Remove the marks of printed pages: numbers that rise to the same total, and the marks near them."""
    numbers = {at: number for at, line in enumerate(lines) if (number := _PAGE_NUMBER.fullmatch(line.strip()))}
    near = {at + below for at in numbers for below in range(-_LINES_OF_MARKS, _LINES_OF_MARKS + 1)}
    marks = {at for at in near if 0 <= at < len(lines) and _PAGE_MARK.fullmatch(lines[at].strip())}
    pages = [int(number[2]) for number in numbers.values()]
    totals = {int(number[3]) for number in numbers.values()}
    is_printed = marks or any(number[1] for number in numbers.values())
    if not is_printed or len(totals) != 1 or sorted({*pages}) != pages or pages[-1] > max(totals):
        return lines
    return [line for at, line in enumerate(lines) if at not in marks and at not in numbers]


# Link numbers, as lynx writes them: [1]text, with a list of addresses at the end

_LINK_LIST = re.compile(r"(?:References|\s*(?:Visible|Hidden) links:?)")
_LISTED_LINK = re.compile(r"\s*(\d+)\. \S+")
_SHOWN_LINK = re.compile(
    r"\s\[(?:https?://|/|#)[^\[\]\s]{0,2000}\]|(?<!\S)(?P<doi>10\.\S{1,2000})\s\(https?://(?:dx\.)?doi\.org/(?P=doi)\)\Z",
    re.IGNORECASE,
)
_LINK_OF_COUNT = re.compile(r"(?<=\S) \((?:https?://[^()\s/]{1,200})?/details/[^()\s]{0,2000}\)$", re.MULTILINE)
_LINK_NUMBER = re.compile(r"\[(\d+)\]")
_BEFORE_LINK = re.compile(r"[^\s.,;:)]")


def _without_link_list(lines: list[str]) -> tuple[list[str], list[str]]:
    """Remove the list of links at the end. Return the other lines, and the numbers in the list."""
    heads = [at for at, line in enumerate(lines) if line == "References"]
    rest = [line for line in lines[heads[-1] :] if line] if heads else []
    numbers = [match[1] for line in rest if (match := _LISTED_LINK.fullmatch(line))]
    if not numbers or len(numbers) + sum(1 for line in rest if _LINK_LIST.fullmatch(line)) != len(rest):
        return lines, []
    return lines[: heads[-1]], numbers


def _without_link_numbers(lines: list[str], numbers: list[str]) -> list[str]:
    """Remove the link numbers from the lines. Each number appears once, in the order of the list."""
    if not numbers:
        return lines
    expected = iter(numbers)
    next_number = next(expected)
    times = Counter(match[1] for line in lines for match in _LINK_NUMBER.finditer(line))

    def remove_expected(match: re.Match[str]) -> str:
        nonlocal next_number
        is_of_text = times[match[1]] > 1 and not _BEFORE_LINK.match(match.string, match.end())
        if match[1] != next_number or is_of_text:
            return match[0]
        next_number = next(expected, "")
        return ""

    return [_LINK_NUMBER.sub(remove_expected, line) for line in lines]


# Markdown

_MARKDOWN = re.compile(r"^\s{0,3}#{1,6} {1,9}\S|\*\*[\d,]++\*\*|\]\([^()\s]*+\)|\\[_<>\-.*]", re.MULTILINE)
_HEADING_MARK = re.compile(r"\A\s*#{1,6} ")
_NAME_OF_HEADING = re.compile(rf"({'|'.join(sorted(words.SINGLE_LINES))}) \[[a-z-]+\]\Z")
_LINK = re.compile(
    r"(?<!\\)\[((?:[^\[\]\\]++|\\.|\[[^\[\]]*+\]){0,500})\]"
    r"\(<?[^()\s]*+(?:\([^()\s]*+\)[^()\s]*+)*+(?: \"[^\"]*+\")?\)"
)
_BOLD = re.compile(r"\*\*([^*]+)\*\*(?=(\w)?)")
_EMPHASIS = re.compile(r"(?<![\w*\\])([*_])(?=[^\s*_])([^*_]*[^\s*_\\])\1(?![\w*])(?: (?=[,.;:)]))?")
_RAISED_TAG = re.compile(r"</?su[bp]>")
_ENTITY = re.compile(r"&(?:gt|lt|amp);")
_RAISED = re.compile(r"(?<=\w)~([^\s~]{1,20})~|(?<=\w)\^([^\s^]{1,20})\^")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>|'\"$^~@&=:;,?%/])")


def _without_markdown(lines: list[str]) -> list[str]:
    text = "\n".join(_NAME_OF_HEADING.sub(r"\1", _HEADING_MARK.sub("", line)) for line in lines)
    text = _RAISED.sub(lambda raised: raised[1] or raised[2], _LINK.sub(r"\1", text))
    text = _BOLD.sub(lambda bold: bold[1] + (" " if bold[2] else ""), text)
    text = _RAISED_TAG.sub("", _EMPHASIS.sub(r"\2", text))
    text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return _ESCAPE.sub(r"\1", text).split("\n")


# Hard line breaks

_OPENING = re.compile(
    rf"\\?#{words.NUMBER}$|#{{1,6}} \S|of {words.NUMBER} outputs|(?:-\s+|\d{{1,2}}\.\s+)?(?:{words.BULLET.pattern})"
    rf"|{words.BOX_LABEL.pattern}"
    rf"|DOI:?\s+(?:\[\d+\])?10\.\d|(?:{words.A_LABEL})\s*\||{words.OVERVIEW}|{words.CONTEXT_OPENING}|{words.LIMITED_ACCESS}"
    r"|[•*+|][ \xa0]|\|[:-]|-{3,}"
    r"|The data shown below|Altmetric has tracked|So far Altmetric|Older research|We['’]re also able"
)
_WHOLE = re.compile(
    rf"\\?#{words.NUMBER}|#{{1,6}} \S.*|of {words.NUMBER} outputs?|{words.TABLE_ROW.pattern}|.*As %"
    rf"|.*(?:[^\W\d]|\)){words.NUMBER}\s+(?:<\s?1|\d+)%|[a-z0-9_&\\]{{0,30}}\[[^\[\]]*\]\([^()\s]+\)"
)
_HYPHEN = re.compile(r"\w-")
_MAX_ADDRESS = 2000
_BETWEEN_CHARACTERS = re.compile(CHARACTER * 2)


def _wrap_widths(lines: list[str]) -> dict[int, int]:
    """Return the width at which the tool wrapped lines, by indent. Empty if it did not wrap them."""
    wrapped = [
        (_indent(line), len(line))
        for line, following in pairwise(lines)
        if following.strip()[:1].islower() and " " in line.strip() and not _is_whole(line.strip())
    ]
    widest = max((length for _, length in wrapped), default=0)
    full = [item for item in wrapped if item[1] > _NEARLY_FULL * widest]
    too_long = sum(1 for line in lines if len(line) > 3 * widest)
    is_chance = len(full) == 1 and max(map(len, lines)) > 1.5 * widest
    if is_chance or not _MIN_WIDTH <= widest <= _MAX_WIDTH or too_long > len(full):
        return {}
    return {**dict(sorted(full)), -1: widest}


def _is_proportional(lines: list[str]) -> bool:
    """Whether lines of prose end before words that have room on them: their letters have different widths, in a PDF."""
    breaks: dict[int, list[tuple[int, int]]] = {}
    for line, below in pairwise(lines):
        word = below.strip().split(" ", 1)[0]
        if word[:1].islower() and len(line) > _MIN_WIDTH and _indent(line) == _indent(below) and line[-1] not in ">)-":
            breaks.setdefault(_indent(line), []).append((len(line), len(line) + 1 + len(word)))
    widths = {indent: max(length for length, _ in same) for indent, same in breaks.items()}
    rooms = [with_word <= widths[indent] for indent, same in breaks.items() for _, with_word in same]
    return 8 * sum(rooms) > len(rooms) >= _FEWEST_BREAKS


_FEWEST_BREAKS = 2
_MIN_WIDTH, _MAX_WIDTH = 50, 400
_NEARLY_FULL = 0.8


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _unwrap(lines: list[str], widths: dict[int, int]) -> list[str]:
    joined: list[list[str]] = []
    last = ""
    starts = _starts_of_labels(lines)
    column = min((_indent(line) for line in lines if _LABEL_AND_VALUE.match(line)), default=_MAX_BLOCK_WIDTH)
    for at, line in enumerate(lines):
        word = line.strip().split(" ", 1)[0]
        if at in starts or not (word and last and _continues(last, line, word, widths, column)):
            joined.append([line])
        else:
            joined[-1] += joined_by(last, line.strip()), line.strip()
        last = line
    return ["".join(_with_doubt(pieces)) for pieces in joined]


def _with_doubt(pieces: list[str]) -> list[str]:
    """Mark the join before a few words after the last sentence: they can be of an unknown row below it."""
    whole = next((at for at in range(len(pieces) - 1, -1, -2) if _ends_sentence(pieces[at])), -1)
    rest = "".join(pieces[whole + 1 :]).strip()
    is_loose = rest and len(rest) <= MAX_LOOSE_END < sum(map(len, pieces[: whole + 1])) and not rest[0].islower()
    if not is_loose or pieces[whole].endswith(_ENDS_OF_CONTEXT) or _OPENING.match(pieces[0].strip()):
        return pieces
    if words.TABLE_ROW.search(rest):
        return pieces
    return [*pieces[: whole + 1], LOST, *pieces[whole + 1 :]]


def _ends_sentence(text: str) -> bool:
    return text.endswith(_MARKS_OF_SENTENCES) and _INITIAL_AT_END.search(text) is None


_INITIAL_AT_END = re.compile(r"\b[^\W\d_a-z]\.\Z")
_ENDS_OF_CONTEXT = ("peers.", "contemporaries.", "by Altmetric.")
_MARKS_OF_SENTENCES = (".", "!", "?")


def joined_by(last: str, line: str) -> str:
    """Return what was between two lines that a tool broke: a space, or nothing if the break was inside a word.

    Breaks inside words are after a hyphen, inside an address, before a mark of punctuation, or between characters.
    """
    if line.startswith((".", ",", ";", ")")) or last.endswith("(#") or _BETWEEN_CHARACTERS.match(last[-1:] + line[:1]):
        return ""
    if last.endswith((":", "/")) and line.startswith("//"):
        return ""
    if last.endswith("/"):
        return "" if "://" in last[-_MAX_ADDRESS:].rsplit(" ", 1)[-1] else " "
    return "" if _HYPHEN.fullmatch(last[-2:]) and not AFTER_SUSPENDED_HYPHEN.match(line) else " "


def _starts_of_labels(lines: list[str]) -> set[int]:
    """Return the lines of each label whose rest is on one of the two lines below its first word, and the line after."""
    starts = set()
    for at, line in enumerate(lines):
        if line.strip() in words.STARTS_OF_LABELS:
            for below in (at + 1, at + 2):
                if below < len(lines) and (line.strip(), lines[below].strip().split(" ", 1)[0]) in _FIRST_TWO_WORDS:
                    starts |= {at, at + 1, below, below + 1}
    return starts


def _continues(last: str, line: str, word: str, widths: dict[int, int], column: int) -> bool:
    """Whether a line continues the last one: its first word did not fit there, or both are in one indented block.

    Lines to the right of the column of the labels are never a block: each can have a label.
    """
    if _starts_paragraph(line.strip()) or _is_whole(last.strip()):
        return False
    label = _LABEL_OF_ABSTRACT.match(line)
    if label and len(line) - len(label[2].lstrip()) == _indent(last):
        return False
    indent = _indent(last)
    if widths and len(last) + 1 + len(word) > widths.get(indent, widths[-1]):
        return True
    if last.endswith(_MARKS_OF_SENTENCES) and len(last) + 1 + len(word) <= widths.get(-1, 0):
        return False
    return _BLOCK_INDENT <= indent <= column and indent == _indent(line) and _MIN_WIDTH < len(last) < _MAX_BLOCK_WIDTH


_LABEL_AND_VALUE = re.compile(rf"\s*(?:{words.A_LABEL})\s+\S")
_FIRST_TWO_WORDS = frozenset((first, rest.split(" ")[0]) for first, rest in words.PARTS_OF_LABELS)
_BLOCK_INDENT = 3
_MAX_BLOCK_WIDTH = 200


def _starts_paragraph(line: str) -> bool:
    return line in words.SINGLE_LINES or bool(_OPENING.match(line))


def _is_whole(line: str) -> bool:
    return line in words.SINGLE_LINES or bool(_WHOLE.fullmatch(line))


# Tables drawn with pipes

_IS_PIPED = re.compile(r"\s*\|?\s*:?-{3,}:?\s*\||.*\|\s*As %|\s*\|?\s*DOI\s*\|")
_PERCENT = re.compile(r"(?:<\s?1|\d+)%")
_PIPE = re.compile(r"(?<!\\)\|")
_RULE_CHARACTERS = frozenset(" \t|:-")


_TIGHT_CELL = re.compile(r"\|(?:(?:DOI|Title)\|| (?:DOI|Title) {3,}\|)")
"""A label without space, or with padding: so write the tools that join the paragraphs of a cell without a space."""
_JOINED_PARAGRAPHS = re.compile(
    r"[\w)\]%][.!?](?=[^\W\d_a-z][^\W\d]*[\s,:])|\b(?:Background|Introduction|Objectives?|Aims?|Purpose|Methods|Results"
    r"|Findings|Interpretation|Conclusions?|Discussion|Summary)(?=[^\W\d_a-z])"
)
_BREAK_IN_CELL = re.compile(r"(?:\s*<br ?/?>\s*)+")


def _without_pipes(line: str, *, is_tight: bool) -> list[str]:
    """Return the lines of a table row without its pipes; none for a horizontal rule and for an empty row."""
    if "|" not in line:
        return [line]
    if _RULE_CHARACTERS.issuperset(line):
        return []
    label, *values = (cell.strip().replace("\\|", "|") for cell in _PIPE.split(line.strip().strip("|")))
    if label in words.LABELS:
        return _lines_of_value(label, line, is_tight=is_tight)
    is_row = len(values) == 1 and line.startswith("| ") and len(label) <= _MAX_LABEL_LENGTH
    if is_row or (values and (values[-1] == "As %" or _PERCENT.fullmatch(values[-1]))):
        return ["\t".join([label, *values]).strip()]
    return [line.strip().removeprefix("|").removesuffix("|").strip()]


def _lines_of_value(label: str, line: str, *, is_tight: bool) -> list[str]:
    """Return a row of label and value: the value as it is written, and each paragraph of an abstract on a line."""
    value = "".join(_PIPE.split(line.strip().removeprefix("|"), 1)[1:]).strip(" \t|").replace("\\|", "|")
    if label not in words.LABELS_OF_ABSTRACTS:
        return [f"{label}\t{_BREAK_IN_CELL.sub(' ', value)}".rstrip()]
    first, *others = _BREAK_IN_CELL.split(value)
    is_joined = is_tight and _JOINED_PARAGRAPHS.search(value)
    return [f"{label}\t{LOST if is_joined else ''}{first}".rstrip(), *others]
