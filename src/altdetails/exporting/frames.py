"""Records as data frames: `to_arrow()`, `to_pandas()` and `to_polars()`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from altdetails._arguments import check, check_functions
from altdetails._optional import require
from altdetails.errors import SettingsError
from altdetails.exporting.mention_export import MentionTables, stored_mentions
from altdetails.exporting.outcome_rows import OutcomeRow, outcome_rows
from altdetails.exporting.row_files import repeated_notice
from altdetails.records.files import RecordSource, refuse_damaged
from altdetails.records.mention_files import MentionSource
from altdetails.schemas.arrow import arrow_types
from altdetails.schemas.tables import MENTION_ITEMS, MENTION_PAGES, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from altdetails.records.files import DamagedLine, PathOrPaths, RecordLine, RecordsOrPaths
    from altdetails.records.mention_files import MentionsOrPaths
    from altdetails.schemas.tables import Table

__all__ = ["TableName", "to_arrow", "to_pandas", "to_polars"]

TableName = Literal[
    "records",
    "identifiers",
    "highlights",
    "mentions",
    "citations",
    "readers",
    "demographics",
    "rankings",
    "inconsistencies",
    "unread",
    "outcomes",
    "mention_items",
    "mention_pages",
]


def to_pandas(
    records_or_paths: RecordsOrPaths | MentionsOrPaths,
    table: TableName = "records",
    *,
    damaged: Callable[[DamagedLine], object] = refuse_damaged,
    notice: Callable[[str], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> pd.DataFrame:
    """Return a table of records as a pandas DataFrame. It needs `pip install 'altdetails[pandas]'`.

    The columns have the nullable types of pandas, whatever the values are: `Int64`, `Float64`, `boolean` and `string`,
    so a missing value is `pd.NA`, and a whole number never becomes a float. Dates are `datetime64[ms]`, times
    `datetime64[ms, UTC]`. A list of texts, such as `authors`, is a Python list, or None.

    Examples:
        >>> records = to_pandas("run")
        >>> records[["doi", "score"]].dtypes.astype(str).to_list()
        ['string', 'Int64']
        >>> mentions = to_pandas("run", "mentions")
        >>> int(mentions.loc[mentions["source"] == "news", "count"].sum())
        66

    The arguments and errors are those of `to_arrow`.
    """
    pandas = require("pandas", "pandas", "to_pandas")
    arrow = to_arrow(records_or_paths, table, damaged=damaged, notice=notice, progress=progress)
    types = arrow_types()
    dtypes = {
        types["integer"]: pandas.Int64Dtype(),
        types["number"]: pandas.Float64Dtype(),
        types["boolean"]: pandas.BooleanDtype(),
        types["text"]: pandas.StringDtype(),
    }
    frame = arrow.to_pandas(types_mapper=dtypes.get, date_as_object=False)
    for field in arrow.schema:
        if field.type not in types.values():  # lists of texts; pyarrow returns arrays
            frame[field.name] = pandas.Series(arrow.column(field.name).to_pylist(), dtype=object)
    return frame


def to_polars(
    records_or_paths: RecordsOrPaths | MentionsOrPaths,
    table: TableName = "records",
    *,
    damaged: Callable[[DamagedLine], object] = refuse_damaged,
    notice: Callable[[str], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> pl.DataFrame:
    """Return a table of records as a polars DataFrame. It needs `pip install 'altdetails[polars]'`.

    Examples:
        >>> to_polars("run").get_column("score").to_list()
        [641, 38]

    The arguments and errors are those of `to_arrow`.
    """
    polars = require("polars", "polars", "to_polars")
    arrow = to_arrow(records_or_paths, table, damaged=damaged, notice=notice, progress=progress)
    return cast("pl.DataFrame", polars.from_arrow(arrow))


def to_arrow(
    records_or_paths: RecordsOrPaths | MentionsOrPaths,
    table: TableName = "records",
    *,
    damaged: Callable[[DamagedLine], object] = refuse_damaged,
    notice: Callable[[str], object] = lambda _: None,
    progress: Callable[[int], object] = lambda _: None,
) -> pa.Table:
    """Return a table of records as an Arrow table. It needs `pip install 'altdetails[export]'`.

    The tables are those of an export to DuckDB: `records` has a row for each record, each other table a row for each
    item of a list in the records. `record_key` joins them. A snapshot that is read again is left out, and unknown keys
    are ignored.

    Examples:
        >>> to_arrow("run").num_rows
        2
        >>> to_arrow(["run-january", "run-july"], "readers").column_names
        ['record_key', 'position', 'source', 'count', 'unit', 'url']
        >>> to_arrow("mentions.jsonl", "mention_items").column("outlet").to_pylist()
        ['The Harbour Gazette', 'Coastal Office']

    Args:
        records_or_paths: one or more paths (JSONL, also compressed, Parquet, run folders, `-` for standard input), or
            Records. For `outcomes`, one or more run folders. For tables of mentions, run folders, files of mentions or
            Mentions.
        table: `records`, `identifiers`, `highlights`, `mentions`, `citations`, `readers`, `demographics`, `rankings`,
            `inconsistencies` or `unread`; or `outcomes`, with a row for each identifier of runs; `mention_items`, with
            a row for each single mention; or `mention_pages`, with a row for each page of a tab.
        damaged: called for every line that is not a valid record. Without it, such a line raises an error.
        notice: called with a sentence for the user, for example about snapshots that were read again.
        progress: called with the number of records read so far, after every batch of them.

    Raises:
        TypeError: if an argument has the wrong type.
        SettingsError: if there is no such table.
        InputError: if a path is not a records file or run folder, a line is not a valid record, or a library is not
            installed.
        StoreError: if the ledger of a run cannot be read; `RunDamaged` if it is damaged.
    """
    check(table, str, "the name of a table as text")
    check_functions(damaged=damaged, notice=notice, progress=progress)
    if table not in get_args(TableName):
        raise SettingsError(f"{table[:80]!r}: unknown table; use one of {', '.join(get_args(TableName))}")
    arrow = require("pyarrow", "export", "to_arrow")
    if table == "outcomes":
        return _outcomes(cast("PathOrPaths", records_or_paths), arrow)
    if table in {MENTION_ITEMS, MENTION_PAGES}:
        source = MentionSource(records_or_paths)
        with stored_mentions(source, damaged=damaged, notice=notice, progress=progress) as store:
            return arrow.concat_tables(MentionTables(store, damaged).arrow(table))
    (flat,) = (item for item in tables() if item.name == table)
    lines = RecordSource(cast("RecordsOrPaths", records_or_paths)).lines(damaged=damaged)
    return arrow.concat_tables(_flat_tables(flat, lines, damaged, notice, progress))


def _flat_tables(
    table: Table,
    lines: Iterator[RecordLine],
    damaged: Callable[[DamagedLine], object],
    notice: Callable[[str], object],
    progress: Callable[[int], object],
) -> Iterator[pa.Table]:
    arrow_tables = require("altdetails.exporting.arrow_tables", "export", "to_arrow")
    yield arrow_tables.flat_schema(table).empty_table()
    seen: set[str] = set()
    count = repeated = 0
    for batch in arrow_tables.arrow_batches(arrow_tables.contents(lines), damaged=damaged):
        keys = arrow_tables.record_keys(batch.table)
        first = arrow_tables.first_rows(keys, seen)
        seen.update(first)
        count += len(keys)
        repeated += len(keys) - len(first)
        if rows := [*first.values()]:
            yield arrow_tables.flat_rows(table, batch.table.take(rows), keys.take(rows))
        progress(count)
    if repeated:
        notice(repeated_notice(repeated))


def _outcomes(runs: PathOrPaths, arrow: Any) -> pa.Table:  # noqa: ANN401 -- pyarrow has no types
    text, integer, timestamp = (arrow_types()[kind] for kind in ("text", "integer", "timestamp"))
    rows = arrow.Table.from_pylist(
        [row._asdict() for row in outcome_rows(runs)],
        arrow.schema([(name, integer if name == "attempts" else text) for name in OutcomeRow._fields]),
    )
    return rows.set_column(OutcomeRow._fields.index("at"), "at", rows.column("at").cast(timestamp))
