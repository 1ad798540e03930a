"""`altdetails export` as a process: output, messages and exit codes."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.support.calling import call
from tests.support.cases import for_each
from tests.support.records import changed, generated, written


@pytest.fixture
def lines():
    return generated(5)


def test_the_summary_has_the_number_of_records_and_the_file(lines):
    done = call("export", written("records.jsonl", lines), "-o", "out.parquet")
    assert done.returncode == 0
    assert done.out == ""
    assert done.err.startswith("5 records in out.parquet (")
    assert pq.read_metadata("out.parquet").num_rows == 5


def test_the_output_of_parse_can_be_exported(page):
    Path("page.html").write_bytes(page("=A title"))
    parsed = call("parse", "page.html")
    done = call("export", "-", "-o", "out.csv", stdin=parsed.stdout)
    assert done.returncode == 0
    assert "'=A title" in Path("out.csv").read_text("utf-8")


def test_damaged_lines_are_reported_and_the_exit_code_is_1(lines):
    done = call("export", written("records.jsonl", [lines[0], b"{\x1b[31m", lines[1]]), "-o", "out.csv")
    assert done.returncode == 1
    first, last = done.err.splitlines()
    assert first.startswith("records.jsonl:2: this is not a record: ")
    assert "\x1b" not in done.err
    assert last.startswith("2 records in out.csv (")
    assert ", 1 line skipped: not a valid record, " in last


def test_unknown_sources_and_keys_are_reported(lines):
    said = json.loads(lines[0])["readers"]
    odd = changed(lines[0], readers=[*said, {"source": "kindle\x1b", "count": 4, "unit": None, "url": None}], mood=1)
    done = call("export", written("records.jsonl", [odd]), "-o", "out.tsv")
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
def test_wrong_usage_is_2_with_a_message(lines, page, arguments, words):
    written("records.jsonl", lines)
    Path("page.html").write_bytes(page())
    done = call("export", *arguments)
    assert done.returncode == 2
    assert words in done.err
    assert not list(Path().glob("out.*"))


CHANGES = b'{"change":"new","doi":"10.5555/a","altmetric_id":1,"title":null,"measures":[]}'
OTHER_FILES = {
    "changes.jsonl": ([CHANGES] * 30, "it has changes that `altdetails diff` wrote; give the records that it compared"),
    "changes.tsv": ([b"change\tdoi", b"new\t10.5555/a"], "it has changes that `altdetails diff` wrote"),
    "changes.csv": ([b"change,doi,altmetric_id", b"new,10.5555/a,1"], "it has changes that `altdetails diff` wrote"),
    "failures.jsonl": (
        [b'{"identifier":"10.5555/a","outcome":"failed","reason":null,"attempts":1,"http_status":null,"at":"x"}'],
        "it has the outcomes of a run; give the run folder",
    ),
    "parse-failures.jsonl": (
        [b'{"file":"a.html","kind":"login","reason":"a log-in page"}'],
        "it has the failures of `altdetails parse`; give the records that it wrote",
    ),
    "list.jsonl": ([b'{"doi":"10.5555/a"}'] * 3, "`altdetails scrape` it first if it is a list of DOIs"),
    "list.csv": ([b"DOI", b"10.5555/a"], "`altdetails scrape` it first if it is a list of DOIs"),
    "newer.jsonl": ([b'{"schema_version":99}'], "no line of it is a valid record (line 1: has schema_version 99"),
}


@for_each("ending", [".csv", ".xlsx", ".parquet", ".duckdb", ".jsonl"])
@for_each("name", OTHER_FILES)
def test_a_file_without_records_is_refused_with_what_it_is_and_the_output_stays(name, ending):
    content, words = OTHER_FILES[name]
    Path(f"out{ending}").write_bytes(b"before")
    done = call("export", written(name, content), "-o", f"out{ending}")
    assert done.returncode == 2
    assert name in done.err
    assert words in done.err
    assert len(done.err.splitlines()) <= 2
    assert Path(f"out{ending}").read_bytes() == b"before"


def test_one_file_without_records_among_others_is_refused(lines):
    Path("out.csv").write_bytes(b"before")
    done = call("export", written("records.jsonl", lines), written("c.jsonl", [CHANGES]), "-o", "out.csv")
    assert (done.returncode, Path("out.csv").read_bytes()) == (2, b"before")


def test_rows_of_a_table_are_counted_by_outcome(lines):
    doi = json.loads(lines[0])["doi"]
    Path("papers.csv").write_text(f"n,DOI\n1,{doi.upper()}\n2,\n3,10.5555/else\n", encoding="utf-8")
    done = call("export", written("records.jsonl", lines), "--with", "papers.csv", "-o", "out.csv")
    assert done.returncode == 0
    assert done.err.startswith("3 rows (1 ok, 1 no identifier, 1 not asked) in out.csv (")


@pytest.mark.parametrize(
    ("local", "start"), [("de_DE.UTF-8", b"\xef\xbb\xbfschema_version;"), ("C.UTF-8", b"\xef\xbb\xbfschema_version,")]
)
def test_a_csv_file_for_excel_has_a_mark_and_the_separator_of_the_system(lines, monkeypatch, local, start):
    decimal = {"de_DE.UTF-8": ",", "C.UTF-8": "."}[local]
    monkeypatch.setattr("locale.localeconv", lambda: {"decimal_point": decimal})
    source = written("records.jsonl", [changed(lines[0], score_exact=12.5)])
    assert call("export", source, "-o", "out.csv", "--excel").returncode == 0
    content = Path("out.csv").read_bytes()
    assert content.startswith(start)
    assert f"12{decimal}5".encode() in content


@pytest.mark.slow
@pytest.mark.parametrize(("ending", "count"), [(".csv", 200), (".parquet", 600), (".duckdb", 200)])
def test_ctrl_c_ends_an_export_at_any_time_without_leftovers(command, folder, ending, count):
    long = [changed(line, abstract="x" * 50_000) + b"\n" for line in generated(200)]
    words = [*command, "export", "-", "-o", f"out{ending}"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(b"".join(long) * (count // 200))  # it has read nearly all of this, and waits for more
        while not [*folder.glob(".altdetails-*/*")]:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read().decode() == "Interrupted.\n"
    assert [*folder.iterdir()] == []


@pytest.mark.parametrize(
    ("typed", "hidden"),
    [
        ("export records.jsonl -o out.parquet", "pyarrow"),
        ("export records.jsonl -o out.duckdb", "duckdb"),
        ("export records.jsonl -o out.xlsx", "xlsxwriter"),
        ("export records.jsonl -o out.jsonl.zst", "pyarrow"),
        ("export out.zst -o out.csv", "pyarrow"),
        ("load records.jsonl", "dlt"),
    ],
)
def test_a_missing_library_is_reported_with_the_command_that_installs_it(lines, monkeypatch, typed, hidden):
    written("records.jsonl", lines)
    Path("out.zst").write_bytes(b"\x28\xb5\x2f\xfd")
    monkeypatch.setitem(sys.modules, hidden, None)
    done = call(*typed.split())
    assert done.returncode == 2
    assert f"needs {hidden}: pip install 'altdetails[{'load' if hidden == 'dlt' else 'export'}]'" in done.err


def test_a_schema_without_its_library_is_reported_with_the_command_that_installs_it():
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from altdetails.cli import cli\n"
        "cli.main(['schema', '--format', 'arrow'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "needs pyarrow: pip install 'altdetails[export]'" in done.stderr


def test_plain_formats_need_no_optional_library(lines):
    written("records.jsonl", lines)
    code = (
        "import sys; sys.modules |= dict.fromkeys(('pyarrow', 'duckdb', 'xlsxwriter', 'dlt'))\n"
        "from altdetails.cli import cli\n"
        "for ending in ('.csv', '.tsv', '.jsonl', '.jsonl.gz'):\n"
        "    cli.main(['export', 'records.jsonl', '-o', f'out{ending}'], standalone_mode=False)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert len([*Path().glob("out.*")]) == 4
