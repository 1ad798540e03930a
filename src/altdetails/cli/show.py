"""`altdetails show`: one record for a person."""

from __future__ import annotations

import click

from altdetails.cli.exits import FatalError
from altdetails.cli.terminal import has_blocks, paint, plain
from altdetails.errors import InputError, PageError

__all__ = ["show"]


@click.command(
    epilog="""\b
Examples:
  altdetails show page.html
  altdetails show records.jsonl --number 3
  altdetails parse page.html | altdetails show -
  NO_COLOR=1 altdetails show page.mhtml > page.card.txt

\b
Exit code:
  0  shown
  1  the page gives no record
  2  wrong usage, or a file that cannot be read or holds fewer pages
"""
)
@click.argument("path", metavar="PATH")
@click.option("-n", "--number", default=1, show_default=True, type=click.IntRange(min=1), help="Which one of several.")
def show(path: str, number: int) -> None:
    """Show one record in the terminal.

    PATH is anything that "altdetails parse" reads, or a file of records that it wrote, or - for standard input. What
    the page does not show reads "not shown". Warnings at the end name what on the page contradicts itself, and what
    was not understood.
    """
    from altdetails.cli.card import card  # noqa: PLC0415 -- --help stays quick
    from altdetails.cli.show_record import record_at  # noqa: PLC0415

    try:
        record = record_at(path, number)
    except InputError as error:
        raise FatalError(str(error)) from error
    except PageError as error:
        raise click.ClickException(plain(f"{path}: {error.reason} [{error.kind}]")) from error
    paint(lambda console: card(record, width=console.width, blocks=has_blocks(console)))
