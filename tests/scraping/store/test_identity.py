"""A run ends if its folder or a file in it is moved, removed or replaced; and no link or pipe in it is opened."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.scraping.store.material import (
    LEDGER,
    PAGES,
    RECORDS,
    assert_consistent,
    commit_visits,
    contents,
    lines,
    listed,
    missing,
    tracked,
)

from altdetails.errors import RunDamaged, StoreError
from altdetails.scraping.run import Run
from altdetails.scraping.store import status

FILES = ("pages.warc.gz", "records.jsonl", "ledger.sqlite", "lock", "failures.jsonl", "ledger.sqlite-wal")


def replace_by_a_copy(path):
    shutil.copy(path, "copy")
    Path("copy").replace(path)


CHANGES = {
    "folder moved": lambda: Path("run").rename("moved"),
    "folder removed": lambda: shutil.rmtree("run"),
    "folder replaced": lambda: (Path("run").rename("moved"), Path("run").mkdir()),
    "folder replaced by a copy": lambda: (
        shutil.copytree("run", "copy"),
        shutil.rmtree("run"),
        Path("copy").rename("run"),
    ),
    "lock removed": lambda: Path("run/lock").unlink(),
    "lock replaced": lambda: replace_by_a_copy(Path("run/lock")),
    "ledger replaced": lambda: replace_by_a_copy(LEDGER),
    "archive removed": PAGES.unlink,
    "records replaced": lambda: replace_by_a_copy(RECORDS),
    "records longer": lambda: RECORDS.write_bytes(RECORDS.read_bytes() + b"{}\n"),
    "archive cut": lambda: os.truncate(PAGES, 10),
    "archive is a link": lambda: (PAGES.rename("pages"), PAGES.symlink_to(Path("pages").absolute())),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_commit_is_refused_after_a_change_and_no_file_is_written(open_run, change):
    run = commit_visits(open_run(), tracked(1))
    run.listing.add(listed("10.5555/later"))
    change()
    before = contents() if Path("run").is_dir() else None
    with pytest.raises(StoreError, match=r"during the run, so the run was stopped|is a link, a pipe or a folder"):
        run.commit(*missing("10.5555/later"))
    run.close()
    after = contents() if Path("run").is_dir() else None
    assert set(after or ()) <= set(before or ())
    for name in ("pages.warc.gz", "records.jsonl"):
        assert (after or {}).get(name) == (before or {}).get(name)


def test_a_second_run_that_removed_the_lock_keeps_its_pages(open_run):
    first = commit_visits(open_run(), tracked(1))
    Path("run/lock").unlink()
    with open_run() as second:
        commit_visits(second, tracked(2))
        with pytest.raises(StoreError, match=r"run/lock: was moved, removed or replaced during the run"):
            commit_visits(first, tracked(3))
        first.close()
        commit_visits(second, tracked(4))
    assert assert_consistent()["ok"] == 3


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe", "folder"])
def test_a_file_that_is_not_an_ordinary_file_is_refused_and_unchanged(open_run, name, kind):
    with open_run() as run:
        commit_visits(run, tracked(1))
    path = Path("run", name)
    if path.exists():
        path.rename("target")
    else:
        Path("target").write_text("mine")
    before = Path("target").read_bytes()
    match kind:
        case "link":
            path.symlink_to(Path("target").absolute())
        case "dangling link":
            path.symlink_to(Path("nowhere").absolute())
        case "pipe":
            os.mkfifo(path)
        case _:
            path.mkdir()
    for read in (open_run, lambda: status("run"), lambda: Run("run")):
        with pytest.raises(StoreError, match=f"^run/{name}: is a link, a pipe or a folder, not a file; replace it by"):
            read()
    assert Path("target").read_bytes() == before
    assert not Path("nowhere").exists()


DAMAGE = {
    "no table run": "DROP TABLE run",
    "no table identifiers": "DROP TABLE identifiers",
    "no table archived": "DROP TABLE archived",
    "no table robots": "DROP TABLE robots",
    "no row of the run": "DELETE FROM run",
    "a table without types": "DROP TABLE run; CREATE TABLE run (site, records_end); INSERT INTO run VALUES (2, 'x')",
    "a view instead of a table": "ALTER TABLE archived RENAME TO old; CREATE VIEW archived AS SELECT * FROM old",
    "a column less": "ALTER TABLE identifiers DROP COLUMN http_status",
    "negative length of the records": "UPDATE run SET records_end = -5",
    "negative length of the archive": "UPDATE archived SET pages_end = -5",
    "another negative length of the archive": "INSERT INTO archived VALUES (-1, 1)",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_ledger_is_refused_in_one_sentence_and_no_page_is_changed(open_run, damage):
    with open_run() as run:
        commit_visits(run, tracked(1))
    with closing(sqlite3.connect(LEDGER)) as ledger:
        ledger.executescript(damage)
    before = PAGES.read_bytes(), RECORDS.read_bytes()
    for read in (
        open_run,
        lambda: status("run"),
        lambda: list(Run("run").records()),
        lambda: list(Run("run").outcomes()),
    ):
        with pytest.raises(
            RunDamaged, match=r"^run/ledger\.sqlite: .*; restore the whole folder from a copy, or start"
        ):
            read()
    assert (PAGES.read_bytes(), RECORDS.read_bytes()) == before


def test_a_ledger_without_any_table_does_not_discard_pages(open_run):
    with open_run() as run:
        commit_visits(run, tracked(1))
    with closing(sqlite3.connect(LEDGER)) as ledger:
        ledger.executescript("DROP TABLE run; DROP TABLE identifiers; DROP TABLE archived; DROP TABLE robots")
    before = PAGES.read_bytes()
    with pytest.raises(RunDamaged, match=r"^run/ledger\.sqlite: is missing or empty, but pages"):
        open_run()
    assert PAGES.read_bytes() == before


@pytest.mark.parametrize("change", ["outcome = 'foo'", "at = NULL", "outcome = ''"])
def test_an_outcome_that_altdetails_does_not_write_is_refused(open_run, change):
    with open_run() as run:
        commit_visits(run, missing("10.5555/a"))
    with closing(sqlite3.connect(LEDGER)) as ledger, ledger:
        ledger.execute(f"UPDATE identifiers SET {change}")
    with pytest.raises(RunDamaged, match=r"^run/ledger\.sqlite: contains .*; restore"):
        list(Run("run").outcomes())


@pytest.mark.parametrize("end", [2**62, 2**63 - 1])
def test_a_length_of_the_records_that_no_file_has_is_repaired(open_run, end):
    with open_run() as run:
        commit_visits(run, tracked(1))
    with closing(sqlite3.connect(LEDGER)) as ledger, ledger:
        ledger.execute("UPDATE run SET records_end = ?", [end])
    before = RECORDS.read_bytes()
    with open_run(reparse=lines):
        assert RECORDS.read_bytes() == before
