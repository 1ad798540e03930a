"""When a mention was published, from the attribute `datetime` and the date as shown."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import NamedTuple

__all__ = ["SHOWN_DATE", "Published", "at_second", "published"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHOWN_DATE = re.compile(rf"(?P<day>[0-9]{{1,2}}) (?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.? (?P<year>[0-9]{{4}})")
"""A date as the site shows it: `10 Feb 2025`."""
_ATTRIBUTE = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,][0-9]{1,9})?\s?(?P<zone>Z|UTC|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)
_MIDNIGHT = re.compile(r".*T00:00:00Z")


class Published(NamedTuple):
    """The time of a mention."""

    at: str | None
    """An instant in UTC, `2025-02-10T14:05:00Z`, or a day, `2025-02-10`."""
    doubt: str | None
    """Why the time is not certain."""


def published(attribute: str | None, shown: str | None, *, has_clock: bool) -> Published:
    """Return when a mention was published.

    The attribute comes first. Midnight means that only the day is known, except in sources that always give the time of
    day. A time without a zone gives only the day.

    Args:
        attribute: the attribute `datetime`.
        shown: the date as shown.
        has_clock: whether the source gives the time of day of each mention, so that midnight is a time.
    """
    day = _day_of(shown)
    of_day = day.isoformat() if day else None
    if not attribute or not attribute.strip():
        return Published(of_day, None)
    attribute = attribute.strip()
    match = _ATTRIBUTE.fullmatch(attribute)
    at = _at(match, has_clock=has_clock) if match else None
    if match is None or at is None:
        return Published(of_day, f"date {attribute}")
    if day and abs((date.fromisoformat(at[:10]) - day).days) > 1:
        return Published(at, f"date {attribute}, shown as {shown}")
    return Published(at, f"date {attribute} without a time zone" if match["clock"] and not match["zone"] else None)


def at_second(second: int) -> str | None:
    """Return the instant that is a number of seconds after 1970; None if it is out of range."""
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return None


def _at(match: re.Match[str], *, has_clock: bool) -> str | None:
    """Return the instant or the day of an attribute; None if there is no such day or time."""
    day, clock, zone = match["day"], match["clock"], match["zone"]
    with suppress(ValueError, OverflowError):
        if clock is None or zone is None:
            return date.fromisoformat(day).isoformat()
        offset = "+00:00" if zone.upper() in {"Z", "UTC"} else zone
        moment = datetime.fromisoformat(f"{day}T{clock}{offset}").astimezone(UTC)
        at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return at[:10] if _MIDNIGHT.fullmatch(at) and not has_clock else at
    return None


def _day_of(shown: str | None) -> date | None:
    match = SHOWN_DATE.search(shown) if shown else None
    if not match:
        return None
    with suppress(ValueError):
        return date(int(match["year"]), _MONTHS.index(match["month"]) + 1, int(match["day"]))
    return None
