"""Show progress on a terminal or in a log, and report damaged lines."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import msgspec

from altdetails._arguments import shown_path
from altdetails.cli.ui import TERMINAL, duration, has_terminal, pluralize, rich_console, say, warn
from altdetails.records.files import records
from altdetails.results import UNFETCHABLE, in_words

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from types import TracebackType

    from rich.progress import Progress

    from altdetails.parsing.stream import PageStream
    from altdetails.record import Record
    from altdetails.records.files import DamagedLine, RecordLine
    from altdetails.results import Outcome, Status, TabPage

__all__ = ["LogLines", "PageTally", "PagesBar", "Quiet", "Reading", "ScrapeBar", "TabTally"]

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


def _show(display: Progress) -> None:
    TERMINAL.display = display
    display.start()


def _hide(display: Progress) -> None:
    display.stop()
    TERMINAL.display = None


class PageTally:
    """What a parse has read, for programs."""

    def __init__(self, stream: PageStream) -> None:
        self._stream = stream
        self._unread = 0
        self._inconsistent = 0
        self._bytes = 0

    def add(self, name: str, line: bytes) -> None:
        """Count a record.

        Args:
            name: the name of the document.
            line: the record as a line of JSON.
        """
        known = _KNOWN.decode(line)
        self._unread += bool(known.unread)
        self._inconsistent += bool(known.inconsistencies)
        self._bytes += known.provenance.bytes
        shown = shown_path(name)
        say(f"{shown}: a record", logging.DEBUG, file=shown)

    def counts(self) -> dict[str, int | None]:
        """Return the numbers so far."""
        stream = self._stream
        return {
            "pages": stream.records + stream.tabs,
            "records": stream.records,
            "copies": stream.copies,
            "unread": self._unread,
            "inconsistent": self._inconsistent,
            "bytes": self._bytes,
            "mentions": stream.mentions,
            "skipped": stream.skipped.total(),
            "failures": stream.failures.total(),
            **{f"failures.{kind}": count for kind, count in stream.failures.items()},
        }


class _Size(msgspec.Struct):
    bytes: int


class _Known(msgspec.Struct):
    """The parts of a record that `PageTally` counts."""

    unread: list[msgspec.Raw]
    inconsistencies: list[msgspec.Raw]
    provenance: _Size


_KNOWN = msgspec.json.Decoder(_Known)


class Quiet:
    """Show no progress."""

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


class PagesBar(Quiet):
    """A progress bar on standard error: files done, pages per second, failures. It disappears at the end."""

    def __init__(self, total: int) -> None:
        rate, failed = "{task.fields[rate]:,.0f} pages/s", "{task.fields[failures]:,} failed"
        self._progress = _progress("bar", "of", "files", rate, failed, "left")
        self._task = self._progress.add_task("", total=total, rate=0, failures=0)

    def __enter__(self) -> Self:
        _show(self._progress)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _hide(self._progress)

    def update(self, *, files: float, pages: int, failures: int) -> None:
        """Update the bar."""
        elapsed = self._progress.tasks[0].elapsed
        self._progress.update(self._task, completed=files, rate=pages / elapsed if elapsed else 0, failures=failures)


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
            say(f"{done:,} of {self._pages:,}: {in_words(status_counts)}{tabs}; {duration(left)} left")


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
        _show(self._progress)
        try:
            yield
        finally:
            _hide(self._progress)

    def update(self, status_counts: Counter[Status | None], tabs: TabTally) -> None:
        """Update the bar."""
        done = _outputs_done(status_counts, tabs)
        seconds = time.monotonic() - self._started
        left = duration(max(0, self._pages - done) * seconds / done)
        rate = f"{60 * done / seconds:,.1f} a minute, {left} left" if seconds else ""
        self._progress.update(self._task, completed=done, rate=rate, outcomes=f"{in_words(status_counts)}{tabs}")


class Reading:
    """A context manager that reads files of records, shows progress and reports damaged lines on standard error.

    A terminal shows the progress in a line that changes, a log gets a line a minute.
    """

    def __init__(self, *, shows_progress: bool) -> None:
        self._shows_progress = shows_progress
        self._reported = time.monotonic()
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
            _show(self._progress)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress:
            _hide(self._progress)

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
        now = time.monotonic()
        if self._progress:
            self._progress.update(self._task, completed=count)
        elif self._shows_progress and now - self._reported >= _BETWEEN_LINES:
            self._reported = now
            say(f"{count:,} read so far")

    def damage(self, damaged: DamagedLine) -> None:
        """Report a line that is not a valid record."""
        self.damaged += 1
        warn(f"{damaged.file}:{damaged.line}: {damaged.reason}", file=damaged.file, line=damaged.line)
