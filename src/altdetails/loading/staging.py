"""Collect rows in staging tables, batch by batch, and put them into the dataset in one transaction.

A load of any length needs the memory of one batch. A reader of the dataset sees a file after its last batch, and then
as a whole. The staging tables are in the dataset `…_staging`. A row in one of them says which batches
are whole. So a load that was killed goes on after the last whole batch, and rows of another batch are deleted.

One dlt run writes a batch to the staging tables. Its own merge, which would do all in one run, needs memory and
temporary files that grow with the number of records, and begins again after it was killed. Its SQL is used to merge.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import dlt
import pyarrow as pa
from dlt.common.configuration import inject_section
from dlt.common.configuration.specs.config_section_context import ConfigSectionContext
from dlt.common.configuration.utils import get_resolved_traces
from dlt.common.destination.client import WithStagingDataset
from dlt.common.runtime import signals
from dlt.common.schema.utils import new_table
from dlt.destinations.exceptions import DatabaseException, DatabaseUndefinedRelation
from dlt.destinations.job_client_impl import SqlJobClientBase

from altdetails._arguments import shown_address
from altdetails.errors import ExportError
from altdetails.loading.destination import destination
from altdetails.schemas.sql import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

__all__ = ["Declaration", "Staging"]

_FILE_FORMATS: dict[str, Literal["parquet"]] = {"postgres": "parquet"}
"""File formats that replace dlt's default. For PostgreSQL the default is CSV, which turns an empty text into null."""
_BATCH = "load_batch"
_STATE = "load_batches"
_STATE_COLUMNS = {"source": "text", "batch": "bigint", "row_count": "bigint"}
_STATE_NAMES = f"({', '.join(_STATE_COLUMNS)})"
_UNNAMED = "-"
_PUBLISHED = 0
"""The number of a batch in the row of a source that is in the dataset. It is forgotten at the end of the load."""
_KEPT = -1
"""The same in the row of a part, which never changes, so that no later load reads it again."""


class Declaration(NamedTuple):
    """A table as dlt knows it."""

    name: str
    columns: dict[str, Any]
    """dlt's hints, by the name of the column."""
    parent: str | None = None
    """The table whose rows it belongs to, which are replaced together with its own."""


class Staging:
    """The staging tables of a dataset, and the tables that readers see."""

    def __init__(self, name: str, to: str, dataset: str, folder: str, tables: Sequence[Declaration]) -> None:
        """Set the tables. Nothing is connected before `opened`.

        Args:
            name: a name for dlt's pipeline and schemas.
            to: as in `load`.
            dataset: as in `load`.
            folder: a temporary folder.
            tables: the tables. The first has a row for each item of a batch.
        """
        self._name = name
        self._tables = tables
        self._to = to
        self._dataset = dataset
        self._destination = destination(to, dataset)
        self._pipeline = dlt.pipeline(name, destination=self._destination, pipelines_dir=folder)
        self._pipeline.config.restore_from_destination = False  # the schema of the last load is not used
        self._pipeline.config.enable_runtime_trace = False
        self._file_format = _FILE_FORMATS.get(self._destination.destination_name)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Create or update all tables, and stay connected to the staging dataset until the end of the block.

        DuckDB opens a file slowly. It is opened once, and no other process can open it before the end of the block.

        Raises:
            ExportError: if the destination has no tables in which rows can be replaced.
        """
        self._client = self._client_for(self._dataset, self._schema(self._name, map(_merged, self._tables)))
        self.dataset = self._client.sql_client.dataset_name
        state = {name: {"name": name, "data_type": kind, "nullable": False} for name, kind in _STATE_COLUMNS.items()}
        staged = [_appended(_STATE, state), *(_appended(table.name, _staged(table)) for table in self._tables)]
        schema = self._schema(f"{self._name}_staging", staged)
        self._staging = self._client_for(self._client.sql_client.staging_dataset_name, schema)
        with self._staging:
            with self._client:
                self._was_whole = _update(self._client, self._tables)
            _update(self._staging, self._tables)
            yield

    def published(self) -> set[str]:
        """Return what is in the dataset: parts, and the sources since the last load that did not end.

        All are forgotten if the dataset had no rows, or lacked a table or a column.
        """
        client = self._staging.sql_client
        of_published = f"FROM {client.make_qualified_table_name(_STATE)} WHERE batch <= {_PUBLISHED}"
        if not (self._was_whole and self.row_count()):
            client.execute_sql(f"DELETE {of_published}")
        return {source for (source,) in client.execute_sql(f"SELECT source {of_published}") or ()}

    def start(self, source: str | None) -> int:
        """Prepare the staging tables for a source, and return how many of its first batches are there.

        Args:
            source: what the source is, with the state of its file; None if a later load cannot know it again.
        """
        client = self._staging.sql_client
        rows = client.execute_sql(
            f"SELECT batch FROM {client.make_qualified_table_name(_STATE)} WHERE source = %s AND batch > {_PUBLISHED}",  # noqa: S608 -- fixed names
            self._key(source),
        )
        whole = sorted(batch for (batch,) in rows or ())
        if source is None or not whole or whole != [*range(1, len(whole) + 1)]:
            self._clear()
            return 0
        for table in self._tables:
            name = client.make_qualified_table_name(table.name)
            client.execute_sql(f"DELETE FROM {name} WHERE {_BATCH} > {len(whole)}")  # noqa: S608 -- fixed names
        return len(whole)

    def add(self, source: str | None, batch: int, rows: Iterable[tuple[str, pa.Table]]) -> None:
        """Write a batch to the staging tables.

        Args:
            source: as in `start`.
            batch: its number, from 1.
            rows: rows, each with the name of their table.
        """
        first = self._tables[0].name
        hints = {table.name: _staged(table) for table in self._tables}
        count = 0

        @dlt.resource(name=first)
        def items() -> Iterator[Any]:
            nonlocal count
            declared = set()
            for name, table in rows:
                if not table.num_rows:
                    continue
                count += table.num_rows if name == first else 0
                field = pa.field(_BATCH, pa.int64())
                numbered = table.append_column(field, pa.repeat(pa.scalar(batch, pa.int64()), table.num_rows))
                if name in declared:
                    yield dlt.mark.with_table_name(numbered, name)
                    continue
                declared.add(name)
                mark = dlt.mark.make_hints(table_name=name, columns=hints[name], write_disposition="append")
                yield dlt.mark.with_hints(numbered, mark, create_table_variant=True)

        self._pipeline.extract(items, schema=self._staging.schema, loader_file_format=self._file_format)
        with signals.intercepted_signals():  # dlt forgets a signal that comes when a step is almost done
            self._pipeline.normalize()
            self._pipeline.load(dataset_name=self._staging.sql_client.dataset_name)
            signals.raise_if_signalled()
        pa.default_memory_pool().release_unused()
        get_resolved_traces().clear()  # dlt itself forgets them only if it writes a trace
        self._note(source, batch, count)

    def publish(self, source: str | None, new_columns: Iterable[str] = (), part: str | None = None) -> None:
        """Put the staged rows into the dataset, in place of rows with the same keys, in one transaction.

        Args:
            source: as in `start`.
            new_columns: names of columns of text in the first table that are not declared.
            part: the name of the part that the source is, if it is one.

        Raises:
            ExportError: if another load has changed the staging tables.
        """
        first = self._tables[0].name
        new: list[Any] = [{"name": name, "data_type": "text", "nullable": True} for name in new_columns]
        if new:
            self._client.schema.update_table(new_table(first, write_disposition="merge", columns=new))
            self._client = self._client_for(self._dataset, self._client.schema)
        with self._client as client:
            if new:
                client.update_stored_schema(force=True)
            sql = client.sql_client
            with sql.with_staging_dataset():
                state = sql.make_qualified_table_name(_STATE)
                staged = sql.make_qualified_table_name(first)
            with _transaction(client):
                self._refuse_other_rows(sql, source, state, staged)
                for root in self._tables:
                    if root.parent is None:
                        sql.execute_many(_merge(client, [root, *self._items_of(root)]))
                sql.execute_sql(f"DELETE FROM {state} WHERE source = %s", self._key(source))  # noqa: S608 -- fixed names
                if known := part or source:
                    add = f"INSERT INTO {state} {_STATE_NAMES} VALUES (%s, %s, 0)"  # noqa: S608 -- fixed names
                    sql.execute_sql(add, known, _KEPT if part else _PUBLISHED)
        self._clear()

    def end(self) -> None:
        """Forget the sources but parts: a later load reads all of its other files."""
        client = self._staging.sql_client
        client.truncate_tables(*(table.name for table in self._tables))
        client.execute_sql(f"DELETE FROM {client.make_qualified_table_name(_STATE)} WHERE batch >= {_PUBLISHED}")  # noqa: S608 -- fixed names

    def row_count(self) -> int:
        """Return the number of rows of the first table in the dataset."""
        with self.sql_client() as client, suppress(DatabaseUndefinedRelation):
            rows = client.execute_sql(f"SELECT count(*) FROM {client.make_qualified_table_name(self._tables[0].name)}")  # noqa: S608 -- a fixed name
            return int(rows[0][0]) if rows else 0
        return 0

    def sql_client(self) -> Any:  # noqa: ANN401 -- dlt's own
        """Return dlt's client for SQL in the dataset."""
        return self._client.sql_client

    def _schema(self, name: str, declared: Iterable[Any]) -> dlt.Schema:
        schema = dlt.Schema(name)
        for table in declared:
            if self._file_format:
                table["file_format"] = self._file_format  # it decides the types of columns
            schema.update_table(table)
        return schema

    def _client_for(self, dataset: str, schema: dlt.Schema) -> SqlJobClientBase:
        """Return dlt's client for a dataset. A copy of the schema has the digest by which dlt stores it."""
        copy = dlt.Schema.from_stored_schema(schema.to_dict())
        with inject_section(ConfigSectionContext(pipeline_name=self._name)):  # settings can be those of a pipeline
            client = dlt.dataset(self._destination, dataset, copy).destination_client
        if isinstance(client, SqlJobClientBase) and isinstance(client, WithStagingDataset):
            return client
        raise ExportError(
            f"{shown_address(self._to)}: is not a database, so rows cannot be replaced there; "
            "export a file instead: altdetails export RECORDS -o records.parquet"
        )

    def _items_of(self, root: Declaration) -> Iterator[Declaration]:
        return (table for table in self._tables if table.parent == root.name)

    @staticmethod
    def _key(source: str | None) -> str:
        return source or _UNNAMED

    def _note(self, source: str | None, batch: int, count: int) -> None:
        client = self._staging.sql_client
        state = client.make_qualified_table_name(_STATE)
        add = f"INSERT INTO {state} {_STATE_NAMES} VALUES (%s, %s, %s)"  # noqa: S608 -- fixed names
        client.execute_sql(add, self._key(source), batch, count)

    def _clear(self) -> None:
        client = self._staging.sql_client
        client.truncate_tables(*(table.name for table in self._tables))
        state = client.make_qualified_table_name(_STATE)
        client.execute_sql(f"DELETE FROM {state} WHERE batch > {_PUBLISHED}")  # noqa: S608 -- fixed names

    def _refuse_other_rows(self, client: Any, source: str | None, state: str, staged: str) -> None:  # noqa: ANN401 -- dlt's own
        """Check that the staging tables have the rows of this load alone."""
        ((expected,),) = client.execute_sql(f"SELECT sum(row_count) FROM {state} WHERE source = %s", self._key(source))  # noqa: S608 -- fixed names
        ((count,),) = client.execute_sql(f"SELECT count(*) FROM {staged}")  # noqa: S608 -- fixed names
        if int(expected or 0) != count:
            raise ExportError(
                f"{self.dataset}: its staging tables have {count:,} rows instead of {expected or 0:,}, so another load "
                "writes to them; wait until it ends, and load again"
            )


def _merged(table: Declaration) -> Any:  # noqa: ANN401 -- dlt's own
    """Return the table that readers see. All of a parent and its items are replaced in one transaction."""
    parent, disposition = cast("Any", (table.parent, None if table.parent else "merge"))
    made = new_table(table.name, parent, disposition, columns=[*table.columns.values()])
    made["x-normalizer"] = {"seen-data": True}  # else dlt does not create tables without rows
    made["x-stage-data-deduplicated"] = True  # type: ignore[typeddict-unknown-key]
    return made


def _appended(name: str, columns: dict[str, Any]) -> Any:  # noqa: ANN401 -- dlt's own
    made = new_table(name, write_disposition="append", columns=[*columns.values()])
    made["x-normalizer"] = {"seen-data": True}
    return made


def _staged(table: Declaration) -> dict[str, Any]:
    """Return the columns of a staging table: types without keys, and the number of the batch."""
    kept = ("name", "data_type", "nullable")
    columns = {name: {key: hint[key] for key in kept} for name, hint in table.columns.items()}
    return columns | {_BATCH: {"name": _BATCH, "data_type": "bigint", "nullable": True}}


def _update(client: SqlJobClientBase, tables: Sequence[Declaration]) -> bool:
    """Create what is missing, such as dropped tables. Let columns be null that an older version always filled.

    dlt adds columns, but changes none. If the warehouse refuses it, records without null can still be loaded.

    Returns:
        Whether nothing was missing.
    """
    client.initialize_storage()
    stored = dict(client.get_storage_tables([table.name for table in tables]))
    client.update_stored_schema(force=True)
    for table in tables:
        name = client.sql_client.make_qualified_table_name(table.name)
        for column, hint in table.columns.items():
            if hint["nullable"] and not stored[table.name].get(column, {}).get("nullable", True):
                with suppress(DatabaseException):
                    client.sql_client.execute_sql(f"ALTER TABLE {name} ALTER COLUMN {quote(column)} DROP NOT NULL")
    # some warehouses have names in capitals
    return all(table.columns.keys() <= {name.lower() for name in stored[table.name]} for table in tables)


def _transaction(client: SqlJobClientBase) -> AbstractContextManager[Any]:
    """Begin a transaction, if the warehouse has any."""
    return client.sql_client.begin_transaction() if client.capabilities.supports_transactions else nullcontext()


def _merge(client: SqlJobClientBase, chain: Sequence[Declaration]) -> list[str]:
    """Return dlt's statements that replace rows of a table and of its items by those in the staging dataset."""
    prepared = [client.prepare_load_table(table.name) for table in chain]
    (job,) = client.create_table_chain_completed_followup_jobs(prepared)
    file = Path(job.new_file_path())  # in the temporary folder, in which dlt leaves it
    lines = file.read_text("utf-8").splitlines()
    file.unlink()
    return [statement for line in lines for statement in line.split(";") if statement.strip()]
