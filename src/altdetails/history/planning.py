"""What a history will ask and fetch: its source, the outputs of the lists, and the plan."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from altdetails import identifiers
from altdetails.errors import InputError, StoreError
from altdetails.history.asking import intervals
from altdetails.history.capture_tables import COMMON_CRAWL, Ranges, read_captures
from altdetails.history.catalogue import Candidate, Catalogue, Wanted, is_doi
from altdetails.history.dialects import WAYBACK, ArchiveDialect, archive_of
from altdetails.lists.entry import read_entry
from altdetails.record import Record
from altdetails.remote import NO_RUN_AT_ADDRESS, refuse_address
from altdetails.scraping import store
from altdetails.scraping.fetch import JITTER
from altdetails.scraping.store import AGAIN, ListedIdentifier, RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from altdetails.lists.entry import Entry
    from altdetails.results import Status
    from altdetails.scraping.store.ledger import Ledger

__all__ = [
    "SATISFYING",
    "HistoryPlan",
    "HistorySource",
    "add_outputs",
    "due",
    "plan_of_history",
    "preview_history",
    "retried",
    "source_of",
    "take_captures",
]

SATISFYING: frozenset[Status] = frozenset({"ok", "same"})
"""Outcomes of a capture after which no other one of its period is fetched."""
_FINAL: frozenset[Status] = frozenset({"not_details", "no_capture", "failed"})
"""Outcomes that are only tried again if the user says so. The next older capture takes the place of such a capture."""
_BATCH = 1_000


class HistorySource(NamedTuple):
    """Where captures are from: an archive that is asked, or files on S3."""

    archive: ArchiveDialect | None
    """None for files on S3."""
    captures: str | None
    """The table of captures that the user gives; None to ask the index."""

    @property
    def address(self) -> str:
        """The source, as a run remembers it."""
        return self.archive.address if self.archive else COMMON_CRAWL


def source_of(run: str | os.PathLike[str], archive: str | None, captures_file: str | None) -> HistorySource:
    """Return the source that the user names, else that of the run, else the Wayback Machine.

    Raises:
        SettingsError: if the name is not that of a web archive, or the run or the table is at an address.
        InputError: if the table of captures cannot be read.
        StoreError: if the folder has a run of another kind.
    """
    refuse_address(os.fspath(run), NO_RUN_AT_ADDRESS)
    refuse_address(captures_file or "", "tables of captures are read from this machine; copy the file here first")
    current = store.site_of(run)
    if current is not None and not store.is_history(run):
        raise StoreError(f"{os.fspath(run)}: holds a scrape of {current}; choose another folder for a history")
    source = _named_source(archive, captures_file, current)
    if current not in {None, source.address}:
        raise StoreError(
            f"{os.fspath(run)}: holds captures of {current}, not of {source.address}; choose another folder"
        )
    return source


def _named_source(archive: str | None, captures_file: str | None, current: str | None) -> HistorySource:
    if captures_file is not None:
        with closing(read_captures(captures_file, [])) as rows:
            first = next(rows, None)
        if first is None:
            raise InputError(f"{captures_file}: has no capture; make the table again")
        if first.file is not None:
            return HistorySource(None, captures_file)
    if archive is None and current == COMMON_CRAWL:
        return HistorySource(None, captures_file)
    return HistorySource(archive_of(archive or current or WAYBACK), captures_file)


@dataclass(frozen=True, slots=True)
class HistoryPlan:
    """What a history will ask and fetch."""

    source: str
    """The address of the web archive."""
    questions: int
    """Questions to its index that are not answered yet."""
    dois: int
    """DOIs with an Altmetric id that is to be found in the archive; each takes some requests more."""
    captures: int
    """Captures that are known so far."""
    outputs: int
    """Their outputs."""
    pages: int
    """Captures to fetch, of those that are known."""
    seconds: float
    """Minimum duration in seconds, as far as it is known."""


def preview_history(  # noqa: PLR0913 -- the settings of a run
    run: str | os.PathLike[str],
    source: HistorySource,
    changes: Mapping[str, object],
    listed: Iterable[Entry | Record] | None,
    ids: Mapping[str, str],
    *,
    interval: float | None = None,
    retry_failed: bool = False,
    notice: Callable[[str], None] = lambda _: None,
) -> HistoryPlan:
    """Return the plan of a `History` with these settings, without a request and without writing to the folder.

    Raises:
        SettingsError: if a setting is not allowed.
        InputError: if a list or the table of captures cannot be read.
        StoreError: if the folder cannot be used.
    """
    with store.preview(run, source.address) as ledger:
        catalogue = Catalogue(ledger.database, changes)
        add_outputs(catalogue, ledger, listed, ids)
        take_captures(catalogue, source, notice)
        return plan_of_history(catalogue, source, interval, retried(retry_failed=retry_failed))


def add_outputs(
    catalogue: Catalogue, target: Ledger | RunFolder, listed: Iterable[Entry | Record] | None, ids: Mapping[str, str]
) -> None:
    """Add the outputs of lists. Entries without an address on the site get their outcome."""
    outputs = iter(listed or ())
    while batch := [*islice(outputs, _BATCH)]:
        wanted: list[Wanted] = []
        others: list[ListedIdentifier] = []
        for item in batch:
            if isinstance(item, Record):
                number = None if item.altmetric_id is None else str(item.altmetric_id)
                if (identifier := item.doi or number) is not None:
                    wanted.append(Wanted(identifier, number or ids.get(identifier)))
                continue
            identified = read_entry(item)
            if identified.reason is not None:
                outcome = identified.outcome or "invalid"
                others.append(
                    ListedIdentifier(identified.identifier, identified.reason, item.file, item.row, outcome, item.pmid)
                )
            else:
                wanted.append(Wanted(identified.identifier, _altmetric_id(identified.identifier, ids)))
        catalogue.want(wanted)
        if others:
            target.listing.add(others)
    if ids:
        catalogue.want(Wanted(doi, ids[doi]) for doi in list(catalogue.unresolved()) if doi in ids)


def _altmetric_id(identifier: str, ids: Mapping[str, str]) -> str | None:
    return ids.get(identifier) if is_doi(identifier) else str(identifiers.altmetric_id(identifier))


def take_captures(catalogue: Catalogue, source: HistorySource, notice: Callable[[str], None]) -> None:
    """Take the captures of the user's table, or note the questions to the index."""
    if source.captures is not None:
        page_url = source.archive.page_url if source.archive else Ranges.page_url
        skipped: list[int] = []
        catalogue.take_table(read_captures(source.captures, skipped), page_url)
        if skipped:
            notice(f"{source.captures}: rows were skipped ({len(skipped):,}): not captures, such as row {skipped[0]:,}")
    elif source.archive is not None:
        catalogue.plan_questions()


def plan_of_history(
    catalogue: Catalogue, source: HistorySource, interval: float | None, again: Collection[Status]
) -> HistoryPlan:
    """Return what will be asked and fetched, as far as it is known."""
    index_interval, replay_interval = intervals(source.archive, interval) if source.archive else (0.0, 0.0)
    questions = catalogue.count_slices() if source.captures is None else 0
    dois = sum(1 for _ in catalogue.unresolved()) if source.archive else 0
    known, outputs = catalogue.count_captures()
    pages = sum(1 for _ in due(catalogue, again))
    seconds = (questions + dois) * index_interval + (pages + dois) * replay_interval
    return HistoryPlan(source.address, questions, dois, known, outputs, pages, seconds * (1 + JITTER / 2))


def due(catalogue: Catalogue, again: Collection[Status]) -> Iterator[Candidate]:
    """Yield the capture of each output and period that is to fetch, if there is one."""
    for group in catalogue.groups():
        for candidate in group:
            if candidate.outcome in SATISFYING:
                break
            if candidate.outcome is None or candidate.outcome in again:
                yield candidate
                break


def retried(*, retry_failed: bool) -> frozenset[Status]:
    """Return the outcomes of captures that are tried again. Refusals of an archive always are."""
    return AGAIN | _FINAL if retry_failed else AGAIN
