"""Progress on a terminal, lines in a log, and damaged lines of records by name."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from altdetails.cli.ui import duration, has_terminal, rich_console, say
from altdetails.records.files import records
from altdetails.results import in_words

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from types import TracebackType

    from rich.progress import Progress

    from altdetails.record import Record
    from altdetails.records.files import DamagedLine, RecordLine
    from altdetails.results import Status

__all__ = ["LogLines", "PagesBar", "Quiet", "Reading", "ScrapeBar"]

_BETWEEN_UPDATES = 1_000
_BETWEEN_LINES = 60.0


def _progress(*columns: str) -> Progress:
    """A progress display on standard error that goes away at the end.

    Args:
        columns: `bar`, `of`, `left` and `spinner` for rich's own; anything else is a text with fields of the task.
    """
    from rich import progress as rich  # noqa: PLC0415 -- a pipe needs no rich

    own = {
        "bar": rich.BarColumn(bar_width=24),
        "of": rich.MofNCompleteColumn(),
        "left": rich.TimeRemainingColumn(),
        "spinner": rich.SpinnerColumn(),
    }
    shown = [own.get(column) or rich.TextColumn(column) for column in columns]
    return rich.Progress(*shown, console=rich_console(stderr=True), transient=True)


class Quiet:
    """Says what must be said, and shows no progress."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing to clear away."""

    def update(self, *, files: float, pages: int, failures: int) -> None:
        """Take note of how far the work is: files done, with the part of the one in hand."""

    def say(self, line: str) -> None:
        """Print a line on standard error."""
        say(line)


class PagesBar(Quiet):
    """A bar on standard error: files done, pages a second, failures. It goes away at the end."""

    def __init__(self, total: int) -> None:
        rate, failed = "{task.fields[rate]:,.0f} pages/s", "{task.fields[failures]:,} failed"
        self._progress = _progress("bar", "of", "files", rate, failed, "left")
        self._task = self._progress.add_task("", total=total, rate=0, failures=0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def update(self, *, files: float, pages: int, failures: int) -> None:
        """Show how far the work is."""
        elapsed = self._progress.tasks[0].elapsed
        self._progress.update(self._task, completed=files, rate=pages / elapsed if elapsed else 0, failures=failures)

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        say(line, above=self._progress)


class LogLines:
    """The progress of a scrape in lines on standard error, for a log."""

    def __init__(self) -> None:
        self._pages = 0
        self._started = self._reported = 0.0

    @contextmanager
    def of(self, pages: int) -> Iterator[None]:
        """Report on so many pages inside."""
        self._pages = pages
        self._started = self._reported = time.monotonic()
        yield

    def update(self, made: Counter[Status | None]) -> None:
        """Take note of what came of the pages so far; a line is written once a minute."""
        now = time.monotonic()
        if now - self._reported >= _BETWEEN_LINES:
            self._reported = now
            done = made.total() - made["invalid"]
            left = (self._pages - done) * (now - self._started) / done
            self.say(f"{done:,} of {self._pages:,}: {in_words(made)}; {duration(left)} left")

    def say(self, line: str) -> None:
        """Write a line."""
        say(line)


class ScrapeBar(LogLines):
    """A bar on standard error: pages done, pages a minute, time left, outcomes. It goes away at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._progress = _progress("bar", "of", "{task.fields[rate]}", "{task.fields[outcomes]}")

    @contextmanager
    def of(self, pages: int) -> Iterator[None]:
        """Show the bar inside."""
        self._task = self._progress.add_task("", total=pages, rate="", outcomes="")
        self._pages = pages
        self._started = time.monotonic()
        with self._progress:
            yield

    def update(self, made: Counter[Status | None]) -> None:
        """Show how far the work is."""
        done = made.total() - made["invalid"]
        seconds = time.monotonic() - self._started
        left = duration((self._pages - done) * seconds / done)
        rate = f"{60 * done / seconds:,.1f} a minute, {left} left" if seconds else ""
        self._progress.update(self._task, completed=done, rate=rate, outcomes=in_words(made))

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        say(line, above=self._progress)


class Reading:
    """Reads files of records, and names on standard error the lines that are damaged. A context manager."""

    def __init__(self, *, shows_progress: bool) -> None:
        self.damaged = 0
        """Lines that are not valid records."""
        self._line: RecordLine | None = None
        self._read = 0
        self._progress = None
        if shows_progress and has_terminal():
            self._progress = _progress("spinner", "{task.completed:,.0f} records read")
            self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        if self._progress:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress:
            self._progress.stop()

    @property
    def place(self) -> str:
        """Where the record in hand was read: `records.jsonl:17`."""
        return f"{self._line.file}:{self._line.number}" if self._line else ""

    def records(self, *paths: str) -> Iterator[Record]:
        """The records of files; lines that are not valid records are named."""
        for line in records(paths, damaged=self.damage):
            self._line = line
            self._read += 1
            if self._read % _BETWEEN_UPDATES == 0:
                self.update(self._read)
            yield line.record

    def update(self, count: int) -> None:
        """Show how many records were read so far."""
        if self._progress:
            self._progress.update(self._task, completed=count)

    def damage(self, damaged: DamagedLine) -> None:
        """Name a line that cannot be used."""
        self.damaged += 1
        self.say(f"{damaged.file}:{damaged.line}: {damaged.reason}")

    def say(self, line: str) -> None:
        """Print a line on standard error, above the progress."""
        say(line, above=self._progress)
