"""`altdetails schema`: the schema of a record, in several languages."""

from __future__ import annotations

import click

from altdetails.cli.exits import FatalError

__all__ = ["schema"]


@click.command(
    epilog="""\b
Examples:
  altdetails schema > record.schema.json
  altdetails schema | jq '."$defs".Count'
  altdetails schema --format postgresql | psql library
  altdetails schema --format bigquery > schema.json
"""
)
@click.option(
    "--format",
    "name",
    default="json-schema",
    show_default=True,
    type=click.Choice(["json-schema", "arrow", "duckdb", "postgresql", "bigquery"]),
    help="Whose language.",
)
def schema(name: str) -> None:
    """Print the schema of a record: JSON Schema (draft 2020-12), which every record fits, or another one.

    Arrow and BigQuery have one nested table, as Parquet files do. DuckDB and PostgreSQL have a table of records and one
    for each list in them: mentions, readers, rankings, …, with views.
    """
    from altdetails.dialects import schema_text  # noqa: PLC0415 -- --help stays quick
    from altdetails.errors import InputError  # noqa: PLC0415

    try:
        click.echo(schema_text(name))
    except InputError as error:
        raise FatalError(str(error)) from error
