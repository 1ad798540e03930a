"""Damaged runs are repaired without loss, or a few pages are fetched again, or the run is refused and unchanged."""

import gzip
import os
import random
import shutil
from pathlib import Path

import pytest
from tests.scraping.store.material import (
    LEDGER,
    PAGES,
    RECORDS,
    assert_consistent,
    commit_visits,
    contents,
    doi,
    kill,
    lines,
    listed,
    missing,
    tracked,
    unreached,
)
from tests.scraping.store.processes import python

from altdetails.errors import RunDamaged
from altdetails.scraping.store import status
from altdetails.scraping.store.mending import MAX_LOST

pytestmark = pytest.mark.slow

SMALL = "10.5555/small"


@pytest.fixture
def finished(open_run):
    """A finished run of three records and then a missing page; the archive's length before the missing page."""
    with open_run() as run:
        commit_visits(run, *map(tracked, range(3)))
        before = PAGES.stat().st_size
        commit_visits(run, missing(SMALL))
    shutil.copytree("run", "whole")
    return before


def assert_resumable(open_run, *pending):
    """Only these identifiers are pending, and the run is consistent when they are fetched."""
    with open_run(reparse=lines) as run:
        run.listing.add_all()
        assert list(run.listing.pending()) == [*pending]
        for identifier in pending:
            run.commit(*missing(identifier))
    assert assert_consistent()[None] == 0


class TestTooLong:
    """A crash leaves a part of a visit that was not committed."""

    def test_a_part_of_a_visit_is_removed(self, open_run, finished):
        leftover = PAGES.read_bytes()[finished:]
        for length in (*range(1, len(leftover), 61), len(leftover)):
            with PAGES.open("ab") as pages:
                pages.write(leftover[:length])
            with open_run() as run:
                assert [
                    f"pages.warc.gz: {length:,} bytes that an interrupted" in sentence for sentence in run.repairs
                ] == [True]
            assert PAGES.read_bytes() == Path("whole/pages.warc.gz").read_bytes()
        assert_resumable(open_run)

    @pytest.mark.usefixtures("finished")
    def test_a_part_of_a_record_is_removed(self, open_run):
        line = RECORDS.read_bytes().splitlines(keepends=True)[0]
        for length in range(1, len(line) + 1, 499):
            with RECORDS.open("ab") as records:
                records.write(line[:length])
            with open_run() as run:
                assert [f"records.jsonl: {length:,} bytes" in sentence for sentence in run.repairs] == [True]
            assert RECORDS.read_bytes() == Path("whole/records.jsonl").read_bytes()
        assert_resumable(open_run)

    @pytest.mark.usefixtures("finished")
    @pytest.mark.parametrize("garbage", [b"\0" * 70_000, b"x", gzip.compress(b"WARC/1.1\r\n") * 99])
    def test_other_content_is_removed_too(self, open_run, garbage):
        with PAGES.open("ab") as pages:
            pages.write(garbage)
        with open_run() as run:
            assert len(run.repairs) == 1
        assert_resumable(open_run)

    def test_an_archive_with_many_uncommitted_pages_is_refused_and_unchanged(self, open_run):
        run = commit_visits(open_run(), tracked(1))
        shutil.copytree("run", "older")
        commit_visits(run, *(missing(f"10.5555/{number}") for number in range(MAX_LOST + 1)))
        kill(run)
        for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
            shutil.copy(Path("older", name), Path("run", name))
        before = PAGES.read_bytes()
        with pytest.raises(RunDamaged, match=r"pages.warc.gz: contains pages that are not in the ledger; restore"):
            open_run()
        assert PAGES.read_bytes() == before


class TestTooShort:
    """A power failure, or a truncated copy, lost committed bytes."""

    @pytest.mark.usefixtures("in_memory")
    def test_a_visit_truncated_anywhere_is_fetched_again(self, open_run):
        visit = missing(SMALL)
        with open_run() as run:
            commit_visits(run, missing(doi(1)))
            before = PAGES.stat().st_size
            commit_visits(run, visit)
        whole = PAGES.stat().st_size
        for kept in (*range(0, whole - before, 17), whole - before - 1):
            os.truncate(PAGES, before + kept)
            with open_run(reparse=lines) as run:
                pages, records = run.repairs
                assert (
                    pages
                    == f"run/pages.warc.gz: its end is missing, so these identifiers count as not fetched: {SMALL}"
                )
                assert records.startswith("run/records.jsonl: ")
                assert PAGES.stat().st_size == before
                assert run.counts()[None] == 1
                run.commit(*visit)
        assert assert_consistent()["not_tracked"] == 2

    @pytest.mark.usefixtures("finished")
    def test_a_page_that_ends_in_zeros_is_fetched_again(self, open_run):
        whole = PAGES.stat().st_size
        os.truncate(PAGES, whole - 10)
        os.truncate(PAGES, whole)
        assert_resumable(open_run, SMALL)

    @pytest.mark.usefixtures("finished")
    def test_the_record_of_a_truncated_visit_is_removed_as_well(self, open_run):
        with open_run() as run:
            commit_visits(run, tracked(3))
        os.truncate(PAGES, PAGES.stat().st_size - 1)
        with open_run(reparse=lines) as run:
            assert run.counts()["ok"] == 3
            assert RECORDS.read_bytes() == Path("whole/records.jsonl").read_bytes()
            commit_visits(run, tracked(3))
        assert assert_consistent()["ok"] == 4

    @pytest.mark.usefixtures("finished")
    def test_an_outcome_without_exchanges_is_kept(self, open_run):
        with open_run() as run:
            commit_visits(run, unreached("10.5555/unreached"))
        os.truncate(PAGES, PAGES.stat().st_size - 1)
        assert_resumable(open_run, SMALL)

    @pytest.mark.usefixtures("finished")
    def test_a_truncated_second_visit_is_fetched_again(self, open_run):
        with open_run() as run:
            commit_visits(run, tracked(0, "2026-05-05T00:00:00Z"))
        os.truncate(PAGES, PAGES.stat().st_size - 1)
        assert_resumable(open_run, doi(0))

    def test_a_few_missing_pages_are_fetched_again(self, open_run):
        with open_run() as run:
            commit_visits(run, tracked(0))
            kept = PAGES.stat().st_size
            commit_visits(run, *(missing(f"10.5555/{number}") for number in range(MAX_LOST)))
        os.truncate(PAGES, kept)
        assert_resumable(open_run, *(f"10.5555/{number}" for number in range(MAX_LOST)))

    @pytest.mark.parametrize("before", [0, 1])
    def test_a_run_with_too_many_missing_pages_is_refused_and_unchanged(self, open_run, before):
        with open_run() as run:
            commit_visits(run, *map(tracked, range(before)))
            kept = PAGES.stat().st_size
            commit_visits(run, *(missing(f"10.5555/{number}") for number in range(MAX_LOST + 1)))
        os.truncate(PAGES, kept)
        files = contents()
        with pytest.raises(RunDamaged, match=r"pages.warc.gz: more than its last 20 pages are missing \(.*; restore"):
            open_run()
        assert contents() == files | {"ledger.sqlite": LEDGER.read_bytes()}
        assert status("run").counts["not_tracked"] == MAX_LOST + 1

    def test_the_limit_counts_visits_and_not_identifiers(self, open_run):
        with open_run() as run:
            commit_visits(run, missing(SMALL))
            kept = PAGES.stat().st_size
            for _ in range(MAX_LOST + 1):
                run.commit(*missing(SMALL))
        os.truncate(PAGES, kept)
        with pytest.raises(RunDamaged):
            open_run()

    @pytest.mark.usefixtures("finished")
    def test_all_pages_of_a_short_run_can_be_fetched_again(self, open_run):
        os.truncate(PAGES, 1)
        assert_resumable(open_run, *map(doi, range(3)), SMALL)

    @pytest.mark.usefixtures("finished")
    def test_a_missing_archive_is_an_error(self, open_run):
        PAGES.unlink()
        with pytest.raises(RunDamaged, match=r"run/pages.warc.gz: is missing; restore it from a copy"):
            open_run()
        shutil.copy("whole/pages.warc.gz", PAGES)
        assert_resumable(open_run)


class TestRecords:
    @pytest.mark.usefixtures("finished")
    @pytest.mark.parametrize("left", [None, 0, 1, -1])
    def test_truncated_or_missing_records_are_written_again(self, open_run, left):
        whole = RECORDS.read_bytes()
        RECORDS.unlink()
        if left is not None:
            RECORDS.write_bytes(whole[:left])
        with open_run(reparse=lines) as run:
            assert run.repairs == [
                "run/records.jsonl: was missing or truncated, and was written again from pages.warc.gz"
            ]
            assert RECORDS.read_bytes() == whole
            commit_visits(run, tracked(3))
        assert_consistent()

    @pytest.mark.usefixtures("finished")
    def test_a_page_that_cannot_be_parsed_again_is_reported(self, open_run):
        pages = PAGES.read_bytes()
        PAGES.write_bytes(pages[:2000] + bytes(200) + pages[2200:])
        RECORDS.unlink()
        with open_run(reparse=lines) as run:
            assert run.repairs[1] == (
                "run/records.jsonl: 1 of its records could not be parsed again; "
                "`altdetails parse run/pages.warc.gz` shows why"
            )
            assert run.counts()["ok"] == 3

    @pytest.mark.usefixtures("finished")
    def test_records_that_end_in_zeros_are_written_again(self, open_run):
        whole = RECORDS.read_bytes()
        RECORDS.write_bytes(whole[:-100] + bytes(100))
        with open_run(reparse=lines):
            assert RECORDS.read_bytes() == whole

    @pytest.mark.usefixtures("finished")
    def test_a_later_version_can_write_other_lines(self, open_run):
        RECORDS.unlink()
        with open_run(reparse=lambda path: (line[:-2] + b',"new":1}\n' for line in lines(path))) as run:
            written = RECORDS.read_bytes()
            assert written.count(b'"new"') == 3
            run.repairs.clear()
        with open_run() as run:
            assert run.repairs == []
        assert RECORDS.read_bytes() == written

    @pytest.mark.usefixtures("finished")
    def test_writing_records_again_can_be_interrupted(self, open_run):
        whole = RECORDS.read_bytes()
        RECORDS.write_bytes(whole[:-1])

        def interrupted(path):
            yield next(iter(lines(path)))
            raise KeyboardInterrupt

        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                open_run(reparse=interrupted)
            assert RECORDS.read_bytes() == whole[:-1]
            assert status("run").records_bytes is None
        with open_run(reparse=lines):
            assert RECORDS.read_bytes() == whole
        assert set(contents()) == set(contents("whole"))

    @pytest.mark.usefixtures("finished")
    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_a_process_can_be_killed_when_it_replaces_the_records(self, open_run, moment):
        whole = RECORDS.read_bytes()
        RECORDS.write_bytes(b"")
        code = f"""
import os, pathlib, signal, sys
from tests.scraping.store.material import *
original = pathlib.Path.replace
def replace(self, target):
    if {moment!r} == "after":
        original(self, target)
    os.kill(os.getpid(), signal.SIGKILL)
pathlib.Path.replace = replace
longer = lambda path: (line[:-2] + b',"new":1}}\\n' for line in lines(path))
RunFolder.open("run", site=SITE, software=SOFTWARE, reparse=longer)
"""
        assert python(code).returncode == -9
        with open_run(reparse=lines):
            assert RECORDS.read_bytes() == whole

    @pytest.mark.usefixtures("finished")
    def test_missing_failures_are_written_again_without_a_message(self, open_run):
        Path("run/failures.jsonl").unlink()
        with open_run() as run:
            assert run.repairs == []
        assert contents()["failures.jsonl"] == contents("whole")["failures.jsonl"]


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize("seed", range(5))
def test_several_faults_at_once_are_repaired(open_run, seed):
    generator = random.Random(seed)  # noqa: S311 -- the same every time
    for path in (PAGES, RECORDS):
        content = path.read_bytes()
        path.write_bytes(content[: generator.randrange(len(content))] + generator.randbytes(generator.randrange(999)))
    with open_run(reparse=lines) as run:
        assert run.repairs
        run.listing.add_all()
        for identifier in run.listing.pending():
            run.commit(*missing(identifier))
    assert_consistent()


def test_an_interrupted_run_resumes(open_run):
    run = open_run()
    run.listing.add(listed(*map(doi, range(4))))
    run.commit(*tracked(0))
    run.commit(*tracked(1))
    kill(run)
    assert_resumable(open_run, doi(2), doi(3))
