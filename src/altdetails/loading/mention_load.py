"""Load single mentions, and the pages of tabs that list them, each as one table."""

from __future__ import annotations

import tempfile
from collections import Counter
from typing import TYPE_CHECKING

from altdetails._arguments import shown_address
from altdetails.exporting.arrow_tables import grouped
from altdetails.exporting.mention_export import MentionTables
from altdetails.loading.destination import warehouse_errors
from altdetails.loading.dlt_tables import NUL_REASON, has_nul, mention_hints, with_json
from altdetails.loading.staging import Declaration, Staging
from altdetails.records.files import DamagedLine
from altdetails.schemas.tables import MENTION_ITEMS, mention_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from altdetails.diffing.mention_store import MentionStore, StoredLine
    from altdetails.schemas.tables import Table

__all__ = ["load_mentions", "without_nul"]


def load_mentions(
    store: MentionStore, to: str, dataset: str, *, batch_size: int, damaged: Callable[[DamagedLine], object]
) -> tuple[int, int, str, str]:
    """Load mentions, all or none of them. A mention that the dataset has is replaced.

    Args:
        store: the mentions.
        to: as in `load`.
        dataset: as in `load`.
        batch_size: as in `load`.
        damaged: called for every line that the warehouse cannot store.

    Returns:
        The number of mentions that were loaded, how many of them are new, the destination, and the name of the dataset.

    Raises:
        AltdetailsError: as `load`.
    """
    with tempfile.TemporaryDirectory(prefix="altdetails-", ignore_cleanup_errors=True) as folder, warehouse_errors(to):
        declarations = [Declaration(table.name, mention_hints(table)) for table in mention_tables()]
        staging = Staging("altdetails_mentions", to, dataset, folder, declarations)
        with staging.opened():
            before = staging.row_count()
            staging.start(None)
            counts: Counter[str] = Counter()
            stored = MentionTables(store, damaged)
            number = 0
            for table in mention_tables():
                for group in grouped(_rows(table, stored, damaged, counts), batch_size):
                    number += 1
                    staging.add(None, number, ((table.name, rows) for rows in group))
            staging.publish(None)
            return counts[MENTION_ITEMS], staging.row_count() - before, shown_address(to), staging.dataset


def _rows(
    table: Table, tables: MentionTables, damaged: Callable[[DamagedLine], object], counts: Counter[str]
) -> Iterator[pa.Table]:
    for part in tables.arrow(table.name, without_nul(tables.lines(table.name), damaged)):
        if part.num_rows:
            counts[table.name] += part.num_rows
            yield with_json(table, part)


def without_nul(lines: Iterator[StoredLine], damaged: Callable[[DamagedLine], object]) -> Iterator[StoredLine]:
    """Yield the lines that a warehouse can store. `damaged` is called for the others."""
    for line in lines:
        if has_nul(line.json):
            damaged(DamagedLine(line.file, line.number, NUL_REASON))
        else:
            yield line
