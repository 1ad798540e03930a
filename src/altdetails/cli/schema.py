"""`altdetails schema`: the JSON Schema of a record."""

from __future__ import annotations

import json

import click

__all__ = ["schema"]


@click.command(
    epilog="""\b
Examples:
  altdetails schema > record.schema.json
  altdetails schema | jq '."$defs".Count'
"""
)
def schema() -> None:
    """Print the JSON Schema (draft 2020-12) that every record fits."""
    from altdetails import record  # noqa: PLC0415 -- --help stays quick

    click.echo(json.dumps(record.schema(), indent=2, ensure_ascii=False))
