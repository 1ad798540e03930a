"""Tests of the rules of robots.txt."""

import time

import pytest
from tests.support.cases import for_each

from altdetails.errors import RobotsDenied, ServerFailure
from altdetails.results import RobotsFile
from altdetails.scraping.fetch.robots import CACHE_SECONDS, Robots, Rules

SITE = "https://www.altmetric.com"
PAGE, DOI = f"{SITE}/details/990000001", f"{SITE}/details/doi/10.5555/a"


def rules(body, status=200):
    return Rules(RobotsFile(status, body.encode() if isinstance(body, str) else body, 0.0))


@for_each(
    ("body", "page", "doi"),
    [
        ("", True, True),
        ("User-agent: *\nDisallow:", True, True),
        ("User-agent: *\nDisallow: /", False, False),
        ("User-agent: *\nDisallow: /details/doi/", True, False),
        ("User-agent: *\nDisallow: /\nAllow: /details/", True, True),
        ("User-agent: *\nDisallow: /details/*\nAllow: /details/doi/", False, True),
        ("User-agent: *\nDisallow: /details/990000001$", False, True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: altdetails\nDisallow: /details/doi/", True, False),
        ("User-agent: AltDetails\nDisallow: /", False, False),
        ("User-agent: altdetails/0.1.0\nDisallow: /", False, False),
        ("user-agent:altdetails/0.1.0 (mailto:someone@uni-somewhere.edu) # no\r\nDisallow: /", False, False),
        ("User-agent: altdetails-other\nDisallow: /", True, True),
        ("User-agent: other\nuser-agent: altdetails\nDisallow: /", False, False),
        ("User-agent: other\nDisallow: /", True, True),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False, False),
        ("nothing that makes sense \x00\xff", True, True),
        ("<!DOCTYPE html><p>User-agent: *\nDisallow: /", True, True),
        (b"\xff\xfe\x00User-agent: *\nDisallow: /details/doi/", True, True),
        ("User-agent: *\nAllow: /\n" + "#" * 600 * 1024 + "\nDisallow: /", True, True),
    ],
)
def test_rules_follow_rfc_9309(body, page, doi):
    parsed = rules(body)
    assert (parsed.allow(PAGE), parsed.allow(DOI)) == (page, doi)


@for_each("status", [400, 401, 403, 404, 410])
def test_a_missing_file_allows_everything(status):
    assert rules("User-agent: *\nDisallow: /", status).allow(PAGE)


@for_each(
    ("body", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 5", 5.0),
        ("User-agent: *\nCrawl-delay: 0.5", 0.5),
        ("User-agent: *\nCrawl-delay: 5\n\nUser-agent: altdetails\nCrawl-delay: 7", 7.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
        ("User-agent: *\nCrawl-delay: -5", 0.0),
        ("User-agent: *\nCrawl-delay: inf", 0.0),
        ("User-agent: *\nCrawl-delay: nan", 0.0),
        ("User-agent: *\nCrawl-delay: 99999999", 86400.0),
        ("", 0.0),
    ],
)
def test_a_crawl_delay_is_read(body, delay):
    assert rules(body).crawl_delay == delay


class Site:
    """A site with a robots.txt, and a cache of robots.txt files."""

    def __init__(self, body):
        self.cached, self.fetched, self.delays, self.body = {}, [], [], body

    def robots(self, origin):
        return self.cached.get(origin)

    def keep_robots(self, origin, file):
        self.cached[origin] = file

    def fetch(self, url):
        self.fetched.append(url)
        if isinstance(self.body, Exception):
            raise self.body
        return 200, self.body

    def open(self):
        return Robots(self, self.fetch, self.delays.append)


def test_robots_txt_is_fetched_once_per_origin_and_cached_for_the_next_run():
    site = Site(b"User-agent: *\nCrawl-delay: 3\nDisallow: /details/doi/")
    for _ in range(2):
        robots = site.open()
        robots.refuse_forbidden(PAGE)
        robots.refuse_forbidden(PAGE)
        with pytest.raises(RobotsDenied, match=r"altmetric\.com/robots\.txt does not allow https.*10\.5555"):
            robots.refuse_forbidden(DOI)
    assert site.fetched == [f"{SITE}/robots.txt"]
    assert site.delays == [3.0, 3.0]
    site.open().refuse_forbidden("https://bmc.altmetric.com/details/1")
    assert site.fetched[1:] == ["https://bmc.altmetric.com/robots.txt"]


def test_it_is_fetched_again_after_a_day_and_if_the_clock_was_set_back():
    site = Site(b"")
    for at in (time.time() - CACHE_SECONDS - 1, time.time() + 1000):
        site.cached[SITE] = RobotsFile(200, b"User-agent: *\nDisallow: /", at)
        site.fetched.clear()
        site.open().refuse_forbidden(PAGE)
        assert site.fetched == [f"{SITE}/robots.txt"]


def test_a_failure_is_not_cached():
    site = Site(ServerFailure("HTTP 503", 503))
    with pytest.raises(ServerFailure):
        site.open().refuse_forbidden(PAGE)
    assert site.cached == {}
