"""What is parsed, as tasks for any process, and what becomes of each page: one line of JSON, or a failure."""

from __future__ import annotations

from itertools import chain, islice, starmap
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from altdetails.documents import Document, Unreadable
from altdetails.parsing.engine import Item, results_of
from altdetails.results import Failure
from altdetails.sources import Source, documents_of
from altdetails.warc.members import Span, spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.record import Record

__all__ = ["PageResult", "ParsedLine", "Skipped", "Task", "apart", "lost", "page_results", "tasks"]

_SPAN_BYTES = 4 * 2**20
"""Of an archive: some hundred pages, or none."""

Task: TypeAlias = Item


class ParsedLine(NamedTuple):
    """A record."""

    name: str
    """The document's name."""
    json: bytes
    """One line of JSON in UTF-8, with the line's end."""
    sha256: str
    """The digest of the page's content."""


class Skipped(NamedTuple):
    """Files and responses that are no pages."""

    number: int


PageResult: TypeAlias = ParsedLine | Failure | Skipped


def tasks(
    sources: Iterator[Source | Unreadable], *, url_filter: str | None, skipped: Callable[[str], object]
) -> Iterator[Task]:
    """Work for any process: files and stretches of archives by their place, and the content of all else."""
    for source in sources:
        if isinstance(source, Source) and source.form == "warc":
            yield from _stretches(source, url_filter, skipped)
        elif isinstance(source, Source) and source.form != "plain":
            yield from documents_of(source, skipped=skipped)
        else:
            yield source


def _stretches(source: Source, url_filter: str | None, skipped: Callable[[str], object]) -> Iterator[Task]:
    """An archive in stretches or, where it cannot be parted, its documents."""
    found = spans(source.path, size=_SPAN_BYTES, url_filter=url_filter)
    first = [*islice(found, 2)]
    if len(first) == 1:
        yield from documents_of(first[0], skipped=skipped)
    else:
        yield from chain(first, found)


def page_results(batch: list[Task]) -> Iterator[list[PageResult]]:
    """What comes of every page of a batch, in their order, some at a time; then how many files were skipped."""
    skipped: list[str] = []
    items = chain.from_iterable(_items(task, skipped.append) for task in batch)
    for some in results_of(items):
        yield [*starmap(_outcome, some)]
    yield [Skipped(len(skipped))]


def apart(task: Task, *, skipped: Callable[[str], object]) -> Iterable[Task]:
    """The tasks of one page each that a task consists of.

    Args:
        task: any.
        skipped: called with the name of every file that is no page.
    """
    return _items(task, skipped) if isinstance(task, Span) else [task]


def lost(task: Task, ending: str) -> Failure:
    """The failure of a task that ended its process."""
    return Failure(task.name, "error", f"its worker process ended {ending}; please report it")


def _items(task: Task, skipped: Callable[[str], object]) -> Iterable[Document | Unreadable]:
    return documents_of(task, skipped=skipped) if isinstance(task, Source | Span) else [task]


def _outcome(item: Document | Unreadable, result: Record | Failure) -> PageResult:
    if isinstance(result, Failure):
        return result
    return ParsedLine(item.name, result.to_json() + b"\n", result.provenance.sha256)
