"""The flat tables and views as SQL for DuckDB and PostgreSQL, and the nested tables as BigQuery's JSON schema."""

from __future__ import annotations

from typing import Any, Literal

from altdetails.mention import MENTION_SCHEMA_VERSION
from altdetails.record import SCHEMA_VERSION
from altdetails.schemas.fields import Field
from altdetails.schemas.tables import RECORDS, Column, Table, mention_tables, tables

__all__ = ["CURRENT", "VIEWS", "Dialect", "bigquery_schema", "create", "ddl", "mention_ddl", "quote"]

Dialect = Literal["duckdb", "postgresql"]

_TYPES: dict[Dialect, dict[str, str]] = {
    "duckdb": {
        "text": "VARCHAR",
        "texts": "VARCHAR[]",
        "integer": "BIGINT",
        "number": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMP WITH TIME ZONE",
    },
    "postgresql": {
        "text": "text",
        "texts": "jsonb",
        "integer": "bigint",
        "number": "double precision",
        "boolean": "boolean",
        "date": "date",
        "timestamp": "timestamp with time zone",
    },
}

CURRENT = """SELECT r.*
FROM {records} AS r
JOIN (
    SELECT record_key, row_number() OVER (
        PARTITION BY output_key
        ORDER BY CASE WHEN coalesce(provenance_captured_at, provenance_fetched_at) IS NULL THEN 1 ELSE 0 END,
            coalesce(provenance_captured_at, provenance_fetched_at) DESC, record_key
    ) AS age FROM {records}
) AS snapshots ON snapshots.record_key = r.record_key
WHERE snapshots.age = 1"""
"""The query for the newest snapshot of each output in a table of records."""

VIEWS: dict[str, str] = {
    "current_records": CURRENT.format(records=RECORDS),
    "current_counts": """SELECT r.output_key, r.doi, r.altmetric_id, r.title, c.*
FROM current_records AS r
JOIN (
    SELECT 'mentions' AS block, * FROM mentions
    UNION ALL SELECT 'citations' AS block, * FROM citations
    UNION ALL SELECT 'readers' AS block, * FROM readers
) AS c ON c.record_key = r.record_key""",
    "current_rankings": """SELECT r.output_key, r.doi, r.altmetric_id, r.title, r.score, k.*
FROM current_records AS r JOIN rankings AS k ON k.record_key = r.record_key""",
    "current_demographics": """SELECT r.output_key, r.doi, r.altmetric_id, r.title, d.*
FROM current_records AS r JOIN demographics AS d ON d.record_key = r.record_key""",
    "history": """SELECT
    output_key, doi, altmetric_id, title, provenance_captured_at, provenance_fetched_at, score, record_key
FROM records ORDER BY output_key, coalesce(provenance_captured_at, provenance_fetched_at)""",
}
"""The query of each view, by name.

The `current_…` views show the newest snapshot of each output, with its counts, rankings and demographics. `history`
shows all snapshots by time.
"""


def ddl(dialect: Dialect) -> str:
    """Return the statements that create all tables, with their keys, and then the views."""
    views = (f"CREATE VIEW {name} AS\n{query};" for name, query in VIEWS.items())
    head = f"-- altdetails record, version {SCHEMA_VERSION}: tables for {dialect}"
    return "\n\n".join([head, *(f"{create(table, dialect)};" for table in tables()), *views])


def mention_ddl(dialect: Dialect) -> str:
    """Return the statements that create the tables of single mentions."""
    head = f"-- altdetails mentions, version {MENTION_SCHEMA_VERSION}: tables for {dialect}"
    return "\n\n".join([head, *(f"{create(table, dialect)};" for table in mention_tables())])


def create(table: Table, dialect: Dialect) -> str:
    """Return the statement that creates a table.

    DuckDB tables get no keys: DuckDB keeps the indexes of keys in memory, and they are larger than the tables.
    """
    lines = [_line(column, dialect) for column in table.columns]
    if dialect == "postgresql":
        lines.append(f"PRIMARY KEY ({', '.join(map(quote, table.key))})")
        if table.items:
            lines.append(f"FOREIGN KEY (record_key) REFERENCES {quote(RECORDS)} ON DELETE CASCADE")
    return f"CREATE TABLE {quote(table.name)} (\n" + ",\n".join(f"    {line}" for line in lines) + "\n)"


def quote(name: str) -> str:
    """Quote a name, because it may be an SQL keyword."""
    return f'"{name}"'


def _line(column: Column, dialect: Dialect) -> str:
    words = [quote(column.name), _TYPES[dialect][column.kind]]
    if not column.is_nullable:
        words.append("NOT NULL")
    return " ".join(words)


_BIGQUERY_TYPES = {
    "text": "STRING",
    "integer": "INTEGER",
    "number": "FLOAT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "object": "RECORD",
}


def bigquery_schema(fields: tuple[Field, ...]) -> list[dict[str, Any]]:
    """Return the BigQuery columns of fields, nested like the record.

    BigQuery has no null lists. The column `sections` says which sections the page shows.
    """
    return [_column(field) for field in fields]


def _column(field: Field) -> dict[str, Any]:
    mode = "REPEATED" if field.is_list else "NULLABLE" if field.is_nullable else "REQUIRED"
    column: dict[str, Any] = {"name": field.name, "type": _BIGQUERY_TYPES[field.kind], "mode": mode}
    if field.description:
        column["description"] = field.description
    if field.fields:
        column["fields"] = [_column(inner) for inner in field.fields]
    return column
