import pytest
from tests.scale import material


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAFT_PROGRESS_BAR", "0")
    return tmp_path


@pytest.fixture(scope="session")
def crawl(tmp_path_factory):
    """A folder of web archives."""
    return material.crawl(tmp_path_factory.mktemp("crawl") / "archives")


@pytest.fixture(scope="session")
def expected(crawl):
    """The lines of records and failures of the local engine for the crawl."""
    return material.expected(crawl)


@pytest.fixture
def bucket(storage, monkeypatch):
    """Object storage that the environment variables point to."""
    for name, value in storage.environment.items():
        monkeypatch.setenv(name, value)
    return storage
