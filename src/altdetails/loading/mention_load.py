"""Load single mentions, and the pages of tabs that list them, each as one table."""

from __future__ import annotations

import tempfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import dlt
from dlt.common.schema.utils import new_table

from altdetails._arguments import shown_address
from altdetails.exporting.mention_export import MentionTables
from altdetails.loading.destination import warehouse_errors
from altdetails.loading.dlt_tables import NUL_REASON, has_nul, mention_hints, with_json
from altdetails.loading.pipeline import file_format, new_pipeline, row_count
from altdetails.records.files import DamagedLine
from altdetails.schemas.tables import MENTION_ITEMS, mention_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from altdetails.diffing.mention_store import MentionStore, StoredLine
    from altdetails.schemas.tables import Table

__all__ = ["load_mentions", "without_nul"]


def load_mentions(
    store: MentionStore, to: str, dataset: str, *, damaged: Callable[[DamagedLine], object]
) -> tuple[int, int, str, str]:
    """Load mentions. A mention that the dataset has is replaced.

    Args:
        store: the mentions.
        to: as in `load`.
        dataset: as in `load`.
        damaged: called for every line that the warehouse cannot store.

    Returns:
        The number of mentions that were loaded, how many of them are new, the destination, and the name of the dataset.

    Raises:
        AltdetailsError: as `load`.
    """
    with tempfile.TemporaryDirectory(prefix="altdetails-", ignore_cleanup_errors=True) as folder:
        with warehouse_errors(to):
            pipeline = new_pipeline("altdetails_mentions", to, dataset, folder)
            schema = dlt.Schema("altdetails_mentions")
            for table in mention_tables():
                columns = [*mention_hints(table).values()]
                schema.update_table(new_table(table.name, write_disposition="merge", columns=columns))
            before = row_count(pipeline, MENTION_ITEMS)
            counts: Counter[str] = Counter()
            resources = [_resource(table, MentionTables(store, damaged), damaged, counts) for table in mention_tables()]
            pipeline.extract(resources, schema=schema, loader_file_format=file_format(pipeline))
            pipeline.normalize()
            pipeline.load()
        with pipeline.sql_client() as client:
            name = client.dataset_name
        return counts[MENTION_ITEMS], row_count(pipeline, MENTION_ITEMS) - before, shown_address(to), name


def _resource(
    table: Table, tables: MentionTables, damaged: Callable[[DamagedLine], object], counts: Counter[str]
) -> Any:  # noqa: ANN401 -- dlt's own
    @dlt.resource(name=table.name, write_disposition="merge", columns=mention_hints(table))
    def rows() -> Iterator[Any]:
        for part in tables.arrow(table.name, without_nul(tables.lines(table.name), damaged)):
            if part.num_rows:
                counts[table.name] += part.num_rows
                yield with_json(table, part)

    return rows


def without_nul(lines: Iterator[StoredLine], damaged: Callable[[DamagedLine], object]) -> Iterator[StoredLine]:
    """Yield the lines that a warehouse can store. `damaged` is called for the others."""
    for line in lines:
        if has_nul(line.json):
            damaged(DamagedLine(line.file, line.number, NUL_REASON))
        else:
            yield line
