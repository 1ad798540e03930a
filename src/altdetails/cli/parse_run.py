"""One run over pages: from paths to the two files that `altdetails parse` writes."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import ExitStack, closing
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from altdetails.cli.copies import Copies
from altdetails.cli.exits import FatalError
from altdetails.cli.output import output_to
from altdetails.cli.pool import WorkersLostError, in_order
from altdetails.cli.progress import Bar, Quiet, has_terminal
from altdetails.cli.records_file import write
from altdetails.cli.words import counted, summary
from altdetails.cli.work import Line, Skipped, apart, lost, outcomes, tasks
from altdetails.cores import cores
from altdetails.inputs import Source, Span, find
from altdetails.inputs.batches import batches
from altdetails.inputs.parsing import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from altdetails.cli.output import Output
    from altdetails.cli.records_file import Ending
    from altdetails.cli.work import Outcome, Task
    from altdetails.inputs import Unreadable

__all__ = ["Run"]

_TASKS_AT_ONCE = 64


class Run:
    """A run over pages, and what came of it."""

    def __init__(self, paths: Sequence[str], *, jobs: int | None, url_filter: str | None = None) -> None:
        """Prepare a run.

        Args:
            paths: as they are given.
            jobs: number of processes; None: as many as there are cores, or this process alone for a few pages.
            url_filter: which addresses in archives are read, instead of those of details pages.
        """
        self.records = 0
        self.failures: Counter[str] = Counter()
        """Pages, files and paths without a record, by kind."""
        self._paths = paths
        self._jobs = jobs
        self._url_filter = url_filter
        self._skipped = 0
        self._files = 0
        self._places: dict[int, float] = {}
        """How many files are done where a batch ends, with the part of an archive, by the batch's number."""
        self._outputs: list[Path] = []
        """Files that stand where outputs go: none of them may be a page."""

    def write(self, target: str | None, ending: Ending, listing: str | None) -> None:
        """Write every record to `target`, and a line for every failure to `listing`.

        Args:
            target: path; None is standard output.
            ending: the format of `target`.
            listing: path, or `-` for standard output; None is standard error, in words.

        Raises:
            FatalError: where the paths name nothing, or an output takes no more.
        """
        started = time.monotonic()
        self._outputs = [
            output for path in (target, listing) if path and path != "-" and (output := Path(path)).is_file()
        ]
        with ExitStack() as stack:
            copies = stack.enter_context(closing(Copies()))
            failures = stack.enter_context(output_to(listing)) if listing else None
            report = stack.enter_context(self._report(None if listing == "-" else target))
            fail = partial(self._fail, report=report, failures=failures)
            lines = stack.enter_context(closing(self._lines(report, fail, copies)))
            write(lines, target, ending, failed=partial(self._misfit, fail=fail))
        if self.failures or has_terminal():
            said = summary(
                self.records,
                self.failures,
                time.monotonic() - started,
                listing=None if listing == "-" else listing,
                copies=copies.count,
                skipped=self._skipped,
            )
            click.echo(said, err=True)

    def _report(self, target: str | None) -> Quiet:
        if has_terminal() and (target or not sys.stdout.isatty()):
            return Bar(total=sum(1 for _ in find(self._paths)))
        return Quiet()

    def _lines(self, report: Quiet, fail: Callable[[Failure], object], copies: Copies) -> Generator[Line]:
        for number, some in self._outcomes():
            lines = [outcome for outcome in some if isinstance(outcome, Line)]
            copies.add(line.sha256 for line in lines)
            self.records += len(lines)
            for outcome in some:
                if isinstance(outcome, Failure):
                    fail(outcome)
                elif isinstance(outcome, Skipped):
                    self._skipped += outcome.number
            yield from lines
            pages = self.records + self.failures.total()
            report.update(files=self._places[number], pages=pages, failures=self.failures.total())
            self._places.pop(number - 1, None)
        if not self.records and set(self.failures) <= {"missing"}:
            raise FatalError(self._nothing())

    def _nothing(self) -> str:
        if self._skipped:
            others = counted(self._skipped, "other file or response")
            return f"nothing to parse among {others}; --url-filter reads pages of other hosts in archives, see --help"
        return "nothing to parse; `altdetails parse --help` tells what is read"

    def _outcomes(self) -> Iterator[tuple[int, list[Outcome]]]:
        ahead = self._batches()
        first = [*islice(ahead, 2)]
        some = chain(first, ahead)
        jobs = self._jobs or (cores() if len(first) > 1 else 1)
        if jobs == 1:
            return ((number, done) for number, batch in enumerate(some) for done in outcomes(batch))
        return self._spread(some, jobs)

    def _spread(self, some: Iterator[list[Task]], jobs: int) -> Iterator[tuple[int, list[Outcome]]]:
        try:
            yield from in_order(outcomes, some, jobs=jobs, apart=partial(apart, skipped=self._skip), lost=lost)
        except WorkersLostError as error:
            raise FatalError(f"worker processes {error}; free some memory, or use --jobs 1") from error

    def _batches(self) -> Iterator[list[Task]]:
        stream = tasks(self._sources(), url_filter=self._url_filter, skipped=self._skip)
        for number, batch in enumerate(batches(stream, size=_TASKS_AT_ONCE)):
            self._places[number] = self._files + _part(batch[-1])
            yield batch

    def _sources(self) -> Iterator[Source | Unreadable]:
        for source in find(self._paths, skipped=self._skip):
            if isinstance(source, Source) and source.form != "stream":
                self._refuse_overwriting(source.path)
            yield source
            self._files += 1

    def _refuse_overwriting(self, path: str) -> None:
        for output in self._outputs:
            if output.samefile(path):
                raise FatalError(f"{output}: is one of the files to read, and would be overwritten; give another name")

    def _skip(self, _name: str) -> None:
        self._skipped += 1

    def _misfit(self, failure: Failure, fail: Callable[[Failure], object]) -> None:
        self.records -= 1
        fail(failure)

    def _fail(self, failure: Failure, report: Quiet, failures: Output | None) -> None:
        self.failures[failure.kind] += 1
        if failures:
            failures.write(failure.to_json())
        if failures is None or failure.kind == "missing":
            report.say(f"{failure.file}: {failure.reason} [{failure.kind}]")


def _part(task: Task) -> float:
    """How much of its archive is done with a stretch of it."""
    return task.done if isinstance(task, Span) else 0
