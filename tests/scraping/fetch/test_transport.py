"""What the environment says of the way to a site: a proxy, and certificates."""

import pytest

from altdetails.errors import AltdetailsError
from altdetails.scraping.fetch import user_agent
from altdetails.scraping.fetch.transport import Transport

AWAY = "http://site.invalid"


@pytest.fixture
def proxy(monkeypatch, replica):
    """A replica in place of a proxy, which tells whom it is asked for; and what makes the environment name one."""
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return replica, lambda value, name="http_proxy": monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("name", "scheme"), [("http_proxy", "http://"), ("all_proxy", "http://"), ("http_proxy", "")])
def test_a_proxy_that_the_environment_names_is_asked_in_place_of_the_site(proxy, name, scheme):
    replica, use = proxy
    use(f"{scheme}127.0.0.1:{replica.port}", name)
    with Transport(user_agent(None), AWAY) as transport:
        transport.get(f"{AWAY}/details/1")
    assert [(request.path, request.headers["host"]) for request in replica.requests] == [
        (f"{AWAY}/details/1", "site.invalid")
    ]


def test_a_site_that_no_proxy_names_is_asked_itself(proxy, monkeypatch):
    replica, use = proxy
    use("http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Transport(user_agent(None), replica.base_url) as transport:
        assert transport.get(f"{replica.base_url}/details/990000001").status == 200


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1080", "ftp://127.0.0.1", "http://127.0.0.1:port"])
def test_a_proxy_that_cannot_be_used_is_told_with_the_way_out(proxy, value):
    _, use = proxy
    use(value)
    with pytest.raises(AltdetailsError, match=r"HTTP_PROXY or ALL_PROXY .* or add site\.invalid to NO_PROXY"):
        Transport(user_agent(None), AWAY)


def test_certificates_that_cannot_be_read_are_told_with_the_way_out(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "no-such-file.pem")
    with pytest.raises(AltdetailsError, match="No such file or directory; check SSL_CERT_FILE"):
        Transport(user_agent(None), AWAY)
