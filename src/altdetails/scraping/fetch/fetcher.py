"""An address → a page, politely: robots.txt, the pace, redirects, retries."""

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
from altdetails.scraping.fetch.attempts import LONGEST_WAIT, attempts, may_pass, retry_after
from altdetails.scraping.fetch.content import content_of, refuse_unclosed
from altdetails.scraping.fetch.robots import Robots

if TYPE_CHECKING:
    from collections.abc import Callable

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
_REFUSALS = frozenset({401, 403})
_TOO_MANY_REQUESTS = 429
_MISSING = range(400, 500)
_ANSWERED = range(200, 300)


@dataclass(slots=True)
class Visit:
    """What was done to get one page; it grows while it is being fetched, and is there when that fails."""

    url: str
    """The address to ask for next: behind the redirects so far."""
    exchanges: list[Exchange] = field(default_factory=list)
    attempts: int = 0
    redirects: int = 0

    @property
    def http_status(self) -> int | None:
        """The last status that the site gave."""
        return self.exchanges[-1].status if self.exchanges else None


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A response that says what the site has under an address: a page (200), or that there is none (404)."""

    exchange: Exchange
    content: bytes


@dataclass(slots=True)
class Fetcher:
    """Fetches the pages of one site over one connection, each after the other."""

    site: Site
    """Where requests may go."""
    transport: Transport
    """Makes them."""
    pace: Pace
    """Says when."""
    shelf: RobotsCache
    """Keeps robots.txt files."""
    is_challenge: Callable[[bytes, str | None], bool]
    """Whether content of a type is a page that keeps programs out."""
    pause: Callable[[float], None]
    """Sleeps so many seconds, or raises where the run is to stop."""
    notice: Callable[[str], None]
    """Told in words why and when a page is asked for again."""
    beside: list[Exchange] = field(default_factory=list)
    """Exchanges that belong to no page: those for robots.txt. Whoever keeps them takes them out."""
    _robots: Robots = field(init=False)

    def __post_init__(self) -> None:
        self._robots = Robots(self.shelf, self._robots_file, self.pace.slow_down)

    def fetch(self, visit: Visit) -> FetchedPage:
        """The page of a visit.

        Raises:
            FetchError: where there is none; `visit` holds all that the site answered.
        """
        for attempt in attempts(interval=self.pace.interval, pause=self.pause, notice=self.notice):
            with attempt:
                return self._once(visit)
        raise AssertionError("tenacity raises the last error")

    def _once(self, visit: Visit) -> FetchedPage:
        is_redirected = False
        while True:
            self._robots.refuse_forbidden(visit.url)
            self._refuse_while_held(visit)
            visit.attempts += not is_redirected
            exchange = self._exchange(visit)
            if exchange.status in _REDIRECTS:
                self._follow(visit, exchange)
                is_redirected = True
                continue
            if exchange.status == NOT_FOUND:
                return FetchedPage(exchange, b"")
            if exchange.status in _REFUSALS:
                raise Blocked(f"{exchange.url}: HTTP {exchange.status} {exchange.phrase}: the site refuses")
            if exchange.status != OK:
                raise self._failure(exchange)
            return FetchedPage(exchange, self._whole(exchange))

    def _whole(self, exchange: Exchange) -> bytes:
        try:
            content = content_of(exchange)
            refuse_unclosed(exchange, content)
        except TruncatedBody:
            self.transport.disconnect()
            raise
        return content

    def _refuse_while_held(self, visit: Visit) -> None:
        if (seconds := self.pace.held_for) > LONGEST_WAIT:
            raise RateLimited(f"{visit.url}: the site wants to be left alone until {_ahead(seconds)}", seconds)

    def _exchange(self, visit: Visit) -> Exchange:
        with self.pace.turn():
            exchange = self.transport.get(visit.url)
        visit.exchanges.append(exchange)
        self._refuse_challenge(exchange)
        return exchange

    def _follow(self, visit: Visit, exchange: Exchange) -> None:
        location = exchange.header("Location")
        if not location:
            raise RedirectRefused(f"{exchange.url}: HTTP {exchange.status} without an address to go to")
        visit.redirects += 1
        if visit.redirects > MAX_REDIRECTS:
            raise RedirectRefused(f"{exchange.url}: more than {MAX_REDIRECTS} redirects")
        visit.url = self.site.follow(exchange.url, location)

    def _refuse_challenge(self, exchange: Exchange) -> None:
        """Tell a wall before anything else: it comes with any status, and asking again would be knocking on it."""
        if exchange.header("cf-mitigated") or (exchange.status != OK and self._holds_challenge(exchange)):
            raise Blocked(f"{exchange.url}: HTTP {exchange.status}, and a challenge in place of the page")

    def _holds_challenge(self, exchange: Exchange) -> bool:
        try:
            content = content_of(exchange)
        except FetchError:
            return False
        return bool(content) and self.is_challenge(content, exchange.header("Content-Type"))

    def _failure(self, exchange: Exchange) -> FetchError:
        seconds = retry_after(exchange.header("Retry-After"))
        message = f"{exchange.url}: HTTP {exchange.status} {exchange.phrase}".rstrip()
        if seconds:
            self.pace.hold(seconds)
            message += f", not to be asked before {_ahead(seconds)}"
        if exchange.status == _TOO_MANY_REQUESTS or (seconds or 0.0) > LONGEST_WAIT:
            return RateLimited(message, seconds)
        return ServerFailure(message, exchange.status, seconds)

    def _robots_file(self, url: str) -> tuple[int, bytes]:
        visit = Visit(url)
        try:
            for attempt in attempts(interval=self.pace.interval, pause=self.pause, notice=self.notice):
                with attempt:
                    return self._robots_once(visit)
        except RateLimited as error:
            if may_pass(error):
                raise RobotsUnread(f"{error}. Without robots.txt nothing may be asked for") from error
            raise
        except FetchError as error:
            raise RobotsUnread(f"{error}. Without robots.txt nothing may be asked for") from error
        finally:
            self.beside += visit.exchanges
        raise AssertionError("tenacity raises the last error")

    def _robots_once(self, visit: Visit) -> tuple[int, bytes]:
        while True:
            self._refuse_while_held(visit)
            exchange = self._exchange(visit)
            if exchange.status in _REDIRECTS:
                self._follow(visit, exchange)
            elif exchange.status in _MISSING and exchange.status != _TOO_MANY_REQUESTS:
                return exchange.status, b""
            elif exchange.status not in _ANSWERED:
                raise self._failure(exchange)
            elif self._holds_challenge(exchange):
                raise Blocked(f"{exchange.url}: a challenge in place of robots.txt")
            else:
                return exchange.status, content_of(exchange)


def _ahead(seconds: float) -> str:
    return timestamp(datetime.now(UTC) + timedelta(seconds=seconds))
