"""Documents: their names and content, why there is none, the rules of file names, and a budget of bytes."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, Protocol

from altdetails._magic import compression_of
from altdetails.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from altdetails.results import Capture

__all__ = [
    "ARCHIVE_ENDINGS",
    "MAX_DOCUMENT_BYTES",
    "MAX_MEMBERS",
    "MAX_RATIO",
    "NO_PAGE",
    "PAGE_ENDINGS",
    "WARC_ENDINGS",
    "Budget",
    "Document",
    "Readable",
    "Unreadable",
    "UnreadableError",
    "belongs_to_saved_page",
    "document",
    "gunzip",
    "is_archive",
    "is_hidden",
    "is_page",
    "is_warc",
    "page_stems",
    "printable",
    "read_bounded",
    "refuse_size",
]

MAX_DOCUMENT_BYTES = 64 * 2**20
"""The longest document that is read, before and after decompression. A details page has some 60 KB."""

MAX_MEMBERS = 1_000_000
"""The most members that an archive may have."""
MAX_RATIO = 200
"""How many times its own size an archive may unpack to, where that is more than `_FREE_BYTES`."""
_FREE_BYTES = 2**30

NO_PAGE = (
    "holds no page of a details address; for an archive with a mirror's addresses give a filter that finds those: "
    "--url-filter of `altdetails parse`, or url_filter"
)
"""What is wrong with a WARC archive that gave nothing."""

_WARC_MAGIC = b"WARC/1."

Kind = Literal["missing", "unreadable", "refused", "http_error", "truncated", "revisit"]


class Readable(Protocol):
    """A binary stream, of which nothing but `read` is used."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; fewer only at the end of the stream."""


@dataclass(frozen=True, slots=True)
class Document:
    """The content of one page."""

    name: str
    """The path as given, `archive.zip!member`, or `<stdin>`; always printable as UTF-8."""
    content: bytes
    """The file's bytes, without compression around them."""
    capture: Capture | None = None
    """Where the page came from, if a WARC archive says so."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path, file or archive member that gave no document."""

    name: str
    kind: Kind
    """`missing`: names no page at all · `unreadable`: damaged or not permitted · `refused`: unsafe or too large.

    Of a web archive: `http_error`: the site's error in place of a page · `truncated`: a page that was cut short when it
    was archived · `revisit`: said to be the same as another page, without the content.
    """
    reason: str
    """What is wrong and what to do."""

    @property
    def error(self) -> InputError:
        """The error to raise where one unreadable file ends the work."""
        return InputError(f"{self.name}: {self.reason}")


class UnreadableError(Exception):
    """Why a file gives no document, raised where the file's name is not known."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason

    def at(self, name: str) -> Unreadable:
        """The same trouble with the name of the file or member that has it."""
        return Unreadable(name, self.kind, self.reason)


def document(name: str, content: bytes) -> Document | Unreadable:
    """The document in a file's bytes, decompressed where they are gzip."""
    try:
        if compression_of(content) == "gzip":
            content = gunzip(content)
        elif name.lower().endswith(".gz"):
            return Unreadable(name, "unreadable", "is not gzip, although its name ends in .gz; rename or copy it again")
    except UnreadableError as trouble:
        return trouble.at(name)
    if content.startswith(_WARC_MAGIC):
        return Unreadable(name, "refused", "is a WARC archive; give it as a file whose name ends in .warc or .warc.gz")
    return Document(name, content)


def read_bounded(stream: Readable) -> bytes:
    """All bytes of a stream.

    Raises:
        UnreadableError: where it holds more than `MAX_DOCUMENT_BYTES`.
    """
    content = stream.read(MAX_DOCUMENT_BYTES + 1)
    refuse_size(len(content))
    return content


def refuse_size(size: int) -> None:
    """Refuse a document by its length in bytes, before it is read.

    Raises:
        UnreadableError: where that is more than `MAX_DOCUMENT_BYTES`.
    """
    if size > MAX_DOCUMENT_BYTES:
        limit = MAX_DOCUMENT_BYTES >> 20
        raise UnreadableError("refused", f"is larger than {limit} MiB, which no details page is; leave it out")


def gunzip(content: bytes) -> bytes:
    """The bytes that are packed in gzip.

    Raises:
        UnreadableError: where they are damaged, end early, or are more than `MAX_DOCUMENT_BYTES`.
    """
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            return read_bounded(stream)
    except EOFError as error:
        raise UnreadableError(
            "unreadable", "is cut short: its gzip data end early; copy or download it again"
        ) from error
    except (OSError, zlib.error) as error:
        raise UnreadableError("unreadable", f"is damaged gzip ({error}); copy or download it again") from error


_PLAIN_ENDINGS = (".html", ".htm", ".xhtml", ".mhtml", ".mht", ".txt", ".md")
PAGE_ENDINGS = (*_PLAIN_ENDINGS, *(f"{ending}.gz" for ending in _PLAIN_ENDINGS))
WARC_ENDINGS = (".warc", ".warc.gz", ".warc.zst", ".wet", ".wet.gz", ".wet.zst")
ARCHIVE_ENDINGS = (*WARC_ENDINGS, ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_PARTS_FOLDER = "_files"
_BESIDE_PAGES = ("readme.", "dois.")


def is_page(name: str) -> bool:
    """Whether a file is a page by its ending; a README or a list of DOIs that lies beside pages is none."""
    lowered = _with_slashes(name.lower())
    return lowered.endswith(PAGE_ENDINGS) and not lowered.rpartition("/")[2].startswith(_BESIDE_PAGES)


def is_archive(name: str) -> bool:
    """Whether a file is an archive by its ending."""
    return name.lower().endswith(ARCHIVE_ENDINGS)


def is_warc(name: str) -> bool:
    """Whether a file is an archive of captured pages by its ending."""
    return name.lower().endswith(WARC_ENDINGS)


def is_hidden(name: str) -> bool:
    """Whether a path has a part that begins with a dot."""
    return any(part.startswith(".") and part not in {".", ".."} for part in _with_slashes(name).split("/"))


def page_stems(names: Iterable[str]) -> set[str]:
    """The paths of pages without their endings, as `belongs_to_saved_page` compares them."""
    return {str(_path(name))[: -len(_ending(name))] for name in names if is_page(name)}


def belongs_to_saved_page(name: str, stems: set[str]) -> bool:
    """Whether a path is or lies in `X_files`, where a browser puts the parts of the page `X` (frames, scripts).

    Args:
        name: path of a file or folder.
        stems: the `page_stems` of the paths beside it.
    """
    if _PARTS_FOLDER not in name:
        return False
    path = _path(name)
    return any(
        str(folder).removesuffix(_PARTS_FOLDER) in stems
        for folder in (path, *path.parents)
        if folder.name.endswith(_PARTS_FOLDER)
    )


def _path(name: str) -> PurePosixPath:
    return PurePosixPath(_with_slashes(name))


def _with_slashes(name: str) -> str:
    """A path with `/` between its parts: on Windows they have a backslash there, in some zip archives everywhere."""
    return name.replace("\\", "/")


def printable(name: str) -> str:
    """A file's name as UTF-8 can hold it: bytes of other encodings become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _ending(name: str) -> str:
    return max((ending for ending in PAGE_ENDINGS if name.lower().endswith(ending)), key=len)


class Budget:
    """What an archive may still unpack to."""

    def __init__(self, size: int) -> None:
        """Begin with what an archive of so many bytes may."""
        self._bytes = max(_FREE_BYTES, MAX_RATIO * size)
        self._members = MAX_MEMBERS

    def count(self, members: int) -> None:
        """Take members off.

        Raises:
            UnreadableError: where they are too many.
        """
        self._members -= members
        if self._members < 0:
            raise UnreadableError("refused", f"has more than {MAX_MEMBERS:,} members; split it")

    def spend(self, count: int) -> None:
        """Take unpacked bytes off.

        Raises:
            UnreadableError: where they are too many.
        """
        self._bytes -= count
        if self._bytes < 0:
            raise UnreadableError(
                "refused",
                f"unpacks to more than {MAX_RATIO} times its size, and than 1 GiB; unpack it yourself if you trust it",
            )
