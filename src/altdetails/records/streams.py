"""Open a records file: its bytes, decompressed and in UTF-8, line by line."""

from __future__ import annotations

import codecs
import io
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO, cast

import msgspec

from altdetails._files import STANDARD_STREAM, reading_errors
from altdetails._magic import ZSTD, compression_of, without_mark
from altdetails._optional import require
from altdetails.documents import PART_COST, gunzipped, unpacked_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from altdetails.documents import Metered, Readable

__all__ = ["Lines", "lines_of", "open_file", "what_has", "what_it_is"]

_BUFFER_BYTES = 2**20
_UNPACK_BYTES = 2**14
"""The number of bytes that are unpacked in one step. If the data are damaged, this step is lost."""


class Lines(Protocol):
    """A stream of lines in UTF-8."""

    def readline(self, size: int, /) -> bytes:
        """Read a line, or at most `size` characters of it."""


@contextmanager
def open_file(path: str, name: str) -> Iterator[io.BufferedReader[Any]]:
    """Open a file, or standard input, for the time of a `with` block.

    Raises:
        InputError: if the file cannot be read.
    """
    if path == STANDARD_STREAM:
        yield cast("io.BufferedReader[Any]", sys.stdin.buffer)
        return
    with reading_errors(name):
        file = Path(path).open("rb", buffering=0)  # noqa: SIM115 -- closed below
    with io.BufferedReader(file, _BUFFER_BYTES) as stream:
        yield stream


@contextmanager
def lines_of(stream: io.BufferedReader[Any], name: str) -> Iterator[Lines]:
    """The lines of a stream, decompressed if it is gzip or Zstandard, for the time of a `with` block.

    UTF-16 and UTF-32 are recognised by their byte order mark: PowerShell writes UTF-16.

    Raises:
        InputError: if a library for Zstandard is not installed.
    """
    with ExitStack() as stack:
        unpacked = _decompress(name, stream, stack)
        start = unpacked.peek(len(codecs.BOM_UTF32_LE))
        _, encoding = without_mark(start)
        if not encoding or b"\0" not in start:
            yield unpacked
            return
        text = io.TextIOWrapper(unpacked, encoding, "replace", newline="\n")
        try:
            yield _Recoded(text)
        finally:
            text.detach()


def _decompress(name: str, stream: io.BufferedReader[Any], stack: ExitStack) -> io.BufferedReader[Any]:
    def unpack_zstd(packed: Metered) -> Readable:
        arrow = require("pyarrow", "export", f"{name}: Zstandard")
        unpacked: Any = arrow.CompressedInputStream(arrow.PythonFile(packed, "r"), "zstd")
        return cast("Readable", stack.enter_context(unpacked))

    compression = compression_of(stream.peek(len(ZSTD)))
    if compression not in {"gzip", "zstd"}:
        return stream
    unpack = gunzipped if compression == "gzip" else unpack_zstd
    return unpacked_lines(stream, unpack, _UNPACK_BYTES, cost=PART_COST)


class _Recoded:
    """The lines of a text in UTF-8."""

    def __init__(self, text: TextIO) -> None:
        self._text = text

    def readline(self, size: int) -> bytes:
        return self._text.readline(size).encode("utf-8")


def what_it_is(line: bytes) -> str:
    """Return what a file is that begins with a line, and what to do."""
    try:
        keys = frozenset(msgspec.json.decode(line, type=dict[str, msgspec.Raw]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        keys = _KEYS_OF_A_CHANGE if line.startswith((b"change,", b"change\t")) else frozenset()
    if keys == {"file", "kind", "reason"}:
        return "it has the failures of `altdetails parse`; give the records that it wrote"
    if keys & {"altmetric_id", "results"} and "schema_version" not in keys:
        return "it has answers of Altmetric's API; `altdetails parse` it first"
    unknown = "`altdetails scrape` it first if it is a list of DOIs, `altdetails parse` it if it is a page"
    return what_has(keys) or unknown


def what_has(keys: AbstractSet[str]) -> str | None:
    """Return what a file is whose lines have these keys, and what to do; None if altdetails writes no such file."""
    return next((words for own, words in _FILES.items() if keys >= own), None)


_KEYS_OF_A_CHANGE = frozenset({"change", "measures"})
_FILES = {
    _KEYS_OF_A_CHANGE: (
        "it has changes that `altdetails diff` wrote; give the records that it compared, or write the changes "
        "as a table with `altdetails diff OLD NEW -o changes.xlsx`"
    ),
    frozenset({"identifier", "outcome"}): "it has the outcomes of a run; give the run folder",
    frozenset({"mention_key"}): (
        "it is a table that `altdetails export --table` wrote; give the mentions that it was made of"
    ),
    frozenset({"schema_version", "kind", "tab"}): (
        "it has single mentions; `altdetails export --table mention_items` makes a table of them, and `load`, `diff` "
        "and `report` take them with --mentions"
    ),
    frozenset({"schema_version", "altmetric_id", "score"}): (
        "it has records of outputs, without single mentions; give the file that `altdetails parse --mentions` wrote"
    ),
}
"""What altdetails writes, by keys that only such lines have."""
