"""`altdetails export`: convert records to a file for other programs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import click

from altdetails.cli.job import JobCommand, counts_of, current_job
from altdetails.cli.progress import Reading
from altdetails.cli.ui import Exit, pluralize, skipped_lines, warn, with_size
from altdetails.exporting.write import export as export_to

if TYPE_CHECKING:
    from altdetails.exporting.write import Exported
    from altdetails.lists.entry import NumberKind

__all__ = ["export"]


@click.command(
    cls=JobCommand,
    output=lambda options: options["target"] or "",
    epilog="""\b
Examples:
  altdetails export run -o scores.xlsx
  altdetails export run --with papers.xlsx -o papers-with-scores.xlsx
  altdetails export run --with scopus.csv --column DOI -o scopus-with-scores.csv
  altdetails export run --table outcomes -o outcomes.csv
  altdetails export run --table mention_items -o mentions.csv
  altdetails export january.jsonl.gz july.jsonl.gz -o both.duckdb
  altdetails parse saved-pages/ | altdetails export - -o records.csv

\b
Exit code:
  0  success
  1  written, but some lines were skipped: not valid records
  2  wrong usage, a file without records, or output cannot be written
  130  interrupted
""",
)
@click.argument("paths", nargs=-1, required=True, metavar="RECORDS...")
@click.option(
    "-o", "--output", "target", required=True, metavar="OUT", help="The output file. Its ending selects the format."
)
@click.option(
    "--table",
    type=click.Choice(["records", "outcomes", "mention_items", "mention_pages"]),
    default="records",
    show_default=True,
    help="The records, the outcome of each identifier of a run, the single mentions, or the pages that list them.",
)
@click.option(
    "--mentions",
    multiple=True,
    metavar="FILE",
    help="In .xlsx and .duckdb: add the single mentions of FILE. Those of runs are added always.",
)
@click.option(
    "--with",
    "with_rows_of",
    metavar="FILE",
    help="Write one row for each row of FILE, a table of yours (CSV, TSV, Excel): your columns, then the numbers.",
)
@click.option(
    "--column", metavar="NAME", help="Column of FILE with the identifiers, by name or number.  [default: it is found]"
)
@click.option(
    "--ids",
    type=click.Choice(["altmetric", "pmid"]),
    help="What bare numbers in FILE are, if no name says it: Altmetric ids or PubMed ids.",
)
@click.option(
    "--as-of", metavar="DATE", help="With --with: use the newest records up to this day.  [default: the newest]"
)
@click.option("--all-columns", is_flag=True, help="In .xlsx: add a sheet with all records and all columns.")
@click.option(
    "--excel",
    "for_excel",
    is_flag=True,
    help="In .csv: begin with a byte order mark, and separate by ; if your system writes a decimal comma.",
)
def export(  # noqa: PLR0913 -- click passes each option
    paths: tuple[str, ...],
    target: str,
    *,
    table: Literal["records", "outcomes", "mention_items", "mention_pages"],
    mentions: tuple[str, ...],
    with_rows_of: str | None,
    column: str | None,
    ids: NumberKind | None,
    as_of: str | None,
    all_columns: bool,
    for_excel: bool,
) -> None:
    """Convert records to CSV, Excel, Parquet or DuckDB.

    RECORDS are files of records (.jsonl, .jsonl.gz, .jsonl.zst or .parquet), run folders of "altdetails scrape", or -
    for standard input. OUT is written atomically. Its ending selects the format:

    \b
    .csv .tsv   one row per record; text that looks like a formula is escaped
    .xlsx       a workbook for people: a summary, the papers, what was not found
    .parquet    one row per record, nested like the record
    .duckdb     tables of records, mentions, readers, …, with views
    .jsonl .jsonl.gz .jsonl.zst   the lines, unchanged

    A run also has the outcome of every identifier: in the sheet "Not found", in the table "outcomes" of .duckdb, and
    with --table outcomes.

    A run that was scraped with --mentions has single mentions too: in the sheets "Mentions" and "Tabs", and in the
    tables "mention_items" and "mention_pages" of .duckdb. With --table mention_items, RECORDS are runs or files of
    mentions, and OUT has a row for each mention, once however often it was read.

    With --with, OUT has every row of FILE once, in its order: your columns as they are, then doi, altmetric_id, title,
    score, counts by source, percentiles, outcome, details_url and captured_at. The outcome is ok, not tracked, no
    identifier, failed or not asked. An empty number is not on the page; it is never a zero. In .duckdb it is the table
    "papers".

    A run that was refreshed has several records of the same output; provenance.fetched_at has the time of each. The
    workbook and --with have the newest.

    Lines that are not valid records are skipped, and reported with their file and number.
    """  # noqa: D301 -- click needs the escape
    started = time.monotonic()
    job = current_job()
    with Reading(shows_progress=True) as reading:
        job.counts = lambda: {"damaged": reading.damaged}
        done = export_to(
            paths,
            target,
            table=table,
            mentions=mentions,
            with_rows_of=with_rows_of,
            column=column,
            ids=ids,
            as_of=as_of,
            all_columns=all_columns,
            for_excel=for_excel,
            damaged=reading.damage,
            progress=reading.update,
        )
    job.counts = lambda: counts_of(done)
    job.add_output(target, _rows(done, table, with_rows_of))
    for notice in done.notices:
        warn(notice)
    unit = "mention" if table.startswith("mention_") else "record"
    skipped = f", {skipped_lines(done.damaged, unit)}" if done.damaged else ""
    written = with_size(target)
    line = f"{_content(done, table, with_rows_of)} in {written}{skipped}, {time.monotonic() - started:.1f} s"
    job.conclude(line, Exit.WITH_FAILURES if done.damaged else 0)


def _rows(done: Exported, table: str, with_rows_of: str | None) -> int:
    """Return the number of rows in the file, or in its first table."""
    if with_rows_of or table == "outcomes":
        return done.outcomes.total()
    return {"mention_pages": done.pages, "mention_items": done.mentions}.get(table, done.records)


def _content(done: Exported, table: str, with_rows_of: str | None) -> str:
    """Return what was written, in words: `1,000 rows (940 ok, 60 not tracked)`."""
    words = ", ".join(f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in done.outcomes.most_common())
    if with_rows_of:
        return f"{pluralize(done.outcomes.total(), 'row')} ({words})"
    if table == "outcomes":
        return f"{pluralize(done.outcomes.total(), 'outcome')} ({words})"
    if table == "mention_pages" and not done.mentions:
        return pluralize(done.pages, "page")
    if table.startswith("mention_"):
        return pluralize(done.mentions, "mention")
    mentions = f" and {pluralize(done.mentions, 'mention')}" if done.mentions else ""
    return f"{pluralize(done.records, 'record')}{mentions}"
