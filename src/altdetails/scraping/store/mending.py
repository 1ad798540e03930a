"""Repair a run after a crash or a power failure, so that its files and its ledger agree."""

from __future__ import annotations

import zlib
from functools import partial
from itertools import islice, pairwise
from typing import IO, TYPE_CHECKING, Protocol

from altdetails._files import remove_unfinished, sync_folder, whole_file
from altdetails._magic import GZIP_WINDOW
from altdetails.errors import RunDamaged
from altdetails.scraping.store.database import RESTORE_HINT
from altdetails.scraping.store.folder import GrowingFile, path_in_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from altdetails.scraping.store.folder import RunFiles
    from altdetails.scraping.store.ledger import Ledger

    Reparse = Callable[[Path], Iterable[bytes]]

__all__ = ["MAX_LOST", "ReparseTabs", "repair"]

MAX_LOST = 20
"""A repair loses at most so many pages. If more would be lost, it changes nothing."""


class ReparseTabs(Protocol):
    """Reads the tabs in an archive again."""

    def __call__(self, pages: Path, *, people: bool) -> Iterable[bytes]:
        """Yield the lines of the tabs in an archive, with line ends."""


_BLOCK_BYTES = 2**16
_VISIT_START = b"WARC/1.1\r\nWARC-Type: metadata\r\n"
_MAX_SHOWN = 5


def repair(folder: RunFiles, ledger: Ledger, reparse: Reparse, reparse_tabs: ReparseTabs) -> list[str]:
    """Make the archive, the records and the mentions agree with the ledger, or the ledger with a truncated archive.

    Args:
        folder: the run. The archive and the records are created if nothing was committed to them yet.
        ledger: the ledger of the run.
        reparse: called with the path of the archive, returns the lines of its records.
        reparse_tabs: called with the path of the archive, and whether to include people, returns the lines of its tabs.

    Returns:
        A sentence for every repair.

    Raises:
        RunDamaged: if more than `MAX_LOST` pages would be lost.
        StoreError: if a file cannot be read or written.
    """
    with path_in_errors(folder.path):
        remove_unfinished(folder.path)
        repairs = [*_repair_pages(folder.pages, ledger), *_repair_records(folder, ledger, reparse)]
        if mentions := ledger.mentions():
            reparse_all = partial(reparse_tabs, people=mentions.people)
            repairs += _repair_mentions(folder, ledger, mentions.end, reparse_all)
    sync_folder(folder.path)
    return repairs


def _repair_pages(path: Path, ledger: Ledger) -> Iterator[str]:
    ends = ledger.archive_ends(MAX_LOST + 2)
    if ends[0] and not path.exists():
        raise RunDamaged(f"{path}: is missing; restore it from a copy, or start a new run in another folder")
    with GrowingFile(path) as pages:
        with path.open("rb") as file:
            _refuse_uncommitted(path, file, ends[0], pages.length)
            complete = _find_last_complete(path, file, ends, pages.length)
            if complete < ends[0]:
                _refuse_other_lengths(path, file, complete, pages.length)
        surplus = pages.length - ends[0]
        if complete < ends[0]:
            lost = ledger.forget_outcomes_after(complete)
            shown = ", ".join(lost[:_MAX_SHOWN]) + (" …" if len(lost) > _MAX_SHOWN else "")
            yield f"{path}: its end is missing, so these identifiers count as not fetched: {shown}"
        elif surplus:
            yield f"{path}: {surplus:,} bytes that an interrupted write left at its end were cut off"
        if pages.length != complete:
            pages.truncate(complete)


def _repair_records(folder: RunFiles, ledger: Ledger, reparse: Reparse) -> Iterator[str]:
    path, end = folder.records, ledger.records_end()
    if _has_end(path, end):
        yield from _cut(path, end or 0)
        return
    ledger.set_records_end(None)
    written = _write_again(path, reparse(folder.pages))
    ledger.set_records_end(path.stat().st_size)
    yield f"{path}: was missing or truncated, and was written again from {folder.pages.name}"
    missing = ledger.counts()["ok"] - written
    if missing > 0:
        hint = f"`altdetails parse {folder.pages}` shows why"
        yield f"{path}: {missing:,} of its records could not be parsed again; {hint}"


def _repair_mentions(folder: RunFiles, ledger: Ledger, end: int | None, reparse: Reparse) -> Iterator[str]:
    path = folder.mentions
    if _has_end(path, end):
        yield from _cut(path, end or 0)
        return
    ledger.tabs.set_mentions_end(None)
    _write_again(path, reparse(folder.pages))
    ledger.tabs.set_mentions_end(path.stat().st_size)
    yield f"{path}: was missing or truncated, and was written again from {folder.pages.name}"


def _has_end(path: Path, end: int | None) -> bool:
    """Whether a file has its committed length, or more. If nothing was committed, create it."""
    if end == 0 and not path.exists():
        path.touch()
    return end is not None and path.exists() and _ends_a_line(path, end)


def _cut(path: Path, end: int) -> Iterator[str]:
    """Cut a file off at its committed length."""
    if surplus := path.stat().st_size - end:
        with GrowingFile(path) as file:
            file.truncate(end)
        yield f"{path}: {surplus:,} bytes that an interrupted write left at its end were cut off"


def _write_again(path: Path, lines: Iterable[bytes]) -> int:
    """Write a file again, and return the number of its lines."""
    written = 0
    with path_in_errors(path), whole_file(path) as file:
        for line in lines:
            file.write(line)
            written += 1
    return written


def _ends_a_line(path: Path, end: int) -> bool:
    """Return whether a line of the file ends at this length in bytes."""
    if end == 0:
        return True
    if end > path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(end - 1)
        return file.read(1) == b"\n"


def _refuse_uncommitted(path: Path, file: IO[bytes], start: int, stop: int) -> None:
    """Refuse an archive with many visits after its committed length: its ledger is too old.

    An interrupted write only leaves a part of one visit.
    """
    if _has_visits(file, start, stop, MAX_LOST + 1):
        raise RunDamaged(
            f"{path}: contains pages that are not in the ledger; restore the whole folder from one copy, "
            "including ledger.sqlite-wal"
        )


def _refuse_other_lengths(path: Path, file: IO[bytes], start: int, stop: int) -> None:
    """Refuse an archive with several visits after its last complete one: its ledger has other lengths.

    A truncated archive only has a part of one visit there.
    """
    if _has_visits(file, start, stop, 2):
        raise RunDamaged(f"{path}: is whole, but its lengths in the ledger are others; {RESTORE_HINT}")


def _has_visits(file: IO[bytes], start: int, stop: int, count: int) -> bool:
    """Return whether at least `count` visits begin between two offsets."""
    visits = (opening for _, opening in _read_members(file, start, stop) if opening.startswith(_VISIT_START))
    return len([*islice(visits, count)]) == count


def _find_last_complete(path: Path, file: IO[bytes], ends: list[int], length: int) -> int:
    """Return the length of the archive after its last complete visit."""
    for end, start in pairwise(ends[: MAX_LOST + 2]):
        if end <= length and any(stop == end for stop, _ in _read_members(file, start, end)):
            return end
    if ends[-1] == 0 and len(ends) <= MAX_LOST + 1:
        return 0
    raise RunDamaged(
        f"{path}: more than its last {MAX_LOST} pages are missing ({length:,} of {ends[0]:,} bytes are there); "
        "restore it from a copy, or start a new run in another folder"
    )


def _read_members(file: IO[bytes], start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Yield the end of every complete gzip member between two offsets, and the beginning of its content.

    Stop at the first damaged or truncated member.
    """
    while start < stop:
        file.seek(start)
        decompressor = zlib.decompressobj(wbits=GZIP_WINDOW)
        opening = b""
        while not decompressor.eof:
            block = file.read(min(_BLOCK_BYTES, stop - file.tell()))
            if not block:
                return
            try:
                content = decompressor.decompress(block)
            except zlib.error:
                return
            opening = opening or content
        start = file.tell() - len(decompressor.unused_data)
        yield start, opening
