"""`altdetails schema`: print the schema of records in several formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from altdetails.cli.ui import print_text
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
    help="The format of the schema.",
)
def schema(name: SchemaFormat) -> None:
    """Print the schema of records.

    json-schema (draft 2020-12) describes a record as JSON. arrow and bigquery describe one nested table, the layout of
    Parquet files. duckdb and postgresql describe a table of records, a table for each list in a record (mentions,
    readers, rankings, …) and views.
    """
    print_text(schema_text(name).encode())  # as bytes, so that it does not depend on the encoding of the terminal
