"""The lines that an export reads: what it counts of them, and which files have any."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from altdetails.errors import InputError
from altdetails.exporting.row_files import arrow_module
from altdetails.records.files import unknown_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from altdetails.exporting.arrow_tables import Batch
    from altdetails.records.files import DamagedLine, RecordLine, RecordSource

__all__ = ["Exported", "SourceLines"]

_PROGRESS_INTERVAL = 1_000
"""Records between two calls of `progress`."""


@dataclass(slots=True)
class Exported:
    """The result of an export."""

    records: int = 0
    """The number of records in the file. With a table of yours, or of outcomes, the number that was read."""
    mentions: int = 0
    """The number of single mentions in the file, each counted once."""
    pages: int = 0
    """The number of pages of tabs that list mentions, in a file of their table alone."""
    damaged: int = 0
    """The number of lines that were skipped because they are not valid records."""
    notices: list[str] = field(default_factory=list)
    """Messages for the user about the file."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """The number of rows of your table, or of identifiers of runs, with each outcome. Empty without either."""


class SourceLines:
    """The lines of a source. It knows which files have a valid record."""

    def __init__(
        self,
        source: RecordSource,
        done: Exported,
        damaged: Callable[[DamagedLine], object],
        progress: Callable[[int], object],
    ) -> None:
        self.files = source.files
        self.unknown: Counter[str] = Counter()
        """The number of records with each unknown key."""
        self._source = source
        self._done = done
        self._damaged = damaged
        self.progress = progress
        """Called with the number of records read so far."""
        self._files_with_records: set[str] = set()
        self._first_damage: dict[str, DamagedLine] = {}

    def skip(self, line: DamagedLine) -> None:
        """Count and report a damaged line of a records file."""
        self._first_damage.setdefault(line.file, line)
        self.report(line)

    def report(self, line: DamagedLine) -> None:
        """Count and report a damaged line of any file."""
        self._done.damaged += 1
        self._damaged(line)

    def lines(self) -> Iterator[RecordLine]:
        """Yield the lines with records."""
        for number, line in enumerate(self._source.lines(damaged=self.skip), 1):
            self._files_with_records.add(line.file)
            yield line
            if number % _PROGRESS_INTERVAL == 0:
                self.progress(number)

    def counted_lines(self) -> Iterator[RecordLine]:
        """Yield the lines with records, and count their unknown keys."""
        for line in self.lines():
            self.unknown.update(unknown_keys(line, line.record.to_json()).keys())
            yield line

    def batches(self, lines: Iterator[RecordLine]) -> Iterator[Batch]:
        """Yield lines as Arrow tables, and count their unknown keys."""
        arrow = arrow_module()
        for batch in arrow.arrow_batches(arrow.contents(lines), damaged=self.skip):
            for values_by_key in filter(None, batch.unknown):
                self.unknown.update(values_by_key.keys())
            yield batch

    def refuse_files_without_records(self) -> None:
        """Check that each file with damaged lines has a record too.

        Raises:
            InputError: if not: the result would be an empty table.
        """
        for file, line in self._first_damage.items():
            if file not in self._files_with_records:
                raise InputError(f"{file}: no line of it is a valid record (line {line.line}: {line.reason})")
