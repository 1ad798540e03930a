"""Documents and files → records."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from altdetails import page
from altdetails.capture import record_of
from altdetails.errors import InputError
from altdetails.inputs.document import Unreadable
from altdetails.inputs.find import documents

if TYPE_CHECKING:
    from altdetails.inputs.document import Document
    from altdetails.record import Record

__all__ = ["parse_document", "parse_file"]


def parse_document(document: Document) -> Record:
    """The record of a document, with where it came from in its provenance: the document's name, or its capture.

    Raises:
        PageError: where the document is no details page, or no text.
    """
    if document.capture:
        return record_of(document.capture)
    record = page.parse(document.content)
    provenance = msgspec.structs.replace(record.provenance, input=document.name)
    return msgspec.structs.replace(record, provenance=provenance)


def parse_file(path: str | os.PathLike[str]) -> Record:
    """The record of the one page that a path leads to: HTML, text or MHTML, each also gzipped; `-` is standard input.

    An archive with one page will do, too.

    Raises:
        InputError: where the file is missing, damaged or too large, or holds more pages than one (folder, archive).
        PageError: where its content is no details page, or no text.
    """
    first, *more = islice(documents([path]), 2)
    if isinstance(first, Unreadable):
        raise first.error
    if more:
        raise InputError(f"{os.fspath(path)}: holds more pages than one; altdetails.inputs.documents takes them all")
    return parse_document(first)
