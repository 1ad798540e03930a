"""Write the rows of a DataFrame to the files of a folder: Parquet like that of `altdetails export`, or JSONL."""

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
"""The size of a file in Arrow's memory, which a worker holds until the file is written."""


class PartFile(NamedTuple):
    """A written file."""

    name: str
    rows: int


class PartFiles(DataSink[PartFile]):
    """A sink that writes files to a folder.

    Only the files returned by `finalize` belong to the table. Workers that died may leave others.
    """

    def __init__(
        self, folder: TableFolder, file_format: Literal["parquet", "jsonl"], commit: str, *, is_first: bool
    ) -> None:
        """Set what the files are.

        Args:
            folder: the folder.
            file_format: the format.
            commit: an id for the names of the files.
            is_first: whether the folder has no files of the table yet.
        """
        self._folder = folder
        self._format = file_format
        self._commit = commit
        self._is_first = is_first

    def name(self) -> str:
        """Return the name that Daft shows."""
        return "records"

    def schema(self) -> Schema:
        """Return the schema of the result of `finalize`."""
        return Schema.from_pydict({"name": DataType.string(), "rows": DataType.int64()})

    def write(self, micropartitions: Iterator[MicroPartition]) -> Iterator[WriteResult[PartFile]]:
        """Write rows to files, and yield the files."""
        held: list[pa.Table] = []
        for rows in micropartitions:
            held.append(rows.to_arrow())
            if sum(table.nbytes for table in held) >= _PART_BYTES:
                yield self._write_part(pa.concat_tables(held))
                held.clear()
        if table := pa.concat_tables(held) if held else None:
            yield self._write_part(table)

    def finalize(self, write_results: list[WriteResult[PartFile]]) -> MicroPartition:
        """Return the files. If the table has no rows, write one Parquet file that has the columns."""
        parts = [written.result for written in write_results]
        if not parts and self._is_first and self._format == "parquet":
            parts = [self._write_part(arrow_schema().empty_table()).result]
        columns = {"name": [part.name for part in parts], "rows": [part.rows for part in parts]}
        return MicroPartition.from_arrow(pa.table(columns, self.schema().to_pyarrow_schema()))

    def _write_part(self, table: pa.Table) -> WriteResult[PartFile]:
        content = _parquet(table) if self._format == "parquet" else _lines(table)
        part = PartFile(f"part-{self._commit}-{uuid4().hex}.{self._format}", table.num_rows)
        self._folder.put(part.name, content)
        return WriteResult(part, len(content), table.num_rows)


def _parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table.cast(arrow_schema()), stream, compression="zstd")
    return stream.getvalue()


def _lines(table: pa.Table) -> bytes:
    return b"".join(line.encode() + b"\n" for line in table.column(0).to_pylist())
