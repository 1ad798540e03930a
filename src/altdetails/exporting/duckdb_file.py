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
from altdetails.exporting.arrow_tables import first_rows, flatten, record_keys
from altdetails.exporting.outcome_rows import OutcomeRow
from altdetails.records.files import named_keys
from altdetails.schemas.sql import VIEWS, create, quote
from altdetails.schemas.tables import MENTION_ITEMS, RECORDS, mention_tables, tables

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from altdetails.exporting.arrow_tables import Batch

__all__ = ["OUTCOMES", "PAPERS", "refuse_foreign_content", "write_duckdb"]

OUTCOMES, PAPERS = "outcomes", "papers"
"""The names of the tables of outcomes and of a user's rows."""
_COMMENT = "altdetails export --with"
"""The comment on a table of a user's rows, by which it is known: its columns are the user's."""

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "160MB"}
_NO_DOWNLOADS = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_MAGIC = slice(8, 12), b"DUCK"
"""The place of DuckDB's mark in the header of its files, and the mark."""
_CONTENT = """
    SELECT schema_name, NULL, NULL FROM duckdb_schemas() WHERE NOT internal AND database_name = current_database()
    UNION ALL SELECT schema_name, view_name, NULL FROM duckdb_views() WHERE NOT internal
    UNION ALL SELECT schema_name, sequence_name, NULL FROM duckdb_sequences()
    UNION ALL SELECT schema_name, function_name, NULL FROM duckdb_functions() WHERE NOT internal
    UNION ALL SELECT schema_name, type_name, NULL FROM duckdb_types() WHERE NOT internal
    UNION ALL SELECT schema_name, table_name, column_name FROM duckdb_tables() JOIN duckdb_columns()
        USING (database_name, schema_name, table_name) WHERE NOT duckdb_tables.internal
"""
_BATCHES_AT_ONCE = 16
"""The number of batches per transaction. DuckDB keeps uncommitted rows in memory."""


def write_duckdb(
    batches: Iterable[Batch] | None, target: Path, others: Iterable[tuple[str, Iterable[pa.Table]]] = ()
) -> tuple[int, int]:
    """Write batches to a file.

    Args:
        batches: records; None for a file without their tables.
        target: the file.
        others: the names of further tables, each with one or more Arrow tables. They are read after the batches.

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
            own = () if batches is None else tables()
            worker.submit(database.execute, ";".join([*(create(table, "duckdb") for table in own), "BEGIN"])).result()
            for number, batch in enumerate(batches or (), 1):
                total += batch.table.num_rows
                count += worker.submit(_add, database, batch.table).result()
                if number % _BATCHES_AT_ONCE == 0:
                    worker.submit(database.execute, "COMMIT; BEGIN").result()
            queries = VIEWS if own else {}
            views = (f"CREATE VIEW {quote(name)} AS {query}" for name, query in queries.items())
            worker.submit(database.execute, ";".join(["COMMIT", *views])).result()
            for name, parts in others:
                for number, part in enumerate(parts):
                    worker.submit(_add_part, database, name, part, is_first=not number).result()
    except duckdb.OutOfMemoryException as error:
        raise ExportError(
            f"{target.name}: DuckDB needs more than {_SETTINGS['memory_limit']} of memory for these records; "
            "export fewer at once, or choose .parquet"
        ) from error
    except (duckdb.OperationalError, duckdb.FatalException) as error:
        raise OSError(errno.EIO, str(error)) from error
    return count, total - count


def refuse_foreign_content(target: Path) -> None:
    """Check that a DuckDB file can be replaced: that it has only the tables and views of an export.

    Raises:
        ExportError: if it has other content, if it cannot be read, or if there is a `.wal` file with its latest
            changes.
    """
    for file in (target, target.resolve()):  # DuckDB writes changes next to the name by which it opened the file
        changes = file.with_name(f"{file.name}.wal")
        if changes.exists():
            raise ExportError(
                f"{target}: {changes.name} has changes that DuckDB has not written to the file; open the file with "
                "DuckDB and close it, or choose another name"
            )
    if not target.exists() or not _is_database(target):
        return
    try:
        with closing(duckdb.connect(target, read_only=True, config=_SETTINGS | _NO_DOWNLOADS)) as database:
            content = set(database.execute(_CONTENT).fetchall())
            papers = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'main' AND table_name = ? AND comment = ?"
            has_papers = bool(database.execute(papers, [PAPERS, _COMMENT]).fetchall())
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise ExportError(
            f"{target}: cannot be read, so it is not replaced: {reason}; choose another name, or delete the file"
        ) from error
    own: set[tuple[str, str | None, str | None]] = {("main", None, None)}
    mentions = mention_tables()
    if ("main", RECORDS, "record_key") in content or ("main", MENTION_ITEMS, "mention_key") in content:
        own.update(("main", view, None) for view in VIEWS)
        own.update(("main", OUTCOMES, column) for column in OutcomeRow._fields)
        if has_papers:
            own.update(names for names in content if names[:2] == ("main", PAPERS))
        own.update(("main", table.name, column.name) for table in (*tables(), *mentions) for column in table.columns)
    if foreign := sorted(".".join(filter(None, names)) for names in content - own):
        raise ExportError(
            f"{target}: has content that is not of an export ({named_keys(foreign)}), so it is not replaced; "
            "choose another name, or delete the file"
        )


def _is_database(target: Path) -> bool:
    place, magic = _MAGIC
    with target.open("rb") as file:
        return file.read(place.stop)[place] == magic


def _add_part(database: duckdb.DuckDBPyConnection, name: str, part: pa.Table, *, is_first: bool) -> None:  # noqa: ARG001 -- DuckDB finds the part by its name
    if is_first:
        declared = next((create(table, "duckdb") for table in mention_tables() if table.name == name), None)
        database.execute(
            f"{declared}; INSERT INTO {quote(name)} FROM part"
            if declared
            else f"CREATE TABLE {quote(name)} AS FROM part"
        )
        if name == PAPERS:
            database.execute(f"COMMENT ON TABLE {quote(name)} IS '{_COMMENT}'")
    else:
        database.execute(f"INSERT INTO {quote(name)} FROM part")


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
