"""Tests of sites and of the redirects that they allow."""

import traceback

import pytest
from tests.support.cases import for_each

from altdetails._arguments import shown_address
from altdetails.errors import AltdetailsError, RedirectRefused
from altdetails.scraping.fetch.site import ALTMETRIC, Site

PAGE = "https://www.altmetric.com/details/doi/10.5555/a"
REPLICA = "http://127.0.0.1:8000"


@for_each(
    ("location", "target"),
    [
        ("/details/990000001", "https://www.altmetric.com/details/990000001"),
        ("https://www.altmetric.com/details/990000001#score", "https://www.altmetric.com/details/990000001"),
        ("//bmc.altmetric.com/details/990000001", "https://bmc.altmetric.com/details/990000001"),
        ("https://altmetric.com/details/990000001", "https://altmetric.com/details/990000001"),
        ("https://WWW.Altmetric.COM./details/1", "https://WWW.Altmetric.COM./details/1"),
        ("https://www.altmetric.com:443/details/1", "https://www.altmetric.com:443/details/1"),
        ("../../1?src=a%20b", "https://www.altmetric.com/details/1?src=a%20b"),
        ("https:///details/1", "https://www.altmetric.com/details/1"),
        ("/details/doi/10.5555/\xc3\xa9", "https://www.altmetric.com/details/doi/10.5555/%C3%A9"),
    ],
)
def test_a_redirect_within_altmetric_is_followed(location, target):
    assert Site.at(ALTMETRIC).follow(PAGE, location) == target


@for_each(
    ("location", "reason"),
    [
        ("http://www.altmetric.com/details/1", "its scheme is 'http', not 'https'"),
        ("https://altmetric.com.evil.example/details/1", "leaves the site"),
        ("https://evil-altmetric.com/details/1", "leaves the site"),
        ("https://notaltmetric.com/details/1", "leaves the site"),
        ("//other.invalid/details/1", "leaves the site"),
        ("https://user@www.altmetric.com/details/1", "user name"),
        ("https://www.altmetric.com@evil.example/", "user name"),
        ("https://127.0.0.2/details/1", "IP address"),
        ("https://[::1]/details/1", "IP address"),
        ("https://2130706433/details/1", "IP address"),
        ("https://www.altmetric.com:8443/details/1", "another port"),
        ("https://www.altmetric.com:port/details/1", "not a web address"),
        ("https://[::1/details/1", "not a web address"),
        ("file:///etc/passwd", "its scheme is 'file'"),
        ("javascript:alert(1)", "its scheme is 'javascript'"),
        ("/details/1\r\nX-Evil: 1", "control characters"),
        ("/details/1 2", "white space"),
        ("https://www.altmetric.com/details/../private/1", "its path contains . or .."),
        ("https://www.altmetric.com/details/%2E./private/1", "its path contains . or .."),
        (f"https://{'a' * 400}.invalid/", "a'…, which"),
    ],
)
def test_an_unsafe_redirect_is_refused_with_the_reason(location, reason):
    with pytest.raises(RedirectRefused, match="not followed") as refused:
        Site.at(ALTMETRIC).follow(PAGE, location)
    assert reason in str(refused.value)
    assert "\r" not in str(refused.value)


@for_each(
    ("base_url", "location", "target"),
    [
        (REPLICA, "/details/1", f"{REPLICA}/details/1"),
        (REPLICA, f"{REPLICA}/details/1", f"{REPLICA}/details/1"),
        ("http://[::1]:8000/", "/details/1", "http://[::1]:8000/details/1"),
        ("https://mirror.invalid/altmetric/", "/altmetric/details/1", "https://mirror.invalid/altmetric/details/1"),
    ],
)
def test_a_redirect_within_a_replica_is_followed(base_url, location, target):
    site = Site.at(base_url)
    assert site.follow(f"{site.base_url}/details/doi/10.5555/a", location) == target


@for_each(
    "location",
    ["http://127.0.0.1:8001/", "https://127.0.0.1:8000/", "http://127.0.0.2:8000/", PAGE, "http://localhost:8000/"],
)
def test_a_redirect_out_of_a_replica_is_refused_even_to_altmetric(location):
    with pytest.raises(RedirectRefused):
        Site.at(REPLICA).follow(f"{REPLICA}/details/doi/10.5555/a", location)


@for_each(
    ("base_url", "normalised", "name", "is_altmetric"),
    [
        (ALTMETRIC, ALTMETRIC, "altmetric.com", True),
        ("https://BMC.altmetric.com./", "https://bmc.altmetric.com", "altmetric.com", True),
        ("https://altmetric.com:443", "https://altmetric.com", "altmetric.com", True),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000", "127.0.0.1:8000", False),
        ("http://[::1]:80", "http://[::1]", "::1:80", False),
        ("https://altmetric.com.invalid/a/", "https://altmetric.com.invalid/a", "altmetric.com.invalid:443", False),
    ],
)
def test_a_base_url_is_normalised_and_named_by_its_host(base_url, normalised, name, is_altmetric):
    site = Site.at(base_url)
    assert (site.base_url, site.name, site.is_altmetric) == (normalised, name, is_altmetric)


@for_each(
    "base_url",
    [
        *("", "altmetric", "ftp://localhost", "http://", "http:///details", "http://localhost:port", "http://[::1"),
        *("http://user:word@localhost", "http://localhost?a=b", "http://localhost#a", "http://local host"),
        *("http://www.altmetric.com", "http://altmetric.com.", "https://www.altmetric.com:8443"),
        *("https://www.altmetric\u3002com", "http://altmetric\uff0ecom", "http://altmetric\uff61com"),
        *("https://altmetric.com..", "http://www..altmetric.com"),
        *("https://www.altmetric.com/a/..", "https://www.altmetric.com/a/%2e%2e", "http://localhost/./a"),
    ],
)
def test_an_invalid_base_url_is_refused_and_quoted_without_secrets(base_url):
    with pytest.raises(AltdetailsError, match="not a base URL") as refused:
        Site.at(base_url)
    assert repr(shown_address(base_url)) in str(refused.value)


@for_each(
    "base_url",
    [
        *("http://me:hush@localhost", "http://me:hush", "http://me:hush/localhost", "http://me:hush@localhost:port"),
        *("http://localhost?key=hush", "http://localhost#hush", "http://me:hush\uff20localhost", "me:hush@localhost"),
        *("https://me:hush@www.altmetric.com", "http://[hush@::1", "http://[hush]", "http://me:hu sh#hush"),
    ],
)
def test_a_refused_base_url_shows_no_secret(base_url):
    with pytest.raises(AltdetailsError) as refused:
        Site.at(base_url)
    assert "hush" not in "".join(traceback.format_exception(refused.value))
