"""What is done with each page, in this process or in a worker: one line of JSON, or a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from altdetails.inputs import Document, Source, Unreadable, read
from altdetails.inputs.parsing import Failure, line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Outcome", "Task", "batches", "lost", "outcomes", "tasks"]

_BATCH_BYTES = 4 * 2**20

Task: TypeAlias = Source | Document | Unreadable


Outcome: TypeAlias = bytes | Failure


def tasks(sources: Iterator[Source | Unreadable], skipped: Callable[[str], object]) -> Iterator[Task]:
    """Work for any process: plain files by their path, and the content of what only this process can read."""
    for source in sources:
        if isinstance(source, Source) and source.form != "plain":
            yield from read(source, skipped=skipped)
        else:
            yield source


def batches(stream: Iterator[Task], *, size: int) -> Iterator[list[Task]]:
    """Tasks by the `size`, or fewer where they hold much content."""
    batch: list[Task] = []
    held = 0
    for task in stream:
        batch.append(task)
        held += len(task.content) if isinstance(task, Document) else 0
        if len(batch) == size or held >= _BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def outcomes(batch: list[Task]) -> list[Outcome]:
    """A record's line or a failure for every task."""
    return [_outcome(task) for task in batch]


def lost(task: Task, ending: str) -> Failure:
    """The failure of a task that ended its process."""
    return Failure(task.name, "error", f"its worker process ended {ending}; please report it")


def _outcome(task: Task) -> Outcome:
    return line_of(next(read(task)) if isinstance(task, Source) else task)
