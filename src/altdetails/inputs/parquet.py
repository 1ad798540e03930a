"""Parquet files of `altdetails export` → records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from altdetails.errors import InputError
from altdetails.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["rows"]

_ROWS_AT_ONCE = 1_000


def rows(path: str, name: str) -> Iterator[Record]:
    """The records in a file.

    Args:
        path: the file.
        name: what it is called in messages.

    Raises:
        InputError: where it is damaged, or holds no records.
    """
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    number += 1
                    yield Record.from_json(msgspec.json.encode(row))
    except msgspec.ValidationError as error:
        raise InputError(
            f"{name}: row {number:,} is no record: {error}; `altdetails export` writes such files"
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{name}: cannot be read as Parquet: {error}; copy or make the file again") from error
