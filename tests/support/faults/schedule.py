"""Which request meets which fault."""

from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Forever:
    """A fault that all further requests meet; the last of a schedule."""

    fault: Any


class Schedule:
    """Faults for the requests to a path, or to all paths that a pattern with `*` matches, one after another.

    Args:
        pattern: a path with its query, as the client sends it; with `*` for anything.
        faults: the nth is for the nth request; behind the last one there is none, unless it is `Forever`.
        each: count the requests to each path by themselves, not all that match together.
    """

    def __init__(self, pattern, faults, *, each=False):
        for fault in faults:
            if not callable(fault.fault if isinstance(fault, Forever) else fault):
                raise TypeError(f"{fault!r} is no fault: it cannot be called")
        if any(isinstance(fault, Forever) for fault in faults[:-1]):
            raise ValueError("what stands behind a Forever is never met")
        self._pattern = pattern
        self._faults = faults
        self._each = each
        self._met = Counter()

    def next(self, path):
        """The fault for a request to this path; None where it does not belong here or no fault is left."""
        if path != self._pattern and not fnmatchcase(path, self._pattern.replace("[", "[[]").replace("?", "[?]")):
            return None
        counted = path if self._each else ""
        turn = self._met[counted]
        self._met[counted] += 1
        if turn < len(self._faults):
            fault = self._faults[turn]
        else:
            fault = self._faults[-1] if self._faults and isinstance(self._faults[-1], Forever) else None
        return fault.fault if isinstance(fault, Forever) else fault
