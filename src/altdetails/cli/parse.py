"""`altdetails parse`: pages → JSON lines, or a table."""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

import click

from altdetails._files import output_to
from altdetails._optional import set_defaults
from altdetails.cli.progress import PagesBar, Quiet
from altdetails.cli.ui import Exit, FatalError, counted, has_terminal, plain, summary
from altdetails.errors import AltdetailsError, InputError
from altdetails.exporting.write import write_lines
from altdetails.parsing.stream import PageStream
from altdetails.results import Failure
from altdetails.scale.runtime import daft
from altdetails.scale.writing import write_archives
from altdetails.sources import find
from altdetails.warc.reader import wanted

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Generator
    from typing import BinaryIO

    from altdetails.exporting.write import LinesEnding
    from altdetails.scale.writing import Format

__all__ = ["parse"]

_STANDARD_OUTPUT = "/dev/stdout"
_EXPORT_ENDINGS = (".csv", ".tsv", ".xlsx", ".duckdb")
_LINES_SUFFIXES = {"", ".jsonl", ".ndjson"}


def _expression(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
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
  2  wrong usage, a path that names nothing, or output cannot be written
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
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Number of worker processes.  [default: CPU count]")
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
    """Turn saved pages into records.

    Each page gives one JSON line. PATH is a file, a folder, an archive, a quoted pattern such as "pages/**/*.html", or
    - for standard input. Files are read whatever their ending. In folders and archives pages are what ends in .html
    .htm .xhtml .mhtml .mht .txt .md, each also with .gz; archives are .zip .tar .tar.gz .tgz .tar.bz2 .tar.xz, and
    those of crawlers .warc .warc.gz .warc.zst .wet .wet.gz .wet.zst, and those in folders are read too. So a run folder
    of "altdetails scrape" gives its records once more. Records come in the order given.

    Of WARC and WET files only what has the address of a details page is read. What is none of that is counted.

    FILE holds JSON lines, compressed where it ends in .gz or .zst, or is a table where it ends in .parquet.

    With --engine daft, PATH and FILE can be addresses (s3://, gs://, az://; PATH also https://), and FILE is a folder
    that is empty or not there, or for Iceberg also namespace.table. Failures go to the folder _failures in it.

    A page that gives no record never stops the rest. It is reported on standard error, or in the file of --failures.
    """
    target = None if target == "-" else target
    if engine == "daft":
        _end_with(_parse_with_daft(paths, target, form, ray=ray, listing=listing, url_filter=url_filter, jobs=jobs))
        return
    if ray or form in {"delta", "iceberg"}:
        raise click.UsageError(f"{'--ray' if ray else f'--format {form}'}: is for --engine daft; add that.")
    _refuse_one_file_for_both(target, listing)
    outputs = [Path(path) for path in (target, listing) if path and path != "-" and Path(path).is_file()]
    stream = PageStream(paths, jobs=jobs, url_filter=url_filter, outputs=outputs)
    _Parsing(stream, paths).write(target, _ending(target, form), listing)
    _end_with(stream.failures)


class _Parsing:
    """Pages on their way into a file, with what a person sees meanwhile."""

    def __init__(self, stream: PageStream, paths: tuple[str, ...]) -> None:
        self._stream = stream
        self._paths = paths
        self._report = Quiet()
        self._failures: BinaryIO | None = None

    def write(self, target: str | None, ending: LinesEnding, listing: str | None) -> None:
        started = time.monotonic()
        with ExitStack() as stack:
            self._failures = stack.enter_context(output_to(listing)) if listing else None
            if has_terminal() and ((target and listing != "-") or not sys.stdout.isatty()):
                self._report = PagesBar(total=sum(1 for _ in find(self._paths)))
            stack.enter_context(self._report)
            lines = stack.enter_context(closing(self._lines()))
            write_lines(lines, target, ending, failed=self._misfit)
        if self._stream.failures or has_terminal():
            said = summary(
                self._stream.records,
                self._stream.failures,
                time.monotonic() - started,
                listing=None if listing == "-" else listing,
                copies=self._stream.copies,
                skipped=self._stream.skipped,
            )
            click.echo(said, err=True)

    def _lines(self) -> Generator[tuple[str, bytes]]:
        stream = self._stream
        with closing(stream.results()) as results:
            for some in results:
                for result in some:
                    if isinstance(result, Failure):
                        self._fail(result)
                for result in some:
                    if not isinstance(result, Failure):
                        yield result.name, result.json
                failed = stream.failures.total()
                self._report.update(files=stream.files_done, pages=stream.records + failed, failures=failed)
        if not stream.records and set(stream.failures) <= {"missing"}:
            raise FatalError(self._nothing())

    def _nothing(self) -> str:
        if self._stream.skipped:
            others = counted(self._stream.skipped, "other file or response")
            way_out = "--url-filter reads pages of other hosts in archives, see --help"
            return f"nothing to parse among {others}; {way_out}"
        return "nothing to parse; `altdetails parse --help` says what is read"

    def _misfit(self, failure: Failure) -> None:
        self._stream.records -= 1
        self._stream.failures[failure.kind] += 1
        self._fail(failure)

    def _fail(self, failure: Failure) -> None:
        if self._failures:
            self._failures.write(failure.to_json())
        if self._failures is None or failure.kind == "missing":
            self._report.say(f"{failure.file}: {failure.reason} [{failure.kind}]")


def _ending(target: str | None, form: str | None) -> LinesEnding:
    """How a file is written.

    Args:
        target: its path; None is standard output.
        form: `jsonl` or `parquet` if that is asked for; None: as its name says.

    Raises:
        UsageError: if its name has an ending of neither, or standard output is to be Parquet.
    """
    name = (target or "").lower()
    if form == "parquet" or (form is None and name.endswith(".parquet")):
        if target is None:
            raise click.UsageError("--format parquet: needs a file; name one with -o.")
        return ".parquet"
    unpacked = name.removesuffix(".gz").removesuffix(".zst")
    if form is None and unpacked.endswith(_EXPORT_ENDINGS):
        file = str(target)[: len(unpacked)]
        raise click.UsageError(
            f"{target}: write JSON lines or Parquet, and make this file of them: altdetails export RECORDS -o {file}"
        )
    if form is None and unpacked.endswith(".parquet"):
        raise click.UsageError(f"{target}: Parquet is compressed inside; let the name end in .parquet")
    if form is None and Path(unpacked).suffix not in _LINES_SUFFIXES:
        raise click.UsageError(
            f"{target}: its ending is none of .jsonl .jsonl.gz .jsonl.zst .parquet; use one of them, or --format. "
            "CSV and others are made of records: altdetails export RECORDS -o FILE.csv"
        )
    if name.endswith(".gz"):
        return ".jsonl.gz"
    return ".jsonl.zst" if name.endswith(".zst") else ".jsonl"


def _end_with(failures: Counter[str]) -> None:
    if failures:
        raise click.exceptions.Exit(Exit.WRONG_INPUT if "missing" in failures else Exit.WITH_FAILURES)


def _refuse_one_file_for_both(target: str | None, listing: str | None) -> None:
    if listing == "-" and target is None:
        raise click.UsageError("--failures -: standard output gets the records; name a file for one of them (-o).")
    if target and listing and Path(target).resolve() == Path(_STANDARD_OUTPUT if listing == "-" else listing).resolve():
        raise click.UsageError(f"{target}: records and failures need two files; give --failures another name.")


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
    """Write the records of archives to a table by Daft; pages without a record by kind.

    If a path leads to no archive, the target cannot be written, or the cluster is lost, this ends the process.
    """
    if listing == "-":
        raise click.UsageError("--failures -: with --engine daft they need a folder, or its address; name one.")
    if target is None:
        raise click.UsageError("--engine daft: needs a folder, or its address; name one with -o.")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # where Daft says that it was interrupted
    set_defaults({"DAFT_PROGRESS_BAR": str(int(has_terminal()))})
    logging.disable()  # what goes wrong is said once, by us
    started = time.monotonic()
    try:
        if not ray:
            daft().set_runner_native()  # else Daft looks for Ray, and loses an interruption meanwhile
        done = write_archives(
            paths,
            target,
            file_format=cast("Format", form or "parquet"),
            url_filter=url_filter,
            failures=listing,
            ray=ray,
            jobs=jobs,
        )
    except AltdetailsError as error:
        FatalError(str(error)).show()
        _leave(Exit.WRONG_INPUT)
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        _leave(Exit.INTERRUPTED)
    except SystemExit as end:
        _leave(int(end.code or 0))
    if done.failures or has_terminal():
        said = summary(done.records, done.failures, time.monotonic() - started, listing=done.listing)
        click.echo(plain(said), err=True)
    return done.failures


def _leave(code: int) -> NoReturn:
    """End at once: Daft's threads go on, and would crash the interpreter while it tidies up."""
    sys.stderr.flush()
    os._exit(code)
