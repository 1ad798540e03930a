"""Tests of scraping from Python: outcomes, the run folder, errors, and the pace at altmetric.com."""

import json
import shutil
import socket
import sqlite3
import tempfile
import threading
from contextlib import closing
from datetime import timedelta
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import pytest
from samples.generator import record as record_of
from tests.scraping.store.material import stored
from tests.support import faults
from tests.support.calling import call
from tests.support.faults import Forever, Status
from tests.support.pages import ROOT, invented, invented_doi, invented_id, other_page
from tests.support.replica import Replica

import altdetails
from altdetails.documents import Document
from altdetails.errors import AltdetailsError, InputError, RateLimited, RunLocked, RunStopped, SettingsError, StoreError
from altdetails.lists.entries import Entry
from altdetails.parsing.tasks import PageParser, lost_task_failure
from altdetails.results import Outcome
from altdetails.scraping import route
from altdetails.scraping.fetch import Pace
from altdetails.scraping.outcomes import scrape
from altdetails.scraping.session import Scrape, Selection, plan_of
from altdetails.scraping.store import status

pytestmark = pytest.mark.slow

DOIS = [invented_doi(number) for number in range(6)]
PATHS = [f"/details/{invented_id(number)}" for number in range(6)]
CONTACT = "a.librarian@uni-somewhere.edu"
PAGES, RECORDS, FAILURES = (Path("run", name) for name in ("pages.warc.gz", "records.jsonl", "failures.jsonl"))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def scraped(replica):
    """A function that scrapes the replica into one folder, and returns the iterator of outcomes."""

    def start(identifiers, **settings):
        return scrape(identifiers, "run", **{"base_url": replica.base_url, "interval": 0} | settings)

    return start


def facts_of(number):
    """The expected record of an invented page."""
    return record_of(invented(number))


def fetched(replica, since=0):
    return [request.path for request in replica.requests[since:] if request.path != "/robots.txt"]


def records():
    return [json.loads(line) for line in RECORDS.read_text().splitlines()]


def recorded():
    return [record["provenance"]["requested"] for record in records()]


def in_short(outcomes):
    return [(outcome.identifier, outcome.status) for outcome in outcomes]


def counts():
    return {outcome: count for outcome, count in status("run").counts.items() if count}


def parsed():
    """The output of `altdetails parse` for the run."""
    return call("parse", "run").stdout


def make_outcome_old(identifier):
    """Set the time of an outcome in the ledger to 2020."""
    with closing(sqlite3.connect("run/ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE identifiers SET at = '2020-01-01T00:00:00Z' WHERE identifier = ?", [identifier])


class TestOutcomes:
    def test_each_identifier_has_one_and_invalid_identifiers_come_first(self, replica, scraped):
        replica.fail(PATHS[1], Status(410))
        outcomes = list(scraped([DOIS[0], "10.5555/nothing.mentions.this", "some words", DOIS[1], DOIS[0].upper()]))
        assert in_short(outcomes) == [
            ("some words", "invalid"),
            (DOIS[0], "ok"),
            ("10.5555/nothing.mentions.this", "not_tracked"),
            (DOIS[1], "failed"),
        ]
        assert all(isinstance(outcome, Outcome) for outcome in outcomes)
        invalid, ok, missing, failed = outcomes
        assert (invalid.attempts, invalid.http_status, invalid.record) == (0, None, None)
        assert invalid.reason.startswith("'some words': not an identifier. Give ")
        assert (ok.attempts, ok.http_status, ok.reason) == (1, 200, None)
        assert (ok.record.doi, ok.record.altmetric_id) == (DOIS[0], invented_id(0))
        assert (missing.attempts, missing.http_status, missing.record) == (1, 404, None)
        assert failed.reason == f"{replica.base_url}{PATHS[1]}: HTTP 410 Gone"

    def test_each_is_on_disk_when_it_is_returned(self, scraped):
        outcomes = scraped(["some words", *DOIS])
        assert next(outcomes).status == "invalid"
        for number, outcome in enumerate(outcomes, 1):
            assert status("run").counts["ok"] == number
            assert RECORDS.read_bytes().endswith(outcome.record.to_json() + b"\n")

    def test_an_identifier_with_an_outcome_is_skipped(self, replica, scraped):
        list(scraped(DOIS[:2]))
        mark = len(replica.requests)
        assert list(scraped(DOIS[:2])) == []
        assert in_short(scraped(["some words", *DOIS[:3]])) == [("some words", "invalid"), (DOIS[2], "ok")]
        assert list(scraped(["some words"])) == []
        assert fetched(replica, mark) == [f"/details/doi/{DOIS[2]}", PATHS[2]]

    def test_the_caller_can_stop_early_and_the_folder_stays_valid(self, replica, scraped):
        for outcome in scraped(DOIS):
            if outcome.identifier == DOIS[2]:
                break
        assert fetched(replica)[1::2] == PATHS[:3]
        assert (counts(), status("run").writer) == ({"ok": 3, None: 3}, None)
        assert parsed() == RECORDS.read_bytes()
        assert in_short(scraped(DOIS)) == [(doi, "ok") for doi in DOIS[3:]]
        assert recorded() == DOIS

    def test_nothing_is_fetched_before_the_first_is_requested(self, replica, scraped):
        scraped(DOIS)
        assert replica.requests == []
        assert not Path("run").exists()

    def test_the_limit_is_applied(self, replica, scraped):
        assert in_short(scraped(["some words", *DOIS], limit=2)) == [
            ("some words", "invalid"),
            (DOIS[0], "ok"),
            (DOIS[1], "ok"),
        ]
        assert len(fetched(replica)) == 4
        assert in_short(scraped(DOIS, limit=1)) == [(DOIS[2], "ok")]

    def test_old_outcomes_are_refreshed_with_refresh(self, replica, scraped):
        list(scraped(DOIS[:3]))
        make_outcome_old(DOIS[1])
        mark = len(replica.requests)
        assert list(scraped(DOIS[:3], refresh=timedelta(days=100_000 / 24))) == []
        assert in_short(scraped(DOIS[:3], refresh=timedelta(hours=1))) == [(DOIS[1], "ok")]
        assert fetched(replica, mark) == [f"/details/doi/{DOIS[1]}", PATHS[1]]

    def test_failed_identifiers_are_retried_with_retry_failed(self, replica, scraped):
        replica.fail(PATHS[0], Status(410))
        replica.add("10.5555/help", 990200001, other_page("help-about-the-score"))
        identifiers = [DOIS[0], "10.5555/help", "10.5555/nothing.mentions.this", "some words"]
        list(scraped(identifiers))
        assert list(scraped(identifiers)) == []
        assert in_short(scraped(identifiers, retry_failed=True)) == [(DOIS[0], "ok"), ("10.5555/help", "not_details")]

    def test_blocked_identifiers_are_always_retried(self, replica, scraped):
        replica.fail(PATHS[0], Status(403), Status(403))
        for expected in ("blocked", "blocked", "ok"):
            assert in_short(scraped(DOIS[:1])) == [(DOIS[0], expected)]
        assert FAILURES.read_bytes() == b""

    def test_a_single_text_is_one_identifier(self, scraped):
        assert in_short(scraped(DOIS[0])) == [(DOIS[0], "ok")]

    def test_identifiers_can_come_from_a_generator(self, scraped):
        assert in_short(scraped(doi for doi in DOIS)) == [(doi, "ok") for doi in DOIS]

    def test_without_identifiers_there_are_no_outcomes(self, replica, scraped):
        assert list(scraped([])) == []
        assert replica.requests == []

    def test_another_thread_can_iterate_over_them(self, scraped):
        outcomes = []
        thread = threading.Thread(target=lambda: outcomes.extend(scraped(DOIS)))
        thread.start()
        thread.join()
        assert in_short(outcomes) == [(doi, "ok") for doi in DOIS]

    def test_the_package_exports_the_function(self):
        assert altdetails.scrape is scrape


class TestErrors:
    def test_a_long_retry_after_ends_a_run_after_the_outcome_was_returned(self, replica, scraped):
        replica.fail(PATHS[1], Status(429, retry_after="7200"))
        outcomes = scraped(DOIS)
        assert in_short([next(outcomes), next(outcomes)]) == [(DOIS[0], "ok"), (DOIS[1], "rate_limited")]
        with pytest.raises(RunStopped, match=f"{PATHS[1]}: HTTP 429 Too Many Requests, ") as stopped:
            next(outcomes)
        assert stopped.value.retry_after == 7200
        assert isinstance(stopped.value.__cause__, RateLimited)
        assert counts() == {"ok": 1, "rate_limited": 1, None: 4}
        assert len(FAILURES.read_text().splitlines()) == 1
        assert parsed() == RECORDS.read_bytes()

    def test_three_blocked_pages_in_a_row_end_a_run(self, replica, scraped):
        replica.fail("/details/99*", Forever(faults.Challenge()))
        with pytest.raises(RunStopped, match=r"^3 pages in a row failed; the last: ") as stopped:
            list(scraped(DOIS))
        assert stopped.value.retry_after is None
        assert counts() == {"blocked": 3, None: 3}

    def test_a_page_that_ends_its_process_is_an_outcome_that_asks_for_one_report(self, scraped, monkeypatch):
        ended = lost_task_failure(Document("a page", b""), "by SIGKILL", page_timeout=20)
        monkeypatch.setattr(PageParser, "parse", lambda *_: ended)
        (outcome,) = scraped(DOIS[:1])
        assert outcome.status == "not_details"
        assert outcome.reason == "its worker process ended by SIGKILL; please report it [error]"

    def test_responses_for_robots_txt_are_stored_if_a_run_ends_before_its_first_page(self, replica, scraped):
        replica.fail("/robots.txt", Forever(faults.Challenge()))
        with pytest.raises(RunStopped, match=r"robots\.txt"):
            next(scraped(DOIS))
        (response,) = [record for record in stored() if record["WARC-Type"] == "response"]
        assert response["WARC-Target-URI"] == f"{replica.base_url}/robots.txt"
        assert counts() == {None: 6}

    def test_an_unreachable_site_ends_a_run(self, scraped):
        with Replica() as gone:
            url = gone.base_url
        with pytest.raises(RunStopped, match="no connection: "):
            next(scraped(DOIS, base_url=url))
        assert counts() == {None: 6}

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"contact": "you@example.com"}, "is a placeholder; give your own"),
            ({"contact": CONTACT, "interval": 0.99}, "0.99 s is not allowed for altmetric.com: give 1 or more"),
            ({"contact": CONTACT, "interval": float("nan")}, "give 1 or more"),
            ({"contact": CONTACT, "base_url": "http://altmetric.com"}, "altmetric.com requires https://"),
        ],
    )
    def test_an_invalid_setting_is_refused_with_advice(self, altmetric, settings, words):
        with pytest.raises(AltdetailsError, match=words):
            next(scrape(DOIS, "run", **settings))
        with pytest.raises(AltdetailsError, match=words):
            plan_of("run", [], Selection(), **settings)
        assert altmetric.requests == []
        assert not Path("run").exists()

    @pytest.mark.parametrize("settings", [{}, {"contact": ""}])
    def test_altmetric_requires_a_contact_except_for_a_plan(self, altmetric, settings):
        with pytest.raises(AltdetailsError, match="give your email address"):
            next(scrape(DOIS, "run", **settings))
        assert plan_of("run", [], Selection(), **settings).pages == 0
        assert altmetric.requests == []
        assert not Path("run").exists()

    def test_a_run_that_is_already_open_for_writing_is_refused(self, scraped):
        first, second = scraped(DOIS), scraped(DOIS)
        next(first)
        with pytest.raises(RunLocked, match=r"writing to it.*; wait until it ends, or stop it"):
            next(second)
        assert len(list(first)) == 5

    def test_a_removed_clock_folder_is_created_again(self, scraped, clocks):
        outcomes = scraped(DOIS)
        next(outcomes)
        for number in range(1, 6):
            shutil.rmtree(clocks)
            assert next(outcomes).identifier == DOIS[number]
        assert counts() == {"ok": 6}
        assert len(list(clocks.glob("*.clock"))) == 1

    def test_an_unusable_clock_folder_ends_the_run_with_advice(self, scraped, clocks):
        outcomes = scraped(DOIS)
        next(outcomes)
        shutil.rmtree(clocks)
        clocks.write_text("")
        with pytest.raises(AltdetailsError, match=rf"{clocks}: the request clock .*; set ALTDETAILS_STATE to"):
            next(outcomes)
        assert counts() == {"ok": 1, None: 5}
        clocks.unlink()
        assert len(list(scraped(DOIS))) == 5

    def test_a_run_of_another_site_is_refused(self, replica, scraped):
        list(scraped(DOIS[:1]))
        with pytest.raises(StoreError, match=f"^run: holds a run of {replica.base_url}, not of http://localhost"):
            next(scraped(DOIS, base_url="http://localhost"))

    def test_an_error_of_the_iterator_of_identifiers_is_raised_and_no_identifier_is_added(self, replica, scraped):
        def identifiers():
            yield DOIS[0]
            raise InputError("of the test")

        with pytest.raises(InputError, match="of the test"):
            list(scraped(identifiers()))
        assert counts() == {}
        assert replica.requests == []


@pytest.fixture
def dead_host(monkeypatch, altmetric):  # noqa: ARG001 -- its connections are patched
    """A host of altmetric.com that does not resolve, without an interval between requests."""
    monkeypatch.setattr(route, "SHORTEST_INTERVAL", 0.0)
    connect = socket.create_connection

    def create_connection(address, *arguments, **options):
        if address[0] == "dead.altmetric.com":
            raise socket.gaierror(-2, "Name or service not known")
        return connect(address, *arguments, **options)

    with monkeypatch.context() as patch:  # which ends before that of `altmetric`
        patch.setattr(socket, "create_connection", create_connection)
        yield "https://dead.altmetric.com"


class TestTheHeadOfAList:
    """Identifiers that fail in every run do not keep a run from those behind them."""

    IDS = tuple(str(invented_id(number)) for number in range(6))

    def scraped(self):
        try:
            for outcome in scrape(self.IDS, "run", contact=CONTACT, interval=0, ids="altmetric"):
                yield outcome.identifier, outcome.status
        except RunStopped as stopped:
            yield str(stopped)

    def test_a_redirect_to_a_host_that_does_not_resolve_is_an_outcome(self, altmetric, dead_host):
        altmetric.fail(PATHS[0], Forever(faults.Redirect(f"{dead_host}{PATHS[0]}")))
        (first, *rest) = scrape(self.IDS, "run", contact=CONTACT, interval=0, ids="altmetric")
        assert (first.status, first.http_status) == ("failed", 302)
        assert first.reason.startswith(f"{dead_host}/robots.txt: no connection: ")
        assert [outcome.status for outcome in rest] == ["ok"] * 5

    def test_three_of_them_stop_the_run_and_the_next_run_begins_behind_them(self, altmetric, dead_host):
        for path in PATHS[:3]:
            altmetric.fail(path, Forever(faults.Redirect(f"{dead_host}{path}")))
        *outcomes, stopped = self.scraped()
        assert outcomes == [(identifier, "failed") for identifier in self.IDS[:3]]
        assert stopped.startswith("3 pages in a row failed; the last: ")
        assert list(self.scraped()) == [(identifier, "ok") for identifier in self.IDS[3:]]

    @pytest.mark.usefixtures("dead_host")
    def test_three_lasting_refusals_stop_the_run_and_the_next_run_begins_behind_them(self, altmetric):
        for path in PATHS[:3]:
            altmetric.fail(path, Forever(Status(403)))
        *outcomes, stopped = self.scraped()
        assert outcomes == [(identifier, "blocked") for identifier in self.IDS[:3]]
        assert stopped.startswith("3 pages in a row failed; the last: ")
        *outcomes, stopped = self.scraped()
        assert outcomes[:3] == [(identifier, "ok") for identifier in self.IDS[3:]]

    @pytest.mark.usefixtures("dead_host")
    def test_a_lasting_429_stops_the_run_and_the_next_run_begins_behind_it(self, altmetric, clocks):
        altmetric.fail(PATHS[0], Forever(Status(429, retry_after="1000")))
        outcome, stopped = self.scraped()
        assert outcome == (self.IDS[0], "rate_limited")
        assert "HTTP 429" in stopped
        (stopped,) = self.scraped()
        assert "allows no requests before" in stopped
        assert counts() == {"rate_limited": 1, None: 5}
        shutil.rmtree(clocks)
        *outcomes, _ = self.scraped()
        assert outcomes[:5] == [(identifier, "ok") for identifier in self.IDS[1:]]


class TestCrawlDelays:
    def test_a_crawl_delay_is_reported_in_the_run_and_in_the_next_plan(self, replica):
        replica.robots = (200, {}, "User-agent: *\nCrawl-delay: 7200")
        stop, notices = threading.Event(), []

        def notice(sentence):
            notices.append(sentence)
            if sentence.startswith("waiting"):
                stop.set()

        listed = [Entry(doi, "a test") for doi in DOIS]
        with Scrape("run", base_url=replica.base_url, interval=0, stop=stop, notice=notice) as work:
            work.plan(listed, Selection())
            assert list(work.outcomes(Selection())) == []
        delay, waiting = notices
        assert delay == f"robots.txt of 127.0.0.1:{replica.port} allows one request every 7,200 s (Crawl-delay)"
        assert waiting.endswith("allows one request every 7,200 s")
        with Scrape("run", interval=0) as work:
            plan = work.plan(listed, Selection())
        assert plan == plan_of("run", listed, Selection(), interval=0)
        assert (plan.interval, plan.is_crawl_delay) == (7200, True)
        assert plan.seconds > 12 * 7200


class TestScrapes:
    def test_the_plan_equals_the_one_of_plan_of(self, replica):
        listed = [Entry(text, "a test") for text in (*DOIS, DOIS[0], "990000012", "some words")]
        expected = plan_of("run", listed, Selection(), base_url=replica.base_url)
        assert not Path("run").exists()
        with Scrape("run", base_url=replica.base_url) as work:
            plan = work.plan(listed, Selection())
        assert plan == expected
        assert (plan.site, plan.pages, plan.interval) == (replica.base_url, 7, 2.0)
        assert (plan.added.new, plan.added.existing, plan.added.invalid, plan.added.repeated) == (7, 0, 1, 1)
        assert plan.seconds == pytest.approx((2 * 6 + 1) * 2 * 1.125)
        assert replica.requests == []

    def test_a_plan_without_a_temporary_folder_is_refused_with_advice(self, replica, tmp_path, monkeypatch):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
        with pytest.raises(
            SettingsError, match=r"temporary folder cannot be created: No such file .*; set TMPDIR to a folder"
        ):
            plan_of("run", [], Selection(), base_url=replica.base_url)

    def test_without_a_list_all_identifiers_of_the_run_are_used(self, replica, scraped):
        list(scraped(DOIS, limit=2))
        with Scrape("run", interval=0) as work:
            plan = work.plan(None, Selection())
            assert (plan.pages, plan.added, plan.site) == (4, None, replica.base_url)
            assert in_short(work.outcomes(Selection())) == [(doi, "ok") for doi in DOIS[2:]]
            assert work.counts()["ok"] == 6

    def test_stop_ends_the_run_after_the_current_page(self, replica):
        stop = threading.Event()
        with Scrape("run", base_url=replica.base_url, interval=0, stop=stop) as work:
            work.plan([Entry(doi, "a test") for doi in DOIS], Selection())
            for outcome in work.outcomes(Selection()):
                if outcome.identifier == DOIS[1]:
                    stop.set()
        assert counts() == {"ok": 2, None: 4}
        assert len(fetched(replica)) == 4

    def test_stop_ends_a_wait(self, replica):
        replica.fail(PATHS[0], Status(503, retry_after="800"))
        stop, notices = threading.Event(), []
        notice = lambda sentence: (notices.append(sentence), threading.Timer(0.1, stop.set).start())  # noqa: E731
        with Scrape("run", base_url=replica.base_url, interval=0, stop=stop, notice=notice) as work:
            work.plan([Entry(DOIS[0], "a test")], Selection())
            assert list(work.outcomes(Selection())) == []
        assert len(notices) == 1
        assert "HTTP 503 Service Unavailable" in notices[0]
        assert "retrying in 800 s (attempt 1 of 5 failed)" in notices[0]
        assert counts() == {None: 1}

    def test_a_repair_is_reported_to_notice(self, scraped):
        list(scraped(DOIS[:2]))
        with RECORDS.open("ab") as file:
            file.write(b'{"half a li')
        notices = []
        with Scrape("run", notice=notices.append):
            pass
        assert notices == ["run/records.jsonl: 11 bytes that an interrupted write left at its end were cut off"]

    def test_a_notice_that_raises_unlocks_the_run(self, scraped):
        list(scraped(DOIS[:1]))
        RECORDS.unlink()

        def notice(sentence):
            raise BrokenPipeError(sentence)

        with pytest.raises(BrokenPipeError) as broken:
            Scrape("run", notice=notice)
        assert "records.jsonl" in str(broken.value)
        with Scrape("run"):
            pass

    def test_a_run_can_be_opened_and_stopped_during_the_turn_of_another(self, replica):
        stop = threading.Event()
        clock = Pace(replica.base_url.removeprefix("http://"), 0, pytest.fail)
        with clock.turn(), Scrape("run", base_url=replica.base_url, interval=0, stop=stop) as work:
            work.plan([Entry(DOIS[0], "a test")], Selection())
            threading.Timer(0.1, stop.set).start()
            assert list(work.outcomes(Selection())) == []
        assert replica.requests == []


CHAPTER = "https://www.altmetric.com/details/990000010/chapter/990000011"


def golden(name):
    """The expected record of a sample, generated from its facts."""
    return json.loads((ROOT / "samples" / f"{name}.json").read_bytes())


class TestRecords:
    @pytest.fixture
    def messy(self, replica, scraped):
        """A run with many kinds of faults, in three invocations."""
        replica.fail("/details/990000001", Status(503), faults.CutGzip("half"), faults.Chunked())
        replica.fail("/details/doi/10.5555/jhe.2012.118", faults.RedirectChain(3))
        replica.fail("/details/990000012", Status(429), faults.UntilClose())
        replica.fail(PATHS[0], faults.Challenge())
        replica.fail(PATHS[1], Status(500), faults.Reset("middle"), faults.Cookies())
        replica.fail(PATHS[2], faults.WrongPage())
        replica.fail(PATHS[3], Forever(Status(403)))
        replica.add("10.5555/help", 990200001, other_page("help-about-the-score"))
        missing = ["10.5555/help", "10.5555/nothing.mentions.this", "some words"]
        identifiers = [
            "10.5555/lhs.2023.0417",
            "10.5555/jhe.2012.118",
            "altmetric:990000012",
            *DOIS[:4],
            *missing,
            CHAPTER,
        ]
        list(scraped(identifiers))
        make_outcome_old("10.5555/lhs.2023.0417")
        list(scraped(identifiers, refresh=timedelta(days=1)))
        list(scraped(DOIS))

    @pytest.mark.usefixtures("messy")
    def test_parsing_the_archive_again_gives_identical_records(self):
        assert counts() == {"ok": 9, "not_tracked": 1, "not_details": 1, "blocked": 1, "invalid": 1}
        first = ["10.5555/lhs.2023.0417", "10.5555/jhe.2012.118", "990000012", *DOIS[1:3], CHAPTER]
        assert recorded() == [*first, "10.5555/lhs.2023.0417", DOIS[0], *DOIS[4:]]
        assert parsed() == RECORDS.read_bytes()

    @pytest.mark.usefixtures("messy")
    def test_each_has_the_id_of_its_response(self):
        archived = [record for record in stored(PAGES) if record["WARC-Type"] == "response"]
        responses = {response["WARC-Record-ID"].strip("<>"): response for response in archived}
        for record in records():
            provenance = record["provenance"]
            response = responses.pop(provenance["input"])
            assert provenance["input"].startswith("urn:uuid:")
            assert provenance["final_url"] == response["WARC-Target-URI"]
            assert provenance["fetched_at"] == response["WARC-Date"]
            assert provenance["http_status"] == response.http_status == 200
        assert {response.http_status for response in responses.values()} == {200, 302, 403, 404, 429, 500, 503}

    @pytest.mark.usefixtures("messy")
    def test_each_is_the_expected_record_of_its_page(self, replica):
        expected = {doi: (facts_of(number), PATHS[number]) for number, doi in enumerate(DOIS)}
        for identifier, name, path in (
            ("10.5555/lhs.2023.0417", "article-2023", "/details/990000001"),
            ("10.5555/jhe.2012.118", "article-2017", "/details/990000002"),
            ("990000012", "dataset", "/details/990000012"),
            (CHAPTER, "chapter", "/details/990000010/chapter/990000011"),
            (DOIS[2], "article-2017", PATHS[2]),
        ):
            expected[identifier] = golden(name), path
        expected[DOIS[2]][0]["inconsistencies"] = [
            {"code": "altmetric_id_mismatch", "where": None, "values": [str(invented_id(2)), "990000002"]},
            {"code": "doi_mismatch", "where": None, "values": [DOIS[2], "10.5555/jhe.2012.118"]},
        ]
        for record in records():
            provenance = record.pop("provenance")
            page, path = expected[provenance["requested"]]
            assert record == page
            assert provenance["final_url"] == replica.base_url + path

    def test_every_sample_with_an_end_tag_is_scraped_into_its_record(self, scraped):
        names = {path.stem for path in (ROOT / "samples").glob("*.html")} - {"truncated", "minified"}
        expected = {str(facts["altmetric_id"]): facts for facts in map(golden, names) if facts["altmetric_id"]}
        for outcome in scraped(list(expected), ids="altmetric"):
            record = outcome.record.to_dict()
            del record["provenance"]
            assert record == expected.pop(outcome.identifier)
        assert expected == {}

    @pytest.mark.parametrize("name", ["truncated", "minified"])
    def test_a_page_without_an_end_tag_is_retried_and_fails(self, scraped, name):
        (outcome,) = scraped([str(golden(name)["altmetric_id"])], ids="altmetric")
        assert (outcome.status, outcome.attempts) == ("failed", 5)
        assert "before </html>" in outcome.reason


class TestAltmetric:
    def test_requests_use_tls_and_the_contact_at_most_once_a_second(self, altmetric):
        settings = {"contact": CONTACT, "interval": 1}
        assert [outcome.status for outcome in scrape([DOIS[0]], "run", **settings)] == ["ok"]
        assert [outcome.status for outcome in scrape(["altmetric:990000012"], "another run", **settings)] == ["ok"]
        requests = altmetric.requests
        assert [request.path for request in requests] == [
            "/robots.txt",
            f"/details/doi/{DOIS[0]}",
            PATHS[0],
            "/robots.txt",
            "/details/990000012",
        ]
        assert {request.headers["host"] for request in requests} == {"www.altmetric.com"}
        agent = f"altdetails/{version('altdetails')} (mailto:{CONTACT})"
        assert {request.headers["user-agent"] for request in requests} == {agent}
        assert all(later.time - earlier.time >= 1 for earlier, later in pairwise(requests))
        assert records()[0]["provenance"]["final_url"] == f"https://www.altmetric.com{PATHS[0]}"

    def test_two_concurrent_runs_take_turns(self, altmetric):
        outcomes = []

        def run_scrape(run, identifier):
            outcomes.extend(scrape([identifier], run, contact=CONTACT, interval=1, ids="altmetric"))

        settings = (("one", "990000001"), ("two", "990000002"))
        threads = [threading.Thread(target=run_scrape, args=arguments) for arguments in settings]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(in_short(outcomes)) == [("990000001", "ok"), ("990000002", "ok")]
        assert len(altmetric.requests) == 4
        assert all(later.time - earlier.time >= 1 for earlier, later in pairwise(altmetric.requests))
