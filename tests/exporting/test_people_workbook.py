"""The workbook for people: its sheets, links and formats, within the limits of Excel, opened by other programs."""

import datetime as dt
import json
import zipfile
from pathlib import Path

import msgspec
import openpyxl
import pandas as pd
import pytest
from tests.exporting.runs import missing, scraped, tracked, unreached
from tests.support.cases import for_each
from tests.support.records import changed, fetched, generated, written

from altdetails.errors import ExportError
from altdetails.exporting import excel
from altdetails.exporting.write import export

GREY = "FFE7E6E6"


@pytest.fixture(scope="session")
def lines():
    return generated(20)


@pytest.fixture
def source(lines):
    return written("records.jsonl", lines)


def opened(path="out.xlsx"):
    return openpyxl.load_workbook(path)


def rows_of(sheet):
    """Return the rows of a sheet with a header, as dicts of cells."""
    header, *rows = sheet.iter_rows()
    return [dict(zip((cell.value for cell in header), row, strict=True)) for row in rows]


def summary_of(book):
    return {row[0]: row[1:] for row in book["Summary"].iter_rows(values_only=True) if row[0]}


def counts_of(**count_by_source):
    return [{"source": name, "count": count, "unit": None, "url": None} for name, count in count_by_source.items()]


class TestPapers:
    def test_a_paper_has_links_formats_and_shaded_unknown_cells(self, lines):
        odd = changed(lines[0], doi="10.5555/a#b?c%41(d)", mentions=counts_of(news=0, twitter=1234), url="javascript:1")
        export(written("records.jsonl", [odd]), "out.xlsx")
        (paper,) = rows_of(opened()["Papers"])
        number = json.loads(odd)["altmetric_id"]
        assert paper["DOI"].value == "10.5555/a#b?c%41(d)"
        assert paper["DOI"].hyperlink.target == "https://doi.org/10.5555/a%23b%3Fc%2541(d)"
        assert paper["Details page"].hyperlink.target == f"https://www.altmetric.com/details/{number}"
        assert (paper["News"].value, paper["X"].value, paper["Blogs"].value) == (0, 1234, None)
        assert paper["X"].number_format == "#,##0"
        assert paper["Blogs"].fill.fgColor.rgb == GREY
        assert paper["News"].fill.fill_type is None
        assert paper["Captured"].is_date

    def test_the_header_stays_in_sight_with_a_filter_and_a_note(self, source, lines):
        export(source, "out.xlsx")
        sheet = opened()["Papers"]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == f"A1:T{len(lines) + 1}"
        assert sheet.column_dimensions["A"].width > 50
        notes = {cell.value: cell.comment.text for cell in sheet[1] if cell.comment}
        assert notes["Score"].startswith("An empty grey cell is unknown")

    def test_a_paper_is_there_once_with_its_newest_numbers(self, lines):
        old, new = (fetched(lines[0], f"2026-0{month}-01T00:00:00Z", score=month) for month in (1, 7))
        done = export(written("records.jsonl", [new, lines[1], old]), "out.xlsx")
        assert [row["Score"].value for row in rows_of(opened()["Papers"])] == [7, json.loads(lines[1])["score"]]
        assert done.records == 3
        words = "earlier snapshots of the same papers are not in the sheet Papers (1): --all-columns adds all records"
        assert done.notices == [words]
        export("records.jsonl", "out.xlsx", all_columns=True)
        assert opened().sheetnames == ["Summary", "Papers", "Fields", "All columns"]
        assert opened()["All columns"].max_row == 4

    def test_the_summary_has_sums_and_medians_of_papers_that_show_a_number(self, lines):
        numbers = (2, 5, None, 11)
        odd = [
            changed(line, score=number, mentions=[] if number is None else counts_of(news=number), citations=None)
            for line, number in zip(lines, numbers, strict=False)
        ]
        export(written("records.jsonl", odd), "out.xlsx")
        summary = summary_of(opened())
        assert summary["News"] == (3, 18, 5)
        assert summary["Score"] == (3, None, 5)
        assert summary["Papers"][0] == 4
        assert "Dimensions" not in summary
        assert opened()["Summary"]["A1"].value == "Data: Altmetric.com"

    def test_the_fields_say_what_each_column_means(self, source):
        export(source, "out.xlsx", all_columns=True)
        book = opened()
        fields = {row["Column"].value: row["Meaning"].value for row in rows_of(book["Fields"])}
        assert all(fields[cell.value] for cell in book["Papers"][1])
        assert {cell.value for cell in book["All columns"][1]} <= set(fields)


class TestRuns:
    def test_identifiers_without_a_record_are_listed_with_their_reason(self):
        ok = tracked(1)
        scraped(ok, missing("10.5555/a"), unreached("10.5555/b"), pending=["10.5555/c"])
        export("run", "out.xlsx")
        book = opened()
        rows = [[cell.value for cell in row.values()] for row in rows_of(book["Not found"])]
        assert [row[:2] for row in rows] == [
            ["10.5555/a", "not tracked"],
            ["10.5555/b", "failed"],
            ["10.5555/c", "pending"],
        ]
        assert rows[1][2:4] == ["no connection", 3]
        summary = summary_of(book)
        assert summary["Asked: identifiers"][0] == 4
        assert summary["Coverage"][0] == "25.0 % have a record"

    def test_an_identifier_of_several_runs_counts_once_with_its_newest_outcome(self):
        ok, late = tracked(1), tracked(2)
        later = "2026-07-01T00:00:00Z"
        failed = msgspec.structs.replace(unreached(late[0].identifier)[0], at="2026-01-01T00:00:00Z")
        scraped(ok, (failed, ()), missing("10.5555/a"), path="old")
        scraped(ok, late, missing("10.5555/a", at=later), path="new", pending=["10.5555/c"])
        for runs in (["old", "new"], ["new", "old"]):
            export(runs, "out.xlsx")
            book = opened()
            rows = [[cell.value for cell in row.values()] for row in rows_of(book["Not found"])]
            assert sorted(row[:2] for row in rows) == [["10.5555/a", "not tracked"], ["10.5555/c", "pending"]]
            assert {str(row[4]) for row in rows} == {"2026-07-01 00:00:00", "None"}
            summary = summary_of(book)
            assert (summary["Asked: identifiers"][0], summary["    ok"][0], summary["Papers"][0]) == (4, 2, 2)
            assert summary["Coverage"][0] == "50.0 % have a record"

    @for_each("out", [".csv", ".tsv", ".parquet", ".jsonl", ".jsonl.gz", ".jsonl.zst"])
    def test_a_table_of_records_says_how_to_get_the_outcomes(self, out):
        scraped(tracked(1), missing("10.5555/a"), pending=["10.5555/b"])
        words = "2 of 3 identifiers have no record: --table outcomes writes the outcome of each"
        assert export("run", f"out{out}").notices == [words]
        done = export("run", f"out{out}", table="outcomes")
        assert done.outcomes == {"ok": 1, "not_tracked": 1, "pending": 1}
        if out == ".parquet":
            assert [*pd.read_parquet("out.parquet")["outcome"]] == ["ok", "not_tracked", "pending"]
        if out == ".csv":
            header = pd.read_csv("out.csv").columns
            assert [*header] == ["identifier", "outcome", "reason", "attempts", "at"]

    def test_a_duckdb_file_has_the_outcomes_and_can_be_replaced(self):
        duckdb = pytest.importorskip("duckdb")
        scraped(tracked(1), missing("10.5555/a"))
        for _ in range(2):
            export("run", "out.duckdb")
        with duckdb.connect("out.duckdb", read_only=True) as database:
            rows = database.execute("SELECT identifier, outcome FROM outcomes WHERE outcome != 'ok'").fetchall()
        assert rows == [("10.5555/a", "not_tracked")]


class TestLimits:
    def test_further_links_are_text_and_counted(self, source, monkeypatch):
        monkeypatch.setattr(excel, "_MAX_LINKS", 6)
        done = export(source, "out.xlsx")
        papers = rows_of(opened()["Papers"])
        assert [bool(row["DOI"].hyperlink) for row in papers] == [number < 3 for number in range(20)]
        assert all(row["DOI"].value for row in papers)
        assert done.notices == ["addresses without a link, beyond Excel's limit of 6 in a sheet: 34"]

    @pytest.mark.parametrize(
        ("limit", "words"),
        [("MAX_ROWS", "more than 5 rows in the sheet Papers"), ("_MAX_COLUMNS", "the sheet Papers needs 20 columns")],
    )
    def test_too_many_rows_or_columns_are_refused_and_the_old_file_stays(self, source, monkeypatch, limit, words):
        Path("out.xlsx").write_bytes(b"before")
        monkeypatch.setattr(excel, limit, 5)
        with pytest.raises(ExportError, match=f"{words}.*; export .parquet"):
            export(source, "out.xlsx")
        assert Path("out.xlsx").read_bytes() == b"before"

    def test_early_dates_long_texts_and_odd_numbers_become_text(self):
        notices = []
        cells = [dt.date(1899, 12, 31), float("nan"), 10**20, dt.timedelta(days=-1), "x" * 40_000, dt.time(9, 30)]
        with excel.Book(Path("out.xlsx"), notices.append) as book:
            book.sheet("one", [excel.SheetColumn(name) for name in "abcdef"]).add(cells)
        _, row = opened()["one"].iter_rows(values_only=True)
        assert row[:4] == ("1899-12-31", "nan", "1" + "0" * 20, "-1 day, 0:00:00")
        assert row[5] == dt.time(9, 30)
        assert notices == [
            "cells cut to Excel's limit of 32,767 characters, ending in '… [cut]': 1",
            "dates before 1900 are text, because Excel has none: 1",
        ]

    def test_no_cell_of_any_sheet_is_a_formula(self, lines):
        formula = '=HYPERLINK("http://127.0.0.1")'
        odd = changed(lines[0], title=formula, source=formula, doi="10.5555/=1+1")
        Path("papers.csv").write_text(f'DOI,{formula[:5]}\n10.5555/=1+1,"=1+1"\n', encoding="utf-8")
        for choices in ({"all_columns": True}, {"with_rows_of": "papers.csv"}):
            export(written("records.jsonl", [odd]), "out.xlsx", **choices)
            assert [
                cell for sheet in opened() for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
            ] == []
            with zipfile.ZipFile("out.xlsx") as parts:
                assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_pandas_reads_numbers_as_numbers(source, lines):
    export(source, "out.xlsx")
    papers = pd.read_excel("out.xlsx", sheet_name="Papers", engine="openpyxl")
    assert len(papers) == len(lines)
    assert papers["Score"].sum() == sum(json.loads(line)["score"] for line in lines)
    assert pd.api.types.is_datetime64_any_dtype(papers["Captured"])
