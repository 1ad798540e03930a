"""Files of lines of one kind: JSONL (plain, gzip or Zstandard) and Parquet → its lines, one at a time."""

from __future__ import annotations

import codecs
import io
import logging
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar, cast

import msgspec

from altdetails._arguments import check, is_address, is_repeatable, is_several, shown_path
from altdetails._files import STANDARD_STREAM, path_list, reading_errors
from altdetails._optional import require
from altdetails.documents import OverBudgetError, printable
from altdetails.errors import InputError
from altdetails.records.streams import lines_of, open_file, what_has, what_it_is
from altdetails.remote import copied_here

if TYPE_CHECKING:
    from collections.abc import Callable

    from altdetails.records.streams import Lines

__all__ = [
    "MAX_LINE_BYTES",
    "DamagedLine",
    "LineKind",
    "LineSource",
    "NotOfThisKindError",
    "find_file",
    "is_indented",
    "read_file",
]

MAX_LINE_BYTES = 16 * 2**20
"""The longest line. A record has some 6 KB."""

_LOG = logging.getLogger(__name__)
_PARQUET_MAGIC = b"PAR1"
_ROWS_AT_ONCE = 1_000
_JQ = {b"{": ".", b"[": "'.[]'"}
_MAX_GARBAGE_LINES = 10
"""Lines that are not of the kind and may precede the first that is. If there are more, it is another file."""


class DamagedLine(NamedTuple):
    """A line that is not a valid record or mention."""

    file: str
    line: int
    reason: str
    """What is wrong, and what to do."""


class NotOfThisKindError(Exception):
    """Why a line is not of its kind, and what to do."""


class _Numbered(Protocol):
    @property
    def number(self) -> int: ...


L = TypeVar("L", bound=_Numbered)


class LineKind(NamedTuple, Generic[L]):
    """What the lines of a file are."""

    item: str
    """One line: `record`."""
    file: str
    """A file of such lines: `a records file`."""
    writer: str
    """The command that writes Parquet files of this kind."""
    columns: frozenset[str]
    """Columns that such a Parquet file has."""
    read: Callable[[str, int, bytes, bool], L]
    """Reads a line: the name of the file, its number, its bytes, and whether a line break ends it. It raises
    NotOfThisKindError."""
    is_similar: Callable[[bytes], bool]
    """Whether bytes are a line of this kind, but perhaps damaged."""


class LineSource(ABC, Generic[L]):
    """Lines to read: from files, or of objects."""

    _EXPECTED: ClassVar[str]
    """What a source can be, for messages."""
    _TYPES: ClassVar[tuple[type, ...]]
    """The types of the objects."""
    _ITEM: ClassVar[str]
    """One object, in words: `a Record`."""

    def __init__(self, source: object) -> None:
        """Check the paths or objects. An iterator is not started before it is needed.

        Args:
            source: a path, an iterable of paths, or an iterable of objects, such as a generator; it can be empty.

        Raises:
            TypeError: if it is of another type.
            InputError: if a path has no such lines.
        """
        self._iterator = source if isinstance(source, Iterator) and is_several(source) else None
        self._objects: Iterable[object] = ()
        self._files: list[str] = []
        if self._iterator is None:
            self._take(source)

    @property
    def files(self) -> list[str]:
        """The paths of the files.

        Raises:
            TypeError: if an iterator has neither paths nor objects.
            InputError: if a path of an iterator has no such lines.
        """
        if self._iterator is not None:
            source, self._iterator = self._iterator, None
            self._take(source)
        return self._files

    @property
    def is_given(self) -> bool:
        """Whether there is any path or object. Errors are those of `files`."""
        return bool(self.files or self._objects)

    def lines(self, *, damaged: Callable[[DamagedLine], object]) -> Iterator[L]:
        """The lines, each with its file and number.

        Args:
            damaged: called for every line that is not of this kind. Such lines are skipped.

        Raises:
            TypeError: if an item among objects is of another type.
            InputError: if a file has no such lines, or needs a library that is not installed.
        """
        yield from self._read(self.files, damaged)
        for number, item in enumerate(self._objects, 1):
            self._check(item, number)
            try:
                yield self._line(item, number)
            except UnicodeEncodeError:
                reason = f"has a text that is not valid Unicode; make the {self._ITEM.split()[-1].lower()} again"
                damaged(DamagedLine(f"<{self._ITEM.split()[-1].lower()}s>", number, reason))

    @abstractmethod
    def _files_of(self, paths: list[str]) -> list[str]: ...

    @abstractmethod
    def _read(self, files: list[str], damaged: Callable[[DamagedLine], object]) -> Iterator[L]: ...

    @abstractmethod
    def _line(self, item: object, number: int) -> L: ...

    def _check(self, item: object, number: int) -> None:
        check(item, self._TYPES, f"{self._ITEM} as item {number}")

    def _take(self, source: object) -> None:
        if not is_several(source):
            self._files = self._files_of(path_list(source, self._EXPECTED))
            return
        given = cast("Iterable[object]", source)
        items = iter(given)
        for first in items:
            all_items = chain([first], items)
            if not isinstance(first, self._TYPES):
                self._files = self._files_of(path_list(all_items, self._EXPECTED))
            elif is_repeatable(given):
                for number, item in enumerate(given, 1):
                    self._check(item, number)
                self._objects = given
            else:
                self._objects = all_items
            return


def find_file(path: str, in_run: str, *, not_there: str, advice: str) -> str:
    """Return the file of a path: itself, or a file of the run folder.

    Args:
        path: a file, a run folder, an address, or `-` for standard input.
        in_run: the name of the file in a run folder.
        not_there: the message for a folder without this file; `{}` is the name of the folder.
        advice: what to do if there is no such path.

    Raises:
        InputError: if there is no such file.
    """
    if path == STANDARD_STREAM or is_address(path):
        return path
    name, file = printable(path), Path(path)
    with reading_errors(name, "give the path of a file"):
        is_folder, exists = file.is_dir(), file.exists()
    if is_folder and not (file / in_run).is_file():
        raise InputError(not_there.format(name))
    if not exists:
        raise InputError(f"{name}: no such file; {advice}")
    return str(file / in_run) if is_folder else path


def read_file(path: str, kind: LineKind[L], damaged: Callable[[DamagedLine], object]) -> Iterator[L]:
    """Yield the lines of a file, in order.

    Args:
        path: the file, or `-` for standard input. Its format is detected by its content.
        kind: what its lines are.
        damaged: called for every line that is not of this kind. Such lines are skipped.

    Raises:
        InputError: if the file is of another kind, cannot be read, or needs a library that is not installed.
    """
    with ExitStack() as stack:
        name = "<stdin>" if path == STANDARD_STREAM else shown_path(printable(path))
        _LOG.debug("%s: reading it as %s", name, kind.file, extra={"fields": {"file": name}})
        here = stack.enter_context(copied_here(path))
        stream = stack.enter_context(open_file(here, name))
        if stream.peek(len(_PARQUET_MAGIC)).startswith(_PARQUET_MAGIC):
            yield from _read_parquet(here, name, kind, damaged)
        else:
            yield from _read_lines(name, stream, kind, damaged)


def _read_lines(
    name: str, stream: io.BufferedReader[Any], kind: LineKind[L], damaged: Callable[[DamagedLine], object]
) -> Iterator[L]:
    number = 0
    try:
        with lines_of(stream, name) as lines:
            for item in _after_garbage(_items(name, lines, kind), kind):
                number = item.line if isinstance(item, DamagedLine) else item.number
                if isinstance(item, DamagedLine):
                    damaged(item)
                else:
                    yield item
    except (EOFError, OSError, OverBudgetError, zlib.error) as error:
        damaged(DamagedLine(name, number + 1, f"the rest cannot be read ({error}); copy or make the file again"))


def _items(name: str, stream: Lines, kind: LineKind[L]) -> Iterator[tuple[bytes, L | DamagedLine]]:
    """Yield each line with content, and what it has or its damage."""
    lines = iter(partial(stream.readline, MAX_LINE_BYTES + 1), b"")
    for number, line in enumerate(_refuse_json(name, lines, kind.item), 1):
        raw = line.removeprefix(codecs.BOM_UTF8).strip() if number == 1 else line.strip()
        if not raw and len(line) <= MAX_LINE_BYTES:
            continue
        try:
            if len(line) > MAX_LINE_BYTES:
                _skip_line(stream, kind.item)
            yield raw, kind.read(name, number, raw, line.endswith(b"\n"))
        except NotOfThisKindError as error:
            yield raw, DamagedLine(name, number, str(error))


def _refuse_json(name: str, lines: Iterator[bytes], item: str) -> Iterator[bytes]:
    """Return the lines, if they are not a JSON list or an object of several lines.

    Raises:
        InputError: if they are.
    """
    first = next(lines, b"")
    start = first.removeprefix(codecs.BOM_UTF8).strip()
    second = next(lines, b"") if start in _JQ else b""
    if start.startswith(b"[{") or (start == b"[" and second) or is_indented(start, second):
        raise InputError(f"{name} is JSON, not JSONL; write each {item} on one line with `jq -c {_JQ[start[:1]]}`")
    return chain(filter(None, [first, second]), lines)


def is_indented(first: bytes, second: bytes) -> bool:
    """Whether two lines begin an object of several lines. A brace before a record is a damaged line instead."""
    return first.strip() == b"{" and second.startswith((b" ", b"\t", b'"'))


def _after_garbage(items: Iterator[tuple[bytes, L | DamagedLine]], kind: LineKind[L]) -> Iterator[L | DamagedLine]:
    """Yield the items of a file. A few other lines may precede the first of the kind.

    Raises:
        InputError: if more lines precede it, or if the file contains none.
    """
    garbage: list[DamagedLine] = []
    first = b""
    for raw, item in items:
        if not isinstance(item, DamagedLine) or (kind.is_similar(raw) and not garbage):
            yield from (*garbage, item)
            yield from (item for _, item in items)
            return
        first = first or raw
        garbage.append(item)
        if len(garbage) > _MAX_GARBAGE_LINES:
            break
    if garbage:
        name, number, reason = garbage[0]
        what_is_wrong = reason.partition("; make it again")[0].partition("; give ")[0]
        raise InputError(f"{name} is not {kind.file}: {what_it_is(first)} (line {number}: {what_is_wrong})")


def _skip_line(stream: Lines, item: str) -> None:
    while (more := stream.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
        pass
    raise NotOfThisKindError(f"is longer than {MAX_LINE_BYTES >> 20} MiB, the limit for a {item}; make the file again")


def _read_parquet(path: str, name: str, kind: LineKind[L], damaged: Callable[[DamagedLine], object]) -> Iterator[L]:
    if path == STANDARD_STREAM:
        raise InputError(f"{name}: Parquet cannot be read from standard input; give the path of the file")
    for number, raw in enumerate(_rows(path, name, kind), 1):
        try:
            yield kind.read(name, number, raw, True)  # noqa: FBT003 -- a row is never truncated
        except NotOfThisKindError as error:
            damaged(DamagedLine(name, number, str(error)))


def _rows(path: str, name: str, kind: LineKind[L]) -> Iterator[bytes]:
    """The rows of a Parquet file as JSON."""
    arrow = require("pyarrow", "export", f"{name}: Parquet")
    parquet = require("pyarrow.parquet", "export", f"{name}: Parquet")
    try:
        with parquet.ParquetFile(path) as file:
            columns = set(file.schema_arrow.names)
            if not columns >= kind.columns:
                advice = what_has(columns) or f"give Parquet that {kind.writer} wrote"
                raise InputError(f"{name} is not {kind.file}: {advice}")
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    yield msgspec.json.encode(row)
    except (arrow.ArrowException, ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{name}: cannot be read as Parquet: {error}; copy or make the file again") from error
