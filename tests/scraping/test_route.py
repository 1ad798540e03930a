"""Tests of routes: addresses, bases and settings of the site and of the API."""

import pytest
from tests.support.api import identifiers_of
from tests.support.cases import for_each

from altdetails.errors import RedirectRefused, SettingsError
from altdetails.scraping.fetch import ALTMETRIC_API, ApiSite
from altdetails.scraping.route import choose_route
from altdetails.scraping.store import Pending

IDS = identifiers_of(7)


def api(base_url=None):
    return choose_route("missing-run", "api", base_url)


@for_each(
    ("identifier", "path"),
    [
        (IDS["doi"], f"doi/{IDS['doi']}"),
        ("10.5555/a#b?c%d(e):f<g>;h/\u00e9", "doi/10.5555/a%23b%3Fc%25d(e):f%3Cg%3E%3Bh/%C3%A9"),
        (f"pmid:{IDS['pmid']}", f"pmid/{IDS['pmid']}"),
        ("arxiv:hep-th/9901001", "arxiv/hep-th/9901001"),
        (f"isbn:{IDS['isbn']}", f"isbn/{IDS['isbn']}"),
        ("handle:2027/Mixed+Case", "handle/2027/Mixed%2BCase"),
        (f"clinical_trial:{IDS['nct_id']}", f"nct_id/{IDS['nct_id']}"),
        ("990100007", "id/990100007"),
        ("https://www.altmetric.com/details/99/chapter/990100007", "id/990100007"),
    ],
)
def test_each_identifier_has_an_address_at_the_api(identifier, path):
    assert api().address(identifier) == f"https://api.altmetric.com/v1/{path}"


@for_each(
    ("given", "base_url"),
    [
        (None, ALTMETRIC_API),
        ("https://api.altmetric.com", ALTMETRIC_API),
        ("https://API.altmetric.com:443/v1/", ALTMETRIC_API),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("http://localhost/mirror", "http://localhost/mirror/v1"),
        ("https://mirror.example.net/v1", "https://mirror.example.net/v1"),
    ],
)
def test_the_base_of_the_api_ends_with_its_version(given, base_url):
    assert api(given).site.base_url == base_url


@for_each(
    "given",
    [
        *("http://api.altmetric.com", "http://mirror.example.net", "http://127.0.0.1.example.net", "http://128.0.0.1"),
        *("https://www.altmetric.com", "https://api.altmetric.com:444", "https://api.altmetric.com/v1?key=abcdef"),
        *("https://key@api.altmetric.com", "ftp://localhost"),
    ],
)
def test_a_base_that_could_show_the_key_is_refused(given):
    with pytest.raises(SettingsError):
        api(given)


def test_another_route_is_refused():
    with pytest.raises(SettingsError, match="via='web' is not allowed: give 'site' or 'api'"):
        choose_route("missing-run", "web", None)


def test_the_api_has_a_clock_of_its_own():
    assert api().site.name == "api.altmetric.com"
    assert choose_route("missing-run", None, None).site.name == "altmetric.com"


def test_a_doi_takes_one_request_at_the_api_and_two_at_the_site():
    pending = Pending(identifiers=5, dois=3)
    assert (api().requests(pending), choose_route("missing-run", "site", None).requests(pending)) == (5, 8)


def test_the_default_interval_is_1_s_at_the_api_and_2_s_at_the_site():
    assert (api().interval(None), choose_route("missing-run", "site", None).interval(None)) == (1.0, 2.0)


@pytest.mark.parametrize(
    "location",
    ["https://www.altmetric.com/v1/id/1", "http://api.altmetric.com/v1/id/1", "https://u@api.altmetric.com/"],
)
def test_the_api_does_not_redirect_to_another_host(location):
    with pytest.raises(RedirectRefused):
        ApiSite.at(ALTMETRIC_API).follow(f"{ALTMETRIC_API}/id/1", location)


@for_each("query", ["?key=abc", "?KEY=abc&key=", "?%6bey=abc", "?key"])
def test_a_key_in_a_redirect_is_left_out(query):
    assert ApiSite.at(ALTMETRIC_API).follow(f"{ALTMETRIC_API}/doi/10.5555/x", f"/v1/id/1{query}") == (
        f"{ALTMETRIC_API}/id/1"
    )
