"""Files of records → a dataset of a warehouse, by dlt.

The items of a record (its mentions, its readers, …) are loaded as tables of their own, and declared to dlt as nested in
the table of records before it loads them: so it replaces a record with all its items in one transaction.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from altdetails._optional import require
from altdetails.dialects.sql import CURRENT
from altdetails.dialects.tables import RECORDS, tables
from altdetails.load.destination import DEFAULT, destination
from altdetails.load.trouble import naming, reason
from altdetails.records.files import files, named_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dlt import Pipeline

    from altdetails.export.batches import Batch
    from altdetails.load.intake import Intake
    from altdetails.load.rows import NewKeys
    from altdetails.records.files import DamagedLine

__all__ = ["DATASET", "Loaded", "load"]

DATASET = "altdetails"
_VIEW = "current_records"
_SETTINGS = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    "DATA_WRITER__FILE_MAX_ITEMS": "200000",
    "LOAD__WORKERS": "2",
}
"""dlt reports to nobody, its troubles are told once, by us, and what is held in memory has bounds."""
_FILE_FORMATS = {"postgres": "parquet"}
"""Where dlt's usual choice does not do: its CSV makes null of an empty text."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a load."""

    records: int
    """How many were read."""
    new: int
    """How many snapshots the dataset has more than before."""
    damaged: int
    """How many lines were set aside."""
    dataset: str
    """Where they are, as the warehouse calls it."""
    notices: list[str]
    """What a person should know of the load: a sentence each."""


def load(
    paths: Sequence[str | os.PathLike[str]],
    to: str = DEFAULT,
    *,
    dataset: str = DATASET,
    damaged: Callable[[DamagedLine], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> Loaded:
    """Load the records of files into a dataset, with a view of the newest snapshot of each output.

    A snapshot that the dataset has is replaced, and counts once; another snapshot of the same output is added.

    Args:
        paths: files of records (JSONL, plain or compressed, Parquet), run folders, or `-` for standard input.
        to: dlt's name of a destination, with its credentials where dlt looks for them, or a URL with them.
        dataset: the schema or dataset; made where it is not there.
        damaged: told of each line that holds no record; it is set aside.
        progress: told how many records were read so far, now and then.

    Raises:
        InputError: where a path leads to no file of records, or a library is not installed.
        ExportError: where the warehouse cannot be reached, or does not take the records. It holds what it held before.
    """
    files(paths)
    os.environ |= _SETTINGS
    dlt = require("dlt", "load", "altdetails load")
    require("pyarrow", "load", "altdetails load")
    from altdetails.load.intake import Intake  # noqa: PLC0415 -- needs pyarrow
    from altdetails.load.rows import NewKeys  # noqa: PLC0415

    intake, new = Intake(paths, damaged, progress), NewKeys()
    with tempfile.TemporaryDirectory(prefix="altdetails-") as folder:
        with naming(to):
            pipeline = dlt.pipeline(
                "altdetails", destination=destination(to, dataset), dataset_name=dataset, pipelines_dir=folder
            )
            pipeline.config.restore_from_destination = False  # the schema is ours, not the one of the last load
            pipeline.extract(
                _resource(dlt, intake.batches(), new),
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
        return Loaded(
            records=intake.records,
            new=_count(pipeline) - before,
            damaged=intake.damaged,
            dataset=name,
            notices=[*_make_view(pipeline), *_notices(intake, new)],
        )


def _notices(intake: Intake, new: NewKeys) -> Iterator[str]:
    if intake.repeated:
        yield f"given more than once, and loaded once: {intake.repeated:,}"
    if new.columns:
        yield f"new columns hold keys that this altdetails does not know: {named_keys([*new.columns])}"
    if new.left_out:
        yield f"keys that this altdetails does not know were left out: {named_keys(sorted(new.left_out))}"


def _resource(dlt: Any, some: Iterable[Batch], new: NewKeys) -> Any:  # noqa: ANN401 -- dlt's own
    from altdetails.load.rows import hints, rows  # noqa: PLC0415

    @dlt.resource(name=RECORDS)  # type: ignore[untyped-decorator]
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
    from dlt.common.schema.utils import new_table  # noqa: PLC0415 -- dlt is loaded by `load`

    from altdetails.load.rows import hints  # noqa: PLC0415

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
    from dlt.destinations.exceptions import DatabaseUndefinedRelation  # noqa: PLC0415 -- dlt is loaded by `load`

    with pipeline.sql_client() as client, suppress(DatabaseUndefinedRelation):
        rows = client.execute_sql(f"SELECT count(*) FROM {client.make_qualified_table_name(RECORDS)}")  # noqa: S608 -- our own name
        return int(rows[0][0]) if rows else 0
    return 0


def _make_view(pipeline: Pipeline) -> Iterator[str]:
    """Make the view of the newest snapshots; what is wrong where a warehouse does not take it."""
    with pipeline.sql_client() as client:
        view, table = (client.make_qualified_table_name(name) for name in (_VIEW, RECORDS))
        try:
            client.execute_sql(f"CREATE OR REPLACE VIEW {view} AS {CURRENT.format(records=table)}")
        except Exception as error:  # noqa: BLE001 -- each warehouse has its own, and the records are there
            yield f"the records are loaded, but the view {_VIEW} cannot be made: {reason(error)}"
