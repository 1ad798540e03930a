"""Files of records (JSONL plain, gzip or Zstandard, Parquet, run folders) → records, one at a time."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import sys
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeAlias, cast

import msgspec

from altdetails._arguments import check, check_functions, is_several
from altdetails._files import STANDARD_STREAM, path_list, reading_errors
from altdetails._magic import compression_of
from altdetails._optional import require
from altdetails.documents import printable
from altdetails.errors import InputError
from altdetails.record import SCHEMA_VERSION, Record
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
    "named_keys",
    "read_records",
    "records",
    "refuse_damaged",
    "unknown_keys",
]

FAILURES = "failures.jsonl"
"""The file of a run folder with the identifiers that have no record."""
MAX_LINE_BYTES = 16 * 2**20
"""The longest line. A record has some 6 KB."""

_PARQUET_MAGIC = b"PAR1"
_BUFFER_BYTES = 2**20
_ROWS_AT_ONCE = 1_000
_UNPACKED_BYTES = 2**14
"""Unpacked so much at a time: where the compression is damaged, what was unpacked of that time is lost."""
_GARBAGE_LINES = 10
"""So many lines that are not JSON can come before the first record; with more, the file is not one of records."""
_SHOWN = 200
_KEYS_SHOWN, _KEY_SHOWN = 20, 80
_EXPECTED = "a path (str or os.PathLike), an iterable of paths, or an iterable of Records"


class RecordLine(NamedTuple):
    """One record, with where it stands."""

    file: str
    """The path as given, or `<stdin>`."""
    number: int
    """The line, or the row of a Parquet file, from 1."""
    raw: bytes
    """The line as it stands, without its end; of a row, the JSON that says the same."""
    record: Record


class DamagedLine(NamedTuple):
    """A line that holds no record."""

    file: str
    line: int
    reason: str
    """What is wrong and what to do."""


class RecordSource:
    """Records to read: those of files, or Records themselves."""

    def __init__(self, given: RecordsOrPaths) -> None:
        """Take what is given; an iterator is not asked before it is needed.

        Args:
            given: a path, an iterable of paths, or an iterable of Records, such as a generator. An empty one holds no
                Records.

        Raises:
            TypeError: if it is none of them.
            InputError: if a path does not lead to a file of records.
        """
        self._untouched = given if isinstance(given, Iterator) and is_several(given) else None
        self._records: Iterable[object] = ()
        self._files: list[str] = []
        if self._untouched is None:
            self._take(given)

    @property
    def files(self) -> list[str]:
        """The files that are read.

        Raises:
            TypeError: if an iterator gives neither paths nor Records.
            InputError: if a path of an iterator does not lead to a file of records.
        """
        if self._untouched is not None:
            given, self._untouched = self._untouched, None
            self._take(given)
        return self._files

    def lines(self, *, damaged: Callable[[DamagedLine], object]) -> Iterator[RecordLine]:
        """The records, each with where it was read.

        Args:
            damaged: called for every line that is not a valid record; the others are read on.

        Raises:
            TypeError: if something among Records is not one.
            InputError: if a file is not a file of records, or needs a library that is not installed.
        """
        yield from records(self.files, damaged=damaged)
        for number, item in enumerate(self._records, 1):
            record = _checked(item, number)
            yield RecordLine("<records>", number, record.to_json(), record)

    def _take(self, given: RecordsOrPaths) -> None:
        if not is_several(given):
            self._files = _found(given)
            return
        items = iter(cast("Iterable[object]", given))
        for first in items:
            everything = chain([first], items)
            if not isinstance(first, Record):
                self._files = _found(everything)
            elif isinstance(given, Collection):
                for number, record in enumerate(given, 1):
                    _checked(record, number)
                self._records = given
            else:
                self._records = everything
            return


def _checked(item: object, number: int) -> Record:
    check(item, Record, f"a Record as item {number}")
    return cast("Record", item)


def _found(paths: object) -> list[str]:
    """The files that paths lead to, if they are paths."""
    return [_file(path) for path in path_list(paths, _EXPECTED)]


def refuse_damaged(line: DamagedLine) -> None:
    """Let no damaged line pass.

    Raises:
        InputError: always, with the line's place.
    """
    raise InputError(f"{line.file}:{line.line}: {line.reason}")


def read_records(paths: PathOrPaths, *, damaged: Callable[[DamagedLine], object] = refuse_damaged) -> Iterator[Record]:
    """The records of files, one at a time.

        >>> for record in read_records("records.jsonl.gz"):
        ...     print(record.doi, record.score)
        10.5555/lhs.2023.0417 641
        10.5555/jhe.2012.118 38

    A record of an older altdetails is read as today's; keys that this version does not know are left out.

    Args:
        paths: a path or several: JSONL (plain, gzip or Zstandard), Parquet, run folders, or `-` for standard input.
        damaged: called for every line that is not a valid record; without it such a line raises.

    Raises:
        TypeError: if the paths are of another type.
        InputError: if there is no path, a path does not lead to a file of records, or a line is not a valid record.
    """
    check_functions(damaged=damaged)
    found = files(paths)
    if not found:
        raise InputError("no path was given; give files of records or run folders")
    return (line.record for line in records(found, damaged=damaged))


def files(paths: PathOrPaths) -> list[str]:
    """The files of records that paths lead to: of a run folder, its records.jsonl.

    Raises:
        TypeError: if the paths are of another type.
        InputError: if a path does not lead to one.
    """
    return [_file(path) for path in path_list(paths)]


def records(paths: PathOrPaths, *, damaged: Callable[[DamagedLine], object] = lambda _: None) -> Iterator[RecordLine]:
    """The records of files, in their order, each with where it was read. Any length costs the same memory.

    Args:
        paths: files, run folders, or `-` for standard input; the content says which format a file has.
        damaged: called for every line that is not a valid record; the others are read on.

    Raises:
        InputError: if a path does not lead to a file of records, or needs a library that is not installed.
    """
    for path in files(paths):
        with ExitStack() as stack:
            name = "<stdin>" if path == STANDARD_STREAM else printable(path)
            stream = stack.enter_context(_opened(path, name))
            start = stream.peek(len(_PARQUET_MAGIC))
            if start.startswith(_PARQUET_MAGIC):
                yield from _of_parquet(path, name, damaged)
            else:
                yield from _of_lines(name, _plain(name, start, stream, stack), damaged)


def unknown_keys(line: RecordLine, canonical: bytes) -> dict[str, Any]:
    """What a line says under keys that this version does not know, by their path: `provenance.robot`.

    Keys inside lists are named once, with the value of the first.

    Args:
        line: a line.
        canonical: its record's `to_json`.
    """
    if line.raw == canonical:
        return {}
    found: dict[str, Any] = {}
    for path, value in _unknown("", msgspec.json.decode(line.raw), msgspec.json.decode(canonical)):
        found.setdefault(path, value)
    return found


def named_keys(keys: Sequence[str], counts: Mapping[str, int] | None = None) -> str:
    """Keys of records for a message, with their counts: some of them, none very long, and how many more there are."""
    words = [key if len(key) <= _KEY_SHOWN else f"{key[:_KEY_SHOWN]}…" for key in keys[:_KEYS_SHOWN]]
    if counts is not None:
        words = [f"{word} ({counts[key]:,})" for word, key in zip(words, keys, strict=False)]
    more = [f"{len(keys) - _KEYS_SHOWN:,} more"] if len(keys) > _KEYS_SHOWN else []
    return ", ".join([*words, *more])


def _file(path: str) -> str:
    name = printable(path)
    if path == STANDARD_STREAM:
        return path
    place = Path(path)
    with reading_errors(name, "give the name of a file"):
        is_folder, is_there = place.is_dir(), place.exists()
    if is_folder:
        found = place / "records.jsonl"
        if not found.is_file():
            raise InputError(f"{name}: is a folder without records.jsonl, so no run; give the files of records in it")
        return str(found)
    if not is_there:
        raise InputError(f"{name}: no such file; give records that `altdetails parse` or `altdetails scrape` wrote")
    return path


@contextmanager
def _opened(path: str, name: str) -> Iterator[io.BufferedReader[Any]]:
    if path == STANDARD_STREAM:
        yield cast("io.BufferedReader[Any]", sys.stdin.buffer)
        return
    with reading_errors(name):
        file = Path(path).open("rb", buffering=0)  # noqa: SIM115 -- closed below
    with io.BufferedReader(file, _BUFFER_BYTES) as stream:
        yield stream


def _plain(name: str, start: bytes, stream: BinaryIO, stack: ExitStack) -> BinaryIO:
    """The stream without compression around it."""
    if compression_of(start) == "gzip":
        unzipped = stack.enter_context(gzip.GzipFile(fileobj=stream))
        return io.BufferedReader(cast("io.RawIOBase", unzipped), _UNPACKED_BYTES)
    if compression_of(start) == "zstd":
        arrow = require("pyarrow", "export", f"{name}: Zstandard")
        unpacked = stack.enter_context(arrow.CompressedInputStream(arrow.PythonFile(stream, "r"), "zstd"))
        return io.BufferedReader(cast("io.RawIOBase", unpacked), _UNPACKED_BYTES)
    return stream


def _of_lines(name: str, stream: BinaryIO, damaged: Callable[[DamagedLine], object]) -> Iterator[RecordLine]:
    number = 0
    try:
        for item in _after_garbage(_items(name, stream)):
            number = item.line if isinstance(item, DamagedLine) else item.number
            if isinstance(item, DamagedLine):
                damaged(item)
            else:
                yield item
    except (EOFError, OSError, zlib.error) as error:
        damaged(DamagedLine(name, number + 1, f"cannot be read on ({error}); copy or make the file again"))


def _items(name: str, stream: BinaryIO) -> Iterator[tuple[bool, RecordLine | DamagedLine]]:
    """Every line that is not empty: whether it begins as an object, and the record, or why it is not one."""
    for number, line in enumerate(iter(partial(stream.readline, MAX_LINE_BYTES + 1), b""), 1):
        raw = line.removeprefix(codecs.BOM_UTF8).strip() if number == 1 else line.strip()
        if not raw and len(line) <= MAX_LINE_BYTES:
            continue
        try:
            if len(line) > MAX_LINE_BYTES:
                _pass_over(stream)
            yield True, RecordLine(name, number, raw, _record(raw, is_ended=line.endswith(b"\n")))
        except _NotARecord as trouble:
            yield raw.startswith(b"{"), DamagedLine(name, number, str(trouble))


def _after_garbage(items: Iterator[tuple[bool, RecordLine | DamagedLine]]) -> Iterator[RecordLine | DamagedLine]:
    """The items of a file of records; a few lines of something else can come before the first record.

    Raises:
        InputError: if there are more of them, or nothing else.
    """
    garbage: list[DamagedLine] = []
    for is_object, item in items:
        if isinstance(item, RecordLine) or (is_object and not garbage):
            yield from (*garbage, item)
            yield from (item for _, item in items)
            return
        garbage.append(item)
        if len(garbage) > _GARBAGE_LINES:
            break
    if garbage:
        raise _not_records(garbage[0])


def _not_records(first: DamagedLine) -> InputError:
    return InputError(
        f"{first.file}:{first.line}: this is not a file of records, one JSON object a line; "
        "`altdetails parse` makes one of pages, `altdetails scrape` of a list of DOIs"
    )


def _pass_over(stream: BinaryIO) -> None:
    while (more := stream.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
        pass
    raise _NotARecord(f"has more than {MAX_LINE_BYTES >> 20} MiB, which no record has; make the file again")


class _NotARecord(Exception):
    """Why a line holds no record."""


class _RecordVersion(msgspec.Struct):
    schema_version: int = SCHEMA_VERSION


def _record(raw: bytes, *, is_ended: bool) -> Record:
    try:
        record = Record.from_json(raw)
    except InputError as error:
        _refuse_newer(raw)
        ending = "" if is_ended else ", and the file ends in it: it is cut short, or still being written"
        why = f"{str(error.__cause__)[:_SHOWN]}{ending}"
        raise _NotARecord(f"this is not a record: {why}; make it again with `altdetails parse`") from error
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
            f"has schema_version {version}, and this altdetails knows {SCHEMA_VERSION}; update altdetails"
        )


def _of_parquet(path: str, name: str, damaged: Callable[[DamagedLine], object]) -> Iterator[RecordLine]:
    if path == STANDARD_STREAM:
        raise InputError(f"{name}: Parquet cannot be read from a stream; give the file's name")
    for number, raw in enumerate(_rows(path, name), 1):
        try:
            yield RecordLine(name, number, raw, _record(raw, is_ended=True))
        except _NotARecord as trouble:
            damaged(DamagedLine(name, number, str(trouble)))


def _rows(path: str, name: str) -> Iterator[bytes]:
    """The rows of a Parquet file, as the lines of JSON that say the same."""
    arrow = require("pyarrow", "export", f"{name}: Parquet")
    parquet = require("pyarrow.parquet", "export", f"{name}: Parquet")
    try:
        with parquet.ParquetFile(path) as file:
            if "schema_version" not in file.schema_arrow.names:
                raise InputError(f"{name}: this is not a file of records; `altdetails export` writes such files")
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    yield msgspec.json.encode(row)
    except (arrow.ArrowException, OSError) as error:
        raise InputError(f"{name}: cannot be read as Parquet: {error}; copy or make the file again") from error


def _unknown(path: str, said: Any, known: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 -- any JSON
    if isinstance(said, dict) and isinstance(known, dict):
        for key, value in said.items():
            below = f"{path}.{key}" if path else key
            if key in known:
                yield from _unknown(below, value, known[key])
            else:
                yield below, value
    elif isinstance(said, list) and isinstance(known, list):
        for one, other in zip(said, known, strict=False):
            yield from _unknown(path, one, other)


def failures(run: str, *, damaged: Callable[[DamagedLine], object] = lambda _: None) -> Iterator[Outcome]:
    """The outcomes of the identifiers that a run has no record of; nothing if the path is not a folder, or has none.

    Args:
        run: a run folder.
        damaged: called for every line that is not an outcome; the others are read on.

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
                reason = f"this is not an outcome: {str(error)[:_SHOWN]}; run the scrape again"
                damaged(DamagedLine(name, number, reason))


_OUTCOMES = msgspec.json.Decoder(Outcome)
