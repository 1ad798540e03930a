"""Load into destinations, and print all that a user can see: messages, tracebacks, names and contents of files.

`python -m tests.loading.leaks START STEP` loads into every STEP-th destination from number START.
"""

# ruff: noqa: T201

import contextlib
import os
import sys
import tempfile
import traceback
from pathlib import Path

from tests.loading.destinations import DESTINATIONS
from tests.support.records import generated, written

import altdetails
from altdetails.cli import cli


class Shown(tempfile.TemporaryDirectory):
    """A temporary folder whose files are printed before they are removed: a killed process leaves them behind."""

    def __exit__(self, *error):
        print_files(Path(self.name))
        super().__exit__(*error)


def print_files(folder):
    """Print the names and contents of all files of a folder."""
    for path in folder.rglob("*"):
        print(path)
        if path.is_file():
            sys.stdout.buffer.write(path.read_bytes())


def load(source, to):
    """Load by the API and by the command, and print what an uncaught error shows."""
    try:
        print(altdetails.load([source], to))
    except altdetails.AltdetailsError as error:
        traceback.print_exception(error)
        print(repr(error))
    with contextlib.suppress(SystemExit):
        cli.main(["load", source, "--to", to])


def main():
    """Print what each destination shows, after a line with its number."""
    start, step = map(int, sys.argv[1:])
    tempfile.TemporaryDirectory = Shown
    source = written("records.jsonl", generated(1))
    for number, to in enumerate([*DESTINATIONS[start::step], *filter(None, [os.environ.get("ALSO")])]):
        for stream in (sys.stdout, sys.stderr):
            print(f"=== {number}", file=stream, flush=True)
        load(source, to)
    print_files(Path())


if __name__ == "__main__":
    main()
