"""What every command says to programs: the summary of `--json`, messages as JSON, `--quiet` and `--verbose`."""

import json
import logging
import re
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from tests.support.calling import call
from tests.support.cases import for_each
from tests.support.faults import Raw
from tests.support.mentions import mention, mentions_file
from tests.support.pages import invented_doi, invented_id
from tests.support.parser import ParserInProcess
from tests.support.records import generated, written

from altdetails import __version__
from altdetails.cli import GROUPS
from altdetails.cli.ui import MESSAGES, messages_shown
from altdetails.loading import warehouse

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "summary.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
SITE = ["--base-url", "{site}", "--interval", "0"]
TWO = "two.jsonl"

TO_STANDARD_OUTPUT = {
    "scrape": (0, ["scrape", invented_doi(0), "-o", "new", *SITE], {"outcomes.ok": 1, "records": 1, "requests": 3}),
    "scrape with failures": (
        1,
        ["scrape", "bad.txt", "-o", "new", *SITE],
        {"outcomes.invalid": 1, "run.left": 0, "unread": 0},
    ),
    "scrape that is stopped": (
        3,
        ["scrape", invented_doi(1), "-o", "new", *SITE],
        {"outcomes.ok": 0, "outcomes.rate_limited": 1},
    ),
    "scrape --dry-run": (0, ["scrape", invented_doi(0), "-o", "new", *SITE, "--dry-run"], {"pages": 1, "new": 1}),
    "history --dry-run": (0, ["history", TWO, "-o", "past", "--dry-run"], {"pages": 0, "questions": 2}),
    "status": (0, ["status", "run"], {"run.ok": 1, "run.left": 0}),
    "parse": (0, ["parse", "page.html", "-o", "new.jsonl"], {"pages": 1, "records": 1, "failures": 0, "bytes": 35674}),
    "parse with failures": (1, ["parse", "other.html", "-o", "new.jsonl"], {"records": 0, "failures.other": 1}),
    "show": (0, ["show", TWO], {}),
    "show of several": (0, ["show", TWO, "--title", "a"], {}),
    "report": (0, ["report", TWO, "-o", "new.html"], {"outputs": 2, "damaged": 0}),
    "card": (1, ["card", "damaged.jsonl", "-o", "new.svg"], {"damaged": 1}),
    "export": (1, ["export", TWO, "damaged.jsonl", "-o", "new.csv"], {"records": 3, "damaged": 1}),
    "load": (0, ["load", TWO], {"records": 2, "new": 1, "new_mentions": 0}),
    "diff": (0, ["diff", TWO, "one.jsonl"], {"gone": 1, "new": 0, "same": 1}),
    "diff -o": (1, ["diff", TWO, "damaged.jsonl", "-o", "new.csv"], {"gone": 1, "damaged": 1}),
    "diff --mentions": (0, ["diff", "--mentions", "mentions.jsonl", "mentions.jsonl"], {"mentions.new": 0}),
    "doctor": (0, ["doctor", TWO], {"records": 2, "changes": None}),
    "doctor with failures": (1, ["doctor", "damaged.jsonl"], {"records": 1, "damaged": 1}),
    "doctor --site": (1, ["doctor", "--site", "no address", *SITE], {"pages": 1, "failures": 1}),
    "skeleton -o": (0, ["skeleton", "page.html", "-o", "new.html"], {}),
}
"""Calls whose summary is on standard output: the exit code, the arguments, and some counts."""
TO_STANDARD_ERROR = {
    "parse": (0, ["parse", "page.html"]),
    "parse --failures -": (1, ["parse", "other.html", "-o", "new.jsonl", "--failures", "-"]),
    "schema": (0, ["schema"]),
    "skeleton": (0, ["skeleton", "page.html"]),
    "diff -o -": (0, ["diff", TWO, "one.jsonl", "-o", "-"]),
    "doctor --save-baseline -": (0, ["doctor", TWO, "--save-baseline", "-"]),
}
COMMANDS = [name for group in GROUPS.values() for name in group]


@pytest.fixture
def files(page, monkeypatch):
    """Small inputs of all commands, and a destination that loads nothing, since dlt is slow to import."""
    Path("page.html").write_bytes(page())
    Path("other.html").write_text("<html><body>Nothing</body></html>")
    Path("bad.txt").write_text("no identifier\n")
    lines = generated(2)
    written(TWO, lines)
    written("one.jsonl", lines[:1])
    written("damaged.jsonl", [lines[0], b"{"])
    mentions_file("mentions.jsonl", mention())
    loaded = warehouse.Loaded(2, 1, 0, "duckdb:///records.duckdb", "altdetails", [])
    monkeypatch.setattr("altdetails.cli.load.load_into", lambda *_, **__: loaded)
    monkeypatch.setattr("altdetails.scraping.session.PageParser", ParserInProcess)
    monkeypatch.delenv("ALTMETRIC_API_KEY", raising=False)


@pytest.fixture
def site(replica):
    """The address of a replica that answers for one page, and refuses another for hours."""
    too_many = Raw(b"HTTP/1.1 429 Slow\r\nRetry-After: 5000\r\nContent-Length: 0\r\n\r\n")
    replica.fail(f"/details/{invented_id(1)}", too_many)
    return replica.base_url


@pytest.fixture
def run(site):
    """A run folder with one record."""
    call("scrape", invented_doi(0), "-o", "run", "--base-url", site, "--interval", "0")


def checked(line):
    """Return a valid summary of this version."""
    summary = json.loads(line)
    VALIDATOR.validate(summary)
    assert (summary["summary_version"], summary["altdetails"]) == (1, __version__)
    assert summary["started_at"] <= summary["ended_at"]
    assert bool(summary["errors"]) == bool(summary["exit_code"])
    return summary


def messages(lines):
    """Return messages as objects."""
    found = [json.loads(line) for line in lines]
    assert all([*message][:4] == ["time", "level", "logger", "message"] for message in found)
    return found


def test_every_command_is_tried():
    assert {arguments[0] for _, arguments, *_ in [*TO_STANDARD_OUTPUT.values(), *TO_STANDARD_ERROR.values()]} == {
        *COMMANDS
    }


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("code", "arguments", "counts"), TO_STANDARD_OUTPUT.values(), ids=TO_STANDARD_OUTPUT)
def test_the_summary_is_the_only_line_of_standard_output(request, code, arguments, counts):
    site = request.getfixturevalue("site") if {*SITE, "run"} & {*arguments} else ""
    if "run" in arguments:
        request.getfixturevalue("run")
    words = [word.format(site=site) for word in arguments]
    done = call(*words, "--json", "--log-format", "json")
    assert done.out.count("\n") == 1
    summary = checked(done.out)
    assert (done.returncode, summary["exit_code"], summary["command"]) == (code, code, arguments[0])
    assert {name: summary["counts"].get(name) for name in counts} == counts
    assert all(
        Path(output["path"]).stat().st_size == output["bytes"] for output in summary["outputs"] if output["bytes"]
    )
    levels = [message["level"] for message in messages(done.err.splitlines())]
    assert ("ERROR" in levels) or not code or arguments[0] in {"doctor", "diff"}
    if "-o" in arguments and "--dry-run" not in arguments:
        assert any(output["path"].startswith("new") for output in summary["outputs"])


@pytest.mark.usefixtures("files")
@for_each(("code", "arguments"), TO_STANDARD_ERROR.values(), ids=TO_STANDARD_ERROR)
def test_the_summary_is_the_last_line_of_standard_error_if_standard_output_has_data(code, arguments):
    data = call(*arguments).out
    done = call(*arguments, "--json", "--log-format", "json")
    assert done.out == data != ""
    *others, last = done.err.splitlines()
    assert (done.returncode, checked(last)["exit_code"]) == (code, code)
    messages(others)


@for_each("name", COMMANDS)
def test_wrong_usage_has_a_summary(name):
    done = call(name, "--log-format", "json", "--zzz", "--json")
    printed = [*done.out.splitlines(), *done.err.splitlines()]
    (summary,) = (checked(line) for line in printed if "summary_version" in line)
    assert (done.returncode, summary["exit_code"]) == (2, 2)
    (error,) = summary["errors"]
    assert error["kind"] == "NoSuchOption"
    assert re.match("No such option.*--zzz", error["message"])
    (message,) = messages(line for line in printed if "summary_version" not in line)
    assert (message["level"], message["message"]) == ("ERROR", error["message"])


def test_an_unknown_command_has_a_summary():
    done = call("prase", "pages", "--json")
    summary = checked(done.out)
    assert (done.returncode, summary["command"], summary["exit_code"]) == (2, "prase", 2)
    (error,) = summary["errors"]
    assert error["message"].startswith("No such command 'prase'")


@for_each(
    ("arguments", "kind", "words"),
    [
        (["status", "nothing"], "StoreError", "nothing is not a run folder: "),
        (["export", "nothing.jsonl", "-o", "a.csv"], "InputError", "nothing.jsonl: no such file; give records that "),
        (["diff", "a", "--json", "--most", "x"], "BadParameter", "Invalid value for '--most': 'x' is not"),
        (["report", "a", "-o", "a.pdf"], "ExportError", "a.pdf: a report is an HTML file; "),
    ],
)
def test_an_error_says_what_happened_and_what_to_do(arguments, kind, words):
    summary = checked(call(*arguments, "--json").out)
    (error,) = summary["errors"]
    assert (summary["exit_code"], error["kind"]) == (2, kind)
    assert error["message"].startswith(words)


@pytest.mark.usefixtures("files")
def test_an_unexpected_error_is_in_the_summary(monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("of a test")

    monkeypatch.setattr("altdetails.cli.load.load_into", fail)
    done = call("load", TWO, "--json", "--log-format", "json")
    (error,) = checked(done.out)["errors"]
    assert (done.returncode, error["kind"]) == (1, "ZeroDivisionError")
    assert error["message"].startswith("unexpected ZeroDivisionError: of a test; this is a fault of altdetails")
    messages(done.err.splitlines())


@pytest.mark.usefixtures("files", "run")
def test_a_stopped_run_says_when_and_how_to_resume(site):
    done = call("scrape", invented_doi(1), "-o", "run", "--base-url", site, "--interval", "0", "--json")
    error, others = checked(done.out)["errors"]
    assert (error["kind"], others["kind"]) == ("RunStopped", "Failures")
    assert 4900 < error["retry_after"] <= 5000
    assert error["resume"] == "altdetails scrape -o run --interval 0"
    assert f"  {error['resume']}" in done.err.splitlines()


@pytest.mark.usefixtures("files", "run")
def test_the_result_has_what_people_are_shown():
    assert checked(call("show", TWO, "--json").out)["result"]["record"] == json.loads(
        Path(TWO).read_bytes().split(b"\n")[0]
    )
    choices = checked(call("show", TWO, "--title", "a", "--json").out)["result"]["choices"]
    assert [choice["number"] for choice in choices] == [1, 2]
    assert (
        checked(call("status", "run", "--json").out)["result"]["pages_bytes"]
        == Path("run/pages.warc.gz").stat().st_size
    )
    changes = checked(call("diff", TWO, TWO, "--json").out)["result"]
    assert changes == {"largest": [], "totals": {}, "newest_mentions": None}


def test_warnings_are_bounded():
    written("records.jsonl", [*generated(1), *[b"{"] * 150])
    summary = checked(call("doctor", "records.jsonl", "--json").out)
    assert (len(summary["warnings"]), summary["warnings_left_out"]) == (100, 50)
    assert summary["warnings"][0].startswith("records.jsonl:2: this is not a record: ")


def test_control_characters_are_escaped():
    done = call("status", "a\x1b]0;title\x07\x9b31m\u202e", "--json", "--log-format", "json")
    assert done.out.count("\n") == 1
    assert not {*done.out, *done.err} & {"\x1b", "\x07", "\x9b", "\u202e"}
    checked(done.out)


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_has_no_summary(option):
    done = call("export", "--json", option)
    assert done.out.startswith("Usage: ")
    assert "summary_version" not in done.out + done.err


@pytest.mark.usefixtures("files")
class TestMessages:
    def test_quiet_says_nothing_if_all_is_well_and_one_line_if_not(self):
        assert call("export", TWO, "-o", "a.csv", "--quiet").err == ""
        done = call("export", TWO, "damaged.jsonl", "-o", "a.csv", "-q")
        assert done.err.startswith("3 records in a.csv (")
        assert done.err.count("\n") == 1
        assert call("export", "nothing.jsonl", "-o", "a.csv", "-q").err.startswith("Error: nothing.jsonl: no such file")

    @pytest.mark.usefixtures("run")
    def test_verbose_has_each_request_and_identifier(self, site):
        arguments = ["scrape", invented_doi(2), "-o", "run", "--base-url", site, "--interval", "0"]
        done = messages(call(*arguments, "--verbose", "--log-format", "json").err.splitlines())
        requests = [(message["url"].removeprefix(site), message["http_status"]) for message in done if "url" in message]
        assert requests == [(f"/details/doi/{invented_doi(2)}", 302), (f"/details/{invented_id(2)}", 200)]
        assert [message["message"] for message in done if "identifier" in message] == [f"{invented_doi(2)}: ok"]
        assert {message["logger"] for message in done} == {"altdetails", "altdetails.scraping.fetch.transport"}

    def test_verbose_and_quiet_are_refused(self):
        done = call("export", TWO, "-o", "a.csv", "-q", "-v", "--json")
        assert (done.returncode, checked(done.out)["errors"][0]["kind"]) == (2, "UsageError")
        assert "Error: --quiet and --verbose: give one of them." in done.err

    def test_a_message_has_its_file_and_line(self):
        done = messages(call("doctor", "damaged.jsonl", "--log-format", "json").err.splitlines())
        assert [(message["level"], message["file"], message["line"]) for message in done] == [
            ("WARNING", "damaged.jsonl", 2)
        ]

    def test_what_libraries_print_is_json_too(self, monkeypatch):
        monkeypatch.setattr("altdetails.cli.load.load_into", lambda *_, **__: sys.stderr.write("a\n\x1b[31mb\n"))
        done = messages(call("load", TWO, "--log-format", "json").err.splitlines())
        assert [(message["logger"], message["message"]) for message in done[:2]] == [
            ("stderr", "a"),
            ("stderr", "[31mb"),
        ]

    def test_options_are_taken_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("ALTDETAILS_EXPORT_JSON", "1")
        monkeypatch.setenv("ALTDETAILS_EXPORT_QUIET", "1")
        done = call("export", TWO, "-o", "a.csv")
        assert (checked(done.out)["counts"]["records"], done.err) == (2, "")

    def test_addresses_have_no_secrets(self):
        done = call("export", "https://me:hush@127.0.0.1:1/a.jsonl?sig=hush", "-o", "a.csv", "-v", "--json")
        assert done.returncode == 2
        assert "127.0.0.1:1/a.jsonl" in done.err
        assert "hush" not in done.out + done.err

    def test_the_logger_is_as_before_after_a_call(self):
        call("export", TWO, "-o", "a.csv", "-v")
        assert (MESSAGES.handlers, MESSAGES.level, MESSAGES.propagate) == ([], logging.NOTSET, True)
        with messages_shown():
            assert MESSAGES.level == logging.INFO


@pytest.mark.slow
def test_a_terminated_command_has_a_summary(command):
    with subprocess.Popen(
        [*command, "export", "-", "-o", "a.csv", "--json"], stdin=subprocess.PIPE, stdout=-1, stderr=-1
    ) as process:
        process.stdin.write(generated(1)[0] + b"\n")
        process.stdin.flush()
        while not [*Path().glob(".altdetails-*")]:
            pass
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate()
    (error,) = checked(out)["errors"]
    assert (process.returncode, error["kind"], error["message"]) == (143, "Interrupted", "ended by signal 15")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_summary_that_cannot_be_printed_is_an_error(command):
    written(TWO, generated(2))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*command, "diff", TWO, TWO, "--json"], stdout=full, stderr=-1, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"Error: standard output: output cannot be written: ")
