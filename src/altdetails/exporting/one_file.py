"""One export: what is chosen, and how each part of it reaches the file."""

from __future__ import annotations

from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from altdetails.errors import InputError, SettingsError
from altdetails.exporting import people_workbook
from altdetails.exporting.joining import Joined
from altdetails.exporting.newest import Newest
from altdetails.exporting.outcome_rows import OutcomeRow, count_outcomes, listed_outcomes, outcome_rows, runs_among
from altdetails.exporting.row_files import (
    TableColumn,
    arrow_tables,
    compressed,
    dialect,
    distinct_names,
    duckdb_module,
    parquet_module,
    write_rows,
)
from altdetails.exporting.wide import repeated_notice, report_unknown_sources, wide_rows, write_wide
from altdetails.records.files import named_keys, unknown_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from altdetails.exporting.parquet import Batch
    from altdetails.exporting.write import Exported
    from altdetails.lists.entry import NumberKind
    from altdetails.records.files import DamagedLine, RecordLine, RecordSource

__all__ = ["OUTCOME_COLUMNS", "ExportChoice", "OneFile", "SourceLines", "runs_among"]

OUTCOME_COLUMNS = [TableColumn(name, "integer" if name == "attempts" else "text") for name in OutcomeRow._fields]
"""The columns of the table of outcomes."""

_PROGRESS_INTERVAL = 1_000
"""Records between two calls of `progress`."""
_TABLES = ("records", "outcomes")
_NUMBER_KINDS = (None, "altmetric", "pmid")


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What is written, apart from the records."""

    table: str
    with_rows_of: str | None
    column: str | None
    ids: NumberKind | None
    as_of: str | None
    all_columns: bool
    for_excel: bool

    def refuse_contradictions(self, target: Path, ending: str, runs: list[str]) -> None:
        """Check that the file can have what is chosen.

        Raises:
            SettingsError: if not.
        """
        for is_wrong, words in (
            (self.table not in _TABLES, f"{self.table!r} is not a table; choose {' or '.join(_TABLES)}"),
            (self.table == "outcomes" and ending in {".xlsx", ".duckdb"}, "has both tables; leave --table out"),
            (self.table == "outcomes" and self.with_rows_of, "--with has the outcome of each row; leave --table out"),
            (self.table == "outcomes" and not runs, "records have no outcomes; give a run folder"),
            (self.column and not self.with_rows_of, "--column names a column of --with FILE; give both"),
            (self.ids not in _NUMBER_KINDS, f"ids={self.ids!r} is not allowed; choose altmetric or pmid"),
            (self.ids and not self.with_rows_of, "--ids says what the numbers of --with FILE are; give both"),
            (self.as_of and not self.with_rows_of, "--as-of needs --with FILE; give both"),
            (self.all_columns and ending != ".xlsx", "only .xlsx has --all-columns; other formats have them always"),
            (self.for_excel and ending != ".csv", "--excel is for .csv; leave it out"),
        ):
            if is_wrong:
                raise SettingsError(f"{target}: {words}")


class SourceLines:
    """The lines of a source. It knows which files have a valid record."""

    def __init__(
        self,
        source: RecordSource,
        done: Exported,
        damaged: Callable[[DamagedLine], object],
        progress: Callable[[int], object],
    ) -> None:
        self.files = source.files
        self.unknown: Counter[str] = Counter()
        """The number of records with each unknown key."""
        self._source = source
        self._done = done
        self._damaged = damaged
        self._progress = progress
        self._files_with_records: set[str] = set()
        self._first_damage: dict[str, DamagedLine] = {}

    def skip(self, line: DamagedLine) -> None:
        """Count and report a damaged line."""
        self._done.damaged += 1
        self._first_damage.setdefault(line.file, line)
        self._damaged(line)

    def lines(self) -> Iterator[RecordLine]:
        """Yield the lines with records."""
        for number, line in enumerate(self._source.lines(damaged=self.skip), 1):
            self._files_with_records.add(line.file)
            yield line
            if number % _PROGRESS_INTERVAL == 0:
                self._progress(number)

    def counted_lines(self) -> Iterator[RecordLine]:
        """Yield the lines with records, and count their unknown keys."""
        for line in self.lines():
            self.unknown.update(unknown_keys(line, line.record.to_json()).keys())
            yield line

    def batches(self, lines: Iterator[RecordLine]) -> Iterator[Batch]:
        """Yield lines as Arrow tables, and count their unknown keys."""
        parquet = parquet_module()
        for batch in parquet.arrow_batches(parquet.contents(lines), damaged=self.skip):
            for values_by_key in filter(None, batch.unknown):
                self.unknown.update(values_by_key.keys())
            yield batch

    def refuse_files_without_records(self) -> None:
        """Check that each file with damaged lines has a record too.

        Raises:
            InputError: if not: the result would be an empty table.
        """
        for file, line in self._first_damage.items():
            if file not in self._files_with_records:
                raise InputError(f"{file}: no line of it is a valid record (line {line.line}: {line.reason})")


@dataclass(frozen=True, slots=True)
class OneFile:
    """The file of an export, which is not complete yet."""

    target: Path
    """A temporary path. Further temporary files are written next to it."""
    ending: str
    """The format."""
    choice: ExportChoice
    reading: SourceLines
    runs: list[str]
    """The run folders among the paths of the records."""
    done: Exported
    """The result, which is filled while the file is written."""

    def write(self) -> None:
        """Read the records and write the file."""
        if self.choice.table == "outcomes":
            self.done.outcomes = count_outcomes(self.runs)
            rows = outcome_rows(self.runs)
            write_rows(OUTCOME_COLUMNS, rows, self.target, self.ending, for_excel=self.choice.for_excel)
            return
        if self.choice.with_rows_of or self.ending == ".xlsx":
            self._write_newest()
        else:
            self._write_records()
        if unknown := self.reading.unknown:
            named = named_keys([path for path, _ in unknown.most_common()], unknown)
            self._notice(f"unknown keys were ignored (with the number of records): {named}")

    def _write_records(self) -> None:
        reading, target, done = self.reading, self.target, self.done
        if self.ending == ".duckdb":
            self._write_duckdb(reading.lines())
            return
        if self.ending.startswith(".jsonl"):
            done.records = _write_jsonl(reading.lines(), target, self.ending)
        elif self.ending == ".parquet":
            done.records = parquet_module().write_parquet(reading.batches(reading.lines()), target)
        else:
            table_dialect = dialect(self.ending, for_excel=self.choice.for_excel)
            done.records = write_wide(reading.counted_lines(), target, table_dialect, self._notice)
        counts = count_outcomes(self.runs)
        if missing := counts.total() - counts["ok"]:
            self._notice(
                f"{missing:,} of {counts.total():,} identifiers have no record: "
                "--table outcomes writes the outcome of each"
            )

    def _write_duckdb(self, lines: Iterator[RecordLine], papers: Iterator[Any] | None = None) -> None:
        duckdb_file = duckdb_module()
        others = []
        if self.runs:
            others.append((duckdb_file.OUTCOMES, arrow_tables(OUTCOME_COLUMNS, outcome_rows(self.runs))))
        if papers:
            others.append((duckdb_file.PAPERS, papers))
        self.done.records, repeated = duckdb_file.write_duckdb(self.reading.batches(lines), self.target, others)
        if repeated:
            self._notice(repeated_notice(repeated))

    def _write_newest(self) -> None:
        """Write what needs the newest snapshot of each output: a workbook, or the rows of a user's table."""
        with Newest(self.choice.as_of) as newest:
            if self.ending == ".duckdb":
                self._write_duckdb(_adding(newest, self.reading.lines()), self._joined_tables(newest))
                return
            lines = _adding(newest, self.reading.counted_lines())
            if self.ending == ".xlsx":
                self._write_workbook(newest, lines)
                return
            deque(lines, maxlen=0)
            with self._joined(newest) as joined:
                rows = (row.cells for row in joined.rows())
                for_excel = self.choice.for_excel
                write_rows(joined.columns, rows, self.target, self.ending, for_excel=for_excel, own=joined.own)

    def _write_workbook(self, newest: Newest, lines: Iterator[RecordLine]) -> None:
        wide = None
        if self.choice.all_columns:
            wide = wide_rows(lines, self.target.with_name("rows"), self._notice)
        else:
            deque(lines, maxlen=0)
        self.done.records = newest.added + newest.left_out
        if self.choice.with_rows_of:
            with self._joined(newest) as joined:
                asked = people_workbook.Asked(self.reading.files, "rows", joined.outcomes)
                people_workbook.write_joined(joined, asked, self.target, self._notice, wide=wide)
            return
        asked = people_workbook.Asked(self.reading.files, "identifiers", self.done.outcomes if self.runs else None)
        papers = people_workbook.write_papers(
            newest, asked, listed_outcomes(self.runs), self.target, self._notice, wide=wide
        )
        if wide is None and (earlier := newest.added - papers):
            self._notice(
                f"earlier snapshots of the same papers are not in the sheet Papers ({earlier:,}): "
                "--all-columns adds all records"
            )

    def _joined_tables(self, newest: Newest) -> Iterator[Any]:
        """Yield the rows of the user's table as Arrow tables. The records must be read before."""
        with self._joined(newest) as joined:
            yield from arrow_tables(distinct_names(joined.columns), (row.cells for row in joined.rows()))

    @contextmanager
    def _joined(self, newest: Newest) -> Iterator[Joined]:
        self.done.records = newest.added + newest.left_out
        newest.add_outcomes(outcome_rows(self.runs))
        if newest.left_out:
            self._notice(f"{newest.left_out:,} records are newer than --as-of, or have no time, and were left out")
        path, choice = str(self.choice.with_rows_of), self.choice
        with Joined(path, newest, column=choice.column, ids=choice.ids, has_runs=bool(self.runs)) as joined:
            if not self.choice.all_columns:
                report_unknown_sources(newest.sources, self._notice)
            yield joined
            self.done.outcomes = joined.outcomes

    def _notice(self, text: str) -> None:
        self.done.notices.append(text)


def _adding(newest: Newest, lines: Iterable[RecordLine]) -> Iterator[RecordLine]:
    for line in lines:
        newest.add(line.record)
        yield line


def _write_jsonl(lines: Iterable[RecordLine], target: Path, ending: str) -> int:
    """Write every line, with a space for a carriage return, at which some readers end a line. Return their number."""
    count = 0
    with compressed(target, ending) as file:
        for line in lines:
            file.write(line.raw.replace(b"\r", b" ") + b"\n")
            count += 1
    return count
