"""The cores that a process may use: of a container or `taskset`, not of the machine."""

import os

import pytest

from altdetails._optional import cores, set_defaults


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to cores")
def test_they_are_those_that_the_process_is_bound_to():
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_a_setting_of_the_user_stays_and_others_get_their_default(monkeypatch):
    monkeypatch.setenv("LOAD__WORKERS", "7")
    monkeypatch.delenv("DATA_WRITER__FILE_MAX_ITEMS", raising=False)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    set_defaults({"LOAD__WORKERS": "2", "DATA_WRITER__FILE_MAX_ITEMS": "200000"})
    assert (os.environ["LOAD__WORKERS"], os.environ["DATA_WRITER__FILE_MAX_ITEMS"]) == ("7", "200000")
