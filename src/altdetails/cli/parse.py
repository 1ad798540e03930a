"""`altdetails parse`: pages → JSON lines."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from altdetails.cli.exits import Exit
from altdetails.errors import InputError

__all__ = ["parse"]

_STANDARD_OUTPUT = "/dev/stdout"


def _expression(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is not None:
        from altdetails.warc.reader import wanted  # noqa: PLC0415 -- --help stays quick

        try:
            wanted(text)
        except InputError as error:
            raise click.BadParameter(str(error)) from error
    return text


@click.command(
    epilog="""\b
Examples:
  altdetails parse page.html
  altdetails parse saved-pages/ more.zip -o records.jsonl
  altdetails parse "20*/**/*.html.gz" -o records.jsonl.gz
  altdetails parse archives/*.warc.gz -o records.parquet
  altdetails parse proxy.warc.gz --url-filter "^https://altmetric-com.proxy.example.edu/details/" -o records.jsonl
  altdetails parse saved-pages/ -o records.jsonl --failures failures.jsonl
  altdetails parse --engine daft "s3://crawl/*.warc.gz" -o s3://tables/records
  altdetails parse --engine daft --ray ray://head:10001 /mnt/crawl -o /mnt/records --format delta
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
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "parquet", "delta", "iceberg"]),
    help="What FILE gets.  [default: what its ending says, else jsonl; of daft parquet]",
)
@click.option(
    "--failures",
    "listing",
    metavar="FILE",
    help="Write a JSON line for each page without a record to FILE; - is standard output.",
)
@click.option(
    "--url-filter",
    metavar="REGEX",
    callback=_expression,
    help="In WARC and WET files, read the addresses in which REGEX is found, not those of details pages.",
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes that parse.  [default: one a core]")
@click.option(
    "--engine",
    type=click.Choice(["local", "daft"]),
    default="local",
    show_default=True,
    help="Who does the work; daft reads WARC and WET, here or on a cluster.",
)
@click.option("--ray", metavar="ADDRESS", help="With daft: the cluster of Ray, such as ray://head:10001 or auto.")
def parse(  # noqa: PLR0913 -- click hands over each option
    *,
    paths: tuple[str, ...],
    target: str | None,
    form: str | None,
    listing: str | None,
    url_filter: str | None,
    jobs: int | None,
    engine: str,
    ray: str | None,
) -> None:
    """Turn saved pages into records, one JSON line a page.

    PATH is a file, a folder, an archive, a quoted pattern such as "pages/**/*.html", or - for standard input. Files
    are read whatever their ending. In folders and archives pages are what ends in .html .htm .xhtml .mhtml .mht .txt
    .md, each also with .gz; archives are .zip .tar .tar.gz .tgz .tar.bz2 .tar.xz, and those of crawlers .warc .warc.gz
    .warc.zst .wet .wet.gz .wet.zst, and those in folders are read too. So a run folder of "altdetails scrape" gives its
    records once more. Records come in the order given.

    Of WARC and WET files only what has the address of a details page is read. What is none of that is counted.

    FILE holds JSON lines, compressed where it ends in .gz or .zst, or is a table where it ends in .parquet.

    With --engine daft, PATH and FILE can be addresses (s3://, gs://, az://; PATH also https://), and FILE is a folder
    that is empty or not there, or for Iceberg also namespace.table. Failures go to the folder _failures in it.

    A page that gives no record never stops the rest. It is reported on standard error, or in the file of --failures.
    """
    from altdetails.cli.parse_run import Run  # noqa: PLC0415 -- --help stays quick
    from altdetails.cli.records_file import ending_of  # noqa: PLC0415

    target = None if target == "-" else target
    if engine == "daft":
        _tell(_parse_with_daft(paths, target, form, ray=ray, listing=listing, url_filter=url_filter, jobs=jobs))
        return
    if ray or form in {"delta", "iceberg"}:
        raise click.UsageError(f"{'--ray' if ray else f'--format {form}'}: is for --engine daft; add that.")
    _refuse_one_file_for_both(target, listing)
    run = Run(paths, jobs=jobs, url_filter=url_filter)
    run.write(target, ending_of(target, form), listing)
    _tell(run.failures)


def _parse_with_daft(  # noqa: PLR0913 -- the options of the command
    paths: tuple[str, ...],
    target: str | None,
    form: str | None,
    *,
    ray: str | None,
    listing: str | None,
    url_filter: str | None,
    jobs: int | None,
) -> Counter[str]:
    from altdetails.cli.parse_daft import run  # noqa: PLC0415 -- --help stays quick

    if listing == "-":
        raise click.UsageError("--failures -: with --engine daft they need a folder, or its address; name one.")
    if target is None:
        raise click.UsageError("--engine daft: needs a folder, or its address; name one with -o.")
    return run(paths, target, form or "parquet", ray=ray, listing=listing, url_filter=url_filter, jobs=jobs)


def _tell(failures: Counter[str]) -> None:
    if failures:
        raise click.exceptions.Exit(Exit.WRONG_INPUT if "missing" in failures else Exit.WITH_FAILURES)


def _refuse_one_file_for_both(target: str | None, listing: str | None) -> None:
    if listing == "-" and target is None:
        raise click.UsageError("--failures -: standard output gets the records; name a file for one of them (-o).")
    if target and listing and Path(target).resolve() == Path(_STANDARD_OUTPUT if listing == "-" else listing).resolve():
        raise click.UsageError(f"{target}: records and failures need two files; give --failures another name.")
