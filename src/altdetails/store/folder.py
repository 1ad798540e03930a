"""The files of a run folder: their names, and whether a folder is a run or can become one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from altdetails._files import sync_folder
from altdetails.errors import RunDamaged, StoreError
from altdetails.store.trouble import naming

__all__ = ["Folder"]


@dataclass(frozen=True, slots=True)
class Folder:
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
