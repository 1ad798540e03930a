"""The outcome of every identifier of runs, as rows of a table."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from altdetails._files import STANDARD_STREAM, path_list
from altdetails.documents import printable
from altdetails.errors import InputError
from altdetails.results import Outcome
from altdetails.scraping.store.folder import RunFiles
from altdetails.scraping.store.ledger import LedgerView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.records.files import PathOrPaths

__all__ = ["PENDING", "OutcomeRow", "outcome_rows", "runs_among"]

PENDING = "pending"
"""The outcome in a table of an identifier that was not fetched yet."""

_ROWS_AT_ONCE = 1_000


class OutcomeRow(NamedTuple):
    """The outcome of one identifier in one run. The fields are the columns of the table."""

    identifier: str
    """A bare DOI, an Altmetric id, or the address of a chapter; if `invalid`, the text unchanged."""
    outcome: str
    """A `Status`, or `pending`."""
    reason: str | None
    """Why there is no record, in one sentence."""
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
    return (row for path in paths for row in _rows_of(RunFiles(Path(path)).ledger))


def runs_among(paths: list[str]) -> list[str]:
    """Return the paths that are run folders with a ledger."""
    return [path for path in paths if path != STANDARD_STREAM and RunFiles(Path(path)).has_run]


def _rows_of(ledger: Path) -> Iterator[OutcomeRow]:
    last = 0
    while batch := LedgerView.read(ledger, partial(LedgerView.identifiers, after=last, limit=_ROWS_AT_ONCE)):
        for _, item in batch:
            if isinstance(item, Outcome):
                yield OutcomeRow(item.identifier, item.status, item.reason, item.attempts, item.at)
            else:
                yield OutcomeRow(item, PENDING, None, 0, None)
        last, _ = batch[-1]
