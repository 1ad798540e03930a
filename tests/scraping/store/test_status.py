"""A run can be looked at, whoever writes to it and wherever it lies, and stays as it is."""

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
    committed,
    contents,
    found,
    kill,
    listed,
    missing,
)
from tests.scraping.store.processes import writer

from altdetails.errors import RunDamaged, StoreError
from altdetails.scraping.store import RunStatus, status
from altdetails.scraping.store.ledger import Ledger
from altdetails.scraping.store.lock import this_process


def counts(**expected):
    return {key: count for key, count in status("run").counts.items() if count} == expected


@pytest.fixture
def read_only(folder):
    """Makes a folder read-only, for root too."""
    mounted = []

    def make(path):
        if os.geteuid():
            path.chmod(0o555)
            return
        place = folder / "mounted"
        place.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=False, capture_output=True).returncode:  # noqa: S607
            pytest.skip("root may write everywhere, and may not mount here")
        mounted.append(place)
        shutil.copytree(path, place, dirs_exist_ok=True)
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)  # noqa: S607
        shutil.rmtree(path)
        path.symlink_to(place)

    yield make
    for place in mounted:
        subprocess.run(["umount", place], check=True)  # noqa: S607
    if (folder / "run").is_dir():
        (folder / "run").chmod(0o755)


def test_it_says_how_far_the_run_is(opened):
    with opened() as run:
        committed(run, found(1, "2026-03-01T00:00:00Z"), missing("10.5555/a", at="2026-02-01T00:00:00Z"))
        run.listing.add(listed("10.5555/later"))
    found_status = status("run")
    assert found_status == RunStatus(
        site=SITE,
        counts=found_status.counts,
        writer=None,
        first_at="2026-02-01T00:00:00Z",
        last_at="2026-03-01T00:00:00Z",
        pages_bytes=PAGES.stat().st_size,
        records_bytes=RECORDS.stat().st_size,
    )
    assert (found_status.counts["ok"], found_status.counts["not_tracked"], found_status.counts[None]) == (1, 1, 1)


def test_a_run_that_has_not_begun_has_no_times(opened):
    with opened():
        pass
    assert (status("run").first_at, status("run").last_at) == (None, None)


def test_it_leaves_no_trace(opened):
    with opened() as run:
        committed(run, found(1))
    before = contents()
    status("run")
    assert contents() == before


def test_it_follows_a_writer_page_by_page():
    with writer("run", 1, 4, "wait") as process:
        assert process.stdout.readline() == "open\n"
        assert sum(status("run").counts.values()) in {0, 3}
        for count in (1, 2):
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline().startswith("committed")
            seen = status("run")
            assert (seen.counts["ok"], seen.writer.pid) == (count, process.pid)
            assert seen.pages_bytes == PAGES.stat().st_size
        process.stdin.close()
        assert process.stdout.readline() == "closed\n"
    assert (status("run").counts["ok"], status("run").writer) == (2, None)


def test_a_writer_is_not_held_up_by_a_long_look(opened):
    with opened() as run:
        committed(run, found(1))
        looking = sqlite3.connect(LEDGER, isolation_level=None)
        looking.execute("BEGIN")
        assert looking.execute("SELECT count(*) FROM identifiers").fetchone() == (1,)
        committed(run, found(2))
        assert looking.execute("SELECT count(*) FROM identifiers").fetchone() == (1,)
    looking.close()
    assert status("run").counts["ok"] == 2


def test_a_run_that_was_killed_can_be_looked_at():
    with writer("run", 1, 9) as process:
        while not process.stdout.readline().startswith("committed"):
            pass
        process.kill()
        process.wait()
    assert status("run").counts["ok"] >= 1


def test_a_read_only_run_can_be_looked_at(opened, folder, read_only):
    with opened() as run:
        committed(run, found(1))
    read_only(folder / "run")
    assert (status("run").counts["ok"], status("run").writer) == (1, None)


def test_a_read_only_run_that_was_killed_can_be_looked_at(opened, folder, read_only):
    run = committed(opened(), found(1))
    shutil.copytree("run", "copy")
    kill(run)
    shutil.rmtree("run")
    (folder / "copy").rename("run")
    read_only(folder / "run")
    assert (status("run").counts["ok"], status("run").writer) == (1, None)


def test_a_read_only_run_cannot_be_written(opened, folder, read_only):
    with opened() as run:
        committed(run, found(1))
    read_only(folder / "run")
    with pytest.raises(StoreError, match=r"run/lock: .*; get the permission, or choose another folder"):
        opened()


@pytest.mark.parametrize("name", ["nowhere", "empty", "a-file"])
def test_what_is_no_run_is_told(folder, name):
    (folder / "empty").mkdir()
    (folder / "a-file").write_text("mine")
    with pytest.raises(StoreError, match=rf"{name}: is no run folder"):
        status(name)


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + bytes(5000)])
def test_a_ledger_that_is_no_database_is_told(opened, content):
    with opened():
        pass
    LEDGER.write_bytes(content)
    for look in (lambda: status("run"), opened):
        with pytest.raises(RunDamaged, match=r"run/ledger.sqlite: .*; restore the whole folder from a copy"):
            look()
    assert LEDGER.read_bytes() == content


def test_a_ledger_of_which_a_part_is_missing_is_told(opened):
    with opened() as run:
        run.listing.add(listed(*[f"10.5555/{number}" for number in range(5000)]))
    os.truncate(LEDGER, LEDGER.stat().st_size // 2)
    for look in (lambda: status("run"), opened):
        with pytest.raises(RunDamaged, match=r"run/ledger.sqlite: "):
            look()


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
def test_a_ledger_of_another_kind_is_left_alone(opened, change, words):
    with opened():
        pass
    ledger = sqlite3.connect(LEDGER)
    ledger.execute(change)
    ledger.close()
    for look in (lambda: status("run"), opened):
        with pytest.raises(StoreError, match=rf"run/ledger.sqlite: {words}"):
            look()
