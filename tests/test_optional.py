"""The cores that a process may use: of a container or `taskset`, not of the machine."""

import os

import pytest

from altdetails._optional import cores


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to cores")
def test_they_are_those_that_the_process_is_bound_to():
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
