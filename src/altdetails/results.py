"""What passes between rooms: an HTTP exchange, a captured page, the outcome of an identifier, a failure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

import msgspec

from altdetails.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "STATUSES",
    "Capture",
    "Exchange",
    "Failure",
    "Headers",
    "Outcome",
    "RobotsFile",
    "Status",
    "in_words",
    "timestamp",
]

Headers = tuple[tuple[str, str], ...]
"""Names and values in the order of the wire; a name can stand twice."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A GET request with its response."""

    url: str
    at: str
    """When the request began: UTC, RFC 3339, whole seconds."""
    request_headers: Headers
    http_version: str
    """`HTTP/1.1`, as the response says."""
    status: int
    phrase: str
    """The words behind the status."""
    headers: Headers
    body: bytes
    """As received: without the chunks of a transfer coding, but still compressed where `Content-Encoding` says so."""
    truncated: Literal["length", "time", "disconnect"] | None = None
    """Why the body is not whole, in the words of the WARC standard; None where it is."""
    record_id: str = field(default_factory=lambda: f"urn:uuid:{uuid4()}")
    """What the response is called in an archive."""

    def header(self, name: str) -> str | None:
        """The value of a header of the response, whatever its name's case; the first, where it stands twice."""
        wanted = name.lower()
        return next((value for found, value in self.headers if found.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """The answer to a request for robots.txt."""

    status: int
    body: bytes
    """Without its content coding."""
    at: float
    """When it was given: seconds since 1970."""


def timestamp(moment: datetime | None = None) -> str:
    """A moment, or now: UTC, RFC 3339, whole seconds, with `Z`."""
    return (moment or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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


def in_words(counts: Mapping[Status | None, int]) -> str:
    """Outcomes for a person: `50 ok, 3 not tracked`, without those that did not occur."""
    words = (f"{counts[status]:,} {status.replace('_', ' ')}" for status in STATUSES if counts.get(status))
    return ", ".join(words) or "none"


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


@dataclass(frozen=True, slots=True)
class Capture:
    """A page with what is known of where it came from."""

    content: bytes
    """The page without transfer and content codings."""
    url: str
    """The address that gave it, behind all redirects."""
    status: int | None
    content_type: str | None
    fetched_at: str | None
    """UTC, RFC 3339."""
    record_id: str
    """The id of the response in its WARC file, `urn:uuid:…`: names the page wherever the file lies."""
    requested: str | None = None
    """The identifier that was asked for, normalised, where that is known."""


class Failure(msgspec.Struct, frozen=True):
    """One line of the failures file: a page, file or path that gave no record."""

    file: str
    """The path as given, or `archive.zip!member`."""
    kind: str
    """A `PageKind` value, `undecodable`, the kind of an `Unreadable`, or `error`: a fault of altdetails."""
    reason: str

    def to_json(self) -> bytes:
        """The failure as one line of JSON in UTF-8, with the line's end."""
        return msgspec.json.encode(self) + b"\n"
