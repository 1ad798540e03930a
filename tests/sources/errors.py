"""What is wrong with a file: functions for processes of their own, which load no more than the package."""

from collections import deque

from altdetails import documents
from altdetails.documents import Unreadable
from altdetails.errors import InputError
from altdetails.lists.entries import entries
from altdetails.records.files import records
from altdetails.sources import documents_in

FREE_BYTES = 2**23
"""A 128th of what a file may always unpack to, because the tests take that much less time."""


def last_failure(name):
    documents._FREE_BYTES = FREE_BYTES
    failures = [item for item in documents_in([name]) if isinstance(item, Unreadable)]
    return str(failures[-1].error) if failures else ""


def error_of_list(name):
    documents._FREE_BYTES = 4 * FREE_BYTES  # more than the lines at its start cost, as in a real list
    try:
        for _ in entries([name]):
            pass
    except InputError as error:
        return str(error)
    return ""


def last_damage(name):
    documents._FREE_BYTES = FREE_BYTES
    last = deque(maxlen=1)
    try:
        for _ in records([name], damaged=last.append):
            pass
    except InputError as error:
        return str(error)
    return f"{last[0].file}: {last[0].reason}" if last else ""
