"""Parquet files of `altdetails export` → lines of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from altdetails.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["rows"]

_ROWS_AT_ONCE = 1_000


def rows(path: str, name: str) -> Iterator[bytes]:
    """The rows of a file, as the lines of JSON that say the same.

    Args:
        path: the file.
        name: what it is called in messages.

    Raises:
        InputError: where it is damaged, or holds no records.
    """
    try:
        with pq.ParquetFile(path) as file:
            if "schema_version" not in file.schema_arrow.names:
                raise InputError(f"{name}: is no file of records; `altdetails export` writes such files")
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    yield msgspec.json.encode(row)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{name}: cannot be read as Parquet: {error}; copy or make the file again") from error
