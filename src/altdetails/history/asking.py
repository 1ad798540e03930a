"""Ask a web archive, politely: its index, and the captures in it. What is a capture is decided before any status."""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin, urlsplit

from altdetails import identifiers
from altdetails.errors import (
    Blocked,
    BodyTooLarge,
    FetchError,
    IdentifierError,
    RateLimited,
    RobotsDenied,
    RobotsUnread,
    RunStopped,
    ServerFailure,
    SettingsError,
    TruncatedBody,
    Unreachable,
)
from altdetails.page.captured import time_in_header
from altdetails.results import Replay
from altdetails.scraping.fetch import Fetcher, Pace, check_contact, origin_of, user_agent
from altdetails.scraping.fetch.attempts import LONGEST_WAIT, attempts, retry_after
from altdetails.scraping.fetch.content import content_of
from altdetails.scraping.fetch.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from altdetails.history.dialects import ArchiveDialect, IndexPage, Question, Row
    from altdetails.results import Exchange
    from altdetails.scraping.fetch import RobotsCache

__all__ = ["Archive", "Excluded", "NotCaptured", "check_asking", "id_in_location", "intervals", "is_same_address"]

_INDEX_SECONDS = 180.0
"""The time limit of a question to the index."""
_FIRST_HOLD = 60.0
"""Seconds without requests after 429 without Retry-After."""
_LONG_HOLD = 3600.0
"""Seconds without requests after a second 429, or if there is no connection: the archive may block this address."""
_ORIGINAL = re.compile(r"""<([^<>\s]{1,16384})>\s*;[^,]{0,200}?\brel\s*=\s*"?[^",;]{0,100}?\boriginal\b""")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_PREFIX = "x-archive-orig-"
_OF_THE_ARCHIVE = frozenset(
    {"memento-datetime", "link", "content-location", "preference-applied", "vary", "server-timing", "set-cookie"}
)
_OF_BOTH = frozenset({"content-type", "location"})
_OF_THE_WIRE = frozenset({"content-encoding", "transfer-encoding", "content-length"})


class Excluded(Blocked):
    """The archive does not give an address to anyone, for example because its owner forbids it."""


class NotCaptured(FetchError):
    """The archive does not give the capture of this moment and address."""


def intervals(dialect: ArchiveDialect, interval: float | None) -> tuple[float, float]:
    """Return the seconds between two questions to the index, and between two captures.

    Raises:
        SettingsError: if the interval is not allowed.
    """
    if interval is None:
        return dialect.index_interval, dialect.replay_interval
    if not dialect.shortest_replay_interval <= interval < float("inf"):
        shortest = dialect.shortest_replay_interval
        raise SettingsError(
            f"an interval of {interval:g} s is not allowed for {dialect.site.host}: give {shortest:g} or more"
        )
    return max(interval, dialect.shortest_index_interval), interval


def check_asking(dialect: ArchiveDialect, *, contact: str | None, interval: float | None) -> None:
    """Check the settings of an `Archive`.

    Raises:
        SettingsError: if one is not allowed.
    """
    intervals(dialect, interval)
    _require_contact(dialect, contact)


class Archive:
    """One web archive: a clock for its index and one for its captures, robots.txt, and few attempts."""

    def __init__(  # noqa: PLR0913 -- what a fetcher needs
        self,
        dialect: ArchiveDialect,
        robots_cache: RobotsCache,
        *,
        contact: str | None,
        interval: float | None,
        is_challenge: Callable[[bytes, str | None], bool],
        pause: Callable[[float], None],
        notice: Callable[[str], None],
    ) -> None:
        """Set up without a request.

        Raises:
            SettingsError: if the contact or the interval is not allowed, or the request clock cannot be used.
        """
        index_interval, replay_interval = intervals(dialect, interval)
        self.dialect = dialect
        self._pause, self._notice = pause, notice
        self._refusals = 0
        """Answers 429 since the last other answer."""
        agent = user_agent(_require_contact(dialect, contact))
        with ExitStack() as stack:
            replays = stack.enter_context(Transport(agent, dialect.site.base_url))
            self._index = stack.enter_context(Transport(agent, dialect.site.base_url, exchange_seconds=_INDEX_SECONDS))
            self._index_pace = Pace(f"{dialect.site.name} index", index_interval, pause, notice)
            self._fetcher = Fetcher(
                dialect.site,
                replays,
                Pace(dialect.site.name, replay_interval, pause, notice),
                robots_cache,
                is_challenge=is_challenge,
                pause=pause,
                notice=notice,
            )
            self._resources = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def take_robots(self) -> list[Exchange]:
        """Return the requests for robots.txt that were made since the last call."""
        taken, self._fetcher.robots_exchanges = self._fetcher.robots_exchanges, []
        return taken

    def ask(self, question: Question, cursor: str | None) -> IndexPage:
        """Ask the index.

        Raises:
            Blocked: if the archive excludes the address of the question.
            BodyTooLarge: if the answer is too long.
            RunStopped: if the archive refuses, cannot be reached, or gives no index.
        """
        url = self.dialect.question_url(question, cursor)
        with self._stopping():
            for attempt in attempts(interval=self._index_pace.interval, pause=self._pause, notice=self._notice):
                with attempt:
                    exchange = self._get(url, self._index, self._index_pace)
                    self._refuse_rate(exchange)
                    if exchange.truncated in {"time", "disconnect"}:
                        self._index.disconnect()
                        raise TruncatedBody(f"{url}: the answer of the index ends early")
                    content = b"" if exchange.truncated else content_of(exchange)
                    return self.dialect.read(exchange, content, cursor)
        raise AssertionError("tenacity raises the last error")

    def replay(self, row: Row, exchanges: list[Exchange]) -> Exchange:
        """Return the response of the site that is in a capture, whatever its status.

        Args:
            row: the capture.
            exchanges: gets every answer; the capture is the last.

        Raises:
            NotCaptured: if the archive does not give this capture, or gives another one.
            RunStopped: if the archive ends the run.
            FetchError: if the capture cannot be fetched.
        """
        url = self.dialect.replay_url(row)
        fetcher = self._fetcher
        for attempt in attempts(interval=fetcher.pace.interval, pause=self._pause, notice=self._notice):
            with attempt:
                exchange = self._get(url, fetcher.transport, fetcher.pace)
                exchanges.append(exchange)
                capture = _restored(exchange, row)
                if capture is None:
                    self._refuse_rate(exchange)
                    raise _own_answer(exchange, row)
                exchanges[-1] = capture
                self._refusals = 0
                if exchange.truncated == "length":
                    raise BodyTooLarge(f"{url}: the capture is larger than 4 MiB")
                if exchange.truncated:
                    fetcher.transport.disconnect()
                    raise TruncatedBody(f"{url}: the answer ends early, after {len(exchange.body):,} bytes")
                return capture
        raise AssertionError("tenacity raises the last error")

    def _get(self, url: str, transport: Transport, pace: Pace) -> Exchange:
        self._refuse_robots(url)
        self._refuse_while_held(pace)
        try:
            with pace.turn():
                return transport.get(url)
        except Unreachable as error:
            raise self._stop(f"{error}; the archive may have blocked this address for a time") from error

    def _refuse_robots(self, url: str) -> None:
        try:
            self._fetcher.refuse_forbidden(url)
        except RobotsUnread as error:
            if isinstance(error.__cause__, Unreachable):
                raise self._stop(str(error)) from error
            raise RunStopped(str(error)) from error
        except RobotsDenied as error:
            raise RunStopped(f"{error}; use another archive, or tables of captures with --captures") from error
        except RateLimited as error:
            raise RunStopped(str(error), error.retry_after) from error

    def _refuse_while_held(self, pace: Pace) -> None:
        if (seconds := pace.held_for) > LONGEST_WAIT:
            raise RunStopped(f"{origin_of(self.dialect.address)} allows no requests for now", seconds)

    def _refuse_rate(self, exchange: Exchange) -> None:
        """Wait after the first 429, and end the run after the second one: the next step of an archive is a block."""
        if exchange.status != HTTPStatus.TOO_MANY_REQUESTS:
            self._refusals = 0
            return
        self._refusals += 1
        seconds = retry_after(exchange.header("Retry-After")).seconds or _FIRST_HOLD
        message = f"{exchange.url}: HTTP 429: too many requests"
        if self._refusals > 1 or seconds > LONGEST_WAIT:
            raise self._stop(message, seconds)
        self._hold(seconds)
        raise RateLimited(message, seconds)

    def _stop(self, message: str, seconds: float = 0.0) -> RunStopped:
        """Allow no requests for an hour at least. A server on this machine may be asked at once."""
        if self.dialect.shortest_replay_interval or seconds:
            seconds = max(seconds, _LONG_HOLD)
            self._hold(seconds)
        return RunStopped(message, seconds or None)

    def _hold(self, seconds: float) -> None:
        for pace in (self._index_pace, self._fetcher.pace):
            pace.hold(seconds)

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        """End the run for what the index does not answer: without its index, an archive is of no use."""
        try:
            yield
        except (Blocked, BodyTooLarge, RunStopped):
            raise
        except FetchError as error:
            raise RunStopped(f"{error}; check the address of the archive") from error


def _require_contact(dialect: ArchiveDialect, contact: str | None) -> str | None:
    if contact:
        return check_contact(contact)
    if dialect.shortest_replay_interval:
        raise SettingsError(
            f"{dialect.site.host} requires a contact: give your email address with --contact or ALTDETAILS_CONTACT, "
            "or in Python as the argument contact"
        )
    return None


def _restored(exchange: Exchange, row: Row) -> Exchange | None:
    """Return the response of the site in a replay, with the address and the time of the capture; None if it is not one.

    Raises:
        NotCaptured: if it is a replay of another capture.
    """
    if exchange.header("X-Archive-Redirect-Reason"):
        return None
    moment = time_in_header(exchange.header("Memento-Datetime") or "")
    if moment is None:
        return None
    links = (value for name, value in exchange.headers if name.lower() == "link")
    originals = [match[1] for value in links for match in _ORIGINAL.finditer(value)]
    if moment != row.at or not any(is_same_address(url, row.url) for url in originals):
        other = f"{moment} of {originals[0] if originals else 'an unknown address'}"
        raise NotCaptured(f"{exchange.url}: the archive gave another capture, {other}")
    site_headers = [(name[len(_PREFIX) :], value) for name, value in exchange.headers if _is_of_the_site(name)]
    kept = (
        [(name, value) for name, value in exchange.headers if name.lower() == "content-encoding"]
        + [(name, value) for name, value in site_headers if name.lower() not in _OF_THE_WIRE]
        if site_headers
        else [(name, value) for name, value in exchange.headers if name.lower() not in _OF_THE_ARCHIVE]
    )
    names = {name.lower() for name, _ in kept}
    kept += [(name, value) for name, value in exchange.headers if name.lower() in _OF_BOTH - names]
    return replace(exchange, url=row.url, at=row.at, headers=tuple(kept), replay=Replay(exchange.url, exchange.at))


def is_same_address(one: str, other: str) -> bool:
    """Return whether two addresses of a capture are the same; capitals of the host and the usual port do not count."""
    try:
        return _comparable(one) == _comparable(other)
    except ValueError:
        return False


def _is_of_the_site(name: str) -> bool:
    return name.lower().startswith(_PREFIX)


def _comparable(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    host = parts.netloc.lower()
    return f"{parts.scheme.lower()}://{host.removesuffix(_DEFAULT_PORTS.get(parts.scheme.lower(), '-'))}", (
        parts._replace(scheme="", netloc="", path=parts.path or "/", fragment="").geturl()
    )


def _own_answer(exchange: Exchange, row: Row) -> FetchError:
    """Return the error for an answer of the archive itself, which has no `Memento-Datetime`."""
    what = f"{exchange.url}: HTTP {exchange.status} {exchange.phrase}".rstrip()
    reason = exchange.header("X-Archive-Wayback-Runtime-Error")
    if exchange.status == HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS or reason:
        words = f" ({ascii(reason)[1:-1][:120]})" if reason else ""
        return Excluded(f"{what}: the archive excludes this address{words}")
    if exchange.status in {401, 403}:
        return Blocked(f"{what}: the archive refuses")
    if exchange.status == HTTPStatus.OK:
        return Blocked(
            f"{what}: a page of the archive itself, without the time of a capture; it may exclude the address"
        )
    if exchange.status in range(300, 400):
        return NotCaptured(f"{what}: the archive leads to another capture than that of {row.at}")
    if exchange.status == HTTPStatus.NOT_FOUND:
        return NotCaptured(f"{what}: the archive does not have this capture, although its index lists it")
    return ServerFailure(what, exchange.status)


def id_in_location(capture: Exchange) -> str | None:
    """Return the Altmetric id in the redirect of a capture: the address can be one of the archive."""
    location = capture.header("Location") or ""
    for target in (location, urljoin(capture.url, location)):
        try:
            number = identifiers.address(target).altmetric_id
        except (IdentifierError, ValueError):
            continue
        if number is not None:
            return str(number)
    return None
