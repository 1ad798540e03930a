"""Tests of runs by the API: the same outcomes, folder and resume as by the site, and the key nowhere."""

import csv
import json
import logging
import os
from itertools import chain
from pathlib import Path

import pytest
from tests.support import faults
from tests.support.api import KEY, encoded, files_with_key, holds_key, identifiers_of, shown_with_variables
from tests.support.calling import call
from tests.support.cases import for_each
from tests.support.faults import Forever, Limit, Refusal, Status

from altdetails.errors import RunStopped, SettingsError, StoreError
from altdetails.results import in_words
from altdetails.scraping.fetch import transport
from altdetails.scraping.outcomes import scrape
from altdetails.scraping.run import Run

pytestmark = pytest.mark.slow

DOIS = [identifiers_of(number)["doi"] for number in range(4)]
CONTACT = "a.librarian@uni-somewhere.edu"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALTMETRIC_API_KEY", raising=False)


@pytest.fixture
def scraped(replica):
    """A function that scrapes the replica's API into one folder, and returns the iterator of outcomes."""

    def start(identifiers, **settings):
        usual = {"base_url": replica.base_url, "interval": 0, "via": "api", "key": KEY}
        return scrape(identifiers, "run", **usual | settings)

    return start


def called(replica, since=0):
    """The paths of calls, without their query."""
    paths = (request.path.partition("?")[0] for request in replica.requests[since:])
    return [path.removeprefix("/v1/") for path in paths if path != "/robots.txt"]


def in_short(outcomes):
    return [(outcome.identifier, outcome.status) for outcome in outcomes]


def parsed():
    return call("parse", "run/pages.warc.gz").stdout


class TestOutcomes:
    def test_each_kind_of_identifier_has_an_address(self, replica, scraped):
        ids = [identifiers_of(number) for number in range(8)]
        listed = [
            *(ids[0]["doi"].upper(), f"PMID: {ids[1]['pmid']}", f"arXiv:{ids[2]['arxiv']}v2", f"ISBN {ids[3]['isbn']}"),
            *(f"https://hdl.handle.net/{ids[4]['handle']}", f"https://clinicaltrials.gov/study/{ids[5]['nct_id']}"),
            *(f"altmetric:{ids[6]['id']}", f"https://www.altmetric.com/details/99/chapter/{ids[7]['id']}"),
        ]
        outcomes = list(scraped(listed))
        assert in_short(outcomes) == [
            (ids[0]["doi"], "ok"),
            (f"pmid:{ids[1]['pmid']}", "ok"),
            (f"arxiv:{ids[2]['arxiv']}", "ok"),
            (f"isbn:{ids[3]['isbn']}", "ok"),
            (f"handle:{ids[4]['handle']}", "ok"),
            (f"clinical_trial:{ids[5]['nct_id']}", "ok"),
            (ids[6]["id"], "ok"),
            (f"https://www.altmetric.com/details/99/chapter/{ids[7]['id']}", "ok"),
        ]
        assert [outcome.record.altmetric_id for outcome in outcomes] == [int(each["id"]) for each in ids]
        assert all(not outcome.record.inconsistencies or outcome.identifier == ids[6]["id"] for outcome in outcomes)
        kinds = ["doi", "pmid", "arxiv", "isbn", "handle", "nct_id", "id", "id"]
        assert called(replica) == [f"{kind}/{each[kind]}" for kind, each in zip(kinds, ids, strict=True)]
        assert parsed() == Path("run/records.jsonl").read_bytes()

    def test_bare_numbers_are_what_ids_says(self, replica, scraped):
        with pytest.raises(SettingsError, match="bare number"):
            scraped([99_000_001])
        assert in_short(scraped([99_000_001], ids="pmid")) == [("pmid:99000001", "ok")]
        assert called(replica) == ["pmid/99000001"]

    def test_odd_characters_of_an_identifier_are_encoded_and_slashes_are_kept(self, replica, scraped):
        list(scraped(["10.5555/a#b?c%d(e)<f>/g;h", "hdl:2027/a b"]))
        assert called(replica) == ["doi/10.5555/a%23b%3Fc%25d(e)%3Cf%3E/g%3Bh"]

    def test_what_is_not_tracked_or_not_accepted_or_no_record_is_an_outcome(self, replica, scraped):
        replica.fail("/v1/doi/*replica.0*", Refusal(400))
        replica.fail("/v1/doi/*replica.1*", Status(200, body='{"results": []}'))
        replica.fail("/v1/doi/*replica.2*", Forever(faults.CutAnswer()))
        outcomes = list(scraped(["10.5555/not.known", *DOIS, "some words"]))
        assert in_short(outcomes) == [
            ("some words", "invalid"),
            ("10.5555/not.known", "not_tracked"),
            (DOIS[0], "failed"),
            (DOIS[1], "not_details"),
            (DOIS[2], "failed"),
            (DOIS[3], "ok"),
        ]
        assert outcomes[1].reason == "the API has nothing about it (404)"
        assert outcomes[4].attempts == 5

    def test_the_answer_about_another_output_is_flagged(self, replica, scraped):
        replica.fail("/v1/*", Forever(faults.OtherAnswer(9)))
        codes = [
            [item.code for item in outcome.record.inconsistencies]
            for outcome in scraped([DOIS[0], "pmid:99000001", "arXiv:2101.00002", "hdl:20.500.99999/replica.3"])
        ]
        assert codes == [["doi_mismatch"], *[["identifier_mismatch"]] * 3]
        assert parsed() == Path("run/records.jsonl").read_bytes()


class TestEndOfARun:
    @pytest.mark.parametrize("fault", [Refusal(401), Refusal(403), faults.Challenge()])
    def test_a_refusal_stops_it_at_once_and_the_next_run_begins_with_the_others(self, replica, scraped, fault):
        replica.fail("/v1/doi/*replica.0*", fault)
        outcomes = scraped(DOIS)
        assert next(outcomes).status == "blocked"
        with pytest.raises(RunStopped):
            next(outcomes)
        assert in_short(scraped(DOIS)) == [(doi, "ok") for doi in [*DOIS[1:], DOIS[0]]]
        assert called(replica) == [f"doi/{doi}" for doi in [*DOIS, DOIS[0]]]

    def test_after_the_last_request_of_a_day_it_stops_and_says_when_to_come_back(self, replica, scraped):
        replica.fail("/v1/doi/*replica.1*", Limit(daily=0))
        outcomes = scraped(DOIS)
        assert [next(outcomes).status, next(outcomes).status] == ["ok", "ok"]
        with pytest.raises(RunStopped, match="no requests before 20") as raised:
            next(outcomes)
        assert 86_300 < raised.value.retry_after <= 86_400
        with pytest.raises(RunStopped, match="no requests before 20"):
            list(scraped(DOIS))
        assert len(called(replica)) == 2

    def test_a_run_keeps_its_route(self, replica, scraped):
        list(scraped(DOIS[:1]))
        with pytest.raises(StoreError, match="a run keeps its route: leave out --via"):
            scraped(DOIS, via="site", key=None)
        list(scraped(DOIS, via=None, base_url=None))
        assert called(replica) == [f"doi/{doi}" for doi in DOIS]

    def test_a_run_of_the_site_is_not_continued_by_the_api(self, replica, scraped):
        list(scrape(["10.5555/nothing.here"], "run", base_url=replica.base_url, interval=0))
        with pytest.raises(StoreError, match=r"holds a run of .*; a run keeps its route"):
            scraped(DOIS)

    def test_a_table_of_pubmed_ids_gets_the_numbers_and_what_is_not_tracked(self, replica):
        Path("list.csv").write_text("Title,PMID\nA,99000001\nB,98000000\nC,97000000\n")
        Path("key").write_text(KEY)
        words = [
            "scrape",
            "list.csv",
            "-o",
            "run",
            "--via",
            "api",
            "--key-file",
            "key",
            "--interval",
            "0",
            "--limit",
            "2",
        ]
        call(*words, "--base-url", replica.base_url)
        call("export", "run", "-o", "table.csv", "--with", "list.csv")
        with Path("table.csv").open(newline="") as file:
            rows = [(row["PMID"], row["score"], row["outcome"]) for row in csv.DictReader(file)]
        assert rows == [("99000001", "2", "ok"), ("98000000", "", "not tracked"), ("97000000", "", "not asked")]

    def test_the_pubmed_id_of_the_row_is_compared(self, replica):
        Path("list.csv").write_text(f"DOI,PMID\n{DOIS[1]},99000002\n")
        Path("key").write_text(KEY)
        words = ["scrape", "list.csv", "-o", "run", "--via", "api", "--key-file", "key", "--interval", "0"]
        ended = call(*words, "--base-url", replica.base_url)
        assert f"{DOIS[1]}: pmid_mismatch: the list has the PubMed id 99000002" in ended.err


class TestCommand:
    def test_a_dry_run_needs_neither_key_nor_contact(self):
        ended = call("scrape", "pmid:99000001", "hdl:2027/x", DOIS[0], "-o", "run", "--via", "api", "--dry-run")
        assert ended.returncode == 0
        assert "3 answers to fetch from https://api.altmetric.com/v1; about 3 s at one request every 1 s" in ended.err
        assert "without an address" not in ended.err
        assert not Path("run").exists()

    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o604])
    def test_a_key_that_others_can_read_is_reported(self, replica, mode):
        path = Path("key.txt")
        path.write_text(KEY)
        path.chmod(mode)
        words = ["scrape", "10.5555/not.known", "-o", "run", "--via", "api", "--key-file", path, "--interval", "0"]
        ended = call(*words, "--base-url", replica.base_url)
        assert ended.returncode == 0
        assert ("the file key.txt can be read by other users of this computer" in ended.err) == (mode != 0o600)

    def test_a_stop_has_code_3_and_the_command_to_resume(self, replica):
        replica.fail("/v1/*", Refusal(401))
        Path("key.txt").write_text(f"{KEY}\n")
        words = ["scrape", *DOIS, "-o", "run", "--via", "api", "--key-file", "key.txt", "--base-url", replica.base_url]
        ended = call(*words, "--interval", "0")
        assert ended.returncode == 3
        assert "rejects the key from the file key.txt (You must supply an API key" in ended.err
        assert ended.err.endswith("  altdetails scrape -o run --interval 0 --key-file key.txt\n")
        assert call("scrape", "-o", "run", "--interval", "0", "--key-file", "key.txt").returncode == 0

    @for_each(
        ("words", "message"),
        [
            (["--via", "api"], "the API requires a key: set ALTMETRIC_API_KEY"),
            (["--via", "api", "--key-file", "missing"], "the file with the key cannot be read: No such file"),
            (["--key-file", "key.txt"], "a key is for the API alone: add --via api"),
            (
                ["--via", "api", "--base-url", "http://mirror.example.net"],
                "the key of the API is sent by https:// only",
            ),
            (["--base-url", "https://api.altmetric.com"], "is an address of the API: add --via api"),
            (["--via", "api", "--base-url", "https://www.altmetric.com"], "the API is at https://api.altmetric.com/v1"),
            (["--via", "api", "--interval", "0.9"], "is not allowed for api.altmetric.com: give 1 or more"),
        ],
    )
    def test_wrong_settings_have_code_2(self, words, message):
        ended = call("scrape", DOIS[0], "-o", "run", "--contact", CONTACT, *words)
        assert (ended.returncode, message in ended.err) == (2, True)
        assert not Path("run").exists()

    def test_a_run_alone_does_not_say_where_a_key_is_sent(self, scraped, monkeypatch):
        list(scraped(DOIS[:1]))
        monkeypatch.setattr("altdetails.scraping.store.site_of", lambda _: "https://mirror.example.net/v1")
        with pytest.raises(
            SettingsError, match=r"add --base-url https://mirror\.example\.net/v1 if your key may be sent"
        ):
            scraped(DOIS, base_url=None, via=None)


class TestTheKeyIsNowhere:
    FAULTS = (
        *map(faults.Echo, ["answer", "gzip", "cut-gzip", "brotli", "header", "location", "error", "middle"]),
        *(faults.Echo("error", 400), faults.Echo("error", 404), faults.Echo("error", 403), faults.Echo("error", 429)),
        *(Refusal(400), Refusal(401), Refusal(403, json=True), Refusal(420), Limit(daily=0, code=429)),
        *(faults.Challenge(), faults.CutAnswer(), faults.OtherAnswer(), faults.Redirect("http://localhost/?key={key}")),
        *(faults.Reset("middle"), faults.Raw("a header with a NUL"), faults.RedirectLoop(), faults.Status(503)),
    )

    def test_after_all_faults_no_file_message_or_log_line_holds_it(self, replica, scraped, caplog, capfd):
        caplog.set_level(logging.DEBUG)
        dois = [identifiers_of(number)["doi"] for number in range(len(self.FAULTS))]
        for doi, fault in zip(dois, self.FAULTS, strict=True):
            replica.fail(f"/v1/doi/{doi}?*", Forever(fault))
        notices, shown = [], []
        for doi in dois:
            try:
                shown += map(repr, scraped([doi], notice=notices.append))
            except RunStopped as error:
                shown.append(shown_with_variables(error))
            replica_clock_is_free()
        counts = Run("run").status().counts
        assert not counts[None], in_words(counts)
        assert len(called(replica)) > len(dois)
        assert all("key=" in path for path in (request.path for request in replica.requests) if path != "/robots.txt")
        assert len(caplog.messages) > 100
        captured = "".join(capfd.readouterr())
        fields = [str(getattr(record, "fields", "")) for record in caplog.records]
        for text in chain(notices, shown, caplog.messages, fields, [captured, caplog.text]):
            assert not holds_key(text.encode())
        assert files_with_key(".") == []
        assert parsed() == Path("run/records.jsonl").read_bytes()

    @pytest.mark.parametrize("form", ["text", "json"])
    def test_no_message_summary_or_metric_holds_it(self, replica, monkeypatch, form):
        monkeypatch.setenv("ALTMETRIC_API_KEY", KEY)
        for number, place in enumerate(["header", "location", "error"]):
            replica.fail(f"/v1/doi/{identifiers_of(number)['doi']}?*", faults.Echo(place))
        words = ["scrape", *DOIS, "-o", "run", "--via", "api", "--base-url", replica.base_url, "--interval", "0"]
        done = call(*words, "--verbose", "--log-format", form, "--json", "--metrics-file", "run.prom")
        assert all(f"/v1/doi/{doi}: HTTP" in done.err for doi in DOIS)
        assert json.loads(done.out)["counts"]["requests"] > len(DOIS)
        for content in (done.stdout, done.stderr, Path("run.prom").read_bytes()):
            assert not holds_key(content)

    @pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
    def test_a_traceback_with_variables_does_not_hold_it(self, scraped, monkeypatch, error):
        def fails(self, request):  # noqa: ARG001 -- its text has the key
            raise error(repr(self))

        monkeypatch.setattr(transport.httpx.HTTPTransport, "handle_request", fails)
        with pytest.raises(error) as raised:
            list(scraped(DOIS))
        shown = shown_with_variables(raised.value)
        assert "visit = Visit(" in shown
        assert not holds_key(shown.encode())

    @pytest.mark.parametrize(
        "settings", [{"via": "sit"}, {"interval": -1}, {"limit": 0}, {"key_file": "x"}, {"key": f"{KEY} {KEY}"}]
    )
    def test_a_wrong_setting_does_not_show_it(self, scraped, settings):
        with pytest.raises(SettingsError) as raised:
            scraped(DOIS, **settings)
        assert not holds_key(shown_with_variables(raised.value).encode())

    def test_a_key_in_a_list_is_not_kept(self, scraped):
        url = "https://api.altmetric.com/v1"
        listed = [f"{url}/doi/{DOIS[0]}?key={KEY}", f"{url}/what/1?a=b&key={KEY}", f"words {KEY}", encoded(KEY)[2]]
        outcomes = in_short(scraped(listed))
        assert (DOIS[0], "ok") in outcomes
        assert not holds_key(repr(outcomes).encode())
        assert files_with_key("run") == []


def replica_clock_is_free():
    """Forget the holds of the replica's API, which a fault has set."""
    for clock in Path(os.environ["ALTDETAILS_STATE"]).glob("*.clock"):
        clock.unlink()
