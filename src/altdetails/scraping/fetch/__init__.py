"""Fetch addresses politely, one request at a time. This package does not parse or store pages.

`fetcher` uses the other modules:

- `robots`: may this address be fetched?
- `pace`: when may the next request start?
- `transport`: make one request
- `key`: the key of the API, in no exchange and no error
- `meaning`: what a response means, of the site or of the API
- `site`: may this redirect be followed?
- `content`: decompress the body, within limits
- `attempts`: retry, and after how long?
- `agent`: the User-Agent and the contact in it
"""

from altdetails.scraping.fetch.agent import check_contact, user_agent
from altdetails.scraping.fetch.attempts import Pauses, Stopped, is_transient, pause
from altdetails.scraping.fetch.fetcher import NOT_FOUND, FetchedPage, Fetcher, Visit
from altdetails.scraping.fetch.key import KEY_VARIABLE, ApiKey
from altdetails.scraping.fetch.meaning import ApiMeaning, Meaning, PageMeaning
from altdetails.scraping.fetch.pace import JITTER, SHORTEST_INTERVAL, Pace
from altdetails.scraping.fetch.robots import RobotsCache, origin_of, stored_delay
from altdetails.scraping.fetch.site import ALTMETRIC, ALTMETRIC_API, ApiSite, Site

__all__ = [
    "ALTMETRIC",
    "ALTMETRIC_API",
    "JITTER",
    "KEY_VARIABLE",
    "NOT_FOUND",
    "SHORTEST_INTERVAL",
    "ApiKey",
    "ApiMeaning",
    "ApiSite",
    "FetchedPage",
    "Fetcher",
    "Meaning",
    "Pace",
    "PageMeaning",
    "Pauses",
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
