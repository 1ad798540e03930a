"""The rows of a DataFrame → files of a folder: Parquet as `altdetails export` writes it, or lines of JSON."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal, NamedTuple
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from daft import DataType
from daft.io.sink import DataSink, WriteResult
from daft.recordbatch import MicroPartition
from daft.schema import Schema

from altdetails.schemas.arrow import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from altdetails.scale.storage import TableFolder

__all__ = ["PartFile", "PartFiles"]

_PART_BYTES = 128 * 2**20
"""Of Arrow's memory, in a file: what a worker holds before it is written."""


class PartFile(NamedTuple):
    """A file."""

    name: str
    rows: int


class PartFiles(DataSink[PartFile]):
    """A folder of files, of which those count that `finalize` names: a worker that died can leave others."""

    def __init__(self, folder: TableFolder, file_format: Literal["parquet", "jsonl"]) -> None:
        self._folder = folder
        self._format = file_format

    def name(self) -> str:
        """What Daft calls it."""
        return "records"

    def schema(self) -> Schema:
        """What `finalize` gives."""
        return Schema.from_pydict({"name": DataType.string(), "rows": DataType.int64()})

    def write(self, micropartitions: Iterator[MicroPartition]) -> Iterator[WriteResult[PartFile]]:
        """Write rows to files, and tell which."""
        held: list[pa.Table] = []
        for rows in micropartitions:
            held.append(rows.to_arrow())
            if sum(table.nbytes for table in held) >= _PART_BYTES:
                yield self._part(pa.concat_tables(held))
                held.clear()
        if table := pa.concat_tables(held) if held else None:
            yield self._part(table)

    def finalize(self, write_results: list[WriteResult[PartFile]]) -> MicroPartition:
        """The files that count; where there are no rows, one that has the columns."""
        parts = [each.result for each in write_results]
        if not parts and self._format == "parquet":
            parts = [self._part(arrow_schema().empty_table()).result]
        columns = {"name": [part.name for part in parts], "rows": [part.rows for part in parts]}
        return MicroPartition.from_arrow(pa.table(columns, self.schema().to_pyarrow_schema()))

    def _part(self, table: pa.Table) -> WriteResult[PartFile]:
        content = _parquet(table) if self._format == "parquet" else _lines(table)
        part = PartFile(f"part-{uuid4().hex}.{self._format}", table.num_rows)
        self._folder.put(part.name, content)
        return WriteResult(part, len(content), table.num_rows)


def _parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table.cast(arrow_schema()), stream, compression="zstd")
    return stream.getvalue()


def _lines(table: pa.Table) -> bytes:
    return b"".join(line.encode() + b"\n" for line in table.column(0).to_pylist())
