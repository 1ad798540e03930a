import tempfile
from pathlib import Path

import pytest
from tests.scraping.store.material import SITE
from tests.support.fixtures import empty_folder
from tests.support.forking import forked

from altdetails.scraping.store import RunFolder

folder = pytest.fixture(autouse=True)(empty_folder)
processes = pytest.fixture(autouse=True)(forked)


@pytest.fixture
def in_memory(monkeypatch):
    """Change to a folder in memory, if the system has one: for tests with thousands of writes."""
    memory = Path("/dev/shm")  # noqa: S108 -- it is deleted afterwards
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as temporary,
        monkeypatch.context() as patch,
    ):
        patch.chdir(temporary)
        yield


@pytest.fixture
def no_records():
    """A `reparse` for runs whose records must not be written again."""

    def reparse(path):
        raise AssertionError(f"{path} is read again")

    return reparse


@pytest.fixture
def open_run(no_records):
    """Open a run whose records must not be written again."""

    def open_folder(path="run", **changes):
        return RunFolder.open(path, **({"site": SITE, "software": "altdetails/0.1.0", "reparse": no_records} | changes))

    return open_folder
