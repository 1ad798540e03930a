import pytest
from tests.support.postgres import postgres


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL server."""
    with postgres() as running:
        yield running
