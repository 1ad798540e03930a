"""Records or mentions → nested Arrow tables of some thousand → Parquet, or flat tables (`schemas.tables`) with keys."""

from __future__ import annotations

import io
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq

from altdetails.exporting.mention_rows import day_of, texts_of
from altdetails.records.files import DamagedLine, unknown_keys
from altdetails.results import Failure
from altdetails.schemas.arrow import arrow_schema, arrow_types, mention_arrow_schema
from altdetails.schemas.tables import RECORDS, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator
    from pathlib import Path

    from altdetails.diffing.mention_store import StoredLine
    from altdetails.records.files import RecordLine
    from altdetails.schemas.tables import Column, Items, Table

__all__ = [
    "Batch",
    "Content",
    "arrow_batches",
    "contents",
    "first_rows",
    "flat_rows",
    "flat_schema",
    "flatten",
    "grouped",
    "line_batches",
    "mention_batches",
    "record_keys",
    "sliced",
    "write_parquet",
    "write_tables",
]

_BATCH_BYTES = 8 * 2**20
_BATCHES_AHEAD = 2
"""The number of batches that are prepared while another is being written."""
_MAX_REASON_LENGTH = 200
_GROUP_BYTES = 64 * 2**20
"""The size of a row group in Arrow's memory, which is held until the group is written."""
_KEY_LENGTH = 32
"""The length of a key in hexadecimal digits. 128 bits make collisions practically impossible."""
_LINE_KEY = "line_key"
"""The column with the key of a mention or page, next to its fields."""
_SNAPSHOT = (
    ("altmetric_id",),
    ("doi",),
    ("pmid",),
    ("provenance", "final_url"),
    ("provenance", "fetched_at"),
    ("provenance", "sha256"),
)
_OUTPUT = (
    ("doi", ("doi",)),
    ("altmetric", ("altmetric_id",)),
    ("pmid", ("pmid",)),
    ("sha256", ("provenance", "sha256")),
)
"""The candidates for `output_key`. The first that a record has is used.

The DOI comes first, because Altmetric ids can change.
"""


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

    @property
    def num_rows(self) -> int:
        """The number of records."""
        return self.table.num_rows  # type: ignore[no-any-return]


class _HasRows(Protocol):
    @property
    def num_rows(self) -> int: ...


_Rows = TypeVar("_Rows", bound=_HasRows)


def contents(lines: Iterable[RecordLine]) -> Iterator[Content]:
    """Yield the records of lines as JSON, with their unknown keys."""
    for line in lines:
        content = line.record.to_json()
        yield Content(line.file, line.number, content, unknown_keys(line, content))


def line_batches(
    lines: Iterable[tuple[str, bytes]], schema: pa.Schema | None = None, *, failed: Callable[[Failure], object]
) -> Iterator[Batch]:
    """Yield lines of JSON as tables, in order.

    Args:
        lines: records or mentions as this version writes them, each with the name of its document.
        schema: the schema of the tables; by default that of records.
        failed: called for every line with a value that does not fit its column. The line is skipped.
    """
    records = (Content(name, 1, line, {}) for name, line in lines)
    return arrow_batches(
        records, schema, damaged=lambda record: failed(Failure(record.file, "no_column", record.reason))
    )


def arrow_batches(
    records: Iterable[Content], schema: pa.Schema | None = None, *, damaged: Callable[[DamagedLine], object]
) -> Iterator[Batch]:
    """Yield records as tables, in order. A thread builds the tables while the next lines are read.

    Args:
        records: records, or mentions with their schema.
        schema: the schema of the tables; by default that of records.
        damaged: called for every record with a value that does not fit its column, such as an impossible date. The
            record is skipped.
    """
    schema = arrow_schema() if schema is None else schema
    with ThreadPoolExecutor(1) as worker:
        pending: deque[Future[list[Batch | DamagedLine]]] = deque()
        for batch in _split(records):
            pending.append(worker.submit(_build, batch, schema))
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


def _build(batch: list[Content], schema: pa.Schema) -> list[Batch | DamagedLine]:
    """Build one table of all records. If a record does not fit, halve the list until the record is alone."""
    try:
        return [Batch(_table([content.json for content in batch], schema), [content.unknown for content in batch])]
    except pa.ArrowInvalid as error:
        if len(batch) == 1:
            reason = f"has a value that does not fit its column: {str(error).splitlines()[0][:_MAX_REASON_LENGTH]}"
            return [DamagedLine(batch[0].file, batch[0].number, reason)]
    half = len(batch) // 2
    return [*_build(batch[:half], schema), *_build(batch[half:], schema)]


def _only_batches(results: list[Batch | DamagedLine], damaged: Callable[[DamagedLine], object]) -> Iterator[Batch]:
    for result in results:
        if isinstance(result, DamagedLine):
            damaged(result)
        else:
            yield result


def _table(lines: list[bytes], schema: pa.Schema) -> pa.Table:
    reading = pj.ReadOptions(use_threads=False, block_size=sum(map(len, lines)) + len(lines))
    parsing = pj.ParseOptions(explicit_schema=_parsed_schema(schema), unexpected_field_behavior="ignore")
    return pj.read_json(io.BytesIO(b"\n".join(lines)), reading, parsing).cast(schema)


def _parsed_schema(schema: pa.Schema) -> pa.Schema:
    """Return the schema for Arrow's JSON reader, which reads no dates and allows null in every field."""
    return pa.schema([_parsed_field(field) for field in schema])


def _parsed_field(field: pa.Field) -> pa.Field:
    arrow_type = field.type
    if pa.types.is_struct(arrow_type):
        arrow_type = pa.struct([_parsed_field(inner) for inner in arrow_type])
    elif pa.types.is_list(arrow_type):
        arrow_type = pa.list_(_parsed_field(arrow_type.value_field))
    elif pa.types.is_date(arrow_type):
        arrow_type = pa.string()
    return pa.field(field.name, arrow_type)


def sliced(batches: Iterable[Batch], size: int) -> Iterator[Batch]:
    """Yield batches of at most `size` records."""
    for batch in batches:
        for start in range(0, batch.table.num_rows, size):
            yield Batch(batch.table.slice(start, size), batch.unknown[start : start + size])


def grouped(items: Iterator[_Rows], size: int) -> Iterator[Iterator[_Rows]]:
    """Yield groups of batches with at most `size` rows together, if none has more. Use up a group before the next."""
    waiting: list[_Rows] = [*islice(items, 1)]
    while waiting:
        yield _group(waiting, items, size)


def _group(waiting: list[_Rows], items: Iterator[_Rows], size: int) -> Iterator[_Rows]:
    count = 0
    while waiting:
        count += waiting[0].num_rows
        if count > size and count > waiting[0].num_rows:
            return
        yield waiting.pop()
        waiting += islice(items, 1)


def write_parquet(batches: Iterable[Batch], target: Path, schema: pa.Schema | None = None) -> int:
    """Write batches to a file and return the number of records. The schema is that of the batches."""
    count = 0
    held: list[pa.Table] = []
    with target.open("wb") as file, pq.ParquetWriter(file, schema or arrow_schema(), compression="zstd") as writer:
        for batch in batches:
            count += batch.table.num_rows
            held.append(batch.table)
            if sum(table.nbytes for table in held) >= _GROUP_BYTES:
                writer.write_table(pa.concat_tables(held))
                held.clear()
        if held:
            writer.write_table(pa.concat_tables(held))
    return count


def write_tables(tables: Iterable[pa.Table], target: Path) -> None:
    """Write flat tables with one schema to a file; at least one."""
    rest = iter(tables)
    first = next(rest)
    with target.open("wb") as file, pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        for table in chain([first], rest):
            writer.write_table(table)


def flatten(batch: pa.Table) -> Iterator[tuple[Table, pa.Table]]:
    """Split a nested table into the flat tables. Yield each with its rows, starting with the table of records."""
    keys = record_keys(batch)
    for table in tables():
        yield table, flat_rows(table, batch, keys)


def flat_rows(table: Table, batch: pa.Table, keys: pa.Array) -> pa.Table:
    """Return the rows of one flat table.

    Args:
        table: the flat table.
        batch: a nested table.
        keys: its `record_keys`.
    """
    if table.name != RECORDS:
        return pa.concat_tables(_item_rows(table, items, batch, keys) for items in table.items)
    values = {"record_key": keys, "output_key": _output_keys(batch)}
    rows = [values[column.name] if column.role == "key" else _value(batch, column) for column in table.columns]
    return pa.Table.from_arrays(rows, schema=flat_schema(table))


def mention_batches(
    lines: Iterable[StoredLine], table: Table, *, damaged: Callable[[DamagedLine], object]
) -> Iterator[pa.Table]:
    """Yield the rows of a table of mentions, in order; at least one table, which can be empty.

    Args:
        lines: mentions, or pages of tabs.
        table: their flat table.
        damaged: called for every line with a value that does not fit its column. The line is skipped.
    """
    yield flat_schema(table).empty_table()
    schema = mention_arrow_schema().insert(0, pa.field(_LINE_KEY, pa.string()))
    start = f'{{"{_LINE_KEY}":"%s",'.encode()
    keyed = (Content(line.file, line.number, start % line.digest.hex().encode() + line.json[1:], {}) for line in lines)
    for batch in arrow_batches(keyed, schema, damaged=damaged):
        rows = [_mention_column(batch.table, column) for column in table.columns]
        yield pa.Table.from_arrays(rows, schema=flat_schema(table))


def _mention_column(batch: pa.Table, column: Column) -> pa.Array:
    if column.role == "key":
        return batch.column(_LINE_KEY).combine_chunks()
    value = _lookup(batch, column.path)
    if column.role == "day":
        return pa.array(map(day_of, value.to_pylist()), pa.date32())
    if column.kind == "texts":
        return pa.array(map(texts_of, value.to_pylist()), _arrow_type(column))
    return value


def record_keys(batch: pa.Table) -> pa.Array:
    """Return the `record_key` of each record, a digest of the page, the time of its fetch and its content.

    A record that is loaded twice, or parsed again by a newer version, keeps its key. Another capture of the same page
    has a different key.
    """
    snapshots = zip(*(_python_values(_lookup(batch, path)) for path in _SNAPSHOT), strict=True)
    return pa.array([sha256(repr(values).encode()).hexdigest()[:_KEY_LENGTH] for values in snapshots], pa.string())


def first_rows(keys: pa.Array, existing: Container[str]) -> dict[str, int]:
    """Return every new key in `keys`, with the index of its first row.

    Args:
        keys: the `record_keys` of a table.
        existing: keys to skip.
    """
    first: dict[str, int] = {}
    for row, key in enumerate(keys.to_pylist()):
        if key not in existing:
            first.setdefault(key, row)
    return first


def _python_values(values: pa.Array) -> list[str | int | None]:
    is_time = pa.types.is_timestamp(values.type)
    return (values.cast(pa.int64()) if is_time else values).to_pylist()  # type: ignore[no-any-return]


def _output_keys(batch: pa.Table) -> pa.Array:
    keys = (
        pc.binary_join_element_wise(pa.scalar(label), _lookup(batch, path).cast(pa.string()), ":")
        for label, path in _OUTPUT
    )
    return pc.coalesce(*keys)


@cache
def flat_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of a flat table."""
    fields = [pa.field(column.name, _arrow_type(column), nullable=column.is_nullable) for column in table.columns]
    return pa.schema(fields)


def _item_rows(table: Table, items: Items, nested: pa.Table, record_keys: pa.Array) -> pa.Table:
    lists = _lookup(nested, items.path)
    records = pc.list_parent_indices(lists)
    lengths = pc.fill_null(pc.list_value_length(lists), 0).cast(pa.int64())
    starts = pc.subtract(pc.cumulative_sum(lengths), lengths)
    count = len(records)
    position = pc.subtract(pa.array(range(count), pa.int64()), starts.take(records))
    columns = {"record_key": record_keys.take(records), "position": position}
    constants = (column.name for column in table.columns if column.role == "constant")
    for name, value in zip(constants, items.constants, strict=True):
        columns[name] = pa.repeat(pa.scalar(value, pa.string()), count)
    values = pc.list_flatten(lists)
    rows = [
        columns[column.name] if column.name in columns else pc.struct_field(values, list(column.path))
        for column in table.columns
    ]
    return pa.Table.from_arrays(rows, schema=flat_schema(table))


def _value(nested: pa.Table, column: Column) -> pa.Array:
    value = _lookup(nested, column.path)
    return pc.is_valid(value) if column.role == "shown" else value


def _lookup(nested: pa.Table, path: tuple[str, ...]) -> pa.Array:
    name, *below = path
    value = nested.column(name).combine_chunks()
    return pc.struct_field(value, below) if below else value


def _arrow_type(column: Column) -> pa.DataType:
    return (
        pa.list_(pa.field("item", pa.string(), nullable=False))
        if column.kind == "texts"
        else arrow_types()[column.kind]
    )
