"""When a site may be asked next: one clock a site for all runs of a user, which outlives the process."""

from __future__ import annotations

import hashlib
import os
import struct
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock, Timeout
from platformdirs import user_state_dir

from altdetails.errors import SettingsError

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
            SettingsError: if the clock cannot be kept.
        """
        self.interval = interval
        self._pause = pause
        folder = Path(os.environ.get("ALTDETAILS_STATE") or user_state_dir("altdetails"))
        self._file = folder / f"{hashlib.sha256(site.encode()).hexdigest()[:16]}.clock"
        self._lock = FileLock(self._file.with_suffix(".lock"))
        self._known = _Clock()
        with self._naming(), suppress(Timeout), self._lock.acquire(timeout=0):
            self._write(self._read())

    def slow_down(self, interval: float) -> None:
        """Never ask more often than every so many seconds."""
        self.interval = max(self.interval, interval)

    def hold(self, seconds: float) -> None:
        """Ask nothing for so many seconds: the site wants that.

        Raises:
            SettingsError: if the clock cannot be kept.
        """
        until = time.time() + min(seconds, LONGEST_HOLD)
        with ExitStack() as held:
            try:
                while not self._lock_into(held):
                    self._pause(_LOOK_AGAIN)
            finally:  # a run that stops while it waits for the lock must not lose what the site asked for
                with self._naming():
                    clock = self._read()
                    self._write(clock._replace(until=max(clock.until, until)))

    @property
    def held_for(self) -> float:
        """Seconds for which the site still wants to be left alone.

        Raises:
            SettingsError: if the clock cannot be kept.
        """
        with self._naming():
            return min(max(0.0, self._read().until - time.time()), LONGEST_HOLD)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until the site may be asked, and keep all others from asking it inside.

        Raises:
            SettingsError: if the clock cannot be kept.
        """
        interval = self.interval * (1 + JITTER * _random.random())
        with ExitStack() as held:
            while (wait := self._take(interval, held)) > 0:
                self._pause(wait)
            try:
                yield
            finally:
                with self._naming():
                    self._write(self._read()._replace(last=time.time()))

    def _take(self, interval: float, held: ExitStack) -> float:
        """Seconds until it is worth trying again; 0 if the turn is taken, until the stack ends."""
        with ExitStack() as lock, self._naming():
            if not self._lock_into(lock):
                return _LOOK_AGAIN
            clock, now = self._read(), time.time()
            # a clock that was set back makes no wait longer than it was meant to be
            wait = max(min(clock.last + interval - now, interval), min(clock.until - now, LONGEST_HOLD))
            if wait > 0:
                return wait
            self._write(clock._replace(last=now))
            held.push(lock.pop_all())
            return 0.0

    def _lock_into(self, held: ExitStack) -> bool:
        """Whether the lock is free; then it is taken until the stack ends."""
        with self._naming():
            try:
                held.enter_context(self._lock.acquire(timeout=0))
            except Timeout:
                return False
            return True

    def _read(self) -> _Clock:
        """The clock as it is on disk or, if the file is gone or damaged, as this process knew it last."""
        with suppress(FileNotFoundError):
            content = self._file.read_bytes()
            if len(content) == _FORMAT.size:
                self._known = _Clock(*_FORMAT.unpack(content))
        return self._known

    def _write(self, clock: _Clock) -> None:
        self._known = clock
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.touch()
        with self._file.open("r+b", buffering=0) as file:
            file.write(_FORMAT.pack(*clock))

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """Raise what goes wrong with the clock's files under the name of their folder."""
        try:
            yield
        except (OSError, NotImplementedError) as error:
            why = error.strerror or error if isinstance(error, OSError) else "this file system has no locks"
            raise SettingsError(
                f"{self._file.parent}: the clock of requests cannot be kept there: {why}; name a folder that can be "
                "written in ALTDETAILS_STATE"
            ) from error
