"""Fetchers for tests: of a replica, without pauses."""

import time

import pytest

from altdetails.errors import PageError
from altdetails.page import parse
from altdetails.scraping.fetch import Fetcher, Pace, Site, Visit, user_agent
from altdetails.scraping.fetch.transport import Transport


class RobotsInMemory:
    """robots.txt files, kept as long as a test."""

    def __init__(self):
        self.kept = {}

    def robots(self, origin):
        return self.kept.get(origin)

    def keep_robots(self, origin, file):
        self.kept[origin] = file


def is_challenge(content, content_type):
    try:
        parse(content, content_type=content_type)
    except PageError as error:
        return error.kind == "challenge"
    return False


class Client:
    """A fetcher with all that was told and waited."""

    def __init__(self, base_url, *, interval=0.0, seconds=60.0):
        self.site = Site.at(base_url)
        self.told, self.waits, self.robots = [], [], RobotsInMemory()
        self.transport = Transport(user_agent("jane@lab.org"), self.site.base_url, exchange_seconds=seconds)
        self.fetcher = Fetcher(
            self.site,
            self.transport,
            Pace(self.site.name, interval, self.pause),
            self.robots,
            is_challenge=is_challenge,
            pause=self.pause,
            notice=self.told.append,
        )

    def pause(self, seconds):
        self.waits.append(seconds)
        time.sleep(seconds)

    def fetch(self, path):
        """The page of a path, and the visit that got it."""
        visit = self.visit(path)
        return self.fetcher.fetch(visit), visit

    def visit(self, path):
        return Visit(self.site.base_url + path)


@pytest.fixture
def client():
    """Makes clients, and closes them."""
    made = []

    def make(base_url, **settings):
        made.append(Client(base_url, **settings))
        return made[-1]

    yield make
    for each in made:
        each.transport.__exit__(None, None, None)
