"""The files of a run folder: their names, a check that a folder is a run, and files that are appended to."""

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

__all__ = ["DISK_SPACE_HINT", "PERMISSION_HINT", "GrowingFile", "RunFiles", "path_in_errors"]


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The paths of a run's files."""

    path: Path

    @property
    def pages(self) -> Path:
        """The archive of all responses: WARC, with a gzip member for each record."""
        return self.path / "pages.warc.gz"

    @property
    def records(self) -> Path:
        """The records, one on each line."""
        return self.path / "records.jsonl"

    @property
    def failures(self) -> Path:
        """The identifiers without a record, one on each line."""
        return self.path / "failures.jsonl"

    @property
    def ledger(self) -> Path:
        """The SQLite file with the outcome of each identifier."""
        return self.path / "ledger.sqlite"

    @property
    def lock(self) -> Path:
        """The file that the writing process locks."""
        return self.path / "lock"

    @property
    def has_run(self) -> bool:
        """Whether there is a ledger. An empty one does not count: a crash during the creation of a run leaves it.

        Raises:
            StoreError: if the folder cannot be read.
        """
        with path_in_errors(self.path):
            return bool(_size(self.ledger))

    def prepare(self) -> None:
        """Create the folder, or check that it can be used for a run.

        Raises:
            RunDamaged: if it contains the pages or records of a run, but no ledger.
            StoreError: if it cannot be created, is not a folder, or contains other files.
        """
        self.refuse_other_files()
        with path_in_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            sync_folder(self.path.parent)

    def refuse_other_files(self) -> None:
        """Check that the folder is missing, empty or a run.

        Raises:
            RunDamaged: if it contains the pages or records of a run, but no ledger.
            StoreError: if it is not a folder, or contains other files.
        """
        with path_in_errors(self.path):
            if self.path.exists() and not self.path.is_dir():
                raise StoreError(f"{self.path}: is a file; give the name of a folder")
            if self.path.exists() and not _size(self.ledger):
                self._refuse_contents()

    def require_run(self) -> None:
        """Check that the folder is a run.

        Raises:
            StoreError: if it is not a run.
        """
        if not self.has_run:
            reason = f"it has no {self.ledger.name}; give a folder that `altdetails scrape` has written"
            raise StoreError(f"{self.path} is not a run folder: {reason}")

    def _refuse_contents(self) -> None:
        """Refuse a folder with other files. The empty files that a crash during creation leaves are accepted."""
        own = {self.pages, self.records, self.ledger, self.lock}
        own |= {self.ledger.with_name(f"{self.ledger.name}-{log}") for log in ("journal", "wal", "shm")}
        for path in (self.pages, self.records):
            if _size(path):
                raise RunDamaged(
                    f"{self.ledger}: is missing or empty, but {path.name} is not; restore the whole folder from a "
                    "copy, or choose another folder"
                )
        if foreign := sorted(set(self.path.iterdir()) - own):
            raise StoreError(f"{self.path}: contains other files ({foreign[0].name}); choose a new or an empty folder")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class GrowingFile:
    """A file that is appended to, and created if it is missing. As a context manager, it closes itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path_in_errors(path):
            self._file = path.open("ab", buffering=0)
            self.length = path.stat().st_size
            """The number of bytes that are synced to the disk."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with path_in_errors(self._path):
            self._file.close()

    def append(self, content: bytes) -> None:
        """Append content and sync it to the disk. If this raises, a part of the content may be in the file.

        Raises:
            StoreError: if the content cannot be written, for example because the disk is full.
        """
        rest = memoryview(content)
        with path_in_errors(self._path):
            while rest:
                rest = rest[self._file.write(rest) :]
            if content:
                os.fsync(self._file.fileno())
        self.length += len(content)

    def truncate(self, length: int) -> None:
        """Truncate the file to a length in bytes.

        Raises:
            StoreError: if the file cannot be written.
        """
        with path_in_errors(self._path):
            self._file.truncate(length)
            os.fsync(self._file.fileno())
        self.length = length


DISK_SPACE_HINT = "free some disk space, and run again: nothing is lost"
PERMISSION_HINT = "check its permissions, or choose another folder"

_HINTS = {
    errno.ENOSPC: DISK_SPACE_HINT,
    errno.EDQUOT: DISK_SPACE_HINT,
    errno.EFBIG: DISK_SPACE_HINT,
    errno.EACCES: PERMISSION_HINT,
    errno.EPERM: PERMISSION_HINT,
    errno.EROFS: PERMISSION_HINT,
}


@contextmanager
def path_in_errors(path: Path) -> Iterator[None]:
    """Add the path of a file or folder to errors in the block.

    Raises:
        StoreError: for any `OSError` in the block.
    """
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "fix this, or choose another folder")
        raise StoreError(f"{path}: {error.strerror or error}; {hint}") from error
