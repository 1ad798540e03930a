"""A look at a run that changes nothing: how far it is, and who works on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from altdetails.store import lock
from altdetails.store.folder import Folder
from altdetails.store.ledger import LedgerView

if TYPE_CHECKING:
    import os

    from altdetails.results import Status
    from altdetails.store.lock import Writer

__all__ = ["RunStatus", "status"]


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How far a run is."""

    site: str
    """The base URL that it belongs to."""
    counts: dict[Status | None, int]
    """How many identifiers have each outcome; None: not asked for yet."""
    writer: Writer | None
    """The process that writes to it now."""
    first_at: str | None
    """When the first of the outcomes that stand was known: UTC, RFC 3339; None before there is one."""
    last_at: str | None
    """When the last of them was."""
    pages_bytes: int
    """The length of the archive, as far as it belongs to outcomes."""
    records_bytes: int | None
    """The length of the records; None while they are written again from the archive."""


def status(path: str | os.PathLike[str]) -> RunStatus:
    """How far a run is, also while another process writes to it, or where this one may not write.

    Raises:
        RunDamaged: where its ledger is no sound one.
        StoreError: where the folder is no run, or cannot be read.
    """
    folder = Folder(Path(path))
    folder.refuse_no_run()
    held = lock.is_held(folder.lock)
    with LedgerView.open(folder.ledger) as ledger:
        first_at, last_at = ledger.span()
        return RunStatus(
            site=ledger.site(),
            counts=ledger.counts(),
            writer=ledger.writer() if held else None,
            first_at=first_at,
            last_at=last_at,
            pages_bytes=ledger.pages_end(),
            records_bytes=ledger.records_end(),
        )
