"""A look at a run that changes nothing: its site, how far it is, and what an invocation would ask for."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from altdetails.errors import SettingsError
from altdetails.scraping.store import lock
from altdetails.scraping.store.database import Database
from altdetails.scraping.store.folder import RunFiles
from altdetails.scraping.store.ledger import Ledger, LedgerView
from altdetails.scraping.store.lock import this_process

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from altdetails.results import Status
    from altdetails.scraping.store.listing import Listing
    from altdetails.scraping.store.lock import Writer

__all__ = ["RunStatus", "preview", "site_of", "status"]


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
    folder = RunFiles(Path(path))
    folder.refuse_no_run()
    held = lock.is_held(folder.lock)

    def asked(ledger: LedgerView) -> RunStatus:
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

    return LedgerView.ask(folder.ledger, asked)


def site_of(path: str | os.PathLike[str]) -> str | None:
    """The base URL of the site that a folder's run belongs to; None where there is no run yet.

    Raises:
        RunDamaged: where its ledger is no sound one.
        StoreError: where it cannot be read.
    """
    folder = RunFiles(Path(path))
    return LedgerView.site_in(folder.ledger) if folder.has_run else None


@contextmanager
def preview(path: str | os.PathLike[str], site: str) -> Iterator[Listing]:
    """What an invocation would be about: on a copy of the run's ledger that goes away, or on none.

    Raises:
        RunDamaged: where its ledger is no sound one.
        StoreError: if the run belongs to another site, or cannot be read, or the folder holds other things.
        SettingsError: if no temporary folder can be made.
    """
    folder = RunFiles(Path(path))
    folder.refuse_other_things()
    with ExitStack() as resources:
        try:
            place = resources.enter_context(tempfile.TemporaryDirectory(prefix="altdetails-"))
        except OSError as error:
            reason = error.strerror or error
            raise SettingsError(
                f"no temporary folder can be made: {reason}; set TMPDIR to a folder with more room"
            ) from error
        copy = Path(place) / folder.ledger.name
        if folder.has_run:
            Database.ask(folder.ledger, lambda run: run.copy_to(copy))
        yield resources.enter_context(Ledger.open_for(copy, site, this_process())).listing
