"""`altdetails scrape` on the replica: outcomes, exit codes, messages and the run folder."""

import csv
import io
import json
import os
import pty
import re
import resource
import shlex
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from samples.generator import page
from samples.generator.model import Tally
from tests.scraping.store.material import stored
from tests.support import faults
from tests.support.calling import call
from tests.support.faults import Forever, Status
from tests.support.pages import ROOT, invented, invented_doi, invented_id, other_page
from tests.support.parser import ParserInProcess
from tests.support.replica import Replica
from tests.support.tabs import MentionList

from altdetails.cli import cli
from altdetails.scraping.session import Scrape

pytestmark = pytest.mark.slow

DOIS = [invented_doi(number) for number in range(5)]
PATHS = [f"/details/{invented_id(number)}" for number in range(5)]
ALL_PAGES = "/details/99*"
RUN = Path("run")


@pytest.fixture
def scrape(replica, capsys, monkeypatch):
    """Run the command in this process, on the replica. Return its exit code and messages."""
    monkeypatch.setattr("altdetails.scraping.session.PageParser", ParserInProcess)

    def run(*arguments, base_url=replica.base_url, interval=0):
        site = [] if base_url is None else ["--base-url", base_url]
        pace = [] if interval is None else [f"--interval={interval}"]
        with pytest.raises(SystemExit) as ended:
            cli.main(["scrape", *map(str, arguments), *site, *pace], prog_name="altdetails")
        said = capsys.readouterr()
        assert said.out == ""
        return SimpleNamespace(code=ended.value.code, err=said.err, lines=said.err.splitlines())

    return run


@pytest.fixture
def later(monkeypatch):
    """End the wait that a site demanded."""
    return lambda: monkeypatch.setenv("ALTDETAILS_STATE", "later")


def asked(replica, since=0):
    return [request.path for request in replica.requests[since:] if request.path != "/robots.txt"]


def records():
    return [json.loads(line) for line in (RUN / "records.jsonl").read_text().splitlines()]


def failures():
    lines = (json.loads(line) for line in (RUN / "failures.jsonl").read_text().splitlines())
    return {failure["identifier"]: failure for failure in lines}


def recorded():
    return [record["provenance"]["requested"] for record in records()]


def statuses():
    """The HTTP statuses of the archive's responses."""
    return [record.http_status for record in stored(RUN / "pages.warc.gz") if record["WARC-Type"] == "response"]


def contents():
    return {path.name: path.read_bytes() for path in RUN.iterdir()}


def answered_long_ago(*identifiers):
    """Set the time of outcomes in the ledger to 2020, for some identifiers or for all."""
    with closing(sqlite3.connect(RUN / "ledger.sqlite")) as ledger, ledger:
        for identifier in identifiers or ("%",):
            ledger.execute("UPDATE identifiers SET at = '2020-01-01T00:00:00Z' WHERE identifier LIKE ?", [identifier])


def listing(name, *lines):
    Path(name).write_text("".join(f"{line}\n" for line in lines))
    return name


def test_the_samples_are_fetched_as_in_the_readme(replica, scrape, altdetails):
    arguments = [ROOT / "samples" / "dois.txt", "-o", "run", "--base-url", replica.base_url, "--interval", "0"]
    process = altdetails("scrape", *arguments)
    assert process.returncode == 0
    assert (process.out, len(records()), list(failures())) == ("", 28, ["10.5555/nothing.mentions.this"])
    understood, plan, repeated, summary, files = process.err.splitlines()
    assert understood.endswith("dois.txt: text: 30 rows, 30 identifiers, 1 repeated")
    assert plan == f"29 pages to fetch from {replica.base_url}"
    assert repeated == "  1 repeated identifier, fetched once: 10.5555/lhs.2023.0417"
    assert summary.startswith("28 ok, 1 not tracked, in ")
    assert files == "28 identifiers with a record (run/records.jsonl), 1 without (run/failures.jsonl)"
    assert altdetails("parse", "run/pages.warc.gz").stdout == (RUN / "records.jsonl").read_bytes()
    assert sorted(path.name for path in RUN.iterdir()) == [
        "failures.jsonl",
        "ledger.sqlite",
        "lock",
        "pages.warc.gz",
        "records.jsonl",
    ]
    assert scrape("-o", "run", base_url=None).code == 0
    assert len(set(asked(replica))) == len(asked(replica))


def replaced_by(name):
    """Replace the third page by another page."""
    return lambda replica: replica.add(DOIS[2], invented_id(2), other_page(name))


def failing(*planned, path=PATHS[2]):
    """Plan faults for the third page."""
    return lambda replica: replica.fail(path, *planned)


def forbidding(replica):
    replica.robots = (200, {"Content-Type": "text/plain"}, f"User-agent: altdetails\nDisallow: {PATHS[2]}\n")


@dataclass(frozen=True)
class Case:
    """One page of three without a record."""

    prepare: Callable
    """Prepares the replica."""
    outcome: str
    http_status: int
    words: str
    """A part of the reason."""
    attempts: int = 1


CASES = {
    "not tracked": Case(failing(Status(404)), "not_tracked", 404, "the site has no page for it (404)"),
    "a help page": Case(replaced_by("help-about-the-score"), "not_details", 200, "[help]"),
    "a list of mentions": Case(replaced_by("tab-news"), "not_details", 200, "[tab]"),
    "any other page": Case(replaced_by("other-homepage"), "not_details", 200, "[other]"),
    "401": Case(failing(Status(401)), "blocked", 401, "HTTP 401 Unauthorized: the site refuses"),
    "403": Case(failing(Status(403)), "blocked", 403, "HTTP 403 Forbidden: the site refuses"),
    "a challenge": Case(failing(faults.Challenge()), "blocked", 403, "a challenge instead of the page"),
    "a challenge that says 200": Case(
        failing(faults.Challenge(200, "checking-your-browser", header=False)),
        "blocked",
        200,
        "a challenge for browsers",
    ),
    "a challenge that says 503": Case(
        failing(Forever(faults.Challenge(503, header=False))), "blocked", 503, "a challenge instead of the page"
    ),
    "a log-in page": Case(failing(faults.LogIn()), "blocked", 200, "this is a log-in page, not a details page"),
    "a redirect to a log-in page": Case(
        failing(faults.Redirect("/login")), "blocked", 200, "/login: this is a log-in page"
    ),
    "robots.txt": Case(forbidding, "robots_denied", 302, "/robots.txt does not allow http://127.0.0.1"),
    "503 for ever": Case(failing(Forever(Status(503))), "failed", 503, "HTTP 503 Service Unavailable", attempts=5),
    "half a page for ever": Case(failing(Forever(faults.CutPage())), "failed", 200, "before </html>", attempts=5),
    "a reset for ever": Case(failing(Forever(faults.Reset())), "failed", 302, "no response: ", attempts=5),
    "410": Case(failing(Status(410)), "failed", 410, "HTTP 410 Gone"),
    "a page without end": Case(failing(faults.Endless()), "failed", 200, "larger than 4 MiB"),
    "a bomb": Case(failing(faults.Bomb()), "failed", 200, "larger than 8 MiB after decompression"),
    "brotli": Case(failing(faults.Bomb("br")), "failed", 200, "encoded as 'br', which was not requested"),
    "a redirect away": Case(failing(faults.Redirect("http://evil.example/")), "failed", 302, "which is not followed"),
    "a redirect in circles": Case(failing(faults.RedirectLoop()), "failed", 302, "more than 5 redirects"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_page_without_a_record_has_an_outcome_and_does_not_stop_the_rest(replica, scrape, case):
    case.prepare(replica)
    process = scrape(*DOIS[1:4], "-o", "run")
    assert process.code == (0 if case.outcome == "not_tracked" else 1)
    assert recorded() == [DOIS[1], DOIS[3]]
    (failure,) = failures().values()
    assert failure["identifier"] == DOIS[2]
    assert failure["outcome"] == case.outcome
    assert failure["http_status"] == case.http_status
    assert failure["attempts"] == case.attempts
    assert case.words in failure["reason"]
    message = f"{DOIS[2]}: {failure['reason']} [{case.outcome}]"
    assert (message in process.lines) == (case.outcome != "not_tracked")
    assert f"2 ok, 1 {case.outcome.replace('_', ' ')}, in " in process.err


TEMPORARY = {
    "503": [Status(503)] * 4,
    "503 with a time": [Status(503, retry_after="1")],
    "429": [Status(429)] * 4,
    "half a page": [faults.CutPage()],
    "half of its gzip data": [faults.CutGzip("half")],
    "a reset": [faults.Reset("middle")],
}


@pytest.mark.parametrize("planned", TEMPORARY.values(), ids=TEMPORARY)
def test_temporary_errors_are_retried_and_reported(replica, scrape, planned):
    replica.fail(PATHS[0], *planned)
    process = scrape(DOIS[0], "-o", "run")
    assert process.code == 0
    assert asked(replica).count(PATHS[0]) == len(planned) + 1
    assert process.err.count("retrying in ") == len(planned)
    assert recorded() == [DOIS[0]]


@pytest.mark.usefixtures("patched")
def test_a_page_that_takes_longer_than_the_limit_is_kept_and_not_fetched_again(replica, altdetails):
    replica.add(DOIS[1], invented_id(1), "<html>take long</html>")
    options = ("-o", "run", "--base-url", replica.base_url, "--interval", "0", "--page-timeout", "2")
    process = altdetails("scrape", *DOIS[:3], *options)
    assert process.returncode == 1
    assert recorded() == [DOIS[0], DOIS[2]]
    (failure,) = failures().values()
    assert failure["outcome"] == "not_details"
    assert failure["reason"].startswith("takes longer than 2 s to parse; ")
    assert statuses().count(200) == 4
    requests = len(replica.requests)
    assert altdetails("scrape", *DOIS[:3], *options).returncode == 1
    assert len(replica.requests) == requests


@pytest.mark.usefixtures("patched")
def test_only_the_page_with_a_parser_error_is_lost(replica, altdetails):
    replica.add(DOIS[1], invented_id(1), "<html>raise</html>")
    process = altdetails("scrape", *DOIS[:3], "-o", "run", "--base-url", replica.base_url, "--interval", "0")
    assert process.returncode == 1
    assert recorded() == [DOIS[0], DOIS[2]]
    (failure,) = failures().values()
    assert failure["outcome"] == "not_details"
    assert failure["reason"] == "a bug in altdetails, please report it: ZeroDivisionError: of a test"
    before = (RUN / "records.jsonl").read_bytes()
    (RUN / "records.jsonl").unlink()
    assert altdetails("scrape", "-o", "run", "--interval", "0").returncode == 1
    assert (RUN / "records.jsonl").read_bytes() == before


@pytest.mark.usefixtures("patched")
def test_a_parser_error_on_a_page_with_404_does_not_matter(replica, altdetails):
    replica.fail(PATHS[1], Status(404, body="<html>raise</html>"))
    process = altdetails("scrape", *DOIS[:3], "-o", "run", "--base-url", replica.base_url, "--interval", "0")
    assert process.returncode == 0
    assert failures()[DOIS[1]]["outcome"] == "not_tracked"


def test_a_page_of_another_output_is_kept_with_an_inconsistency(replica, scrape):
    replica.fail(PATHS[0], faults.WrongPage())
    assert scrape(DOIS[0], "-o", "run").code == 0
    codes = {conflict["code"]: conflict["values"] for conflict in records()[0]["inconsistencies"]}
    assert codes["doi_mismatch"] == [DOIS[0], "10.5555/jhe.2012.118"]


WALLS = {"403": (Status(403), 403), "a challenge": (faults.Challenge(), 403), "a log-in page": (faults.LogIn(), 200)}


class TestTheSiteEndsARun:
    @pytest.mark.parametrize(("wall", "http"), WALLS.values(), ids=WALLS)
    def test_three_pages_in_a_row_that_are_refused(self, replica, scrape, wall, http):
        replica.fail(ALL_PAGES, wall, wall, wall)
        process = scrape(*DOIS, "-o", "run")
        assert process.code == 3
        assert "Stopped: 3 pages in a row failed; the last: " in process.err
        assert "2 identifiers of the run not fetched yet" in process.lines
        assert asked(replica)[1::2] == PATHS[:3]
        assert [failure["outcome"] for failure in failures().values()] == ["blocked"] * 3
        assert statuses()[1:] == [302, http] * 3
        again = scrape("-o", "run")
        assert (again.code, recorded(), failures()) == (0, [*DOIS[3:], *DOIS[:3]], {})

    def test_three_pages_in_a_row_that_fail_and_are_retried_on_demand(self, replica, scrape):
        replica.fail(ALL_PAGES, *[Status(500)] * 15)
        process = scrape(*DOIS, "-o", "run")
        assert process.code == 3
        assert f"Stopped: 3 pages in a row failed; the last: {replica.base_url}{PATHS[2]}: HTTP 500" in process.err
        mark = len(replica.requests)
        assert scrape("-o", "run").code == 1
        assert asked(replica, mark)[1::2] == PATHS[3:]
        assert [failure["outcome"] for failure in failures().values()] == ["failed"] * 3
        assert scrape("-o", "run", "--retry-failed").code == 0
        assert sorted(recorded()) == DOIS

    def test_two_in_a_row_do_not(self, replica, scrape):
        for number in (0, 1, 3, 4):
            replica.fail(PATHS[number], Status(403))
        assert scrape(*DOIS, "-o", "run").code == 1
        assert recorded() == [DOIS[2]]

    def test_a_wait_that_is_too_long_and_that_new_runs_respect(self, replica, scrape, later):
        replica.fail(PATHS[1], Status(429, retry_after="7200"))
        process = scrape(*DOIS, "-o", "run")
        assert process.code == 3
        assert f"{PATHS[1]}: HTTP 429 Too Many Requests, no requests before " in process.err
        assert "All results are kept. To resume in 2 h 0 min, run:" in process.lines
        assert failures()[DOIS[1]]["outcome"] == "rate_limited"
        mark = len(replica.requests)
        for folder in ("run", "another"):
            process = scrape(*DOIS, "-o", folder)
            assert process.code == 3
            assert "the site allows no requests before 2" in process.err
        assert replica.requests[mark:] == []
        later()
        assert scrape("-o", "run").code == 0
        assert recorded() == [DOIS[0], *DOIS[2:], DOIS[1]]

    def test_too_many_requests_without_end(self, replica, scrape):
        replica.fail(PATHS[0], *[Status(429)] * 5)
        assert scrape(*DOIS, "-o", "run").code == 3
        assert len(asked(replica)) == 6
        assert failures()[DOIS[0]]["outcome"] == "rate_limited"
        assert scrape("-o", "run").code == 0

    @pytest.mark.parametrize("fault", [Status(503), Status(429), faults.Challenge(), faults.Reset()])
    def test_a_robots_txt_that_cannot_be_read(self, replica, scrape, fault):
        replica.fail("/robots.txt", *[fault] * (1 if isinstance(fault, faults.Challenge) else 5))
        process = scrape(*DOIS, "-o", "run")
        assert process.code == 3
        assert "Without robots.txt, no page may be fetched" in process.err
        assert asked(replica) == []
        assert "5 identifiers of the run not fetched yet" in process.lines
        assert scrape("-o", "run").code == 0

    def test_a_site_that_cannot_be_reached(self, scrape):
        with Replica() as gone:
            assert scrape(*DOIS[:2], "-o", "run", base_url=gone.base_url).code == 0
            port = gone.port
        process = scrape(*DOIS, "-o", "run", base_url=None)
        assert process.code == 3
        assert "no connection: " in process.err
        assert recorded() == DOIS[:2]
        assert failures() == {}
        with Replica(port=port) as back:
            assert scrape("-o", "run", base_url=None).code == 0
            assert asked(back)[1::2] == PATHS[2:]
        assert recorded() == DOIS


def test_identifiers_without_an_address_are_listed_with_advice(replica, scrape):
    advice = {
        "PMID: 99000417": ("pmid:99000417", "no_address", "give the DOI that PubMed shows for it"),
        "arXiv:2101.01234": ("arxiv:2101.01234", "no_address", "10.48550/arXiv.2101.01234 for the preprint"),
        "978-0-00-000000-2": ("isbn:9780000000002", "no_address", "give the book's DOI"),
        "https://doi.org/": ("https://doi.org/", "invalid", "DOI"),
        "some words": ("some words", "invalid", "Give one DOI, details address, Altmetric id"),
    }
    process = scrape(listing("list.txt", *advice, DOIS[0]), "-o", "run")
    assert process.code == 1
    assert {"  3 identifiers without an address on the site", "  2 invalid identifiers"} <= set(process.lines)
    for identifier, outcome, words in advice.values():
        assert failures()[identifier]["outcome"] == outcome
        assert words in failures()[identifier]["reason"]
        assert f"{identifier}: {failures()[identifier]['reason']} [{outcome}]" in process.lines
    assert len(asked(replica)) == 2
    again = scrape("list.txt", "-o", "run", "--retry-failed")
    assert (again.code, len(asked(replica))) == (1, 2)


def test_at_most_ten_failures_of_an_outcome_are_reported(scrape):
    process = scrape(listing("list.txt", *(f"word {number}" for number in range(30))), "-o", "run")
    assert process.err.count("[invalid]") == 11
    assert "further failures are listed only in failures.jsonl [invalid]" in process.lines
    assert len(failures()) == 30


def test_long_identifiers_are_shortened_in_messages(scrape):
    endless = "w" * 60_000
    process = scrape(listing("list.txt", endless, endless), "-o", "run")
    assert any(line.endswith(f": {'w' * 200}…") for line in process.lines)
    assert max(map(len, process.lines)) < 500
    assert list(failures()) == [endless]


def as_csv(rows):
    text = io.StringIO()
    csv.writer(text).writerows([["Title", "DOI", "Year"], *rows])
    return text.getvalue()


class TestLists:
    def test_an_identifier_in_several_spellings_is_fetched_once(self, replica, scrape):
        forms = [
            DOIS[0],
            DOIS[0].upper(),
            f"https://doi.org/{DOIS[0]}",
            f"doi:{DOIS[0]}",
            f"altmetric:{invented_id(1)}",
        ]
        process = scrape(*forms, f"https://www.altmetric.com{PATHS[1]}/news", "-o", "run")
        assert process.lines[1] == (f"  4 repeated identifiers, fetched once: {DOIS[0]}, {invented_id(1)}, …")
        assert recorded() == [DOIS[0], str(invented_id(1))]
        assert asked(replica) == [f"/details/doi/{DOIS[0]}", *PATHS[:2]]

    def test_a_chapter_is_fetched_by_its_address(self, scrape):
        address = "https://www.altmetric.com/details/990000010/chapter/990000011"
        assert scrape(address, "-o", "run").code == 0
        (record,) = records()
        assert (record["altmetric_id"], record["provenance"]["requested"]) == (990000011, address)

    def test_the_column_of_a_table_is_found(self, scrape):
        rows = [["A", DOIS[0], 2020], ["B", "", 2021], ["C", DOIS[1], 2022]]
        Path("export.csv").write_text(as_csv(rows))
        process = scrape("export.csv", "-o", "run")
        assert "  1 row without an identifier: row 3" in process.lines
        assert recorded() == DOIS[:2]

    def test_a_column_can_be_selected(self, scrape):
        Path("export.csv").write_text(f"mine,theirs\n{DOIS[0]},{DOIS[1]}\n{DOIS[2]},{DOIS[3]}\n")
        assert scrape("export.csv", "--column", "theirs", "-o", "run").code == 0
        assert recorded() == [DOIS[1], DOIS[3]]

    @pytest.mark.parametrize("content", ["{doi}\n{other}\n", "doi,title\n{doi},a\n{other},b\n"])
    def test_standard_input_can_be_a_list(self, replica, content):
        content = content.format(doi=DOIS[0], other=DOIS[1]).encode()
        process = call("scrape", "-", "-o", "run", "--base-url", replica.base_url, "--interval=0", stdin=content)
        assert (process.returncode, recorded()) == (0, DOIS[:2])

    def test_the_failures_of_a_run_can_be_a_list(self, replica, scrape):
        for path in PATHS[:2]:
            replica.fail(path, Status(410))
        assert scrape(listing("list.txt", *DOIS[:3], "some words"), "-o", "run").code == 1
        RUN.rename("before")
        process = scrape("before/failures.jsonl", "-o", "run")
        assert (process.code, recorded()) == (1, DOIS[:2])
        assert list(failures()) == ["some words"]

    def test_several_lists_are_read_in_order(self, scrape):
        listing("a.txt", "# a comment", DOIS[0], f"{DOIS[1]}  # another")
        listing("b.jsonl", json.dumps({"doi": DOIS[2]}))
        assert scrape("a.txt", DOIS[3], "b.jsonl", DOIS[0], "-o", "run").code == 0
        assert recorded() == [DOIS[0], DOIS[1], DOIS[3], DOIS[2]]

    def test_another_list_extends_a_run(self, replica, scrape):
        assert scrape(*DOIS[:2], "-o", "run").code == 0
        process = scrape(*DOIS[1:3], "-o", "run")
        assert process.lines[:2] == [
            f"1 page to fetch from {replica.base_url}",
            "  1 identifier already in the run",
        ]
        assert recorded() == DOIS[:3]

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (None, "list.txt: no such file, and not an identifier"),
            (b"99000417\n", "list.txt: line 1 holds bare numbers: say --ids altmetric or --ids pmid"),
            (b"<html></html>", "`altdetails parse` reads saved pages"),
        ],
    )
    def test_a_list_that_cannot_be_read_is_2_and_creates_no_folder(self, replica, scrape, content, words):
        if content is not None:
            Path("list.txt").write_bytes(content)
        process = scrape("list.txt", "-o", "run")
        assert process.code == 2
        assert process.err.startswith("Error: ")
        assert words in process.err
        assert not RUN.exists()
        assert replica.requests == []

    def test_an_empty_list_is_a_run_without_pages(self, scrape):
        process = scrape(listing("list.txt"), "-o", "run")
        assert (process.code, process.lines[1].split(" from ")[0]) == (0, "nothing to fetch")


def plan_in(process):
    """Return the lines of the plan."""
    return [process.lines[0], *(line for line in process.lines if line.startswith("  "))]


class TestPlans:
    def test_a_dry_run_prints_the_plan_and_writes_nothing(self, replica, scrape):
        listing("list.txt", *DOIS, DOIS[0], "some words", f"altmetric:{invented_id(5)}")
        dry = scrape("list.txt", "-o", "run", "--dry-run", interval=None)
        assert dry.code == 0
        assert f"6 pages to fetch from {replica.base_url}; about 25 s at one request every 2 s" in dry.lines
        assert dry.lines[-1] == "Dry run: nothing was fetched, and nothing was written."
        assert (replica.requests, RUN.exists()) == ([], False)
        quick = scrape("list.txt", "-o", "run", "--dry-run")
        assert plan_in(scrape("list.txt", "-o", "run")) == plan_in(quick)

    def test_a_dry_run_of_an_existing_run_shows_the_pages_left(self, replica, scrape):
        scrape(*DOIS[:3], "-o", "run", "--limit", 2)
        mark = len(replica.requests)
        before = contents()
        for arguments, words in {
            (): "1 page to fetch",
            tuple(DOIS): "3 pages to fetch",
            (*DOIS, "--limit", 2): "2 pages to fetch",
            ("--refresh", "1d"): "1 page to fetch",
        }.items():
            dry = scrape(*arguments, "-o", "run", "--dry-run")
            assert dry.lines[0] == f"{words} from {replica.base_url}"
        dry = scrape(*DOIS, "-o", "run", "--dry-run")
        assert contents() == before
        assert replica.requests[mark:] == []
        assert plan_in(scrape(*DOIS, "-o", "run")) == plan_in(dry)

    def test_at_most_limit_pages_are_fetched(self, replica, scrape):
        assert scrape(*DOIS, "-o", "run", "--limit", 2).code == 0
        assert asked(replica)[1::2] == PATHS[:2]
        scrape(*DOIS, "-o", "run", "--limit", 2)
        assert asked(replica)[1::2] == PATHS[:4]

    def test_refresh_fetches_old_results_again(self, replica, scrape):
        missing = "10.5555/nothing.mentions.this"
        scrape(listing("list.txt", *DOIS[:2], missing, "some words"), "-o", "run")
        answered_long_ago(DOIS[1], missing, "some words")
        mark = len(replica.requests)
        replica.add(missing, invented_id(2), other_page("help-about-the-score"))
        scrape("-o", "run")
        assert replica.requests[mark:] == []
        refreshed = scrape("-o", "run", "--refresh", "30d")
        assert refreshed.lines[-1] == "2 identifiers with a record (run/records.jsonl), 2 without (run/failures.jsonl)"
        assert asked(replica, mark) == [
            f"/details/doi/{DOIS[1]}",
            PATHS[1],
            f"/details/doi/{missing}",
            PATHS[2],
        ]
        assert recorded() == [*DOIS[:2], DOIS[1]]
        assert [failure["outcome"] for failure in failures().values()] == ["not_details", "invalid"]

    @pytest.mark.parametrize("age", ["3", "d", "3y", "-3d", "1.5d", ""])
    def test_an_age_is_a_number_with_a_unit(self, scrape, age):
        process = scrape(DOIS[0], "-o", "run", f"--refresh={age}")
        assert process.code == 2
        assert "is not an age: give a number with m, h, d or w, such as 30d" in process.err

    def test_without_a_list_no_run_folder_is_created(self, scrape):
        for dry in ([], ["--dry-run"]):
            process = scrape("-o", "run", *dry)
            assert process.code == 2
            assert process.err == "Error: run is not a run folder: give a LIST of identifiers to start a run\n"
            assert not RUN.exists()


class TestResume:
    def test_the_printed_command_resumes_the_run(self, replica):
        replica.fail(ALL_PAGES, *[Status(403)] * 3)
        options = ["--base-url", replica.base_url, "--interval", "0", "--contact", "a.librarian@uni-somewhere.edu"]
        process = call("scrape", *DOIS, "-o", "a run", *options)
        assert process.returncode == 3
        words = shlex.split(process.err.splitlines()[-1])
        assert words == [
            *["altdetails", "scrape", "-o", "a run"],
            *["--contact", "a.librarian@uni-somewhere.edu", "--interval", "0"],
        ]
        assert call(*words[1:]).returncode == 0
        assert len(Path("a run", "records.jsonl").read_text().splitlines()) == 5

    @pytest.mark.parametrize("option", ["--refresh=1h", "--retry-failed"])
    def test_the_printed_command_keeps_the_options_that_fetch_again(self, replica, option):
        options = ["-o", "run", "--base-url", replica.base_url, "--interval", "0"]
        replica.fail(ALL_PAGES, *[Status(410)] * 5)
        call("scrape", *DOIS, *options)
        answered_long_ago()
        replica.fail(ALL_PAGES, *[Status(403)] * 3)
        process = call("scrape", *DOIS[:4], *options, option)
        assert process.returncode == 3
        words = shlex.split(process.err.splitlines()[-1])
        assert words == ["altdetails", "scrape", *DOIS[:4], *options, option]
        assert call(*words[1:]).returncode == 1
        assert sorted(recorded()) == DOIS[:4]
        assert list(failures()) == DOIS[4:]


class TestSettings:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--contact", "you@example.com"], "'you@example.com' is a placeholder; give your own"),
            (["--contact", "me"], "'me' is not an email address; give your own"),
            (["--contact", "jane@lab.org", "--interval", "0.9"], "0.9 s is not allowed for altmetric.com: give 1 or"),
            (["--contact", "jane@lab.org", "--interval", "nan"], "nan s is not allowed for altmetric.com: give 1 or"),
            (
                ["--contact", "jane@lab.org", "--base-url", "http://www.altmetric.com"],
                "altmetric.com requires https://",
            ),
            (["--contact", "jane@lab.org", "--base-url", "https://www.altmetric.com:8443"], "and the default port"),
        ],
    )
    def test_the_rules_for_altmetric_cannot_be_relaxed(self, altmetric, scrape, monkeypatch, arguments, words):
        monkeypatch.delenv("ALTDETAILS_CONTACT", raising=False)
        for dry in ([], ["--dry-run"]):
            process = scrape(DOIS[0], "-o", "run", *arguments, *dry, base_url=None, interval=None)
            assert process.code == 2
            assert process.err.startswith("Error: ")
            assert words in process.err
        assert (altmetric.requests, RUN.exists()) == ([], False)

    def test_altmetric_requires_a_contact_except_for_a_plan(self, altmetric, scrape, monkeypatch):
        monkeypatch.delenv("ALTDETAILS_CONTACT", raising=False)
        refused = scrape(DOIS[0], "-o", "run", base_url=None, interval=None)
        assert refused.code == 2
        assert "requires a contact: give your email address with --contact or ALTDETAILS_CONTACT" in refused.err
        plan = scrape(DOIS[0], "-o", "run", "--dry-run", base_url=None, interval=None)
        assert (plan.code, altmetric.requests, RUN.exists()) == (0, [], False)

    def test_the_contact_can_be_in_the_environment(self, altmetric, scrape, monkeypatch):
        monkeypatch.setenv("ALTDETAILS_CONTACT", "jane@lab.org")
        assert scrape(DOIS[0], "-o", "run", "--dry-run", base_url=None, interval=None).code == 0
        assert altmetric.requests == []

    def test_a_placeholder_contact_is_refused_for_every_site(self, replica, scrape):
        assert scrape(DOIS[0], "-o", "run", "--contact", "you@example.com").code == 2
        assert replica.requests == []

    @pytest.mark.parametrize("interval", ["-1", "nan", "inf", "-inf"])
    def test_an_invalid_interval_is_refused(self, scrape, interval):
        process = scrape(DOIS[0], "-o", "run", interval=interval)
        assert process.code == 2
        assert f"an interval of {interval} s is not allowed for 127.0.0.1:" in process.err
        assert not RUN.exists()

    def test_an_invalid_limit_of_time_is_refused(self, scrape):
        process = scrape(DOIS[0], "-o", "run", "--page-timeout", "nan")
        assert process.code == 2
        assert "a page_timeout of nan s is not allowed: give more than 0, at most a day" in process.err
        assert not RUN.exists()

    @pytest.mark.parametrize(
        "url", ["ftp://127.0.0.1", "127.0.0.1:80", "http://user@127.0.0.1", "http://[", "http://a b"]
    )
    def test_an_invalid_base_url_is_refused(self, scrape, url):
        process = scrape(DOIS[0], "-o", "run", base_url=url)
        assert process.code == 2
        assert "is not a base URL: " in process.err
        assert not RUN.exists()


class TestRunFolder:
    def test_a_run_of_another_site_is_refused(self, replica, scrape):
        scrape(DOIS[0], "-o", "run")
        with Replica() as other:
            for dry in ([], ["--dry-run"]):
                process = scrape(DOIS[1], "-o", "run", *dry, base_url=other.base_url)
                assert process.code == 2
                assert f"run: holds a run of {replica.base_url}, not of {other.base_url}" in process.err
            assert other.requests == []

    def test_a_second_process_is_refused(self, replica, altdetails):
        with Scrape("run", base_url=replica.base_url):
            process = altdetails("scrape", DOIS[0], "-o", "run", "--base-url", replica.base_url)
        assert process.returncode == 2
        assert re.match(
            rf"Error: run: process {os.getpid()} on .+ has been writing to it since .+; wait until it", process.err
        )
        assert replica.requests == []

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("a-file", "a-file: is a file; give the name of a folder"),
            ("a-file/run", "a-file/run: Not a directory"),
            ("/proc/run", "/proc/run: "),
            ("full", "full: contains other files (thesis.doc); choose a new or an empty folder"),
        ],
    )
    def test_a_path_that_cannot_be_a_run_folder_is_2(self, replica, scrape, path, words):
        Path("a-file").touch()
        Path("full").mkdir()
        Path("full/thesis.doc").touch()
        process = scrape(DOIS[0], "-o", path)
        assert process.code == 2
        assert process.err.startswith(f"Error: {words}")
        assert replica.requests == []

    @pytest.mark.parametrize("path", ["a-file", "full"])
    def test_a_dry_run_refuses_the_same_paths(self, scrape, path):
        Path("a-file").touch()
        Path("full").mkdir()
        Path("full/thesis.doc").touch()
        dry = scrape(DOIS[0], "-o", path, "--dry-run")
        assert (dry.code, dry.lines) == (2, scrape(DOIS[0], "-o", path).lines)

    def test_a_full_disk_is_2_and_nothing_is_lost(self, scrape):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            process = scrape(listing("list.txt", *map(invented_doi, range(25))), "-o", "run")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert process.code == 2
        assert process.lines[-1].startswith("Error: run/")
        assert "nothing is lost" in process.err
        before = recorded()
        assert 0 < len(before) < 25
        assert scrape("-o", "run").code == 0
        assert recorded() == [*before, *map(invented_doi, range(len(before), 25))]

    @pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
    def test_a_folder_that_cannot_be_written_is_2(self, replica, scrape):
        Path("locked").mkdir(mode=0o500)
        process = scrape(DOIS[0], "-o", "locked/run")
        assert process.code == 2
        assert "Permission denied; check its permissions, or choose another folder" in process.err
        assert replica.requests == []


HOSTILE = "\x07\x1b]0;owned\x07\x9b31mred"


def hostile(replica):
    """Prepare a site and a list with control characters."""
    replica.fail(PATHS[0], faults.Redirect(f"http://evil.example/{HOSTILE}".encode("latin-1")))
    replica.fail(PATHS[1], faults.Raw(b"HTTP/1.1 403 \x9b31mred\r\nContent-Length: 0\r\n\r\n"))
    replica.fail(PATHS[2], Status(503), faults.Redirect(f"/{HOSTILE}".encode("latin-1")))
    replica.add(DOIS[3], invented_id(3), f"<html><title>{HOSTILE}</title></html>")
    return listing("list.txt", *DOIS, HOSTILE, HOSTILE)


def on_terminal(command, started=lambda _: None):
    """Return the exit code of a command and its output on a terminal of 120 columns. `started` gets its process id."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        started(process.pid)
        written = b""
        try:
            while part := os.read(ours, 65_536):
                written += part
        except OSError:
            pass  # all writers have closed the terminal
        finally:
            os.close(ours)
    return process.returncode, written.decode()


def lines_of(written):
    """Return the lines that were visible on a terminal, including the states of the progress bar."""
    return [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", line) for line in re.split(r"\r\n|\x1b\[2K", written)]


class TestTerminal:
    def test_progress_disappears_and_messages_and_the_summary_stay(self, replica, command):
        replica.fail(PATHS[2], Status(403))
        arguments = ["scrape", *DOIS, "-o", "run", "--base-url", replica.base_url, "--interval", "0.01"]
        code, written = on_terminal([*command, *arguments])
        assert code == 1
        assert "5/5" in written
        assert " a minute, " in written
        assert "4 ok, 1 blocked" in written
        lines = lines_of(written)
        assert f"{DOIS[2]}: {replica.base_url}{PATHS[2]}: HTTP 403 Forbidden: the site refuses [blocked]" in lines
        assert written.index("[blocked]") < written.index("5/5")
        assert written.rstrip().split("\x1b[2K")[-1].startswith("4 ok, 1 blocked, in ")
        assert lines[-2] == "4 identifiers with a record (run/records.jsonl), 1 without (run/failures.jsonl)"

    def test_an_interruption_is_reported_above_the_bar(self, replica, command):
        process_id = Future()

        def interrupt(visit):
            os.kill(process_id.result(), signal.SIGINT)
            visit.give(visit.answer())

        replica.fail(PATHS[1], interrupt)
        arguments = ["scrape", *DOIS, "-o", "run", "--base-url", replica.base_url, "--interval", "0.01"]
        code, written = on_terminal([*command, *arguments], started=process_id.set_result)
        assert code == 130
        lines = lines_of(written)
        assert "Stopping after this page; interrupt again to stop immediately." in lines
        assert [line for line in lines if line][-2:] == [
            "Interrupted. All results are kept. To resume, run:",
            "  altdetails scrape -o run --interval 0.01",
        ]

    def test_control_characters_of_sites_and_lists_do_not_reach_the_terminal(self, replica, command):
        arguments = ["scrape", hostile(replica), "-o", "run", "--base-url", replica.base_url, "--interval", "0"]
        code, written = on_terminal([*command, *arguments])
        assert code == 1
        assert {failure["outcome"] for failure in failures().values()} == {
            "failed",
            "blocked",
            "not_details",
            "invalid",
        }
        assert "\x07" not in written
        assert "\x9b" not in written
        assert "\x1b]" not in written

    def test_a_pipe_gets_no_control_characters(self, replica, scrape):
        process = scrape(hostile(replica), "-o", "run")
        assert process.code == 1
        assert "red" in process.err
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", process.err)


class TestNumbers:
    PMIDS = tuple(range(99000401, 99000413))

    @pytest.mark.parametrize("form", ["PMID\n{}", "id,title\n{},x", "PMID- {}"])
    def test_twelve_pubmed_ids_fetch_nothing(self, replica, scrape, form):
        header, _, row = form.rpartition("\n")
        Path("list").write_text(f"{header}\n" + "".join(f"{row.format(number)}\n" for number in self.PMIDS))
        process = scrape("list", "-o", "run", "--ids", "pmid")
        assert (process.code, replica.requests) == (1, [])
        assert list(failures()) == [f"pmid:{number}" for number in self.PMIDS]
        assert {failure["outcome"] for failure in failures().values()} == {"no_address"}
        assert "    … and 7 more" in process.lines

    def test_numbers_that_can_be_anything_are_refused_before_a_folder_is_made(self, replica, scrape):
        Path("papers.csv").write_text(f"id,title\n{invented_id(0)},x\n")
        process = scrape("papers.csv", "-o", "run")
        assert (process.code, replica.requests, RUN.exists()) == (2, [], False)
        assert process.lines == ["Error: papers.csv: column id holds bare numbers: say --ids altmetric or --ids pmid"]
        assert scrape("papers.csv", "-o", "run", "--ids", "altmetric").code == 0
        assert recorded() == [str(invented_id(0))]

    def test_another_pubmed_id_than_that_of_the_page_is_reported(self, scrape):
        Path("papers.csv").write_text("DOI,PMID\n10.5555/lhs.2023.0417,99000001\n10.5555/tideline.2014.17,\n")
        process = scrape("papers.csv", "-o", "run")
        assert process.code == 0
        (line,) = [line for line in process.lines if "pmid_mismatch" in line]
        assert line.startswith(
            "10.5555/lhs.2023.0417: pmid_mismatch: the list has the PubMed id 99000001, the page has "
        )


def test_the_plan_names_the_form_the_column_and_the_rows_of_each_list(scrape):
    Path("a.ris").write_text(f"TY  - JOUR\nDO  - {DOIS[0]}\nER  - \nTY  - JOUR\nER  - \n")
    Path("b.csv").write_text(
        f"Title,DOI,PMID\nx,{DOIS[1]}v,\ny,10.1101/2020.01.02.123456v2,\nz,{DOIS[0]},\nw,,99000417\n"
    )
    lines = scrape("a.ris", "b.csv", "-o", "run", "--dry-run").lines
    assert lines[:2] == ["a.ris: RIS, field DO: 2 rows, 1 identifier", "  1 row without an identifier: row 4"]
    assert lines[2] == "b.csv: CSV, column DOI (3), PMID (1): 4 rows, 4 identifiers, 1 repeated"
    version = "10.1101/2020.01.02.123456"
    corrected = f"    row 3: {version}v2 → {version} (without the version of the preprint)"
    assert lines[3:5] == ["  1 identifier corrected:", corrected]
    assert lines[5] == "  1 identifier without an address on the site:"
    assert lines[6].startswith("    row 5: 'pmid:99000417' is a PubMed id")


class TestMentions:
    @pytest.fixture(autouse=True)
    def lists(self, replica):
        """Outputs that count X users, each with a list; the second one is never answered, the third one is limited."""
        for number, mentions in enumerate([MentionList(120), MentionList(1), MentionList(3, limited=True)]):
            tally = (Tally("twitter", 99, "X users"),)
            replica.add(DOIS[number], invented_id(number), page(replace(invented(number), mentions=tally)))
            replica.add_list(invented_id(number), "twitter", mentions)
        replica.fail(f"{PATHS[1]}/twitter", Forever(Status(410)))

    def test_tabs_are_planned_reported_and_counted(self, scrape):
        scrape(DOIS[0], "-o", RUN)
        planned = scrape(*DOIS[:3], "-o", RUN, "--mentions", "twitter", "--dry-run")
        assert planned.lines[1:3] == [
            "  with 1 tab of 1 record of the run, in at least 1 request",
            "  the tabs of the pages to fetch follow from their records: one request or more for each 100 mentions",
        ]
        assert not (RUN / "mentions.jsonl").exists()
        ran = scrape(*DOIS[:3], "-o", RUN, "--mentions", "twitter")
        assert ran.code == 1
        assert f"{DOIS[1]}: twitter: " in ran.err
        assert "HTTP 410 Gone [failed]" in ran.err
        assert f"{DOIS[2]}: twitter: the tab says that it shows a limited selection [limited]" in ran.lines
        assert ran.lines[-2:] == [
            "123 mentions on 4 pages of tabs",
            "3 tabs finished: 1 complete, 1 limited, 1 failed (run/mentions.jsonl)",
        ]
        shown = call("status", "run")
        assert "3 of 3 tabs of mentions done, 0 left\n          1 complete\n          1 limited" in shown.out
        assert shown.out.endswith(" (without people)\n")

    def test_the_command_to_resume_has_the_sources(self, replica, scrape, later):
        replica.fail(f"{PATHS[0]}/twitter/page:2", Status(429, retry_after="7200"))
        stopped = scrape(DOIS[0], "-o", RUN, "--mentions", "twitter", "--people")
        assert stopped.code == 3
        assert stopped.lines[-1] == "  altdetails scrape -o run --interval 0 --mentions twitter --people"
        later()
        resumed = scrape("-o", RUN, "--mentions", "twitter", "--people")
        assert resumed.lines[0].startswith(f"only tabs to fetch from {replica.base_url}")
        assert resumed.lines[-1] == "1 tab finished: 1 complete (run/mentions.jsonl)"

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--mentions", "newz"], "'newz' is not a source of mentions; give one or more of news, blogs, "),
            (["--people"], "--people: works only with --mentions SOURCES; add it."),
        ],
    )
    def test_a_wrong_choice_is_refused(self, scrape, options, words):
        refused = scrape(DOIS[0], "-o", RUN, *options)
        assert refused.code == 2
        assert words in refused.err
