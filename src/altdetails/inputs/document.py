"""One document: its bytes as a file or archive member gives them, made plain and bounded."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from altdetails.errors import InputError

if TYPE_CHECKING:
    from altdetails.capture import Capture

__all__ = [
    "MAX_DOCUMENT_BYTES",
    "NO_PAGE",
    "Document",
    "Readable",
    "Trouble",
    "Unreadable",
    "document",
    "gunzip",
    "read_bounded",
    "refuse_size",
]

MAX_DOCUMENT_BYTES = 64 * 2**20
"""The longest document that is read, before and after decompression. A details page has some 60 KB."""

NO_PAGE = (
    "holds no page of a details address; for an archive with a mirror's addresses give a filter that finds those: "
    "--url-filter of `altdetails parse`, or url_filter"
)
"""What is wrong with a WARC archive that gave nothing."""

_GZIP_MAGIC = b"\x1f\x8b"
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


class Trouble(Exception):
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
        if content.startswith(_GZIP_MAGIC):
            content = gunzip(content)
        elif name.lower().endswith(".gz"):
            return Unreadable(name, "unreadable", "is not gzip, although its name ends in .gz; rename or copy it again")
    except Trouble as trouble:
        return trouble.at(name)
    if content.startswith(_WARC_MAGIC):
        return Unreadable(name, "refused", "is a WARC archive; give it as a file whose name ends in .warc or .warc.gz")
    return Document(name, content)


def read_bounded(stream: Readable) -> bytes:
    """All bytes of a stream.

    Raises:
        Trouble: where it holds more than `MAX_DOCUMENT_BYTES`.
    """
    content = stream.read(MAX_DOCUMENT_BYTES + 1)
    refuse_size(len(content))
    return content


def refuse_size(size: int) -> None:
    """Refuse a document by its length in bytes, before it is read.

    Raises:
        Trouble: where that is more than `MAX_DOCUMENT_BYTES`.
    """
    if size > MAX_DOCUMENT_BYTES:
        limit = MAX_DOCUMENT_BYTES >> 20
        raise Trouble("refused", f"is larger than {limit} MiB, which no details page is; leave it out")


def gunzip(content: bytes) -> bytes:
    """The bytes that are packed in gzip.

    Raises:
        Trouble: where they are damaged, end early, or are more than `MAX_DOCUMENT_BYTES`.
    """
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            return read_bounded(stream)
    except EOFError as error:
        raise Trouble("unreadable", "is cut short: its gzip data end early; copy or download it again") from error
    except (OSError, zlib.error) as error:
        raise Trouble("unreadable", f"is damaged gzip ({error}); copy or download it again") from error
