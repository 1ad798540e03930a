"""What Daft, Ray and storage say → one sentence that names the place and the way out."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from altdetails.errors import AltdetailsError, ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["first_line", "naming"]

_SHOWN = 300
_OURS = re.compile(r".*\b(?:ExportError|InputError): ")
"""What stands before the words of an error that another process raised."""
_LOST = "a process that parses has died, perhaps for want of memory; use fewer (--jobs), or --engine local, which"
_KNOWN = {
    "UDF process": f"{_LOST} names the page that ended it",
    "ActorDied": f"{_LOST} names the page that ended it",
    "ActorUnavailable": f"{_LOST} names the page that ended it",
    "No module named 'altdetails": "the cluster's machines lack altdetails: pip install 'altdetails[ray]' on each",
    "Version mismatch": "the cluster has another version of Ray or Python than this machine; install the same on both",
    "no single node can satisfy": "no machine of the cluster has a processor to spare; add one, or use fewer --jobs",
}
"""What a person can do, by a piece of what is said."""


@contextmanager
def naming(target: str) -> Iterator[None]:
    """Raise whatever keeps a run from its end under the name of its output.

    Raises:
        ExportError: for any error in the block that is not one of this package.
    """
    try:
        yield
    except AltdetailsError:
        raise
    except Exception as error:
        said = str(error)
        words = next((words for piece, words in _KNOWN.items() if piece in said or piece in type(error).__name__), None)
        raise ExportError(f"{target}: nothing was written: {words or last_line(error)}") from error


def first_line(error: BaseException) -> str:
    """The first line of what an error says."""
    return next(_lines(error), type(error).__name__)[:_SHOWN]


def last_line(error: BaseException) -> str:
    """The last line of what an error says, where the traces of other processes stand before it."""
    *_, line = type(error).__name__, *_lines(error)
    return _OURS.sub("", line)[:_SHOWN]


def _lines(error: BaseException) -> Iterator[str]:
    return (line.strip() for line in str(error).splitlines() if line.strip())
