"""The files of a run folder: their names, a check that a folder is a run, and files that are appended to."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from altdetails._files import sync_folder
from altdetails.errors import RunDamaged, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

__all__ = ["DISK_SPACE_HINT", "PERMISSION_HINT", "GrowingFile", "Identity", "RunFiles", "path_in_errors"]


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
    def mentions(self) -> Path:
        """The single mentions and the pages of tabs, one on each line."""
        return self.path / "mentions.jsonl"

    @property
    def failures(self) -> Path:
        """The identifiers without a record, one on each line."""
        return self.path / "failures.jsonl"

    @property
    def tab_failures(self) -> Path:
        """The tabs without their whole list, one on each line."""
        return self.path / "tab-failures.jsonl"

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
        self.refuse_links()
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
        self.refuse_links()
        with path_in_errors(self.path):
            if self.path.exists() and not self.path.is_dir():
                raise StoreError(f"{self.path}: is a file; give the name of a folder")
            if self.path.exists() and not _size(self.ledger):
                self.refuse_contents()

    def require_run(self) -> None:
        """Check that the folder is a run.

        Raises:
            StoreError: if it is not a run.
        """
        if not self.has_run:
            reason = f"it has no {self.ledger.name}; give a folder that `altdetails scrape` has written"
            raise StoreError(f"{self.path} is not a run folder: {reason}")

    def refuse_links(self) -> None:
        """Check that no file of the run is a link, a pipe or anything else that leads out of the folder.

        Raises:
            StoreError: if one is.
        """
        for path in (*self._own, self.failures, self.tab_failures):
            with path_in_errors(path), suppress(FileNotFoundError, NotADirectoryError):
                if not stat.S_ISREG(path.lstat().st_mode):
                    raise StoreError(f"{path}: is a link, a pipe or a folder, not a file; replace it by its content")

    @property
    def _own(self) -> set[Path]:
        logs = {self.ledger.with_name(f"{self.ledger.name}-{log}") for log in ("journal", "wal", "shm")}
        return {self.pages, self.records, self.mentions, self.ledger, self.lock} | logs

    def refuse_contents(self) -> None:
        """Check that the folder of a new run has no other files. Empty files of a crash during creation are accepted.

        Raises:
            RunDamaged: if it contains the pages or records of a run.
            StoreError: if it contains other files.
        """
        for path in (self.pages, self.records, self.mentions):
            if _size(path):
                raise RunDamaged(
                    f"{self.ledger}: is missing or empty, but {path.name} is not; restore the whole folder from a "
                    "copy, or choose another folder"
                )
        if foreign := sorted(set(self.path.iterdir()) - self._own):
            raise StoreError(f"{self.path}: contains other files ({foreign[0].name}); choose a new or an empty folder")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class Identity:
    """The folder and files of a run as they were when it was opened. Another process can move or replace them."""

    def __init__(self, folder: RunFiles, *, has_mentions: bool = False) -> None:
        self._folder = folder
        mentions = [folder.mentions] if has_mentions else []
        paths = (folder.path, folder.lock, folder.ledger, folder.pages, folder.records, *mentions)
        self._identities = [(path, _identity(path)) for path in paths]

    def check(self, lengths: Mapping[Path, int]) -> None:
        """Check that all are still the same ones.

        Args:
            lengths: the length in bytes that files must have.

        Raises:
            StoreError: if one was moved, removed, replaced, or changed by another process.
        """
        self._folder.refuse_links()
        for path, identity in self._identities:
            if identity is None or _identity(path) != identity:
                raise self._error(path, "was moved, removed or replaced")
        for path, length in lengths.items():
            if _size(path) != length:
                raise self._error(path, "was changed by another program")

    def _error(self, path: Path, change: str) -> StoreError:
        return StoreError(
            f"{path}: {change} during the run, so the run was stopped, and its last page was not stored; "
            f"put it back, or remove what replaced it, and run again"
        )


def _identity(path: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        status = path.stat()
        return status.st_dev, status.st_ino
    return None


class GrowingFile:
    """A file that is appended to, and created if it is missing. As a context manager, it closes itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path_in_errors(path):
            self._file = open(path, "ab", buffering=0, opener=_open_no_link)  # noqa: SIM115 -- closed by __exit__
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


def _open_no_link(path: str, flags: int) -> int:
    """Open a file, but neither follow a link nor wait for the reader of a pipe. Windows has no such flags."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o666)


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
