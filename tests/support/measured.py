"""Call a function in a process of its own, with a limit of CPU time, and measure its memory.

New processes are forked from a process that has only loaded the package. They start in a few milliseconds if the module
of the function loads no more than that: neither pytest nor what makes the content. The limit is CPU time: a process
does not fail because it waits for a processor.
"""

import multiprocessing
import resource
import signal

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["altdetails.page.reading", "altdetails.sources", "altdetails.lists.entries", "altdetails.records.files"]
)


def measured(function, *arguments, cpu_seconds):
    """Return what a function returns in a new process, and the peak memory of the process in megabytes.

    Raises:
        AssertionError: if the function takes more than `cpu_seconds`, or raises an error.
    """
    receiver, sender = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_call, args=(sender, function, arguments, cpu_seconds))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        process.join()
        ended = signal.Signals(-process.exitcode).name if process.exitcode < 0 else process.exitcode
        words = f"no result of {function.__name__} in {cpu_seconds} CPU seconds: {ended}"
        raise AssertionError(words) from None
    finally:
        process.kill()
        process.join()


def _call(sender, function, arguments, cpu_seconds):
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    result = function(*arguments)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sender.send((result, kilobytes // 1024))
