"""The status of a run can be read while another process writes, and nothing is changed."""

import os
import shutil
import sqlite3
import subprocess

import pytest
from tests.scraping.store.material import (
    LEDGER,
    PAGES,
    RECORDS,
    SITE,
    commit_visits,
    contents,
    kill,
    listed,
    missing,
    tracked,
)
from tests.scraping.store.processes import wait_for_commit, writer

from altdetails.errors import RunDamaged, StoreError
from altdetails.scraping.store import RunStatus, status
from altdetails.scraping.store.ledger import Ledger
from altdetails.scraping.store.lock import this_process

pytestmark = pytest.mark.slow


def counts(**expected):
    return {key: count for key, count in status("run").counts.items() if count} == expected


@pytest.fixture
def read_only(folder):
    """Return a function that makes a folder read-only, also for root."""
    mounted = []

    def make(path):
        if os.geteuid():
            path.chmod(0o555)
            return
        disk = folder / "mounted"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", disk], check=False, capture_output=True).returncode:  # noqa: S607
            pytest.skip("root can write everywhere, and cannot mount a disk here")
        mounted.append(disk)
        shutil.copytree(path, disk, dirs_exist_ok=True)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)  # noqa: S607
        shutil.rmtree(path)
        path.symlink_to(disk)

    yield make
    for disk in mounted:
        subprocess.run(["umount", disk], check=True)  # noqa: S607
    if (folder / "run").is_dir():
        (folder / "run").chmod(0o755)


def test_the_status_has_the_counts_and_times_of_a_run(open_run):
    with open_run() as run:
        commit_visits(run, tracked(1, "2026-03-01T00:00:00Z"), missing("10.5555/a", at="2026-02-01T00:00:00Z"))
        run.listing.add(listed("10.5555/later"))
    run_status = status("run")
    assert run_status == RunStatus(
        site=SITE,
        counts=run_status.counts,
        writer=None,
        first_at="2026-02-01T00:00:00Z",
        last_at="2026-03-01T00:00:00Z",
        pages_bytes=PAGES.stat().st_size,
        records_bytes=RECORDS.stat().st_size,
    )
    assert (run_status.counts["ok"], run_status.counts["not_tracked"], run_status.counts[None]) == (1, 1, 1)


def test_a_run_that_has_not_begun_has_no_times(open_run):
    with open_run():
        pass
    assert (status("run").first_at, status("run").last_at) == (None, None)


def test_reading_the_status_changes_no_file(open_run):
    with open_run() as run:
        commit_visits(run, tracked(1))
    before = contents()
    status("run")
    assert contents() == before


def test_the_status_follows_a_writer_page_by_page():
    with writer("run", 1, 4, "wait") as process:
        assert process.stdout.readline() == "open\n"
        assert sum(status("run").counts.values()) in {0, 3}
        for count in (1, 2):
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline().startswith("committed")
            current = status("run")
            assert (current.counts["ok"], current.writer.pid) == (count, process.pid)
            assert current.pages_bytes == PAGES.stat().st_size
        process.stdin.close()
        assert process.stdout.readline() == "closed\n"
    assert (status("run").counts["ok"], status("run").writer) == (2, None)


def test_a_writer_does_not_wait_for_a_long_read(open_run):
    with open_run() as run:
        commit_visits(run, tracked(1))
        reader = sqlite3.connect(LEDGER, isolation_level=None)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM identifiers").fetchone() == (1,)
        commit_visits(run, tracked(2))
        assert reader.execute("SELECT count(*) FROM identifiers").fetchone() == (1,)
    reader.close()
    assert status("run").counts["ok"] == 2


def test_the_status_of_a_killed_run_can_be_read():
    with writer("run", 1, 9) as process:
        wait_for_commit(process)
        process.kill()
        process.wait()
    assert status("run").counts["ok"] >= 1


def test_the_status_of_a_read_only_run_can_be_read(open_run, folder, read_only):
    with open_run() as run:
        commit_visits(run, tracked(1))
    read_only(folder / "run")
    assert (status("run").counts["ok"], status("run").writer) == (1, None)


def test_the_status_of_a_killed_read_only_run_can_be_read(open_run, folder, read_only):
    run = commit_visits(open_run(), tracked(1))
    shutil.copytree("run", "copy")
    kill(run)
    shutil.rmtree("run")
    (folder / "copy").rename("run")
    read_only(folder / "run")
    assert (status("run").counts["ok"], status("run").writer) == (1, None)


def test_a_read_only_run_cannot_be_written(open_run, folder, read_only):
    with open_run() as run:
        commit_visits(run, tracked(1))
    read_only(folder / "run")
    with pytest.raises(StoreError, match=r"run/lock: .*; check its permissions, or choose another folder"):
        open_run()


@pytest.mark.parametrize("name", ["nowhere", "empty", "a-file"])
def test_a_folder_that_is_not_a_run_is_refused(folder, name):
    (folder / "empty").mkdir()
    (folder / "a-file").write_text("mine")
    with pytest.raises(StoreError, match=rf"{name} is not a run folder: "):
        status(name)


@pytest.mark.parametrize("content", [b"not a database", b"SQLite format 3\0" + bytes(5000)])
def test_a_ledger_that_is_not_a_database_is_an_error(open_run, content):
    with open_run():
        pass
    LEDGER.write_bytes(content)
    for read in (lambda: status("run"), open_run):
        with pytest.raises(RunDamaged, match=r"run/ledger.sqlite: .*; restore the whole folder from a copy"):
            read()
    assert LEDGER.read_bytes() == content


def test_a_truncated_ledger_is_an_error(open_run):
    with open_run() as run:
        run.listing.add(listed(*[f"10.5555/{number}" for number in range(5000)]))
    os.truncate(LEDGER, LEDGER.stat().st_size // 2)
    for read in (lambda: status("run"), open_run):
        with pytest.raises(RunDamaged, match=r"run/ledger.sqlite: "):
            read()


@pytest.mark.usefixtures("databases_closed")
def test_a_ledger_is_closed_even_if_its_log_cannot_be_written_back(folder):
    ledger = Ledger.open_for(folder / "ledger.sqlite", SITE, this_process())
    rows = ledger._database.stream("SELECT 1 UNION ALL SELECT count(*) FROM identifiers")
    with pytest.raises(sqlite3.OperationalError, match="locked"), ledger:
        next(rows)
    with pytest.raises(sqlite3.ProgrammingError):
        next(rows)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("PRAGMA user_version = 99", "was written by a newer altdetails"),
        ("PRAGMA application_id = 1", "is a database of another program"),
    ],
)
def test_a_ledger_of_another_version_or_program_is_refused(open_run, change, words):
    with open_run():
        pass
    ledger = sqlite3.connect(LEDGER)
    ledger.execute(change)
    ledger.close()
    for read in (lambda: status("run"), open_run):
        with pytest.raises(StoreError, match=rf"run/ledger.sqlite: {words}"):
            read()
