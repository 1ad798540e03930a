"""What an ended process or a lost power supply left → files that agree with the ledger, where that costs little."""

from __future__ import annotations

import zlib
from itertools import pairwise
from typing import IO, TYPE_CHECKING

from altdetails._files import remove_unfinished, sync_folder, whole_file
from altdetails.errors import RunDamaged
from altdetails.scraping.store.folder import GrowingFile, naming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from altdetails.scraping.store.folder import RunFiles
    from altdetails.scraping.store.ledger import Ledger

    Reparse = Callable[[Path], Iterable[bytes]]

__all__ = ["MOST_LOST", "mend"]

MOST_LOST = 20
"""The most pages that mending gives up; where more would be lost, nothing is touched."""

_BLOCK_BYTES = 2**16
_OPENING_OF_VISIT = b"WARC/1.1\r\nWARC-Type: metadata\r\n"
_SHOWN = 5


def mend(folder: RunFiles, ledger: Ledger, reparse: Reparse) -> list[str]:
    """Make the archive and the records agree with the ledger, or the ledger with a shorter archive.

    Args:
        folder: where the files lie; the two files are made where they hold nothing yet.
        ledger: what must be true of them.
        reparse: gives the lines of the records out of the archive.

    Returns:
        What was done: a sentence each.

    Raises:
        RunDamaged: where more than `MOST_LOST` pages would be lost.
        StoreError: where a file cannot be read or written.
    """
    with naming(folder.path):
        remove_unfinished(folder.path)
        done = [*_mend_pages(folder.pages, ledger), *_mend_records(folder, ledger, reparse)]
    sync_folder(folder.path)
    return done


def _mend_pages(path: Path, ledger: Ledger) -> Iterator[str]:
    ends = ledger.archive_ends(MOST_LOST + 2)
    if ends[0] and not path.exists():
        raise RunDamaged(f"{path}: is missing; restore it from a copy, or start a new run in another folder")
    with GrowingFile(path) as pages:
        with path.open("rb") as file:
            _refuse_unknown(path, file, ends[0], pages.length)
            whole = _last_whole(path, file, ends, pages.length)
        surplus = pages.length - ends[0]
        if whole < ends[0]:
            lost = ledger.take_back(whole)
            shown = ", ".join(lost[:_SHOWN]) + (" …" if len(lost) > _SHOWN else "")
            yield f"{path}: its end is lost; what was there counts as not asked for: {shown}"
        elif surplus:
            yield f"{path}: {surplus:,} bytes that an interrupted write left at its end were cut off"
        if pages.length != whole:
            pages.cut(whole)


def _mend_records(folder: RunFiles, ledger: Ledger, reparse: Reparse) -> Iterator[str]:
    path, end = folder.records, ledger.records_end()
    if path.exists() and end is not None:
        length = path.stat().st_size
        if _ends_a_line(path, end):
            if length > end:
                with GrowingFile(path) as records:
                    records.cut(end)
                yield f"{path}: {length - end:,} bytes that an interrupted write left at its end were cut off"
            return
    elif end == 0:
        path.touch()
        return
    ledger.set_records_end(None)
    written = 0
    with naming(path), whole_file(path) as records:
        for line in reparse(folder.pages):
            records.write(line)
            written += 1
    ledger.set_records_end(path.stat().st_size)
    yield f"{path}: was missing or cut short, and was written again from {folder.pages.name}"
    lacking = ledger.counts()["ok"] - written
    if lacking > 0:
        yield f"{path}: {lacking:,} of its records could not be made again; `altdetails parse {folder.pages}` says why"


def _ends_a_line(path: Path, end: int) -> bool:
    """Whether a file has so many bytes, and they are whole lines."""
    if end == 0:
        return True
    with path.open("rb") as file:
        file.seek(end - 1)
        return file.read(1) == b"\n"


def _refuse_unknown(path: Path, file: IO[bytes], start: int, stop: int) -> None:
    """An interrupted write leaves a part of one visit; many of them mean that the ledger is older than the archive."""
    visits = 0
    for _, opening in _members(file, start, stop):
        visits += opening.startswith(_OPENING_OF_VISIT)
        if visits > MOST_LOST:
            raise RunDamaged(
                f"{path}: holds pages that the ledger does not know; restore the whole folder from one copy, "
                "ledger.sqlite-wal included"
            )


def _last_whole(path: Path, file: IO[bytes], ends: list[int], length: int) -> int:
    """The archive's length after the last visit that it holds whole."""
    for end, start in pairwise(ends[: MOST_LOST + 2]):
        if end <= length and any(stop == end for stop, _ in _members(file, start, end)):
            return end
    if ends[-1] == 0 and len(ends) <= MOST_LOST + 1:
        return 0
    raise RunDamaged(
        f"{path}: lacks more than its last {MOST_LOST} pages ({length:,} bytes of {ends[0]:,} are there); "
        "restore it from a copy, or start a new run in another folder"
    )


def _members(file: IO[bytes], start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Where each whole gzip member between two places ends, and how its content begins; damage ends them."""
    while start < stop:
        file.seek(start)
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS + 16)
        opening = b""
        while not unpacker.eof:
            block = file.read(min(_BLOCK_BYTES, stop - file.tell()))
            if not block:
                return
            try:
                content = unpacker.decompress(block)
            except zlib.error:
                return
            opening = opening or content
        start = file.tell() - len(unpacker.unused_data)
        yield start, opening
