"""Test times of fetching, periods in UTC, and the days between two times."""

from typing import get_args

from tests.support.cases import for_each

from altdetails.diffing.compare import By, days_between, moment, period


@for_each(
    ("text", "time"),
    [
        ("2026-03-02T09:30:00Z", "2026-03-02T09:30:00Z"),
        ("2026-03-02T00:30:00+02:00", "2026-03-01T22:30:00Z"),
        ("2026-03-02T09:30:00.750Z", "2026-03-02T09:30:00Z"),
        ("2026-03-02T09:30:00", "2026-03-02T09:30:00Z"),
        ("2026-03-02", "2026-03-02T00:00:00Z"),
        ("0099-03-02T09:30:00Z", "0099-03-02T09:30:00Z"),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("2026-13-02T09:30:00Z", None),
        ("0001-01-01T00:00:00+05:00", None),
    ],
)
def test_a_time_is_read_as_utc_and_other_text_as_none(text, time):
    assert moment(text) == time


@for_each(
    ("at", "by", "name"),
    [
        ("2026-03-02T09:30:00Z", "day", "2026-03-02"),
        ("2026-03-02T09:30:00Z", "week", "2026-W10"),
        ("2027-01-03T09:30:00Z", "week", "2026-W53"),
        ("2026-03-02T09:30:00Z", "month", "2026-03"),
        ("2026-03-31T23:59:59Z", "quarter", "2026-Q1"),
        ("2026-04-01T00:00:00Z", "quarter", "2026-Q2"),
        ("2026-12-31T23:59:59Z", "quarter", "2026-Q4"),
        ("2026-03-02T09:30:00Z", "year", "2026"),
    ],
)
def test_a_period_has_its_usual_name(at, by, name):
    assert period(at, by) == name


@for_each("by", get_args(By))
def test_names_of_periods_sort_in_the_order_of_time(by):
    moments = ["0987-11-30T00:00:00Z", "1999-12-31T23:59:59Z", "2026-02-09T00:00:00Z", "2026-10-12T00:00:00Z"]
    names = [period(at, by) for at in moments]
    assert names == sorted(names)


@for_each(
    ("old", "new", "days"),
    [
        ("2026-01-10T09:00:00Z", "2026-07-12T09:00:00Z", 183.0),
        ("2026-01-10T09:00:00Z", "2026-01-10T21:00:00Z", 0.5),
        ("2026-01-11T09:00:00Z", "2026-01-10T09:00:00Z", -1.0),
        (None, "2026-01-10T09:00:00Z", None),
        ("2026-01-10T09:00:00Z", None, None),
    ],
)
def test_days_between_two_times_are_none_if_either_is_unknown(old, new, days):
    assert days_between(old, new) == days
