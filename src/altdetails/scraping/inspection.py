"""Check how the pages of the site are read now: `check_site()`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from altdetails import page
from altdetails._arguments import check_functions, check_optional_text, is_several, wrong_type
from altdetails.errors import PageError, SettingsError
from altdetails.results import Capture
from altdetails.scraping.outcomes import Outcomes, scrape
from altdetails.warc.reader import captures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from altdetails.record import Record
    from altdetails.results import Outcome

__all__ = ["MAX_PAGES", "CheckedPage", "HowRead", "check_site"]

MAX_PAGES = 3
"""The most pages of one check: a few pages show how the site is built now."""

HowRead = Literal["by landmark", "by words", "not read", "not shown"]
"""How a section of a page was read:

- `by landmark`: the section has its usual markup.
- `by words`: its class was renamed, but its words were found. The record has the section.
- `not read`: its words are on the page, but could not be read. The record lacks the section.
- `not shown`: the page has neither the markup nor the words.
"""
_SECTIONS = (
    *("header", "attention", "mentions", "citations", "readers", "details"),
    *("twitter_demographics", "mendeley_demographics", "context"),
)
_SECTION_OF_NAME = {
    "tagline": "header",
    "bullets": "attention",
    "twitter": "twitter_demographics",
    "mendeley": "mendeley_demographics",
}


@dataclass(frozen=True, slots=True)
class CheckedPage:
    """How a page of the site is read."""

    outcome: Outcome
    """The identifier, and how its page was fetched."""
    sections: dict[str, HowRead]
    """How each section of the record was read; empty if the page has no record."""
    skeleton: str | None
    """The skeleton of the page; None if no page was received, or if it is not HTML."""

    @property
    def is_read(self) -> bool:
        """Whether the page has a record, and each section that it shows was read by its landmark."""
        return bool(self.sections) and {"by words", "not read"}.isdisjoint(self.sections.values())


def check_site(
    addresses: Iterable[str] | str,
    *,
    contact: str | None = None,
    interval: float | None = None,
    base_url: str | None = None,
    notice: Callable[[str], None] = lambda _: None,
) -> Iterator[CheckedPage]:
    """Fetch up to three details pages, and yield how each is read, with its skeleton.

    The pages are fetched by `scrape`, with all its rules: robots.txt, interval, contact. Nothing else is kept of them.

    Examples:
        >>> for page in check_site("10.5555/lhs.2023.0417", contact="a.librarian@uni-somewhere.edu"):
        ...     print(page.outcome.status, page.sections["mentions"])
        ok by landmark

    Args:
        addresses: one to three details addresses, DOIs or Altmetric ids.
        contact: your email address. It is required for altmetric.com.
        interval: seconds between two requests. The default is 2; for altmetric.com the minimum is 1.
        base_url: fetch from this site instead of altmetric.com: a replica or a mirror.
        notice: called with a sentence for the user, for example when a request is retried.

    Raises:
        TypeError: if an argument has another type.
        SettingsError: if there are more than three addresses. While iterating: if a setting is not allowed.
        RunStopped: while iterating, if the site refuses, cannot be reached, or allows no requests for a long time.
    """
    if not isinstance(addresses, str) and not is_several(addresses):
        raise wrong_type("text or an iterable of texts as addresses", addresses)
    check_optional_text(contact=contact, base_url=base_url)
    check_functions(notice=notice)
    listed = [addresses] if isinstance(addresses, str) else [*addresses]
    if not 1 <= len(listed) <= MAX_PAGES:
        raise SettingsError(f"{len(listed)} addresses cannot be checked: give 1 to {MAX_PAGES} of typical pages")
    return _checked(
        partial(scrape, listed, ids="altmetric", contact=contact, interval=interval, base_url=base_url, notice=notice)
    )


def _checked(scrape_into: Callable[[Path], Outcomes]) -> Iterator[CheckedPage]:
    with TemporaryDirectory(prefix="altdetails-") as folder:
        run = Path(folder) / "run"
        outcomes = scrape_into(run)
        try:
            for outcome in outcomes:
                capture = _capture_of(outcome, run / "pages.warc.gz")
                sections = _how_read(outcome.record, capture) if outcome.record and capture else {}
                yield CheckedPage(outcome, sections, _skeleton_of(capture) if capture else None)
        finally:
            outcomes.close()


def _capture_of(outcome: Outcome, pages: Path) -> Capture | None:
    """Return the page of an outcome from the archive of its run, or None if none was received."""
    for capture in captures(pages) if pages.exists() else ():
        if isinstance(capture, Capture) and capture.requested == outcome.identifier:
            return capture
    return None


def _skeleton_of(capture: Capture) -> str | None:
    try:
        return page.skeleton(capture.content, content_type=capture.content_type)
    except PageError:
        return None


def _how_read(record: Record, capture: Capture) -> dict[str, HowRead]:
    sheet = page.read(page.prepare(capture.content, content_type=capture.content_type))
    how_read: dict[str, HowRead] = {
        **dict.fromkeys(record.sections, "by landmark"),
        **{_SECTION_OF_NAME.get(name, name): "by words" for name in getattr(sheet, "by_words", ())},
        **{_SECTION_OF_NAME.get(name, name): "not read" for name in getattr(sheet, "not_read", ())},
    }
    return {name: how_read.get(name, "not shown") for name in _SECTIONS}
