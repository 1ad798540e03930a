"""Tables and sheets of mentions: each mention once, in every format."""

import csv
import json
from pathlib import Path

import msgspec
import openpyxl
import pytest
from tests.exporting.runs import scraped, tracked
from tests.support.cases import for_each
from tests.support.mentions import LICENSED, POLICY, SUMMER, lines_of, many_mentions, mention, mentions_file, page
from tests.support.records import samples, written

from altdetails import ExportError, InputError, SettingsError, export, mention_key, read_mentions, to_arrow
from altdetails.exporting import excel
from altdetails.record import Inconsistency, Unread
from altdetails.schemas.tables import mention_tables

STORY = mention()
READ_AGAIN = mention(at=SUMMER, position=7, page=2, title="Lamps and sleep (updated)")
FORMULA = mention("https://a.example/f", title="=HYPERLINK(1)", outlet="@outlet", unread=[Unread("list", "Shared")])
TABS = (page(3), page(1, source="policy", inconsistencies=[Inconsistency("rows_and_total", "news", ["1", "3"])]))
NEWEST = [READ_AGAIN, LICENSED, POLICY, FORMULA]
"""What a table has: each mention as it was read last, in the place in which it was read first."""


@pytest.fixture
def file():
    return mentions_file("mentions.jsonl", STORY, LICENSED, POLICY, READ_AGAIN, FORMULA, *TABS)


def rows_of_csv(path):
    with Path(path).open(encoding="utf-8", newline="") as content:
        return [*csv.DictReader(content, delimiter="\t" if path.endswith(".tsv") else ",")]


def rows_of_sheet(path, name):
    book = openpyxl.load_workbook(path, read_only=True)
    header, *rows = book[name].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=False)) for row in rows]


def rows_of_parquet(path):
    import pyarrow.parquet as pq  # noqa: PLC0415 -- heavy

    return pq.read_table(path).to_pylist()


def asked_of_duckdb(path, sql):
    import duckdb  # noqa: PLC0415 -- heavy

    with duckdb.connect(path) as database:
        return database.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("out", "rows_of"), [("m.csv", rows_of_csv), ("m.tsv", rows_of_csv), ("m.parquet", rows_of_parquet)]
)
def test_each_mention_is_one_row_as_it_was_read_last(file, out, rows_of):
    done = export(file, out, table="mention_items")
    assert (done.mentions, done.records, done.damaged) == (4, 0, 0)
    assert done.notices == ["1 mention skipped: read more than once, or equal to another"]
    rows = rows_of(out)
    assert [row["mention_key"] for row in rows] == [*map(mention_key, NEWEST)]
    assert [row["url"] or None for row in rows] == [item.url for item in NEWEST]
    assert [str(row["published_day"]) for row in rows] == ["2023-11-19", "2023-11-19", "2023-11-02", "2023-11-19"]
    assert [*rows[0]] == [column.name for column in mention_tables()[0].columns]


def test_the_order_of_readings_does_not_matter():
    export([READ_AGAIN, STORY], "m.csv", table="mention_items")
    assert [row["title"] for row in rows_of_csv("m.csv")] == [READ_AGAIN.title]


def test_text_that_looks_like_a_formula_is_escaped(file):
    export(file, "m.csv", table="mention_items")
    row = rows_of_csv("m.csv")[-1]
    assert (row["title"], row["outlet"], row["unread"]) == ("'=HYPERLINK(1)", "'@outlet", "list: Shared")
    export(file, "m.xlsx", table="mention_items")
    book = openpyxl.load_workbook("m.xlsx")
    assert [cell.data_type for cell in book["Mentions"]["D"][1:]] == ["s", "n", "s", "s"]
    assert book["Mentions"]["D"][4].value == "=HYPERLINK(1)"


def test_the_pages_of_tabs_are_a_table_too(file):
    done = export(file, "p.csv", table="mention_pages")
    assert (done.pages, done.mentions) == (2, 0)
    rows = rows_of_csv("p.csv")
    assert [(row["source"], row["tab_total"], row["ended"]) for row in rows] == [
        ("news", "3", "true"),
        ("policy", "1", "true"),
    ]
    assert rows[1]["inconsistencies"] == "rows_and_total of news: 1 | 3"


def test_jsonl_has_the_lines(file):
    export(file, "m.jsonl.gz", table="mention_items")
    assert [*read_mentions("m.jsonl.gz")] == NEWEST


def test_duckdb_has_both_tables_with_types_and_can_be_written_again(file):
    for _ in range(2):
        export(file, "m.duckdb", table="mention_items")
    assert asked_of_duckdb(
        "m.duckdb", "SELECT count(*), max(published_day)::VARCHAR, max(followers) FROM mention_items"
    ) == [(4, "2023-11-19", None)]
    assert asked_of_duckdb("m.duckdb", "SELECT source, rows FROM mention_pages ORDER BY 1") == [
        ("news", 3),
        ("policy", 1),
    ]
    assert asked_of_duckdb("m.duckdb", "SELECT count(*) FROM duckdb_tables()") == [(2,)]


def test_a_data_frame_has_the_same_rows(file):
    table = to_arrow(file, "mention_items")
    assert table.column("mention_key").to_pylist() == [*map(mention_key, NEWEST)]
    assert to_arrow(file, "mention_pages").column("tab_total").to_pylist() == [3, 1]
    assert to_arrow([], "mention_items").num_rows == 0


@for_each("out", ["m.csv", "m.parquet", "m.xlsx", "m.duckdb", "m.jsonl"])
def test_a_file_without_mentions_gives_a_table_without_rows(out):
    assert export(mentions_file("none.jsonl", page(0)), out, table="mention_items").mentions == 0
    assert Path(out).exists()


def run_with_mentions(*items):
    path = scraped(tracked(1))
    mentions_file(f"{path}/mentions.jsonl", *items)
    return path


def test_a_workbook_of_a_run_has_its_mentions_and_says_which_lists_are_complete():
    limited = page(1, source="blogs", limited=True)
    run = run_with_mentions(STORY, LICENSED, page(2), POLICY, limited, page(9, source="twitter", ended=False))
    assert export(run, "run.xlsx").mentions == 3
    rows = rows_of_sheet("run.xlsx", "Mentions")
    assert [(row["Outlet"], row["Title"]) for row in rows] == [
        ("The Harbour Gazette", "Lamps and sleep"),
        ("Slate, Thatch & Sons", None),
        ("Coastal Office", "A plan for lamps"),
    ]
    assert [str(row["Published"]) for row in rows] == ["2023-11-19 06:30:00"] * 2 + ["2023-11-02 00:00:00"]
    tabs = rows_of_sheet("run.xlsx", "Tabs")
    assert [(row["Source"], row["Total"], row["Limited"]) for row in tabs] == [
        ("News", 2, False),
        ("Blogs", 1, True),
        ("X (Twitter)", 9, False),
    ]
    book = openpyxl.load_workbook("run.xlsx", read_only=True)
    said = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True) if row[0]}
    assert said["Single mentions"] == 3
    counts = [said[f"    {name}"] for name in ("complete", "limited by the site", "with pages that were not read")]
    assert counts == [1, 1, 2]


def test_a_duckdb_file_of_a_run_has_records_and_mentions():
    export(run_with_mentions(STORY, page(1)), "run.duckdb")
    joined = "SELECT count(*) FROM records JOIN mention_items USING (altmetric_id)"
    assert asked_of_duckdb("run.duckdb", "SELECT count(*) FROM records") == [(1,)]
    assert asked_of_duckdb("run.duckdb", joined) == [(0,)]  # the invented page of the run has another number
    assert asked_of_duckdb("run.duckdb", "SELECT count(*) FROM mention_items") == [(1,)]


def test_mentions_of_a_file_join_the_records_of_a_file(file):
    records = written("records.jsonl", samples()[:1])
    assert export(records, "both.xlsx", mentions=file).mentions == 4
    papers = {row["Paper"] for row in rows_of_sheet("both.xlsx", "Mentions")}
    assert papers == {json.loads(samples()[0])["title"]}
    assert "Mentions" not in openpyxl.load_workbook(export_without(records), read_only=True).sheetnames


def test_mentions_of_a_generator_are_all_there():
    records = written("records.jsonl", samples()[:1])
    assert export(records, "both.xlsx", mentions=(item for item in NEWEST)).mentions == 4
    assert export((item for item in NEWEST), "m.csv", table="mention_items").mentions == 4


def test_mentions_of_a_file_and_of_runs_are_joined(file):
    assert (
        export(run_with_mentions(mention("https://z.example/only-in-the-run")), "both.xlsx", mentions=file).mentions
        == 5
    )


def export_without(records):
    export(records, "without.xlsx")
    return "without.xlsx"


def test_a_sheet_that_is_too_long_is_reported(monkeypatch):
    monkeypatch.setattr(excel, "MAX_ROWS", 100)
    Path("many.jsonl").write_bytes(many_mentions(103))
    done = export(written("records.jsonl", samples()[:1]), "both.xlsx", mentions="many.jsonl")
    assert len(rows_of_sheet("both.xlsx", "Mentions")) == 100
    assert done.notices[-1].startswith("mentions beyond Excel's limit of rows, which are not in the sheet Mentions: 3;")
    with pytest.raises(
        ExportError, match=r"more than 100 rows in the sheet Mentions, the limit of Excel; export \.parquet"
    ):
        export("many.jsonl", "m.xlsx", table="mention_items")
    assert not Path("m.xlsx").exists()


def test_a_value_that_does_not_fit_its_column_is_reported():
    odd = mention(
        "https://a.example/odd", provenance=msgspec.structs.replace(STORY.provenance, captured_at="yesterday")
    )
    damaged = []
    done = export(mentions_file("m.jsonl", odd, STORY), "m.parquet", table="mention_items", damaged=damaged.append)
    assert [line.line for line in damaged] == [1]
    assert (done.damaged, done.mentions) == (1, 1)
    assert len(rows_of_parquet("m.parquet")) == 1


def test_a_file_with_damaged_lines_only_is_refused():
    Path("m.jsonl").write_bytes(lines_of(STORY).replace(b'"position":1', b'"position":0'))
    with pytest.raises(
        InputError, match=r"^m\.jsonl: no line of it is a valid mention \(line 1: this is not a mention"
    ):
        export("m.jsonl", "m.csv", table="mention_items")
    assert not Path("m.csv").exists()


@pytest.mark.parametrize(
    ("out", "options", "words"),
    [
        (
            "x.csv",
            {"mentions": "mentions.jsonl"},
            "only .xlsx and .duckdb have both; give the mentions as RECORDS with",
        ),
        ("x.xlsx", {"mentions": "mentions.jsonl", "with_rows_of": "t.csv"}, "--with has no mentions; leave --mentions"),
        ("x.xlsx", {"table": "mention_items", "all_columns": True}, "--all-columns is about records; leave it out"),
        ("x.csv", {"table": "mention_items", "with_rows_of": "t.csv"}, "--with has no mentions; leave --table out"),
        ("x.xlsx", {"table": "mention_items", "mentions": "mentions.jsonl"}, "--table needs the mentions as RECORDS"),
    ],
)
def test_choices_that_contradict_each_other_are_refused(file, out, options, words):
    records = file if "table" in options else written("records.jsonl", samples()[:1])
    with pytest.raises(SettingsError, match=words):
        export(records, out, **options)
