"""Show progress on a terminal or in a log, and report damaged lines."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from altdetails.cli.ui import duration, has_terminal, pluralize, rich_console, say
from altdetails.records.files import records
from altdetails.results import UNFETCHABLE, in_words

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from types import TracebackType

    from rich.progress import Progress

    from altdetails.record import Record
    from altdetails.records.files import DamagedLine, RecordLine
    from altdetails.results import Outcome, Status, TabPage

__all__ = ["LogLines", "PagesBar", "Quiet", "Reading", "ScrapeBar", "TabTally"]

_BETWEEN_UPDATES = 1_000
_BETWEEN_LINES = 60.0


def _progress(*columns: str) -> Progress:
    """Return a progress display on standard error that disappears at the end.

    Args:
        columns: `bar`, `of`, `left` and `spinner` are columns of rich; any other text can contain fields of the task.
    """
    from rich import progress as rich  # noqa: PLC0415 -- not needed if the output is a pipe

    rich_columns = {
        "bar": rich.BarColumn(bar_width=24),
        "of": rich.MofNCompleteColumn(),
        "left": rich.TimeRemainingColumn(),
        "spinner": rich.SpinnerColumn(),
    }
    all_columns = [rich_columns.get(column) or rich.TextColumn(column) for column in columns]
    console = rich_console(stderr=True)
    return rich.Progress(*all_columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)


class Quiet:
    """Print messages, but no progress."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: there is no display to remove."""

    def update(self, *, files: float, pages: int, failures: int) -> None:
        """Ignore the progress.

        Args:
            files: files done, with the finished part of the current file.
            pages: pages done.
            failures: pages without a record.
        """

    def say(self, line: str) -> None:
        """Print a line on standard error."""
        say(line)


class PagesBar(Quiet):
    """A progress bar on standard error: files done, pages per second, failures. It disappears at the end."""

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
        """Update the bar."""
        elapsed = self._progress.tasks[0].elapsed
        self._progress.update(self._task, completed=files, rate=pages / elapsed if elapsed else 0, failures=failures)

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        say(line, above=self._progress)


class TabTally:
    """The tabs that a scrape has fetched in this call."""

    def __init__(self) -> None:
        self.outputs = 0
        """Outputs without a new record: only their tabs were fetched."""
        self.pages = 0
        self.mentions = 0
        self._last = ""

    def begin(self, outcome: Outcome) -> None:
        """Count what follows as tabs of this output."""
        self._last = outcome.identifier

    def add(self, page: TabPage) -> None:
        """Count a page of a tab."""
        self.outputs += page.identifier != self._last
        self._last = page.identifier
        self.pages += 1
        self.mentions += page.mentions

    def __str__(self) -> str:
        return f"; {self.mentions:,} mentions on {pluralize(self.pages, 'page')}" if self.pages else ""


def _outputs_done(status_counts: Counter[Status | None], tabs: TabTally) -> int:
    return status_counts.total() - sum(status_counts[status] for status in UNFETCHABLE) + tabs.outputs


class LogLines:
    """Print the progress of a scrape as lines on standard error, for a log."""

    def __init__(self) -> None:
        self._pages = 0
        self._started = self._reported = 0.0

    @contextmanager
    def of(self, pages: int) -> Iterator[None]:
        """Report the progress of this number of pages inside the block."""
        self._pages = pages
        self._started = self._reported = time.monotonic()
        yield

    def update(self, status_counts: Counter[Status | None], tabs: TabTally) -> None:
        """Print the progress, at most once a minute."""
        now = time.monotonic()
        if now - self._reported >= _BETWEEN_LINES:
            self._reported = now
            done = _outputs_done(status_counts, tabs)
            left = max(0, self._pages - done) * (now - self._started) / done
            self.say(f"{done:,} of {self._pages:,}: {in_words(status_counts)}{tabs}; {duration(left)} left")

    def say(self, line: str) -> None:
        """Print a line."""
        say(line)


class ScrapeBar(LogLines):
    """A progress bar on standard error: pages done, pages per minute, time left, outcomes. It disappears at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._progress = _progress("bar", "of", "{task.fields[rate]}", "{task.fields[outcomes]}")

    @contextmanager
    def of(self, pages: int) -> Iterator[None]:
        """Show the bar inside the block."""
        self._task = self._progress.add_task("", total=pages, rate="", outcomes="")
        self._pages = pages
        self._started = time.monotonic()
        with self._progress:
            yield

    def update(self, status_counts: Counter[Status | None], tabs: TabTally) -> None:
        """Update the bar."""
        done = _outputs_done(status_counts, tabs)
        seconds = time.monotonic() - self._started
        left = duration(max(0, self._pages - done) * seconds / done)
        rate = f"{60 * done / seconds:,.1f} a minute, {left} left" if seconds else ""
        self._progress.update(self._task, completed=done, rate=rate, outcomes=f"{in_words(status_counts)}{tabs}")

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        say(line, above=self._progress)


class Reading:
    """A context manager that reads files of records, shows progress and reports damaged lines on standard error."""

    def __init__(self, *, shows_progress: bool) -> None:
        self.damaged = 0
        """Number of lines that are not valid records."""
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
        """The file and line of the current record: `records.jsonl:17`."""
        return f"{self._line.file}:{self._line.number}" if self._line else ""

    def records(self, *paths: str) -> Iterator[Record]:
        """Yield the records of files, and report lines that are not valid records."""
        for line in records(paths, damaged=self.damage):
            self._line = line
            self._read += 1
            if self._read % _BETWEEN_UPDATES == 0:
                self.update(self._read)
            yield line.record

    def update(self, count: int) -> None:
        """Show the number of records read."""
        if self._progress:
            self._progress.update(self._task, completed=count)

    def damage(self, damaged: DamagedLine) -> None:
        """Report a line that is not a valid record."""
        self.damaged += 1
        self.say(f"{damaged.file}:{damaged.line}: {damaged.reason}")

    def say(self, line: str) -> None:
        """Print a line on standard error, above the progress."""
        say(line, above=self._progress)
