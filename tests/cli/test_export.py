"""`altdetails export` as a process: output, messages and exit codes."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.support.records import changed, generated, written


@pytest.fixture
def lines():
    return generated(5)


def test_the_summary_has_the_number_of_records_and_the_file(altdetails, lines):
    done = altdetails("export", written("records.jsonl", lines), "-o", "out.parquet")
    assert done.returncode == 0
    assert done.out == ""
    assert done.err.startswith("5 records in out.parquet (")
    assert pq.read_metadata("out.parquet").num_rows == 5


def test_the_output_of_parse_can_be_exported(altdetails, page):
    Path("page.html").write_bytes(page("=A title"))
    parsed = altdetails("parse", "page.html")
    done = altdetails("export", "-", "-o", "out.csv", stdin=parsed.stdout)
    assert done.returncode == 0
    assert "'=A title" in Path("out.csv").read_text("utf-8")


def test_damaged_lines_are_reported_and_the_exit_code_is_1(altdetails, lines):
    done = altdetails("export", written("records.jsonl", [lines[0], b"{\x1b[31m", lines[1]]), "-o", "out.csv")
    assert done.returncode == 1
    first, last = done.err.splitlines()
    assert first.startswith("records.jsonl:2: this is not a record: ")
    assert "\x1b" not in done.err
    assert last.startswith("2 records in out.csv (")
    assert ", 1 line skipped: not a valid record, " in last


def test_unknown_sources_and_keys_are_reported(altdetails, lines):
    said = json.loads(lines[0])["readers"]
    odd = changed(lines[0], readers=[*said, {"source": "kindle\x1b", "count": 4, "unit": None, "url": None}], mood=1)
    done = altdetails("export", written("records.jsonl", [odd]), "-o", "out.tsv")
    assert done.returncode == 0
    assert "column readers_kindle has the counts of an unknown source: " in done.err
    assert "unknown keys were ignored (with the number of records): mood (1)" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["records.jsonl"], "Missing option '-o' / '--output'"),
        (["-o", "out.csv"], "Missing argument 'RECORDS...'"),
        (["records.jsonl", "-o", "out.docx"], "out.docx: its ending does not name a format; use one of .csv"),
        (["missing.jsonl", "-o", "out.csv"], "missing.jsonl: no such file"),
        (["records.jsonl", "-o", "no/out.csv"], "no/out.csv: its folder does not exist"),
        (
            ["page.html", "-o", "out.csv"],
            "page.html is not a records file: `altdetails scrape` it first if it is a list of DOIs",
        ),
    ],
)
def test_wrong_usage_is_2_with_a_message(altdetails, lines, page, arguments, words):
    written("records.jsonl", lines)
    Path("page.html").write_bytes(page())
    done = altdetails("export", *arguments)
    assert done.returncode == 2
    assert words in done.err
    assert not list(Path().glob("out.*"))


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".duckdb"])
@pytest.mark.parametrize("seconds", [0.1, 0.7])
def test_ctrl_c_ends_an_export_at_any_time_without_leftovers(command, folder, ending, seconds):
    written("records.jsonl", generated(2_000) * 15)
    process = subprocess.Popen([*command, "export", "records.jsonl", "-o", f"out{ending}"], stderr=subprocess.PIPE)
    while not [*folder.glob(".altdetails-*/*")]:
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1].decode() == "Interrupted.\n"
    assert process.returncode == 130
    assert [path.name for path in folder.iterdir()] == ["records.jsonl"]


@pytest.fixture
def without(folder, monkeypatch):
    """Hide libraries from new processes."""

    def hide(*names):
        (folder / "hidden").mkdir()
        (folder / "hidden" / "sitecustomize.py").write_text(f"import sys; sys.modules |= dict.fromkeys({names})")
        monkeypatch.setenv("PYTHONPATH", str(folder / "hidden"))

    return hide


@pytest.mark.parametrize(
    ("typed", "hidden"),
    [
        ("export records.jsonl -o out.parquet", "pyarrow"),
        ("export records.jsonl -o out.duckdb", "duckdb"),
        ("export records.jsonl -o out.xlsx", "xlsxwriter"),
        ("export records.jsonl -o out.jsonl.zst", "pyarrow"),
        ("export out.zst -o out.csv", "pyarrow"),
        ("load records.jsonl", "dlt"),
        ("schema --format arrow", "pyarrow"),
    ],
)
def test_a_missing_library_is_reported_with_the_command_that_installs_it(altdetails, lines, without, typed, hidden):
    written("records.jsonl", lines)
    Path("out.zst").write_bytes(b"\x28\xb5\x2f\xfd")
    without(hidden)
    done = altdetails(*typed.split())
    assert done.returncode == 2
    assert f"needs {hidden}: pip install 'altdetails[{'load' if hidden == 'dlt' else 'export'}]'" in done.err


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".jsonl.gz"])
def test_plain_formats_need_no_optional_library(altdetails, lines, without, ending):
    without("pyarrow", "duckdb", "xlsxwriter", "dlt")
    assert altdetails("export", written("records.jsonl", lines), "-o", f"out{ending}").returncode == 0
