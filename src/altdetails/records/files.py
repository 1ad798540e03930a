"""Read records from JSONL (plain, gzip or Zstandard), Parquet and run folders, one at a time."""

from __future__ import annotations

import codecs
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import msgspec

from altdetails._arguments import check, check_functions, is_address, is_repeatable, is_several
from altdetails._files import STANDARD_STREAM, path_list, reading_errors
from altdetails._optional import require
from altdetails.documents import OverBudgetError, printable
from altdetails.errors import InputError
from altdetails.record import SCHEMA_VERSION, Record
from altdetails.records.streams import lines_of, open_file, what_it_is
from altdetails.remote import copied_here
from altdetails.results import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from altdetails.records.streams import Lines

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
    "named_keys",
    "read_records",
    "records",
    "refuse_damaged",
    "unknown_keys",
]

FAILURES = "failures.jsonl"
"""The file of a run folder with the identifiers without a record."""
MAX_LINE_BYTES = 16 * 2**20
"""The longest line. A record has some 6 KB."""

_PARQUET_MAGIC = b"PAR1"
_ROWS_AT_ONCE = 1_000
_JQ = {b"{": ".", b"[": "'.[]'"}
_VERSION_KEY = b'"schema_version"'
_MAX_GARBAGE_LINES = 10
"""Lines that are not JSON and may precede the first record. If there are more, the file is not a records file."""
_MAX_REASON, _MAX_KEYS, _MAX_KEY = 200, 20, 80
_MAKE_AGAIN = "; make it again with `altdetails parse`"
_EXPECTED = "a path (str or os.PathLike), an iterable of paths, or an iterable of Records"


class RecordLine(NamedTuple):
    """A record with its position in a file."""

    file: str
    """The path, or `<stdin>`."""
    number: int
    """The number of the line, or of the row of a Parquet file, from 1."""
    raw: bytes
    """The line without its line break; for a row, the same as JSON."""
    record: Record


class DamagedLine(NamedTuple):
    """A line that is not a valid record."""

    file: str
    line: int
    reason: str
    """What is wrong, and what to do."""


class RecordSource:
    """Records to read: from files, or Record objects."""

    def __init__(self, source: RecordsOrPaths) -> None:
        """Check the paths or records. An iterator is not started before it is needed.

        Args:
            source: a path, an iterable of paths, or an iterable of Records, such as a generator; it can be empty.

        Raises:
            TypeError: if it is of another type.
            InputError: if a path is not a records file or run folder.
        """
        self._iterator = source if isinstance(source, Iterator) and is_several(source) else None
        self._records: Iterable[object] = ()
        self._files: list[str] = []
        if self._iterator is None:
            self._take(source)

    @property
    def files(self) -> list[str]:
        """The paths of the files.

        Raises:
            TypeError: if an iterator has neither paths nor Records.
            InputError: if a path of an iterator is not a records file or run folder.
        """
        if self._iterator is not None:
            source, self._iterator = self._iterator, None
            self._take(source)
        return self._files

    def lines(self, *, damaged: Callable[[DamagedLine], object]) -> Iterator[RecordLine]:
        """The records, each with its file and line.

        Args:
            damaged: called for every line that is not a valid record. Such lines are skipped.

        Raises:
            TypeError: if an item among Records is not a Record.
            InputError: if a file is not a records file, or needs a library that is not installed.
        """
        yield from records(self.files, damaged=damaged)
        for number, item in enumerate(self._records, 1):
            record = _check_record(item, number)
            try:
                yield RecordLine("<records>", number, record.to_json(), record)
            except UnicodeEncodeError:
                damaged(DamagedLine("<records>", number, "has a text that is not valid Unicode; make the record again"))

    def _take(self, source: RecordsOrPaths) -> None:
        if not is_several(source):
            self._files = [*map(_find_file, path_list(source, _EXPECTED))]
            return
        given = cast("Iterable[object]", source)
        items = iter(given)
        for first in items:
            all_items = chain([first], items)
            if not isinstance(first, Record):
                self._files = [*map(_find_file, path_list(all_items, _EXPECTED))]
            elif is_repeatable(given):
                for number, record in enumerate(given, 1):
                    _check_record(record, number)
                self._records = given
            else:
                self._records = all_items
            return


def _check_record(item: object, number: int) -> Record:
    check(item, Record, f"a Record as item {number}")
    return cast("Record", item)


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
        paths: one or more paths: JSONL (plain, gzip or Zstandard), Parquet, run folders, or `-` for standard input.
        damaged: called for every line that is not a valid record. Without it, such a line raises an error.

    Raises:
        TypeError: if the paths are of another type.
        InputError: if there is no path, a path is not a records file or run folder, or a line is not a valid record.
    """
    check_functions(damaged=damaged)
    file_paths = files(paths)
    if not file_paths:
        raise InputError("no path was given; give records files or run folders")
    return (line.record for line in records(file_paths, damaged=damaged))


def files(paths: PathOrPaths) -> list[str]:
    """Return the records files of paths. The records file of a run folder is its records.jsonl.

    Raises:
        TypeError: if the paths are of another type.
        InputError: if a path is not a file or run folder.
    """
    return [_find_file(path) for path in path_list(paths)]


def records(paths: PathOrPaths, *, damaged: Callable[[DamagedLine], object] = lambda _: None) -> Iterator[RecordLine]:
    """The records of files in order, each with its file and line. Memory does not grow with the length of a file.

    Args:
        paths: files, run folders, or `-` for standard input. The format of a file is detected by its content.
        damaged: called for every line that is not a valid record. Such lines are skipped.

    Raises:
        InputError: if a path is not a records file or run folder, or needs a library that is not installed.
    """
    for path in files(paths):
        with ExitStack() as stack:
            name = "<stdin>" if path == STANDARD_STREAM else printable(path)
            here = stack.enter_context(copied_here(path))
            stream = stack.enter_context(open_file(here, name))
            start = stream.peek(len(_PARQUET_MAGIC))
            if start.startswith(_PARQUET_MAGIC):
                yield from _read_parquet(here, name, damaged)
            else:
                yield from _read_lines(name, stream, damaged)


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


def _find_file(path: str) -> str:
    name = printable(path)
    if path == STANDARD_STREAM or is_address(path):
        return path
    file = Path(path)
    with reading_errors(name, "give the path of a file"):
        is_folder, exists = file.is_dir(), file.exists()
    if is_folder:
        file /= "records.jsonl"
        if not file.is_file():
            raise InputError(f"{name} is not a run folder: it has no records.jsonl; give the records files in it")
        return str(file)
    if not exists:
        raise InputError(f"{name}: no such file; give records that `altdetails parse` or `altdetails scrape` wrote")
    return path


def _read_lines(
    name: str, stream: io.BufferedReader[Any], damaged: Callable[[DamagedLine], object]
) -> Iterator[RecordLine]:
    number = 0
    try:
        with lines_of(stream, name) as lines:
            for item in _after_garbage(_items(name, lines)):
                number = item.line if isinstance(item, DamagedLine) else item.number
                if isinstance(item, DamagedLine):
                    damaged(item)
                else:
                    yield item
    except (EOFError, OSError, OverBudgetError, zlib.error) as error:
        damaged(DamagedLine(name, number + 1, f"the rest cannot be read ({error}); copy or make the file again"))


def _items(name: str, stream: Lines) -> Iterator[tuple[bytes, RecordLine | DamagedLine]]:
    """Yield each line with content, and its record or its damage."""
    lines = iter(partial(stream.readline, MAX_LINE_BYTES + 1), b"")
    for number, line in enumerate(_refuse_json(name, lines), 1):
        raw = line.removeprefix(codecs.BOM_UTF8).strip() if number == 1 else line.strip()
        if not raw and len(line) <= MAX_LINE_BYTES:
            continue
        try:
            if len(line) > MAX_LINE_BYTES:
                _skip_line(stream)
            yield raw, RecordLine(name, number, raw, _record(raw, is_ended=line.endswith(b"\n")))
        except _NotARecord as error:
            yield raw, DamagedLine(name, number, str(error))


def _refuse_json(name: str, lines: Iterator[bytes]) -> Iterator[bytes]:
    """Return the lines, if they are not a JSON list or an object of several lines.

    Raises:
        InputError: if they are.
    """
    first = next(lines, b"")
    start = first.removeprefix(codecs.BOM_UTF8).strip()
    second = next(lines, b"") if start in _JQ else b""
    if start.startswith(b"[{") or (start == b"[" and second) or is_indented(start, second):
        raise InputError(f"{name} is JSON, not JSONL; write each record on one line with `jq -c {_JQ[start[:1]]}`")
    return chain(filter(None, [first, second]), lines)


def is_indented(first: bytes, second: bytes) -> bool:
    """Whether two lines begin an object of several lines. A brace before a record is a damaged line instead."""
    return first.strip() == b"{" and second.startswith((b" ", b"\t", b'"'))


def _after_garbage(items: Iterator[tuple[bytes, RecordLine | DamagedLine]]) -> Iterator[RecordLine | DamagedLine]:
    """Yield the items of a records file. A few other lines may precede the first record.

    Raises:
        InputError: if more lines precede the first record, or if the file contains no record.
    """
    garbage: list[DamagedLine] = []
    first = b""
    for raw, item in items:
        if isinstance(item, RecordLine) or (_is_like_a_record(raw) and not garbage):
            yield from (*garbage, item)
            yield from (item for _, item in items)
            return
        first = first or raw
        garbage.append(item)
        if len(garbage) > _MAX_GARBAGE_LINES:
            break
    if garbage:
        name, number, reason = garbage[0]
        about_line = f"(line {number}: {reason.removesuffix(_MAKE_AGAIN)})"
        raise InputError(f"{name} is not a records file: {what_it_is(first)} {about_line}")


def _is_like_a_record(raw: bytes) -> bool:
    return raw.startswith(b"{") and (_VERSION_KEY in raw or not raw.endswith(b"}"))


def _skip_line(stream: Lines) -> None:
    while (more := stream.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
        pass
    raise _NotARecord(f"is longer than {MAX_LINE_BYTES >> 20} MiB, the limit for a record; make the file again")


class _NotARecord(Exception):
    """Why a line is not a valid record."""


class _RecordVersion(msgspec.Struct):
    schema_version: int = SCHEMA_VERSION


def _record(raw: bytes, *, is_ended: bool) -> Record:
    try:
        record = Record.from_json(raw)
    except InputError as error:
        _refuse_newer(raw)
        ending = "" if is_ended else "; the file ends in this line, so it is truncated or still being written"
        problem = f"{str(error.__cause__)[:_MAX_REASON]}{ending}"
        raise _NotARecord(f"this is not a record: {problem}{_MAKE_AGAIN}") from error
    if record.schema_version > SCHEMA_VERSION:
        _refuse_newer(raw)
    return record


def _refuse_newer(raw: bytes) -> None:
    try:
        version = msgspec.json.decode(raw, type=_RecordVersion).schema_version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if version > SCHEMA_VERSION:
        raise _NotARecord(
            f"has schema_version {version}, but this altdetails reads at most {SCHEMA_VERSION}; update altdetails"
        )


def _read_parquet(path: str, name: str, damaged: Callable[[DamagedLine], object]) -> Iterator[RecordLine]:
    if path == STANDARD_STREAM:
        raise InputError(f"{name}: Parquet cannot be read from standard input; give the path of the file")
    for number, raw in enumerate(_rows(path, name), 1):
        try:
            yield RecordLine(name, number, raw, _record(raw, is_ended=True))
        except _NotARecord as error:
            damaged(DamagedLine(name, number, str(error)))


def _rows(path: str, name: str) -> Iterator[bytes]:
    """The rows of a Parquet file as JSON."""
    arrow = require("pyarrow", "export", f"{name}: Parquet")
    parquet = require("pyarrow.parquet", "export", f"{name}: Parquet")
    try:
        with parquet.ParquetFile(path) as file:
            if "schema_version" not in file.schema_arrow.names:
                raise InputError(f"{name} is not a records file: give Parquet that `altdetails export` wrote")
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    yield msgspec.json.encode(row)
    except (arrow.ArrowException, ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{name}: cannot be read as Parquet: {error}; copy or make the file again") from error


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
