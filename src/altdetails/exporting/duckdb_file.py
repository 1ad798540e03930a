"""Records → a DuckDB file: the flat tables, with views for the usual questions.

DuckDB works in a thread of its own: in the main one it makes an error of what a signal raises there.
"""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from altdetails.exporting.flat import first_places, flat, record_keys
from altdetails.schemas.sql import VIEWS, create, quoted
from altdetails.schemas.tables import RECORDS, tables

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from altdetails.exporting.parquet import Batch

__all__ = ["write_duckdb"]

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "160MB"}
_BATCHES_AT_ONCE = 16
"""In a transaction: what is not committed is held in memory."""


def write_duckdb(batches: Iterable[Batch], target: Path) -> tuple[int, int]:
    """Write batches to a file.

    Returns:
        How many records are in it, and how many were left out since they were in it already.

    Raises:
        OSError: where the disk is full, for instance.
    """
    count = given = 0
    try:
        with closing(duckdb.connect(target, config=_SETTINGS)) as database, ThreadPoolExecutor(1) as worker:
            worker.submit(int).result()  # Ctrl-C in the start of a thread leaves it unwaited for, with nothing to do
            statements = [*(create(table, "duckdb") for table in tables()), "BEGIN"]
            worker.submit(database.execute, ";".join(statements)).result()
            for number, batch in enumerate(batches, 1):
                given += batch.table.num_rows
                count += worker.submit(_add, database, batch.table).result()
                if number % _BATCHES_AT_ONCE == 0:
                    worker.submit(database.execute, "COMMIT; BEGIN").result()
            views = (f"CREATE VIEW {quoted(name)} AS {query}" for name, query in VIEWS.items())
            worker.submit(database.execute, ";".join(["COMMIT", *views])).result()
    except (duckdb.OperationalError, duckdb.FatalException) as error:
        raise OSError(errno.EIO, str(error)) from error
    return count, given - count


def _add(database: duckdb.DuckDBPyConnection, batch: pa.Table) -> int:
    """Add the records of a batch that are not there yet, in their order, and tell how many."""
    keys = record_keys(batch)
    offered = pa.table({"record_key": keys})  # noqa: F841 -- DuckDB finds it by its name
    found = database.execute(f"SELECT record_key FROM {RECORDS} SEMI JOIN offered USING (record_key)")  # noqa: S608 -- constants
    first = first_places(keys, {key for (key,) in found.fetchall()})
    if not first:
        return 0
    fresh = batch if len(first) == batch.num_rows else batch.take([*first.values()])
    for table, rows in flat(fresh):
        if rows.num_rows:
            database.execute(f"INSERT INTO {quoted(table.name)} SELECT * FROM rows")  # noqa: S608 -- constants
    return len(first)
