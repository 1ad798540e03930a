"""Settings and pages that all tests share."""

import gc
import itertools
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from altdetails._optional import cores

settings.register_profile("usual", deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("usual"), max_examples=1_000)
settings.register_profile("ci", settings.get_profile("usual"), derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "usual"))

gc.disable()  # collecting 12,000 tests makes no garbage; a pass over what was made takes a second

pytest_plugins = ["tests.support.fixtures", "tests.support.forking"]

LONGEST = [
    *("test_cluster", "test_killed_runs", "test_pywb", "test_foreign_errors", "test_browser", "test_pipeline"),
    *("test_scrape", "test_parse", "test_secrets", "test_api", "test_write", "test_killed_tabs", "test_killed_api_run"),
    *("test_hostile", "test_bombs", "test_writing", "test_messages", "test_recipes", "test_tools", "test_distribution"),
]
"""The modules that take longest, in the order in which they are run."""
RECORDING = {"vcr", "vcr_markers", "vcr_cassette_dir", "block_network", "record_mode", "disable_recording"}
"""Fixtures of pytest-recording, which sets them up for every test: that takes more time than most tests."""


def pytest_collection_modifyitems(config, items):
    """Run the longest tests first, so that no process has one left at the end, and set up only what a test needs."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONGEST)))
    for item in [] if config.getoption("--block-network") else items:
        if not any(item.iter_markers("vcr")) and not any(item.iter_markers("block_network")):
            item.fixturenames = [name for name in item.fixturenames if name not in RECORDING]


def pytest_make_parametrize_id(val, argname):
    """Name the case of a value that is bytes or a long text after its argument: gzip's bytes hold the time."""
    return argname if isinstance(val, bytes) or (isinstance(val, str) and len(val) > 80) else None


def pytest_xdist_auto_num_workers():
    """Return the number of test processes: one more than cores, because many tests wait for other processes."""
    return cores() + 1


def pytest_collection_finish():
    """Let the garbage collector run again."""
    gc.enable()  # without gc.freeze: Hypothesis looks for referrers, and what is frozen is not found


@pytest.fixture(scope="session")
def clock_folders(tmp_path_factory):
    """Names of folders that do not exist yet."""
    parent = tmp_path_factory.mktemp("clocks")
    return (str(parent / str(number)) for number in itertools.count())


@pytest.fixture(autouse=True)
def clocks(clock_folders, monkeypatch):
    """Clocks of sites that start with the test: those of the user who runs it are left alone."""
    folder = next(clock_folders)
    monkeypatch.setenv("ALTDETAILS_STATE", folder)
    return Path(folder)


@pytest.fixture(scope="session", autouse=True)
def usual_signals():
    """Signals that new processes do not ignore, even if the tests run in the background of a shell or under nohup."""
    numbers = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP"))  # Windows has no SIGHUP
    ignored = [number for number in numbers if number and signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
