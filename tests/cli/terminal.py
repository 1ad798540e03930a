"""Run a command in a pseudo-terminal."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time


def in_terminal(command, *, width=100, keys=b"", when=lambda: False, stdout=None):
    """Return the output of a command in a terminal, and its exit code.

    Args:
        command: the command line.
        width: columns of the terminal.
        keys: keys to type as soon as `when` is true.
        stdout: path to which standard output is redirected.
    """
    terminal, theirs = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | {"TERM": "xterm-256color"}
    with open(stdout or os.dup(theirs), "wb") as output:  # noqa: PTH123 -- a path, or a number
        process = subprocess.Popen(command, stdin=theirs, stdout=output, stderr=theirs, env=environment)
    os.close(theirs)
    written = b""
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            if keys and when():
                os.write(terminal, keys)
                keys = b""
            if select.select([terminal], [], [], 0.05)[0]:
                written += os.read(terminal, 65536)
    except OSError:
        pass  # all writers have closed the terminal
    finally:
        os.close(terminal)
    return written.decode(), process.wait(60)
