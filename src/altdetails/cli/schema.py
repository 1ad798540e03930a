"""`altdetails schema`: the schema of a record, in several languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from altdetails.schemas.formats import FORMATS, schema_text

if TYPE_CHECKING:
    from altdetails.schemas.formats import SchemaFormat

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
    type=click.Choice(FORMATS),
    help="The language of the schema.",
)
def schema(name: SchemaFormat) -> None:
    """Print the schema of a record.

    By default that is JSON Schema (draft 2020-12), which every record fits. Arrow and BigQuery have one nested table,
    as Parquet files do. DuckDB and PostgreSQL have a table of records and one for each list in them: mentions, readers,
    rankings, …, with views.
    """
    click.echo(schema_text(name).encode())  # as bytes it is the same everywhere
