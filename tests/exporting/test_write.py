"""Exports: the files, their content as other programs read it, and the messages."""

import csv
import gzip
import json
import re
import resource
import shutil
import time
import tracemalloc
import zipfile
from contextlib import contextmanager
from itertools import cycle, product
from pathlib import Path

import duckdb
import msgspec
import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from openpyxl.utils.escape import unescape
from tests.exporting.office import CSV, ODS, XLSX, Conversion, convert
from tests.support.cases import for_each
from tests.support.records import VERSION_1, changed, decoded, fetched, generated, samples, written

from altdetails.errors import ExportError, InputError
from altdetails.exporting import arrow_tables, duckdb_file
from altdetails.exporting.excel import MAX_CELL_LENGTH
from altdetails.exporting.row_files import escape_formulas
from altdetails.exporting.write import ENDINGS, export
from altdetails.record import Record
from altdetails.records.files import records
from altdetails.schemas.arrow import arrow_schema

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def lines():
    return [*samples(), *generated(12)]


@pytest.fixture
def source(lines):
    return written("records.jsonl", lines)


def run_export(target, *paths):
    """Export files and return the result and the damaged lines. A workbook has all columns too."""
    damaged = []
    return export(paths, target, damaged=damaged.append, all_columns=target.endswith(".xlsx")), damaged


@contextmanager
def full_disk():
    """Files of this process cannot be longer than 20 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def file_names():
    """Return the names of the files in the folder."""
    return sorted(path.name for path in Path().iterdir())


def rows_of(target):
    """Return the rows of a CSV or TSV file as polars reads them, with all values as text."""
    separator = "\t" if target.endswith(".tsv") else ","
    return pl.read_csv(target, separator=separator, infer_schema=False).to_dicts()


@for_each("ending", ENDINGS)
def test_every_format_accepts_records_of_version_1(ending):
    done, damaged = run_export(f"out{ending}", VERSION_1)
    assert (done.records, damaged) == (len(samples()), [])
    assert Path(f"out{ending}").stat().st_size
    assert file_names() == [f"out{ending}"]
    Path(f"out{ending}").unlink()


class TestLines:
    @pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
    def test_lines_are_written_unchanged_with_unknown_keys(self, lines, ending):
        odd = [changed(lines[0], mood="calm"), *lines]
        run_export(f"out{ending}", written("records.jsonl", odd))
        assert [line.raw for line in records([f"out{ending}"])] == odd

    def test_a_carriage_return_between_values_becomes_a_space(self, lines):
        run_export("out.jsonl", written("records.jsonl", [lines[0].replace(b",", b",\r", 1), lines[1]]))
        assert Path("out.jsonl").read_bytes().splitlines() == [lines[0].replace(b",", b", ", 1), lines[1]]

    def test_the_same_records_give_identical_gzip_files(self, source):
        run_export("one.jsonl.gz", source)
        run_export("two.jsonl.gz", source)
        assert Path("one.jsonl.gz").read_bytes() == Path("two.jsonl.gz").read_bytes()
        assert gzip.decompress(Path("one.jsonl.gz").read_bytes()) == Path(source).read_bytes()


class TestParquet:
    def test_a_parquet_file_has_the_records_the_schema_and_zstandard(self, lines, source):
        run_export("out.parquet", source)
        file = pq.ParquetFile("out.parquet")
        assert file.schema_arrow == arrow_schema()
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"
        assert [line.record.to_dict() for line in records(["out.parquet"])] == decoded(lines)

    def test_null_an_empty_list_and_zero_stay_distinct(self, lines):
        three = [changed(lines[0], mentions=value, score=score) for value, score in ((None, None), ([], 0))]
        run_export("out.parquet", written("records.jsonl", three))
        rows = pq.read_table("out.parquet").select(["mentions", "score"]).to_pylist()
        assert rows == [{"mentions": None, "score": None}, {"mentions": [], "score": 0}]

    def test_duckdb_and_polars_read_it(self, lines, source):
        run_export("out.parquet", source)
        total = sum(count["count"] for record in decoded(lines) for count in record["mentions"] or ())
        by_duckdb = duckdb.sql("SELECT sum(m.count) FROM 'out.parquet', unnest(mentions) AS u(m)").fetchall()
        by_polars = pl.read_parquet("out.parquet").explode("mentions")["mentions"].struct.field("count").sum()
        assert by_duckdb == [(total,)]
        assert by_polars == total

    def test_a_record_with_a_value_that_does_not_fit_is_skipped(self, lines):
        odd = changed(lines[1], last_mentioned="2023-02-31")
        huge = changed(lines[2], score=10**30)
        done, damaged = run_export("out.parquet", written("records.jsonl", [*lines[:5], odd, *lines[5:9], huge]))
        assert done.records == pq.read_metadata("out.parquet").num_rows == 9
        assert [line.line for line in damaged] == [6, 11]
        assert done.damaged == 2


class TestDuckdb:
    def test_tables_have_the_items_of_each_record_in_order(self, lines, source):
        run_export("out.duckdb", source)
        with duckdb.connect("out.duckdb", read_only=True) as database:
            rows = database.execute(
                "SELECT r.provenance_sha256, m.source, m.count FROM mentions m JOIN records r USING (record_key) "
                "ORDER BY 1, m.position"
            ).fetchall()
            readers = database.execute(
                "SELECT r.provenance_sha256, d.name, d.count, d.percent FROM demographics d JOIN records r "
                "USING (record_key) WHERE d.source = 'mendeley' AND d.breakdown = 'countries' ORDER BY 1, d.position"
            ).fetchall()
        by_page = sorted(decoded(lines), key=lambda record: record["provenance"]["sha256"])
        assert rows == [
            (record["provenance"]["sha256"], count["source"], count["count"])
            for record in by_page
            for count in record["mentions"] or ()
        ]
        assert readers == [
            (record["provenance"]["sha256"], group["name"], group["count"], group["percent"])
            for record in by_page
            for group in ((record["demographics"] or {}).get("mendeley") or {}).get("countries") or ()
        ]

    def test_shown_columns_say_which_sections_the_page_shows(self, lines, source):
        run_export("out.duckdb", source)
        with duckdb.connect("out.duckdb", read_only=True) as database:
            rows = database.execute(
                "SELECT mentions_shown, demographics_shown, demographics_twitter_shown, authors, score, "
                "last_mentioned, strftime(provenance_fetched_at AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') "
                "FROM records ORDER BY rowid"
            ).fetchall()
        for record, (mentions, both, twitter, authors, score, last, fetched_at) in zip(
            decoded(lines), rows, strict=True
        ):
            assert mentions == (record["mentions"] is not None)
            assert both == (record["demographics"] is not None)
            assert twitter == ((record["demographics"] or {}).get("twitter") is not None)
            assert authors == record["authors"]
            assert score == record["score"]
            assert (last and last.isoformat()) == record["last_mentioned"]
            assert fetched_at == record["provenance"]["fetched_at"]

    def test_a_duplicate_record_is_written_once(self, lines):
        done, _ = run_export("out.duckdb", written("a.jsonl", [*lines, lines[3]]), written("b.jsonl", lines[:10]))
        assert done.records == len(lines)
        assert done.notices == ["11 records skipped: the same snapshot was read before"]
        with duckdb.connect("out.duckdb", read_only=True) as database:
            counted = database.execute(
                "SELECT count(*), count(DISTINCT (record_key, position)) FROM mentions"
            ).fetchone()
        total = sum(len(record["mentions"] or ()) for record in decoded(lines))
        assert counted == (total, total)

    def test_a_file_of_many_batches_read_twice_is_written_once(self, monkeypatch):
        monkeypatch.setattr(arrow_tables, "_BATCH_BYTES", 2**16)
        source = written("records.jsonl", generated(100))
        done, _ = run_export("out.duckdb", source, source)
        assert done.records == 100
        assert done.notices == ["100 records skipped: the same snapshot was read before"]

    def test_views_show_the_newest_snapshot_of_each_output_and_its_history(self, lines):
        first = fetched(lines[-1], "2026-01-01T00:00:00Z", score=5)
        second = fetched(lines[-1], "2026-07-01T00:00:00Z", score=9)
        unknown = fetched(lines[-1], None, score=1)
        run_export("out.duckdb", written("records.jsonl", [second, first, unknown, lines[-2]]))
        with duckdb.connect("out.duckdb", read_only=True) as database:
            assert database.execute("SELECT count(*) FROM current_records").fetchall() == [(2,)]
            newest = database.execute(
                "SELECT score FROM current_records WHERE doi = ?", [json.loads(first)["doi"]]
            ).fetchall()
            history = database.execute("SELECT score FROM history WHERE doi = ?", [json.loads(first)["doi"]]).fetchall()
            counts = database.execute(
                "SELECT block, source, count FROM current_counts WHERE doi = ? ORDER BY block, position",
                [json.loads(first)["doi"]],
            ).fetchall()
        record = json.loads(first)
        assert newest == [(9,)]
        assert sorted(history) == [(1,), (5,), (9,)]
        assert counts == [
            (block, count["source"], count["count"])
            for block in ("citations", "mentions", "readers")
            for count in record[block] or ()
        ]


FOREIGN_CONTENT = {
    "CREATE SCHEMA altdetails": "altdetails",
    "CREATE SCHEMA library; CREATE TABLE library.records (record_key TEXT)": "library, library.records.record_key",
    "CREATE TABLE loans (isbn TEXT)": "main.loans.isbn",
    "CREATE TABLE records (isbn TEXT)": "main.records.isbn",
    "CREATE VIEW books AS SELECT 1 AS one": "main.books",
    "CREATE MACRO double(number) AS 2 * number": "main.double",
    "CREATE MACRO returned() AS TABLE SELECT 1": "main.returned",
    "CREATE SEQUENCE numbers": "main.numbers",
    "CREATE TYPE mood AS ENUM ('calm')": "main.mood",
}


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """A file of DuckDB that an export wrote."""
    folder = tmp_path_factory.mktemp("earlier")
    run_export(str(folder / "out.duckdb"), written(folder / "records.jsonl", samples()[:2]))
    return folder / "out.duckdb"


class TestAnExistingDuckdbFile:
    @pytest.fixture
    def lines(self):
        return samples()[:2]

    def test_an_export_with_other_content_is_not_replaced(self, earlier, source):
        shutil.copy(earlier, "out.duckdb")
        added = "ALTER TABLE records ADD COLUMN isbn TEXT"
        with duckdb.connect("out.duckdb") as database:
            database.execute("; ".join(FOREIGN_CONTENT).replace("CREATE TABLE records (isbn TEXT)", added))
        before = Path("out.duckdb").read_bytes()
        names = ", ".join(sorted(", ".join(FOREIGN_CONTENT.values()).split(", ")))
        with pytest.raises(ExportError, match=re.escape(f"out.duckdb: has content that is not of an export ({names})")):
            run_export("out.duckdb", source)
        assert Path("out.duckdb").read_bytes() == before
        assert file_names() == ["out.duckdb", "records.jsonl"]

    @for_each(("statement", "names"), [*FOREIGN_CONTENT.items()][:4])
    def test_a_file_that_is_no_export_is_not_replaced(self, source, statement, names):
        with duckdb.connect("out.duckdb") as database:
            database.execute(statement)
        with pytest.raises(ExportError, match=re.escape(f"out.duckdb: has content that is not of an export ({names})")):
            run_export("out.duckdb", source)
        Path("out.duckdb").unlink()

    def test_tables_with_the_names_of_an_export_are_not_replaced(self, source):
        with duckdb.connect("out.duckdb") as database:
            database.execute("CREATE TABLE records (title TEXT, score BIGINT); CREATE VIEW history AS FROM records")
        names = "main.history, main.records.score, main.records.title"
        with pytest.raises(ExportError, match=re.escape(f"is not of an export ({names})")):
            run_export("out.duckdb", source)

    @pytest.mark.parametrize("content", [b"", b"loans\n" * 1_000, b"SQLite format 3\0" * 100])
    def test_a_file_that_is_not_of_duckdb_is_replaced_as_in_other_formats(self, lines, source, content):
        Path("out.duckdb").write_bytes(content)
        assert run_export("out.duckdb", source)[0].records == len(lines)

    @pytest.mark.parametrize("has_changes", ["out.duckdb.wal", "real.duckdb.wal"])
    def test_a_link_to_a_file_with_changes_next_to_either_is_not_replaced(self, earlier, source, has_changes):
        shutil.copy(earlier, "real.duckdb")
        Path("out.duckdb").symlink_to("real.duckdb")
        Path(has_changes).write_bytes(b"changes")
        with pytest.raises(ExportError, match=rf"out.duckdb: {has_changes} has changes"):
            run_export("out.duckdb", source)

    def test_an_export_is_replaced(self, lines, source):
        run_export("out.duckdb", written("one.jsonl", lines[:1]))
        run_export("out.duckdb", source)
        with duckdb.connect("out.duckdb", read_only=True) as database:
            assert database.execute("SELECT count(*) FROM records").fetchall() == [(len(lines),)]

    @pytest.mark.parametrize("has_database", [True, False])
    def test_a_file_with_changes_next_to_it_is_not_replaced(self, earlier, source, has_database):
        if has_database:
            shutil.copy(earlier, "out.duckdb")
        Path("out.duckdb.wal").write_bytes(b"changes")
        files = {name: Path(name).read_bytes() for name in file_names()}
        with pytest.raises(ExportError, match=r"out.duckdb: out.duckdb.wal has changes that DuckDB has not"):
            run_export("out.duckdb", source)
        assert {name: Path(name).read_bytes() for name in file_names()} == files

    def test_a_file_that_another_connection_has_open_is_not_replaced(self, source):
        with duckdb.connect("out.duckdb") as database:
            database.execute("CREATE TABLE loans (isbn TEXT); CHECKPOINT")
            with pytest.raises(ExportError, match=r"out.duckdb"):
                run_export("out.duckdb", source)
        with duckdb.connect("out.duckdb", read_only=True) as database:
            assert database.execute("SELECT count(*) FROM loans").fetchall() == [(0,)]

    def test_a_damaged_file_of_duckdb_is_not_replaced(self, source):
        Path("out.duckdb").write_bytes(b"x" * 8 + b"DUCK" + b"x" * 8_000)
        with pytest.raises(ExportError, match=r"out.duckdb: cannot be read, so it is not replaced: .*; choose another"):
            run_export("out.duckdb", source)

    def test_a_file_that_is_changed_during_the_export_is_not_replaced(self, lines):
        def reading():
            with duckdb.connect("out.duckdb") as database:
                database.execute("CREATE TABLE loans (isbn TEXT)")
            yield Record.from_json(lines[0])

        with pytest.raises(ExportError, match=r"main.loans.isbn"):
            export(iter(reading()), "out.duckdb")
        with duckdb.connect("out.duckdb", read_only=True) as database:
            assert database.execute("SELECT count(*) FROM loans").fetchall() == [(0,)]


class TestOneRowPerRecord:
    @pytest.mark.parametrize("ending", [".csv", ".tsv"])
    def test_polars_reads_a_cell_per_column(self, lines, source, ending):
        run_export(f"out{ending}", source)
        rows = rows_of(f"out{ending}")
        assert len(rows) == len(lines)
        for record, row in zip(decoded(lines), rows, strict=True):
            counts = {count["source"]: str(count["count"]) for count in record["mentions"] or ()}
            assert row["mentions_news"] == counts.get("news")
            assert row["mentions_shown"] == str(record["mentions"] is not None).lower()
            assert row["score"] == (None if record["score"] is None else str(record["score"]))
            ranks = {ranking["scope"]: ranking for ranking in record["rankings"] or ()}
            assert row["rank_all"] == (str(ranks["all"]["rank"]) if ranks.get("all", {}).get("rank") else None)
            assert row["title"] == record["title"]
            assert row["abstract"] == record["abstract"]

    def test_pandas_and_duckdb_read_as_many_rows(self, lines, source):
        import pandas as pd  # noqa: PLC0415 -- it takes its time

        run_export("out.csv", source)
        assert len(pd.read_csv("out.csv")) == len(lines)
        assert duckdb.sql("SELECT count(*) FROM read_csv('out.csv', all_varchar = true)").fetchall() == [(len(lines),)]

    def test_openpyxl_reads_numbers_as_numbers_and_text_as_text(self, lines, source):
        run_export("out.xlsx", source)
        sheet = openpyxl.load_workbook("out.xlsx")["All columns"]
        header, *rows = sheet.iter_rows(values_only=True)
        assert len(rows) == len(lines)
        for record, cells in zip(decoded(lines), rows, strict=True):
            row = dict(zip(header, cells, strict=True))
            assert row["score"] == record["score"]
            assert row["title"] == record["title"]
            assert row["doi"] == record["doi"]
            assert row["mentions_shown"] is (record["mentions"] is not None)

    def test_formulas_are_escaped(self, lines):
        formulas = [f"{start}HYPERLINK(\"http://127.0.0.1\", 'x')" for start in ("=", "+", "-", "@", "\t", "＝")]
        odd = [changed(lines[0], title=formula, authors=[formula], source=None) for formula in formulas]
        source = written("records.jsonl", odd)
        run_export("out.csv", source)
        escaped = [f"'{formula}" for formula in formulas]
        assert [(row["title"], row["authors"]) for row in rows_of("out.csv")] == [*zip(escaped, escaped, strict=True)]
        run_export("out.xlsx", source)
        cells = [cell for row in openpyxl.load_workbook("out.xlsx")["All columns"].iter_rows() for cell in row]
        assert [cell.value for cell in cells if cell.data_type == "s" and cell.value in formulas] == [
            formula for formula in formulas for _ in ("title", "authors")
        ]
        assert [cell for cell in cells if cell.data_type == "f" or cell.hyperlink] == []

    def test_an_unknown_source_gets_a_column_at_the_end_and_a_notice(self, lines):
        new = {"source": "=threads & co", "count": 7, "unit": None, "url": None}
        known = {"source": "news", "count": 3, "unit": None, "url": None}
        source = written("records.jsonl", [lines[0], changed(lines[1], mentions=[new, known]), lines[2]])
        done, _ = run_export("out.csv", source)
        rows = rows_of("out.csv")
        assert [*rows[0]][-1] == "mentions_threads_co"
        assert [row["mentions_threads_co"] for row in rows] == [None, "7", None]
        assert rows[1]["mentions_news"] == "3"
        words = "has the counts of an unknown source: '=threads & co'"
        assert done.notices == [f"column mentions_threads_co {words}"]

    def test_columns_with_the_same_name_are_numbered(self, lines):
        twins = [{"source": source, "count": count, "unit": None, "url": None} for count, source in enumerate("?!")]
        run_export("out.csv", written("records.jsonl", [changed(lines[0], mentions=twins)]))
        (row,) = rows_of("out.csv")
        assert (row["mentions_unnamed"], row["mentions_unnamed_2"]) == ("0", "1")

    def test_further_unknown_sources_share_a_column_as_text(self, lines):
        many = [
            [{"source": f"s{number}_{count}", "count": count, "unit": None, "url": None} for count in range(150)]
            for number in range(2)
        ]
        source = written("records.jsonl", [changed(lines[0], mentions=mentions) for mentions in many])
        done, _ = run_export("out.csv", source)
        first, second = rows_of("out.csv")
        assert first["more_sources"] is None
        assert second["mentions_s1_49"] == "49"
        assert second["more_sources"].split("; ")[0] == "mentions_s1_50 50"
        assert len(second["more_sources"].split("; ")) == 100
        assert done.notices[-1] == "100 counts of further unknown sources are in column more_sources, as text"

    def test_a_source_with_two_different_counts_has_an_empty_cell(self, lines):
        twice = [{"source": "news", "count": count, "unit": None, "url": None} for count in (3, 4)]
        run_export("out.csv", written("records.jsonl", [changed(lines[0], mentions=twice)]))
        assert rows_of("out.csv")[0]["mentions_news"] is None

    def test_a_source_listed_twice_with_one_count_has_that_count(self, lines):
        twice = [{"source": "news", "count": 3, "unit": None, "url": None}] * 2
        run_export("out.csv", written("records.jsonl", [changed(lines[0], mentions=twice)]))
        assert rows_of("out.csv")[0]["mentions_news"] == "3"

    def test_a_cell_longer_than_excels_limit_is_cut_with_a_notice(self, lines):
        done, _ = run_export("out.xlsx", written("records.jsonl", [changed(lines[0], abstract="x" * 40_000)]))
        sheet = openpyxl.load_workbook("out.xlsx")["All columns"]
        header = [cell.value for cell in sheet[1]]
        cell = sheet.cell(2, header.index("abstract") + 1).value
        assert len(cell) == MAX_CELL_LENGTH
        assert cell.endswith("x … [cut]")
        assert done.notices == ["cells cut to Excel's limit of 32,767 characters, ending in '… [cut]': 1"]

    def test_excels_limit_counts_a_character_outside_the_basic_plane_twice(self, lines):
        texts = ["\U0001f98b" * 20_000, "x" + "\U0001f98b" * 20_000, "x" + "\U0001f98b" * 16_383]
        done, _ = run_export("out.xlsx", written("records.jsonl", [changed(lines[0], abstract=text) for text in texts]))
        sheet = openpyxl.load_workbook("out.xlsx")["All columns"]
        column = [cell.value for cell in sheet[1]].index("abstract") + 1
        first, second, whole = (sheet.cell(row, column).value for row in (2, 3, 4))
        assert whole == texts[2]
        for cell, text in ((first, texts[0]), (second, texts[1])):
            assert MAX_CELL_LENGTH - 1 <= len(cell.encode("utf-16-le")) // 2 <= MAX_CELL_LENGTH
            assert cell.endswith("\U0001f98b … [cut]")
            assert text.startswith(cell.removesuffix(" … [cut]"))
        assert done.notices == ["cells cut to Excel's limit of 32,767 characters, ending in '… [cut]': 2"]


FORMULA = "=cmd|' /C calc'!A0"
STARTS = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]
ENDS_OF_CELLS = [";", "\t", ",", "|", "\n", "\r", "\r\n", "\n\n"]
SPACES = ["", " ", "  ", "\xa0", '"', ' "', "\t"]
SEPARATORS = (";", ",", "|", "\t")
SHORT = changed(samples()[0], **dict.fromkeys(("mentions", "citations", "readers", "demographics", "rankings")))
"""A record with few values, for tables of many records."""


def in_turn(starts):
    """Return each start after each end of a cell, with spaces in turn: each start and each end has all of them."""
    return [(*pair, space) for pair, space in zip(product(starts, ENDS_OF_CELLS), cycle(SPACES), strict=False)]


def cells_as_split(line, separator):
    """Return the cells of a line as a spreadsheet with this list separator splits it, without quotes and spaces."""
    return [cell.strip(' \xa0\t\r\n"') for cell in line.split(separator)]


@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_no_cell_is_a_formula_with_any_list_separator(ending):
    titles = [f"Dusk{end}{space}{start}1+A0;x" for start, end, space in in_turn(STARTS)]
    titles += [f"{space}{start}1" for start in STARTS for space in SPACES]
    odd = [changed(SHORT, title=title, authors=["A. Heath", f"{FORMULA};"], abstract=title) for title in titles]
    run_export(f"out{ending}", written("records.jsonl", odd))
    rows = re.split("[\r\n]+", Path(f"out{ending}").read_bytes().decode())
    formulas = {
        separator: [cell for row in rows for cell in cells_as_split(row, separator) if cell.startswith(tuple(STARTS))]
        for separator in SEPARATORS
    }
    assert formulas == {separator: [] for separator in SEPARATORS}


def test_text_that_only_looks_a_little_like_a_formula_is_unchanged(lines):
    titles = ["Light - a review", "a=b", "e-mail; a@b.example", "1 + 1", "'=x", "Dusk; dawn, noon | night"]
    run_export("out.csv", written("records.jsonl", [changed(lines[0], title=title) for title in titles]))
    assert [row["title"] for row in rows_of("out.csv")] == titles


@for_each("text", ["\n", ";", '"', ";-", " ;", "-"])
def test_escaping_takes_time_in_proportion_to_the_text(text):
    start = time.process_time()
    escape_formulas(text * 50_000)
    assert time.process_time() - start < 5


ODD_TEXTS = [
    *(f"a{end}b" for end in ("\r", "\n", "\r\n", "\n\r", '"', '""', ",", "\t", ";", "\\", "'", "#")),
    *("\ra", "a\r", '"', '"a', "a\n", " a ", "\ufeffa", "NA", "null", "1", "1e5", "True", "2020-01-01", "'a"),
    *("\U0001f98b", "<r>a & b</r>", "<r><t>a</t></r>", "<r>a\nb</r>", "<b>", "&amp;", "_x0041_", "\\u202e"),
    *(
        f"a{chr(number)}b"
        for number in (*range(0x20), 0x7F, 0x85, 0x9B, 0x200E, 0x2028, 0x202E, 0x2066, 0xFFFE, 0xFFFF)
    ),
]
"""Texts that break tables, terminals or parsers."""


def read_tables(target):
    """Return the titles of a CSV or TSV file as each of five readers reads them."""
    import pandas as pd  # noqa: PLC0415 -- it takes its time

    separator = "\t" if target.endswith(".tsv") else ","
    options = pa_csv.ParseOptions(delimiter=separator, newlines_in_values=True)
    as_text = pa_csv.ConvertOptions(column_types={"title": pa.string()}, include_columns=["title"])
    with Path(target).open(encoding="utf-8", newline="") as file:
        by_python = [row["title"] for row in csv.DictReader(file, delimiter=separator)]
    return {
        "python": by_python,
        "pandas": pd.read_csv(target, sep=separator, dtype=str, keep_default_na=False)["title"].to_list(),
        "polars": pl.read_csv(target, separator=separator, infer_schema=False)["title"].to_list(),
        "duckdb": [row[0] for row in duckdb.read_csv(target, all_varchar=True).project("title").fetchall()],
        "arrow": pa_csv.read_csv(target, parse_options=options, convert_options=as_text)["title"].to_pylist(),
    }


INVALID = {
    rb'"\ud800"': "half a character",
    rb'"\ud800\u0041"': "half a character before a whole one",
    rb'{"\udfff": 1}': "half a character in a name",
    b'"\xff"': "not UTF-8",
    b'["\xed\xa0\x80"]': "half a character in UTF-8",
    b"[" * 200_000 + b"]" * 200_000: "nested deeply",
    b'"a\x00b"': "NUL",
}
"""Values of JSON that other programs refuse, with their names."""


@pytest.fixture
def odd():
    return written("records.jsonl", odd_records())


def odd_records():
    return [changed(SHORT, title=text, altmetric_id=n) for n, text in enumerate(ODD_TEXTS, 1)]


class TestOddTexts:
    @pytest.mark.parametrize("ending", [".csv", ".tsv"])
    def test_all_readers_of_tables_read_the_same_text(self, odd, ending):
        run_export(f"out{ending}", odd)
        expected = [f"'{text}" if text[0] in "\r\n\t" else text for text in ODD_TEXTS]
        for reader, titles in read_tables(f"out{ending}").items():
            assert dict(zip(expected, titles, strict=True)) == {text: text for text in expected}, reader

    @pytest.mark.parametrize("ending", [".parquet", ".jsonl", ".jsonl.gz", ".jsonl.zst"])
    def test_files_of_records_keep_every_character(self, odd, ending):
        run_export(f"out{ending}", odd)
        assert [line.record.title for line in records([f"out{ending}"])] == ODD_TEXTS

    def test_a_duckdb_file_keeps_every_character(self, odd):
        run_export("out.duckdb", odd)
        with duckdb.connect("out.duckdb", read_only=True) as database:
            rows = database.execute("SELECT title FROM records ORDER BY altmetric_id").fetchall()
        assert [title for (title,) in rows] == ODD_TEXTS

    def test_a_workbook_can_be_opened_and_has_no_formula(self, odd):
        run_export("out.xlsx", odd)
        sheet = openpyxl.load_workbook("out.xlsx")["All columns"]
        assert sheet.max_row == len(ODD_TEXTS) + 1
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
        titles = [cell.value for cell in sheet[1]].index("title")
        assert [unescape(row[titles]) for row in sheet.iter_rows(min_row=2, values_only=True)] == ODD_TEXTS

    @for_each("ending", ENDINGS)
    def test_a_record_with_half_a_character_is_skipped(self, lines, ending):
        good = Record.from_json(lines[0])
        damaged = []
        odd = [good, msgspec.structs.replace(good, title="a\ud800"), msgspec.structs.replace(good, abstract="\udfff")]
        assert export([*odd, good][:3], f"out{ending}", damaged=damaged.append).records == 1
        assert [(line.file, line.line) for line in damaged] == [("<records>", 2), ("<records>", 3)]
        assert damaged[0].reason == "has a text that is not valid Unicode; make the record again"

    @for_each("ending", ENDINGS)
    def test_invalid_lines_are_reported_and_skipped(self, lines, ending):
        odd = {name: lines[0].replace(b"{", b'{"mood":' + invalid + b",", 1) for invalid, name in INVALID.items()} | {
            "half a character in the title": lines[0].replace(b'"title":"', b'"title":"\\ud800', 1),
            "no object": b"{",
            "a newer version": b'{"schema_version": 7}',
        }
        numbers = (b"1e999", b"-1e999", b"9" * 5_000, b"0." + b"9" * 5_000)
        good = [lines[place].replace(b"{", b'{"mood":[' + n + b"],", 1) for place, n in enumerate(numbers)]
        done, damaged = run_export(f"out{ending}", written("records.jsonl", [*good, *odd.values(), lines[5]]))
        assert (done.records, done.damaged) == (5, len(odd))
        skipped = {line.line: line.file for line in damaged}
        assert {name: skipped.get(line) for line, name in enumerate(odd, 5)} == dict.fromkeys(odd, "records.jsonl")


TABLES = (".csv", ".tsv")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with exports, and what LibreOffice makes of them in one start."""
    folder = tmp_path_factory.mktemp("made")
    titles = [f"Dusk{end}{space}{start}1+1" for start, end, space in in_turn(STARTS[:4])]
    titles += [f"{space}{start}1+1" for start in STARTS[:4] for space in SPACES]
    formulas = written(folder / "formulas.jsonl", [changed(SHORT, title=title) for title in titles])
    run_export(str(folder / "formulas.csv"), formulas)
    conversions = [
        Conversion(
            folder / "formulas.csv",
            *(CSV, f"{ord(separator)},34,76,1,,0,false,true,false,false,true"),
            *(folder / f"formulas-{ord(separator)}.xlsx", XLSX),
        )
        for separator in SEPARATORS
    ]
    odd = written(folder / "odd.jsonl", odd_records())
    for ending in TABLES:
        table = folder / f"odd{ending}"
        run_export(str(table), odd)
        types = "/".join(f"{position}/2" for position in range(1, len(cells_of(table)[0]) + 1))  # text
        options = f"{9 if ending == '.tsv' else 44},34,76,1,{types},0,true,false"
        conversions.append(Conversion(table, CSV, options, folder / f"odd{ending}.xlsx", XLSX))
    run_export(str(folder / "odd.xlsx"), odd)
    options = "44,34,76,1,,0,false,true,false,false,false,4"
    conversions.append(Conversion(folder / "odd.xlsx", XLSX, "", folder / "sheet.csv", CSV, options))
    run_export(str(folder / "people.xlsx"), written(folder / "people.jsonl", generated(12)))
    conversions.append(Conversion(folder / "people.xlsx", XLSX, "", folder / "people.ods", ODS))
    convert(conversions, folder / "office")
    return folder


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice (soffice)")
class TestLibreOffice:
    """LibreOffice reads tables as Excel does. It reads all line ends as LF, and omits NUL."""

    @pytest.mark.parametrize("separator", SEPARATORS)
    def test_no_cell_is_a_formula(self, made, separator):
        with zipfile.ZipFile(made / f"formulas-{ord(separator)}.xlsx") as workbook:
            sheet = workbook.read("xl/worksheets/sheet1.xml")
        assert sheet.count(b"<row ") > 50
        assert re.findall(rb"<f[ />].{,80}", sheet) == []

    @pytest.mark.parametrize("ending", TABLES)
    def test_a_table_has_the_same_cells(self, made, ending):
        table = cells_of(made / f"odd{ending}")
        by_office = [
            [unescape(value or "") for value in row]
            for row in openpyxl.load_workbook(made / f"odd{ending}.xlsx").active.iter_rows(values_only=True)
        ]
        expected = [[unescape(with_lf(cell).replace("\0", "")) for cell in row] for row in table]
        assert by_office == expected

    def test_a_workbook_has_the_same_cells_as_a_table(self, made):
        (table,) = made.glob("sheet*.csv")
        meant = {escape_formulas(text): text for text in ODD_TEXTS} | {"true": "TRUE", "false": "FALSE"}
        expected = [[with_lf(meant.get(cell, cell)) for cell in row] for row in cells_of(made / "odd.csv")]
        assert [[*map(with_lf, row)] for row in cells_of(table)] == expected

    def test_it_opens_the_workbook_for_people(self, made):
        import pandas as pd  # noqa: PLC0415 -- it takes its time

        papers = pd.read_excel(made / "people.ods", sheet_name="Papers", engine="calamine")
        assert [*papers["DOI"]] == [record["doi"] for record in decoded(generated(12))]


def cells_of(target):
    """Return the cells of a CSV or TSV file."""
    with Path(target).open(encoding="utf-8", newline="") as file:
        return [*csv.reader(file, delimiter="\t" if str(target).endswith(".tsv") else ",")]


def with_lf(text):
    return re.sub("\r\n|\n\r|\r", "\n", text)


class TestMessages:
    @for_each("ending", [".csv", ".parquet", ".duckdb"])
    def test_unknown_keys_are_counted(self, lines, ending):
        source = written("records.jsonl", [changed(line, mood="calm") for line in lines[:2]] + lines[2:4])
        done, _ = run_export(f"out{ending}", source)
        words = "unknown keys were ignored (with the number of records): mood (2)"
        assert done.notices == [words]

    def test_of_many_unknown_keys_some_are_named_and_the_rest_counted(self, lines):
        many = {f"{number:04}{'x' * 1_000}": number for number in range(3_000)}
        new = {"source": "y" * 10_000, "count": 7, "unit": None, "url": None}
        done, _ = run_export("out.csv", written("records.jsonl", [changed(lines[0], mentions=[new], **many)]))
        source, keys = done.notices
        assert keys.endswith("xxx… (1), 2,980 more")
        assert len(source) + len(keys) < 3_000


class TestAtomicWrites:
    @for_each("ending", ENDINGS)
    def test_a_full_disk_leaves_the_old_file_unchanged(self, ending):
        source = written("records.jsonl", generated(200))
        Path(f"out{ending}").write_bytes(b"before")
        with full_disk(), pytest.raises(ExportError, match=rf"out{ending}: output cannot be written"):
            run_export(f"out{ending}", source)
        assert Path(f"out{ending}").read_bytes() == b"before"
        assert file_names() == sorted(["records.jsonl", f"out{ending}"])
        Path(f"out{ending}").unlink()

    @pytest.mark.parametrize(
        ("target", "words"),
        [
            ("out.docx", "out.docx: its ending does not name a format; use one of .csv .tsv"),
            ("records.jsonl", "records.jsonl: is one of the input files"),
            ("nowhere/out.csv", "nowhere/out.csv: its folder does not exist"),
            ("there.csv", "there.csv: is not a regular file"),
        ],
    )
    def test_an_unusable_target_is_refused_before_reading(self, source, target, words):
        Path("there.csv").mkdir()
        with pytest.raises(ExportError, match=words):
            export([source], target)

    def test_a_missing_source_leaves_no_file(self):
        with pytest.raises(InputError, match=r"missing.jsonl: no such file"):
            export(["missing.jsonl"], "out.csv")
        assert file_names() == []

    def test_a_replaced_file_keeps_its_permissions(self, source):
        Path("out.parquet").touch(mode=0o640)
        run_export("out.parquet", source)
        assert Path("out.parquet").stat().st_mode & 0o777 == 0o640


def test_duckdb_without_enough_memory_is_an_error_with_advice(source, monkeypatch):
    monkeypatch.setitem(duckdb_file._SETTINGS, "memory_limit", "1MB")
    with pytest.raises(
        ExportError, match=r"^out\.duckdb: DuckDB needs more than 1MB of memory .*; export fewer at once"
    ):
        export([source], "out.duckdb")
    assert not Path("out.duckdb").exists()


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_memory_does_not_grow_with_the_number_of_records(monkeypatch, ending):
    monkeypatch.setattr(arrow_tables, "_BATCH_BYTES", 2**16)
    monkeypatch.setattr(arrow_tables, "_GROUP_BYTES", 2**19)
    usual = pa.default_memory_pool()

    def peak(count):
        source = written("records.jsonl", generated(150) * count)
        arrow = pa.proxy_memory_pool(usual)
        pa.set_memory_pool(arrow)
        tracemalloc.start()
        try:
            run_export(f"out{ending}", source)
            return tracemalloc.get_traced_memory()[1] + (arrow.max_memory() or 0)
        finally:
            tracemalloc.stop()
            pa.set_memory_pool(usual)

    run_export(f"out{ending}", VERSION_1)  # modules are imported before memory is measured
    assert peak(3) < 1.25 * peak(1)


def test_a_run_folder_and_its_parquet_export_the_same_records(lines, folder):
    (folder / "run").mkdir()
    written("run/records.jsonl", lines)
    run_export("first.parquet", "run")
    run_export("second.parquet", "first.parquet")
    assert pa.Table.equals(pq.read_table("first.parquet"), pq.read_table("second.parquet"))


class TestParquetFromANewerVersion:
    @pytest.fixture
    def table(self, lines):
        run_export("first.parquet", written("records.jsonl", lines[:3]))
        return pq.read_table("first.parquet")

    def test_a_row_of_a_newer_schema_version_is_skipped(self, table):
        pq.write_table(table.set_column(0, "schema_version", pa.array([1, 3, 1])), "newer.parquet")
        done, damaged = run_export("out.csv", "newer.parquet")
        assert done.records == 2
        assert [line[:2] for line in damaged] == [("newer.parquet", 2)]
        assert damaged[0].reason.startswith("has schema_version 3, but this altdetails reads at most 2")

    def test_new_columns_are_kept_in_jsonl_and_counted_in_other_formats(self, table):
        pq.write_table(table.append_column("mood", pa.array(["calm", None, "wild"])), "newer.parquet")
        run_export("out.jsonl", "newer.parquet")
        assert [record["mood"] for record in decoded(Path("out.jsonl").read_bytes().splitlines())] == [
            "calm",
            None,
            "wild",
        ]
        done, _ = run_export("out.csv", "newer.parquet")
        assert done.notices == ["unknown keys were ignored (with the number of records): mood (3)"]

    def test_an_invalid_row_is_skipped(self, table):
        odd = pa.array(["html", "html", None])
        provenance = [*map(dict, table["provenance"].to_pylist())]
        made = [row | {"format": form.as_py()} for row, form in zip(provenance, odd, strict=True)]
        pq.write_table(table.drop_columns("provenance").append_column("provenance", pa.array(made)), "odd.parquet")
        done, damaged = run_export("out.csv", "odd.parquet")
        assert (done.records, [line.line for line in damaged]) == (2, [3])

    @pytest.mark.parametrize(
        "odd",
        [
            pa.array([b"a\xff"] * 3).view(pa.string()),
            pa.array([2**31 - 1] * 3, pa.int32()).view(pa.date32()),
            pa.array([2**62] * 3, pa.int64()).view(pa.timestamp("ms")),
        ],
        ids=["text that is not UTF-8", "a date of a later age", "a time of a later age"],
    )
    def test_a_parquet_file_with_values_that_python_does_not_have_is_refused(self, table, odd):
        pq.write_table(table.append_column("mood", odd), "odd.parquet")
        with pytest.raises(InputError, match=r"odd.parquet: cannot be read as Parquet: .*; copy or make the file"):
            export(["odd.parquet"], "out.csv")

    def test_a_parquet_file_of_other_data_is_refused(self):
        pq.write_table(pa.table({"name": ["a", "b"]}), "other.parquet")
        with pytest.raises(
            InputError, match=r"other.parquet is not a records file: give Parquet that `altdetails export` wrote"
        ):
            export(["other.parquet"], "out.csv")
