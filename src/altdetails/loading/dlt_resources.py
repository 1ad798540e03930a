"""Records and mentions as resources of dlt, for the pipelines of users.

The schema of such a pipeline is kept between its runs, and dlt makes no nested tables of Arrow tables. So the tables of
items are declared as nested before the first rows, for the reason that `pipeline` gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dlt
from dlt.common import logger
from dlt.common.schema.utils import new_table

from altdetails.exporting.mention_export import MentionTables, stored_mentions
from altdetails.loading.dlt_tables import NewKeys, UniqueRecords, flat_tables, hints, mention_hints, with_json
from altdetails.loading.mention_load import without_nul
from altdetails.records.files import named_keys
from altdetails.schemas.tables import MENTION_ITEMS, RECORDS, mention_tables, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlt.extract import DltSource

    from altdetails.records.files import DamagedLine, RecordSource
    from altdetails.records.mention_files import MentionSource
    from altdetails.schemas.tables import Table

__all__ = ["source_of"]


def source_of(records: RecordSource, mentions: MentionSource, damaged: Callable[[DamagedLine], object]) -> DltSource:
    """Return the source: a resource of records with their items, and one of mentions if there are any."""

    @dlt.source(schema=dlt.Schema("altdetails"))
    def altdetails() -> Any:  # noqa: ANN401 -- dlt's own
        if records.is_given:
            yield dlt.resource(_records(records, damaged), name=RECORDS)
        if mentions.is_given:
            yield dlt.resource(_mentions(mentions, damaged), name=MENTION_ITEMS)

    return altdetails()


class _NestedTable(dict[str, Any]):
    """The declaration of a nested table. It has no resource, but dlt reads one when it counts the rows of resources."""

    def __missing__(self, key: str) -> str:
        if key == "resource":
            return RECORDS
        raise KeyError(key)


def _declare(table: Table) -> None:
    """Declare a table of records to dlt, even if it will have no rows."""
    declared: dict[str, Any] = dlt.current.source_schema().tables
    if table.name not in declared:
        parent = {"parent_table_name": RECORDS} if table.items else {}
        columns: Any = [*hints(table).values()]
        dlt.current.source_schema().update_table(new_table(table.name, columns=columns, **parent))  # type: ignore[arg-type]
    if table.items:
        declared[table.name] = _NestedTable(declared[table.name])


def _records(source: RecordSource, damaged: Callable[[DamagedLine], object]) -> Callable[[], Iterator[Any]]:
    def rows() -> Iterator[Any]:
        new_keys = NewKeys()
        for table in tables():
            _declare(table)
        is_first = True
        with UniqueRecords(damaged, lambda _: None) as unique:
            for batch in unique.batches(source):
                for table, part in flat_tables(batch, new_keys):
                    if is_first or part.num_rows:  # dlt creates only tables that it was given
                        yield _marked(table, part, hints(table), parent=RECORDS if table.items else None)
                is_first = False
        if new_keys.ignored:
            logger.warning(f"unknown keys were ignored: {named_keys(sorted(new_keys.ignored))}")

    return rows


def _mentions(source: MentionSource, damaged: Callable[[DamagedLine], object]) -> Callable[[], Iterator[Any]]:
    def rows() -> Iterator[Any]:
        with stored_mentions(source, damaged=damaged, notice=logger.info) as store:
            columns = MentionTables(store, damaged)
            for table in mention_tables():
                for part in columns.arrow(table.name, without_nul(columns.lines(table.name), damaged)):
                    yield _marked(table, with_json(table, part), mention_hints(table))

    return rows


def _marked(table: Table, rows: Any, columns: dict[str, Any], parent: str | None = None) -> Any:  # noqa: ANN401 -- Arrow's and dlt's own
    """Return rows with their table. In a CSV file, dlt's default for PostgreSQL, an empty text would become null."""
    mark = dlt.mark.make_hints(table.name, parent, columns=columns, write_disposition="merge", file_format="parquet")
    return dlt.mark.with_hints(rows, mark, create_table_variant=True)
