"""An address → the response to it, politely. Nothing in here knows what a page means or where it is kept.

One request at a time: `robots` says whether an address may be asked for, `pace` when, `transport` makes the request,
`site` says where a redirect may lead, `content` unpacks the body, `attempts` says when to ask again. `fetcher` is where
they meet.
"""

from altdetails.scraping.fetch.agent import checked_contact, user_agent
from altdetails.scraping.fetch.attempts import may_pass
from altdetails.scraping.fetch.fetcher import NOT_FOUND, FetchedPage, Fetcher, Visit
from altdetails.scraping.fetch.pace import JITTER, SHORTEST_INTERVAL, Pace
from altdetails.scraping.fetch.robots import RobotsCache
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
    "Visit",
    "checked_contact",
    "may_pass",
    "user_agent",
]
