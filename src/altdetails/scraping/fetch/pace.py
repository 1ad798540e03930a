"""The time of the next request to a site: a clock file per site, shared by all runs of a user."""

from __future__ import annotations

import hashlib
import logging
import math
import os
import struct
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock, Timeout
from platformdirs import user_state_dir

from altdetails.errors import SettingsError
from altdetails.results import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["JITTER", "LONGEST_HOLD", "SHORTEST_INTERVAL", "Pace"]

SHORTEST_INTERVAL = 1.0
"""Seconds between two requests to altmetric.com, at least."""
JITTER = 0.25
"""A random time up to this part of the interval is added to each interval, so requests are not regular."""
LONGEST_HOLD = 24 * 3600.0
"""Seconds of a hold, at most. If the site set a longer one, one request is made after this time."""
_LONG_WAIT = 60.0
"""A wait of so many seconds or more is reported."""
_POLL_SECONDS = 0.2
"""How often the lock of another process is tried again."""
_LOG = logging.getLogger(__name__)
_random = SystemRandom()


class _Clock(NamedTuple):
    """The times of a site, in seconds. In the clock file, they count from 1970, so other processes can read them."""

    last: float = 0.0
    """The end of the last request, or its start while it is running."""
    until: float = 0.0
    """No requests before this time, by Retry-After."""

    def wait(self, interval: float, now: float) -> float:
        """Return the seconds until the next request; less than 0 if it can start."""
        return max(self.last + interval, self.until) - now


_FORMAT = struct.Struct("<dd")


def _without_future(clock: _Clock, now: float) -> _Clock:
    """Return a clock whose last request is not in the future, with the same hold, of `LONGEST_HOLD` at most."""
    if not math.isfinite(clock.last + clock.until):
        return _Clock(now)
    ahead = max(0.0, clock.last - now)
    # A hold that ends before the last request was stored while the system clock was right.
    until = clock.until - ahead if clock.until > clock.last else clock.until
    return _Clock(clock.last - ahead, min(until, now + LONGEST_HOLD))


class Pace:
    """Turns at a site: during a turn, no other process of this user makes a request to the site."""

    def __init__(
        self,
        site: str,
        interval: float,
        pause: Callable[[float], None],
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open the clock of a site.

        Args:
            site: the `Site.name`.
            interval: seconds between the end of a request and the start of the next.
            pause: called to sleep for some seconds. It raises an exception if the run should stop.
            notice: called with a sentence before a wait of a minute or more.

        Raises:
            SettingsError: if the clock file cannot be read or written.
        """
        self.interval = interval
        self._site = site
        self._notice = notice
        self._pause = pause
        folder = Path(os.environ.get("ALTDETAILS_STATE") or user_state_dir("altdetails"))
        self._file = folder / f"{hashlib.sha256(site.encode()).hexdigest()[:16]}.clock"
        self._lock = FileLock(self._file.with_suffix(".lock"))
        self._last_clock = _Clock()
        self._own_clock = _Clock(-math.inf, -math.inf)
        """The times of this process by the monotonic clock, which is right even if the system clock is set ahead."""
        with self._wrap_errors(), suppress(Timeout), self._lock.acquire(timeout=0):
            self._write(self._read())

    def slow_down(self, interval: float) -> None:
        """Raise the interval to a number of seconds; a shorter one has no effect."""
        self.interval = max(self.interval, interval)

    def hold(self, seconds: float) -> None:
        """Allow no requests to the site for some seconds, by any run.

        Raises:
            SettingsError: if the clock file cannot be read or written.
        """
        seconds = min(seconds, LONGEST_HOLD)
        now = time.time()
        self._own_clock = self._own_clock._replace(until=max(self._own_clock.until, time.monotonic() + seconds))
        with ExitStack() as turn:
            try:
                while not self._try_lock(turn):
                    self._pause(_POLL_SECONDS)
            finally:  # the hold must be stored even if the run stops while it waits for the lock
                with self._wrap_errors():
                    clock = self._read()
                    self._write(_Clock(max(clock.last, now), max(clock.until, now + seconds)))

    @property
    def held_for(self) -> float:
        """Seconds until the end of the hold; 0 if there is no hold.

        Raises:
            SettingsError: if the clock file cannot be read or written.
        """
        with self._wrap_errors(), ExitStack() as turn:
            clock = self._read() if self._try_lock(turn) else _without_future(self._stored(), time.time())
        return max(0.0, clock.until - time.time(), self._own_clock.until - time.monotonic())

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the next turn, and block other processes until the end of the `with` block.

        Raises:
            SettingsError: if the clock file cannot be read or written.
        """
        interval = self.interval * (1 + JITTER * _random.random())
        with ExitStack() as turn:
            self._wait(interval, turn)
            try:
                yield
            finally:
                self._own_clock = self._own_clock._replace(last=time.monotonic())
                with self._wrap_errors():
                    self._write(self._read()._replace(last=time.time()))

    def _wait(self, interval: float, turn: ExitStack) -> None:
        """Take the turn, and report a long wait before it."""
        is_reported = False
        began = time.monotonic()
        while (wait := self._try_turn(interval, turn)) > 0:
            if wait >= _LONG_WAIT and not is_reported:
                is_reported = True
                at = timestamp(datetime.now(UTC) + timedelta(seconds=wait))
                reason = "no requests until then" if self.held_for else f"one request every {self.interval:,g} s"
                self._notice(f"waiting until {at}: {self._site} allows {reason}")
            self._pause(wait)
        if (seconds := round(time.monotonic() - began, 1)) > 0:
            fields = {"seconds": seconds}
            _LOG.debug("waited %.1f s before a request to %s", seconds, self._site, extra={"fields": fields})

    def _try_turn(self, interval: float, turn: ExitStack) -> float:
        """Return 0 if the turn was taken (until the stack is closed), or else the seconds until the next try."""
        with ExitStack() as lock, self._wrap_errors():
            if not self._try_lock(lock):
                return _POLL_SECONDS
            clock, now = self._read(), time.time()
            wait = max(clock.wait(interval, now), self._own_clock.wait(interval, time.monotonic()))
            if wait > 0:
                return wait
            self._write(clock._replace(last=now))
            turn.push(lock.pop_all())
            return 0.0

    def _try_lock(self, turn: ExitStack) -> bool:
        """Take the lock until the stack is closed, and return whether it was free."""
        with self._wrap_errors():
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                return False
        turn.callback(self._unlock)
        return True

    def _unlock(self) -> None:
        with self._wrap_errors():
            self._lock.release()

    def _read(self) -> _Clock:
        """Return the stored clock, of a process that holds the lock.

        If the system clock was set back, the stored times are moved back with it, so no wait is longer than intended.
        """
        stored = self._stored()
        if (clock := _without_future(stored, time.time())) != stored:
            self._write(clock)
        return clock

    def _stored(self) -> _Clock:
        """Return the clock on disk, or the last clock of this process if the file is missing or damaged."""
        with suppress(FileNotFoundError):
            content = self._file.read_bytes()
            if len(content) == _FORMAT.size:
                self._last_clock = _Clock(*_FORMAT.unpack(content))
        return self._last_clock

    def _write(self, clock: _Clock) -> None:
        self._last_clock = clock
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.touch()
        with self._file.open("r+b", buffering=0) as file:
            file.write(_FORMAT.pack(*clock))

    @contextmanager
    def _wrap_errors(self) -> Iterator[None]:
        """Turn errors of the clock file and its lock into a SettingsError that names the folder."""
        try:
            yield
        except (OSError, NotImplementedError) as error:
            reason = error.strerror or error if isinstance(error, OSError) else "the file system does not support locks"
            raise SettingsError(
                f"{self._file.parent}: the request clock cannot be read or written: {reason}; "
                "set ALTDETAILS_STATE to a writable folder"
            ) from error
