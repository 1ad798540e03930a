"""What all commands share: exit codes, safe text for a terminal, numbers and times in words."""

from __future__ import annotations

import re
import sys
from enum import IntEnum
from typing import TYPE_CHECKING

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
    "counted",
    "duration",
    "has_blocks",
    "has_terminal",
    "paint",
    "plain",
    "rich_console",
    "say",
    "shortened",
    "size",
    "summary",
]

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def plain(text: str) -> str:
    """Text without characters that steer a terminal or turn its writing around; line ends become spaces."""
    return _CONTROLS.sub(" ", text)


def has_terminal() -> bool:
    """Whether somebody looks at standard error."""
    return sys.stderr.isatty()


def has_blocks(console: Console) -> bool:
    """Whether the terminal's encoding has arrows and block characters."""
    return console.encoding.startswith("utf")


def rich_console(*, stderr: bool = False) -> Console:
    """A console that takes text as it is."""
    from rich.console import Console  # noqa: PLC0415 -- a pipe needs no rich

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def paint(make: Callable[[Console], RenderableType]) -> None:
    """Write to standard output, without blanks at the ends of lines; in a pipe without colours.

    Args:
        make: what to write on a console, whose width and encoding it may ask for.
    """
    console = rich_console()
    with console.capture() as capture:
        console.print(make(console))
    click.echo(re.sub(" +$", "", capture.get(), flags=re.MULTILINE), nl=False, color=True)


def say(line: str, *, above: Progress | None = None) -> None:
    """Print a line on standard error.

    Args:
        line: what to say.
        above: what is shown there meanwhile, and stays below the line.
    """
    if above:
        above.console.print(plain(line), markup=False, highlight=False, emoji=False, soft_wrap=True)
    else:
        click.echo(plain(line), err=True)


SIGNALLED = 128
"""Exit codes from here on are those of signals, as a shell gives them."""


class Exit(IntEnum):
    """What the exit code says; 0 is done."""

    WITH_FAILURES = 1
    WRONG_INPUT = 2
    STOPPED_BY_SITE = 3
    INTERRUPTED = 130
    PIPE_CLOSED = 141


class FatalError(click.ClickException):
    """Nothing could be done: wrong input, or an output that cannot be written."""

    exit_code = Exit.WRONG_INPUT

    def __init__(self, message: str) -> None:
        super().__init__(plain(message))


_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_LONGEST = 200
_STILL_SECONDS, _STILL_MINUTES, _STILL_HOURS = 100, 100 * _MINUTE, 48 * _HOUR


def counted(count: int, noun: str) -> str:
    """`1 page`, `2,000 pages`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(seconds: float) -> str:
    """A time as a person says it: `45 s`, `12 min`, `6 h 40 min`, `3 days`."""
    if seconds < _STILL_SECONDS:
        return f"{seconds:.0f} s"
    if seconds < _STILL_MINUTES:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < _STILL_HOURS:
        hours, minutes = divmod(round(seconds / _MINUTE), _MINUTE)
        return f"{hours} h {minutes} min"
    return f"{seconds / _DAY:.0f} days"


def shortened(text: str) -> str:
    """A text that leaves room on a terminal for others."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def size(count: int) -> str:
    """Bytes: `12.3 MB`."""
    for unit, length in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if count >= length:
            return f"{count / length:.1f} {unit}"
    return f"{count} bytes"


def summary(  # noqa: PLR0913 -- what a run is summed up by
    records: int,
    failures: Counter[str],
    seconds: float,
    *,
    listing: str | None = None,
    copies: int = 0,
    skipped: int = 0,
) -> str:
    """What came of a run over pages: `2 records, 1 without a record (1 other), 0.3 s; see failures.jsonl`.

    Args:
        records: how many were written.
        failures: how many pages gave none, by kind.
        seconds: how long it took.
        listing: where failures are listed.
        copies: how many records are of pages with the content of an earlier one.
        skipped: how many files and responses are no pages.
    """
    words = [counted(records, "record")]
    if copies:
        words[0] += f" ({copies:,} with the content of an earlier one)"
    if failures:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in failures.most_common())
        words.append(f"{failures.total():,} without a record ({kinds})")
    if skipped:
        words.append(f"{counted(skipped, 'other file')} skipped")
    listed = f"; see {listing}" if failures and listing else ""
    return f"{', '.join(words)}, {seconds:.1f} s{listed}"
