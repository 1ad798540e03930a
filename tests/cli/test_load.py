"""`altdetails load` as a process: output, messages and exit codes."""

import duckdb
import pytest
from tests.support.records import generated, written


@pytest.fixture
def source():
    return written("records.jsonl", generated(5))


def loaded(path="records.duckdb", dataset="altdetails"):
    with duckdb.connect(path, read_only=True) as database:
        return database.execute(f"SELECT count(*) FROM {dataset}.current_records").fetchall()


def test_the_default_destination_is_a_duckdb_file_in_the_current_folder(altdetails, source):
    done = altdetails("load", source)
    assert done.returncode == 0
    assert done.out == ""
    assert done.err.startswith("5 records read, 5 of them new in duckdb:///records.duckdb, altdetails; ")
    assert loaded() == [(5,)]


def test_a_second_load_reports_no_new_records(altdetails, source):
    altdetails("load", source, "--to", "duckdb:///library.db", "--dataset", "altmetrics")
    done = altdetails("load", source, "--to", "duckdb:///library.db", "--dataset", "altmetrics")
    assert done.err.startswith("5 records read, 0 of them new in duckdb:///library.db, altmetrics; ")
    assert loaded("library.db", "altmetrics") == [(5,)]


def test_damaged_lines_are_reported_and_the_exit_code_is_1(altdetails):
    done = altdetails("load", written("records.jsonl", [*generated(2), b"{"]))
    assert done.returncode == 1
    assert done.err.splitlines()[0].startswith("records.jsonl:3: this is not a record: ")
    assert "; 1 line skipped: not a valid record; " in done.err
    assert loaded() == [(2,)]


def test_nothing_is_loaded_if_every_line_is_damaged(altdetails):
    done = altdetails("load", written("records.jsonl", [b"{"]))
    assert done.returncode == 1
    assert done.err.splitlines()[1].startswith("0 records read, 0 of them new in duckdb:///records.duckdb")
    assert len(done.err.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.jsonl"], "missing.jsonl: no such file"),
        (["records.jsonl", "--to", "oracle"], "oracle: dlt has no destination 'oracle'"),
        (
            ["records.jsonl", "--to", "postgresql://me:secret@127.0.0.1:1/x"],
            "Error: postgresql://127.0.0.1:1/x: nothing",
        ),
        (["records.jsonl", "--to", "snowflake"], "DESTINATION__SNOWFLAKE__CREDENTIALS or in .dlt/secrets.toml"),
    ],
)
@pytest.mark.usefixtures("source")
def test_wrong_usage_is_2_with_a_message(altdetails, arguments, words):
    done = altdetails("load", *arguments)
    assert done.returncode == 2
    assert words in done.err
    assert "secret@" not in done.err
