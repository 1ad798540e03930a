"""Web archives → Arrow tables of records, by what every engine has in common: this module knows none of them."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from altdetails._optional import require
from altdetails.documents import printable
from altdetails.parsing.engine import results_of
from altdetails.results import Failure
from altdetails.sources.paths import captured
from altdetails.warc.members import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

__all__ = ["lines", "tables"]


def tables(
    archives: Iterable[str | Span | BinaryIO],
    *,
    url_filter: str | None = None,
    failed: Callable[[Failure], object] = lambda _: None,
) -> Iterator[pa.RecordBatch]:
    """The records of web archives as batches with `arrow_schema`, in the archives' order: for engines of any sort.

    Args:
        archives: paths of WARC and WET files, spans of them, or binary streams that can be sought in.
        url_filter: a regular expression; the pages are read in whose addresses it is found, in place of those of
            details addresses. A span has its own.
        failed: told of each page and each damaged part without a record, and of each record that fits no column.

    Raises:
        InputError: where pyarrow is not installed, or the regular expression is none.
    """
    require("pyarrow", "export", "an Arrow table")
    from altdetails.exporting.parquet import line_batches  # noqa: PLC0415 -- needs pyarrow

    for archive in archives:
        if isinstance(archive, Span):
            span, stream = archive, None
        elif isinstance(archive, str):
            span, stream = Span(printable(archive), archive, url_filter=url_filter), None
        else:
            name = printable(str(getattr(archive, "name", "<stream>")))
            span, stream = Span(name, name, url_filter=url_filter), archive
        for batch in line_batches(lines(span, stream, failed), failed=failed):
            yield from batch.table.to_batches()


def lines(span: Span, stream: BinaryIO | None, failed: Callable[[Failure], object]) -> Iterator[tuple[str, bytes]]:
    """The records in a span as lines of JSON, without the line's end, each with the name of its document.

    Args:
        span: what to read.
        stream: the archive, where its path is none of this machine.
        failed: told of each page and each damaged part without a record.
    """
    for document, result in chain.from_iterable(results_of(captured(span, stream))):
        if isinstance(result, Failure):
            failed(result)
        else:
            yield document.name, result.to_json()
