"""`altdetails report`: write a report about research outputs as one HTML file."""

from __future__ import annotations

import time

import click

from altdetails.cli.job import JobCommand, counts_of, current_job
from altdetails.cli.progress import Reading
from altdetails.cli.ui import Exit, pluralize, say, skipped_lines, warn, with_size
from altdetails.reporting.figures import MAX_ROWS
from altdetails.reporting.making import report as report_to

__all__ = ["report"]


@click.command(
    cls=JobCommand,
    output=lambda options: options["target"] or "",
    epilog="""\b
Examples:
  altdetails report run -o report.html --title "School of Coastal Studies"
  altdetails report run-july -o report.html --since run-january
  altdetails report january.jsonl.gz more.parquet -o report.html
  altdetails parse saved-pages/ | altdetails report - -o report.html

\b
Exit code:
  0  success
  1  written, but some lines were skipped: not valid records
  2  wrong usage, a path without records, or output cannot be written
  130  interrupted
""",
)
@click.argument("paths", nargs=-1, required=True, metavar="RECORDS...")
@click.option(
    "-o", "--output", "target", required=True, metavar="FILE", help="The output file. Its name ends in .html."
)
@click.option("--title", metavar="TEXT", help='The heading of the report.  [default: "Online attention"]')
@click.option("--since", metavar="OLD", help="Older records of the same outputs, to show what changed.")
@click.option(
    "--mentions", multiple=True, metavar="FILE", help="Add the single mentions of FILE. Those of runs are added always."
)
@click.option(
    "--top",
    default=MAX_ROWS,
    show_default=True,
    type=click.IntRange(min=1, max=MAX_ROWS),
    help="The most outputs in the table: those with the highest scores.",
)
def report(  # noqa: PLR0913 -- click passes each option
    paths: tuple[str, ...],
    *,
    target: str,
    title: str | None,
    since: str | None,
    mentions: tuple[str, ...],
    top: int,
) -> None:
    """Write a report to read, explore and print, as one HTML file.

    RECORDS are files of records (.jsonl, .jsonl.gz, .jsonl.zst or .parquet), run folders of "altdetails scrape", or -
    for standard input. The report shows scores, mentions by source, years, journals, readers, a table of the outputs,
    and what the pages do not show. A run folder adds how many of its identifiers have a page. With --since, the report
    shows what changed. With single mentions, it shows the outlets with the most and the newest of them; people are not
    named.

    If there are several snapshots of an output, only the newest counts. A value that a page does not show is unknown:
    it is hatched or "not shown", and never counts as zero. All figures count all outputs, even if the table does not
    hold them all.

    Page 1 of its print is a summary. The file needs no network and no other file. Altmetric restricts redistribution of
    its data: ask Altmetric before you publish a report or pass it on.

    Lines that are not valid records are skipped, and reported with their file and number.
    """
    if [*paths, *mentions, since].count("-") > 1:
        raise click.UsageError("standard input can be read only once; give a file for the other path.")
    started = time.monotonic()
    job = current_job()
    with Reading(shows_progress=True) as reading:
        job.counts = lambda: {"damaged": reading.damaged}
        done = report_to(
            paths,
            target,
            title=title,
            since=since,
            mentions=mentions,
            top=top,
            damaged=reading.damage,
            progress=reading.update,
        )
    job.counts = lambda: counts_of(done)
    job.add_output(target)
    if done.superseded:
        say(f"{pluralize(done.superseded, 'snapshot')} not counted: there is a later one of the same output")
    if done.is_older:
        warn(f"{since} is newer than RECORDS; to show what changed, give the older records with --since")
    if done.rows < done.outputs:
        say(f"The table has the {done.rows:,} outputs with the highest scores; the figures count all outputs.")
    words = f"{pluralize(done.outputs, 'output')} in {with_size(target)}"
    skipped = f", {skipped_lines(done.damaged)}" if done.damaged else ""
    line = f"{words}{skipped}, {time.monotonic() - started:.1f} s"
    job.conclude(line, Exit.WITH_FAILURES if done.damaged else 0)
