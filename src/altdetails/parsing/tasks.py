"""Tasks that any process can work on, and their results: lines of JSON and failures."""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice, starmap
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from altdetails.documents import Document, Unreadable, is_in_parts_folder, is_warc
from altdetails.parsing.engine import Item, results_of
from altdetails.results import Failure
from altdetails.sources import Source, documents_of
from altdetails.warc.members import Span, spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.record import Record

__all__ = [
    "RESPONSE",
    "PageResult",
    "ParsedLine",
    "Skipped",
    "Task",
    "count_skipped",
    "lost_task_failure",
    "page_results",
    "split_task",
    "tasks",
]

_SPAN_BYTES = 4 * 2**20
"""The length of a span. It has some hundred pages at most."""

RESPONSE, ROW, PART, NO_ENDING = "response", "row", "of saved pages", "without an ending"
"""Groups of what is skipped, other than the endings of files."""
_MAX_ENDING = 16

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
    """Files, responses and rows that are not pages."""

    groups: Counter[str]
    """Their numbers, by `skipped_group`."""


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
    """Yield the results of a batch in order, several at a time. The last one is what was skipped."""
    skipped: Counter[str] = Counter()
    items = chain.from_iterable(_items(task, lambda name: count_skipped(skipped, name)) for task in batch)
    for pages in results_of(items):
        yield [*starmap(_page_result, pages)]
    yield [Skipped(skipped)]


def count_skipped(groups: Counter[str], name: str) -> None:
    """Count what was skipped by its group: the ending of a file, `RESPONSE`, `ROW`, `PART` or `NO_ENDING`."""
    archive, _, member = name.rpartition("!")
    ending = PurePosixPath(member.replace("\\", "/")).suffix.lower()
    if is_warc(archive) or member.startswith("response "):
        group = RESPONSE
    elif member.startswith("row "):
        group = ROW
    elif is_in_parts_folder(member):
        group = PART
    else:
        group = ending if 1 < len(ending) <= _MAX_ENDING else NO_ENDING
    groups[group] += 1


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
