"""Load records with dlt: file after file, each in batches, and each as a whole for readers.

The items of a record (mentions, readers, …) are loaded as tables of their own. They are declared to dlt as nested in
the table of records, because dlt's SQL replaces a record and its nested items together.
"""

from __future__ import annotations

import tempfile
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from altdetails import __version__
from altdetails._arguments import is_address, shown_address
from altdetails._files import STANDARD_STREAM, reading_errors
from altdetails.exporting.arrow_tables import grouped, sliced
from altdetails.exporting.row_files import repeated_notice
from altdetails.loading.destination import first_line, warehouse_errors
from altdetails.loading.dlt_tables import NewKeys, UniqueRecords, flat_tables, hints
from altdetails.loading.staging import Declaration, Staging
from altdetails.records.files import RecordSource, named_keys
from altdetails.schemas.sql import CURRENT
from altdetails.schemas.tables import RECORDS, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

    from altdetails.exporting.arrow_tables import Batch
    from altdetails.records.files import DamagedLine

__all__ = ["run_load"]

_VIEW = "current_records"


def run_load(  # noqa: PLR0913 -- the arguments of load
    source: RecordSource,
    to: str,
    dataset: str,
    *,
    batch_size: int,
    damaged: Callable[[DamagedLine], object],
    progress: Callable[[int], object],
) -> tuple[int, int, int, str, str, list[str], int]:
    """Load records and return the fields of `Loaded`. Arguments and errors are those of `load`."""
    loaded: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="altdetails-", ignore_cleanup_errors=True) as folder,
        UniqueRecords(damaged, progress) as unique,
        warehouse_errors(to, loaded),
    ):
        staging = Staging("altdetails", to, dataset, folder, _declarations())
        new_keys = NewKeys()
        files = [(file, RecordSource(file)) for file in source.files] or [("", source)]
        states = [_state(file, batch_size, is_part=file in source.parts) for file, _ in files]
        first_batches = _begun(unique, files[0][1], is_file=states[0] is not None, is_part=files[0][0] in source.parts)
        with staging.opened():
            before = staging.row_count()
            earlier = staging.published()
            again, parts_before = [], 0
            for (file, lines), state in zip(files, states, strict=True):
                part = Path(file).name if file in source.parts else None
                if part in earlier:
                    parts_before += 1
                    continue
                if state in earlier:
                    again.append(file)
                    continue
                batches = first_batches if lines is files[0][1] else unique.batches(lines)
                _load_file(staging, state, grouped(sliced(batches, batch_size), batch_size), new_keys, part)
                loaded.append(file)
            staging.end()
            notices = [*_create_view(staging, to), *_notices(unique, new_keys, again)]
            new = staging.row_count() - before
        return unique.records, new, unique.damaged, shown_address(to), staging.dataset, notices, parts_before


def _declarations() -> list[Declaration]:
    return [Declaration(table.name, hints(table), RECORDS if table.items else None) for table in tables()]


def _state(file: str, batch_size: int, *, is_part: bool) -> str | None:
    """Return a digest of what is loaded: a file's path, size and time of change, and how it is divided into batches.

    It is None for what can be read only once or has no reliable time, and for records in memory. A part at an address
    never changes.
    """
    if is_address(file) and is_part:
        return sha256(repr((__version__, batch_size, file)).encode()).hexdigest()
    if file in {"", STANDARD_STREAM} or is_address(file):
        return None
    path = Path(file).resolve()
    with reading_errors(file):
        status = path.stat()
    parts = (__version__, batch_size, path, status.st_size, status.st_mtime_ns)
    return sha256(repr(parts).encode()).hexdigest() if path.is_file() else None


def _begun(unique: UniqueRecords, source: RecordSource, *, is_file: bool, is_part: bool) -> Iterator[Batch]:
    """Return the batches of a source, after something was read: nothing is connected for a source without records.

    A part has records, and is perhaps not needed: it is not read.
    """
    batches = unique.batches(source)
    if is_part:
        return batches
    if is_file:
        next(source.lines(damaged=lambda _: None), None)
        return batches
    return chain([first for first in [next(batches, None)] if first], batches)


def _load_file(
    staging: Staging, source: str | None, groups: Iterable[Iterator[Batch]], new_keys: NewKeys, part: str | None
) -> None:
    """Load one file. What a killed load has put into the staging tables is read, but not written again."""
    whole = staging.start(source)
    number = 0
    for number, group in enumerate(groups, 1):
        if number > whole:
            staging.add(source, number, _flat(group, new_keys))
        else:
            for batch in group:
                new_keys.add(batch.unknown)
    if number:
        staging.publish(source, new_keys.columns.values(), part)


def _flat(batches: Iterable[Batch], new_keys: NewKeys) -> Iterator[tuple[str, pa.Table]]:
    return ((table.name, rows) for batch in batches for table, rows in flat_tables(batch, new_keys))


def _notices(unique: UniqueRecords, new_keys: NewKeys, again: list[str]) -> Iterator[str]:
    if again:
        files = "1 file was" if len(again) == 1 else f"{len(again):,} files were"
        yield f"{files} loaded by a load that did not end, and not again: {named_keys(again)}"
    if unique.repeated:
        yield repeated_notice(unique.repeated)
    if new_keys.columns:
        yield f"unknown keys were loaded into new columns: {named_keys([*new_keys.columns])}"
    if new_keys.ignored:
        yield f"unknown keys were ignored: {named_keys(sorted(new_keys.ignored))}"


def _create_view(staging: Staging, to: str) -> Iterator[str]:
    """Create the view of the newest snapshots. Yield a notice if the warehouse refuses it."""
    with staging.sql_client() as client:
        view, table = (client.make_qualified_table_name(name) for name in (_VIEW, RECORDS))
        try:
            client.execute_sql(f"CREATE OR REPLACE VIEW {view} AS {CURRENT.format(records=table)}")
        except Exception as error:  # noqa: BLE001 -- every warehouse has its own errors, and the records are loaded
            yield f"the records were loaded, but the view {_VIEW} was not created: {first_line(error, to)}"
