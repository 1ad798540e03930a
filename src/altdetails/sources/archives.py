"""Read the documents in zip and tar archives. Nothing is unpacked to disk, and unsafe members are refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self, cast

from fastwarc.stream_io import ZstdReader

from altdetails.documents import (
    Budget,
    Document,
    OverBudgetError,
    Unreadable,
    UnreadableError,
    belongs_to_saved_page,
    is_archive,
    is_hidden,
    is_in_parts_folder,
    is_other_file,
    is_page,
    is_warc,
    may_be_part_of_run,
    page_stems,
    parts_of_runs,
    printable,
    read_bounded,
    refuse_size,
)
from altdetails.sources.contents import (
    LOOK_BYTES,
    documents_in_content,
    documents_in_warc,
    looks_readable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from altdetails.documents import Readable
    from altdetails.sources.contents import Choice

__all__ = ["members"]

_MAX_EXTENDED_HEADER_BYTES = 2**20
_MAX_HEADERS_BYTES = 2**21
"""The most bytes of all headers of a member, its map of holes included."""
_HEADER_COST = 32
"""What a byte of these headers costs the budget."""
_MAX_NAME = 4096
_DIGITS = re.compile(rb"[0-9]{100}")

_DAMAGE = (
    *(ArithmeticError, EOFError, LookupError, NotImplementedError, OSError, RuntimeError, ValueError),
    *(lzma.LZMAError, struct.error, tarfile.TarError, zipfile.BadZipFile, zlib.error),
)
"""The exceptions of the standard library for damaged archives."""

_WACZ_DESCRIPTION = "datapackage.json"
_OFFICE = {
    "[Content_Types].xml": "a file of Word, Excel or PowerPoint",
    "META-INF/container.xml": "an e-book",
    "META-INF/manifest.xml": "a file of LibreOffice",
}


@contextmanager
def _open_zstd(path: str) -> Iterator[Readable]:
    with Path(path).open("rb") as file:
        yield ZstdReader(file)


_DECOMPRESSORS: dict[str, Callable[[str], AbstractContextManager[Readable]]] = {
    "tar": io.FileIO,
    "gz": gzip.GzipFile,
    "tgz": gzip.GzipFile,
    "bz2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
    "zst": _open_zstd,
}
_EXTENDED_HEADERS = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)
_PARENT = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)")
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")


def members(name: str, path: str, choice: Choice) -> Iterator[Document | Unreadable]:
    """The documents in an archive, in order.

    Args:
        name: the name of the archive in the names of its documents.
        path: the path of the archive. If its ending is not that of a tar archive, it is zip.
        choice: what is read.
    """
    is_empty = True
    is_tar = is_archive(path) and not path.lower().endswith((".zip", ".wacz"))
    try:
        for item in (_tar if is_tar else _zip)(name, path, choice):
            is_empty = False
            yield item
    except UnreadableError as error:
        yield error.at(name)
    except _DAMAGE as error:
        loss = "no page in it can be read" if is_empty else "the rest of it is lost"
        yield Unreadable(name, "unreadable", f"is damaged ({_describe(error)}), {loss}; copy or make it again")
    else:
        if is_empty:
            yield Unreadable(
                name, "missing", "contains no pages; `altdetails parse --help` lists the supported endings"
            )


def _zip(name: str, path: str, choice: Choice) -> Iterator[Document | Unreadable]:
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        budget = Budget(Path(path).stat().st_size)
        budget.count(len(infos))
        names = {info.filename for info in infos}
        _refuse_office(names)
        stems, of_runs = page_stems(names), parts_of_runs(names)
        is_wacz = _WACZ_DESCRIPTION in names
        for info in infos:
            if info.filename in of_runs:
                continue
            member = f"{name}!{printable(info.filename)}"
            try:
                _refuse_path(info.filename)
                _refuse_zip_member(info)
                if is_wacz and is_warc(info.filename):
                    budget.spend(info.file_size)
                    with archive.open(info) as stream:
                        yield from documents_in_warc(member, cast("BinaryIO", stream), choice)
                    continue
                if not _is_wanted(info.filename, stems) and not _looks_readable(archive, info, stems, budget):
                    choice.skipped(_name_to_count(member, info.filename, stems))
                    continue
                refuse_size(info.file_size)
                with archive.open(info) as stream:
                    content = read_bounded(stream, budget)
            except OverBudgetError:
                raise
            except UnreadableError as error:
                yield error.at(member)
            except _DAMAGE as error:
                yield Unreadable(
                    member, "unreadable", f"is damaged ({_describe(error)}); copy or make the archive again"
                )
            else:
                yield from documents_in_content(member, content, choice, budget)


def _refuse_office(names: set[str]) -> None:
    """Refuse a document of another program, which is a zip archive too."""
    for part, kind in _OFFICE.items():
        if part in names:
            raise UnreadableError("refused", f"is {kind}, not a page; save the page itself as HTML")


def _looks_readable(archive: zipfile.ZipFile, info: zipfile.ZipInfo, stems: set[str], budget: Budget) -> bool:
    if not _may_be_wanted(info.filename, stems):
        return False
    with archive.open(info) as stream:
        start = stream.read(LOOK_BYTES)
    budget.spend(len(start))
    return looks_readable(info.filename, start)


def _refuse_zip_member(info: zipfile.ZipInfo) -> None:
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG}:
        raise _special_file_error()
    if info.flag_bits & 1:
        raise UnreadableError("refused", "is encrypted; make the archive again without a password")


def _outside_runs(path: str, infos: Iterable[tarfile.TarInfo]) -> Iterator[tuple[tarfile.TarInfo, set[str]]]:
    """Yield the members outside run folders, each with the `page_stems` of the archive if the member needs them."""
    names: list[str] | None = None
    stems: set[str] = set()
    of_runs: set[str] = set()
    for info in infos:
        if names is None and (is_in_parts_folder(info.name) or may_be_part_of_run(info.name)):
            budget = Budget(Path(path).stat().st_size)
            with _open_tar(path, budget) as first_pass:
                names = [member.name for member in _infos(first_pass, budget)]
            stems, of_runs = page_stems(names), parts_of_runs(names)
        if info.name not in of_runs:
            yield info, stems


def _tar(name: str, path: str, choice: Choice) -> Iterator[Document | Unreadable]:
    budget = Budget(Path(path).stat().st_size)
    with _open_tar(path, budget) as archive:
        for info, stems in _outside_runs(path, _infos(archive, budget)):
            member = f"{name}!{printable(info.name)}"
            try:
                _refuse_path(info.name)
                if not info.isreg():
                    raise _special_file_error()
                is_wanted = _is_wanted(info.name, stems)
                if not is_wanted and not _may_be_wanted(info.name, stems):
                    choice.skipped(_name_to_count(member, info.name, stems))
                    continue
                if is_wanted:
                    refuse_size(info.size)
                _refuse_disorder(info)
                stream = cast("Readable", archive.extractfile(info))
                is_sparse = info.sparse is not None  # the holes are not in the archive
                start = b"" if is_wanted else stream.read(LOOK_BYTES)
                if not is_wanted and not looks_readable(info.name, start):
                    choice.skipped(_name_to_count(member, info.name, stems))
                    continue
                refuse_size(info.size)
                content = start + read_bounded(stream, budget if is_sparse else None)
            except OverBudgetError:
                raise
            except UnreadableError as error:
                yield error.at(member)
            else:
                yield from documents_in_content(member, content, choice, budget)


def _infos(archive: tarfile.TarFile, budget: Budget) -> Iterator[tarfile.TarInfo]:
    while (info := archive.next()) is not None:
        archive.members.clear()  # type: ignore[attr-defined]  # otherwise every header is kept in memory
        budget.count(1)
        if not info.isdir():
            yield info


@contextmanager
def _open_tar(path: str, budget: Budget) -> Iterator[tarfile.TarFile]:
    decompress = _DECOMPRESSORS[path.lower().rpartition(".")[2]]
    with decompress(path) as stream:
        bounded = cast("IO[bytes]", _BoundedStream(stream, budget))
        with tarfile.open(fileobj=bounded, mode="r|", tarinfo=_Header, errors="replace") as archive:
            yield archive


class _Header(tarfile.TarInfo):
    """A member's header. If it is damaged it raises, because `tarfile` would take it for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Read a header like the base class, but take only an end mark for the end of the archive.

        Raises:
            tarfile.ReadError: if a header is missing, damaged or longer than 1 MiB.
        """
        if buf == bytes(tarfile.BLOCKSIZE):
            return super().frombuf(buf, encoding, errors)
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"{error} instead of an end mark") from error
        if header.type in _EXTENDED_HEADERS and header.size > _MAX_EXTENDED_HEADER_BYTES:
            raise tarfile.ReadError("a header of more than 1 MiB")
        return header

    @classmethod
    def fromtarfile(cls, archive: Any) -> Self:  # noqa: ANN401 -- with attributes that its type does not declare
        """Read all headers of a member like the base class, within limits.

        Raises:
            tarfile.ReadError: if they are longer than 2 MiB.
        """
        stream = archive.fileobj
        if isinstance(stream, _HeaderStream):
            return super().fromtarfile(archive)
        archive.fileobj = _HeaderStream(stream, stream.fileobj.budget)
        try:
            return super().fromtarfile(archive)
        finally:
            archive.fileobj = stream


class _HeaderStream:
    """The headers of a member. They are short, and each byte of them takes long."""

    def __init__(self, stream: Any, budget: Budget) -> None:  # noqa: ANN401 -- private to tarfile
        self._stream = stream
        self._budget = budget
        self._left = _MAX_HEADERS_BYTES
        self.tell = stream.tell

    def read(self, count: int) -> bytes:
        self._left -= count
        if self._left < 0:
            raise tarfile.ReadError("headers of more than 2 MiB")
        content = cast("bytes", self._stream.read(count))
        self._budget.spend(len(content) * _HEADER_COST)
        if _DIGITS.search(content):  # tarfile before Python 3.11.10 takes n² steps for n digits
            raise tarfile.ReadError("a number of more than 100 digits in a header")
        return content


class _BoundedStream:
    """A stream that counts its bytes against a budget."""

    def __init__(self, stream: Readable, budget: Budget) -> None:
        self._stream = stream
        self.budget = budget

    def read(self, count: int) -> bytes:
        content = self._stream.read(count)
        self.budget.spend(len(content))
        return content


def _refuse_disorder(info: tarfile.TarInfo) -> None:
    """Refuse a sparse file whose parts are not in order: `tarfile` would look for each part among all others."""
    ends = 0
    for start, size in cast("list[tuple[int, int]]", info.sparse or ()):
        if size < 0 or (size and start < ends):
            raise UnreadableError("unreadable", "has overlapping parts; make the archive again without --sparse")
        ends = max(ends, start + size)


def _refuse_path(member: str) -> None:
    if len(member) > _MAX_NAME:
        raise UnreadableError("refused", f"has a path of more than {_MAX_NAME:,} characters; make the archive again")
    if _ABSOLUTE.match(member) or _PARENT.search(member):
        raise UnreadableError(
            "refused", "has an absolute path or one with `..`; make the archive again with relative paths"
        )


def _special_file_error() -> UnreadableError:
    return UnreadableError("refused", "is a link or device, which is not read; put the file itself into the archive")


def _name_to_count(member: str, path: str, stems: set[str]) -> str:
    """Return the name of a skipped member: with a final `/` if it is a part of a saved page."""
    return f"{member}/" if belongs_to_saved_page(path, stems) else member


def _is_wanted(member: str, stems: set[str]) -> bool:
    if is_hidden(member) or belongs_to_saved_page(member, stems):
        return False
    if is_archive(member):
        raise UnreadableError(
            "refused", "is an archive inside an archive, which is not opened; unpack it and give its path"
        )
    return is_page(member)


def _may_be_wanted(member: str, stems: set[str]) -> bool:
    """Whether the content of a file without a known ending decides if it is read."""
    return not (is_hidden(member) or belongs_to_saved_page(member, stems) or is_other_file(member))


def _describe(error: Exception) -> str:
    return str(error) or type(error).__name__
