"""Mentions, citations and readers: how often, by whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain

from altdetails.page import words
from altdetails.page.sheet import Entry, Sheet
from altdetails.record import SOURCES, Count, PartOfPage, Unread

__all__ = ["Counts", "counts_of"]

Counts = dict[PartOfPage, list[Count] | None]

_COUNT = re.compile(rf"({words.NUMBER})(?:\s+(\D.*))?")
_SECTION_OF_KEY: dict[str, PartOfPage] = {
    source: section for section in ("citations", "readers") for source in SOURCES[section]
}
_KNOWN_KEYS = frozenset(chain.from_iterable(SOURCES.values()))


def counts_of(sheet: Sheet, absolute: Callable[[str], str | None], unread: list[Unread]) -> Counts:
    """The counts by section; None for a section that the page does not show.

    Args:
        sheet: the page.
        absolute: makes a link of the page absolute.
        unread: takes counts that are no number, and keys that no rule knew (whose counts are kept).
    """
    found: dict[PartOfPage, list[Count]] = {}
    shown: tuple[tuple[PartOfPage, list[Entry] | None], ...] = (
        ("mentions", sheet.mentions),
        ("citations", sheet.citations),
        ("readers", sheet.readers),
    )
    for section, entries in shown:
        if entries is not None:
            found.setdefault(section, [])
        for entry in entries or ():
            count = _count(entry, absolute)
            if count is None or (sheet.cut_short and count.unit is None):
                unread.append(Unread(section, f"{entry.key or ''} {entry.text}".strip()))
                continue
            if count.source not in _KNOWN_KEYS:
                unread.append(Unread(section, count.source))
            found.setdefault(_SECTION_OF_KEY.get(count.source, section), []).append(count)
    return {section: found.get(section) for section, _ in shown}


def _count(entry: Entry, absolute: Callable[[str], str | None]) -> Count | None:
    match = _COUNT.fullmatch(entry.text)
    value = words.value(match[1]) if match else None
    if match is None or value is None:
        return None
    unit = match[2]
    source = entry.key.lower().removesuffix("_citation") if entry.key else _key_of_unit(unit)
    return Count(source, value, unit, absolute(entry.href) if entry.href else None) if source else None


def _key_of_unit(unit: str | None) -> str | None:
    """The key of a unit; an unknown unit is its own key, so that its count is kept."""
    if unit is None:
        return None
    singular = words.singular(unit)
    return words.KEY_OF_UNIT.get(singular) or re.sub(r"\W+", "_", singular)
