"""Snapshots of outputs in a temporary SQLite file: which belong to the same output, and the latest of each period.

The file has no name and goes with its connection. Two snapshots are of one output where their DOI is the same; else
where their Altmetric id is, unless both DOIs were seen in one period, since these are two outputs then.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec

from altdetails._arguments import check
from altdetails.diffing.change import Measured, measured
from altdetails.errors import SettingsError
from altdetails.results import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from altdetails.record import Record
    from altdetails.results import Status

__all__ = ["Snapshot", "Snapshots"]

_SETTINGS = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA temp_store = FILE",
    "PRAGMA cache_size = -16384",
)
_TABLES = (
    """CREATE TABLE snapshots (
        position INTEGER PRIMARY KEY,
        period TEXT NOT NULL,
        doi TEXT,
        altmetric_id TEXT,
        requested TEXT,
        title TEXT,
        at TEXT,
        measured BLOB NOT NULL,
        output INTEGER
    )""",
    "CREATE TABLE failures (identifier TEXT PRIMARY KEY, outcome TEXT NOT NULL) WITHOUT ROWID",
)
_INSERT = """INSERT INTO snapshots (period, doi, altmetric_id, requested, title, at, measured)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_FIRST_OF_EACH = (
    "CREATE INDEX by_doi ON snapshots (doi, position)",
    "CREATE INDEX by_id ON snapshots (altmetric_id, doi, position)",
    """UPDATE snapshots SET output = (SELECT min(position) FROM snapshots AS other WHERE other.doi = snapshots.doi)
    WHERE doi IS NOT NULL""",
    """UPDATE snapshots SET output = (
        SELECT min(position) FROM snapshots AS other
        WHERE other.altmetric_id = snapshots.altmetric_id AND other.doi IS NULL
    ) WHERE doi IS NULL""",
    "CREATE INDEX by_output ON snapshots (output, period, at DESC, position DESC)",
    """CREATE TEMP TABLE shared AS SELECT altmetric_id FROM snapshots WHERE altmetric_id IS NOT NULL
    GROUP BY altmetric_id HAVING min(output) < max(output)""",
)
_OF_ONE_ID = """SELECT output, max(doi IS NOT NULL) AS has_doi FROM snapshots WHERE altmetric_id = ?
    GROUP BY output ORDER BY has_doi DESC, output"""
_SEEN_TOGETHER = """SELECT 1 FROM snapshots AS one CROSS JOIN snapshots AS other
    ON other.output = ? AND other.period = one.period WHERE one.output = ? LIMIT 1"""
_PASSED_OVER = """SELECT period, count(*) - count(DISTINCT output) FROM snapshots
    GROUP BY period HAVING count(*) > count(DISTINCT output)"""
_IN_ORDER = """SELECT output, period, doi, altmetric_id, requested, title, at, measured FROM snapshots
    ORDER BY output, period, at DESC, position DESC"""
_OUTCOME = """SELECT outcome FROM failures WHERE identifier IN (:requested, :doi, :altmetric_id)
    ORDER BY identifier = :requested DESC, identifier = :doi DESC LIMIT 1"""


class Snapshot(NamedTuple):
    """What a record said of an output at some time."""

    output: int
    """The output's number, in the order in which they were first seen."""
    period: str
    doi: str | None
    altmetric_id: str | None
    requested: str | None
    title: str | None
    at: str | None
    json: bytes
    """Its numbers; the same bytes where they are the same."""

    @property
    def measured(self) -> Measured:
        """Its numbers."""
        return _DECODER.decode(self.json)


class Snapshots:
    """Any number of snapshots, first added, then identified, then read. A context manager."""

    def __init__(self) -> None:
        with _naming(), ExitStack() as resources:
            self._connection = resources.enter_context(closing(sqlite3.connect("", isolation_level=None)))
            for statement in (*_SETTINGS, *_TABLES, "BEGIN"):
                self._connection.execute(statement)
            resources.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def add(self, record: Record, *, period: str, at: str | None) -> None:
        """Keep what a record says.

        Args:
            record: it has a DOI or an Altmetric id.
            period: where it belongs to; periods are compared in the order of their names.
            at: when its page was fetched, as `periods.moment` gives it.
        """
        values = (
            period,
            record.doi,
            None if record.altmetric_id is None else str(record.altmetric_id),
            record.provenance.requested,
            record.title,
            at,
            _ENCODER.encode(measured(record)),
        )
        with _naming():
            self._connection.execute(_INSERT, values)

    def add_failures(self, failures: Iterable[Outcome]) -> None:
        """Keep what came of identifiers without a record; the last word on each counts."""
        for number, failure in enumerate(failures, 1):
            check(failure, Outcome, f"an Outcome as failure {number}")
            with _naming():
                self._connection.execute(
                    "INSERT OR REPLACE INTO failures VALUES (?, ?)", (failure.identifier, failure.status)
                )

    def identify(self) -> dict[str, int]:
        """Find out which snapshots are of the same output.

        Returns:
            How many snapshots of a period are not the latest of their output; periods without such are left out.
        """
        with _naming():
            for statement in _FIRST_OF_EACH:
                self._connection.execute(statement)
            for (altmetric_id,) in self._connection.execute("SELECT altmetric_id FROM shared ORDER BY altmetric_id"):
                self._join(altmetric_id)
            return dict(self._connection.execute(_PASSED_OVER).fetchall())

    def outputs(self) -> Iterator[Iterator[Snapshot]]:
        """For each output, the latest snapshot of each period, in the order of periods.

        Snapshots without a time are older than those with one; of two with the same, the one added later counts.
        """
        rows = map(Snapshot._make, self._rows())
        for _, of_output in groupby(rows, key=itemgetter(0)):
            yield (next(of_period) for _, of_period in groupby(of_output, key=itemgetter(1)))

    def outcome(self, snapshot: Snapshot) -> Status | None:
        """What came of asking for an output, where it is one of the failures."""
        with _naming():
            row = self._connection.execute(_OUTCOME, snapshot._asdict()).fetchone()
        return row[0] if row else None

    def _join(self, altmetric_id: str) -> None:
        """Make one output of those with the same Altmetric id."""
        (first, _), *others = self._connection.execute(_OF_ONE_ID, (altmetric_id,)).fetchall()
        for other, has_doi in others:
            if not has_doi or not self._connection.execute(_SEEN_TOGETHER, (first, other)).fetchone():
                self._connection.execute("UPDATE snapshots SET output = ? WHERE output = ?", (first, other))

    def _rows(self) -> Iterator[tuple[int, str, str | None, str | None, str | None, str | None, str | None, bytes]]:
        with _naming():
            yield from self._connection.execute(_IN_ORDER)


@contextmanager
def _naming() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise SettingsError(
            f"temporary file of the comparison: {error}; set TMPDIR to a folder with more room"
        ) from error


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Measured)
