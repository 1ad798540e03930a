"""robots.txt, by RFC 9309: what a site lets a program ask for, and how often."""

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

__all__ = ["KEPT_SECONDS", "Robots", "RobotsCache", "Rules"]

KEPT_SECONDS = 24 * 3600.0
"""How long a robots.txt is believed (RFC 9309, 2.4)."""
_READ_BYTES = 500 * 2**10
"""What is read of one (RFC 9309, 2.5)."""
_MAX_CRAWL_DELAY = 24 * 3600.0
_US_WITH_MORE = re.compile(rf"^([ \t]*user-agent[ \t]*:[ \t]*{NAME})(?![\w-])[^\r\n#]*", re.IGNORECASE | re.MULTILINE)
"""A group for altdetails by its whole User-Agent, as a site's log shows it; the product alone counts."""


class RobotsCache(Protocol):
    """Where robots.txt files are kept between runs."""

    def robots(self, origin: str) -> RobotsFile | None:
        """The file kept for an origin."""

    def keep_robots(self, origin: str, file: RobotsFile) -> None:
        """Keep a file."""


class Rules:
    """What one robots.txt says to altdetails."""

    def __init__(self, file: RobotsFile) -> None:
        content = b"" if _is_no_robots_file(file) else file.body[:_READ_BYTES]
        self._parsed = Protego.parse(_US_WITH_MORE.sub(r"\1", content.decode("utf-8-sig", "replace")))

    def allow(self, url: str) -> bool:
        """Whether an address may be asked for."""
        return bool(self._parsed.can_fetch(url, NAME))

    @property
    def crawl_delay(self) -> float:
        """Seconds between two requests that the site asks for; 0 where it does not say."""
        delay = self._parsed.crawl_delay(NAME) or 0.0
        return min(delay, _MAX_CRAWL_DELAY) if math.isfinite(delay) and delay > 0 else 0.0


class Robots:
    """The rules of the origins that are asked, each read once in 24 hours."""

    def __init__(
        self, shelf: RobotsCache, ask: Callable[[str], tuple[int, bytes]], slow_down: Callable[[float], None]
    ) -> None:
        """Read rules where they are needed.

        Args:
            shelf: keeps files between runs.
            ask: gives status and content of a robots.txt, or raises `FetchError` where that cannot be read.
            slow_down: told the seconds of every Crawl-delay.
        """
        self._shelf = shelf
        self._ask = ask
        self._slow_down = slow_down
        self._rules: dict[str, tuple[Rules, float]] = {}

    def refuse_forbidden(self, url: str) -> None:
        """Ask for robots.txt where it is not known, and refuse what it does not allow.

        Raises:
            RobotsDenied: where it forbids the address.
            FetchError: where it cannot be read.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        rules, until = self._rules.get(origin, (None, 0.0))
        if rules is None or time.time() >= until:
            file = self._file(origin)
            rules = Rules(file)
            self._rules[origin] = rules, file.at + KEPT_SECONDS
            self._slow_down(rules.crawl_delay)
        if not rules.allow(url):
            raise RobotsDenied(f"{origin}/robots.txt does not allow {url}")

    def _file(self, origin: str) -> RobotsFile:
        now = time.time()
        kept = self._shelf.robots(origin)
        if kept and now - KEPT_SECONDS < kept.at <= now:
            return kept
        status, body = self._ask(f"{origin}/robots.txt")
        file = RobotsFile(status, body[:_READ_BYTES], now)
        self._shelf.keep_robots(origin, file)
        return file


def _is_no_robots_file(file: RobotsFile) -> bool:
    """Whether there are no rules: the file is not there, or a page stands in its place (RFC 9309, 2.3.1.3)."""
    return 400 <= file.status < 500 or file.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")  # noqa: PLR2004
