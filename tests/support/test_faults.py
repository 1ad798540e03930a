"""Each fault sends the documented bytes, and ends when the client leaves or the replica is closed."""

import gzip
import http.client
import socket
import threading
import zlib
from time import sleep

import pytest
from tests.support.client import PATIENCE, ask, connected, fetched, parts, unchunked, until_end
from tests.support.command import CATALOGUE
from tests.support.faults import (
    GARBAGE,
    Bomb,
    BrokenChunk,
    Chunked,
    Close,
    CutGzip,
    CutPage,
    Drip,
    Endless,
    Forever,
    HeaderFlood,
    Interim,
    Large,
    NoLastChunk,
    Raw,
    Reset,
    Stall,
    UntilClose,
    WrongLength,
)
from tests.support.material import MEBIBYTE, PAGE, PATH, ZIPPED, answer, met

pytestmark = pytest.mark.slow

PLACES = ("start", "head", "body", "middle")


@pytest.fixture(params=["replica", "secure_replica"])
def site(request):
    """A replica with HTTP, and one with HTTPS."""
    return request.getfixturevalue(request.param)


def assert_cut(wire, place):
    """Check that the bytes are the response for the page up to a place."""
    head, mark, body = wire.partition(b"\r\n\r\n")
    assert bool(head) == (place != "start")
    assert bool(mark) == (place in {"body", "middle"})
    assert head.startswith(b"HTTP/1.1 200 OK\r\n"[: len(head)])
    assert head.endswith(f"Content-Length: {len(ZIPPED)}".encode()) == bool(mark)
    assert body == (ZIPPED[: len(ZIPPED) // 2] if place == "middle" else b"")


@pytest.mark.parametrize("place", PLACES)
def test_a_connection_ends_at_the_given_place(site, place):
    wire, end = met(site, Close(place))
    assert_cut(wire, place)
    assert end == "closed"


@pytest.mark.parametrize("place", PLACES)
def test_a_connection_is_reset_at_the_given_place(replica, place):
    wire, end = met(replica, Reset(place))
    assert_cut(wire, place)
    assert end == "reset"


def test_a_connection_is_reset_beneath_tls_too(secure_replica):
    secure_replica.fail(PATH, Reset())
    with connected(secure_replica) as connection:
        ask(connection, PATH)
        with socket.socket(fileno=connection.detach()) as beneath:
            beneath.settimeout(PATIENCE)
            assert until_end(beneath)[1] == "reset"


@pytest.mark.parametrize("place", PLACES)
def test_a_stall_begins_at_the_given_place_and_lasts(site, place):
    site.fail(PATH, Stall(place))
    with connected(site) as connection:
        ask(connection, PATH)
        wire = b""
        if place != "start":
            wire, _ = until_end(connection, at_most=17)
        while (place == "body" and b"\r\n\r\n" not in wire) or (place == "middle" and ZIPPED[:9] not in wire):
            wire += connection.recv(65_536)
        connection.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.recv(65_536)
    assert ZIPPED not in wire


@pytest.mark.parametrize("place", PLACES)
def test_a_stall_can_end_and_the_rest_is_sent(site, place):
    wire, end = met(site, Stall(place, seconds=0.05))
    assert (parts(wire)[2], end) == (ZIPPED, "closed")


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_page_can_come_a_byte_at_a_time(site, part):
    site.add(None, 1, "slow" * 20)
    wire, _ = met(site, Drip(part, every=0.0001), "/details/1")
    assert gzip.decompress(parts(wire)[2]) == b"slow" * 20


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("without", ["trailer", "half"])
def test_truncated_gzip_is_sent_in_a_complete_body(replica, without, chunked):
    _, headers, body = answer(replica, CutGzip(without, chunked=chunked))
    if chunked:
        body, rest = unchunked(body)
        assert (headers["transfer-encoding"], rest) == (["chunked"], b"0\r\n\r\n")
    else:
        assert headers["content-length"] == [str(len(body))]
    assert headers["content-encoding"] == ["gzip"]
    inflating = zlib.decompressobj(wbits=31)
    inflated = inflating.decompress(body)
    assert not inflating.eof
    assert inflated == PAGE if without == "trailer" else PAGE.startswith(inflated)


@pytest.mark.parametrize("at", ["middle", "end"])
def test_a_truncated_page_is_sent_in_a_complete_body(replica, at):
    _, headers, body = answer(replica, CutPage(at))
    content = gzip.decompress(body)
    assert headers["content-length"] == [str(len(body))]
    assert PAGE.startswith(content)
    assert b"</html>" not in content
    assert len(content) > len(PAGE) - 20 or at == "middle"


@pytest.mark.parametrize("by", [1, 10_000])
def test_a_content_length_can_be_too_large(site, by):
    wire, end = met(site, WrongLength(by))
    _, headers, body = parts(wire)
    assert (headers["content-length"], body, end) == ([str(len(ZIPPED) + by)], ZIPPED, "closed")


def test_a_content_length_can_be_too_small(site):
    site.fail(PATH, WrongLength(-10))
    with connected(site) as connection:
        ask(connection, PATH)
        ask(connection, PATH, "Connection: close")
        wire, _ = until_end(connection)
    _, headers, rest = parts(wire)
    assert headers["content-length"] == [str(len(ZIPPED) - 10)]
    assert rest[len(ZIPPED) :].startswith(b"HTTP/1.1 200 OK")


def test_a_page_can_come_in_chunks(site):
    wire, _ = met(site, Chunked())
    assert unchunked(parts(wire)[2]) == (ZIPPED, b"0\r\n\r\n")


def test_the_last_chunk_can_be_missing(site):
    wire, end = met(site, NoLastChunk())
    assert (unchunked(parts(wire)[2]), end) == ((ZIPPED, b""), "closed")


@pytest.mark.parametrize("size", ["zz", "-1", "", "FFFFFFFFFFFFFFFFFFFF"])
def test_the_size_of_a_chunk_can_be_invalid(replica, size):
    _, rest = unchunked(answer(replica, BrokenChunk(size))[2])
    assert rest.startswith(size.encode() + b"\r\n" + ZIPPED[100:110])


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_page_can_end_with_its_connection(site, share):
    wire, end = met(site, UntilClose(share))
    _, headers, body = parts(wire)
    assert {"content-length", "transfer-encoding"}.isdisjoint(headers)
    assert (body, end) == (ZIPPED[: int(len(ZIPPED) * share)], "closed")


def test_a_gzip_bomb_is_small_until_it_is_inflated(replica):
    _, headers, body = answer(replica, Bomb())
    assert headers["content-encoding"] == ["gzip"]
    assert len(body) < MEBIBYTE < 8 * MEBIBYTE < len(gzip.decompress(body))


def test_a_brotli_bomb_is_small_until_it_is_inflated(replica):
    brotli = pytest.importorskip("brotli")
    _, headers, body = answer(replica, Bomb("br"))
    assert headers["content-encoding"] == ["br"]
    assert len(body) < 100
    assert len(brotli.decompress(body)) == 16 * MEBIBYTE


def test_a_zstd_bomb_is_small_until_it_is_inflated(replica):
    try:
        from compression import zstd  # noqa: PLC0415 -- since Python 3.14
    except ImportError:
        zstd = pytest.importorskip("backports.zstd")
    _, headers, body = answer(replica, Bomb("zstd"))
    assert headers["content-encoding"] == ["zstd"]
    assert len(body) < 1000
    assert len(zstd.decompress(body)) == 16 * MEBIBYTE


@pytest.mark.parametrize("chunked", [False, True])
def test_a_page_is_large_on_the_wire(replica, chunked):
    _, headers, body = answer(replica, Large(chunked=chunked))
    assert "content-encoding" not in headers
    assert len(body) > 4 * MEBIBYTE
    assert PAGE[:500] in body


def test_a_page_never_ends(site):
    wire, end = met(site, Endless(), at_most=2 * MEBIBYTE)
    data, _ = unchunked(parts(wire)[2])
    assert end == "full"
    assert data.startswith(PAGE)


def test_headers_never_end(site):
    wire, end = met(site, HeaderFlood(), at_most=MEBIBYTE)
    assert end == "full"
    assert b"\r\n\r\n" not in wire
    assert wire.count(b"\r\n") > 10_000


def test_one_header_never_ends(site):
    wire, end = met(site, HeaderFlood(line=True), at_most=MEBIBYTE)
    assert end == "full"
    assert wire.count(b"\r\n") == 2


@pytest.mark.parametrize("name", GARBAGE)
def test_raw_bytes_are_sent_unchanged_and_the_connection_ends(replica, name):
    assert met(replica, Raw(name)) == (GARBAGE[name], "closed")
    assert met(replica, Raw(b"bytes of a test")) == (b"bytes of a test", "closed")


def test_http_client_refuses_bytes_that_are_not_http(replica):
    replica.fail(PATH, Raw("another protocol"))
    client = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=60)
    client.request("GET", PATH)
    with pytest.raises(http.client.BadStatusLine):
        client.getresponse()
    client.close()


def test_informational_responses_are_sent_before_the_page(replica):
    wire, _ = met(replica, Interim(30))
    assert wire.count(b"HTTP/1.1 103 ") == 30
    assert wire.endswith(ZIPPED)


def test_informational_responses_never_end(site):
    wire, end = met(site, Interim(-1), at_most=MEBIBYTE)
    assert (end, b"HTTP/1.1 200" in wire) == ("full", False)


UNENDING = [Stall(), Stall("middle"), Drip(every=3600), Endless(), HeaderFlood(), HeaderFlood(line=True), Interim(-1)]


def serving():
    return [thread for thread in threading.enumerate() if thread.name.startswith("replica, connection")]


def wait_for_requests(site, count):
    while len(site.requests) < count:
        sleep(0.001)


@pytest.mark.parametrize("fault", UNENDING, ids=repr)
def test_an_endless_fault_ends_when_the_client_leaves(site, fault):
    site.fail(PATH, fault)
    with connected(site) as connection:
        ask(connection, PATH)
        wait_for_requests(site, 1)
    for thread in serving():
        thread.join(PATIENCE)
    assert serving() == []


@pytest.mark.parametrize("fault", UNENDING, ids=repr)
def test_an_endless_fault_ends_when_the_replica_is_closed(site, fault):
    site.fail(PATH, Forever(fault))
    with connected(site) as reading, connected(site) as waiting:
        ask(reading, PATH)
        ask(waiting, PATH)
        wait_for_requests(site, 2)
        site.close()
        assert serving() == []


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_fault_can_be_repeated_and_leaves_no_connection(replica, name):
    brief = {"seconds": 0.01} if name == "stall" else {}
    replica.fail(PATH, Forever(CATALOGUE[name](**brief)))
    for _ in range(3):
        fetched(replica, PATH, at_most=0)
        fetched(replica, PATH, at_most=100)
    replica.close()
    assert serving() == []
