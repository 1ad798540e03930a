"""Files of records (JSONL plain, gzip or Zstandard, Parquet, run folders) → records, one at a time."""

from __future__ import annotations

import codecs
import gzip
import io
import sys
import zlib
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from altdetails._magic import compression_of
from altdetails._optional import require
from altdetails.documents import printable
from altdetails.errors import InputError
from altdetails.record import SCHEMA_VERSION, Record
from altdetails.results import Outcome

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = [
    "FAILURES",
    "MAX_LINE_BYTES",
    "DamagedLine",
    "RecordLine",
    "failures",
    "files",
    "named_keys",
    "records",
    "rows",
    "unknown_keys",
]

MAX_LINE_BYTES = 16 * 2**20
"""The longest line. A record has some 6 KB."""

_STANDARD_INPUT = "-"
_PARQUET_MAGIC = b"PAR1"
_BUFFER_BYTES = 2**20
_UNPACKED_BYTES = 2**14
"""Unpacked so much at a time: where the compression is damaged, what was unpacked of that time is lost."""
_SHOWN = 200
_KEYS_SHOWN = 20
_KEY_SHOWN = 80


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


def files(paths: Sequence[str | os.PathLike[str]]) -> list[str]:
    """The files of records that paths lead to: of a run folder, its records.jsonl.

    Raises:
        InputError: where a path leads to none.
    """
    return [_file(str(path)) for path in paths]


def records(
    paths: Sequence[str | os.PathLike[str]], *, damaged: Callable[[DamagedLine], object] = lambda _: None
) -> Iterator[RecordLine]:
    """The records of files, in their order. Any length costs the same memory.

    A record of an older altdetails is read as today's; keys that this version does not know are passed over.

    Args:
        paths: files, run folders, or `-` for standard input; what is in a file, its content decides.
        damaged: told of every line that holds no record; the others are read on.

    Raises:
        InputError: where a path leads to no file of records, or needs a library that is not installed.
    """
    for path in files(paths):
        with ExitStack() as stack:
            name = "<stdin>" if path == _STANDARD_INPUT else printable(path)
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
    if path == _STANDARD_INPUT:
        return path
    place = Path(path)
    if place.is_dir():
        found = place / "records.jsonl"
        if not found.is_file():
            raise InputError(f"{name}: is a folder without records.jsonl, so no run; give the files of records in it")
        return str(found)
    if not place.exists():
        raise InputError(f"{name}: no such file; give records that `altdetails parse` or `altdetails scrape` wrote")
    return path


@contextmanager
def _opened(path: str, name: str) -> Iterator[io.BufferedReader[Any]]:
    if path == _STANDARD_INPUT:
        yield cast("io.BufferedReader[Any]", sys.stdin.buffer)
        return
    try:
        file = Path(path).open("rb", buffering=0)  # noqa: SIM115 -- closed below
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}; check its permissions") from error
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
    seen = False
    try:
        for line in iter(partial(stream.readline, MAX_LINE_BYTES + 1), b""):
            number += 1
            raw = line.removeprefix(codecs.BOM_UTF8).strip() if number == 1 else line.strip()
            if not raw and len(line) <= MAX_LINE_BYTES:
                continue
            if not seen and not raw.startswith(b"{"):
                raise InputError(f"{name}:{number}: is no file of records; `altdetails parse` writes one, one a line")
            seen = True
            try:
                if len(line) > MAX_LINE_BYTES:
                    _pass_over(stream)
                yield RecordLine(name, number, raw, _record(raw, is_ended=line.endswith(b"\n")))
            except _NotARecord as trouble:
                damaged(DamagedLine(name, number, str(trouble)))
    except (EOFError, OSError, zlib.error) as error:
        damaged(DamagedLine(name, number + 1, f"cannot be read on ({error}); copy or make the file again"))


def _pass_over(stream: BinaryIO) -> None:
    while (more := stream.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
        pass
    raise _NotARecord(f"has more than {MAX_LINE_BYTES >> 20} MiB, which no record has; make the file again")


class _NotARecord(Exception):
    """Why a line holds no record."""


class _Version(msgspec.Struct):
    schema_version: int = SCHEMA_VERSION


def _record(raw: bytes, *, is_ended: bool) -> Record:
    try:
        record = Record.from_json(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        _refuse_newer(raw)
        ending = "" if is_ended else ", and the file ends in it: it is cut short, or still being written"
        raise _NotARecord(f"is no record: {str(error)[:_SHOWN]}{ending}") from error
    if record.schema_version > SCHEMA_VERSION:
        _refuse_newer(raw)
    return record


def _refuse_newer(raw: bytes) -> None:
    try:
        version = msgspec.json.decode(raw, type=_Version).schema_version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if version > SCHEMA_VERSION:
        raise _NotARecord(
            f"has schema_version {version}, and this altdetails knows {SCHEMA_VERSION}; update altdetails"
        )


def _of_parquet(path: str, name: str, damaged: Callable[[DamagedLine], object]) -> Iterator[RecordLine]:
    if path == _STANDARD_INPUT:
        raise InputError(f"{name}: Parquet is no stream; give the file's name")
    require("pyarrow", "export", f"{name}: Parquet")
    from altdetails.records.files import rows  # noqa: PLC0415 -- needs pyarrow

    for number, raw in enumerate(rows(path, name), 1):
        try:
            yield RecordLine(name, number, raw, _record(raw, is_ended=True))
        except _NotARecord as trouble:
            damaged(DamagedLine(name, number, str(trouble)))


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


_ROWS_AT_ONCE = 1_000


def rows(path: str, name: str) -> Iterator[bytes]:
    """The rows of a file, as the lines of JSON that say the same.

    Args:
        path: the file.
        name: what it is called in messages.

    Raises:
        InputError: where it is damaged, or holds no records.
    """
    try:
        with pq.ParquetFile(path) as file:
            if "schema_version" not in file.schema_arrow.names:
                raise InputError(f"{name}: is no file of records; `altdetails export` writes such files")
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    yield msgspec.json.encode(row)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{name}: cannot be read as Parquet: {error}; copy or make the file again") from error


FAILURES = "failures.jsonl"

_SHOWN = 200


def failures(run: str, *, damaged: Callable[[DamagedLine], object] = lambda _: None) -> Iterator[Outcome]:
    """The outcomes of identifiers that a run has no record of; none where the path is no folder, or has none.

    Args:
        run: a run folder.
        damaged: told of every line that is no outcome; the others are read on.

    Raises:
        InputError: where the file cannot be read.
    """
    path = Path(run, FAILURES)
    if not path.is_file():
        return
    name = printable(str(path))
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(iter(partial(stream.readline, MAX_LINE_BYTES), b""), 1):
                try:
                    yield _DECODER.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    damaged(DamagedLine(name, number, f"is no outcome: {str(error)[:_SHOWN]}; run the scrape again"))
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}; check its permissions") from error


_DECODER = msgspec.json.Decoder(Outcome)
