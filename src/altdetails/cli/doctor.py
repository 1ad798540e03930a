"""`altdetails doctor`: whether records still hold what pages of the site used to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from altdetails._files import output_to, refuse_overwriting
from altdetails.cli.drift_report import DriftReport
from altdetails.cli.progress import Reading
from altdetails.cli.ui import Exit, paint, say
from altdetails.drift.comparison import doctor as diagnose
from altdetails.records.files import files

if TYPE_CHECKING:
    from altdetails.drift.survey import Survey

__all__ = ["doctor"]


@click.command(
    epilog="""\b
Examples:
  altdetails doctor run
  altdetails doctor run --save-baseline baseline.json
  altdetails doctor new-run --baseline baseline.json
  altdetails doctor 2024.jsonl.gz 2025.jsonl.gz --all
  altdetails doctor new-run --baseline baseline.json --json | jq .drift.changes

\b
Exit code:
  0  no significant change, or no baseline
  1  a significant change, or some lines are not valid records
  2  wrong usage, a path that names no records, or FILE does not hold a baseline
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="RECORDS...")
@click.option("--baseline", "known", metavar="FILE", help="Compare with what --save-baseline wrote to FILE.")
@click.option(
    "--save-baseline",
    "target",
    metavar="FILE",
    help="Keep the counts in FILE, unless there is drift; - is standard output.",
)
@click.option("--all", "is_whole", is_flag=True, help="Show every field, year and text.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object, for machines.")
def doctor(*, paths: tuple[str, ...], known: str | None, target: str | None, is_whole: bool, is_json: bool) -> None:
    """Check whether the site has changed.

    It does so by what records have lost. RECORDS are files that "altdetails parse" wrote (plain, .gz, .zst, Parquet),
    run folders of "altdetails scrape", or - for standard input. Shown are how often each field is filled, what was not
    understood, and what contradicts itself, by layout and year.

    With a baseline, each field is tested for a fall, and what was not understood or contradicts itself for a rise: by
    Fisher's one-sided exact test, with Holm's correction for the number of tests, at p < 0.01. So records that do not
    differ give a false alarm in about one of 100 comparisons, or less. Compare like with like: the records of another
    list of outputs can differ where the site is the same.
    """
    if target:
        refuse_overwriting(target, files(paths))
    with Reading(shows_progress=True) as reading:
        diagnosis = diagnose(paths, baseline=known, damaged=reading.damage, progress=reading.update)
    is_changed = bool(diagnosis.drift and diagnosis.drift.changes)
    kept = None
    try:
        if target:
            kept = _keep(diagnosis.survey, target, is_changed=is_changed)
    finally:
        if kept != "-":
            report = DriftReport(diagnosis, reading.damaged, kept)
            if is_json:
                click.echo(report.as_json())
            else:
                paint(lambda console: report.shown(console.width, is_whole=is_whole))
    if reading.damaged or is_changed:
        raise click.exceptions.Exit(Exit.WITH_FAILURES)


def _keep(survey: Survey, target: str, *, is_changed: bool) -> str | None:
    """The file that holds the survey now; None if there is drift, which no later run must take for usual."""
    if is_changed:
        say(f"{target}: not written, since there is drift; leave --baseline out to write it")
        return None
    with output_to(target) as file:
        file.write(survey.to_json())
    return target
