"""A file that unpacks to much costs little, and the failure names it. Each is read in a process of its own."""

import gzip

import pytest
from tests.sources import bombs
from tests.sources.errors import error_of_list, last_damage, last_failure

from altdetails import documents
from altdetails.lists.entries import entries
from altdetails.sources import documents_in

pytest.importorskip("resource")

pytestmark = pytest.mark.slow

HARMLESS = {"10,000 parts.tar.gz", "many long headers.tar.gz"}
"""They are read in little time."""
CPU_SECONDS = 10


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Return a function that reads a file in a process, and returns what is wrong with it."""
    from tests.support.measured import measured  # noqa: PLC0415 -- Windows does not have its modules

    monkeypatch.chdir(tmp_path)

    def read(function, name, content):
        (tmp_path / name).write_bytes(content)
        return measured(function, name, cpu_seconds=CPU_SECONDS)[0]

    return read


@pytest.mark.parametrize("name", bombs.ARCHIVES)
def test_an_archive_that_unpacks_to_much_is_a_failure(read, name):
    message = read(last_failure, name, bombs.ARCHIVES[name]())
    assert message.startswith(name) or name in HARMLESS


@pytest.mark.parametrize("name", bombs.LISTS)
def test_a_list_that_unpacks_to_too_many_lines_is_an_error(read, name):
    message = read(error_of_list, name, bombs.LISTS[name]())
    assert message.startswith(f"{name}:")
    assert "unpacks to more than 200 times its size and 1 GiB, or to too many lines" in message


@pytest.mark.parametrize("name", bombs.RECORDS)
def test_a_records_file_that_unpacks_to_too_many_lines_is_damaged(read, name):
    message = read(last_damage, name, bombs.RECORDS[name]())
    assert message.startswith(name)


def test_sequential_identifiers_in_gzip_are_a_list(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "_FREE_BYTES", 2**20)
    path = tmp_path / "ids.txt.gz"
    path.write_bytes(gzip.compress(b"".join(b"%d\n" % number for number in range(990_000_001, 990_010_001))))
    assert sum(1 for _ in entries([str(path)], ids="altmetric")) == 10_000


def test_a_sparse_page_in_a_tar_is_read(tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(bombs.sparse_tar([(512, 9)], size=1000))
    (page,) = documents_in([path])
    assert page.content == bytes(1000)
