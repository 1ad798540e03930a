"""What one invocation is about: its list of identifiers, met with those that the run knows, and what is left to ask.

The list lives in temporary tables of the ledger's connection, so that its length costs no memory and nothing of it
outlives the process.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from altdetails.results import Outcome, timestamp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from altdetails.results import Status
    from altdetails.scraping.store.database import Database

__all__ = ["AGAIN", "Added", "ListedIdentifier", "Listing", "Pending", "storable"]

AGAIN: frozenset[Status] = frozenset({"blocked", "rate_limited", "robots_denied"})
"""Outcomes that are asked for again by the next invocation: the site said "not now"."""

_BATCH = 1000
_MOST_EXAMPLES = 5

_TABLES = (
    """CREATE TEMP TABLE batch (
        place INTEGER PRIMARY KEY,
        identifier TEXT NOT NULL,
        reason TEXT
    ) STRICT""",
    """CREATE TEMP TABLE listed (
        place INTEGER PRIMARY KEY,
        position INTEGER NOT NULL UNIQUE,
        done INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
)
_PENDING = """FROM temp.listed CROSS JOIN identifiers USING (position)
    WHERE place > :place AND NOT done AND (
        outcome IS NULL
        OR outcome != 'invalid' AND (outcome IN (SELECT value FROM json_each(:again)) OR at < :before)
    )"""
_NEXT = f"SELECT place, identifier {_PENDING} ORDER BY place LIMIT :most"
_COUNT = f"""SELECT count(*), count(*) FILTER (WHERE identifier GLOB '10.*')
    FROM (SELECT identifier {_PENDING} ORDER BY place LIMIT :most)"""  # noqa: S608 -- of constants
_INVALID = """SELECT place, identifier, reason, at FROM temp.listed CROSS JOIN identifiers USING (position)
    WHERE place > :place AND NOT done AND outcome = 'invalid' AND position > :known ORDER BY place LIMIT :most"""


class ListedIdentifier(NamedTuple):
    """One entry of a list."""

    text: str
    """The identifier, normalised; or the text as given, where it is none."""
    reason: str | None = None
    """Why the text is no identifier; None where it is one."""


@dataclass(frozen=True, slots=True)
class Added:
    """What a list brought. The four counts together are its length."""

    new: int
    """Identifiers that the run did not know."""
    known: int
    """Identifiers that it knew."""
    invalid: int
    """Texts that are no identifiers, known or not."""
    repeated: int
    """Entries that the same list, or one before it in this invocation, has named already."""
    examples: tuple[str, ...]
    """Some of the repeated ones."""


class Pending(NamedTuple):
    """How much there is to ask for."""

    identifiers: int
    dois: int
    """How many of them are DOIs, which the site answers with a redirect first."""


class Listing:
    """The identifiers that this invocation is about."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._place = 0  # of the last entry
        self._known = self._count_known()
        for table in _TABLES:
            database.rows(table)

    def add(self, listed: Iterable[ListedIdentifier]) -> Added:
        """Take a list of any length: all of it or, where it raises, nothing.

        Identifiers that the run knows keep their outcome; new texts that are no identifiers are `invalid` at once.
        """
        before, top = self._place, self._count_known()
        once = 0
        examples: dict[str, None] = {}
        entries = iter(listed)
        with self._database.transaction():
            while batch := [(storable(text), reason) for text, reason in islice(entries, _BATCH)]:
                fresh = self._add_next(batch) or self._add_any(batch)
                if fresh < len(batch) and len(examples) < _MOST_EXAMPLES:
                    examples |= dict.fromkeys(self._repeated(self._place))
                once += fresh
                self._place += len(batch)
        new, known, invalid = self._database.one(
            """SELECT count(*) FILTER (WHERE outcome IS NOT 'invalid' AND position > :top),
                count(*) FILTER (WHERE outcome IS NOT 'invalid' AND position <= :top),
                count(*) FILTER (WHERE outcome IS 'invalid')
            FROM temp.listed CROSS JOIN identifiers USING (position) WHERE place > :before""",
            {"top": top, "before": before},
        )
        return Added(new, known, invalid, self._place - before - once, tuple(islice(examples, _MOST_EXAMPLES)))

    def take_all(self) -> None:
        """Take every identifier that the run knows."""
        with self._database.transaction():
            self._database.rows(
                "INSERT OR IGNORE INTO listed (place, position) SELECT ? + position, position FROM identifiers",
                [self._place],
            )
            self._place += self._count_known()

    def pending(
        self, *, again: Collection[Status] = AGAIN, before: str | None = None, limit: int | None = None
    ) -> Iterator[str]:
        """The identifiers of this invocation that are to be asked for, in the order of its list.

        Each comes once, whatever is committed meanwhile; none that was committed since the run was opened.

        Args:
            again: outcomes that do not stand: these identifiers are asked for again. `invalid` always stands.
            before: outcomes known before this time do not stand either; UTC, as `results.timestamp` writes it.
            limit: the most identifiers to give.
        """
        rows = self._paged(_NEXT, {"again": _json(again), "before": before})
        return (identifier for (_, identifier) in islice(rows, _most(limit)))

    def count(
        self, *, again: Collection[Status] = AGAIN, before: str | None = None, limit: int | None = None
    ) -> Pending:
        """How many identifiers `pending` gives."""
        values = {"again": _json(again), "before": before, "place": 0, "most": _most(limit)}
        return Pending(*self._database.one(_COUNT, values))

    def invalid(self) -> Iterator[Outcome]:
        """The texts that are no identifiers, of those that the run did not know before."""
        for _, text, reason, at in self._paged(_INVALID, {"known": self._known}):
            yield Outcome(identifier=text, status="invalid", reason=reason, at=at)

    def done(self, position: int) -> None:
        """Take note that an identifier was asked for."""
        self._database.rows("UPDATE temp.listed SET done = 1 WHERE position = ?", [position])

    def _paged(self, sql: str, values: dict[str, str | int | None]) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement, each behind its place, while the ledger changes."""
        place = 0
        while rows := self._database.rows(sql, values | {"place": place, "most": _BATCH}):
            yield from rows
            place = rows[-1][0]

    def _count_known(self) -> int:
        """How many identifiers the run knows: their positions go from 1 to this number."""
        return int(self._database.one("SELECT ifnull(max(position), 0) FROM identifiers")[0])

    def _add_next(self, batch: list[tuple[str, str | None]]) -> int:
        """Add a batch that the run knows in just this order; 0 where it does not.

        When a list is given again, to compare is several times as fast as to look up each.
        """
        (last,) = self._database.one("SELECT ifnull(max(position), 0) FROM listed")
        known = self._database.rows(
            "SELECT identifier, outcome IS 'invalid' FROM identifiers WHERE position > ? ORDER BY position LIMIT ?",
            [last, len(batch)],
        )
        if known != [(text, reason is not None) for text, reason in batch]:
            return 0
        return self._database.change(
            """INSERT INTO listed (place, position)
            SELECT ? + position, position FROM identifiers WHERE position > ? ORDER BY position LIMIT ?""",
            [self._place - last, last, len(batch)],
        )

    def _add_any(self, batch: list[tuple[str, str | None]]) -> int:
        """Add a batch, and to the run what it does not know; how many entries the invocation did not have before."""
        change = self._database.change
        change("DELETE FROM batch")
        self._database.change_each(
            "INSERT INTO batch VALUES (?, ?, ?)",
            ((place, text, reason) for place, (text, reason) in enumerate(batch, self._place + 1)),
        )
        change(
            """INSERT INTO identifiers (identifier, outcome, reason, at)
            SELECT identifier, iif(reason IS NULL, NULL, 'invalid'), reason, iif(reason IS NULL, NULL, ?)
            FROM batch WHERE true ORDER BY place
            ON CONFLICT (identifier) DO UPDATE
            SET outcome = excluded.outcome, reason = excluded.reason, at = excluded.at
            WHERE outcome IS NULL AND excluded.outcome IS NOT NULL""",
            [timestamp()],
        )
        return change(
            """INSERT OR IGNORE INTO listed (place, position)
            SELECT place, position FROM batch CROSS JOIN identifiers USING (identifier) ORDER BY place"""
        )

    def _repeated(self, place: int) -> list[str]:
        """The entries behind a place that brought nothing."""
        rows = self._database.rows(
            """SELECT DISTINCT identifier FROM batch
            WHERE place > ? AND place NOT IN (SELECT place FROM listed WHERE place > ?) LIMIT ?""",
            [place, place, _MOST_EXAMPLES],
        )
        return [identifier for (identifier,) in rows]


def storable(text: str) -> str:
    """A text that can be written as UTF-8: what stands for bytes that are no text is spelt out."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def _most(limit: int | None) -> int:
    """A limit as SQLite and islice take it."""
    return sys.maxsize if limit is None else min(limit, sys.maxsize)


def _json(again: Collection[Status]) -> str:
    return msgspec.json.encode(sorted(again)).decode()
