"""A file that unpacks to much costs little, and the failure names it. Each is read in a process of its own."""

import gzip
import multiprocessing
from collections import deque

import pytest
from tests.sources import bombs

from altdetails import documents
from altdetails.documents import Unreadable
from altdetails.errors import InputError
from altdetails.lists.entries import entries
from altdetails.records.files import records
from altdetails.sources import documents_in

resource = pytest.importorskip("resource")

pytestmark = pytest.mark.slow

PROCESSES = multiprocessing.get_context("forkserver")
HARMLESS = {"40,000 parts.tar.gz", "many long headers.tar.gz"}
"""They are read in little time."""
CPU_SECONDS = 10
FREE_BYTES = 2**25
"""A 32nd of what a file may always unpack to, because the tests take that much less time."""


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Return a function that reads a file in a process, and returns what is wrong with it."""
    monkeypatch.chdir(tmp_path)

    def read(function, name, content):
        (tmp_path / name).write_bytes(content)
        return measured_result(function, name)

    return read


def measured_result(function, name):
    receiver, sender = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_run, args=(sender, function, name))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        pytest.fail(f"{name}: no result in {CPU_SECONDS} CPU seconds")
    finally:
        process.kill()
        process.join()


def _run(sender, function, name):
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    documents._FREE_BYTES = FREE_BYTES
    sender.send(function(name))


def last_failure(name):
    failures = [item for item in documents_in([name]) if isinstance(item, Unreadable)]
    return str(failures[-1].error) if failures else ""


def error_of_list(name):
    try:
        for _ in entries([name]):
            pass
    except InputError as error:
        return str(error)
    return ""


def last_damage(name):
    last = deque(maxlen=1)
    try:
        for _ in records([name], damaged=last.append):
            pass
    except InputError as error:
        return str(error)
    return f"{last[0].file}: {last[0].reason}" if last else ""


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


def test_200_000_sequential_identifiers_in_gzip_are_a_list(tmp_path):
    path = tmp_path / "ids.txt.gz"
    path.write_bytes(gzip.compress(b"".join(b"%d\n" % number for number in range(990_000_001, 990_200_001))))
    assert sum(1 for _ in entries([str(path)], ids="altmetric")) == 200_000


def test_a_sparse_page_in_a_tar_is_read(tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(bombs.sparse_tar([(512, 9)], size=1000))
    (page,) = documents_in([path])
    assert page.content == bytes(1000)
