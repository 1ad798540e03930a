"""Fetchers for tests, without an interval between requests."""

import time

import pytest

from altdetails.errors import PageError
from altdetails.page import parse
from altdetails.scraping.fetch import ApiMeaning, ApiSite, Fetcher, Pace, PageMeaning, Site, Visit, user_agent
from altdetails.scraping.fetch.transport import Transport


class RobotsInMemory:
    """A cache of robots.txt files in memory."""

    def __init__(self):
        self.files = {}

    def robots(self, origin):
        return self.files.get(origin)

    def keep_robots(self, origin, file):
        self.files[origin] = file


def is_challenge(content, content_type):
    try:
        parse(content, content_type=content_type)
    except PageError as error:
        return error.kind == "challenge"
    return False


class Client:
    """A fetcher that records its notices and waits."""

    def __init__(self, base_url, *, interval=0.0, seconds=60.0, key=None):
        self.site = ApiSite.at(base_url) if key else Site.at(base_url)
        meaning = ApiMeaning(key.origin) if key else PageMeaning()
        self.notices, self.waits, self.robots = [], [], RobotsInMemory()
        self.transport = Transport(
            user_agent("jane@lab.org"), self.site.base_url, accept=meaning.accept, key=key, exchange_seconds=seconds
        )
        self.fetcher = Fetcher(
            self.site,
            self.transport,
            Pace(self.site.name, interval, self.pause, self.notices.append),
            self.robots,
            is_challenge=is_challenge,
            pause=self.pause,
            notice=self.notices.append,
            meaning=meaning,
        )

    def pause(self, seconds):
        self.waits.append(seconds)
        time.sleep(seconds)

    def fetch(self, path):
        """Fetch a path, and return the page and the visit."""
        visit = self.visit(path)
        return self.fetcher.fetch(visit), visit

    def visit(self, path):
        return Visit(self.site.base_url + path)


@pytest.fixture
def open_client():
    """Make clients, and close them after the test."""
    clients = []

    def make(base_url, **settings):
        clients.append(Client(base_url, **settings))
        return clients[-1]

    yield make
    for opened in clients:
        opened.transport.__exit__(None, None, None)
