import tempfile
from pathlib import Path

import pytest
from tests.store.material import SITE

from altdetails.store import RunFolder


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def in_memory(monkeypatch):
    """A folder without a disk to wait for, where there is one: for what is done a thousand times."""
    memory = Path("/dev/shm")  # noqa: S108 -- nothing is left there
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as place, monkeypatch.context() as change:
        change.chdir(place)
        yield


@pytest.fixture
def no_records():
    """What reads an archive where nothing is to be read."""

    def reparse(path):
        raise AssertionError(f"{path} is read again")

    return reparse


@pytest.fixture
def opened(no_records):
    """Opens a run of which the records need not be written again."""

    def opened(path="run", **changes):
        return RunFolder.open(path, **({"site": SITE, "software": "altdetails/0.1.0", "reparse": no_records} | changes))

    return opened
