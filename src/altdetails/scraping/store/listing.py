"""The identifiers of one invocation: adds lists to the run, and yields the identifiers that are pending.

The lists are stored in temporary tables of the ledger's connection. So long lists need no memory, and SQLite deletes
them when the process ends.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from altdetails.results import Outcome, timestamp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from altdetails.results import Status
    from altdetails.scraping.store.database import Database

__all__ = ["AGAIN", "Added", "ListedIdentifier", "Listing", "Pending", "as_json", "int_limit", "storable"]

AGAIN: frozenset[Status] = frozenset({"blocked", "rate_limited", "robots_denied"})
"""Outcomes that the next invocation fetches again: the site refused for now."""

_BATCH = 1000
_MAX_EXAMPLES = 5

_TABLES = (
    """CREATE TEMP TABLE batch (
        place INTEGER PRIMARY KEY,
        identifier TEXT NOT NULL,
        reason TEXT,
        file INTEGER,
        row INTEGER,
        outcome TEXT NOT NULL,
        pmid TEXT
    ) STRICT""",
    """CREATE TEMP TABLE listed (
        place INTEGER PRIMARY KEY,
        position INTEGER NOT NULL UNIQUE,
        done INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    """CREATE TEMP TABLE again (
        turn INTEGER PRIMARY KEY,
        identifier TEXT NOT NULL
    ) STRICT""",
)
_LISTED = "FROM temp.listed CROSS JOIN identifiers USING (position)"
_IS_AGAIN = (
    "(outcome NOT IN ('no_address', 'invalid') AND (outcome IN (SELECT value FROM json_each(:again)) OR at < :before))"
)
_NEXT_NEW = f"""SELECT place, identifier {_LISTED}
    WHERE place > :place AND NOT done AND outcome IS NULL ORDER BY place LIMIT :most"""
_ADD_AGAIN = f"""INSERT INTO again (identifier) SELECT identifier {_LISTED} LEFT JOIN archived USING (position)
    WHERE NOT done AND {_IS_AGAIN} GROUP BY place ORDER BY at, max(pages_end), place"""
_NEXT_AGAIN = "SELECT turn, identifier FROM again WHERE turn > :place ORDER BY turn LIMIT :most"
_PENDING = f"SELECT identifier {_LISTED} WHERE NOT done AND (outcome IS NULL OR {_IS_AGAIN})"
_COUNT = "SELECT count(*), count(*) FILTER (WHERE identifier GLOB '10.*') FROM"
_NEW_UNFETCHABLE = f"""SELECT place, identifier, reason, at, outcome {_LISTED}
    WHERE place > :place AND NOT done AND outcome IN ('no_address', 'invalid') AND position > :existing
    ORDER BY place LIMIT :most"""


class ListedIdentifier(NamedTuple):
    """One entry of a list."""

    text: str
    """The normalised identifier; or the text unchanged, if it is not an identifier."""
    reason: str | None = None
    """Why it cannot be fetched; None if it can."""
    file: str | None = None
    """The name of the list's file; None if it is not from a file."""
    row: int | None = None
    """The number of its row or line in the file, from 1."""
    outcome: Literal["invalid", "no_address"] = "invalid"
    """Its outcome, if it cannot be fetched."""
    pmid: str | None = None
    """The PubMed id in the same row, as digits."""


@dataclass(frozen=True, slots=True)
class Added:
    """Counts of an added list. The five counts add up to its length."""

    new: int
    """Identifiers that were not in the run."""
    existing: int
    """Identifiers that were in the run already."""
    invalid: int
    """Texts that are not identifiers, new or not."""
    repeated: int
    """Entries that are repeated in this list, or are in an earlier list of this invocation."""
    examples: tuple[str, ...]
    """Some of the repeated entries."""
    no_address: int = 0
    """Identifiers for which the site has no address, new or not."""
    repeated_in: Mapping[str | None, int] = field(default_factory=dict)
    """The number of repeated entries in each file; None for entries that are not from a file."""


class Pending(NamedTuple):
    """The number of pending identifiers."""

    identifiers: int
    dois: int
    """The number of DOIs among them. A DOI takes two requests, because the site redirects it."""


class _Row(NamedTuple):
    """A `ListedIdentifier` with the number of its file."""

    text: str
    reason: str | None
    file: int | None
    row: int | None
    outcome: str
    pmid: str | None


class _FileNumbers:
    """The numbers of files in the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, int] = {}

    def number(self, file: str | None) -> int | None:
        """Return the number of a file; None without a file."""
        if file is None or file in self._known:
            return None if file is None else self._known[file]
        name = storable(file)
        self._database.rows("INSERT OR IGNORE INTO list_files (name) VALUES (?)", [name])
        (self._known[file],) = self._database.one("SELECT number FROM list_files WHERE name = ?", [name])
        return self._known[file]


class Listing:
    """The identifiers of this invocation."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._place = 0  # of the last entry
        self._existing = self._count_existing()
        for table in _TABLES:
            database.rows(table)

    def add(self, listed: Iterable[ListedIdentifier]) -> Added:
        """Add a list of any length. If it raises, nothing is added.

        Identifiers that are in the run already keep their outcome. New ones that cannot be fetched get their outcome.
        The run remembers the rows of files that listed them.
        """
        before, top = self._place, self._count_existing()
        distinct = 0
        examples: dict[str, None] = {}
        repeated_in: Counter[str | None] = Counter()
        entries = iter(listed)
        files = _FileNumbers(self._database)
        with self._database.transaction():
            while batch := [
                _Row(
                    storable(entry.text),
                    entry.reason,
                    files.number(entry.file),
                    entry.row,
                    entry.outcome,
                    entry.pmid,
                )
                for entry in islice(entries, _BATCH)
            ]:
                fresh = self._add_in_order(batch) or self._add_any(batch)
                if fresh < len(batch):
                    repeated_in.update(self._count_repeated(self._place))
                    if len(examples) < _MAX_EXAMPLES:
                        examples |= dict.fromkeys(self._find_repeated(self._place))
                distinct += fresh
                self._place += len(batch)
        new, existing, no_address, invalid = self._database.one(
            """SELECT count(*) FILTER (WHERE ifnull(outcome, '') NOT IN ('no_address', 'invalid') AND position > :top),
                count(*) FILTER (WHERE ifnull(outcome, '') NOT IN ('no_address', 'invalid') AND position <= :top),
                count(*) FILTER (WHERE outcome IS 'no_address'),
                count(*) FILTER (WHERE outcome IS 'invalid')
            FROM temp.listed CROSS JOIN identifiers USING (position) WHERE place > :before""",
            {"top": top, "before": before},
        )
        repeated = self._place - before - distinct
        return Added(new, existing, invalid, repeated, tuple(islice(examples, _MAX_EXAMPLES)), no_address, repeated_in)

    def add_all(self) -> None:
        """Add every identifier of the run."""
        with self._database.transaction():
            self._database.rows(
                "INSERT OR IGNORE INTO listed (place, position) SELECT ? + position, position FROM identifiers",
                [self._place],
            )
            self._place += self._count_existing()

    def pending(
        self, *, again: Collection[Status] = AGAIN, before: str | None = None, limit: int | None = None
    ) -> Iterator[str]:
        """Yield the identifiers that must be fetched: new ones in the order of the list, then the oldest outcomes.

        So identifiers that the site refuses in every run do not keep a run from the others.
        Every identifier is yielded at most once, and not after its outcome was committed since the run was opened.

        Args:
            again: fetch identifiers with these outcomes again. `invalid` is ignored.
            before: also fetch identifiers again whose outcome is older: UTC, in the format of `results.timestamp`.
            limit: yield at most so many identifiers.
        """
        rows = chain(self._read_batches(_NEXT_NEW, {}), self._read_again({"again": as_json(again), "before": before}))
        return (identifier for (_, identifier) in islice(rows, int_limit(limit)))

    def count(
        self, *, again: Collection[Status] = AGAIN, before: str | None = None, limit: int | None = None
    ) -> Pending:
        """Count the identifiers that `pending` would yield."""
        first = "" if limit is None else "ORDER BY at, place LIMIT :most"
        values = {"again": as_json(again), "before": before, "most": int_limit(limit)}
        return Pending(*self._database.one(f"{_COUNT} ({_PENDING} {first})", values))

    def unfetchable(self) -> Iterator[Outcome]:
        """Yield the outcomes of entries that cannot be fetched and that this invocation added to the run."""
        for _, text, reason, at, outcome in self._read_batches(_NEW_UNFETCHABLE, {"existing": self._existing}):
            yield Outcome(identifier=text, status=outcome, reason=reason, at=at)

    def pmid_of(self, identifier: str) -> str | None:
        """Return the PubMed id that a list has in the row of an identifier; None if it has none."""
        row = self._database.one(
            "SELECT pmid FROM list_pmids JOIN identifiers USING (position) WHERE identifier = ?", [identifier]
        )
        return row[0] if row else None

    def mark_done(self, position: int) -> None:
        """Mark an identifier as fetched."""
        self._database.rows("UPDATE temp.listed SET done = 1 WHERE position = ?", [position])

    def _read_again(self, values: dict[str, str | int | None]) -> Iterator[tuple[Any, ...]]:
        """Yield the identifiers that have an outcome and must be fetched again, the oldest outcome first."""
        with self._database.transaction():
            self._database.rows("DELETE FROM again")
            self._database.rows(_ADD_AGAIN, values)
        yield from self._read_batches(_NEXT_AGAIN, {})

    def _read_batches(self, sql: str, values: dict[str, str | int | None]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a statement in batches. The ledger can change meanwhile. The first column is the place."""
        place = 0
        while rows := self._database.rows(sql, values | {"place": place, "most": _BATCH}):
            yield from rows
            place = rows[-1][0]

    def _count_existing(self) -> int:
        """Count the identifiers of the run. Their positions are 1 to this number."""
        return int(self._database.one("SELECT ifnull(max(position), 0) FROM identifiers")[0])

    def _add_in_order(self, batch: list[_Row]) -> int:
        """Add a batch that follows in the run in the same order. Otherwise, add nothing and return 0.

        If a list is given again, this comparison is several times as fast as looking up every identifier.
        """
        (last,) = self._database.one("SELECT ifnull(max(position), 0) FROM listed")
        existing = self._database.rows(
            """SELECT identifier, ifnull(outcome, '') IN ('no_address', 'invalid')
            FROM identifiers WHERE position > ? ORDER BY position LIMIT ?""",
            [last, len(batch)],
        )
        if existing != [(row.text, row.reason is not None) for row in batch]:
            return 0
        self._database.change_each(
            "INSERT OR IGNORE INTO list_rows VALUES (?, ?, ?)",
            ((position, row.file, row.row) for position, row in enumerate(batch, last + 1) if row.file is not None),
        )
        self._database.change_each(
            "INSERT OR IGNORE INTO list_pmids VALUES (?, ?)",
            ((position, row.pmid) for position, row in enumerate(batch, last + 1) if row.pmid is not None),
        )
        return self._database.change(
            """INSERT INTO listed (place, position)
            SELECT ? + position, position FROM identifiers WHERE position > ? ORDER BY position LIMIT ?""",
            [self._place - last, last, len(batch)],
        )

    def _add_any(self, batch: list[_Row]) -> int:
        """Add a batch, and its new identifiers to the run. Return the number of entries that are not repeated."""
        change = self._database.change
        change("DELETE FROM batch")
        self._database.change_each(
            "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((place, *row) for place, row in enumerate(batch, self._place + 1)),
        )
        change(
            """INSERT INTO identifiers (identifier, outcome, reason, at)
            SELECT identifier, iif(reason IS NULL, NULL, outcome), reason, iif(reason IS NULL, NULL, ?)
            FROM batch WHERE true ORDER BY place
            ON CONFLICT (identifier) DO UPDATE
            SET outcome = excluded.outcome, reason = excluded.reason, at = excluded.at
            WHERE outcome IS NULL AND excluded.outcome IS NOT NULL""",
            [timestamp()],
        )
        change(
            """INSERT OR IGNORE INTO list_rows SELECT position, file, row
            FROM batch CROSS JOIN identifiers USING (identifier) WHERE file IS NOT NULL"""
        )
        change(
            """INSERT OR IGNORE INTO list_pmids SELECT position, pmid
            FROM batch CROSS JOIN identifiers USING (identifier) WHERE pmid IS NOT NULL"""
        )
        return change(
            """INSERT OR IGNORE INTO listed (place, position)
            SELECT place, position FROM batch CROSS JOIN identifiers USING (identifier) ORDER BY place"""
        )

    def _count_repeated(self, place: int) -> dict[str | None, int]:
        """Count the entries after a place that were listed before, by their file."""
        return dict(
            self._database.rows(
                """SELECT name, count(*) FROM batch LEFT JOIN list_files ON number = file
                WHERE place > ? AND place NOT IN (SELECT place FROM listed WHERE place > ?) GROUP BY name""",
                [place, place],
            )
        )

    def _find_repeated(self, place: int) -> list[str]:
        """Return entries after a place that were listed before."""
        rows = self._database.rows(
            """SELECT DISTINCT identifier FROM batch
            WHERE place > ? AND place NOT IN (SELECT place FROM listed WHERE place > ?) LIMIT ?""",
            [place, place, _MAX_EXAMPLES],
        )
        return [identifier for (identifier,) in rows]


def storable(text: str) -> str:
    """Escape lone surrogates, so that the text can be encoded as UTF-8."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def int_limit(limit: int | None) -> int:
    """Return a limit as a number for SQLite and islice."""
    return sys.maxsize if limit is None else min(limit, sys.maxsize)


def as_json(texts: Collection[str]) -> str:
    """Return texts as an array that SQLite can read."""
    return msgspec.json.encode(sorted(texts)).decode()
