"""`altdetails report` and `altdetails card`: files, messages and exit codes."""

import json
import sys
from pathlib import Path

import pytest
from tests.support.calling import call
from tests.support.cases import for_each
from tests.support.records import fetched, generated, samples, written


@pytest.fixture
def lines():
    return generated(5)


def test_the_summary_has_the_number_of_outputs_and_the_file(lines):
    done = call("report", written("records.jsonl", lines), "-o", "report.html", "--title", "A school & more")
    assert done.returncode == 0
    assert done.out == ""
    assert done.err.startswith("5 outputs in report.html (")
    assert "<bdi>A school &amp; more</bdi>" in Path("report.html").read_text("utf-8")


def test_damaged_lines_are_reported_and_the_exit_code_is_1(lines):
    done = call("report", written("records.jsonl", [*lines, b"{"]), "-o", "report.html")
    assert done.returncode == 1
    assert "records.jsonl:6: this is not a record" in done.err
    assert "1 line skipped: not a valid record" in done.err


def test_records_are_read_from_standard_input(lines):
    done = call("report", "-", "-o", "report.html", stdin=b"\n".join(lines))
    assert done.returncode == 0
    assert "from <bdi>standard input</bdi>" in Path("report.html").read_text("utf-8")


def test_older_snapshots_are_reported(lines):
    path = written("records.jsonl", [*lines, fetched(lines[0], "2027-01-01T00:00:00Z")])
    assert "1 snapshot not counted: there is a later one of the same output" in call("report", path, "-o", "a.html").err


def test_a_table_of_fewer_rows_is_reported(lines):
    done = call("report", written("records.jsonl", lines), "-o", "report.html", "--top", "2")
    assert "The table has the 2 outputs with the highest scores; the figures count all outputs." in done.err


def test_old_and_new_records_in_the_wrong_order_are_reported(lines):
    older = written("old.jsonl", [fetched(line, "2020-01-01T00:00:00Z") for line in lines])
    newer = written("new.jsonl", lines)
    assert "new.jsonl is newer than RECORDS" in call("report", older, "--since", newer, "-o", "report.html").err
    assert "newer" not in call("report", newer, "--since", older, "-o", "report.html").err


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("report", "Missing argument 'RECORDS...'"),
        ("report records.jsonl", "Missing option '-o'"),
        (
            "report records.jsonl -o report.pdf",
            "report.pdf: a report is an HTML file; choose a name that",
        ),
        ("report missing.jsonl -o report.html", "missing.jsonl: no such file"),
        ("report records.jsonl -o report.html --since missing.jsonl", "missing.jsonl: no such file"),
        ("report records.jsonl -o report.html --top 0", "0 is not in the range 1<=x<=10000"),
        ("report - -o report.html --since -", "standard input can be read only once"),
        ("report records.jsonl -o no/report.html", "no/report.html: output cannot be written"),
        ("card records.jsonl -o card.svg", "the records are of several outputs; choose one with --doi"),
        ("card records.jsonl -o card.png --doi 10.5555/a", "card.png: a card is an SVG or HTML file"),
        ("card records.jsonl -o card.svg --doi 10.5555/a", "10.5555/a: no record has this DOI or Altmetric id"),
        ("card records.jsonl -o card.svg --doi nothing", "'nothing': not an identifier"),
        ("card empty.jsonl -o card.svg", "no records found; give records that"),
    ],
)
def test_wrong_usage_is_2_with_a_message(lines, folder, typed, words):
    written("records.jsonl", lines)
    written("empty.jsonl", [])
    done = call(*typed.split())
    assert done.returncode == 2
    assert words in done.err
    assert sorted(path.name for path in folder.iterdir()) == ["empty.jsonl", "records.jsonl"]


@pytest.mark.parametrize("typed", ["report records.jsonl -o report.html", "card records.jsonl -o card.svg"])
def test_a_missing_library_is_reported_with_the_command_that_installs_it(lines, monkeypatch, typed):
    written("records.jsonl", lines[:1])
    monkeypatch.setitem(sys.modules, "jinja2", None)
    done = call(*typed.split())
    assert done.returncode == 2
    assert "needs jinja2: pip install 'altdetails[report]'" in done.err


@for_each("doi", ["10.5555/LHS.2023.0417", "https://doi.org/10.5555/lhs.2023.0417", "990000001"])
@for_each("name", ["card.svg", "card.html"])
def test_a_card_has_the_facts_of_the_newest_record(name, doi):
    new = fetched(samples()[0], "2026-03-04T00:00:00Z", score=777)
    path = written("records.jsonl", [*samples(), new, fetched(samples()[0], "2026-01-01T00:00:00Z", score=5)])
    done = call("card", path, "--doi", doi, "-o", name)
    assert (done.returncode, done.err) == (0, f"10.5555/lhs.2023.0417 in {name}\n")
    text = Path(name).read_text("utf-8")
    for words in (
        "Street lamps, curtains",
        ">777<",
        "X (Twitter)",
        "Data: Altmetric.com, 4 Mar 2026",
        "4 more sources",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("mentions", "words"),
    [(None, "Mentions not shown: unknown, not zero"), ([], "The page shows no mentions")],
)
def test_a_card_distinguishes_not_shown_from_none(mentions, words):
    said = json.loads(samples()[0]) | {"mentions": mentions, "score": None, "title": None}
    done = call("card", written("one.jsonl", [json.dumps(said).encode()]), "-o", "card.svg")
    text = Path("card.svg").read_text("utf-8")
    assert done.returncode == 0
    assert words in text
    assert "Attention Score not shown" in text
    assert ">0<" not in text
