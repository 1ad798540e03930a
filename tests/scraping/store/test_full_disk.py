"""A disk that is full ends a run with a word, and costs nothing of what was kept before."""

import subprocess
from contextlib import suppress

import pytest
from tests.scraping.store.material import (
    FAILURES,
    LEDGER,
    PAGES,
    RECORDS,
    assert_sound,
    committed,
    doi,
    found,
    lines,
    listed,
    missing,
)
from tests.scraping.store.processes import python

from altdetails.errors import StoreError

WAY_OUT = r".*; (make room there|see whether there is room).*, and run again: nothing is lost"
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

def refused(work):
    try:
        work()
    except StoreError as error:
        print(error)

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run = committed(RunFolder.open("run", site=SITE, software=SOFTWARE, reparse=lines), found(0), missing("10.5555/a"))
"""


def said(code):
    """What a process wrote whose files have a limit."""
    process = python(WITH_A_LIMIT + code)
    assert (process.returncode, process.stderr) == (0, "")
    return process.stdout


def assert_goes_on(opened, *kept):
    """What was committed is there; the rest can be asked for."""
    assert_sound()
    with opened() as run:
        run.listing.take_all()
        left = list(run.listing.pending())
        assert not {*kept} & {*left}
        for identifier in left:
            run.commit(*missing(identifier))
    assert assert_sound()[None] == 0


@pytest.fixture
def small_disk(folder):
    """A disk of 1 MiB."""
    place = folder / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("nothing may be mounted here")
    (place / "run").mkdir()
    (folder / "run").symlink_to(place / "run")
    yield place
    subprocess.run(["umount", place], check=True)  # noqa: S607


def fill(disk):
    with (disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while filler.write(bytes(4096)):
            pass


@pytest.mark.parametrize(("file", "large"), [(PAGES, "with_a_large_page"), (RECORDS, "with_a_large_record")])
def test_a_file_that_may_not_grow_is_cut_back(opened, file, large):
    message = said(f"""
run.listing.add(listed(doi(1), doi(2)))
before = contents()
limit(300_000)
refused(lambda: run.commit(*{large}(*found(1))))
assert contents()["pages.warc.gz"] == before["pages.warc.gz"]
assert contents()["records.jsonl"] == before["records.jsonl"]
refused(lambda: run.commit(*found(2)))
run.close()
""")
    first, second = message.splitlines()
    assert first == f"{file}: File too large; make room there, and run again: nothing is lost"
    assert second == "run: takes nothing after it was closed or had trouble; open it again"
    assert_goes_on(opened, doi(0), "10.5555/a")


def test_a_ledger_that_may_not_grow_costs_no_outcome(opened):
    message = said("""
run.listing.add(listed(*(f"10.5555/{number}" for number in range(50))))
limit(os.path.getsize(f"{LEDGER}-wal") + 50_000)
kept = []
def work():
    for identifier in run.listing.pending():
        run.commit(*missing(identifier))
        print(identifier)
refused(work)
run.close()
""")
    *kept, error = message.splitlines()
    assert error.startswith(f"{LEDGER}: ")
    assert error.endswith("and run again: nothing is lost")
    assert kept
    assert_goes_on(opened, *kept)


def test_failures_that_cannot_be_written_leave_the_last_ones(opened):
    with opened() as run:
        committed(run, missing("10.5555/before"))
    message = said("""
run.listing.add(ListedIdentifier(f"no identifier {number}", "a reason" * 20) for number in range(3000))
limit(100_000)
refused(run.close)
""")
    assert message == f"{FAILURES}: File too large; make room there, and run again: nothing is lost\n"
    assert FAILURES.read_text().count("\n") == 1
    assert [*FAILURES.parent.glob(".altdetails-*")] == []
    assert_goes_on(opened, "10.5555/before", "10.5555/a")
    assert FAILURES.read_text().count("\n") == 3002


def test_the_first_error_is_the_one_that_is_told(opened):
    message = said("""
run.listing.add(ListedIdentifier(f"no identifier {number}", "a reason" * 20) for number in range(3000))
limit(100_000)
def work():
    with run:
        run.commit(*with_a_large_page(*found(0)))
refused(work)
""")
    assert message.startswith(f"{PAGES}: ")
    assert_goes_on(opened, doi(0), "10.5555/a")


def test_a_full_disk_ends_a_run_that_goes_on_when_there_is_room(opened, small_disk):
    kept = []

    def work(run):
        run.listing.add(listed(*map(doi, range(300))))
        for number, identifier in enumerate(run.listing.pending()):
            if number == 5:
                fill(small_disk)
            run.commit(*found(number))
            kept.append(identifier)

    with opened() as run, pytest.raises(StoreError, match=WAY_OUT):
        work(run)
    assert len(kept) >= 5
    (small_disk / "filler").unlink()
    with opened() as run:
        assert run.mended == []
        run.listing.add(listed(*map(doi, range(20))))
        assert [identifier for identifier in run.listing.pending() if identifier in kept] == []
        for number in range(len(kept), 20):
            run.commit(*found(number))
    assert assert_sound()["ok"] == 20


def test_records_that_cannot_be_written_again_are_when_there_is_room(opened, small_disk):
    with opened() as run:
        committed(run, *map(found, range(9)))
    whole = RECORDS.read_bytes()
    RECORDS.unlink()
    fill(small_disk)
    with pytest.raises(StoreError, match=WAY_OUT):
        opened(reparse=lines)
    assert [*RECORDS.parent.glob(".altdetails-*")] == []
    (small_disk / "filler").unlink()
    with opened(reparse=lines):
        assert RECORDS.read_bytes() == whole


def test_no_run_is_made_where_there_is_no_room(opened, small_disk):
    fill(small_disk)
    with pytest.raises(StoreError, match=rf"{LEDGER}: {WAY_OUT}"):
        opened()
    (small_disk / "filler").unlink()
    with opened() as run:
        committed(run, found(1))
    assert_sound()
