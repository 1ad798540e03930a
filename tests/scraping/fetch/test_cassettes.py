"""Tests of recorded requests to addresses of altmetric.com, replayed with the network blocked.

They were recorded from the replica. `--record-mode=rewrite` records them again.
"""

import gzip
import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from tests.support import faults
from tests.support.loopback import only_loopback
from tests.support.recording import CASSETTES, KEPT_HEADERS, MOST, ROOT, SETTINGS, main, recorded
from tests.support.records import record_of_capture
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import yamlserializer

from altdetails.errors import Blocked, FetchError, NotADetailsPage, RobotsDenied
from altdetails.identifiers import details_url
from altdetails.results import Capture
from altdetails.scraping.fetch import Visit
from altdetails.scraping.outcomes import scrape

pytestmark = pytest.mark.slow

SITE = "https://www.altmetric.com"


@dataclass(frozen=True)
class Case:
    """One identifier that is fetched."""

    identifier: str
    responses: list[tuple[str, int]]
    """The addresses after https:// and the statuses of the responses, without those of robots.txt."""
    sample: str | None = None
    """The sample whose page is returned."""
    mismatches: tuple[str, ...] = ()
    """Codes of the inconsistencies that the record has in addition to those of the sample."""
    prepare: Callable = lambda replica: None  # noqa: ARG005
    """Prepares the replica for this case."""


def no_details(replica):
    replica.robots = (200, {"Content-Type": "text/plain"}, "User-agent: altdetails\nDisallow: /details/\n")


CASES = {
    "doi": Case(
        "10.5555/jhe.2012.118",
        [
            ("www.altmetric.com/details/doi/10.5555/jhe.2012.118", 302),
            ("www.altmetric.com/details/990000002", 200),
        ],
        "article-2017",
    ),
    "altmetric-id": Case("990000012", [("www.altmetric.com/details/990000012", 200)], "dataset"),
    "branded-host": Case(
        "990000009",
        [("www.altmetric.com/details/990000009", 302), ("bmc.altmetric.com/details/990000009", 200)],
        "branded",
        prepare=lambda replica: replica.fail(
            "/details/990000009", faults.Redirect("https://bmc.altmetric.com/details/990000009")
        ),
    ),
    "retry-after": Case(
        "990000005",
        [("www.altmetric.com/details/990000005", 503), ("www.altmetric.com/details/990000005", 200)],
        "no-mentions",
        prepare=lambda replica: replica.fail("/details/990000005", faults.Status(503, retry_after="1")),
    ),
    "page-of-another-doi": Case(
        "10.5555/jhe.2019.6",
        [("www.altmetric.com/details/doi/10.5555/jhe.2019.6", 302), ("www.altmetric.com/details/990000006", 200)],
        "empty-blocks",
        ("altmetric_id_mismatch", "doi_mismatch"),
        prepare=lambda replica: replica.fail("/details/990000006", faults.WrongPage(990000024)),
    ),
    "not-tracked": Case(
        "10.5555/nothing.mentions.this", [("www.altmetric.com/details/doi/10.5555/nothing.mentions.this", 404)]
    ),
    "log-in": Case(
        "990000012",
        [("www.altmetric.com/details/990000012", 302), ("www.altmetric.com/login", 200)],
        prepare=lambda replica: replica.fail("/details/990000012", faults.Redirect("/login")),
    ),
    "challenge": Case(
        "990000012",
        [("www.altmetric.com/details/990000012", 403)],
        prepare=lambda replica: replica.fail("/details/990000012", faults.Challenge(403)),
    ),
    "robots-denied": Case("990000012", [], prepare=no_details),
}


def replayed(*names):
    """Run a test for these cassettes, with the network blocked unless they are being recorded."""
    return pytest.mark.parametrize(
        "case",
        [
            pytest.param(
                CASES[name],
                id=name,
                marks=[pytest.mark.vcr, pytest.mark.default_cassette(name), pytest.mark.block_network],
            )
            for name in names
        ],
    )


@pytest.fixture(scope="module")
def vcr_cassette_dir():
    return str(CASSETTES)


@pytest.fixture(scope="module")
def vcr_config():
    return SETTINGS


@pytest.fixture(autouse=True)
def only_local_requests(block_network):  # noqa: ARG001 - its guard is the outer one
    """Block requests that leave this machine, during replay and recording."""
    with pytest.MonkeyPatch.context() as patch:
        only_loopback(patch)
        yield


@pytest.fixture
def client(open_client, case, record_mode, request):
    """A fetcher for altmetric.com: replayed, or sent to the replica during recording."""
    if record_mode != "none":
        case.prepare(request.getfixturevalue("altmetric"))
    return open_client(SITE)


def visit_to(case):
    return Visit(details_url(case.identifier, base_url=SITE))


def stored(path):
    """Return the requests and responses of a cassette, in order."""
    requests, responses = FilesystemPersister.load_cassette(path, yamlserializer)
    return list(zip(requests, responses, strict=True))


def decompressed(response):
    content = response["body"]["string"]
    return gzip.decompress(content) if "content-encoding" in response["headers"] else content


def golden(sample):
    return json.loads((ROOT / "samples" / f"{sample}.json").read_text("utf-8"))


def record(page, case):
    exchange = page.exchange
    capture = Capture(
        content=page.content,
        url=exchange.url,
        status=exchange.status,
        content_type=exchange.header("Content-Type"),
        fetched_at=exchange.at,
        record_id=exchange.record_id,
        requested=case.identifier,
    )
    return record_of_capture(capture).to_dict()


@replayed("doi", "altmetric-id", "branded-host", "retry-after", "page-of-another-doi")
def test_a_recorded_page_has_the_record_of_its_sample(client, case):
    parsed = record(client.fetcher.fetch(visit_to(case)), case)
    mismatches = parsed.pop("inconsistencies")
    del parsed["provenance"]
    assert parsed | {"inconsistencies": []} == golden(case.sample)
    assert tuple(sorted(mismatch["code"] for mismatch in mismatches)) == case.mismatches


@replayed("doi", "altmetric-id", "branded-host", "page-of-another-doi")
def test_a_recorded_body_is_stored_as_received(client, case):
    page = client.fetcher.fetch(visit_to(case))
    assert page.exchange.header("Content-Encoding") == "gzip"
    assert page.exchange.header("Content-Length") == str(len(page.exchange.body))
    assert page.exchange.truncated is None
    assert gzip.decompress(page.exchange.body) == (ROOT / "samples" / f"{case.sample}.html").read_bytes()


@replayed(*CASES)
def test_the_requests_are_those_of_the_cassette_in_its_order(client, case, vcr):
    visit = visit_to(case)
    with suppress(FetchError):
        client.fetcher.fetch(visit)
    assert [(exchange.url, exchange.status) for exchange in visit.exchanges] == [
        (f"https://{url}", status) for url, status in case.responses
    ]
    hosts = dict.fromkeys(["www.altmetric.com", *(url.partition("/")[0] for url, _ in case.responses)])
    robots = [exchange.url for exchange in client.fetcher.robots_exchanges]
    assert robots == [f"https://{host}/robots.txt" for host in hosts]
    requested = [request.uri for request in vcr.requests]
    assert [url for url in requested if url not in robots] == [exchange.url for exchange in visit.exchanges]
    assert [url for url in requested if url in robots] == robots
    assert requested[0] == robots[0]


@replayed("retry-after")
def test_the_fetcher_waits_for_a_recorded_retry_after(client, case):
    visit = visit_to(case)
    began = time.monotonic()
    client.fetcher.fetch(visit)
    assert visit.attempts == 2
    assert "HTTP 503 Service Unavailable, no requests before" in client.notices[0]
    assert time.monotonic() - began >= 0.99  # the wait is kept by the system clock


@replayed("not-tracked")
def test_a_recorded_404_has_no_content(client, case):
    page = client.fetcher.fetch(visit_to(case))
    assert (page.exchange.status, page.content) == (404, b"")


@replayed("log-in")
def test_a_recorded_log_in_page_has_no_record(client, case):
    page = client.fetcher.fetch(visit_to(case))
    with pytest.raises(NotADetailsPage) as refused:
        record(page, case)
    assert refused.value.kind == "login"


@replayed("challenge")
def test_a_recorded_challenge_is_not_retried(client, case):
    visit = visit_to(case)
    with pytest.raises(Blocked, match="HTTP 403 with a challenge instead of the page"):
        client.fetcher.fetch(visit)
    assert visit.attempts == 1


@replayed("robots-denied")
def test_a_recorded_robots_txt_is_obeyed(client, case):
    with pytest.raises(RobotsDenied, match=r"robots\.txt does not allow .*/details/990000012"):
        client.fetcher.fetch(visit_to(case))


@pytest.mark.vcr("doi.yaml", "not-tracked.yaml", record_mode="none")
@pytest.mark.block_network(allowed_hosts=[r"/.*/listener-"])  # the socket of the server that starts workers
def test_a_run_can_be_replayed_too(tmp_path):
    identifiers = [CASES["doi"].identifier, CASES["not-tracked"].identifier]
    tracked, missing = scrape(identifiers, tmp_path / "run", contact="jane@lab.org", interval=1.0)
    assert {**tracked.record.to_dict(), "provenance": None} == {**golden("article-2017"), "provenance": None}
    assert (missing.identifier, missing.status, missing.http_status) == (identifiers[1], "not_tracked", 404)


@pytest.mark.vcr("not-tracked.yaml", record_mode="none")
@pytest.mark.block_network
def test_a_request_outside_the_cassette_fails(open_client):
    with pytest.raises(CannotOverwriteExistingCassetteException, match="990000012"):
        open_client(SITE).fetch("/details/990000012")


@pytest.mark.block_network
def test_without_a_cassette_the_network_is_blocked(open_client):
    with pytest.raises(AssertionError, match=r"the address of www\.altmetric\.com was looked up"):
        open_client(SITE).fetch("/details/990000012")


@pytest.mark.parametrize("name", CASES)
def test_a_new_recording_of_the_replica_equals_the_cassette(altmetric, open_client, tmp_path, name):
    def contents(path):
        return [
            (
                (request.method, request.uri, dict(request.headers), request.body),
                response["status"],
                {key: value for key, value in response["headers"].items() if key != "content-length"},
                decompressed(response),
            )
            for request, response in stored(path)
        ]

    again = tmp_path / f"{name}.yaml"
    CASES[name].prepare(altmetric)
    client = open_client(SITE)
    with recorded(again), suppress(FetchError):
        client.fetcher.fetch(visit_to(CASES[name]))
    assert contents(again) == contents(CASSETTES / f"{name}.yaml")
    assert [f"https://{request.headers['host']}{request.path}" for request in altmetric.requests] == [
        request.uri for request, _ in stored(again)
    ]


def test_every_cassette_is_replayed():
    files = {path.name for path in CASSETTES.iterdir() if path.is_file()}
    assert files == {"README.md", *(f"{name}.yaml" for name in CASES)}


STORED = pytest.mark.parametrize("path", [CASSETTES / f"{name}.yaml" for name in CASES], ids=CASES)


@STORED
def test_a_cassette_is_small(path):
    assert path.stat().st_size < 30_000


@STORED
def test_a_cassette_has_only_addresses_of_altmetric_com(path):
    exchanges = stored(path)
    addresses = [request.uri for request, _ in exchanges]
    addresses += [location for _, response in exchanges for location in response["headers"].get("location", [])]
    assert all(re.match(r"(https://(www|bmc)\.altmetric\.com)?/", address) for address in addresses)
    assert {request.headers["host"] for request, _ in exchanges} <= {"www.altmetric.com", "bmc.altmetric.com"}


@STORED
def test_a_cassette_does_not_show_who_recorded_it_or_when_or_on_which_machine(path):
    for request, response in stored(path):
        assert set(response["headers"]) <= KEPT_HEADERS
        assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding"}
        assert request.headers["user-agent"] == "altdetails"
    assert not re.search(r"lab\.org|mailto|127\.0\.0\.1|localhost", path.read_text("utf-8"))


@STORED
def test_a_cassette_has_only_invented_pages(path):
    for request, response in stored(path):
        assert response["headers"]["server"] == ["replica"]
        content = request.uri + decompressed(response).decode()
        assert set(re.findall(r"\b10\.\d{4,9}(?=/)", content)) <= {"10.5555"}
        assert all(int(number) > 990000000 for number in re.findall(r"/details/(?:book/)?(\d+)", content))


def test_the_live_command_fetches_from_the_site_with_contact_and_intervals(altmetric, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("CI", raising=False)
    main(["--live-contact", "jane@lab.org", "--to", str(tmp_path / "live"), "990000012"])
    assert capsys.readouterr().out == "990000012\tok\t\n"
    assert [(request.headers["host"], request.path) for request in altmetric.requests] == [
        ("www.altmetric.com", "/robots.txt"),
        ("www.altmetric.com", "/details/990000012"),
    ]
    assert all(request.headers["user-agent"].endswith(" (mailto:jane@lab.org)") for request in altmetric.requests)
    assert all(after.time - before.time >= 1.9 for before, after in pairwise(altmetric.requests))
    recording = tmp_path / "live" / "live.yaml"
    assert [request.path for request, _ in stored(recording)] == ["/robots.txt", "/details/990000012"]
    assert "lab.org" not in recording.read_text("utf-8")


def test_a_refusal_ends_the_live_command_and_is_recorded(altmetric, tmp_path, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    altmetric.fail("*", faults.Forever(faults.Challenge(403)))
    with pytest.raises(SystemExit, match="no page may be fetched"):
        main(["--live-contact", "jane@lab.org", "--to", str(tmp_path / "live"), "990000012"])
    ((request, response),) = stored(tmp_path / "live" / "live.yaml")
    assert request.path == "/robots.txt"
    assert response["headers"]["cf-mitigated"] == ["challenge"]


REFUSED = {
    "no contact": (["--to", "live", "990000012"], "--live-contact"),
    "an empty contact": (["--live-contact", "", "--to", "live", "990000012"], "altmetric.com requires a contact"),
    "a placeholder": (["--live-contact", "you@example.com", "--to", "live", "990000012"], "is a placeholder"),
    "not an email address": (["--live-contact", "jane", "--to", "live", "990000012"], "is not an email address"),
    "no folder": (["--live-contact", "jane@lab.org", "990000012"], "--to"),
    "an existing folder": (["--live-contact", "jane@lab.org", "--to", ".", "990000012"], "give a new folder"),
    "the checkout": (
        ["--live-contact", "jane@lab.org", "--to", str(CASSETTES / "live"), "990000012"],
        "must not be committed",
    ),
    "no identifier": (["--live-contact", "jane@lab.org", "--to", "live"], "IDENTIFIER"),
    "many identifiers": (["--live-contact", "jane@lab.org", "--to", "live", *["990000012"] * (MOST + 1)], "too many"),
}


@pytest.mark.parametrize(("arguments", "reason"), REFUSED.values(), ids=REFUSED)
@pytest.mark.block_network
def test_the_live_command_refuses_invalid_arguments(arguments, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("ALTDETAILS_CONTACT", "jane@lab.org")
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert reason in f"{capsys.readouterr().err} {refused.value.code}"
    assert not Path("live").exists()


@pytest.mark.block_network
def test_the_live_command_is_refused_in_ci(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(SystemExit):
        main(["--live-contact", "jane@lab.org", "--to", str(tmp_path / "live"), "990000012"])
    assert "recorded by a person" in capsys.readouterr().err
    assert not (tmp_path / "live").exists()


def test_no_automation_runs_the_live_command():
    recipes = [ROOT / "Makefile", ROOT / "pyproject.toml", *ROOT.glob(".github/workflows/*")]
    assert not [path.name for path in recipes if re.search("support/recording|live-contact", path.read_text("utf-8"))]
