"""One run over web archives by Daft, on this machine or on a cluster."""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import TYPE_CHECKING, NoReturn, cast

import click

from altdetails.cli.exits import Exit, FatalError
from altdetails.cli.progress import has_terminal
from altdetails.cli.terminal import plain
from altdetails.cli.words import summary
from altdetails.errors import AltdetailsError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from altdetails.scale.writing import Format

__all__ = ["run"]


def run(  # noqa: PLR0913 -- the options of the command
    paths: Sequence[str],
    target: str,
    form: str,
    *,
    ray: str | None,
    listing: str | None,
    url_filter: str | None,
    jobs: int | None,
) -> Counter[str]:
    """Write the records of archives to a table, say what came of it, and tell which pages gave none, by kind.

    Where a path leads to no archive, the target cannot be written, or the cluster is lost, this ends the process.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # where Daft says that it was interrupted
    os.environ["DAFT_PROGRESS_BAR"] = str(int(has_terminal()))
    logging.disable()  # what goes wrong is said once, by us
    from altdetails.scale.engine import daft  # noqa: PLC0415 -- reads the environment
    from altdetails.scale.writing import write_archives  # noqa: PLC0415 -- reads the environment

    started = time.monotonic()
    try:
        if not ray:
            daft().set_runner_native()  # else Daft looks for Ray, and loses an interruption meanwhile
        done = write_archives(
            paths,
            target,
            file_format=cast("Format", form),
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
