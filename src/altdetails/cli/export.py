"""`altdetails export`: records → a file for other programs."""

from __future__ import annotations

import time
from pathlib import Path

import click

from altdetails.cli.progress import Reading
from altdetails.cli.ui import Exit, counted, plain, say, size
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
  0  written
  1  written, but some lines are not valid records: they are listed
  2  wrong usage, a path that holds no records, or output cannot be written
  130  interrupted
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="RECORDS...")
@click.option(
    "-o", "--output", "target", required=True, metavar="OUT", help="The file; its ending says which format it gets."
)
def export(paths: tuple[str, ...], target: str) -> None:
    """Write records to a file that other programs read.

    RECORDS are files of records (JSONL, plain, .gz or .zst, or Parquet), run folders of "altdetails scrape", or - for
    standard input. OUT appears whole or not at all, in the format of its ending:

    \b
    .csv .tsv .xlsx   one row a record; text that looks like a formula is escaped
    .parquet          one row a record, nested as the record is
    .duckdb           tables of records, mentions, readers, …, and views
    .jsonl .jsonl.gz .jsonl.zst   the lines as they are

    A line that is not a valid record is named, with its file, and set aside; the others are written.
    """  # noqa: D301 -- click takes the escape for a mark
    started = time.monotonic()
    with Reading(shows_progress=True) as reading:
        done = export_to(paths, target, damaged=reading.damage, progress=reading.update)
    for notice in done.notices:
        say(notice)
    words = f"{counted(done.records, 'record')} in {plain(target)} ({size(Path(target).stat().st_size)})"
    aside = f", {counted(done.damaged, 'line')} set aside" if done.damaged else ""
    click.echo(f"{words}{aside}, {time.monotonic() - started:.1f} s", err=True)
    if done.damaged:
        raise click.exceptions.Exit(Exit.WITH_FAILURES)
