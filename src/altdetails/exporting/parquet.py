"""Lines of records → nested Arrow tables, some thousand records at a time, and Parquet files of them."""

from __future__ import annotations

import io
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

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

__all__ = ["Batch", "Content", "arrow_batches", "contents", "fitting", "write_parquet"]

_BATCH_BYTES = 8 * 2**20
_AHEAD = 2
"""So many batches are held beside the one in hand."""
_SHOWN = 200


class Content(NamedTuple):
    """A record's JSON as this version writes it, with where it was read."""

    file: str
    number: int
    json: bytes
    unknown: dict[str, Any]
    """What its line says under keys that this version does not know, by their path."""


class Batch(NamedTuple):
    """Some records."""

    table: pa.Table
    """A row a record, with `arrow_schema`."""
    unknown: list[dict[str, Any]]
    """Each record's `Content.unknown`."""


def contents(lines: Iterable[RecordLine]) -> Iterator[Content]:
    """The records of lines as JSON, with what is left out of it."""
    for line in lines:
        content = line.record.to_json()
        yield Content(line.file, line.number, content, unknown_keys(line, content))


def fitting(lines: Iterable[tuple[str, bytes]], *, failed: Callable[[Failure], object]) -> Iterator[Batch]:
    """Lines of JSON as tables, in their order.

    Args:
        lines: records as this version writes them, each with the name of its document.
        failed: told of each record with a value that no column takes.
    """
    some = (Content(name, 1, line, {}) for name, line in lines)
    return arrow_batches(some, damaged=lambda record: failed(Failure(record.file, "no_column", record.reason)))


def arrow_batches(some: Iterable[Content], *, damaged: Callable[[DamagedLine], object]) -> Iterator[Batch]:
    """Records as tables, in their order. A thread makes them, while the next lines are read.

    Args:
        some: records.
        damaged: told of each record with a value that no column can hold, such as a date that does not exist.
    """
    with ThreadPoolExecutor(1) as maker:
        made: deque[Future[list[Batch | DamagedLine]]] = deque()
        for batch in _batches(some):
            made.append(maker.submit(_made, batch))
            if len(made) > _AHEAD:
                yield from _whole(made.popleft().result(), damaged)
        while made:
            yield from _whole(made.popleft().result(), damaged)


def _batches(some: Iterable[Content]) -> Iterator[list[Content]]:
    batch: list[Content] = []
    size = 0
    for content in some:
        batch.append(content)
        size += len(content.json)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _made(batch: list[Content]) -> list[Batch | DamagedLine]:
    """All records in one table or, where one does not fit, those before it and behind it in tables of their own."""
    try:
        return [Batch(_table([content.json for content in batch]), [content.unknown for content in batch])]
    except pa.ArrowInvalid as error:
        if len(batch) == 1:
            reason = f"holds a value that no column takes: {str(error).splitlines()[0][:_SHOWN]}"
            return [DamagedLine(batch[0].file, batch[0].number, reason)]
    half = len(batch) // 2
    return [*_made(batch[:half]), *_made(batch[half:])]


def _whole(made: list[Batch | DamagedLine], damaged: Callable[[DamagedLine], object]) -> Iterator[Batch]:
    for each in made:
        if isinstance(each, DamagedLine):
            damaged(each)
        else:
            yield each


def _table(lines: list[bytes]) -> pa.Table:
    reading = pj.ReadOptions(use_threads=False, block_size=sum(map(len, lines)) + len(lines))
    parsing = pj.ParseOptions(explicit_schema=_parsed_schema(), unexpected_field_behavior="ignore")
    return pj.read_json(io.BytesIO(b"\n".join(lines)), reading, parsing).cast(arrow_schema())


@cache
def _parsed_schema() -> pa.Schema:
    """What Arrow's JSON reader makes: it knows no dates, and takes null for any field."""
    return pa.schema([_parsed(field) for field in arrow_schema()])


def _parsed(field: pa.Field) -> pa.Field:
    of = field.type
    if pa.types.is_struct(of):
        of = pa.struct([_parsed(inner) for inner in of])
    elif pa.types.is_list(of):
        of = pa.list_(_parsed(of.value_field))
    elif pa.types.is_date(of):
        of = pa.string()
    return pa.field(field.name, of)


_GROUP_BYTES = 64 * 2**20
"""Of Arrow's memory, in a row group: what is held before it is written."""


def write_parquet(batches: Iterable[Batch], target: Path) -> int:
    """Write batches to a file, and tell how many records."""
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
