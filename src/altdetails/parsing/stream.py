"""Parse all pages of paths, in order, in one or more processes."""

from __future__ import annotations

import sqlite3
from collections import Counter, deque
from contextlib import ExitStack, closing
from functools import partial
from itertools import chain, islice
from multiprocessing import current_process
from typing import TYPE_CHECKING

from altdetails._arguments import check, check_optional_text
from altdetails._files import path_list, refuse_overwriting
from altdetails._optional import cores
from altdetails.errors import InputError, SettingsError
from altdetails.mention import Mention, MentionPage, mention_line
from altdetails.parsing.engine import batches
from altdetails.parsing.pool import run_in_order
from altdetails.parsing.tasks import (
    PAGE_TIMEOUT,
    ParsedLine,
    ParsedTab,
    Skipped,
    check_page_timeout,
    count_skipped,
    lost_task_failure,
    page_results,
    split_task,
    tasks,
)
from altdetails.record import Record
from altdetails.remote import copied_here
from altdetails.results import Failure
from altdetails.sources import Source, find
from altdetails.warc.members import Span
from altdetails.warc.reader import wanted

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from pathlib import Path

    from altdetails.documents import Unreadable
    from altdetails.parsing.tasks import PageResult, Task

__all__ = ["PageStream", "SeenContents", "parse_files", "parse_mentions"]

_TASKS_PER_BATCH = 64
_STATEMENTS = ("PRAGMA journal_mode = OFF", "CREATE TABLE seen (digest BLOB PRIMARY KEY) WITHOUT ROWID")
_DIGEST_DIGITS = 32
"""The part of a base 16 digest that is stored: enough to distinguish any number of pages."""


def parse_files(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    jobs: int = 1,
    url_filter: str | None = None,
    page_timeout: float | None = PAGE_TIMEOUT,
) -> Iterator[Record | Failure]:
    """Parse all pages of paths. Yield a record or a failure for each page, in the order of the paths.

    Examples:
        >>> for item in parse_files("saved-pages"):
        ...     if isinstance(item, Record):
        ...         print(item.doi, item.score)
        ...     else:
        ...         print(item.file, item.kind)
        10.5555/lhs.2023.0417 641
        saved-pages/help.html help

    Args:
        paths: one or more paths: files, folders, archives (zip, tar, WARC), patterns, `-` for standard input.
        jobs: the number of worker processes.
        url_filter: a regular expression to search for in the addresses of WARC archives. Pages of matching addresses
            are read instead of those of details addresses.
        page_timeout: seconds that a page may take. A page that takes longer is a failure of the kind `timeout`. With
            None there is none; pages are then parsed in this process if `jobs` is 1.

    Raises:
        TypeError: if an argument is of another type.
        InputError: if there is no path, or the regular expression is invalid.
        SettingsError: if the number of processes is below 1, or the limit of time is not allowed.
        WorkersLost: while iterating, if processes cannot be started.
    """
    path_names = _checked(paths, jobs, url_filter)
    return PageStream(path_names, jobs=jobs, url_filter=url_filter, page_timeout=page_timeout).items()


def parse_mentions(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    people: bool = False,
    jobs: int = 1,
    url_filter: str | None = None,
    page_timeout: float | None = PAGE_TIMEOUT,
) -> Iterator[MentionPage | Mention | Failure]:
    """Read the tabs in paths: the single mentions of outputs. Yield them in the order of the paths.

    Each page of a tab gives a `MentionPage`, and then a `Mention` for each row of its list. Summary pages are passed
    over: `parse_files` reads them. Other pages and files that cannot be read give a `Failure`.

    Examples:
        >>> for item in parse_mentions("saved-tabs"):
        ...     if isinstance(item, Mention):
        ...         print(item.outlet, item.title)
        The Gable Courier No. 1 Reed roofs last 1 years longer, study finds
        The Gable Courier No. 2 None
        The Gable Courier No. 3 Reed roofs last 3 years longer, study finds

    Args:
        paths: see `parse_files`.
        people: whether to include names, handles, followers, profiles and texts of people. They are left out
            otherwise, as docs/privacy.md says.
        jobs: the number of worker processes.
        url_filter: see `parse_files`.
        page_timeout: see `parse_files`.

    Raises:
        TypeError: if an argument is of another type.
        InputError: if there is no path, or the regular expression is invalid.
        SettingsError: if the number of processes is below 1, or the limit of time is not allowed.
        WorkersLost: while iterating, if processes cannot be started.
    """
    check(people, bool, "True or False as people")
    path_names = _checked(paths, jobs, url_filter)
    stream = PageStream(path_names, jobs=jobs, url_filter=url_filter, page_timeout=page_timeout, people=people)
    return stream.mention_items()


def _checked(paths: object, jobs: int, url_filter: str | None) -> list[str]:
    """Return paths as a list.

    Raises:
        TypeError: if an argument is of another type.
        InputError: if there is no path.
        SettingsError: if the number of processes is below 1.
    """
    path_names = path_list(paths)
    check(jobs, int, "a whole number as jobs")
    check_optional_text(url_filter=url_filter)
    if not path_names:
        raise InputError("no path was given; give files, folders or archives of saved pages")
    if jobs < 1:
        raise SettingsError(f"jobs must be 1 or more, not {jobs}")
    return path_names


class PageStream:
    """The pages of paths, parsed once, with counts of their results."""

    def __init__(  # noqa: PLR0913 -- what is read, and how
        self,
        paths: Sequence[str],
        *,
        jobs: int | None,
        url_filter: str | None = None,
        outputs: Sequence[Path] = (),
        page_timeout: float | None = PAGE_TIMEOUT,
        people: bool | None = None,
        groups: Iterable[list[Source | Unreadable]] | None = None,
    ) -> None:
        """Prepare to parse.

        Args:
            paths: see `sources.find`.
            jobs: the number of processes. None is the number of cores, or one for a few pages.
            url_filter: see `parse_files`.
            outputs: files that are written at the same time. None of them may be a page.
            page_timeout: see `parse_files`.
            people: whether mentions include people; None to read no mentions, so that a page of a tab is a failure.
            groups: groups of files to read instead of the paths. After the results of each comes an empty list.

        Raises:
            TypeError: if the limit of time is of another type.
            InputError: if the regular expression is invalid.
            SettingsError: if the limit of time is not allowed.
        """
        check_page_timeout(page_timeout)
        wanted(url_filter)
        self.records = 0
        self.mentions = 0
        self.tab_pages = 0
        """Pages of tabs, with those that the site does not have and gave the summary instead."""
        self.tabs = 0
        """Pages of tabs without a record."""
        self.failures: Counter[str] = Counter()
        """Pages, files and paths without a record, by kind."""
        self.skipped: Counter[str] = Counter()
        """Files, responses and rows that are not pages, by group: see `tasks.count_skipped`."""
        self.files_done = 0.0
        """Parsed files, with the parsed part of the current archive."""
        self._paths = paths
        self._jobs = jobs
        self._url_filter = url_filter
        self._outputs = outputs
        self._page_timeout = page_timeout
        self._addresses = ExitStack()
        """Copies of files at addresses. Processes read them, so they are kept until all is done."""
        self._results_of_tasks = partial(page_results, people=people)
        self.copies = 0
        """Records of pages with the same content as an earlier page."""
        self._files_found = 0
        self._groups = groups
        self._group_ends: deque[int] = deque()
        """The numbers of the batches that follow the last batch of a group."""
        self._places: dict[int, float] = {}
        """The number of files that are done after a batch, with the part of an archive, by the number of the batch."""

    def items(self) -> Iterator[Record | Failure]:
        """Yield the record or failure of each page."""
        for result in chain.from_iterable(self.results()):
            if isinstance(result, ParsedLine):
                yield Record.from_json(result.json)
            elif isinstance(result, Failure):
                yield result

    def mention_items(self) -> Iterator[MentionPage | Mention | Failure]:
        """Yield the line of each page of a tab, its mentions, and the failures. Records are passed over."""
        for result in chain.from_iterable(self.results()):
            if isinstance(result, Failure):
                yield result
            elif result.lines:
                yield from map(mention_line, result.lines.json.splitlines())

    def results(self) -> Generator[list[ParsedLine | ParsedTab | Failure]]:
        """Yield the record or the mentions of each page as lines of JSON, or its failure; several at a time.

        Raises:
            ExportError: if an output is one of the pages.
            SettingsError: if the temporary folder is full.
            WorkersLost: if processes cannot be started.
        """
        with self._addresses, closing(SeenContents()) as seen, closing(self._batch_results()) as batch_results:
            for number, batch in batch_results:
                while self._group_ends and self._group_ends[0] <= number:
                    self._group_ends.popleft()
                    yield []
                results = [result for result in batch if not isinstance(result, Skipped)]
                lines = [result for result in results if isinstance(result, ParsedLine)]
                seen.add(line.sha256 for line in lines)
                self.copies = seen.copies
                self.records += len(lines)
                self._count_mentions(results)
                self.failures.update(result.kind for result in results if isinstance(result, Failure))
                for result in batch:
                    if isinstance(result, Skipped):
                        self.skipped.update(result.groups)
                if results:
                    yield results
                self.files_done = self._places[number]
                self._places.pop(number - 1, None)
            yield from ([] for _ in self._group_ends)

    def _count_mentions(self, results: Iterable[ParsedLine | ParsedTab | Failure]) -> None:
        for result in results:
            if not isinstance(result, Failure) and result.lines:
                self.mentions += result.lines.mentions
                self.tab_pages += result.lines.pages
                self.tabs += isinstance(result, ParsedTab)

    def _batch_results(self) -> Generator[tuple[int, list[PageResult]]]:
        rest = self._batches()
        first = [*islice(rest, 2)]
        all_batches = chain(first, rest)
        jobs = self._jobs or (cores() if len(first) > 1 else 1)
        if jobs == 1 and (self._page_timeout is None or current_process().daemon):  # which cannot have processes
            for number, batch in enumerate(all_batches):
                yield from ((number, results) for results in self._results_of_tasks(batch))
        else:
            split = partial(split_task, skipped=self._skip)
            lost = partial(lost_task_failure, page_timeout=self._page_timeout)
            yield from run_in_order(
                self._results_of_tasks, all_batches, jobs=jobs, split=split, lost=lost, limit=self._page_timeout
            )

    def _batches(self) -> Iterator[list[Task]]:
        number = 0
        for sources in map(self._counted, [self._sources()] if self._groups is None else self._groups):
            stream = tasks(sources, url_filter=self._url_filter, skipped=self._skip)
            for batch in batches(stream, size=_TASKS_PER_BATCH):
                self._places[number] = self._files_found + _done_part(batch[-1])
                yield batch
                number += 1
            if self._groups is not None:
                self._group_ends.append(number)

    def _counted(self, sources: Iterable[Source | Unreadable]) -> Iterator[Source | Unreadable]:
        for source in sources:
            yield source
            self._files_found += 1

    def _sources(self) -> Iterator[Source | Unreadable]:
        copy = lambda address: self._addresses.enter_context(copied_here(address))  # noqa: E731 -- as short as a method
        for source in find(self._paths, skipped=self._skip, copy=copy):
            if isinstance(source, Source) and source.form != "stream":
                self._refuse_overwriting(source.path)
            yield source

    def _refuse_overwriting(self, path: str) -> None:
        for output in self._outputs:
            refuse_overwriting(str(output), [path])

    def _skip(self, name: str) -> None:
        count_skipped(self.skipped, name)


def _done_part(task: Task) -> float:
    """Return the part of an archive that is done after a span; 0 for other tasks."""
    return task.done if isinstance(task, Span) else 0


class SeenContents:
    """Counts pages with the same content as an earlier page. The digests are on disk, so memory does not grow."""

    def __init__(self) -> None:
        self.copies = 0
        """Pages whose content was seen before."""
        with ExitStack() as resources:
            # a temporary file of this connection
            self._seen = resources.enter_context(closing(sqlite3.connect("", isolation_level=None)))
            for statement in _STATEMENTS:
                self._seen.execute(statement)
            resources.pop_all()

    def add(self, digests: Iterable[str]) -> None:
        """Add the digests of pages, in base 16.

        Raises:
            SettingsError: if the temporary folder is full.
        """
        rows = [(bytes.fromhex(digest[:_DIGEST_DIGITS]),) for digest in digests]
        try:
            self._seen.execute("BEGIN")
            new = self._seen.executemany("INSERT OR IGNORE INTO seen VALUES (?)", rows).rowcount
            self._seen.execute("COMMIT")
        except sqlite3.Error as error:
            raise SettingsError(
                f"temporary file of page digests: {error}; set TMPDIR to a folder with more room"
            ) from error
        self.copies += len(rows) - max(new, 0)

    def close(self) -> None:
        """Remove the digests."""
        self._seen.close()
