"""The replica serves pages like the site, records its requests, and leaves no threads."""

import gzip
import http.client
import json
import socket
import ssl
import threading
import time
from urllib.parse import quote

import httpx
import pytest
from samples.generator import page, record
from tests.support.client import ask, connected, fetched, parts, until_end
from tests.support.faults import Forever, Normal, Stall, Status
from tests.support.pages import FIRST_ID, INVENTED_PAGES, ROOT, invented, invented_doi, invented_id
from tests.support.replica import Replica
from tests.support.tabs import MentionList

from altdetails import parse

SAMPLE = "/details/990000001"
OTHER_SAMPLE = "/details/990000002"
SAMPLES = {path.stem: json.loads(path.with_suffix(".json").read_bytes()) for path in (ROOT / "samples").glob("*.html")}


def get(replica, path, **headers):
    """Return status, headers and body of a response, as received."""
    connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def said(content, content_type=None):
    return {
        key: value for key, value in parse(content, content_type=content_type).to_dict().items() if key != "provenance"
    }


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_sample_is_at_its_address(replica, name):
    path = httpx.URL(SAMPLES[name]["url"]).path
    status, headers, body = get(replica, path)
    assert status == 200
    assert body == (ROOT / "samples" / f"{name}.html").read_bytes()
    assert said(body, headers["Content-Type"]) == SAMPLES[name]


@pytest.mark.parametrize(
    "path",
    [
        "/details/doi/10.5555/lhs.2023.0417",
        "/details/doi/10.5555%2Flhs.2023.0417",
        "/details/doi/10.5555/LHS.2023.0417",
        "/details.php?citation_id=990000001",
        "/details.php?doi=10.5555/lhs.2023.0417",
        "/details.php?doi=10.5555%2flhs.2023.0417",
    ],
)
def test_other_addresses_of_a_page_redirect_to_it(replica, path):
    status, headers, _ = get(replica, path)
    assert (status, headers["Location"]) == (301 if "php" in path else 302, SAMPLE)


@pytest.mark.parametrize("path", ["/details/990000011", "/details/doi/10.5555/978-0-00-000000-2_7"])
def test_the_address_of_a_chapter_is_below_its_book(replica, path):
    assert get(replica, path)[1]["Location"] == "/details/990000010/chapter/990000011"
    assert get(replica, "/details/990000010/chapter/990000011")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/details/1",
        "/details/doi/10.5555/nothing.mentions.this",
        "/details.php?citation_id=1",
        "/details.php?doi=",
        "/details.php",
        f"/details/{FIRST_ID + INVENTED_PAGES}",
        f"/details/doi/10.5555/replica.{INVENTED_PAGES}",
        "/details/doi/10.5555/replica.01",
        "/details/1/news",
        "/details/" + "9" * 40,
    ],
)
def test_other_addresses_are_not_found(replica, path):
    status, headers, body = get(replica, path)
    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert b"404" in body


def test_a_list_has_100_mentions_a_page_and_links_until_its_last(replica):
    replica.add_list(990000001, "news", MentionList(250, total=260))
    bodies = [get(replica, f"/details/990000001/news{end}")[2] for end in ("", "/page:2", "/page:3")]
    assert [body.count(b"<article ") for body in bodies] == [100, 100, 50]
    assert [b'rel="next"' in body for body in bodies] == [True, True, False]
    assert all(b"<strong>260</strong> news stories" in body for body in bodies)


@pytest.mark.parametrize("path", ["/details/990000001/news/page:4", "/details/990000001/blogs"])
def test_a_page_that_a_list_does_not_have_redirects_to_the_summary(replica, path):
    replica.add_list(990000001, "news", MentionList(250))
    status, headers, _ = get(replica, path)
    assert (status, headers["Location"]) == (302, "/details/990000001")


@pytest.mark.parametrize("number", [0, 7, 9_999, INVENTED_PAGES - 1])
def test_an_invented_page_has_the_record_of_its_facts(replica, number):
    status, headers, _ = get(replica, f"/details/doi/{quote(invented_doi(number), safe='')}")
    assert (status, headers["Location"]) == (302, f"/details/{invented_id(number)}")
    body = get(replica, headers["Location"])[2]
    assert said(body) == record(invented(number))
    assert (said(body)["doi"], said(body)["altmetric_id"]) == (invented_doi(number), invented_id(number))


def test_invented_pages_are_distinct_and_the_same_in_every_replica(replica):
    with Replica() as other:
        pages = [[get(site, f"/details/{invented_id(number)}")[2] for number in range(30)] for site in (replica, other)]
    assert pages[0] == pages[1]
    assert len(set(pages[0])) == 30


def test_invented_pages_can_be_padded():
    with Replica(padding=50_000) as replica:
        replica.prepare(2)
        body = get(replica, f"/details/{invented_id(1)}")[2]
    assert body == page(invented(1), 50_000).encode()
    assert len(body) > 50_000


@pytest.mark.parametrize("path", [SAMPLE, f"/details/{FIRST_ID}"])
def test_a_page_is_compressed_only_for_clients_that_accept_gzip(replica, path):
    _, plain, content = get(replica, path)
    _, zipped, body = get(replica, path, **{"Accept-Encoding": "gzip, deflate"})
    assert plain["Content-Encoding"] is None
    assert zipped["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == content
    assert plain["Content-Type"] == zipped["Content-Type"] == "text/html; charset=utf-8"
    assert int(zipped["Content-Length"]) == len(body) < len(content)


def test_a_page_can_be_added_and_can_replace_another(replica):
    replica.add("10.5555/Of.A.Test", 990200001, "<title>Ça</title>")
    replica.add("10.5555/lhs.2023.0417", 990200002, b"<title>\xe9</title>", content_type="text/html; charset=latin-1")
    replica.add(None, 990000002, "without a DOI")
    assert get(replica, "/details/doi/10.5555/of.a.test")[1]["Location"] == "/details/990200001"
    assert get(replica, "/details/990200001")[2].decode() == "<title>Ça</title>"
    assert get(replica, "/details/doi/10.5555/lhs.2023.0417")[1]["Location"] == "/details/990200002"
    assert get(replica, "/details/990200002")[1]["Content-Type"] == "text/html; charset=latin-1"
    assert get(replica, "/details/990000002")[2] == b"without a DOI"


def test_robots_txt_allows_everything_by_default(replica):
    status, headers, body = get(replica, "/robots.txt")
    assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert body.startswith(b"#")
    assert replica.robots == (200, {"Content-Type": "text/plain; charset=utf-8"}, body)
    replica.robots = (503, {"Retry-After": "5"}, "down")
    status, headers, body = get(replica, "/robots.txt")
    assert (status, headers["Retry-After"], body) == (503, "5", b"down")


def test_a_connection_is_kept_until_the_client_asks_to_close_it(replica):
    with connected(replica) as connection:
        for _ in range(3):
            ask(connection, "/details/1")
        ask(connection, "/details/2", "Connection: close")
        answers, end = until_end(connection)
    assert (answers.count(b"HTTP/1.1 404 Not Found"), end) == (4, "closed")
    assert [arrival.connection for arrival in replica.requests] == [1, 1, 1, 1]


def test_the_replica_records_its_requests(replica):
    before, wall = time.monotonic(), time.time()
    get(replica, SAMPLE + "?src=a", **{"User-Agent": "a test"})
    get(replica, "/details/1")
    first, second = replica.requests
    assert (first.method, first.path, first.headers["user-agent"]) == ("GET", SAMPLE + "?src=a", "a test")
    assert (first.connection, second.connection) == (1, 2)
    assert before <= first.time <= second.time <= time.monotonic()
    assert wall <= first.wall <= time.time()


def test_the_list_of_requests_is_a_copy(replica):
    replica.requests.append("something")
    assert replica.requests == []


def test_a_log_has_one_line_per_request(tmp_path):
    with Replica(log=tmp_path / "log.jsonl") as replica:
        get(replica, SAMPLE)
        get(replica, "/details/1")
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [(line["method"], line["path"]) for line in lines] == [("GET", SAMPLE), ("GET", "/details/1")]


@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE"])
def test_other_methods_than_get_are_refused(replica, method):
    with connected(replica) as connection:
        ask(connection, SAMPLE, method=method)
        status, headers, _ = parts(until_end(connection)[0])
    assert (status, headers["allow"]) == (405, ["GET"])
    assert replica.requests[0].method == method


@pytest.mark.parametrize("noise", [b"\x16\x03\x01 a greeting of TLS\r\n\r\n", b"GET /\r\n\r\n", b"a" * 70_000])
def test_a_client_that_does_not_speak_http_gets_no_answer(replica, noise):
    with connected(replica) as connection:
        connection.sendall(noise)
        assert until_end(connection)[0] == b""
    assert get(replica, SAMPLE)[0] == 200


def statuses(replica, *paths):
    return [get(replica, path)[0] for path in paths]


def test_the_nth_request_of_a_path_gets_the_nth_fault_and_later_ones_the_page(replica):
    replica.fail(SAMPLE, Status(503), Normal(), Status(429))
    assert statuses(replica, SAMPLE, SAMPLE, OTHER_SAMPLE, SAMPLE, SAMPLE) == [503, 200, 200, 429, 200]


def test_a_fault_can_stay_forever(replica):
    replica.fail(SAMPLE, Status(429), Forever(Status(503)))
    assert statuses(replica, *[SAMPLE] * 4) == [429, 503, 503, 503]


def test_a_pattern_counts_the_requests_to_all_its_paths(replica):
    replica.fail("/details/*", Status(500), Status(500))
    assert statuses(replica, SAMPLE, "/robots.txt", OTHER_SAMPLE, SAMPLE) == [500, 200, 500, 200]


def test_a_pattern_can_count_the_requests_to_each_path(replica):
    replica.fail_each("/details/*", Status(500))
    assert statuses(replica, SAMPLE, OTHER_SAMPLE, SAMPLE, OTHER_SAMPLE) == [500, 500, 200, 200]


def test_earlier_plans_are_used_first(replica):
    replica.fail(SAMPLE, Status(503))
    replica.fail("*", Status(500))
    assert statuses(replica, SAMPLE, SAMPLE, SAMPLE) == [503, 500, 200]


def test_brackets_and_question_marks_in_a_pattern_are_literal(replica):
    replica.fail("/details.php?citation_id=*", Status(500))
    replica.fail("/a[b]*", Status(410))
    assert statuses(replica, "/details.php?citation_id=990000001", "/details.phpXcitation_id=1") == [500, 404]
    assert statuses(replica, "/a[b]c", "/ab") == [410, 404]


def test_any_function_of_a_visit_can_be_a_fault(replica):
    replica.fail(SAMPLE, lambda visit: visit.give(visit.site.answer("/robots.txt", zipped=False)))
    assert get(replica, SAMPLE)[2].startswith(b"#")


def test_an_invalid_or_unreachable_fault_is_refused_when_it_is_planned(replica):
    with pytest.raises(TypeError, match="503 is not a fault"):
        replica.fail(SAMPLE, 503)
    with pytest.raises(ValueError, match="never met"):
        replica.fail(SAMPLE, Forever(Status(503)), Status(500))


def test_a_replica_speaks_https_with_a_certificate_for_the_sites_names(secure_replica):
    for name in ("www.altmetric.com", "bmc.altmetric.com", "localhost", "127.0.0.1"):
        with (
            socket.create_connection(("127.0.0.1", secure_replica.port), timeout=60) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=name) as secure,
        ):
            ask(secure, SAMPLE, "Connection: close")
            assert parts(until_end(secure)[0])[0] == 200
    assert [arrival.path for arrival in secure_replica.requests] == [SAMPLE] * 4


def test_a_client_that_does_not_trust_the_certificate_sends_no_request(secure_replica, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(httpx.ConnectError, match="certificate"), httpx.Client() as client:
        client.get(secure_replica.base_url)
    assert secure_replica.requests == []


def test_many_clients_are_served_at_once(replica):
    replica.fail(SAMPLE, Stall())
    with connected(replica) as waiting:
        ask(waiting, SAMPLE)
        clients = [threading.Thread(target=fetched, args=(replica, OTHER_SAMPLE)) for _ in range(20)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    assert sorted(arrival.connection for arrival in replica.requests) == [*range(1, 22)]


def test_closing_ends_every_connection_and_every_thread():
    with Replica() as replica:
        replica.fail(SAMPLE, Stall())
        with connected(replica) as stalled, connected(replica) as idle:
            ask(stalled, SAMPLE)
            ask(idle, OTHER_SAMPLE)
            assert idle.recv(10) == b"HTTP/1.1 2"
            replica.close()
            assert until_end(stalled)[0] == b""
            until_end(idle)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("replica")] == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", replica.port), timeout=60)


def test_the_list_of_dois_has_every_sample_one_repetition_and_one_doi_without_a_page(replica):
    lines = (ROOT / "samples" / "dois.txt").read_text("utf-8").splitlines()
    dois = [line.removeprefix("https://doi.org/").lower() for line in lines if not line.startswith("#")]
    known_dois = {record["doi"] for name, record in SAMPLES.items() if name != "minified"}
    assert set(dois) == known_dois | {"10.5555/nothing.mentions.this"}
    assert len(dois) == len(known_dois) + 2
    answers = {doi: get(replica, f"/details/doi/{doi}")[0] for doi in dois}
    assert [doi for doi, status in answers.items() if status != 302] == ["10.5555/nothing.mentions.this"]
