"""The record as BigQuery's JSON schema: what `bq load` takes for JSONL."""

from __future__ import annotations

from typing import Any

from altdetails.dialects.fields import Field, record_fields

__all__ = ["bigquery_schema"]

_TYPES = {
    "text": "STRING",
    "integer": "INTEGER",
    "number": "FLOAT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "object": "RECORD",
}


def bigquery_schema() -> list[dict[str, Any]]:
    """The columns, nested as the record is. A list is never null there: `sections` tells what the page shows."""
    return [_column(field) for field in record_fields()]


def _column(field: Field) -> dict[str, Any]:
    mode = "REPEATED" if field.is_list else "NULLABLE" if field.is_nullable else "REQUIRED"
    column: dict[str, Any] = {"name": field.name, "type": _TYPES[field.kind], "mode": mode}
    if field.description:
        column["description"] = field.description
    if field.fields:
        column["fields"] = [_column(inner) for inner in field.fields]
    return column
