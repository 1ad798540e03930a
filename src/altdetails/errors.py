"""The errors that altdetails raises.

Public functions raise only these, and TypeError for an argument of the wrong type.

AltdetailsError
├── SettingsError            an argument, environment variable, proxy or folder that cannot be used
├── IdentifierError          text that is not a DOI, PMID, arXiv id, ISBN, Altmetric id or details address
├── InputError               a file that cannot be read: damaged, too large, refused
├── PageError                content without a record
│   ├── NotADetailsPage      a page of another kind, which is the attribute `kind`
│   └── UndecodablePage      bytes that are not text, or that exceed the limit
├── FetchError               a page that could not be fetched
│   ├── Blocked              the site refuses: 401, 403, a challenge or a log-in page
│   ├── RateLimited          429, or a requested wait that exceeds the limit of a run
│   ├── RobotsDenied         robots.txt does not allow the address
│   │   └── RobotsUnread     robots.txt cannot be read, so no address is allowed
│   ├── RedirectRefused      a redirect to an address that must not be fetched, or too many redirects
│   ├── CodingRefused        a response with a compression that was not requested
│   ├── BodyTooLarge         a response that exceeds the size limit
│   ├── TruncatedBody        a response that ends early
│   ├── ServerFailure        an HTTP status that reports a failure
│   ├── NetworkFailure       a connection that broke or timed out
│   │   └── Unreachable      no connection
│   └── RunStopped           the site ended the run: it refuses, or demands a wait
├── StoreError               a run folder that cannot be used
│   ├── RunLocked            another process writes to it
│   └── RunDamaged           its files contradict each other; they were left unchanged
├── ExportError              a file or warehouse to which the records cannot be written
└── WorkersLost              worker processes that cannot be started
"""

from __future__ import annotations

__all__ = [
    "AltdetailsError",
    "Blocked",
    "BodyTooLarge",
    "CodingRefused",
    "ExportError",
    "FetchError",
    "IdentifierError",
    "InputError",
    "NetworkFailure",
    "NotADetailsPage",
    "PageError",
    "RateLimited",
    "RedirectRefused",
    "RobotsDenied",
    "RobotsUnread",
    "RunDamaged",
    "RunLocked",
    "RunStopped",
    "ServerFailure",
    "SettingsError",
    "StoreError",
    "TruncatedBody",
    "UndecodablePage",
    "Unreachable",
    "WorkersLost",
]


class AltdetailsError(Exception):
    """Base class of all errors of this package.

    Examples:
        >>> for path in ("saved-page.html", "saved-pages/help.html", "missing.html"):
        ...     try:
        ...         record = parse_file(path)
        ...     except AltdetailsError as error:
        ...         print(f"{path}: {type(error).__name__}")
        saved-pages/help.html: NotADetailsPage
        missing.html: InputError
    """


class SettingsError(AltdetailsError):
    """A setting that cannot be used: an argument, an environment variable, a proxy or a folder."""


class IdentifierError(AltdetailsError, ValueError):
    """Text that is not an identifier. The message has the reason and the accepted forms."""


class InputError(AltdetailsError):
    """A file, archive or archive member that cannot be read. The message has its name and what to do."""


class PageError(AltdetailsError):
    """Content from which no record can be made."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        """The kind of content: a `PageKind` value, or `undecodable`."""
        self.reason = reason
        """One sentence: what the content is, and what to do."""

    def __reduce__(self) -> tuple[type[PageError], tuple[str, str]]:
        return type(self), (self.kind, self.reason)


class NotADetailsPage(PageError):
    """A page that is not a details page. `kind` is a value of `altdetails.PageKind` other than `details`."""


class UndecodablePage(PageError):
    """Bytes that cannot be decoded as text, or that exceed the size limit. `kind` is `undecodable`."""


class FetchError(AltdetailsError):
    """A page that could not be fetched. The message has the address and the reason."""


class Blocked(FetchError):
    """The site refuses: it answers with 401, 403, a challenge or a log-in page. The request is not retried."""


class RateLimited(FetchError):
    """The site limits requests, and retries failed or the requested wait is too long."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds to wait before the next request, as the site demands; None if unknown."""


class RobotsDenied(FetchError):
    """robots.txt does not allow the address."""


class RobotsUnread(RobotsDenied):
    """robots.txt could not be read, so no address of the site is allowed (RFC 9309, 2.3.1.4)."""


class RedirectRefused(FetchError):
    """A redirect that leaves the site, drops HTTPS, contains a user or an IP address, or exceeds the limit."""


class CodingRefused(FetchError):
    """A response in a content coding that was not requested. It was not decompressed."""


class BodyTooLarge(FetchError):
    """A response that exceeds the size limit, before or after decompression."""


class TruncatedBody(FetchError):
    """A response that ends early, by its length, its compression or a missing end tag."""


class ServerFailure(FetchError):
    """An HTTP status that reports a failure other than not found, blocked and rate limited."""

    def __init__(self, message: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status."""
        self.retry_after = retry_after
        """Seconds to wait before the next request, as the site demands; None if unknown."""


class NetworkFailure(FetchError):
    """A connection that broke, timed out or did not speak HTTP."""


class Unreachable(NetworkFailure):
    """No connection could be made: no network, an unknown host, or a refused connection."""


class RunStopped(FetchError):
    """The site ended a run: it refuses, cannot be reached, or demands a wait. All results so far are kept."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds to wait before the next request, as the site demands; None if unknown."""


class StoreError(AltdetailsError):
    """A run folder that cannot be used. The message has the file and what to do."""


class RunLocked(StoreError):
    """Another process writes to the run folder. The message has its process id."""


class RunDamaged(StoreError):
    """The files of a run folder contradict each other. A repair would lose pages, so they were left unchanged."""


class WorkersLost(AltdetailsError):
    """Worker processes cannot be started, or end before they get any work. The cause is not a page."""


class ExportError(AltdetailsError):
    """A file or warehouse to which the records cannot be written. Its previous content is unchanged."""
