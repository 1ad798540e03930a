"""`altdetails load`: output, messages and exit codes."""

import os
import subprocess
import sys

import duckdb
import pytest
from tests.support.calling import call
from tests.support.records import generated, written

UNCONNECTED = """
import socket
def refuse(self, address): raise AssertionError(f"connects to {address}")
socket.socket.connect = refuse
from altdetails.cli import main
main()
"""
"""The command, but no connection can be opened."""


@pytest.fixture
def source():
    return written("records.jsonl", generated(5))


def loaded(path="records.duckdb", dataset="altdetails"):
    with duckdb.connect(path, read_only=True) as database:
        return database.execute(f"SELECT count(*) FROM {dataset}.current_records").fetchall()


@pytest.mark.slow
def test_the_default_destination_is_a_duckdb_file_and_nothing_else_is_opened_or_left(folder, source):
    (folder / "home").mkdir()
    command = [sys.executable, "-c", UNCONNECTED, "load", source]
    environment = os.environ | {"HOME": str(folder / "home")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("5 records read, 5 of them new in duckdb:///records.duckdb, altdetails; ")
    assert done.stderr.count("\n") == 1
    assert loaded() == [(5,)]
    assert sorted(path.name for path in folder.iterdir()) == ["home", "records.duckdb", "records.jsonl"]
    assert [*(folder / "home").iterdir()] == []


@pytest.mark.slow
def test_damaged_lines_are_reported_and_the_exit_code_is_1():
    source = written("records.jsonl", [*generated(2), b"{"])
    done = call("load", source, "--to", "duckdb:///library.db", "--dataset", "altmetrics")
    assert done.returncode == 1
    assert done.err.splitlines()[0].startswith("records.jsonl:3: this is not a record: ")
    assert "2 records read, 2 of them new in duckdb:///library.db, altmetrics; " in done.err
    assert "; 1 line skipped: not a valid record; " in done.err
    assert loaded("library.db", "altmetrics") == [(2,)]


def test_nothing_is_loaded_if_every_line_is_damaged():
    done = call("load", written("records.jsonl", [b"{"]))
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
def test_wrong_usage_is_2_with_a_message(arguments, words):
    done = call("load", *arguments)
    assert done.returncode == 2
    assert words in done.err
    assert "secret@" not in done.err
