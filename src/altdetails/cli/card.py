"""`altdetails card`: write one output as a picture."""

from __future__ import annotations

import click

from altdetails.cli.job import JobCommand, current_job
from altdetails.cli.progress import Reading
from altdetails.cli.ui import Exit, skipped_lines
from altdetails.reporting.picture import card as card_to

__all__ = ["card"]


@click.command(
    cls=JobCommand,
    output=lambda options: options["target"] or "",
    epilog="""\b
Examples:
  altdetails card run --doi 10.5555/lhs.2023.0417 -o card.svg
  altdetails card records.jsonl --doi 10.5555/lhs.2023.0417 -o card.html
  altdetails parse saved-page.html | altdetails card - -o card.svg

\b
Exit code:
  0  success
  1  written, but some lines were skipped: not valid records
  2  wrong usage, no such output, or output cannot be written
  130  interrupted
""",
)
@click.argument("paths", nargs=-1, required=True, metavar="RECORDS...")
@click.option("--doi", metavar="DOI", help="The DOI of the output, in any form, or its Altmetric id.")
@click.option(
    "-o", "--output", "target", required=True, metavar="FILE", help="The output file. Its name ends in .svg or .html."
)
def card(paths: tuple[str, ...], doi: str | None, target: str) -> None:
    """Write one output as a picture, for a slide or a web page.

    RECORDS are files of records (.jsonl, .jsonl.gz, .jsonl.zst or .parquet), run folders of "altdetails scrape", or -
    for standard input. The card has the title, the Attention Score, the mentions by source, the date of the page and
    the attribution. If there are several snapshots of the output, the card shows the newest. --doi can be left out if
    RECORDS are of one output only.

    The colours are not those of Altmetric's badge. Altmetric restricts redistribution of its data: ask Altmetric before
    you publish a card.
    """
    job = current_job()
    with Reading(shows_progress=True) as reading:
        job.counts = lambda: {"damaged": reading.damaged}
        record = card_to(paths, target, doi=doi, damaged=reading.damage)
    skipped = f", {skipped_lines(reading.damaged)}" if reading.damaged else ""
    job.add_output(target)
    line = f"{record.doi or record.title or 'The output'} in {target}{skipped}"
    job.conclude(line, Exit.WITH_FAILURES if reading.damaged else 0)
