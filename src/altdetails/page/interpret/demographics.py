"""Who shared the output on X, and who has it in a Mendeley library."""

from __future__ import annotations

import re

from altdetails.page import words
from altdetails.page.sheet import Panel, Sheet
from altdetails.record import Demographics, Group, MendeleyReaders, TwitterUsers, Unread

__all__ = ["demographics"]

_TOTAL = re.compile(rf"(?:profiles? of |statistics for |^)({words.NUMBER}) \S")
_COUNT = re.compile(words.NUMBER)
_PERCENT = re.compile(r"(<\s?1|\d{1,3})\s?%")
_CELLS = 3


def demographics(sheet: Sheet, unread: list[Unread]) -> Demographics | None:
    """Both sections, or None where the page has neither; rows stay in order, also two of one name."""
    if sheet.twitter is None and sheet.mendeley is None:
        return None
    twitter = mendeley = None
    if sheet.twitter is not None:
        tables = _tables(sheet.twitter, {"Country", "Type"}, unread)
        twitter = TwitterUsers(_total(sheet.twitter), tables.get("Country"), tables.get("Type"))
    if sheet.mendeley is not None:
        status, discipline = "Readers by professional status", "Readers by discipline"
        tables = _tables(sheet.mendeley, {"Country", status, discipline}, unread)
        mendeley = MendeleyReaders(
            _total(sheet.mendeley), tables.get("Country"), tables.get(status), tables.get(discipline)
        )
    return Demographics(twitter, mendeley)


def _total(panel: Panel) -> int | None:
    match = _TOTAL.search(panel.sentence or "")
    return words.number(match[1]) if match else None


def _tables(panel: Panel, heads: set[str], unread: list[Unread]) -> dict[str, list[Group]]:
    tables: dict[str, list[Group]] = {}
    for table in panel.tables:
        if table.head not in heads or table.head in tables:
            unread.append(Unread("demographics", f"table {table.head!r} of {len(table.rows)} rows"))
            continue
        groups = tables[table.head] = []
        for row in table.rows:
            group = _group(row)
            if group:
                groups.append(group)
            else:
                unread.append(Unread("demographics", " ".join(row)))
    return tables


def _group(row: list[str]) -> Group | None:
    if len(row) != _CELLS or not _COUNT.fullmatch(row[1]):
        return None
    percent = _PERCENT.fullmatch(row[2])
    count = words.number(row[1])
    if not percent or count is None:
        return None
    whole = 0 if percent[1].startswith("<") else int(percent[1])
    return Group(row[0], count, whole) if whole <= 100 else None  # noqa: PLR2004
