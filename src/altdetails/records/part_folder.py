"""A folder of part files: which parts belong to it, from which archives they come, and what is left of a killed run.

The folder is on this machine or on object storage.

    FOLDER/part-<id>-00000.parquet    records, whole; an archive has one part or more
    FOLDER/_ledger/<id>.json          a commit: some archives, their parts, and counts
    FOLDER/_failures/…                lines of failures of the commits
    FOLDER/_unfinished/…              parts that are not committed

A commit is the name of its file in `_ledger`. Its parts get their names next, so a part in the folder is always
committed. If a process is killed between the two, the parts still are in `_unfinished`, and the next run moves them.
Object storage cannot rename files. There, parts have their names before their commit, and the next run removes those
that a killed run has left.

This module reads folders. `exporting.part_files` and `scale` write them.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from altdetails import __version__
from altdetails._arguments import is_address
from altdetails._files import STANDARD_STREAM, reading_errors
from altdetails.documents import printable
from altdetails.errors import ExportError, InputError
from altdetails.remote import FolderAt, is_web_address
from altdetails.results import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "BEGUN",
    "COMMIT_ENDING",
    "FAILURES_FOLDER",
    "LEDGER",
    "UNFINISHED",
    "ArchiveState",
    "Commit",
    "PartLedger",
    "PartsStatus",
    "RecordsPart",
    "commit_with",
    "is_part_folder",
    "key_of",
    "ledger_at",
    "ledger_names",
    "left_behind",
    "may_be_folder",
    "new_key",
    "parts_of",
    "read_ledger",
    "refuse_other_settings",
    "status_of_parts",
    "unfinished_files",
]

LEDGER, FAILURES_FOLDER, UNFINISHED = "_ledger", "_failures", "_unfinished"
_PART = re.compile(r"part-([0-9a-f]{16})(?:-[0-9a-f]+)?\.(?:parquet|jsonl)")
COMMIT_ENDING = ".json"
BEGUN = f"{LEDGER}/begun"
"""A file without content. On object storage, it makes a folder one of parts before its first commit."""
_LAYOUT = 1


class ArchiveState(msgspec.Struct, frozen=True):
    """An archive as it was when it was read."""

    path: str
    """Its absolute path, or its address."""
    size: int
    """Bytes."""
    modified: int | None = None
    """When it was changed, in nanoseconds since 1970; None at an address."""


class RecordsPart(msgspec.Struct, frozen=True):
    """A file of records."""

    name: str
    records: int


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """Archives that are done."""

    layout: int = _LAYOUT
    archives: list[ArchiveState]
    parts: list[RecordsPart]
    failures: dict[str, int]
    """Pages without a record, and damaged places, by kind."""
    file_format: str
    url_filter: str | None
    """As in `parse_files`."""
    version: str
    """The version of altdetails that read the archives."""
    at: str
    """UTC, RFC 3339."""
    replaces: list[str] = []
    """Commits of the same archives, before these were changed."""

    @property
    def records(self) -> int:
        """The number of records."""
        return sum(part.records for part in self.parts)

    def to_json(self) -> bytes:
        """Return the commit as JSON."""
        return msgspec.json.encode(self)


def _decode_commit(name: str, content: bytes) -> Commit:
    """Return a commit.

    Args:
        name: the name of its file, for errors.
        content: what the file has.

    Raises:
        InputError: if it is not a commit, or of a newer version.
    """
    try:
        commit = _COMMITS.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"{name}: is not a part of a ledger: {str(error)[:200]}; delete the folder and parse the archives again"
        ) from error
    if strange := [part.name for part in commit.parts if not _is_part(part.name)]:
        raise InputError(f"{name}: names a file that is not a part: {printable(strange[0])[:80]}; delete this folder")
    if commit.layout > _LAYOUT:
        raise InputError(f"{name}: was written by a newer version of altdetails; update altdetails")
    return commit


def new_key() -> str:
    """Return an id for a commit: 16 digits in base 16."""
    return secrets.token_hex(8)


def key_of(name: str) -> str | None:
    """Return the id of the commit in the name of a file of parts or failures; None for another file."""
    match = _PART.fullmatch(name)
    return match[1] if match else None


class PartLedger:
    """The commits of a folder."""

    def __init__(self, commits: dict[str, Commit]) -> None:
        """Take commits by their ids. Those that others replace are left out."""
        replaced = {old for commit in commits.values() for old in commit.replaces}
        self.commits = {key: commit for key, commit in commits.items() if key not in replaced}
        self._by_path: dict[str, tuple[str, ArchiveState]] = {}
        self._by_name: dict[tuple[str, int, int | None], list[str]] = {}
        for key, commit in self.commits.items():
            for state in commit.archives:
                self._by_path[state.path] = key, state
                self._by_name.setdefault(_name_and_age(state), []).append(state.path)

    @property
    def parts(self) -> list[str]:
        """The names of all parts, sorted."""
        return sorted(part.name for commit in self.commits.values() for part in commit.parts)

    @property
    def paths(self) -> set[str]:
        """The paths of all archives."""
        return set(self._by_path)

    def has(self, state: ArchiveState) -> bool:
        """Whether an archive is done, as it is now."""
        return state.path in self._by_path and self._by_path[state.path][1] == state

    def commit_of(self, path: str) -> str | None:
        """Return the id of the commit of an archive, in whatever state it was."""
        return self._by_path[path][0] if path in self._by_path else None

    def stale(self, states: Iterable[ArchiveState]) -> set[str]:
        """Return the ids of the commits with an archive that has changed."""
        return {self._by_path[state.path][0] for state in states if state.path in self._by_path and not self.has(state)}

    def new_commit(
        self,
        archives: list[ArchiveState],
        parts: list[RecordsPart],
        failures: Mapping[str, int],
        *,
        file_format: str,
        url_filter: str | None,
    ) -> Commit:
        """Return a commit of now, with values as in `Commit`. It replaces those of the same archives."""
        replaced = {self.commit_of(archive.path) for archive in archives}
        return Commit(
            archives=archives,
            parts=parts,
            failures=dict(failures),
            file_format=file_format,
            url_filter=url_filter,
            version=__version__,
            at=timestamp(),
            replaces=sorted(filter(None, replaced)),
        )

    def archives_of(self, commits: Iterable[str]) -> list[str]:
        """Return the paths of the archives of some commits."""
        return [state.path for key in commits for state in self.commits[key].archives]

    def has_moved(self, state: ArchiveState) -> bool:
        """Whether an archive is done that had another path, and is no longer there."""
        if state.modified is None:  # at an address, another file can have this name and size
            return False
        return any(not Path(path).exists() for path in self._by_name.get(_name_and_age(state), ()))


def _name_and_age(state: ArchiveState) -> tuple[str, int, int | None]:
    return Path(state.path).name, state.size, state.modified


def refuse_other_settings(name: str, ledger: PartLedger, file_format: str, url_filter: str | None) -> None:
    """Check that a folder has one format and one filter.

    Args:
        name: the folder, for the message.
        ledger: its commits.
        file_format: the format of the parts to add.
        url_filter: as in `parse_files`.

    Raises:
        ExportError: if it has another.
    """
    for commit in ledger.commits.values():
        if commit.file_format != file_format:
            raise ExportError(
                f"{name}: its parts are {commit.file_format}; give --format {commit.file_format} or another folder"
            )
        if commit.url_filter != url_filter:
            with_filter = f"with --url-filter {commit.url_filter}" if commit.url_filter else "without --url-filter"
            raise ExportError(f"{name}: its parts were made {with_filter}; do the same, or use another folder")


@dataclass(frozen=True, slots=True)
class PartsStatus:
    """What a folder of parts has."""

    archives: int
    records: int
    failures: dict[str, int]
    parts: int
    size: int
    """Bytes of all parts."""
    last_commit: str | None
    """UTC, RFC 3339."""
    unfinished: list[str]
    """Files of a run that was killed or still writes. The next run removes them."""


def is_part_folder(folder: Path) -> bool:
    """Whether a path is a folder of parts."""
    try:
        return (folder / LEDGER).is_dir()
    except (OSError, ValueError):  # a path that cannot exist, or must not be read: whoever opens it says so
        return False


def _is_part(name: str) -> bool:
    """Whether a file has the name of a part."""
    return _PART.fullmatch(name) is not None


def read_ledger(folder: Path) -> PartLedger:
    """Return the commits of a folder on this machine.

    Raises:
        InputError: if a commit cannot be read.
    """
    commits = {}
    with reading_errors(printable(str(folder))):
        for path in sorted((folder / LEDGER).glob(f"*{COMMIT_ENDING}")):
            commits[path.stem] = _decode_commit(printable(str(path)), path.read_bytes())
    return PartLedger(commits)


def ledger_names(names: Iterable[str]) -> list[str]:
    """Return the names of commits among the names of the files of a folder on object storage."""
    return [name for name in names if name.startswith(f"{LEDGER}/") and name.endswith(COMMIT_ENDING)]


def ledger_at(shown: str, commits: Mapping[str, bytes]) -> PartLedger:
    """Return the commits of a folder on object storage.

    Args:
        shown: its address, for messages.
        commits: the content of the files of `ledger_names`.

    Raises:
        InputError: if one of them is not a commit.
    """
    start, end = len(LEDGER) + 1, -len(COMMIT_ENDING)
    return PartLedger(
        {name[start:end]: _decode_commit(f"{shown}/{name}", content) for name, content in commits.items()}
    )


def left_behind(names: Iterable[str], ledger: PartLedger) -> Iterator[str]:
    """Yield what can be removed from a folder on object storage: what no commit names, or newer commits replace.

    Args:
        names: the files of the folder.
        ledger: its commits.
    """
    parts = set(ledger.parts)
    for name in names:
        key = commit_with(name)
        if key is not None and (key not in ledger.commits or ("/" not in name and name not in parts)):
            yield name


def commit_with(name: str) -> str | None:
    """Return the id of the commit to which a file of a folder on object storage belongs; None for any other file."""
    place, _, file = name.rpartition("/")
    if place == LEDGER:
        return file.removesuffix(COMMIT_ENDING) if file.endswith(COMMIT_ENDING) else None
    return key_of(file) if place in {"", FAILURES_FOLDER} else None


def may_be_folder(address: str) -> bool:
    """Whether an address names a folder: it has `/` at its end, or no ending."""
    name = address.partition("://")[2].partition("/")[2]
    return address.endswith("/") or not Path(name).suffix


def parts_of(path: str) -> list[str] | None:
    """Return the committed parts of a folder of parts, sorted by name; None if the path is none.

    At most one request is made for an address that is not a folder of parts, and none for one with an ending.

    Args:
        path: any path or address that a command reads.

    Raises:
        InputError: if a commit cannot be read, or a part is missing.
    """
    if not is_address(path):
        folder = Path(path)
        if path == STANDARD_STREAM or not is_part_folder(folder):
            return None
        return [str(_find_part(folder, name)) for name in read_ledger(folder).parts]
    if is_web_address(path) or not may_be_folder(path):
        return None
    there = FolderAt(path)
    inner = there.sizes(LEDGER, is_deep=False)
    if not inner:
        if path.endswith("/"):
            raise InputError(f"{there.shown}/: has no parts (no {LEDGER}); give the records files in it")
        return None
    parts = ledger_at(there.shown, there.read(ledger_names(inner))).parts
    sizes = there.sizes(is_deep=False)
    return [there.address_of(_checked(name, sizes, there)) for name in parts]


def _checked(name: str, sizes: Mapping[str, int], there: FolderAt) -> str:
    if name not in sizes:
        raise _missing(f"{there.shown}/{name}")
    return name


def _find_part(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / UNFINISHED / name, folder / name):  # it can be moved meanwhile
        if path.is_file():
            return path
    raise _missing(printable(str(folder / name)))


def _missing(shown: str) -> InputError:
    return InputError(f"{shown}: is missing; put it back, or delete the folder and parse the archives again")


def status_of_parts(path: str) -> PartsStatus | None:
    """Return what a folder of parts has; None if the path is none.

    Args:
        path: a path or address.

    Raises:
        InputError: if its ledger cannot be read, or a part is missing.
    """
    if not is_address(path):
        folder = Path(path)
        if not is_part_folder(folder):
            return None
        ledger = read_ledger(folder)
        size = sum(_find_part(folder, name).stat().st_size for name in ledger.parts)
        return _status(ledger, size, unfinished_files(folder, ledger.parts))
    if is_web_address(path):
        return None
    there = FolderAt(path)
    sizes = there.sizes()
    if not any(name.startswith(f"{LEDGER}/") for name in sizes):
        return None
    ledger = ledger_at(there.shown, there.read(ledger_names(sizes)))
    size = sum(sizes[_checked(name, sizes, there)] for name in ledger.parts)
    return _status(ledger, size, left_behind(sizes, ledger))


def _status(ledger: PartLedger, size: int, unfinished: Iterable[str]) -> PartsStatus:
    commits = ledger.commits.values()
    failures: Counter[str] = Counter()
    for commit in commits:
        failures.update(commit.failures)
    return PartsStatus(
        archives=len(ledger.paths),
        records=sum(commit.records for commit in commits),
        failures=failures,
        parts=len(ledger.parts),
        size=size,
        last_commit=max((commit.at for commit in commits), default=None),
        unfinished=sorted(unfinished),
    )


def unfinished_files(folder: Path, committed: Iterable[str]) -> Iterator[str]:
    """Yield the names of files that are not committed."""
    kept = set(committed)
    yield from (path.name for path in folder.iterdir() if _is_part(path.name) and path.name not in kept)
    if (folder / UNFINISHED).is_dir():
        yield from (path.name for path in (folder / UNFINISHED).iterdir() if path.name not in kept)


_COMMITS = msgspec.json.Decoder(Commit)
