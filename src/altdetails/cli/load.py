"""`altdetails load`: load records into a database or data warehouse."""

from __future__ import annotations

import time

import click

from altdetails.cli.job import JobCommand, counts_of, current_job
from altdetails.cli.progress import Reading
from altdetails.cli.ui import Exit, pluralize, skipped_lines, warn
from altdetails.loading.warehouse import BATCH_SIZE, DATASET, DEFAULT
from altdetails.loading.warehouse import load as load_into

__all__ = ["load"]


@click.command(
    cls=JobCommand,
    output=lambda options: options["to"] or "",
    has_metrics=True,
    epilog="""\b
Examples:
  altdetails load run                                   load into records.duckdb
  altdetails load run --to postgresql://me@localhost/library
  altdetails load run --to bigquery --dataset altmetrics
  altdetails load run-july --to duckdb:///library.duckdb
  altdetails load parts/                                load the parts that are new
  altdetails load s3://tables/records                   the same, of a folder of parts at an address
  altdetails load records.jsonl --mentions mentions.jsonl

\b
Exit code:
  0  success
  1  loaded, but some lines were skipped: not valid records
  2  wrong usage, a path without records, or the destination cannot be written
  130  interrupted
""",
)
@click.argument("paths", nargs=-1, metavar="[RECORDS...]")
@click.option(
    "--to",
    default=DEFAULT,
    show_default=True,
    metavar="DESTINATION",
    help="A URL, or the name of a destination of dlt.",
)
@click.option(
    "--dataset", default=DATASET, show_default=True, metavar="NAME", help="The schema or dataset of the tables."
)
@click.option(
    "--mentions",
    multiple=True,
    metavar="FILE",
    help="Load the single mentions of FILE too. RECORDS can then be left out.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    default=BATCH_SIZE,
    show_default=True,
    metavar="N",
    help="Records that are written at once; more need more memory.",
)
def load(paths: tuple[str, ...], to: str, dataset: str, mentions: tuple[str, ...], batch_size: int) -> None:
    """Load records into a database or data warehouse.

    RECORDS are files of records (.jsonl, .jsonl.gz, .jsonl.zst or .parquet), run folders of "altdetails scrape",
    folders of parts of "altdetails parse", or - for standard input. Readers of the tables see all records of a file at
    once, or none. After a kill, the same command continues after the last whole batch. Of a folder of parts, only the
    parts are loaded that the dataset does not have yet; to load all of them again, give their files.

    DESTINATION is duckdb:///FILE or postgresql://user:password@host/database. It can also be any destination of dlt,
    the library that loads the records: bigquery, snowflake, redshift, clickhouse, … dlt reads its own configuration for
    credentials, such as DESTINATION__BIGQUERY__CREDENTIALS or .dlt/secrets.toml.

    If the same records are loaded again, nothing changes. Another scrape of the same outputs adds snapshots. The tables
    contain the history, and the view current_records the newest snapshot of each output.

    The single mentions of runs are loaded too, into the tables mention_items and mention_pages. A mention is there
    once, however often it was loaded, and the last load of it counts.
    """
    if not paths and not mentions:
        raise click.UsageError("give records, run folders or --mentions FILE.")
    if [*paths, *mentions].count("-") > 1:
        raise click.UsageError("standard input can be read only once; give a file for the other path.")
    started = time.monotonic()
    job = current_job()
    with Reading(shows_progress=True) as reading:
        job.counts = lambda: {"damaged": reading.damaged}
        done = load_into(
            paths,
            to,
            dataset=dataset,
            mentions=mentions,
            batch_size=batch_size,
            damaged=reading.damage,
            progress=reading.update,
        )
    job.counts = lambda: counts_of(done)
    job.add_output(done.destination, done.records + done.mentions)
    for notice in done.notices:
        warn(notice)
    destination = f"{done.destination}, {done.dataset}"
    parts = [(done.records, "record", done.new)] if paths else []
    parts += [(done.mentions, "mention", done.new_mentions)] if done.mentions or mentions else []
    read = " and ".join(f"{pluralize(count, unit)} read, {new:,} of them new" for count, unit, new in parts)
    words = f"{read} in {destination}"
    skipped = f"; {skipped_lines(done.damaged)}" if done.damaged else ""
    before = f"; {pluralize(done.parts_before, 'part')} loaded before" if done.parts_before else ""
    line = f"{words}{before}{skipped}; {time.monotonic() - started:.1f} s"
    job.conclude(line, Exit.WITH_FAILURES if done.damaged else 0)
