"""Documents and files → records, or why there are none."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from altdetails.errors import InputError, PageError
from altdetails.inputs.document import NO_PAGE, Document, Unreadable
from altdetails.inputs.find import documents

if TYPE_CHECKING:
    from altdetails.record import Record

__all__ = ["Failure", "parse_document", "parse_file", "result_of"]


class Failure(msgspec.Struct, frozen=True):
    """One line of the failures file: a page, file or path that gave no record."""

    file: str
    """The path as given, or `archive.zip!member`."""
    kind: str
    """A `PageKind` value, `undecodable`, the kind of an `Unreadable`, or `error`: a fault of altdetails."""
    reason: str

    def to_json(self) -> bytes:
        """The failure as one line of JSON in UTF-8, with the line's end."""
        return msgspec.json.encode(self) + b"\n"


def result_of(item: Document | Unreadable) -> Record | Failure:
    """The record of a document, or why there is none.

    Nothing is raised: a page on which altdetails itself fails is a `Failure`, too.
    """
    if isinstance(item, Unreadable):
        return Failure(item.name, item.kind, item.reason)
    try:
        return parse_document(item)
    except PageError as error:
        return Failure(item.name, str(error.kind), error.reason)
    except Exception as error:  # noqa: BLE001 -- one page must not stop the rest
        words = f"{type(error).__name__}: {error}"
        return Failure(item.name, "error", f"{words}; a fault of altdetails: please report it")


def parse_document(document: Document) -> Record:
    """The record of a document, with where it came from in its provenance: the document's name, or its capture.

    Raises:
        PageError: where the document is no details page, or no text.
    """
    from altdetails import page  # noqa: PLC0415 -- a process that only hands pages on loads no parser
    from altdetails.capture import record_of  # noqa: PLC0415

    if document.capture:
        return record_of(document.capture)
    record = page.parse(document.content)
    provenance = msgspec.structs.replace(record.provenance, input=document.name)
    return msgspec.structs.replace(record, provenance=provenance)


def parse_file(path: str | os.PathLike[str], *, url_filter: str | None = None) -> Record:
    """The record of the one page that a path leads to: HTML, text or MHTML, each also gzipped; `-` is standard input.

    An archive with one page will do, too.

    Args:
        path: the file.
        url_filter: of a WARC archive, a regular expression that is found in the addresses of pages, in place of the
            test for a details address.

    Raises:
        InputError: where the file is missing, damaged or too large, or holds more pages than one (folder, archive).
        PageError: where its content is no details page, or no text.
    """
    match list(islice(documents([path], url_filter=url_filter), 2)):
        case []:
            raise InputError(f"{os.fspath(path)}: {NO_PAGE}")
        case [Unreadable() as unreadable, *_]:
            raise unreadable.error
        case [Document() as document]:
            return parse_document(document)
    raise InputError(f"{os.fspath(path)}: holds more pages than one; altdetails.inputs.documents takes them all")
