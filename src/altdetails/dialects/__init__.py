"""The record's schema in the languages of those who store records: all of it follows from the classes of `record`.

`fields` tells what a record is made of. Of that, `arrow` and `bigquery` make one nested table, `tables` several flat
ones, and `sql` spells these out for DuckDB and PostgreSQL.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from altdetails import record
from altdetails._optional import require

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FORMATS", "schema_text"]


def schema_text(name: str) -> str:
    """A schema as text, without a line's end.

    Args:
        name: one of `FORMATS`.

    Raises:
        InputError: where the format needs a library that is not installed.
    """
    return FORMATS[name]()


def _json_schema() -> str:
    return json.dumps(record.schema(), indent=2, ensure_ascii=False)


def _arrow() -> str:
    require("pyarrow", "export", "the Arrow schema")
    from altdetails.dialects.arrow import arrow_schema  # noqa: PLC0415 -- needs pyarrow

    return "\n".join(map(str, arrow_schema()))


def _duckdb() -> str:
    from altdetails.dialects.sql import ddl  # noqa: PLC0415 -- the JSON Schema needs no tables

    return ddl("duckdb")


def _postgresql() -> str:
    from altdetails.dialects.sql import ddl  # noqa: PLC0415

    return ddl("postgresql")


def _bigquery() -> str:
    from altdetails.dialects.bigquery import bigquery_schema  # noqa: PLC0415

    return json.dumps(bigquery_schema(), indent=2, ensure_ascii=False)


FORMATS: dict[str, Callable[[], str]] = {
    "json-schema": _json_schema,
    "arrow": _arrow,
    "duckdb": _duckdb,
    "postgresql": _postgresql,
    "bigquery": _bigquery,
}
"""The schemas that there are, by name."""
