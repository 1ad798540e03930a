"""What came of asking for one identifier."""

from __future__ import annotations

from typing import Literal

import msgspec

from altdetails.record import Record

__all__ = ["STATUSES", "Outcome", "Status"]

Status = Literal["ok", "not_tracked", "not_details", "blocked", "rate_limited", "robots_denied", "failed", "invalid"]
STATUSES: tuple[Status, ...] = (
    "ok",
    "not_tracked",
    "not_details",
    "blocked",
    "rate_limited",
    "robots_denied",
    "failed",
    "invalid",
)
"""In the order in which people are told of them.

- `ok`: a record
- `not_tracked`: the site has no such page (404), since nothing has mentioned the output yet
- `not_details`: a page, but no record in it
- `blocked`: 401, 403, a challenge or a log-in page
- `rate_limited`: the site asked for a longer wait
- `robots_denied`: robots.txt says no
- `failed`: network, server, redirect, truncated or too large
- `invalid`: no identifier, or one that the site has no address for
"""


class Outcome(msgspec.Struct, frozen=True, kw_only=True, rename={"status": "outcome"}):
    """What came of one identifier."""

    identifier: str
    """As it is asked for: a bare DOI, an Altmetric id, or a chapter's address; of `invalid`, the text as given."""
    status: Status
    reason: str | None = None
    """One sentence for a person; None where there is a record."""
    attempts: int = 0
    """How often the page was asked for; redirects on the way to it do not count."""
    http_status: int | None = None
    """The last HTTP status that the site gave."""
    at: str
    """When it was known: UTC, RFC 3339."""
    record: Record | None = None
    """What the page says, where `status` is `ok`."""
