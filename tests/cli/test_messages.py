"""All messages go through one gate: one line, no control characters, bounded, and independent of the streams."""

import gc
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.calling import call
from tests.support.cases import for_each
from tests.support.faults import Raw

import altdetails
from altdetails.cli import cli
from altdetails.cli.ui import StandardError, one_line

HOSTILE = "a\x1b]0;title\x07\x1b[31m\x9b31m\r\u202eb\u2028c\u061cd\n"
LONG = "x" * 60_000
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
FOREIGN = {"escapes": HOSTILE, "length": LONG, "both": HOSTILE * 100}

WRONG_USAGE = {
    "an unknown command": ["{}"],
    "an unknown option": ["parse", "--{}"],
    "an unknown short option": ["parse", "-{}"],
    "an extra argument": ["status", "run", "{}"],
    "an extra argument of schema": ["schema", "{}"],
    "a wrong number": ["parse", "a.html", "--jobs", "{}"],
    "a wrong choice": ["parse", "a.html", "--format", "{}"],
    "a wrong age": ["scrape", "-o", "run", "--refresh", "{}"],
    "a wrong expression": ["parse", "a.html", "--url-filter", "({}"],
    "an output for another program": ["parse", "a.html", "-o", "{}.duckdb"],
    "an output of an unknown format": ["parse", "a.html", "-o", "{}.zip"],
    "a compressed table": ["parse", "a.html", "-o", "{}.parquet.gz"],
    "one file for records and failures": ["parse", "a.html", "-o", "{}.jsonl", "--failures", "{}.jsonl"],
    "a missing page": ["parse", "{}.html"],
    "a missing folder for the output": ["parse", "a.html", "-o", "{}/records.jsonl"],
    "a missing page to show": ["show", "{}"],
    "a missing run": ["status", "{}"],
    "a run without a list": ["scrape", "-o", "{}"],
    "a missing list": ["scrape", "{}.txt", "-o", "run", "--dry-run", "--contact", "a@b.example"],
    "a contact": ["scrape", "10.5555/a", "-o", "run", "--dry-run", "--contact", "{}"],
    "a site": ["scrape", "10.5555/a", "-o", "run", "--dry-run", "--base-url", "{}"],
    "an export without records": ["export", "{}", "-o", "out.csv"],
    "an export of an unknown format": ["export", "a.jsonl", "-o", "{}.zip"],
    "a destination": ["load", "a.jsonl", "--to", "{}"],
    "a dataset": ["load", "a.jsonl", "--dataset", "{}_staging"],
    "changes in another format": ["diff", "a.jsonl", "a.jsonl", "-o", "{}.duckdb"],
    "a missing baseline": ["doctor", "a.jsonl", "--baseline", "{}"],
}


@pytest.fixture
def run(capsys, page):
    """Run the command in this process, and return its exit code and messages."""
    Path("a.html").write_bytes(page())
    Path("a.jsonl").write_bytes(b"")

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments), prog_name="altdetails")
        return ended.value.code, capsys.readouterr().err

    return call


def foreign_text_is_bounded(messages):
    return not CONTROLS.search(messages) and all(len(line) <= 500 for line in messages.splitlines())


@for_each("foreign", FOREIGN.values(), ids=FOREIGN)
@for_each("arguments", WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_a_message_shows_no_escapes_and_at_most_500_characters(run, arguments, foreign):
    code, messages = run(*(argument.replace("{}", foreign) for argument in arguments))
    assert code in {1, 2}
    assert messages
    assert foreign_text_is_bounded(messages)
    assert len(messages.splitlines()) <= 6


def test_a_long_message_keeps_its_beginning_and_its_end():
    line = one_line(f"records.jsonl: {LONG}; choose another path")
    assert len(line) == 500
    assert line.startswith("records.jsonl: xxx")
    assert line.endswith("xxx; choose another path")


@for_each("length", [499, 500])
def test_a_message_of_at_most_500_characters_is_whole(length):
    assert one_line("x" * length) == "x" * length


@pytest.mark.parametrize("phrase", [LONG.encode(), b"\x1b[31mred\x1b]0;title\x07" * 1_000, b"\x9b31m" * 1_000])
def test_a_reason_phrase_of_a_site_is_cut(run, replica, phrase):
    replica.fail("/details/990000001", Raw(b"HTTP/1.1 418 " + phrase + b"\r\nContent-Length: 0\r\n\r\n"))
    code, messages = run(
        "scrape", "altmetric:990000001", "-o", "run", "--base-url", replica.base_url, "--interval", "0"
    )
    assert code == 1
    assert foreign_text_is_bounded(messages)


@pytest.mark.parametrize("name", [f"run{HOSTILE}".replace("/", ""), "run-" + "x" * 200])
def test_the_summary_of_a_scrape_shows_no_escapes(run, replica, name):
    code, messages = run("scrape", "altmetric:990000001", "-o", name, "--base-url", replica.base_url, "--interval", "0")
    assert code in {0, 1}
    assert "records.jsonl" in messages
    assert foreign_text_is_bounded(messages)


@pytest.mark.parametrize(("name", "is_shown"), [("my run", True), ("run\x1b[31m", False), ("run\u202e", False)])
def test_the_command_to_resume_is_shown_only_if_it_is_unchanged(run, replica, name, is_shown):
    replica.fail("*", Raw(b"HTTP/1.1 429 Slow\r\nRetry-After: 5000\r\nContent-Length: 0\r\n\r\n"))
    code, messages = run("scrape", "altmetric:990000001", "-o", name, "--base-url", replica.base_url, "--interval", "0")
    assert code == 3
    last = messages.splitlines()[-1]
    if is_shown:
        assert last == "  altdetails scrape -o 'my run' --interval 0"
    else:
        assert last.endswith("run the same command again.")
    assert foreign_text_is_bounded(messages)


def test_a_command_to_resume_of_many_words_is_not_cut(run, replica, monkeypatch):
    monkeypatch.setattr("sys.argv", ["altdetails", "scrape", *(f"10.5555/{number}" for number in range(100))])
    replica.fail("*", Raw(b"HTTP/1.1 429 Slow\r\nRetry-After: 5000\r\nContent-Length: 0\r\n\r\n"))
    options = ("--retry-failed", "--base-url", replica.base_url, "--interval", "0")
    messages = run("scrape", "altmetric:990000001", "-o", "run", *options)[1]
    assert messages.splitlines()[-1].endswith("run the same command again.")


def test_what_libraries_print_is_limited_like_a_message(altdetails, folder, monkeypatch, new_processes):
    """A module that Python imports at its start prints a warning, a log record and text when the command ends."""
    new_processes()
    (folder / "patch").mkdir()
    (folder / "patch" / "sitecustomize.py").write_text(
        "import atexit, logging, sys, warnings\n"
        "@atexit.register\n"
        "def show():\n"
        f"    for foreign in {[*FOREIGN.values()]!r}:\n"
        "        warnings.warn(foreign)\n"
        "        logging.getLogger('library').error(foreign)\n"
        "        print(foreign, file=sys.stderr)\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder / "patch"), os.environ.get("PYTHONPATH", "")]))
    ended = altdetails("--version")
    assert ended.returncode == 0
    assert 300 < len(ended.err) < 3 * 4 * 510
    assert foreign_text_is_bounded(ended.err)


def test_what_libraries_print_keeps_its_lines():
    stream = io.StringIO()
    StandardError(stream).write("one\x1b[31m\ntwo\n")
    assert stream.getvalue() == "one [31m\ntwo\n"


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_an_unexpected_error_shows_no_escapes_and_no_secrets(run, monkeypatch, foreign):
    address = "postgresql://me:hush@db.example.org"

    def fail(*_arguments, **_options):
        raise ZeroDivisionError(f"{address} {foreign}")

    monkeypatch.setattr("altdetails.cli.status.Run", fail)
    monkeypatch.setattr("sys.argv", ["altdetails", "status", "run"])
    code, messages = run("status", "run")
    assert code == 1
    assert foreign_text_is_bounded(messages)
    assert "hush" not in messages
    assert ", in fail" in messages
    last = messages.splitlines()[-1]
    assert last.startswith("Error: unexpected ZeroDivisionError: postgresql://db.example.org ")
    assert last.endswith("; this is a fault of altdetails, please report it")


def test_without_a_command_the_help_is_shown_on_standard_error(run):
    code, messages = run()
    assert code == 2
    assert messages.startswith("Usage: altdetails [OPTIONS] COMMAND [ARGS]...\n\n  Turn Altmetric details pages into ")
    assert "Error" not in messages


@pytest.mark.slow
def test_a_record_nested_too_deep_is_an_error_in_one_line(run):
    gc.collect()  # otherwise a lock of an earlier test could be collected at the limit of recursion, and warn
    said = re.compile(r"Error: deep\.json(: number 1(, on line 1)?: | is )[^\n]+not a record: [^\n]+\n")
    for start, depth in ('{"title":', 10**5), ('{\n"title":', 3000), ('{"unknown":', 10**5), ('{\n"unknown":', 3000):
        Path("deep.json").write_text(start + "[" * depth + "]" * depth + "}\n")
        code, messages = run("show", "deep.json")
        assert (start, code, bool(said.fullmatch(messages))) == (start, 2, True), messages


def test_the_report_of_doctor_shows_no_escapes(capsysbinary, page):
    record = json.loads(altdetails.parse(page()).to_json())
    record["unread"] = [{"part": "details", "text": HOSTILE}]
    Path("hostile.jsonl").write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    for options, lines in ([], 100), (["--all"], 300), (["--json"], 1):
        with pytest.raises(SystemExit):
            cli.main(["doctor", "hostile.jsonl", *options])
        out = capsysbinary.readouterr().out.decode()
        assert not CONTROLS.search(out)
        assert 0 < out.count("\n") <= lines
    assert "\x9b#m" in json.dumps(json.loads(out), ensure_ascii=False)


def unwritable(kind):
    """Return the descriptor of a stream that cannot be written."""
    if kind == "full":
        return os.open("/dev/full", os.O_WRONLY)
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["full", "closed"])
class TestUnwritableStreams:
    @pytest.fixture
    def ended(self, command, kind, page):
        """Run the command with a stream that cannot be written, and return the exit code and the other stream."""
        Path("a.html").write_bytes(page("A title"))
        Path("b.html").write_bytes(b"<html><title>Other</title></html>")

        def call(*arguments, stream):
            broken = unwritable(kind)
            streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | {stream: broken}
            process = subprocess.run([*command, *arguments], check=False, timeout=60, **streams)
            os.close(broken)
            return process.returncode, (process.stdout if stream == "stderr" else process.stderr).decode()

        return call

    @pytest.mark.parametrize(
        "arguments",
        [["--help"], ["--version"], ["parse", "--help"], ["schema"], ["show", "a.html"], ["parse", "a.html"]],
        ids=" ".join,
    )
    def test_an_output_that_cannot_be_written_is_an_error_in_one_line(self, ended, kind, arguments):
        code, messages = ended(*arguments, stream="stdout")
        if kind == "full":
            assert code == 2
            assert re.fullmatch(
                r"Error: standard output: output cannot be written: [^\n]+; choose another path\n", messages
            )
        else:
            assert (code, messages) == (141, "")

    def test_shell_completion_that_cannot_be_written_gives_no_traceback(self, kind, monkeypatch):
        instruction = "bash_source" if kind == "full" else "bash_complete"
        code = "import sys; sys.argv[0] = 'altdetails'; from altdetails.cli import main; main()"
        monkeypatch.setenv("_ALTDETAILS_COMPLETE", instruction)
        monkeypatch.setenv("COMP_WORDS", "altdetails pa")
        monkeypatch.setenv("COMP_CWORD", "1")
        broken = unwritable(kind)
        command = [sys.executable, "-c", code]
        ended = subprocess.run(command, check=False, timeout=60, stdout=broken, stderr=subprocess.PIPE)
        os.close(broken)
        assert ended.returncode == (2 if kind == "full" else 141)
        assert ended.stderr.count(b"\n") == (1 if kind == "full" else 0)

    def test_a_parse_without_standard_error_does_its_work(self, ended):
        code, out = ended("parse", "a.html", "b.html", stream="stderr")
        assert code == 1
        assert '"title":"A title' in out

    def test_wrong_usage_without_standard_error_is_2(self, ended):
        assert ended("parse", "--nope", stream="stderr") == (2, "")

    def test_a_scrape_without_standard_error_does_its_work(self, ended, replica):
        replica.fail("/details/990000002", Raw(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"))
        site = ("--base-url", replica.base_url, "--interval", "0")
        assert ended("scrape", "altmetric:990000001", "altmetric:990000002", "-o", "run", *site, stream="stderr") == (
            1,
            "",
        )
        assert len(Path("run/records.jsonl").read_bytes().splitlines()) == 1

    def test_a_table_is_written_without_standard_error(self, ended):
        call("parse", "a.html", "-o", "a.jsonl")
        assert ended("export", "a.jsonl", "-o", "out.csv", stream="stderr") == (0, "")
        assert Path("out.csv").stat().st_size > 0


@pytest.mark.slow
def test_an_output_to_a_closed_stream_is_an_error(command, page, replica, monkeypatch):
    Path("a.html").write_bytes(page())
    call("parse", "a.html", "-o", "a.jsonl")
    call("scrape", "altmetric:990000001", "-o", "run", "--base-url", replica.base_url, "--interval", "0")
    monkeypatch.setenv("CLOSED", "1")
    with_output = [
        *("--help", "--version", "schema", "show a.html", "parse a.html", "doctor a.jsonl", "doctor a.jsonl --json"),
        *("diff a.jsonl a.jsonl", "diff a.jsonl a.jsonl --all -o -", "status run"),
    ]
    ended = {
        words: subprocess.run([*command, *words.split()], check=False, timeout=60, capture_output=True)
        for words in with_output
    }
    said = b"Error: standard output: output cannot be written: Bad file descriptor; choose another path\n"
    assert {words: (end.returncode, end.stderr) for words, end in ended.items()} == dict.fromkeys(
        with_output, (2, said)
    )


@pytest.mark.slow
def test_work_that_prints_no_result_needs_no_streams(command, replica, monkeypatch):
    words = ["scrape", "altmetric:990000001", "-o", "run", "--base-url", replica.base_url, "--interval", "0"]
    monkeypatch.setenv("CLOSED", "12")
    assert subprocess.run([*command, *words], check=False, timeout=60).returncode == 0
    assert len(Path("run/records.jsonl").read_bytes().splitlines()) == 1


@pytest.mark.slow
def test_the_shell_can_close_a_stream():
    line = ["/bin/sh", "-c", 'exec "$0" -m altdetails --version >&-', sys.executable]
    ended = subprocess.run(line, check=False, timeout=60, stderr=subprocess.PIPE)
    assert (ended.returncode, ended.stderr.count(b"\n")) == (2, 1)
    assert b"standard output: output cannot be written: Bad file descriptor" in ended.stderr
