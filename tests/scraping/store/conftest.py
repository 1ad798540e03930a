import tempfile
from pathlib import Path

import pytest
from tests.scraping.store.material import SITE
from tests.support.fixtures import empty_folder

from altdetails.scraping.store import RunFolder

folder = pytest.fixture(autouse=True)(empty_folder)


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
