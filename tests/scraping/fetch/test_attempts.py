"""Tests of retries and their waits."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from tests.support.cases import for_each

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


def http_date(**offset):
    return format_datetime(datetime.now(UTC) + timedelta(**offset), usegmt=True)


@for_each(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("9" * 9, 315360000.0),
        ("9" * 5000, 315360000.0),
        (None, None),
    ],
)
def test_retry_after_in_seconds_is_read(value, seconds):
    assert retry_after(value) == (seconds, "")


UNREADABLE = {
    "negative": "-5",
    "fraction": "2.5",
    "ISO date": "2026-11-26T05:00:00Z",
    "ISO date with a space": "2026-11-26 05:00:00",
    "empty": "",
    "blank": "  ",
    "word": "soon",
    "power": "10^400",
    "exponent": "1e9",
    "hexadecimal": "0x10",
    "other digits": "٣",
    "two numbers": "1 2",
    "list": "120, 60",
    "unit": "120 seconds",
    "half a date": "26 Nov 2026",
    "impossible date": "Wed, 99 Foo 2026",
    "day of no month": "Mon, 31 Feb 2028 05:00:00 GMT",
    "far year": "Fri, 31 Dec 99999 23:59:59 GMT",
}


@for_each("value", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_retry_after_is_the_longest_backoff_and_is_reported(value):
    assert retry_after(value) == (60.0, f"Retry-After {value.strip()!a} is neither seconds nor an HTTP date")


def test_the_report_of_an_unreadable_retry_after_is_short_and_printable():
    report = retry_after("\x1b[2J" + "soon " * 1000).remark
    assert report.isprintable()
    assert len(report) < 120


def test_retry_after_as_a_date_is_converted_to_seconds():
    assert retry_after(http_date(seconds=100)).seconds == pytest.approx(100, abs=60)
    assert retry_after(http_date(days=9999)).seconds == 315360000.0


def test_a_retry_after_in_the_past_is_ignored():
    assert retry_after(http_date(hours=-1)) == (None, "")
    assert retry_after("Sun, 06 Nov 1994 08:49:37 GMT") == (None, "")


FORMS = {
    "GMT": "%a, %d %b %Y %H:%M:%S GMT",
    "no zone": "%a, %d %b %Y %H:%M:%S",
    "unknown zone": "%a, %d %b %Y %H:%M:%S -0000",
    "asctime": "%a %b %d %H:%M:%S %Y",
    "RFC 850": "%A, %d-%b-%y %H:%M:%S GMT",
}


@pytest.fixture(params=["America/Los_Angeles", "Asia/Tokyo", "UTC"])
def time_zone(request, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("time_zone")
@for_each("form", FORMS.values(), ids=FORMS)
def test_an_http_date_is_utc_in_every_time_zone(form):
    text = (datetime.now(UTC) + timedelta(seconds=1000)).strftime(form)
    assert retry_after(text) == (pytest.approx(1000, abs=60), "")


def run_attempts(*errors, interval=1.0):
    """Raise these errors, one per attempt, and return the number of attempts, the waits, notices and final error."""
    remaining, waits, notices, count, final = list(errors), [], [], 0, None
    try:
        for attempt in attempts(interval=interval, pause=waits.append, notice=notices.append):
            with attempt:
                count += 1
                if remaining:
                    raise remaining.pop(0)  # noqa: TRY301
    except Exception as error:  # noqa: BLE001 - any error is returned
        final = error
    return count, waits, notices, final


TRANSIENT = [
    NetworkFailure("reset"),
    Unreachable("no route"),
    TruncatedBody("half"),
    RateLimited("429"),
    RateLimited("429", LONGEST_WAIT),
    *(ServerFailure(f"HTTP {status}", status) for status in (408, 425, 500, 502, 503, 504)),
]
PERMANENT = [
    Blocked("403"),
    RobotsDenied("no"),
    RedirectRefused("off"),
    BodyTooLarge("bomb"),
    CodingRefused("br"),
    RateLimited("429", LONGEST_WAIT + 1),
    *(ServerFailure(f"HTTP {status}", status) for status in (400, 410, 451, 501)),
    KeyError("a bug"),
]


@for_each("error", TRANSIENT, ids=repr)
def test_a_transient_error_is_retried(error):
    count, waits, notices, final = run_attempts(error)
    assert (count, len(waits), final) == (2, 1, None)
    assert notices == [f"{error}; retrying in {waits[0]:.0f} s (attempt 1 of {ATTEMPTS} failed)"]


@for_each("error", PERMANENT, ids=repr)
def test_a_permanent_error_is_not_retried(error):
    assert run_attempts(error) == (1, [], [], error)


def test_the_error_of_the_last_attempt_is_raised_unchanged():
    errors = [NetworkFailure(str(number)) for number in range(9)]
    count, waits, _, final = run_attempts(*errors)
    assert (count, len(waits), final) == (ATTEMPTS, ATTEMPTS - 1, errors[ATTEMPTS - 1])


def test_waits_are_random_and_their_limit_doubles():
    drawn = [run_attempts(*[NetworkFailure("reset")] * 4, interval=2.0)[1] for _ in range(200)]
    for number, limit in enumerate((2, 4, 8, 16)):
        waits = [waits[number] for waits in drawn]
        assert max(waits) <= limit
        assert max(waits) > 0.8 * limit
        assert min(waits) < 0.2 * limit


def test_no_wait_is_longer_than_a_minute():
    assert max(max(run_attempts(*[NetworkFailure("reset")] * 4, interval=1000.0)[1]) for _ in range(50)) <= 60


def test_retry_after_sets_the_wait():
    assert run_attempts(ServerFailure("HTTP 503", 503, 7.0), RateLimited("HTTP 429", 90.0))[1] == [7.0, 90.0]
