"""Files of records → a dataset of a warehouse, by dlt.

The items of a record (its mentions, its readers, …) are loaded as tables of their own, and declared to dlt as nested in
the table of records before it loads them: so it replaces a record with all its items in one transaction.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from altdetails.dialects.sql import CURRENT
from altdetails.dialects.tables import RECORDS, tables
from altdetails.extras import extra
from altdetails.inputs.records import files, records
from altdetails.load.destination import DEFAULT, destination
from altdetails.load.trouble import naming, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dlt import Pipeline

    from altdetails.export.batches import Batch
    from altdetails.inputs.records import Damaged
    from altdetails.load.rows import NewKeys

__all__ = ["DATASET", "Loaded", "load"]

DATASET = "altdetails"
_VIEW = "current_records"
_OFTEN = 1_000
_SETTINGS = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
"""dlt reports to nobody, and its troubles are told once, by us."""
_FILE_FORMATS = {"postgres": "csv"}
"""What is loaded faster than dlt's usual choice: PostgreSQL by COPY."""


@dataclass(slots=True)
class Loaded:
    """What came of a load."""

    records: int = 0
    """How many were read."""
    new: int = 0
    """How many of them the dataset did not have."""
    damaged: int = 0
    """How many lines were set aside."""
    dataset: str = DATASET
    """Where they are, as the warehouse calls it."""
    notices: list[str] = field(default_factory=list)
    """What a person should know of the load: a sentence each."""


def load(
    paths: Sequence[str | os.PathLike[str]],
    to: str = DEFAULT,
    *,
    dataset: str = DATASET,
    damaged: Callable[[Damaged], object] = lambda _: None,
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
    dlt = extra("dlt", "load", "altdetails load")
    extra("pyarrow", "load", "altdetails load")
    from altdetails.export.batches import batches, contents  # noqa: PLC0415 -- needs pyarrow
    from altdetails.load.rows import NewKeys  # noqa: PLC0415

    done = Loaded()

    def aside(line: Damaged) -> None:
        done.damaged += 1
        damaged(line)

    def counted(some: Iterable[Any]) -> Iterator[Any]:
        for each in some:
            yield each
            done.records += 1
            if done.records % _OFTEN == 0:
                progress(done.records)

    some = batches(counted(contents(records(paths, damaged=aside))), damaged=aside)
    new = NewKeys()
    with tempfile.TemporaryDirectory(prefix="altdetails-") as folder:
        with naming(to):
            pipeline = dlt.pipeline(
                "altdetails", destination=destination(to, dataset), dataset_name=dataset, pipelines_dir=folder
            )
            pipeline.config.restore_from_destination = False  # the schema is ours, not the one of the last load
            form = _FILE_FORMATS.get(pipeline.destination.destination_name)
            pipeline.extract(_resource(dlt, some, new), schema=dlt.Schema("altdetails"), loader_file_format=form)
            _nest(pipeline)
            pipeline.normalize()
            before = _count(pipeline)
            pipeline.load()
        done.dataset = pipeline.dataset_name
        done.new = _count(pipeline) - before
        done.notices += _make_view(pipeline)
    if new.columns:
        done.notices.append(f"new columns hold keys that this altdetails does not know: {', '.join(new.columns)}")
    if new.left_out:
        done.notices.append(f"keys that this altdetails does not know were left out: {', '.join(sorted(new.left_out))}")
    return done


def _resource(dlt: Any, some: Iterable[Batch], new: NewKeys) -> Any:  # noqa: ANN401 -- dlt's own
    from altdetails.load.rows import hints, rows  # noqa: PLC0415

    @dlt.resource(name=RECORDS)  # type: ignore[untyped-decorator]
    def items() -> Iterator[Any]:
        declared = set()
        for batch in some:
            for table, found in rows(batch, new):
                if table.name not in declared:
                    declared.add(table.name)
                    said = dlt.mark.make_hints(table_name=table.name, columns=hints(table), write_disposition="merge")
                    yield dlt.mark.with_hints(found, said, create_table_variant=True)
                elif found.num_rows:
                    yield dlt.mark.with_table_name(found, table.name)

    return items


def _nest(pipeline: Pipeline) -> None:
    """Declare the tables of items as nested in the one of records."""
    schema = pipeline.default_schema
    for table in tables():
        if table.items and table.name in schema.tables:
            nested = schema.tables[table.name]
            nested["parent"] = RECORDS
            nested.pop("resource", None)
            nested.pop("write_disposition", None)


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
