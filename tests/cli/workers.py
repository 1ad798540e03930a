"""What the workers of the tests do."""

import os
import signal


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
