"""Records → a DuckDB file: the flat tables, with views for the usual questions."""

from __future__ import annotations

import errno
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from altdetails.dialects.sql import VIEWS, create, quoted
from altdetails.dialects.tables import RECORDS, tables
from altdetails.export.flat import flat, record_keys

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from altdetails.export.batches import Batch

__all__ = ["write_duckdb"]

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "256MB"}


def write_duckdb(batches: Iterable[Batch], target: Path) -> tuple[int, int]:
    """Write batches to a file.

    Returns:
        How many records are in it, and how many were left out since they were in it already.

    Raises:
        OSError: where the disk is full, for instance.
    """
    count = given = 0
    try:
        with closing(duckdb.connect(target, config=_SETTINGS)) as database:
            for table in tables():
                database.execute(create(table, "duckdb"))
            database.execute("BEGIN")
            for batch in batches:
                given += batch.table.num_rows
                count += _add(database, batch.table)
            database.execute("COMMIT")
            for name, query in VIEWS.items():
                database.execute(f"CREATE VIEW {quoted(name)} AS {query}")
    except duckdb.IOException as error:
        raise OSError(errno.EIO, str(error)) from error
    return count, given - count


def _add(database: duckdb.DuckDBPyConnection, batch: pa.Table) -> int:
    """Add the records of a batch that are not there yet, and tell how many."""
    fresh = pa.array([], pa.string())
    for table, rows in flat(_without_repeats(batch)):
        if table.name == RECORDS:
            made = database.execute(f"INSERT OR IGNORE INTO {RECORDS} SELECT * FROM rows RETURNING record_key")  # noqa: S608 -- constants
            fresh = pa.array([key for (key,) in made.fetchall()], pa.string())
        else:
            items = rows.filter(pc.is_in(rows.column("record_key"), fresh))
            if items.num_rows:
                database.execute(f"INSERT INTO {quoted(table.name)} SELECT * FROM items")  # noqa: S608 -- constants
    return len(fresh)


def _without_repeats(batch: pa.Table) -> pa.Table:
    first: dict[str, int] = {}
    for place, key in enumerate(record_keys(batch).to_pylist()):
        first.setdefault(key, place)
    return batch if len(first) == batch.num_rows else batch.take([*first.values()])
