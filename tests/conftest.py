"""Settings and pages that all tests share."""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("usual", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("usual"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "usual")

pytest_plugins = ["tests.support.fixtures"]

LONGEST = {"test_killed_runs", "test_cluster", "test_recipes"}
"""Modules with tests of ten seconds and more."""


def pytest_collection_modifyitems(items):
    """The longest tests come first, so that no process has one left when the others are done."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(autouse=True)
def clocks(tmp_path, monkeypatch):
    """Clocks of sites that start with the test: those of the user who runs it are left alone."""
    monkeypatch.setenv("ALTDETAILS_STATE", str(tmp_path / "clocks"))
