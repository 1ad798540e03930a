"""Progress on a terminal; nothing of it in a pipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from altdetails.cli.terminal import say

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress, TaskID

__all__ = ["Bar", "Quiet", "has_terminal"]


def has_terminal() -> bool:
    """Whether somebody looks at standard error."""
    return sys.stderr.isatty()


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


class Bar(Quiet):
    """A bar on standard error: files done, pages a second, failures. It goes away at the end."""

    def __init__(self, total: int) -> None:
        from rich.console import Console  # noqa: PLC0415 -- costs more than parsing a page
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        self._progress: Progress = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("files"),
            TextColumn("{task.fields[rate]:,.0f} pages/s"),
            TextColumn("{task.fields[failures]:,} failed"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: TaskID = self._progress.add_task("", total=total, rate=0, failures=0)

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
