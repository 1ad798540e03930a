"""One run: for each identifier, fetch the page, parse it, and store both in the run folder."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Self

from altdetails import __version__
from altdetails.errors import (
    Blocked,
    FetchError,
    RateLimited,
    RobotsDenied,
    RobotsUnread,
    RunStopped,
    SettingsError,
    StoreError,
    Unreachable,
)
from altdetails.identifiers import details_url
from altdetails.lists.entry import Entry, read_entry
from altdetails.page import PageKind
from altdetails.parsing.engine import BUG_ADVICE
from altdetails.parsing.tasks import PAGE_TIMEOUT, PageParser, ParsedLine
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
    Stopped,
    Visit,
    check_contact,
    is_transient,
    origin_of,
    pause,
    stored_delay,
    user_agent,
)
from altdetails.scraping.store import AGAIN, RunFolder
from altdetails.warc.reader import captures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from altdetails.scraping.store import Added
    from altdetails.scraping.store.ledger import Ledger

__all__ = ["DEFAULT_INTERVAL", "Plan", "Scrape", "Selection", "check_settings", "plan_of"]

DEFAULT_INTERVAL = 2.0
"""Seconds between two requests."""
MAX_FAILURES_IN_ROW = 3
"""A run ends after this number of refused or failed pages in a row: the cause is the site then, not the pages."""
_BLOCKING_KINDS = frozenset({PageKind.CHALLENGE, PageKind.LOGIN})
_STATUS_OF: tuple[tuple[type[FetchError], Status], ...] = (
    (Blocked, "blocked"),
    (RateLimited, "rate_limited"),
    (RobotsDenied, "robots_denied"),
    (FetchError, "failed"),
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which identifiers of a list are fetched. Those without an outcome always are."""

    retry_failed: bool = False
    """Also fetch those with the outcome `failed` or `not_details`."""
    refresh: timedelta | None = None
    """Also fetch those with an outcome older than this."""
    limit: int | None = None
    """Fetch at most this number."""

    @property
    def retried(self) -> frozenset[Status]:
        """The outcomes that are retried. Temporary refusals of the site always are."""
        return AGAIN | {"failed", "not_details"} if self.retry_failed else AGAIN

    @property
    def refresh_before(self) -> str | None:
        """Outcomes from before this time are refreshed; None to refresh none."""
        return None if self.refresh is None else timestamp(datetime.now(UTC) - self.refresh)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will fetch."""

    site: str
    """The base URL."""
    added: Added | None
    """New, existing, invalid and repeated entries of the list; None if there is no list."""
    pages: int
    """Number of identifiers to fetch."""
    interval: float
    """Seconds between two requests, without the random part."""
    seconds: float
    """Minimum duration in seconds. A DOI takes two requests, because the site redirects it to its page."""
    is_crawl_delay: bool = False
    """Whether the interval is the Crawl-delay of the stored robots.txt."""


class Scrape:
    """A run over a list of identifiers: call `plan` first, then `outcomes`."""

    def __init__(  # noqa: PLR0913 -- the settings of a run
        self,
        run: str | os.PathLike[str],
        *,
        contact: str | None = None,
        interval: float | None = None,
        base_url: str | None = None,
        page_timeout: float | None = PAGE_TIMEOUT,
        stop: threading.Event | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open a run folder, or create it.

        Args:
            run: the run folder.
            contact: your email address. It is required for altmetric.com.
            interval: seconds between two requests. The default is `DEFAULT_INTERVAL`; for altmetric.com the minimum is
                `SHORTEST_INTERVAL`.
            base_url: the site to fetch from. The default is the site of an existing run, or altmetric.com.
            page_timeout: seconds that parsing a page may take; None for no limit.
            stop: when it is set, the run ends after the current page.
            notice: called with a sentence for the user, for example when a request is retried.

        Raises:
            SettingsError: if a setting is not allowed, or the request clock cannot be read or written.
            StoreError: if the folder cannot be used.
        """
        self._site = site = _choose_site(run, base_url)
        self._interval = _check_interval(site, interval)
        agent = user_agent(_require_contact(site, contact))
        self._stop = stop or threading.Event()
        with ExitStack() as stack:
            sleep = partial(pause, self._stop)
            pace = Pace(site.name, self._interval, sleep, notice)
            software = f"altdetails/{__version__}"
            self._parser = stack.enter_context(PageParser(page_timeout))
            self._folder = stack.enter_context(
                RunFolder.open(run, site=site.base_url, software=software, reparse=self._reparse)
            )
            from altdetails.scraping.fetch.transport import Transport  # noqa: PLC0415 -- httpx loads slowly

            transport = stack.enter_context(Transport(agent, site.base_url))
            self._fetcher = Fetcher(
                site,
                transport,
                pace,
                self._folder,
                is_challenge=self._is_challenge,
                pause=sleep,
                notice=notice,
            )
            for sentence in self._folder.repairs:
                notice(sentence)
            self._resources = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def plan(self, listed: Iterable[Entry] | None, selection: Selection) -> Plan:
        """Add a list to the run, and return what will be fetched. Without a list, use all identifiers of the run."""
        return _plan(self._folder, listed, selection, self._site, self._interval)

    def outcomes(self, selection: Selection) -> Iterator[Outcome]:
        """Fetch the pages, and return each outcome when it is on disk; identifiers that cannot be fetched come first.

        Raises:
            RunStopped: if the site refuses, cannot be reached, or allows no requests for a long time.
            StoreError: if the run folder cannot be written.
            SettingsError: if the request clock cannot be read or written.
        """
        yield from self._folder.listing.unfetchable()
        failures_in_row = 0
        pending = self._folder.listing.pending(
            again=selection.retried, before=selection.refresh_before, limit=selection.limit
        )
        for identifier in pending:
            if self._stop.is_set():
                return
            visit = Visit(details_url(identifier, base_url=self._site.base_url))
            outcome, error = self._visit(identifier, visit)
            self._folder.keep(self._fetcher.robots_exchanges)
            self._fetcher.robots_exchanges = []
            if outcome is None:
                self._folder.keep(visit.exchanges)
                if error is None:
                    return
                raise RunStopped(str(error), getattr(error, "retry_after", None)) from error
            self._folder.commit(outcome, visit.exchanges)
            yield outcome
            if isinstance(error, RateLimited):
                raise RunStopped(str(error), error.retry_after) from error
            is_failure_of_site = error is not None and (
                isinstance(error, Blocked | RobotsUnread) or is_transient(error)
            )
            failures_in_row = failures_in_row + 1 if is_failure_of_site else 0
            if failures_in_row == MAX_FAILURES_IN_ROW:
                raise RunStopped(f"{MAX_FAILURES_IN_ROW} pages in a row failed; the last: {error}") from error

    def counts(self) -> dict[Status | None, int]:
        """Return the number of identifiers with each outcome. The key None counts those without an outcome yet."""
        return self._folder.counts()

    def _visit(self, identifier: str, visit: Visit) -> tuple[Outcome | None, FetchError | None]:
        """Fetch and parse a page. The outcome is None if the run was stopped, or no page can be fetched now."""
        try:
            return self._parse(identifier, self._fetcher.fetch(visit), visit), None
        except Stopped:
            return None, None
        except FetchError as error:
            if self._concerns_all_pages(error, visit):
                return None, error
            cause = error.__cause__ if isinstance(error, RobotsUnread) else error
            status = next(status for kind, status in _STATUS_OF if isinstance(cause, kind))
            return _outcome(identifier, visit, status, reason=str(error)), error

    def _concerns_all_pages(self, error: FetchError, visit: Visit) -> bool:
        """Whether an error is one of the site's own host, and not of the page or of a host that it redirects to."""
        if isinstance(error, RobotsUnread | Unreachable):
            return origin_of(visit.url) == origin_of(self._site.base_url)
        return isinstance(error, RateLimited) and not visit.exchanges

    def _parse(self, identifier: str, response: FetchedPage, visit: Visit) -> Outcome:
        exchange = response.exchange
        if exchange.status == NOT_FOUND:
            return _outcome(identifier, visit, "not_tracked", reason="the site has no page for it (404)")
        capture = Capture(
            content=response.content,
            url=exchange.url,
            status=exchange.status,
            content_type=exchange.header("Content-Type"),
            fetched_at=exchange.at,
            record_id=exchange.record_id,
            requested=identifier,
        )
        result = self._parser.parse(capture)
        if isinstance(result, ParsedLine):
            record = Record.from_json(result.json)
            return _outcome(identifier, visit, "ok", record=record, warning=self._pmid_mismatch(identifier, record))
        if result.kind in _BLOCKING_KINDS:
            raise Blocked(f"{exchange.url}: {result.reason}")
        reason = f"{result.reason} [{result.kind}]"
        if result.reason.endswith(BUG_ADVICE):  # the page is stored, so a later version can parse it
            reason = f"a bug in altdetails, please report it: {result.reason.removesuffix(BUG_ADVICE)}"
        return _outcome(identifier, visit, "not_details", reason=reason)

    def _pmid_mismatch(self, identifier: str, record: Record) -> str | None:
        """Compare the PubMed id in the row of an identifier with that of the page."""
        listed = self._folder.listing.pmid_of(identifier)
        if listed is None or record.pmid is None or listed == record.pmid:
            return None
        return f"pmid_mismatch: the list has the PubMed id {listed}, the page has {record.pmid}; check the row"

    def _is_challenge(self, content: bytes, content_type: str | None) -> bool:
        result = self._parser.parse(Capture(content, "", None, content_type, None, ""))
        return not isinstance(result, ParsedLine) and result.kind == PageKind.CHALLENGE

    def _reparse(self, pages: Path) -> Iterator[bytes]:
        """Parse the pages of an archive again, and return the lines of records.jsonl."""
        for capture in captures(pages):
            if isinstance(capture, Capture):
                result = self._parser.parse(capture)
                if isinstance(result, ParsedLine):
                    yield result.json


def check_settings(
    run: str | os.PathLike[str], *, contact: str | None, interval: float | None, base_url: str | None
) -> None:
    """Check the settings of a `Scrape` without opening the run.

    Raises:
        SettingsError: if a setting is not allowed.
        StoreError: if the folder contains a run of another site, or cannot be read.
    """
    site = _choose_site(run, base_url)
    _check_interval(site, interval)
    _require_contact(site, contact)


def plan_of(  # noqa: PLR0913 -- the settings of a run
    run: str | os.PathLike[str],
    listed: Iterable[Entry] | None,
    selection: Selection,
    *,
    contact: str | None = None,
    interval: float | None = None,
    base_url: str | None = None,
) -> Plan:
    """Return the plan of a `Scrape` with these settings, without a request and without writing to the folder.

    It needs no contact, since nothing is requested. A contact that is given is checked.

    Raises:
        SettingsError: if a setting is not allowed.
        StoreError: if the folder cannot be used.
    """
    site = _choose_site(run, base_url)
    if contact:
        check_contact(contact)
    with store.preview(run, site.base_url) as ledger:
        return _plan(ledger, listed, selection, site, _check_interval(site, interval))


def _plan(
    source: Ledger | RunFolder, listed: Iterable[Entry] | None, selection: Selection, site: Site, interval: float
) -> Plan:
    listing = source.listing
    crawl_delay = stored_delay(source.robots(origin_of(site.base_url)))
    interval = max(interval, crawl_delay)
    if listed is None:
        added = None
        listing.add_all()
    else:
        added = listing.add(map(_listed, listed))
    pending = listing.count(again=selection.retried, before=selection.refresh_before, limit=selection.limit)
    seconds = (pending.identifiers + pending.dois) * interval * (1 + JITTER / 2)
    return Plan(site.base_url, added, pending.identifiers, interval, seconds, interval == crawl_delay > 0)


def _listed(entry: Entry) -> store.ListedIdentifier:
    identified = read_entry(entry)
    outcome = identified.outcome or "invalid"
    return store.ListedIdentifier(identified.identifier, identified.reason, entry.file, entry.row, outcome, entry.pmid)


def _choose_site(run: str | os.PathLike[str], base_url: str | None) -> Site:
    """Return the site of a base URL, of an existing run, or altmetric.com. A run cannot change its site."""
    if store.is_history(run):
        raise StoreError(
            f"{os.fspath(run)}: holds captures of a web archive; go on with `altdetails history`, or choose another "
            "folder"
        )
    current = store.site_of(run)
    site = Site.at(base_url or current or ALTMETRIC)
    if current and current != site.base_url:
        raise StoreError(f"{os.fspath(run)}: holds a run of {current}, not of {site.base_url}; choose another folder")
    return site


def _outcome(  # noqa: PLR0913 -- the fields of an outcome
    identifier: str,
    visit: Visit,
    status: Status,
    *,
    reason: str | None = None,
    record: Record | None = None,
    warning: str | None = None,
) -> Outcome:
    return Outcome(
        identifier=identifier,
        status=status,
        reason=reason,
        attempts=visit.attempts,
        http_status=visit.http_status,
        at=timestamp(),
        record=record,
        warning=warning,
    )


def _require_contact(site: Site, contact: str | None) -> str | None:
    if contact:
        return check_contact(contact)
    if site.is_altmetric:
        raise SettingsError(
            "altmetric.com requires a contact: give your email address with --contact or ALTDETAILS_CONTACT, "
            "or in Python as the argument contact"
        )
    return None


def _check_interval(site: Site, interval: float | None) -> float:
    shortest = SHORTEST_INTERVAL if site.is_altmetric else 0.0
    if interval is None:
        return DEFAULT_INTERVAL
    if not shortest <= interval < float("inf"):
        raise SettingsError(f"an interval of {interval:g} s is not allowed for {site.name}: give {shortest:g} or more")
    return interval
