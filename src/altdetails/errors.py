"""The errors that altdetails raises; beside a TypeError for a value of the wrong type, no other leaves its functions.

AltdetailsError
├── SettingsError            a setting that cannot be used: an argument, the environment, a folder
├── IdentifierError          text that is not a DOI, PMID, arXiv id, ISBN, Altmetric id or details address
├── InputError               a file that cannot be read: damaged, too large, refused
├── PageError                content that gives no record
│   ├── NotADetailsPage      a page of another kind; the kind says which
│   └── UndecodablePage      bytes that are not text, or more of them than the reader takes
├── FetchError               an address that gave no page
│   ├── Blocked              the site refuses: 401, 403, a challenge or a log-in page
│   ├── RateLimited          429, or a wait that is longer than this run waits
│   ├── RobotsDenied         robots.txt does not allow the address
│   │   └── RobotsUnread     robots.txt cannot be read, so nothing is allowed
│   ├── RedirectRefused      a redirect to where nothing is asked for, or too many of them
│   ├── CodingRefused        a response compressed in a way that was not asked for
│   ├── BodyTooLarge         more bytes than a page has
│   ├── TruncatedBody        a response that ends early
│   ├── ServerFailure        an HTTP status that says that the request failed
│   ├── NetworkFailure       a connection that broke or timed out
│   │   └── Unreachable      no connection at all
│   └── RunStopped           the end of a run: the site refuses, or wants to be left alone
├── StoreError               a run folder that cannot be used
│   ├── RunLocked            another process writes to it
│   └── RunDamaged           its files do not agree, and were left as they are
├── ExportError              a file or a warehouse that does not take the records
└── WorkersLost              processes that cannot be started
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
    """Base of every error of this package: catch it to catch them all.

    >>> for path in ("saved-page.html", "saved-pages/help.html", "missing.html"):
    ...     try:
    ...         record = parse_file(path)
    ...     except AltdetailsError as error:
    ...         print(f"{path}: {type(error).__name__}")
    saved-pages/help.html: NotADetailsPage
    missing.html: InputError
    """


class SettingsError(AltdetailsError):
    """A setting that cannot be used (an argument, an environment variable, a proxy, a folder), with the way out."""


class IdentifierError(AltdetailsError, ValueError):
    """Text that identifies no research output, with the reason and the accepted forms."""


class InputError(AltdetailsError):
    """A file, archive or archive member that cannot be read, with its name and the way out."""


class PageError(AltdetailsError):
    """Content from which no record can be made."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        """What the content is, in one word: a `PageKind` value, or `undecodable`."""
        self.reason = reason
        """One sentence for a person: what was seen, and what to do."""

    def __reduce__(self) -> tuple[type[PageError], tuple[str, str]]:
        return type(self), (self.kind, self.reason)


class NotADetailsPage(PageError):
    """A page that is no details page: `kind` is one of the values of `altdetails.PageKind` other than `details`."""


class UndecodablePage(PageError):
    """Bytes that no encoding turns into text, or that are more than the reader takes; `kind` is `undecodable`."""


class FetchError(AltdetailsError):
    """An address that gave no page, with what was seen."""


class Blocked(FetchError):
    """The site refuses: 401, 403, a challenge or a log-in page stands in place of the page. It is not asked again."""


class RateLimited(FetchError):
    """The site asks to be left alone, and waiting did not help or would take too long."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds after which the site wants to be asked again; None where it did not say."""


class RobotsDenied(FetchError):
    """robots.txt does not allow the address."""


class RobotsUnread(RobotsDenied):
    """robots.txt could not be read, which forbids the whole site (RFC 9309, 2.3.1.4)."""


class RedirectRefused(FetchError):
    """A redirect that leaves the site, drops HTTPS, names a user or an IP address, or is one too many."""


class CodingRefused(FetchError):
    """A response in a content coding that was not asked for; it was not unpacked."""


class BodyTooLarge(FetchError):
    """A response of more bytes than any details page has, on the wire or unpacked."""


class TruncatedBody(FetchError):
    """A response that ends early: its length, its compression or its missing end tag says so."""


class ServerFailure(FetchError):
    """An HTTP status other than success, not found, blocked and rate limited."""

    def __init__(self, message: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status."""
        self.retry_after = retry_after
        """Seconds after which the site wants to be asked again; None where it did not say."""


class NetworkFailure(FetchError):
    """A connection that broke, timed out or spoke no HTTP."""


class Unreachable(NetworkFailure):
    """No connection could be made at all: no network, no such host, nobody there."""


class RunStopped(FetchError):
    """The site ended a run: it refuses, cannot be reached, or wants to be left alone. Nothing is lost."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds after which the site wants to be asked again; None where it did not say."""


class StoreError(AltdetailsError):
    """A run folder that cannot be used, with the file and the way out."""


class RunLocked(StoreError):
    """Another process writes to the run folder; the message says which."""


class RunDamaged(StoreError):
    """The files of a run folder do not agree, and mending them would lose pages: they were left as they are."""


class WorkersLost(AltdetailsError):
    """Worker processes cannot be started, or die even without work: the pages are not to blame."""


class ExportError(AltdetailsError):
    """A file or a warehouse that takes no records, or not these, with the way out. It holds what it held before."""
