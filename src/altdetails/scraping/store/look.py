"""Read a run without changing it: its site, its status, and the identifiers that an invocation would fetch."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
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

    from altdetails.results import Status, TabStatus
    from altdetails.scraping.store.lock import Writer
    from altdetails.scraping.store.tab_ledger import MentionsFile

__all__ = ["RunStatus", "is_history", "preview", "site_of", "status"]


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The status of a run."""

    site: str
    """The base URL of its site."""
    counts: dict[Status | None, int]
    """The number of identifiers with each outcome. The key None is for identifiers that were not fetched yet."""
    writer: Writer | None
    """The process that is writing to it, or None."""
    first_at: str | None
    """The time of the first current outcome: UTC, RFC 3339; None if there is no outcome."""
    last_at: str | None
    """The time of the last current outcome."""
    pages_bytes: int
    """The committed length of the archive."""
    records_bytes: int | None
    """The committed length of the records; None while they are being written again from the archive."""
    tabs: dict[TabStatus | None, int] = field(default_factory=dict)
    """The number of tabs with each status; empty without `--mentions`. The key None is for unfinished tabs."""
    mentions: MentionsFile | None = None
    """What was committed to the file of mentions; None without `--mentions`."""


def status(path: str | os.PathLike[str]) -> RunStatus:
    """Return the status of a run, even if another process is writing to it or the folder is read-only.

    Raises:
        RunDamaged: if its ledger is damaged.
        StoreError: if the folder is not a run, or cannot be read.
    """
    folder = RunFiles(Path(path))
    folder.require_run()
    held = lock.is_held(folder.lock)

    def read_status(ledger: LedgerView) -> RunStatus:
        ledger.refuse_damage()
        first_at, last_at = ledger.span()
        return RunStatus(
            site=ledger.site(),
            counts=ledger.counts(),
            writer=ledger.writer() if held else None,
            first_at=first_at,
            last_at=last_at,
            pages_bytes=ledger.pages_end(),
            records_bytes=ledger.records_end(),
            tabs=ledger.tab_counts(),
            mentions=ledger.mentions(),
        )

    return LedgerView.read(folder.ledger, read_status)


def site_of(path: str | os.PathLike[str]) -> str | None:
    """Return the base URL of a run's site, or None if the folder has no run yet.

    Raises:
        RunDamaged: if its ledger is damaged.
        StoreError: if the folder cannot be read.
    """
    folder = RunFiles(Path(path))
    return LedgerView.read_site(folder.ledger) if folder.has_run else None


def is_history(path: str | os.PathLike[str]) -> bool:
    """Return whether a folder has a run that collects captures of web archives.

    Raises:
        RunDamaged: if the ledger is damaged.
        StoreError: if the folder cannot be read.
    """
    return site_of(path) is not None and LedgerView.read(RunFiles(Path(path)).ledger, LedgerView.is_history)


@contextmanager
def preview(path: str | os.PathLike[str], site: str) -> Iterator[Ledger]:
    """Yield a temporary copy of the ledger, for an invocation that changes nothing.

    Raises:
        RunDamaged: if the ledger is damaged.
        StoreError: if the run belongs to another site or cannot be read, or the folder contains other files.
        SettingsError: if a temporary folder cannot be created.
    """
    folder = RunFiles(Path(path))
    folder.refuse_other_files()
    with ExitStack() as resources:
        try:
            temporary = resources.enter_context(tempfile.TemporaryDirectory(prefix="altdetails-"))
        except OSError as error:
            reason = error.strerror or error
            raise SettingsError(
                f"a temporary folder cannot be created: {reason}; set TMPDIR to a folder with more room"
            ) from error
        copy = Path(temporary) / folder.ledger.name
        if folder.has_run:
            Database.read(folder.ledger, lambda database: database.copy_to(copy))
        yield resources.enter_context(Ledger.open_for(copy, site, this_process()))
