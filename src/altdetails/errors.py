"""The errors that altdetails raises, and nothing else ever leaves its public functions.

AltdetailsError
├── IdentifierError          text that is no DOI, PMID, arXiv id, ISBN, Altmetric id or details address
├── InputError               a file that cannot be read: damaged, too large, refused
└── PageError                content that gives no record
    ├── NotADetailsPage      a page of another kind; the kind says which
    └── UndecodablePage      bytes that are no text, or more of them than the reader takes
"""

from __future__ import annotations

__all__ = [
    "AltdetailsError",
    "IdentifierError",
    "InputError",
    "NotADetailsPage",
    "PageError",
    "UndecodablePage",
]


class AltdetailsError(Exception):
    """Base of every error of this package: catch it to catch them all."""


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
