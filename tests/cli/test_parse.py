"""`altdetails parse`: records, failures, exit codes, processes and atomic files."""

import base64
import gzip
import json
import os
import re
import signal
import stat
import subprocess
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cli.terminal import in_terminal
from tests.support.calling import call
from tests.warc import warcs
from tests.warc.warcs import PAGE, http, packed, record

from altdetails import Record, read_records
from altdetails.cli import cli
from altdetails.records.files import records
from altdetails.schemas.arrow import arrow_schema

pytestmark = pytest.mark.slow


def titles(lines):
    return [json.loads(line)["title"].split(":")[0].split(",")[0] for line in lines.splitlines()]


def failures(path="failures.jsonl"):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def leftovers():
    return [path.name for path in Path().iterdir() if path.suffix == ".tmp"]


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def unpacked_zst(content):
    return pa.input_stream(pa.BufferReader(content), "zstd").read()


class TestRecords:
    def test_there_is_one_line_per_page_in_the_order_of_the_paths(self, altdetails, page):
        for name in "ba":
            Path(f"{name}.html").write_bytes(page(f"Page {name}"))
        process = altdetails("parse", "b.html", "a.html", "b.html")
        assert titles(process.out) == ["Page b", "Page a", "Page b"]
        assert (process.returncode, process.err) == (0, "")

    def test_records_contain_the_name_of_their_file(self, page):
        with zipfile.ZipFile("x.zip", "w") as packed:
            packed.writestr("d/a.html", page())
        record = json.loads(call("parse", "x.zip").out)
        assert record["provenance"]["input"] == "x.zip!d/a.html"

    def test_standard_input_is_read(self, page):
        process = call("parse", "-", stdin=gzip.compress(page("Page")))
        assert titles(process.out) == ["Page"]

    @pytest.mark.parametrize("jobs", [1, 2])
    def test_the_output_is_the_same_for_any_number_of_processes(self, pages, page, jobs):
        pages(80)
        Path("pages/0027.html").write_text("no page")
        with zipfile.ZipFile("pages/0050.zip", "w") as packed:
            for number in range(70):
                packed.writestr(f"{number}.html", page(f"Member {number}"))
        process = call("parse", "pages", "nope", "--jobs", jobs, "--failures", "failures.jsonl")
        expected = [f"Page {number}" for number in range(80) if number != 27]
        expected[50:50] = [f"Member {number}" for number in range(70)]
        assert titles(process.out) == expected
        assert [failure["file"] for failure in failures()] == ["pages/0027.html", "nope"]

    def test_file_names_that_are_not_utf8_are_written_as_utf8(self, altdetails, page):
        Path(os.fsdecode(b"caf\xe9.html")).write_bytes(page())
        Path(os.fsdecode(b"\xff.html")).write_text("no page")
        process = altdetails("parse", ".", "--jobs", 2)
        assert json.loads(process.out)["provenance"]["input"] == "./caf?.html"
        assert "./?.html" in process.err


@pytest.fixture
def archive(page):
    """Make a WARC archive of pages. Their titles are their numbers."""

    def make(path, count, form=warcs.packed):
        records = (warcs.record(number, warcs.http(page(f"Page {number}"))) for number in range(count))
        return warcs.write(path, *records, form=form)

    return make


class TestWarcArchives:
    @pytest.mark.parametrize("path", ["run", "run/pages.warc.gz", "r*/*.warc.gz"])
    @pytest.mark.parametrize("jobs", [1, 2])
    def test_the_pages_of_a_run_give_the_same_records(self, page, path, jobs):
        Path("run").mkdir()
        with warcs.Run("run/pages.warc.gz") as run:
            for number in range(3):
                url = f"https://www.altmetric.com/details/99000000{number}"
                run.visit(f"99000000{number}", "ok", warcs.exchange(url, body=page(f"Page {number}")))
        for name in ("records.jsonl", "failures.jsonl", "ledger.sqlite", "lock"):
            Path("run", name).write_text("{}")
        process = call("parse", path, "--jobs", jobs)
        assert process.stdout == b"".join(run.lines)
        assert process.returncode == 0
        assert "skipped" not in process.err

    def test_the_output_is_the_same_for_any_number_of_processes(self, pages, archive):
        archive(f"{pages(5)}/0002.warc.gz", 70)
        one, two = (call("parse", "pages", "--jobs", jobs) for jobs in (1, 2))
        assert one.stdout == two.stdout
        assert len(titles(one.out)) == 75

    @pytest.mark.usefixtures("patched")
    def test_a_page_that_crashes_its_worker_is_reported_if_workers_read_the_archive(self, altdetails, page):
        padded = [page(f"Page {number}") + b"<!--%s-->" % base64.b64encode(os.urandom(900_000)) for number in range(7)]
        padded[5] += b"end the process"
        warcs.write("x.warc.gz", *(warcs.record(number, warcs.http(content)) for number, content in enumerate(padded)))
        process = altdetails("parse", "x.warc.gz", "--jobs", 2, "--failures", "failures.jsonl")
        assert titles(process.out) == [f"Page {number}" for number in range(7) if number != 5]
        assert [line["file"] for line in failures()] == [f"x.warc.gz!{warcs.urn(5)}"]
        assert "SIGKILL" in failures()[0]["reason"]

    def test_pages_with_the_same_content_are_counted_and_kept(self, page):
        warcs.write(
            "x.warc.gz", *(warcs.record(number, warcs.http(page(title))) for number, title in enumerate("abaa"))
        )
        process = call("parse", "x.warc.gz", "nope.html", "-o", "out.jsonl")
        assert len(titles(Path("out.jsonl").read_text())) == 4
        assert "4 records (2 with the same content as an earlier page) in out.jsonl (" in process.err

    def test_a_filter_reads_pages_of_other_hosts(self, page):
        mirror = "https://mirror.example.edu/outputs/990000001"
        warcs.write("x.warc.gz", warcs.record(1, warcs.http(page("Page")), url=mirror))
        refused = call("parse", "x.warc.gz")
        assert (refused.returncode, refused.out) == (2, "")
        assert "--url-filter" in refused.err
        record = json.loads(call("parse", "x.warc.gz", "--url-filter", r"mirror\.example.*/outputs/").out)
        assert record["title"].startswith("Page")
        assert record["provenance"]["final_url"] == mirror

    def test_pages_behind_a_library_proxy_are_read_without_a_filter(self, page):
        proxy = "https://www-altmetric-com.proxy.example.edu/details/990000001"
        warcs.write("x.warc.gz", warcs.record(1, warcs.http(page("Page")), url=proxy))
        record = json.loads(call("parse", "x.warc.gz").out)
        assert (record["altmetric_id"], record["provenance"]["final_url"]) == (990000001, proxy)

    @pytest.mark.parametrize("text", ["(", "a{4294967296}", "(" * 2000 + ")" * 2000])
    def test_an_invalid_filter_is_2(self, text):
        process = call("parse", warcs.write("x.warc.gz", warcs.record(1)), "--url-filter", text)
        assert process.returncode == 2
        assert "--url-filter" in process.err
        assert f"'{text[:100]}" in process.err

    def test_failures_contain_the_id_of_the_record(self, page):
        wrong = {"WARC_Block_Digest": warcs.sha1(b"")}
        bad = [warcs.record(1, warcs.http(b"<html>something else")), warcs.record(2, **wrong)]
        warcs.write("x.warc.gz", *bad, warcs.record(3, warcs.http(page("Page"))))
        Path("x.warc.gz").write_bytes(Path("x.warc.gz").read_bytes() + b"garbage")
        process = call("parse", "x.warc.gz", "--failures", "failures.jsonl")
        assert titles(process.out) == ["Page"]
        assert [(line["file"], line["kind"]) for line in failures()] == [
            (f"x.warc.gz!{warcs.urn(1)}", "other"),
            (f"x.warc.gz!{warcs.urn(2)}", "unreadable"),
            ("x.warc.gz", "unreadable"),
        ]
        assert process.returncode == 1

    def test_skipped_responses_are_counted(self, page):
        robots = warcs.record(1, warcs.http(b"User-agent: *"), url="https://www.altmetric.com/robots.txt")
        warcs.write("x.warc.gz", robots, warcs.record(2, warcs.http(page())), warcs.record(3, b"no HTTP"))
        assert (
            "1 record, 1 failure (1 unreadable), 1 other file skipped (1 response), " in call("parse", "x.warc.gz").err
        )

    def test_archives_without_pages_are_2_unless_there_are_other_pages(self, pages):
        empty = warcs.write("x.warc.gz", warcs.record(1, kind="request"))
        process = call("parse", empty)
        assert process.returncode == 2
        assert "nothing to parse" in process.err
        assert call("parse", empty, pages(1)).returncode == 0

    def test_an_archive_on_standard_input_is_read(self, page):
        process = call("parse", "-", stdin=warcs.packed(warcs.record(1, warcs.http(page()))))
        assert (process.returncode, titles(process.out)) == (0, ["A title"])

    @pytest.mark.usefixtures("patched")
    def test_only_the_page_that_crashes_its_worker_is_lost(self, altdetails, page):
        bad = warcs.record(1, warcs.http(b"end the process"))
        warcs.write(
            "x.warc.gz", warcs.record(0, warcs.http(page("Page 0"))), bad, warcs.record(2, warcs.http(page("Page 2")))
        )
        process = altdetails("parse", "x.warc.gz", "--jobs", 2, "--failures", "failures.jsonl")
        assert titles(process.out) == ["Page 0", "Page 2"]
        assert [line["file"] for line in failures()] == [f"x.warc.gz!{warcs.urn(1)}"]
        assert "SIGKILL" in failures()[0]["reason"]

    @pytest.mark.parametrize("form", [warcs.packed, warcs.packed_whole])
    def test_memory_does_not_grow_with_the_number_of_pages(self, command, archive, form):
        few, many = (peak(command, archive("x.warc.gz", count, form)) for count in (200, 600))
        assert many < few + 8 * 1024


class TestFailures:
    def test_a_page_without_a_record_is_reported_and_does_not_stop_the_rest(self, pages):
        pages(3)
        Path("pages/0001.html").write_text("<html>something else")
        process = call("parse", "pages")
        assert titles(process.out) == ["Page 0", "Page 2"]
        failure, summary = process.err.splitlines()
        assert failure.startswith("pages/0001.html: ")
        assert failure.endswith("[other]")
        assert summary.startswith("2 records, 1 failure (1 other), ")
        assert process.returncode == 1

    def test_the_failures_file_has_a_line_for_each(self, pages):
        pages(2)
        Path("pages/0000.html").write_text("<html>something else")
        Path("pages/a.html.gz").write_text("no gzip")
        process = call("parse", "pages", "-o", "out.jsonl", "--failures", "failures.jsonl")
        assert [(line["file"], line["kind"]) for line in failures()] == [
            ("pages/0000.html", "other"),
            ("pages/a.html.gz", "unreadable"),
        ]
        assert all(set(line) == {"file", "kind", "reason"} for line in failures())
        assert process.err.count("\n") == 1
        assert process.err.rstrip().endswith("see failures.jsonl")
        assert (process.returncode, titles(Path("out.jsonl").read_text())) == (1, ["Page 1"])

    def test_failures_can_go_to_standard_output(self, pages):
        pages(2)
        Path("pages/0000.html").write_text("<html>something else")
        Path("-").write_text("of another tool")
        process = call("parse", "pages", "-o", "out.jsonl", "--failures", "-")
        assert [json.loads(line)["file"] for line in process.out.splitlines()] == ["pages/0000.html"]
        assert titles(Path("out.jsonl").read_text()) == ["Page 1"]
        assert re.fullmatch(r"1 record in out\.jsonl \([0-9.]+ KB\), 1 failure \(1 other\), [0-9.]+ s\n", process.err)
        assert Path("-").read_text() == "of another tool"

    @pytest.mark.parametrize("options", [[], ["-o", "-"], ["-o", "/dev/stdout"], ["-o", "out", "--engine", "daft"]])
    def test_failures_are_not_mixed_with_records_on_standard_output(self, altdetails, pages, options):
        process = altdetails("parse", pages(1), *options, "--failures", "-")
        assert (process.returncode, process.out) == (2, "")
        assert "failures" in process.err
        assert [path.name for path in Path().iterdir()] == ["pages"]

    def test_without_failures_the_failures_file_is_empty(self, pages):
        Path("failures.jsonl").write_text("of an earlier run")
        assert call("parse", pages(1), "--failures", "failures.jsonl").returncode == 0
        assert failures() == []

    @pytest.mark.parametrize("jobs", [1, 2])
    @pytest.mark.usefixtures("patched")
    def test_only_the_page_with_a_parser_error_is_lost(self, altdetails, pages, jobs):
        pages(3)
        Path("pages/0001.html").write_text("raise")
        process = altdetails("parse", "pages", "--jobs", jobs)
        assert titles(process.out) == ["Page 0", "Page 2"]
        assert process.err.startswith("pages/0001.html: ZeroDivisionError: of a test; ")
        assert "report" in process.err
        assert "[error]" in process.err
        assert process.returncode == 1

    @pytest.mark.usefixtures("patched")
    def test_only_the_page_that_crashes_its_worker_is_lost(self, altdetails, pages):
        pages(71)
        for number in (3, 70):
            Path(f"pages/{number:04}.html").write_text("end the process")
        process = altdetails("parse", "pages", "--jobs", 2, "--failures", "failures.jsonl")
        assert titles(process.out) == [f"Page {number}" for number in range(70) if number != 3]
        assert [line["file"] for line in failures()] == ["pages/0003.html", "pages/0070.html"]
        assert all("SIGKILL" in line["reason"] for line in failures())
        assert process.returncode == 1

    @pytest.mark.parametrize("jobs", [1, 2])
    @pytest.mark.usefixtures("patched")
    def test_only_the_page_that_takes_longer_than_the_limit_is_lost(self, altdetails, pages, jobs):
        pages(5)
        Path("pages/0001.html").write_text("take long")
        process = altdetails("parse", "pages", "--jobs", jobs, "--page-timeout", 2, "--failures", "failures.jsonl")
        assert titles(process.out) == ["Page 0", "Page 2", "Page 3", "Page 4"]
        assert [(line["file"], line["kind"]) for line in failures()] == [("pages/0001.html", "timeout")]
        assert failures()[0]["reason"].startswith("takes longer than 2 s to parse; give more time with --page-timeout")
        assert process.returncode == 1

    @pytest.mark.parametrize(
        ("death", "reason"),
        [
            ("os._exit(3)", "their server ended"),
            (
                "os.register_at_fork(after_in_child=lambda: os._exit(3))",
                "with exit code 3|Broken pipe",
            ),  # at its end, or before
        ],
        ids=["server", "worker"],
    )
    def test_workers_that_cannot_start_are_an_error(self, altdetails, pages, patch_server, death, reason):
        pages(3)
        patch_server(death)
        process = altdetails("parse", "pages", "--jobs", 2, "-o", "out.jsonl")
        assert process.returncode == 2
        assert re.search(reason, process.err)
        assert "--jobs 1" in process.err
        assert process.err.count("\n") == 1
        assert not Path("out.jsonl").exists()

    def test_control_characters_in_names_do_not_reach_the_terminal(self):
        Path("\x1b[31mred.html").write_text("no page")
        assert "\x1b" not in call("parse", ".").err


WRONG_USAGE = {
    "no path": ["parse"],
    "a missing path": ["parse", "nope.html"],
    "no match": ["parse", "nope-*.html"],
    "an empty folder": ["parse", "empty"],
    "no processes": ["parse", "a.html", "--jobs", "0"],
    "no time": ["parse", "a.html", "--page-timeout", "0"],
    "no number of seconds": ["parse", "a.html", "--page-timeout", "nan"],
    "a folder with other files as output": ["parse", "a.html", "-o", "."],
    "a missing folder": ["parse", "a.html", "-o", "nope/out.jsonl"],
    "the input as output": ["parse", "a.html", "-o", "a.html"],
    "the input as output by another name": ["parse", "a.html", "--failures", "empty/../a.html"],
    "one file for two": ["parse", "a.html", "-o", "x", "--failures", "./x"],
    "a full disk": ["parse", "a.html", "-o", "/dev/full"],
}


class TestExitCodes:
    @pytest.mark.parametrize("arguments", WRONG_USAGE.values(), ids=WRONG_USAGE)
    def test_wrong_usage_is_2_and_changes_no_file(self, page, arguments):
        Path("empty").mkdir()
        Path("a.html").write_bytes(page())
        process = call(*arguments)
        assert process.returncode == 2
        assert "Error: " in process.err
        assert sorted(path.name for path in Path().iterdir()) == ["a.html", "empty"]
        assert Path("a.html").read_bytes() == page()

    def test_a_missing_path_among_others_is_2_and_the_rest_is_parsed(self, page):
        Path("a.html").write_bytes(page("Page"))
        process = call("parse", "nope.html", "a.html", "-o", "out.jsonl")
        assert (process.returncode, titles(Path("out.jsonl").read_text())) == (2, ["Page"])
        assert "nope.html: no such file" in process.err

    @pytest.mark.parametrize("text", ["10.5555/x.1", "https://www.altmetric.com/details/1?src=x", "doi:10.5555/x.1"])
    def test_an_identifier_as_path_is_2_with_advice(self, text):
        process = call("parse", text)
        assert process.returncode == 2
        assert f"{text}: is an identifier or address" in process.err
        assert "save the page" in process.err

    def test_a_full_disk_behind_standard_output_is_2(self, command, pages):
        with Path("/dev/full").open("wb") as full:
            process = subprocess.run([*command, "parse", pages(1)], stdout=full, stderr=subprocess.PIPE, check=False)
        assert process.returncode == 2
        assert process.stderr.startswith(b"Error: standard output: ")

    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_a_closed_pipe_gives_no_traceback(self, command, pages, jobs):
        process = subprocess.Popen(
            [*command, "parse", pages(100), "--jobs", jobs], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout.readline().startswith(b'{"schema_version":')
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait(30) == 141

    @pytest.mark.parametrize("closed", [">&- 2>&-", "<&-"])
    def test_closed_standard_streams_are_harmless(self, command, pages, closed):
        line = f'exec "$0" -m altdetails parse {pages(1)} -o out.jsonl {closed}'
        assert subprocess.run(["/bin/sh", "-c", line, command[0]], check=False).returncode == 0
        assert titles(Path("out.jsonl").read_text()) == ["Page 0"]

    def test_closed_standard_input_is_empty(self, command):
        line = 'exec "$0" -m altdetails parse - <&-'
        ended = subprocess.run(["/bin/sh", "-c", line, command[0]], check=False, capture_output=True)
        assert (ended.returncode, b"the content is empty" in ended.stderr) == (1, True)


class TestInterruption:
    @pytest.mark.parametrize(
        ("jobs", "sent", "code"),
        [(1, signal.SIGINT, 130), (2, signal.SIGINT, 130), (1, signal.SIGTERM, 143), (2, signal.SIGHUP, 129)],
    )
    @pytest.mark.usefixtures("patched")
    def test_an_interruption_leaves_no_process_and_no_file(self, command, pages, jobs, sent, code):
        pages(70)
        Path("pages/0069.html").write_text("take long")
        Path("out.jsonl").write_text("of an earlier run")
        arguments = ["parse", "pages", "--jobs", str(jobs), "-o", "out.jsonl", "--failures", "failures.jsonl"]
        process = subprocess.Popen([*command, *arguments], stderr=subprocess.PIPE)
        wait_for(lambda: list(Path().glob("started-*")))
        (worker,) = (int(path.name.partition("-")[2]) for path in Path().glob("started-*"))
        assert len(leftovers()) == 2
        process.send_signal(sent)
        process.send_signal(sent)
        _, err = process.communicate(timeout=60)
        assert process.returncode == code
        assert b"Traceback" not in err
        assert (leftovers(), Path("failures.jsonl").exists()) == ([], False)
        assert Path("out.jsonl").read_text() == "of an earlier run"
        wait_for(lambda: not Path(f"/proc/{worker}").exists())

    @pytest.mark.usefixtures("patched")
    def test_ctrl_c_in_a_terminal_ends_all_processes_without_traceback(self, command, pages):
        pages(3)
        Path("pages/0002.html").write_text("take long")
        written, code = in_terminal(
            [*command, "parse", "pages", "--jobs", "2", "-o", "out.jsonl"],
            keys=b"\x03",
            when=lambda: list(Path().glob("started-*")),
        )
        assert code == 130
        assert "Interrupted" in written
        assert "Traceback" not in written
        assert not Path("out.jsonl").exists()


class TestOutputFile:
    def test_the_old_file_is_replaced_when_the_new_one_is_complete(self, pages):
        Path("out.jsonl").write_text("old")
        os.link("out.jsonl", "same.jsonl")
        call("parse", pages(2), "-o", "out.jsonl")
        assert titles(Path("out.jsonl").read_text()) == ["Page 0", "Page 1"]
        assert Path("same.jsonl").read_text() == "old"
        assert leftovers() == []

    def test_the_file_has_the_permissions_of_a_new_file_or_of_the_old_one(self, pages):
        pages(1)
        umask = os.umask(0o027)
        try:
            call("parse", "pages", "-o", "new.jsonl")
        finally:
            os.umask(umask)
        Path("old.jsonl").touch()
        Path("old.jsonl").chmod(0o604)
        call("parse", "pages", "-o", "old.jsonl")
        assert stat.S_IMODE(Path("new.jsonl").stat().st_mode) == 0o640
        assert stat.S_IMODE(Path("old.jsonl").stat().st_mode) == 0o604

    def test_a_page_in_a_folder_is_never_overwritten(self, page):
        Path("pages").mkdir()
        Path("pages/a.html").write_bytes(page("Page a"))
        process = call("parse", "pages", "-o", "pages/a.html", "--format", "jsonl")
        assert process.returncode == 2
        assert "pages/a.html: is one of the input files" in process.err
        assert Path("pages/a.html").read_bytes() == page("Page a")
        assert leftovers() == []

    def test_a_link_stays_a_link(self, pages):
        Path("real.jsonl").write_text("old")
        Path("link.jsonl").symlink_to("real.jsonl")
        call("parse", pages(1), "-o", "link.jsonl")
        assert Path("link.jsonl").is_symlink()
        assert titles(Path("real.jsonl").read_text()) == ["Page 0"]

    @pytest.mark.parametrize("target", ["-", "/dev/stdout"])
    def test_standard_output_can_be_the_output(self, altdetails, pages, target):
        assert titles(altdetails("parse", pages(1), "-o", target).out) == ["Page 0"]

    @pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"])
    def test_a_named_pipe_is_written_directly(self, pages, ending):
        call("parse", pages(1), "-o", f"file{ending}")
        os.mkfifo(f"pipe{ending}")
        with subprocess.Popen(["/bin/cat", f"pipe{ending}"], stdout=subprocess.PIPE) as reader:
            assert call("parse", "pages", "-o", f"pipe{ending}").returncode == 0
            assert reader.communicate()[0] == Path(f"file{ending}").read_bytes()
        assert stat.S_ISFIFO(Path(f"pipe{ending}").stat().st_mode)

    @pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"])
    def test_the_name_of_the_file_can_be_other_than_utf8(self, pages, ending):
        target = os.fsdecode(b"caf\xe9") + ending
        assert call("parse", pages(1), "-o", target).returncode == 0
        assert Path(target).stat().st_size


class TestFormats:
    def test_parquet_has_the_records_in_their_order(self, pages):
        pages(70)
        Path("pages/0033.html").write_text("no page")
        lines = call("parse", "pages", "--jobs", 1).stdout.splitlines()
        process = call("parse", "pages", "--jobs", 2, "-o", "out.PARQUET")
        assert (process.returncode, leftovers()) == (1, [])
        table = pq.read_table("out.PARQUET")
        assert table.schema.equals(arrow_schema())
        assert [*map(Record.from_json, lines)] == [line.record for line in records(["out.PARQUET"])]

    @pytest.mark.parametrize(("name", "unpack"), [("out.jsonl.gz", gzip.decompress), ("out.jsonl.zst", unpacked_zst)])
    def test_the_ending_selects_the_compression(self, pages, name, unpack):
        lines = call("parse", pages(3)).stdout
        assert call("parse", "pages", "-o", name).returncode == 0
        assert unpack(Path(name).read_bytes()) == lines

    def test_the_option_format_overrides_the_ending(self, pages):
        call("parse", pages(2), "-o", "out.dat", "--format", "parquet")
        call("parse", "pages", "-o", "out.parquet", "--format", "jsonl")
        assert pq.read_table("out.dat").num_rows == len(titles(Path("out.parquet").read_text())) == 2

    @pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx", ".duckdb", ".csv.gz", ".TSV.zst"])
    def test_a_format_of_exports_is_refused_with_the_command_to_use(self, pages, ending):
        process = call("parse", pages(1), "-o", f"out{ending}")
        assert process.returncode == 2
        packed = Path(f"out{ending}")
        unpacked = packed.with_suffix("") if packed.suffix in {".gz", ".zst"} else packed
        assert f"altdetails export RECORDS -o {unpacked}\n" in process.err
        assert not Path(f"out{ending}").exists()

    @pytest.mark.parametrize("ending", [".json", ".html", ".json.gz", ".zip"])
    def test_an_unknown_ending_is_refused_before_anything_is_read(self, ending):
        process = call("parse", "nothing.html", "-o", f"out{ending}", "--failures", "failures.jsonl")
        assert process.returncode == 2
        assert "nothing.html" not in process.err
        words = "its ending does not name a format; use .jsonl .jsonl.gz .jsonl.zst .parquet, "
        assert f"out{ending}: {words}" in process.err
        assert "altdetails export RECORDS -o FILE.csv" in process.err
        assert not list(Path().iterdir())

    @pytest.mark.parametrize("name", ["out", "out.ndjson", "v1.2/out"])
    def test_a_name_without_ending_or_with_ndjson_gets_lines(self, pages, name):
        Path("v1.2").mkdir()
        assert call("parse", pages(1), "-o", name).returncode == 0
        assert titles(Path(name).read_text()) == ["Page 0"]

    def test_parquet_in_gzip_is_refused(self, pages):
        process = call("parse", pages(1), "-o", "out.parquet.gz")
        assert process.returncode == 2
        assert "out.parquet.gz: Parquet is compressed already; choose a name that ends in .parquet" in process.err

    def test_parquet_on_standard_output_is_refused(self, pages):
        process = call("parse", pages(1), "--format", "parquet")
        assert (process.returncode, process.out) == (2, "")
        assert "-o" in process.err

    @pytest.mark.usefixtures("patched")
    def test_a_record_that_does_not_fit_a_column_is_a_failure(self, altdetails, pages):
        page = Path(f"{pages(3)}/0001.html")
        page.write_bytes(page.read_bytes() + b"<!-- score beyond 64 bits -->")
        process = altdetails("parse", "pages", "-o", "out.parquet", "--failures", "failures.jsonl")
        assert process.returncode == 1
        assert pq.read_table("out.parquet").num_rows == 2
        assert [(line["file"], line["kind"]) for line in failures()] == [("pages/0001.html", "no_column")]
        assert re.match(r"2 records in out\.parquet \([0-9.]+ KB\), 1 failure \(1 no_column\), ", process.err)


class TestProcesses:
    def test_a_few_pages_start_one_worker(self, altdetails, pages, patch_server):
        pages(20)
        patch_server("os.register_at_fork(after_in_child=lambda: open(f'worker-{os.getpid()}', 'w').close())")
        assert len(titles(altdetails("parse", "pages").out)) == 20
        assert len([*Path().glob("worker-*")]) == 1
        Path("more").mkdir()
        for number in range(200):
            Path("more", f"{number}.html").write_text("no page")
        assert "200 failures" in altdetails("parse", "more", "--failures", "failures.jsonl").err
        assert len([*Path().glob("worker-*")]) == 1 + min(4, len(os.sched_getaffinity(0)))

    def test_workers_start_if_there_is_no_room_for_a_socket_among_temporary_files(
        self, altdetails, pages, tmp_path, monkeypatch, new_processes
    ):
        new_processes()
        far = tmp_path / ("f" * 100)
        far.mkdir()
        monkeypatch.setenv("TMPDIR", str(far))
        assert titles(altdetails("parse", pages(2)).out) == ["Page 0", "Page 1"]

    def test_too_few_file_descriptors_are_reported_as_an_error_of_workers(self, command, folder):
        for number in range(700):
            (folder / f"{number}.html").write_text("no page")
        few_files = ["sh", "-c", 'ulimit -n 20; exec "$@"', "sh", *command]
        arguments = ["parse", ".", "--jobs", "20", "-o", "out.jsonl"]
        process = subprocess.run([*few_files, *arguments], capture_output=True, check=False)
        assert process.returncode == 2
        assert b"worker processes cannot be started: Too many open files" in process.stderr


class TestTerminal:
    def test_progress_is_shown_and_cleared_and_a_summary_stays(self, command, pages):
        written, code = in_terminal([*command, "parse", pages(40), "-o", "out.jsonl"])
        assert code == 0
        assert "40/40" in written
        assert "pages/s" in written
        assert written.rstrip().splitlines()[-1].endswith(" s")
        assert "40 records in out.jsonl (" in written

    def test_failures_are_printed_above_the_bar(self, command, pages):
        pages(3)
        Path("pages/[bold]x.html").write_text("no page")
        written, code = in_terminal([*command, "parse", "pages"], stdout="out.jsonl")
        assert code == 1
        assert "pages/[bold]x.html: " in written
        assert len(titles(Path("out.jsonl").read_text())) == 3

    def test_a_terminal_that_gets_the_failures_gets_no_bar(self, command, pages):
        written, _ = in_terminal([*command, "parse", pages(2), "-o", "out.jsonl", "--failures", "-"])
        assert "pages/s" not in written

    def test_a_terminal_that_gets_the_records_gets_no_bar(self, command, pages):
        written, _ = in_terminal([*command, "parse", pages(2)])
        assert "pages/s" not in written
        assert written.count("schema_version") == 2

    def test_other_files_are_counted(self, command, pages):
        pages(1)
        Path("pages/style.css").touch()
        written, _ = in_terminal([*command, "parse", "pages", "-o", "out.jsonl"])
        assert "KB), 1 other file skipped (1 .css), " in written


WATCH = """
import resource, subprocess, sys
with open("out.jsonl", "wb") as out:
    subprocess.run(sys.argv[1:], stdout=out, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process that starts the command, since the memory of the parent counts as memory of the child."""


def peak(command, path):
    """Return the peak memory, in KiB, of the largest process of a command that parses an archive."""
    watched = [command[0], "-S", "-c", WATCH, *command, "parse", path, "--jobs", "2"]
    return int(subprocess.run(watched, stdout=subprocess.PIPE, check=True).stdout)


def test_memory_does_not_grow_with_the_number_of_pages(command, page):
    def of(count):
        with zipfile.ZipFile("x.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            for number in range(count):
                packed.writestr(f"{number}.html", page())
        return peak(command, "x.zip")

    assert of(600) < of(200) + 8 * 1024


def test_help_imports_no_parser_and_without_a_command_nothing_slow(command):
    slow = {"": ("lxml", "bs4", "rich", "tarfile", "msgspec")}
    slow |= dict.fromkeys(cli.list_commands(None), ("lxml", "bs4"))
    code = (
        "import json, sys; from altdetails.cli import cli\n"
        f"for name, modules in {slow}.items():\n"
        "    try: cli.main([*filter(None, [name]), '--help'])\n"
        "    except SystemExit: print(json.dumps({name: [*{*modules} & {*sys.modules}]}), file=sys.stderr)"
    )
    process = subprocess.run([command[0], "-c", code], capture_output=True, check=True)
    assert [json.loads(line) for line in process.stderr.splitlines()] == [{name: []} for name in slow]


def test_the_version_is_that_of_the_distribution(altdetails):
    assert altdetails("--version").out.startswith("altdetails 0.")


class TestSkippedFiles:
    def test_they_are_reported_by_ending_in_a_pipe(self, pages):
        pages(1)
        for name in ("a.css", "b.css", "c.pdf", "LICENSE"):
            Path("pages", name).write_bytes(b"x")
        process = call("parse", "pages")
        assert process.returncode == 0
        assert "1 record, 4 other files skipped (2 .css, 1 .pdf, 1 without an ending), " in process.err

    def test_the_filter_is_named_only_after_web_archives(self):
        Path("p").mkdir()
        Path("p", "a.css").write_bytes(b"x")
        without = call("parse", "p").err
        assert "1 other file skipped (1 .css)" in without
        assert "--url-filter" not in without
        warcs.write("p/x.warc.gz", warcs.record(1, warcs.http(), url="https://mirror.example.org/"))
        assert "--url-filter" in call("parse", "p").err


class TestFolderOfParts:
    def test_an_archive_is_read_once_and_a_second_run_reads_new_ones_only(self):
        Path("in").mkdir()
        for name in "ab":
            Path("in", f"{name}.warc.gz").write_bytes(packed(record(1, http(PAGE + name.encode()))))
        first = call("parse", "in", "-o", "out", "--format", "parquet", "--jobs", "1")
        assert (first.returncode, first.out) == (0, "")
        assert first.err.startswith("2 files read: 2 records, ")
        Path("in/c.warc.gz").write_bytes(packed(record(1, http(PAGE + b"c"))))
        again = call("parse", "in", "-o", "out", "--jobs", "1")
        assert again.err.startswith("1 file read, 2 done before: 1 record, ")
        assert len([*read_records("out")]) == 3
        assert call("export", "out", "-o", "out.csv").err.startswith("3 records in out.csv")

    def test_failures_are_reported_and_listed_in_the_folder(self):
        Path("a.warc.gz").write_bytes(packed(record(1), record(2, http(b"gone", status="404 Not Found"))))
        process = call("parse", "a.warc.gz", "missing.warc.gz", "-o", "out/", "--format", "jsonl", "--jobs", "1")
        assert process.returncode == 2
        before, rest = process.err.splitlines()
        assert before == "missing.warc.gz: no such file or folder; check the path [missing]"
        assert rest.startswith("1 file read: 1 record, 2 failures (")
        assert rest.endswith(f"; see {Path('out', '_failures')}")

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--failures", "f.jsonl"], "--failures: has no effect with a folder of parts; its failures are in out/_"),
            (["--mentions", "m.jsonl"], "--mentions: a folder of parts has records alone; run parse once more with"),
        ],
    )
    def test_options_of_one_file_are_refused(self, options, words):
        process = call("parse", "a.warc.gz", "-o", "out/", *options)
        assert process.returncode == 2
        assert words in process.err

    def test_a_folder_on_the_web_is_refused_with_the_way_out(self):
        process = call("parse", "a.warc.gz", "-o", "https://b.example/out/")
        assert process.returncode == 2
        assert "https://b.example/out/: files are not sent to web servers; use s3://, gs:// or az://" in process.err
        assert not Path("https:").exists()
