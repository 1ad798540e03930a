"""One process writes; the others are told which."""

import os
import socket

import pytest
from tests.scraping.store.material import SITE, committed, contents, found
from tests.scraping.store.processes import writer

from altdetails.errors import RunLocked, StoreError
from altdetails.scraping.store import Writer, status


def test_a_second_writer_is_told_of_the_first_and_touches_nothing(opened):
    with writer("run", 0, 9, "wait") as process:
        process.stdin.write("\n")
        process.stdin.flush()
        while not process.stdout.readline().startswith("committed"):
            pass
        before = contents()
        with pytest.raises(RunLocked, match=rf"run: process {process.pid} on \S+ since 2\S+Z writes to it; wait"):
            opened()
        assert contents().keys() == before.keys()
        for name in before.keys() - {"ledger.sqlite-shm"}:  # where SQLite notes that somebody reads
            assert contents()[name] == before[name]


def test_a_second_writer_is_refused_in_the_same_process_too(opened):
    with opened() as run:
        with pytest.raises(RunLocked, match=rf"process {os.getpid()} on "):
            opened()
        committed(run, found(1))
    with opened():
        pass


def test_a_file_that_cannot_be_closed_is_named_and_leaves_the_run_to_others(opened):
    run = committed(opened(), found(1))
    os.close(run._pages._file.fileno())
    with pytest.raises(StoreError, match=r"^run/pages\.warc\.gz: Bad file descriptor; "):
        run.close()
    with opened() as run:
        committed(run, found(2))


def test_the_writer_is_seen_as_long_as_it_lives(opened):
    with opened():
        found = status("run").writer
        assert (found.pid, found.host) == (os.getpid(), socket.gethostname())
    assert status("run").writer is None


def test_a_writer_that_was_killed_holds_nothing(opened):
    with writer("run", 0, 9, "wait") as process:
        process.stdout.readline()
        assert isinstance(status("run").writer, Writer)
        process.kill()
        process.wait()
        assert status("run").writer is None
        with opened() as run:
            assert run.mended == []
            assert status("run").writer.pid == os.getpid()


def test_a_lock_file_that_nobody_holds_says_nothing(opened, folder):
    with opened():
        pass
    (folder / "run" / "lock").write_text("4711")
    assert status("run").writer is None
    with opened(site=SITE):
        pass


def test_a_copy_without_the_lock_file_is_a_run(opened, folder):
    with opened():
        pass
    (folder / "run" / "lock").unlink()
    assert status("run").writer is None
    assert "lock" not in contents()
