"""A history out of the Wayback Machine: what is a capture, which are chosen, and what each fault of it does."""

import gzip
import json
import os
import re
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from tests.page.material import everyday
from tests.scraping.store.material import stored, warcio_check
from tests.support.answers import HTML, Answer
from tests.support.cases import for_each
from tests.support.faults import Forever, Status
from tests.support.pages import invented_doi, invented_id, other_page
from tests.support.replica import Replica
from tests.support.wayback import PLAIN, Kept, json_answer, replayed
from tests.warc.warcs import brotlied

from altdetails import Run, changes_by_period, export, report, scrape
from altdetails.errors import RunStopped, SettingsError, StoreError
from altdetails.history.collect import choice_changes, outputs_of
from altdetails.lists.entry import Entry
from altdetails.parsing.engine import results_of
from altdetails.record import Record
from altdetails.sources import documents_in

NUMBER = 990000001
URL = f"https://www.altmetric.com/details/{NUMBER}"
WEB = "https://web.archive.org/web"


def page(score=641, number=NUMBER, doi="10.5555/lhs.2023.0417"):
    return everyday(score=score, id=number, doi=doi).encode()


def in_short(outcomes):
    return [(outcome.identifier.removeprefix(f"{WEB}/"), outcome.status) for outcome in outcomes]


def status_of(outcome):
    """Return the status of HTTP that the reason of an outcome names."""
    return int(re.search(r"HTTP (\d+)", outcome.reason)[1])


def scores():
    return [(record.provenance.captured_at[:10], record.score) for record in Run("run").records()]


def parsed_again():
    results = [result for batch in results_of(documents_in(["run/pages.warc.gz"])) for _, result in batch]
    return b"".join(result.to_json() + b"\n" for result in results if isinstance(result, Record))


@pytest.fixture(autouse=True)
def agrees():
    """After each test: the archive of the run gives its records, byte for byte, and warcio reads it."""
    yield
    if Path("run/records.jsonl").exists() and Path("run/pages.warc.gz").stat().st_size:
        assert parsed_again() == Path("run/records.jsonl").read_bytes()


@pytest.fixture
def years(wayback):
    """An archive with a capture of each year."""
    for year in (2016, 2018, 2021):
        wayback.keep(URL, f"{year}0301101112", page(year))
    return wayback


class TestRecords:
    @pytest.mark.usefixtures("years")
    def test_each_has_the_time_of_its_capture_and_the_address_on_the_site(self, collected):
        outcomes = collected(NUMBER)
        assert in_short(outcomes) == [(f"{year}0301101112/{URL}", "ok") for year in (2016, 2018, 2021)]
        record = outcomes[0].record
        assert record.provenance.captured_at == "2016-03-01T10:11:12Z"
        assert record.provenance.fetched_at > "2026"
        assert record.provenance.final_url == URL
        assert record.provenance.requested == f"{WEB}/20160301101112/{URL}"
        assert record.inconsistencies == []

    @pytest.mark.usefixtures("years")
    def test_the_archive_of_the_run_has_the_site_s_headers_and_both_addresses(self, collected):
        collected(NUMBER, limit=1)
        replay = f"{WEB}/20160301101112id_/{URL}"
        records = [*stored("run/pages.warc.gz")]
        (request,) = [record for record in records if record.get("WARC-Target-URI") == replay]
        (response,) = [record for record in records if record.get("WARC-Source-URI") == replay]
        assert (request["WARC-Type"], response["WARC-Type"]) == ("request", "response")
        assert request["WARC-Date"] > "2026"
        assert (response["WARC-Target-URI"], response["WARC-Date"]) == (URL, "2016-03-01T10:11:12Z")
        assert response.http_headers["Server"] == "altmetric"
        assert not any(name.startswith("X-Archive") for name in response.http_headers)

    @pytest.mark.usefixtures("years")
    def test_commands_that_read_runs_read_a_history(self, collected):
        collected(NUMBER)
        periods = [(change.old_period, change.new_period) for change in changes_by_period("run", by="year")]
        assert periods == [("2016", "2018"), ("2018", "2021")]
        assert export("run", "table.csv").records == 3
        assert warcio_check(Path("run/pages.warc.gz")).returncode == 0
        assert report("run", "report.html").outputs == 1

    def test_a_second_call_asks_for_nothing(self, years, collected):
        collected(NUMBER)
        asked = len(years.requests)
        assert collected(None) == collected(NUMBER) == []
        assert len(years.requests) == asked

    def test_a_run_that_is_limited_goes_on(self, years, collected):
        collected(NUMBER, limit=2)
        assert in_short(collected(None)) == [(f"20210301101112/{URL}", "ok")]
        assert len(years.pages) == 3


class TestChoice:
    def test_the_last_good_capture_of_a_period_is_taken(self, wayback, collected):
        for day in ("0301", "0315", "0420"):
            wayback.keep(URL, f"2020{day}000000", page(int(day)))
        collected(NUMBER)
        assert scores() == [("2020-03-15", 315), ("2020-04-20", 420)]

    @pytest.mark.parametrize(("every", "count"), [("day", 4), ("week", 3), ("quarter", 2), ("year", 1), ("all", 5)])
    def test_periods(self, wayback, collected, every, count):
        for number, moment in enumerate(("0101000000", "0102000000", "0102120000", "0110000000", "0510000000")):
            wayback.keep(URL, f"2020{moment}", page(number))
        assert len(collected(NUMBER, every=every)) == count

    def test_the_next_older_one_is_taken_if_it_gives_no_record(self, wayback, collected):
        wayback.keep(URL, "20200301000000", page(1))
        wayback.keep(URL, "20200302000000", other_page("challenge-just-a-moment"), digest="X")
        assert in_short(collected(NUMBER)) == [
            (f"20200302000000/{URL}", "not_details"),
            (f"20200301000000/{URL}", "ok"),
        ]

    @for_each(
        ("until", "last"),
        [("2019-02", "20190228"), ("2020-02", "20200229"), ("2019", "20191231"), ("2019-04-07", "20190407")],
    )
    def test_a_month_ends_with_its_last_day(self, until, last):
        assert choice_changes(until=until) == {"until": f"{last}235959"}

    @pytest.mark.parametrize("wider", [{"since": "2015"}, {"hosts": ["bmc"]}])
    def test_an_output_that_other_times_or_hosts_have_is_not_missing_any_more(self, wayback, collected, wider):
        wayback.keep(URL if "since" in wider else URL.replace("www", "bmc"), "20160301101112", page())
        assert in_short(collected(NUMBER, since="2017" if "since" in wider else None)) == [(str(NUMBER), "no_capture")]
        assert [outcome.status for outcome in collected(None, **wider)] == ["ok"]
        assert [outcome.status for outcome in Run("run").outcomes()] == ["ok"]
        assert Path("run/failures.jsonl").read_bytes() == b""

    def test_since_and_until_are_days(self, years, collected):
        collected(NUMBER, since="2016-03-02", until="2018-03")
        assert scores() == [("2018-03-01", 2018)]
        assert "from=20160302000000&to=20180331235959" in years.asked[0]

    @pytest.mark.parametrize(
        "settings",
        [
            {"since": "March"},
            {"until": "2019-13"},
            {"since": "2020", "until": "2019"},
            {"every": "decade"},
            {"hosts": ["example.org"]},
            {"limit": 0},
            {"archive": "arquivo"},
            {"archive": "commoncrawl"},
            {"interval": 0.5},
            {"contact": None},
        ],
    )
    def test_settings_that_are_not_allowed_are_refused(self, wayback, collected, settings):
        with pytest.raises(SettingsError):
            collected(NUMBER, **settings)
        assert wayback.requests == []

    def test_tabs_and_fragments_are_not_pages_of_an_output(self, wayback, collected):
        for path in ("", "/news", "/twitter/page:2", "?_pjax=1", "?src=bookmarklet"):
            wayback.keep(f"{URL}{path}", "20200301000000", page())
        assert sorted(
            outcome.identifier.rpartition("/")[2] for outcome in collected(NUMBER, everything=True, every="all")
        ) == ["990000001", "990000001?src=bookmarklet"]

    def test_hosts_beside_www(self, wayback, collected):
        wayback.keep(URL.replace("www", "bmc"), "20200301000000", page())
        assert in_short(collected(NUMBER)) == [(str(NUMBER), "no_capture")]
        assert in_short(collected(NUMBER, "other", hosts=["bmc"])) == [
            (f"20200301000000/{URL.replace('www', 'bmc')}", "ok")
        ]

    def test_everything_takes_outputs_that_are_not_listed(self, wayback, collected):
        for number in range(3):
            wayback.keep(
                f"https://www.altmetric.com/details/{invented_id(number)}",
                "20200301000000",
                page(number, invented_id(number), invented_doi(number)),
            )
        assert len(collected(None, everything=True)) == 3
        assert "matchType=prefix" in wayback.asked[0]

    def test_more_than_200_outputs_are_asked_for_by_host(self, wayback, collected):
        wayback.keep(
            f"https://www.altmetric.com/details/{invented_id(7)}",
            "20200301000000",
            page(1, invented_id(7), "10.5555/a"),
        )
        outcomes = collected([invented_id(number) for number in range(201)])
        assert [outcome.status for outcome in outcomes] == ["no_capture"] * 200 + ["ok"]
        assert len(wayback.asked) == 2


class TestIdenticalCaptures:
    def test_one_is_fetched_and_the_others_are_revisits(self, wayback, collected):
        for month in (1, 2, 3):
            wayback.keep(URL, f"20200{month}01000000", page(), digest="SAME")
        outcomes = collected(NUMBER)
        assert [outcome.status for outcome in outcomes] == ["ok", "same", "same"]
        assert outcomes[1].reason == "the same content as the capture of 2020-01-01T00:00:00Z"
        assert len(wayback.pages) == 1
        with Path("run/pages.warc.gz").open("rb") as archive:
            records = [dict(record.headers) for record in ArchiveIterator(archive, record_types=WarcRecordType.revisit)]
        revisit = records[1]
        assert (revisit["WARC-Target-URI"], revisit["WARC-Date"]) == (URL, "2020-03-01T00:00:00Z")
        assert (revisit["WARC-Refers-To-Target-URI"], revisit["WARC-Refers-To-Date"]) == (URL, "2020-01-01T00:00:00Z")
        assert revisit["WARC-Payload-Digest"] == "sha1:SAME"

    def test_a_digest_that_is_not_known_says_nothing(self, wayback, collected):
        for month in (1, 2):
            wayback.keep(URL, f"20200{month}01000000", page(month), digest="-")
        assert [outcome.status for outcome in collected(NUMBER)] == ["ok", "ok"]

    def test_the_content_of_another_output_is_not_the_same(self, wayback, collected):
        for number in (NUMBER, NUMBER + 1):
            wayback.keep(URL.replace(str(NUMBER), str(number)), "20200101000000", page(1, number), digest="SAME")
        assert [outcome.status for outcome in collected([NUMBER, NUMBER + 1])] == ["ok", "ok"]


class TestDois:
    DOI = "10.5555/lhs.2023.0417"
    REDIRECT = f"https://www.altmetric.com/details/doi/{DOI}"

    def test_an_archived_redirect_gives_the_id(self, years, collected):
        years.keep(self.REDIRECT, "20190101000000", status=302, headers=(("Location", URL),))
        assert [outcome.status for outcome in collected(self.DOI)] == ["ok"] * 3
        assert years.pages[0] == f"20190101000000id_/{self.REDIRECT}"

    def test_an_older_address_gives_it_too(self, years, collected):
        years.keep(
            f"http://www.altmetric.com/details.php?doi={self.DOI}",
            "20190101000000",
            status=301,
            headers=(("Location", URL),),
        )
        assert [outcome.status for outcome in collected(self.DOI)] == ["ok"] * 3

    def test_records_and_earlier_runs_give_it(self, years, collected):
        Path("known.jsonl").write_bytes(next(iter(collected(NUMBER, "other"))).record.to_json() + b"\n")
        mark = len(years.asked)
        for ids in ("known.jsonl", "other"):
            assert len(collected(self.DOI, f"by-{ids}", ids=ids)) == 3
        assert not any("doi" in path for path in years.asked[mark:])

    @pytest.mark.usefixtures("years")
    def test_a_doi_without_an_id_has_an_outcome_and_can_be_given_its_id_later(self, collected):
        (outcome,) = collected(self.DOI)
        assert (outcome.identifier, outcome.status) == (self.DOI, "no_capture")
        assert outcome.reason.endswith("give records with the id by --ids")
        collected(NUMBER, "other")
        assert len(collected(self.DOI, ids="other")) == 3
        assert {status: count for status, count in Run("run").status().counts.items() if count} == {"ok": 3}

    @pytest.mark.usefixtures("years")
    def test_a_page_of_the_run_gives_it(self, collected):
        doi = "10.5555/lhs.2023.0417"
        assert in_short(collected([NUMBER, doi]))[0] == (doi, "no_capture")
        collected(None)
        assert [outcome.status for outcome in Run("run").outcomes()] == ["ok"] * 3

    def test_an_output_without_a_page_says_what_the_archive_has(self, wayback, collected):
        wayback.keep(URL, "20200101000000", b"", status=404)
        (outcome,) = collected(NUMBER)
        assert outcome.reason == "https://web.archive.org has captures of its address, but none of a page: HTTP 404"


class TestMementos:
    def test_the_nearest_capture_is_refused(self, years, collected):
        lost = f"/web/20210301101112id_/{URL}"
        years.site.replays[lost] = Answer(
            302, (("Location", f"/web/20180301101112id_/{URL}"), ("X-Archive-Redirect-Reason", "found capture"))
        )
        outcomes = collected(NUMBER, every="all")
        assert [outcome.status for outcome in outcomes] == ["ok", "ok", "no_capture"]
        assert "leads to another capture" in outcomes[2].reason
        assert len(years.pages) == 3

    @pytest.mark.parametrize(
        "other",
        [
            Kept(URL, "20180301101113", page(7)),
            Kept(URL.replace("https", "http"), "20180301101112", page(7)),
            Kept(URL.replace("990000001", "990000002"), "20180301101112", page(7)),
        ],
        ids=["another second", "another scheme", "another output"],
    )
    def test_another_capture_with_status_200_is_refused(self, years, collected, other):
        years.site.replays[f"/web/20180301101112id_/{URL}"] = replayed(other)
        outcomes = collected(NUMBER)
        assert [outcome.status for outcome in outcomes] == ["ok", "no_capture", "ok"]
        assert "the archive gave another capture" in outcomes[1].reason
        assert 7 not in [score for _, score in scores()]

    def test_capitals_and_the_usual_port_are_no_difference(self, wayback, collected):
        url = "http://www.altmetric.com:80/details/990000001"
        wayback.keep(url, "20180301101112", page())
        link = '<http://WWW.altmetric.com/details/990000001>; rel="original"'
        wayback.site.replays[f"/web/20180301101112id_/{url}"] = replayed(wayback.site.kept[0], Link=link)
        assert [outcome.status for outcome in collected(NUMBER)] == ["ok"]

    def test_an_archived_refusal_is_a_capture_and_neither_retried_nor_the_archive_s_own(self, wayback, collected):
        refusals = {2011: 403, 2012: 404, 2013: 429, 2014: 500, 2015: 503, 2016: 301}
        for year, status in refusals.items():
            wayback.keep(URL, f"{year}0301101112", page(year))
            refused = replayed(Kept(URL, f"{year}0301101112", b"<html>no</html>", status))
            wayback.site.replays[f"/web/{year}0301101112id_/{URL}"] = refused
        outcomes = collected(NUMBER)
        assert [outcome.status for outcome in outcomes] == ["not_details"] * len(refusals)
        assert [*map(status_of, outcomes)] == [*refusals.values()]
        assert len(wayback.pages) == len(refusals)

    def test_a_capture_that_the_archive_lost_is_not_taken_for_an_answer_of_the_site(self, years, collected):
        years.site.replays[f"/web/20180301101112id_/{URL}"] = Answer(
            404, (("Content-Type", HTML),), b"<h1>not archived</h1>"
        )
        outcomes = collected(NUMBER)
        assert [outcome.status for outcome in outcomes] == ["ok", "no_capture", "ok"]
        assert "although its index lists it" in outcomes[1].reason

    @pytest.mark.parametrize("listed", ["-", ""])
    def test_a_revisit_counts_as_a_page(self, wayback, collected, listed):
        wayback.keep(URL, "20200101000000", page(), listed=listed)
        assert [outcome.status for outcome in collected(NUMBER)] == ["ok"]

    @pytest.mark.usefixtures("years")
    def test_the_http_date_is_of_no_importance(self, collected):
        collected(NUMBER)
        assert [day for day, _ in scores()] == ["2016-03-01", "2018-03-01", "2021-03-01"]


class TestContent:
    def test_codings(self, wayback, collected):
        codings = {
            "gzip": (gzip.compress(page()), (("Content-Encoding", "gzip"),)),
            "gzip without its header": (gzip.compress(page()), ()),
            "br over plain bytes": (page(), (("Content-Encoding", "br"),)),
            "br": (brotlied(page()), (("Content-Encoding", "br"),)),
        }
        for year, (body, headers) in enumerate(codings.values(), 2011):
            wayback.keep(URL, f"{year}0101000000", body, headers=headers, digest=str(year))
        statuses = [outcome.status for outcome in collected(NUMBER)]
        assert dict(zip(codings, statuses, strict=True)) == dict.fromkeys(codings, "ok")

    def test_a_cut_capture_is_not_read_and_an_older_one_is(self, wayback, collected):
        wayback.keep(URL, "20200101000000", page(1))
        wayback.keep(URL, "20200102000000", page(2)[:-2000])
        outcomes = collected(NUMBER)
        assert [outcome.status for outcome in outcomes] == ["failed", "ok"]
        assert "the capture ends early" in outcomes[0].reason

    def test_a_challenge_that_was_archived_as_200_is_no_block(self, wayback, collected):
        for day in range(1, 6):
            wayback.keep(URL, f"2020010{day}000000", other_page("challenge-just-a-moment") + bytes([day]))
        outcomes = collected(NUMBER)
        assert [outcome.status for outcome in outcomes] == ["not_details"] * 5


class TestIndex:
    """Pitfalls of the index: each row is found, and none is lost without a word."""

    @pytest.fixture
    def many(self, wayback):
        for number in range(6):
            for month in (1, 2):
                url = f"https://www.altmetric.com/details/{invented_id(number)}"
                wayback.keep(url, f"20200{month}01000000", page(number, invented_id(number), invented_doi(number)))
        return wayback

    @pytest.mark.parametrize("most", [1, 5, 12])
    def test_all_parts_of_an_answer_are_read(self, many, collected, most):
        many.site.most = most
        assert len(collected(None, everything=True)) == 12

    def test_rows_of_one_second_at_the_end_of_a_part_are_not_skipped(self, wayback, collected):
        for scheme in ("http", "https"):
            wayback.keep(URL.replace("https", scheme), "20200101000000", page())
        wayback.keep(URL, "20200201000000", page(2))
        wayback.site.most = 2
        assert len(collected(NUMBER, every="all")) == 3

    def test_an_empty_part_before_the_end_is_not_the_end(self, many, collected):
        many.site.indexes = [
            json_answer(
                [
                    ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"],
                    [],
                    ["com,altmetric)/details/ 0"],
                ]
            )
        ]
        assert len(collected(None, everything=True)) == 12

    def test_a_key_that_cycles_ends_the_walk_with_a_notice(self, many, collected, notices):
        names = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
        many.site.indexes = [json_answer([names, [], [f"key {number % 2}"]]) for number in range(9)]
        assert collected(None, everything=True) == []
        assert any("repeats itself" in notice for notice in notices)
        assert len(many.asked) == 3

    def test_questions_have_a_limit_and_the_urlkey_but_no_filter_and_no_collapse(self, years, collected):
        collected(NUMBER)
        assert "limit=10000" in years.asked[0]
        assert "fl=urlkey%2C" in years.asked[0]
        assert not {"filter", "collapse", "page"} & {
            pair.partition("=")[0] for pair in years.asked[0].partition("?")[2].split("&")
        }

    def test_repeated_rows_are_one_capture(self, years, collected):
        years.site.kept *= 2
        assert len(collected(NUMBER, every="all")) == 3

    def test_a_row_that_is_not_a_capture_is_skipped_with_a_notice(self, years, collected, notices):
        years.keep("https://www.altmetric.com/details/990000001", "20201399000000", page())
        assert len(collected(NUMBER)) == 3
        (notice,) = notices
        assert notice.startswith("rows of the index were skipped (1): not captures, such as {'urlkey'")

    @pytest.mark.parametrize(
        "body",
        [b"<html>error</html>", b'[["urlkey","timestamp"', b"", b"[1, 2]", b'[["a"],["b"]]'],
        ids=["a page", "half", "nothing", "numbers", "other columns"],
    )
    def test_what_is_not_an_index_is_asked_for_again(self, years, collected, body):
        years.site.indexes = [Answer(200, (("Content-Type", PLAIN),), body)]
        expected = 0 if body == b"" else 3
        assert len([outcome for outcome in collected(NUMBER) if outcome.status == "ok"]) == expected

    def test_a_whole_archive_that_gives_no_index_ends_the_run(self, years, collected):
        years.site.indexes = [Answer(200, (("Content-Type", PLAIN),), b"error")] * 5
        with pytest.raises(RunStopped, match="the answer is not an index, or not all of it: 'error'"):
            collected(NUMBER)

    def test_an_answer_that_is_too_long_is_asked_for_in_parts(self, many, collected, monkeypatch):
        whole = len(json_answer([capture.row for capture in many.site.kept]).body)
        monkeypatch.setattr("altdetails.scraping.fetch.transport.MAX_WIRE_BYTES", whole * 2 // 3)
        assert len(collected(None, everything=True, limit=1)) == 1
        assert Run("run").status().counts[None] == 11
        assert any("to=" in path for path in many.asked)


class TestExclusion:
    ERROR = (("X-Archive-Wayback-Runtime-Error", "AdministrativeAccessControlException: Blocked Site Error"),)

    def test_an_output_that_is_excluded_is_blocked_and_not_without_capture(self, years, collected):
        years.site.indexes = [Answer(403, self.ERROR)]
        (outcome,) = collected(NUMBER)
        assert (outcome.identifier, outcome.status) == (str(NUMBER), "blocked")
        assert "Blocked Site Error" in outcome.reason
        assert [outcome.status for outcome in collected(None, retry_failed=True)] == ["ok"] * 3

    def test_a_host_that_is_excluded_ends_the_run(self, years, collected):
        years.site.indexes = [Answer(403, self.ERROR)]
        with pytest.raises(RunStopped, match="Blocked Site Error"):
            collected(None, everything=True)

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(200, (("Content-Type", HTML),), b"<html>excluded</html>"),
            Answer(451, (("Content-Type", HTML),), b"no"),
            Answer(403, ERROR),
        ],
        ids=["200", "451", "403"],
    )
    def test_a_capture_that_is_excluded_is_blocked(self, years, collected, answer):
        years.site.replays[f"/web/20180301101112id_/{URL}"] = answer
        assert [outcome.status for outcome in collected(NUMBER)] == ["ok", "blocked", "ok"]

    def test_a_server_without_the_name_of_a_collection_is_asked_at_its_own_host_only(self, collected):
        with Replica() as server:
            server.fail("/robots.txt", Status(404))
            with pytest.raises(RunStopped, match=r"HTTP 404 instead of an index; check the address of the archive$"):
                collected(NUMBER, archive=server.base_url)

    def test_three_refusals_in_a_row_end_the_run(self, years, collected):
        years.fail("/web/*", Forever(Status(403)))
        with pytest.raises(RunStopped, match="3 captures in a row failed"):
            collected(NUMBER)


class TestPoliteness:
    def test_robots_txt_that_forbids_the_index_ends_the_run(self, years, collected):
        years.robots = 200, {"Content-Type": PLAIN}, "User-agent: *\nDisallow: /cdx\n"
        with pytest.raises(RunStopped, match=r"robots\.txt does not allow .* use another archive"):
            collected(NUMBER)
        assert years.asked == []

    def test_robots_txt_that_forbids_captures_ends_the_run(self, years, collected):
        years.robots = 200, {"Content-Type": PLAIN}, "User-agent: *\nDisallow: /web\n"
        with pytest.raises(RunStopped, match=r"robots\.txt does not allow"):
            collected(NUMBER)
        assert years.pages == []

    def test_requests_have_the_contact(self, years, collected):
        collected(NUMBER)
        assert all(
            "mailto:a.librarian@uni-somewhere.edu" in request.headers["user-agent"] for request in years.requests
        )

    def test_after_the_first_429_the_run_waits(self, years, collected, notices):
        years.fail("/web/*", Status(429, retry_after="1"))
        assert [outcome.status for outcome in collected(NUMBER)] == ["ok"] * 3
        assert any("HTTP 429" in notice for notice in notices)

    def test_a_429_without_retry_after_is_a_wait_of_a_minute(self, years, collected, notices, monkeypatch):
        monkeypatch.setattr("altdetails.history.asking._FIRST_HOLD", 0.2)
        years.fail("/cdx/*", Status(429))
        assert len(collected(NUMBER)) == 3
        assert "retrying in 0 s" in notices[0]

    def test_a_second_429_ends_the_run_for_an_hour(self, years, collected, monkeypatch):
        monkeypatch.setattr("altdetails.history.asking._FIRST_HOLD", 0.2)
        years.fail("/web/*", Status(429), Status(429))
        with pytest.raises(RunStopped) as stopped:
            collected(NUMBER)
        assert stopped.value.retry_after == 3600
        asked = len(years.requests)
        with pytest.raises(RunStopped, match="allows no requests for now"):
            collected(None)
        assert len(years.requests) == asked

    def test_no_connection_ends_the_run_for_an_hour(self, years, collected):
        collected(NUMBER, limit=1)
        years.close()
        with pytest.raises(RunStopped, match="may have blocked this address") as stopped:
            collected(None)
        assert stopped.value.retry_after == 3600

    def test_no_connection_at_the_first_request_does_too(self, years, collected, monkeypatch):
        monkeypatch.setattr("altdetails.scraping.fetch.attempts._LONGEST_BACKOFF", 0.01)
        years.close()
        with pytest.raises(RunStopped, match=r"Without robots\.txt, no page may be fetched") as stopped:
            collected(NUMBER)
        assert stopped.value.retry_after == 3600

    def test_errors_of_the_server_are_tried_again(self, years, collected, monkeypatch):
        monkeypatch.setattr("altdetails.scraping.fetch.attempts._LONGEST_BACKOFF", 0.01)
        years.fail("/web/*", Status(503), Status(502))
        years.fail("/cdx/*", Status(503))
        assert [outcome.status for outcome in collected(NUMBER)] == ["ok"] * 3


class TestFolders:
    @pytest.mark.usefixtures("years")
    def test_a_history_and_a_scrape_do_not_share_a_folder(self, collected):
        collected(NUMBER)
        with pytest.raises(StoreError, match="go on with `altdetails history`"):
            list(scrape([NUMBER], "run", contact="a.librarian@uni-somewhere.edu", ids="altmetric"))

    @pytest.mark.usefixtures("years")
    def test_captures_of_two_archives_do_not_share_a_folder(self, collected):
        collected(NUMBER)
        with pytest.raises(StoreError, match=r"holds captures of https://web\.archive\.org, not of http://127"):
            collected(NUMBER, archive="http://127.0.0.1:8080/alt")

    def test_a_second_table_with_an_output_that_the_first_one_lacks(self, wayback, collected):
        wayback.keep(URL, "20160301101112", page())
        for table, status in ((URL.replace("1", "2"), "no_capture"), (URL, "ok")):
            Path("t.csv").write_text(f"url,timestamp,status\n{table},20160301101112,200\n")
            collected(NUMBER, captures="t.csv")
            assert [outcome.status for outcome in Run("run").outcomes()] == [status]

    def test_a_table_asks_no_index_also_for_the_id_of_a_doi(self, wayback, collected):
        doi = "https://www.altmetric.com/details/doi/10.5555/lhs.2023.0417"
        wayback.keep(URL, "20160301101112", page())
        wayback.keep(doi, "20160201101112", status=302, headers=(("Location", URL),))
        Path("t.csv").write_text(f"url,timestamp,status\n{URL},20160301101112,200\n{doi},20160201101112,302\n")
        assert [outcome.status for outcome in collected("10.5555/lhs.2023.0417", captures="t.csv")] == ["ok"]
        assert len(wayback.pages) == len(wayback.asked) == 2

    @pytest.mark.usefixtures("years")
    def test_an_output_of_a_run_is_listed_once(self, collected):
        collected(NUMBER)
        items = [*outputs_of(["run"], column=None, ids=None, readings=[])]
        assert {item.doi for item in items} == {"10.5555/lhs.2023.0417"}

    @pytest.mark.usefixtures("years")
    def test_an_output_that_a_run_did_not_fetch_yet_is_listed(self, collected):
        collected([NUMBER, "10.5555/unknown"], limit=1, every="year")
        items = [*outputs_of(["run"], column=None, ids=None, readings=[])]
        waiting = {item.text.removeprefix(f"{WEB}/") for item in items if isinstance(item, Entry)}
        assert waiting == {f"20180301101112/{URL}", f"20210301101112/{URL}", "10.5555/unknown"}

    def test_a_list_in_a_pipe_is_read(self):
        reading, writing = os.pipe()
        os.write(writing, b"10.5555/a\n10.5555/b\n")
        os.close(writing)
        items = outputs_of([f"/dev/fd/{reading}"], column=None, ids=None, readings=[])
        assert [item.text for item in items] == ["10.5555/a", "10.5555/b"]
        os.close(reading)

    def test_captures_parquet_of_a_run_serves_another(self, years, collected):
        collected(NUMBER, every="year")
        mark = len(years.asked)
        assert len(collected(NUMBER, "other", captures="run/captures.parquet")) == 3
        assert all(path.startswith("/web/") for path in years.asked[mark:])

    def test_failures_name_each_capture_with_its_address(self, years, collected):
        years.site.replays[f"/web/20180301101112id_/{URL}"] = Answer(404)
        collected(NUMBER)
        (failure,) = map(json.loads, Path("run/failures.jsonl").read_text().splitlines())
        assert failure["identifier"] == f"{WEB}/20180301101112/{URL}"
