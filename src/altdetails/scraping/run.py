"""What users call: scrape identifiers into a run folder, and read one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from altdetails.errors import SettingsError, StoreError
from altdetails.lists.entries import Entry
from altdetails.record import Record
from altdetails.results import Outcome
from altdetails.scraping.session import Scrape, Wanted, checked_settings
from altdetails.scraping.store.folder import RunFiles, naming
from altdetails.scraping.store.ledger import LedgerView
from altdetails.scraping.store.look import status

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator

    from altdetails.scraping.store.look import RunStatus

__all__ = ["Outcomes", "Run", "age", "scrape"]

_AT_ONCE = 1_000
_AGE = re.compile(r"(?P<number>[0-9]{1,5})(?P<unit>[mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def scrape(  # noqa: PLR0913 -- the settings of a run
    identifiers: Iterable[object] | str | int,
    run: str | os.PathLike[str],
    *,
    contact: str | None = None,
    interval: float | None = None,
    base_url: str | None = None,
    retry_failed: bool = False,
    refresh: str | timedelta | None = None,
    limit: int | None = None,
    notice: Callable[[str], None] = lambda _: None,
) -> Outcomes:
    """Ask for the page of each identifier, and keep page and record in a run folder.

    An identifier of the folder that has its outcome already is not asked for again, and not given again: so after any
    interruption, the same call goes on. An outcome is given when it is safely on disk.

        for outcome in scrape(["10.1186/s13033-015-0008-8"], "run", contact="a.librarian@uni-somewhere.edu"):
            print(outcome.identifier, outcome.status, outcome.record and outcome.record.score)

    Args:
        identifiers: DOIs, Altmetric ids and details addresses, in any form that `identify` reads; or a single one.
            None, NaN and empty texts, as tables have them, are skipped, and counted in `Outcomes.skipped`.
        run: the folder; it is made if it does not exist.
        contact: your mail address; altmetric.com is not asked without it.
        interval: seconds between two requests, 2 by default; for altmetric.com at least 1.
        base_url: the site to ask instead of altmetric.com: a replica, a mirror. A run keeps it.
        retry_failed: ask again for what failed, or was not a details page.
        refresh: ask again for results older than this: `"30d"`, `"12h"`, `"8w"`, or a timedelta.
        limit: the most identifiers to ask for.
        notice: called in words with what a person may want to know while it runs.

    Raises:
        TypeError: if a setting is of the wrong type.
        SettingsError: if a setting is not allowed.
        StoreError: if the folder holds a run of another site or cannot be read; while iterating, if nothing more can
            be kept.
        RunStopped: while iterating, if it is of no use to go on now: the site refuses, or wants to be left alone.
    """
    listed: Iterable[object] = [identifiers] if isinstance(identifiers, str | int) else identifiers
    if not isinstance(listed, Iterable):
        raise TypeError(f"expected identifiers, or an iterable of them, got {type(identifiers).__name__}")
    if limit is not None and not isinstance(limit, int):
        raise TypeError(f"expected a whole number as limit, got {type(limit).__name__}")
    wanted = Wanted(retry_failed, age(refresh) if isinstance(refresh, str) else _timedelta(refresh), limit)
    checked_settings(run, contact=contact, interval=interval, base_url=base_url)
    session = partial(Scrape, run, contact=contact, interval=interval, base_url=base_url, notice=notice)
    return Outcomes(listed, session, wanted)


class Outcomes(Iterator[Outcome]):
    """The outcomes of a scrape, each when it is kept. The run folder is opened for the first, and closed at the end."""

    def __init__(self, identifiers: Iterable[object], session: Callable[[], Scrape], wanted: Wanted) -> None:
        self.skipped = 0
        """Rows without an identifier: None, NaN and empty texts."""
        self._identifiers = identifiers
        self._outcomes = self._all(session, wanted)

    def __next__(self) -> Outcome:
        return next(self._outcomes)

    def close(self) -> None:
        """Close the run folder before the end."""
        self._outcomes.close()

    def _all(self, session: Callable[[], Scrape], wanted: Wanted) -> Generator[Outcome]:
        with session() as work:
            work.plan(self._entries(), wanted)
            yield from work.outcomes(wanted)

    def _entries(self) -> Iterator[Entry]:
        for number, identifier in enumerate(self._identifiers, 1):
            text = _text(identifier)
            if text:
                yield Entry(text, f"identifier {number}")
            else:
                self.skipped += 1


def age(text: str) -> timedelta:
    """An age as the command takes it: a number with `m`, `h`, `d` or `w`, such as `30d`.

    Raises:
        SettingsError: if the text is not an age.
    """
    if found := _AGE.fullmatch(text):
        return timedelta(**{_UNITS[found["unit"]]: int(found["number"])})
    raise SettingsError(f"{text!r} is not an age: give a number with m, h, d or w, such as 30d")


def _timedelta(refresh: timedelta | None) -> timedelta | None:
    if refresh is None or isinstance(refresh, timedelta):
        return refresh
    raise TypeError(f"expected an age such as '30d' or a timedelta as refresh, got {type(refresh).__name__}")


def _text(identifier: object) -> str:
    """An identifier as text; empty if a table has none there."""
    if identifier is None or identifier != identifier:  # noqa: PLR0124 -- NaN alone is not itself
        return ""
    if isinstance(identifier, float) and identifier.is_integer():
        return str(int(identifier))  # a column of ids with a gap holds floats
    return str(identifier).strip()


class Run:
    """A folder that a scrape made, also while another process writes to it. Reading changes nothing in it.

    run = Run("run")
    print(run.status().counts)
    for record in run.records():
        print(record.doi, record.score)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Find the run.

        Raises:
            StoreError: if the folder is not a run.
        """
        self._folder = RunFiles(Path(path))
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
            StoreError: if they cannot be read, or are being written again.
        """
        end = LedgerView.ask(self._folder.ledger, LedgerView.records_end)
        path = self._folder.records
        if end is None:
            raise StoreError(f"{path}: is being written again; scrape the run once more, or wait for who does")
        with naming(path), path.open("rb") as file:
            while file.tell() < end:
                yield Record.from_json(file.readline())

    def outcomes(self) -> Iterator[Outcome]:
        """What came of each identifier that was asked for, in the order of the list; `records()` has the records.

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
