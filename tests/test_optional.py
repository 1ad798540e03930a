"""The number of cores that a process may use, and default settings."""

import os

import pytest

from altdetails._optional import cores, set_defaults


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no CPU affinity")
def test_cores_are_limited_by_the_affinity_of_the_process():
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_settings_of_the_user_are_kept_and_others_get_their_default(monkeypatch):
    monkeypatch.setenv("LOAD__WORKERS", "7")
    monkeypatch.delenv("DATA_WRITER__FILE_MAX_ITEMS", raising=False)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    set_defaults({"LOAD__WORKERS": "2", "DATA_WRITER__FILE_MAX_ITEMS": "200000"})
    assert (os.environ["LOAD__WORKERS"], os.environ["DATA_WRITER__FILE_MAX_ITEMS"]) == ("7", "200000")
