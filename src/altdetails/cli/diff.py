"""`altdetails diff`: show the changes between two scrapes, or over time."""

from __future__ import annotations

import sys
from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from altdetails._files import output_to, refuse_overwriting
from altdetails.cli.changes_report import mentions_table, table
from altdetails.cli.job import JobCommand, current_job
from altdetails.cli.progress import Reading
from altdetails.cli.ui import Exit, has_blocks, pluralize, print_report, say, skipped_lines, warn
from altdetails.diffing.change import Summary
from altdetails.diffing.compare import NEW, OLD, SingleSnapshots, SkippedRecord, SupersededSnapshots, changes_by_period
from altdetails.diffing.compare import diff as differences
from altdetails.diffing.mention_changes import MentionSummary, mention_changes
from altdetails.exporting.change_rows import is_table, refuse_format, write_changes, write_mention_changes
from altdetails.records.files import FAILURES, failures, files
from altdetails.records.mention_files import MENTIONS, mentions_of_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from altdetails.diffing.change import Change, ChangeKind
    from altdetails.diffing.compare import By

__all__ = ["diff"]

_PATHS_TO_COMPARE = 2
_KINDS: tuple[ChangeKind, ...] = ("new", "gone", "changed", "same")
_KINDS_OF_MENTIONS = ("new", "gone", "not_seen")
_MAX_REPORTED = 10
"""At most this many skipped records of a kind are reported one by one; the others are counted."""
_REASONS = {
    "no_identifier": "no DOI or Altmetric id to match it by",
    "no_time": "no time (provenance.captured_at, fetched_at) to find its period by",
}


@click.command(
    cls=JobCommand,
    output=lambda options: options["target"] or "",
    epilog="""\b
Examples:
  altdetails diff run-january run-july
  altdetails diff january.jsonl.gz july.jsonl.gz -o changes.xlsx
  altdetails diff run --by month
  altdetails diff january.jsonl july.jsonl -o - | jq 'select(.change == "gone") | .doi'
  altdetails diff --mentions run-january run-july -o mentions.xlsx

\b
Exit code:
  0  success, with or without changes
  1  compared, but some lines were skipped: not valid records
  2  wrong usage, a path without records, or output cannot be written
  130  interrupted
""",
)
@click.argument("paths", nargs=-1, metavar="[OLD NEW]")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    help="Write the changes to FILE, atomically: .csv, .tsv, .xlsx and .parquet have one row per number, other names "
    "one JSON line per change; - is standard output.  [default: show a table]",
)
@click.option(
    "--by",
    type=click.Choice(["day", "week", "month", "quarter", "year"]),
    help="Compare the snapshots of a history, period by period.",
)
@click.option(
    "--most", default=20, show_default=True, type=click.IntRange(min=1), help="Number of outputs in the table."
)
@click.option(
    "--mentions",
    nargs=2,
    metavar="OLD NEW",
    help="Compare single mentions: two runs, or two files of mentions. Without records, -o writes these changes.",
)
@click.option("--all", "with_same", is_flag=True, help="With -o: also write outputs that did not change.")
def diff(  # noqa: PLR0913 -- click passes each option
    paths: tuple[str, ...],
    *,
    target: str | None,
    by: By | None,
    most: int,
    mentions: tuple[str, str] | None,
    with_same: bool,
) -> None:
    """Show which scores and counts changed between two scrapes.

    OLD and NEW are two scrapes of the same outputs: run folders of "altdetails scrape", or files of records (.jsonl,
    .jsonl.gz, .jsonl.zst or .parquet). One of them can be - for standard input. Outputs are matched by DOI, or by
    Altmetric id if they have no DOI. Each output is new, gone, changed or the same. A number that is missing on a page
    is unknown, and never counts as zero.

    With --by, give one or more paths. Together they are a history, for instance a run that is refreshed each month. A
    snapshot is the record of an output from one fetch. The last snapshot in each calendar day, week, month, quarter or
    year is compared with the last one in an earlier period.

    Without -o, a table shows the outputs with the largest changes of the score, up or down, and the sum of the changes
    of each count.

    If both runs have single mentions, the new ones are counted and listed too. A mention is gone only if its complete
    list was read again. With --mentions and no other path, -o has one line for each mention that is new, gone or not
    seen again.
    """
    if paths.count("-") + (mentions or ()).count("-") > 1:
        raise click.UsageError("standard input can be read only once; give a file for the other path.")
    if mentions and not paths:
        damaged = _diff_mentions(mentions, target, most)
    else:
        _check_choices(paths, target, by, mentions, with_same=with_same)
        damaged = _diff_records(paths, target, by, most, mentions, with_same=with_same)
    if damaged:
        current_job().fail(skipped_lines(damaged))
        raise click.exceptions.Exit(Exit.WITH_FAILURES)


def _check_choices(
    paths: tuple[str, ...], target: str | None, by: By | None, mentions: tuple[str, str] | None, *, with_same: bool
) -> None:
    if by is None and len(paths) != _PATHS_TO_COMPARE:
        raise click.UsageError(
            f"give two paths, OLD and NEW, not {len(paths)}; for a history of any number of paths, add --by month."
        )
    if by and mentions:
        raise click.UsageError("--by has no mentions; leave --mentions out, or compare two scrapes.")
    if with_same and not target:
        raise click.UsageError("--all needs -o FILE; give both, or leave --all out.")


def _diff_records(  # noqa: PLR0913 -- the options
    paths: tuple[str, ...],
    target: str | None,
    by: By | None,
    most: int,
    mentions: tuple[str, str] | None,
    *,
    with_same: bool,
) -> int:
    """Compare records, and the mentions that belong to them. Return the number of damaged lines."""
    inputs = files(paths)
    mentions = mentions or (None if by else _mentions_of_both(paths))
    if target:
        refuse_format(target)
        refuse_overwriting(target, [*inputs, *(mentions or ()), *(str(Path(path, FAILURES)) for path in paths)])
    about_file: list[str] = []
    summary, about_mentions = Summary(most=most), MentionSummary(most=most)
    job = current_job()
    is_on_terminal = target == "-" and sys.stdout.isatty()
    with Reading(shows_progress=not is_on_terminal) as reading:
        job.counts = lambda: {
            **{kind: summary.kinds[kind] for kind in _KINDS},
            **({f"mentions.{kind}": about_mentions.kinds[kind] for kind in _KINDS_OF_MENTIONS} if mentions else {}),
            "damaged": reading.damaged,
        }
        notices = _Notices(reading, by)
        all_changes = summary.collect(_changes(paths, by, reading, notices))
        if target:
            about_file = _write(all_changes, target, with_same=with_same)
        else:
            deque(all_changes, maxlen=0)
        if mentions:
            changed = mention_changes(*mentions, damaged=reading.damage, progress=reading.update)
            deque(about_mentions.collect(changed), maxlen=0)
    notices.report()
    for notice in about_file:
        say(notice)
    if target:
        say(summary.sentence(by))
        job.add_output(target)
    elif job.takes(lambda: _data(summary, about_mentions if mentions else None)):
        return reading.damaged
    else:
        print_report(lambda console: table(summary, by=by, arrows=has_blocks(console)))
    if mentions and target:
        say(about_mentions.sentence())
        say(f"`altdetails diff --mentions {mentions[0]} {mentions[1]} -o FILE` lists the mentions")
    elif mentions:
        print_report(lambda _: mentions_table(about_mentions))
    return reading.damaged


def _mentions_of_both(paths: tuple[str, ...]) -> tuple[str, str] | None:
    """Return the files of mentions of two runs; None if either has none, with a message if only one has."""
    old, new = (mentions_of_runs([path]) for path in paths)
    if bool(old) != bool(new):
        warn(f"single mentions are not compared: {'NEW' if old else 'OLD'} has none")
    return (old[0], new[0]) if old and new else None


def _diff_mentions(sides: tuple[str, str], target: str | None, most: int) -> int:
    """Compare mentions alone. Return the number of damaged lines."""
    if target:
        refuse_format(target)
        refuse_overwriting(target, [side for path in sides for side in (path, str(Path(path, MENTIONS)))])
    summary = MentionSummary(most=most)
    about_file: list[str] = []
    job = current_job()
    with Reading(shows_progress=not (target == "-" and sys.stdout.isatty())) as reading:
        job.counts = lambda: {
            **{f"mentions.{kind}": summary.kinds[kind] for kind in _KINDS_OF_MENTIONS},
            "damaged": reading.damaged,
        }
        changed = summary.collect(mention_changes(*sides, damaged=reading.damage, progress=reading.update))
        if target and is_table(target):
            about_file = write_mention_changes(changed, target)
        elif target:
            with output_to(target) as file:
                file.writelines(change.to_json() + b"\n" for change in changed)
        else:
            deque(changed, maxlen=0)
    for notice in about_file:
        say(notice)
    if target:
        say(summary.sentence())
        job.add_output(target)
    elif not job.takes(lambda: _data(None, summary)):
        print_report(lambda _: mentions_table(summary))
    return reading.damaged


def _data(summary: Summary | None, about_mentions: MentionSummary | None) -> dict[str, Any]:
    """Return what the tables show, as data."""
    content: dict[str, Any] = msgspec.to_builtins(
        {
            "largest": summary.largest if summary else None,
            "totals": summary.totals if summary else None,
            "newest_mentions": about_mentions.newest if about_mentions else None,
        }
    )
    return content


def _write(changes: Iterable[Change], target: str, *, with_same: bool) -> list[str]:
    """Write the changes, and return messages about the file."""
    chosen = (change for change in changes if with_same or change.change != "same")
    if is_table(target):
        return write_changes(chosen, target)
    with output_to(target) as file:
        for change in chosen:
            file.write(change.to_json() + b"\n")
    return []


def _changes(paths: tuple[str, ...], by: By | None, reading: Reading, notices: _Notices) -> Iterator[Change]:
    if by:
        return changes_by_period(reading.records(*paths), by=by, notice=notices.take)
    old, new = paths
    without = failures(new, damaged=reading.damage)
    return differences(reading.records(old), reading.records(new), failures=without, notice=notices.take)


class _Notices:
    """Reports records that are not compared: the first ten of a kind with file and line, and counts at the end."""

    def __init__(self, reading: Reading, by: By | None) -> None:
        self._reading = reading
        self._by = by
        self._skipped: Counter[str] = Counter()
        self._superseded: Counter[str] = Counter()
        self._once = 0

    def take(self, notice: SkippedRecord | SupersededSnapshots | SingleSnapshots) -> None:
        match notice:
            case SkippedRecord(_, reason):
                self._skipped[reason] += 1
                if self._skipped[reason] <= _MAX_REPORTED:
                    warn(f"{self._reading.place}: record skipped: {_REASONS[reason]}")
            case SupersededSnapshots(period, count):
                self._superseded[period] += count
            case SingleSnapshots(count):
                self._once = count

    def report(self) -> None:
        for reason, count in self._skipped.items():
            if count > _MAX_REPORTED:
                say(f"{pluralize(count - _MAX_REPORTED, 'more record')} skipped: {_REASONS[reason]}")
        if self._by:
            self._report_history(self._by)
            return
        for side, name in ((OLD, "OLD"), (NEW, "NEW")):
            if self._superseded[side]:
                superseded = pluralize(self._superseded[side], "snapshot")
                say(f"{name}: {superseded} skipped: there is a later one of the same output")

    def _report_history(self, by: By) -> None:
        if self._superseded:
            superseded = pluralize(self._superseded.total(), "snapshot")
            say(f"{superseded} skipped: there is a later one of the same output and {by}")
        if self._once:
            say(f"{pluralize(self._once, 'output')} not compared: a snapshot in one {by} only")
