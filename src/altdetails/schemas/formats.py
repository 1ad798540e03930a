"""The schema of a record in a named format."""

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
def schema(format: SchemaFormat = "json-schema") -> Any:  # noqa: A002 -- the name of the command's option
    """Return the schema of a record.

    Examples:
        >>> schema()["$defs"]["Count"]["required"]
        ['source', 'count', 'unit', 'url']
        >>> schema("arrow").field("score").type
        DataType(int64)

    Args:
        format: the format of the schema.

    Returns:
        For `json-schema`, a dict (draft 2020-12). For `arrow`, a `pyarrow.Schema`. For `bigquery`, a list of dicts,
        one per column. For `duckdb` and `postgresql`, the SQL statements that create the tables and views.

    Raises:
        TypeError: if the format is not a string.
        InputError: if the format needs a library that is not installed.
        SettingsError: if the format is unknown.
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
    raise SettingsError(f"{format!r}: unknown schema format; use one of {', '.join(FORMATS)}")


def schema_text(name: SchemaFormat) -> str:
    """Return a schema as text, without a final line break. Arguments and errors are those of `schema`."""
    value = schema(name)
    if isinstance(value, str):
        return value
    return "\n".join(map(str, value)) if name == "arrow" else json.dumps(value, indent=2, ensure_ascii=False)
