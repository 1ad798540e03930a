"""`altdetails diff`: what changed between two scrapes, or over time."""

from __future__ import annotations

import sys
from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING

import click

from altdetails._files import output_to, refuse_overwriting
from altdetails.cli.changes_report import table
from altdetails.cli.progress import Reading
from altdetails.cli.ui import Exit, FatalError, counted, has_blocks, paint
from altdetails.diffing.compare import NEW, OLD, PassedOver, SeenOnce, SetAside, history
from altdetails.diffing.compare import diff as differences
from altdetails.diffing.summary import Summary
from altdetails.exporting.write import ENDINGS
from altdetails.records.files import FAILURES, failures, files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from altdetails.diffing.change import Change
    from altdetails.diffing.compare import By

__all__ = ["diff"]

_SIDES = 2
_NAMED = 10
"""So many records of a kind are named; the others are counted."""
_REASONS = {
    "no_identifier": "has neither DOI nor Altmetric id, so it cannot be compared: set aside",
    "no_time": "does not say when its page was fetched (provenance.fetched_at), so it has no period: set aside",
}


@click.command(
    epilog="""\b
Examples:
  altdetails diff run-january run-july
  altdetails diff january.jsonl.gz july.jsonl.gz -o changes.jsonl
  altdetails diff run --by month
  altdetails diff january.jsonl july.jsonl -o - | jq 'select(.change == "gone") | .doi'

\b
Exit code:
  0  compared, whether anything changed or not
  1  compared, but some lines are not valid records: they are listed
  2  wrong usage, a path that holds no records, or output cannot be written
  130  interrupted
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="OLD NEW")
@click.option(
    "-o", "--output", "target", metavar="FILE", help="Write a JSON line a change to FILE, whole or not at all."
)
@click.option(
    "--by",
    type=click.Choice(["day", "week", "month", "quarter", "year"]),
    help="Compare the snapshots of one history, period by period.",
)
@click.option("--most", default=20, show_default=True, type=click.IntRange(min=1), help="Outputs in the table.")
@click.option("--all", "with_same", is_flag=True, help="Write a line for what did not change, too.")
def diff(paths: tuple[str, ...], target: str | None, by: By | None, most: int, with_same: bool) -> None:  # noqa: FBT001 -- click calls
    """Show what changed between two scrapes.

    OLD and NEW are scrapes of the same outputs: run folders of "altdetails scrape", or files of records: JSONL, plain,
    .gz or .zst, or Parquet; one of them can be - for standard input. Outputs are matched by DOI, else by Altmetric id.
    Each is new, gone, changed or the same. What a page does not show is unknown, and never counts as zero.

    With --by, any number of paths are one history, for instance a run that was refreshed each month: each output's
    last snapshot of a period is compared with that of the period before in which it was seen.

    Without -o, a table shows the largest changes, and the sum of each count's.
    """
    if by is None and len(paths) != _SIDES:
        raise click.UsageError(
            f"two paths are compared, OLD and NEW, not {len(paths)}; a history can have any number: add --by month."
        )
    if paths.count("-") > 1:
        raise click.UsageError("standard input can be read once; give a file for one of the two.")
    if with_same and not target:
        raise click.UsageError("--all is about the lines of -o FILE; give -o, or leave --all out.")
    read = files(paths)
    if target:
        _refuse_other_formats(target)
        refuse_overwriting(target, [*read, *(str(Path(path, FAILURES)) for path in paths)])
    summary = Summary(most=most)
    is_in_the_way = target == "-" and sys.stdout.isatty()
    with Reading(shows_progress=not is_in_the_way) as reading:
        notices = _Notices(reading, by)
        found = summary.of(_changes(paths, by, reading, notices))
        if target:
            _write(found, target, with_same=with_same)
        else:
            deque(found, maxlen=0)
    notices.report()
    if target:
        click.echo(summary.sentence(by), err=True)
    else:
        paint(lambda console: table(summary, by=by, arrows=has_blocks(console)))
    if reading.damaged:
        raise click.exceptions.Exit(Exit.WITH_FAILURES)


def _write(changes: Iterable[Change], target: str, *, with_same: bool) -> None:
    with output_to(target) as file:
        for change in changes:
            if with_same or change.change != "same":
                file.write(change.to_json() + b"\n")


def _changes(paths: tuple[str, ...], by: By | None, reading: Reading, notices: _Notices) -> Iterator[Change]:
    if by:
        return history(reading.records(*paths), by=by, notice=notices.take)
    old, new = paths
    without = failures(new, damaged=reading.damage)
    return differences(reading.records(old), reading.records(new), failures=without, notice=notices.take)


def _refuse_other_formats(target: str) -> None:
    ending = target.lower()
    if ending.endswith(ENDINGS) and not ending.endswith(".jsonl"):
        raise FatalError(f"{target}: changes are lines of JSON; give a name that ends in .jsonl")


class _Notices:
    """Reports records that do not count: ten of a kind by their place, sums at the end."""

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
                if self._aside[reason] <= _NAMED:
                    self._reading.say(f"{self._reading.place}: {_REASONS[reason]}")
            case PassedOver(period, count):
                self._passed_over[period] += count
            case SeenOnce(count):
                self._once = count

    def report(self) -> None:
        for reason, count in self._aside.items():
            if count > _NAMED:
                click.echo(f"and {counted(count - _NAMED, 'more record')}, each {_REASONS[reason]}", err=True)
        if self._by:
            self._report_history(self._by)
            return
        for side, name in ((OLD, "OLD"), (NEW, "NEW")):
            if self._passed_over[side]:
                passed_over = counted(self._passed_over[side], "snapshot")
                click.echo(
                    f"{name}: {passed_over} passed over, since a later one of the same output is there", err=True
                )

    def _report_history(self, by: By) -> None:
        if self._passed_over:
            passed_over = counted(self._passed_over.total(), "snapshot")
            click.echo(f"{passed_over} passed over, since a later one of the same output and {by} is there", err=True)
        if self._once:
            click.echo(
                f"{counted(self._once, 'output')} with a snapshot in one {by} only: nothing to compare", err=True
            )
