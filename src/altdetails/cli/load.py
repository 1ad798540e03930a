"""`altdetails load`: records → a warehouse."""

from __future__ import annotations

import time

import click

from altdetails.cli.progress import Reading
from altdetails.cli.ui import Exit, counted, plain, say
from altdetails.loading.warehouse import DATASET, DEFAULT
from altdetails.loading.warehouse import load as load_into

__all__ = ["load"]


@click.command(
    epilog="""\b
Examples:
  altdetails load run                                   into records.duckdb
  altdetails load run --to postgresql://me@localhost/library
  altdetails load run --to bigquery --dataset altmetrics
  altdetails load run-july --to duckdb:///library.duckdb

\b
Exit code:
  0  loaded
  1  loaded, but some lines are not valid records: they are listed
  2  wrong usage, a path that holds no records, or the warehouse does not take them
  130  interrupted
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="RECORDS...")
@click.option(
    "--to",
    default=DEFAULT,
    show_default=True,
    metavar="DESTINATION",
    help="dlt's name of a destination, or a URL.",
)
@click.option("--dataset", default=DATASET, show_default=True, metavar="NAME", help="The schema or dataset there.")
def load(paths: tuple[str, ...], to: str, dataset: str) -> None:
    """Load records into a warehouse.

    Loads are atomic. RECORDS are files of records (JSONL, plain, .gz or .zst, or Parquet), run folders of "altdetails
    scrape", or - for standard input.

    DESTINATION is duckdb:///FILE or postgresql://user:password@host/database, or what dlt calls a warehouse: bigquery,
    snowflake, redshift, clickhouse, … dlt then looks for credentials where it always does, for instance in
    DESTINATION__BIGQUERY__CREDENTIALS or .dlt/secrets.toml.

    Loading the same records again changes nothing. Another scrape of the same outputs adds snapshots: the tables hold
    the history, the view current_records the newest snapshot of each output.
    """
    started = time.monotonic()
    with Reading(shows_progress=True) as reading:
        done = load_into(paths, to, dataset=dataset, damaged=reading.damage, progress=reading.update)
    for notice in done.notices:
        say(notice)
    place = f"{plain(done.destination)}, {done.dataset}"
    words = f"{counted(done.records, 'record')} read, {done.new:,} of them new in {place}"
    aside = f"; {counted(done.damaged, 'line')} set aside" if done.damaged else ""
    click.echo(f"{words}{aside}; {time.monotonic() - started:.1f} s", err=True)
    if done.damaged:
        raise click.exceptions.Exit(Exit.WITH_FAILURES)
