"""An export: which files there are, what is in them when real readers open them, and what is told."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.support.records import VERSION_1, changed, decoded, fetched, generated, samples, written

from altdetails.errors import ExportError, InputError
from altdetails.exporting.wide import LONGEST_CELL
from altdetails.exporting.write import ENDINGS, export
from altdetails.records.files import records
from altdetails.schemas.arrow import arrow_schema


@pytest.fixture(scope="session")
def lines():
    return [*samples(), *generated(60)]


@pytest.fixture
def source(lines):
    return written("records.jsonl", lines)


def exported(target, *paths):
    """What came of an export, and what was damaged."""
    damaged = []
    return export(paths, target, damaged=damaged.append), damaged


def left():
    """What is in the folder."""
    return sorted(path.name for path in Path().iterdir())


def rows_of(target):
    """The rows of a CSV or TSV file as polars reads them: all as text."""
    separator = "\t" if target.endswith(".tsv") else ","
    return pl.read_csv(target, separator=separator, infer_schema=False).to_dicts()


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_takes_records_of_version_1(ending):
    done, damaged = exported(f"out{ending}", VERSION_1)
    assert (done.records, damaged) == (len(samples()), [])
    assert Path(f"out{ending}").stat().st_size
    assert left() == [f"out{ending}"]


class TestLines:
    @pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
    def test_lines_stay_as_they_are_with_keys_that_nobody_knows(self, lines, ending):
        odd = [changed(lines[0], mood="calm"), *lines]
        exported(f"out{ending}", written("records.jsonl", odd))
        assert [line.raw for line in records([f"out{ending}"])] == odd

    def test_the_same_records_give_the_same_gzip(self, source):
        exported("one.jsonl.gz", source)
        exported("two.jsonl.gz", source)
        assert Path("one.jsonl.gz").read_bytes() == Path("two.jsonl.gz").read_bytes()
        assert gzip.decompress(Path("one.jsonl.gz").read_bytes()) == Path(source).read_bytes()


class TestParquet:
    def test_it_holds_the_records_with_the_schema_and_zstandard(self, lines, source):
        exported("out.parquet", source)
        file = pq.ParquetFile("out.parquet")
        assert file.schema_arrow == arrow_schema()
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"
        assert [line.record.to_dict() for line in records(["out.parquet"])] == decoded(lines)

    def test_null_an_empty_list_and_zero_stay_apart(self, lines):
        three = [changed(lines[0], mentions=value, score=score) for value, score in ((None, None), ([], 0))]
        exported("out.parquet", written("records.jsonl", three))
        found = pq.read_table("out.parquet").select(["mentions", "score"]).to_pylist()
        assert found == [{"mentions": None, "score": None}, {"mentions": [], "score": 0}]

    def test_duckdb_and_polars_read_it(self, lines, source):
        exported("out.parquet", source)
        total = sum(count["count"] for said in decoded(lines) for count in said["mentions"] or ())
        by_duckdb = duckdb.sql("SELECT sum(m.count) FROM 'out.parquet', unnest(mentions) AS u(m)").fetchall()
        by_polars = pl.read_parquet("out.parquet").explode("mentions")["mentions"].struct.field("count").sum()
        assert by_duckdb == [(total,)]
        assert by_polars == total

    def test_a_value_that_no_column_takes_costs_its_record_alone(self, lines):
        odd = changed(lines[1], last_mentioned="2023-02-31")
        huge = changed(lines[2], score=10**30)
        done, damaged = exported("out.parquet", written("records.jsonl", [*lines[:5], odd, *lines[5:9], huge]))
        assert done.records == pq.read_metadata("out.parquet").num_rows == 9
        assert [line.line for line in damaged] == [6, 11]
        assert done.damaged == 2


class TestDuckdb:
    def test_its_tables_hold_the_items_of_each_record_in_their_order(self, lines, source):
        exported("out.duckdb", source)
        with duckdb.connect("out.duckdb", read_only=True) as database:
            found = database.execute(
                "SELECT r.provenance_sha256, m.source, m.count FROM mentions m JOIN records r USING (record_key) "
                "ORDER BY 1, m.position"
            ).fetchall()
            readers = database.execute(
                "SELECT r.provenance_sha256, d.name, d.count, d.percent FROM demographics d JOIN records r "
                "USING (record_key) WHERE d.source = 'mendeley' AND d.breakdown = 'countries' ORDER BY 1, d.position"
            ).fetchall()
        by_page = sorted(decoded(lines), key=lambda said: said["provenance"]["sha256"])
        assert found == [
            (said["provenance"]["sha256"], count["source"], count["count"])
            for said in by_page
            for count in said["mentions"] or ()
        ]
        assert readers == [
            (said["provenance"]["sha256"], group["name"], group["count"], group["percent"])
            for said in by_page
            for group in ((said["demographics"] or {}).get("mendeley") or {}).get("countries") or ()
        ]

    def test_what_the_page_shows_is_told_beside_what_it_says(self, lines, source):
        exported("out.duckdb", source)
        with duckdb.connect("out.duckdb", read_only=True) as database:
            found = database.execute(
                "SELECT mentions_shown, demographics_shown, demographics_twitter_shown, authors, score, "
                "last_mentioned, strftime(provenance_fetched_at AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') "
                "FROM records ORDER BY rowid"
            ).fetchall()
        for said, (mentions, both, twitter, authors, score, last, fetched_at) in zip(
            decoded(lines), found, strict=True
        ):
            assert mentions == (said["mentions"] is not None)
            assert both == (said["demographics"] is not None)
            assert twitter == ((said["demographics"] or {}).get("twitter") is not None)
            assert authors == said["authors"]
            assert score == said["score"]
            assert (last and last.isoformat()) == said["last_mentioned"]
            assert fetched_at == said["provenance"]["fetched_at"]

    def test_a_record_that_is_given_twice_stands_there_once(self, lines):
        done, _ = exported("out.duckdb", written("a.jsonl", [*lines, lines[3]]), written("b.jsonl", lines[:10]))
        assert done.records == len(lines)
        assert done.notices == ["given more than once, and in the file once: 11"]
        with duckdb.connect("out.duckdb", read_only=True) as database:
            counted = database.execute(
                "SELECT count(*), count(DISTINCT (record_key, position)) FROM mentions"
            ).fetchone()
        total = sum(len(said["mentions"] or ()) for said in decoded(lines))
        assert counted == (total, total)

    def test_a_large_file_that_is_given_twice_stands_there_once(self):
        source = written("records.jsonl", [changed(line, abstract="x" * 50_000) for line in generated(400)])
        done, _ = exported("out.duckdb", source, source)
        assert done.records == 400
        assert done.notices == ["given more than once, and in the file once: 400"]

    def test_views_show_the_newest_snapshot_of_each_output_and_its_history(self, lines):
        first = fetched(lines[-1], "2026-01-01T00:00:00Z", score=5)
        second = fetched(lines[-1], "2026-07-01T00:00:00Z", score=9)
        unknown = fetched(lines[-1], None, score=1)
        exported("out.duckdb", written("records.jsonl", [second, first, unknown, lines[-2]]))
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
        said = json.loads(first)
        assert newest == [(9,)]
        assert sorted(history) == [(1,), (5,), (9,)]
        assert counts == [
            (block, count["source"], count["count"])
            for block in ("citations", "mentions", "readers")
            for count in said[block] or ()
        ]


class TestOneRowARecord:
    @pytest.mark.parametrize("ending", [".csv", ".tsv"])
    def test_polars_reads_a_cell_for_each_column(self, lines, source, ending):
        exported(f"out{ending}", source)
        found = rows_of(f"out{ending}")
        assert len(found) == len(lines)
        for said, row in zip(decoded(lines), found, strict=True):
            counts = {count["source"]: str(count["count"]) for count in said["mentions"] or ()}
            assert row["mentions_news"] == counts.get("news")
            assert row["mentions_shown"] == str(said["mentions"] is not None).lower()
            assert row["score"] == (None if said["score"] is None else str(said["score"]))
            ranks = {ranking["scope"]: ranking for ranking in said["rankings"] or ()}
            assert row["rank_all"] == (str(ranks["all"]["rank"]) if ranks.get("all", {}).get("rank") else None)
            assert row["title"] == said["title"]
            assert row["abstract"] == said["abstract"]

    def test_pandas_and_duckdb_read_as_many_rows(self, lines, source):
        import pandas as pd  # noqa: PLC0415 -- it takes its time

        exported("out.csv", source)
        assert len(pd.read_csv("out.csv")) == len(lines)
        assert duckdb.sql("SELECT count(*) FROM read_csv('out.csv', all_varchar = true)").fetchall() == [(len(lines),)]

    def test_openpyxl_reads_numbers_as_numbers_and_text_as_text(self, lines, source):
        exported("out.xlsx", source)
        sheet = openpyxl.load_workbook("out.xlsx")["records"]
        header, *found = sheet.iter_rows(values_only=True)
        assert len(found) == len(lines)
        for said, cells in zip(decoded(lines), found, strict=True):
            row = dict(zip(header, cells, strict=True))
            assert row["score"] == said["score"]
            assert row["title"] == said["title"]
            assert row["doi"] == said["doi"]
            assert row["mentions_shown"] is (said["mentions"] is not None)

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "＝"])
    def test_formulas_are_defused(self, lines, start):
        evil = f"{start}HYPERLINK(\"http://127.0.0.1\", 'x')"
        source = written("records.jsonl", [changed(lines[0], title=evil, authors=[evil], source=None)])
        exported("out.csv", source)
        (row,) = rows_of("out.csv")
        assert row["title"] == f"'{evil}"
        assert row["authors"] == f"'{evil}"
        exported("out.xlsx", source)
        cells = [cell for row in openpyxl.load_workbook("out.xlsx")["records"].iter_rows() for cell in row]
        assert [cell.data_type for cell in cells if cell.value == evil] == ["s", "s"]
        assert [cell for cell in cells if cell.data_type == "f" or cell.hyperlink] == []

    def test_a_source_that_is_not_known_gets_a_column_at_the_end_and_is_announced(self, lines):
        new = {"source": "=threads & co", "count": 7, "unit": None, "url": None}
        known = {"source": "news", "count": 3, "unit": None, "url": None}
        source = written("records.jsonl", [lines[0], changed(lines[1], mentions=[new, known]), lines[2]])
        done, _ = exported("out.csv", source)
        rows = rows_of("out.csv")
        assert [*rows[0]][-1] == "mentions_threads_co"
        assert [row["mentions_threads_co"] for row in rows] == [None, "7", None]
        assert rows[1]["mentions_news"] == "3"
        words = "holds the counts of a source that this altdetails does not know: '=threads & co'"
        assert done.notices == [f"column mentions_threads_co {words}"]

    def test_columns_that_would_have_one_name_get_two(self, lines):
        twins = [{"source": source, "count": count, "unit": None, "url": None} for count, source in enumerate("?!")]
        exported("out.csv", written("records.jsonl", [changed(lines[0], mentions=twins)]))
        (row,) = rows_of("out.csv")
        assert (row["mentions_unnamed"], row["mentions_unnamed_2"]) == ("0", "1")

    def test_more_unknown_sources_than_columns_stand_in_one_as_text(self, lines):
        many = [
            [{"source": f"s{number}_{each}", "count": each, "unit": None, "url": None} for each in range(150)]
            for number in range(2)
        ]
        source = written("records.jsonl", [changed(lines[0], mentions=mentions) for mentions in many])
        done, _ = exported("out.csv", source)
        first, second = rows_of("out.csv")
        assert first["more_sources"] is None
        assert second["mentions_s1_49"] == "49"
        assert second["more_sources"].split("; ")[0] == "mentions_s1_50 50"
        assert len(second["more_sources"].split("; ")) == 100
        assert done.notices[-1] == "100 counts of more unknown sources stand in column more_sources, as text"

    def test_a_source_that_stands_twice_has_no_cell_since_nobody_can_tell_which_holds(self, lines):
        twice = [{"source": "news", "count": count, "unit": None, "url": None} for count in (3, 4)]
        exported("out.csv", written("records.jsonl", [changed(lines[0], mentions=twice)]))
        assert rows_of("out.csv")[0]["mentions_news"] is None

    def test_a_source_that_stands_twice_with_one_count_has_it(self, lines):
        twice = [{"source": "news", "count": 3, "unit": None, "url": None}] * 2
        exported("out.csv", written("records.jsonl", [changed(lines[0], mentions=twice)]))
        assert rows_of("out.csv")[0]["mentions_news"] == "3"

    def test_a_cell_that_excel_does_not_take_is_cut_and_that_is_told(self, lines):
        done, _ = exported("out.xlsx", written("records.jsonl", [changed(lines[0], abstract="x" * 40_000)]))
        sheet = openpyxl.load_workbook("out.xlsx")["records"]
        header = [cell.value for cell in sheet[1]]
        cell = sheet.cell(2, header.index("abstract") + 1).value
        assert len(cell) == LONGEST_CELL
        assert cell.endswith("x … [cut]")
        assert done.notices == ["cells cut at the 32,767 characters that Excel takes, ending in '… [cut]': 1"]


class TestWhatIsTold:
    @pytest.mark.parametrize("ending", ENDINGS)
    def test_damaged_lines_are_named_and_set_aside(self, lines, ending):
        source = written("records.jsonl", [lines[0], b"{", lines[1], b'{"schema_version": 7}', lines[2]])
        done, damaged = exported(f"out{ending}", source)
        assert (done.records, done.damaged) == (3, 2)
        assert [(line.file, line.line) for line in damaged] == [("records.jsonl", 2), ("records.jsonl", 4)]

    @pytest.mark.parametrize("ending", [".csv", ".parquet", ".duckdb"])
    def test_keys_that_are_not_known_are_counted(self, lines, ending):
        source = written("records.jsonl", [changed(line, mood="calm") for line in lines[:2]] + lines[2:4])
        done, _ = exported(f"out{ending}", source)
        words = "keys that this altdetails does not know are left out (of so many records): mood (2)"
        assert done.notices == [words]

    def test_of_very_many_keys_some_are_named_and_all_counted(self, lines):
        many = {f"{number:04}{'x' * 1_000}": number for number in range(3_000)}
        new = {"source": "y" * 10_000, "count": 7, "unit": None, "url": None}
        done, _ = exported("out.csv", written("records.jsonl", [changed(lines[0], mentions=[new], **many)]))
        source, keys = done.notices
        assert keys.endswith("xxx… (1), 2,980 more")
        assert len(source) + len(keys) < 3_000


class TestWholeOrNotAtAll:
    @pytest.mark.parametrize("ending", ENDINGS)
    def test_where_the_disk_is_full_the_file_holds_what_it_held_before(self, ending):
        written("records.jsonl", generated(2_000))
        Path(f"out{ending}").write_bytes(b"before")
        code = (
            "import resource, signal, sys\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
            "from altdetails.cli import main\n"
            f"sys.argv[1:] = ['export', 'records.jsonl', '-o', 'out{ending}']\n"
            "main()"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 2
        assert f"out{ending}: output cannot be written" in done.stderr
        assert Path(f"out{ending}").read_bytes() == b"before"
        assert left() == sorted(["records.jsonl", f"out{ending}"])

    @pytest.mark.parametrize(
        ("target", "words"),
        [
            ("out.docx", "out.docx: its ending does not name a format; give it one of .csv .tsv"),
            ("records.jsonl", "records.jsonl: is one of the input files"),
            ("nowhere/out.csv", "nowhere/out.csv: its folder does not exist"),
            ("there.csv", "there.csv: is not a file that can be replaced"),
        ],
    )
    def test_a_target_that_will_not_do_is_refused_at_once(self, source, target, words):
        Path("there.csv").mkdir()
        with pytest.raises(ExportError, match=words):
            export([source], target)

    def test_a_source_that_is_not_there_leaves_no_file(self):
        with pytest.raises(InputError, match=r"missing.jsonl: no such file"):
            export(["missing.jsonl"], "out.csv")
        assert left() == []

    def test_the_file_gets_the_rights_of_the_one_that_it_replaces(self, source):
        Path("out.parquet").touch(mode=0o640)
        exported("out.parquet", source)
        assert Path("out.parquet").stat().st_mode & 0o777 == 0o640


def test_memory_does_not_grow_with_the_number_of_records():
    def peak(count):
        written("many.jsonl", generated(500) * count)
        code = (
            "import resource; from altdetails import export\n"
            "export(['many.jsonl'], 'many.csv'); export(['many.jsonl'], 'many.parquet')\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)

    assert peak(40) < 1.25 * peak(20)


def test_an_export_of_a_run_folder_and_of_parquet_gives_the_same(lines, folder):
    (folder / "run").mkdir()
    written("run/records.jsonl", lines)
    exported("first.parquet", "run")
    exported("second.parquet", "first.parquet")
    assert pa.Table.equals(pq.read_table("first.parquet"), pq.read_table("second.parquet"))


class TestParquetOfANewerAltdetails:
    @pytest.fixture
    def table(self, lines):
        exported("first.parquet", written("records.jsonl", lines[:3]))
        return pq.read_table("first.parquet")

    def test_a_row_of_a_newer_version_is_refused_and_never_read_by_half(self, table):
        pq.write_table(table.set_column(0, "schema_version", pa.array([1, 2, 1])), "newer.parquet")
        done, damaged = exported("out.csv", "newer.parquet")
        assert done.records == 2
        assert [line[:2] for line in damaged] == [("newer.parquet", 2)]
        assert damaged[0].reason.startswith("has schema_version 2, and this altdetails knows 1")

    def test_its_new_columns_are_kept_in_lines_and_counted_elsewhere(self, table):
        pq.write_table(table.append_column("mood", pa.array(["calm", None, "wild"])), "newer.parquet")
        exported("out.jsonl", "newer.parquet")
        assert [said["mood"] for said in decoded(Path("out.jsonl").read_bytes().splitlines())] == ["calm", None, "wild"]
        done, _ = exported("out.csv", "newer.parquet")
        assert done.notices == ["keys that this altdetails does not know are left out (of so many records): mood (3)"]

    def test_a_row_that_is_no_record_is_set_aside(self, table):
        odd = pa.array(["html", "html", "pdf"])
        provenance = [*map(dict, table["provenance"].to_pylist())]
        made = [each | {"format": form.as_py()} for each, form in zip(provenance, odd, strict=True)]
        pq.write_table(table.drop_columns("provenance").append_column("provenance", pa.array(made)), "odd.parquet")
        done, damaged = exported("out.csv", "odd.parquet")
        assert (done.records, [line.line for line in damaged]) == (2, [3])

    def test_a_table_of_other_things_is_refused(self):
        pq.write_table(pa.table({"name": ["a", "b"]}), "other.parquet")
        with pytest.raises(
            InputError, match=r"other.parquet: this is not a file of records; `altdetails export` writes"
        ):
            export(["other.parquet"], "out.csv")
