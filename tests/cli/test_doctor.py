"""`altdetails doctor`: the report on a terminal, in a pipe and as JSON, and the exit codes."""

import gzip
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.cli.terminal import in_terminal
from tests.support.calling import call
from tests.support.records import generated

pytestmark = pytest.mark.slow


def lines(first, end):
    """Return some lines of invented records."""
    return [line + b"\n" for line in generated(600)[first:end]]


@pytest.fixture
def usual(folder):
    """A file of unchanged records, for a baseline."""
    (folder / "usual.jsonl").write_bytes(b"".join(lines(0, 400)))
    return "usual.jsonl"


@pytest.fixture(scope="module")
def counts():
    """The baseline of the unchanged records."""
    return call("doctor", "-", "--save-baseline", "-", stdin=b"".join(lines(0, 400))).stdout


@pytest.fixture
def baseline(folder, counts):
    (folder / "baseline.json").write_bytes(counts)
    return "baseline.json"


@pytest.fixture
def written(folder):
    """Write records that are changed by a function."""

    def write(change, name="new.jsonl", records=None):
        changed = []
        for at, line in enumerate(records or lines(400, 600)):
            record = json.loads(line)
            change(record, at)
            changed.append(json.dumps(record).encode() + b"\n")
        (folder / name).write_bytes(b"".join(changed))
        return name

    return write


def unchanged(_record, _at):
    pass


def without_titles_and_with_downloads(record, at):
    if at % 5 == 0:
        record["title"] = None
        record["unread"].append({"part": "details", "text": f"Downloads: {at:,}"})


def said(text):
    """Join a text to one line."""
    return " ".join(text.split())


class TestCounts:
    def test_without_a_baseline_the_report_says_how_to_save_one(self, usual):
        process = call("doctor", usual)
        assert (process.returncode, process.err) == (0, "")
        assert said(process.out).startswith(
            "400 records, not compared with a baseline. To save these as one, give --save-baseline FILE."
        )

    def test_fill_rates_are_shown_by_layout_and_year(self, written):
        def change(record, at):
            record["provenance"]["captured_at"] = None
            record["provenance"]["fetched_at"] = [None, "2025-02-03T04:05:06Z"][at % 2]
            record["provenance"]["format"] = ["text", "html"][at % 2]
            record["pmid"] = "1" if at % 4 == 0 else None

        process = call("doctor", written(change))
        rows = [line.split() for line in process.out.splitlines()]
        heads = rows.index(["text", "html"])
        assert rows[heads + 1] == ["undated", "2025"]
        assert ["records", "100", "100"] in rows
        assert ["pmid", "50.0", "0"] in rows

    def test_constant_rows_and_early_columns_are_left_out_with_a_note(self, written):
        def change(record, at):
            record["provenance"]["captured_at"] = f"20{10 + at % 8}-02-03T04:05:06Z"

        name = written(change)
        short, whole = call("doctor", name).out, call("doctor", name, "--all").out
        assert "rows of 0 or 100, 4 earlier columns. --all shows them." in short
        assert "2013" not in short
        assert "2017" in short
        assert all(f" 20{year}" in whole for year in range(10, 18))
        assert "\nprovenance.http_status " in whole
        assert "\nprovenance.http_status " not in short

    def test_a_rate_close_to_all_is_not_rounded_to_all(self, written):
        def change(record, at):
            record["score"] = None if at == 0 else 3
            record["output_type"] = "book" if at == 0 else None

        odd, other = Path(written(change, records=lines(0, 1) * 2)).read_bytes().splitlines(keepends=True)
        out = said(call("doctor", "-", stdin=odd + other * 2000).out)
        assert " score >99.9 " in out
        assert " output_type <0.1 " in out

    def test_unread_text_is_shown_with_its_share_and_an_example(self, written):
        name = written(without_titles_and_with_downloads)
        out = said(call("doctor", name).out)
        assert "details html 2026: 20.0% of 200 40 Downloads: … such as new.jsonl:1 (urn:uuid:" in out

    def test_contradictions_are_shown_with_their_place(self, written):
        def change(record, at):
            if at < 3:
                record["inconsistencies"].append({"code": "source_twice", "where": "news", "values": ["1", "2"]})

        out = said(call("doctor", written(change)).out)
        assert "source_twice html 2026: 1.5% of 200 3 news such as new.jsonl:1 " in out

    def test_long_lists_of_texts_are_shortened(self, written):
        def change(record, at):
            record["unread"].append({"part": "header", "text": "x" * (at % 30 + 1)})

        name = written(change)
        assert "and 20 more texts; --all shows all" in call("doctor", name).out
        assert "more texts" not in call("doctor", name, "--all").out


class TestDrift:
    def test_records_without_differences_have_no_significant_change(self, baseline, written):
        process = call("doctor", written(unchanged), "--baseline", baseline)
        assert (process.returncode, process.err) == (0, "")
        assert said(process.out).startswith(
            "No statistically significant change in 200 records compared with 400 of the baseline."
        )

    def test_a_significant_change_is_reported_first_with_advice(self, baseline, written):
        process = call("doctor", written(without_titles_and_with_downloads), "--baseline", baseline)
        assert (process.returncode, process.err) == (1, "")
        assert said(process.out).startswith(
            "Statistically significant: 1 field fell and 1 warning rose, in 200 records compared with 400 of the"
            " baseline."
            " Before you use these records, compare one with its page on the site."
        )
        out = said(process.out)
        assert "fell html title 100% of 400 → 80.0% of 200, p < 1e-12" in out
        assert "rose html unread details Downloads: … 0% of 400 → 20.0% of 200, p < 1e-12 such as new.jsonl:1" in out
        assert "tests with Holm's correction, p < 0.01" in out

    def test_another_layout_is_reported(self, baseline, written):
        def change(record, at):
            record["provenance"]["format"] = "text" if at < 50 else "html"

        process = call("doctor", written(change), "--baseline", baseline)
        assert process.returncode == 0
        assert "not compared: text, a layout of only one of the two" in process.out

    def test_records_without_a_common_layout_are_refused(self, baseline, written):
        process = call(
            "doctor", written(lambda record, _: record["provenance"].update(format="text")), "--baseline", baseline
        )
        assert (process.returncode, process.out) == (2, "")
        assert process.err.startswith("Error: the baseline has html records, but these records are text")

    def test_a_significant_change_is_not_saved_as_a_baseline(self, baseline, written):
        before = Path(baseline).read_bytes()
        name = written(without_titles_and_with_downloads)
        process = call("doctor", name, "--baseline", baseline, "--save-baseline", baseline)
        assert process.returncode == 1
        reason = "baseline not written, because of a significant change; leave --baseline out to write it"
        assert process.err == f"{baseline}: {reason}\n"
        assert Path(baseline).read_bytes() == before
        assert call("doctor", name, "--save-baseline", baseline).returncode == 0
        assert call("doctor", name, "--baseline", baseline).returncode == 0

    def test_the_report_can_be_one_line_of_json(self, baseline, written):
        process = call("doctor", written(without_titles_and_with_downloads), "--baseline", baseline, "--json")
        assert process.returncode == 1
        assert process.out.count("\n") == 1
        report = json.loads(process.out)["result"]
        assert list(report) == ["summary", "damaged", "drift", "survey"]
        assert report["summary"].startswith("Statistically significant: 1 field fell")
        assert [(change["kind"], change["name"]) for change in report["drift"]["changes"]] == [
            ("field", "title"),
            ("unread", "details"),
        ]
        assert report["survey"]["strata"][0]["fills"]["title"] == {"filled": 160, "of": 200}

    def test_json_without_a_baseline_has_no_drift(self, usual):
        assert json.loads(call("doctor", usual, "--json").out)["result"]["drift"] is None


def test_a_baseline_can_be_written_to_standard_output():
    Path("records.jsonl").write_bytes(b"".join(lines(0, 3)))
    call("doctor", "records.jsonl", "--save-baseline", "baseline.json")
    process = call("doctor", "records.jsonl", "--save-baseline", "-")
    assert process.stdout == Path("baseline.json").read_bytes()
    assert not Path("-").exists()


class TestInputs:
    def test_standard_input_gzip_and_run_folders_are_read(self, baseline, folder):
        content = b"".join(lines(400, 600))
        (folder / "run").mkdir()
        (folder / "run" / "records.jsonl").write_bytes(content)
        (folder / "new.jsonl.gz").write_bytes(gzip.compress(content))
        for arguments, stdin in ((["-"], content), (["new.jsonl.gz"], b""), (["run"], b"")):
            process = call("doctor", *arguments, "--baseline", baseline, stdin=stdin)
            assert "200 records compared with 400" in said(process.out), arguments

    def test_damaged_lines_are_reported_and_skipped(self, baseline, folder):
        (folder / "new.jsonl").write_bytes(
            b"".join([*lines(400, 500), b'{"x": 1}\n', *lines(500, 600), lines(0, 1)[0][:100]])
        )
        process = call("doctor", "new.jsonl", "--baseline", baseline)
        assert process.returncode == 1
        assert [line.partition(": ")[0] for line in process.err.splitlines()] == ["new.jsonl:101", "new.jsonl:202"]
        assert "200 records compared with 400" in said(process.out)
        assert "2 lines skipped: not valid records. Standard error lists them." in said(process.out)

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ([], "Missing argument 'RECORDS...'"),
            (["nope.jsonl"], "nope.jsonl: no such file"),
            (["empty.jsonl"], "empty.jsonl: contains no records"),
            (["page.html"], "page.html is not a records file: "),
            (["usual.jsonl", "--baseline", "nope.json"], "nope.json: cannot be read"),
            (["usual.jsonl", "--baseline", "usual.jsonl"], "usual.jsonl: is not a baseline"),
            (["usual.jsonl", "--save-baseline", "./usual.jsonl"], "is one of the input files"),
            (["run", "--save-baseline", "run/records.jsonl"], "is one of the input files"),
        ],
    )
    def test_errors_contain_the_file_and_what_to_do(self, usual, folder, arguments, words):
        (folder / "empty.jsonl").write_bytes(b"")
        (folder / "page.html").write_bytes(b"<!doctype html>")
        (folder / "run").mkdir()
        (folder / "run" / "records.jsonl").write_bytes(*lines(0, 1))
        process = call("doctor", *arguments)
        assert (process.returncode, process.out) == (2, "")
        assert words in process.err
        assert Path(usual).read_bytes() == b"".join(lines(0, 400))

    def test_the_report_is_shown_even_if_the_baseline_cannot_be_written(self, usual):
        process = call("doctor", usual, "--save-baseline", "missing/baseline.json")
        assert process.returncode == 2
        assert "missing/baseline.json: output cannot be written" in process.err
        assert said(process.out).startswith("400 records, not compared with a baseline")


class TestOutput:
    def test_the_same_records_have_the_same_baseline_in_every_process(self, altdetails, written, new_processes):
        new_processes()

        def change(record, at):
            record["unread"] = [
                {"part": "header", "text": "x" * 50 + chr(0x4E00 + at * 8 + number)} for number in range(8)
            ]

        name = written(change)
        environment = os.environ | {"PYTHONHASHSEED": "1"}
        assert altdetails("doctor", name, "--save-baseline", "1.json", env=environment).returncode == 0
        assert call("doctor", name, "--save-baseline", "2.json").returncode == 0
        assert json.loads(Path("1.json").read_bytes())["has_other_findings"]
        assert Path("1.json").read_bytes() == Path("2.json").read_bytes()

    def test_a_narrow_terminal_folds_names_but_not_numbers(self, written, monkeypatch):
        content = Path(written(without_titles_and_with_downloads, records=lines(0, 5))).read_bytes() * 200
        for width in 30, 45, 51:
            monkeypatch.setenv("COLUMNS", str(width))
            report = call("doctor", "-", stdin=content).out
            assert re.search("^records +1,000$", report, re.MULTILINE)
            assert re.search("^title +80.0$", report, re.MULTILINE)
            assert max(cell_len(line) for line in report.splitlines()) <= width

    @pytest.mark.parametrize("width", [60, 80, 120])
    def test_no_line_is_wider_than_the_terminal(self, baseline, written, width, monkeypatch):
        monkeypatch.setenv("COLUMNS", str(width))
        process = call("doctor", written(without_titles_and_with_downloads), "--baseline", baseline, "--all")
        assert max(cell_len(line) for line in process.out.splitlines()) <= width
        assert not [line for line in process.out.splitlines() if line != line.rstrip()]

    def test_control_characters_and_markup_of_pages_are_not_interpreted(self, baseline, written):
        evil = "\x1b[1m[b]x[/] :smile:\u202e\x9b\x07"

        def change(record, _at):
            record["unread"] = [{"part": "header", "text": evil}]
            record["inconsistencies"] = [{"code": evil, "where": evil, "values": []}]
            record["mentions"] = [{"source": evil, "count": 1, "unit": None, "url": None}]
            record["provenance"]["input"] = evil

        process = call("doctor", written(change), "--baseline", baseline, "--all")
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(process.out)
        assert said(process.out).count("[b]x[/] :smile:") > 5

    def test_a_terminal_gets_colours_unless_no_color_is_set(self, command, baseline, written, monkeypatch):
        arguments = ["doctor", written(without_titles_and_with_downloads), "--baseline", baseline]
        assert "\x1b[" not in call(*arguments).out
        assert "\x1b[1;33m" in in_terminal([*command, *arguments])[0]
        monkeypatch.setenv("NO_COLOR", "1")
        assert "33m" not in in_terminal([*command, *arguments])[0]

    def test_an_encoding_with_few_characters_is_not_an_error(self, baseline, written):
        name = written(without_titles_and_with_downloads)
        for more in [], ["--json"]:
            process = call("doctor", name, "--baseline", baseline, *more, encoding="latin-1")
            assert (process.returncode, process.stderr) == (1, b""), more

    def test_a_closed_pipe_gives_no_traceback_and_the_baseline_is_saved(self, command, usual):
        reading, writing = os.pipe()
        os.close(reading)
        process = subprocess.run(
            [*command, "doctor", usual, "--save-baseline", "baseline.json"],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(writing)
        assert (process.returncode, process.stderr) == (141, b"")
        assert Path("baseline.json").stat().st_size > 1000
