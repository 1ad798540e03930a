"""Parse in a process of its own, to measure its time and memory."""

from tests.support.measured import measured

from altdetails.page import PageError, parse


def outcome_of(content, cpu_seconds):
    """Return the title or error of a page that is parsed in a new process, and its peak memory in megabytes."""
    outcome, megabytes = measured(_parse, content, cpu_seconds=cpu_seconds)
    return outcome | {"megabytes": megabytes}


def _parse(content):
    try:
        return {"title": parse(content).title}
    except PageError as error:
        return {"kind": error.kind, "reason": error.reason}
