"""Times of fetching: read, put into the period that they belong to, and the days between two of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["By", "days_between", "moment", "period"]

By = Literal["day", "week", "month", "quarter", "year"]

_DAY_SECONDS = 86_400

_NAMES: dict[By, Callable[[str], str]] = {
    "day": lambda at: at[:10],
    "week": lambda at: "{:04}-W{:02}".format(*datetime.fromisoformat(at).isocalendar()),
    "month": lambda at: at[:7],
    "quarter": lambda at: f"{at[:4]}-Q{(int(at[5:7]) + 2) // 3}",
    "year": lambda at: at[:4],
}
"""They sort as time goes."""


def moment(text: str | None) -> str | None:
    """A time in UTC, to the second; None where it is none. Without a zone it is taken for UTC."""
    try:
        at = datetime.fromisoformat(text or "")
        in_utc = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return in_utc.isoformat(timespec="seconds").replace("+00:00", "Z")


def period(at: str, by: By) -> str:
    """The day, week (ISO 8601), month, quarter or year of a moment: `2026-03-02`, `2026-W10`, `2026-03`, `2026-Q1`."""
    return _NAMES[by](at)


def days_between(old: str | None, new: str | None) -> float | None:
    """Days from one moment to the other; None where one of them is not known."""
    if old is None or new is None:
        return None
    return round((datetime.fromisoformat(new) - datetime.fromisoformat(old)).total_seconds() / _DAY_SECONDS, 3)
