"""What a history knows: the outputs, the questions to the index, the captures, and which of them are chosen."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import msgspec

from altdetails import identifiers
from altdetails.diffing.compare import By, period
from altdetails.errors import IdentifierError
from altdetails.history.dialects import Question, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from altdetails.results import Status
    from altdetails.scraping.store.database import Database

__all__ = ["TABLES", "Candidate", "CaptureChoice", "Catalogue", "Every", "Missing", "Slice", "Wanted", "is_doi"]

Every: TypeAlias = By | Literal["all"]

MAX_EXACT = 200
"""Up to this number of outputs, each has a question to the index; for more, each host has one for all of its pages."""
_WWW = "www.altmetric.com"
_BATCH = 500
TABLES = (
    """CREATE TABLE IF NOT EXISTS history_settings (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        choice TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS history_wanted (
        identifier TEXT NOT NULL,
        output TEXT NOT NULL,
        PRIMARY KEY (identifier, output)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS history_slices (
        number INTEGER PRIMARY KEY,
        identifier TEXT,
        url TEXT NOT NULL,
        is_prefix INTEGER NOT NULL,
        since TEXT NOT NULL,
        until TEXT NOT NULL,
        cursor TEXT,
        done INTEGER NOT NULL DEFAULT 0,
        refusal TEXT,
        UNIQUE (url, is_prefix, since, until)
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS history_captures (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        output TEXT NOT NULL,
        url TEXT NOT NULL,
        timestamp TEXT NOT NULL,
        status TEXT,
        mime TEXT,
        digest TEXT,
        file TEXT,
        offset INTEGER,
        length INTEGER,
        UNIQUE (url, timestamp)
    ) STRICT""",
    "CREATE INDEX IF NOT EXISTS history_by_output ON history_captures (output, timestamp)",
)
"""The statements that create the tables. A run with them is a history."""
_COLUMNS = "url, timestamp, status, mime, digest, file, offset, length"
_ELIGIBLE = """(status IS '200' OR (output NOT GLOB '10.*' AND ifnull(status, '-') IN ('-', '')))
    AND timestamp BETWEEN :since AND :until"""
_WANTED = "output IN (SELECT output FROM history_wanted)"
_BEGINNING, _END = "0" * 14, "9" * 14


class CaptureChoice(msgspec.Struct, frozen=True):
    """Which captures are fetched. A run remembers it."""

    every: Every = "month"
    """The last good capture of each output and period; `all` for every capture."""
    since: str | None = None
    """The first moment, 14 digits."""
    until: str | None = None
    hosts: tuple[str, ...] = ()
    """Hosts other than www.altmetric.com."""
    everything: bool = False
    """Whether captures of outputs that are not on the list are chosen too."""


class Wanted(NamedTuple):
    """An output of the list."""

    identifier: str
    """As a run writes it: a DOI, an Altmetric id or the address of a chapter."""
    altmetric_id: str | None
    """None if only its DOI is known."""


class Slice(NamedTuple):
    """A question to the index, and how far it is answered."""

    number: int
    question: Question
    cursor: str | None


class Missing(NamedTuple):
    """An output of the list without a capture to fetch."""

    identifier: str
    refusal: str | None
    """Why the archive does not answer the question about it; None if it answered."""
    statuses: str | None
    """The statuses of its captures, which are not of a page; None if it has no captures."""
    is_unresolved: bool
    """Whether it is a DOI whose Altmetric id is unknown."""

    def reason(self, archive: str) -> str:
        """Return why it has no capture to fetch.

        Args:
            archive: the address of the archive.
        """
        if self.is_unresolved:
            return (
                f"its Altmetric id is not known, and {archive} has no capture of the address with its DOI; "
                "give records with the id by --ids"
            )
        if self.statuses is not None:
            statuses = self.statuses.replace(",", ", ")
            return f"{archive} has captures of its address, but none of a page: HTTP {statuses}"
        return f"{archive} has no capture of its page"


class Candidate(NamedTuple):
    """A capture that can be fetched."""

    key: str
    """Its identifier in the run."""
    output: str
    row: Row
    outcome: Status | None


class Catalogue:
    """The tables of a history in the ledger of its run."""

    def __init__(self, database: Database, changes: Mapping[str, object]) -> None:
        """Create the tables if they are missing.

        Args:
            database: the ledger.
            changes: fields of the choice that change from now on.
        """
        self._database = database
        with database.transaction():
            for table in TABLES:
                database.rows(table)
            (text,) = database.one("SELECT choice FROM history_settings") or ("{}",)
            remembered = msgspec.json.decode(text, type=CaptureChoice)
            self.choice = msgspec.structs.replace(remembered, **changes)
        if self.choice != msgspec.structs.replace(remembered, every=self.choice.every):
            self.forget_missing()  # other times and hosts may have captures of them
        with database.transaction():
            database.rows("REPLACE INTO history_settings VALUES (1, ?)", [msgspec.json.encode(self.choice).decode()])

    def want(self, outputs: Iterable[Wanted]) -> None:
        """Add outputs of the list, and what is known of them. A large list can be given in parts."""
        with self._database.transaction():
            for wanted in outputs:
                of_output = [wanted.identifier] if is_doi(wanted.identifier) else []
                of_output += [wanted.altmetric_id] if wanted.altmetric_id else []
                self._database.change_each(
                    "INSERT OR IGNORE INTO history_wanted VALUES (?, ?)",
                    ((wanted.identifier, output) for output in of_output),
                )

    def plan_questions(self) -> None:
        """Add the questions about all outputs, unless they were added before."""
        (count,) = self._database.one("SELECT count(DISTINCT identifier) FROM history_wanted")
        hosts = (_WWW, *self.choice.hosts)
        with self._database.transaction():
            if self.choice.everything or count > MAX_EXACT:
                self._add_slices((None, f"{host}/details/", True) for host in hosts)
                if any(True for _ in self.unresolved()):
                    self._add_slices([(None, f"{_WWW}/details.php", True)])
                return
            for identifier, number in self._database.rows(
                "SELECT identifier, max(iif(output GLOB '10.*', NULL, output)) FROM history_wanted GROUP BY identifier"
            ):
                self._add_slices((identifier, url, False) for url in _addresses(identifier, number, hosts))

    def unresolved(self) -> Iterator[str]:
        """Yield the DOIs whose Altmetric id is unknown, if the run has no outcome of them."""
        for (identifier,) in self._database.rows(
            """SELECT identifier FROM history_wanted WHERE identifier GLOB '10.*'
            AND identifier NOT IN (SELECT identifier FROM identifiers WHERE outcome IS NOT NULL)
            GROUP BY identifier HAVING count(*) = 1"""
        ):
            yield identifier

    def dois_without_id(self) -> set[str]:
        """Return the DOIs whose Altmetric id is unknown."""
        rows = self._database.rows(
            "SELECT identifier FROM history_wanted WHERE identifier GLOB '10.*' GROUP BY identifier HAVING count(*) = 1"
        )
        return {identifier for (identifier,) in rows}

    def redirects(self, doi: str, most: int) -> list[Row]:
        """Return captures of the addresses with a DOI: they lead to the address with the id. The newest is first."""
        rows = self._database.rows(
            f"""SELECT {_COLUMNS} FROM history_captures WHERE output = ? AND ifnull(status, '-') != '200'
            ORDER BY status GLOB '3*' DESC, timestamp DESC LIMIT ?""",  # noqa: S608 -- a constant
            [doi, most],
        )
        return [Row(*row) for row in rows]

    def count_slices(self) -> int:
        """Return the number of questions that are not answered yet."""
        return int(self._database.one("SELECT count(*) FROM history_slices WHERE NOT done")[0])

    def next_slice(self) -> Slice | None:
        """Return the next question that is not answered yet."""
        row = self._database.one(
            "SELECT number, url, is_prefix, since, until, cursor FROM history_slices WHERE NOT done ORDER BY number"
        )
        if row is None:
            return None
        number, url, is_prefix, since, until, cursor = row
        return Slice(number, Question(url, bool(is_prefix), since or None, until or None), cursor)

    def keep(self, part: Slice, rows: Iterable[Row], cursor: str | None, key: Callable[[Row], str]) -> None:
        """Store a part of an answer, and the cursor of the next part; None if there is none."""
        with self._database.transaction():
            self._add_captures(rows, key)
            self._database.rows(
                "UPDATE history_slices SET cursor = ?, done = ? WHERE number = ?", [cursor, cursor is None, part.number]
            )

    def take_table(self, rows: Iterable[Row], key: Callable[[Row], str]) -> None:
        """Add all captures of a table, or none of them if it cannot be read."""
        with self._database.transaction():
            self._add_captures(rows, key)

    def count_new(self, rows: Iterable[Row]) -> int:
        """Return the number of captures of details pages that are not known yet."""
        return sum(
            _output_of(row.url) is not None
            and not self._database.rows(
                "SELECT 1 FROM history_captures WHERE url = ? AND timestamp = ?", [row.url, row.timestamp]
            )
            for row in rows
        )

    def refuse(self, part: Slice, reason: str) -> None:
        """Note that the archive does not answer a question."""
        self._database.rows("UPDATE history_slices SET done = 1, refusal = ? WHERE number = ?", [reason, part.number])

    def divide(self, part: Slice, middle: tuple[str, str]) -> None:
        """Replace a question by two: until the first moment, and from the second on."""
        with self._database.transaction():
            self._database.rows(
                """INSERT OR IGNORE INTO history_slices (identifier, url, is_prefix, since, until)
                SELECT identifier, url, is_prefix, ?, until FROM history_slices WHERE number = ?""",
                [middle[1], part.number],
            )
            self._database.rows(
                "UPDATE history_slices SET until = ?, cursor = NULL WHERE number = ?", [middle[0], part.number]
            )

    def count_captures(self) -> tuple[int, int]:
        """Return the number of captures, and of their outputs."""
        captures, outputs = self._database.one("SELECT count(*), count(DISTINCT output) FROM history_captures")
        return captures, outputs

    def captures(self) -> Iterator[tuple[Row, ...]]:
        """Yield all captures, in batches."""
        last = 0
        sql = f"SELECT number, {_COLUMNS} FROM history_captures WHERE number > ? ORDER BY number LIMIT ?"  # noqa: S608
        while batch := self._database.rows(sql, [last, 20 * _BATCH]):
            last = batch[-1][0]
            yield tuple(Row(*row) for _, *row in batch)

    def groups(self) -> Iterator[list[Candidate]]:
        """Yield the captures of each output and period, the newest first; the periods in the order of time."""
        last = ""
        which = "1" if self.choice.everything else _WANTED
        while outputs := self._database.rows(
            f"""SELECT DISTINCT output FROM history_captures WHERE output > ? AND {which}
            ORDER BY output LIMIT ?""",  # noqa: S608 -- constants
            [last, _BATCH],
        ):
            first, last = outputs[0][0], outputs[-1][0]
            rows = self._database.rows(
                f"""SELECT key, output, {_COLUMNS}, outcome FROM history_captures
                LEFT JOIN identifiers ON identifier = key
                WHERE output BETWEEN :first AND :last AND {which} AND {_ELIGIBLE}
                ORDER BY output, timestamp DESC, number""",  # noqa: S608 -- constants
                {"first": first, "last": last} | self._times(),
            )
            candidates = [Candidate(key, output, Row(*row[:-1]), row[-1]) for key, output, *row in rows]
            for _, of_output in groupby(candidates, key=lambda candidate: candidate.output):
                yield from reversed([[*group] for _, group in groupby(of_output, key=self._period)])

    def same_content(self, candidate: Candidate) -> Row | None:
        """Return a capture of the same output with the same digest and a record."""
        if candidate.row.digest is None:
            return None
        row = self._database.one(
            f"""SELECT {_COLUMNS} FROM history_captures JOIN identifiers ON identifier = key
            WHERE output = ? AND digest = ? AND outcome = 'ok' LIMIT 1""",  # noqa: S608 -- constants
            [candidate.output, candidate.row.digest],
        )
        return Row(*row) if row else None

    def without_capture(self) -> list[Missing]:
        """Return the outputs of the list without a capture to fetch and without an outcome."""
        rows = self._database.rows(
            f"""SELECT identifier,
                (SELECT refusal FROM history_slices WHERE identifier = wanted.identifier AND refusal IS NOT NULL),
                (SELECT group_concat(DISTINCT status) FROM history_wanted AS one JOIN history_captures USING (output)
                    WHERE one.identifier = wanted.identifier AND output NOT GLOB '10.*'
                    AND timestamp BETWEEN :since AND :until),
                (SELECT count(*) = 1 FROM history_wanted AS one WHERE one.identifier = wanted.identifier)
            FROM (SELECT DISTINCT identifier FROM history_wanted) AS wanted
            WHERE identifier NOT IN (SELECT identifier FROM identifiers WHERE outcome IS NOT NULL)
            AND NOT EXISTS (
                SELECT 1 FROM history_wanted AS one JOIN history_captures USING (output)
                WHERE one.identifier = wanted.identifier AND {_ELIGIBLE}
            )""",  # noqa: S608 -- constants
            self._times(),
        )
        return [
            Missing(identifier, refusal, statuses, is_doi(identifier) and bool(is_alone))
            for identifier, refusal, statuses, is_alone in rows
        ]

    def forget_missing(self) -> None:
        """Delete the outcomes of outputs without a capture, so that they are looked for again."""
        missing = """SELECT position FROM identifiers WHERE outcome IN ('no_capture', 'blocked')
            AND identifier IN (SELECT identifier FROM history_wanted)"""
        with self._database.transaction():
            self._database.rows(f"UPDATE archived SET position = 0 WHERE position IN ({missing})")  # noqa: S608
            self._database.rows(f"DELETE FROM identifiers WHERE position IN ({missing})")  # noqa: S608
            self._database.rows("UPDATE history_slices SET done = 0, refusal = NULL WHERE refusal IS NOT NULL")

    def forget_choices(self) -> None:
        """Delete the captures without an outcome from the identifiers of the run: others may be chosen now."""
        self._database.rows(
            "DELETE FROM identifiers WHERE outcome IS NULL AND identifier IN (SELECT key FROM history_captures)"
        )

    def _add_captures(self, rows: Iterable[Row], key: Callable[[Row], str]) -> None:
        """Add the captures of details pages among rows of an index."""
        outputs = ((_output_of(row.url), row) for row in rows)
        self._database.change_each(
            f"""INSERT OR IGNORE INTO history_captures (key, output, {_COLUMNS})
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",  # noqa: S608 -- a constant
            ((key(row), output, *row) for output, row in outputs if output is not None),
        )

    def _times(self) -> dict[str, str | int | None]:
        return {"since": self.choice.since or _BEGINNING, "until": self.choice.until or _END}

    def _period(self, candidate: Candidate) -> str:
        return candidate.key if self.choice.every == "all" else period(candidate.row.at, self.choice.every)

    def _add_slices(self, slices: Iterable[tuple[str | None, str, bool]]) -> None:
        times = self.choice.since or "", self.choice.until or ""
        self._database.change_each(
            """INSERT OR IGNORE INTO history_slices (identifier, url, is_prefix, since, until)
            VALUES (?, ?, ?, ?, ?)""",
            ((identifier, url, is_prefix, *times) for identifier, url, is_prefix in slices),
        )


def is_doi(identifier: str) -> bool:
    """Whether an identifier of a run is a DOI."""
    return identifier.startswith("10.")


def _addresses(identifier: str, altmetric_id: str | None, hosts: Iterable[str]) -> list[str]:
    """Return the addresses of an output, without a scheme: both schemes have one key in an index."""
    if altmetric_id is None:
        doi_path = identifiers.details_url(identifiers.Identifier("doi", identifier), base_url="")
        return [f"{_WWW}{doi_path}", f"{_WWW}/details.php?doi={doi_path.removeprefix('/details/doi/')}"]
    if is_doi(identifier) or identifier.isdigit():
        return [f"{host}/details/{altmetric_id}" for host in hosts]
    return [f"{host}{identifiers.address(identifier).path}" for host in hosts]


def _output_of(url: str) -> str | None:
    """Return the Altmetric id in the address of a details page, else its DOI; None for a tab or another address."""
    try:
        address = identifiers.address(url)
    except IdentifierError:
        return None
    if address.tab or address.page or address.fragment:
        return None
    return address.doi or str(address.altmetric_id)
