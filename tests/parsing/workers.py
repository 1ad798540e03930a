"""What the workers of the tests do."""

import os
import signal
from pathlib import Path


def squares(batch):
    """The square of each task, one at a time; a task below zero ends its process."""
    for number in batch:
        if number < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        yield [number * number]


def many(batch):
    """As many outcomes as a task says, some at a time."""
    for count in batch:
        for start in range(0, count, 100):
            yield [*range(start, min(start + 100, count))]


def own_process(batch):
    """The process that works on each task."""
    for _ in batch:
        yield [os.getpid()]


class Batch(list):
    """A list of which one can tell whether it is held."""


def dying_once(batch):
    """One for each path; a process dies of work at first, and the next one before it has any."""
    if not batch and (marks := [*Path().glob("died-*")]):
        marks[0].unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    for name in batch:
        if not Path(name).exists():
            Path(name).touch()
            Path("died-at-work").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        yield [1]
