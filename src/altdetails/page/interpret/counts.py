"""Interpret counts: mentions, citations and readers by source, and users and readers by group."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from altdetails.page import words
from altdetails.page.sheet import CountEntry, Panel, Sheet
from altdetails.record import SOURCES, Count, Demographics, Group, MendeleyReaders, PartOfPage, TwitterUsers, Unread

__all__ = ["Counts", "counts_of", "demographics_of"]

Counts = dict[PartOfPage, list[Count] | None]

_COUNT = re.compile(rf"({words.NUMBER})(?:\s+(?![kKmM]\b)(\D.*))?")
_SECTION_OF_KEY: dict[str, PartOfPage] = {
    source: section for section in ("citations", "readers") for source in SOURCES[section]
}


def counts_of(sheet: Sheet, link: Callable[[str, PartOfPage], str | None], unread: list[Unread]) -> Counts:
    """Return the counts by section; None for a section that the page does not show.

    Args:
        sheet: the page.
        link: returns the address of a link of a part of the page, or None if it is not an address of the web.
        unread: a list to which invalid counts and unknown keys are added. The counts of unknown keys are kept.
    """
    counts: dict[PartOfPage, list[Count]] = {}
    shown: tuple[tuple[PartOfPage, list[CountEntry] | None], ...] = (
        ("mentions", sheet.mentions),
        ("citations", sheet.citations),
        ("readers", sheet.readers),
    )
    for section, entries in shown:
        if entries is not None:
            counts.setdefault(section, [])
        for entry in entries or ():
            count = _count(entry, section, link)
            if count is None or (sheet.cut_short and count.unit is None):
                unread.append(Unread(section, f"{entry.key or ''} {entry.text}".strip()))
                continue
            if count.unit and _is_doubtful(count.unit, count.source, translated=sheet.translated):
                unread.append(Unread(section, f"{count.source} {entry.text}"))
                count = msgspec.structs.replace(count, unit=None)
            if count.source not in words.NAMES_OF_SOURCES:
                unread.append(Unread(section, count.source))
            counts.setdefault(_SECTION_OF_KEY.get(count.source, section), []).append(count)
    return {section: counts.get(section) for section, _ in shown}


def _is_doubtful(unit: str, source: str, *, translated: bool) -> bool:
    """Whether a unit is unknown, and is in another language, has a mark in it, or a known unit with more behind it."""
    if words.is_unit(unit) or words.key_of_source(unit):
        return False
    return translated or not _PLAIN_UNIT.fullmatch(unit) or words.begins_with_unit(unit, source)


_PLAIN_UNIT = re.compile(r"[^\d\[\]*†‡§]+")
_TWO_COUNTS = re.compile(r".*\s\d[\d,]*\s+[^\W\d_].*")


def _count(entry: CountEntry, part: PartOfPage, link: Callable[[str, PartOfPage], str | None]) -> Count | None:
    match = _COUNT.fullmatch(entry.text)
    value = words.to_int(match[1]) if match else None
    if match is None or value is None:
        return None
    unit = match[2]
    if unit and not words.is_unit(unit) and _TWO_COUNTS.fullmatch(unit):
        return None
    source = _source(entry.key, unit)
    return Count(source, value, unit, link(entry.href, part) if entry.href else None) if source else None


def _source(key: str | None, unit: str | None) -> str | None:
    """Return the key of a source by the page's key, else by the unit.

    The key of an unknown source is the page's key, or is made from the words of the unit, so its count is kept.
    """
    name = key or unit
    if name is None:
        return None
    return words.key_of_source(name) or (key.lower() if key else re.sub(r"\W+", "_", words.to_singular(name)))


_TOTAL_OF_USERS = re.compile(rf"(?:profiles? of |^)({words.NUMBER}) (?=\D)")
_TOTAL_OF_READERS = re.compile(rf"(?:statistics for |^)({words.NUMBER}) (?=\D)")
_PERCENTS = {"<1%": 0, "< 1%": 0} | {f"{whole}%": whole for whole in range(101)}
_CELLS = 3
_FOOTNOTE = re.compile(r"\A\d+[^\W\d_]|[^\W\d_]\d+\Z")
"""The mark of a footnote at either end of a name."""


def demographics_of(sheet: Sheet, unread: list[Unread]) -> Demographics | None:
    """Interpret both sections; None if the page has neither. All rows are kept in order, even with equal names."""
    if sheet.twitter is None and sheet.mendeley is None:
        return None
    twitter = mendeley = None
    if sheet.twitter is not None:
        tables = _tables(sheet.twitter, {"Country", "Type"}, unread)
        total = _total(sheet.twitter, _TOTAL_OF_USERS, unread)
        twitter = TwitterUsers(total, tables.get("Country"), tables.get("Type"))
    if sheet.mendeley is not None:
        status, discipline = "Readers by professional status", "Readers by discipline"
        tables = _tables(sheet.mendeley, {"Country", status, discipline}, unread)
        mendeley = MendeleyReaders(
            _total(sheet.mendeley, _TOTAL_OF_READERS, unread),
            tables.get("Country"),
            tables.get(status),
            tables.get(discipline),
        )
    return Demographics(twitter, mendeley)


def _total(panel: Panel, number: re.Pattern[str], unread: list[Unread]) -> int | None:
    """Return the total of a panel's sentence. A sentence whose number is not certain is added to `unread`."""
    sentence = panel.sentence or ""
    is_double = words.TWITTER_SENTENCE in sentence and words.MENDELEY_SENTENCE in sentence
    match = None if is_double else number.search(sentence)
    total = words.to_int(match[1]) if match else None
    if total is None and _DIGIT.search(sentence):
        unread.append(Unread("demographics", sentence))
    return total


_DIGIT = re.compile(r"\d")


def _tables(panel: Panel, heads: set[str], unread: list[Unread]) -> dict[str, list[Group]]:
    tables: dict[str, list[Group]] = {}
    for table in panel.tables:
        if table.head not in heads or table.head in tables:
            unread.append(Unread("demographics", f"table {table.head!r} of {len(table.rows)} rows"))
            continue
        groups = []
        for row in table.rows:
            group = _group(row)
            if group:
                groups.append(group)
            else:
                unread.append(Unread("demographics", " ".join(row).strip()))
        if groups or not table.rows:
            tables[table.head] = groups
    return tables


def _group(row: tuple[str, ...]) -> Group | None:
    if len(row) != _CELLS:
        return None
    name, count_text, percent_text = row
    count = words.parse_number(count_text)
    percent = _PERCENTS.get(percent_text)
    if count is None or percent is None or ((name[:1].isdigit() or name[-1:].isdigit()) and _FOOTNOTE.search(name)):
        return None
    return Group(name, count, percent)
