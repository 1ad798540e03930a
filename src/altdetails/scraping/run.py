"""A run folder, as users read it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from altdetails._arguments import path_text
from altdetails.errors import InputError, RunDamaged, StoreError
from altdetails.record import Record
from altdetails.scraping.store.folder import RunFiles, naming
from altdetails.scraping.store.ledger import LedgerView
from altdetails.scraping.store.look import status

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from altdetails.results import Outcome
    from altdetails.scraping.store.look import RunStatus

__all__ = ["Run"]

_AT_ONCE = 1_000


class Run:
    """A folder that a scrape made, also while another process writes to it. Reading changes nothing in it.

    >>> run = Run("run")
    >>> run.status().counts["ok"]
    2
    >>> for record in run.records():
    ...     print(record.doi, record.score)
    10.5555/lhs.2023.0417 641
    10.5555/jhe.2012.118 38
    >>> for failure in run.failures():
    ...     print(failure.identifier, failure.status, failure.reason)
    10.5555/nothing.mentions.this not_tracked the site has no page of it (404)
    >>> [outcome.status for outcome in run.outcomes()]
    ['ok', 'not_tracked', 'ok']
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Find the run.

        Raises:
            TypeError: if the path is of another type.
            StoreError: if the folder is not a run.
        """
        self._folder = RunFiles(Path(path_text(path, "a path (str or os.PathLike)")))
        self._folder.refuse_no_run()

    def status(self) -> RunStatus:
        """How far the run is.

        Raises:
            RunDamaged: if its ledger is damaged.
            StoreError: if it cannot be read.
        """
        return status(self._folder.path)

    def records(self) -> Iterator[Record]:
        """The records, in the order in which their pages came; a page that was refreshed has several.

        Raises:
            RunDamaged: if a record is missing or damaged.
            StoreError: if they cannot be read, or are being written again.
        """
        end = LedgerView.ask(self._folder.ledger, LedgerView.records_end)
        path = self._folder.records
        if end is None:
            raise StoreError(f"{path}: is being written again; scrape the run once more, or wait for who does")
        with naming(path), path.open("rb") as file:
            number = 0
            while file.tell() < end:
                number += 1
                yield _record(file.readline(), f"{path}:{number}")

    def outcomes(self) -> Iterator[Outcome]:
        """What came of each identifier that was asked for, in the order of the list.

        Their `record` is None, also where there is one: `records()` reads those.

        Raises:
            RunDamaged: if the ledger is damaged.
            StoreError: if it cannot be read.
        """
        last = 0
        while some := LedgerView.ask(self._folder.ledger, partial(LedgerView.outcomes, after=last, limit=_AT_ONCE)):
            yield from (outcome for _, outcome in some)
            last, _ = some[-1]

    def failures(self) -> Iterator[Outcome]:
        """What came of each identifier that was asked for and has no record.

        Raises:
            RunDamaged: if the ledger is damaged.
            StoreError: if it cannot be read.
        """
        return (outcome for outcome in self.outcomes() if outcome.status != "ok")


def _record(line: bytes, place: str) -> Record:
    try:
        return Record.from_json(line)
    except InputError as error:
        missing = "is missing; scrape the run once more, which writes its records again"
        raise RunDamaged(f"{place}: {error if line else missing}") from error
