"""What the responses of a service mean: of the site with its pages, and of the API with its answers."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Protocol

import msgspec

from altdetails._arguments import strip_controls
from altdetails.errors import Blocked, FetchError, ServerFailure, TruncatedBody
from altdetails.scraping.fetch.attempts import LONGEST_WAIT
from altdetails.scraping.fetch.content import content_of, refuse_missing_end_tag

if TYPE_CHECKING:
    from altdetails.results import Exchange

__all__ = ["ApiMeaning", "Meaning", "PageMeaning"]

HOUR, DAY = 3600.0, 24 * 3600.0
_MALFORMED = 400
_NOT_FOUND = 404
_FORBIDDEN = 403
_MAX_DETAIL = 150
_ADVICE = "docs/politeness.md says how to ask Altmetric for a key"


class Meaning(Protocol):
    """What the responses of a service mean."""

    @property
    def accept(self) -> str:
        """The Accept header of requests."""

    @property
    def too_many(self) -> frozenset[int]:
        """The statuses that say that there were too many requests."""

    @property
    def longest_wait(self) -> float:
        """The most seconds that a run waits until the service allows requests. A longer wait ends the run."""

    @property
    def stops_at_refusal(self) -> bool:
        """Whether one refusal ends the run, because it concerns all identifiers."""

    @property
    def not_tracked(self) -> str:
        """The reason of an identifier that the service does not have."""

    def refuse(self, exchange: Exchange) -> None:
        """Raise the error of a status that says more than a failure of the server."""

    def refuse_incomplete(self, exchange: Exchange, content: bytes) -> None:
        """Check that the content of a response with status 200 is whole.

        Raises:
            TruncatedBody: if it is not.
        """

    def rest(self, exchange: Exchange) -> float:
        """Return the seconds without requests that a response demands, other than by Retry-After; 0 if none."""


@dataclass(frozen=True, slots=True)
class PageMeaning:
    """Responses of the site, with a page of HTML for each output."""

    accept: str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
    too_many: frozenset[int] = frozenset({429})
    longest_wait: float = LONGEST_WAIT
    stops_at_refusal: bool = False
    not_tracked: str = "the site has no page for it (404)"

    def refuse(self, exchange: Exchange) -> None:
        """Refuse 401 and 403."""
        if exchange.status in {401, 403}:
            raise Blocked(f"{_status_of(exchange)}: the site refuses")

    def refuse_incomplete(self, exchange: Exchange, content: bytes) -> None:
        """Refuse HTML without its end tag."""
        refuse_missing_end_tag(exchange, content)

    def rest(self, exchange: Exchange) -> float:  # noqa: ARG002 -- the site has Retry-After alone
        """Return 0."""
        return 0.0


@dataclass(frozen=True, slots=True)
class ApiMeaning:
    """Responses of the API, with JSON for each output."""

    key: str
    """Where the key is from, for messages."""
    accept: str = "application/json"
    too_many: frozenset[int] = frozenset({420, 429})
    longest_wait: float = HOUR
    stops_at_refusal: bool = True
    not_tracked: str = "the API has nothing about it (404)"

    def refuse(self, exchange: Exchange) -> None:
        """Refuse what concerns the key or the identifier, and a page instead of an answer.

        Raises:
            Blocked: if the key is missing or wrong, or does not cover the call.
            ServerFailure: if the API does not accept the identifier, or a page says that something was not found.
        """
        status = _status_of(exchange)
        match exchange.status:
            case 400:
                raise ServerFailure(
                    f"{status}: the API does not accept this identifier{_detail(exchange)}; check it", _MALFORMED
                )
            case 401 | 402:
                raise Blocked(f"{status}: the API rejects the key from {self.key}{_detail(exchange)}; {_ADVICE}")
            case 403 if "%" in exchange.url:
                reason = "the identifier has characters that the API may not accept, or the key does not cover the call"
                raise ServerFailure(f"{status}: {reason}{_detail(exchange)}", _FORBIDDEN)
            case 403:
                reason = f"the key from {self.key} is not valid, or does not cover this call"
                raise Blocked(f"{status}: {reason}{_detail(exchange)}; {_ADVICE}")
            case 404 if _is_markup(content_of(exchange)):
                reason = "a page, not an answer of the API; check --base-url"
                raise ServerFailure(f"{status}: {reason}", _NOT_FOUND)

    def refuse_incomplete(self, exchange: Exchange, content: bytes) -> None:
        """Refuse what is not whole JSON. Texts can have control characters and halves of characters."""
        try:
            json.loads(content.decode("utf-8-sig"), strict=False, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            reason = strip_controls(str(error))[:_MAX_DETAIL]
            raise TruncatedBody(f"{exchange.url}: the answer is not whole JSON: {reason}") from error

    def rest(self, exchange: Exchange) -> float:
        """Return the length of the hour or the day whose requests are used up.

        No header says when it began, so the whole of it is waited for.
        """
        for period, seconds in (("Daily", DAY), ("Hourly", HOUR)):
            left = (exchange.header(f"X-{period}RateLimit-Remaining") or "").strip()
            if left.removeprefix("-").isdecimal() and left.isascii() and (left[0] == "-" or not left.strip("0")):
                return seconds
        return 0.0


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} cannot be in JSON")


def _status_of(exchange: Exchange) -> str:
    return f"{exchange.url}: HTTP {exchange.status} {exchange.phrase}".rstrip()


def _detail(exchange: Exchange) -> str:
    """Return what an error of the API says, in brackets; nothing if it is a page or cannot be read."""
    try:
        content = content_of(exchange)
    except FetchError:
        return ""
    text = " ".join(strip_controls(content[: 16 * _MAX_DETAIL].decode("utf-8", "replace")).split())
    with suppress(msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        text = "; ".join(error.detail or error.title for error in msgspec.json.decode(content, type=_Errors).errors)
    return f" ({strip_controls(text)[:_MAX_DETAIL]})" if text and not _is_markup(content) else ""


def _is_markup(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


class _Error(msgspec.Struct):
    detail: str = ""
    title: str = ""


class _Errors(msgspec.Struct):
    """The body of an error, as JSON."""

    errors: list[_Error]
