"""Whatever is left of a run's files: it is mended without a loss, or by asking for a few pages again, or left alone."""

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
    assert_sound,
    committed,
    contents,
    doi,
    found,
    kill,
    lines,
    listed,
    missing,
    unreached,
)
from tests.scraping.store.processes import python

from altdetails.errors import RunDamaged
from altdetails.scraping.store import status
from altdetails.scraping.store.mending import MOST_LOST

SMALL = "10.5555/small"


@pytest.fixture
def finished(opened):
    """A finished run of three pages and one that is missing, and the archive's length before the last of them."""
    with opened() as run:
        committed(run, *map(found, range(3)))
        before = PAGES.stat().st_size
        committed(run, missing(SMALL))
    shutil.copytree("run", "whole")
    return before


def assert_goes_on(opened, *pending):
    """The run asks for these alone, and is sound afterwards."""
    with opened(reparse=lines) as run:
        run.listing.take_all()
        assert list(run.listing.pending()) == [*pending]
        for identifier in pending:
            run.commit(*missing(identifier))
    assert assert_sound()[None] == 0


class TestTooLong:
    """A crash leaves a part of a visit that the ledger does not know."""

    def test_any_part_of_a_visit_is_cut_off(self, opened, finished):
        leftover = PAGES.read_bytes()[finished:]
        for length in range(1, len(leftover) + 1, 7):
            with PAGES.open("ab") as pages:
                pages.write(leftover[:length])
            with opened() as run:
                assert [f"pages.warc.gz: {length:,} bytes that an interrupted" in said for said in run.mended] == [True]
            assert PAGES.read_bytes() == Path("whole/pages.warc.gz").read_bytes()
        assert_goes_on(opened)

    @pytest.mark.usefixtures("finished")
    def test_any_part_of_a_record_is_cut_off(self, opened):
        line = RECORDS.read_bytes().splitlines(keepends=True)[0]
        for length in range(1, len(line) + 1, 499):
            with RECORDS.open("ab") as records:
                records.write(line[:length])
            with opened() as run:
                assert [f"records.jsonl: {length:,} bytes" in said for said in run.mended] == [True]
            assert RECORDS.read_bytes() == Path("whole/records.jsonl").read_bytes()
        assert_goes_on(opened)

    @pytest.mark.usefixtures("finished")
    @pytest.mark.parametrize("garbage", [b"\0" * 70_000, b"x", gzip.compress(b"WARC/1.1\r\n") * 99])
    def test_anything_else_is_cut_off_too(self, opened, garbage):
        with PAGES.open("ab") as pages:
            pages.write(garbage)
        with opened() as run:
            assert len(run.mended) == 1
        assert_goes_on(opened)

    def test_an_archive_that_is_far_ahead_of_the_ledger_is_left_alone(self, opened):
        run = committed(opened(), found(1))
        shutil.copytree("run", "older")
        committed(run, *(missing(f"10.5555/{number}") for number in range(MOST_LOST + 1)))
        kill(run)
        for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
            shutil.copy(Path("older", name), Path("run", name))
        before = PAGES.read_bytes()
        with pytest.raises(RunDamaged, match=r"pages.warc.gz: holds pages that the ledger does not know; restore"):
            opened()
        assert PAGES.read_bytes() == before


class TestTooShort:
    """A power failure, or a copy that was cut short, took bytes that the ledger knows."""

    @pytest.mark.usefixtures("in_memory")
    def test_a_visit_that_lacks_any_number_of_bytes_is_asked_for_again(self, opened):
        visit = missing(SMALL)
        with opened() as run:
            committed(run, missing(doi(1)))
            before = PAGES.stat().st_size
            committed(run, visit)
        lacking = 0
        while (length := PAGES.stat().st_size - (lacking := lacking + 1)) >= before:
            os.truncate(PAGES, length)
            with opened(reparse=lines) as run:
                pages, records = run.mended
                assert pages == f"run/pages.warc.gz: its end is lost; what was there counts as not asked for: {SMALL}"
                assert records.startswith("run/records.jsonl: ")
                assert PAGES.stat().st_size == before
                assert run.counts()[None] == 1
                run.commit(*visit)
        assert assert_sound()["not_tracked"] == 2

    @pytest.mark.usefixtures("finished")
    def test_a_page_of_which_the_end_became_zeros_is_asked_for_again(self, opened):
        whole = PAGES.stat().st_size
        os.truncate(PAGES, whole - 10)
        os.truncate(PAGES, whole)
        assert_goes_on(opened, SMALL)

    @pytest.mark.usefixtures("finished")
    def test_its_record_is_taken_back_as_well(self, opened):
        with opened() as run:
            committed(run, found(3))
        os.truncate(PAGES, PAGES.stat().st_size - 1)
        with opened(reparse=lines) as run:
            assert run.counts()["ok"] == 3
            assert RECORDS.read_bytes() == Path("whole/records.jsonl").read_bytes()
            committed(run, found(3))
        assert assert_sound()["ok"] == 4

    @pytest.mark.usefixtures("finished")
    def test_what_left_nothing_in_the_archive_stands(self, opened):
        with opened() as run:
            committed(run, unreached("10.5555/nobody"))
        os.truncate(PAGES, PAGES.stat().st_size - 1)
        assert_goes_on(opened, SMALL)

    @pytest.mark.usefixtures("finished")
    def test_an_answer_that_was_asked_for_anew_is_asked_for_again(self, opened):
        with opened() as run:
            committed(run, found(0, "2026-05-05T00:00:00Z"))
        os.truncate(PAGES, PAGES.stat().st_size - 1)
        assert_goes_on(opened, doi(0))

    def test_a_few_pages_are_asked_for_again(self, opened):
        with opened() as run:
            committed(run, found(0))
            kept = PAGES.stat().st_size
            committed(run, *(missing(f"10.5555/{number}") for number in range(MOST_LOST)))
        os.truncate(PAGES, kept)
        assert_goes_on(opened, *(f"10.5555/{number}" for number in range(MOST_LOST)))

    @pytest.mark.parametrize("before", [0, 1])
    def test_more_pages_are_not_given_up(self, opened, before):
        with opened() as run:
            committed(run, *map(found, range(before)))
            kept = PAGES.stat().st_size
            committed(run, *(missing(f"10.5555/{number}") for number in range(MOST_LOST + 1)))
        os.truncate(PAGES, kept)
        files = contents()
        with pytest.raises(RunDamaged, match=r"pages.warc.gz: lacks more than its last 20 pages \(.*; restore"):
            opened()
        assert contents() == files | {"ledger.sqlite": LEDGER.read_bytes()}
        assert status("run").counts["not_tracked"] == MOST_LOST + 1

    def test_visits_are_counted_and_not_identifiers(self, opened):
        with opened() as run:
            committed(run, missing(SMALL))
            kept = PAGES.stat().st_size
            for _ in range(MOST_LOST + 1):
                run.commit(*missing(SMALL))
        os.truncate(PAGES, kept)
        with pytest.raises(RunDamaged):
            opened()

    @pytest.mark.usefixtures("finished")
    def test_a_short_run_may_begin_anew(self, opened):
        os.truncate(PAGES, 1)
        assert_goes_on(opened, *map(doi, range(3)), SMALL)

    @pytest.mark.usefixtures("finished")
    def test_an_archive_that_is_not_there_is_not_made_up(self, opened):
        PAGES.unlink()
        with pytest.raises(RunDamaged, match=r"run/pages.warc.gz: is missing; restore it from a copy"):
            opened()
        shutil.copy("whole/pages.warc.gz", PAGES)
        assert_goes_on(opened)


class TestRecords:
    @pytest.mark.usefixtures("finished")
    @pytest.mark.parametrize("left", [None, 0, 1, -1])
    def test_they_are_written_again_where_bytes_are_missing(self, opened, left):
        whole = RECORDS.read_bytes()
        RECORDS.unlink()
        if left is not None:
            RECORDS.write_bytes(whole[:left])
        with opened(reparse=lines) as run:
            assert run.mended == [
                "run/records.jsonl: was missing or cut short, and was written again from pages.warc.gz"
            ]
            assert RECORDS.read_bytes() == whole
            committed(run, found(3))
        assert_sound()

    @pytest.mark.usefixtures("finished")
    def test_a_page_that_can_no_longer_be_read_is_missed(self, opened):
        pages = PAGES.read_bytes()
        PAGES.write_bytes(pages[:2000] + bytes(200) + pages[2200:])
        RECORDS.unlink()
        with opened(reparse=lines) as run:
            assert run.mended[1] == (
                "run/records.jsonl: 1 of its records could not be made again; "
                "`altdetails parse run/pages.warc.gz` says why"
            )
            assert run.counts()["ok"] == 3

    @pytest.mark.usefixtures("finished")
    def test_they_are_written_again_where_their_end_became_zeros(self, opened):
        whole = RECORDS.read_bytes()
        RECORDS.write_bytes(whole[:-100] + bytes(100))
        with opened(reparse=lines):
            assert RECORDS.read_bytes() == whole

    @pytest.mark.usefixtures("finished")
    def test_a_later_version_may_write_other_lines(self, opened):
        RECORDS.unlink()
        with opened(reparse=lambda path: (line[:-2] + b',"new":1}\n' for line in lines(path))) as run:
            written = RECORDS.read_bytes()
            assert written.count(b'"new"') == 3
            run.mended.clear()
        with opened() as run:
            assert run.mended == []
        assert RECORDS.read_bytes() == written

    @pytest.mark.usefixtures("finished")
    def test_to_write_them_again_can_be_interrupted(self, opened):
        whole = RECORDS.read_bytes()
        RECORDS.write_bytes(whole[:-1])

        def interrupted(path):
            yield next(iter(lines(path)))
            raise KeyboardInterrupt

        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                opened(reparse=interrupted)
            assert RECORDS.read_bytes() == whole[:-1]
            assert status("run").records_bytes is None
        with opened(reparse=lines):
            assert RECORDS.read_bytes() == whole
        assert set(contents()) == set(contents("whole"))

    @pytest.mark.usefixtures("finished")
    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_a_process_can_be_killed_when_they_take_their_place(self, opened, moment):
        whole = RECORDS.read_bytes()
        RECORDS.write_bytes(b"")
        code = f"""
import os, pathlib, signal, sys
from tests.scraping.store.material import *
real = pathlib.Path.replace
def replace(self, target):
    if {moment!r} == "after":
        real(self, target)
    os.kill(os.getpid(), signal.SIGKILL)
pathlib.Path.replace = replace
longer = lambda path: (line[:-2] + b',"new":1}}\\n' for line in lines(path))
RunFolder.open("run", site=SITE, software=SOFTWARE, reparse=longer)
"""
        assert python(code).returncode == -9
        with opened(reparse=lines):
            assert RECORDS.read_bytes() == whole

    @pytest.mark.usefixtures("finished")
    def test_failures_are_written_again_without_a_word(self, opened):
        Path("run/failures.jsonl").unlink()
        with opened() as run:
            assert run.mended == []
        assert contents()["failures.jsonl"] == contents("whole")["failures.jsonl"]


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize("seed", range(5))
def test_several_faults_at_once_are_mended(opened, seed):
    chance = random.Random(seed)  # noqa: S311 -- the same each time
    for path in (PAGES, RECORDS):
        content = path.read_bytes()
        path.write_bytes(content[: chance.randrange(len(content))] + chance.randbytes(chance.randrange(999)))
    with opened(reparse=lines) as run:
        assert run.mended
        run.listing.take_all()
        for identifier in run.listing.pending():
            run.commit(*missing(identifier))
    assert_sound()


def test_an_interrupted_run_is_gone_on_with_from_where_it_was(opened):
    run = opened()
    run.listing.add(listed(*map(doi, range(4))))
    run.commit(*found(0))
    run.commit(*found(1))
    kill(run)
    assert_goes_on(opened, doi(2), doi(3))
