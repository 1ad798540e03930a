"""Tests of proxies and certificates that the environment sets."""

import pytest

from altdetails.errors import AltdetailsError
from altdetails.scraping.fetch import user_agent
from altdetails.scraping.fetch.transport import Transport

OTHER_SITE = "http://site.invalid"


@pytest.fixture
def proxy(monkeypatch, replica):
    """A replica that acts as a proxy, and a function that sets a proxy in the environment."""
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return replica, lambda value, name="http_proxy": monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("name", "scheme"), [("http_proxy", "http://"), ("all_proxy", "http://"), ("http_proxy", "")])
def test_a_proxy_of_the_environment_is_used(proxy, name, scheme):
    replica, set_proxy = proxy
    set_proxy(f"{scheme}127.0.0.1:{replica.port}", name)
    with Transport(user_agent(None), OTHER_SITE) as transport:
        transport.get(f"{OTHER_SITE}/details/1")
    assert [(request.path, request.headers["host"]) for request in replica.requests] == [
        (f"{OTHER_SITE}/details/1", "site.invalid")
    ]


def test_a_site_in_no_proxy_is_reached_directly(proxy, monkeypatch):
    replica, set_proxy = proxy
    set_proxy("http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Transport(user_agent(None), replica.base_url) as transport:
        assert transport.get(f"{replica.base_url}/details/990000001").status == 200


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1080", "ftp://127.0.0.1", "http://127.0.0.1:port"])
def test_an_unusable_proxy_is_reported_with_advice(proxy, value):
    _, set_proxy = proxy
    set_proxy(value)
    with pytest.raises(AltdetailsError, match=r"HTTP_PROXY or ALL_PROXY .* or add site\.invalid to NO_PROXY"):
        Transport(user_agent(None), OTHER_SITE)


def test_unreadable_certificates_are_reported_with_advice(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "no-such-file.pem")
    with pytest.raises(AltdetailsError, match="No such file or directory; check SSL_CERT_FILE"):
        Transport(user_agent(None), OTHER_SITE)
