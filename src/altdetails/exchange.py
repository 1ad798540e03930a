"""One HTTP request and the response to it, as they went over the wire: what a fetcher makes and a store keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

__all__ = ["Exchange", "Headers", "RobotsFile", "timestamp"]

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
