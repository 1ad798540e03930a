"""One comparison: from paths to the lines or the table that `altdetails diff` gives, and what is told beside."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from altdetails._files import output_to, refuse_overwriting
from altdetails.changes import NEW, OLD, PassedOver, SeenOnce, SetAside, changes, history
from altdetails.cli.changes_summary import Summary
from altdetails.cli.exits import FatalError
from altdetails.cli.reading import Reading
from altdetails.cli.terminal import has_blocks, paint
from altdetails.cli.words import counted
from altdetails.export.exporting import ENDINGS
from altdetails.records.files import FAILURES, failures, files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.changes import By, Change

__all__ = ["Settings", "run_of"]

_TOLD = 10
"""So many records of a kind are named; the others are counted."""
_REASONS = {
    "no_identifier": "has neither DOI nor Altmetric id, so it cannot be compared: set aside",
    "no_time": "does not say when its page was fetched (provenance.fetched_at), so it has no period: set aside",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for on the command line."""

    paths: tuple[str, ...]
    target: str | None
    """Where lines go: a path, `-` for standard output; None for a table there."""
    by: By | None
    most: int
    with_same: bool


def run_of(settings: Settings) -> int:
    """Make the comparison.

    Returns:
        How many lines of the files hold no record.

    Raises:
        FatalError: where an output takes no more, has the name of another format, or would overwrite an input.
        AltdetailsError: where an input cannot be read.
    """
    read = files(settings.paths)
    if settings.target:
        _refuse_other_formats(settings.target)
        refuse_overwriting(settings.target, [*read, *(str(Path(path, FAILURES)) for path in settings.paths)])
    summary = Summary(most=settings.most)
    is_in_the_way = settings.target == "-" and sys.stdout.isatty()
    with Reading(shows_progress=not is_in_the_way) as reading:
        notices = _Notices(reading, settings.by)
        found = summary.of(_changes(settings, reading, notices))
        if settings.target:
            _write(found, settings)
        else:
            for _ in found:
                pass
    notices.tell()
    if settings.target:
        click.echo(summary.sentence(settings.by), err=True)
    else:
        from altdetails.cli.changes_table import table  # noqa: PLC0415 -- lines need no table

        paint(lambda console: table(summary, by=settings.by, arrows=has_blocks(console)))
    return reading.damaged


def _changes(settings: Settings, reading: Reading, notices: _Notices) -> Iterator[Change]:
    if settings.by:
        return history(reading.records(*settings.paths), by=settings.by, notice=notices.take)
    old, new = settings.paths
    without = failures(new, damaged=reading.damage)
    return changes(reading.records(old), reading.records(new), failures=without, notice=notices.take)


def _write(found: Iterator[Change], settings: Settings) -> None:
    target = settings.target
    with output_to(target) as file:
        for change in found:
            if settings.with_same or change.change != "same":
                file.write(change.to_json() + b"\n")


def _refuse_other_formats(target: str) -> None:
    ending = target.lower()
    if ending.endswith(ENDINGS) and not ending.endswith(".jsonl"):
        raise FatalError(f"{target}: changes are lines of JSON; give a name that ends in .jsonl")


class _Notices:
    """What is told of records that do not count: ten of a kind by their place, sums at the end."""

    def __init__(self, reading: Reading, by: By | None) -> None:
        self._reading = reading
        self._by = by
        self._aside: Counter[str] = Counter()
        self._passed_over: Counter[str] = Counter()
        self._once = 0

    def take(self, notice: SetAside | PassedOver | SeenOnce) -> None:
        match notice:
            case SetAside(_, reason):
                self._aside[reason] += 1
                if self._aside[reason] <= _TOLD:
                    self._reading.say(f"{self._reading.place}: {_REASONS[reason]}")
            case PassedOver(period, count):
                self._passed_over[period] += count
            case SeenOnce(count):
                self._once = count

    def tell(self) -> None:
        for reason, count in self._aside.items():
            if count > _TOLD:
                click.echo(f"and {counted(count - _TOLD, 'more record')}, each {_REASONS[reason]}", err=True)
        if self._by:
            self._tell_of_history(self._by)
            return
        for side, name in ((OLD, "OLD"), (NEW, "NEW")):
            if self._passed_over[side]:
                told = counted(self._passed_over[side], "snapshot")
                click.echo(f"{name}: {told} passed over, since a later one of the same output is there", err=True)

    def _tell_of_history(self, by: By) -> None:
        if self._passed_over:
            told = counted(self._passed_over.total(), "snapshot")
            click.echo(f"{told} passed over, since a later one of the same output and {by} is there", err=True)
        if self._once:
            click.echo(
                f"{counted(self._once, 'output')} with a snapshot in one {by} only: nothing to compare", err=True
            )
