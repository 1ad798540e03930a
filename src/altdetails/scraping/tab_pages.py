"""The tabs of a run: those of a record, the addresses of their pages, and what a fetched page means for its tab."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import quote, urlsplit

from altdetails.errors import IdentifierError, SettingsError
from altdetails.identifiers import Address, address
from altdetails.mention import Mention, MentionPage, mention_key, mention_line
from altdetails.mentions.tab_sources import SUMMARY_INSTEAD, properties_of, source_of_tab
from altdetails.parsing.tasks import PageParser, ParsedTab
from altdetails.record import SOURCES
from altdetails.results import AskedTab, Failure, TabPage, timestamp
from altdetails.scraping.fetch import NOT_FOUND
from altdetails.scraping.responses import capture_of, reason_of
from altdetails.scraping.run import Run
from altdetails.scraping.store.folder import RunFiles
from altdetails.scraping.store.tab_ledger import ListOfPage, PlannedTab, StoredPage, TabCounts

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from altdetails.record import Count, Record
    from altdetails.results import TabStatus
    from altdetails.scraping.fetch import FetchedPage, Visit
    from altdetails.scraping.session import Selection
    from altdetails.scraping.store.tab_ledger import Tab, Tabs

__all__ = [
    "MAX_PAGES",
    "MentionChoice",
    "TabVisit",
    "asked_tab",
    "choice_of",
    "path_of_page",
    "plan_tabs",
    "planned_tabs",
    "read_page",
    "refused_page",
]

MAX_PAGES = 200
"""Pages of a tab that a run fetches, at most: 20,000 mentions."""
ALL = "all"
_FINGERPRINT_LENGTH = 16
_NOT_ZERO = "this does not mean zero mentions"
_LIMITED = "the tab says that it shows a limited selection"


@dataclass(frozen=True, slots=True)
class MentionChoice:
    """Which tabs a run fetches, and what it keeps of them."""

    sources: frozenset[str] | None
    """The keys of the sources; None for all that a record counts."""
    people: bool = False
    """Whether names, handles and texts of people are kept."""


def choice_of(sources: Iterable[str] | str, *, people: bool) -> MentionChoice:
    """Return the choice of sources by their keys, such as `policy`, their tabs, such as `policy-documents`, or `all`.

    Args:
        sources: the names. A text can have several, with commas.
        people: whether to keep people.

    Raises:
        SettingsError: if a source is not known, or there is none.
    """
    listed = sources.split(",") if isinstance(sources, str) else sources
    names = {name.strip().lower() for name in listed} - {""}
    names = {source_of_tab(name) or name for name in names}
    if unknown := sorted(names - {*SOURCES["mentions"], ALL}):
        known = ", ".join([*SOURCES["mentions"], ALL])
        raise SettingsError(f"{unknown[0][:40]!r} is not a source of mentions; give one or more of {known}")
    if not names:
        raise SettingsError("no source of mentions was given; give one or more, such as news,blogs, or all")
    return MentionChoice(None if ALL in names else frozenset(names), people)


def planned_tabs(record: Record, choice: MentionChoice) -> list[PlannedTab]:
    """Return the tabs of a record that a run fetches: those of the chosen sources with a count above zero.

    A tab is at the address that its count links to. Without such a link, the address follows from the source.
    """
    return [
        PlannedTab(count.source, path, count.count)
        for count in record.mentions or ()
        if count.count and (choice.sources is None or count.source in choice.sources)
        if (path := _path_of(count, record))
    ]


def _path_of(count: Count, record: Record) -> str | None:
    """Return the path of a tab below the base URL; None if it is not known."""
    if record.altmetric_id is None:
        return None
    linked = _tab_address(count.url)
    if linked and linked.tab and linked.altmetric_id == record.altmetric_id:
        return f"{linked.path}/{quote(linked.tab, safe='&')}"
    name = properties_of(count.source).tab
    own = _tab_address(record.url) or Address("", record.altmetric_id)
    return f"{own.path}/{quote(name, safe='&')}" if name and own.altmetric_id == record.altmetric_id else None


def _tab_address(url: str | None) -> Address | None:
    """Return the parts of the address of a tab on any host."""
    for text in (url, url and urlsplit(url).path):
        with suppress(IdentifierError, ValueError):
            if text:
                return address(text)
    return None


class TabVisit(NamedTuple):
    """What one visit of a page of a tab changes in the run."""

    stored: StoredPage
    lines: bytes
    """The lines of the page for the file of mentions; empty if the page is left out."""


def asked_tab(tab: Tab) -> AskedTab:
    """Return what a run requests next of a tab."""
    return AskedTab(tab.source, tab.path.rpartition("/")[2], tab.page, tab.doi)


def path_of_page(tab: Tab) -> str:
    """Return the path below the base URL of what a run requests next of a tab."""
    return tab.path if tab.page == 1 else f"{tab.path}/page:{tab.page}"


def read_page(parser: PageParser, tab: Tab, visit: Visit, response: FetchedPage) -> TabVisit:
    """Return what the response for the next page of a tab means.

    Raises:
        Blocked: if it is a challenge or a log-in page.
    """
    if response.exchange.status == NOT_FOUND:
        return _missing_page(tab, visit)
    result = parser.parse_tab(capture_of(tab.identifier, response, asked_tab(tab)))
    if not isinstance(result, ParsedTab):
        return refused_page(tab, visit, "failed", reason_of(cast("Failure", result), response))
    lines = [*map(mention_line, result.lines.json.splitlines())]
    page = next(line for line in lines if isinstance(line, MentionPage))
    if fault := _fault(tab, page):
        return refused_page(tab, visit, "failed", f"{fault}; it was left out")
    if any(unread.text == SUMMARY_INSTEAD for unread in page.unread):
        return _summary_page(tab, visit, result.lines.json)
    mentions = [line for line in lines if isinstance(line, Mention)]
    return _list_page(tab, visit, page, mentions, result.lines.json)


def refused_page(tab: Tab, visit: Visit, status: TabStatus, reason: str) -> TabVisit:
    """Return the visit of a page that was not received, or that is left out."""
    return _tab_visit(tab, visit, status, reason)


def _missing_page(tab: Tab, visit: Visit) -> TabVisit:
    if tab.page == 1:
        return refused_page(tab, visit, "no_list", f"the site has no such tab (404); {_NOT_ZERO}")
    reason = f"page {tab.page} is missing (404), but page {tab.page - 1} links to it"
    return refused_page(tab, visit, "failed", reason)


def _fault(tab: Tab, page: MentionPage) -> str | None:
    """Return why a page is not of the requested tab; None if it is."""
    asked = address(tab.path)
    if page.altmetric_id not in {None, asked.altmetric_id}:
        return f"the page is of the output altmetric:{page.altmetric_id}, not of altmetric:{asked.altmetric_id}"
    if page.tab not in {None, asked.tab}:
        return f"the page is of the tab {page.tab!a}, not of {asked.tab!a}"
    if page.source != tab.source and all(properties_of(source).is_confirmed for source in (page.source, tab.source)):
        return f"the page lists mentions of {page.source}, not of {tab.source}"
    return None


def _summary_page(tab: Tab, visit: Visit, lines: bytes) -> TabVisit:
    """Return the visit of a page for which the site sent the summary: the list has ended, or there is none."""
    if tab.page == 1:
        return _tab_visit(tab, visit, "no_list", f"the site sends the summary instead of the list; {_NOT_ZERO}", lines)
    status, reason = _status(tab, tab.lists, follows=False)
    return _tab_visit(tab, visit, status, reason, lines)


def _list_page(tab: Tab, visit: Visit, page: MentionPage, mentions: list[Mention], lines: bytes) -> TabVisit:
    """Return the visit of a page with a list. It is left out if it repeats the list of an earlier page."""
    fingerprint = _fingerprint(mentions)
    earlier = [of_page.fingerprint for of_page in tab.lists]
    if mentions and fingerprint in earlier:
        first = earlier.index(fingerprint) + 1
        return refused_page(tab, visit, "repeated", f"page {tab.page} shows the list of page {first}; it was left out")
    lists = (*tab.lists, ListOfPage(fingerprint, len(mentions), bool(page.limited_access)))
    status, reason = _status(tab, lists, follows=page.ended is False)
    return _tab_visit(tab, visit, status, reason, lines, lists)


def _status(tab: Tab, lists: tuple[ListOfPage, ...], *, follows: bool) -> tuple[TabStatus | None, str | None]:
    """Return the status of a tab after a page, and the reason if its list is not complete."""
    if follows and not lists[-1].mentions:
        return "failed", f"page {tab.page} has no mentions, but says that another page follows"
    if follows and tab.page >= MAX_PAGES:
        return "too_long", f"the list goes on after page {MAX_PAGES}, the last one that is fetched"
    if follows:
        return None, None
    if any(of_page.is_limited for of_page in lists):
        return "limited", _LIMITED
    return "complete", None


def _fingerprint(mentions: list[Mention]) -> str:
    keys = " ".join(map(mention_key, mentions))
    return hashlib.sha256(keys.encode()).hexdigest()[:_FINGERPRINT_LENGTH]


def _tab_visit(  # noqa: PLR0913, PLR0917 -- the fields of a visit
    tab: Tab,
    visit: Visit,
    status: TabStatus | None,
    reason: str | None,
    lines: bytes = b"",
    lists: tuple[ListOfPage, ...] | None = None,
) -> TabVisit:
    page = TabPage(
        identifier=tab.identifier,
        source=tab.source,
        page=tab.page,
        status=status,
        at=timestamp(),
        mentions=lists[-1].mentions if lists else 0,
        reason=reason,
        attempts=visit.attempts,
        http_status=visit.http_status,
    )
    return TabVisit(StoredPage(page, tab.lists if lists is None else lists), lines)


def plan_tabs(run: str | os.PathLike[str], choice: MentionChoice, selection: Selection, tabs: Tabs) -> TabCounts:
    """Plan the tabs of the records that a run has, and return what this invocation fetches of them.

    Args:
        run: the run folder.
        choice: the sources.
        selection: which tabs are fetched again, and of how many outputs.
        tabs: the tabs of the run, or of a copy of its ledger.
    """
    if RunFiles(Path(run)).has_run:
        tabs.plan(
            (str(record.provenance.requested), record.doi, planned_tabs(record, choice))
            for record in Run(run).records()
        )
    tabs.choose(choice.sources, retry_failed=selection.retry_failed, before=selection.refresh_before)
    first = tabs.count(again=False, limit=selection.limit)
    left = None if selection.limit is None else selection.limit - first.outputs
    again = tabs.count(again=True, limit=left)
    return TabCounts(*map(sum, zip(first, again, strict=True)))
