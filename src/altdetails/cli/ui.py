"""Helpers of all commands: exit codes, messages, safe text for terminals, and numbers and times in words.

Messages are records of the logger `altdetails`. `TERMINAL` writes them, and those of the library, to standard error.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
import traceback
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import click

from altdetails._arguments import CONTROLS, shown_path, strip_controls, without_secrets

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

    from rich.console import Console, RenderableType
    from rich.progress import Progress

__all__ = [
    "MESSAGES",
    "SIGNALLED",
    "TERMINAL",
    "Exit",
    "FatalError",
    "StandardError",
    "StandardInput",
    "Unfailing",
    "discard",
    "duration",
    "escape_controls",
    "has_blocks",
    "has_terminal",
    "messages_shown",
    "one_line",
    "pluralize",
    "print_report",
    "print_text",
    "rich_console",
    "say",
    "shorten",
    "show_error",
    "show_unexpected",
    "size",
    "skipped_files",
    "skipped_lines",
    "strip_controls",
    "summary",
    "warn",
]

MESSAGES = logging.getLogger("altdetails")
"""The logger of all messages. Modules of the library log details to loggers below it."""
_MAX_LINE, _END_OF_LINE = 500, 200


def escape_controls(json: str) -> str:
    r"""Replace the characters that `strip_controls` replaces by escapes such as `\u009b`: JSON of the same content."""
    return CONTROLS.sub(lambda match: "".join(f"\\u{ord(character):04x}" for character in match[0]), json)


def one_line(text: str) -> str:
    """Return a message as one line of at most 500 characters, without control characters.

    A longer message is cut in the middle: it begins with its file or identifier, and ends with what to do.
    """
    return _cut(strip_controls(text))


def _cut(text: str) -> str:
    if len(text.rstrip("\n")) <= _MAX_LINE:
        return text
    return f"{text[: _MAX_LINE - _END_OF_LINE - 1]}…{text[-_END_OF_LINE:]}"


class Unfailing:
    """A stream that discards what it cannot write: a full disk or a closed pipe must not end the work."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        """The stream that can fail."""

    def write(self, text: str) -> int:
        """Write text, or discard it and all later text. Return its length."""
        try:
            self._try(lambda: self.stream.write(text))
        except RuntimeError:  # a handler of a signal writes while the buffer is written, and has no part in that
            os.write(self.stream.fileno(), text.encode(self.stream.encoding, "backslashreplace"))
        return len(text)

    def flush(self) -> None:
        """Flush the buffer, or discard it and all later text."""
        with suppress(RuntimeError):
            self._try(self.stream.flush)

    def _try(self, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError:
            discard(self.stream)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- any attribute of a stream
        return getattr(self.stream, name)


class StandardError(Unfailing):
    """Standard error for all code of the process: what libraries print, such as warnings, is limited like a message."""

    def write(self, text: str) -> int:
        """Write lines without control characters, cut in the middle to 500 characters. Return the length before."""
        if TERMINAL.as_json:
            for line in filter(str.strip, text.splitlines()):
                foreign = MESSAGES.makeRecord("stderr", logging.WARNING, "", 0, line, (), None)
                super().write(f"{_json_line(foreign)}\n")
        else:
            super().write(_cut("\n".join(map(strip_controls, text.split("\n")))))
        return len(text)


class StandardInput(io.FileIO):
    """Standard input for all code of the process, in which a signal is handled before the next part is read.

    Python's buffers read several parts in one call. Without this, a signal between two of them waits for more input.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream.fileno(), closefd=False)
        self._stream = stream  # it closes the descriptor when it is freed

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 -- any writable buffer
        """Read a part. Python handles signals when it calls this method."""
        return super().readinto(buffer)


class _Terminal(logging.Handler):
    """Writes messages to standard error: as text above the progress display, if there is one, or as lines of JSON."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.as_json = False
        self.display: Progress | None = None
        """The progress display; it stays below the messages."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a message."""
        if self.as_json:
            write_error_line(_json_line(record))
        elif self.display:
            line = one_line(record.getMessage())
            self.display.console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)
        else:
            click.echo(one_line(record.getMessage()), err=True)


TERMINAL = _Terminal()


def _json_line(record: logging.LogRecord) -> str:
    """Return a message as one JSON object: time, level, logger, message, and its fields, such as `file`."""
    content = {
        "time": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S}.{record.msecs:03.0f}Z",
        "level": record.levelname,
        "logger": record.name,
        "message": one_line(record.getMessage()).strip(),
    }
    fields: dict[str, object] = getattr(record, "fields", {})
    shown = {name: one_line(value) if isinstance(value, str) else value for name, value in fields.items()}
    return json.dumps(content | {name: value for name, value in shown.items() if value is not None})


def write_error_line(line: str) -> None:
    """Write a line of JSON to standard error. It is whole, because a part of it is not JSON."""
    stream = Unfailing(getattr(sys.stderr, "stream", sys.stderr))
    stream.write(f"{line}\n")
    stream.flush()


@contextmanager
def messages_shown() -> Iterator[None]:
    """Show messages in the block: as text, without details, until `TERMINAL` is set otherwise."""
    before = MESSAGES.level, MESSAGES.propagate
    MESSAGES.addHandler(TERMINAL)
    MESSAGES.setLevel(logging.INFO)
    MESSAGES.propagate = False
    try:
        yield
    finally:
        MESSAGES.removeHandler(TERMINAL)
        MESSAGES.setLevel(before[0])
        MESSAGES.propagate = before[1]
        TERMINAL.as_json, TERMINAL.display = False, None
        TERMINAL.setLevel(logging.INFO)


def discard(stream: TextIO) -> None:
    """Discard what is written to a stream from now on, and what its buffer holds."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def has_terminal() -> bool:
    """Whether standard error is a terminal that shows progress."""
    return sys.stderr.isatty() and not TERMINAL.as_json and TERMINAL.level <= logging.INFO


def has_blocks(console: Console) -> bool:
    """Whether the encoding of the terminal has arrows and block characters."""
    return console.encoding.startswith("utf")


def rich_console(*, stderr: bool = False) -> Console:
    """Return a console that does not interpret markup."""
    from rich.console import Console  # noqa: PLC0415 -- not needed if the output is a pipe

    # a display needs the control characters that other text must not contain
    file = cast("TextIO", Unfailing(getattr(sys.stderr, "stream", sys.stderr))) if stderr else None
    return Console(file=file, highlight=False, markup=False, emoji=False)


def print_report(make: Callable[[Console], RenderableType]) -> None:
    """Print to standard output, without trailing spaces, and without colours if it is not a terminal.

    Args:
        make: returns the content for a console of some width and encoding.
    """
    console = rich_console()
    with console.capture() as capture:
        console.print(make(console))
    print_text(re.sub(" +$", "", capture.get(), flags=re.MULTILINE), ends_line=False)


def print_text(text: str | bytes, *, ends_line: bool = True) -> None:
    """Print to standard output. All text of commands goes through here, but not the records that they write.

    Args:
        text: the text; bytes do not depend on the encoding of the terminal.
        ends_line: whether to end the line.

    Raises:
        OSError: if it cannot be written.
    """
    click.echo(text, nl=ends_line, color=True)


def say(line: str, level: int = logging.INFO, /, **fields: object) -> None:
    """Print a message on standard error as one line, see `one_line`. All messages go through here.

    Args:
        line: the message.
        level: its level. A warning is about something that can be wrong. An error is why the exit code is not 0.
        fields: what it is about, for lines of JSON: `file`, `line`, `identifier`, `kind`, …
    """
    # `MESSAGES.log` would print nothing while `logging.disable` silences other libraries
    MESSAGES.handle(MESSAGES.makeRecord(MESSAGES.name, level, "", 0, line, (), None, extra={"fields": fields}))


def warn(line: str, /, **fields: object) -> None:
    """Print a message about something that can be wrong."""
    say(line, logging.WARNING, **fields)


_MAX_GROUPS = 6
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
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        for line in error.format_message().splitlines():
            say(line)
        return
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context and not TERMINAL.as_json:
        for line in context.get_usage().splitlines():
            say(line)
        say(f"Try '{context.command_path} {context.help_option_names[0]}' for help.")
        say("")
    say_error(error.format_message(), kind=type(error.__cause__ or error).__name__)


def say_error(words: str, /, **fields: object) -> None:
    """Print the error that ends the command."""
    say(words if TERMINAL.as_json else f"Error: {words}", logging.ERROR, **fields)


def show_unexpected(error: Exception) -> None:
    """Print an error that no code expects: the lines that raised it, its type, and its message without secrets."""
    for line in "".join(traceback.format_tb(error.__traceback__)).splitlines():
        say(line, logging.ERROR, is_detail=True)
    words = without_secrets(str(error), *sys.argv[1:])
    kind = type(error).__name__
    say_error(f"unexpected {kind}: {words}; this is a fault of altdetails, please report it", kind=kind)


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


def with_size(target: str) -> str:
    """Return the name of a written file with its size: `records.csv (12.3 MB)`. Only files here have a size."""
    has_size = Path(target).is_file()
    return f"{target} ({size(Path(target).stat().st_size)})" if has_size else shown_path(target)


def skipped_lines(count: int, unit: str = "record") -> str:
    """`1 line skipped: not a valid record`, `3 lines skipped: not valid records`."""
    return f"{pluralize(count, 'line')} skipped: {f'not a valid {unit}' if count == 1 else f'not valid {unit}s'}"


def skipped_files(groups: Counter[str]) -> str:
    """`5 other files skipped (3 .css, 1 .pdf, 1 without an ending)`, with the most frequent groups."""
    named = sorted(groups.items(), key=lambda group: (-group[1], group[0]))[:_MAX_GROUPS]
    words = [
        f"{count:,} {group}" if group[0] == "." or " " in group else pluralize(count, group) for group, count in named
    ]
    others = groups.total() - sum(count for _, count in named)
    if others:
        words.append(f"{others:,} with other endings")
    return f"{pluralize(groups.total(), 'other file')} skipped ({', '.join(words)})"


def summary(  # noqa: PLR0913 -- the parts of the line
    records: int,
    failures: Counter[str],
    seconds: float,
    *,
    target: str | None = None,
    listing: str | None = None,
    copies: int = 0,
    skipped: Counter[str] | None = None,
    mentions: tuple[int, int] | None = None,
) -> str:
    """Format the summary of a parse: `2 records in a.jsonl (9.1 KB), 1 failure (1 other), 0.3 s; see failures.jsonl`.

    Args:
        records: number of records written.
        failures: number of failures of each kind.
        seconds: duration.
        target: path of the records; None for standard output.
        listing: path of the failures file.
        copies: number of pages with the same content as an earlier page.
        skipped: numbers of files, responses and rows that are not pages, by group.
        mentions: number of mentions, and of pages of tabs; None if no mentions were read.
    """
    words = [pluralize(records, "record")]
    if copies:
        words[0] += f" ({copies:,} with the same content as an earlier page)"
    if target:
        words[0] += f" in {with_size(target)}"
    if mentions:
        words.append(f"{pluralize(mentions[0], 'mention')} on {pluralize(mentions[1], 'page')} of tabs")
    if failures:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in failures.most_common())
        words.append(f"{pluralize(failures.total(), 'failure')} ({kinds})")
    if skipped:
        words.append(skipped_files(skipped))
    reference = f"; see {listing}" if failures and listing else ""
    return f"{', '.join(words)}, {seconds:.1f} s{reference}"
