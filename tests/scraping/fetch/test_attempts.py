"""When a request is made again, and after how long."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from altdetails.errors import (
    Blocked,
    BodyTooLarge,
    CodingRefused,
    NetworkFailure,
    RateLimited,
    RedirectRefused,
    RobotsDenied,
    ServerFailure,
    TruncatedBody,
    Unreachable,
)
from altdetails.scraping.fetch.attempts import ATTEMPTS, LONGEST_WAIT, attempts, retry_after


def http_date(**ahead):
    return format_datetime(datetime.now(UTC) + timedelta(**ahead), usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("9" * 9, 315360000.0),
        ("9" * 5000, 315360000.0),
        (None, None),
        *((garbage, None) for garbage in ("", "soon", "-5", "1.5", "1e9", "٣", "Wed, 99 Foo 2026", "0x10", "1 2")),
    ],
)
def test_seconds_are_taken_as_they_are_and_garbage_is_none(value, seconds):
    assert retry_after(value) == seconds


def test_a_date_is_so_many_seconds_ahead():
    assert retry_after(http_date(seconds=100)) == pytest.approx(100, abs=2)
    assert retry_after(http_date(days=9999)) == 315360000.0


def test_a_past_date_asks_for_nothing():
    assert retry_after(http_date(hours=-1)) is None
    assert retry_after("Sun, 06 Nov 1994 08:49:37 GMT") is None


def tries(*errors, interval=1.0):
    """How often work is tried that raises these errors in turn, the waits, what was told, and the error at the end."""
    left, waits, told, made, final = list(errors), [], [], 0, None
    try:
        for attempt in attempts(interval=interval, pause=waits.append, notice=told.append):
            with attempt:
                made += 1
                if left:
                    raise left.pop(0)  # noqa: TRY301
    except Exception as error:  # noqa: BLE001 - whatever comes out
        final = error
    return made, waits, told, final


PASSING = [
    NetworkFailure("reset"),
    Unreachable("no route"),
    TruncatedBody("half"),
    RateLimited("429"),
    RateLimited("429", LONGEST_WAIT),
    *(ServerFailure(f"HTTP {status}", status) for status in (408, 425, 500, 502, 503, 504)),
]
FINAL = [
    Blocked("403"),
    RobotsDenied("no"),
    RedirectRefused("off"),
    BodyTooLarge("bomb"),
    CodingRefused("br"),
    RateLimited("429", LONGEST_WAIT + 1),
    *(ServerFailure(f"HTTP {status}", status) for status in (400, 410, 451, 501)),
    KeyError("a fault of ours"),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_what_may_pass_is_tried_again(error):
    made, waits, told, final = tries(error)
    assert (made, len(waits), final) == (2, 1, None)
    assert told == [f"{error}; retrying in {waits[0]:.0f} s (attempt 1 of {ATTEMPTS} failed)"]


@pytest.mark.parametrize("error", FINAL, ids=repr)
def test_what_cannot_pass_is_not_tried_again(error):
    assert tries(error) == (1, [], [], error)


def test_the_last_error_of_the_last_attempt_is_raised_as_it_is():
    errors = [NetworkFailure(str(number)) for number in range(9)]
    made, waits, _, final = tries(*errors)
    assert (made, len(waits), final) == (ATTEMPTS, ATTEMPTS - 1, errors[ATTEMPTS - 1])


def test_waits_are_random_up_to_a_length_that_doubles():
    drawn = [tries(*[NetworkFailure("reset")] * 4, interval=2.0)[1] for _ in range(200)]
    for number, most in enumerate((2, 4, 8, 16)):
        waits = [waits[number] for waits in drawn]
        assert max(waits) <= most
        assert max(waits) > 0.8 * most
        assert min(waits) < 0.2 * most


def test_no_wait_is_longer_than_a_minute():
    assert max(max(tries(*[NetworkFailure("reset")] * 4, interval=1000.0)[1]) for _ in range(50)) <= 60


def test_the_wait_is_what_the_site_says():
    assert tries(ServerFailure("HTTP 503", 503, 7.0), RateLimited("HTTP 429", 90.0))[1] == [7.0, 90.0]
