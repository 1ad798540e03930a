import pytest
from tests.scraping.store.conftest import no_records, open_run  # noqa: F401 -- fixtures of runs
from tests.support.fixtures import empty_folder

folder = pytest.fixture(autouse=True)(empty_folder)
