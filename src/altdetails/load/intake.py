"""Files of records → batches to load: each snapshot once, and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from altdetails.export.batches import Batch, batches, contents
from altdetails.export.flat import first_places
from altdetails.inputs.records import records

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from altdetails.inputs.records import Damaged

__all__ = ["Intake"]


class Intake:
    """The records of files on their way into a warehouse."""

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        damaged: Callable[[Damaged], object],
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
        for batch in batches(contents(records(self._paths, damaged=self._aside)), damaged=self._aside):
            first = first_places(batch.table, self._known)
            self._known.update(first)
            self.records += batch.table.num_rows
            self._progress(self.records)
            if len(first) == batch.table.num_rows:
                yield batch
            elif places := [*first.values()]:
                yield Batch(batch.table.take(places), [batch.unknown[place] for place in places])

    def _aside(self, line: Damaged) -> None:
        self.damaged += 1
        self._damaged(line)
