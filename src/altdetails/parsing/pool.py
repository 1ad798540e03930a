"""Batches of work spread over processes, with their results in the order of the batches.

Each worker has one pipe to this process and at most one batch. So it is known which batch a dead worker had, nothing
blocks because both sides send, and a worker whose parent is gone reads the end of its pipe and ends.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import deque
from contextlib import contextmanager, suppress
from itertools import chain, islice
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from altdetails.errors import WorkersLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection

__all__ = ["run_in_order"]

_AHEAD = 4
"""Batches a worker that may be finished or in hand before the one whose turn it is."""
_HELD = 2_000
"""Outcomes of a batch that are held before its turn; its worker waits with the rest."""
_PROOFS = 3
"""Processes that are started until one does nothing without dying of it: any may be killed for another's memory."""
_MOST_JOBS = 60 if sys.platform == "win32" else sys.maxsize
"""Windows waits for 63 things at once, at most."""
_GONE = (EOFError, OSError)
"""What a pipe raises where the process at its other end has died."""

_ADVICE = "free some memory, or use one process (--jobs 1)"

_HELD_AT_START = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}

_processes = multiprocessing.get_context("spawn")

_Task = TypeVar("_Task")
_Outcome = TypeVar("_Outcome")


def run_in_order(
    function: Callable[[list[_Task]], Iterable[list[_Outcome]]],
    batches: Iterable[list[_Task]],
    *,
    jobs: int,
    apart: Callable[[_Task], Iterable[_Task]],
    lost: Callable[[_Task, str], _Outcome],
) -> Iterator[tuple[int, list[_Outcome]]]:
    """The outcomes of each batch, in the order of the batches, worked on by `jobs` processes.

    Batches are taken as they are needed and outcomes as they can be given on, so memory grows neither with their number
    nor with the size of a batch. Close this generator to end all processes at once.

    Args:
        function: importable by name; makes the outcomes of a batch, some at a time, and raises nothing.
        batches: lists of tasks. Tasks and outcomes are pickled.
        jobs: number of processes, each started when there is first something for it to do; on Windows at most 60.
        apart: the parts of a task that have one outcome each, in the order in which `function` has them. It is asked
            where a batch ended its process.
        lost: the outcome of such a part that ended its process alone, given how that ended.

    Yields:
        The number of a batch, from 0, and some of its outcomes.

    Raises:
        WorkersLost: where a process cannot be started, or cannot even do nothing.
    """
    ahead = iter(batches)
    jobs = min(jobs, _MOST_JOBS)
    idle: list[_Worker] = []
    begun: deque[_Begun[_Task, _Outcome]] = deque()
    number = 0
    try:
        while True:
            working = [each for each in begun if each.worker]
            new = islice(ahead, min(jobs - len(working), _AHEAD * jobs - len(begun)))
            begun.extend(_Begun(batch, idle.pop() if idle else _Worker(function)) for batch in new)
            if not begun:
                return
            first = begun[0]
            while first.outcomes:
                yield number, first.outcomes.popleft()
            if first.worker is None:
                if first.died:
                    parts = chain.from_iterable(map(apart, first.batch))
                    for outcome in _one_by_one(function, islice(parts, first.given, None), lost):
                        yield number, outcome
                begun.popleft()
                number += 1
                continue
            _receive([each for each in begun if each is first or each.held < _HELD], idle)
    finally:
        for worker in (*idle, *(each.worker for each in begun if each.worker)):
            worker.end()


class _Begun(Generic[_Task, _Outcome]):
    """A batch that was given to a worker."""

    def __init__(self, batch: list[_Task], worker: _Worker) -> None:
        self.batch = batch
        self.worker: _Worker | None = worker
        """Who has it; None where that has finished, and the batch is no longer held, or died."""
        self.outcomes: deque[list[_Outcome]] = deque()
        self.given = 0
        """How many outcomes have come."""
        self.died = False
        with suppress(*_GONE):  # its end is seen where its answer is awaited
            worker.connection.send(batch)

    @property
    def held(self) -> int:
        return sum(map(len, self.outcomes))


def _receive(some: Iterable[_Begun[Any, Any]], idle: list[_Worker]) -> None:
    """Wait until a worker of some batches has something to say, and listen."""
    by_connection = {each.worker.connection: each for each in some if each.worker}
    for connection in cast("list[Connection]", wait(by_connection)):
        each = by_connection[connection]
        worker = cast("_Worker", each.worker)
        try:
            outcomes = connection.recv()
        except _GONE:
            worker.end()
            each.worker, each.died = None, True
            continue
        if outcomes is None:
            idle.append(worker)
            each.worker, each.batch = None, []
        else:
            each.outcomes.append(outcomes)
            each.given += len(outcomes)


def _one_by_one(
    function: Callable[[list[_Task]], Iterable[list[_Outcome]]],
    some: Iterable[_Task],
    lost: Callable[[_Task, str], _Outcome],
) -> Iterator[list[_Outcome]]:
    """The outcomes of tasks of which one ended its worker: only those to blame are lost."""
    worker = None
    try:
        for task in some:
            worker = worker or _proven_worker(function)
            try:
                yield worker.answer([task])
            except _GONE:
                yield [lost(task, worker.death())]
                worker = None
    finally:
        if worker:
            worker.end()


def _proven_worker(function: Callable[[list[Any]], Iterable[list[Any]]]) -> _Worker:
    death = ""
    for _ in range(_PROOFS):
        worker = _Worker(function)
        try:
            worker.answer([])
        except _GONE:
            death = worker.death()
        else:
            return worker
    raise WorkersLost(f"worker processes end at once, {death}; {_ADVICE}")


class _Worker:
    def __init__(self, function: Callable[[list[Any]], Iterable[list[Any]]]) -> None:
        try:
            self.connection, theirs = _processes.Pipe()
            self._process = _processes.Process(target=_serve, args=(function, theirs), daemon=True)
            with _signals_held():
                self._process.start()
        except OSError as error:
            raise WorkersLost(f"worker processes cannot be started: {error.strerror}; {_ADVICE}") from error
        theirs.close()

    def answer(self, batch: list[Any]) -> list[Any]:
        """All outcomes of a batch."""
        self.connection.send(batch)
        return [*chain.from_iterable(iter(self.connection.recv, None))]

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


def _serve(function: Callable[[list[Any]], Iterable[list[Any]]], connection: Connection) -> None:
    """Send the outcomes of each batch that comes, and None behind them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_AT_START)
    with suppress(*_GONE):
        while True:
            for outcomes in function(connection.recv()):
                connection.send(outcomes)
            connection.send(None)


@contextmanager
def _signals_held() -> Iterator[None]:
    """A process is started as a whole, and never sees Ctrl-C: it inherits the mask, and its parent ends it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_AT_START)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
