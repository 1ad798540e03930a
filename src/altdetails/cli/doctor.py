"""`altdetails doctor`: check whether records lack fields because the site has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from altdetails._files import output_to, refuse_overwriting
from altdetails.cli.drift_report import DriftReport
from altdetails.cli.job import JobCommand, current_job
from altdetails.cli.progress import Reading
from altdetails.cli.site_report import check_pages
from altdetails.cli.ui import Exit, print_report, warn
from altdetails.drift.comparison import doctor as diagnose
from altdetails.records.files import files
from altdetails.scraping.inspection import check_site

if TYPE_CHECKING:
    from altdetails.drift.survey import Survey

__all__ = ["doctor"]


@click.command(
    cls=JobCommand,
    output=lambda options: "-" if options["target"] == "-" else "",
    epilog="""\b
Examples:
  altdetails doctor run
  altdetails doctor run --save-baseline baseline.json
  altdetails doctor new-run --baseline baseline.json
  altdetails doctor 2024.jsonl.gz 2025.jsonl.gz --all
  altdetails doctor new-run --baseline baseline.json --json | jq .result.drift.changes
  altdetails doctor --site https://www.altmetric.com/details/990000001 \\
    --contact a.librarian@uni-somewhere.edu

\b
Exit code:
  0  no significant change, or no baseline
  1  a significant change, or some lines were skipped: not valid records
  2  wrong usage, a path without records, or FILE is not a baseline
  3  stopped by the site (with --site)
""",
)
@click.argument("paths", nargs=-1, required=True, metavar="RECORDS...")
@click.option(
    "--baseline", "baseline", metavar="FILE", help="Compare with a baseline that --save-baseline wrote to FILE."
)
@click.option(
    "--save-baseline",
    "target",
    metavar="FILE",
    help="Write the counts to FILE, unless a change is significant; - is standard output.",
)
@click.option("--all", "show_all", is_flag=True, help="Show every field, year and text.")
@click.option(
    "--site",
    "of_site",
    is_flag=True,
    help="RECORDS are the addresses of up to three details pages: fetch them, and report how each section is read.",
)
@click.option(
    "--contact",
    envvar="ALTDETAILS_CONTACT",
    metavar="MAIL",
    help="With --site: your email address, sent with each request; required for altmetric.com.  "
    "[default: the environment variable ALTDETAILS_CONTACT]",
)
@click.option("--interval", type=float, metavar="S", help="With --site: seconds between two requests.  [default: 2]")
@click.option("--base-url", metavar="URL", help="With --site: fetch from this site, such as a mirror.")
@click.option(
    "-o",
    "--output",
    "folder",
    default="skeletons",
    show_default=True,
    metavar="FOLDER",
    help="With --site: write the skeletons of the pages to FOLDER.",
)
def doctor(  # noqa: PLR0913 -- click hands over each option
    *,
    paths: tuple[str, ...],
    baseline: str | None,
    target: str | None,
    show_all: bool,
    of_site: bool,
    contact: str | None,
    interval: float | None,
    base_url: str | None,
    folder: str,
) -> None:
    """Check whether records lack fields because the site has changed.

    If the site changes its pages, fields of records can become empty without an error. The report shows how often each
    field is filled, which text was not understood, and which contradictions there are, by layout and year.

    RECORDS are files of records (.jsonl, .jsonl.gz, .jsonl.zst or .parquet), run folders of "altdetails scrape", or -
    for standard input.

    Save a baseline of records that you have checked, and compare later records with it. With --baseline, the report
    also lists significant changes: fields that are filled less often, and warnings that are more frequent. Compare
    records of the same list of outputs: another list can have other fields although the site is the same. The test is
    Fisher's one-sided exact test with Holm's correction, at p < 0.01: at most about one of 100 comparisons is a false
    alarm.

    With --site, a few pages are fetched by all rules of "altdetails scrape", and each section is reported: read by its
    landmark, by its words, not read although its words are on the page, or not shown. Attach the skeletons to a report:
    they have the markup of the pages without their data.
    """
    if of_site:
        if baseline or target or show_all:
            raise click.UsageError("--site cannot be combined with --baseline, --save-baseline or --all")
        check_pages(check_site(paths, contact=contact, interval=interval, base_url=base_url, notice=warn), folder)
        return
    if target:
        refuse_overwriting(target, files(paths))
    job = current_job()
    with Reading(shows_progress=True) as reading:
        job.counts = lambda: {"damaged": reading.damaged}
        diagnosis = diagnose(paths, baseline=baseline, damaged=reading.damage, progress=reading.update)
    changes = diagnosis.drift.changes if diagnosis.drift else None
    is_changed = bool(changes)
    job.counts = lambda: {
        "records": diagnosis.survey.records,
        "damaged": reading.damaged,
        "changes": None if changes is None else len(changes),
    }
    saved_to = None
    try:
        if target:
            saved_to = _save(diagnosis.survey, target, is_changed=is_changed)
    finally:
        if saved_to != "-":
            report = DriftReport(diagnosis, reading.damaged, saved_to)
            if not job.takes(report.as_data):
                print_report(lambda console: report.shown(console.width, show_all=show_all))
    if saved_to and saved_to != "-":
        job.add_output(saved_to)
    if reading.damaged or is_changed:
        job.fail(DriftReport(diagnosis, reading.damaged, saved_to).summary)
        raise click.exceptions.Exit(Exit.WITH_FAILURES)


def _save(survey: Survey, target: str, *, is_changed: bool) -> str | None:
    """Write the survey as a baseline and return its path; if a change is significant, write nothing and return None."""
    if is_changed:
        warn(f"{target}: baseline not written, because of a significant change; leave --baseline out to write it")
        return None
    with output_to(target) as file:
        file.write(survey.to_json())
    return target
