"""Tests of fetching a page from a local server that simulates faults."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from tests.support import faults
from tests.support.answers import Answer

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

pytestmark = pytest.mark.slow

ID, DOI = "/details/990000001", "/details/doi/10.5555/lhs.2023.0417"
CONTENT = Path("samples/article-2023.html").read_bytes()


def requests_for(replica, path=ID):
    return [request for request in replica.requests if request.path == path]


def http_date(**offset):
    return format_datetime(datetime.now(UTC) + timedelta(**offset), usegmt=True)


def test_robots_txt_and_the_page_are_fetched_over_one_connection(replica, open_client):
    page, visit = open_client(replica.base_url).fetch(ID)
    assert page.content == CONTENT
    assert (visit.attempts, visit.redirects, visit.http_status) == (1, 0, 200)
    assert [request.path for request in replica.requests] == ["/robots.txt", ID]
    assert {request.connection for request in replica.requests} == {1}


def test_every_request_has_the_contact_and_no_headers_of_a_browser(replica, open_client):
    open_client(replica.base_url).fetch(DOI)
    for request in replica.requests:
        assert request.headers["user-agent"].startswith("altdetails/")
        assert request.headers["user-agent"].endswith(" (mailto:jane@lab.org)")
        assert request.headers["accept-encoding"] == "gzip"
        assert set(request.headers) <= {"host", "connection", "user-agent", "accept", "accept-encoding"}


def test_a_doi_is_redirected_to_its_page_and_all_responses_are_returned(replica, open_client):
    page, visit = open_client(replica.base_url).fetch(DOI)
    assert page.content == CONTENT
    assert page.exchange.url == replica.base_url + ID
    assert [(exchange.url, exchange.status) for exchange in visit.exchanges] == [
        (replica.base_url + DOI, 302),
        (replica.base_url + ID, 200),
    ]
    assert (visit.attempts, visit.redirects) == (1, 1)


def test_cookies_are_not_sent_back(replica, open_client):
    replica.fail(ID, faults.Cookies())
    client = open_client(replica.base_url)
    client.fetch(ID)
    client.fetch(ID)
    assert not any("cookie" in request.headers for request in replica.requests)


def test_a_missing_page_is_a_valid_response(replica, open_client):
    page, visit = open_client(replica.base_url).fetch("/details/doi/10.5555/nothing.mentions.this")
    assert (page.exchange.status, page.content, visit.attempts) == (404, b"", 1)


TRANSIENT = {
    "reset before the header": (faults.Reset("start"), NetworkFailure),
    "reset in the header": (faults.Reset("head"), NetworkFailure),
    "reset after the header": (faults.Reset("body"), TruncatedBody),
    "reset in the body": (faults.Reset("middle"), TruncatedBody),
    "closed without a response": (faults.Close("start"), NetworkFailure),
    "closed in the header": (faults.Close("head"), NetworkFailure),
    "closed in the body": (faults.Close("middle"), TruncatedBody),
    "gzip cut in the middle": (faults.CutGzip("half"), TruncatedBody),
    "gzip without its trailer": (faults.CutGzip("trailer"), TruncatedBody),
    "a Content-Length too large": (faults.WrongLength(100), TruncatedBody),
    "a Content-Length too small": (faults.WrongLength(-100), TruncatedBody),
    "no last chunk": (faults.NoLastChunk(), TruncatedBody),
    "a broken chunk": (faults.BrokenChunk(), TruncatedBody),
    "half a page without a length": (faults.UntilClose(0.5), TruncatedBody),
    "no end tag": (faults.CutPage("end"), TruncatedBody),
    "half a page in a valid response": (faults.CutPage("middle"), TruncatedBody),
    "garbage instead of HTTP": (faults.Raw("a status in words"), NetworkFailure),
    "endless headers": (faults.HeaderFlood(), NetworkFailure),
    "one endless header": (faults.HeaderFlood(line=True), NetworkFailure),
    "408": (faults.Status(408), ServerFailure),
    "425": (faults.Status(425), ServerFailure),
    "429": (faults.Status(429), RateLimited),
    **{str(status): (faults.Status(status), ServerFailure) for status in (500, 502, 503, 504)},
}


@pytest.mark.parametrize(("fault", "error"), TRANSIENT.values(), ids=TRANSIENT)
def test_a_transient_failure_is_retried_until_the_page_arrives(replica, open_client, fault, error):
    replica.fail(ID, fault, fault)
    client = open_client(replica.base_url)
    page, visit = client.fetch(ID)
    assert page.content == CONTENT
    assert visit.attempts == len(requests_for(replica)) == 3
    assert len(client.notices) == 2
    assert len(visit.exchanges) == (1 if error is NetworkFailure else 3)


@pytest.mark.parametrize(("fault", "error"), TRANSIENT.values(), ids=TRANSIENT)
def test_a_lasting_failure_ends_after_all_attempts_and_keeps_the_responses(replica, open_client, fault, error):
    replica.fail(ID, faults.Forever(fault))
    client = open_client(replica.base_url)
    visit = client.visit(ID)
    with pytest.raises(error, match=ID):
        client.fetcher.fetch(visit)
    assert visit.attempts == len(requests_for(replica)) == ATTEMPTS
    assert len(visit.exchanges) == (0 if error is NetworkFailure else ATTEMPTS)


PERMANENT = {
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
    "a challenge with 404 without its header": (faults.Challenge(404, header=False), Blocked),
    "a gzip bomb": (faults.Bomb("gzip"), BodyTooLarge),
    "a br bomb": (faults.Bomb("br"), CodingRefused),
    "a zstd bomb": (faults.Bomb("zstd"), CodingRefused),
    "5 MiB": (faults.Large(5 * 2**20), BodyTooLarge),
    "5 MiB in chunks": (faults.Large(5 * 2**20, chunked=True), BodyTooLarge),
    "an endless page": (faults.Endless(), BodyTooLarge),
    "a redirect without a location": (faults.Redirect(None), RedirectRefused),
    "redirects in a circle": (faults.RedirectLoop(), RedirectRefused),
    "too many redirects": (faults.RedirectChain(MAX_REDIRECTS + 1), RedirectRefused),
}


@pytest.mark.parametrize(("fault", "error"), PERMANENT.values(), ids=PERMANENT)
def test_a_permanent_failure_is_not_retried_and_its_response_is_kept(replica, open_client, fault, error):
    replica.fail(ID, faults.Forever(fault))
    client = open_client(replica.base_url)
    visit = client.visit(ID)
    with pytest.raises(error):
        client.fetcher.fetch(visit)
    assert visit.attempts == 1
    assert visit.exchanges
    assert client.waits == client.notices == []


@pytest.mark.parametrize("location", faults.UNSAFE_LOCATIONS.values(), ids=faults.UNSAFE_LOCATIONS)
def test_an_unsafe_redirect_never_leaves_the_site(replica, open_client, location):
    replica.fail(ID, faults.Redirect(location))
    client = open_client(replica.base_url)
    visit = client.visit(ID)
    with suppress(RedirectRefused):
        page = client.fetcher.fetch(visit)
        assert page.exchange.status == 404
        assert page.exchange.url == f"{replica.base_url}/details/%FF%FE990000001"
    assert all(exchange.url.startswith(f"{replica.base_url}/") for exchange in visit.exchanges)
    assert visit.exchanges[0].status == 302


def test_the_maximum_number_of_redirects_is_followed(replica, open_client):
    replica.fail(ID, faults.RedirectChain(MAX_REDIRECTS))
    page, visit = open_client(replica.base_url).fetch(ID)
    assert page.content == CONTENT
    assert visit.redirects == MAX_REDIRECTS


def test_a_retry_after_a_redirect_starts_at_the_target(replica, open_client):
    replica.fail(ID, faults.Status(503))
    _, visit = open_client(replica.base_url).fetch(DOI)
    assert len(requests_for(replica, DOI)) == 1
    assert len(requests_for(replica)) == 2
    assert [exchange.status for exchange in visit.exchanges] == [302, 503, 200]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["1", "date"])
def test_the_fetcher_waits_for_retry_after(replica, open_client, status, value):
    fault = faults.Status(status, retry_after_date=2) if value == "date" else faults.Status(status, value)
    replica.fail(ID, fault)
    client = open_client(replica.base_url)
    client.fetch(ID)
    first, second = (request.time for request in requests_for(replica))
    assert second - first >= 0.9
    assert "retrying in" in client.notices[0]


def test_retry_after_applies_to_the_whole_site_and_other_runs(replica, open_client):
    replica.fail(ID, faults.Forever(faults.Status(429, retry_after="1")))
    client, other = open_client(replica.base_url), open_client(replica.base_url)
    client.pause = None
    client.fetcher.pause = client.fetcher.pace._pause = lambda _: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        client.fetch(ID)
    other.fetch("/details/990000002")
    (first,), (second,) = requests_for(replica), requests_for(replica, "/details/990000002")
    assert second.time - first.time >= 0.9


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["901", "86400", "9" * 300, "date"])
def test_a_retry_after_above_the_limit_is_not_waited_for_and_blocks_the_next_run(replica, open_client, status, value):
    value = http_date(days=3650) if value == "date" else value
    replica.fail(ID, faults.Status(status, retry_after=value))
    client = open_client(replica.base_url)
    with pytest.raises(RateLimited) as limited:
        client.fetch(ID)
    assert limited.value.retry_after > 900
    later = open_client(replica.base_url)
    held = later.visit(ID)
    with pytest.raises(RateLimited, match="no requests before"):
        later.fetcher.fetch(held)
    assert held.attempts == 0
    assert [request.path for request in replica.requests] == ["/robots.txt", ID]


@pytest.mark.parametrize("value", ["Sun, 06 Nov 1994 08:49:37 GMT", "0"])
def test_a_retry_after_that_is_over_leads_to_the_usual_wait(replica, open_client, value):
    replica.fail(ID, faults.Status(503, retry_after=value))
    client = open_client(replica.base_url, interval=0.01)
    client.fetch(ID)
    assert max(client.waits) <= 0.02


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["soon", "-5", "2.5", "2026-11-26T05:00:00Z", ""])
def test_an_unreadable_retry_after_is_reported_and_leads_to_the_longest_backoff(replica, open_client, status, value):
    replica.fail(ID, faults.Status(status, retry_after=value))
    client = open_client(replica.base_url)

    def stop(seconds):
        client.waits.append(seconds)
        raise KeyboardInterrupt

    client.fetcher.pause = stop
    with pytest.raises(KeyboardInterrupt):
        client.fetch(ID)
    assert client.waits == [60.0]
    assert 0 < client.fetcher.pace.held_for <= 60
    assert f"Retry-After {value!r} is neither seconds nor an HTTP date, no requests before" in client.notices[0]
    assert "retrying in 60 s" in client.notices[0]


@pytest.mark.parametrize(
    "fault", [faults.Stall("start", 30), faults.Stall("middle", 30), faults.Drip("head", 0.05)], ids=repr
)
def test_a_request_has_a_time_limit(replica, open_client, fault):
    replica.fail(ID, fault)
    client = open_client(replica.base_url, seconds=1.0)
    page, visit = client.fetch(ID)
    assert page.content == CONTENT
    assert visit.attempts == 2
    assert "1 s" in client.notices[0] or "timed out" in client.notices[0]


@pytest.mark.parametrize("fault", [faults.Drip("body", 0.05), faults.Interim(-1)], ids=repr)
def test_a_slow_endless_response_is_cut_off(replica, open_client, fault):
    replica.fail(ID, faults.Forever(fault))
    client = open_client(replica.base_url, seconds=0.2)
    with pytest.raises((TruncatedBody, NetworkFailure), match=r"timed out|0\.2 s"):
        client.fetch(ID)


@pytest.mark.parametrize("fault", [faults.Drip("head", 0.05), faults.Drip("body", 0.05)], ids=repr)
def test_a_slow_endless_response_is_cut_off_with_tls_too(secure_replica, open_client, fault):
    secure_replica.fail(ID, fault)
    client = open_client(secure_replica.base_url, seconds=1.0)
    page, visit = client.fetch(ID)
    assert page.content == CONTENT
    assert visit.attempts == 2


def test_after_a_broken_response_the_next_page_is_complete(replica, open_client):
    replica.fail(ID, faults.WrongLength(-100))
    client = open_client(replica.base_url)
    for path in (ID, "/details/990000002", ID):
        page, _ = client.fetch(path)
        assert page.content.rstrip().endswith(b"</html>")
        assert f"details/{path.rpartition('/')[2]}".encode() in page.content


def test_an_unreachable_site_is_reported_with_its_address(open_client):
    client = open_client("http://127.0.0.1:1")
    with pytest.raises(
        RobotsUnread, match=r"127\.0\.0\.1:1/robots\.txt: no connection.*no page may be fetched"
    ) as unread:
        client.fetch(ID)
    assert isinstance(unread.value.__cause__, Unreachable)


def test_a_denied_address_is_not_fetched(replica, open_client):
    replica.robots = (200, {"Content-Type": "text/plain"}, "User-agent: altdetails\nDisallow: /details/doi/")
    client = open_client(replica.base_url)
    denied = client.visit(DOI)
    with pytest.raises(RobotsDenied):
        client.fetcher.fetch(denied)
    assert denied.attempts == 0
    client.fetch(ID)
    assert [request.path for request in replica.requests] == ["/robots.txt", ID]


def test_a_redirect_to_a_denied_address_is_not_followed(replica, open_client):
    replica.robots = (200, {"Content-Type": "text/plain"}, f"User-agent: *\nDisallow: {ID}")
    with pytest.raises(RobotsDenied):
        open_client(replica.base_url).fetch(DOI)
    assert [request.path for request in replica.requests] == ["/robots.txt", DOI]


@pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 226, 299])
def test_the_rules_of_any_successful_response_apply(replica, open_client, status):
    replica.robots = (status, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow: /details/doi/")
    client = open_client(replica.base_url)
    with pytest.raises(RobotsDenied, match="does not allow"):
        client.fetch(DOI)
    client.fetch(ID)
    assert [request.path for request in replica.requests] == ["/robots.txt", ID]


@pytest.mark.parametrize("status", [200, 204, 205])
def test_an_empty_robots_txt_allows_everything(replica, open_client, status):
    replica.robots = (status, {}, "")
    open_client(replica.base_url).fetch(ID)
    assert [request.path for request in replica.requests] == ["/robots.txt", ID]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_without_robots_txt_everything_is_allowed(replica, open_client, status):
    replica.robots = (status, {}, "User-agent: *\nDisallow: /")
    open_client(replica.base_url).fetch(ID)


def test_an_html_page_instead_of_robots_txt_allows_everything(replica, open_client):
    replica.robots = (200, {"Content-Type": "text/html"}, "<html><p>\nUser-agent: *\nDisallow: /\n</html>")
    open_client(replica.base_url).fetch(ID)


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
def test_an_unreadable_robots_txt_forbids_everything(replica, open_client, fault):
    replica.fail("/robots.txt", faults.Forever(fault))
    client = open_client(replica.base_url)
    visit = client.visit(ID)
    with pytest.raises(RobotsUnread, match="no page may be fetched"):
        client.fetcher.fetch(visit)
    assert requests_for(replica) == []
    assert visit.exchanges == []
    assert len(requests_for(replica, "/robots.txt")) <= ATTEMPTS


def test_a_long_retry_after_for_robots_txt_forbids_everything(replica, open_client):
    replica.fail("/robots.txt", faults.Status(503, retry_after="100000"))
    with pytest.raises(RateLimited):
        open_client(replica.base_url).fetch(ID)
    assert [request.path for request in replica.requests] == ["/robots.txt"]


def test_robots_txt_is_retried_like_a_page(replica, open_client):
    replica.fail("/robots.txt", faults.Status(503), faults.Close("middle"))
    client = open_client(replica.base_url)
    client.fetch(ID)
    assert len(requests_for(replica, "/robots.txt")) == 3
    assert [exchange.url for exchange in client.fetcher.robots_exchanges] == [f"{replica.base_url}/robots.txt"] * 3


def test_a_crawl_delay_is_obeyed(replica, open_client):
    replica.robots = (200, {}, "User-agent: *\nCrawl-delay: 0.3")
    client = open_client(replica.base_url)
    for path in (ID, "/details/990000002"):
        client.fetch(path)
    moments = [request.time for request in replica.requests]
    assert len(moments) == 3
    assert all(after - before >= 0.3 for before, after in pairwise(moments))


def test_all_requests_are_an_interval_apart_including_retries_redirects_and_restarts(replica, open_client):
    replica.fail(ID, faults.Status(500), faults.Reset("start"), faults.CutGzip("half"))
    open_client(replica.base_url, interval=0.15).fetch(DOI)
    open_client(replica.base_url, interval=0.15).fetch(ID)
    moments = [request.time for request in replica.requests]
    assert len(moments) == 8
    assert all(after - before >= 0.15 for before, after in pairwise(moments))


def test_altmetric_is_fetched_over_verified_https(altmetric, open_client):
    page, visit = open_client("https://www.altmetric.com").fetch(DOI)
    assert page.content == CONTENT
    assert visit.url == f"https://www.altmetric.com{ID}"
    assert {request.headers["host"] for request in altmetric.requests} == {"www.altmetric.com"}


def test_a_branded_host_has_its_own_robots_txt(altmetric, open_client):
    altmetric.fail(ID, faults.Redirect(f"https://bmc.altmetric.com{ID}"))
    open_client("https://www.altmetric.com").fetch(ID)
    assert [(request.headers["host"], request.path) for request in altmetric.requests] == [
        ("www.altmetric.com", "/robots.txt"),
        ("www.altmetric.com", ID),
        ("bmc.altmetric.com", "/robots.txt"),
        ("bmc.altmetric.com", ID),
    ]


@pytest.mark.parametrize(
    "location", [f"http://www.altmetric.com{ID}", "https://127.0.0.1/", "https://evil-altmetric.com/"]
)
def test_a_redirect_out_of_altmetric_is_refused(altmetric, open_client, location):
    altmetric.fail(ID, faults.Redirect(location))
    with pytest.raises(RedirectRefused):
        open_client("https://www.altmetric.com").fetch(ID)
    assert len(altmetric.requests) == 2


def test_an_untrusted_certificate_is_refused(secure_replica, open_client, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with pytest.raises(RobotsUnread, match="certificate verify failed"):
        open_client(secure_replica.base_url).fetch(ID)
    assert secure_replica.requests == []


def pipelined(visit):
    """Two responses for one request: the page, then another page."""
    visit.connection.send(visit.answer().wire() + Answer(200, (("Content-Type", "text/html"),), OTHER).wire())


OTHER = b"<html><title>for nobody</title></html>"


@pytest.mark.parametrize("rest", [b"\r\n\r\n", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", OTHER])
def test_bytes_after_a_response_do_not_count_for_the_next_request(replica, open_client, rest):
    replica.fail(ID, lambda visit: visit.connection.send(visit.answer().wire() + rest))
    client = open_client(replica.base_url)
    client.fetch(ID)
    page, visit = client.fetch(ID)
    assert page.content == CONTENT
    assert visit.attempts == 1
    assert len({request.connection for request in requests_for(replica, ID)}) == 2


def test_a_second_response_does_not_count_for_the_next_request(replica, open_client):
    replica.fail(ID, pipelined)
    client = open_client(replica.base_url)
    client.fetch(ID)
    page, _ = client.fetch("/details/990000002")
    assert b"for nobody" not in page.content


def test_a_connection_without_unread_bytes_is_used_again(replica, open_client):
    client = open_client(replica.base_url)
    for _ in range(3):
        client.fetch(ID)
    assert {request.connection for request in replica.requests} == {1}


@pytest.mark.parametrize("size", [62_000, 90_000])
@pytest.mark.parametrize("value", ["a single header", "many headers"])
def test_a_head_that_the_archive_cannot_give_again_is_refused(replica, open_client, size, value):
    headers = "X-A: " + "b" * size if value == "a single header" else "\r\n".join(["X-A: b"] * (size // 8))
    wire = f"HTTP/1.1 200 OK\r\nContent-Length: {len(OTHER)}\r\n{headers}\r\n\r\n".encode() + OTHER
    replica.fail(ID, faults.Forever(lambda visit: visit.connection.send(wire)))
    with pytest.raises(NetworkFailure, match="its head is longer than 60 KiB"):
        open_client(replica.base_url).fetch(ID)


@pytest.mark.parametrize("location", [f"{ID}?{'a' * 60_000}", f"{ID}?{chr(255) * 6_000}", f"{ID}?{'%41' * 6_000}"])
def test_a_redirect_to_an_address_that_the_archive_cannot_give_again_is_refused(replica, open_client, location):
    replica.fail(ID, faults.Forever(faults.Redirect(location)))
    with pytest.raises(RedirectRefused, match="it has more than 16,384 characters"):
        open_client(replica.base_url).fetch(ID)
