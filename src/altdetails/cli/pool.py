"""Batches of work spread over processes, with their results in the order of the batches.

Each worker has one pipe to this process and at most one batch. So it is known which batch a dead worker had, nothing
blocks because both sides send, and a worker whose parent is gone reads the end of its pipe and ends.
"""

from __future__ import annotations

import multiprocessing
import signal
from contextlib import contextmanager, suppress
from itertools import chain
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection

__all__ = ["WorkersLostError", "in_order"]

_AHEAD = 4
"""Batches a worker that may be finished or in hand before the one whose turn it is."""
_GONE = (EOFError, OSError)
"""What a pipe raises where the process at its other end has died."""

_processes = multiprocessing.get_context("spawn")

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")


class WorkersLostError(Exception):
    """A worker process dies even of no work at all: the trouble is not in the tasks."""


def in_order(
    function: Callable[[list[Task]], list[Outcome]],
    batches: Iterable[list[Task]],
    *,
    jobs: int,
    apart: Callable[[Task], Iterable[Task]],
    lost: Callable[[Task, str], Outcome],
) -> Iterator[list[Outcome]]:
    """The outcomes of each batch, in the order of the batches, worked on by `jobs` processes.

    Batches are taken as they are needed, so memory does not grow with their number. Close this generator to end all
    processes at once.

    Args:
        function: importable by name; makes the outcomes of a batch, and raises nothing.
        batches: lists of tasks. Tasks and outcomes are pickled.
        jobs: number of processes, each started when there is first something for it to do.
        apart: the parts of a task that can be lost one at a time. It is asked where a batch ended its process.
        lost: the outcome of a task that ended its process, given how that ended.

    Raises:
        WorkersLostError: where a process cannot even do nothing.
    """
    ahead = enumerate(batches)
    idle: list[_Worker] = []
    busy: dict[Connection, tuple[_Worker, int, list[Task]]] = {}
    finished: dict[int, list[Outcome]] = {}
    turn = 0
    try:
        while True:
            while len(busy) < jobs and len(busy) + len(finished) < _AHEAD * jobs:
                if (numbered := next(ahead, None)) is None:
                    break
                worker = idle.pop() if idle else _Worker(function)
                busy[worker.connection] = (worker, *numbered)
                with suppress(*_GONE):  # its end is seen where its answer is awaited
                    worker.connection.send(numbered[1])
            if not busy:
                return
            for connection in cast("list[Connection]", wait(busy)):
                worker, number, batch = busy.pop(connection)
                try:
                    finished[number] = worker.connection.recv()
                    idle.append(worker)
                except _GONE:
                    worker.end()
                    finished[number] = _one_by_one(function, chain.from_iterable(map(apart, batch)), lost)
            while turn in finished:
                yield finished.pop(turn)
                turn += 1
    finally:
        for worker in (*idle, *(worker for worker, *_ in busy.values())):
            worker.end()


def _one_by_one(
    function: Callable[[list[Task]], list[Outcome]], some: Iterable[Task], lost: Callable[[Task, str], Outcome]
) -> list[Outcome]:
    """The outcomes of a batch that ended its worker: only the tasks to blame are lost."""
    outcomes: list[Outcome] = []
    worker = None
    try:
        for task in some:
            worker = worker or _proven_worker(function)
            try:
                worker.connection.send([task])
                outcomes += worker.connection.recv()
            except _GONE:
                outcomes.append(lost(task, worker.death()))
                worker = None
    finally:
        if worker:
            worker.end()
    return outcomes


def _proven_worker(function: Callable[[list[Any]], list[Any]]) -> _Worker:
    worker = _Worker(function)
    try:
        worker.connection.send([])
        worker.connection.recv()
    except _GONE as error:
        raise WorkersLostError(worker.death()) from error
    return worker


class _Worker:
    def __init__(self, function: Callable[[list[Any]], list[Any]]) -> None:
        self.connection, theirs = _processes.Pipe()
        self._process = _processes.Process(target=_serve, args=(function, theirs), daemon=True)
        with _interrupts_held():
            self._process.start()
        theirs.close()

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.join()
        self.connection.close()

    def death(self) -> str:
        """How a process ended whose pipe has ended."""
        self._process.join()
        code = self._process.exitcode or 0
        self.connection.close()
        return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


def _serve(function: Callable[[list[Any]], list[Any]], connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(*_GONE):
        while True:
            connection.send(function(connection.recv()))


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """A process started here never sees Ctrl-C: it inherits the mask, and its parent ends it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
