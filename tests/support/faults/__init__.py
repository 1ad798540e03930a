"""Faults of a site. A fault is a callable with the argument `Visit`; it answers the request, or does not.

Most faults are small dataclasses, since these print well and have options. A fault leaves the connection open if a
server would. The next request on it is then answered.
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
from tests.support.faults.calls import CutAnswer, Echo, Limit, OtherAnswer, Refusal
from tests.support.faults.connections import Close, Drip, Reset, Stall
from tests.support.faults.heads import GARBAGE, HeaderFlood, Interim, Raw
from tests.support.faults.instead import Challenge, Cookies, LogIn, Normal, OtherAddress, Partial, Status, WrongPage
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
    "CutAnswer",
    "CutGzip",
    "CutPage",
    "Drip",
    "Echo",
    "Endless",
    "Forever",
    "HeaderFlood",
    "Interim",
    "Large",
    "Limit",
    "LogIn",
    "NoLastChunk",
    "Normal",
    "OtherAddress",
    "OtherAnswer",
    "Partial",
    "Raw",
    "Redirect",
    "RedirectChain",
    "RedirectLoop",
    "Refusal",
    "Reset",
    "Schedule",
    "Stall",
    "Status",
    "UntilClose",
    "WrongLength",
    "WrongPage",
]
