"""Report how the pages of the site are read: `altdetails doctor --site`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from altdetails._files import output_errors, output_to
from altdetails.cli.job import current_job
from altdetails.cli.ui import Exit, print_text, say, strip_controls, warn
from altdetails.errors import RunStopped
from altdetails.remote import refuse_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from altdetails.scraping.inspection import CheckedPage

__all__ = ["check_pages"]


def check_pages(pages: Iterable[CheckedPage], folder: str) -> None:
    """Report the pages as they are checked, and write their skeletons to a folder.

    Raises:
        click.exceptions.Exit: if the site stopped the check, or a page is not read completely by landmarks.
        ExportError: if a skeleton cannot be written.
    """
    checked: list[CheckedPage] = []
    job = current_job()
    job.counts = lambda: {"pages": len(checked), "failures": sum(not page.is_read for page in checked)}
    pages_as_data: list[dict[str, Any]] = []
    shown = not job.takes(lambda: {"pages": pages_as_data})
    try:
        for number, page in enumerate(pages, 1):
            checked.append(page)
            if shown:
                print_text("\n".join(_lines(page)))
            else:
                pages_as_data.append(_data(page))
            if page.skeleton is not None:
                path = _write(page.skeleton, folder, number)
                job.add_output(path)
                if shown:
                    print_text(f"  skeleton: {path}")
    except RunStopped as error:
        say(f"Stopped: {error}.", logging.ERROR, kind="RunStopped", retry_after=error.retry_after)
        raise click.exceptions.Exit(Exit.STOPPED_BY_SITE) from error
    unread = [page for page in checked if not page.is_read]
    if any(page.skeleton is not None for page in unread):
        warn("The site may have changed. Update altdetails, or report the skeletons: CONTRIBUTING.md says how.")
    if unread:
        names = ", ".join(page.outcome.identifier for page in unread)
        job.fail(f"not read completely: {names}; update altdetails, or report the skeletons")
        raise click.exceptions.Exit(Exit.WITH_FAILURES)


def _data(page: CheckedPage) -> dict[str, Any]:
    outcome = page.outcome
    return {
        "identifier": outcome.identifier,
        "outcome": outcome.status,
        "reason": outcome.reason,
        "sections": dict(page.sections),
    }


def _lines(page: CheckedPage) -> list[str]:
    outcome = page.outcome
    reason = f": {strip_controls(outcome.reason)}" if outcome.reason else ""
    width = max(map(len, page.sections), default=0)
    return [
        f"{outcome.identifier} [{outcome.status}]{reason}",
        *(f"  {name:{width}}  {how}" for name, how in page.sections.items()),
    ]


def _write(skeleton: str, folder: str, number: int) -> str:
    refuse_address(folder, "skeletons are written to this machine; choose a folder here")
    with output_errors(folder):
        Path(folder).mkdir(parents=True, exist_ok=True)
    path = str(Path(folder) / f"page-{number}.skeleton.html")
    with output_to(path) as file:
        file.write(skeleton.encode())
    return path
