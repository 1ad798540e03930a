"""Write records to one file of any supported format, with the outcomes of runs or the rows of a user's table."""

from __future__ import annotations

import re
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from altdetails._arguments import check_functions, check_optional_text, path_text
from altdetails._files import STANDARD_STREAM, output_errors, refuse_overwriting, whole_path
from altdetails.diffing.compare import moment
from altdetails.errors import ExportError, SettingsError
from altdetails.exporting import people_workbook
from altdetails.exporting.joining import Joined
from altdetails.exporting.mention_export import MentionTables, stored_mentions
from altdetails.exporting.newest import Newest
from altdetails.exporting.outcome_rows import OutcomeRow, count_outcomes, listed_outcomes, outcome_rows, runs_among
from altdetails.exporting.row_files import (
    TableColumn,
    arrow_module,
    compressed,
    dialect,
    distinct_names,
    duckdb_module,
    repeated_notice,
    report_unknown_sources,
    require_libraries,
    rows_as_arrow,
    wide_rows,
    write_rows,
    write_wide,
)
from altdetails.exporting.source_lines import Exported, SourceLines
from altdetails.records.files import RecordSource, named_keys
from altdetails.records.mention_files import MentionSource, mentions_with_runs
from altdetails.remote import stores_at
from altdetails.schemas.tables import MENTION_ITEMS, MENTION_PAGES

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.diffing.mention_store import MentionStore
    from altdetails.lists.entry import NumberKind
    from altdetails.records.files import DamagedLine, RecordLine, RecordsOrPaths
    from altdetails.records.mention_files import MentionsOrPaths

__all__ = ["ENDINGS", "Exported", "export"]

ENDINGS = (".csv", ".tsv", ".xlsx", ".parquet", ".duckdb", ".jsonl", ".jsonl.gz", ".jsonl.zst")
"""The supported formats, by the endings of their files."""


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""The other forms of ISO 8601, such as 20260331, would be read as the first moment of a day."""
OUTCOME_COLUMNS = [TableColumn(name, "integer" if name == "attempts" else "text") for name in OutcomeRow._fields]
"""The columns of the table of outcomes."""

MENTION_TABLES = (MENTION_ITEMS, MENTION_PAGES)
_TABLES = ("records", "outcomes", *MENTION_TABLES)
_NUMBER_KINDS = (None, "altmetric", "pmid")


@stores_at("out")
def export(  # noqa: PLR0913 -- each is a choice of the user
    records_or_paths: RecordsOrPaths | MentionsOrPaths,
    out: str | os.PathLike[str],
    *,
    table: Literal["records", "outcomes", "mention_items", "mention_pages"] = "records",
    mentions: MentionsOrPaths = (),
    with_rows_of: str | os.PathLike[str] | None = None,
    column: str | None = None,
    ids: Literal["altmetric", "pmid"] | None = None,
    as_of: str | None = None,
    all_columns: bool = False,
    for_excel: bool = False,
    damaged: Callable[[DamagedLine], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> Exported:
    """Write records to one file, in order. The ending of its name sets the format.

    Examples:
        >>> export("records.jsonl", "records.csv").records
        2
        >>> export(["run-january", "run-july"], "both.parquet").records
        4
        >>> export((record for record in read_records("run") if record.score > 100), "high.xlsx").records
        1
        >>> export("mentions.jsonl", "mentions.csv", table="mention_items").mentions
        2

    A workbook or DuckDB file of run folders has their single mentions too.

    Args:
        records_or_paths: one or more paths (JSONL, also compressed, Parquet, run folders, `-` for standard input), or
            Records. An empty iterable gives a file without records.
        out: the file. Its ending is one of `.csv .tsv .xlsx .parquet .duckdb .jsonl .jsonl.gz .jsonl.zst`. Writing is
            atomic: if the export fails, an existing file is left unchanged.
        table: in formats with one table, `outcomes` writes the outcome of each identifier of the runs instead.
            `mention_items` writes single mentions, each once, and `mention_pages` the pages of the tabs that list
            them: then the paths are run folders or files of mentions, or give Mentions.
        mentions: files of mentions that belong to the records, or Mentions, for a workbook or DuckDB file. Those of
            run folders are found.
        with_rows_of: a table of yours (CSV, TSV, Excel). The file has one row for each of its rows: your columns, then
            the numbers of the newest snapshot, the outcome, the address and the time.
        column: the column of your table with the identifiers, by name or number. By default, it is found.
        ids: what bare numbers in your table are, if the name of their column does not say it: `"altmetric"` or
            `"pmid"`.
        as_of: with `with_rows_of`, ignore what is newer than this day or time: `2026-03-31`, or RFC 3339.
        all_columns: in a workbook, add a sheet with all records and all columns.
        for_excel: write CSV for Excel as it is installed here: with a byte order mark and, if the system writes a
            decimal comma, with `;`.
        damaged: called for every line that is not a valid record. The line is skipped.
        progress: called every thousand records with the number of records read so far.

    Returns:
        The number of records and mentions, the number of skipped lines, and messages for the user.

    Raises:
        TypeError: if `records_or_paths` is neither paths nor Records, or another argument has the wrong type.
        SettingsError: if choices contradict each other, or the temporary folder is full.
        InputError: if a path is not a records file, a file has no valid record, the table cannot be read, or a library
            is not installed.
        StoreError: if the ledger of a run cannot be read.
        ExportError: if the file cannot be written, or its format cannot hold the records.
    """
    target = Path(path_text(out, "a path (str or os.PathLike) as out"))
    check_functions(damaged=damaged, progress=progress)
    check_optional_text(column=column, as_of=as_of)
    ending = _ending(target)
    own_table = None if with_rows_of is None else path_text(with_rows_of, "a path as with_rows_of")
    choice = ExportChoice(table, own_table, column, ids, _moment_of(as_of), all_columns, for_excel)
    require_libraries(ending, str(target))
    done = Exported()
    is_of_mentions = table in MENTION_TABLES
    given = MentionSource(mentions)
    source = RecordSource(() if is_of_mentions else cast("RecordsOrPaths", records_or_paths))
    reading = SourceLines(source, done, damaged, progress)
    runs = runs_among(source.files)
    choice.refuse_contradictions(target, ending, runs, has_mentions=given.is_given)
    if is_of_mentions:
        given = MentionSource(cast("MentionsOrPaths", records_or_paths))
    elif ending in {".xlsx", ".duckdb"} and not own_table:
        given = mentions_with_runs(given, source.folders)
    with output_errors(str(target)):
        _refuse_target(target, [*source.files, *given.files, *filter(None, [own_table])])
        _refuse_foreign_content(target, ending)
    with output_errors(str(target)), whole_path(target) as temporary:
        OneFile(temporary, ending, choice, reading, given, runs, done).write()
        reading.refuse_files_without_records()
        _refuse_foreign_content(target, ending)  # another program may have written to it meanwhile
    return done


def _ending(target: Path) -> str:
    name = target.name.lower()
    match = max((ending for ending in ENDINGS if name.endswith(ending)), key=len, default=None)
    if match is None:
        raise ExportError(f"{target}: its ending does not name a format; use one of {' '.join(ENDINGS)}")
    return match


def _refuse_target(target: Path, sources: list[str]) -> None:
    if not target.parent.is_dir():
        raise ExportError(f"{target}: its folder does not exist; create it, or choose another folder")
    if not target.exists():
        return
    if not target.is_file():
        raise ExportError(f"{target}: is not a regular file, so it cannot be replaced; choose another name")
    refuse_overwriting(str(target), sources)


def _refuse_foreign_content(target: Path, ending: str) -> None:
    if ending == ".duckdb":
        duckdb_module().refuse_foreign_content(target)


def _moment_of(as_of: str | None) -> str | None:
    """Return the end of a day, or a moment, in UTC.

    Raises:
        SettingsError: if the text is neither.
    """
    if as_of is None:
        return None
    day = _DAY.match(as_of)
    at = moment(f"{as_of}T23:59:59Z" if _DAY.fullmatch(as_of) else as_of) if day else None
    if at is None:
        raise SettingsError(f"{as_of!r} is neither a day nor a time: give a day such as 2026-03-31")
    return at


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

    def refuse_contradictions(self, target: Path, ending: str, runs: list[str], *, has_mentions: bool) -> None:
        """Check that the file can have what is chosen.

        Raises:
            SettingsError: if not.
        """
        own_table = self.with_rows_of
        is_stream = own_table is not None and (own_table == STANDARD_STREAM or Path(own_table).is_fifo())
        for is_wrong, words in (
            (self.table not in _TABLES, f"{self.table!r} is not a table; choose {', '.join(_TABLES)}"),
            (self.table == "outcomes" and ending in {".xlsx", ".duckdb"}, "has both tables; leave --table out"),
            (self.table == "outcomes" and self.with_rows_of, "--with has the outcome of each row; leave --table out"),
            (self.table == "outcomes" and not runs, "records have no outcomes; give a run folder"),
            (self.table in MENTION_TABLES and own_table, "--with has no mentions; leave --table out"),
            (
                self.table in MENTION_TABLES and has_mentions,
                "--table needs the mentions as RECORDS, not as --mentions",
            ),
            (self.table in MENTION_TABLES and self.all_columns, "--all-columns is about records; leave it out"),
            (has_mentions and own_table, "--with has no mentions; leave --mentions out"),
            (
                has_mentions and ending not in {".xlsx", ".duckdb"},
                "only .xlsx and .duckdb have both; give the mentions as RECORDS with --table mention_items",
            ),
            (self.column and not self.with_rows_of, "--column names a column of --with FILE; give both"),
            (self.ids not in _NUMBER_KINDS, f"ids={self.ids!r} is not allowed; choose altmetric or pmid"),
            (self.ids and not self.with_rows_of, "--ids says what the numbers of --with FILE are; give both"),
            (self.as_of and not self.with_rows_of, "--as-of needs --with FILE; give both"),
            (is_stream, "the table of --with is read twice; save it as a file, and give its name"),
            (self.all_columns and ending != ".xlsx", "only .xlsx has --all-columns; other formats have them always"),
            (self.for_excel and ending != ".csv", "--excel is for .csv; leave it out"),
        ):
            if is_wrong:
                raise SettingsError(f"{target}: {words}")


@dataclass(frozen=True, slots=True)
class OneFile:
    """The file of an export, which is not complete yet."""

    target: Path
    """A temporary path. Further temporary files are written next to it."""
    ending: str
    """The format."""
    choice: ExportChoice
    reading: SourceLines
    mentions: MentionSource
    """Single mentions: all of the file, or those of the records."""
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
        if self.choice.table in MENTION_TABLES:
            with self._stored_mentions() as store:
                tables = MentionTables(store, self.reading.report)
                for_excel = self.choice.for_excel
                tables.write(self.choice.table, self.target, self.ending, notice=self._notice, for_excel=for_excel)
                self.done.mentions -= tables.left_out
                if self.choice.table == MENTION_PAGES and self.ending not in {".xlsx", ".duckdb"}:
                    self.done.mentions, self.done.pages = 0, store.count_pages()
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
            done.records = arrow_module().write_parquet(reading.batches(reading.lines()), target)
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
            others.append((duckdb_file.OUTCOMES, rows_as_arrow(OUTCOME_COLUMNS, outcome_rows(self.runs))))
        if papers:
            others.append((duckdb_file.PAPERS, papers))
        with self._stored_mentions() as store:
            mention_tables = MentionTables(store, self.reading.report)
            if self.mentions.is_given:
                others += mention_tables.all_as_arrow()
            self.done.records, repeated = duckdb_file.write_duckdb(self.reading.batches(lines), self.target, others)
            self.done.mentions -= mention_tables.left_out
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
        newest.add_outcomes(listed_outcomes(self.runs))
        asked = people_workbook.Asked(self.reading.files, "identifiers", self.done.outcomes if self.runs else None)
        with self._stored_mentions() as store:
            mentions = store if self.mentions.is_given else None
            papers = people_workbook.write_papers(
                newest, asked, self.target, self._notice, wide=wide, mentions=mentions
            )
        if wide is None and (earlier := newest.added - papers):
            self._notice(
                f"earlier snapshots of the same papers are not in the sheet Papers ({earlier:,}): "
                "--all-columns adds all records"
            )

    def _joined_tables(self, newest: Newest) -> Iterator[Any]:
        """Yield the rows of the user's table as Arrow tables. The records must be read before."""
        with self._joined(newest) as joined:
            yield from rows_as_arrow(distinct_names(joined.columns), (row.cells for row in joined.rows()))

    @contextmanager
    def _joined(self, newest: Newest) -> Iterator[Joined]:
        self.done.records = newest.added + newest.left_out
        newest.add_outcomes(listed_outcomes(self.runs))
        if newest.left_out:
            self._notice(f"{newest.left_out:,} records are newer than --as-of, or have no time, and were left out")
        path, choice = str(self.choice.with_rows_of), self.choice
        with Joined(path, newest, column=choice.column, ids=choice.ids, has_runs=bool(self.runs)) as joined:
            if not self.choice.all_columns:
                report_unknown_sources(newest.sources, self._notice)
            yield joined
            self.done.outcomes = joined.outcomes

    @contextmanager
    def _stored_mentions(self) -> Iterator[MentionStore]:
        damaged, progress = self.reading.report, self.reading.progress
        with stored_mentions(self.mentions, damaged=damaged, notice=self._notice, progress=progress) as store:
            self.done.mentions = store.count()
            yield store

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
