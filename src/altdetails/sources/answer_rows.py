"""The answers of Altmetric's API in content that holds several: lists, pages of citations, JSON Lines."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from fastwarc.stream_io import ZstdReader

from altdetails._magic import ZSTD, compression_of
from altdetails.answers.decoding import is_answer, is_refusal, looks_like_json, unwrapped
from altdetails.documents import Budget, Document, Metered, Unreadable, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from altdetails.documents import Readable

__all__ = ["answers_in_file", "answers_in_json", "answers_in_lines", "begins_with_answer", "divided", "has_answer"]

_SIGN, _RESULTS_KEY = b"altmetric_id", b'"results"'
_COST_OF_ANSWER = 4096
"""What an answer costs a budget in addition to its bytes."""
_BUFFER_BYTES = 2**20
_MAX_LINE = 32 * 2**20
_REST_OF_LINE = 2**16
_MOST_REFUSALS = 100
"""The lines at the beginning of a file in which an answer is looked for."""


class _List(msgspec.Struct):
    """A page of citations, or the answer to a list of ids."""

    results: list[msgspec.Raw]


_WHOLE = msgspec.json.Decoder(msgspec.Raw)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_RESULTS = msgspec.json.Decoder(_List)
_DAMAGE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def answers_in_json(
    name: str, content: bytes, skipped: Callable[[str], object], budget: Budget
) -> list[Document | Unreadable] | None:
    """Return each answer in JSON, JSON Lines or JSON without ends of lines, and each entry of a list that is none.

    Args:
        name: the name of the file.
        content: its bytes.
        skipped: called with the name of every empty entry.
        budget: the budget of the file.

    Returns:
        The documents; None if no entry of the content is an answer.

    Raises:
        OverBudgetError: if the budget is spent.
    """
    if _SIGN not in content:
        return None
    budget.spend(len(content))
    bare = unwrapped(content)
    try:
        _WHOLE.decode(bare)
    except _DAMAGE:
        entries: list[bytes] = bare.split(b"\n")
        if not (any(map(has_answer, entries)) or _is_json(bare.lstrip().partition(b"\n")[0])):
            entries = _joined(bare, budget)
    else:
        if is_answer(bare):
            return [Document(name, content)]
        results = _entries_of(bare)
        if results is None:
            return None
        entries = results
    if not any(has_answer(entry) for entry in entries):
        return None
    budget.spend(_COST_OF_ANSWER * len(entries))
    documents: list[Document | Unreadable] = []
    for number, entry in enumerate(entries, 1):
        place = f"{name}!row {number}"
        documents += divided(place, entry) if entry.strip() not in {b"", b"null"} else ()
        if entry.strip() == b"null":
            skipped(place)
    return documents


def _is_json(content: bytes) -> bool:
    try:
        _WHOLE.decode(content)
    except _DAMAGE:
        return False
    return True


def _joined(content: bytes, budget: Budget) -> list[bytes]:
    """Return the values of JSON that follow each other in content, and what is between them.

    `jq` and `curl` write them without an end of line, or with ends of lines in them. What is damaged goes to the end.
    """
    text = content.decode("utf-8", "replace")
    decoder = json.JSONDecoder(strict=False)
    entries = []
    at = 0
    while at < len(text):
        budget.spend(_COST_OF_ANSWER)
        start = text.find("{", at)
        end = len(text) if start < 0 else start
        if start == at:
            try:
                end = decoder.raw_decode(text, at)[1]
            except (ValueError, RecursionError):
                end = len(text)
        if entry := text[at:end].strip():
            entries.append(entry.encode("utf-8", "replace"))
        at = end
    return entries


def _entries_of(content: bytes) -> list[bytes] | None:
    """Return the entries of a list, or the results of an object; None for anything else."""
    is_list = content.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(b"[")
    try:
        raw = _LIST.decode(content) if is_list else _RESULTS.decode(content).results
    except _DAMAGE:
        return None
    return [bytes(entry) for entry in raw]


def has_answer(entry: bytes) -> bool:
    """Whether JSON is an answer with a record, or a list with one."""
    if _SIGN not in entry:
        return False
    return is_answer(entry) or any(map(is_answer, _entries_of(unwrapped(entry)) or ()))


def divided(name: str, content: bytes) -> list[Document]:
    """Return the answers in an entry, as documents: the entry itself, unless it is a list with several answers."""
    results = None if _RESULTS_KEY not in content or is_answer(content) else _entries_of(unwrapped(content))
    if results is None or len(results) <= 1 or not any(map(is_answer, results)):
        return [Document(name, content)]
    mark = ", item" if "!" in name else "!row"
    return [Document(f"{name}{mark} {number}", result) for number, result in enumerate(results, 1)]


def begins_with_answer(start: bytes) -> bool:
    """Whether the first line of a file, after refusals of the API, is a whole answer, and another line follows."""
    lines = start.split(b"\n", _MOST_REFUSALS)
    while lines and (not lines[0].strip() or is_refusal(lines[0])):
        del lines[0]
    return any(map(bytes.strip, lines[1:])) and looks_like_json(lines[0]) and has_answer(lines[0])


def answers_in_file(name: str, path: str) -> Iterator[Document | Unreadable]:
    """The answers in a file of JSON Lines of any length, also gzip or Zstandard, one at a time.

    Args:
        name: the name of the file.
        path: its path.
    """
    try:
        with Path(path).open("rb") as file:
            compression = compression_of(file.peek(len(ZSTD)))
            stream: Readable = file
            if compression:
                unpacked = gzip.GzipFile(fileobj=file) if compression == "gzip" else ZstdReader(file)
                stream = Metered(unpacked, Budget(Path(path).stat().st_size).spend_lines)
            yield from answers_in_lines(name, b"", stream)
    except UnreadableError as error:
        yield error.at(name)
    except (OSError, EOFError, zlib.error) as error:
        yield Unreadable(name, "unreadable", f"is damaged ({error}), the rest of it is lost; copy or download it again")


def answers_in_lines(name: str, start: bytes, stream: Readable) -> Iterator[Document | Unreadable]:
    """The answers in JSON Lines of any length, one at a time.

    Args:
        name: the name of the file.
        start: its beginning.
        stream: the rest of it.
    """
    lines = io.BufferedReader(_Chained(start, stream), _BUFFER_BYTES)
    number = 0
    while line := lines.readline(_MAX_LINE + 1):
        number += 1
        place = f"{name}!row {number}"
        if len(line) > _MAX_LINE and not line.endswith(b"\n"):
            yield UnreadableError("refused", f"is a line of more than {_MAX_LINE >> 20} MiB; leave it out").at(place)
            while (rest := lines.readline(_REST_OF_LINE)) and not rest.endswith(b"\n"):
                pass
        elif entry := line.strip():
            yield from divided(place, entry)


class _Chained(io.RawIOBase):
    """The beginning of a stream, then its rest."""

    def __init__(self, start: bytes, stream: Readable) -> None:
        self._start = start
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 -- any buffer
        size = len(buffer)
        piece, self._start = self._start[:size], self._start[size:]
        piece = piece or self._stream.read(size)
        buffer[: len(piece)] = piece
        return len(piece)
