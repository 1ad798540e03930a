"""Identifiers → a run folder: ask for a page, read it, keep it, one after the other."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from altdetails import __version__, page
from altdetails.errors import (
    Blocked,
    FetchError,
    PageError,
    RateLimited,
    RobotsDenied,
    RobotsUnread,
    RunStopped,
    SettingsError,
    StoreError,
    Unreachable,
)
from altdetails.identifiers import details_url
from altdetails.lists.entries import Entry, asked_for
from altdetails.page import PageKind
from altdetails.parsing.steps import record_of_capture
from altdetails.record import Record
from altdetails.results import Capture, Outcome, Status, timestamp
from altdetails.scraping import store
from altdetails.scraping.fetch import (
    ALTMETRIC,
    JITTER,
    NOT_FOUND,
    SHORTEST_INTERVAL,
    FetchedPage,
    Fetcher,
    Pace,
    Site,
    Visit,
    checked_contact,
    may_pass,
    user_agent,
)
from altdetails.scraping.store import AGAIN, RunFolder
from altdetails.warc.reader import captures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from altdetails.scraping.store import Added
    from altdetails.scraping.store.listing import Listing

__all__ = ["DEFAULT_INTERVAL", "Plan", "Scrape", "Wanted", "checked_settings", "plan_of"]

DEFAULT_INTERVAL = 2.0
"""Seconds between two requests."""
TROUBLES = 3
"""So many identifiers in a row that the site refused, or failed on, end a run: it is the site, not the pages."""
_LOOK_SECONDS = 0.1
"""How long a wait goes on after `stop` was set, at most."""
_WALLS = frozenset({PageKind.CHALLENGE, PageKind.LOGIN})
_STATUS_OF: tuple[tuple[type[FetchError], Status], ...] = (
    (Blocked, "blocked"),
    (RateLimited, "rate_limited"),
    (RobotsDenied, "robots_denied"),
    (FetchError, "failed"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which identifiers of a list are asked for."""

    retry_failed: bool = False
    """Also those that failed, or gave a page that was no details page."""
    refresh: timedelta | None = None
    """Also those whose answer is older."""
    limit: int | None = None
    """No more than so many."""

    @property
    def again(self) -> frozenset[Status]:
        """Outcomes that are asked for again; where the site said "not now", that is always so."""
        return AGAIN | {"failed", "not_details"} if self.retry_failed else AGAIN

    @property
    def before(self) -> str | None:
        """Answers from before this moment are asked for again."""
        return None if self.refresh is None else timestamp(datetime.now(UTC) - self.refresh)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is about to do."""

    site: str
    added: Added | None
    """What came of the list; None where none was given."""
    pages: int
    """Identifiers to ask for."""
    interval: float
    """Seconds between two requests, without what is added at random."""
    seconds: float
    """How long that takes at least: a DOI takes two requests, since the site redirects to the page."""


class Scrape:
    """A run over a list of identifiers: first its plan, then its outcomes."""

    def __init__(  # noqa: PLR0913 -- the settings of a run
        self,
        run: str | os.PathLike[str],
        *,
        contact: str | None = None,
        interval: float | None = None,
        base_url: str | None = None,
        stop: threading.Event | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open a run folder, or make it.

        Args:
            run: the folder.
            contact: your mail address; altmetric.com is not asked without it.
            interval: seconds between two requests, `DEFAULT_INTERVAL` where not given; for altmetric.com at least
                `SHORTEST_INTERVAL`.
            base_url: the site to ask, where it is not the one of the folder's run or, for a new one, altmetric.com.
            stop: set it, and the run ends with the page in hand.
            notice: told in words what a person may want to know while it runs.

        Raises:
            SettingsError: if a setting is not allowed, or the clock of requests cannot be kept.
            StoreError: if the folder cannot be used.
        """
        self._site = site = _site(run, base_url)
        self._interval = _allowed_interval(site, interval)
        agent = user_agent(_needed_contact(site, contact))
        self._stop = stop or threading.Event()
        with ExitStack() as stack:
            pace = Pace(site.name, self._interval, self._pause)
            software = f"altdetails/{__version__}"
            self._folder = stack.enter_context(
                RunFolder.open(run, site=site.base_url, software=software, reparse=_record_lines)
            )
            from altdetails.scraping.fetch.transport import Transport  # noqa: PLC0415 -- httpx is for who asks alone

            transport = stack.enter_context(Transport(agent, site.base_url))
            self._fetcher = Fetcher(
                site,
                transport,
                pace,
                self._folder,
                is_challenge=_is_challenge,
                pause=self._pause,
                notice=notice,
            )
            for sentence in self._folder.mended:
                notice(sentence)
            self._resources = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def plan(self, listed: Iterable[Entry] | None, wanted: Wanted) -> Plan:
        """Take a list into the run; without one, the run is about all that it knows already."""
        return _plan(self._folder.listing, listed, wanted, self._site, self._interval)

    def outcomes(self, wanted: Wanted) -> Iterator[Outcome]:
        """What comes of each identifier, when it is kept; first of those that cannot be asked for.

        Raises:
            RunStopped: where it is of no use to go on now.
            StoreError: where no more can be kept.
            SettingsError: if the clock of requests cannot be kept any more.
        """
        yield from self._folder.listing.invalid()
        troubles = 0
        pending = self._folder.listing.pending(again=wanted.again, before=wanted.before, limit=wanted.limit)
        for identifier in pending:
            if self._stop.is_set():
                return
            visit = Visit(details_url(identifier, base_url=self._site.base_url))
            outcome, error = self._visited(identifier, visit)
            self._folder.keep(self._fetcher.beside)
            self._fetcher.beside = []
            if outcome is None:
                self._folder.keep(visit.exchanges)
                if error is None:
                    return
                raise RunStopped(str(error)) from error
            self._folder.commit(outcome, visit.exchanges)
            yield outcome
            if isinstance(error, RateLimited):
                raise RunStopped(str(error), error.retry_after) from error
            is_trouble = isinstance(error, Blocked) or (error is not None and may_pass(error))
            troubles = troubles + 1 if is_trouble else 0
            if troubles == TROUBLES:
                raise RunStopped(f"{TROUBLES} in a row gave no page, the last: {error}") from error

    def counts(self) -> dict[Status | None, int]:
        """How many identifiers of the run have each outcome; None: not asked for yet."""
        return self._folder.counts()

    def _visited(self, identifier: str, visit: Visit) -> tuple[Outcome | None, FetchError | None]:
        """An outcome; none where the run is to stop, or no page can be asked for."""
        try:
            return self._read(identifier, self._fetcher.fetch(visit), visit), None
        except _Stopped:
            return None, None
        except (RobotsUnread, Unreachable) as error:
            return None, error
        except FetchError as error:
            status = next(status for kind, status in _STATUS_OF if isinstance(error, kind))
            return _outcome(identifier, visit, status, reason=str(error)), error

    def _read(self, identifier: str, found: FetchedPage, visit: Visit) -> Outcome:
        exchange = found.exchange
        if exchange.status == NOT_FOUND:
            return _outcome(identifier, visit, "not_tracked", reason="the site has no page of it (404)")
        seen = Capture(
            content=found.content,
            url=exchange.url,
            status=exchange.status,
            content_type=exchange.header("Content-Type"),
            fetched_at=exchange.at,
            record_id=exchange.record_id,
            requested=identifier,
        )
        try:
            record = record_of_capture(seen)
        except PageError as error:
            if error.kind in _WALLS:
                raise Blocked(f"{exchange.url}: {error.reason}") from error
            return _outcome(identifier, visit, "not_details", reason=f"{error.reason} [{error.kind}]")
        except Exception as error:  # noqa: BLE001 -- the page is kept, and a later version will read it
            reason = f"a fault of altdetails, please report it: {type(error).__name__}: {error}"
            return _outcome(identifier, visit, "not_details", reason=reason)
        return _outcome(identifier, visit, "ok", record=record)

    def _pause(self, seconds: float) -> None:
        """Sleep in slices: `Event.wait` holds a lock for an instant, and a signal handler that sets it would hang."""
        end = time.monotonic() + seconds
        while not self._stop.is_set():
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, _LOOK_SECONDS))
        raise _Stopped


class _Stopped(Exception):
    """The run is to end, and is waiting."""


def checked_settings(
    run: str | os.PathLike[str], *, contact: str | None, interval: float | None, base_url: str | None
) -> None:
    """Check the settings of a `Scrape` before it is made.

    Raises:
        SettingsError: if one of them is not allowed.
        StoreError: if the folder holds a run of another site, or cannot be read.
    """
    site = _site(run, base_url)
    _allowed_interval(site, interval)
    _needed_contact(site, contact)


def plan_of(  # noqa: PLR0913 -- the settings of a run
    run: str | os.PathLike[str],
    listed: Iterable[Entry] | None,
    wanted: Wanted,
    *,
    contact: str | None = None,
    interval: float | None = None,
    base_url: str | None = None,
) -> Plan:
    """What a `Scrape` with these settings would do; nothing is asked for and nothing written.

    Raises:
        SettingsError: if a setting is not allowed.
        StoreError: where the folder cannot be used.
    """
    site = _site(run, base_url)
    _needed_contact(site, contact)
    with store.preview(run, site.base_url) as listing:
        return _plan(listing, listed, wanted, site, _allowed_interval(site, interval))


def _plan(listing: Listing, listed: Iterable[Entry] | None, wanted: Wanted, site: Site, interval: float) -> Plan:
    if listed is None:
        added = None
        listing.take_all()
    else:
        added = listing.add(store.ListedIdentifier(*asked_for(item)) for item in listed)
    pending = listing.count(again=wanted.again, before=wanted.before, limit=wanted.limit)
    seconds = (pending.identifiers + pending.dois) * interval * (1 + JITTER / 2)
    return Plan(site.base_url, added, pending.identifiers, interval, seconds)


def _site(run: str | os.PathLike[str], base_url: str | None) -> Site:
    """The site that is wanted; a run keeps its own."""
    kept = store.site_of(run)
    site = Site.at(base_url or kept or ALTMETRIC)
    if kept and kept != site.base_url:
        raise StoreError(f"{os.fspath(run)}: holds a run of {kept}, not of {site.base_url}; choose another folder")
    return site


def _outcome(
    identifier: str, visit: Visit, status: Status, *, reason: str | None = None, record: Record | None = None
) -> Outcome:
    return Outcome(
        identifier=identifier,
        status=status,
        reason=reason,
        attempts=visit.attempts,
        http_status=visit.http_status,
        at=timestamp(),
        record=record,
    )


def _needed_contact(site: Site, contact: str | None) -> str | None:
    if contact:
        return checked_contact(contact)
    if site.is_altmetric:
        raise SettingsError(
            "altmetric.com is asked in your name only: give your mail address with --contact or in ALTDETAILS_CONTACT; "
            "in Python, as the argument contact"
        )
    return None


def _allowed_interval(site: Site, interval: float | None) -> float:
    shortest = SHORTEST_INTERVAL if site.is_altmetric else 0.0
    if interval is None:
        return DEFAULT_INTERVAL
    if not shortest <= interval < float("inf"):
        raise SettingsError(f"an interval of {interval:g} s is not possible for {site.name}: give {shortest:g} or more")
    return interval


def _is_challenge(content: bytes, content_type: str | None) -> bool:
    try:
        page.parse(content, content_type=content_type)
    except PageError as error:
        return error.kind == PageKind.CHALLENGE
    except Exception:  # noqa: BLE001 -- a fault of altdetails stops no run; the status says what to do
        return False
    return False


def _record_lines(pages: Path) -> Iterator[bytes]:
    """The lines of records.jsonl that an archive gives."""
    for seen in captures(pages):
        if isinstance(seen, Capture):
            try:
                line = record_of_capture(seen).to_json() + b"\n"
            except Exception:  # noqa: BLE001, S112 -- the run was not stopped by it either
                continue
            yield line
