"""Turn lines of records into nested Arrow tables of some thousand records, and write Parquet files."""

from __future__ import annotations

import io
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from altdetails.records.files import DamagedLine, unknown_keys
from altdetails.results import Failure
from altdetails.schemas.arrow import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from altdetails.records.files import RecordLine

__all__ = ["Batch", "Content", "arrow_batches", "contents", "line_batches", "write_parquet"]

_BATCH_BYTES = 8 * 2**20
_BATCHES_AHEAD = 2
"""The number of batches that are prepared while another is being written."""
_MAX_REASON_LENGTH = 200


class Content(NamedTuple):
    """A record's JSON as this version writes it, with its file and line number."""

    file: str
    number: int
    json: bytes
    unknown: dict[str, msgspec.Raw]
    """The values of unknown keys in its line as JSON, by path."""


class Batch(NamedTuple):
    """A table of records."""

    table: pa.Table
    """One row per record, with the schema `arrow_schema`."""
    unknown: list[dict[str, msgspec.Raw]]
    """`Content.unknown` of each record."""


def contents(lines: Iterable[RecordLine]) -> Iterator[Content]:
    """Yield the records of lines as JSON, with their unknown keys."""
    for line in lines:
        content = line.record.to_json()
        yield Content(line.file, line.number, content, unknown_keys(line, content))


def line_batches(lines: Iterable[tuple[str, bytes]], *, failed: Callable[[Failure], object]) -> Iterator[Batch]:
    """Yield lines of JSON as tables, in order.

    Args:
        lines: records as this version writes them, each with the name of its document.
        failed: called for every record with a value that does not fit its column. The record is skipped.
    """
    records = (Content(name, 1, line, {}) for name, line in lines)
    return arrow_batches(records, damaged=lambda record: failed(Failure(record.file, "no_column", record.reason)))


def arrow_batches(records: Iterable[Content], *, damaged: Callable[[DamagedLine], object]) -> Iterator[Batch]:
    """Yield records as tables, in order. A thread builds the tables while the next lines are read.

    Args:
        records: records.
        damaged: called for every record with a value that does not fit its column, such as an impossible date. The
            record is skipped.
    """
    with ThreadPoolExecutor(1) as worker:
        pending: deque[Future[list[Batch | DamagedLine]]] = deque()
        for batch in _split(records):
            pending.append(worker.submit(_build, batch))
            if len(pending) > _BATCHES_AHEAD:
                yield from _only_batches(pending.popleft().result(), damaged)
        while pending:
            yield from _only_batches(pending.popleft().result(), damaged)


def _split(records: Iterable[Content]) -> Iterator[list[Content]]:
    """Yield the records in lists of about `_BATCH_BYTES` of JSON."""
    batch: list[Content] = []
    size = 0
    for content in records:
        batch.append(content)
        size += len(content.json)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _build(batch: list[Content]) -> list[Batch | DamagedLine]:
    """Build one table of all records. If a record does not fit, halve the list until the record is alone."""
    try:
        return [Batch(_table([content.json for content in batch]), [content.unknown for content in batch])]
    except pa.ArrowInvalid as error:
        if len(batch) == 1:
            reason = f"has a value that does not fit its column: {str(error).splitlines()[0][:_MAX_REASON_LENGTH]}"
            return [DamagedLine(batch[0].file, batch[0].number, reason)]
    half = len(batch) // 2
    return [*_build(batch[:half]), *_build(batch[half:])]


def _only_batches(results: list[Batch | DamagedLine], damaged: Callable[[DamagedLine], object]) -> Iterator[Batch]:
    for result in results:
        if isinstance(result, DamagedLine):
            damaged(result)
        else:
            yield result


def _table(lines: list[bytes]) -> pa.Table:
    reading = pj.ReadOptions(use_threads=False, block_size=sum(map(len, lines)) + len(lines))
    parsing = pj.ParseOptions(explicit_schema=_parsed_schema(), unexpected_field_behavior="ignore")
    return pj.read_json(io.BytesIO(b"\n".join(lines)), reading, parsing).cast(arrow_schema())


@cache
def _parsed_schema() -> pa.Schema:
    """Return the schema for Arrow's JSON reader, which reads no dates and allows null in every field."""
    return pa.schema([_parsed_field(field) for field in arrow_schema()])


def _parsed_field(field: pa.Field) -> pa.Field:
    arrow_type = field.type
    if pa.types.is_struct(arrow_type):
        arrow_type = pa.struct([_parsed_field(inner) for inner in arrow_type])
    elif pa.types.is_list(arrow_type):
        arrow_type = pa.list_(_parsed_field(arrow_type.value_field))
    elif pa.types.is_date(arrow_type):
        arrow_type = pa.string()
    return pa.field(field.name, arrow_type)


_GROUP_BYTES = 64 * 2**20
"""The size of a row group in Arrow's memory, which is held until the group is written."""


def write_parquet(batches: Iterable[Batch], target: Path) -> int:
    """Write batches to a file and return the number of records."""
    count = 0
    held: list[pa.Table] = []
    with target.open("wb") as file, pq.ParquetWriter(file, arrow_schema(), compression="zstd") as writer:
        for batch in batches:
            count += batch.table.num_rows
            held.append(batch.table)
            if sum(table.nbytes for table in held) >= _GROUP_BYTES:
                writer.write_table(pa.concat_tables(held))
                held.clear()
        if held:
            writer.write_table(pa.concat_tables(held))
    return count
