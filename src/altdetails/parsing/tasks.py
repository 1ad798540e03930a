"""Tasks that any process can work on, and their results: lines of JSON and failures."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from itertools import chain, islice
from numbers import Real
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, Self, TypeAlias, cast

from altdetails._arguments import check
from altdetails.documents import Document, Unreadable, is_archive, is_warc
from altdetails.errors import SettingsError
from altdetails.parsing.engine import Item, mentions_of, results_of
from altdetails.parsing.pool import TaskRunner
from altdetails.results import Failure
from altdetails.sources import Source, documents_of
from altdetails.warc.members import Span, spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from altdetails.mention import Mention, MentionPage
    from altdetails.record import Record
    from altdetails.results import Capture

__all__ = [
    "LONGEST_PAGE_TIMEOUT",
    "PAGE_TIMEOUT",
    "RESPONSE",
    "MentionLines",
    "PageParser",
    "PageResult",
    "ParsedLine",
    "ParsedTab",
    "Skipped",
    "Task",
    "check_page_timeout",
    "count_skipped",
    "lost_task_failure",
    "page_results",
    "split_task",
    "tasks",
]

PAGE_TIMEOUT = 20.0
"""Seconds that a page may take. A usual page takes some milliseconds."""
LONGEST_PAGE_TIMEOUT = 86_400
"""The highest limit that can be set: a day."""

_SPAN_BYTES = 4 * 2**20
"""The length of a span. It has some hundred pages at most."""

RESPONSE, ROW, PART, NO_ENDING = "response", "row", "of saved pages", "without an ending"
"""Groups of what is skipped, other than the endings of files."""
_MAX_ENDING = 16
_NUMBERED = re.compile(rf"({RESPONSE}|{ROW}) [0-9]+")
"""The names that `sources` gives to responses in HAR and to rows. A file in an archive can have such a name too."""

Task: TypeAlias = Item


def check_page_timeout(page_timeout: float | None) -> None:
    """Check the limit of time for a page. None means without a limit.

    Raises:
        TypeError: if it is neither a number nor None.
        SettingsError: if it is not positive, or longer than a day.
    """
    check(page_timeout, (Real, type(None)), "seconds or None as page_timeout")
    if page_timeout is not None and not 0 < page_timeout <= LONGEST_PAGE_TIMEOUT:
        raise SettingsError(f"a page_timeout of {page_timeout:g} s is not allowed: give more than 0, at most a day")


class MentionLines(NamedTuple):
    """Lines for a file of mentions."""

    json: bytes
    """Lines of JSON in UTF-8, each with its line break."""
    mentions: int
    pages: int
    """The number of lines about pages of tabs."""


class ParsedTab(NamedTuple):
    """A page of a tab as lines of JSON."""

    name: str
    """The name of the document."""
    sha256: str
    """The digest of the content of the page."""
    lines: MentionLines


class ParsedLine(NamedTuple):
    """A record as a line of JSON."""

    name: str
    """The name of the document."""
    json: bytes
    """One line of JSON in UTF-8, with its line break."""
    sha256: str
    """The digest of the content of the page."""
    lines: MentionLines | None = None
    """The mentions of the page, or the line of a tab page that the site does not have."""


class Skipped(NamedTuple):
    """Files, responses and rows that are not pages."""

    groups: Counter[str]
    """Their numbers, by `skipped_group`."""


PageResult: TypeAlias = ParsedLine | ParsedTab | Failure | Skipped


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


def page_results(batch: list[Task], *, people: bool | None = None) -> Iterator[list[PageResult]]:
    """Yield the results of a batch in order, several at a time. The last one is what was skipped.

    Args:
        batch: tasks.
        people: whether mentions include people; None to read no mentions, so that a page of a tab is a failure.
    """
    skipped: Counter[str] = Counter()
    items = chain.from_iterable(_items(task, lambda name: count_skipped(skipped, name)) for task in batch)
    for pages in results_of(items):
        yield [_page_result(item, result, people=people) for item, result in pages]
    yield [Skipped(skipped)]


def count_skipped(groups: Counter[str], name: str) -> None:
    """Count what was skipped by its group: the ending of a file, `RESPONSE`, `ROW`, `PART` or `NO_ENDING`.

    Args:
        groups: the numbers by group.
        name: the name of what was skipped. The name of a part of a saved page ends with `/`.
    """
    archive, _, member = name.rpartition("!")
    ending = PurePosixPath(member.replace("\\", "/")).suffix.lower()
    numbered = None if is_archive(archive) else _NUMBERED.fullmatch(member)
    if is_warc(archive) or (numbered and numbered[1] == RESPONSE):
        group = RESPONSE
    elif numbered:
        group = ROW
    elif member.endswith("/"):
        group = PART
    else:
        group = ending if 1 < len(ending) <= _MAX_ENDING else NO_ENDING
    groups[group] += 1


class PageParser:
    """Parses one page at a time, in a process that is ended if a page takes too long."""

    def __init__(self, page_timeout: float | None, *, people: bool | None = None) -> None:
        """Set the limit. The process is started for the first page.

        Args:
            page_timeout: the limit in seconds.
            people: as in `page_results`.

        Raises:
            TypeError: if the limit is of another type.
            SettingsError: if it is not allowed.
        """
        check_page_timeout(page_timeout)
        self._runner: TaskRunner[Task, PageResult] = TaskRunner(partial(page_results, people=people), page_timeout)
        self._lost = partial(lost_task_failure, page_timeout=page_timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.close()

    def parse(self, capture: Capture) -> ParsedLine | Failure:
        """Return the record of a captured page, or why there is none.

        Raises:
            WorkersLost: if the process cannot be started.
        """
        return cast("ParsedLine | Failure", self._result_of(capture))

    def parse_tab(self, capture: Capture) -> ParsedLine | ParsedTab | Failure:
        """Return the mentions of a captured page of a tab, or why there are none.

        If the site gave the summary of the output instead, the result is its record, with a line about the tab page.
        The parser must have been made with a value of `people`.

        Raises:
            WorkersLost: if the process cannot be started.
        """
        return cast("ParsedLine | ParsedTab | Failure", self._result_of(capture))

    def _result_of(self, capture: Capture) -> PageResult:
        document = Document(capture.record_id, capture.content, capture)
        return self._runner.run(document, self._lost)[0]


def split_task(task: Task, *, skipped: Callable[[str], object]) -> Iterable[Task]:
    """Split a task into tasks of one page each.

    Args:
        task: the task.
        skipped: called with the name of every file that is not a page.
    """
    return _items(task, skipped) if isinstance(task, Span) else [task]


def lost_task_failure(task: Task, ending: str | None, *, page_timeout: float | None) -> Failure:
    """Return a failure for a task that ended its process, or that took longer than the limit: then `ending` is None."""
    if ending is None:
        reason = f"takes longer than {page_timeout:g} s to parse; give more time with --page-timeout or page_timeout"
        return Failure(task.name, "timeout", reason)
    return Failure(task.name, "error", f"its worker process ended {ending}; please report it")


def _items(task: Task, skipped: Callable[[str], object]) -> Iterable[Document | Unreadable]:
    return documents_of(task, skipped=skipped) if isinstance(task, Source | Span) else [task]


def _page_result(item: Document | Unreadable, result: Record | Failure, *, people: bool | None) -> PageResult:
    mentions = [] if people is None else mentions_of(item, result, people=people)
    if isinstance(mentions, Failure):
        return mentions
    lines = _mention_lines(mentions) if mentions else None
    if not isinstance(result, Failure):
        return ParsedLine(item.name, result.to_json() + b"\n", result.provenance.sha256, lines)
    return ParsedTab(item.name, mentions[0].provenance.sha256, lines) if lines else result


def _mention_lines(mentions: list[MentionPage | Mention]) -> MentionLines:
    json = b"".join(mention.to_json() + b"\n" for mention in mentions)
    pages = sum(mention.kind == "page" for mention in mentions)
    return MentionLines(json, len(mentions) - pages, pages)
