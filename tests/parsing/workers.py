"""Functions for the worker processes of the tests."""

import os
import re
import signal
from pathlib import Path


def squares(batch):
    """Yield the square of each task, one at a time. A task below zero kills the process."""
    for number in batch:
        if number < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        yield [number * number]


def many(batch):
    """Yield as many outcomes as the value of a task, a hundred at a time."""
    for count in batch:
        for start in range(0, count, 100):
            yield [*range(start, min(start + 100, count))]


def own_process(batch):
    """Yield the id of the process for each task."""
    for _ in batch:
        yield [os.getpid()]


def squares_or_long_calls(batch):
    """Yield the square of each task. A task below zero is a single call in C that takes years."""
    for number in batch:
        if number < 0:
            re.match(r"(a*)*b", "a" * 60)
        yield [number * number]


class Batch(list):
    """A list that can be weakly referenced, to check whether it is still in memory."""


def dying_once(batch):
    """Yield 1 for each path. The first process dies at work, and the next one before it has any work."""
    if not batch and (marks := [*Path().glob("died-*")]):
        marks[0].unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    for name in batch:
        if not Path(name).exists():
            Path(name).touch()
            Path("died-at-work").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        yield [1]
