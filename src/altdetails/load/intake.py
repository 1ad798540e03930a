"""Files of records → batches to load: each snapshot once, and counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from altdetails.export.batches import Batch, batches, contents
from altdetails.export.flat import first_places, record_keys
from altdetails.records.files import DamagedLine, records

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from altdetails.export.batches import Content

__all__ = ["Intake"]

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The character as JSON writes it: a backslash of the text is two there."""


class Intake:
    """The records of files on their way into a warehouse."""

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        damaged: Callable[[DamagedLine], object],
        progress: Callable[[int], object],
    ) -> None:
        self.records = 0
        """How many were read."""
        self.damaged = 0
        """How many lines hold none."""
        self._paths = paths
        self._damaged = damaged
        self._progress = progress
        self._known: set[str] = set()

    @property
    def repeated(self) -> int:
        """How many were left out, since their snapshot was read before."""
        return self.records - len(self._known)

    def batches(self) -> Iterator[Batch]:
        """Batches without what was in them before: dlt does not tell repetitions apart inside a load."""
        some = self._without_nul(contents(records(self._paths, damaged=self._aside)))
        for batch in batches(some, damaged=self._aside):
            first = first_places(record_keys(batch.table), self._known)
            self._known.update(first)
            self.records += batch.table.num_rows
            self._progress(self.records)
            if len(first) == batch.table.num_rows:
                yield batch
            elif places := [*first.values()]:
                yield Batch(batch.table.take(places), [batch.unknown[place] for place in places])

    def _without_nul(self, some: Iterable[Content]) -> Iterator[Content]:
        for content in some:
            if b"\\u0000" in content.json and _NUL.search(content.json):
                reason = "holds the character NUL (\\u0000), which warehouses do not take; take it out of the line"
                self._aside(DamagedLine(content.file, content.number, reason))
            else:
                yield content

    def _aside(self, line: DamagedLine) -> None:
        self.damaged += 1
        self._damaged(line)
