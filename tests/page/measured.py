"""Parse in a separate process, to measure its time and memory.

New processes are forked from a process that has only loaded the package, so they start in a few milliseconds. The limit
is CPU time: a process does not fail because it waits for a processor.
"""

import multiprocessing
import resource
import signal

import pytest

from altdetails.page import PageError, parse

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["altdetails.page.reading"])


def outcome_of(content, cpu_seconds):
    """Parse content in a new process. Return the title or error, and the peak memory in megabytes.

    The test fails if parsing takes more than `cpu_seconds`.
    """
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
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - pathlib is not loaded only for this
        outcome["megabytes"] = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
    sender.send(outcome)
