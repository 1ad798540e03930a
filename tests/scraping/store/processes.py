"""Processes that work on a run at the same time as the test."""

import os
import subprocess
import sys
from contextlib import contextmanager

from tests.scraping.store.material import ROOT

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}


def python(code, *arguments):
    """Run code in a new process, and return the finished process."""
    return subprocess.run(
        [sys.executable, "-m", "tests.scraping.store.code", code, *map(str, arguments)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def writer(*arguments):
    """Start a process that writes to a run, and kill it at the end of the block."""
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


def wait_for_commit(process):
    """Wait until a writer has committed; it fails if the writer ends before."""
    next(line for line in process.stdout if line.startswith("committed"))
