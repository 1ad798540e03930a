"""Paths → sources → documents: files, folders, patterns and standard input, in the order given."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias

from altdetails.documents import (
    Document,
    Unreadable,
    UnreadableError,
    belongs_to_saved_page,
    document,
    is_archive,
    is_hidden,
    is_page,
    is_warc,
    page_stems,
    printable,
    read_bounded,
    refuse_size,
)
from altdetails.errors import IdentifierError
from altdetails.identifiers import identify
from altdetails.sources.archives import members
from altdetails.warc.members import Span
from altdetails.warc.reader import captures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Source", "captured", "documents_in", "documents_of", "find"]

_STANDARD_INPUT = "-"
_WILDCARDS = frozenset("*?[")
_MISSING = {errno.ENOENT, errno.ENOTDIR, errno.EINVAL}
"""Errors for a path that leads to nothing. Windows has the last one for names that no file can have, such as `*.html`
and addresses."""
_JUNCTION = 0xA0000003
"""The `st_reparse_tag` of a link between folders on Windows."""

Form: TypeAlias = Literal["plain", "archive", "warc", "stream"]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that exists and is to be read."""

    name: str
    path: str
    form: Form
    """`plain`: one document, readable again by its path · `archive`: many, in zip or tar · `warc`: many, and `spans`
    can divide it · `stream`: one, readable once."""


def documents_in(
    paths: Iterable[str | os.PathLike[str]],
    *,
    skipped: Callable[[str], object] = lambda _: None,
    url_filter: str | None = None,
) -> Iterator[Document | Unreadable]:
    """Every document that the paths lead to, one at a time, in the order given; folders in the order of names.

    Args:
        paths: files (read whatever their ending), folders (searched for the known endings), archives (zip, tar,
            WARC), patterns with `*`, `?`, `[…]` and `**`, and `-` for standard input.
        skipped: called with the name of every file in folders and archives that is no page by its ending, and of
            every response in a WARC archive that is none.
        url_filter: a regular expression; of a WARC archive the pages are read in whose addresses it is found, in place
            of those of details addresses.

    Raises:
        InputError: where the regular expression is none.
    """
    for item in find(paths, skipped=skipped):
        if isinstance(item, Source):
            yield from documents_of(item, skipped=skipped, url_filter=url_filter)
        else:
            yield item


def find(
    paths: Iterable[str | os.PathLike[str]], *, skipped: Callable[[str], object] = lambda _: None
) -> Iterator[Source | Unreadable]:
    """What `documents_in` reads, unread: the sources that the paths lead to."""
    for path in paths:
        yield from _given(os.fspath(path), skipped)


def documents_of(
    source: Source | Span, *, skipped: Callable[[str], object] = lambda _: None, url_filter: str | None = None
) -> Iterator[Document | Unreadable]:
    """The documents in a source, one but for archives, or in a span of an archive.

    Args:
        source: what to read.
        skipped: as `documents_in` has it.
        url_filter: as `documents_in` has it; a span has its own.

    Raises:
        InputError: where the regular expression is none.
    """
    if isinstance(source, Span):
        yield from captured(source, skipped=skipped)
        return
    if source.form == "warc":
        yield from captured(Span(source.name, source.path, url_filter=url_filter), skipped=skipped)
        return
    if source.form == "archive":
        yield from members(source.name, source.path, skipped)
        return
    path = Path(source.path)
    try:
        if source.form == "plain":
            refuse_size(path.stat().st_size)
            content = path.read_bytes()
        elif source.path == _STANDARD_INPUT:
            content = read_bounded(sys.stdin.buffer)
        else:
            with path.open("rb") as stream:
                content = read_bounded(stream)
    except UnreadableError as trouble:
        yield trouble.at(source.name)
    except OSError as error:
        yield _unreadable(source.path, error)
    else:
        yield document(source.name, content)


def captured(
    span: Span, stream: BinaryIO | None = None, *, skipped: Callable[[str], object] = lambda _: None
) -> Iterator[Document | Unreadable]:
    """The documents in a span of an archive.

    Args:
        span: where they are.
        stream: the archive, where its path is none of this machine.
        skipped: as `documents_in` has it.

    Raises:
        InputError: where the span's regular expression is none.
    """
    name, start, stop, wanted = span.name, span.start, span.stop, span.url_filter
    source = span.path if stream is None else stream
    for item in captures(source, start=start, stop=stop, url_filter=wanted, name=name, skipped=skipped):
        yield item if isinstance(item, Unreadable) else Document(f"{name}!{item.record_id}", item.content, item)


def _given(path: str, skipped: Callable[[str], object]) -> Iterator[Source | Unreadable]:
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
            yield Unreadable(name, "missing", _NOTHING_IS_FETCHED)
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
    """Whether somebody gave a DOI or an address in place of a file."""
    with suppress(IdentifierError):
        return bool(identify(text))
    return "://" in text


_NOTHING_IS_FETCHED = "is an identifier or address, and nothing is fetched here; save the page, then give its file"


def _matches(pattern: str, skipped: Callable[[str], object]) -> Iterator[Source | Unreadable]:
    path = Path(pattern)
    try:
        matches = sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    except (OSError, ValueError, NotImplementedError) as error:
        yield _unreadable(pattern, error)
        return
    done: Path | None = None
    for match in matches:
        if (is_hidden(str(match)) and not is_hidden(pattern)) or (done and match.is_relative_to(done)):
            continue
        done = match
        yield from _given(str(match), skipped)
    if done is None:
        yield Unreadable(printable(pattern), "missing", "no file matches this pattern; check it, or put it in quotes")


def _folder(folder: str, skipped: Callable[[str], object]) -> Iterator[Source | Unreadable]:
    found = False
    for item in _walk(folder, skipped):
        found = True
        yield item
    if not found:
        reason = "holds no pages; `altdetails parse --help` lists the endings read in folders"
        yield Unreadable(printable(folder), "missing", reason)


def _walk(folder: str, skipped: Callable[[str], object]) -> Iterator[Source | Unreadable]:
    """Links to folders are not followed, so no loop of links is ever entered."""
    ahead = [folder]
    while ahead:
        path = ahead.pop()
        try:
            status = Path(path).lstat()
            mode = status.st_mode
            is_link = stat.S_ISLNK(mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION
            if (stat.S_ISDIR(mode) and not is_link) or path == folder:
                ahead.extend(_children(path, skipped))
                continue
            if is_link:
                mode = Path(path).stat().st_mode
        except OSError as error:
            yield _unreadable(path, error)
            continue
        if stat.S_ISREG(mode) and (is_page(path) or is_archive(path)):
            yield _file(path)
        else:
            skipped(printable(path))


def _children(folder: str, skipped: Callable[[str], object]) -> Iterator[str]:
    with os.scandir(folder) as entries:
        paths = [entry.path for entry in entries if not is_hidden(entry.name)]
    stems = page_stems(paths)
    for path in sorted(paths, reverse=True):
        if belongs_to_saved_page(path, stems):
            skipped(printable(path))
        else:
            yield path


def _file(path: str) -> Source:
    form: Form = "warc" if is_warc(path) else "archive" if is_archive(path) else "plain"
    return Source(printable(path), path, form)


def _unreadable(path: str, error: Exception) -> Unreadable:
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Unreadable(printable(path), "unreadable", f"cannot be read: {words}; check the path and its permissions")
