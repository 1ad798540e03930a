"""The tabs of a run: which lists of mentions it fetches, and how far each was fetched."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from altdetails.results import TAB_STATUSES, TabPage, TabStatus
from altdetails.scraping.store.listing import AGAIN, as_json, int_limit, storable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from altdetails.scraping.store.database import Database

__all__ = [
    "PAGE_LENGTH",
    "TABLES",
    "ListOfPage",
    "MentionsFile",
    "PlannedTab",
    "StoredPage",
    "Tab",
    "TabCounts",
    "TabTurn",
    "Tabs",
    "mentions_file",
    "tab_counts",
]

PAGE_LENGTH = 100
"""Mentions on a page of a tab."""

TABLES = (
    """CREATE TABLE IF NOT EXISTS list_tabs (
        position INTEGER NOT NULL,
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        doi TEXT,
        count INTEGER NOT NULL,
        page INTEGER NOT NULL DEFAULT 1,
        lists TEXT NOT NULL DEFAULT '[]',
        mentions INTEGER NOT NULL DEFAULT 0,
        outcome TEXT,
        reason TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        http_status INTEGER,
        at TEXT,
        PRIMARY KEY (position, source)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS list_tab_pages (
        pages_end INTEGER PRIMARY KEY,
        position INTEGER NOT NULL,
        source TEXT NOT NULL,
        page INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS list_mentions (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        mentions_end INTEGER,
        people INTEGER NOT NULL
    ) STRICT""",
)
"""The tabs, the page that each visit of a tab in the archive is of, and the committed length of the mentions. Earlier
versions of altdetails do not write these tables, and ignore them."""

_TEMPORARY = """CREATE TEMP TABLE tab_turns (
    turn INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    source TEXT NOT NULL,
    is_again INTEGER NOT NULL,
    restarts INTEGER NOT NULL
) STRICT"""
_FILL_TURNS = """INSERT INTO tab_turns (position, source, is_again, restarts)
    SELECT position, source, tab.outcome IS NOT NULL AS is_again, ifnull(tab.at < :before AND is_done, 0)
    FROM (SELECT *, outcome IN (SELECT value FROM json_each(:done)) AS is_done FROM list_tabs) AS tab
    CROSS JOIN temp.listed USING (position) CROSS JOIN identifiers USING (position)
    WHERE identifiers.outcome = 'ok' AND NOT ifnull(identifiers.at < :before, 0)
    AND (:sources IS NULL OR source IN (SELECT value FROM json_each(:sources)))
    AND (tab.outcome IS NULL OR tab.outcome IN (SELECT value FROM json_each(:again)) OR tab.at < :before)
    ORDER BY is_again, iif(is_again, min(tab.at) OVER (PARTITION BY position), ''), place, source"""
_PAGES_LEFT = f"max(1, (count + {PAGE_LENGTH - 1}) / {PAGE_LENGTH} - iif(restarts, 0, page - 1))"
_COUNT = f"""SELECT count(DISTINCT position), count(*), ifnull(sum({_PAGES_LEFT}), 0)
    FROM tab_turns JOIN list_tabs USING (position, source) WHERE is_again = :again AND position IN (
        SELECT position FROM tab_turns WHERE is_again = :again GROUP BY position ORDER BY min(turn) LIMIT :most)"""  # noqa: S608 -- a constant
_FINAL: tuple[TabStatus, ...] = ("complete", "limited", "too_long")
"""The tabs with these statuses are fetched again only if they are old, and from their first page."""
_RETRIED: tuple[TabStatus, ...] = ("failed", "no_list", "repeated")
_FAILURE_FIELDS = ("identifier", "outcome", "reason", "attempts", "http_status", "at", "tab")
_BATCH = 1000


class PlannedTab(NamedTuple):
    """A tab of an output, by its record."""

    source: str
    path: str
    """Its address below the base URL: `/details/990000001/news`."""
    counted: int
    """What the record counts: outlets, blogs, users. The tab can have more mentions."""


class ListOfPage(NamedTuple):
    """The list of a page that was stored."""

    fingerprint: str
    """The same for the same mentions in the same order."""
    mentions: int
    is_limited: bool
    """Whether the tab says that it shows a limited selection."""


class Tab(NamedTuple):
    """A tab that is being fetched."""

    identifier: str
    source: str
    path: str
    doi: str | None
    page: int
    """The page to fetch next."""
    lists: tuple[ListOfPage, ...]
    """The lists of the earlier pages, in order."""


class TabTurn(NamedTuple):
    """The tabs of one output that are fetched together."""

    identifier: str
    sources: tuple[str, ...]


_LISTS = msgspec.json.Decoder(tuple[ListOfPage, ...])


class StoredPage(NamedTuple):
    """What changes in a tab with one of its pages."""

    page: TabPage
    lists: tuple[ListOfPage, ...]
    """The lists of all its pages so far."""


class TabCounts(NamedTuple):
    """A number of outputs with tabs to fetch, of these tabs, and of their pages, at least."""

    outputs: int
    tabs: int
    pages: int


class MentionsFile(NamedTuple):
    """What a run has committed to its file of mentions."""

    end: int | None
    """The length in bytes; None while the file is being written again."""
    people: bool
    """Whether its lines include people."""


class Tabs:
    """The tabs of the run that this process writes to. The ledger calls what changes them inside its transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.rows(_TEMPORARY)

    def plan(self, outputs: Iterable[tuple[str, str | None, list[PlannedTab]]]) -> None:
        """Add the tabs of records: of each, its identifier, DOI and tabs. Tabs that were begun stay as they are."""
        with self._database.transaction():
            for identifier, doi, planned in outputs:
                self.add(identifier, doi, planned)

    def add(self, identifier: str, doi: str | None, planned: Iterable[PlannedTab], *, restart: bool = False) -> None:
        """Add the tabs of one output.

        Args:
            identifier: the identifier of the output.
            doi: its DOI, by its record.
            planned: the tabs.
            restart: whether to begin again with tabs that were fetched before.
        """
        again = "" if restart else "WHERE outcome IS NULL AND page = 1"
        self._database.change_each(
            f"""INSERT INTO list_tabs (position, source, path, doi, count)
            SELECT position, ?, ?, ?, ? FROM identifiers WHERE identifier = ?
            ON CONFLICT (position, source) DO UPDATE SET path = excluded.path, doi = excluded.doi,
            count = excluded.count, page = 1, lists = '[]', mentions = 0, outcome = NULL, reason = NULL, attempts = 0,
            http_status = NULL, at = NULL {again}""",  # noqa: S608 -- a constant
            ([tab.source, tab.path, doi, tab.counted, storable(identifier)] for tab in planned),
        )

    def choose(self, sources: Collection[str] | None, *, retry_failed: bool, before: str | None) -> None:
        """Choose the tabs that this invocation fetches, among those of the listed outputs that have a record.

        Args:
            sources: the sources; None for all.
            retry_failed: also choose tabs without their list.
            before: also choose finished tabs whose status is older: UTC, in the format of `results.timestamp`.
        """
        values = {
            "sources": None if sources is None else as_json(sources),
            "again": as_json({*AGAIN, *(_RETRIED if retry_failed else ())}),
            "done": as_json(_FINAL),
            "before": before,
        }
        with self._database.transaction():
            self._database.rows("DELETE FROM tab_turns")
            self._database.rows(_FILL_TURNS, values)

    def count(self, *, again: bool, limit: int | None) -> TabCounts:
        """Count what was chosen: tabs that no run has finished, or else those that are fetched again.

        Args:
            again: which of the two.
            limit: count the tabs of at most so many outputs.
        """
        return TabCounts(*self._database.one(_COUNT, {"again": again, "most": int_limit(limit)}))

    def turns(self, *, again: bool) -> Iterator[TabTurn]:
        """Yield the outputs whose tabs were chosen, each with these tabs; see `count`."""
        for identifier, rows in groupby(self._read_turns(is_again=again), lambda row: row[0]):
            yield TabTurn(identifier, tuple(source for _, source in rows))

    def _read_turns(self, *, is_again: bool) -> Iterator[tuple[str, str]]:
        last = 0
        while rows := self._database.rows(
            """SELECT turn, identifier, source FROM tab_turns JOIN identifiers USING (position)
            WHERE is_again = ? AND turn > ? ORDER BY turn LIMIT ?""",
            [is_again, last, _BATCH],
        ):
            yield from ((identifier, source) for _, identifier, source in rows)
            last = rows[-1][0]

    def begin(self, identifier: str, source: str) -> Tab:
        """Return a tab with the page to fetch next. A finished tab begins again with its first page."""
        values = {"identifier": storable(identifier), "source": source}
        self._database.rows(
            """UPDATE list_tabs SET page = 1, lists = '[]', mentions = 0, outcome = NULL
            WHERE (position, source) IN (SELECT position, source FROM tab_turns WHERE restarts)
            AND position = (SELECT position FROM identifiers WHERE identifier = :identifier)
            AND source = :source AND outcome IN (SELECT value FROM json_each(:done))""",
            {**values, "done": as_json(_FINAL)},
        )
        path, doi, page, lists = self._database.one(
            """SELECT path, doi, page, lists FROM list_tabs JOIN identifiers USING (position)
            WHERE identifier = :identifier AND source = :source""",
            values,
        )
        return Tab(identifier, source, path, doi, page, _LISTS.decode(lists))

    def commit(self, stored: StoredPage, pages_end: int, mentions_end: int) -> None:
        """Store what one page changes in its tab, and the lengths of the archive and the mentions."""
        page = stored.page
        follows = page.status is None
        ((position,),) = self._database.rows(
            """UPDATE list_tabs SET page = ?, lists = ?, mentions = ?, outcome = ?,
            reason = ?, attempts = ?, http_status = ?, at = ?
            WHERE position = (SELECT position FROM identifiers WHERE identifier = ?) AND source = ?
            RETURNING position""",
            [
                page.page + follows,
                msgspec.json.encode(stored.lists).decode(),
                _sum(stored.lists),
                page.status,
                None if page.reason is None else storable(page.reason),
                page.attempts,
                page.http_status,
                page.at,
                storable(page.identifier),
                page.source,
            ],
        )
        self._database.rows(
            "INSERT OR IGNORE INTO list_tab_pages VALUES (?, ?, ?, ?)", [pages_end, position, page.source, page.page]
        )
        self.set_mentions_end(mentions_end)

    def begin_mentions(self, *, people: bool) -> bool:
        """Begin the file of mentions if the run has none. Return whether its lines include people."""
        self._database.rows("INSERT OR IGNORE INTO list_mentions VALUES (1, 0, ?)", [people])
        (included,) = self._database.one("SELECT people FROM list_mentions")
        return bool(included)

    def set_mentions_end(self, mentions_end: int | None) -> None:
        """Set the committed length of the mentions. None: they are being written again."""
        self._database.rows("UPDATE list_mentions SET mentions_end = ?", [mentions_end])

    def failures(self) -> Iterator[dict[str, str | int | None]]:
        """Yield the tabs whose list is not complete, in the order of the run."""
        for row in self._database.stream(
            """SELECT identifier, tab.outcome, tab.reason, tab.attempts, tab.http_status, tab.at, source
            FROM list_tabs AS tab JOIN identifiers USING (position)
            WHERE tab.outcome IS NOT NULL AND tab.outcome != 'complete' ORDER BY position, source"""
        ):
            yield dict(zip(_FAILURE_FIELDS, row, strict=True))

    def forget_after(self, pages_end: int) -> list[str]:
        """Go back, in each tab, to the first page after a length of the archive. Return these tabs in words."""
        lost = self._database.rows(
            """SELECT identifier, position, source, min(list_tab_pages.page), lists
            FROM list_tab_pages JOIN list_tabs USING (position, source) JOIN identifiers USING (position)
            WHERE pages_end > ? GROUP BY position, source""",
            [pages_end],
        )
        for _, position, source, page, lists in lost:
            kept = _LISTS.decode(lists)[: page - 1]
            self._database.rows(
                """UPDATE list_tabs SET page = ?, lists = ?, mentions = ?, outcome = NULL, reason = NULL
                WHERE position = ? AND source = ?""",
                [page, msgspec.json.encode(kept).decode(), _sum(kept), position, source],
            )
        self._database.rows("DELETE FROM list_tab_pages WHERE pages_end > ?", [pages_end])
        self.set_mentions_end(None)
        return [f"{identifier} ({source}, from page {page})" for identifier, _, source, page, _ in lost]


def _sum(lists: Iterable[ListOfPage]) -> int:
    return sum(of_page.mentions for of_page in lists)


def mentions_file(database: Database) -> MentionsFile | None:
    """Return what a run has committed to its file of mentions; None if it has no mentions."""
    if not _has_table(database, "list_mentions"):
        return None
    row = database.one("SELECT mentions_end, people FROM list_mentions")
    return row and MentionsFile(row[0], bool(row[1]))


def tab_counts(database: Database) -> dict[TabStatus | None, int]:
    """Count the tabs of a run with each status. The key None counts tabs that are not finished."""
    if not _has_table(database, "list_tabs"):
        return {}
    counts = dict(database.rows("SELECT outcome, count(*) FROM list_tabs GROUP BY outcome"))
    return {status: counts[status] for status in (*TAB_STATUSES, None) if status in counts}


def _has_table(database: Database, name: str) -> bool:
    """Whether the ledger has a table. Earlier versions of altdetails do not write it."""
    return bool(database.rows("SELECT 1 FROM sqlite_schema WHERE name = ?", [name]))
