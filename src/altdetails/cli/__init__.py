"""The command `altdetails`: exit codes, and what holds for all its commands.

0 done · 1 done with failures listed · 2 wrong usage or input · 3 stopped by the site · 130 interrupted
128 + n ended by another signal n
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

import click

from altdetails.cli.diff import diff
from altdetails.cli.doctor import doctor
from altdetails.cli.exits import SIGNALLED, Exit, FatalError
from altdetails.cli.export import export
from altdetails.cli.load import load
from altdetails.cli.parse import parse
from altdetails.cli.schema import schema
from altdetails.cli.scrape import scrape
from altdetails.cli.show import show
from altdetails.cli.status import status
from altdetails.errors import AltdetailsError

__all__ = ["cli", "main"]


class _Commands(click.Group):
    """A group that ends as a Unix filter does: quietly where it was interrupted or nobody reads on."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(Exit.INTERRUPTED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(Exit.PIPE_CLOSED)
        except AltdetailsError as error:
            raise FatalError(str(error)) from error
        except OSError as error:
            raise FatalError(f"{error.filename or 'standard output'}: {error.strerror}") from error


def _print_version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:  # noqa: FBT001 -- click calls
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version  # noqa: PLC0415 -- --help stays quick

        click.echo(f"altdetails {version('altdetails')}")
        ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  altdetails scrape dois.txt -o run --contact a.librarian@uni-somewhere.edu
  altdetails parse saved-pages/ -o records.jsonl
  altdetails show saved-pages/page.html
""",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
def cli() -> None:
    """Turn Altmetric details pages into structured records."""


for command in (scrape, status, parse, show, export, load, diff, schema, doctor):
    cli.add_command(command)


def main() -> None:
    """Run the command and end the process with its exit code."""
    _reopen_closed_streams()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is not signal.SIG_IGN:  # nohup, and shells for background jobs
            signal.signal(number, _end)
    cli()


def _end(number: int, _frame: object) -> NoReturn:
    """Unwind, once: the same signal again must not disturb the tidying up."""
    signal.signal(number, signal.SIG_IGN)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(SIGNALLED + number)


def _reopen_closed_streams() -> None:
    """Let no file of ours get the number of a standard stream that the shell closed (`>&-`)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 -- open as long as the process
