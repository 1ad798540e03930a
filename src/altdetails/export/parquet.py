"""Records → Parquet: one row a record, nested as the record is, with its schema and Zstandard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from altdetails.dialects.arrow import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from altdetails.export.batches import Batch

__all__ = ["write_parquet"]

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
