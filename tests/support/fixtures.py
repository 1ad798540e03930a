"""Fixtures: a new replica for each test, and a database server and object storage for the whole session."""

import sqlite3

import pytest
from tests.support.loopback import altmetric_stand_in, trusted
from tests.support.postgres import postgres
from tests.support.replica import Replica
from tests.support.storage import storage as object_storage


@pytest.fixture
def replica(monkeypatch):
    """A replica with HTTP. Clients load the certificate of one authority, not those of all: that takes long."""
    monkeypatch.setenv("no_proxy", "*")
    with Replica() as running, trusted(monkeypatch):
        yield running


@pytest.fixture
def secure_replica(monkeypatch):
    """A replica with HTTPS. The environment makes clients trust its certificate."""
    monkeypatch.setenv("no_proxy", "*")
    with Replica(tls=True) as running, trusted(monkeypatch):
        yield running


@pytest.fixture
def altmetric(monkeypatch, secure_replica):
    """A replica in place of https://www.altmetric.com and its subdomains."""
    with altmetric_stand_in(monkeypatch, secure_replica):
        yield secure_replica


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL server."""
    with postgres() as running:
        yield running


@pytest.fixture(scope="session")
def storage():
    """Object storage with the S3 protocol."""
    with object_storage() as running:
        yield running


def empty_folder(tmp_path, monkeypatch):
    """An empty working folder. A conftest can make it a fixture."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def databases_closed(monkeypatch):
    """Fail the test if a connection to SQLite is open at its end."""
    opened = []
    connect = sqlite3.connect

    def recorded(*arguments, **options):
        opened.append(connect(*arguments, **options))
        return opened[-1]

    for module in (sqlite3, sqlite3.dbapi2):
        monkeypatch.setattr(module, "connect", recorded)
    yield
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
            connection.execute("SELECT 1")
