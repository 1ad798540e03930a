"""Work on batches in several processes, and return the outcomes in the order of the batches.

Each worker has a pipe to this process and at most one batch. So the batch of a dead worker is known, both sides never
send at the same time, and a worker ends when its parent has ended, because its pipe is closed. This process ends a
worker that takes too long: nothing inside a worker could end a long call of a library in C.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import deque
from contextlib import closing, contextmanager, suppress
from functools import cache
from itertools import chain, islice
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from altdetails.errors import WorkersLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext, SpawnContext

__all__ = ["TaskRunner", "run_in_order"]

_BATCHES_PER_WORKER = 4
"""Batches for each worker that may be finished or in progress at the same time."""
_MAX_WAITING_OUTCOMES = 2_000
"""Outcomes of a batch that may wait for its turn. At this number its worker must wait."""
_MAX_STARTS = 3
"""Processes that are started until one works. Any of them can be killed because another process used up the memory."""
_MAX_JOBS = 60 if sys.platform == "win32" else sys.maxsize
"""Windows waits for at most 63 objects at once."""
_CLOSED_PIPE = (EOFError, OSError)
"""The errors of a pipe if the process at its other end has ended."""

_ADVICE = "free some memory, or use one process (--jobs 1)"

_BLOCKED_AT_START = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}

_MAX_TEMPORARY_PATH = 60
"""The longest path of the folder for temporary files that leaves room for the name of a socket in it, in bytes."""

_Task = TypeVar("_Task")
_Outcome = TypeVar("_Outcome")


def run_in_order(  # noqa: PLR0913 -- the work, its limits, and what to do with what is lost
    function: Callable[[list[_Task]], Iterable[list[_Outcome]]],
    batches: Iterable[list[_Task]],
    *,
    jobs: int,
    split: Callable[[_Task], Iterable[_Task]],
    lost: Callable[[_Task, str | None], _Outcome],
    limit: float | None = None,
) -> Iterator[tuple[int, list[_Outcome]]]:
    """Work on batches in `jobs` processes, and yield their outcomes in the order of the batches.

    Batches are taken only when a process needs them, and outcomes are yielded as soon as possible. So memory grows
    neither with the number of batches nor with their size. Close this generator to end all processes at once.

    Args:
        function: returns the outcomes of a batch, several at a time. It must be importable by name and never raise.
        batches: lists of tasks. Tasks and outcomes are pickled.
        jobs: the number of processes. A process is started when it is first needed. On Windows at most 60 are used.
        split: splits a task into parts with one outcome each, in the order of `function`. It is called for the tasks
            of a batch whose process ended.
        lost: returns the outcome of a part that ends its process, given how the process ended; None if it was ended
            because the part took longer than the limit.
        limit: seconds that a process may work without an outcome. The parts of a batch that takes longer are run one by
            one.

    Yields:
        The number of a batch, from 0, and some of its outcomes.

    Raises:
        WorkersLost: if a process cannot be started, or ends before it has any work.
    """
    waiting = iter(batches)
    jobs = min(jobs, _MAX_JOBS)
    idle: list[_Worker] = []
    started: deque[_StartedBatch[_Task, _Outcome]] = deque()
    number = 0
    try:
        while True:
            working = [batch for batch in started if batch.worker]
            new = islice(waiting, min(jobs - len(working), _BATCHES_PER_WORKER * jobs - len(started)))
            started.extend(_StartedBatch(tasks, idle.pop() if idle else _Worker(function)) for tasks in new)
            if not started:
                return
            first = started[0]
            while first.outcomes:
                yield number, first.outcomes.popleft()
            if first.worker is None:
                if first.is_lost:
                    parts = chain.from_iterable(map(split, first.tasks))
                    with closing(TaskRunner(function, limit)) as runner:  # only the parts that end a worker are lost
                        for part in islice(parts, first.received, None):
                            yield number, runner.run(part, lost)
                started.popleft()
                number += 1
                continue
            _receive(
                [batch for batch in started if batch is first or batch.waiting < _MAX_WAITING_OUTCOMES], idle, limit
            )
    finally:
        for worker in (*idle, *(batch.worker for batch in started if batch.worker)):
            worker.end()


class _StartedBatch(Generic[_Task, _Outcome]):
    """A batch that was sent to a worker."""

    def __init__(self, tasks: list[_Task], worker: _Worker) -> None:
        self.tasks = tasks
        """The tasks; empty after the worker has finished them."""
        self.worker: _Worker | None = worker
        """The worker; None after it has finished or ended."""
        self.outcomes: deque[list[_Outcome]] = deque()
        """Outcomes that were received and not yet yielded."""
        self.received = 0
        """The number of outcomes that were received."""
        self.is_lost = False
        """Whether the worker ended before it had finished."""
        self.active_at = time.monotonic()
        """When the worker began, or gave outcomes for the last time."""
        with suppress(*_CLOSED_PIPE):  # `_receive` handles a dead worker
            worker.connection.send(tasks)

    @property
    def waiting(self) -> int:
        return sum(map(len, self.outcomes))

    def end_worker(self) -> None:
        cast("_Worker", self.worker).end()
        self.worker, self.is_lost = None, True


def _receive(batches: Iterable[_StartedBatch[Any, Any]], idle: list[_Worker], limit: float | None) -> None:
    """Wait for outcomes of batches, and receive them. End workers that take longer than the limit."""
    by_connection = {batch.worker.connection: batch for batch in batches if batch.worker}
    first_end = None if limit is None else min(batch.active_at for batch in by_connection.values()) + limit
    ready = wait(by_connection, None if first_end is None else max(0, first_end - time.monotonic()))
    for connection in cast("list[Connection]", ready):
        batch = by_connection.pop(connection)
        batch.active_at = time.monotonic()
        try:
            outcomes = connection.recv()
        except _CLOSED_PIPE:
            batch.end_worker()
            continue
        if outcomes is None:
            idle.append(cast("_Worker", batch.worker))
            batch.worker, batch.tasks = None, []
        else:
            batch.outcomes.append(outcomes)
            batch.received += len(outcomes)
    for batch in by_connection.values():
        if limit is not None and time.monotonic() - batch.active_at >= limit:
            batch.end_worker()


class TaskRunner(Generic[_Task, _Outcome]):
    """Runs one task at a time in a process, which is started when it is needed."""

    def __init__(self, function: Callable[[list[_Task]], Iterable[list[_Outcome]]], limit: float | None) -> None:
        """Set the function, as in `run_in_order`, and the seconds that a task may take."""
        self._function = function
        self._limit = limit
        self._worker: _Worker | None = None

    def run(self, task: _Task, lost: Callable[[_Task, str | None], _Outcome]) -> list[_Outcome]:
        """Return the outcomes of a task.

        Args:
            task: the task.
            lost: returns the outcome of a task that ends its process, as in `run_in_order`.

        Raises:
            WorkersLost: if a process cannot be started.
        """
        self._worker = worker = self._worker or _start_worker(self._function)
        ending = None
        try:
            return worker.run([task], self._limit)
        except TimeoutError:
            worker.end()
        except _CLOSED_PIPE:
            ending = worker.describe_death()
        self._worker = None
        return [lost(task, ending)]

    def close(self) -> None:
        """End the process."""
        if self._worker:
            self._worker.end()
            self._worker = None


def _start_worker(function: Callable[[list[Any]], Iterable[list[Any]]]) -> _Worker:
    """Start a worker, and check that it works with an empty batch."""
    death = ""
    for _ in range(_MAX_STARTS):
        worker = _Worker(function)
        try:
            worker.run([])
        except _CLOSED_PIPE:
            death = worker.describe_death()
        else:
            return worker
    raise WorkersLost(f"worker processes end at once, {death}; {_ADVICE}")


class _Worker:
    def __init__(self, function: Callable[[list[Any]], Iterable[list[Any]]]) -> None:
        try:
            processes = _processes()
            self.connection, other_end = processes.Pipe()
            self._process = processes.Process(target=_serve, args=(function, other_end), daemon=True)
            with _signals_blocked(), _without_main_module():
                self._process.start()
                Finalize(self, self._process.kill, exitpriority=0)  # a signal can come before anyone has this object
        except _CLOSED_PIPE as error:
            reason = getattr(error, "strerror", None) or "their server ended"
            raise WorkersLost(f"worker processes cannot be started: {reason}; {_ADVICE}") from error
        other_end.close()

    def run(self, batch: list[Any], limit: float | None = None) -> list[Any]:
        """Return all outcomes of a batch.

        Raises:
            TimeoutError: if the process works longer than `limit` seconds without an outcome.
        """
        self.connection.send(batch)
        outcomes: list[Any] = []
        while self.connection.poll(limit):
            more = self.connection.recv()
            if more is None:
                return outcomes
            outcomes += more
        raise TimeoutError

    def end(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.join()
        self.connection.close()

    def describe_death(self) -> str:
        """Wait for the end of the process after its pipe was closed, and return how it ended, for messages."""
        self._process.join()
        code = self._process.exitcode or 0
        self.connection.close()
        return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


@cache
def _processes() -> SpawnContext | ForkServerContext:
    """Return the way to start workers: copies of a server that loaded the parser once, or new processes.

    The server needs a socket in the file system. It has no threads, unlike this process, so it can be copied.
    """
    with suppress(OSError):  # no folder for temporary files
        if "forkserver" in get_all_start_methods() and len(os.fsencode(gettempdir())) <= _MAX_TEMPORARY_PATH:
            server = get_context("forkserver")
            server.set_forkserver_preload(
                ["altdetails.parsing.steps", "altdetails.parsing.tasks", "altdetails.page.reading"]
            )
            return server
    return get_context("spawn")


def _serve(function: Callable[[list[Any]], Iterable[list[Any]]], connection: Connection) -> None:
    """Receive batches. Send the outcomes of each batch, then None."""
    for number in _BLOCKED_AT_START:  # they can be sent to all processes, but only the parent decides when to end
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _BLOCKED_AT_START)
    with suppress(*_CLOSED_PIPE):
        while True:
            for outcomes in function(connection.recv()):
                connection.send(outcomes)
            connection.send(None)


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block signals while a process starts. It inherits the mask, so only its parent ends it, and not Ctrl-C."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED_AT_START)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _without_main_module() -> Iterator[None]:
    """Hide the file of the main module while a process starts, so that the process does not run it again."""
    main = vars(sys.modules["__main__"])
    hidden = {name: main[name] for name in ("__file__", "__spec__") if main.get(name) is not None}
    main.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        main.update(hidden)
