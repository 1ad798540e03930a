"""Parsing in a process of its own, so that its time and memory are its alone.

The processes are forked from one that has loaded the package and nothing else: a new one costs a few milliseconds.
The system ends a process that takes too much time of a processor, however long it waits for one.
"""

import multiprocessing
import resource
import signal

import pytest

from altdetails.page import PageError, parse

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["altdetails.page"])


def outcome_of(content, cpu_seconds):
    """What parsing gives, with how many megabytes at most; it fails after the given seconds of a processor."""
    receiver, sender = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_parse, args=(sender, content, cpu_seconds))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        process.join()
        ended = signal.Signals(-process.exitcode).name if process.exitcode < 0 else process.exitcode
        pytest.fail(f"no outcome of {len(content):,} bytes in {cpu_seconds} CPU seconds: {ended}")
    finally:
        process.kill()
        process.join()


def _parse(sender, content, cpu_seconds):
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    try:
        outcome = {"title": parse(content).title}
    except PageError as error:
        outcome = {"kind": error.kind, "reason": error.reason}
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - not worth loading pathlib
        outcome["megabytes"] = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
    sender.send(outcome)
