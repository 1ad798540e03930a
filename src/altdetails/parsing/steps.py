"""A document → its record, step by step: the only module here that needs the parser."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from altdetails import page
from altdetails.capture import completed, prepared_of

if TYPE_CHECKING:
    from altdetails.documents import Document
    from altdetails.page.sheet import Sheet
    from altdetails.record import Record

__all__ = ["STEPS"]


class _Prepared(NamedTuple):
    document: Document
    page: page.Prepared


class _Read(NamedTuple):
    document: Document
    page: page.Prepared
    sheet: Sheet


def _prepared(document: Document) -> _Prepared:
    prepared = prepared_of(document.capture) if document.capture else page.prepared(document.content)
    return _Prepared(document, prepared)


def _read(made: _Prepared) -> _Read:
    return _Read(*made, page.read(made.page))


def _finished(made: _Read) -> Record:
    record = page.interpreted(made.sheet, made.page)
    if made.document.capture:
        return completed(record, made.document.capture)
    provenance = msgspec.structs.replace(record.provenance, input=made.document.name)
    return msgspec.structs.replace(record, provenance=provenance)


STEPS = (_prepared, _read, _finished)
"""Each takes what the one before has made, the first a document; the last makes the record. They raise `PageError`."""
