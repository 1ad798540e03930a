"""Who shared the output on X, and who has it in a Mendeley library."""

from __future__ import annotations

import re

from altdetails.page import words
from altdetails.page.sheet import Panel, Sheet
from altdetails.record import Demographics, Group, MendeleyReaders, TwitterUsers, Unread

__all__ = ["demographics_of"]

_TOTAL = re.compile(rf"(?:profiles? of |statistics for |^)({words.NUMBER}) (?=\D)")
_PERCENTS = {"<1%": 0, "< 1%": 0} | {f"{whole}%": whole for whole in range(101)}
_CELLS = 3


def demographics_of(sheet: Sheet, unread: list[Unread]) -> Demographics | None:
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
    return words.value(match[1]) if match else None


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
                unread.append(Unread("demographics", " ".join(row).strip()))
    return tables


def _group(row: tuple[str, ...]) -> Group | None:
    if len(row) != _CELLS:
        return None
    name, counted, share = row
    count = words.number(counted)
    percent = _PERCENTS.get(share)
    return None if count is None or percent is None else Group(name, count, percent)
