"""Documents: names and content, unreadable files, rules of file names, and limits of size."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, Protocol

from altdetails._magic import GZIP_WINDOW
from altdetails.errors import InputError
from altdetails.links import without_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from altdetails.results import Capture

__all__ = [
    "ARCHIVE_ENDINGS",
    "COMPRESSED_ENDINGS",
    "MAX_DOCUMENT_BYTES",
    "MAX_MEMBERS",
    "MAX_RATIO",
    "NO_PAGE",
    "PAGE_ENDINGS",
    "PART_COST",
    "PLAIN_ENDINGS",
    "WARC_ENDINGS",
    "Budget",
    "Document",
    "Inflated",
    "Metered",
    "OverBudgetError",
    "Readable",
    "Unreadable",
    "UnreadableError",
    "belongs_to_saved_page",
    "gunzip",
    "gunzipped",
    "is_archive",
    "is_hidden",
    "is_in_parts_folder",
    "is_other_file",
    "is_page",
    "is_warc",
    "may_be_part_of_run",
    "page_stems",
    "parts_of_runs",
    "printable",
    "read_bounded",
    "refuse_size",
    "unpacked_lines",
]

MAX_DOCUMENT_BYTES = 64 * 2**20
"""The size limit of a document, before and after decompression. A details page has about 60 KB."""

MAX_MEMBERS = 1_000_000
"""The most members of an archive."""
MAX_RATIO = 200
"""An archive may unpack to this many times its own size, or to `_FREE_BYTES` if that is more."""
_FREE_BYTES = 2**30
PART_COST = 1024
"""What a chunk, a gzip member or a line of records costs in addition to its bytes: an empty one takes time too."""
_LINE_COST = 256
"""The same for a line of a list."""
_STEP_BYTES = 2**13
"""Compressed bytes that are unpacked in one step. A step copies those that belong to the next gzip member."""
_PIECE_BYTES = 2**16

NO_PAGE = (
    "contains no page with the address of a details page; if its pages come from a mirror or a proxy, select their "
    "addresses with --url-filter of `altdetails parse`, or url_filter in Python"
)
"""Why a WARC archive has no document."""

Kind = Literal["missing", "unreadable", "refused", "http_error", "truncated", "revisit"]


class Readable(Protocol):
    """A binary stream. Only its method `read` is used."""

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes; fewer only at the end of the stream."""


@dataclass(frozen=True, slots=True)
class Document:
    """The content of one page."""

    name: str
    """The path as passed by the user, `archive.zip!member`, or `<stdin>`; always valid UTF-8."""
    content: bytes
    """The bytes of the file, decompressed."""
    capture: Capture | None = None
    """The origin of the page, if it was read from a WARC archive."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path, file or archive member without a readable document."""

    name: str
    kind: Kind
    """`missing`: does not exist or contains no page · `unreadable`: damaged, or without permission · `refused`: unsafe
    or too large.

    In a web archive also: `http_error`: an error response of the site · `truncated`: a page that was truncated when it
    was archived · `revisit`: a reference to an identical page, without its content.
    """
    reason: str
    """The problem, and what to do."""

    @property
    def error(self) -> InputError:
        """The error to raise if one unreadable file must stop the work."""
        return InputError(f"{self.name}: {self.reason}")


class UnreadableError(Exception):
    """The reason why a file cannot be read, raised by code that does not know the name of the file."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason

    def at(self, name: str) -> Unreadable:
        """Return the reason with the name of the file or archive member."""
        return Unreadable(name, self.kind, self.reason)


class OverBudgetError(UnreadableError):
    """An archive exceeds its budget, so nothing more of it is read."""

    def __init__(self, reason: str) -> None:
        super().__init__("refused", reason)


def read_bounded(stream: Readable, budget: Budget | None = None) -> bytes:
    """Read all bytes of a stream, and count them against a budget.

    Raises:
        UnreadableError: if there are more than `MAX_DOCUMENT_BYTES`.
        OverBudgetError: if the budget is spent.
    """
    pieces: list[bytes] = []
    left = MAX_DOCUMENT_BYTES + 1
    while left and (piece := stream.read(min(left, _PIECE_BYTES))):
        if budget:
            budget.spend(len(piece))
        pieces.append(piece)
        left -= len(piece)
    content = b"".join(pieces)
    refuse_size(len(content))
    return content


def refuse_size(size: int) -> None:
    """Check the size of a document before it is read.

    Raises:
        UnreadableError: if it exceeds `MAX_DOCUMENT_BYTES`.
    """
    if size > MAX_DOCUMENT_BYTES:
        limit = MAX_DOCUMENT_BYTES >> 20
        raise UnreadableError("refused", f"exceeds {limit} MiB, the limit for a page; leave it out")


def gunzip(content: bytes, budget: Budget) -> bytes:
    """Decompress gzip.

    Raises:
        UnreadableError: if the data is damaged or truncated, or exceeds `MAX_DOCUMENT_BYTES`.
        OverBudgetError: if the budget is spent.
    """
    try:
        return read_bounded(Inflated(content, budget), budget)
    except EOFError as error:
        raise UnreadableError("unreadable", "is truncated gzip; copy or download it again") from error
    except zlib.error as error:
        raise UnreadableError("unreadable", f"is damaged gzip ({error}); copy or download it again") from error


PLAIN_ENDINGS = (".html", ".htm", ".xhtml", ".mhtml", ".mht", ".txt", ".md", ".webarchive", ".har")
COMPRESSED_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".br")
PAGE_ENDINGS = (*PLAIN_ENDINGS, *(plain + packed for plain in PLAIN_ENDINGS for packed in COMPRESSED_ENDINGS))
WARC_ENDINGS = (".warc", ".warc.gz", ".warc.zst", ".wet", ".wet.gz", ".wet.zst")
ARCHIVE_ENDINGS = (*WARC_ENDINGS, ".wacz", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")
_PARTS_FOLDERS = (
    *("_files", ".files", "-Dateien", "-filer", "_archivos", "_arquivos", "_bestanden", "_bylos", "_datoteke"),
    *("_dosyalar", "_elemei", "_failai", "_failid", "_fails", "_fajlovi", "_ficheiros", "_fichiers", "_file", "_filer"),
    *("_fisiere", "_fitxategiak", "_fitxers", "_pliki", "_soubory", "_subory", "_súbory", "_tiedostot", "_файлы"),
)
"""What browsers append to the name of a page for the folder of its parts, in the languages of Chrome, Firefox and
Internet Explorer."""
_PARTS_FOLDER = re.compile(rf"(?:{'|'.join(map(re.escape, _PARTS_FOLDERS))})(?=/|\Z)")
_NAMES_OF_OTHER_FILES = ("readme.", "dois.")


def is_page(name: str) -> bool:
    """Whether a file name has the ending of a page. A README or a list of DOIs is not a page."""
    return name.lower().endswith(PAGE_ENDINGS) and not is_other_file(name)


def is_other_file(name: str) -> bool:
    """Whether a file name is that of a README or a list of DOIs."""
    return _with_slashes(name.lower()).rpartition("/")[2].startswith(_NAMES_OF_OTHER_FILES)


def is_archive(name: str) -> bool:
    """Whether a file name has the ending of an archive."""
    return name.lower().endswith(ARCHIVE_ENDINGS)


def is_warc(name: str) -> bool:
    """Whether a file name has the ending of a WARC or WET archive."""
    return name.lower().endswith(WARC_ENDINGS)


def is_hidden(name: str) -> bool:
    """Whether a path has a part that begins with a dot."""
    return any(part.startswith(".") and part not in {".", ".."} for part in _with_slashes(name).split("/"))


_LEDGER = "ledger.sqlite"
_LINES_OF_RUN = ("records.jsonl", "mentions.jsonl", "failures.jsonl", "tab-failures.jsonl")
_FILES_OF_RUN = frozenset({*(f"{_LEDGER}{end}" for end in ("", "-journal", "-wal", "-shm")), *_LINES_OF_RUN, "lock"})
"""The files of a run folder, except the archive of its pages."""


def parts_of_runs(names: Iterable[str]) -> set[str]:
    """Return the paths that belong to a run folder of `altdetails scrape`, except the archive of its pages.

    Args:
        names: paths of files. A folder with a ledger is a run folder.
    """
    parts = [(name, _path(name)) for name in names]
    runs = {path.parent for _, path in parts if path.name == _LEDGER}
    return {name for name, path in parts if path.name in _FILES_OF_RUN and path.parent in runs} if runs else set()


def may_be_part_of_run(name: str) -> bool:
    """Whether a path has the name of a file of a run folder."""
    return _path(name).name in _FILES_OF_RUN


def page_stems(names: Iterable[str]) -> set[str]:
    """Return the paths of the pages among some paths, without their endings, for `belongs_to_saved_page`."""
    return {str(_path(name))[: -len(_ending(name))] for name in names if is_page(name)}


def belongs_to_saved_page(name: str, stems: set[str]) -> bool:
    """Whether a path is `X_files` or inside it: the folder in which a browser saves frames and scripts of the page `X`.

    The folder has another name in other languages, such as `X-Dateien`. The cache of HTTrack belongs to its pages too.

    Args:
        name: path of a file or folder.
        stems: the `page_stems` of the paths in the same folders.
    """
    if "hts-cache" in _path(name).parts:
        return True
    if not is_in_parts_folder(name):
        return False
    path = str(_path(name))
    ends = [match.end() for match in _PARTS_FOLDER.finditer(path)]
    return any(
        path[:end].endswith(ending) and path[: end - len(ending)] in stems for end in ends for ending in _PARTS_FOLDERS
    )


def is_in_parts_folder(name: str) -> bool:
    """Whether a path has a folder with such a name, with or without a page in the same folder."""
    return _PARTS_FOLDER.search(_with_slashes(name)) is not None


def _path(name: str) -> PurePosixPath:
    return PurePosixPath(_with_slashes(name))


def _with_slashes(name: str) -> str:
    """Replace backslashes by `/`: Windows separates the parts of a path by them, and so do some zip archives."""
    return name.replace("\\", "/")


def printable(name: str) -> str:
    """Return a file name as valid UTF-8: bytes of other encodings become question marks.

    The key of the API is left out: wget names a file after its whole address.
    """
    return without_key(name.encode("utf-8", "replace").decode("utf-8"))


def _ending(name: str) -> str:
    return max((ending for ending in PAGE_ENDINGS if name.lower().endswith(ending)), key=len)


class Budget:
    """The bytes and members that may still be read from a file."""

    def __init__(self, size: int) -> None:
        """Set the limits for a file of `size` bytes."""
        self._bytes = max(_FREE_BYTES, MAX_RATIO * size)
        self._members = MAX_MEMBERS

    def count(self, members: int) -> None:
        """Count members.

        Raises:
            OverBudgetError: if the archive has too many.
        """
        self._members -= members
        if self._members < 0:
            raise OverBudgetError(f"has more than {MAX_MEMBERS:,} members; split it")

    def spend(self, count: int) -> None:
        """Count unpacked bytes.

        Raises:
            OverBudgetError: if the file unpacks to too many.
        """
        self._bytes -= count
        if self._bytes < 0:
            raise OverBudgetError(
                f"unpacks to more than {MAX_RATIO} times its size and 1 GiB, or to too many lines or parts for its "
                "size; unpack it yourself if you trust it"
            )

    def spend_lines(self, piece: bytes, *, cost: int = _LINE_COST) -> None:
        """Count the unpacked bytes of a piece, and `cost` more for each of its line ends.

        Raises:
            OverBudgetError: if the file unpacks to too many.
        """
        self.spend(len(piece) + cost * (piece.count(b"\n") + piece.count(b"\r")))

    def earn(self, piece: bytes) -> None:
        """Allow more bytes for a compressed piece of a file of unknown size."""
        self._bytes += MAX_RATIO * len(piece)


class Metered(io.RawIOBase):
    """A binary stream with a function that counts what is read from it."""

    def __init__(self, stream: Readable, count: Callable[[bytes], None]) -> None:
        """Read from a stream, which stays open.

        Args:
            stream: the stream.
            count: called with each piece that is read.
        """
        self._stream = stream
        self._count = count

    def readable(self) -> bool:
        """Return True, as a `BufferedReader` demands."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 -- any buffer
        """Read into a buffer, and return the number of bytes."""
        piece = self._stream.read(len(buffer))
        self._count(piece)
        buffer[: len(piece)] = piece
        return len(piece)


def unpacked_lines(
    stream: Readable, unpack: Callable[[Metered], Readable], size: int, *, cost: int = _LINE_COST
) -> io.BufferedReader[Any]:
    """Decompress lines from a stream of unknown size, within a budget that grows with what is read from it.

    Args:
        stream: the compressed stream, which stays open.
        unpack: makes the decompressed stream.
        size: the size of the buffer in bytes.
        cost: what a line costs in addition to its bytes.

    Raises:
        OverBudgetError: while reading, if the budget is spent.
    """
    budget = Budget(0)
    unpacked = unpack(Metered(stream, budget.earn))
    return io.BufferedReader(Metered(unpacked, partial(budget.spend_lines, cost=cost)), size)


def gunzipped(packed: Metered) -> gzip.GzipFile:
    """Return gzip data as a decompressed stream."""
    return gzip.GzipFile(fileobj=packed)


class Inflated:
    """Deflate data as a stream. Each gzip member counts against a budget; the caller counts the bytes.

    Zeros between and after gzip members are skipped. What follows other deflate data is ignored.
    """

    def __init__(self, packed: bytes, budget: Budget, window: int = GZIP_WINDOW) -> None:
        """Begin at the first byte.

        Args:
            packed: the compressed data.
            budget: the budget of the file.
            window: as in zlib: by default gzip, else zlib or raw deflate data.
        """
        self._packed = memoryview(packed)
        self._budget = budget
        self._window = window
        self._inflater = zlib.decompressobj(window)
        self._position = 0

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes; none only at the end.

        Raises:
            EOFError: if the data end early.
            zlib.error: if the data are damaged.
            OverBudgetError: if there are too many members.
        """
        piece = b""
        while not piece and not self._is_at_end():
            step = self._packed[self._position : self._position + _STEP_BYTES]
            piece = self._inflater.decompress(step, size)
            rest = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
            self._position += len(step) - len(rest)
            if not (step or piece or self._inflater.eof):
                raise EOFError
        return piece

    def _is_at_end(self) -> bool:
        """Go to the next member after the end of one. Return whether there is none."""
        if not self._inflater.eof:
            return False
        if self._window != GZIP_WINDOW:
            return True
        while step := bytes(self._packed[self._position : self._position + _STEP_BYTES]):
            rest = step.lstrip(b"\0")
            self._position += len(step) - len(rest)
            if rest:
                break
        else:
            return True
        self._budget.spend(PART_COST)
        self._inflater = zlib.decompressobj(self._window)
        return False
