"""Retries: which errors are retried, how often, and after how long. Built on tenacity."""

from __future__ import annotations

import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from altdetails.errors import NetworkFailure, RateLimited, ServerFailure, TruncatedBody

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

__all__ = [
    "ATTEMPTS",
    "LONGEST_WAIT",
    "Pauses",
    "RequestedWait",
    "Stopped",
    "attempts",
    "is_transient",
    "pause",
    "retry_after",
]

ATTEMPTS = 5
"""Attempts at one page in one run, at most."""
LONGEST_WAIT = 15 * 60.0
"""Seconds that a run waits for Retry-After, at most. A longer Retry-After ends the run."""
_LONGEST_BACKOFF = 60.0
_TRANSIENT_STATUSES = frozenset({408, 425, 500, 502, 503, 504})
_MAX_RETRY_AFTER = 10 * 365 * 24 * 3600.0
_MAX_DIGITS = 9
_MAX_SHOWN = 40
_POLL_SECONDS = 0.1
"""How often a wait checks `stop`."""


class Stopped(Exception):
    """`stop` was set during a wait."""


def pause(stop: threading.Event, seconds: float) -> None:
    """Sleep in short steps. `Event.wait` would hang if a signal handler set the event while it holds its lock.

    Raises:
        Stopped: if the event is set.
    """
    end = time.monotonic() + seconds
    while not stop.is_set():
        remaining = end - time.monotonic()
        if remaining <= 0:
            return
        time.sleep(min(remaining, _POLL_SECONDS))
    raise Stopped


class Pauses:
    """Sleeps, and adds up the seconds."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.seconds = 0.0
        self._sleep = sleep

    def __call__(self, seconds: float) -> None:
        """Sleep for some seconds."""
        began = time.monotonic()
        try:
            self._sleep(seconds)
        finally:
            self.seconds += time.monotonic() - began


def attempts(
    *,
    interval: float,
    pause: Callable[[float], None],
    notice: Callable[[str], None],
    longest_wait: float = LONGEST_WAIT,
) -> Retrying:
    """Return the attempts at one page: iterate over them, and make the request inside `with`.

    The error of the last attempt is raised unchanged.

    Args:
        interval: seconds between two requests. The first wait is a random part of it, and the limit doubles each time.
        pause: called to sleep for some seconds. It raises an exception if the run should stop.
        notice: called with a sentence before each retry: why, and after how many seconds.
        longest_wait: seconds that the service may demand, at most.
    """
    return Retrying(
        retry=retry_if_exception(lambda error: is_transient(error, longest_wait)),
        wait=_wait_for_retry_after(otherwise=wait_random_exponential(multiplier=interval, max=_LONGEST_BACKOFF)),
        stop=stop_after_attempt(ATTEMPTS),
        before_sleep=lambda state: notice(_describe_retry(state)),
        sleep=pause,
        reraise=True,
    )


class RequestedWait(NamedTuple):
    """The wait that a response requests."""

    seconds: float | None
    """None if there is no Retry-After header, or a date in the past."""
    remark: str = ""
    """What is wrong with the header, for the message; empty if it is valid."""


def retry_after(value: str | None) -> RequestedWait:
    """Read a Retry-After header: seconds or a date (RFC 9110, 10.2.3). A date without a time zone is UTC.

    An unreadable header requests the longest backoff, because the site wants a wait.
    """
    if value is None:
        return RequestedWait(None)
    text = value.strip()
    if text.isascii() and text.isdigit():
        return RequestedWait(min(float(text), _MAX_RETRY_AFTER) if len(text) <= _MAX_DIGITS else _MAX_RETRY_AFTER)
    try:
        date = parsedate_to_datetime(text)
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError, OSError):
        remark = f"Retry-After {text[:_MAX_SHOWN]!a} is neither seconds nor an HTTP date"
        return RequestedWait(_LONGEST_BACKOFF, remark)
    return RequestedWait(min(seconds, _MAX_RETRY_AFTER) if seconds > 0 else None)


def is_transient(error: BaseException, longest_wait: float = LONGEST_WAIT) -> bool:
    """Whether a retry may help: a network error, a server error, or a demanded wait within the longest one."""
    match error:
        case NetworkFailure() | TruncatedBody():
            return True
        case RateLimited():
            return (error.retry_after or 0.0) <= longest_wait
        case ServerFailure():
            return error.status in _TRANSIENT_STATUSES
    return False


def _wait_for_retry_after(otherwise: Callable[[RetryCallState], float]) -> Callable[[RetryCallState], float]:
    def wait(state: RetryCallState) -> float:
        seconds = getattr(_error(state), "retry_after", None)
        return float(seconds) if seconds else otherwise(state)

    return wait


def _describe_retry(state: RetryCallState) -> str:
    attempt = f"attempt {state.attempt_number} of {ATTEMPTS} failed"
    return f"{_error(state)}; retrying in {state.upcoming_sleep:.0f} s ({attempt})"


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
