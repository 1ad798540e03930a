"""The schema of records or mentions in a named format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from altdetails import mention, record, summary
from altdetails._arguments import check
from altdetails.errors import SettingsError
from altdetails.schemas.arrow import arrow_schema, mention_arrow_schema
from altdetails.schemas.fields import mention_fields, record_fields
from altdetails.schemas.sql import bigquery_schema, ddl, mention_ddl

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FORMATS", "LINES", "LineName", "SchemaFormat", "schema", "schema_text"]

SchemaFormat = Literal["json-schema", "arrow", "duckdb", "postgresql", "bigquery"]
FORMATS: tuple[SchemaFormat, ...] = get_args(SchemaFormat)
LineName = Literal["records", "mentions", "summary"]
LINES: tuple[LineName, ...] = get_args(LineName)
"""What has a schema: records, single mentions, and the object of `--json`."""


@overload
def schema(format: Literal["json-schema"] = "json-schema", of: LineName = "records") -> dict[str, Any]: ...
@overload
def schema(format: Literal["arrow"], of: LineName = "records") -> pa.Schema: ...
@overload
def schema(format: Literal["duckdb", "postgresql"], of: LineName = "records") -> str: ...
@overload
def schema(format: Literal["bigquery"], of: LineName = "records") -> list[dict[str, Any]]: ...
def schema(format: SchemaFormat = "json-schema", of: LineName = "records") -> Any:  # noqa: A002 -- the name of the command's option
    """Return the schema of records, of single mentions, or of the summary that `--json` prints.

    Examples:
        >>> schema()["$defs"]["Count"]["required"]
        ['source', 'count', 'unit', 'url']
        >>> schema("arrow").field("score").type
        DataType(int64)
        >>> schema("arrow", of="mentions").field("outlet").type
        DataType(string)

    Args:
        format: the format of the schema.
        of: `records`; `mentions`: a file of mentions, with both kinds of its lines; `summary`: the object of
            `--json`, as `json-schema` only.

    Returns:
        For `json-schema`, a dict (draft 2020-12). For `arrow`, a `pyarrow.Schema`. For `bigquery`, a list of dicts,
        one per column. For `duckdb` and `postgresql`, the SQL statements that create the tables and views.

    Raises:
        TypeError: if an argument is not a string.
        InputError: if the format needs a library that is not installed.
        SettingsError: if the format or the kind of lines is unknown, or a summary has no such format.
    """
    check(format, str, "the name of a format")
    check(of, str, "records, mentions or summary as of")
    if of not in LINES:
        raise SettingsError(f"{of[:80]!r}: there is no such schema; use one of {', '.join(LINES)}")
    if of == "summary" and format in FORMATS:
        if format != "json-schema":
            raise SettingsError(f"{format}: a summary is an object, not a table; use json-schema")
        return summary.summary_schema()
    is_of_records = of == "records"
    match format:
        case "json-schema":
            return record.json_schema() if is_of_records else mention.mention_schema()
        case "arrow":
            return arrow_schema() if is_of_records else mention_arrow_schema()
        case "duckdb" | "postgresql":
            return ddl(format) if is_of_records else mention_ddl(format)
        case "bigquery":
            return bigquery_schema(record_fields() if is_of_records else mention_fields())
    raise SettingsError(f"{format!r}: unknown schema format; use one of {', '.join(FORMATS)}")


def schema_text(name: SchemaFormat, of: LineName = "records") -> str:
    """Return a schema as text, without a final line break. Arguments and errors are those of `schema`."""
    value = schema(name, of)
    if isinstance(value, str):
        return value
    return "\n".join(map(str, value)) if name == "arrow" else json.dumps(value, indent=2, ensure_ascii=False)
