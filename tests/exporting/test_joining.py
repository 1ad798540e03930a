"""`with_rows_of`: every row of a user's table comes back once, with the newest numbers beside it."""

import csv
import datetime as dt
import json
import os
from collections import Counter
from contextlib import closing
from pathlib import Path

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest
from tests.exporting.runs import missing, scraped, tracked, unreached
from tests.support.records import changed, fetched, generated, written

from altdetails.errors import ExportError, InputError, SettingsError
from altdetails.exporting.write import ENDINGS, export
from altdetails.records.streams import lines_of, open_file

HEADER = ["Key", "DOI", "Title", "n"]
COUNT = 140


@pytest.fixture(scope="session")
def lines():
    return generated(20)


@pytest.fixture
def source(lines):
    return written("records.jsonl", lines)


def dois(lines):
    return [json.loads(line)["doi"] for line in lines]


def many_rows(lines):
    """Rows with DOIs in all forms: as they are, repeated, in capitals, as addresses, missing, and of no record."""
    known = dois(lines)
    rows = []
    for number in range(COUNT):
        doi = known[number % len(known)]
        forms = (doi, doi.upper(), f"https://doi.org/{doi}", f"doi:{doi}", None, "N/A", f"10.5555/none.{number}")
        rows.append([f"key {number}", forms[number % len(forms)], "=1+1" if number % 2 else "Dusk; dawn", "-5"])
    return rows


def write_table(path, rows, header=HEADER):
    """Write a table of the user's own in the format of the path, and return its path."""
    if path.endswith(".xlsx"):
        book = openpyxl.Workbook()
        for number, row in enumerate([header, *rows], 1):
            for position, value in enumerate(row, 1):
                cell = book.active.cell(number, position, value)
                cell.data_type = "s" if isinstance(value, str) else cell.data_type
        book.save(path)
    else:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t" if path.endswith(".tsv") else ",").writerows([header, *rows])
    return path


def read_back(path):
    """Return the rows of an export as dicts, with empty cells as None."""
    if path.endswith(".xlsx"):
        header, *rows = openpyxl.load_workbook(path)["Papers"].iter_rows(values_only=True)
    elif path.endswith(".parquet"):
        return pq.read_table(path).to_pylist()
    elif path.endswith(".duckdb"):
        with closing(duckdb.connect(path, read_only=True)) as database:
            found = database.execute("FROM papers ORDER BY rowid")
            header, rows = [column[0] for column in found.description], found.fetchall()
    elif ".jsonl" in path:
        with open_file(path, path) as stream, lines_of(stream, path) as content:
            return [json.loads(line) for line in iter(lambda: content.readline(10**9), b"")]
    else:
        with Path(path).open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file, delimiter="\t" if path.endswith(".tsv") else ",")
    return [dict(zip(header, (cell if cell != "" else None for cell in row), strict=True)) for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "out"), [*((".csv", ending) for ending in ENDINGS), (".tsv", ".csv"), (".xlsx", ".csv")]
)
def test_each_row_comes_back_once_in_its_place(lines, source, given, out):
    rows = many_rows(lines)
    done = export(source, f"out{out}", with_rows_of=write_table(f"papers{given}", rows))
    found = read_back(f"out{out}")
    assert [row["Key"] for row in found] == [row[0] for row in rows]
    assert [row["DOI"] for row in found] == [row[1] for row in rows]
    assert {row["Title"].removeprefix("'") for row in found} == {"=1+1", "Dusk; dawn"}
    assert {row["n"] for row in found} == {"-5"}
    assert [*found[0]][:4] == HEADER
    outcomes = Counter(row["outcome"] for row in found)
    assert outcomes == done.outcomes
    assert outcomes.total() == COUNT
    assert set(outcomes) == {"ok", "no identifier", "not asked"}
    records = [*map(json.loads, lines)]
    for number, row in enumerate(found):
        is_known = row["outcome"] == "ok"
        assert is_known == (number % 7 < 4)
        record = records[number % len(records)] if is_known else {}
        assert str(row["score"]) == str(record.get("score"))
        assert row["altdetails_doi"] == (record.get("doi") or (row["DOI"] if number % 7 == 6 else None))


class TestOutcomes:
    def test_each_row_says_what_became_of_it(self):
        ok = tracked(1)
        scraped(ok, missing("10.5555/a"), unreached("10.5555/b"), pending=["10.5555/c"], invalid=["what"])
        identifiers = [
            ok[0].identifier,
            "10.5555/A",
            "10.5555/b",
            "10.5555/c",
            "10.5555/d",
            "what",
            None,
            "PMID 99000987",
        ]
        write_table("papers.csv", [[identifier, "x"] for identifier in identifiers], ["DOI", "Key"])
        done = export("run", "out.jsonl", with_rows_of="papers.csv")
        assert [row["outcome"] for row in read_back("out.jsonl")] == [
            *("ok", "not tracked", "failed", "not asked"),
            *("not asked", "no identifier", "no identifier", "not asked"),
        ]
        assert done.outcomes == {"ok": 1, "not tracked": 1, "failed": 1, "not asked": 3, "no identifier": 2}

    def test_the_newest_outcome_of_several_runs_counts(self):
        scraped(unreached("10.5555/a"), path="old")
        scraped(missing("10.5555/a", at="2026-07-01T00:00:00Z"), path="new")
        write_table("papers.csv", [["10.5555/a", 1]], ["DOI", "n"])
        for runs in (["old", "new"], ["new", "old"]):
            export(runs, "out.jsonl", with_rows_of="papers.csv")
            assert read_back("out.jsonl")[0]["outcome"] == "not tracked"

    def test_a_page_whose_record_is_damaged_is_a_failure_with_its_reason(self):
        ok = tracked(1)
        scraped(ok, tracked(2))
        records = Path("run/records.jsonl")
        records.write_bytes(records.read_bytes().replace(b'"title":"', b'"title":1,"x":"', 1))
        write_table("papers.csv", [[ok[0].identifier, 1]], ["DOI", "n"])
        export("run", "out.xlsx", with_rows_of="papers.csv")
        _, row = openpyxl.load_workbook("out.xlsx")["Not found"].iter_rows(values_only=True)
        assert row[2:] == ("failed", "the run has a page of it, but the records do not have it")


class TestSnapshots:
    @pytest.fixture
    def history(self, lines):
        times = ("2026-03-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-02-01T12:00:00Z", None)
        write_table("papers.csv", [[dois(lines)[0], 1]] * 2, ["DOI", "n"])
        snapshots = [fetched(lines[0], at, score=score) for score, at in enumerate(times)]
        return written("records.jsonl", snapshots)

    @pytest.mark.parametrize(
        ("as_of", "score"),
        [(None, 0), ("2026-02-01", 2), ("2026-02-01T11:59:59Z", 1), ("2026-01-31", 1), ("2025-12-31", None)],
    )
    def test_the_newest_snapshot_up_to_a_day_is_used(self, history, as_of, score):
        export(history, "out.jsonl", with_rows_of="papers.csv", as_of=as_of)
        rows = read_back("out.jsonl")
        assert [row["score"] for row in rows] == [score] * 2
        assert {row["outcome"] for row in rows} == {"not asked" if score is None else "ok"}

    def test_records_that_are_left_out_are_counted(self, history):
        done = export(history, "out.csv", with_rows_of="papers.csv", as_of="2026-01-31")
        assert done.notices == ["3 records are newer than --as-of, or have no time, and were left out"]

    def test_a_page_that_another_doi_led_to_is_found_by_both(self, lines):
        record = json.loads(lines[0])
        moved = changed(lines[0], provenance=record["provenance"] | {"requested": "10.5555/Preprint"})
        newer = fetched(lines[0], "2026-09-01T00:00:00Z", score=77)
        write_table("papers.csv", [["10.5555/preprint", 1], [record["doi"], 2]], ["DOI", "n"])
        export(written("records.jsonl", [moved, newer]), "out.jsonl", with_rows_of="papers.csv")
        assert [row["score"] for row in read_back("out.jsonl")] == [77, 77]

    @pytest.mark.parametrize("as_of", ["2026-02-31", "20260331", "2026-W14"])
    def test_a_day_that_does_not_exist_or_has_another_form_is_refused(self, source, as_of):
        with pytest.raises(SettingsError, match=f"'{as_of}' is neither a day nor a time: give a day such as"):
            export(source, "out.csv", with_rows_of="papers.csv", as_of=as_of)


class TestBareNumbers:
    @pytest.mark.parametrize(("ids", "key"), [("altmetric", "altmetric_id"), ("pmid", "pmid")])
    def test_ids_says_what_they_are(self, ids, key):
        lines = [changed(line, pmid=str(99000000 + number)) for number, line in enumerate(generated(3))]
        write_table("papers.csv", [[json.loads(line)[key], "x"] for line in lines], ["id", "Key"])
        export(written("records.jsonl", lines), "out.jsonl", with_rows_of="papers.csv", ids=ids)
        assert [(row["outcome"], row["doi"]) for row in read_back("out.jsonl")] == [("ok", doi) for doi in dois(lines)]

    def test_they_are_refused_if_nothing_says_it(self, source):
        write_table("papers.csv", [["990000001", "x"]], ["id", "Key"])
        with pytest.raises(
            InputError, match=r"^papers.csv: column id holds bare numbers: say --ids altmetric or --ids"
        ):
            export(source, "out.jsonl", with_rows_of="papers.csv")


class TestColumns:
    def test_cells_of_a_workbook_keep_their_types(self, lines, source):
        day, moment = dt.date(2020, 2, 29), dt.datetime(2020, 2, 29, 12, 30)  # noqa: DTZ001 -- Excel has no zones
        header = ["DOI", "whole", "part", "yes", "day", "moment", "mixed"]
        write_table(
            "papers.xlsx",
            [[dois(lines)[0], 7, 0.5, True, day, moment, 1], [None, 8, 2, False, None, None, "x"]],
            header,
        )
        export(source, "out.parquet", with_rows_of="papers.xlsx")
        first, second = read_back("out.parquet")
        assert [first[name] for name in header[1:]] == [7, 0.5, True, day, moment, "1"]
        assert [second[name] for name in header[1:]] == [8, 2.0, False, None, None, "x"]
        export(source, "out.xlsx", with_rows_of="papers.xlsx")
        midnight = dt.datetime(2020, 2, 29)  # noqa: DTZ001 -- Excel has no zones
        assert [read_back("out.xlsx")[0][name] for name in header[1:]] == [7, 0.5, True, midnight, moment, 1]

    def test_durations_and_large_numbers_of_a_workbook_keep_their_values(self, lines, source):
        duration = dt.timedelta(days=1, hours=6)
        write_table("papers.xlsx", [[dois(lines)[0], duration, 1e20]], ["DOI", "duration", "number"])
        for out, values in ((".csv", ("1 day, 6:00:00", "1e+20")), (".xlsx", (duration, 1e20))):
            export(source, f"out{out}", with_rows_of="papers.xlsx")
            (row,) = read_back(f"out{out}")
            assert (row["duration"], row["number"], row["outcome"]) == (*values, "ok")

    def test_text_of_a_table_stays_text(self, lines, source):
        write_table("papers.csv", [[dois(lines)[0], "007", "+3,5", "-1e3", "- a dash", "1" * 30]], ["DOI", *"abcde"])
        export(source, "out.parquet", with_rows_of="papers.csv")
        export(source, "out.csv", with_rows_of="papers.csv")
        for name, (row,) in (("parquet", read_back("out.parquet")), ("csv", read_back("out.csv"))):
            dash = "- a dash" if name == "parquet" else "'- a dash"
            assert [row[column] for column in "abcde"] == ["007", "+3,5", "-1e3", dash, "1" * 30]

    @pytest.mark.parametrize("out", [".csv", ".parquet", ".duckdb", ".jsonl"])
    def test_names_that_collide_get_a_prefix_or_a_number(self, lines, source, out):
        write_table("papers.csv", [[dois(lines)[0], "mine", "a", "b"]], ["DOI", "Score", "x", "X"])
        export(source, f"out{out}", with_rows_of="papers.csv")
        (row,) = read_back(f"out{out}")
        assert [*row][:4] == ["DOI", "Score", "x", "X" if out == ".csv" else "X_2"]
        assert row["Score"] == "mine"
        assert int(row["altdetails_score"]) == json.loads(lines[0])["score"]

    def test_long_and_short_rows_keep_their_cells(self, lines, source):
        doi = dois(lines)[0]
        Path("papers.csv").write_text(f"DOI,n\n{doi},1,extra,,\n{doi}\n", encoding="utf-8")
        export(source, "out.jsonl", with_rows_of="papers.csv")
        first, second = read_back("out.jsonl")
        assert [first["n"], first["column 3"]] == ["1", "extra"]
        assert [second["n"], second["score"]] == [None, first["score"]]

    def test_an_unknown_source_has_a_column_and_a_notice(self, lines):
        new = {"source": "threads", "count": 7, "unit": None, "url": None}
        write_table("papers.csv", [[dois(lines)[0], 1]], ["DOI", "n"])
        source = written("records.jsonl", [changed(lines[0], mentions=[new])])
        done = export(source, "out.jsonl", with_rows_of="papers.csv")
        assert read_back("out.jsonl")[0]["mentions_threads"] == 7
        assert done.notices == ["column mentions_threads has the counts of an unknown source: 'threads'"]


class TestRefusals:
    def test_a_table_without_identifiers_leaves_the_old_file(self, source):
        Path("out.csv").write_text("before", encoding="utf-8")
        write_table("papers.csv", [["a", "b"]] * 3, ["x", "y"])
        with pytest.raises(InputError, match=r"papers.csv"):
            export(source, "out.csv", with_rows_of="papers.csv")
        assert Path("out.csv").read_text(encoding="utf-8") == "before"

    @pytest.mark.parametrize("content", ["", "Key,DOI\n", "Key,DOI\n,\n"])
    def test_a_table_without_rows_leaves_the_old_file(self, source, content):
        Path("papers.csv").write_text(content, encoding="utf-8")
        Path("out.csv").write_text("before", encoding="utf-8")
        with pytest.raises(InputError, match=r"papers.csv: has no rows with your papers; give a table with a header"):
            export(source, "out.csv", with_rows_of="papers.csv")
        assert Path("out.csv").read_text(encoding="utf-8") == "before"

    @pytest.mark.parametrize(
        ("content", "form"),
        [
            ("@article{a1,\n  title = {Lamps},\n  doi = {10.5555/a}\n}\n", "BibTeX"),
            ("TY  - JOUR\nTI  - Lamps, and keepers\nDO  - 10.5555/a\nER  - \n", "RIS"),
            ('[{"DOI": "10.5555/a", "title": "Lamps"}]\n', "JSON"),
        ],
    )
    def test_an_export_that_is_not_a_table_is_refused_with_the_way_out(self, source, content, form):
        Path("library").write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=f"library: is {form}, not a table; export it as CSV or Excel"):
            export(source, "out.csv", with_rows_of="library")

    def test_a_table_that_can_be_read_only_once_is_refused(self, source):
        pipes = ["pipe"] if hasattr(os, "mkfifo") else []
        for pipe in pipes:
            os.mkfifo(pipe)
        for path in ("-", *pipes):
            with pytest.raises(SettingsError, match="the table of --with is read twice; save it as a file"):
                export(source, "out.csv", with_rows_of=path)

    def test_the_table_cannot_be_the_output(self, lines, source):
        write_table("papers.csv", [[dois(lines)[0], 1]], ["DOI", "n"])
        with pytest.raises(ExportError, match=r"papers.csv: is one of the input files"):
            export(source, "papers.csv", with_rows_of="papers.csv")

    @pytest.mark.parametrize(
        ("out", "choices", "words"),
        [
            ("out.csv", {"as_of": "2026-01-01"}, "--as-of needs --with FILE"),
            ("out.csv", {"ids": "pmid"}, "--ids says what the numbers of --with FILE are; give both"),
            ("out.csv", {"ids": "isbn", "with_rows_of": "papers.csv"}, "ids='isbn' is not allowed; choose altmetric"),
            ("out.csv", {"column": "DOI"}, "--column names a column of --with FILE"),
            ("out.csv", {"all_columns": True}, "only .xlsx has --all-columns"),
            ("out.tsv", {"for_excel": True}, "--excel is for .csv"),
            (
                "out.csv",
                {"table": "people"},
                "'people' is not a table; choose records, outcomes",
            ),
            ("out.csv", {"table": "outcomes"}, "records have no outcomes; give a run folder"),
            ("out.xlsx", {"table": "outcomes"}, "has both tables; leave --table out"),
            ("out.csv", {"table": "outcomes", "with_rows_of": "papers.csv"}, "--with has the outcome of each row"),
        ],
    )
    def test_contradictions_are_refused(self, source, out, choices, words):
        with pytest.raises(SettingsError, match=f"^{out}: {words}"):
            export(source, out, **choices)

    def test_an_export_with_rows_replaces_an_earlier_one_but_no_other_file(self, lines, source):
        write_table("papers.csv", [[dois(lines)[0], 1]], ["DOI", "n"])
        for _ in range(2):
            export(source, "out.duckdb", with_rows_of="papers.csv")
        with closing(duckdb.connect("out.duckdb")) as database:
            database.execute("COMMENT ON TABLE papers IS 'mine'")
        with pytest.raises(ExportError, match=r"content that is not of an export \(main.papers"):
            export(source, "out.duckdb")
