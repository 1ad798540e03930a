"""robots.txt (RFC 9309): which addresses of a site a program may fetch, and how often."""

from __future__ import annotations

import math
import re
import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from protego import Protego

from altdetails.errors import RobotsDenied
from altdetails.results import RobotsFile
from altdetails.scraping.fetch.agent import NAME

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CACHE_SECONDS", "Robots", "RobotsCache", "Rules", "origin_of", "stored_delay"]

CACHE_SECONDS = 24 * 3600.0
"""How long a robots.txt is used before it is fetched again (RFC 9309, 2.4)."""
_MAX_BYTES = 500 * 2**10
"""How much of a robots.txt is read (RFC 9309, 2.5)."""
_MAX_CRAWL_DELAY = 24 * 3600.0
_OWN_GROUP = re.compile(rf"^([ \t]*user-agent[ \t]*:[ \t]*{NAME})(?![\w-])[^\r\n#]*", re.IGNORECASE | re.MULTILINE)
"""The User-agent line of a group for altdetails, with a version or contact after the name, as in the log of a site."""


class RobotsCache(Protocol):
    """Stores robots.txt files between runs."""

    def robots(self, origin: str) -> RobotsFile | None:
        """Return the stored file of an origin; None if there is none."""

    def keep_robots(self, origin: str, file: RobotsFile) -> None:
        """Store the file of an origin."""


class Rules:
    """The rules of one robots.txt for altdetails."""

    def __init__(self, file: RobotsFile) -> None:
        content = b"" if _has_no_rules(file) else file.body[:_MAX_BYTES]
        self._parsed = Protego.parse(_OWN_GROUP.sub(r"\1", content.decode("utf-8-sig", "replace")))

    def allow(self, url: str) -> bool:
        """Whether an address may be fetched."""
        return bool(self._parsed.can_fetch(url, NAME))

    @property
    def crawl_delay(self) -> float:
        """Seconds between two requests (Crawl-delay), at most 24 hours; 0 if missing or invalid."""
        delay = self._parsed.crawl_delay(NAME) or 0.0
        return min(delay, _MAX_CRAWL_DELAY) if math.isfinite(delay) and delay > 0 else 0.0


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address: each origin has its own robots.txt."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def stored_delay(file: RobotsFile | None) -> float:
    """Return the Crawl-delay of a stored robots.txt, in seconds; 0 if there is none, or it must be fetched again."""
    return Rules(file).crawl_delay if file and _is_current(file.at) else 0.0


def _is_current(at: float) -> bool:
    now = time.time()
    return now - CACHE_SECONDS < at <= now


class Robots:
    """The rules of all origins of a site, each fetched once in 24 hours."""

    def __init__(
        self, cache: RobotsCache, fetch: Callable[[str], tuple[int, bytes]], slow_down: Callable[[float], None]
    ) -> None:
        """Set up without a request: a robots.txt is fetched when its first address is checked.

        Args:
            cache: stores files between runs.
            fetch: returns status and content of a robots.txt, or raises `FetchError` if it cannot be read.
            slow_down: called with the Crawl-delay of each robots.txt, in seconds.
        """
        self._cache = cache
        self._fetch = fetch
        self._slow_down = slow_down
        self._rules: dict[str, tuple[Rules, float]] = {}

    def refuse_forbidden(self, url: str) -> None:
        """Check an address against robots.txt, and fetch that first if necessary.

        Raises:
            RobotsDenied: if robots.txt does not allow the address.
            FetchError: if robots.txt cannot be read.
        """
        origin = origin_of(url)
        rules, at = self._rules.get(origin, (None, 0.0))
        if rules is None or not _is_current(at):
            file = self._robots_file(origin)
            rules = Rules(file)
            self._rules[origin] = rules, file.at
            self._slow_down(rules.crawl_delay)
        if not rules.allow(url):
            raise RobotsDenied(f"{origin}/robots.txt does not allow {url}")

    def _robots_file(self, origin: str) -> RobotsFile:
        cached = self._cache.robots(origin)
        if cached and _is_current(cached.at):
            return cached
        at = time.time()
        status, body = self._fetch(f"{origin}/robots.txt")
        file = RobotsFile(status, body[:_MAX_BYTES], at)
        self._cache.keep_robots(origin, file)
        return file


def _has_no_rules(file: RobotsFile) -> bool:
    """Whether there are no rules: robots.txt is missing (RFC 9309, 2.3.1.3), or an HTML page was sent instead."""
    return 400 <= file.status < 500 or file.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")  # noqa: PLR2004
