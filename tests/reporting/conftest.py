"""Chromium for the tests of reports in a browser."""

import os
import shutil

import pytest

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
"""As root, without a graphics card, and without requests of its own."""


@pytest.fixture(scope="session")
def chromium():
    """A browser. Without one, the tests are skipped; if `ALTDETAILS_BROWSER_REQUIRED` is set, they fail."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- only these tests need it
    except ModuleNotFoundError:
        path = None
    if not path:
        reason = "Chromium or playwright is not installed: apt-get install chromium; pip install playwright"
        if os.environ.get("ALTDETAILS_BROWSER_REQUIRED"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
