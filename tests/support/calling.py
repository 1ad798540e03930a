"""The command in this process: much faster than in a new one, and enough if only text and exit codes matter."""

import signal
import sys
from io import BufferedReader, BytesIO, TextIOWrapper
from types import SimpleNamespace

import pytest

from altdetails.cli import main


def call(*words, stdin=b"", encoding="utf-8"):
    """Run the command with standard streams of an encoding. Return its exit code and output."""
    output, errors = _Pipe(), _Pipe()
    standard_error = TextIOWrapper(errors, encoding, "backslashreplace", write_through=True)  # main() replaces it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signal, "signal", lambda *_: None)
        patch.setattr(sys, "argv", ["altdetails", *map(str, words)])
        patch.setattr(sys, "stdin", TextIOWrapper(BufferedReader(BytesIO(stdin)), encoding))
        patch.setattr(sys, "stdout", TextIOWrapper(output, encoding, write_through=True))
        patch.setattr(sys, "stderr", standard_error)
        with pytest.raises(SystemExit) as ended:
            main()
        stdout, stderr = output.getvalue(), errors.getvalue()
    return SimpleNamespace(
        returncode=ended.value.code or 0,
        stdout=stdout,
        stderr=stderr,
        out=stdout.decode(encoding, "replace"),
        err=stderr.decode(encoding, "replace"),
    )


class _Pipe(BytesIO):
    """A stream that has no place, like a pipe, so that Python writes no byte order mark to it."""

    def seekable(self):
        return False
