"""One run: for each identifier, fetch the page, parse it, and store both in the run folder."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Self

from altdetails import __version__
from altdetails.lists.entry import Entry, read_entry
from altdetails.page import PageKind
from altdetails.parsing.tasks import PAGE_TIMEOUT, PageParser, ParsedLine, ParsedTab
from altdetails.record import Record
from altdetails.results import Capture, Failure, Outcome, Status, TabPage, TabStatus, timestamp
from altdetails.scraping import store
from altdetails.scraping.fetch import (
    JITTER,
    NOT_FOUND,
    ApiKey,
    FetchedPage,
    Fetcher,
    Pace,
    Pauses,
    Visit,
    check_contact,
    origin_of,
    pause,
    stored_delay,
    user_agent,
)
from altdetails.scraping.responses import capture_of, reason_of
from altdetails.scraping.route import Route, Via, choose_route
from altdetails.scraping.store import AGAIN, RunFolder
from altdetails.scraping.store.listing import int_limit
from altdetails.scraping.store.tab_ledger import TabCounts, TabTurn
from altdetails.scraping.tab_pages import (
    MentionChoice,
    asked_tab,
    path_of_page,
    plan_tabs,
    planned_tabs,
    read_page,
    refused_page,
)
from altdetails.scraping.visits import Visitor
from altdetails.warc.reader import captures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from altdetails.scraping.store import Added
    from altdetails.scraping.store.ledger import Ledger
    from altdetails.scraping.store.tab_ledger import Tabs

__all__ = ["Plan", "Scrape", "Selection", "check_settings", "plan_of"]


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

    via: Via
    """The route: the pages of the site, or the API."""
    site: str
    """The base URL."""
    added: Added | None
    """New, existing, invalid and repeated entries of the list; None if there is no list."""
    pages: int
    """Number of identifiers to fetch."""
    interval: float
    """Seconds between two requests, without the random part."""
    seconds: float
    """Minimum duration in seconds. A DOI takes two requests at the site, because it is redirected to its page."""
    is_crawl_delay: bool = False
    """Whether the interval is the Crawl-delay of the stored robots.txt."""
    tabs: TabCounts | None = None
    """The tabs to fetch of records that the run has; None without mentions. Those of other outputs are not known."""


class Scrape:
    """A run over a list of identifiers: call `plan` first, then `outcomes`."""

    def __init__(  # noqa: PLR0913 -- the settings of a run
        self,
        run: str | os.PathLike[str],
        *,
        contact: str | None = None,
        interval: float | None = None,
        via: str | None = None,
        key: ApiKey | None = None,
        key_file: str | os.PathLike[str] | None = None,
        base_url: str | None = None,
        page_timeout: float | None = PAGE_TIMEOUT,
        mentions: MentionChoice | None = None,
        stop: threading.Event | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open a run folder, or create it.

        Args:
            run: the run folder.
            contact: your email address. It is required for altmetric.com.
            interval: seconds between two requests. The default is that of the route; for altmetric.com the minimum is
                `SHORTEST_INTERVAL`.
            via: `site` or `api`. The default is the route of an existing run, or `site`.
            key: the key of the API. The default is the key of `key_file`, or of the environment.
            key_file: a file with the key of the API.
            base_url: the site to fetch from. The default is the site of an existing run, or altmetric.com.
            page_timeout: seconds that parsing a page may take; None for no limit.
            mentions: the tabs to fetch; None for none.
            stop: when it is set, the run ends after the current page.
            notice: called with a sentence for the user, for example when a request is retried.

        Raises:
            SettingsError: if a setting is not allowed, or the request clock cannot be read or written.
            StoreError: if the folder cannot be used.
        """
        self._route = route = choose_route(run, via, base_url)
        route.refuse_tabs(mentions)
        site = route.site
        self._interval = route.interval(interval)
        agent = user_agent(route.contact(contact))
        key = route.key(key, key_file)
        self._key = key
        if key and key.is_open:
            notice(
                f"{key.origin} can be read by other users of this computer: make it readable by you alone (chmod 600)"
            )
        self._meaning = route.meaning(key)
        self._run, self._mentions = run, mentions
        self._stop = stop or threading.Event()
        with ExitStack() as stack:
            self._pauses = Pauses(partial(pause, self._stop))
            pace = Pace(site.name, self._interval, self._pauses, notice)
            software = f"altdetails/{__version__}"
            people = mentions.people if mentions else None
            self._parser = stack.enter_context(PageParser(page_timeout, people=people))
            self._folder = stack.enter_context(
                RunFolder.open(
                    run,
                    site=site.base_url,
                    software=software,
                    reparse=self._reparse,
                    reparse_tabs=partial(_reparse_tabs, page_timeout),
                    people=people,
                )
            )
            from altdetails.scraping.fetch.transport import Transport  # noqa: PLC0415 -- httpx loads slowly

            transport = Transport(agent, site.base_url, accept=self._meaning.accept, key=key)
            self._transport = stack.enter_context(transport)
            self._fetcher = Fetcher(
                site,
                transport,
                pace,
                self._folder,
                is_challenge=self._is_challenge,
                pause=self._pauses,
                notice=notice,
                meaning=self._meaning,
            )
            self._visitor = Visitor(self._fetcher, self._folder, site.base_url)
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
        plan_of_tabs = partial(plan_tabs, self._run, self._mentions, selection) if self._mentions else None
        return _plan(
            self._folder, listed, selection, self._route, self._interval, key=self._key, plan_of_tabs=plan_of_tabs
        )

    def outcomes(self, selection: Selection) -> Iterator[Outcome | TabPage]:
        """Fetch the pages and tabs, and return what each gave when it is on disk.

        Identifiers that cannot be fetched come first. The pages of its tabs follow the outcome of an identifier.

        Raises:
            RunStopped: if the site refuses, cannot be reached, or allows no requests for a long time.
            StoreError: if the run folder cannot be written.
            SettingsError: if the request clock cannot be read or written.
        """
        yield from self._folder.listing.unfetchable()
        pending = self._folder.listing.pending(again=selection.retried, before=selection.refresh_before)
        tabs = self._folder.tabs
        turns: Iterator[str | TabTurn] = chain(tabs.turns(again=False), pending, tabs.turns(again=True))
        for turn in islice(turns, int_limit(selection.limit)):
            if self._stop.is_set():
                return
            yield from self._fetch_output(turn) if isinstance(turn, str) else self._fetch_tabs(turn)

    def _fetch_output(self, identifier: str) -> Iterator[Outcome | TabPage]:
        visit = Visit(self._route.address(identifier))
        outcome, error = self._visitor.fetch(
            visit, partial(self._parse, identifier, visit), partial(_outcome, identifier, visit)
        )
        if outcome is None:
            return
        tabs = planned_tabs(outcome.record, self._mentions) if outcome.record and self._mentions else []
        self._folder.commit(outcome, visit.exchanges, tabs)
        yield outcome
        self._visitor.stop_after(error, stops_at_refusal=self._meaning.stops_at_refusal)
        yield from self._fetch_tabs(TabTurn(identifier, tuple(tab.source for tab in tabs)))

    def _fetch_tabs(self, turn: TabTurn) -> Iterator[TabPage]:
        for source in turn.sources:
            page = None
            while page is None or page.status is None:
                if self._stop.is_set():
                    return
                tab = self._folder.tabs.begin(turn.identifier, source)
                visit = Visit(f"{self._route.site.base_url}{path_of_page(tab)}")
                result, error = self._visitor.fetch(
                    visit, partial(read_page, self._parser, tab, visit), partial(refused_page, tab, visit)
                )
                if result is None:
                    return
                page = result.stored.page
                self._folder.commit_tab(result.stored, asked_tab(tab), visit.exchanges, result.lines)
                yield page
                self._visitor.stop_after(error, is_tab=True)

    def counts(self) -> dict[Status | None, int]:
        """Return the number of identifiers with each outcome. The key None counts those without an outcome yet."""
        return self._folder.counts()

    def tab_counts(self) -> dict[TabStatus | None, int]:
        """Return the number of tabs with each status. The key None counts those that are not finished."""
        return self._folder.tab_counts()

    def traffic(self) -> dict[str, int]:
        """Return the number of requests with a response, the bytes of their bodies, and the seconds of all waits."""
        waited = round(self._pauses.seconds)
        return {"requests": self._transport.requests, "bytes": self._transport.bytes, "seconds_waited": waited}

    def _parse(self, identifier: str, visit: Visit, response: FetchedPage) -> Outcome:
        if response.exchange.status == NOT_FOUND:
            return _outcome(identifier, visit, "not_tracked", reason=self._meaning.not_tracked)
        result = self._parser.parse(capture_of(identifier, response))
        if isinstance(result, ParsedLine):
            record = Record.from_json(result.json)
            return _outcome(identifier, visit, "ok", record=record, warning=self._pmid_mismatch(identifier, record))
        return _outcome(identifier, visit, "not_details", reason=reason_of(result, response))

    def _pmid_mismatch(self, identifier: str, record: Record) -> str | None:
        """Compare the PubMed id in the row of an identifier with that of the page."""
        listed = self._folder.listing.pmid_of(identifier)
        if listed is None or record.pmid is None or listed == record.pmid:
            return None
        return f"pmid_mismatch: the list has the PubMed id {listed}, the page has {record.pmid}; check the row"

    def _is_challenge(self, content: bytes, content_type: str | None) -> bool:
        result = self._parser.parse(Capture(content, "", None, content_type, None, ""))
        return isinstance(result, Failure) and result.kind == PageKind.CHALLENGE

    def _reparse(self, pages: Path) -> Iterator[bytes]:
        """Parse the pages of an archive again, and return the lines of records.jsonl."""
        for capture in captures(pages):
            if isinstance(capture, Capture) and not capture.asked_tab:
                result = self._parser.parse(capture)
                if isinstance(result, ParsedLine):
                    yield result.json


def check_settings(  # noqa: PLR0913 -- the settings of a run
    run: str | os.PathLike[str],
    *,
    contact: str | None,
    interval: float | None,
    via: str | None,
    key: ApiKey | None,
    key_file: str | os.PathLike[str] | None,
    base_url: str | None,
) -> ApiKey | None:
    """Check the settings of a `Scrape` without opening the run, and return the key. So its file is read once.

    Raises:
        SettingsError: if a setting is not allowed.
        StoreError: if the folder contains a run of another site, or cannot be read.
    """
    route = choose_route(run, via, base_url)
    route.interval(interval)
    route.contact(contact)
    return route.key(key, key_file)


def plan_of(  # noqa: PLR0913 -- the settings of a run
    run: str | os.PathLike[str],
    listed: Iterable[Entry] | None,
    selection: Selection,
    *,
    contact: str | None = None,
    interval: float | None = None,
    via: str | None = None,
    base_url: str | None = None,
    mentions: MentionChoice | None = None,
) -> Plan:
    """Return the plan of a `Scrape` with these settings, without a request and without writing to the folder.

    It needs neither a contact nor a key, since nothing is requested. A contact that is given is checked.

    Raises:
        SettingsError: if a setting is not allowed.
        StoreError: if the folder cannot be used.
    """
    route = choose_route(run, via, base_url)
    if contact:
        check_contact(contact)
    route.refuse_tabs(mentions)
    plan_of_tabs = partial(plan_tabs, run, mentions, selection) if mentions else None
    with store.preview(run, route.site.base_url) as ledger:
        return _plan(ledger, listed, selection, route, route.interval(interval), plan_of_tabs=plan_of_tabs)


def _plan(  # noqa: PLR0913 -- the settings of a run
    source: Ledger | RunFolder,
    listed: Iterable[Entry] | None,
    selection: Selection,
    route: Route,
    interval: float,
    *,
    key: ApiKey | None = None,
    plan_of_tabs: Callable[[Tabs], TabCounts] | None = None,
) -> Plan:
    listing = source.listing
    crawl_delay = stored_delay(source.robots(origin_of(route.site.base_url)))
    interval = max(interval, crawl_delay)
    if listed is None:
        added = None
        listing.add_all()
    else:
        added = listing.add(_listed(entry, route, key) for entry in listed)
    tabs = plan_of_tabs(source.tabs) if plan_of_tabs else None
    limit = selection.limit if tabs is None or selection.limit is None else max(selection.limit - tabs.outputs, 0)
    pending = listing.count(again=selection.retried, before=selection.refresh_before, limit=limit)
    seconds = (route.requests(pending) + (tabs.pages if tabs else 0)) * interval * (1 + JITTER / 2)
    return Plan(
        via=route.via,
        site=route.site.base_url,
        added=added,
        pages=pending.identifiers,
        interval=interval,
        seconds=seconds,
        is_crawl_delay=interval == crawl_delay > 0,
        tabs=tabs,
    )


def _reparse_tabs(page_timeout: float | None, pages: Path, *, people: bool) -> Iterator[bytes]:
    """Read the tabs in an archive again, and return their lines for the file of mentions."""
    with PageParser(page_timeout, people=people) as parser:
        for capture in captures(pages):
            if isinstance(capture, Capture) and capture.asked_tab:
                result = parser.parse_tab(capture)
                if isinstance(result, ParsedTab):
                    yield result.lines.json


def _listed(entry: Entry, route: Route, key: ApiKey | None) -> store.ListedIdentifier:
    identified = read_entry(entry)
    if key and identified.outcome == "invalid":  # a line of the list may hold it
        entry = entry._replace(text=key.removed_from(entry.text))
        identified = read_entry(entry)
    outcome = identified.outcome or "invalid"
    is_fetched = outcome == "no_address" and route.via == "api"
    reason = None if is_fetched else identified.reason
    return store.ListedIdentifier(identified.identifier, reason, entry.file, entry.row, outcome, entry.pmid)


def _outcome(  # noqa: PLR0913 -- the fields of an outcome
    identifier: str,
    visit: Visit,
    status: Status,
    reason: str | None = None,
    *,
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
