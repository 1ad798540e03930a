"""`altdetails status`: the report, also while a run is being written."""

import re
import subprocess
import time
from pathlib import Path

import pytest
from tests.support.calling import call
from tests.support.faults import Forever, Stall, Status
from tests.support.pages import invented_doi, invented_id
from tests.warc.warcs import http, packed, record

from altdetails.cli.status import _lines as lines
from altdetails.scraping.outcomes import scrape
from altdetails.scraping.store import RunStatus, Writer

TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"


@pytest.fixture
def run(replica):
    """A run with a record, a page that is not tracked, a page that the site refuses, and an invalid identifier."""
    replica.fail(f"/details/{invented_id(1)}", Forever(Status(403)))
    listed = [invented_doi(0), "10.5555/nothing.mentions.this", invented_doi(1), "no identifier"]
    list(scrape(listed, "run", base_url=replica.base_url, interval=0))
    return Path("run")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_report_has_the_outcomes_the_times_and_the_files(replica, run):
    process = call("status", "run")
    site, done, *outcomes, span, files = process.out.splitlines()
    assert (process.returncode, process.err) == (0, "")
    assert site == replica.base_url
    assert done == "4 of 4 identifiers done, 0 left"
    assert [line.split(maxsplit=1) for line in outcomes] == [
        ["1", "ok"],
        ["1", "not tracked"],
        ["1", "blocked"],
        ["1", "invalid"],
    ]
    assert re.fullmatch(f"from {TIME} to {TIME}", span)
    records = Path(run, "records.jsonl").stat().st_size
    assert files.endswith(f"records.jsonl {records / 1000:.1f} KB")


def test_status_changes_no_file(run):
    before = contents(run)
    call("status", "run")
    assert contents(run) == before


def test_status_works_while_the_run_continues(replica, command):
    replica.fail(f"/details/{invented_id(1)}", Stall("middle"))
    arguments = ["scrape", *map(invented_doi, range(3)), "-o", "run", "--base-url", replica.base_url, "--interval", "0"]
    with subprocess.Popen([*command, *arguments], stderr=subprocess.PIPE) as process:
        try:
            while f"/details/{invented_id(1)}" not in [request.path for request in replica.requests]:
                assert process.poll() is None
                time.sleep(0.01)
            seen = call("status", "run").out.splitlines()
        finally:
            process.kill()
    assert seen[1] == "1 of 3 identifiers done, 2 left"
    assert re.fullmatch(f"process {process.pid} on .+ has been writing to it since {TIME}", seen[-1])
    assert "has been writing" not in call("status", "run").out


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nothing", "nothing is not a run folder"),
        (".", "is not a run folder"),
        ("a-file", "a-file"),
        ("other", "other/ledger.sqlite: "),
    ],
)
def test_a_path_that_is_not_a_run_folder_is_2(path, words):
    Path("a-file").touch()
    Path("other").mkdir()
    Path("other/ledger.sqlite").write_text("no database, but long enough to be looked at" * 100)
    process = call("status", path)
    assert (process.returncode, process.out) == (2, "")
    assert process.err.startswith("Error: ")
    assert words in process.err


def test_the_argument_run_is_required():
    process = call("status")
    assert process.returncode == 2
    assert "Missing argument 'RUN'" in process.err


def test_control_characters_in_names_do_not_reach_the_terminal():
    process = call("status", "\x07\x9bred")
    assert process.err.startswith("Error:  red is not a run folder")


SEEN = RunStatus(
    site="https://www.altmetric.com",
    counts={"ok": 12_345, "not_tracked": 0, None: 5},
    writer=None,
    first_at=None,
    last_at=None,
    pages_bytes=999,
    records_bytes=None,
)


def test_a_run_without_outcomes_has_no_times_and_incomplete_records_are_reported():
    assert list(lines(SEEN)) == [
        "https://www.altmetric.com",
        "12,345 of 12,350 identifiers done, 5 left",
        "     12,345 ok",
        "pages.warc.gz 999 bytes, records.jsonl incomplete (the next scrape rewrites it)",
    ]


def test_a_writing_process_is_reported_with_its_host():
    *_, last = lines(RunStatus(*(SEEN.site, {}, Writer(7, "lab", "2026-01-02T03:04:05Z"), None, None, 0, 0)))
    assert last == "process 7 on lab has been writing to it since 2026-01-02T03:04:05Z"


def test_a_folder_of_parts_has_its_archives_records_failures_and_what_is_left():
    Path("in").mkdir()
    Path("in/a.warc.gz").write_bytes(packed(record(1), record(2, http(b"gone", status="404 Not Found"))))
    assert call("parse", "in", "-o", "out/", "--jobs", "1").returncode == 1
    Path("out/_unfinished/part-0123456789abcdef-00000.parquet").write_bytes(b"half")
    process = call("status", "out")
    files, pages, http_errors, parts, commit, left = process.out.splitlines()
    assert (process.returncode, files) == (0, "1 file done")
    assert (pages, http_errors.split()) == ("2 pages: 1 record, 1 failure", ["1", "http", "error"])
    assert parts.startswith("1 part, ")
    assert re.fullmatch(f"last commit {TIME}", commit)
    assert left.startswith("1 file not committed, of a run that writes now or was killed")
