"""Find the files of paths, folders and patterns, and read their documents in the given order."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias

from altdetails._arguments import is_address, shown_address
from altdetails._magic import compression_of
from altdetails.documents import (
    Unreadable,
    UnreadableError,
    belongs_to_saved_page,
    is_archive,
    is_hidden,
    is_other_file,
    is_page,
    is_warc,
    page_stems,
    parts_of_runs,
    printable,
    read_bounded,
    refuse_size,
)
from altdetails.errors import IdentifierError, InputError
from altdetails.identifiers import identify
from altdetails.remote import copied_here, files_at, start_at
from altdetails.sources.answer_rows import answers_in_file, answers_in_lines, begins_with_answer
from altdetails.sources.archives import members
from altdetails.sources.contents import LOOK_BYTES, Choice, documents_in_content, documents_in_warc, looks_readable
from altdetails.sources.unpacking import unpacked_start
from altdetails.warc.members import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.documents import Document

__all__ = ["Source", "captured", "copy_of", "documents_in", "documents_of", "find"]

_STANDARD_INPUT = "-"
_ZIP = b"PK\x03\x04"
_WILDCARDS = frozenset("*?[")
_MISSING = {errno.ENOENT, errno.ENOTDIR, errno.EINVAL}
"""Errors for a path that does not exist. Windows has the last one for names that a file cannot have, such as `*.html`
and addresses."""
_JUNCTION = 0xA0000003
"""The `st_reparse_tag` of a junction, a link to a folder on Windows."""

_MANY_BYTES = 2**20
"""From this size on, a file is looked at: JSON Lines of answers can have any size."""
_FIRST_LINE_BYTES = 4 * 2**20

Form: TypeAlias = Literal["plain", "archive", "warc", "lines", "stream"]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read."""

    name: str
    path: str
    form: Form
    """How the file is read.

    - `plain`: a file with one document
    - `archive`: zip or tar, with many documents
    - `warc`: a WARC archive, which `spans` can divide
    - `lines`: JSON Lines of answers, of any size
    - `stream`: one document, which can be read only once
    """
    size: int | None = None
    """Bytes of a file at an address, as its store says."""


def documents_in(
    paths: Iterable[str | os.PathLike[str]],
    *,
    skipped: Callable[[str], object] = lambda _: None,
    url_filter: str | None = None,
) -> Iterator[Document | Unreadable]:
    """The documents of paths, one at a time, in the given order. The files of a folder are sorted by name.

    Args:
        paths: files with any ending, folders (searched for supported endings), archives (zip, tar, WARC), patterns with
            `*`, `?`, `[…]` and `**`, and `-` for standard input.
        skipped: called with the name of every file in a folder or archive without a page ending, and of every response
            in a WARC archive that is not a page.
        url_filter: a regular expression to search for in the addresses of WARC archives. Pages of matching addresses
            are read instead of those of details addresses.

    Raises:
        InputError: if the regular expression is invalid.
    """
    with ExitStack() as copies:
        for item in find(paths, skipped=skipped, copy=lambda address: copies.enter_context(copied_here(address))):
            if isinstance(item, Source):
                yield from documents_of(item, skipped=skipped, url_filter=url_filter)
            else:
                yield item
            copies.close()


def find(
    paths: Iterable[str | os.PathLike[str]],
    *,
    skipped: Callable[[str], object] = lambda _: None,
    copy: Callable[[str], str] | None = None,
) -> Iterator[Source | Unreadable]:
    """The files that `documents_in` reads for the same paths.

    Args:
        paths: see `documents_in`.
        skipped: see `documents_in`.
        copy: copies the file at an address to this machine, and returns the path of the copy. By default nothing is
            copied or looked at, and the path of the source is the address.
    """
    for item in paths:
        path = os.fspath(item)
        if is_address(path) and not _is_identifier(path):
            yield from _files_at(path, skipped, copy)
        else:
            yield from _find_path(path, skipped)


def _files_at(
    address: str, skipped: Callable[[str], object], copy: Callable[[str], str] | None
) -> Iterator[Source | Unreadable]:
    try:
        files = files_at(address)
    except InputError as error:
        yield _not_copied(address, error)
        return
    for file, size in files.items():
        name = printable(shown_address(file))
        if copy is None:
            yield replace(_file(file), name=name, size=size)
            continue
        try:
            source = copy_of(file, copy, is_given=file == address)
        except InputError as error:
            yield _not_copied(file, error)
            continue
        if source:
            yield source
        else:
            skipped(name)


def copy_of(address: str, copy: Callable[[str], str], *, is_given: bool) -> Source | None:
    """Return the copy of a file at an address as a file to read; None if it does not begin like one with pages.

    Args:
        address: the address.
        copy: as in `find`.
        is_given: whether the user named this file, and not its folder: then it is read whatever it looks like.

    Raises:
        InputError: if it cannot be copied.
    """
    if is_given or is_page(address) or is_archive(address) or _looks_readable(address):
        return replace(_file(copy(address)), name=printable(shown_address(address)))
    return None


def _not_copied(address: str, error: InputError) -> Unreadable:
    return Unreadable(printable(shown_address(address)), "unreadable", str(error).partition(": ")[2])


def documents_of(
    source: Source | Span, *, skipped: Callable[[str], object] = lambda _: None, url_filter: str | None = None
) -> Iterator[Document | Unreadable]:
    """The documents of a file, or of a span of an archive.

    Args:
        source: the file or span.
        skipped: see `documents_in`.
        url_filter: see `documents_in`. A span has its own.

    Raises:
        InputError: if the regular expression is invalid.
    """
    if isinstance(source, Span):
        yield from captured(source, skipped=skipped)
        return
    if source.form == "warc":
        yield from captured(Span(source.name, source.path, url_filter=url_filter), skipped=skipped)
        return
    choice = Choice(skipped, url_filter)
    if source.form == "archive":
        yield from members(source.name, source.path, choice)
        return
    if source.form == "lines":
        yield from answers_in_file(source.name, source.path)
        return
    try:
        if source.form == "stream":
            yield from _documents_in_stream(source, choice)
            return
        content = _content_of_file(Path(source.path))
    except UnreadableError as error:
        yield error.at(source.name)
    except OSError as error:
        yield _unreadable(source.path, error)
    else:
        if content is None:
            yield from members(source.name, source.path, choice)
        else:
            yield from documents_in_content(source.name, content, choice)


def _documents_in_stream(source: Source, choice: Choice) -> Iterator[Document | Unreadable]:
    with ExitStack() as resources:
        is_input = source.path == _STANDARD_INPUT
        stream = sys.stdin.buffer if is_input else resources.enter_context(Path(source.path).open("rb"))
        start = stream.read(_FIRST_LINE_BYTES)
        if begins_with_answer(start):
            yield from answers_in_lines(source.name, start, stream)
            return
        content = start + (read_bounded(stream) if len(start) == _FIRST_LINE_BYTES else b"")
    refuse_size(len(content))
    yield from documents_in_content(source.name, content, choice)


def captured(
    span: Span, stream: BinaryIO | None = None, *, skipped: Callable[[str], object] = lambda _: None
) -> Iterator[Document | Unreadable]:
    """The documents of a span of an archive.

    Args:
        span: the span.
        stream: the archive, if its path is not on this machine.
        skipped: see `documents_in`.

    Raises:
        InputError: if the span's regular expression is invalid.
    """
    source = span.path if stream is None else stream
    choice = Choice(skipped, span.url_filter)
    return documents_in_warc(span.name, source, choice, start=span.start, stop=span.stop)


def _find_path(path: str, skipped: Callable[[str], object]) -> Iterator[Source | Unreadable]:
    name = printable(path)
    if path == _STANDARD_INPUT:
        yield Source("<stdin>", path, "stream")
        return
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        if not (isinstance(error, OSError) and error.errno in _MISSING):
            yield _unreadable(path, error)
        elif _is_identifier(path):
            yield Unreadable(name, "missing", _NOT_FETCHED)
        elif _WILDCARDS.isdisjoint(path):
            yield Unreadable(name, "missing", "no such file or folder; check the path")
        else:
            yield from _matches(path, skipped)
    else:
        if stat.S_ISDIR(mode):
            yield from _folder(path, skipped)
        elif stat.S_ISREG(mode):
            yield _file(path)
        else:
            yield Source(name, path, "stream")


def _is_identifier(text: str) -> bool:
    """Whether a path is a DOI or the address of a details page instead of a file."""
    with suppress(IdentifierError):
        return bool(identify(text))
    return False


_NOT_FETCHED = "is an identifier or address, which is not fetched; save the page, then give the path of its file"


def _matches(pattern: str, skipped: Callable[[str], object]) -> Iterator[Source | Unreadable]:
    path = Path(pattern)
    try:
        matches = sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    except (OSError, ValueError, NotImplementedError) as error:
        yield _unreadable(pattern, error)
        return
    last: Path | None = None
    for match in matches:
        if (is_hidden(str(match)) and not is_hidden(pattern)) or (last and match.is_relative_to(last)):
            continue
        last = match
        yield from _find_path(str(match), skipped)
    if last is None:
        yield Unreadable(printable(pattern), "missing", "no file matches this pattern; check it, or put it in quotes")


def _folder(folder: str, skipped: Callable[[str], object]) -> Iterator[Source | Unreadable]:
    is_empty = True
    for item in _walk(folder, skipped):
        is_empty = False
        yield item
    if is_empty:
        reason = "contains no pages; `altdetails parse --help` lists the endings that are read in folders"
        yield Unreadable(printable(folder), "missing", reason)


def _walk(folder: str, skipped: Callable[[str], object]) -> Iterator[Source | Unreadable]:
    """Find the files of a folder. Links to folders are not followed, because they can form loops."""
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            status = Path(path).lstat()
            mode = status.st_mode
            is_link = stat.S_ISLNK(mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION
            if (stat.S_ISDIR(mode) and not is_link) or path == folder:
                waiting.extend(_children(path, skipped))
                continue
            if is_link:
                mode = Path(path).stat().st_mode
        except OSError as error:
            yield _unreadable(path, error)
            continue
        if stat.S_ISREG(mode) and (is_page(path) or is_archive(path) or _looks_readable(path)):
            yield _file(path)
        else:
            skipped(printable(path))


def _looks_readable(path: str) -> bool:
    """Whether a file without a known ending begins like a page. One that cannot be read does, so it is reported."""
    if is_other_file(path):
        return False
    if is_address(path):
        return looks_readable(path, start_at(path, LOOK_BYTES))
    try:
        with Path(path).open("rb") as file:
            return looks_readable(path, file.read(LOOK_BYTES))
    except OSError:
        return True


def _children(folder: str, skipped: Callable[[str], object]) -> Iterator[str]:
    with os.scandir(folder) as entries:
        paths = [entry.path for entry in entries if not is_hidden(entry.name)]
    stems = page_stems(paths)
    for path in sorted({*paths} - parts_of_runs(paths), reverse=True):
        if belongs_to_saved_page(path, stems):
            skipped(f"{printable(path)}/")
        else:
            yield path


def _content_of_file(path: Path) -> bytes | None:
    """Return the content of a file; None if it begins like a zip archive."""
    with path.open("rb", buffering=0) as file:
        start = file.read(len(_ZIP))
        if start == _ZIP:
            return None
        refuse_size(os.fstat(file.fileno()).st_size)
        return start + file.read()


def _file(path: str) -> Source:
    form: Form = "warc" if is_warc(path) else "archive" if is_archive(path) else "plain"
    if form == "plain" and _has_lines_of_answers(path):
        form = "lines"
    return Source(printable(path), path, form)


def _has_lines_of_answers(path: str) -> bool:
    with suppress(OSError), Path(path).open("rb", buffering=0) as file:
        if os.fstat(file.fileno()).st_size >= _MANY_BYTES:
            start = file.read(_FIRST_LINE_BYTES)
            if (compression := compression_of(start)) is None:
                return begins_with_answer(start)
            return compression in {"gzip", "zstd"} and begins_with_answer(unpacked_start(start, _FIRST_LINE_BYTES))
    return False


def _unreadable(path: str, error: Exception) -> Unreadable:
    problem = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Unreadable(printable(path), "unreadable", f"cannot be read: {problem}; check the path and its permissions")
