"""Responses are archived unchanged, and cannot inject WARC headers or records."""

import gzip
from io import BytesIO

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import given
from hypothesis import strategies as st
from tests.scraping.store.material import AT, SITE, commit_visits, exchange, kinds, missing, stored, warcio_check
from warcio.archiveiterator import WARCIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from altdetails.results import Exchange, Outcome
from altdetails.warc import writer as warc

pytestmark = pytest.mark.slow

INJECTED = "x\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:x>\r\n\r\n\0y\u2028z"

ANY_TEXT = st.text(st.characters())
ANY_HEADERS = st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=3).map(tuple)
ANY_EXCHANGE = st.builds(
    Exchange,
    url=st.text(st.characters(max_codepoint=127)).map(f"{SITE}/".__add__),
    at=ANY_TEXT,
    request_headers=ANY_HEADERS,
    http_version=ANY_TEXT,
    status=st.integers(100, 999),
    phrase=ANY_TEXT,
    headers=ANY_HEADERS,
    body=st.binary() | st.binary(min_size=1, max_size=9).map(lambda part: part * 20_000),
    truncated=st.none() | ANY_TEXT,
    record_id=ANY_TEXT,
)


def read_by_warcio(content):
    """Return the version, headers and block of each record, as warcio reads them."""
    records = WARCIterator(BytesIO(content), no_record_parse=True)
    return [(item.rec_headers.protocol, item.rec_headers.headers, item.raw_stream.read()) for item in records]


def read_by_fastwarc(content):
    """Return the version, headers and block of each record, as fastwarc reads them. Check the block digests."""
    records = []
    for record in ArchiveIterator(BytesIO(content), parse_http=False):
        assert record.verify_block_digest(consume=False)
        records.append((record.headers.status_line, list(record.headers.items()), record.reader.read()))
    return records


def written_by_warcio(headers, block):
    """Return a record as warcio writes it. warcio adds the digests, type and length of the block."""
    fields = dict(headers)
    content_type = fields.pop("Content-Type")
    del fields["WARC-Block-Digest"], fields["Content-Length"]
    if not content_type.startswith("application/http"):
        fields.pop("WARC-Payload-Digest", None)
    lines = StatusAndHeaders("", list(fields.items()), "WARC/1.1")
    output = BytesIO()
    record = ArcWarcRecord("warc", fields["WARC-Type"], lines, BytesIO(block), None, content_type, len(block))
    WARCWriter(output, gzip=False, warc_version="WARC/1.1").write_record(record)
    return output.getvalue()


def archive(open_run, *exchanges, identifier="10.5555/a"):
    """Write exchanges to a run folder, and return the last response in its archive."""
    outcome, _ = missing(identifier)
    with open_run() as run:
        commit_visits(run, (outcome, exchanges))
    process = warcio_check()
    assert (process.returncode, process.stdout.count("digest pass")) == (0, len(kinds()))
    return list(stored())[-1]


def raw(path="run/pages.warc.gz"):
    with gzip.open(path) as stream:
        return stream.read()


def test_headers_keep_their_order_and_number(open_run):
    headers = (("Set-Cookie", "a=1"), ("x-Odd", " \tcaf\xe9 "), ("Set-Cookie", "b=2"))
    archive(open_run, exchange(headers=headers))
    assert b"HTTP/1.1 404 Not Found\r\nSet-Cookie: a=1\r\nx-Odd:  \tcaf\xe9 \r\nSet-Cookie: b=2\r\n\r\n<html>" in raw()


def test_a_header_with_characters_outside_latin_1_is_escaped(open_run):
    archive(open_run, exchange(headers=(("X-Odd", "\u4e2d\ud800"),)))
    assert "\r\nX-Odd: \u4e2d\\ud800\r\n\r\n".encode() in raw()


def test_the_request_is_archived_with_its_headers(open_run):
    archive(open_run, exchange(f"{SITE}/details/doi/10.5555/a%20b?tab=news"))
    assert b"GET /details/doi/10.5555/a%20b?tab=news HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAccept: text/html" in raw()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://[::1]:8000/"])
def test_the_root_of_a_site_is_requested_with_a_slash(open_run, url):
    assert archive(open_run, exchange(url))["WARC-Target-URI"] == url
    assert b"GET / HTTP/1.1\r\n" in raw()


def test_a_removed_transfer_coding_is_archived_under_another_name(open_run):
    record = archive(open_run, exchange(headers=(("transfer-Encoding", "chunked"),), body=b"whole"))
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
def test_a_body_is_archived_unchanged(open_run, coding, body):
    archive(open_run, exchange(headers=(("Content-Encoding", coding),), body=body))
    assert raw().endswith(b"\r\n\r\n" + body + b"\r\n\r\n")


@pytest.mark.parametrize("why", ["length", "time", "disconnect"])
def test_a_truncated_body_is_marked(open_run, why):
    record = archive(open_run, exchange(headers=(("Content-Length", "99"),), body=b"half", truncated=why))
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
def test_a_response_cannot_inject_a_header(open_run, changes):
    archive(open_run, exchange(**changes))
    assert kinds() == ["warcinfo", "metadata", "request", "response"]
    for record in stored():
        assert list(record).count("WARC-Type") == 1
        assert record.http_headers is None or "WARC-Type" not in record.http_headers


def test_an_identifier_cannot_inject_a_field(open_run):
    archive(open_run, exchange(), identifier="10.5555/a\r\noutcome: ok\x85outcome: ok\u2028")
    visit = next(record for record in stored() if record["WARC-Type"] == "metadata")
    assert visit.fields == {
        "requested": "10.5555/a outcome: ok outcome: ok",
        "outcome": "not_tracked",
        "attempts": "1",
    }


def test_an_address_has_no_white_space(open_run):
    assert archive(open_run, exchange(f"{SITE}/a b\t"))["WARC-Target-URI"] == f"{SITE}/a%20b%09"


@given(st.lists(ANY_EXCHANGE, min_size=1, max_size=2), ANY_TEXT, ANY_TEXT)
def test_records_are_identical_to_those_of_warcio(exchanges, identifier, software):
    outcome = Outcome(identifier=identifier, status="failed", attempts=1, at=AT)
    content = warc.warcinfo_record("pages.warc.gz", software, SITE) + warc.visit_records(outcome, exchanges)
    records = read_by_warcio(content)
    assert [dict(headers)["WARC-Type"] for _, headers, _ in records] == [
        "warcinfo",
        "metadata",
        *["request", "response"] * len(exchanges),
    ]
    assert gzip.decompress(content) == b"".join(written_by_warcio(headers, block) for _, headers, block in records)
    assert read_by_fastwarc(content) == records
