"""When a request is made again, after how long, and how often: small strategies for tenacity that compose."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from altdetails.errors import NetworkFailure, RateLimited, ServerFailure, TruncatedBody

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ATTEMPTS", "LONGEST_WAIT", "attempts", "may_pass", "retry_after"]

ATTEMPTS = 5
"""How often a page is asked for at most, in one run."""
LONGEST_WAIT = 15 * 60.0
"""Seconds that a run waits because of Retry-After; a site that asks for more ends the run."""
_LONGEST_BACKOFF = 60.0
_PASSING_STATUSES = frozenset({408, 425, 500, 502, 503, 504})
_FOREVER = 10 * 365 * 24 * 3600.0
_MOST_DIGITS = 9


def attempts(*, interval: float, pause: Callable[[float], None], notice: Callable[[str], None]) -> Retrying:
    """The tries at one page, until it comes: iterate over them, and ask inside `with`.

    The error of the last attempt is raised as it is.

    Args:
        interval: seconds between two requests; waits grow from it, each drawn at random from zero to its length.
        pause: sleeps so many seconds, or raises where the run is to stop.
        notice: told in words why and when the page is asked for again.
    """
    return Retrying(
        retry=retry_if_exception(may_pass),
        wait=_as_the_site_says(otherwise=wait_random_exponential(multiplier=interval, max=_LONGEST_BACKOFF)),
        stop=stop_after_attempt(ATTEMPTS),
        before_sleep=lambda state: notice(_in_words(state)),
        sleep=pause,
        reraise=True,
    )


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, in either of its forms (RFC 9110, 10.2.3).

    None where there is no header, a past date, or neither form.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:_MOST_DIGITS]), _FOREVER) if len(text) <= _MOST_DIGITS else _FOREVER
    try:
        seconds = parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return min(seconds, _FOREVER) if seconds > 0 else None


def may_pass(error: BaseException) -> bool:
    """Whether asking again may help: the network, a server in trouble, a wait that a run can afford."""
    match error:
        case NetworkFailure() | TruncatedBody():
            return True
        case RateLimited():
            return (error.retry_after or 0.0) <= LONGEST_WAIT
        case ServerFailure():
            return error.status in _PASSING_STATUSES
    return False


def _as_the_site_says(otherwise: Callable[[RetryCallState], float]) -> Callable[[RetryCallState], float]:
    def wait(state: RetryCallState) -> float:
        asked = getattr(_error(state), "retry_after", None)
        return float(asked) if asked else otherwise(state)

    return wait


def _in_words(state: RetryCallState) -> str:
    return f"{_error(state)}; asking again in {state.upcoming_sleep:.0f} s ({state.attempt_number} of {ATTEMPTS} done)"


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
