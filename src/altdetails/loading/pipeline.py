"""Run one load with dlt.

The items of a record (mentions, readers, …) are loaded as tables of their own. Before the load, they are declared
to dlt as nested in the table of records, because dlt replaces a record and its nested items in one transaction.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import dlt
from dlt.common.destination.client import WithStagingDataset
from dlt.common.schema.utils import new_table
from dlt.destinations.exceptions import DatabaseException, DatabaseUndefinedRelation
from dlt.destinations.job_client_impl import SqlJobClientBase

from altdetails._arguments import shown_address
from altdetails.exporting.row_files import repeated_notice
from altdetails.loading.destination import destination, first_line, warehouse_errors
from altdetails.loading.dlt_tables import NewKeys, UniqueRecords, flat_tables, hints
from altdetails.records.files import named_keys
from altdetails.schemas.sql import CURRENT, quote
from altdetails.schemas.tables import RECORDS, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dlt import Pipeline
    from dlt.common.destination.client import JobClientBase

    from altdetails.exporting.arrow_tables import Batch
    from altdetails.records.files import DamagedLine, RecordSource

__all__ = ["file_format", "new_pipeline", "row_count", "run_load"]

_VIEW = "current_records"
_FILE_FORMATS: dict[str, Literal["parquet"]] = {"postgres": "parquet"}
"""File formats that replace dlt's default. For PostgreSQL the default is CSV, which turns an empty text into null."""


def run_load(
    source: RecordSource,
    to: str,
    dataset: str,
    *,
    damaged: Callable[[DamagedLine], object],
    progress: Callable[[int], object],
) -> tuple[int, int, int, str, str, list[str]]:
    """Load records and return the fields of `Loaded`. Arguments and errors are those of `load`."""
    unique, new_keys = UniqueRecords(source, damaged, progress), NewKeys()
    with tempfile.TemporaryDirectory(prefix="altdetails-", ignore_cleanup_errors=True) as folder:
        with warehouse_errors(to):
            pipeline = new_pipeline("altdetails", to, dataset, folder)
            pipeline.extract(
                _resource(unique.batches(), new_keys),
                schema=dlt.Schema("altdetails"),
                loader_file_format=file_format(pipeline),
            )
            _declare_nested(pipeline)
            pipeline.normalize()
            with pipeline.destination_client() as client:
                client.initialize_storage()
                client.update_stored_schema(force=True)  # creates dropped tables again
                _allow_null(client)
                if isinstance(client, WithStagingDataset):
                    with client.with_staging_dataset():
                        _allow_null(client)
            before = row_count(pipeline, RECORDS)
            pipeline.load()
        with pipeline.sql_client() as client:
            name = client.dataset_name
        notices = [*_create_view(pipeline, to), *_notices(unique, new_keys)]
        new = row_count(pipeline, RECORDS) - before
        return unique.records, new, unique.damaged, shown_address(to), name, notices


def new_pipeline(name: str, to: str, dataset: str, folder: str) -> Pipeline:
    """Return a pipeline that does not use the schema of the last load."""
    pipeline = dlt.pipeline(name, destination=destination(to, dataset), dataset_name=dataset, pipelines_dir=folder)
    pipeline.config.restore_from_destination = False
    return pipeline


def file_format(pipeline: Pipeline) -> Literal["parquet"] | None:
    """Return the file format of a destination; None for dlt's default."""
    return _FILE_FORMATS.get(pipeline.destination.destination_name)


def _notices(unique: UniqueRecords, new_keys: NewKeys) -> Iterator[str]:
    if unique.repeated:
        yield repeated_notice(unique.repeated)
    if new_keys.columns:
        yield f"unknown keys were loaded into new columns: {named_keys([*new_keys.columns])}"
    if new_keys.ignored:
        yield f"unknown keys were ignored: {named_keys(sorted(new_keys.ignored))}"


def _resource(batches: Iterable[Batch], new_keys: NewKeys) -> Any:  # noqa: ANN401 -- dlt's own
    @dlt.resource(name=RECORDS)
    def items() -> Iterator[Any]:
        declared = set()
        for batch in batches:
            for table, rows in flat_tables(batch, new_keys):
                if not rows.num_rows:
                    continue
                if table.name not in declared:
                    declared.add(table.name)
                    mark = dlt.mark.make_hints(table_name=table.name, columns=hints(table), write_disposition="merge")
                    yield dlt.mark.with_hints(rows, mark, create_table_variant=True)
                else:
                    yield dlt.mark.with_table_name(rows, table.name)

    return items


def _declare_nested(pipeline: Pipeline) -> None:
    """Declare the tables of items as nested in the table of records, even tables without rows."""
    schema = pipeline.default_schema
    for table in tables():
        if table.name not in schema.tables:
            schema.update_table(new_table(table.name, columns=[*hints(table).values()]))
        declaration = schema.tables[table.name]
        declaration["x-normalizer"] = {"seen-data": True}
        if table.items:
            declaration["parent"] = RECORDS
            declaration.pop("resource", None)
            declaration.pop("write_disposition", None)
        else:
            declaration["write_disposition"] = "merge"


def _allow_null(client: JobClientBase) -> None:
    """Let columns be null that an older version of the record always filled. dlt adds columns, but changes none.

    If the warehouse refuses it, records without null can still be loaded.
    """
    if not isinstance(client, SqlJobClientBase):
        return
    _, stored = client.get_storage_table(RECORDS)
    table = client.sql_client.make_qualified_table_name(RECORDS)
    for column in tables()[0].columns:
        if column.is_nullable and not stored.get(column.name, {}).get("nullable", True):
            with suppress(DatabaseException):
                client.sql_client.execute_sql(f"ALTER TABLE {table} ALTER COLUMN {quote(column.name)} DROP NOT NULL")


def row_count(pipeline: Pipeline, table: str) -> int:
    """Return the number of rows of a table in the dataset; 0 if the dataset has no such table yet."""
    with pipeline.sql_client() as client, suppress(DatabaseUndefinedRelation):
        rows = client.execute_sql(f"SELECT count(*) FROM {client.make_qualified_table_name(table)}")  # noqa: S608 -- a fixed name
        return int(rows[0][0]) if rows else 0
    return 0


def _create_view(pipeline: Pipeline, to: str) -> Iterator[str]:
    """Create the view of the newest snapshots. Yield a notice if the warehouse refuses it."""
    with pipeline.sql_client() as client:
        view, table = (client.make_qualified_table_name(name) for name in (_VIEW, RECORDS))
        try:
            client.execute_sql(f"CREATE OR REPLACE VIEW {view} AS {CURRENT.format(records=table)}")
        except Exception as error:  # noqa: BLE001 -- every warehouse has its own errors, and the records are loaded
            yield f"the records were loaded, but the view {_VIEW} was not created: {first_line(error, to)}"
