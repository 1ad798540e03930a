"""`altdetails doctor`: whether records still hold what pages of the site used to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from altdetails.cli.exits import Exit, FatalError
from altdetails.cli.terminal import paint, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from altdetails.health import Survey

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
  0  nothing fell or rose beyond chance, or there is no baseline
  1  something did, or lines that hold no record were set aside
  2  wrong usage, a path that names no records, or no baseline in FILE
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="RECORDS...")
@click.option("--baseline", "known", metavar="FILE", help="Compare with what --save-baseline wrote to FILE.")
@click.option("--save-baseline", "target", metavar="FILE", help="Keep the counts in FILE, unless there is drift.")
@click.option("--all", "is_whole", is_flag=True, help="Show every field, year and text.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object, for machines.")
def doctor(*, paths: tuple[str, ...], known: str | None, target: str | None, is_whole: bool, is_json: bool) -> None:
    """Tell whether the site has changed, by what records lost.

    RECORDS are files that "altdetails parse" wrote (plain, .gz, .zst, Parquet), run folders of "altdetails scrape", or
    - for standard input. Shown are how often each field is filled, what was not understood, and what contradicts
    itself, by layout and year.

    With a baseline, each field is tested for a fall, and what was not understood or contradicts itself for a rise: by
    Fisher's one-sided exact test, with Holm's correction for the number of tests, at p < 0.01. So records that do not
    differ give a false alarm in about one of 100 comparisons, or less. Compare like with like: the records of another
    list of outputs can differ where the site is the same.
    """
    from altdetails.cli.doctor_report import Report  # noqa: PLC0415 -- --help stays quick
    from altdetails.errors import InputError  # noqa: PLC0415
    from altdetails.health import compare, read_baseline  # noqa: PLC0415

    try:
        baseline = read_baseline(known) if known else None
        survey, damaged = _survey(paths, target)
        drift = compare(baseline, survey) if baseline else None
    except InputError as error:
        raise FatalError(str(error)) from error
    is_changed = bool(drift and drift.changes)
    kept = None
    try:
        if target:
            kept = _keep(survey, target, is_changed=is_changed)
    finally:
        report = Report(survey, baseline, drift, damaged, kept)
        if is_json:
            click.echo(report.as_json())
        else:
            paint(lambda console: report.shown(console.width, is_whole=is_whole))
    if damaged or is_changed:
        raise click.exceptions.Exit(Exit.WITH_FAILURES)


def _survey(paths: Sequence[str], target: str | None) -> tuple[Survey, int]:
    """What the records hold, and how many lines hold none."""
    from altdetails._files import refuse_overwriting  # noqa: PLC0415 -- --help stays quick
    from altdetails.cli.reading import Reading  # noqa: PLC0415
    from altdetails.health import Surveyor  # noqa: PLC0415
    from altdetails.records.files import files  # noqa: PLC0415

    if target:
        refuse_overwriting(target, files(paths))
    surveyor = Surveyor()
    with Reading(shows_progress=True) as reading:
        for record in reading.records(*paths):
            surveyor.add(record, reading.place)
    survey = surveyor.survey()
    if not survey.records:
        raise FatalError(f"{', '.join(paths)}: no record in it; `altdetails parse` and `altdetails scrape` write some")
    return survey, reading.damaged


def _keep(survey: Survey, target: str, *, is_changed: bool) -> str | None:
    """The file that the survey stands in now; None where there is drift, which no later run must take for usual."""
    from altdetails._files import output_to  # noqa: PLC0415 -- --help stays quick
    from altdetails.health import written  # noqa: PLC0415

    if is_changed:
        say(f"{target}: not written, since there is drift; leave --baseline out to write it")
        return None
    with output_to(target) as file:
        file.write(written(survey))
    return target
