"""Lists in any form (text, tables, JSON lines, or an identifier itself) → identifiers, one at a time.

    for entry in entries(["dois.txt", "export.csv", "10.5555/12345678"]):
        identifier, reason = identify_entry(entry)

A list can have any length: only its first lines are held in memory, to detect its form.
"""

from __future__ import annotations

import re
import stat
import sys
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from altdetails import identifiers
from altdetails.documents import printable
from altdetails.errors import IdentifierError, InputError
from altdetails.lists import table
from altdetails.lists.entry import Entry
from altdetails.lists.textfile import open_text, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["entries"]

_STANDARD_INPUT = "-"
_HEAD = 50
"""The number of first lines, or rows of a table, that decide the form of a file."""

_ENDING = re.compile(r"(\.[a-z]+)(?:\.gz)?\Z")
_JSON_ENDINGS = {".jsonl", ".ndjson", ".json"}
_TEXT_ENDINGS = {".txt", ".list"}
_TAB_ENDINGS = {".tsv", ".tab"}

_COMMENT = re.compile(r"(?:\A|\s)#.*", re.DOTALL)
_JSON = re.compile(r"\{|\[\s*(?:[\[{\"]|\Z)")
_MULTILINE_JSON = re.compile(r"\[|\{\Z")
_OTHER_FORMATS = (
    (re.compile(r"TY  - |FN (?:Clarivate|Thomson|ISI)"), "a tagged export (RIS or plain text); export it as CSV"),
    (re.compile(r"@[A-Za-z]+\s*\{"), "BibTeX; export it as CSV"),
    (re.compile(r"(?i)<(?:!doctype|html|\?xml)"), "a page or XML; `altdetails parse` reads saved pages"),
    (re.compile(r"WARC/[0-9]"), "an archive of pages; `altdetails parse` reads it"),
)


def entries(
    sources: Iterable[str], *, column: str | None = None, skipped: Callable[[str], object] = lambda _: None
) -> Iterator[Entry]:
    """Yield every entry of the lists, in order. Read their identifiers with `identify_entry`.

    Args:
        sources: files (text, CSV, TSV, JSON lines, each also with gzip), `-` for standard input, or identifiers.
        column: in tables, the column of identifiers, by its name or its number from 1; in JSON lines, the key. By
            default, the column is found by the names that exports use, or by its cells.
        skipped: called with the place of every row or object without an identifier.

    Raises:
        InputError: if a source is neither a file nor an identifier (before any file is read), if a file is not a list,
            or if a line, a row or the columns make the rest unreadable. It contains the file, the line and what to do.
    """
    for source in [_resolve_source(source, number) for number, source in enumerate(sources, 1)]:
        if isinstance(source, Entry):
            yield source
        else:
            yield from _read_file(source, column, skipped)


def _resolve_source(source: str, number: int) -> str | Entry:
    """Return the path of a file, or an entry if the source is an identifier."""
    if source == _STANDARD_INPUT:
        return source
    if not source.strip():
        raise InputError(f"argument {number} is empty; give a file or an identifier")
    name = printable(source)
    try:
        mode = Path(source).stat().st_mode
    except (OSError, ValueError):
        try:
            identifiers.identify(name)
        except IdentifierError as error:
            raise InputError(f"{name}: no such file, and not an identifier. {error}") from error
        return Entry(name.strip(), f"argument {number}")
    if stat.S_ISDIR(mode):
        raise InputError(f"{name}: is a folder; give the lists in it")
    return source


def _read_file(path: str, column: str | None, skipped: Callable[[str], object]) -> Iterator[Entry]:
    name = "<stdin>" if path == _STANDARD_INPUT else printable(path)
    with ExitStack() as stack:
        rest = read_lines(name, stack.enter_context(open_text(name, _open(path, name, stack))))
        head = list(islice(rest, _HEAD))
        first = next(filter(None, map(str.strip, head)), "")
        _refuse_other_formats(name, first)
        ending = match[1] if (match := _ENDING.search(path.lower())) else ""
        if _is_json(ending, first):
            yield from _read_json(name, chain(head, rest), column, skipped)
        elif mark := _separator(ending, head):
            yield from _read_table(name, table.read_rows(name, head, rest, mark), column, skipped)
        else:
            yield from _read_text(name, chain(head, rest))


def _open(path: str, name: str, stack: ExitStack) -> BinaryIO:
    if path == _STANDARD_INPUT:
        return sys.stdin.buffer
    try:
        return stack.enter_context(Path(path).open("rb", buffering=0))
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}; check its permissions") from error


def _refuse_other_formats(name: str, first: str) -> None:
    for beginning, reason in _OTHER_FORMATS:
        if beginning.match(first):
            raise InputError(f"{name}: is {reason}")


def _is_json(ending: str, first: str) -> bool:
    if ending in _JSON_ENDINGS:
        return True
    return ending not in {*_TEXT_ENDINGS, *_TAB_ENDINGS, ".csv"} and bool(_JSON.match(first))


def _separator(ending: str, head: list[str]) -> str | None:
    """Return the separator of a table, or None if the file is a text with an entry on each line."""
    if ending in _TAB_ENDINGS:
        return "\t"
    if ending == ".csv":
        return table.find_separator(head) or table.ONE_COLUMN
    lines = [content for line in head if (content := _remove_comment(line))]
    mark = table.find_separator(lines) if len(lines) > 1 else None
    return mark if ending not in _TEXT_ENDINGS or mark == "\t" else None


def _remove_comment(line: str) -> str:
    """Remove the comment from a line. A `#` without white space before it is part of a DOI."""
    return _COMMENT.sub("", line).strip()


def _read_text(name: str, lines: Iterable[str]) -> Iterator[Entry]:
    for number, line in enumerate(map(str.strip, lines), 1):
        content = _remove_comment(line) if "#" in line else line
        if content and not (number == 1 and table.normalise_name(content) in table.NAMES):
            yield Entry(content, f"{name}:{number}", file=name, row=number)


def _read_table(
    name: str, rows: Iterator[table.NumberedRow], column: str | None, skipped: Callable[[str], object]
) -> Iterator[Entry]:
    head = list(islice(rows, _HEAD))
    if not head:
        return
    above, columns = table.find_columns(name, head, column)
    for number, cells in chain(head[above:], rows):
        place = f"{name}:{number}"
        content = next((cell for index in columns if index < len(cells) and (cell := cells[index].strip())), None)
        if content is None:
            skipped(place)
        else:
            yield Entry(content, place, file=name, row=number)


def _read_json(
    name: str, lines: Iterable[str], column: str | None, skipped: Callable[[str], object]
) -> Iterator[Entry]:
    has_key = False
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line:
            continue
        place = f"{name}:{number}"
        if _MULTILINE_JSON.match(line):
            reason = "an array, or an object over many lines; write an object on each line, as `jq -c '.[]'` does"
            raise InputError(f"{place}: {reason}")
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            yield Entry(line, place, f"not a line of JSON: {error}", name, number)
            continue
        values = table.candidate_values(value, column) if isinstance(value, dict) else [value]
        has_key = has_key or bool(values)
        if not has_key:
            keys = table.join_names(value)
            raise InputError(f"{place}: no key of identifiers found; name one with --column: its keys are {keys}")
        value = next(filter(_is_filled, values), None)
        if value is None:
            skipped(place)
        elif isinstance(value, str | int) and not isinstance(value, bool):
            yield Entry(str(value).strip(), place, file=name, row=number)
        else:
            yield Entry(line, place, "the identifier is neither text nor a number", name, number)


def _is_filled(value: Any) -> bool:  # noqa: ANN401 -- any JSON
    return bool(value.strip()) if isinstance(value, str) else value is not None
