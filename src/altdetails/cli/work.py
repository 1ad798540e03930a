"""What is done with each page, in this process or in a worker: one line of JSON, or a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from altdetails.errors import PageError
from altdetails.inputs import Document, Source, Unreadable, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Failure", "Outcome", "Task", "batches", "lost", "outcomes", "tasks"]

_BATCH_BYTES = 4 * 2**20

Task: TypeAlias = Source | Document | Unreadable


class Failure(msgspec.Struct, frozen=True):
    """One line of the failures file: a page, file or path that gave no record."""

    file: str
    """The path as given, or `archive.zip!member`."""
    kind: str
    """A `PageKind` value, `undecodable`, the kind of an `Unreadable`, or `error`: a fault of altdetails."""
    reason: str

    def to_json(self) -> bytes:
        """The failure as one line of JSON in UTF-8, with the line's end."""
        return msgspec.json.encode(self) + b"\n"


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
    item = next(read(task)) if isinstance(task, Source) else task
    if isinstance(item, Unreadable):
        return Failure(item.name, item.kind, item.reason)
    return _record(item)


def _record(document: Document) -> Outcome:
    from altdetails.inputs.parsing import parse_document  # noqa: PLC0415 -- the parent of workers parses nothing

    try:
        return parse_document(document).to_json() + b"\n"
    except PageError as error:
        return Failure(document.name, str(error.kind), error.reason)
    except Exception as error:  # noqa: BLE001 -- one page must not stop the rest
        words = f"{type(error).__name__}: {error}"
        return Failure(document.name, "error", f"{words}; a fault of altdetails: please report it")
