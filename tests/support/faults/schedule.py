"""Assign faults to requests."""

from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Forever:
    """A fault for all further requests. It must be the last of a schedule."""

    fault: Any


class Schedule:
    """Faults for the requests to a path, or to all paths that match a pattern with `*`.

    Args:
        pattern: a path with its query, as the client sends it; `*` matches anything.
        faults: the nth fault is for the nth request; after the last there is no fault, unless it is `Forever`.
        each: count the requests to each path separately, not all matching requests together.
    """

    def __init__(self, pattern, faults, *, each=False):
        for fault in faults:
            if not callable(fault.fault if isinstance(fault, Forever) else fault):
                raise TypeError(f"{fault!r} is not a fault: it cannot be called")
        if any(isinstance(fault, Forever) for fault in faults[:-1]):
            raise ValueError("a fault after Forever is never met")
        self._pattern = pattern
        self._faults = faults
        self._each = each
        self._met = Counter()

    def next(self, path):
        """Return the fault for a request to a path; None if the path does not match or no fault is left."""
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
