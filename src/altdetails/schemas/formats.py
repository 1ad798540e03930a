"""The schema of a record, in the format that is asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from altdetails import record
from altdetails._arguments import check
from altdetails.errors import SettingsError
from altdetails.schemas.arrow import arrow_schema
from altdetails.schemas.sql import bigquery_schema, ddl

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FORMATS", "SchemaFormat", "schema", "schema_text"]

SchemaFormat = Literal["json-schema", "arrow", "duckdb", "postgresql", "bigquery"]
FORMATS: tuple[SchemaFormat, ...] = get_args(SchemaFormat)


@overload
def schema(format: Literal["json-schema"] = "json-schema") -> dict[str, Any]: ...
@overload
def schema(format: Literal["arrow"]) -> pa.Schema: ...
@overload
def schema(format: Literal["duckdb", "postgresql"]) -> str: ...
@overload
def schema(format: Literal["bigquery"]) -> list[dict[str, Any]]: ...
def schema(format: SchemaFormat = "json-schema") -> Any:  # noqa: A002 -- as the option of the command is called
    """The schema of a record.

        >>> schema()["$defs"]["Count"]["required"]
        ['source', 'count', 'unit', 'url']
        >>> schema("arrow").field("score").type
        DataType(int64)

    Args:
        format: the language of the schema.

    Returns:
        The JSON Schema (draft 2020-12) as a dict; Arrow's own Schema; BigQuery's columns as a list of dicts; the
        statements that make the tables and views of DuckDB or PostgreSQL as text.

    Raises:
        TypeError: if the format is not text.
        InputError: if the format needs a library that is not installed.
        SettingsError: if there is no such format.
    """
    check(format, str, "the name of a format")
    match format:
        case "json-schema":
            return record.json_schema()
        case "arrow":
            return arrow_schema()
        case "duckdb" | "postgresql":
            return ddl(format)
        case "bigquery":
            return bigquery_schema()
    raise SettingsError(f"{format!r}: there is no such schema; give one of {', '.join(FORMATS)}")


def schema_text(name: SchemaFormat) -> str:
    """A schema as text, without a line end at its end; with the arguments and errors of `schema`."""
    found = schema(name)
    if isinstance(found, str):
        return found
    return "\n".join(map(str, found)) if name == "arrow" else json.dumps(found, indent=2, ensure_ascii=False)
