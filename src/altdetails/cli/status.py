"""`altdetails status`: how far a run is."""

from __future__ import annotations

import click

from altdetails.cli.exits import FatalError
from altdetails.cli.terminal import plain

__all__ = ["status"]


@click.command(
    epilog="""\b
Examples:
  altdetails status run
  watch -n 60 altdetails status run

\b
Exit code:
  0  told
  2  no run folder, or one that cannot be read
"""
)
@click.argument("run", metavar="RUN")
def status(run: str) -> None:
    """Say how far a run is: what came of its identifiers, and what is left.

    RUN is a folder that "altdetails scrape" made. It can be looked at while the run goes on.
    """
    from altdetails.cli.status_lines import lines  # noqa: PLC0415 -- --help stays quick
    from altdetails.errors import StoreError  # noqa: PLC0415
    from altdetails.store import status as status_of  # noqa: PLC0415

    try:
        found = status_of(run)
    except StoreError as error:
        raise FatalError(str(error)) from error
    for line in lines(found):
        click.echo(plain(line))
