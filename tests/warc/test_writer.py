"""What strangers send cannot make WARC records of its own, and is kept as it came."""

import gzip

import pytest
from tests.scraping.store.material import SITE, committed, exchange, kinds, missing, stored, warcio_check

INJECTED = "x\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:x>\r\n\r\n\0y\u2028z"


def kept(opened, *exchanges, identifier="10.5555/a"):
    """The last response, as it was kept."""
    outcome, _ = missing(identifier)
    with opened() as run:
        committed(run, (outcome, exchanges))
    process = warcio_check()
    assert (process.returncode, process.stdout.count("digest pass")) == (0, len(kinds()))
    return list(stored())[-1]


def raw(path="run/pages.warc.gz"):
    with gzip.open(path) as stream:
        return stream.read()


def test_headers_are_kept_in_their_order_and_as_often_as_they_came(opened):
    headers = (("Set-Cookie", "a=1"), ("x-Odd", " \tcaf\xe9 "), ("Set-Cookie", "b=2"))
    kept(opened, exchange(headers=headers))
    assert b"HTTP/1.1 404 Not Found\r\nSet-Cookie: a=1\r\nx-Odd:  \tcaf\xe9 \r\nSet-Cookie: b=2\r\n\r\n<html>" in raw()


def test_a_header_that_no_wire_carries_is_kept_as_well(opened):
    kept(opened, exchange(headers=(("X-Odd", "\u4e2d\ud800"),)))
    assert "\r\nX-Odd: \u4e2d\\ud800\r\n\r\n".encode() in raw()


def test_the_request_is_kept_with_its_headers(opened):
    kept(opened, exchange(f"{SITE}/details/doi/10.5555/a%20b?tab=news"))
    assert b"GET /details/doi/10.5555/a%20b?tab=news HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAccept: text/html" in raw()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://[::1]:8000/"])
def test_the_root_of_a_site_is_asked_for_by_a_slash(opened, url):
    assert kept(opened, exchange(url))["WARC-Target-URI"] == url
    assert b"GET / HTTP/1.1\r\n" in raw()


def test_a_transfer_coding_that_was_taken_off_is_told_under_another_name(opened):
    record = kept(opened, exchange(headers=(("transfer-Encoding", "chunked"),), body=b"whole"))
    assert record.http_headers == {"X-Archive-Orig-transfer-Encoding": "chunked"}
    assert record.content == b"whole"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"a page", mtime=0)),
        ("gzip", gzip.compress(b"a page" * 9999, mtime=0)[:-9]),
        ("gzip", b"no gzip at all"),
        ("unheard-of", b"no page"),
        ("deflate", b""),
        ("identity", bytes(range(256))),
    ],
)
def test_a_body_is_kept_as_it_came(opened, coding, body):
    kept(opened, exchange(headers=(("Content-Encoding", coding),), body=body))
    assert raw().endswith(b"\r\n\r\n" + body + b"\r\n\r\n")


@pytest.mark.parametrize("why", ["length", "time", "disconnect"])
def test_a_body_that_is_not_whole_is_marked(opened, why):
    record = kept(opened, exchange(headers=(("Content-Length", "99"),), body=b"half", truncated=why))
    assert (record["WARC-Truncated"], record.content) == (why, b"half")


@pytest.mark.parametrize(
    "changes",
    [
        {"url": f"{SITE}/{INJECTED}"},
        {"phrase": INJECTED},
        {"http_version": f"HTTP/1.1{INJECTED}"},
        {"headers": (("X-Odd", INJECTED),)},
        {"headers": ((f"X-Odd{INJECTED}", "y"),)},
        {"headers": ((" \r\n", "y"),)},
        {"request_headers": (("X-Odd", INJECTED),)},
        {"at": INJECTED},
        {"truncated": INJECTED},
        {"record_id": INJECTED},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_nothing_that_is_sent_makes_a_header(opened, changes):
    kept(opened, exchange(**changes))
    assert kinds() == ["warcinfo", "metadata", "request", "response"]
    for record in stored():
        assert list(record).count("WARC-Type") == 1
        assert record.http_headers is None or "WARC-Type" not in record.http_headers


def test_nothing_that_an_identifier_holds_makes_a_field(opened):
    kept(opened, exchange(), identifier="10.5555/a\r\noutcome: ok\x85outcome: ok\u2028")
    visit = next(record for record in stored() if record["WARC-Type"] == "metadata")
    assert visit.fields == {
        "requested": "10.5555/a outcome: ok outcome: ok",
        "outcome": "not_tracked",
        "attempts": "1",
    }


def test_an_address_has_no_white_space(opened):
    assert kept(opened, exchange(f"{SITE}/a b\t"))["WARC-Target-URI"] == f"{SITE}/a%20b%09"
