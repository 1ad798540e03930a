"""Keep snapshots in a temporary SQLite file, match them by output, and find the latest of each period.

The file has no name and is deleted when its connection is closed. Two snapshots belong to the same output if they have
the same DOI. They also belong together if they have the same Altmetric id, unless both DOIs occur in one period: then
they are two outputs.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from altdetails._arguments import check
from altdetails.diffing.change import Numbers, extract_numbers
from altdetails.diffing.temporary import TemporaryDatabase
from altdetails.results import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from altdetails.record import Record
    from altdetails.results import Status

__all__ = ["Snapshot", "Snapshots"]

_TABLES = (
    """CREATE TABLE snapshots (
        position INTEGER PRIMARY KEY,
        period TEXT NOT NULL,
        doi TEXT,
        altmetric_id TEXT,
        requested TEXT,
        title TEXT,
        at TEXT,
        numbers BLOB NOT NULL,
        content BLOB,
        output INTEGER
    )""",
    "CREATE TABLE failures (identifier TEXT PRIMARY KEY, outcome TEXT NOT NULL) WITHOUT ROWID",
)
_INSERT = """INSERT INTO snapshots (period, doi, altmetric_id, requested, title, at, numbers, content)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_ASSIGN_OUTPUTS = (
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
_SELECT_OUTPUTS_OF_ID = """SELECT output, max(doi IS NOT NULL) AS has_doi FROM snapshots WHERE altmetric_id = ?
    GROUP BY output ORDER BY has_doi DESC, output"""
_SELECT_COMMON_PERIOD = """SELECT 1 FROM snapshots AS one CROSS JOIN snapshots AS other
    ON other.output = ? AND other.period = one.period WHERE one.output = ? LIMIT 1"""
_COUNT_IGNORED = """SELECT period, count(*) - count(DISTINCT output) FROM snapshots
    GROUP BY period HAVING count(*) > count(DISTINCT output)"""
_SELECT_IN_ORDER = """SELECT output, period, doi, altmetric_id, requested, title, at, numbers, content FROM snapshots
    ORDER BY output, period, at DESC, position DESC"""
_SELECT_OUTCOME = """SELECT outcome FROM failures WHERE identifier IN (:requested, :doi, :altmetric_id)
    ORDER BY identifier = :requested DESC, identifier = :doi DESC LIMIT 1"""


class Snapshot(NamedTuple):
    """The identifiers, time and numbers of one record."""

    output: int
    """The number of the output. Outputs are numbered in the order in which they were added."""
    period: str
    doi: str | None
    altmetric_id: str | None
    requested: str | None
    title: str | None
    at: str | None
    json: bytes
    """The numbers as JSON. Equal numbers have equal bytes."""
    content: bytes | None
    """What was added with the record."""
    superseded: tuple[tuple[str, float], ...] = ()
    """Time and score of older snapshots of the same output and period, if both are known; the latest first."""

    @property
    def numbers(self) -> Numbers:
        """The numbers of the record."""
        return _DECODER.decode(self.json)


class Snapshots(TemporaryDatabase):
    """Snapshots of any number of outputs. Add them, call `identify`, then read `outputs`. A context manager."""

    _PURPOSE = "comparison"

    def __init__(self) -> None:
        super().__init__(_TABLES)

    def add(self, record: Record, *, period: str, at: str | None, content: bytes | None = None) -> None:
        """Add a record.

        Args:
            record: a record with a DOI or an Altmetric id.
            period: the period of the record. Periods are compared in the order of their names.
            at: when the page was captured, as `compare.moment` returns it.
            content: bytes to keep with the record.
        """
        values = (
            period,
            record.doi,
            None if record.altmetric_id is None else str(record.altmetric_id),
            record.provenance.requested,
            record.title,
            at,
            _ENCODER.encode(extract_numbers(record)),
            content,
        )
        with self._errors():
            self._connection.execute(_INSERT, values)

    def add_failures(self, failures: Iterable[Outcome]) -> None:
        """Add the outcomes of identifiers without a record. The last outcome of an identifier is kept."""
        for number, failure in enumerate(failures, 1):
            check(failure, Outcome, f"an Outcome as failure {number}")
            with self._errors():
                self._connection.execute(
                    "INSERT OR REPLACE INTO failures VALUES (?, ?)", (failure.identifier, failure.status)
                )

    def identify(self) -> dict[str, int]:
        """Match the snapshots that belong to the same output.

        Returns:
            Per period, the number of snapshots that are not the latest of their output. Periods with 0 are not in it.
        """
        with self._errors():
            for statement in _ASSIGN_OUTPUTS:
                self._connection.execute(statement)
            for (altmetric_id,) in self._connection.execute("SELECT altmetric_id FROM shared ORDER BY altmetric_id"):
                self._merge(altmetric_id)
            return dict(self._connection.execute(_COUNT_IGNORED).fetchall())

    def outputs(self) -> Iterator[Iterator[Snapshot]]:
        """Yield the snapshots of each output: the latest of each period, in the order of periods.

        Snapshots without a time are older than all others. Of two snapshots with the same time, the later line is used.
        """
        rows = (Snapshot(*row) for row in self._rows())
        for _, of_output in groupby(rows, key=itemgetter(0)):
            yield (_latest(of_period) for _, of_period in groupby(of_output, key=itemgetter(1)))

    def outcome(self, snapshot: Snapshot) -> Status | None:
        """Return the outcome of an output if it is among the failures, else None."""
        with self._errors():
            row = self._connection.execute(_SELECT_OUTCOME, snapshot._asdict()).fetchone()
        return row[0] if row else None

    def _merge(self, altmetric_id: str) -> None:
        """Merge the outputs with the same Altmetric id, unless two DOIs occur in one period."""
        (first, _), *others = self._connection.execute(_SELECT_OUTPUTS_OF_ID, (altmetric_id,)).fetchall()
        for other, has_doi in others:
            if not has_doi or not self._connection.execute(_SELECT_COMMON_PERIOD, (first, other)).fetchone():
                self._connection.execute("UPDATE snapshots SET output = ? WHERE output = ?", (first, other))

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        with self._errors():
            yield from self._connection.execute(_SELECT_IN_ORDER)


def _latest(of_period: Iterator[Snapshot]) -> Snapshot:
    latest = next(of_period)
    older = [(one.at, one.numbers.values.get("score")) for one in of_period]
    if not older:
        return latest
    return latest._replace(superseded=tuple((at, score) for at, score in older if at and score is not None))


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Numbers)
