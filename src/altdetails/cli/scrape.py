"""`altdetails scrape`: identifiers → a run folder."""

from __future__ import annotations

import re
import shlex
import sys
from datetime import timedelta

import click
from click.core import ParameterSource

from altdetails.cli.exits import SIGNALLED, Exit, FatalError
from altdetails.cli.terminal import plain

__all__ = ["scrape"]

_AGE = re.compile(r"(?P<number>[0-9]{1,5})(?P<unit>[mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _age(_context: click.Context, _parameter: click.Parameter, value: str | None) -> timedelta | None:
    if value is None:
        return None
    if found := _AGE.fullmatch(value):
        return timedelta(**{_UNITS[found["unit"]]: int(found["number"])})
    raise click.BadParameter(f"{value!r} is no age: give a number with m, h, d or w, such as 30d")


@click.command(
    epilog="""\b
Examples:
  altdetails scrape dois.txt -o run --contact a.librarian@uni-somewhere.edu
  altdetails scrape -o run                      go on with it, whatever ended it
  altdetails scrape export.csv --column DOI -o run --dry-run
  altdetails scrape 10.1186/s13033-015-0008-8 -o run
  altdetails scrape dois.txt -o run --refresh 30d
  cut -f3 table.tsv | altdetails scrape - -o run
  altdetails scrape samples/dois.txt -o run --base-url http://127.0.0.1:8000 --interval 0

\b
Exit code:
  0  every identifier has its outcome: a record, or not tracked
  1  done, but some have neither: failures.jsonl lists them
  2  wrong usage or input, or the run folder cannot be written
  3  stopped by the site, or it cannot be reached: run it again later
  130  interrupted: run it again to go on
"""
)
@click.argument("lists", nargs=-1, metavar="[LIST]...")
@click.option("-o", "--output", "run", required=True, metavar="RUN", help="The run folder; made where it is not there.")
@click.option(
    "--contact",
    envvar="ALTDETAILS_CONTACT",
    metavar="MAIL",
    help="Your mail address, for the site's operators; altmetric.com is not asked without. "
    "ALTDETAILS_CONTACT says it for good.",
)
@click.option(
    "--interval", type=float, metavar="S", help="Seconds between two requests.  [default: 2; altmetric.com: at least 1]"
)
@click.option("--base-url", metavar="URL", help="Ask this site, a replica or a mirror, in place of altmetric.com.")
@click.option("--column", metavar="NAME", help="Column of CSV and TSV, or key of JSONL, that holds the identifiers.")
@click.option("--retry-failed", is_flag=True, help="Ask again for what failed, or was no details page.")
@click.option(
    "--refresh", callback=_age, metavar="AGE", help="Ask again for what was answered longer ago: 12h, 30d, 8w."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask for no more than N identifiers now.")
@click.option("--dry-run", is_flag=True, help="Say what would be asked for, ask for nothing, write nothing.")
def scrape(  # noqa: PLR0913 -- click hands over each option
    *,
    lists: tuple[str, ...],
    run: str,
    contact: str | None,
    interval: float | None,
    base_url: str | None,
    column: str | None,
    retry_failed: bool,
    refresh: timedelta | None,
    limit: int | None,
    dry_run: bool,
) -> None:
    """Fetch the details pages of a list of identifiers.

    LIST is a file, an identifier (DOI, Altmetric id, details address), or - for standard input. A file is text with
    one identifier a line and # comments, CSV or TSV, whose column is found by its name or content, or JSONL. Without
    LIST, a run goes on with what it knows.

    RUN gets pages.warc.gz (every response as received), records.jsonl (a record a page), failures.jsonl (a line for
    each identifier without a record) and ledger.sqlite (what came of each). Interrupt it, kill it, lose the network:
    the same command goes on where it ended. No page is lost, and none is asked for twice.

    altmetric.com is asked in your name, by its robots.txt, over one connection, and not more than once in 2 seconds.
    docs/politeness.md says why.
    """
    from altdetails.cli.scrape_run import Settings, Stopping, dry_run_of, run_of  # noqa: PLC0415 -- --help stays quick
    from altdetails.cli.words import duration  # noqa: PLC0415
    from altdetails.errors import AltdetailsError, RunStopped  # noqa: PLC0415
    from altdetails.scraping import Wanted  # noqa: PLC0415

    settings = Settings(lists, run, contact, interval, base_url, column, Wanted(retry_failed, refresh, limit))
    stopping = Stopping()
    try:
        if dry_run:
            dry_run_of(settings)
            return
        code = run_of(settings, stopping)
    except RunStopped as error:
        when = f"In {duration(error.retry_after)}" if error.retry_after else "Later"
        click.echo(f"Stopped: {plain(str(error))}.\nNothing is lost. {when}, go on with:\n  {_again()}", err=True)
        raise click.exceptions.Exit(Exit.STOPPED_BY_SITE) from error
    except AltdetailsError as error:
        raise FatalError(str(error)) from error
    if stopping.signal:
        click.echo(f"Interrupted. Nothing is lost. Go on with:\n  {_again()}", err=True)
        code = SIGNALLED + stopping.signal
    raise click.exceptions.Exit(code)


def _again() -> str:
    """The command that goes on with the run: in short, since its lists are in the run folder by now."""
    context = click.get_current_context()
    if context.params["retry_failed"] or context.params["refresh"] is not None:
        return shlex.join(["altdetails", *sys.argv[1:]])  # they ask again for what is on the lists, not for all
    words = ["altdetails", "scrape", "-o", context.params["run"]]
    for name in ("contact", "interval", "limit"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            value = context.params[name]
            words += [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
    return shlex.join(words)
