"""Write the records of archives to a folder: with processes of this machine, or with Daft."""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

import click

from altdetails._arguments import is_address, shown_address, shown_path
from altdetails._optional import set_defaults
from altdetails.cli.job import counts_of, current_job
from altdetails.cli.progress import PagesBar, Quiet
from altdetails.cli.ui import Exit, FatalError, has_terminal, pluralize, say, show_error, summary, warn
from altdetails.errors import AltdetailsError
from altdetails.exporting.part_files import write_parts
from altdetails.records.part_folder import may_be_folder
from altdetails.scale.runtime import daft
from altdetails.scale.writing import write_archives
from altdetails.sources import find

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from altdetails.exporting.part_files import PartFormat
    from altdetails.results import Failure
    from altdetails.scale.writing import Format

__all__ = ["NO_PAGES", "exit_code", "is_folder", "parse_in_parts", "parse_with_daft", "refuse_in_parts", "warn_of"]

NO_PAGES = "nothing to parse: no pages found; `altdetails parse --help` lists what is read"

_NOT_IN_PARTS = {
    "--failures": "has no effect with a folder of parts; its failures are in {folder}/_failures.",
    "--mentions": "a folder of parts has records alone; run parse once more with --mentions and -o /dev/null.",
}


def is_folder(target: str, form: str | None) -> bool:
    """Whether an output is a folder of parts."""
    if is_address(target):
        return may_be_folder(target)
    path = Path(target)
    is_new_name = form == "parquet" and not path.suffix and not path.exists()
    return target.endswith(("/", os.sep)) or path.is_dir() or is_new_name


def refuse_in_parts(target: str, options: Mapping[str, str | None]) -> None:
    """Refuse options that have no effect with a folder of parts.

    Raises:
        UsageError: if one of them is given.
    """
    for option, value in options.items():
        if value:
            raise click.UsageError(f"{option}: {_NOT_IN_PARTS[option].format(folder=shown_path(target).rstrip('/'))}")


def parse_in_parts(  # noqa: PLR0913 -- the options of the command
    paths: tuple[str, ...],
    target: str,
    form: str | None,
    *,
    jobs: int | None,
    url_filter: str | None,
    page_timeout: float,
) -> None:
    """Write the records of new archives to a folder."""
    started = time.monotonic()
    with PagesBar(total=sum(1 for _ in find(paths))) if has_terminal() else Quiet() as report:
        done = write_parts(
            paths,
            target,
            file_format=cast("PartFormat", form or "parquet"),
            jobs=jobs,
            url_filter=url_filter,
            page_timeout=page_timeout,
            failed=warn_of,
            notice=warn,
            progress=lambda archives, pages, failures: report.update(files=archives, pages=pages, failures=failures),
        )
    if not (done.archives or done.done_before or done.failures):
        raise FatalError(NO_PAGES)
    before = f", {done.done_before:,} done before" if done.done_before else ""
    job = current_job()
    job.counts = lambda: counts_of(done) | {"failures": done.failures.total()}
    job.add_output(target, done.records)
    line = summary(done.records, done.failures, time.monotonic() - started, listing=done.listing, skipped=done.skipped)
    job.conclude(f"{pluralize(done.archives, 'file')} read{before}: {line}", exit_code(done.failures))


def warn_of(failure: Failure) -> None:
    """Print why a page or a file has no record."""
    warn(f"{failure.file}: {failure.reason} [{failure.kind}]", file=failure.file, kind=failure.kind)


def parse_with_daft(  # noqa: PLR0913 -- the options of the command
    paths: tuple[str, ...],
    target: str | None,
    form: str | None,
    *,
    ray: str | None,
    listing: str | None,
    url_filter: str | None,
    jobs: int | None,
) -> None:
    """Write the records of archives to a table with Daft.

    End the process if a path contains no archive, the target cannot be written, or the cluster is lost.
    """
    if listing == "-":
        raise click.UsageError(
            "--failures -: with --engine daft, failures are written to a folder; give its path or address."
        )
    if target is None:
        raise click.UsageError("--engine daft: needs an output folder; give its path or address with -o.")
    job = current_job()
    job.keep_standard_output()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Daft prints there that it was interrupted
    set_defaults({"DAFT_PROGRESS_BAR": str(int(has_terminal()))})
    logging.disable()  # errors are reported once, by this command
    started = time.monotonic()
    try:
        if not ray:
            daft().set_runner_native()  # otherwise Daft looks for Ray, and ignores an interruption during the search
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
        show_error(FatalError(str(error)))
        _leave(Exit.WRONG_INPUT)
    except KeyboardInterrupt:
        say("Interrupted.", logging.ERROR, kind="Interrupted")
        _leave(Exit.INTERRUPTED)
    except SystemExit as end:
        _leave(int(end.code or 0))
    job.counts = lambda: counts_of(done) | {"failures": done.failures.total()}
    job.add_output(target, done.records)
    listing = shown_address(done.listing)
    line = summary(done.records, done.failures, time.monotonic() - started, target=target, listing=listing)
    job.conclude(line, exit_code(done.failures))


def _leave(code: int) -> NoReturn:
    """End the process immediately: the threads of Daft keep running, and crash the interpreter during its cleanup."""
    current_job().end(code)
    sys.stderr.flush()
    os._exit(code)


def exit_code(failures: Counter[str]) -> int:
    """Return the exit code for failures."""
    if "missing" in failures:
        return Exit.WRONG_INPUT
    return Exit.WITH_FAILURES if failures else 0
