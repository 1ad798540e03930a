"""Helpers of all commands: exit codes, safe text for terminals, and numbers and times in words."""

from __future__ import annotations

import io
import os
import re
import sys
from enum import IntEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from rich.console import Console, RenderableType
    from rich.progress import Progress

__all__ = [
    "SIGNALLED",
    "Exit",
    "FatalError",
    "Unfailing",
    "discard",
    "duration",
    "has_blocks",
    "has_terminal",
    "one_line",
    "pluralize",
    "print_report",
    "rich_console",
    "say",
    "shorten",
    "show_error",
    "size",
    "skipped_lines",
    "strip_controls",
    "summary",
]

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
_MAX_LINE, _END_OF_LINE = 500, 200


def strip_controls(text: str) -> str:
    """Replace control characters, lone surrogates and characters that change the direction of text by spaces."""
    return _CONTROLS.sub(" ", text)


def one_line(text: str) -> str:
    """Return a message as one line of at most 500 characters, without control characters.

    A longer message is cut in the middle: it begins with its file or identifier, and ends with what to do.
    """
    line = strip_controls(text)
    if len(line) <= _MAX_LINE:
        return line
    return f"{line[: _MAX_LINE - _END_OF_LINE - 1]}…{line[-_END_OF_LINE:]}"


class Unfailing(io.TextIOWrapper):
    """A standard error that discards what it cannot write: a full disk or a closed pipe must not end the work."""

    def write(self, text: str, /) -> int:
        """Write text, or discard it and all later text. Return its length."""
        try:
            return super().write(text)
        except OSError:
            discard(self)
            return len(text)

    def flush(self) -> None:
        """Flush the buffer, or discard it and all later text."""
        try:
            super().flush()
        except OSError:
            discard(self)


def discard(stream: IO[str]) -> None:
    """Discard what is written to a stream from now on, and what its buffer holds."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def has_terminal() -> bool:
    """Whether standard error is a terminal."""
    return sys.stderr.isatty()


def has_blocks(console: Console) -> bool:
    """Whether the encoding of the terminal has arrows and block characters."""
    return console.encoding.startswith("utf")


def rich_console(*, stderr: bool = False) -> Console:
    """Return a console that does not interpret markup."""
    from rich.console import Console  # noqa: PLC0415 -- not needed if the output is a pipe

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def print_report(make: Callable[[Console], RenderableType]) -> None:
    """Print to standard output, without trailing spaces, and without colours if it is not a terminal.

    Args:
        make: returns the content for a console of some width and encoding.
    """
    console = rich_console()
    with console.capture() as capture:
        console.print(make(console))
    click.echo(re.sub(" +$", "", capture.get(), flags=re.MULTILINE), nl=False, color=True)


def say(line: str, *, above: Progress | None = None) -> None:
    """Print a message on standard error as one line, see `one_line`. All messages go through here.

    Args:
        line: the message.
        above: a progress display; it stays below the line.
    """
    if above:
        above.console.print(one_line(line), markup=False, highlight=False, emoji=False, soft_wrap=True)
    else:
        click.echo(one_line(line), err=True)


SIGNALLED = 128
"""The exit code after signal n is this plus n, as in shells."""


class Exit(IntEnum):
    """The exit codes other than 0, success."""

    WITH_FAILURES = 1
    WRONG_INPUT = 2
    STOPPED_BY_SITE = 3
    INTERRUPTED = 130
    PIPE_CLOSED = 141


class FatalError(click.ClickException):
    """An error that ends the command: wrong input, or an output that cannot be written."""

    exit_code = Exit.WRONG_INPUT


def show_error(error: click.ClickException) -> None:
    """Print an error on standard error: its message and, for wrong usage, the usage of the command above it."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context:
        for line in context.get_usage().splitlines():
            say(line)
        say(f"Try '{context.command_path} {context.help_option_names[0]}' for help.")
        say("")
    say(f"Error: {error.format_message()}")


_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MAX_SHOWN = 200
_MAX_SECONDS, _MAX_MINUTES, _MAX_HOURS = 100, 100 * _MINUTE, 48 * _HOUR


def pluralize(count: int, noun: str) -> str:
    """Format a count with its noun: `1 page`, `2,000 pages`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(seconds: float) -> str:
    """Format a duration: `45 s`, `12 min`, `6 h 40 min`, `3 days`."""
    if seconds < _MAX_SECONDS:
        return f"{seconds:.0f} s"
    if seconds < _MAX_MINUTES:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < _MAX_HOURS:
        hours, minutes = divmod(round(seconds / _MINUTE), _MINUTE)
        return f"{hours} h {minutes} min"
    return f"{seconds / _DAY:.0f} days"


def shorten(text: str) -> str:
    """Cut a text to 200 characters."""
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def size(count: int) -> str:
    """Format a number of bytes: `12.3 MB`."""
    for unit, length in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if count >= length:
            return f"{count / length:.1f} {unit}"
    return f"{count} bytes"


def skipped_lines(count: int) -> str:
    """`1 line skipped: not a valid record`, `3 lines skipped: not valid records`."""
    return f"{pluralize(count, 'line')} skipped: {'not a valid record' if count == 1 else 'not valid records'}"


def summary(  # noqa: PLR0913 -- the parts of the line
    records: int,
    failures: Counter[str],
    seconds: float,
    *,
    listing: str | None = None,
    copies: int = 0,
    skipped: int = 0,
) -> str:
    """Format the summary of a parse: `2 records, 1 failure (1 other), 0.3 s; see failures.jsonl`.

    Args:
        records: number of records written.
        failures: number of failures of each kind.
        seconds: duration.
        listing: path of the failures file.
        copies: number of pages with the same content as an earlier page.
        skipped: number of files and responses that are not pages.
    """
    words = [pluralize(records, "record")]
    if copies:
        words[0] += f" ({copies:,} with the same content as an earlier page)"
    if failures:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in failures.most_common())
        words.append(f"{pluralize(failures.total(), 'failure')} ({kinds})")
    if skipped:
        words.append(f"{pluralize(skipped, 'other file')} skipped")
    reference = f"; see {listing}" if failures and listing else ""
    return f"{', '.join(words)}, {seconds:.1f} s{reference}"
