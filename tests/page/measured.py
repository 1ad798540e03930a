"""Parsing in a process of its own, so that its time and memory are its alone.

The processes are forked from one that has loaded the package and nothing else: a new one costs a few milliseconds.
"""

import multiprocessing
import time

import pytest

from altdetails.page import PageError, parse

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["altdetails.page"])


def outcome_of(content, seconds):
    """What parsing gives, in how many seconds, with how many megabytes at most; it fails after the given seconds."""
    receiver, sender = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_parse, args=(sender, content))
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            pytest.fail(f"{len(content):,} bytes take more than {seconds} seconds")
        return receiver.recv()
    finally:
        process.kill()
        process.join()


def _parse(sender, content):
    start = time.perf_counter()
    try:
        outcome = {"title": parse(content).title}
    except PageError as error:
        outcome = {"kind": error.kind, "reason": error.reason}
    outcome["seconds"] = time.perf_counter() - start
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - not worth loading pathlib
        outcome["megabytes"] = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
    sender.send(outcome)
