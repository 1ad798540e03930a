"""`altdetails diff`: what changed between two scrapes, or over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from altdetails.cli.exits import Exit, FatalError

if TYPE_CHECKING:
    from altdetails.changes import By

__all__ = ["diff"]

_SIDES = 2


@click.command(
    epilog="""\b
Examples:
  altdetails diff run-january run-july
  altdetails diff january.jsonl.gz july.jsonl.gz -o changes.jsonl
  altdetails diff run --by month
  altdetails diff january.jsonl july.jsonl -o - | jq 'select(.change == "gone") | .doi'

\b
Exit code:
  0  compared, whether anything changed or not
  1  compared, but some lines hold no record: they are listed
  2  wrong usage, a path that holds no records, or no place to write to
  130  interrupted
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="OLD NEW")
@click.option(
    "-o", "--output", "target", metavar="FILE", help="Write a JSON line a change to FILE, whole or not at all."
)
@click.option(
    "--by",
    type=click.Choice(["day", "week", "month", "quarter", "year"]),
    help="Compare the snapshots of one history, period by period.",
)
@click.option("--most", default=20, show_default=True, type=click.IntRange(min=1), help="Outputs in the table.")
@click.option("--all", "with_same", is_flag=True, help="Write a line for what did not change, too.")
def diff(paths: tuple[str, ...], target: str | None, by: By | None, most: int, with_same: bool) -> None:  # noqa: FBT001 -- click calls
    """Say what changed between two scrapes of the same outputs.

    OLD and NEW are run folders of "altdetails scrape", or files of records: JSONL, plain, .gz or .zst, or Parquet; one
    of them can be - for standard input. Outputs are matched by DOI, else by Altmetric id. Each is new, gone, changed or
    the same. What a page does not show is unknown, and never counts as zero.

    With --by, any number of paths are one history, for instance a run that was refreshed each month: each output's
    last snapshot of a period is compared with that of the period before in which it was seen.

    Without -o, a table shows the largest changes, and the sum of each count's.
    """
    from altdetails.cli.diff_run import Settings, run_of  # noqa: PLC0415 -- --help stays quick
    from altdetails.errors import AltdetailsError  # noqa: PLC0415

    if by is None and len(paths) != _SIDES:
        raise click.UsageError(
            f"two paths are compared, OLD and NEW, not {len(paths)}; a history can have any number: add --by month."
        )
    if paths.count("-") > 1:
        raise click.UsageError("standard input can be read once; give a file for one of the two.")
    if with_same and not target:
        raise click.UsageError("--all is about the lines of -o FILE; give -o, or leave --all out.")
    try:
        lines_damaged = run_of(Settings(paths, target=target, by=by, most=most, with_same=with_same))
    except AltdetailsError as error:
        raise FatalError(str(error)) from error
    if lines_damaged:
        raise click.exceptions.Exit(Exit.WITH_FAILURES)
