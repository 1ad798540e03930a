"""Write records to a DuckDB file: the flat tables, with views for common questions.

DuckDB runs in its own thread. In the main thread, it turns exceptions raised by signal handlers into its own errors.
"""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from altdetails.errors import ExportError
from altdetails.exporting.flat import first_rows, flatten, record_keys
from altdetails.schemas.sql import VIEWS, create, quote
from altdetails.schemas.tables import RECORDS, tables

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from altdetails.exporting.parquet import Batch

__all__ = ["write_duckdb"]

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "160MB"}
_BATCHES_AT_ONCE = 16
"""The number of batches per transaction. DuckDB keeps uncommitted rows in memory."""


def write_duckdb(batches: Iterable[Batch], target: Path) -> tuple[int, int]:
    """Write batches to a file.

    Returns:
        The number of records in the file, and the number of duplicates that were skipped.

    Raises:
        OSError: if the file cannot be written, for example because the disk is full.
        ExportError: if the records need more memory than DuckDB may use.
    """
    count = total = 0
    try:
        with closing(duckdb.connect(target, config=_SETTINGS)) as database, ThreadPoolExecutor(1) as worker:
            worker.submit(int).result()  # start the thread now: Ctrl-C during its start abandons it
            statements = [*(create(table, "duckdb") for table in tables()), "BEGIN"]
            worker.submit(database.execute, ";".join(statements)).result()
            for number, batch in enumerate(batches, 1):
                total += batch.table.num_rows
                count += worker.submit(_add, database, batch.table).result()
                if number % _BATCHES_AT_ONCE == 0:
                    worker.submit(database.execute, "COMMIT; BEGIN").result()
            views = (f"CREATE VIEW {quote(name)} AS {query}" for name, query in VIEWS.items())
            worker.submit(database.execute, ";".join(["COMMIT", *views])).result()
    except duckdb.OutOfMemoryException as error:
        raise ExportError(
            f"{target.name}: DuckDB needs more than {_SETTINGS['memory_limit']} of memory for these records; "
            "export fewer at once, or choose .parquet"
        ) from error
    except (duckdb.OperationalError, duckdb.FatalException) as error:
        raise OSError(errno.EIO, str(error)) from error
    return count, total - count


def _add(database: duckdb.DuckDBPyConnection, batch: pa.Table) -> int:
    """Insert the new records of a batch, in order, and return their number."""
    keys = record_keys(batch)
    batch_keys = pa.table({"record_key": keys})  # noqa: F841 -- DuckDB finds it by its name
    existing = database.execute(f"SELECT record_key FROM {RECORDS} SEMI JOIN batch_keys USING (record_key)")  # noqa: S608 -- constants
    first = first_rows(keys, {key for (key,) in existing.fetchall()})
    if not first:
        return 0
    new_records = batch if len(first) == batch.num_rows else batch.take([*first.values()])
    for table, rows in flatten(new_records):
        if rows.num_rows:
            database.execute(f"INSERT INTO {quote(table.name)} SELECT * FROM rows")  # noqa: S608 -- constants
    return len(first)
