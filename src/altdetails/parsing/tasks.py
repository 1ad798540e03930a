"""Tasks that any process can work on, and their results: lines of JSON and failures."""

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

__all__ = ["PageResult", "ParsedLine", "Skipped", "Task", "lost_task_failure", "page_results", "split_task", "tasks"]

_SPAN_BYTES = 4 * 2**20
"""The length of a span. It has some hundred pages at most."""

Task: TypeAlias = Item


class ParsedLine(NamedTuple):
    """A record as a line of JSON."""

    name: str
    """The name of the document."""
    json: bytes
    """One line of JSON in UTF-8, with its line break."""
    sha256: str
    """The digest of the content of the page."""


class Skipped(NamedTuple):
    """A number of files and responses that are not pages."""

    number: int


PageResult: TypeAlias = ParsedLine | Failure | Skipped


def tasks(
    sources: Iterator[Source | Unreadable], *, url_filter: str | None, skipped: Callable[[str], object]
) -> Iterator[Task]:
    """Yield tasks for any process: plain files, spans of WARC archives, and the documents of all other sources."""
    for source in sources:
        if isinstance(source, Source) and source.form == "warc":
            yield from _divide(source, url_filter, skipped)
        elif isinstance(source, Source) and source.form != "plain":
            yield from documents_of(source, skipped=skipped)
        else:
            yield source


def _divide(source: Source, url_filter: str | None, skipped: Callable[[str], object]) -> Iterator[Task]:
    """Yield the spans of an archive, or its documents if it is a single span."""
    archive_spans = spans(source.path, size=_SPAN_BYTES, url_filter=url_filter)
    first = [*islice(archive_spans, 2)]
    if len(first) == 1:
        yield from documents_of(first[0], skipped=skipped)
    else:
        yield from chain(first, archive_spans)


def page_results(batch: list[Task]) -> Iterator[list[PageResult]]:
    """Yield the results of a batch in order, several at a time. The last one is the number of skipped files."""
    skipped: list[str] = []
    items = chain.from_iterable(_items(task, skipped.append) for task in batch)
    for pages in results_of(items):
        yield [*starmap(_page_result, pages)]
    yield [Skipped(len(skipped))]


def split_task(task: Task, *, skipped: Callable[[str], object]) -> Iterable[Task]:
    """Split a task into tasks of one page each.

    Args:
        task: the task.
        skipped: called with the name of every file that is not a page.
    """
    return _items(task, skipped) if isinstance(task, Span) else [task]


def lost_task_failure(task: Task, ending: str) -> Failure:
    """Return a failure for a task that ended its process."""
    return Failure(task.name, "error", f"its worker process ended {ending}; please report it")


def _items(task: Task, skipped: Callable[[str], object]) -> Iterable[Document | Unreadable]:
    return documents_of(task, skipped=skipped) if isinstance(task, Source | Span) else [task]


def _page_result(item: Document | Unreadable, result: Record | Failure) -> PageResult:
    if isinstance(result, Failure):
        return result
    return ParsedLine(item.name, result.to_json() + b"\n", result.provenance.sha256)
