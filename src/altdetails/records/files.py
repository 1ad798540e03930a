"""Read records from JSONL (plain, gzip or Zstandard), Parquet and run folders, one at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import msgspec

from altdetails._arguments import check_functions
from altdetails._files import path_list, reading_errors
from altdetails.documents import printable
from altdetails.errors import InputError
from altdetails.record import SCHEMA_VERSION, Record
from altdetails.records.part_folder import parts_of
from altdetails.records.typed_lines import (
    MAX_LINE_BYTES,
    DamagedLine,
    LineKind,
    LineSource,
    NotOfThisKindError,
    find_file,
    is_indented,
    read_file,
)
from altdetails.results import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    PathOrPaths: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
    RecordsOrPaths: TypeAlias = PathOrPaths | Iterable[Record]

__all__ = [
    "FAILURES",
    "MAX_LINE_BYTES",
    "DamagedLine",
    "RecordLine",
    "RecordSource",
    "failures",
    "files",
    "is_indented",
    "is_mention",
    "is_record",
    "named_keys",
    "read_records",
    "records",
    "refuse_damaged",
    "refuse_newer",
    "unknown_keys",
    "what_is_wrong",
]

FAILURES = "failures.jsonl"
"""The file of a run folder with the identifiers without a record."""

_VERSION_KEY = b'"schema_version"'
_KINDS_OF_MENTIONS = {"mention", "page"}
_MAX_REASON, _MAX_KEYS, _MAX_KEY = 200, 20, 80


class RecordLine(NamedTuple):
    """A record with its position in a file."""

    file: str
    """The path, or `<stdin>`."""
    number: int
    """The number of the line, or of the row of a Parquet file, from 1."""
    raw: bytes
    """The line without its line break; for a row, the same as JSON."""
    record: Record


class RecordSource(LineSource[RecordLine]):
    """Records to read: from files, or Record objects. Arguments and errors are those of `LineSource`."""

    def __init__(self, source: RecordsOrPaths) -> None:
        super().__init__(source)

    _EXPECTED = "a path (str or os.PathLike), an iterable of paths, or an iterable of Records"
    _TYPES = (Record,)
    _ITEM = "a Record"

    @property
    def folders(self) -> tuple[str, ...]:
        """The run folders among the paths. Errors are those of `files`."""
        return self._folders if self.files else ()

    @property
    def parts(self) -> frozenset[str]:
        """The files that come from folders of parts. Errors are those of `files`."""
        return self._parts if self.files else frozenset()

    _folders: tuple[str, ...] = ()
    _parts: frozenset[str] = frozenset()

    def _files_of(self, paths: list[str]) -> list[str]:
        file_names: list[str] = []
        for path in paths:
            if (parts := parts_of(path)) is not None:
                self._parts |= {*parts}
                file_names += parts
                continue
            file_names.append(_find_file(path))
            if file_names[-1] != path:
                self._folders += (path,)
        return file_names

    def _read(self, files: list[str], damaged: Callable[[DamagedLine], object]) -> Iterator[RecordLine]:
        return _lines_in(files, damaged)

    def _line(self, item: object, number: int) -> RecordLine:
        record = cast("Record", item)
        return RecordLine("<records>", number, record.to_json(), record)


def refuse_damaged(line: DamagedLine) -> None:
    """Raise an error for a damaged line.

    Raises:
        InputError: always, with the file and line.
    """
    raise InputError(f"{line.file}:{line.line}: {line.reason}")


def read_records(paths: PathOrPaths, *, damaged: Callable[[DamagedLine], object] = refuse_damaged) -> Iterator[Record]:
    """Read records from files, one at a time.

    Examples:
        >>> for record in read_records("records.jsonl.gz"):
        ...     print(record.doi, record.score)
        10.5555/lhs.2023.0417 641
        10.5555/jhe.2012.118 38

    Records of older versions of altdetails are read too. Unknown keys are ignored.

    Args:
        paths: one or more paths or addresses: JSONL (plain, gzip or Zstandard), Parquet, run folders, folders of parts,
            or `-` for standard input.
        damaged: called for every line that is not a valid record. Without it, such a line raises an error.

    Raises:
        TypeError: if the paths are of another type.
        InputError: if there is no path, a path is not a records file or run folder, or a line is not a valid record.
    """
    check_functions(damaged=damaged)
    given = path_list(paths)
    file_paths = files(given)
    if not given:
        raise InputError("no path was given; give records files or run folders")
    return (line.record for line in _lines_in(file_paths, damaged))


def files(paths: PathOrPaths) -> list[str]:
    """Return the records files of paths: records.jsonl of a run folder, the committed parts of a folder of parts.

    Raises:
        TypeError: if the paths are of another type.
        InputError: if a path is not a file, a run folder or a folder of parts.
    """
    return [file for path in path_list(paths) for file in _find_files(path)]


def records(paths: PathOrPaths, *, damaged: Callable[[DamagedLine], object] = lambda _: None) -> Iterator[RecordLine]:
    """The records of files in order, each with its file and line. Memory does not grow with the length of a file.

    Args:
        paths: files, run folders, or `-` for standard input. The format of a file is detected by its content.
        damaged: called for every line that is not a valid record. Such lines are skipped.

    Raises:
        InputError: if a path is not a records file or run folder, or needs a library that is not installed.
    """
    yield from _lines_in(files(paths), damaged)


def _lines_in(file_names: list[str], damaged: Callable[[DamagedLine], object]) -> Iterator[RecordLine]:
    for path in file_names:
        yield from read_file(path, _RECORDS, damaged)


def unknown_keys(line: RecordLine, canonical: bytes) -> dict[str, msgspec.Raw]:
    """Return the unknown keys of a line with their values as JSON, by path, such as `provenance.robot`.

    A key in the items of a list appears once, with its first value.

    Args:
        line: the line.
        canonical: the record of the line as JSON (`to_json`).
    """
    if line.raw == canonical:
        return {}
    unknown: dict[str, msgspec.Raw] = {}
    for path, value in _unknown_items("", _OBJECT.decode(line.raw), msgspec.json.decode(canonical)):
        unknown.setdefault(path, value)
    return unknown


def named_keys(keys: Sequence[str], counts: Mapping[str, int] | None = None) -> str:
    """Return keys for a message, with their counts if given. Long keys are shortened, and further keys are counted."""
    names = [key if len(key) <= _MAX_KEY else f"{key[:_MAX_KEY]}…" for key in keys[:_MAX_KEYS]]
    if counts is not None:
        names = [f"{name} ({counts[key]:,})" for name, key in zip(names, keys, strict=False)]
    more = [f"{len(keys) - _MAX_KEYS:,} more"] if len(keys) > _MAX_KEYS else []
    return ", ".join([*names, *more])


def _find_files(path: str) -> list[str]:
    parts = parts_of(path)
    return [_find_file(path)] if parts is None else parts


def _find_file(path: str) -> str:
    return find_file(
        path,
        "records.jsonl",
        not_there="{} is not a run folder: it has no records.jsonl; give the records files in it",
        advice="give records that `altdetails parse` or `altdetails scrape` wrote",
    )


def _is_like_a_record(raw: bytes) -> bool:
    return raw.startswith(b"{") and (_VERSION_KEY in raw or not raw.endswith(b"}")) and not is_mention(raw)


def _record(name: str, number: int, raw: bytes, is_ended: bool) -> RecordLine:  # noqa: FBT001 -- of LineKind.read
    try:
        record = Record.from_json(raw)
    except InputError as error:
        if is_mention(raw):
            raise NotOfThisKindError("this is a single mention, not a record; give mentions with --mentions") from error
        refuse_newer(raw, SCHEMA_VERSION)
        problem = what_is_wrong(error.__cause__, is_ended=is_ended)
        raise NotOfThisKindError(f"this is not a record: {problem}; make it again with `altdetails parse`") from error
    if record.schema_version > SCHEMA_VERSION:
        refuse_newer(raw, SCHEMA_VERSION)
    return RecordLine(name, number, raw, record)


def what_is_wrong(cause: BaseException | None, *, is_ended: bool) -> str:
    """Return why a line cannot be decoded, in words."""
    ending = "" if is_ended else "; the file ends in this line, so it is truncated or still being written"
    return f"{str(cause)[:_MAX_REASON]}{ending}"


def refuse_newer(raw: bytes, known: int) -> None:
    """Check that the layout of a line is not newer than what this version knows.

    Raises:
        NotOfThisKindError: if it is.
    """
    if (version := _head(raw).schema_version) > known:
        raise NotOfThisKindError(
            f"has schema_version {version}, but this altdetails reads at most {known}; update altdetails"
        )


def is_mention(raw: bytes) -> bool:
    """Whether a line is of a file of mentions."""
    return _head(raw).kind in _KINDS_OF_MENTIONS


def is_record(raw: bytes) -> bool:
    """Whether a line is of a file of records."""
    return _head(raw).score is not msgspec.UNSET


class _LineHead(msgspec.Struct):
    """Keys by which lines are known."""

    schema_version: int = 0
    kind: str | None = None
    score: int | msgspec.UnsetType | None = msgspec.UNSET


def _head(raw: bytes) -> _LineHead:
    try:
        return msgspec.json.decode(raw, type=_LineHead)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _LineHead()


def _unknown_items(path: str, raw: dict[str, msgspec.Raw], known: dict[str, Any]) -> Iterator[tuple[str, msgspec.Raw]]:
    for key, value in raw.items():
        key_path = f"{path}.{key}" if path else key
        inner = known.get(key)
        if key not in known:
            yield key_path, value
        elif isinstance(inner, dict):
            yield from _unknown_items(key_path, _OBJECT.decode(value), inner)
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            for item, known_item in zip(_OBJECTS.decode(value), inner, strict=False):
                yield from _unknown_items(key_path, item, known_item)


def failures(run: str, *, damaged: Callable[[DamagedLine], object] = lambda _: None) -> Iterator[Outcome]:
    """The outcomes of the identifiers without a record in a run; empty if the path is not a run folder.

    Args:
        run: a run folder.
        damaged: called for every line that is not a valid outcome. Such lines are skipped.

    Raises:
        InputError: if the file cannot be read.
    """
    path = Path(run, FAILURES)
    if not path.is_file():
        return
    name = printable(str(path))
    with reading_errors(name), path.open("rb") as stream:
        for number, line in enumerate(iter(partial(stream.readline, MAX_LINE_BYTES), b""), 1):
            try:
                yield _OUTCOMES.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                reason = f"this is not an outcome: {str(error)[:_MAX_REASON]}; run the scrape again"
                damaged(DamagedLine(name, number, reason))


_OBJECT, _OBJECTS = (msgspec.json.Decoder(dict[str, msgspec.Raw]), msgspec.json.Decoder(list[dict[str, msgspec.Raw]]))
_OUTCOMES = msgspec.json.Decoder(Outcome)
_RECORDS = LineKind(
    item="record",
    file="a records file",
    writer="`altdetails export`",
    columns=frozenset({"schema_version", "score"}),
    read=_record,
    is_similar=_is_like_a_record,
)
