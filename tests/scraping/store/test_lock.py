"""Only one process writes to a run. The error for others names it."""

import os
import socket

import pytest
from tests.scraping.store.material import SITE, commit_visits, contents, tracked
from tests.scraping.store.processes import wait_for_commit, writer

from altdetails.errors import RunLocked, StoreError
from altdetails.scraping.store import Writer, status

pytestmark = pytest.mark.slow


def test_the_error_for_a_second_writer_names_the_first_and_nothing_is_changed(open_run):
    with writer("run", 0, 9, "wait") as process:
        process.stdin.write("\n")
        process.stdin.flush()
        wait_for_commit(process)
        before = contents()
        with pytest.raises(
            RunLocked, match=rf"run: process {process.pid} on \S+ has been writing to it since 2\S+Z; wait"
        ):
            open_run()
        assert contents().keys() == before.keys()
        for name in before.keys() - {"ledger.sqlite-shm"}:  # SQLite registers readers in it
            assert contents()[name] == before[name]


def test_a_second_writer_is_refused_in_the_same_process_too(open_run):
    with open_run() as run:
        with pytest.raises(RunLocked, match=rf"process {os.getpid()} on "):
            open_run()
        commit_visits(run, tracked(1))
    with open_run():
        pass


def test_a_file_that_cannot_be_closed_is_named_and_the_run_can_be_opened_again(open_run):
    run = commit_visits(open_run(), tracked(1))
    os.close(run._pages._file.fileno())
    with pytest.raises(StoreError, match=r"^run/pages\.warc\.gz: Bad file descriptor; "):
        run.close()
    with open_run() as run:
        commit_visits(run, tracked(2))


def test_the_status_names_the_writer_until_it_closes_the_run(open_run):
    with open_run():
        current = status("run").writer
        assert (current.pid, current.host) == (os.getpid(), socket.gethostname())
    assert status("run").writer is None


def test_a_killed_writer_holds_no_lock(open_run):
    with writer("run", 0, 9, "wait") as process:
        process.stdout.readline()
        assert isinstance(status("run").writer, Writer)
        process.kill()
        process.wait()
        assert status("run").writer is None
        with open_run() as run:
            assert run.repairs == []
            assert status("run").writer.pid == os.getpid()


def test_a_lock_file_without_a_lock_is_ignored(open_run, folder):
    with open_run():
        pass
    (folder / "run" / "lock").write_text("4711")
    assert status("run").writer is None
    with open_run(site=SITE):
        pass


def test_a_copy_without_the_lock_file_is_a_run(open_run, folder):
    with open_run():
        pass
    (folder / "run" / "lock").unlink()
    assert status("run").writer is None
    assert "lock" not in contents()
