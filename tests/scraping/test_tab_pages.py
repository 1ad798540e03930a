"""Tests of scraping single mentions: which tabs are fetched, how far, and what is stored of them."""

import json
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
from samples.generator import page
from samples.generator.model import Tally
from tests.scraping.store.material import LEDGER, PAGES, RECORDS
from tests.support import faults
from tests.support.cases import for_each
from tests.support.faults import Forever, OtherAddress, Status
from tests.support.pages import invented, invented_doi, invented_id
from tests.support.tabs import MentionList, address_of

from altdetails.errors import RunStopped, SettingsError, StoreError
from altdetails.page import parse
from altdetails.parsing.stream import PageStream
from altdetails.parsing.tasks import ParsedLine
from altdetails.results import Failure
from altdetails.scraping import tab_pages
from altdetails.scraping.outcomes import scrape
from altdetails.scraping.run import Run
from altdetails.scraping.session import Selection, plan_of
from altdetails.scraping.store import status
from altdetails.scraping.tab_pages import choice_of, planned_tabs

pytestmark = pytest.mark.slow

MENTIONS, TAB_FAILURES = Path("run", "mentions.jsonl"), Path("run", "tab-failures.jsonl")
DOIS = [invented_doi(number) for number in range(30)]
OUTPUTS = [f"/details/{invented_id(number)}" for number in range(4)]
NEWS = f"{OUTPUTS[0]}/news"
UNITS = {"news": "news outlets", "blogs": "blogs", "policy": "policy sources", "twitter": "X users"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def scraped(replica):
    """Scrape outputs of the replica into one folder, and return their outcomes."""

    def start(identifiers, mentions="news", **settings):
        settings = {"base_url": replica.base_url, "interval": 0, "mentions": mentions} | settings
        return [(outcome.identifier, outcome.status) for outcome in scrape(identifiers, "run", **settings)]

    return start


def page_of(number, counts):
    """The details page of an invented output with these counts, by source."""
    tallies = tuple(Tally(source, count, UNITS[source]) for source, count in counts.items())
    return page(replace(invented(number), mentions=tallies))


@pytest.fixture
def add(replica):
    """Add the page of an invented output, and the lists of its tabs."""

    def add_output(number, counts=None, **lists):
        replica.add(DOIS[number], invented_id(number), page_of(number, counts or dict.fromkeys(lists, 3)))
        for source, mentions in lists.items():
            replica.add_list(invented_id(number), {"policy": "policy-documents"}.get(source, source), mentions)

    return add_output


def fetched(replica, since=0):
    return [request.path for request in replica.requests[since:] if request.path != "/robots.txt"]


def lines(kind):
    return [line for line in map(json.loads, MENTIONS.read_text().splitlines()) if line["kind"] == kind]


def mentioned(number=0, tab="news"):
    """The addresses of the stored mentions of a tab, in order."""
    return [
        line["url"] for line in lines("mention") if (line["altmetric_id"], line["tab"]) == (invented_id(number), tab)
    ]


def expected(count, number=0, tab="news"):
    return [address_of(invented_id(number), tab, at) for at in range(count)]


def tabs():
    return dict(status("run").tabs)


def failures():
    return [json.loads(line) for line in TAB_FAILURES.read_text().splitlines()]


def parsed(*, people=False):
    """The records and mentions that `altdetails parse` reads from the archive of the run."""
    stream = PageStream([str(PAGES)], jobs=1, page_timeout=None, people=people)
    results = [result for result in chain.from_iterable(stream.results()) if not isinstance(result, Failure)]
    records = [result.json for result in results if isinstance(result, ParsedLine)]
    return b"".join(records), b"".join(result.lines.json for result in results if result.lines)


def test_each_tab_that_the_record_counts_is_fetched_page_by_page(replica, scraped, add):
    add(0, {"news": 188, "blogs": 0, "policy": 2, "twitter": 5}, news=MentionList(250), policy=MentionList(2))
    add(1, {"blogs": 1}, blogs=MentionList(1))
    assert scraped(DOIS[:2], ["news", "blogs", "policy"]) == [(DOIS[0], "ok"), (DOIS[1], "ok")]
    assert fetched(replica) == [
        *(f"/details/doi/{DOIS[0]}", OUTPUTS[0]),
        *(NEWS, f"{NEWS}/page:2", f"{NEWS}/page:3", f"{OUTPUTS[0]}/policy-documents"),
        *(f"/details/doi/{DOIS[1]}", OUTPUTS[1], f"{OUTPUTS[1]}/blogs"),
    ]
    assert mentioned() == expected(250)
    assert mentioned(tab="policy-documents") == expected(2, tab="policy-documents")
    assert [(line["page"], line["rows"], line["next_page"], line["tab_total"]) for line in lines("page")[:3]] == [
        (1, 100, 2, 250),
        (2, 100, 3, 250),
        (3, 50, None, 250),
    ]
    assert {(line["doi"], line["provenance"]["requested"]) for line in lines("mention")[:250]} == {(DOIS[0], DOIS[0])}
    assert tabs() == {"complete": 3}
    assert parsed() == (RECORDS.read_bytes(), MENTIONS.read_bytes())


def test_all_fetches_every_source_with_a_count(scraped, add):
    add(0, {"news": 1, "twitter": 1}, news=MentionList(1), twitter=MentionList(3))
    scraped(DOIS[:1], "all")
    assert len(mentioned(tab="twitter")) == 3
    assert tabs() == {"complete": 2}


def test_without_mentions_no_tab_is_fetched_and_no_file_is_made(replica, scraped, add):
    add(0, news=MentionList(1))
    scraped(DOIS[:1], None)
    assert len(fetched(replica)) == 2
    assert not MENTIONS.exists()
    assert status("run").mentions is None


def test_a_run_that_has_records_goes_on_with_their_tabs_only(replica, scraped, add):
    for number in range(2):
        add(number, news=MentionList(110))
    scraped(DOIS[:2], None)
    mark = len(replica.requests)
    plan = plan_of("run", None, Selection(), base_url=replica.base_url, mentions=choice_of("news", people=False))
    assert (plan.pages, plan.tabs) == (0, (2, 2, 2))
    assert not MENTIONS.exists()
    assert scraped(DOIS[:2]) == []
    assert fetched(replica, mark) == [f"{output}/news{end}" for output in OUTPUTS[:2] for end in ("", "/page:2")]
    assert scraped(DOIS[:2]) == []
    assert len(fetched(replica, mark)) == 4


def test_the_limit_counts_outputs_with_their_tabs(scraped, add):
    for number in range(3):
        add(number, news=MentionList(1))
    scraped(DOIS[:1], None)
    assert scraped(DOIS[:3], limit=2) == [(DOIS[1], "ok")]
    assert [len(mentioned(number)) for number in range(3)] == [1, 1, 0]


class Case(NamedTuple):
    """A tab of news, and what a run makes of it."""

    whole: MentionList
    outcome: str
    stored: int
    reason: str | None = None
    page: str = ""
    fault: object = None


SUMMARY, FIRST, BLOGS, OTHER_TAB = object(), object(), object(), object()
"""What the site has at another address of the same output."""
WITHOUT_CANONICAL = re.sub("<link[^>]*>", "", MentionList(9).page(OUTPUTS[0], invented_id(0), "news", 1).decode())
CASES = {
    "an end by the summary": Case(MentionList(200, endless=True), "complete", 200),
    "fewer rows than the sentence says": Case(MentionList(150, total=226), "complete", 150),
    "an empty list": Case(MentionList(0), "complete", 0),
    "a limited list": Case(MentionList(150, limited=True), "limited", 150, "says that it shows a limited selection"),
    "the summary": Case(MentionList(9), "no_list", 0, "does not mean zero mentions", "", SUMMARY),
    "404": Case(MentionList(9), "no_list", 0, "the site has no such tab (404)", "", Status(404)),
    "the first page again": Case(
        MentionList(250), "repeated", 100, "page 2 shows the list of page 1", "/page:2", FIRST
    ),
    "the summary as page 2": Case(MentionList(250), "complete", 100, None, "/page:2", SUMMARY),
    "404 as page 2": Case(MentionList(250), "failed", 100, "but page 1 links to it", "/page:2", Status(404)),
    "410 as page 2": Case(MentionList(250), "failed", 100, "HTTP 410 Gone", "/page:2", Status(410)),
    "a log-in page": Case(MentionList(250), "blocked", 100, "log-in page", "/page:2", faults.LogIn()),
    "a challenge": Case(MentionList(250), "blocked", 100, "challenge", "/page:2", faults.Challenge()),
    "another output": Case(
        MentionList(9), "failed", 0, "of the output altmetric:9", "", OtherAddress(f"{OUTPUTS[0]}/news")
    ),
    "another output without its canonical address": Case(
        MentionList(9), "failed", 0, "of the output altmetric:9", "", Status(200, body=WITHOUT_CANONICAL)
    ),
    "a redirect to another output": Case(MentionList(9), "failed", 0, "of the output", "", faults.Redirect(NEWS)),
    "the summary of another output": Case(
        MentionList(9), "failed", 0, "of the output", "", faults.Redirect(OUTPUTS[0])
    ),
    "another tab": Case(MentionList(9), "failed", 0, "of the tab 'blogs'", "", OTHER_TAB),
    "the list of another tab": Case(MentionList(9), "failed", 0, "mentions of blogs, not of news", "", BLOGS),
    "words": Case(MentionList(9), "failed", 0, "[other]", "", Status(200, body="<html><p>out of order</p></html>")),
    "another site": Case(MentionList(9), "failed", 0, "is not followed", "", faults.Redirect("https://other.invalid/")),
    "a page that is cut once": Case(MentionList(150), "complete", 150, None, "/page:2", faults.CutPage()),
}


def fault_of(case, output):
    """The faults at a page of an output, for all requests but those that are retried."""
    places = {
        SUMMARY: OtherAddress(output),
        FIRST: OtherAddress(f"{output}/news"),
        BLOGS: OtherAddress(f"{output}/blogs"),
    }
    if case.fault is OTHER_TAB:
        return Forever(faults.Redirect(f"{output}/blogs"))
    fault = places.get(case.fault, case.fault)
    return fault if isinstance(fault, faults.CutPage) else Forever(fault)


def test_each_tab_ends_with_a_status_and_what_is_stored_is_what_parse_reads(replica, scraped, add):
    add(0, news=MentionList(3))
    numbers = {name: number for number, name in enumerate(CASES, 1)}
    for name, case in CASES.items():
        add(numbers[name], news=case.whole)
        replica.add_list(invented_id(numbers[name]), "blogs", MentionList(3))
        if case.fault:
            output = f"/details/{invented_id(numbers[name])}"
            replica.fail(f"{output}/news{case.page}", fault_of(case, output))
    scraped([invented_doi(number) for number in numbers.values()])
    found = {failure["identifier"]: failure for failure in failures()}
    for name, case in CASES.items():
        failure = found.get(invented_doi(numbers[name]), {"outcome": "complete", "reason": None})
        assert (name, failure["outcome"]) == (name, case.outcome)
        assert (name, failure["reason"] is None) == (name, case.reason is None)
        assert (case.reason or "") in (failure["reason"] or "")
        assert (name, mentioned(numbers[name])) == (name, expected(case.stored, numbers[name]))
    assert parsed() == (RECORDS.read_bytes(), MENTIONS.read_bytes())


def test_the_end_of_a_list_leaves_a_line_and_no_list_does_not_mean_zero(scraped, add):
    add(0, news=MentionList(100, endless=True))
    add(1, {"news": 4})
    scraped(DOIS[:2])
    ended, none = lines("page")[1:]
    assert (ended["page"], ended["rows"], ended["ended"]) == (2, 0, True)
    assert (none["page"], none["rows"], none["ended"], none["tab_total"]) == (1, None, None, None)
    assert [none["source"], none["tab"], none["altmetric_id"]] == ["news", "news", invented_id(1)]


def test_a_list_of_too_many_pages_is_cut_and_reported(scraped, add, monkeypatch):
    monkeypatch.setattr(tab_pages, "MAX_PAGES", 2)
    add(0, news=MentionList(250))
    scraped(DOIS[:1])
    assert (tabs(), len(mentioned())) == ({"too_long": 1}, 200)
    assert [failure["reason"] for failure in failures()] == [
        "the list goes on after page 2, the last one that is fetched"
    ]


def test_a_tab_that_failed_in_the_middle_goes_on_there_with_retry_failed(replica, scraped, add):
    add(0, news=MentionList(250))
    replica.fail(f"{NEWS}/page:2", Status(410))
    scraped(DOIS[:1])
    mark = len(replica.requests)
    scraped(DOIS[:1])
    assert fetched(replica, mark) == []
    scraped(DOIS[:1], retry_failed=True)
    assert fetched(replica, mark) == [f"{NEWS}/page:2", f"{NEWS}/page:3"]
    assert (tabs(), mentioned(), TAB_FAILURES.read_bytes()) == ({"complete": 1}, expected(250), b"")
    assert parsed() == (RECORDS.read_bytes(), MENTIONS.read_bytes())


def test_a_refused_tab_ends_the_run_like_a_page_and_comes_last_in_the_next_run(replica, scraped, add):
    for number in range(3):
        add(number, news=MentionList(1))
    replica.fail(NEWS, Status(429, retry_after="7200"))
    with pytest.raises(RunStopped, match="/news: HTTP 429 Too Many Requests"):
        scraped(DOIS[:2])
    assert tabs() == {"rate_limited": 1}
    os.environ["ALTDETAILS_STATE"] = "later"
    mark = len(replica.requests)
    assert scraped(DOIS[:2]) == [(DOIS[1], "ok")]
    assert fetched(replica, mark)[-1] == NEWS
    assert tabs() == {"complete": 2}


def test_three_blocked_tabs_in_a_row_end_the_run(replica, scraped, add):
    for number in range(3):
        add(number, blogs=MentionList(1), news=MentionList(1))
    replica.fail("/details/*/*s", Forever(faults.Challenge()))
    with pytest.raises(RunStopped, match=r"^3 pages of tabs in a row failed; the last: "):
        scraped([f"altmetric:{invented_id(number)}" for number in range(3)], "all")
    assert tabs()["blocked"] == 3


def test_robots_txt_is_obeyed_for_tabs(replica, scraped, add):
    add(0, news=MentionList(1))
    replica.robots = 200, {}, "User-agent: *\nDisallow: /details/*/news\n"
    assert scraped(DOIS[:1]) == [(DOIS[0], "ok")]
    assert NEWS not in fetched(replica)
    assert tabs() == {"robots_denied": 1}


def test_refresh_fetches_the_tabs_of_a_new_record_again(replica, scraped, add):
    add(0, news=MentionList(1))
    scraped(DOIS[:1])
    for table in ("identifiers", "list_tabs"):
        with closing(sqlite3.connect(LEDGER)) as ledger, ledger:
            ledger.execute(f"UPDATE {table} SET at = '2020-01-01T00:00:00Z'")
    replica.add_list(invented_id(0), "news", MentionList(2))
    mark = len(replica.requests)
    scraped(DOIS[:1], refresh="1d")
    assert fetched(replica, mark) == [f"/details/doi/{DOIS[0]}", OUTPUTS[0], NEWS]
    assert (tabs(), len(lines("mention"))) == ({"complete": 1}, 3)


def test_old_tabs_are_fetched_again_with_refresh_although_the_record_is_new(replica, scraped, add):
    add(0, news=MentionList(110))
    scraped(DOIS[:1])
    with closing(sqlite3.connect(LEDGER)) as ledger, ledger:
        ledger.execute("UPDATE list_tabs SET at = '2020-01-01T00:00:00Z'")
    mark = len(replica.requests)
    scraped(DOIS[:1], refresh="1d")
    assert fetched(replica, mark) == [NEWS, f"{NEWS}/page:2"]
    assert len(lines("mention")) == 220


class TestPeople:
    def test_they_are_left_out_by_default_and_kept_on_request(self, scraped, add):
        add(0, twitter=MentionList(1))
        scraped(DOIS[:1], ["twitter"], people=True)
        (mention,) = lines("mention")
        assert (mention["author"], mention["handle"]) == ("Person 0", "p0")
        assert parsed(people=True)[1] == MENTIONS.read_bytes()
        assert json.loads(parsed()[1].splitlines()[1])["author"] is None

    @pytest.mark.parametrize("people", [True, False])
    def test_a_run_keeps_its_choice(self, scraped, add, people):
        add(0, news=MentionList(1))
        scraped(DOIS[:1], people=people)
        before = MENTIONS.read_bytes()
        with pytest.raises(StoreError, match=f"go on with{'' if people else 'out'} --people, .*altdetails parse run"):
            scraped(DOIS[:1], people=not people)
        assert MENTIONS.read_bytes() == before


class TestRepairs:
    def test_missing_or_cut_mentions_are_written_again(self, scraped, add):
        add(0, news=MentionList(150))
        scraped(DOIS[:1])
        whole = MENTIONS.read_bytes()
        for left in (None, 999):
            MENTIONS.unlink() if left is None else os.truncate(MENTIONS, left)
            assert scraped(DOIS[:1]) == []
            assert MENTIONS.read_bytes() == whole
        with MENTIONS.open("ab") as file:
            file.write(b'{"kind":')
        assert scraped(DOIS[:1], None) == []
        assert MENTIONS.read_bytes() == whole

    def test_after_a_cut_archive_a_tab_goes_on_with_its_first_lost_page(self, scraped, add):
        add(0, news=MentionList(250))
        scraped(DOIS[:1])
        os.truncate(PAGES, PAGES.stat().st_size - 4_000)
        scraped(DOIS[:1])
        assert mentioned() == expected(250)
        assert tabs() == {"complete": 1}
        assert parsed() == (RECORDS.read_bytes(), MENTIONS.read_bytes())

    def test_an_older_run_gets_its_tables(self, scraped, add):
        add(0, news=MentionList(1))
        scraped(DOIS[:1], None)
        with closing(sqlite3.connect(LEDGER)) as ledger, ledger:
            for table in ("list_tabs", "list_tab_pages", "list_mentions"):
                ledger.execute(f"DROP TABLE {table}")
        assert Run("run").status().tabs == {}
        scraped(DOIS[:1])
        assert tabs() == {"complete": 1}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"mentions": "newz"}, "'newz' is not a source of mentions; give one or more of news, blogs, "),
        ({"mentions": ","}, "no source of mentions was given"),
        ({"mentions": None, "people": True}, "people=True works only with mentions"),
    ],
)
def test_an_invalid_choice_is_refused_with_advice(scraped, settings, words):
    with pytest.raises(SettingsError, match=words):
        scraped(DOIS[:1], **settings)


@pytest.mark.parametrize("mentions", [1, [], [1], b"news"])
def test_a_choice_of_another_type_is_refused(scraped, mentions):
    with pytest.raises(TypeError, match="as mentions"):
        scraped(DOIS[:1], mentions)


class TestPlannedTabs:
    def record(self, counts, link=None):
        content = page_of(0, counts)
        if link:
            content = content.replace(f'"{OUTPUTS[0]}/news"', f'"{link}"')
        return parse(content, url=f"https://www.altmetric.com{OUTPUTS[0]}")

    @for_each(
        ("link", "path"),
        [
            (None, NEWS),
            (f"https://nature.altmetric.com{OUTPUTS[0]}/news", NEWS),
            (f"{OUTPUTS[0]}/news-stories", f"{OUTPUTS[0]}/news-stories"),
            (f"https://proxy.example/login?url=https://www.altmetric.com{OUTPUTS[0]}/news", NEWS),
            (f"{OUTPUTS[1]}/news", NEWS),
            ("https://elsewhere.example/", NEWS),
        ],
    )
    def test_the_link_of_the_count_comes_first_and_must_be_of_this_output(self, link, path):
        (tab,) = planned_tabs(self.record({"news": 3}, link), choice_of("all", people=False))
        assert (tab.source, tab.path, tab.counted) == ("news", path, 3)

    def test_counts_of_zero_and_other_sources_are_left_out(self):
        record = self.record({"news": 0, "blogs": 2, "twitter": 1})
        assert [tab.source for tab in planned_tabs(record, choice_of("news,blogs", people=False))] == ["blogs"]
