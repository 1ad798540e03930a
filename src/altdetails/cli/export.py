"""`altdetails export`: convert records to a file for other programs."""

from __future__ import annotations

import time
from pathlib import Path

import click

from altdetails.cli.progress import Reading
from altdetails.cli.ui import Exit, pluralize, say, size, skipped_lines
from altdetails.exporting.write import export as export_to

__all__ = ["export"]


@click.command(
    epilog="""\b
Examples:
  altdetails export run -o records.parquet
  altdetails export january.jsonl.gz july.jsonl.gz -o both.duckdb
  altdetails export records.jsonl -o records.xlsx
  altdetails parse saved-pages/ | altdetails export - -o records.csv

\b
Exit code:
  0  success
  1  written, but some lines were skipped: not valid records
  2  wrong usage, a path without records, or output cannot be written
  130  interrupted
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="RECORDS...")
@click.option(
    "-o", "--output", "target", required=True, metavar="OUT", help="The output file. Its ending selects the format."
)
def export(paths: tuple[str, ...], target: str) -> None:
    """Convert records to CSV, Excel, Parquet or DuckDB.

    RECORDS are files of records (.jsonl, .jsonl.gz, .jsonl.zst or .parquet), run folders of "altdetails scrape", or -
    for standard input. OUT is written atomically. Its ending selects the format:

    \b
    .csv .tsv .xlsx   one row per record; text that looks like a formula is escaped
    .parquet          one row per record, nested like the record
    .duckdb           tables of records, mentions, readers, …, with views
    .jsonl .jsonl.gz .jsonl.zst   the lines, unchanged

    A run that was refreshed has several records of the same output; provenance.fetched_at has the time of each.

    Lines that are not valid records are skipped, and reported with their file and number.
    """  # noqa: D301 -- click needs the escape
    started = time.monotonic()
    with Reading(shows_progress=True) as reading:
        done = export_to(paths, target, damaged=reading.damage, progress=reading.update)
    for notice in done.notices:
        say(notice)
    words = f"{pluralize(done.records, 'record')} in {target} ({size(Path(target).stat().st_size)})"
    skipped = f", {skipped_lines(done.damaged)}" if done.damaged else ""
    say(f"{words}{skipped}, {time.monotonic() - started:.1f} s")
    if done.damaged:
        raise click.exceptions.Exit(Exit.WITH_FAILURES)
