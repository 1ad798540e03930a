"""The outcome of every identifier of runs, as rows of a table."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from altdetails._files import STANDARD_STREAM, path_list
from altdetails.documents import printable
from altdetails.errors import InputError
from altdetails.scraping.store.folder import RunFiles
from altdetails.scraping.store.ledger import LedgerView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.records.files import PathOrPaths
    from altdetails.results import Outcome

__all__ = ["PENDING", "OutcomeRow", "count_outcomes", "listed_outcomes", "outcome_rows", "runs_among"]

PENDING = "pending"
"""The outcome in a table of an identifier that was not fetched yet."""

_RECORDS = "records.jsonl"
_ROWS_AT_ONCE = 1_000


class OutcomeRow(NamedTuple):
    """The outcome of one identifier in one run. The fields are the columns of the table."""

    identifier: str
    """A bare DOI, an Altmetric id, or the address of a chapter; if `invalid`, the text unchanged."""
    outcome: str
    """A `Status`, or `pending`."""
    reason: str | None
    """The reason, in one sentence, if the identifier has no record; else None."""
    attempts: int
    """How often the page was requested, not counting redirects."""
    at: str | None
    """When the outcome was determined: UTC, RFC 3339; None if it is pending."""


def outcome_rows(runs: PathOrPaths) -> Iterator[OutcomeRow]:
    """Yield the outcome of every identifier of runs, run after run, each in the order of its list.

    Args:
        runs: one or more run folders.

    Raises:
        TypeError: if the paths are of another type.
        InputError: if a path is not a run folder: files of records do not have the identifiers without a record.
        RunDamaged: if a ledger is damaged.
        StoreError: if a ledger cannot be read.
    """
    paths = path_list(runs)
    if others := [path for path in paths if not runs_among([path])]:
        raise InputError(
            f"{printable(others[0])} is not a run folder, so it has no outcomes; "
            "give a folder that `altdetails scrape` has written"
        )
    return (row for row, _ in listed_outcomes(runs_among(paths)))


def listed_outcomes(runs: list[str]) -> Iterator[tuple[OutcomeRow, str | None]]:
    """Yield the outcome of every identifier of run folders, with its rows in lists: `papers.csv:17`."""
    for path in runs:
        last = 0
        ledger = RunFiles(Path(path)).ledger
        while batch := LedgerView.read(ledger, partial(LedgerView.identifiers, after=last, limit=_ROWS_AT_ONCE)):
            for item in batch:
                yield _row(item.identifier, item.outcome), item.places
            last = batch[-1].position


def count_outcomes(runs: list[str]) -> Counter[str]:
    """Return the number of identifiers of run folders with each outcome."""
    counts: Counter[str] = Counter()
    for path in runs:
        by_status = LedgerView.read(RunFiles(Path(path)).ledger, LedgerView.counts)
        counts.update({status or PENDING: count for status, count in by_status.items() if count})
    return counts


def runs_among(paths: list[str]) -> list[str]:
    """Return the run folders with a ledger among paths of run folders or of their records files."""
    folders = [Path(path).parent if Path(path).name == _RECORDS else Path(path) for path in paths]
    runs = [folder for folder in folders if str(folder) != STANDARD_STREAM and os.path.lexists(RunFiles(folder).ledger)]
    return [str(folder) for folder in runs if RunFiles(folder).has_run]


def _row(identifier: str, outcome: Outcome | None) -> OutcomeRow:
    if outcome is None:
        return OutcomeRow(identifier, PENDING, None, 0, None)
    return OutcomeRow(identifier, outcome.status, outcome.reason, outcome.attempts, outcome.at)
