"""A full disk ends a run with an error. Committed outcomes are not lost."""

import subprocess
from contextlib import suppress

import pytest
from tests.scraping.store.material import (
    FAILURES,
    LEDGER,
    PAGES,
    RECORDS,
    assert_consistent,
    commit_visits,
    doi,
    lines,
    listed,
    missing,
    tracked,
)
from tests.scraping.store.processes import python

from altdetails.errors import StoreError

pytestmark = pytest.mark.slow

HINT = r".*; (free some disk space|check the disk and its free space), and run again: nothing is lost"
WITH_A_LIMIT = """
import os, resource, signal
import msgspec
from altdetails.errors import StoreError
from tests.scraping.store.material import *

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

def with_a_large_page(outcome, exchanges):
    return outcome, (*exchanges, exchange(body=os.urandom(400_000)))

def with_a_large_record(outcome, exchanges):
    record = msgspec.structs.replace(outcome.record, abstract="word " * 80_000)
    return msgspec.structs.replace(outcome, record=record), exchanges

def print_error(work):
    try:
        work()
    except StoreError as error:
        print(error)

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run = RunFolder.open("run", site=SITE, software=SOFTWARE, reparse=lines)
commit_visits(run, tracked(0), missing("10.5555/a"))
"""


def run_with_a_limit(code):
    """Run code in a process with a limit of file sizes, and return its standard output."""
    process = python(WITH_A_LIMIT + code)
    assert (process.returncode, process.stderr) == (0, "")
    return process.stdout


def assert_resumable(open_run, *kept):
    """Committed outcomes are there, and the other identifiers are pending."""
    assert_consistent()
    with open_run() as run:
        run.listing.add_all()
        left = list(run.listing.pending())
        assert not {*kept} & {*left}
        for identifier in left:
            run.commit(*missing(identifier))
    assert assert_consistent()[None] == 0


@pytest.fixture
def small_disk(folder):
    """A disk with 1 MiB."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a disk cannot be mounted here")
    (disk / "run").mkdir()
    (folder / "run").symlink_to(disk / "run")
    yield disk
    subprocess.run(["umount", disk], check=True)  # noqa: S607


def fill(disk):
    with (disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while filler.write(bytes(4096)):
            pass


@pytest.mark.parametrize(("file", "large"), [(PAGES, "with_a_large_page"), (RECORDS, "with_a_large_record")])
def test_a_file_that_cannot_grow_is_truncated_to_its_committed_length(open_run, file, large):
    message = run_with_a_limit(f"""
run.listing.add(listed(doi(1), doi(2)))
before = contents()
limit(300_000)
print_error(lambda: run.commit(*{large}(*tracked(1))))
assert contents()["pages.warc.gz"] == before["pages.warc.gz"]
assert contents()["records.jsonl"] == before["records.jsonl"]
print_error(lambda: run.commit(*tracked(2)))
run.close()
""")
    first, second = message.splitlines()
    assert first == f"{file}: File too large; free some disk space, and run again: nothing is lost"
    assert second == "run: cannot be written after it was closed or a write failed; open it again"
    assert_resumable(open_run, doi(0), "10.5555/a")


def test_a_ledger_that_cannot_grow_loses_no_outcome(open_run):
    message = run_with_a_limit("""
run.listing.add(listed(*(f"10.5555/{number}" for number in range(50))))
limit(os.path.getsize(f"{LEDGER}-wal") + 50_000)
kept = []
def work():
    for identifier in run.listing.pending():
        run.commit(*missing(identifier))
        print(identifier)
print_error(work)
run.close()
""")
    *kept, error = message.splitlines()
    assert error.startswith(f"{LEDGER}: ")
    assert error.endswith("and run again: nothing is lost")
    assert kept
    assert_resumable(open_run, *kept)


def test_failures_that_cannot_be_written_leave_the_previous_ones(open_run):
    with open_run() as run:
        commit_visits(run, missing("10.5555/before"))
    message = run_with_a_limit("""
run.listing.add(ListedIdentifier(f"not an identifier {number}", "a reason" * 20) for number in range(3000))
limit(100_000)
print_error(run.close)
""")
    assert message == f"{FAILURES}: File too large; free some disk space, and run again: nothing is lost\n"
    assert FAILURES.read_text().count("\n") == 1
    assert [*FAILURES.parent.glob(".altdetails-*")] == []
    assert_resumable(open_run, "10.5555/before", "10.5555/a")
    assert FAILURES.read_text().count("\n") == 3002


def test_the_first_error_is_raised(open_run):
    message = run_with_a_limit("""
run.listing.add(ListedIdentifier(f"not an identifier {number}", "a reason" * 20) for number in range(3000))
limit(100_000)
def work():
    with run:
        run.commit(*with_a_large_page(*tracked(0)))
print_error(work)
""")
    assert message.startswith(f"{PAGES}: ")
    assert_resumable(open_run, doi(0), "10.5555/a")


def test_a_run_resumes_after_a_full_disk_has_space_again(open_run, small_disk):
    committed_identifiers = []

    def work(run):
        run.listing.add(listed(*map(doi, range(300))))
        for number, identifier in enumerate(run.listing.pending()):
            if number == 5:
                fill(small_disk)
            run.commit(*tracked(number))
            committed_identifiers.append(identifier)

    with open_run() as run, pytest.raises(StoreError, match=HINT):
        work(run)
    assert len(committed_identifiers) >= 5
    (small_disk / "filler").unlink()
    with open_run() as run:
        assert run.repairs == []
        run.listing.add(listed(*map(doi, range(20))))
        assert [identifier for identifier in run.listing.pending() if identifier in committed_identifiers] == []
        for number in range(len(committed_identifiers), 20):
            run.commit(*tracked(number))
    assert assert_consistent()["ok"] == 20


def test_records_are_written_again_when_the_disk_has_space(open_run, small_disk):
    with open_run() as run:
        commit_visits(run, *map(tracked, range(9)))
    whole = RECORDS.read_bytes()
    RECORDS.unlink()
    fill(small_disk)
    with pytest.raises(StoreError, match=HINT):
        open_run(reparse=lines)
    assert [*RECORDS.parent.glob(".altdetails-*")] == []
    (small_disk / "filler").unlink()
    with open_run(reparse=lines):
        assert RECORDS.read_bytes() == whole


def test_no_run_is_created_on_a_full_disk(open_run, small_disk):
    fill(small_disk)
    with pytest.raises(StoreError, match=rf"{LEDGER}: {HINT}"):
        open_run()
    (small_disk / "filler").unlink()
    with open_run() as run:
        commit_visits(run, tracked(1))
    assert_consistent()
