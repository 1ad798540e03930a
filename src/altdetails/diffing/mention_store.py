"""Keep mentions in a temporary SQLite file: each once, with the pages of tabs that list them.

The file has no name and is deleted when its connection is closed. A mention is known by its `mention_key`, so it is the
same on whatever page of the list it is, and however often it was read. Its newest reading is kept.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NamedTuple

from altdetails.diffing.compare import moment
from altdetails.diffing.temporary import TemporaryDatabase
from altdetails.mention import Mention, MentionPage, mention_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.records.mention_files import MentionLine

__all__ = ["ListState", "MentionStore", "StoredLine", "tab_key"]

_PROGRESS_INTERVAL = 1_000
_KEY_LENGTH = 32
_MAX_INTEGER = 2**63 - 1
"""The largest whole number of SQLite."""
_TABLES = (
    """CREATE TABLE items (position INTEGER PRIMARY KEY, side INTEGER NOT NULL, key BLOB NOT NULL, tab TEXT NOT NULL,
        at TEXT, file TEXT NOT NULL, number INTEGER NOT NULL, line BLOB NOT NULL, UNIQUE (key, side))""",
    """CREATE TABLE pages (position INTEGER PRIMARY KEY, side INTEGER NOT NULL, key BLOB NOT NULL, tab TEXT NOT NULL,
        page INTEGER, at TEXT, ended INTEGER, limited INTEGER, file TEXT NOT NULL, number INTEGER NOT NULL,
        line BLOB NOT NULL, UNIQUE (key, side))""",
)
_NEWER = """ON CONFLICT DO UPDATE SET at = excluded.at, file = excluded.file, number = excluded.number,
    line = excluded.line WHERE excluded.at IS NOT NULL AND at IS NULL OR coalesce(excluded.at >= at, at IS NULL)"""
_ADD_ITEM = f"INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?) {_NEWER}"  # noqa: S608 -- constants
_ADD_PAGE = f"INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {_NEWER}"  # noqa: S608 -- constants
_ITEMS = "SELECT position, key, file, number, line FROM items WHERE side = :side"
_PAGES = "SELECT position, key, file, number, line FROM pages WHERE side = :side"


ListState = Literal["complete", "limited", "incomplete"]
"""Whether all pages of a list were read: from the first to the one with which it ends, none of them limited."""
_FIND_STATES = (
    "DROP TABLE IF EXISTS states",
    """CREATE TEMP TABLE states AS WITH newest AS (SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY side, tab, page ORDER BY at DESC, position DESC) AS age FROM pages
    ) WHERE age = 1),
    known AS (SELECT side, tab, CASE WHEN max(limited) THEN 'limited'
        WHEN min(page) = 1 AND count(*) = max(page) AND max(ended * page) = max(page) THEN 'complete'
        ELSE 'incomplete' END AS state FROM newest GROUP BY side, tab)
    SELECT side, tab, coalesce(state, 'incomplete') AS state
        FROM (SELECT side, tab FROM pages UNION SELECT side, tab FROM items) LEFT JOIN known USING (side, tab)""",
    "CREATE INDEX states_by_tab ON states (tab, side)",
)
_ONLY_ON = """SELECT line, own.state, others.state FROM items
    JOIN states AS own ON own.tab = items.tab AND own.side = :side
    LEFT JOIN states AS others ON others.tab = items.tab AND others.side = :other
    WHERE items.side = :side
        AND NOT EXISTS (SELECT 1 FROM items AS same WHERE same.key = items.key AND same.side = :other)
    ORDER BY position"""


class StoredLine(NamedTuple):
    """A mention or a page of a tab."""

    position: int
    """Its place among all lines that were added, from 1."""
    digest: bytes
    file: str
    number: int
    """The number of its line in the file."""
    json: bytes
    """The line as this version writes it."""

    @property
    def key(self) -> str:
        """The key of the mention, as `mention_key` returns it, or of the snapshot of the page."""
        return self.digest.hex()


class MentionStore(TemporaryDatabase):
    """Mentions and pages of tabs. Add them all, then read them. A context manager."""

    _PURPOSE = "mentions"

    def __init__(self) -> None:
        super().__init__(_TABLES)
        self.mentions = 0
        """The number of lines with a mention."""
        self._lines = 0

    def add_all(
        self, lines: Iterable[MentionLine], *, side: int = 0, progress: Callable[[int], object] = lambda _: None
    ) -> None:
        """Add lines.

        Args:
            lines: mentions and pages of tabs.
            side: the side of a comparison.
            progress: called every thousand lines with the number of lines so far.
        """
        for line in lines:
            self._lines += 1
            at = moment(line.item.provenance.at)
            item, place = line.item, (line.file, line.number, line.item.to_json())
            with self._errors():
                if isinstance(item, Mention):
                    self.mentions += 1
                    key = bytes.fromhex(mention_key(item))
                    self._connection.execute(_ADD_ITEM, (self._lines, side, key, tab_key(item), at, *place))
                else:
                    number = None if item.page is None else min(item.page, _MAX_INTEGER)
                    marks = tab_key(item), number, at, _is_end(item), item.limited_access
                    self._connection.execute(_ADD_PAGE, (self._lines, side, _page_key(item), *marks, *place))
            if self._lines % _PROGRESS_INTERVAL == 0:
                progress(self._lines)

    def count(self, side: int = 0) -> int:
        """Return the number of mentions, each counted once."""
        with self._errors():
            (count,) = self._connection.execute("SELECT count(*) FROM items WHERE side = ?", (side,)).fetchone()
        return int(count)

    def count_pages(self) -> int:
        """Return the number of pages of tabs, each snapshot counted once."""
        with self._errors():
            (count,) = self._connection.execute("SELECT count(*) FROM pages").fetchone()
        return int(count)

    def items(self, side: int = 0) -> Iterator[StoredLine]:
        """Yield the mentions, in the order in which they were first added."""
        return self._select(f"{_ITEMS} ORDER BY position", side)

    def pages(self, side: int = 0) -> Iterator[StoredLine]:
        """Yield the pages of tabs, in the order in which they were first added."""
        return self._select(f"{_PAGES} ORDER BY position", side)

    def lines(self, side: int = 0) -> Iterator[StoredLine]:
        """Yield the mentions and pages of tabs, in the order in which they were first added."""
        return self._select(f"{_ITEMS} UNION ALL {_PAGES} ORDER BY position", side)

    def lists(self, side: int = 0) -> Counter[ListState]:
        """Return the number of lists of mentions (one of each output and source) by their state."""
        with self._errors():
            self._find_states()
            rows = self._connection.execute("SELECT state, count(*) FROM states WHERE side = ? GROUP BY state", (side,))
            return Counter(dict(rows.fetchall()))

    def only_on(self, side: int, other: int) -> Iterator[tuple[bytes, ListState, ListState | None]]:
        """Yield the mentions that only one of two sides has, in order.

        Yields:
            The mention as JSON, and the state of its list on this side and on the other; None if the other has no list.
        """
        with self._errors():
            self._find_states()
            yield from self._connection.execute(_ONLY_ON, {"side": side, "other": other})

    def _find_states(self) -> None:
        for statement in _FIND_STATES:
            self._connection.execute(statement)

    def _select(self, query: str, side: int) -> Iterator[StoredLine]:
        with self._errors():
            yield from map(StoredLine._make, self._connection.execute(query, {"side": side}))


def tab_key(line: Mention | MentionPage) -> str:
    """Return the key of the list to which a mention or page belongs: the output and the source."""
    return f"{line.altmetric_id or line.doi} {line.source or line.tab}"


def _is_end(page: MentionPage) -> bool | None:
    """Return whether a list is known to end with a page. A first page without rows and sentence is not a list."""
    return None if page.page == 1 and not page.rows and page.sentence is None else page.ended


def _page_key(page: MentionPage) -> bytes:
    origin = page.provenance
    snapshot = page.altmetric_id, page.doi, page.tab, page.page, origin.captured_at, origin.fetched_at, origin.sha256
    return bytes.fromhex(sha256(repr(snapshot).encode("utf-8", "replace")).hexdigest()[:_KEY_LENGTH])
