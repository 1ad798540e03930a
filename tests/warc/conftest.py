import pytest
from tests.support.fixtures import empty_folder

folder = pytest.fixture(autouse=True)(empty_folder)
