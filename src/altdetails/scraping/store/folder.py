"""The files of a run folder: their names, whether a folder is a run, and a file that only grows."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from altdetails._files import sync_folder
from altdetails.errors import RunDamaged, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

__all__ = ["PERMISSION", "ROOM", "GrowingFile", "RunFiles", "naming"]


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Where a run's files lie."""

    path: Path

    @property
    def pages(self) -> Path:
        """The archive of all responses: WARC, one gzip member a record."""
        return self.path / "pages.warc.gz"

    @property
    def records(self) -> Path:
        """The records, one a line."""
        return self.path / "records.jsonl"

    @property
    def failures(self) -> Path:
        """The identifiers without a record, one a line."""
        return self.path / "failures.jsonl"

    @property
    def ledger(self) -> Path:
        """What came of each identifier."""
        return self.path / "ledger.sqlite"

    @property
    def lock(self) -> Path:
        """The file that the one writer holds."""
        return self.path / "lock"

    @property
    def has_run(self) -> bool:
        """Whether there is a ledger; a crash while a run is made leaves one without content.

        Raises:
            StoreError: where that cannot be seen.
        """
        with naming(self.path):
            return bool(_size(self.ledger))

    def prepare(self) -> None:
        """Make the folder, or see that it can be used as it is.

        Raises:
            RunDamaged: where it holds a run's pages or records, but no ledger.
            StoreError: where it cannot be made, is no folder, or holds other things.
        """
        self.refuse_other_things()
        with naming(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            sync_folder(self.path.parent)

    def refuse_other_things(self) -> None:
        """See that what is there is a run, or nothing that one would mix with.

        Raises:
            RunDamaged: where it holds a run's pages or records, but no ledger.
            StoreError: where it is no folder, or holds other things.
        """
        with naming(self.path):
            if self.path.exists() and not self.path.is_dir():
                raise StoreError(f"{self.path}: is a file; give the name of a folder")
            if self.path.exists() and not _size(self.ledger):
                self._refuse_contents()

    def refuse_no_run(self) -> None:
        """See that the folder is a run.

        Raises:
            StoreError: where it is none.
        """
        if not self.has_run:
            raise StoreError(f"{self.path}: is no run folder, since it has no {self.ledger.name}; name another one")

    def _refuse_contents(self) -> None:
        """A crash while a run is made leaves its first files without content; anything else is not for it to touch."""
        own = {self.pages, self.records, self.ledger, self.lock}
        own |= {self.ledger.with_name(f"{self.ledger.name}-{log}") for log in ("journal", "wal", "shm")}
        found = sorted(self.path.iterdir())
        for path in (self.pages, self.records):
            if _size(path):
                raise RunDamaged(
                    f"{self.ledger}: is missing or empty beside {path.name}; restore the whole folder from a copy, "
                    "or choose another one"
                )
        if foreign := [path for path in found if path not in own]:
            raise StoreError(
                f"{self.path}: holds other things than a run ({foreign[0].name}); choose a new or an empty folder"
            )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class GrowingFile:
    """A file that content is added to; made where it is missing. A context manager that closes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with naming(path):
            self._file = path.open("ab", buffering=0)
            self.length = path.stat().st_size
            """In bytes, of what is on the disk for certain."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with naming(self._path):
            self._file.close()

    def append(self, content: bytes) -> None:
        """Add content. It is on the disk when this returns; where this raises, a part of it may be.

        Raises:
            StoreError: where the disk is full, for instance.
        """
        rest = memoryview(content)
        with naming(self._path):
            while rest:
                rest = rest[self._file.write(rest) :]
            if content:
                os.fsync(self._file.fileno())
        self.length += len(content)

    def cut(self, length: int) -> None:
        """Take off what stands behind so many bytes.

        Raises:
            StoreError: where the file cannot be written.
        """
        with naming(self._path):
            self._file.truncate(length)
            os.fsync(self._file.fileno())
        self.length = length


ROOM = "make room there, and run again: nothing is lost"
PERMISSION = "get the permission, or choose another folder"

_WAYS_OUT = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EFBIG: ROOM,
    errno.EACCES: PERMISSION,
    errno.EPERM: PERMISSION,
    errno.EROFS: PERMISSION,
}


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Raise what goes wrong with a file or folder under its name.

    Raises:
        StoreError: for any `OSError` in the block.
    """
    try:
        yield
    except OSError as error:
        way_out = _WAYS_OUT.get(error.errno or 0, "see to it, or choose another folder")
        raise StoreError(f"{path}: {error.strerror or error}; {way_out}") from error
