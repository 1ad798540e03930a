"""Turn web archives into Arrow batches of records, for any engine. This module depends on none of them."""

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
    """Yield the records of web archives as Arrow batches with the schema `arrow_schema`, in the order of the archives.

    Args:
        archives: paths of WARC and WET files, spans of archives, or seekable binary streams.
        url_filter: a regular expression. Only pages with a matching address are read, instead of details pages. Spans
            have their own filter.
        failed: called for every page without a record, every damaged part of an archive, and every record with a value
            that does not fit its column.

    Raises:
        InputError: if pyarrow is not installed, or the regular expression is invalid.
    """
    require("pyarrow", "export", "an Arrow table")
    from altdetails.exporting.arrow_tables import line_batches  # noqa: PLC0415 -- needs pyarrow

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
    """Yield the records of a span as lines of JSON without line breaks, each with the name of its document.

    Args:
        span: the span.
        stream: the archive as a stream, or None to open the path of the span.
        failed: called for every page without a record and every damaged part.
    """
    for document, result in chain.from_iterable(results_of(captured(span, stream))):
        if isinstance(result, Failure):
            failed(result)
        else:
            yield document.name, result.to_json()
