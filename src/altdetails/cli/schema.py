"""`altdetails schema`: print the schema of records, mentions or summaries in several formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from altdetails.cli.job import JobCommand
from altdetails.cli.ui import print_text
from altdetails.schemas.formats import FORMATS, LINES, schema_text

if TYPE_CHECKING:
    from altdetails.schemas.formats import LineName, SchemaFormat

__all__ = ["schema"]


@click.command(
    cls=JobCommand,
    output=lambda _: "-",
    epilog="""\b
Examples:
  altdetails schema > record.schema.json
  altdetails schema mentions > mention.schema.json
  altdetails schema summary > summary.schema.json
  altdetails schema | jq '."$defs".Count'
  altdetails schema --format postgresql | psql library
  altdetails schema --format bigquery > schema.json
""",
)
@click.argument("of", default="records", type=click.Choice(LINES), metavar="[records|mentions|summary]")
@click.option(
    "--format",
    "name",
    default="json-schema",
    show_default=True,
    type=click.Choice(FORMATS),
    help="The format of the schema.",
)
def schema(of: LineName, name: SchemaFormat) -> None:
    """Print the schema of records, mentions or summaries.

    json-schema (draft 2020-12) describes a record as JSON. arrow and bigquery describe one nested table, the layout of
    Parquet files. duckdb and postgresql describe a table of records, a table for each list in a record (mentions,
    readers, rankings, …) and views.

    With "mentions", the schema is that of files of single mentions: json-schema describes both kinds of lines, mentions
    and pages of tabs, arrow and bigquery one table with both, and duckdb and postgresql the tables mention_items and
    mention_pages.

    With "summary", it is the JSON Schema of the object that --json prints.
    """
    print_text(schema_text(name, of).encode())  # as bytes, so that it does not depend on the encoding of the terminal
