"""Where parts go: to a folder on this machine, or to one at an address. Parts are made here, and then committed."""

from __future__ import annotations

import os
import tempfile
from collections import Counter, defaultdict
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from altdetails._arguments import is_address
from altdetails._files import output_errors, sync_folder
from altdetails.documents import printable
from altdetails.errors import ExportError
from altdetails.records.part_folder import (
    BEGUN,
    COMMIT_ENDING,
    FAILURES_FOLDER,
    LEDGER,
    UNFINISHED,
    commit_with,
    is_part_folder,
    key_of,
    ledger_at,
    ledger_names,
    left_behind,
    read_ledger,
    unfinished_files,
)
from altdetails.remote import FolderAt, refuse_web_output
from altdetails.scraping.store.lock import take

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from altdetails.records.part_folder import Commit, PartLedger, RecordsPart
    from altdetails.results import Failure

__all__ = ["FailuresFile", "PartPlace", "place_of", "repair", "synced"]


class PartPlace(Protocol):
    """A folder of parts to which this process writes."""

    name: str
    """The folder, for messages."""
    ledger: PartLedger
    """Its commits when it was opened."""
    workspace: Path
    """A folder on this machine. Parts are made in its folder `_unfinished`, and failures written to `_failures`."""

    def repair(self) -> None:
        """Remove what a killed run has left. Nothing may be made in the workspace before this."""

    def publish(self, key: str, commit: Commit) -> None:
        """Commit parts that are made. If the process is killed meanwhile, all of them are committed or none."""


@contextmanager
def place_of(folder: str) -> Iterator[PartPlace]:
    """Open a folder of parts to write to it.

    Args:
        folder: a path or address: a folder of parts, an empty folder, or nothing yet.

    Raises:
        InputError: if its ledger is damaged, or a folder at an address cannot be listed.
        ExportError: if it has other files or another writer, or cannot be written. An address has no lock, so another
            writer is not noticed.
    """
    with ExitStack() as resources:
        if is_address(folder):
            refuse_web_output(folder)
            resources.enter_context(output_errors("the folder for temporary files"))
            workspace = resources.enter_context(tempfile.TemporaryDirectory(prefix="altdetails-"))
            yield _PlaceThere(folder, Path(workspace))
            return
        target = Path(folder)
        resources.enter_context(output_errors(printable(folder)))
        _refuse_other_folder(target)
        (target / LEDGER).mkdir(parents=True, exist_ok=True)
        lock = take(target / LEDGER / "lock")
        if lock is None:
            raise ExportError(f"{printable(folder)}: another process writes to this folder; wait until it ends")
        resources.enter_context(lock)
        yield _PlaceHere(target)


def _refuse_other_folder(folder: Path) -> None:
    """Check that a path is a folder of parts, an empty folder, or nothing yet."""
    name = printable(str(folder))
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{name}: is a file; choose a folder, or a file name with an ending")
    if folder.is_dir() and not is_part_folder(folder) and any(folder.iterdir()):
        raise _not_empty(name)


def _not_empty(name: str) -> ExportError:
    return ExportError(
        f"{name}: is not empty, and has no parts of an earlier run (no {LEDGER}); use an empty or new folder"
    )


class _PlaceHere:
    """A folder on this machine."""

    def __init__(self, folder: Path) -> None:
        self.name = printable(str(folder))
        self.ledger = read_ledger(folder)
        self.workspace = folder

    def repair(self) -> None:
        repair(self.workspace, self.ledger)

    def publish(self, key: str, commit: Commit) -> None:
        folder = self.workspace
        path = folder / UNFINISHED / f"{key}{COMMIT_ENDING}"
        path.write_bytes(commit.to_json())
        synced(path)
        path.replace(folder / LEDGER / path.name)  # from here on, the archives are done
        for old in commit.replaces:
            for part in self.ledger.commits[old].parts if old in self.ledger.commits else ():
                (folder / part.name).unlink(missing_ok=True)
        _move(folder, commit.parts)
        for old in commit.replaces:
            (folder / LEDGER / f"{old}{COMMIT_ENDING}").unlink(missing_ok=True)
            (folder / FAILURES_FOLDER / f"part-{old}.jsonl").unlink(missing_ok=True)
        for changed in (folder / LEDGER, folder):
            sync_folder(changed)


class _PlaceThere:
    """A folder on object storage, which has no lock and cannot rename files."""

    def __init__(self, address: str, workspace: Path) -> None:
        self._folder = FolderAt(address)
        self.name = self._folder.shown
        self.workspace = workspace
        self._names = [*self._folder.sizes()]
        if self._names and not any(name.startswith(f"{LEDGER}/") for name in self._names):
            raise _not_empty(self.name)
        self.ledger = ledger_at(self.name, self._folder.read(ledger_names(self._names)))
        self._by_key: dict[str, list[str]] = defaultdict(list)
        for name in self._names:
            if (key := commit_with(name)) in self.ledger.commits:
                self._by_key[key].append(name)

    def repair(self) -> None:
        if not self.ledger.commits:
            self._folder.refuse_missing_bucket()
            self._folder.put(BEGUN, b"")
        for name in left_behind(self._names, self.ledger):
            self._folder.remove(name)

    def publish(self, key: str, commit: Commit) -> None:
        made = [(self.workspace / UNFINISHED / part.name, part.name) for part in commit.parts]
        listing = f"{FAILURES_FOLDER}/part-{key}.jsonl"
        if (self.workspace / listing).exists():
            made.append((self.workspace / listing, listing))
        for path, name in made:
            self._folder.send(path, name)
        self._folder.put(f"{LEDGER}/{key}{COMMIT_ENDING}", commit.to_json())  # from here on, the archives are done
        for path, _ in made:
            path.unlink()
        for old in commit.replaces:
            for name in self._by_key.pop(old, ()):
                self._folder.remove(name)


class FailuresFile:
    """The failures of a commit, in the workspace of a place. The first one creates the file."""

    def __init__(self, workspace: Path, key: str) -> None:
        """Create an object for the file of a commit; nothing is written.

        Args:
            workspace: as in `PartPlace`.
            key: the id of the commit.
        """
        self.counts: Counter[str] = Counter()
        self.only: Failure | None = None
        """The failure, if there is one alone."""
        self._path = workspace / FAILURES_FOLDER / f"part-{key}.jsonl"
        self._file: BinaryIO | None = None

    def add(self, failure: Failure) -> None:
        """Write a failure."""
        self.only = None if self.counts else failure
        self.counts[failure.kind] += 1
        if self._file is None:
            self._path.parent.mkdir(exist_ok=True)
            self._file = self._path.open("wb")
        self._file.write(failure.to_json())

    def close(self) -> None:
        """Write what is left to the disk."""
        if self._file:
            self._file.close()
            synced(self._path)

    def remove(self) -> None:
        """Remove the file, if there is one."""
        self._path.unlink(missing_ok=True)


def repair(folder: Path, ledger: PartLedger) -> None:
    """Complete the last commit of a run that was killed, and remove what it has not committed.

    Args:
        folder: a folder of parts to which no other process writes.
        ledger: its commits.
    """
    _move(folder, [part for commit in ledger.commits.values() for part in commit.parts])
    for name in unfinished_files(folder, ledger.parts):
        for path in (folder / name, folder / UNFINISHED / name):
            path.unlink(missing_ok=True)
    keys = set(ledger.commits)
    for path in (folder / LEDGER).glob(f"*{COMMIT_ENDING}"):
        if path.stem not in keys:
            path.unlink()
    for path in (folder / FAILURES_FOLDER).glob("part-*.jsonl"):
        if key_of(path.name) not in keys:
            path.unlink()


def _move(folder: Path, parts: Iterable[RecordsPart]) -> None:
    for part in parts:
        with suppress(FileNotFoundError):
            (folder / UNFINISHED / part.name).replace(folder / part.name)


def synced(path: Path) -> None:
    """Write a file to the disk."""
    with path.open("r+b") as file:  # Windows syncs only files that are open for writing
        os.fsync(file.fileno())
