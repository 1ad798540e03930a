"""A run ends if its folder or a file in it is moved, removed or replaced; and no link or pipe in it is opened."""

import contextlib
import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.scraping.store.material import (
    AT,
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

from altdetails.errors import RunDamaged, RunLocked, StoreError
from altdetails.scraping.run import Run
from altdetails.scraping.store import lock, status
from altdetails.scraping.store.folder import GrowingFile
from altdetails.scraping.store.lock import Writer

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


def test_a_second_run_that_opens_the_run_during_a_commit_keeps_its_pages(open_run, monkeypatch):
    first = commit_visits(open_run(), tracked(1))
    first.listing.add(listed("10.5555/later"))
    append, opened = GrowingFile.append, []

    def append_and_lose_the_lock(file, content):
        append(file, content)
        if not opened:
            opened.append(None)
            Path("run/lock").unlink()
            monkeypatch.setattr(lock, "this_process", lambda: Writer(1, "elsewhere", AT))
            opened.append(open_run())

    monkeypatch.setattr(GrowingFile, "append", append_and_lose_the_lock)
    with pytest.raises(RunLocked, match=r"^run/ledger\.sqlite: another process writes to it too; run again when"):
        first.commit(*missing("10.5555/later"))
    first.close()
    with opened[1] as second:
        commit_visits(second, tracked(2))
    assert assert_consistent()["ok"] == 2


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
    "a site of two lines": "UPDATE run SET site = char(10) || 'x'",
    "a trigger": "CREATE TRIGGER t AFTER UPDATE ON run BEGIN DELETE FROM archived; END",
    "another view": "CREATE VIEW listed AS SELECT 1",
}


def another_type(column, value):
    """Put a value of another type into a column, which STRICT tables allow only while they are not strict."""
    table, _, name = column.partition(".")
    return f"""PRAGMA writable_schema = 1;
        CREATE TEMP TABLE kept AS SELECT sql FROM sqlite_schema WHERE name = '{table}';
        UPDATE sqlite_schema SET sql = (SELECT replace(replace(replace(replace(replace(replace(
            sql, ' STRICT', ''), ' NOT NULL', ''), ' TEXT', ''), ' INTEGER,', ','), ' REAL', ''), ' BLOB', '')
            FROM kept)
        WHERE name = '{table}';
        PRAGMA schema_version = 900;
        UPDATE {table} SET {name} = {value};
        UPDATE sqlite_schema SET sql = (SELECT sql FROM kept) WHERE name = '{table}';
        PRAGMA schema_version = 901"""


@pytest.mark.parametrize("value", ["x'ff00'", "'words'", "NULL", "1.5"])
@pytest.mark.parametrize("column", ["run.site", "run.records_end", "identifiers.attempts", "archived.position"])
def test_a_value_of_another_type_is_refused_and_no_page_is_changed(open_run, column, value):
    with open_run() as run:
        commit_visits(run, tracked(1))
    with closing(sqlite3.connect(LEDGER)) as ledger:
        ledger.executescript(another_type(column, value))
    before = PAGES.read_bytes()
    if (column, value) in {("run.records_end", "NULL"), ("run.site", "'words'")}:
        return  # as altdetails writes it
    for read in (open_run, lambda: status("run")):
        with pytest.raises(RunDamaged, match=r"^run/ledger\.sqlite: [^\n]*; restore the whole folder from a copy, "):
            read()
    assert PAGES.read_bytes() == before


@pytest.mark.parametrize(
    "damage", ["DELETE FROM archived", "UPDATE archived SET pages_end = pages_end + 1000", "DELETE FROM identifiers"]
)
def test_a_ledger_that_lost_its_lengths_does_not_cut_the_archive(open_run, damage):
    with open_run() as run:
        commit_visits(run, tracked(1), tracked(2), tracked(3))
    with closing(sqlite3.connect(LEDGER)) as ledger, ledger:
        ledger.execute(damage)
    before = PAGES.read_bytes()
    with contextlib.suppress(RunDamaged):
        open_run(reparse=lines).close()
    assert PAGES.read_bytes() == before


@pytest.mark.slow
def test_a_ledger_with_changed_bytes_ends_in_one_sentence_and_cuts_no_page(open_run):
    with open_run() as run:
        commit_visits(run, tracked(1), missing("10.5555/a"))
    before = PAGES.read_bytes()
    Path("run").rename("whole")
    for seed in range(40):
        shutil.copytree("whole", "run")
        chance, content = random.Random(seed), bytearray(LEDGER.read_bytes())  # noqa: S311 -- not for cryptography
        for _ in range(chance.choice([1, 3, 30])):
            content[chance.randrange(4096) + chance.choice(range(0, len(content), 4096))] = chance.randrange(256)
        LEDGER.write_bytes(content)
        for read in (
            lambda: status("run"),
            lambda: list(Run("run").outcomes()),
            lambda: open_run(reparse=lines).close(),
        ):
            try:
                read()
            except StoreError as error:
                said = str(error)
                assert (seed, len(said.splitlines()), len(said) < 500) == (seed, 1, True)
        assert (seed, PAGES.read_bytes()) == (seed, before)
        shutil.rmtree("run")


def test_a_ledger_that_becomes_a_pipe_is_not_opened(open_run):
    with open_run() as run:
        commit_visits(run, tracked(1))
    run = Run("run")
    LEDGER.unlink()
    os.mkfifo(LEDGER)
    for read in (lambda: list(run.outcomes()), lambda: list(run.records()), run.status):
        with pytest.raises(StoreError, match=r"^run/ledger\.sqlite: is a link, a pipe or a folder, not a file"):
            read()


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
