"""Settings and pages that all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("ci", derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
if os.environ.get("CI"):
    settings.load_profile("ci")

pytest_plugins = ["tests.support.fixtures"]

SEED = Path(__file__).parents[2] / "shared" / "pages"


def _seed(name):
    path = SEED / name
    if not path.is_file():
        pytest.skip("the seed pages are no part of the repository")
    return path.read_bytes()


@pytest.fixture(autouse=True)
def clocks(tmp_path, monkeypatch):
    """Clocks of sites that start with the test: those of the user who runs it are left alone."""
    monkeypatch.setenv("ALTDETAILS_STATE", str(tmp_path / "clocks"))


@pytest.fixture(scope="session")
def seed_html():
    return _seed("seed.html")


@pytest.fixture(scope="session")
def seed_text():
    return _seed("seed.txt").decode()
