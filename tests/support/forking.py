"""Processes that are forked from one that has loaded the command: Python takes half a second to start and load it.

A fork is a process like another, with standard streams, a working folder and an environment of its own. Only its
workers are started by one server for all. `new_processes` is for tests of what happens at the start.
The environment variable `CLOSED` has the numbers of the standard streams that are closed, as by `>&-` in a shell.
"""

import atexit
import fcntl
import gc
import io
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
from importlib import import_module
from multiprocessing import forkserver, process
from pathlib import Path
from typing import ClassVar

import pytest

LOADED = [
    *(
        f"altdetails.cli.{name}"
        for name in ("parse", "scrape", "status", "show", "doctor", "progress", "scrape_report")
    ),
    *("altdetails.parsing.steps", "altdetails.page.reading", "altdetails.scraping.fetch.transport"),
    *("altdetails.lists.entries", "altdetails.scraping.session", "rich.live", "rich.table", "encodings.idna"),
]
NUMBER = b"%16d"
"""How a number is written: all take as many bytes, because a short process ends before the first number is read."""


class Popen(subprocess.Popen):
    """`subprocess.Popen`, except that it forks `python -m altdetails`."""

    _report = None
    """The file with the number of the process and, after its end, its status. None if it is not a fork."""

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *others):  # noqa: PLR0913, PLR0917
        words, environment = [*map(os.fspath, args)], dict(os.environ if env is None else env)
        if words[:2] != [sys.executable, "-m"] or executable or preexec_fn:
            super()._execute_child(args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *others)
            return
        pipes = others[3:9]
        self._report, report = os.pipe()
        streams = [ours if given == -1 else given for ours, given in enumerate((pipes[0], pipes[3], pipes[5]))]
        message = json.dumps([words[2:], os.fspath(cwd or Path.cwd()), environment]).encode()
        socket.send_fds(_Server.of(environment).connection, [message], [*streams, report])
        os.close(report)
        self.pid = int(os.read(self._report, len(NUMBER % 0)))
        self._child_created = True
        self._close_pipe_fds(*pipes)

    def _internal_poll(self, *state, **others):
        if self._report is None:
            return super()._internal_poll(*state, **others)
        if self.returncode is None and select.select([self._report], [], [], 0)[0]:
            self.returncode = os.waitstatus_to_exitcode(int(os.read(self._report, len(NUMBER % 0))))
            os.close(self._report)
        return self.returncode

    def _wait(self, timeout):
        if self._report is None:
            return super()._wait(timeout)
        if self.returncode is None and not select.select([self._report], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self._internal_poll()


class _Server:
    """A process that has loaded the command with some settings of Python, and forks itself."""

    running: ClassVar = {}
    """The servers by their settings."""

    @classmethod
    def of(cls, environment):
        """Return the server with the settings of an environment."""
        settings = frozenset((name, value) for name, value in environment.items() if name.startswith("PYTHON"))
        if settings not in cls.running:
            cls.running[settings] = cls(environment)
        return cls.running[settings]

    def __init__(self, environment):
        self.connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = _new(
                [sys.executable, "-P", __file__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def close(self):
        self.connection.close()
        self._process.wait()


_new = subprocess.Popen


def forked(monkeypatch):
    """Fork `python -m altdetails` from a process that has loaded it. A module or conftest can make it a fixture."""
    if hasattr(os, "fork"):
        monkeypatch.setattr(subprocess, "Popen", Popen)


@pytest.fixture
def new_processes(monkeypatch):
    """Return a function that makes all processes new from now on."""
    return lambda: monkeypatch.setattr(subprocess, "Popen", _new)


def pytest_sessionfinish():
    """End the servers."""
    while _Server.running:
        _Server.running.popitem()[1].close()


def serve(connection):
    """Fork for each request, and return its words in the fork."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, files, *_ = socket.recv_fds(connection, 2**20, 4)
        if not message:
            os._exit(0)
        if os.fork():
            for file in files:
                os.close(file)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        *streams, report = files
        child = os.fork()
        if not child:
            break
        os.write(report, NUMBER % child)
        for file in streams:
            os.close(file)
        status = os.waitpid(child, 0)[1]
        os.write(report, NUMBER % status)
        os._exit(0)
    connection.close()
    os.close(report)
    for number, file in enumerate(streams):
        os.dup2(file, number)
        os.close(file)
    if os.isatty(0):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C is a signal
    words, folder, environment = json.loads(message)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    process.ORIGINAL_DIR = sys.path[0] = folder
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        is_closed = str(number) in environment.get("CLOSED", "")
        setattr(sys, name, os.close(number) if is_closed else _opened(number, getattr(sys, name)))
    return words


def _opened(number, before):
    """Open a standard stream with the settings of the stream before."""
    unbuffered = isinstance(before.buffer, io.FileIO)
    stream = open(number, before.buffer.mode, 0 if unbuffered else -1, closefd=False)  # noqa: SIM115
    lines = number == 2 or os.isatty(number)
    return io.TextIOWrapper(stream, before.encoding, before.errors, line_buffering=lines, write_through=unbuffered)


def run(module, *arguments):
    """Run a module as `python -m` does, and end the process without a pass over all that was loaded: that is slow."""
    sys.argv[1:] = arguments
    code = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code or 0
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    for name in LOADED:
        import_module(name)
    import_module("altdetails.parsing.pool")._processes()
    forkserver.ensure_running()
    forkserver._forkserver.ensure_running = lambda: None
    sys.path.insert(0, "")
    gc.freeze()
    run(*serve(socket.socket(fileno=int(sys.argv[1]))))
