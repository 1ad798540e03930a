"""`scrape` and `Run` from Python: identifiers out of tables, settings at the call, the lock, runs in any state."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from tests.support.faults import Status
from tests.support.fixtures import empty_folder
from tests.support.pages import ROOT, invented_doi, invented_id

from altdetails import (
    Record,
    Run,
    RunDamaged,
    RunLocked,
    SettingsError,
    StoreError,
    read_records,
    scrape,
)

DOIS = [invented_doi(number) for number in range(4)]
IDS = [invented_id(number) for number in range(4)]
CONTACT = "a.librarian@uni-somewhere.edu"
NAN = float("nan")
PROCESS = """\
import sys
from altdetails import scrape
for outcome in scrape(sys.argv[2:], "run", base_url=sys.argv[1], interval=0):
    print(outcome.identifier, flush=True)
    sys.stdin.readline()
"""

folder = pytest.fixture(autouse=True)(empty_folder)


@pytest.fixture
def scraped(replica):
    """Scrapes the replica into one folder."""

    def start(identifiers, run="run", **settings):
        return scrape(identifiers, run, **{"base_url": replica.base_url, "interval": 0} | settings)

    return start


@pytest.fixture
def other_process(replica):
    """A process that has written two outcomes of a run, and is about to go on."""
    command = [sys.executable, "-c", PROCESS, replica.base_url, *DOIS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdout.readline().strip() == DOIS[0]
        process.stdin.write("\n")
        assert process.stdout.readline().strip() == DOIS[1]
        yield process
        process.kill()


def answered_long_ago(identifier):
    """Makes the ledger say so."""
    with closing(sqlite3.connect("run/ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE identifiers SET at = '2020-01-01T00:00:00Z' WHERE identifier = ?", [identifier])


def in_short(outcomes):
    return [(outcome.identifier, outcome.status) for outcome in outcomes]


class TestIdentifiers:
    @pytest.mark.parametrize(
        "identifiers",
        [
            [DOIS[0], None, "", "  ", NAN, np.nan, pd.NA, pd.NaT, DOIS[1], Decimal("NaN")],
            pd.DataFrame({"doi": [DOIS[0], None, "", "  ", NAN, np.nan, pd.NA, pd.NaT, DOIS[1], None]})["doi"],
            pd.Series([DOIS[0], *[None] * 4, pd.NA, *[None] * 3, DOIS[1]], dtype="string"),
            pd.Series([DOIS[0], *[None] * 8, DOIS[1]]).to_numpy(),
            pl.Series([DOIS[0], *[None] * 8, DOIS[1]]),
            (text for text in [DOIS[0], *[""] * 8, DOIS[1]]),
        ],
        ids=["list", "object column", "string column", "array", "polars", "generator"],
    )
    def test_rows_without_one_are_skipped_and_counted(self, scraped, identifiers):
        outcomes = scraped(identifiers)
        assert in_short(outcomes) == [(DOIS[0], "ok"), (DOIS[1], "ok")]
        assert outcomes.skipped == 8

    @pytest.mark.parametrize(
        "ids",
        [
            IDS[:2],
            [float(IDS[0]), NAN, float(IDS[1])],
            map(str, IDS[:2]),
            pd.Series(IDS[:2]),
            pd.Series([IDS[0], None, IDS[1]]),
            pd.Series([IDS[0], None, IDS[1]], dtype="Int64"),
            np.array(IDS[:2], dtype=np.int32),
            pl.Series([IDS[0], None, IDS[1]]),
            [Decimal(IDS[0]), Decimal(f"{IDS[1]}.0")],
        ],
        ids=["ints", "floats", "texts", "int64", "float64", "Int64", "array", "polars", "decimals"],
    )
    def test_numbers_are_altmetric_ids_whole_floats_too(self, scraped, ids):
        assert in_short(scraped(ids)) == [(str(IDS[0]), "ok"), (str(IDS[1]), "ok")]

    @pytest.mark.parametrize("number", [990000001.5, float("inf"), -1, np.float64(0.1), Decimal("0.5"), 10**30])
    def test_a_number_that_is_no_id_has_its_outcome(self, scraped, number):
        ((identifier, status),) = in_short(scraped([number]))
        assert (identifier, status) == (str(number), "invalid")

    @pytest.mark.parametrize("one", [DOIS[0], IDS[0], np.int64(IDS[0]), f"https://doi.org/{DOIS[0]}"])
    def test_a_single_one_needs_no_list(self, scraped, one):
        (outcome,) = scraped(one)
        assert outcome.record.doi == DOIS[0]

    def test_the_lines_of_an_open_file_are_some(self, scraped):
        Path("dois.txt").write_text(f"{DOIS[0]}\n\n{DOIS[1]}\n")
        with Path("dois.txt").open() as file:
            outcomes = scraped(file)
            assert in_short(outcomes) == [(DOIS[0], "ok"), (DOIS[1], "ok")]
        assert outcomes.skipped == 1

    def test_none_at_all_gives_no_outcome_and_a_run_without_pages(self, scraped):
        outcomes = scraped([None, ""])
        assert list(outcomes) == []
        assert outcomes.skipped == 2
        assert list(Run("run").outcomes()) == []

    def test_what_an_iterator_gives_is_checked_when_it_comes(self, scraped, replica):
        outcomes = scraped(iter([DOIS[0], b"10.5555/x"]))
        with pytest.raises(TypeError, match=r"^expected text or a number as identifier 2, got bytes "):
            next(outcomes)
        assert replica.requests == []

    def test_the_records_make_a_table(self, scraped):
        list(scraped(DOIS))
        table = pd.DataFrame(record.to_dict() for record in read_records("run"))
        assert list(table["doi"]) == DOIS
        assert list(table["altmetric_id"]) == IDS


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({}, "give your email address"),
            ({"contact": "you@example.com"}, "is a placeholder; give your own"),
            ({"contact": "no address"}, "'no address' is"),
            ({"contact": CONTACT, "interval": 0.99}, "0.99 s is not allowed for altmetric.com: give 1 or more"),
            ({"contact": CONTACT, "interval": NAN}, "give 1 or more"),
            ({"contact": CONTACT, "interval": -5}, "give 1 or more"),
            ({"contact": CONTACT, "base_url": "http://altmetric.com"}, "altmetric.com requires https://"),
            ({"contact": CONTACT, "base_url": "nowhere"}, "^'nowhere' is "),
            ({"contact": CONTACT, "refresh": "30 days"}, "^'30 days' is not an age: give a number with m, h, d or w"),
            ({"contact": CONTACT, "refresh": ""}, "^'' is not an age"),
            ({"contact": CONTACT, "refresh": timedelta(days=-1)}, "is not an age: give a timedelta from 0 to"),
            ({"contact": CONTACT, "refresh": timedelta.max}, "is not an age: give a timedelta from 0 to"),
            ({"contact": CONTACT, "limit": 0}, "^a limit of 0 is not allowed: give 1 or more"),
            ({"contact": CONTACT, "limit": -1}, "^a limit of -1 is not allowed: give 1 or more"),
        ],
    )
    def test_one_that_is_not_allowed_is_refused_at_the_call(self, settings, words):
        with pytest.raises(SettingsError, match=words):
            scrape(DOIS, "run", **settings)
        assert not Path("run").exists()

    @pytest.mark.parametrize(
        ("refresh", "again"),
        [("30d", DOIS[:1]), ("12h", DOIS[:1]), (timedelta(days=30), DOIS[:1]), ("99999w", []), (timedelta(99_999), [])],
    )
    def test_an_age_is_text_as_the_command_takes_it_or_a_timedelta(self, scraped, refresh, again):
        list(scraped(DOIS[:2]))
        answered_long_ago(DOIS[0])
        assert [outcome.identifier for outcome in scraped(DOIS[:2], refresh=refresh)] == again

    def test_a_run_of_another_site_is_refused_at_the_call(self, scraped):
        list(scraped(DOIS[:1]))
        with pytest.raises(StoreError, match=r"^run: holds a run of http.*, not of http://localhost"):
            scraped(DOIS, base_url="http://localhost")

    def test_a_limit_can_be_beyond_what_a_run_holds(self, scraped):
        assert in_short(scraped(DOIS[:1], limit=10**30)) == [(DOIS[0], "ok")]

    def test_an_interval_of_numpy_is_a_number(self, scraped):
        assert in_short(scraped(DOIS[:1], interval=np.float64(0))) == [(DOIS[0], "ok")]


class TestLock:
    def test_closing_early_frees_the_folder(self, scraped):
        first = scraped(DOIS)
        next(first)
        with pytest.raises(RunLocked):
            next(scraped(DOIS))
        first.close()
        assert in_short(scraped(DOIS)) == [(doi, "ok") for doi in DOIS[1:]]
        assert list(first) == []

    def test_iterators_that_never_start_hold_none(self, scraped):
        abandoned = scraped(DOIS)
        scraped(DOIS)
        assert in_short(scraped(DOIS[:2])) == [(DOIS[0], "ok"), (DOIS[1], "ok")]
        abandoned.close()
        assert list(abandoned) == []

    def test_an_iterator_that_is_dropped_frees_the_folder(self, scraped):
        for _ in scraped(DOIS):
            break
        assert len(list(scraped(DOIS))) == 3


class TestRuns:
    def test_a_finished_one_gives_records_outcomes_failures_and_status(self, scraped, replica):
        replica.fail(f"/details/{IDS[1]}", Status(410))
        first = list(scraped(["some words", *DOIS[:2], "10.5555/nothing.mentions.this", DOIS[2]]))
        run = Run("run")
        assert list(run.records()) == [outcome.record for outcome in first if outcome.record]
        found = list(run.outcomes())
        assert in_short(found) == [
            ("some words", "invalid"),
            (DOIS[0], "ok"),
            (DOIS[1], "failed"),
            ("10.5555/nothing.mentions.this", "not_tracked"),
            (DOIS[2], "ok"),
        ]
        assert list(run.failures()) == [outcome for outcome in found if outcome.status != "ok"]
        assert {outcome.identifier: outcome.reason for outcome in run.failures()} == {
            outcome.identifier: outcome.reason for outcome in first if outcome.status != "ok"
        }
        status = run.status()
        assert {kind: count for kind, count in status.counts.items() if count} == {
            "ok": 2,
            "failed": 1,
            "not_tracked": 1,
            "invalid": 1,
        }
        assert (status.site, status.writer) == (replica.base_url, None)

    def test_outcomes_of_pages_come_without_their_records(self, scraped):
        (given,) = scraped(DOIS[:1])
        (kept,) = Run("run").outcomes()
        assert isinstance(given.record, Record)
        assert kept.record is None
        assert (kept.status, kept.http_status, kept.attempts, kept.at) == ("ok", 200, 1, given.at)

    def test_one_that_another_process_writes_to_is_read(self, other_process):
        run = Run(Path("run"))
        assert [record.doi for record in run.records()] == DOIS[:2]
        assert in_short(run.outcomes()) == [(doi, "ok") for doi in DOIS[:2]]
        assert list(run.failures()) == []
        status = run.status()
        assert status.writer.pid == other_process.pid
        assert (status.counts["ok"], status.counts[None]) == (2, 2)

    def test_reading_it_keeps_nobody_from_writing(self, other_process):
        run = Run("run")
        records, outcomes = run.records(), run.outcomes()
        assert next(records).doi == DOIS[0]
        assert next(outcomes).identifier == DOIS[0]
        other_process.stdin.write("\n" * 10)
        other_process.communicate(timeout=60)
        assert other_process.returncode == 0
        assert [record.doi for record in records] == DOIS[1:2]
        assert len(list(run.records())) == len(list(run.outcomes())) == 4

    def test_a_page_that_was_refreshed_has_two_records_and_one_outcome(self, scraped):
        list(scraped(DOIS[:2]))
        answered_long_ago(DOIS[0])
        (refreshed,) = scraped(DOIS[:2], refresh="30d")
        records = list(Run("run").records())
        assert [record.doi for record in records] == [DOIS[0], DOIS[1], DOIS[0]]
        assert records[2] == refreshed.record
        assert in_short(Run("run").outcomes()) == [(DOIS[0], "ok"), (DOIS[1], "ok")]

    @pytest.mark.parametrize("name", ["nowhere", "empty", "list.txt", "pages"])
    def test_what_is_not_one_is_refused_by_name_and_left_alone(self, name):
        Path("empty").mkdir()
        Path("list.txt").write_text("")
        Path("pages").mkdir()
        Path("pages/page.html").write_bytes((ROOT / "samples" / "article-2023.html").read_bytes())
        before = sorted(Path().rglob("*"))
        with pytest.raises(StoreError, match=f"^{name}"):
            Run(name)
        assert sorted(Path().rglob("*")) == before

    def test_a_folder_that_goes_away_is_named_when_it_is_read(self, scraped):
        list(scraped(DOIS[:1]))
        run = Run("run")
        Path("run").rename("elsewhere")
        reads = (run.records, run.outcomes, run.failures)
        for read in (run.status, *(lambda read=read: next(read()) for read in reads)):
            with pytest.raises(StoreError, match=r"^run"):
                read()

    @pytest.mark.parametrize(
        ("damage", "words"),
        [
            (
                lambda content: content[: content.index(b"\n") + 1],
                "records.jsonl:2: is missing; scrape the run again",
            ),
            (lambda content: content[:-20], "records.jsonl:2: this is not a record: "),
            (lambda content: b"X" + content[1:], "records.jsonl:1: this is not a record: "),
        ],
    )
    def test_a_damaged_record_is_named_by_its_line(self, scraped, damage, words):
        list(scraped(DOIS[:2]))
        path = Path("run/records.jsonl")
        path.write_bytes(damage(path.read_bytes()))
        with pytest.raises(RunDamaged, match=f"^run.{words}"):
            list(Run("run").records())

    def test_what_a_writer_has_not_committed_yet_is_not_read(self, scraped):
        list(scraped(DOIS[:1]))
        with Path("run/records.jsonl").open("ab") as file:
            file.write(b'{"half a li')
        assert [record.doi for record in Run("run").records()] == DOIS[:1]
