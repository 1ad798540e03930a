"""Values that packages exchange: an HTTP exchange, a captured page, the outcome of an identifier, a failure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args
from uuid import uuid4

import msgspec

from altdetails.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "STATUSES",
    "TAB_STATUSES",
    "UNFETCHABLE",
    "ArchivedRecord",
    "AskedTab",
    "Capture",
    "Exchange",
    "Failure",
    "Headers",
    "Outcome",
    "Replay",
    "Revisit",
    "RobotsFile",
    "Status",
    "TabPage",
    "TabStatus",
    "in_words",
    "timestamp",
]

Headers = tuple[tuple[str, str], ...]
"""Names and values in the order received; a name can be repeated."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The request to a web archive that gave a capture."""

    url: str
    """The address in the archive."""
    at: str
    """When the request began: UTC, RFC 3339, whole seconds."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A GET request with its response."""

    url: str
    at: str
    """When the request began: UTC, RFC 3339, whole seconds."""
    request_headers: Headers
    http_version: str
    """As the response states it, such as `HTTP/1.1`."""
    status: int
    phrase: str
    """The reason phrase after the status code."""
    headers: Headers
    body: bytes
    """The body without its transfer coding, but still with its content coding (compression)."""
    truncated: Literal["length", "time", "disconnect"] | None = None
    """Why the body is incomplete, as a term of the WARC standard; None if it is complete."""
    record_id: str = field(default_factory=lambda: f"urn:uuid:{uuid4()}")
    """The id of the response in a WARC archive."""
    replay: Replay | None = None
    """The request to a web archive, if that replayed the response. Then `url`, `at`, `status` and `headers` are those
    of the capture: the address on the site, and when the archive got it there."""

    def header(self, name: str) -> str | None:
        """Return the first value of a response header, in upper or lower case; None if it is missing."""
        lowered = name.lower()
        return next((value for key, value in self.headers if key.lower() == lowered), None)


@dataclass(frozen=True, slots=True)
class Revisit:
    """A capture that was not fetched, because an earlier one of the same digest was."""

    url: str
    at: str
    """When the archive captured it."""
    digest: str
    """The digest of its content: `sha1:…` or as the index of the archive writes it."""
    first_url: str
    """The address of the capture with the content."""
    first_at: str
    """When that was captured."""
    record_id: str = field(default_factory=lambda: f"urn:uuid:{uuid4()}")


@dataclass(frozen=True, slots=True)
class ArchivedRecord:
    """A record of another web archive, as it is stored there."""

    url: str
    content: bytes
    """The record, as one or more gzip members."""
    record_id: str
    fetched_at: str
    """When it was read there: UTC, RFC 3339, whole seconds."""


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """The answer to a request for robots.txt."""

    status: int
    body: bytes
    """Without its content coding."""
    at: float
    """When it was received: seconds since 1970."""


def timestamp(moment: datetime | None = None) -> str:
    """Format a moment, by default now, as RFC 3339: UTC, whole seconds, with `Z`."""
    return (moment or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Status = Literal[
    "ok",
    "same",
    "not_tracked",
    "no_capture",
    "not_details",
    "blocked",
    "rate_limited",
    "robots_denied",
    "failed",
    "no_address",
    "invalid",
]
STATUSES: tuple[Status, ...] = get_args(Status)
"""In the order in which they are reported.

- `ok`: a record
- `same`: in a history, a capture with the same content as another one that has a record; it was not fetched
- `not_tracked`: the site does not have the page (404), or the API the output, since it has no mention of it
- `no_capture`: in a history, an output without a capture, or a capture that the web archive does not give
- `not_details`: a page of another kind
- `blocked`: 401, 403, a challenge or a log-in page; the key of the API is wrong, or does not cover the call
- `rate_limited`: the site demands a longer wait
- `robots_denied`: robots.txt does not allow the page
- `failed`: an error of the network, the server or a redirect, or a response that is truncated or too large; or the API
  does not accept the identifier (400)
- `no_address`: an identifier for which the site has no address: a PubMed id, an arXiv id, an ISBN, a handle, an NCT
  number. The API has one.
- `invalid`: not an identifier
"""
UNFETCHABLE: frozenset[Status] = frozenset({"no_address", "invalid"})
"""The outcomes that are known without a request. They never change."""


TabStatus = Literal[
    "complete",
    "limited",
    "repeated",
    "too_long",
    "no_list",
    "blocked",
    "rate_limited",
    "robots_denied",
    "failed",
]
TAB_STATUSES: tuple[TabStatus, ...] = get_args(TabStatus)
"""In the order in which they are reported.

- `complete`: every page of the list
- `limited`: every page, and the tab says that it shows a limited selection
- `repeated`: a page shows the list of an earlier page, and was left out; what follows is not known
- `too_long`: the list has more pages than a run fetches
- `no_list`: the site sends the summary or 404 instead of the list. This does not mean zero mentions
- `failed`: an error as in `Status`, or a page of another output or tab
- the others: as in `Status`
"""


def in_words(counts: Mapping[Any, int], statuses: tuple[str, ...] = STATUSES) -> str:
    """Format the number of each outcome that occurred: `50 ok, 3 not tracked`.

    Args:
        counts: the number of each outcome, which is one of `statuses`, or None.
        statuses: the outcomes, in the order of the result.
    """
    words = (f"{counts[status]:,} {status.replace('_', ' ')}" for status in statuses if counts.get(status))
    return ", ".join(words) or "none"


class Outcome(msgspec.Struct, frozen=True, kw_only=True, rename={"status": "outcome"}):
    """The outcome of one identifier."""

    identifier: str
    """A bare DOI, an Altmetric id, or the address of a chapter; another identifier with its scheme, such as
    `pmid:99000417`; in a history, the address of a capture in the web archive; if `invalid`, the text unchanged."""
    status: Status
    reason: str | None = None
    """The reason for a missing record, in one sentence. None if the outcome has a record."""
    attempts: int = 0
    """How often the page was requested, not counting redirects."""
    http_status: int | None = None
    """The last HTTP status of the site."""
    at: str
    """When the outcome was determined: UTC, RFC 3339."""
    record: Record | None = None
    """The record of the page, if `status` is `ok`."""
    warning: str | None = None
    """What is odd about the record: `pmid_mismatch: …` if the row of the list has another PubMed id than the page."""


@dataclass(frozen=True, slots=True)
class TabPage:
    """What a run got for one page of a tab."""

    identifier: str
    """The identifier of the output, as in its `Outcome`."""
    source: str
    """Altmetric's key of the source: `news`."""
    page: int
    """The number of the page; 1 is the first."""
    status: TabStatus | None
    """The status of the tab after this page; None if more pages follow."""
    at: str
    """When this was determined: UTC, RFC 3339."""
    mentions: int = 0
    """The number of mentions that were stored from this page."""
    reason: str | None = None
    """Why the list is not complete, in one sentence; None if it is, or if more pages follow."""
    attempts: int = 0
    """How often the page was requested, not counting redirects."""
    http_status: int | None = None
    """The last HTTP status of the site."""


class AskedTab(NamedTuple):
    """The page of a tab that a run requested."""

    source: str
    """Altmetric's key of the source: `policy`."""
    tab: str
    """The name of the tab in its address: `policy-documents`."""
    page: int
    doi: str | None
    """The DOI of the output, by its record."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A page with its origin."""

    content: bytes
    """The page, without transfer and content coding."""
    url: str
    """The address of the page, after all redirects; empty if it is unknown."""
    status: int | None
    content_type: str | None
    fetched_at: str | None
    """When it was fetched, from the site or from a web archive: UTC, RFC 3339."""
    record_id: str
    """The id of the response in its WARC file, `urn:uuid:…`. It does not depend on the path of the file."""
    requested: str | None = None
    """The requested identifier, normalised; None if unknown."""
    memento: str | None = None
    """The header `Memento-Datetime` of the response, with which a web archive says when it captured the page."""
    asked_tab: AskedTab | None = None
    """The tab that a run requested, if it requested one. The site can answer with the summary."""
    captured_at: str | None = None
    """When the site gave the page, if a history says it: UTC, RFC 3339."""


class Failure(msgspec.Struct, frozen=True):
    """One line of the failures file: a page, file or path without a record."""

    file: str
    """The path as passed by the user, or `archive.zip!member`."""
    kind: str
    """A `PageKind` value, `undecodable`, the kind of an `Unreadable`, `timeout`, `no_column`, or `error`: a bug."""
    reason: str

    def to_json(self) -> bytes:
        """Encode the failure as one line of JSON in UTF-8, with a newline."""
        return msgspec.json.encode(self) + b"\n"
