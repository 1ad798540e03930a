"""The command history: what a user sees, against a replica of the Wayback Machine and without one."""

import json
from pathlib import Path

import pytest
from tests.page.material import everyday
from tests.support.answers import Answer
from tests.support.calling import call
from tests.support.loopback import altmetric_stand_in
from tests.support.parser import ParserInProcess
from tests.support.wayback import Wayback

from altdetails.cli import cli
from altdetails.history.dialects import _Wayback

NUMBER = 990000001
URL = f"https://www.altmetric.com/details/{NUMBER}"
MAIL = ["--contact", "a.librarian@uni-somewhere.edu"]


@pytest.fixture
def wayback(monkeypatch):
    monkeypatch.setattr(_Wayback, "index_interval", 0.0)
    monkeypatch.setattr(_Wayback, "replay_interval", 0.0)
    monkeypatch.setattr("altdetails.history.collecting.PageParser", ParserInProcess)
    monkeypatch.setenv("no_proxy", "*")
    with Wayback() as running, altmetric_stand_in(monkeypatch, running, "archive.org"):
        for year in (2016, 2018, 2021):
            running.keep(URL, f"{year}0301101112", everyday(score=year, id=NUMBER).encode())
        yield running


@pytest.fixture
def history(capsys):
    """Run the command in this process, and return its exit code and standard error."""

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main(["history", *map(str, arguments)], prog_name="altdetails")
        printed = capsys.readouterr()
        assert printed.out == ""
        return end.value.code, printed.err

    return run


def test_the_plan_the_outcomes_and_the_files(wayback, history):
    Path("ids.txt").write_text(f"altmetric:{NUMBER}\naltmetric:990000009\npmid:123\n")
    code, err = history("ids.txt", "-o", "past", *MAIL)
    assert code == 1
    assert "ids.txt: text: 3 rows, 3 identifiers" in err
    assert "2 questions to the index of https://web.archive.org; the pages to fetch are known after that" in err
    assert "3 captures of 1 output in https://web.archive.org: 3 pages to fetch" in err
    assert "3 ok, 1 no capture, 1 no address" in err
    assert "3 identifiers with a record" in err
    assert history("-o", "past", *MAIL)[1].count("nothing to fetch") == 1
    assert len(wayback.pages) == 3


@pytest.mark.usefixtures("wayback")
def test_the_summary_has_the_outcomes_and_the_files():
    done = call("history", f"altmetric:{NUMBER}", "pmid:123", "-o", "past", *MAIL, "--json")
    summary = json.loads(done.out)
    counts = [summary["counts"][name] for name in ("outcomes.ok", "outcomes.no_address", "run.ok", "records")]
    assert (done.returncode, counts) == (1, [3, 1, 3, 3])
    assert [Path(output["path"]).name for output in summary["outputs"]] == [
        "pages.warc.gz",
        "records.jsonl",
        "failures.jsonl",
    ]


def test_a_dry_run_asks_for_nothing_and_writes_nothing(wayback, history):
    code, err = history(f"altmetric:{NUMBER}", "10.5555/lhs.2023.0417", "-o", "past", "--dry-run")
    assert code == 0
    assert "3 questions to the index" in err
    assert "up to 3 requests for the Altmetric id of each of 1 DOI" in err
    assert err.endswith("Dry run: nothing was fetched, and nothing was written.\n")
    assert wayback.requests == []
    assert not Path("past").exists()


def test_the_index_alone(wayback, history):
    code, err = history(f"altmetric:{NUMBER}", "-o", "past", "--index-only", *MAIL)
    assert (code, wayback.pages) == (0, [])
    assert f"3 captures of 1 output: {Path('past', 'captures.parquet')}" in err
    assert history("-o", "past", "--dry-run")[1].startswith(
        "3 captures of 1 output in https://web.archive.org: 3 pages to fetch"
    )
    assert history("-o", "past", "--limit", 1, *MAIL)[0] == 0
    assert (
        "2 identifiers of the run not fetched yet" in history("-o", "past", "--limit", 1, *MAIL)[1]
        or len(wayback.pages) == 2
    )


@pytest.mark.usefixtures("wayback")
def test_records_and_runs_are_lists(history):
    history(f"altmetric:{NUMBER}", "-o", "past", "--every", "year", *MAIL)
    for number, source in enumerate(("past", "past/records.jsonl")):
        code, err = history(source, "-o", f"again{number}", "--every", "year", *MAIL)
        assert (code, "3 ok" in err) == (0, True), err


def test_a_stopped_run_says_when_and_how_to_resume(wayback, history, monkeypatch):
    monkeypatch.setattr("altdetails.history.asking._FIRST_HOLD", 0.1)
    wayback.site.replays = {f"/web/{year}0301101112id_/{URL}": Answer(429) for year in (2016, 2018, 2021)}
    code, err = history(f"altmetric:{NUMBER}", "-o", "past", *MAIL)
    assert code == 3
    assert err.splitlines()[-1] == "  altdetails history -o past --contact a.librarian@uni-somewhere.edu"
    assert "All results are kept. To resume in 60 min, run:" in err


def test_failures_are_reported(wayback, history):
    wayback.site.replays = {f"/web/20180301101112id_/{URL}": Answer(451)}
    code, err = history(f"altmetric:{NUMBER}", "-o", "past", *MAIL)
    assert code == 1
    assert "the archive excludes this address [blocked]" in err
    assert json.loads(Path("past/failures.jsonl").read_text())["outcome"] == "blocked"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "past"], "past is not a run folder: give a LIST of outputs to start a run, or --all"),
        (["990000001", "-o", "past"], "a bare number: say --numbers altmetric or --numbers pmid"),
        (["10.5555/a", "-o", "past"], "web.archive.org requires a contact"),
        (["10.5555/a", "-o", "past", "--from", "commoncrawl"], "give the table with --captures"),
        (["10.5555/a", "-o", "past", "--from", "nowhere"], "'nowhere' is not a web archive"),
        (["10.5555/a", "-o", "past", "--since", "spring"], "'spring' is not a date"),
        (["10.5555/a", "-o", "past", "--captures", "none.csv"], "none.csv"),
        (["10.5555/a", "-o", "past", "--captures", "s3://b/t.csv"], "s3://b/t.csv: tables of captures are read"),
        (["10.5555/a", "-o", "past", "--ids", "none.jsonl"], "none.jsonl: no such file"),
        (["10.5555/a", "-o", "past", "--hosts", "a b"], "is not a host of altmetric.com"),
        (["10.5555/a", "-o", "past", "--interval", "0", *MAIL], "an interval of 0 s is not allowed"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_written(history, arguments, words):
    code, err = history(*arguments)
    assert code == 2
    assert words in err
    assert not Path("past").exists()


@pytest.mark.usefixtures("wayback")
def test_a_scrape_does_not_go_on_with_a_history(history, altdetails):
    history(f"altmetric:{NUMBER}", "-o", "past", *MAIL)
    refused = altdetails("scrape", "-o", "past", *MAIL)
    assert refused.returncode == 2
    assert "go on with `altdetails history`" in refused.err
    status = altdetails("status", "past")
    assert status.out.startswith("https://web.archive.org\n3 of 3 identifiers done, 0 left\n")
