"""One run over pages: from paths to the two files that `altdetails parse` writes."""

from __future__ import annotations

import sys
import time
from collections import Counter, deque
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from altdetails.cli.exits import FatalError
from altdetails.cli.output import StandardOutput, WholeFile
from altdetails.cli.pool import WorkersLostError, in_order
from altdetails.cli.progress import Bar, Quiet, has_terminal
from altdetails.cli.words import counted
from altdetails.cli.work import batches, lost, outcomes, tasks
from altdetails.inputs import Source, find
from altdetails.inputs.parsing import Failure

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from altdetails.cli.work import Outcome, Task
    from altdetails.inputs import Unreadable

__all__ = ["Run"]

_TASKS_AT_ONCE = 16


class Run:
    """A run over pages, and what came of it."""

    def __init__(self, paths: Sequence[str], *, jobs: int) -> None:
        self.records = 0
        self.failures: Counter[str] = Counter()
        """Pages, files and paths without a record, by kind."""
        self._paths = paths
        self._jobs = jobs
        self._skipped = 0
        self._files = 0
        self._files_by_batch: deque[int] = deque()
        self._outputs: list[Path] = []
        """Files that stand where outputs go: none of them may be a page."""

    def write(self, target: str | None, listing: str | None) -> None:
        """Write a line for every record to `target`, and for every failure to `listing`.

        Args:
            target: path; None is standard output.
            listing: path; None is standard error, in words.

        Raises:
            FatalError: where the paths name nothing, or an output takes no more.
        """
        started = time.monotonic()
        self._outputs = [output for path in (target, listing) if path and (output := Path(path)).is_file()]
        with ExitStack() as stack:
            records = stack.enter_context(WholeFile(target)) if target else stack.enter_context(StandardOutput())
            failures = stack.enter_context(WholeFile(listing)) if listing else None
            report = stack.enter_context(self._report(target))
            for batch in stack.enter_context(closing(self._outcomes())):
                for outcome in batch:
                    if isinstance(outcome, bytes):
                        records.write(outcome)
                        self.records += 1
                    else:
                        self._fail(outcome, report, failures)
                pages = self.records + self.failures.total()
                report.update(files=self._files_by_batch.popleft(), pages=pages, failures=self.failures.total())
            if not self.records and set(self.failures) <= {"missing"}:
                raise FatalError("nothing to parse; `altdetails parse --help` tells what is read")
        if self.failures or has_terminal():
            self._summarise(time.monotonic() - started, listing)

    def _report(self, target: str | None) -> Quiet:
        if has_terminal() and (target or not sys.stdout.isatty()):
            return Bar(total=sum(1 for _ in find(self._paths)))
        return Quiet()

    def _outcomes(self) -> Generator[list[Outcome]]:
        if self._jobs == 1:
            yield from map(outcomes, self._batches(_TASKS_AT_ONCE))
            return
        try:
            yield from in_order(outcomes, self._batches(_TASKS_AT_ONCE * 4), jobs=self._jobs, lost=lost)
        except WorkersLostError as error:
            raise FatalError(f"worker processes end at once, {error}; free some memory, or use --jobs 1") from error

    def _batches(self, size: int) -> Iterator[list[Task]]:
        for batch in batches(tasks(self._sources(), self._skip), size=size):
            self._files_by_batch.append(self._files)
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

    def _fail(self, failure: Failure, report: Quiet, failures: WholeFile | None) -> None:
        self.failures[failure.kind] += 1
        if failures:
            failures.write(failure.to_json())
        if failures is None or failure.kind == "missing":
            report.say(f"{failure.file}: {failure.reason} [{failure.kind}]")

    def _summarise(self, seconds: float, listing: str | None) -> None:
        words = [counted(self.records, "record")]
        if self.failures:
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in self.failures.most_common())
            words.append(f"{self.failures.total():,} without a record ({kinds})")
        if self._skipped:
            words.append(f"{counted(self._skipped, 'other file')} skipped")
        listed = f"; see {listing}" if self.failures and listing else ""
        click.echo(f"{', '.join(words)}, {seconds:.1f} s{listed}", err=True)
