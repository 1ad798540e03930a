"""Lists of what is to be asked for (text, tables, JSON lines, or an identifier itself) → identifiers, one at a time.

    for item in entries(["dois.txt", "export.csv", "10.5555/12345678"]):
        identifier, reason = asked_for(item)

A list may have any length: no more of it is kept than its first lines, which tell what it is.
"""

from __future__ import annotations

import re
import stat
import sys
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import msgspec

from altdetails import identifiers
from altdetails.documents import printable
from altdetails.errors import IdentifierError, InputError
from altdetails.lists import table
from altdetails.lists.textfile import lines, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Entry", "asked_for", "entries"]

_STANDARD_INPUT = "-"
_HEAD = 50
"""How many first lines, and of a table rows, tell what a file is."""
_LONGEST_SHOWN = 80

_ENDING = re.compile(r"(\.[a-z]+)(?:\.gz)?\Z")
_JSON_ENDINGS = {".jsonl", ".ndjson", ".json"}
_TEXT_ENDINGS = {".txt", ".list"}
_TAB_ENDINGS = {".tsv", ".tab"}

_COMMENT = re.compile(r"(?:\A|\s)#.*", re.DOTALL)
_JSON = re.compile(r"\{|\[\s*(?:[\[{\"]|\Z)")
_MANY_LINES_OF_JSON = re.compile(r"\[|\{\Z")
_NO_LISTS = (
    (re.compile(r"TY  - |FN (?:Clarivate|Thomson|ISI)"), "a tagged export (RIS or plain text); export it as CSV"),
    (re.compile(r"@[A-Za-z]+\s*\{"), "BibTeX; export it as CSV"),
    (re.compile(r"(?i)<(?:!doctype|html|\?xml)"), "a page or XML; `altdetails parse` reads saved pages"),
    (re.compile(r"WARC/[0-9]"), "an archive of pages; `altdetails parse` reads it"),
)

_WITHOUT_ADDRESS = {
    "pmid": "a PubMed id, and the site has no known address by it; give the DOI that PubMed shows for it"
    " (NCBI's ID Converter finds those of many articles at once, if PubMed Central has them)",
    "arxiv": "an arXiv id, and the site has no known address by it; give the DOI: 10.48550/arXiv.{} is the preprint's,"
    " a published version has its own",
    "isbn": "an ISBN, and the site has no known address by it; give the book's DOI, or the address of its details page",
}


class Entry(NamedTuple):
    """One entry of a list."""

    text: str
    """As given, without white space around it."""
    where: str
    """`dois.txt:12`, `<stdin>:7` or `argument 3`."""
    fault: str | None = None
    """Why no identifier can be read from the entry, whatever it looks like; None where its text is to be read."""


def entries(
    sources: Iterable[str], *, column: str | None = None, skipped: Callable[[str], object] = lambda _: None
) -> Iterator[Entry]:
    """Every entry of the lists, in the order given, unread: see `asked_for`.

    Args:
        sources: files (text, CSV, TSV, JSON lines, each also gzipped), `-` for standard input, or identifiers.
        column: of tables, the column that holds the identifiers, by its name or its number from 1; of JSON lines, the
            key. Without it, the column is found by the names that exports give it, or by what stands in it.
        skipped: called with the place of every row or object that names nothing.

    Raises:
        InputError: where a source is neither file nor identifier, before any is read; where a file is no list; where
            a line, a row or the columns make the rest unreadable. It names the file, the line and the way out.
    """
    for source in [_resolved(source, number) for number, source in enumerate(sources, 1)]:
        if isinstance(source, Entry):
            yield source
        else:
            yield from _entries(source, column, skipped)


def asked_for(item: Entry) -> tuple[str, str | None]:
    """The identifier of an entry as the site is asked for it: a bare DOI, an Altmetric id, a chapter's address.

    Returns:
        The normalised identifier and None; or the text as given, and the reason why nothing can be asked for by it. The
        text is always one that UTF-8 can hold.
    """
    if item.fault is not None:
        return printable(item.text), item.fault
    try:
        if item.text.startswith("10."):
            return identifiers.doi(item.text), None
        found = identifiers.identify(item.text)
    except IdentifierError as error:
        return printable(item.text), str(error)
    if reason := _WITHOUT_ADDRESS.get(found.scheme):
        return item.text, f"{item.text[:_LONGEST_SHOWN]!r} is {reason.format(found.value)}"
    return found.value, None


def _resolved(source: str, number: int) -> str | Entry:
    """A file's path, or the entry that a source is itself."""
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
            raise InputError(f"{name}: no such file, and no identifier. {error}") from error
        return Entry(name.strip(), f"argument {number}")
    if stat.S_ISDIR(mode):
        raise InputError(f"{name}: is a folder; give the lists in it")
    return source


def _entries(path: str, column: str | None, skipped: Callable[[str], object]) -> Iterator[Entry]:
    name = "<stdin>" if path == _STANDARD_INPUT else printable(path)
    with ExitStack() as stack:
        more = lines(name, stack.enter_context(text(name, _opened(path, name, stack))))
        head = list(islice(more, _HEAD))
        first = next(filter(None, map(str.strip, head)), "")
        _refuse_what_is_no_list(name, first)
        ending = found[1] if (found := _ENDING.search(path.lower())) else ""
        if _is_json(ending, first):
            yield from _of_json(name, chain(head, more), column, skipped)
        elif mark := _separator(ending, head):
            yield from _of_table(name, table.rows(name, head, more, mark), column, skipped)
        else:
            yield from _of_text(name, chain(head, more))


def _opened(path: str, name: str, stack: ExitStack) -> BinaryIO:
    if path == _STANDARD_INPUT:
        return sys.stdin.buffer
    try:
        return stack.enter_context(Path(path).open("rb", buffering=0))
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}; check its permissions") from error


def _refuse_what_is_no_list(name: str, first: str) -> None:
    for beginning, what in _NO_LISTS:
        if beginning.match(first):
            raise InputError(f"{name}: is {what}")


def _is_json(ending: str, first: str) -> bool:
    if ending in _JSON_ENDINGS:
        return True
    return ending not in {*_TEXT_ENDINGS, *_TAB_ENDINGS, ".csv"} and bool(_JSON.match(first))


def _separator(ending: str, head: list[str]) -> str | None:
    """What separates the cells of a table; None where the file is a text of one entry a line."""
    if ending in _TAB_ENDINGS:
        return "\t"
    if ending == ".csv":
        return table.separator(head) or table.ONE_COLUMN
    entries = [entry for line in head if (entry := _uncommented(line))]
    mark = table.separator(entries) if len(entries) > 1 else None
    return mark if ending not in _TEXT_ENDINGS or mark == "\t" else None


def _uncommented(line: str) -> str:
    """A line without its comment; a `#` inside a DOI has no white space before it."""
    return _COMMENT.sub("", line).strip()


def _of_text(name: str, each: Iterable[str]) -> Iterator[Entry]:
    for number, line in enumerate(map(str.strip, each), 1):
        entry = _uncommented(line) if "#" in line else line
        if entry and not (number == 1 and table.key(entry) in table.NAMES):
            yield Entry(entry, f"{name}:{number}")


def _of_table(
    name: str, rows: Iterator[table.NumberedRow], column: str | None, skipped: Callable[[str], object]
) -> Iterator[Entry]:
    head = list(islice(rows, _HEAD))
    if not head:
        return
    above, places = table.identifying(name, head, column)
    for number, cells in chain(head[above:], rows):
        where = f"{name}:{number}"
        entry = next((found for place in places if place < len(cells) and (found := cells[place].strip())), None)
        if entry is None:
            skipped(where)
        else:
            yield Entry(entry, where)


def _of_json(name: str, each: Iterable[str], column: str | None, skipped: Callable[[str], object]) -> Iterator[Entry]:
    is_named = False
    for number, line in enumerate(map(str.strip, each), 1):
        if not line:
            continue
        where = f"{name}:{number}"
        if _MANY_LINES_OF_JSON.match(line):
            reason = "an array, or an object over many lines; write an object a line, as `jq -c '.[]'` does"
            raise InputError(f"{where}: {reason}")
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            yield Entry(line, where, f"is no line of JSON: {error}")
            continue
        values = table.named(value, column) if isinstance(value, dict) else [value]
        is_named = is_named or bool(values)
        if not is_named:
            keys = table.some(value)
            raise InputError(f"{where}: no key of identifiers found; name one with --column: its keys are {keys}")
        value = next(filter(_is_filled, values), None)
        if value is None:
            skipped(where)
        elif isinstance(value, str | int) and not isinstance(value, bool):
            yield Entry(str(value).strip(), where)
        else:
            yield Entry(line, where, "has neither text nor a number where the identifier is expected")


def _is_filled(value: Any) -> bool:  # noqa: ANN401 -- any JSON
    return bool(value.strip()) if isinstance(value, str) else value is not None
