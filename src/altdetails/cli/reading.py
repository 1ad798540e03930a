"""Files of records read for a person: what is damaged is named, and a terminal sees how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from altdetails.cli.progress import has_terminal
from altdetails.cli.terminal import say
from altdetails.records.files import records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from altdetails.record import Record
    from altdetails.records.files import DamagedLine, RecordLine

__all__ = ["Reading"]

_BETWEEN_UPDATES = 1_000


class Reading:
    """Reads files of records, and says on standard error what is wrong with them. A context manager."""

    def __init__(self, *, shows_progress: bool) -> None:
        self.damaged = 0
        """Lines that hold no record."""
        self._line: RecordLine | None = None
        self._read = 0
        self._progress = None
        if shows_progress and has_terminal():
            from rich.console import Console  # noqa: PLC0415 -- costs more than reading a file
            from rich.progress import Progress, SpinnerColumn, TextColumn  # noqa: PLC0415

            columns = SpinnerColumn(), TextColumn("{task.completed:,.0f} records read")
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
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
        """Where the record in hand stands: `records.jsonl:17`."""
        return f"{self._line.file}:{self._line.number}" if self._line else ""

    def records(self, *paths: str) -> Iterator[Record]:
        """The records of files, those that hold none named."""
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
