"""Connections to the site reach a replica over verified TLS, and connections to other hosts fail."""

import socket
import urllib.request

import httpx
import pytest
from samples.generator import record
from tests.support.loopback import altmetric_stand_in, only_loopback
from tests.support.pages import invented, invented_doi, invented_id

from altdetails import parse


def test_the_address_of_the_site_leads_to_the_replica(altmetric):
    with httpx.Client(follow_redirects=True) as client:
        answer = client.get(f"https://www.altmetric.com/details/doi/{invented_doi(3)}")
    assert str(answer.url) == f"https://www.altmetric.com/details/{invented_id(3)}"
    assert parse(answer.content).doi == record(invented(3))["doi"]
    assert [arrival.headers["host"] for arrival in altmetric.requests] == ["www.altmetric.com"] * 2


@pytest.mark.parametrize("host", ["www.altmetric.com", "bmc.altmetric.com", "nature.altmetric.com"])
def test_subdomains_of_the_site_reach_the_replica_too(altmetric, host):
    with httpx.Client() as client:
        assert client.get(f"https://{host}/details/990000001").status_code == 200
    assert altmetric.requests[0].headers["host"] == host


def test_pythons_own_client_reaches_the_replica_too(altmetric):
    with urllib.request.urlopen("https://www.altmetric.com/details/990000001", timeout=60) as answer:
        assert answer.status == 200
    assert len(altmetric.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://www.altmetric.com/",
        "https://www.altmetric.com:8443/",
        "https://other.invalid/",
        "https://www.altmetric.com.evil.example/",
        "https://evil-altmetric.com/",
        "https://192.0.2.1/",
        "http://[2001:db8::1]/",
        "http://169.254.169.254/",
    ],
)
def test_a_connection_to_another_host_fails_the_test(altmetric, url):
    with httpx.Client() as client, pytest.raises(AssertionError, match=r"looked up|tried"):
        client.get(url)
    assert altmetric.requests == []


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0)])
def test_a_plain_socket_cannot_connect_to_another_host(monkeypatch, address):
    only_loopback(monkeypatch)
    family = socket.AF_INET6 if len(address) == 4 else socket.AF_INET
    with socket.socket(family) as opened:
        with pytest.raises(AssertionError, match="tried"):
            opened.connect(address)
        with pytest.raises(AssertionError, match="tried"):
            opened.connect_ex(address)


def test_this_machine_is_reached_under_its_own_names(monkeypatch, replica):
    only_loopback(monkeypatch)
    for host in ("localhost", "127.0.0.1"):
        socket.create_connection((host, replica.port), timeout=60).close()


def test_the_name_in_the_certificate_is_checked(altmetric):
    with httpx.Client() as client, pytest.raises(httpx.ConnectError, match="certificate"):
        client.get("https://a.b.altmetric.com/")
    assert altmetric.requests == []


def test_a_client_without_the_authority_refuses_the_certificate(altmetric, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with httpx.Client() as client, pytest.raises(httpx.ConnectError, match="certificate"):
        client.get("https://www.altmetric.com/details/990000001")
    assert altmetric.requests == []


def test_the_patches_are_undone_at_the_end(monkeypatch, secure_replica):
    before = socket.create_connection, socket.getaddrinfo, socket.socket.connect
    with altmetric_stand_in(monkeypatch, secure_replica):
        assert socket.create_connection is not before[0]
    assert (socket.create_connection, socket.getaddrinfo, socket.socket.connect) == before
