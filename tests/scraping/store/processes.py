"""Processes that work on a run beside the test."""

import os
import subprocess
import sys
from contextlib import contextmanager

from tests.scraping.store.material import ROOT

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}


def python(code, *arguments):
    """What a process said that ran this code."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def writer(*arguments):
    """A process that writes to a run; killed at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.scraping.store.writer", *map(str, arguments)],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
