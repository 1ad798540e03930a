"""How far a scrape is: a bar on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from altdetails.cli.terminal import say
from altdetails.cli.words import duration, outcomes

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from altdetails.results import Status

__all__ = ["Bar", "Lines"]

_BETWEEN_LINES = 60.0


class Lines:
    """Lines on standard error, for a log."""

    def __init__(self) -> None:
        self._pages = 0
        self._started = self._told = 0.0

    @contextmanager
    def of(self, pages: int) -> Iterator[None]:
        """Report on so many pages inside."""
        self._pages = pages
        self._started = self._told = time.monotonic()
        yield

    def update(self, made: Counter[Status | None]) -> None:
        """Take note of what came of the pages so far; a line is written once a minute."""
        now = time.monotonic()
        if now - self._told >= _BETWEEN_LINES:
            self._told = now
            done = made.total() - made["invalid"]
            left = (self._pages - done) * (now - self._started) / done
            self.say(f"{done:,} of {self._pages:,}: {outcomes(made)}; {duration(left)} left")

    def say(self, line: str) -> None:
        """Write a line."""
        say(line)


class Bar(Lines):
    """A bar on standard error: pages done, pages a minute, time left, outcomes. It goes away at the end."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console  # noqa: PLC0415 -- costs more than a page
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

        self._progress = Progress(
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[outcomes]}"),
            console=Console(stderr=True),
            transient=True,
        )

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
        self._progress.update(self._task, completed=done, rate=rate, outcomes=outcomes(made))

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        say(line, above=self._progress)
