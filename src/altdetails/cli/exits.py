"""The exit codes of the command, and the error that ends it."""

from __future__ import annotations

from enum import IntEnum

import click

from altdetails.cli.terminal import plain

__all__ = ["SIGNALLED", "Exit", "FatalError"]

SIGNALLED = 128
"""Exit codes from here on are those of signals, as a shell gives them."""


class Exit(IntEnum):
    """What the exit code says; 0 is done."""

    WITH_FAILURES = 1
    WRONG_INPUT = 2
    STOPPED_BY_SITE = 3
    INTERRUPTED = 130
    PIPE_CLOSED = 141


class FatalError(click.ClickException):
    """Nothing could be done: wrong input, or an output that cannot be written."""

    exit_code = Exit.WRONG_INPUT

    def __init__(self, message: str) -> None:
        super().__init__(plain(message))
