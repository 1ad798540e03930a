"""`altdetails parse`: convert saved pages to JSON Lines or a table."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from altdetails._files import output_to
from altdetails.cli.job import JobCommand, current_job
from altdetails.cli.parse_folder import (
    NO_PAGES,
    exit_code,
    is_folder,
    parse_in_parts,
    parse_with_daft,
    refuse_in_parts,
    warn_of,
)
from altdetails.cli.progress import PagesBar, PageTally, Quiet
from altdetails.cli.ui import FatalError, has_terminal, skipped_files, summary
from altdetails.errors import InputError
from altdetails.exporting.row_files import mentions_file, write_lines
from altdetails.parsing.stream import PageStream
from altdetails.parsing.tasks import LONGEST_PAGE_TIMEOUT, PAGE_TIMEOUT, RESPONSE, ParsedLine
from altdetails.results import Failure
from altdetails.sources import find
from altdetails.warc.reader import wanted

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from typing import Any, BinaryIO

    from altdetails.exporting.row_files import LinesEnding

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


def _output(options: Mapping[str, Any]) -> str:
    """Return the path of the records; `-` if standard output gets them, or the failures or mentions."""
    paths = [options[name] for name in ("target", "listing", "mentions")]
    return "-" if "-" in paths else paths[0] or "-"


@click.command(
    cls=JobCommand,
    output=_output,
    has_metrics=True,
    epilog="""\b
Examples:
  altdetails parse page.html
  altdetails parse saved-pages/ more.zip -o records.jsonl
  altdetails parse "20*/**/*.html.gz" -o records.jsonl.gz
  altdetails parse archives/*.warc.gz -o records.parquet
  altdetails parse archives/ -o records/ --format parquet
  altdetails parse s3://crawl/2026 -o s3://tables/records
  altdetails parse answers.jsonl.gz explorer.csv -o records.jsonl
  altdetails parse proxy.warc.gz --url-filter "^https://altmetric-com.proxy.example.edu/details/" -o records.jsonl
  altdetails parse saved-pages/ -o records.jsonl --failures failures.jsonl
  altdetails parse saved-pages/ -o records.jsonl --mentions mentions.jsonl
  altdetails parse --engine daft "s3://crawl/*.warc.gz" -o s3://tables/records
  altdetails parse --engine daft --ray ray://head:10001 /mnt/crawl -o /mnt/records --format delta
  unzip -p pages.zip page.html | altdetails parse - | jq .score

\b
Exit code:
  0  every page has a record
  1  done, but some pages have no record: see the failures
  2  wrong usage, a path without pages, or output cannot be written
  130  interrupted
""",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    help="Write records to FILE, atomically, or to a folder of parts: FOLDER/.  [default: standard output]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "parquet", "delta", "iceberg"]),
    help="Format of FILE.  [default: by its ending, else jsonl; of a folder: parquet]",
)
@click.option(
    "--failures",
    "listing",
    metavar="FILE",
    help="Write one JSON line per page without a record to FILE; - is standard output.  [default: standard error]",
)
@click.option(
    "--mentions",
    metavar="FILE",
    help="Write the single mentions on pages of tabs to FILE, atomically; - is standard output.  [default: not read]",
)
@click.option(
    "--people",
    is_flag=True,
    help="With --mentions: include names, handles, followers, profiles and texts of people.  [default: left out]",
)
@click.option(
    "--url-filter",
    metavar="REGEX",
    callback=_expression,
    help="In web archives, read the pages whose address contains a match of REGEX.  [default: details pages]",
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Number of worker processes.  [default: CPU count]")
@click.option(
    "--page-timeout",
    type=click.FloatRange(min=0, min_open=True, max=LONGEST_PAGE_TIMEOUT),
    metavar="SECONDS",
    help=f"Seconds that a page may take; a page that takes longer is a failure.  [default: {PAGE_TIMEOUT:g}]",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "daft"]),
    default="local",
    show_default=True,
    help="local: this machine. daft: web archives only, on this machine or a cluster.",
)
@click.option(
    "--ray",
    metavar="ADDRESS",
    help="With daft: the address of a Ray cluster, such as ray://head:10001 or auto.  [default: no cluster]",
)
def parse(  # noqa: PLR0913 -- click passes each option
    *,
    paths: tuple[str, ...],
    target: str | None,
    form: str | None,
    listing: str | None,
    mentions: str | None,
    people: bool,
    url_filter: str | None,
    jobs: int | None,
    page_timeout: float | None,
    engine: str,
    ray: str | None,
) -> None:
    """Convert saved details pages to records.

    Each page becomes one line of JSON. PATH is a file, a folder, an archive, a pattern in quotes such as
    "pages/**/*.html", or - for standard input. A file is read whatever its ending. A folder is searched for pages
    (.html .htm .xhtml .mhtml .mht .webarchive .har .txt .md, each also with .gz .bz2 .xz .zst .br), archives (.zip .tar
    .tar.gz .tgz .tar.bz2 .tar.xz .tar.zst) and web archives (.warc .warc.gz .warc.zst .wet .wet.gz .wet.zst .wacz).
    Other files in it are read if they begin like a page. A run folder of "altdetails scrape" contains a web archive of
    its pages. Records keep the order of the paths.

    With --mentions, lists of mentions are read too: pages such as …/details/123/news. Each mention becomes a line of
    its FILE, and each page of a list another. Without the option, such a page is a failure.

    Several pages in one file are read too: joined HTML, and the pages in JSON, JSON Lines and CSV of crawlers.

    Answers of Altmetric's API (JSON, JSON Lines) and research outputs that Altmetric Explorer exported (CSV) give
    records too.

    In a web archive, only pages with the address of a details page, and answers of the API, are read. Others are
    skipped and counted.

    FILE contains one line of JSON per record, compressed if it ends in .gz or .zst. If it ends in .parquet, it contains
    a table.

    FOLDER/ is a folder of parts, for archives by the million: a folder that exists, a name with / at its end, or with
    --format parquet a name without an ending. Each archive becomes one part or more, each at most 200,000 records. A
    run that was killed goes on with the archives that are not done, and later runs read only new and changed ones.
    Failures are written to its folder _failures. See "altdetails status FOLDER".

    PATH, FILE and FOLDER can be addresses (s3://, gs://, az://; PATH also https://): files are copied here to be read,
    and stored whole. An address without an ending is a folder of parts. Archives for it are copied one by one. An
    address has no lock: run one command at a time for a folder there.

    With --engine daft, files at addresses are not copied. FILE is then a new or empty folder, or for Iceberg
    also namespace.table. Failures are written to its folder _failures.

    A page without a record does not stop the others. It is reported on standard error, or in the file of --failures.
    """
    target = None if target == "-" else target
    if engine == "daft":
        if page_timeout is not None:
            raise click.UsageError("--page-timeout: has no effect with --engine daft; leave it out.")
        if mentions or people:
            raise click.UsageError(f"{'--mentions' if mentions else '--people'}: works only with --engine local.")
        parse_with_daft(paths, target, form, ray=ray, listing=listing, url_filter=url_filter, jobs=jobs)
        return
    if ray or form in {"delta", "iceberg"}:
        raise click.UsageError(f"{'--ray' if ray else f'--format {form}'}: works only with --engine daft; add it.")
    if people and not mentions:
        raise click.UsageError("--people: works only with --mentions FILE; add it.")
    seconds = PAGE_TIMEOUT if page_timeout is None else page_timeout
    if target is not None and is_folder(target, form):
        refuse_in_parts(target, {"--failures": listing, "--mentions": mentions})
        parse_in_parts(paths, target, form, jobs=jobs, url_filter=url_filter, page_timeout=seconds)
        return
    _refuse_one_file_for_two(target, {"--failures": listing, "--mentions": mentions})
    outputs = [Path(path) for path in (target, listing, mentions) if path and path != "-" and Path(path).is_file()]
    stream = PageStream(
        paths,
        jobs=jobs,
        url_filter=url_filter,
        outputs=outputs,
        page_timeout=seconds,
        people=people if mentions else None,
    )
    _Parsing(stream, paths).write(target, _ending(target, form), listing, mentions)


class _Parsing:
    """Write the records and failures of a stream of pages to files, and show the progress."""

    def __init__(self, stream: PageStream, paths: tuple[str, ...]) -> None:
        self._stream = stream
        self._paths = paths
        self._report = Quiet()
        self._job = current_job()
        self._tally = PageTally(stream)
        self._job.counts = self._tally.counts
        self._failures: BinaryIO | None = None
        self._mentions: BinaryIO | None = None

    def write(self, target: str | None, ending: LinesEnding, listing: str | None, mentions: str | None) -> None:
        started = time.monotonic()
        with ExitStack() as stack:
            self._failures = stack.enter_context(output_to(listing)) if listing else None
            self._mentions = stack.enter_context(mentions_file(mentions, _ending(mentions, None))) if mentions else None
            if has_terminal() and ((target and "-" not in {listing, mentions}) or not sys.stdout.isatty()):
                self._report = PagesBar(total=sum(1 for _ in find(self._paths)))
            stack.enter_context(self._report)
            lines = stack.enter_context(closing(self._lines()))
            write_lines(lines, target, ending, failed=self._fail_record)
        for path, rows in ((target, self._stream.records), (mentions, None), (listing, self._stream.failures.total())):
            if path:
                self._job.add_output(path, rows)
        if target or self._stream.failures or self._stream.skipped or has_terminal():
            line = summary(
                self._stream.records,
                self._stream.failures,
                time.monotonic() - started,
                target=target,
                listing=None if listing == "-" else listing,
                copies=self._stream.copies,
                skipped=self._stream.skipped,
                mentions=(self._stream.mentions, self._stream.tab_pages) if mentions else None,
            )
            self._job.conclude(line, exit_code(self._stream.failures))

    def _lines(self) -> Generator[tuple[str, bytes]]:
        stream = self._stream
        with closing(stream.results()) as results:
            for batch in results:
                for result in batch:
                    if isinstance(result, Failure):
                        self._fail(result)
                for result in batch:
                    if not isinstance(result, Failure) and result.lines and self._mentions:
                        self._mentions.write(result.lines.json)
                    if isinstance(result, ParsedLine):
                        self._tally.add(result.name, result.json)
                        yield result.name, result.json
                self._job.update()
                failed = stream.failures.total()
                self._report.update(
                    files=stream.files_done, pages=stream.records + stream.tabs + failed, failures=failed
                )
        if not (stream.records or stream.tabs) and set(stream.failures) <= {"missing"}:
            raise FatalError(self._no_pages())

    def _no_pages(self) -> str:
        """Return the message for paths without pages."""
        skipped = self._stream.skipped
        if not skipped:
            return NO_PAGES
        advice = (
            "to read pages of other hosts in web archives, give --url-filter"
            if RESPONSE in skipped
            else "give the paths of pages, or see `altdetails parse --help` for what is read"
        )
        return f"nothing to parse: {skipped_files(skipped)}; {advice}"

    def _fail_record(self, failure: Failure) -> None:
        self._stream.records -= 1
        self._stream.failures[failure.kind] += 1
        self._fail(failure)

    def _fail(self, failure: Failure) -> None:
        if self._failures:
            self._failures.write(failure.to_json())
        if self._failures is None or failure.kind == "missing":
            warn_of(failure)


def _ending(target: str | None, form: str | None) -> LinesEnding:
    """Return the format of an output, as the ending of a file.

    Args:
        target: its path; None is standard output.
        form: `jsonl` or `parquet`; None to take it from the ending of the path.

    Raises:
        UsageError: if the ending is not supported, or the format of standard output is Parquet.
    """
    name = (target or "").lower()
    if form == "parquet" or (form is None and name.endswith(".parquet")):
        if target is None:
            raise click.UsageError("--format parquet: needs a file; give one with -o.")
        return ".parquet"
    unpacked = name.removesuffix(".gz").removesuffix(".zst")
    if form is None and unpacked.endswith(_EXPORT_ENDINGS):
        file = str(target)[: len(unpacked)]
        raise click.UsageError(
            f"{target}: parse writes JSON Lines or Parquet; convert these with altdetails export RECORDS -o {file}"
        )
    if form is None and unpacked.endswith(".parquet"):
        raise click.UsageError(f"{target}: Parquet is compressed already; choose a name that ends in .parquet")
    if form is None and Path(unpacked).suffix not in _LINES_SUFFIXES:
        raise click.UsageError(
            f"{target}: its ending does not name a format; use .jsonl .jsonl.gz .jsonl.zst .parquet, or --format. "
            "For CSV and other formats, convert the records: altdetails export RECORDS -o FILE.csv"
        )
    if name.endswith(".gz"):
        return ".jsonl.gz"
    return ".jsonl.zst" if name.endswith(".zst") else ".jsonl"


def _refuse_one_file_for_two(target: str | None, others: dict[str, str | None]) -> None:
    """Check that the records and other outputs do not go to one file.

    Args:
        target: the file of the records; None for standard output.
        others: the files of other options.

    Raises:
        UsageError: if two of them are the same.
    """
    taken = {Path(target or _STANDARD_OUTPUT).resolve(): "the records"}
    for option, path in others.items():
        if path is None:
            continue
        file = Path(_STANDARD_OUTPUT if path == "-" else path).resolve()
        if file in taken:
            name = "standard output" if path == "-" else path
            raise click.UsageError(f"{option} {path}: {name} already gets {taken[file]}; give another file.")
        taken[file] = f"the lines of {option}"
