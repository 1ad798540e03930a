"""The plan of a scrape in the terminal: what was understood of each list, and what will be fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from altdetails.cli.ui import duration, pluralize, say, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from altdetails.lists.entries import ListReading, Noted
    from altdetails.scraping.session import Plan
    from altdetails.scraping.store.tab_ledger import TabCounts

__all__ = ["report_plan", "report_readings"]

_KINDS = {
    "missing": ("row without an identifier", "rows without an identifier"),
    "several": ("line with several identifiers", "lines with several identifiers"),
    "corrected": ("identifier corrected", "identifiers corrected"),
    "damaged": ("damaged row, read as far as possible", "damaged rows, read as far as possible"),
    "no_address": ("identifier without an address on the site", "identifiers without an address on the site"),
    "invalid": ("invalid identifier", "invalid identifiers"),
}
"""What is reported of the rows of a list, in one word and in several."""
_TABLES = ("CSV", "TSV", "Excel", "OpenDocument")


def report_plan(plan: Plan, readings: Iterable[ListReading]) -> None:
    """Print what was understood of each list, and the plan."""
    kinds = {kind: words for kind, words in _KINDS.items() if kind != "no_address" or plan.via == "site"}
    report_readings(readings, plan.added.repeated_in if plan.added else {}, kinds)
    unit = "page" if plan.via == "site" else "answer"
    has_tabs = plan.tabs is not None and plan.tabs.tabs > 0
    what = pluralize(plan.pages, unit) if plan.pages else "only tabs" if has_tabs else "nothing"
    line = f"{what} to fetch from {plan.site}"
    if plan.seconds:
        line += f"; about {duration(plan.seconds)} at one request every {plan.interval:g} s"
        line += " (Crawl-delay of robots.txt)" if plan.is_crawl_delay else ""
    say(line)
    if plan.tabs is not None:
        _report_tabs(plan, plan.tabs)
    if plan.added is None:
        return
    if plan.added.existing:
        say(f"  {pluralize(plan.added.existing, 'identifier')} already in the run")
    if plan.added.repeated:
        ellipsis = ["…"] if plan.added.repeated > len(plan.added.examples) else []
        examples = ", ".join([*map(shorten, plan.added.examples), *ellipsis])
        say(f"  {pluralize(plan.added.repeated, 'repeated identifier')}, fetched once: {examples}")
    if plan.added.no_address:
        say(f"  {pluralize(plan.added.no_address, 'identifier')} without an address on the site")
    if plan.added.invalid:
        say(f"  {pluralize(plan.added.invalid, 'invalid identifier')}")


def _report_tabs(plan: Plan, tabs: TabCounts) -> None:
    known = f"{pluralize(tabs.tabs, 'tab')} of {pluralize(tabs.outputs, 'record')}"
    if tabs.tabs:
        say(f"  with {known} of the run, in at least {pluralize(tabs.pages, 'request')}")
    if plan.pages:
        say("  the tabs of the pages to fetch follow from their records: one request or more for each 100 mentions")


def report_readings(
    readings: Iterable[ListReading],
    repeated_in: Mapping[str | None, int] | None = None,
    kinds: Mapping[str, tuple[str, str]] = _KINDS,
) -> None:
    """Print what was understood of each list, and the rows of some kinds."""
    for reading in readings:
        if reading.name != "arguments" or reading.counts:
            _report_reading(reading, repeated_in or {}, kinds)


def _report_reading(
    reading: ListReading, repeated_in: Mapping[str | None, int], kinds: Mapping[str, tuple[str, str]]
) -> None:
    parts = [pluralize(reading.rows, "row"), pluralize(reading.identifiers, "identifier")]
    if repeated := repeated_in.get(None if reading.name == "arguments" else reading.name):
        parts.append(f"{repeated:,} repeated")
    say(f"{reading.name}: {reading.form}{_fields(reading)}: {', '.join(parts)}")
    for kind, (one, several) in kinds.items():
        if count := reading.counts[kind]:
            examples = reading.examples[kind]
            more = [f"… and {count - len(examples):,} more"] if count > len(examples) else []
            title = f"  {count:,} {one if count == 1 else several}"
            if kind == "missing":
                say(f"{title}: row {', '.join([*(str(noted.row) for noted in examples), *more])}")
            else:
                say(f"{title}:")
                for text in [*map(_noted, examples), *more]:
                    say(f"    {text}")


def _fields(reading: ListReading) -> str:
    """Name the columns, keys or fields that the identifiers are from."""
    names = [
        name if len(reading.fields) == 1 else f"{name} ({count:,})" for name, count in reading.fields.most_common()
    ]
    word = "key" if "JSON" in reading.form else "column" if reading.form.startswith(_TABLES) else "field"
    text = f", {word} {', '.join(names)}" if names else ""
    return text + (f" ({', '.join(reading.compared)}: the same DOIs)" if reading.compared else "")


def _noted(noted: Noted) -> str:
    place = "" if noted.row is None else f"row {noted.row}: "
    return f"{place}{shorten(noted.text)} → {noted.reason}" if noted.text else f"{place}{noted.reason}"
