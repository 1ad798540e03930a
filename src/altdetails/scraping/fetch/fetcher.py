"""Fetch one page: robots.txt, pace, redirects and retries together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from altdetails.errors import (
    Blocked,
    FetchError,
    RateLimited,
    RedirectRefused,
    RobotsUnread,
    ServerFailure,
    TruncatedBody,
)
from altdetails.results import timestamp
from altdetails.scraping.fetch.attempts import attempts, is_transient, retry_after
from altdetails.scraping.fetch.content import content_of
from altdetails.scraping.fetch.meaning import Meaning, PageMeaning
from altdetails.scraping.fetch.robots import Robots

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import Retrying

    from altdetails.results import Exchange
    from altdetails.scraping.fetch.pace import Pace
    from altdetails.scraping.fetch.robots import RobotsCache
    from altdetails.scraping.fetch.site import Site
    from altdetails.scraping.fetch.transport import Transport

__all__ = ["MAX_REDIRECTS", "NOT_FOUND", "OK", "FetchedPage", "Fetcher", "Visit"]

MAX_REDIRECTS = 5
OK = 200
NOT_FOUND = 404
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CLIENT_ERRORS = range(400, 500)
_SUCCESSES = range(200, 300)


@dataclass(slots=True)
class Visit:
    """The requests made for one page. `Fetcher.fetch` updates it, even if it fails."""

    url: str
    """The next address to fetch: the page, or the target of the last redirect."""
    exchanges: list[Exchange] = field(default_factory=list)
    """All requests with a response, in order."""
    attempts: int = 0
    """Requests for the page. Redirects on the way to it do not count."""
    redirects: int = 0
    """Redirects so far."""

    @property
    def http_status(self) -> int | None:
        """The status of the last response; None if there was no response."""
        return self.exchanges[-1].status if self.exchanges else None


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """The final response for an address: a page (200), or no such page (404, with empty content)."""

    exchange: Exchange
    content: bytes


@dataclass(slots=True)
class Fetcher:
    """Fetches the pages of one site, one at a time, over one connection."""

    site: Site
    """Decides which redirects are followed."""
    transport: Transport
    """Makes the requests."""
    pace: Pace
    """Decides when a request may start."""
    robots_cache: RobotsCache
    """Stores robots.txt files between runs."""
    is_challenge: Callable[[bytes, str | None], bool]
    """Whether a page, given by its content and content type, is a challenge that blocks programs."""
    pause: Callable[[float], None]
    """Called to sleep for some seconds. It raises an exception if the run should stop."""
    notice: Callable[[str], None]
    """Called with a sentence before each retry."""
    meaning: Meaning = field(default_factory=PageMeaning)
    """What responses mean."""
    robots_exchanges: list[Exchange] = field(default_factory=list)
    """Requests for robots.txt. They belong to no page; the caller stores them and empties the list."""
    _robots: Robots = field(init=False)

    def __post_init__(self) -> None:
        self._robots = Robots(self.robots_cache, self._fetch_robots, self._slow_down)

    def fetch(self, visit: Visit) -> FetchedPage:
        """Fetch the page of a visit.

        Raises:
            FetchError: if the page could not be fetched. `visit` contains all responses up to the error.
        """
        for attempt in self._attempts():
            with attempt:
                return self._attempt(visit)
        raise AssertionError("tenacity raises the last error")

    def _attempts(self) -> Retrying:
        return attempts(
            interval=self.pace.interval,
            pause=self.pause,
            notice=self.notice,
            longest_wait=self.meaning.longest_wait,
        )

    def refuse_forbidden(self, url: str) -> None:
        """Check an address against robots.txt, and fetch that first if necessary.

        Raises:
            RobotsDenied: if robots.txt does not allow the address.
            FetchError: if robots.txt cannot be read.
        """
        self._robots.refuse_forbidden(url)

    def _attempt(self, visit: Visit) -> FetchedPage:
        is_redirected = False
        while True:
            self._robots.refuse_forbidden(visit.url)
            self._refuse_while_held(visit)
            visit.attempts += not is_redirected
            exchange = self._request(visit)
            if exchange.status in _REDIRECTS:
                self._follow(visit, exchange)
                is_redirected = True
                continue
            self.meaning.refuse(exchange)
            if exchange.status == NOT_FOUND:
                return FetchedPage(exchange, b"")
            if exchange.status != OK:
                raise self._failure(exchange)
            return FetchedPage(exchange, self._read_page(exchange))

    def _read_page(self, exchange: Exchange) -> bytes:
        try:
            content = content_of(exchange)
            self.meaning.refuse_incomplete(exchange, content)
        except TruncatedBody:
            self.transport.disconnect()
            if self._has_challenge(exchange):
                raise _challenge_error(exchange) from None
            raise
        return content

    def _refuse_while_held(self, visit: Visit) -> None:
        if (seconds := self.pace.held_for) > self.meaning.longest_wait:
            raise RateLimited(f"{visit.url}: the site allows no requests before {_time_in(seconds)}", seconds)

    def _request(self, visit: Visit) -> Exchange:
        with self.pace.turn():
            exchange = self.transport.get(visit.url)
        visit.exchanges.append(exchange)
        if rest := self.meaning.rest(exchange):
            self.pace.hold(rest)
        self._refuse_challenge(exchange)
        return exchange

    def _follow(self, visit: Visit, exchange: Exchange) -> None:
        location = exchange.header("Location")
        if not location:
            raise RedirectRefused(f"{exchange.url}: HTTP {exchange.status} without a Location header")
        visit.redirects += 1
        if visit.redirects > MAX_REDIRECTS:
            raise RedirectRefused(f"{exchange.url}: more than {MAX_REDIRECTS} redirects")
        visit.url = self.site.follow(exchange.url, location)

    def _refuse_challenge(self, exchange: Exchange) -> None:
        """Check for a challenge before anything else: it can have any status, and must not be retried.

        Raises:
            Blocked: if the response is a challenge.
        """
        if exchange.header("cf-mitigated") or (exchange.status != OK and self._has_challenge(exchange)):
            raise _challenge_error(exchange)

    def _has_challenge(self, exchange: Exchange) -> bool:
        try:
            content = content_of(exchange)
        except FetchError:
            return False
        return bool(content) and self.is_challenge(content, exchange.header("Content-Type"))

    def _failure(self, exchange: Exchange) -> FetchError:
        seconds, remark = retry_after(exchange.header("Retry-After"))
        message = f"{exchange.url}: HTTP {exchange.status} {exchange.phrase}".rstrip()
        message += f", {remark}" if remark else ""
        if seconds:
            self.pace.hold(seconds)
        seconds = max(seconds or 0.0, self.meaning.rest(exchange)) or None
        if seconds:
            message += f", no requests before {_time_in(seconds)}"
        if exchange.status in self.meaning.too_many or (seconds or 0.0) > self.meaning.longest_wait:
            return RateLimited(message, seconds)
        return ServerFailure(message, exchange.status, seconds)

    def _slow_down(self, crawl_delay: float) -> None:
        if crawl_delay > self.pace.interval:
            self.notice(f"robots.txt of {self.site.name} allows one request every {crawl_delay:,g} s (Crawl-delay)")
        self.pace.slow_down(crawl_delay)

    def _fetch_robots(self, url: str) -> tuple[int, bytes]:
        visit = Visit(url)
        try:
            for attempt in self._attempts():
                with attempt:
                    return self._attempt_robots(visit)
        except RateLimited as error:
            if is_transient(error, self.meaning.longest_wait):
                raise RobotsUnread(f"{error}. Without robots.txt, no page may be fetched") from error
            raise
        except FetchError as error:
            raise RobotsUnread(f"{error}. Without robots.txt, no page may be fetched") from error
        finally:
            self.robots_exchanges += visit.exchanges
        raise AssertionError("tenacity raises the last error")

    def _attempt_robots(self, visit: Visit) -> tuple[int, bytes]:
        while True:
            self._refuse_while_held(visit)
            exchange = self._request(visit)
            if exchange.status in _REDIRECTS:
                self._follow(visit, exchange)
            elif exchange.status in _CLIENT_ERRORS and exchange.status not in self.meaning.too_many:
                return exchange.status, b""
            elif exchange.status not in _SUCCESSES:
                raise self._failure(exchange)
            elif self._has_challenge(exchange):
                raise Blocked(f"{exchange.url}: a challenge instead of robots.txt")
            else:
                return exchange.status, content_of(exchange)


def _challenge_error(exchange: Exchange) -> Blocked:
    return Blocked(f"{exchange.url}: HTTP {exchange.status} with a challenge instead of the page")


def _time_in(seconds: float) -> str:
    return timestamp(datetime.now(UTC) + timedelta(seconds=seconds))
