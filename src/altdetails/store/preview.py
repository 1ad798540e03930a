"""A run as it would be: for questions whose answers are not to be kept."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from altdetails.errors import StoreError
from altdetails.store.database import Database
from altdetails.store.folder import Folder
from altdetails.store.ledger import Ledger, LedgerView
from altdetails.store.lock import this_process

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from altdetails.store.listing import Listing

__all__ = ["preview", "site_of"]


def site_of(path: str | os.PathLike[str]) -> str | None:
    """The base URL of the site that a folder's run belongs to; None where there is no run yet.

    Raises:
        RunDamaged: where its ledger is no sound one.
        StoreError: where it cannot be read.
    """
    folder = Folder(Path(path))
    return LedgerView.site_in(folder.ledger) if folder.has_run else None


@contextmanager
def preview(path: str | os.PathLike[str], site: str) -> Iterator[Listing]:
    """What an invocation would be about: on a copy of the run's ledger that goes away, or on none.

    Raises:
        RunDamaged: where its ledger is no sound one.
        StoreError: where the run belongs to another site, or cannot be read, or the folder holds other things, or the
            copy cannot be made.
    """
    folder = Folder(Path(path))
    folder.refuse_other_things()
    with ExitStack() as resources:
        try:
            place = resources.enter_context(tempfile.TemporaryDirectory(prefix="altdetails-"))
        except OSError as error:
            raise StoreError(
                f"no folder for temporary files can be made: {error.strerror or error}; name a place for them in TMPDIR"
            ) from error
        copy = Path(place) / folder.ledger.name
        if folder.has_run:
            with Database.for_reading(folder.ledger) as run:
                run.copy_to(copy)
        yield resources.enter_context(Ledger.open_for(copy, site, this_process())).listing
