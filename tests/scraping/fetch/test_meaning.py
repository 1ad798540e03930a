"""Tests of what the responses of the API mean: refusals, limits, and answers that are not whole."""

import json
import re

import pytest
from tests.support import faults
from tests.support.api import KEY, counts, holds_key
from tests.support.faults import Forever, Limit, Refusal, Status

from altdetails.errors import (
    Blocked,
    CodingRefused,
    NetworkFailure,
    RateLimited,
    RedirectRefused,
    RobotsDenied,
    ServerFailure,
    TruncatedBody,
)
from altdetails.scraping.fetch import ApiKey
from altdetails.scraping.fetch.attempts import ATTEMPTS

PATH = "/doi/10.5555/replica.1"
ANY = "/v1/*"


class Paused(Exception):
    """The fetcher would wait."""


@pytest.fixture
def api(replica, open_client):
    """A fetcher of the replica's API."""
    return open_client(replica.base_url, key=ApiKey(KEY, "a test"))


def called(replica):
    return [request.path for request in replica.requests if request.path != "/robots.txt"]


def test_an_answer_is_fetched_with_the_key_and_kept_without_it(replica, api):
    answer, visit = api.fetch(PATH)
    assert json.loads(answer.content) == counts(1)
    assert called(replica) == [f"/v1{PATH}?key=k3y-of-a-test%2B0123%2F456789%3Dabcdef"]
    assert [exchange.url for exchange in visit.exchanges] == [f"{replica.base_url}/v1{PATH}"]
    assert not holds_key(repr(visit).encode())
    assert replica.requests[-1].headers["accept"] == "application/json"


def test_robots_txt_is_fetched_without_the_key_and_obeyed(replica, api):
    replica.robots = (200, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow: /v1/pmid/\n")
    api.fetch(PATH)
    with pytest.raises(RobotsDenied):
        api.fetch("/pmid/99000001")
    assert [request.path for request in replica.requests][:1] == ["/robots.txt"]
    assert len(called(replica)) == 1


def test_nothing_is_found_as_a_text_or_as_json(replica, api):
    replica.fail("/v1/pmid/*", Refusal(404, json=True))
    for path in ("/doi/10.5555/not.known", "/pmid/99000001"):
        answer, _ = api.fetch(path)
        assert (answer.exchange.status, answer.content) == (404, b"")


def test_a_page_that_says_not_found_does_not_count_as_not_tracked(replica, api):
    replica.fail(ANY, Status(404))
    with pytest.raises(ServerFailure, match="404 Not Found: a page, not an answer of the API; check --base-url"):
        api.fetch(PATH)
    assert len(called(replica)) == 1


class TestRefusals:
    @pytest.mark.parametrize("is_json", [False, True])
    @pytest.mark.parametrize(
        ("code", "words"),
        [
            (401, "the API rejects the key from a test (You must supply an API key in a parameter"),
            (403, "the key from a test is not valid, or does not cover this call (You must have a commercial license"),
        ],
    )
    def test_a_refused_key_is_not_tried_again_and_the_message_says_what_to_do(self, replica, api, code, words, is_json):
        replica.fail(ANY, Refusal(code, json=is_json))
        with pytest.raises(Blocked, match=re.escape(words)) as raised:
            api.fetch(PATH)
        assert "docs/politeness.md says how to ask Altmetric for a key" in str(raised.value)
        assert len(called(replica)) == 1

    def test_an_identifier_that_is_not_accepted_is_a_failure_of_its_own(self, replica, api):
        replica.fail("/v1/doi/*", Refusal(400), Refusal(403))
        with pytest.raises(ServerFailure, match=r"400 Bad Request: the API does not accept this identifier \(Bad Req"):
            api.fetch(PATH)
        with pytest.raises(ServerFailure, match="the identifier has characters that the API may not accept"):
            api.fetch("/doi/10.5555/a%23b")
        assert len(called(replica)) == 2

    @pytest.mark.parametrize("fault", [faults.Challenge(), faults.Challenge(header=False), faults.Challenge(503)])
    def test_a_challenge_is_a_refusal(self, replica, api, fault):
        replica.fail(ANY, fault)
        with pytest.raises(Blocked, match="with a challenge instead of the page"):
            api.fetch(PATH)
        assert len(called(replica)) == 1

    def test_a_challenge_with_status_200_is_a_refusal(self, replica, api):
        replica.fail(ANY, faults.Challenge(200, header=False))
        with pytest.raises(Blocked, match="with a challenge instead of the page"):
            api.fetch(PATH)


class TestRetries:
    @pytest.mark.parametrize(
        "fault",
        [
            *(faults.CutAnswer(), faults.LogIn(), Status(502), Refusal(503, json=True), Refusal(420), Refusal(429)),
            *(faults.Reset("middle"), faults.Close("start"), faults.CutGzip(), faults.WrongLength(), faults.Raw()),
            *(Status(200, body=body) for body in ("", "Not Found", '{"score": NaN}', '{"a": 1', "[" * 100_000)),
        ],
    )
    def test_a_failed_attempt_is_tried_again(self, replica, api, fault):
        replica.fail(ANY, fault)
        answer, visit = api.fetch(PATH)
        assert json.loads(answer.content) == counts(1)
        assert visit.attempts == 2
        assert len(api.notices) == 1
        assert not holds_key("".join(api.notices).encode())

    @pytest.mark.parametrize("title", ["a\x01b\nc", "half \\ud83d"])
    def test_an_odd_character_in_a_text_is_not_a_failure(self, replica, api, title):
        body = f'{{"altmetric_id": 990000001, "score": 1, "title": "{title}"}}'
        replica.fail(ANY, Status(200, body=body))
        answer, visit = api.fetch(PATH)
        assert (answer.content, visit.attempts) == (body.encode(), 1)

    def test_an_answer_that_is_never_whole_is_no_answer(self, replica, api):
        replica.fail(ANY, Forever(faults.CutAnswer()))
        with pytest.raises(TruncatedBody, match="the answer is not whole JSON: "):
            api.fetch(PATH)
        assert len(called(replica)) == ATTEMPTS

    @pytest.mark.parametrize("code", [420, 429])
    def test_too_many_requests_end_the_attempts(self, replica, api, code):
        replica.fail(ANY, Forever(Refusal(code)))
        with pytest.raises(RateLimited):
            api.fetch(PATH)
        assert len(called(replica)) == ATTEMPTS


class TestLimits:
    @pytest.fixture(autouse=True)
    def waits(self, api):
        """Record the waits, and raise at the first."""
        waits = []

        def pause(seconds):
            waits.append(seconds)
            raise Paused

        api.fetcher.pause = api.fetcher.pace._pause = pause
        return waits

    def test_after_the_last_request_of_an_hour_the_hour_is_waited_for(self, replica, api, waits):
        replica.fail(ANY, Limit(hourly=1, daily=9), Limit(hourly=0, daily=9))
        for _ in range(2):
            api.fetch(PATH)
        with pytest.raises(Paused):
            api.fetch(PATH)
        assert 3_500 < waits[0] <= 3_600
        assert re.fullmatch(r"waiting until 20\S+Z: \S+ allows no requests until then", api.notices[-1])
        assert len(called(replica)) == 2

    def test_an_error_after_the_last_request_of_an_hour_is_tried_again_an_hour_later(self, replica, api, waits):
        replica.fail(ANY, Limit(hourly=0, code=429))
        with pytest.raises(Paused):
            api.fetch(PATH)
        assert waits == [3_600]
        assert "no requests before 20" in api.notices[-1]

    @pytest.mark.parametrize("code", [200, 429])
    def test_after_the_last_request_of_a_day_nothing_is_fetched(self, replica, api, waits, code):
        replica.fail(ANY, Limit(hourly=0, daily=0, code=code))
        if code == 200:
            api.fetch(PATH)
        with pytest.raises(RateLimited, match="no requests before 20") as raised:
            api.fetch(PATH)
        assert 86_300 < raised.value.retry_after <= 86_400
        assert (len(called(replica)), waits) == (1, [])

    @pytest.mark.parametrize("left", ["", "many", "٠", "1", "+0", "0.0"])
    def test_a_limit_that_is_not_used_up_or_unreadable_is_ignored(self, replica, api, left, waits):
        replica.fail(ANY, Limit(hourly=left))
        api.fetch(PATH)
        api.fetch(PATH)
        assert waits == []

    def test_retry_after_up_to_an_hour_is_waited_for(self, replica, api, waits):
        replica.fail(ANY, Status(429, retry_after="3000"), Status(429, retry_after="3700"))
        with pytest.raises(Paused):
            api.fetch(PATH)
        assert waits == [3_000]


class TestRedirects:
    def test_within_the_api_they_are_followed_without_a_key_of_the_server(self, replica, api):
        replica.fail("/v1/doi/*", faults.Echo("location"))
        answer, visit = api.fetch(PATH)
        assert json.loads(answer.content) == counts(1)
        own = "key=k3y-of-a-test%2B0123%2F456789%3Dabcdef"
        assert called(replica) == [f"/v1{PATH}?{own}", f"/v1{PATH}?again=1&{own}"]
        assert not holds_key(repr(visit).encode())

    @pytest.mark.parametrize(
        "location", ["http://localhost/v1/id/1", "https://api.altmetric.com/v1/id/1", "//10.0.0.1/"]
    )
    def test_to_another_host_they_are_refused(self, replica, api, location):
        replica.fail(ANY, faults.Redirect(location))
        with pytest.raises(RedirectRefused):
            api.fetch(PATH)

    def test_outside_the_api_the_key_is_not_sent(self, replica, api):
        replica.fail(ANY, faults.Redirect("/details/990100001"))
        with pytest.raises(TruncatedBody):
            api.fetch(PATH)
        assert {path for path in called(replica) if "key=" in path} == {called(replica)[0]}


class TestNoTraceOfTheKey:
    @pytest.mark.parametrize("at", ["answer", "gzip", "header", "location"])
    def test_an_answer_with_the_key_is_read_without_it(self, replica, api, at):
        replica.fail(ANY, faults.Echo(at))
        answer, visit = api.fetch(PATH)
        read = json.loads(answer.content)
        read.pop("request", None)
        assert read == counts(1)
        assert not holds_key(repr((answer, visit, api.notices)).encode())

    @pytest.mark.parametrize("at", ["error", "cut-gzip", "middle", "brotli"])
    def test_an_error_with_the_key_is_kept_without_it(self, replica, api, at):
        replica.fail(ANY, Forever(faults.Echo(at)))
        visit = api.visit(PATH)
        with pytest.raises((ServerFailure, TruncatedBody, CodingRefused)) as raised:
            api.fetcher.fetch(visit)
        assert visit.exchanges
        assert not holds_key(repr((raised.value, visit, api.notices)).encode())

    def test_a_failed_connection_does_not_show_it(self, replica, api):
        replica.fail(ANY, Forever(faults.Close("start")))
        with pytest.raises(NetworkFailure) as raised:
            api.fetch(PATH)
        assert raised.value.__cause__ is raised.value.__context__ is None
