"""Fetch addresses politely, one request at a time. This package does not parse or store pages.

`fetcher` uses the other modules:

- `robots`: may this address be fetched?
- `pace`: when may the next request start?
- `transport`: make one request
- `site`: may this redirect be followed?
- `content`: decompress the body, within limits
- `attempts`: retry, and after how long?
- `agent`: the User-Agent and the contact in it
"""

from altdetails.scraping.fetch.agent import check_contact, user_agent
from altdetails.scraping.fetch.attempts import Stopped, is_transient, pause
from altdetails.scraping.fetch.fetcher import NOT_FOUND, FetchedPage, Fetcher, Visit
from altdetails.scraping.fetch.pace import JITTER, SHORTEST_INTERVAL, Pace
from altdetails.scraping.fetch.robots import RobotsCache, origin_of, stored_delay
from altdetails.scraping.fetch.site import ALTMETRIC, Site

__all__ = [
    "ALTMETRIC",
    "JITTER",
    "NOT_FOUND",
    "SHORTEST_INTERVAL",
    "FetchedPage",
    "Fetcher",
    "Pace",
    "RobotsCache",
    "Site",
    "Stopped",
    "Visit",
    "check_contact",
    "is_transient",
    "origin_of",
    "pause",
    "stored_delay",
    "user_agent",
]
