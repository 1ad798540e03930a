"""The newest snapshot of each output, in a temporary SQLite file, found by any identifier of the output.

The file has no name and is deleted when its connection is closed. As in `current_records`, snapshots belong to one
output if they have the same DOI; without a DOI, the same Altmetric id, PubMed id or content. As in `diff`, a snapshot
without a time is older than all others, and of two with the same time the later line is newer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from altdetails import identifiers
from altdetails.diffing.compare import moment
from altdetails.diffing.temporary import TemporaryDatabase
from altdetails.errors import IdentifierError
from altdetails.exporting.columns import Sources, paper_columns
from altdetails.exporting.outcome_rows import OutcomeRow
from altdetails.identifiers import Identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from altdetails.exporting.columns import Cell
    from altdetails.mention import Mention
    from altdetails.record import Record

__all__ = ["Newest", "Paper", "key_of"]

_TABLES = (
    "CREATE TABLE snapshots (position INTEGER PRIMARY KEY, output TEXT NOT NULL, at TEXT, cells BLOB NOT NULL)",
    "CREATE TABLE keys (key TEXT NOT NULL, position INTEGER NOT NULL)",
    """CREATE TABLE outcomes (key TEXT PRIMARY KEY, identifier TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT,
        attempts INTEGER NOT NULL, at TEXT, places TEXT)""",
)
_ORDER = "ORDER BY at DESC, position DESC LIMIT 1"
_FIND = f"""SELECT position, at, cells FROM snapshots WHERE output = (
    SELECT output FROM keys CROSS JOIN snapshots USING (position) WHERE key = ? {_ORDER}) {_ORDER}"""  # noqa: S608 -- constants
_IN_ORDER = """SELECT position, at, cells FROM (
    SELECT *, row_number() OVER newest AS age, min(position) OVER (PARTITION BY output) AS place FROM snapshots
    WINDOW newest AS (PARTITION BY output ORDER BY at DESC, position DESC)
    ) WHERE age = 1 ORDER BY place"""
_ADD_OUTCOME = """INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
    SET outcome = excluded.outcome, reason = excluded.reason, attempts = excluded.attempts, at = excluded.at,
        places = coalesce(excluded.places, places)
    WHERE excluded.at IS NOT NULL AND (at IS NULL OR excluded.at >= at)"""

_OUTCOMES = "SELECT identifier, outcome, reason, attempts, at, places FROM outcomes ORDER BY rowid"


class Paper(NamedTuple):
    """The newest snapshot of an output."""

    position: int
    """The number of the snapshot, from 1 in the order in which they were added."""
    cells: dict[str, Cell]
    """The cells by the names of `paper_columns` and of unknown sources, and `captured_at`."""


class Newest(TemporaryDatabase):
    """Snapshots and outcomes. Add them all, then read them. A context manager."""

    _PURPOSE = "export"

    def __init__(self, as_of: str | None = None) -> None:
        """Create the temporary file.

        Args:
            as_of: ignore snapshots and outcomes after this moment, and those without a time: UTC, RFC 3339, as
                `diffing.compare.moment` returns it.
        """
        self.sources = Sources()
        """The unknown sources of the snapshots."""
        self.added = 0
        """The number of snapshots."""
        self.left_out = 0
        """The number of snapshots that `as_of` excludes."""
        self._as_of = as_of
        self._columns = paper_columns()
        self._is_indexed = False
        self._last_title: tuple[object, str | None] = None, None
        super().__init__(_TABLES)

    def add(self, record: Record) -> None:
        """Add a snapshot."""
        at = moment(record.provenance.at)
        if self._as_of and (at is None or at > self._as_of):
            self.left_out += 1
            return
        self.added += 1
        cells = [cell(record) for _, cell in self._columns] + self.sources.cells(record)
        keys = list(_keys(record)) or [f"sha256:{record.provenance.sha256}"]
        with self._errors():
            self._connection.execute(
                "INSERT INTO snapshots VALUES (?, ?, ?, ?)", (self.added, keys[0], at, _ENCODER.encode(cells))
            )
            self._connection.executemany(
                "INSERT INTO keys VALUES (?, ?)", ((key, self.added) for key in dict.fromkeys(keys))
            )

    def add_outcomes(self, listed: Iterable[tuple[OutcomeRow, str | None]]) -> None:
        """Add outcomes of identifiers, each with its rows in lists. The newest of each is kept."""
        with self._errors():
            self._connection.executemany(
                _ADD_OUTCOME,
                (
                    (key_of(row.identifier) or row.identifier, *row, places)
                    for row, places in listed
                    if not (self._as_of and row.at and row.at > self._as_of)
                ),
            )

    def find(self, key: str) -> Paper | None:
        """Return the newest snapshot of the output with a key, or None."""
        self._index()
        with self._errors():
            row = self._connection.execute(_FIND, (key,)).fetchone()
        return self._paper(*row) if row else None

    def title_of(self, mention: Mention) -> str | None:
        """Return the title of the output of a mention; None if no snapshot has it."""
        keys = (f"doi:{mention.doi}" if mention.doi else None, f"altmetric_id:{mention.altmetric_id}")
        if keys != self._last_title[0]:
            papers = (self.find(key) for key in keys if key)
            title = next((paper.cells["title"] for paper in papers if paper), None)
            self._last_title = keys, None if title is None else str(title)
        return self._last_title[1]

    def outcome(self, key: str) -> tuple[str, str | None] | None:
        """Return the newest outcome of an identifier with its reason, or None if no run has the identifier."""
        with self._errors():
            row: tuple[str, str | None] | None = self._connection.execute(
                "SELECT outcome, reason FROM outcomes WHERE key = ?", (key,)
            ).fetchone()
        return row

    def outcomes(self) -> Iterator[tuple[OutcomeRow, str | None]]:
        """Yield the newest outcome of each identifier with its rows in lists, in the order in which they were added."""
        with self._errors():
            for *row, places in self._connection.execute(_OUTCOMES):
                yield OutcomeRow(*row), places

    def papers(self) -> Iterator[Paper]:
        """Yield the newest snapshot of each output, in the order in which the outputs were first added."""
        with self._errors():
            for row in self._connection.execute(_IN_ORDER):
                yield self._paper(*row)

    def _index(self) -> None:
        if not self._is_indexed:
            with self._errors():
                self._connection.execute("CREATE INDEX by_key ON keys (key, position)")
                self._connection.execute("CREATE INDEX by_output ON snapshots (output, at DESC, position DESC)")
            self._is_indexed = True

    def _paper(self, position: int, at: str | None, content: bytes) -> Paper:
        names = [*(name for name, _ in self._columns), *self.sources.names]
        cells = dict(zip(names, _DECODER.decode(content), strict=False))
        return Paper(position, cells | {"captured_at": at})


def key_of(identifier: str) -> str | None:
    """Return the key of an identifier in any form, or None if the text is not an identifier."""
    try:
        identified = identifiers.identify(identifier)
    except IdentifierError:
        return None
    return _key(identified)


def _keys(record: Record) -> Iterator[str]:
    """Yield the keys of a record. The first is that of its output."""
    if record.doi is not None:
        yield _key(Identifier("doi", record.doi))
    if record.altmetric_id is not None:
        yield _key(Identifier("altmetric_id", str(record.altmetric_id)))
    if record.pmid is not None:
        yield _key(Identifier("pmid", record.pmid))
    if record.provenance.requested is not None and (key := key_of(record.provenance.requested)):
        yield key


def _key(identifier: Identifier) -> str:
    return f"{identifier.scheme}:{identifier.value}"


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(list[str | int | float | bool | None])
