"""Read the demographics of a text: a sentence and tables, whose rows can be broken over lines or all on one line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from altdetails.page import words
from altdetails.page.sheet import GroupTable, Panel, Sheet

__all__ = ["TABLE_HEAD", "USERS_WHO_SHARED", "read_panel"]

TABLE_HEAD = re.compile(r"(\S.*?)\s*Count\s*As %")
USERS_WHO_SHARED = "who shared this research output"
_MAX_LINE_LENGTH = 2000


def read_panel(sheet: Sheet, lines: Sequence[str], headings: set[str] | frozenset[str]) -> Panel | None:
    """Read the lines of a demographics section; None if they have neither its sentence nor a table."""
    if not any(lines):
        return None
    panel = Panel()
    lines = [part for line in lines for part in _rows_of_line(line)]
    rest = [line for line in lines if line and line not in headings and line not in words.SUBHEADINGS]
    at = 0
    is_whole = False
    while at < len(rest):
        line = rest[at]
        table, size = _table(rest, at)
        if table:
            panel.tables.append(table)
            is_whole = True
            at += size
            continue
        if panel.sentence is None and _is_demographics_sentence(line):
            panel.sentence = line
        elif not panel.tables and line != words.TIMELINE and not _PART_OF_TABLE.search(line) and _is_notice(line):
            sheet.add_notice(line, rest[at - 1] if at else "")
        elif _PART_OF_TABLE.search(line) or (not panel.tables and line != words.TIMELINE):
            sheet.leftovers.append(("demographics", line))
            if is_whole and not TABLE_HEAD.fullmatch(line):
                is_whole = False
                sheet.leftovers.append(("demographics", f"table {panel.tables.pop().head!r}: a row was not read"))
        at += 1
    if panel.sentence and _DIGITS.isdisjoint(panel.sentence):
        sheet.leftovers.append(("demographics", panel.sentence))
    return panel if panel.sentence or panel.tables else None


_DIGITS = frozenset("0123456789")
_PART_OF_TABLE = re.compile(rf"\d ?%(?:$|\s*\|)|--- ?\||\bAs %|^{words.NUMBER}$")


def _is_notice(line: str) -> bool:
    """Whether a line above the tables is a sentence, and not a name from one of them."""
    return len(line) > _MAX_NAME_LENGTH or line.endswith((".", "!", "?"))


_MAX_NAME_LENGTH = 60


def _is_demographics_sentence(line: str) -> bool:
    return words.TWITTER_SENTENCE in line or words.MENDELEY_SENTENCE in line or USERS_WHO_SHARED in line


def _table(lines: Sequence[str], start: int) -> tuple[GroupTable | None, int]:
    """Return the table that starts at a line, and its number of lines."""
    in_cells = tuple(lines[start + 1 : start + 3]) == _CELLS_OF_HEAD
    most_lines = _MOST_LINES_OF_HEAD if in_cells or _is_head(lines[start]) else 1
    head, at = _joined(lines, start, TABLE_HEAD, most_lines)
    if head is None:
        return None, 0
    table = GroupTable(head[1], [])
    while at < len(lines):
        columns, end = _rows_of_columns(lines, at)
        if columns and _agree([*table.rows, *columns]):
            table.rows += columns
            at = end
            continue
        row, end = _joined(lines, at, words.TABLE_ROW, _MOST_LINES_OF_ROW)
        if row is None:
            break
        name, count, percent = row.groups()
        if end < len(lines) and name.count("(") > name.count(")") and _REST_OF_NAME.fullmatch(lines[end]):
            name = f"{name} {lines[end]}"
            end += 1
        table.rows.append((" ".join(name.split()), count, percent))
        at = end
    return table, at - start


def _rows_of_columns(lines: Sequence[str], start: int) -> tuple[list[tuple[str, ...]], int]:
    """Return the rows whose percents are all below their names, and the line after them; no rows without this shape."""
    names: list[str] = []
    counts: list[str] = []
    percents: list[str] = []
    for at in range(start, min(start + _MOST_LINES_OF_COLUMNS, len(lines))):
        cells = _CELLS.fullmatch(lines[at])
        name = cells[1].strip() if cells else ""
        if cells is None or name in _CELLS_OF_HEAD or (name and (percents or _is_head(lines[at]))):
            break
        if name and name not in _HEADINGS:
            names.append(name)
        for number in cells[2].split():
            (percents if number.endswith("%") else counts).append(number)
        if len(percents) == len(names) > 0:
            is_whole = len(names) >= _FEWEST_NAMES and len(counts) == len(names)
            return ([*zip(names, counts, percents, strict=True)] if is_whole else []), at + 1
    return [], start


_CELLS = re.compile(rf"([^\d<]*)((?:(?:\d+%|<1%|{words.NUMBER})(?:\s+|\Z))*)")
_CELLS_OF_HEAD = ("Count", "As %")
_HEADINGS = words.SUBHEADINGS | words.TWITTER | {words.MENDELEY, words.CONTEXT}
_FEWEST_NAMES = 2
_MOST_LINES_OF_COLUMNS = 1000


def _agree(rows: Sequence[tuple[str, ...]]) -> bool:
    """Whether the counts fall from row to row, except those of the last rows, and all percents are theirs."""
    counts = [words.parse_number(count) or 0 for _, count, _ in rows]
    own = [count for (name, _, _), count in zip(rows, counts, strict=True) if name not in _WHOLE_LINES]
    shares = [100 * count / max(sum(counts), 1) for count in counts]
    parts = zip(shares, (words.parse_number(percent.strip("<%")) or 0 for *_, percent in rows), strict=True)
    return own == sorted(own, reverse=True) and all(abs(share - percent) <= 1 for share, percent in parts)


def _rows_of_line(line: str) -> list[str]:
    """Split several rows of a table on one line, also with its head. Return other lines unchanged."""
    if "%" not in line or len(line) > _MAX_LINE_LENGTH:
        return [line]
    head = _HEAD_OF_LINE.match(line)
    rows = [row[0].strip() for row in words.TABLE_ROW.finditer(line, head.end() if head else 0)]
    parts = [head[0].strip(), *rows] if head else rows
    return parts if len(parts) > 1 and " ".join(parts).split() == line.split() else [line]


_HEAD_OF_LINE = re.compile(rf"(?:{'|'.join(sorted(words.COLUMN_HEADS))}) Count As % ")
_MOST_LINES_OF_HEAD = 4
_MOST_LINES_OF_ROW = 5
_GLUED_ROW = re.compile(rf"(\D*(?:[^\W\d]|\)))({words.NUMBER})\s+(<\s?1%|\d+%)")
_REST_OF_NAME = re.compile(r"[^(]*\)")


def _joined(
    lines: Sequence[str], start: int, pattern: re.Pattern[str], most_lines: int
) -> tuple[re.Match[str] | None, int]:
    """Return the match of a pattern with the fewest lines from a line, and the line after them.

    A line that matches the pattern without the lines above it is taken with them only if it continues their text.
    """
    text = ""
    for at in range(start, min(start + most_lines, len(lines))):
        line = lines[at]
        if _is_head(line) and (text or pattern is words.TABLE_ROW):
            break
        if text and (line in _WHOLE_LINES or (pattern.fullmatch(line) and not _continues_name(text, line))):
            break
        text = f"{text} {line}".strip()
        match = pattern.fullmatch(text) or (_GLUED_ROW.fullmatch(text) if pattern is words.TABLE_ROW else None)
        if match:
            is_row = not _NUMBERS.fullmatch(match[1]) and (pattern is TABLE_HEAD or not _NO_NAME.search(match[1]))
            return (match, at + 1) if is_row else (None, start)
    return None, start


_NO_NAME = re.compile(r"Count As %|(?<!\S)(?:<\s?1|\d+)%\s")
"""What is in front of the numbers of a row if a tool put another row there."""
_NUMBERS = re.compile(rf"{words.NUMBER} \d+%")
_WHOLE_LINES = _HEADINGS | {"Other", "Unknown", "Unspecified"}


def _is_head(line: str) -> bool:
    return _HEAD.fullmatch(line) is not None


_HEAD = re.compile(rf"(?:{'|'.join(sorted(words.COLUMN_HEADS))})(?:\s*Count)?(?:\s*As %)?")


def _continues_name(text: str, line: str) -> bool:
    return text.count("(") > text.count(")") or text.endswith(",") or line[:1].islower()
