"""When a site may be asked next: one clock a site for all runs of a user, which outlives the process."""

from __future__ import annotations

import hashlib
import os
import struct
import time
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock, Timeout
from platformdirs import user_state_dir

from altdetails.errors import AltdetailsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["JITTER", "LONGEST_HOLD", "SHORTEST_INTERVAL", "Pace"]

SHORTEST_INTERVAL = 1.0
"""Seconds between two requests to altmetric.com, at least."""
JITTER = 0.25
"""Up to this part of the interval is added to it at random, so that requests keep no beat."""
LONGEST_HOLD = 24 * 3600.0
"""A site that wants to be left alone for longer is asked once after this time, in seconds."""

_LOOK_AGAIN = 0.2
_random = SystemRandom()


class _Clock(NamedTuple):
    """What the file holds: seconds since 1970, since a process's own clock ends with it."""

    last: float = 0.0
    """The end of the latest request, or its start while it is under way."""
    until: float = 0.0
    """The site asked to be left alone until then."""


_FORMAT = struct.Struct("<dd")


class Pace:
    """Turns at a site. Whoever has one is the only process of this user that asks the site."""

    def __init__(self, site: str, interval: float, pause: Callable[[float], None]) -> None:
        """Open the site's clock.

        Args:
            site: the `Site.name`.
            interval: seconds between the end of a request and the start of the next.
            pause: sleeps so many seconds, or raises where the run is to stop.

        Raises:
            AltdetailsError: where the clock cannot be kept.
        """
        self.interval = interval
        self._pause = pause
        folder = Path(os.environ.get("ALTDETAILS_STATE") or user_state_dir("altdetails"))
        self._file = folder / f"{hashlib.sha256(site.encode()).hexdigest()[:16]}.clock"
        self._lock = FileLock(self._file.with_suffix(".lock"))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with self._lock:
                self._file.touch()
                self._write(self._read())
        except OSError as error:
            raise AltdetailsError(
                f"{folder}: the clock of requests cannot be kept there: {error.strerror}; name a folder that can be "
                "written in ALTDETAILS_STATE"
            ) from error

    def slow_down(self, interval: float) -> None:
        """Never ask more often than every so many seconds."""
        self.interval = max(self.interval, interval)

    def hold(self, seconds: float) -> None:
        """Ask nothing for so many seconds: the site wants that."""
        with self._lock:
            clock = self._read()
            until = max(clock.until, time.time() + min(seconds, LONGEST_HOLD))
            self._write(clock._replace(until=until))

    @property
    def held_for(self) -> float:
        """Seconds for which the site still wants to be left alone."""
        return min(max(0.0, self._read().until - time.time()), LONGEST_HOLD)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until the site may be asked, and keep all others from asking it inside."""
        interval = self.interval * (1 + JITTER * _random.random())
        while (wait := self._take(interval)) > 0:
            self._pause(wait)
        try:
            yield
        finally:
            self._write(self._read()._replace(last=time.time()))
            self._lock.release()

    def _take(self, interval: float) -> float:
        """Seconds until it is worth trying again; 0 where the turn is taken."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return _LOOK_AGAIN
        clock, now = self._read(), time.time()
        # a clock that was set back makes no wait longer than it was meant to be
        wait = max(min(clock.last + interval - now, interval), min(clock.until - now, LONGEST_HOLD))
        if wait > 0:
            self._lock.release()
            return wait
        self._write(clock._replace(last=now))
        return 0.0

    def _read(self) -> _Clock:
        content = self._file.read_bytes()
        return _Clock(*_FORMAT.unpack(content)) if len(content) == _FORMAT.size else _Clock()

    def _write(self, clock: _Clock) -> None:
        with self._file.open("r+b", buffering=0) as file:
            file.write(_FORMAT.pack(*clock))
