"""A response of the site → what the parser takes, and why the parser has no result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from altdetails.errors import Blocked
from altdetails.page import PageKind
from altdetails.parsing.engine import BUG_ADVICE
from altdetails.results import Capture

if TYPE_CHECKING:
    from altdetails.results import AskedTab, Failure
    from altdetails.scraping.fetch import FetchedPage

__all__ = ["capture_of", "reason_of"]

_BLOCKING_KINDS = frozenset({PageKind.CHALLENGE, PageKind.LOGIN})


def capture_of(identifier: str, response: FetchedPage, asked_tab: AskedTab | None = None) -> Capture:
    """Return the page of a response.

    Args:
        identifier: the requested identifier.
        response: the response.
        asked_tab: the requested tab; None for the details page.
    """
    exchange = response.exchange
    return Capture(
        content=response.content,
        url=exchange.url,
        status=exchange.status,
        content_type=exchange.header("Content-Type"),
        fetched_at=exchange.at,
        record_id=exchange.record_id,
        requested=identifier,
        asked_tab=asked_tab,
    )


def reason_of(failure: Failure, response: FetchedPage) -> str:
    """Return why the page of a response could not be parsed.

    Raises:
        Blocked: if it is a challenge or a log-in page.
    """
    if failure.kind in _BLOCKING_KINDS:
        raise Blocked(f"{response.exchange.url}: {failure.reason}")
    if failure.reason.endswith(BUG_ADVICE):  # the page is stored, so a later version can parse it
        return f"a bug in altdetails, please report it: {failure.reason.removesuffix(BUG_ADVICE)}"
    return f"{failure.reason} [{failure.kind}]"
