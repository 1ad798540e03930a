"""Read a run folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from altdetails._arguments import path_text
from altdetails.errors import InputError, RunDamaged, StoreError
from altdetails.notebook import Bar, Fact, html_card
from altdetails.record import Record
from altdetails.remote import NO_RUN_AT_ADDRESS, refuse_address
from altdetails.results import STATUSES
from altdetails.scraping.store.folder import RunFiles, path_in_errors
from altdetails.scraping.store.ledger import LedgerView
from altdetails.scraping.store.look import status

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from altdetails.results import Outcome
    from altdetails.scraping.store.look import RunStatus

__all__ = ["Run"]

_BATCH_SIZE = 1_000


class Run:
    """A run folder. It can be read while another process writes to it, and reading does not change it.

    Examples:
        >>> run = Run("run")
        >>> run.status().counts["ok"]
        2
        >>> for record in run.records():
        ...     print(record.doi, record.score)
        10.5555/lhs.2023.0417 641
        10.5555/jhe.2012.118 38
        >>> for failure in run.failures():
        ...     print(failure.identifier, failure.status, failure.reason)
        10.5555/nothing.mentions.this not_tracked the site has no page for it (404)
        >>> [outcome.status for outcome in run.outcomes()]
        ['ok', 'not_tracked', 'ok']
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open a run folder for reading.

        Raises:
            TypeError: if the path has another type.
            StoreError: if the folder is not a run folder.
        """
        folder = path_text(path, "a path (str or os.PathLike)")
        refuse_address(folder, NO_RUN_AT_ADDRESS)
        self._folder = RunFiles(Path(folder))
        self._folder.require_run()

    def __repr__(self) -> str:
        return f"<Run {str(self._folder.path)!r}>"

    def _repr_html_(self) -> str:
        """Return the progress as a card for notebooks: identifiers done, and the number with each outcome."""
        name = str(self._folder.path)
        try:
            run = self.status()
        except StoreError as error:
            return html_card(name, [], {}, [str(error)])
        total, left = sum(run.counts.values()), run.counts.get(None, 0)
        facts = [
            Fact("Site", run.site),
            Fact("Done", f"{total - left:,} of {total:,} identifiers, {left:,} left"),
            Fact("Outcomes", f"{run.first_at} to {run.last_at}" if run.first_at else "none"),
        ]
        if run.writer:
            facts.append(Fact("Written by", f"process {run.writer.pid} on {run.writer.host} since {run.writer.since}"))
        bars = [
            Bar((status or "not fetched yet").replace("_", " "), run.counts[status], "mark" if status else "mark-2")
            for status in (*STATUSES, None)
            if run.counts.get(status)
        ]
        return html_card(name, facts, {"Identifiers": bars}, [])

    def status(self) -> RunStatus:
        """Return the progress of the run.

        Raises:
            RunDamaged: if the ledger is damaged.
            StoreError: if the ledger cannot be read.
        """
        return status(self._folder.path)

    def records(self) -> Iterator[Record]:
        """Return the records, in the order in which the pages were fetched. A refreshed page has several records.

        Raises:
            RunDamaged: if a record is missing or damaged.
            StoreError: if the records cannot be read, or are being rewritten.
        """
        end = LedgerView.read(self._folder.ledger, LedgerView.records_end)
        path = self._folder.records
        if end is None:
            raise StoreError(f"{path}: is being rewritten; wait until that has finished, or scrape the run again")
        with path_in_errors(path), path.open("rb") as file:
            number = 0
            while file.tell() < end:
                number += 1
                yield _decode_record(file.readline(), f"{path}:{number}")

    def outcomes(self) -> Iterator[Outcome]:
        """Return the outcome of each identifier that has one, in the order of the list.

        `Outcome.record` is None in all of them: use `records()` to read the records.

        Raises:
            RunDamaged: if the ledger is damaged.
            StoreError: if the ledger cannot be read.
        """
        last = 0
        ledger = self._folder.ledger
        while batch := LedgerView.read(ledger, partial(LedgerView.outcomes, after=last, limit=_BATCH_SIZE)):
            yield from (outcome for _, outcome in batch)
            last, _ = batch[-1]

    def failures(self) -> Iterator[Outcome]:
        """Return the outcomes other than `ok`, in the order of the list.

        Raises:
            RunDamaged: if the ledger is damaged.
            StoreError: if the ledger cannot be read.
        """
        return (outcome for outcome in self.outcomes() if outcome.status != "ok")


def _decode_record(line: bytes, place: str) -> Record:
    try:
        return Record.from_json(line)
    except InputError as error:
        missing = "is missing; scrape the run again to rewrite its records"
        raise RunDamaged(f"{place}: {error if line else missing}") from error
