"""Faults that are valid HTTP responses: another status, another page, a redirect."""

import gzip
from email.utils import parsedate_to_datetime
from time import time

import pytest
from tests.support.client import ask, connected, fetched, parts, until_end
from tests.support.faults import (
    UNSAFE_LOCATIONS,
    Challenge,
    Cookies,
    LogIn,
    Partial,
    Redirect,
    RedirectChain,
    RedirectLoop,
    Status,
    WrongPage,
)
from tests.support.material import PAGE, PATH, ZIPPED, answer, met
from tests.support.pages import ROOT


@pytest.mark.parametrize("code", [400, 401, 403, 404, 408, 410, 425, 429, 500, 502, 503, 504, 599])
def test_a_status_comes_with_a_small_page_and_the_connection_stays(replica, code):
    replica.fail(PATH, Status(code))
    with connected(replica) as connection:
        ask(connection, PATH)
        ask(connection, PATH, "Connection: close")
        wire, _ = until_end(connection)
    status, headers, body = parts(wire)
    assert (status, headers["content-type"]) == (code, ["text/html; charset=utf-8"])
    assert body.startswith(f"<html><title>{code}</title>".encode())
    assert wire.count(b"HTTP/1.1 200 OK\r\n") == 1


@pytest.mark.parametrize("code", [204, 304])
def test_a_status_without_body_sends_no_body(replica, code):
    status, headers, body = answer(replica, Status(code))
    assert (status, body, "content-length" in headers) == (code, b"", False)


def test_a_status_can_have_a_custom_body(replica):
    assert answer(replica, Status(500, body="out of order"))[2] == b"out of order"


@pytest.mark.parametrize("value", ["2", "-5", "315360000", "soon", "", "Wed, 21 Oct 2015 07:28:00 GMT", "1e3", "0x10"])
@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_sent_unchanged(replica, code, value):
    assert answer(replica, Status(code, retry_after=value))[1]["retry-after"] == [value]


@pytest.mark.parametrize("seconds", [-3600, 0, 3600, 315_360_000])
def test_retry_after_can_be_a_date_so_long_after_the_answer(replica, seconds):
    earliest = int(time()) + seconds
    (value,) = answer(replica, Status(503, retry_after_date=seconds))[1]["retry-after"]
    assert value.endswith(" GMT")
    assert earliest <= parsedate_to_datetime(value).timestamp() <= time() + seconds


def test_retry_after_is_missing_by_default(replica):
    assert "retry-after" not in answer(replica, Status(429))[1]


@pytest.mark.parametrize("code", [200, 403, 503])
@pytest.mark.parametrize("page", ["just-a-moment", "checking-your-browser", "attention-required"])
def test_a_challenge_replaces_the_page(replica, code, page):
    content = (ROOT / "tests" / "data" / "other-pages" / f"challenge-{page}.html").read_bytes()
    status, headers, body = answer(replica, Challenge(code, page))
    assert (status, headers["cf-mitigated"], body) == (code, ["challenge"], content)
    status, headers, body = answer(replica, Challenge(code, page, header=False))
    assert (status, "cf-mitigated" in headers, body) == (code, False, content)


@pytest.mark.parametrize(("page", "sign"), [("form", b'type="password"'), ("heading", b"<h1>Sign in</h1>")])
def test_a_login_page_replaces_the_page(replica, page, sign):
    status, _, body = answer(replica, LogIn(page))
    assert status == 200
    assert sign in body


def test_a_redirect_to_the_login_page_leads_there(replica):
    assert answer(replica, Redirect("/login"))[1]["location"] == ["/login"]
    status, _, body = parts(fetched(replica, "/login")[0])
    assert status == 200
    assert b'type="password"' in body


def test_the_page_of_another_output_replaces_the_page(replica):
    body = answer(replica, WrongPage(990000012))[2]
    assert gzip.decompress(body) == (ROOT / "samples" / "dataset.html").read_bytes()


def test_a_part_of_the_page_has_a_content_range(replica):
    status, headers, body = answer(replica, Partial())
    assert (status, headers["content-range"]) == (206, [f"bytes 0-{len(body) - 1}/{len(PAGE)}"])
    assert PAGE.startswith(body)
    assert len(body) == len(PAGE) // 2


def test_many_cookies_come_with_the_page(replica):
    status, headers, body = answer(replica, Cookies(40))
    assert (status, len(set(headers["set-cookie"])), body) == (200, 40, ZIPPED)


@pytest.mark.parametrize("name", UNSAFE_LOCATIONS)
def test_a_location_is_sent_unchanged(replica, name):
    location = UNSAFE_LOCATIONS[name]
    wire, _ = met(replica, Redirect(location))
    expected = location.encode() if isinstance(location, str) else location
    assert wire.startswith(b"HTTP/1.1 302 Found\r\n")
    assert (b"Location: " not in wire) if location is None else (b"\r\nLocation: " + expected + b"\r\n" in wire)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_has_the_given_status(replica, code):
    status, headers, _ = answer(replica, Redirect("/details/990000002", code))
    assert (status, headers["location"]) == (code, ["/details/990000002"])


def followed(replica, path, at_most):
    """Return the addresses of a chain of redirects, including the first."""
    seen = [path]
    while len(seen) <= at_most:
        status, headers, _ = parts(fetched(replica, seen[-1])[0])
        if status == 200:
            return seen
        seen.append(headers["location"][0])
    return seen


@pytest.mark.parametrize("hops", [1, 2, 7])
def test_a_chain_of_redirects_ends_at_the_page(replica, hops):
    replica.fail(PATH, RedirectChain(hops))
    seen = followed(replica, PATH, at_most=20)
    assert (len(seen), seen[-1]) == (hops + 1, PATH)
    assert len(replica.requests) == hops + 1


def test_a_loop_of_redirects_never_ends(replica):
    replica.fail(PATH, RedirectLoop())
    seen = followed(replica, PATH, at_most=20)
    assert len(seen) == 21
    assert len(set(seen)) == 3
