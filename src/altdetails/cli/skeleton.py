"""`altdetails skeleton`: write the skeleton of a page, for a report."""

from __future__ import annotations

import click

from altdetails import page
from altdetails._files import output_to, refuse_overwriting
from altdetails.cli.job import JobCommand, current_job
from altdetails.cli.ui import warn
from altdetails.errors import PageError
from altdetails.parsing.engine import only_document

__all__ = ["skeleton"]


@click.command(
    cls=JobCommand,
    output=lambda options: options["target"] or "-",
    epilog="""\b
Examples:
  altdetails skeleton saved-page.html -o page.skeleton.html
  altdetails skeleton page.mhtml > page.skeleton.html
  altdetails show page.skeleton.html

\b
Exit code:
  0  success
  1  the page is text, not HTML
  2  wrong usage, or a file that cannot be read or has several pages
""",
)
@click.argument("path", metavar="PAGE")
@click.option("-o", "--output", "target", metavar="FILE", help="Write to FILE.  [default: standard output]")
def skeleton(path: str, target: str | None) -> None:
    """Write the skeleton of a page, for a bug report.

    A skeleton has the tags, classes and headings of a page, but not its data: letters are x, digits 0, and a long text
    is cut to 40 characters. Comments, scripts and styles are empty. So you can attach it to a report in public, and
    altdetails reads the same sections in it as in the page. View it before you attach it.

    PAGE is HTML or MHTML, plain or compressed, or - for standard input.
    """
    document = only_document(path, advice="give the file of one page")
    try:
        made = page.skeleton(document.content)
    except PageError as error:
        raise click.ClickException(f"{document.name}: {error.reason}") from error
    if target:
        refuse_overwriting(target, [path])
    with output_to(target) as file:
        file.write(made.encode())
    if target:
        current_job().add_output(target)
    if (of_page := _reading(document.content)) != (of_skeleton := _reading(made)):
        warn(f"{document.name}: the page is read as {of_page}, its skeleton as {of_skeleton}; add this to your report")


def _reading(content: bytes | str) -> str:
    """Describe what the parser reads in a page: its sections and the parts with unread text, or the kind of page."""
    try:
        record = page.parse(content)
    except PageError as error:
        return str(error.kind)
    unread = sorted({item.part for item in record.unread})
    return ", ".join(record.sections) + (f" (unread text in {', '.join(unread)})" if unread else "")
