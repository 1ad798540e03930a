"""An address → a page, on a real server with real faults."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from tests.support import faults

from altdetails.errors import (
    Blocked,
    BodyTooLarge,
    CodingRefused,
    NetworkFailure,
    RateLimited,
    RedirectRefused,
    RobotsDenied,
    RobotsUnread,
    ServerFailure,
    TruncatedBody,
    Unreachable,
)
from altdetails.scraping.fetch.attempts import ATTEMPTS
from altdetails.scraping.fetch.fetcher import MAX_REDIRECTS

ID, DOI = "/details/990000001", "/details/doi/10.5555/lhs.2023.0417"
CONTENT = Path("samples/article-2023.html").read_bytes()


def asked(replica, path=ID):
    return [request for request in replica.requests if request.path == path]


def http_date(**ahead):
    return format_datetime(datetime.now(UTC) + timedelta(**ahead), usegmt=True)


def test_a_page_is_fetched_with_robots_txt_first_over_one_connection(replica, client):
    page, visit = client(replica.base_url).fetch(ID)
    assert page.content == CONTENT
    assert (visit.attempts, visit.redirects, visit.http_status) == (1, 0, 200)
    assert [request.path for request in replica.requests] == ["/robots.txt", ID]
    assert {request.connection for request in replica.requests} == {1}


def test_every_request_says_who_asks_and_nothing_of_a_browser(replica, client):
    client(replica.base_url).fetch(DOI)
    for request in replica.requests:
        assert request.headers["user-agent"].startswith("altdetails/")
        assert request.headers["user-agent"].endswith(" (mailto:jane@lab.org)")
        assert request.headers["accept-encoding"] == "gzip"
        assert set(request.headers) <= {"host", "connection", "user-agent", "accept", "accept-encoding"}


def test_a_doi_is_redirected_to_its_page_and_the_chain_is_kept(replica, client):
    page, visit = client(replica.base_url).fetch(DOI)
    assert page.content == CONTENT
    assert page.exchange.url == replica.base_url + ID
    assert [(each.url, each.status) for each in visit.exchanges] == [
        (replica.base_url + DOI, 302),
        (replica.base_url + ID, 200),
    ]
    assert (visit.attempts, visit.redirects) == (1, 1)


def test_cookies_are_not_kept(replica, client):
    replica.fail(ID, faults.Cookies())
    ours = client(replica.base_url)
    ours.fetch(ID)
    ours.fetch(ID)
    assert not any("cookie" in request.headers for request in replica.requests)


def test_a_page_that_the_site_does_not_have_is_an_answer(replica, client):
    page, visit = client(replica.base_url).fetch("/details/doi/10.5555/nothing.mentions.this")
    assert (page.exchange.status, page.content, visit.attempts) == (404, b"", 1)


PASSING = {
    "reset before the head": (faults.Reset("start"), NetworkFailure),
    "reset in the head": (faults.Reset("head"), NetworkFailure),
    "reset behind the head": (faults.Reset("body"), TruncatedBody),
    "reset in the body": (faults.Reset("middle"), TruncatedBody),
    "closed without an answer": (faults.Close("start"), NetworkFailure),
    "closed in the head": (faults.Close("head"), NetworkFailure),
    "closed in the body": (faults.Close("middle"), TruncatedBody),
    "gzip cut in the middle": (faults.CutGzip("half"), TruncatedBody),
    "gzip without its trailer": (faults.CutGzip("trailer"), TruncatedBody),
    "a Content-Length too large": (faults.WrongLength(100), TruncatedBody),
    "a Content-Length too small": (faults.WrongLength(-100), TruncatedBody),
    "no last chunk": (faults.NoLastChunk(), TruncatedBody),
    "a broken chunk": (faults.BrokenChunk(), TruncatedBody),
    "half a page without a length": (faults.UntilClose(0.5), TruncatedBody),
    "no end tag": (faults.CutPage("end"), TruncatedBody),
    "half a page, sound otherwise": (faults.CutPage("middle"), TruncatedBody),
    "garbage in place of HTTP": (faults.Raw("a status in words"), NetworkFailure),
    "headers without end": (faults.HeaderFlood(), NetworkFailure),
    "one header without end": (faults.HeaderFlood(line=True), NetworkFailure),
    "408": (faults.Status(408), ServerFailure),
    "425": (faults.Status(425), ServerFailure),
    "429": (faults.Status(429), RateLimited),
    **{str(status): (faults.Status(status), ServerFailure) for status in (500, 502, 503, 504)},
}


@pytest.mark.parametrize(("fault", "error"), PASSING.values(), ids=PASSING)
def test_what_may_pass_is_asked_for_again_until_the_page_comes(replica, client, fault, error):
    replica.fail(ID, fault, fault)
    ours = client(replica.base_url)
    page, visit = ours.fetch(ID)
    assert page.content == CONTENT
    assert visit.attempts == len(asked(replica)) == 3
    assert len(ours.told) == 2
    kept = [each.status for each in visit.exchanges]
    assert len(kept) == (1 if error is NetworkFailure else 3)


@pytest.mark.parametrize(("fault", "error"), PASSING.values(), ids=PASSING)
def test_what_does_not_pass_ends_after_so_many_attempts_with_its_evidence(replica, client, fault, error):
    replica.fail(ID, faults.Forever(fault))
    ours = client(replica.base_url)
    visit = ours.visit(ID)
    with pytest.raises(error, match=ID):
        ours.fetcher.fetch(visit)
    assert visit.attempts == len(asked(replica)) == ATTEMPTS
    kept = [each.status for each in visit.exchanges]
    assert len(kept) == (0 if error is NetworkFailure else ATTEMPTS)


FINAL = {
    **{str(status): (faults.Status(status), ServerFailure) for status in (400, 406, 410, 451, 501)},
    "204": (faults.Status(204), ServerFailure),
    "206": (faults.Partial(), ServerFailure),
    "304": (faults.Status(304), ServerFailure),
    "401": (faults.Status(401), Blocked),
    "403": (faults.Status(403), Blocked),
    "a challenge with 403": (faults.Challenge(403), Blocked),
    "a challenge with 503": (faults.Challenge(503), Blocked),
    "a challenge with 200": (faults.Challenge(200), Blocked),
    "a challenge with 429": (faults.Challenge(429), Blocked),
    "a challenge without its header": (faults.Challenge(503, header=False), Blocked),
    "a challenge as 404 without its header": (faults.Challenge(404, header=False), Blocked),
    "a gzip bomb": (faults.Bomb("gzip"), BodyTooLarge),
    "a br bomb": (faults.Bomb("br"), CodingRefused),
    "a zstd bomb": (faults.Bomb("zstd"), CodingRefused),
    "5 MiB": (faults.Large(5 * 2**20), BodyTooLarge),
    "5 MiB in chunks": (faults.Large(5 * 2**20, chunked=True), BodyTooLarge),
    "a page without end": (faults.Endless(), BodyTooLarge),
    "a redirect without a location": (faults.Redirect(None), RedirectRefused),
    "redirects in a circle": (faults.RedirectLoop(), RedirectRefused),
    "too many redirects": (faults.RedirectChain(MAX_REDIRECTS + 1), RedirectRefused),
}


@pytest.mark.parametrize(("fault", "error"), FINAL.values(), ids=FINAL)
def test_what_cannot_pass_is_asked_for_once_and_kept_as_evidence(replica, client, fault, error):
    replica.fail(ID, faults.Forever(fault))
    ours = client(replica.base_url)
    visit = ours.visit(ID)
    with pytest.raises(error):
        ours.fetcher.fetch(visit)
    assert visit.attempts == 1
    assert visit.exchanges
    assert ours.waits == ours.told == []


@pytest.mark.parametrize("location", faults.UNSAFE_LOCATIONS.values(), ids=faults.UNSAFE_LOCATIONS)
def test_an_unsafe_redirect_never_leaves_the_site(replica, client, location):
    replica.fail(ID, faults.Redirect(location))
    ours = client(replica.base_url)
    visit = ours.visit(ID)
    with suppress(RedirectRefused):
        page = ours.fetcher.fetch(visit)
        assert page.exchange.status == 404
        assert page.exchange.url == f"{replica.base_url}/details/%FF%FE990000001"
    assert all(each.url.startswith(f"{replica.base_url}/") for each in visit.exchanges)
    assert visit.exchanges[0].status == 302


def test_as_many_redirects_as_allowed_are_followed(replica, client):
    replica.fail(ID, faults.RedirectChain(MAX_REDIRECTS))
    page, visit = client(replica.base_url).fetch(ID)
    assert page.content == CONTENT
    assert visit.redirects == MAX_REDIRECTS


def test_what_fails_behind_a_redirect_is_asked_for_again_without_the_redirect(replica, client):
    replica.fail(ID, faults.Status(503))
    _, visit = client(replica.base_url).fetch(DOI)
    assert len(asked(replica, DOI)) == 1
    assert len(asked(replica)) == 2
    assert [each.status for each in visit.exchanges] == [302, 503, 200]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["1", "date"])
def test_retry_after_is_waited_for(replica, client, status, value):
    fault = faults.Status(status, retry_after_date=2) if value == "date" else faults.Status(status, value)
    replica.fail(ID, fault)
    ours = client(replica.base_url)
    ours.fetch(ID)
    first, second = (request.time for request in asked(replica))
    assert second - first >= 0.9
    assert "retrying in" in ours.told[0]


def test_retry_after_holds_for_the_whole_site_and_other_runs(replica, client):
    replica.fail(ID, faults.Forever(faults.Status(429, retry_after="1")))
    ours, other = client(replica.base_url), client(replica.base_url)
    ours.pause = None
    ours.fetcher.pause = ours.fetcher.pace._pause = lambda _: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        ours.fetch(ID)
    other.fetch("/details/990000002")
    (first,), (second,) = asked(replica), asked(replica, "/details/990000002")
    assert second.time - first.time >= 0.9


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["901", "86400", "9" * 300, "date"])
def test_a_wait_beyond_the_cap_is_not_waited_for_and_forbids_the_next_run(replica, client, status, value):
    value = http_date(days=3650) if value == "date" else value
    replica.fail(ID, faults.Status(status, retry_after=value))
    ours = client(replica.base_url)
    with pytest.raises(RateLimited) as limited:
        ours.fetch(ID)
    assert limited.value.retry_after > 900
    later = client(replica.base_url)
    held = later.visit(ID)
    with pytest.raises(RateLimited, match="no requests before"):
        later.fetcher.fetch(held)
    assert held.attempts == 0
    assert [request.path for request in replica.requests] == ["/robots.txt", ID]


@pytest.mark.parametrize("value", ["soon", "-1", "Sun, 06 Nov 1994 08:49:37 GMT", "", "0"])
def test_a_retry_after_that_says_nothing_leaves_it_to_the_usual_wait(replica, client, value):
    replica.fail(ID, faults.Status(503, retry_after=value))
    ours = client(replica.base_url, interval=0.01)
    ours.fetch(ID)
    assert max(ours.waits) <= 0.02


@pytest.mark.parametrize(
    "fault", [faults.Stall("start", 30), faults.Stall("middle", 30), faults.Drip("head", 0.05)], ids=repr
)
def test_an_exchange_as_a_whole_has_a_limit_in_time(replica, client, fault):
    replica.fail(ID, fault)
    ours = client(replica.base_url, seconds=0.3)
    began = time.time()
    page, visit = ours.fetch(ID)
    assert page.content == CONTENT
    assert visit.attempts == 2
    assert time.time() - began < 10
    assert "0.3 s" in ours.told[0] or "timed out" in ours.told[0]


@pytest.mark.parametrize("fault", [faults.Drip("body", 0.05), faults.Interim(-1)], ids=repr)
def test_what_drips_on_is_cut_off(replica, client, fault):
    replica.fail(ID, faults.Forever(fault))
    ours = client(replica.base_url, seconds=0.2)
    with pytest.raises((TruncatedBody, NetworkFailure), match=r"timed out|0\.2 s"):
        ours.fetch(ID)


@pytest.mark.parametrize("fault", [faults.Drip("head", 0.05), faults.Drip("body", 0.05)], ids=repr)
def test_what_drips_on_is_cut_off_within_tls_too(secure_replica, client, fault):
    secure_replica.fail(ID, fault)
    ours = client(secure_replica.base_url, seconds=0.5)
    page, visit = ours.fetch(ID)
    assert page.content == CONTENT
    assert visit.attempts == 2


def test_after_a_broken_answer_the_next_page_is_whole(replica, client):
    replica.fail(ID, faults.WrongLength(-100))
    ours = client(replica.base_url)
    for path in (ID, "/details/990000002", ID):
        page, _ = ours.fetch(path)
        assert page.content.rstrip().endswith(b"</html>")
        assert f"details/{path.rpartition('/')[2]}".encode() in page.content


def test_nobody_there_is_said_at_once_with_the_address(client):
    ours = client("http://127.0.0.1:1")
    with pytest.raises(
        RobotsUnread, match=r"127\.0\.0\.1:1/robots\.txt: no connection.*no page may be fetched"
    ) as unread:
        ours.fetch(ID)
    assert isinstance(unread.value.__cause__, Unreachable)


def test_a_denied_address_is_not_asked_for(replica, client):
    replica.robots = (200, {"Content-Type": "text/plain"}, "User-agent: altdetails\nDisallow: /details/doi/")
    ours = client(replica.base_url)
    denied = ours.visit(DOI)
    with pytest.raises(RobotsDenied):
        ours.fetcher.fetch(denied)
    assert denied.attempts == 0
    ours.fetch(ID)
    assert [request.path for request in replica.requests] == ["/robots.txt", ID]


def test_a_redirect_to_a_denied_address_is_not_followed(replica, client):
    replica.robots = (200, {"Content-Type": "text/plain"}, f"User-agent: *\nDisallow: {ID}")
    with pytest.raises(RobotsDenied):
        client(replica.base_url).fetch(DOI)
    assert [request.path for request in replica.requests] == ["/robots.txt", DOI]


@pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 226, 299])
def test_the_rules_of_any_successful_answer_hold(replica, client, status):
    replica.robots = (status, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow: /details/doi/")
    ours = client(replica.base_url)
    with pytest.raises(RobotsDenied, match="does not allow"):
        ours.fetch(DOI)
    ours.fetch(ID)
    assert [request.path for request in replica.requests] == ["/robots.txt", ID]


@pytest.mark.parametrize("status", [200, 204, 205])
def test_a_successful_answer_without_content_allows_everything(replica, client, status):
    replica.robots = (status, {}, "")
    client(replica.base_url).fetch(ID)
    assert [request.path for request in replica.requests] == ["/robots.txt", ID]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_without_robots_txt_everything_is_allowed(replica, client, status):
    replica.robots = (status, {}, "User-agent: *\nDisallow: /")
    client(replica.base_url).fetch(ID)


def test_a_page_in_place_of_robots_txt_is_none(replica, client):
    replica.robots = (200, {"Content-Type": "text/html"}, "<html><p>\nUser-agent: *\nDisallow: /\n</html>")
    client(replica.base_url).fetch(ID)


@pytest.mark.parametrize(
    "fault",
    [
        *(faults.Status(status) for status in (300, 304, 429, 500, 503)),
        faults.Challenge(202, header=False),
        faults.Challenge(403),
        faults.Challenge(200, header=False),
        faults.Reset("start"),
        faults.Redirect("http://other.invalid/robots.txt"),
        faults.RedirectLoop(),
        faults.Endless(),
        faults.Bomb("br"),
    ],
    ids=repr,
)
def test_a_robots_txt_that_cannot_be_read_forbids_everything(replica, client, fault):
    replica.fail("/robots.txt", faults.Forever(fault))
    ours = client(replica.base_url)
    visit = ours.visit(ID)
    with pytest.raises(RobotsUnread, match="no page may be fetched"):
        ours.fetcher.fetch(visit)
    assert asked(replica) == []
    assert visit.exchanges == []
    assert len(asked(replica, "/robots.txt")) <= ATTEMPTS


def test_a_robots_txt_that_is_to_be_asked_for_in_hours_forbids_everything(replica, client):
    replica.fail("/robots.txt", faults.Status(503, retry_after="100000"))
    with pytest.raises(RateLimited):
        client(replica.base_url).fetch(ID)
    assert [request.path for request in replica.requests] == ["/robots.txt"]


def test_robots_txt_is_asked_for_again_like_a_page(replica, client):
    replica.fail("/robots.txt", faults.Status(503), faults.Close("middle"))
    ours = client(replica.base_url)
    ours.fetch(ID)
    assert len(asked(replica, "/robots.txt")) == 3
    assert [each.url for each in ours.fetcher.robots_exchanges] == [f"{replica.base_url}/robots.txt"] * 3


def test_a_crawl_delay_is_obeyed(replica, client):
    replica.robots = (200, {}, "User-agent: *\nCrawl-delay: 0.3")
    ours = client(replica.base_url)
    for path in (ID, "/details/990000002"):
        ours.fetch(path)
    moments = [request.time for request in replica.requests]
    assert len(moments) == 3
    assert all(after - before >= 0.3 for before, after in pairwise(moments))


def test_all_requests_are_an_interval_apart_retries_redirects_and_restarts_too(replica, client):
    replica.fail(ID, faults.Status(500), faults.Reset("start"), faults.CutGzip("half"))
    client(replica.base_url, interval=0.15).fetch(DOI)
    client(replica.base_url, interval=0.15).fetch(ID)
    moments = [request.time for request in replica.requests]
    assert len(moments) == 8
    assert all(after - before >= 0.15 for before, after in pairwise(moments))


def test_altmetric_itself_is_asked_by_verified_https(altmetric, client):
    page, visit = client("https://www.altmetric.com").fetch(DOI)
    assert page.content == CONTENT
    assert visit.url == f"https://www.altmetric.com{ID}"
    assert {request.headers["host"] for request in altmetric.requests} == {"www.altmetric.com"}


def test_a_branded_host_has_its_own_robots_txt(altmetric, client):
    altmetric.fail(ID, faults.Redirect(f"https://bmc.altmetric.com{ID}"))
    client("https://www.altmetric.com").fetch(ID)
    assert [(request.headers["host"], request.path) for request in altmetric.requests] == [
        ("www.altmetric.com", "/robots.txt"),
        ("www.altmetric.com", ID),
        ("bmc.altmetric.com", "/robots.txt"),
        ("bmc.altmetric.com", ID),
    ]


@pytest.mark.parametrize(
    "location", [f"http://www.altmetric.com{ID}", "https://127.0.0.1/", "https://evil-altmetric.com/"]
)
def test_altmetric_is_not_left(altmetric, client, location):
    altmetric.fail(ID, faults.Redirect(location))
    with pytest.raises(RedirectRefused):
        client("https://www.altmetric.com").fetch(ID)
    assert len(altmetric.requests) == 2


def test_a_certificate_that_is_not_trusted_is_no_connection(secure_replica, client, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with pytest.raises(RobotsUnread, match="certificate verify failed"):
        client(secure_replica.base_url).fetch(ID)
    assert secure_replica.requests == []
