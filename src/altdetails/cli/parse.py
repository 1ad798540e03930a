"""`altdetails parse`: pages → JSON lines."""

from __future__ import annotations

from pathlib import Path

import click

from altdetails.cli.exits import Exit

__all__ = ["parse"]


@click.command(
    epilog="""\b
Examples:
  altdetails parse page.html
  altdetails parse saved-pages/ more.zip -o records.jsonl
  altdetails parse "20*/**/*.html.gz" --jobs 4 -o records.jsonl
  altdetails parse run/pages.warc.gz -o records.jsonl
  altdetails parse saved-pages/ -o records.jsonl --failures failures.jsonl
  unzip -p pages.zip page.html | altdetails parse - | jq .score

\b
Exit code:
  0  every page gave a record
  1  done, but some pages gave none: they are listed
  2  wrong usage, a path that names nothing, or no place to write to
  130  interrupted
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-o", "--output", "target", metavar="FILE", help="Write records to FILE, whole or not at all.")
@click.option("-j", "--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Processes that parse.")
@click.option("--failures", "listing", metavar="FILE", help="Write a JSON line for each page without a record to FILE.")
def parse(paths: tuple[str, ...], target: str | None, jobs: int, listing: str | None) -> None:
    """Turn saved pages into records, one JSON line a page.

    PATH is a file, a folder, an archive, a quoted pattern such as "pages/**/*.html", or - for standard input. Files
    are read whatever their ending. In folders and archives pages are what ends in .html .htm .xhtml .mhtml .mht .txt
    .md, each also with .gz; archives are .zip .tar .tar.gz .tgz .tar.bz2 .tar.xz, .warc .warc.gz .warc.zst as crawlers
    write them, and .wet .wet.gz .wet.zst, and those in folders are read too. So a run folder of "altdetails scrape"
    gives its records once more. Records come in the order given.

    A page that gives no record never stops the rest. It is reported on standard error, or in the file of --failures.
    """
    from altdetails.cli.parse_run import Run  # noqa: PLC0415 -- --help stays quick

    target = None if target == "-" else target
    _refuse_one_file_for_both(target, listing)
    run = Run(paths, jobs=jobs)
    run.write(target, listing)
    if run.failures:
        raise click.exceptions.Exit(Exit.WRONG_INPUT if "missing" in run.failures else Exit.WITH_FAILURES)


def _refuse_one_file_for_both(target: str | None, listing: str | None) -> None:
    if target and listing and Path(target).resolve() == Path(listing).resolve():
        raise click.UsageError(f"{target}: records and failures need two files; give --failures another name.")
