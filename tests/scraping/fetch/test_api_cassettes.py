"""Tests of recorded calls of the API, replayed with the network blocked.

They were recorded from the replica. `--record-mode=rewrite` records them again. The key is not in them.
"""

import gzip
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from tests.support import faults
from tests.support.api import KEY, counts, holds_key
from tests.support.loopback import only_loopback
from tests.support.recording import CASSETTES, KEPT_HEADERS, SETTINGS, recorded
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import yamlserializer

from altdetails.errors import Blocked, FetchError, RateLimited, ServerFailure
from altdetails.scraping.fetch import ALTMETRIC_API, ApiKey

pytestmark = pytest.mark.slow

FOLDER = CASSETTES / "api"


@dataclass(frozen=True)
class Case:
    """One call."""

    path: str
    statuses: list[int]
    """The statuses of the responses, without that of robots.txt."""
    number: int | None = None
    """The invented output of the answer; None if there is none."""
    error: type[FetchError] | None = None
    """The error, if there is no answer."""
    faults: tuple[Any, ...] = ()
    """The faults of the replica, in order."""


CASES = {
    "answer": Case("/doi/10.5555/replica.1", [200], 1),
    "pmid": Case("/pmid/99000004", [200], 4),
    "isbn": Case("/isbn/9789900000037", [200], 3),
    "not-tracked": Case("/doi/10.5555/nothing.mentions.this", [404]),
    "malformed": Case("/doi/10.5555/replica.1", [400], error=ServerFailure, faults=(faults.Refusal(400),)),
    "no-key": Case("/id/990100001", [401], error=Blocked, faults=(faults.Refusal(401),)),
    "no-licence": Case("/id/990100001", [403], error=Blocked, faults=(faults.Refusal(403),)),
    "error-as-json": Case("/id/990100001", [403], error=Blocked, faults=(faults.Refusal(403, json=True),)),
    "challenge": Case("/id/990100001", [403], error=Blocked, faults=(faults.Challenge(403),)),
    "last-of-an-hour": Case("/id/990100001", [200], 1, faults=(faults.Limit(hourly=0, daily=80_000),)),
    "too-many-of-a-day": Case("/id/990100001", [429], error=RateLimited, faults=(faults.Limit(0, 0, 429),)),
    "too-many-before-2016": Case("/id/990100001", [420, 200], 1, faults=(faults.Refusal(420),)),
    "maintenance": Case("/id/990100001", [502, 200], 1, faults=(faults.Status(502),)),
    "cut-answer": Case("/id/990100001", [200, 200], 1, faults=(faults.CutAnswer(),)),
    "redirect": Case(
        "/doi/10.5555/replica.1", [302, 200], 1, faults=(faults.Redirect("https://api.altmetric.com/v1/id/990100001"),)
    ),
    "another-output": Case("/id/990100001", [200], 9, faults=(faults.OtherAnswer(9),)),
}
REPLAYED = pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case, id=name, marks=[pytest.mark.vcr, pytest.mark.default_cassette(name), pytest.mark.block_network]
        )
        for name, case in CASES.items()
    ],
)
STORED = pytest.mark.parametrize("path", [FOLDER / f"{name}.yaml" for name in CASES], ids=CASES)


@pytest.fixture(scope="module")
def vcr_cassette_dir():
    return str(FOLDER)


@pytest.fixture(scope="module")
def vcr_config():
    return SETTINGS


@pytest.fixture(autouse=True)
def only_local_requests(block_network):  # noqa: ARG001 - its guard is the outer one
    """Block requests that leave this machine, during replay and recording."""
    with pytest.MonkeyPatch.context() as patch:
        only_loopback(patch)
        yield


def prepare(replica, case):
    replica.fail("/v1/*", *case.faults)


@pytest.fixture
def client(open_client, case, record_mode, request):
    """A fetcher for the API: replayed, or sent to the replica during recording."""
    if record_mode != "none":
        prepare(request.getfixturevalue("altmetric"), case)
    return open_client(ALTMETRIC_API, key=ApiKey(KEY, "a test"))


def stored(path):
    """Return the requests and responses of a cassette, in order."""
    requests, responses = FilesystemPersister.load_cassette(path, yamlserializer)
    return list(zip(requests, responses, strict=True))


@REPLAYED
def test_a_recorded_call_has_its_answer_or_its_error(client, case):
    visit = client.visit(case.path)
    if case.error:
        with pytest.raises(case.error):
            client.fetcher.fetch(visit)
    else:
        answer = client.fetcher.fetch(visit)
        assert answer.content == (b"" if case.number is None else json.dumps(counts(case.number)).encode())
    assert [exchange.status for exchange in visit.exchanges] == case.statuses
    assert not holds_key(repr((visit, client.notices)).encode())


@pytest.mark.parametrize("name", CASES)
def test_a_new_recording_of_the_replica_equals_the_cassette(altmetric, open_client, tmp_path, name):
    def contents(path):
        return [(request.uri, response["status"], _decompressed(response)) for request, response in stored(path)]

    again = tmp_path / f"{name}.yaml"
    prepare(altmetric, CASES[name])
    client = open_client(ALTMETRIC_API, key=ApiKey(KEY, "a test"))
    with recorded(again), suppress(FetchError):
        client.fetch(CASES[name].path)
    assert contents(again) == contents(FOLDER / f"{name}.yaml")
    assert all("key=" in request.path for request in altmetric.requests if request.path != "/robots.txt")


def test_every_cassette_is_replayed():
    assert {path.stem for path in FOLDER.iterdir()} == {*CASES}


@STORED
def test_a_cassette_is_small_and_has_no_key_and_does_not_show_who_recorded_it(path):
    content = path.read_bytes()
    assert len(content) < 30_000
    assert not holds_key(content)
    assert not re.search(rb"[?&]key=|lab\.org|mailto|127\.0\.0\.1|localhost", content)
    for request, response in stored(path):
        assert re.match(r"https://api\.altmetric\.com/(v1/|robots\.txt)", request.uri)
        assert {name.lower() for name in response["headers"]} <= KEPT_HEADERS
        assert response["headers"]["server"] == ["replica"]
        assert set(re.findall(r"\b10\.\d{4,9}(?=/)", f"{request.uri} {_decompressed(response)}")) <= {"10.5555"}


def _decompressed(response):
    content = response["body"]["string"]
    return gzip.decompress(content) if "content-encoding" in response["headers"] else content
