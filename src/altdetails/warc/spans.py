"""A WARC archive → its spans, which several processes can read side by side."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from altdetails._magic import GZIP, compression_of
from altdetails.documents import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Span", "spans"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an archive that one process reads: the gzip members that begin in it, and the damage behind them.

    Spans laid end to end give what the archive read at once gives. The archive of a run, one that is not gzip, and one
    that is a single gzip member belong as a whole to the span with their first byte.

    What a span cannot know: where a run's records stand behind those of another tool, or its first record is damaged,
    a border inside a visit costs its page the identifier that was asked for; and where a record holds an archive that
    could not be packed any smaller, a border inside it may take that for a part of this one. Limits of unpacked bytes
    and of damaged places hold for each span.
    """

    name: str
    """What the archive is called in the names of its documents; printable as UTF-8."""
    path: str
    start: int = 0
    """The first byte."""
    stop: int | None = None
    """The byte behind the last; None for the end of the archive."""
    url_filter: str | None = None
    """A regular expression for addresses, as `documents_in` has it."""
    done: float = 1
    """How much of the archive is behind it and all before it."""


def spans(path: str | os.PathLike[str], *, size: int, url_filter: str | None = None) -> Iterator[Span]:
    """The spans of an archive, of so many bytes each: one where it cannot be divided, or not be read.

    Raises:
        ValueError: where the size is not positive.
    """
    if size < 1:
        raise ValueError(f"a span has one byte or more, not {size:,}")
    path = os.fspath(path)
    length = _divisible_bytes(path)
    for start in range(0, max(length, 1), size):
        stop = start + size if start + size < length else None
        yield Span(printable(path), path, start, stop, url_filter, min(1, (start + size) / max(length, 1)))


def _divisible_bytes(path: str) -> int:
    try:
        with Path(path).open("rb") as file:
            return os.fstat(file.fileno()).st_size if compression_of(file.read(len(GZIP))) == "gzip" else 0
    except OSError:
        return 0
