import pytest
from tests.support.parser import ParserInProcess


@pytest.fixture(autouse=True)
def parser_in_process(monkeypatch):
    """Let scrapes parse in this process. `tests/cli/test_scrape.py` has those with a process for it."""
    monkeypatch.setattr("altdetails.scraping.session.PageParser", ParserInProcess)
