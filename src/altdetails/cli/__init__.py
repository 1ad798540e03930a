"""The command `altdetails`: its groups of commands and its exit codes.

0 success · 1 success with failures · 2 wrong usage or input · 3 stopped by the site · 130 interrupted
128 + n ended by another signal n
"""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, cast

import click
from click.shell_completion import CompletionItem

from altdetails import __version__
from altdetails._files import is_closed_pipe
from altdetails.cli.ui import (
    SIGNALLED,
    Exit,
    FatalError,
    StandardError,
    StandardInput,
    discard,
    messages_shown,
    print_text,
    say,
    show_error,
    show_unexpected,
)
from altdetails.errors import AltdetailsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.cli.job import Job, JobCommand

__all__ = ["GROUPS", "cli", "main"]

GROUPS = {
    "Collect": {
        "scrape": "Fetch the details pages of a list of DOIs or other identifiers.",
        "history": "Collect archived details pages of a list of outputs.",
        "status": "Show the progress of a scrape or history.",
    },
    "Read": {
        "parse": "Convert saved details pages to records.",
        "show": "Show the record of one page in the terminal.",
    },
    "Use": {
        "report": "Write a report to read, explore and print, as one HTML file.",
        "card": "Write one output as a picture, for a slide or a web page.",
        "export": "Convert records to CSV, Excel, Parquet or DuckDB.",
        "load": "Load records into a database or data warehouse.",
        "schema": "Print the schema of records, mentions or summaries.",
    },
    "Watch": {
        "diff": "Show which scores and counts changed between two scrapes.",
        "doctor": "Check whether records lack fields because the site has changed.",
        "skeleton": "Write the skeleton of a page, for a bug report.",
    },
}
"""The commands by group, each with the first line of its help."""


class _Text(click.types.StringParamType):
    """A text that the shell completes with the names of files, as it does without a completion of the command."""

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 -- click passes it
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


class _Commands(click.Group):
    """A group that imports a command when it is called, and shows its errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click passes it
        return [name for commands in GROUPS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: JobCommand = getattr(import_module(f"altdetails.cli.{cmd_name}"), cmd_name)
        for parameter in command.params:
            if parameter.type is click.STRING:
                parameter.type = _Text()
            if isinstance(parameter, click.Option) and parameter.envvar is None:
                name = max(parameter.opts, key=len).lstrip("-")
                parameter.envvar = f"ALTDETAILS_{cmd_name}_{name}".replace("-", "_").upper()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for heading, commands in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl(list(commands.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            name, command, rest = super().resolve_command(ctx, args)
        except click.UsageError:
            if ctx.obj is not None and "--json" in args:
                job = import_module("altdetails.cli.job").Job
                ctx.obj.append(job(args[0], output="", as_json=True, metrics_file=None))
            raise
        if ctx.obj is not None:
            ctx.obj.append(cast("JobCommand", command).begin(rest, ctx))
        return name, command, rest

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **options: Any,  # noqa: ANN401 -- click has it
    ) -> click.Context:
        with _expected_errors():
            return super().make_context(info_name, args, parent, **options)

    def invoke(self, ctx: click.Context) -> object:
        with _expected_errors():
            return super().invoke(ctx)

    def main(
        self,
        *arguments: Any,  # noqa: ANN401 -- click has it
        standalone_mode: bool = True,
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Run a command. In standalone mode, show its error and end the process with its exit code."""
        jobs: list[Job] = []
        with messages_shown():
            try:
                code = self._code(*arguments, obj=jobs, **options)
            except SystemExit as end:  # by a signal
                _end_jobs(jobs, cast("int", end.code))
                raise
            except Exception as error:
                code = error.exit_code if isinstance(error, click.ClickException) else 1
                if not standalone_mode:
                    _end_jobs(jobs, code)
                    raise
                if isinstance(error, click.ClickException):
                    show_error(error)
                else:
                    show_unexpected(error)
            code = _end_jobs(jobs, code)
        if standalone_mode:
            sys.exit(code)
        return code

    def _code(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401 -- click has them
        """Run a command and return its exit code."""
        try:
            with _expected_errors():  # also those of shell completion
                return super().main(*arguments, standalone_mode=False, **options) or 0  # type: ignore[call-overload]
        except click.exceptions.Exit as end:
            return end.exit_code


def _end_jobs(jobs: list[Job], code: int) -> int:
    """Print the summary of the call, and return the exit code: another one if the summary cannot be printed."""
    for job in jobs:
        try:
            with _expected_errors():
                job.end(code)
        except click.exceptions.Exit as end:
            code = end.exit_code
        except click.ClickException as error:
            show_error(error)
            code = error.exit_code
    return code


@contextmanager
def _expected_errors() -> Iterator[None]:
    """Convert errors of a command to messages and exit codes."""
    try:
        yield
    except (KeyboardInterrupt, click.Abort) as error:
        say("Interrupted.", logging.ERROR, kind="Interrupted")
        raise click.exceptions.Exit(Exit.INTERRUPTED) from error
    except AltdetailsError as error:
        raise FatalError(str(error)) from error
    except OSError as error:
        if is_closed_pipe(error):
            discard(sys.stdout)
            raise click.exceptions.Exit(Exit.PIPE_CLOSED) from error
        raise FatalError(
            f"{error.filename}: {error.strerror}"
            if error.filename
            else f"standard output: output cannot be written: {error.strerror or error}; choose another path"
        ) from error


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 -- click passes it
    if value and not ctx.resilient_parsing:
        print_text(f"altdetails {__version__}")
        ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  altdetails scrape dois.txt -o run --contact a.librarian@uni-somewhere.edu
  altdetails report run -o report.html
  altdetails export run -o table.xlsx
  altdetails diff run --by month
  altdetails show saved-page.html

"altdetails COMMAND --help" explains a command.
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
    """Turn Altmetric details pages into structured records.

    Altmetric counts how often a research output (an article, a book, a dataset) is mentioned in news, policy documents
    and social media. Its site, altmetric.com, has a details page for each output. altdetails fetches these pages, or
    reads pages that you saved, and converts each page to a record: a JSON object with the score, the counts and the
    bibliographic data. A value that the page does not show is null: it is unknown, not zero.
    """


def main() -> None:
    """Run the command and end the process with its exit code."""
    _reopen_closed_streams()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and shells set it for background jobs
            signal.signal(number, _end)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # the encoding of the terminal may lack characters
    sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.stderr = cast("TextIO", StandardError(sys.stderr))
    if type(getattr(sys.stdin.buffer, "raw", None)) is io.FileIO:  # a console of Windows is not one
        stream = io.BufferedReader(StandardInput(sys.stdin))
        sys.stdin = io.TextIOWrapper(stream, sys.stdin.encoding, sys.stdin.errors)
    try:
        cli(
            windows_expand_args=sys.argv[1:2] != ["parse"]
        )  # parse expands patterns itself, and takes regular expressions
    finally:
        _flush()


def _flush() -> None:
    """Write what is left for standard output. Python would end with an exit code of its own if it cannot be written."""
    try:
        sys.stdout.flush()
    except OSError:
        discard(sys.stdout)


def _end(number: int, _frame: object) -> NoReturn:
    """Raise the exception for a signal. Ignore the same signal from now on, so that it cannot interrupt the cleanup."""
    signal.signal(number, signal.SIG_IGN)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(SIGNALLED + number)


def _reopen_closed_streams() -> None:
    """Reopen standard streams that the shell closed (`>&-`), so that no other file gets their descriptors.

    Standard output is opened without the right to write: an output that is lost is an error, lost messages are not.
    """
    for name, mode, access in (("stdin", "r", os.O_RDONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY)):
        if getattr(sys, name) is None:
            stream = os.fdopen(os.open(os.devnull, access), mode, encoding="utf-8")
            setattr(sys, name, stream)  # stays open until the process ends
