"""One load, by dlt.

The items of a record (its mentions, its readers, …) are loaded as tables of their own, and declared to dlt as nested in
the table of records before it loads them: so it replaces a record with all its items in one transaction.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import dlt
from dlt.common.schema.utils import new_table
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from altdetails.loading.destination import destination, first_sentence, shown, warehouse_errors
from altdetails.loading.dlt_tables import NewKeys, UniqueRecords, hints, rows
from altdetails.records.files import named_keys
from altdetails.schemas.sql import CURRENT
from altdetails.schemas.tables import RECORDS, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dlt import Pipeline

    from altdetails.exporting.parquet import Batch
    from altdetails.records.files import DamagedLine, RecordSource

__all__ = ["loaded"]

_VIEW = "current_records"
_FILE_FORMATS: dict[str, Literal["parquet"]] = {"postgres": "parquet"}
"""Instead of dlt's usual choice, whose CSV makes null of an empty text."""


def loaded(
    source: RecordSource,
    to: str,
    dataset: str,
    *,
    damaged: Callable[[DamagedLine], object],
    progress: Callable[[int], object],
) -> tuple[int, int, int, str, str, list[str]]:
    """Load records, with the arguments and errors of `load`; gives the fields of `Loaded`."""
    unique, new = UniqueRecords(source, damaged, progress), NewKeys()
    with tempfile.TemporaryDirectory(prefix="altdetails-", ignore_cleanup_errors=True) as folder:
        with warehouse_errors(to):
            pipeline = dlt.pipeline(
                "altdetails", destination=destination(to, dataset), dataset_name=dataset, pipelines_dir=folder
            )
            pipeline.config.restore_from_destination = False  # the schema is ours, not the one of the last load
            pipeline.extract(
                _resource(unique.batches(), new),
                schema=dlt.Schema("altdetails"),
                loader_file_format=_FILE_FORMATS.get(pipeline.destination.destination_name),
            )
            _nest(pipeline)
            pipeline.normalize()
            with pipeline.destination_client() as client:
                client.initialize_storage()
                client.update_stored_schema(force=True)  # else tables that somebody dropped would never come again
            before = _count(pipeline)
            pipeline.load()
        with pipeline.sql_client() as client:
            name = client.dataset_name
        notices = [*_make_view(pipeline), *_notices(unique, new)]
        return unique.records, _count(pipeline) - before, unique.damaged, shown(to), name, notices


def _notices(unique: UniqueRecords, new: NewKeys) -> Iterator[str]:
    if unique.repeated:
        yield f"given more than once, and loaded once: {unique.repeated:,}"
    if new.columns:
        yield f"new columns hold keys that this altdetails does not know: {named_keys([*new.columns])}"
    if new.left_out:
        yield f"keys that this altdetails does not know were left out: {named_keys(sorted(new.left_out))}"


def _resource(some: Iterable[Batch], new: NewKeys) -> Any:  # noqa: ANN401 -- dlt's own
    @dlt.resource(name=RECORDS)
    def items() -> Iterator[Any]:
        declared = set()
        for batch in some:
            for table, found in rows(batch, new):
                if not found.num_rows:
                    continue
                if table.name not in declared:
                    declared.add(table.name)
                    said = dlt.mark.make_hints(table_name=table.name, columns=hints(table), write_disposition="merge")
                    yield dlt.mark.with_hints(found, said, create_table_variant=True)
                else:
                    yield dlt.mark.with_table_name(found, table.name)

    return items


def _nest(pipeline: Pipeline) -> None:
    """Declare the tables of items as nested in the one of records, those without rows included."""
    schema = pipeline.default_schema
    for table in tables():
        if table.name not in schema.tables:
            schema.update_table(new_table(table.name, columns=[*hints(table).values()]))
        made = schema.tables[table.name]
        made["x-normalizer"] = {"seen-data": True}
        if table.items:
            made["parent"] = RECORDS
            made.pop("resource", None)
            made.pop("write_disposition", None)
        else:
            made["write_disposition"] = "merge"


def _count(pipeline: Pipeline) -> int:
    """How many snapshots the dataset has."""
    with pipeline.sql_client() as client, suppress(DatabaseUndefinedRelation):
        rows = client.execute_sql(f"SELECT count(*) FROM {client.make_qualified_table_name(RECORDS)}")  # noqa: S608 -- our own name
        return int(rows[0][0]) if rows else 0
    return 0


def _make_view(pipeline: Pipeline) -> Iterator[str]:
    """Make the view of the newest snapshots; what is wrong if a warehouse does not take it."""
    with pipeline.sql_client() as client:
        view, table = (client.make_qualified_table_name(name) for name in (_VIEW, RECORDS))
        try:
            client.execute_sql(f"CREATE OR REPLACE VIEW {view} AS {CURRENT.format(records=table)}")
        except Exception as error:  # noqa: BLE001 -- each warehouse has its own, and the records are there
            yield f"the records are loaded, but the view {_VIEW} cannot be made: {first_sentence(error)}"
