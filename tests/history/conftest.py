import pytest
from tests.support.loopback import altmetric_stand_in, trusted
from tests.support.parser import ParserInProcess
from tests.support.wayback import Wayback

from altdetails.history.collect import collect_history
from altdetails.history.dialects import _Wayback

CONTACT = "a.librarian@uni-somewhere.edu"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """A parser without a process of its own, and clients that load one certificate, not all: both take long."""
    monkeypatch.setattr("altdetails.history.collecting.PageParser", ParserInProcess)
    with trusted(monkeypatch):
        yield


@pytest.fixture
def wayback(monkeypatch):
    """A replica in place of https://web.archive.org, without the waits between requests."""
    monkeypatch.setattr(_Wayback, "index_interval", 0.0)
    monkeypatch.setattr(_Wayback, "replay_interval", 0.0)
    monkeypatch.setenv("no_proxy", "*")
    with Wayback() as running, altmetric_stand_in(monkeypatch, running, "archive.org"):
        yield running


@pytest.fixture
def collected(notices):
    """Collect a history, and return its outcomes."""

    def collect(identifiers, run="run", **settings):
        return list(collect_history(identifiers, run, **{"contact": CONTACT, "notice": notices.append} | settings))

    return collect


@pytest.fixture
def notices():
    """The sentences for the user."""
    return []
