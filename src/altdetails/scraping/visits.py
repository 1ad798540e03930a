"""Visit pages one after the other: what each gives, why it is refused, and when the site refuses all."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, TypeVar

from altdetails.errors import Blocked, FetchError, RateLimited, RobotsDenied, RobotsUnread, RunStopped, Unreachable
from altdetails.scraping.fetch import Stopped, is_transient, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from altdetails.scraping.fetch import FetchedPage, Fetcher, Visit
    from altdetails.scraping.store import RunFolder

__all__ = ["MAX_FAILURES_IN_ROW", "Refusal", "Visitor"]

MAX_FAILURES_IN_ROW = 3
"""A run ends after this number of refused or failed pages in a row: the cause is the site then, not the pages."""
Refusal = Literal["blocked", "rate_limited", "robots_denied", "failed"]
Result = TypeVar("Result")
_STATUS_OF: tuple[tuple[type[FetchError], Refusal], ...] = (
    (Blocked, "blocked"),
    (RateLimited, "rate_limited"),
    (RobotsDenied, "robots_denied"),
    (FetchError, "failed"),
)


class Visitor:
    """Fetches pages into a run folder."""

    def __init__(self, fetcher: Fetcher, folder: RunFolder, base_url: str) -> None:
        self._fetcher = fetcher
        self._folder = folder
        self._base_url = base_url
        self._failures_in_row: Counter[bool] = Counter()

    def fetch(
        self,
        visit: Visit,
        read: Callable[[FetchedPage], Result],
        refuse: Callable[[Refusal, str], Result],
    ) -> tuple[Result | None, FetchError | None]:
        """Fetch a page, and return what it gives, with the error if it is refused. The result is None if `stop` is set.

        Args:
            visit: the address.
            read: returns the result of a page.
            refuse: returns the result of an error, by its status and reason.

        Raises:
            RunStopped: if no page can be fetched now.
        """
        try:
            try:
                page = self._fetcher.fetch(visit)
            finally:
                self._folder.keep(self._fetcher.robots_exchanges)
                self._fetcher.robots_exchanges = []
            return read(page), None
        except Stopped:
            self._folder.keep(visit.exchanges)
            return None, None
        except FetchError as error:
            if self._concerns_all_pages(error, visit):
                self._folder.keep(visit.exchanges)
                raise RunStopped(str(error), getattr(error, "retry_after", None)) from error
            cause = error.__cause__ if isinstance(error, RobotsUnread) else error
            return refuse(next(status for kind, status in _STATUS_OF if isinstance(cause, kind)), str(error)), error

    def stop_after(self, error: FetchError | None, *, is_tab: bool = False, stops_at_refusal: bool = False) -> None:
        """End the run if the error of a page shows that the site refuses all.

        Args:
            error: the error; None if the page was received.
            is_tab: whether the page is of a tab. Failures in a row are counted apart, so that details pages which are
                received between refused tabs do not hide these.
            stops_at_refusal: whether one refused page is enough.

        Raises:
            RunStopped: if so.
        """
        if isinstance(error, RateLimited) or (stops_at_refusal and isinstance(error, Blocked)):
            raise RunStopped(str(error), getattr(error, "retry_after", None)) from error
        is_of_site = error is not None and (isinstance(error, Blocked | RobotsUnread) or is_transient(error))
        self._failures_in_row[is_tab] = self._failures_in_row[is_tab] + 1 if is_of_site else 0
        if self._failures_in_row[is_tab] == MAX_FAILURES_IN_ROW:
            pages = "pages of tabs" if is_tab else "pages"
            raise RunStopped(f"{MAX_FAILURES_IN_ROW} {pages} in a row failed; the last: {error}") from error

    def _concerns_all_pages(self, error: FetchError, visit: Visit) -> bool:
        """Whether an error is one of the site's own host, and not of the page or of a host that it redirects to."""
        if isinstance(error, RobotsUnread | Unreachable):
            return origin_of(visit.url) == origin_of(self._base_url)
        return isinstance(error, RateLimited) and not visit.exchanges
