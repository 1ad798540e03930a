"""What can go wrong at a site. Each fault is one call: it gets a `Visit` and answers it, or does not.

Most are small dataclasses, so that they print well and take options; any other callable that takes a `Visit` is a fault
too. A fault leaves the connection open where a server would, and the next request on it is served.
"""

from tests.support.faults.bodies import (
    Bomb,
    BrokenChunk,
    Chunked,
    CutGzip,
    CutPage,
    Endless,
    Large,
    NoLastChunk,
    UntilClose,
    WrongLength,
)
from tests.support.faults.connections import Close, Drip, Reset, Stall
from tests.support.faults.heads import GARBAGE, HeaderFlood, Interim, Raw
from tests.support.faults.instead import Challenge, Cookies, LogIn, Normal, Partial, Status, WrongPage
from tests.support.faults.redirects import UNSAFE_LOCATIONS, Redirect, RedirectChain, RedirectLoop
from tests.support.faults.schedule import Forever, Schedule

__all__ = [
    "GARBAGE",
    "UNSAFE_LOCATIONS",
    "Bomb",
    "BrokenChunk",
    "Challenge",
    "Chunked",
    "Close",
    "Cookies",
    "CutGzip",
    "CutPage",
    "Drip",
    "Endless",
    "Forever",
    "HeaderFlood",
    "Interim",
    "Large",
    "LogIn",
    "NoLastChunk",
    "Normal",
    "Partial",
    "Raw",
    "Redirect",
    "RedirectChain",
    "RedirectLoop",
    "Reset",
    "Schedule",
    "Stall",
    "Status",
    "UntilClose",
    "WrongLength",
    "WrongPage",
]
