"""The command `altdetails`: its groups of commands, and how it ends.

0 done · 1 done with failures listed · 2 wrong usage or input · 3 stopped by the site · 130 interrupted
128 + n ended by another signal n
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from altdetails import __version__
from altdetails._files import is_closed_pipe
from altdetails.cli.ui import SIGNALLED, Exit, FatalError
from altdetails.errors import AltdetailsError

__all__ = ["GROUPS", "cli", "main"]

GROUPS = {
    "Collect": {
        "scrape": "Fetch the details pages of a list of identifiers.",
        "status": "Show how far a run is.",
    },
    "Read": {
        "parse": "Turn saved pages into records.",
        "show": "Show one record in the terminal.",
    },
    "Share": {
        "export": "Write records to a file that other programs read.",
        "load": "Load records into a warehouse.",
        "schema": "Print the schema of a record.",
    },
    "Watch": {
        "diff": "Show what changed between two scrapes.",
        "doctor": "Check whether the site has changed.",
    },
}
"""The commands by group, each with the first line of its help. Its module is loaded when it is called."""


class _Commands(click.Group):
    """A group that loads a command when it is called, and ends as a Unix filter does."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click calls
        return [name for commands in GROUPS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = getattr(import_module(f"altdetails.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for heading, commands in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl(list(commands.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(Exit.INTERRUPTED)
        except AltdetailsError as error:
            raise FatalError(str(error)) from error
        except OSError as error:
            if is_closed_pipe(error):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                ctx.exit(Exit.PIPE_CLOSED)
            raise FatalError(f"{error.filename or 'standard output'}: {error.strerror}") from error


def _print_version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:  # noqa: FBT001 -- click calls
    if asked and not ctx.resilient_parsing:
        click.echo(f"altdetails {__version__}")
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
    "-V",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
def cli() -> None:
    """Turn Altmetric details pages into structured records."""


def main() -> None:
    """Run the command and end the process with its exit code."""
    _reopen_closed_streams()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is not signal.SIG_IGN:  # nohup, and shells for background jobs
            signal.signal(number, _end)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # its encoding may lack letters of ours
    cli(windows_expand_args=sys.argv[1:2] != ["parse"])  # which reads patterns itself, and regular expressions


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
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 -- open as long as the process
            setattr(sys, name, stream)
