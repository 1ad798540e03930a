"""Tests of `scrape` and `Run`: identifiers from tables, settings, the lock, and reading runs."""

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
from tests.exporting.runs import missing, tracked
from tests.exporting.runs import scraped as stored
from tests.support.cases import for_each
from tests.support.faults import Status
from tests.support.fixtures import empty_folder
from tests.support.pages import ROOT, invented_doi, invented_id
from tqdm.auto import tqdm

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

pytestmark = pytest.mark.slow

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
    """A function that scrapes the replica into a run folder."""

    def start(identifiers, run="run", **settings):
        return scrape(identifiers, run, **{"base_url": replica.base_url, "interval": 0} | settings)

    return start


@pytest.fixture
def other_process(replica):
    """A process that has written two outcomes of a run, and waits for input to continue."""
    command = [sys.executable, "-c", PROCESS, replica.base_url, *DOIS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdout.readline().strip() == DOIS[0]
        process.stdin.write("\n")
        assert process.stdout.readline().strip() == DOIS[1]
        yield process
        process.kill()


def make_outcome_old(identifier):
    """Set the time of an outcome in the ledger to 2020."""
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
    def test_missing_values_are_skipped_and_counted(self, scraped, identifiers):
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
    def test_whole_numbers_are_altmetric_ids_including_floats(self, scraped, ids):
        assert in_short(scraped(ids, ids="altmetric")) == [(str(IDS[0]), "ok"), (str(IDS[1]), "ok")]

    @pytest.mark.parametrize("identifiers", [[IDS[0]], IDS[0], float(IDS[0]), [DOIS[0], str(IDS[0])]])
    def test_a_bare_number_is_refused_if_nothing_says_what_it_is(self, scraped, identifiers):
        with pytest.raises(SettingsError, match=r"is a bare number, 9901.*ids='altmetric' or ids='pmid'"):
            scraped(identifiers if not isinstance(identifiers, float) else [identifiers])

    def test_a_pubmed_id_is_not_fetched_as_an_altmetric_id(self, scraped, replica):
        assert in_short(scraped([IDS[0]], ids="pmid")) == [(f"pmid:{IDS[0]}", "no_address")]
        assert replica.requests == []

    @pytest.mark.parametrize("number", [990000001.5, float("inf"), -1, np.float64(0.1), Decimal("0.5"), 10**30])
    def test_a_number_that_is_not_an_id_is_invalid(self, scraped, number):
        ((identifier, status),) = in_short(scraped([number], ids="altmetric"))
        assert (identifier, status) == (str(number), "invalid")

    @pytest.mark.parametrize("identifier", [DOIS[0], IDS[0], np.int64(IDS[0]), f"https://doi.org/{DOIS[0]}"])
    def test_a_single_identifier_needs_no_list(self, scraped, identifier):
        (outcome,) = scraped(identifier, ids="altmetric")
        assert outcome.record.doi == DOIS[0]

    def test_the_lines_of_an_open_file_are_identifiers(self, scraped):
        Path("dois.txt").write_text(f"{DOIS[0]}\n\n{DOIS[1]}\n")
        with Path("dois.txt").open() as file:
            outcomes = scraped(file)
            assert in_short(outcomes) == [(DOIS[0], "ok"), (DOIS[1], "ok")]
        assert outcomes.skipped == 1

    def test_no_identifier_is_lost_behind_a_progress_bar(self, scraped):
        bar = tqdm((doi for doi in DOIS[:2]), total=2, disable=True)
        assert [outcome.identifier for outcome in scraped(bar)] == DOIS[:2]

    def test_without_identifiers_there_is_no_outcome_and_an_empty_run(self, scraped):
        outcomes = scraped([None, ""])
        assert list(outcomes) == []
        assert outcomes.skipped == 2
        assert list(Run("run").outcomes()) == []

    def test_values_of_an_iterator_are_checked_while_iterating(self, scraped, replica):
        outcomes = scraped(iter([DOIS[0], b"10.5555/x"]))
        with pytest.raises(TypeError, match=r"^expected text or a number as identifier 2, got bytes "):
            next(outcomes)
        assert replica.requests == []

    def test_records_can_be_converted_to_a_table(self, scraped):
        list(scraped(DOIS))
        table = pd.DataFrame(record.to_dict() for record in read_records("run"))
        assert list(table["doi"]) == DOIS
        assert list(table["altmetric_id"]) == IDS


class TestSettings:
    @for_each(
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
    def test_an_invalid_setting_is_refused_at_the_call(self, settings, words):
        with pytest.raises(SettingsError, match=words):
            scrape(DOIS, "run", **settings)
        assert not Path("run").exists()

    @pytest.mark.parametrize(
        ("refresh", "refreshed"),
        [("30d", DOIS[:1]), ("12h", DOIS[:1]), (timedelta(days=30), DOIS[:1]), ("99999w", []), (timedelta(99_999), [])],
    )
    def test_an_age_is_text_or_a_timedelta(self, scraped, refresh, refreshed):
        list(scraped(DOIS[:2]))
        make_outcome_old(DOIS[0])
        assert [outcome.identifier for outcome in scraped(DOIS[:2], refresh=refresh)] == refreshed

    def test_a_run_of_another_site_is_refused_at_the_call(self, scraped):
        list(scraped(DOIS[:1]))
        with pytest.raises(StoreError, match=r"^run: holds a run of http.*, not of http://localhost"):
            scraped(DOIS, base_url="http://localhost")

    def test_a_limit_can_exceed_the_size_of_the_run(self, scraped):
        assert in_short(scraped(DOIS[:1], limit=10**30)) == [(DOIS[0], "ok")]

    def test_an_interval_can_be_a_numpy_number(self, scraped):
        assert in_short(scraped(DOIS[:1], interval=np.float64(0))) == [(DOIS[0], "ok")]


class TestLock:
    def test_closing_early_unlocks_the_folder(self, scraped):
        first = scraped(DOIS)
        next(first)
        with pytest.raises(RunLocked):
            next(scraped(DOIS))
        first.close()
        assert in_short(scraped(DOIS)) == [(doi, "ok") for doi in DOIS[1:]]
        assert list(first) == []

    def test_iterators_that_were_not_started_do_not_lock_the_folder(self, scraped):
        abandoned = scraped(DOIS)
        scraped(DOIS)
        assert in_short(scraped(DOIS[:2])) == [(DOIS[0], "ok"), (DOIS[1], "ok")]
        abandoned.close()
        assert list(abandoned) == []

    def test_a_deleted_iterator_unlocks_the_folder(self, scraped):
        for _ in scraped(DOIS):
            break
        assert len(list(scraped(DOIS))) == 3


class TestRuns:
    def test_a_finished_run_has_records_outcomes_failures_and_status(self, scraped, replica):
        replica.fail(f"/details/{IDS[1]}", Status(410))
        first = list(scraped(["some words", *DOIS[:2], "10.5555/nothing.mentions.this", DOIS[2]]))
        run = Run("run")
        assert list(run.records()) == [outcome.record for outcome in first if outcome.record]
        outcomes = list(run.outcomes())
        assert in_short(outcomes) == [
            ("some words", "invalid"),
            (DOIS[0], "ok"),
            (DOIS[1], "failed"),
            ("10.5555/nothing.mentions.this", "not_tracked"),
            (DOIS[2], "ok"),
        ]
        assert list(run.failures()) == [outcome for outcome in outcomes if outcome.status != "ok"]
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

    def test_outcomes_of_a_run_have_no_records(self, scraped):
        (returned,) = scraped(DOIS[:1])
        (stored,) = Run("run").outcomes()
        assert isinstance(returned.record, Record)
        assert stored.record is None
        assert (stored.status, stored.http_status, stored.attempts, stored.at) == ("ok", 200, 1, returned.at)

    def test_a_run_can_be_read_while_another_process_writes_to_it(self, other_process):
        run = Run(Path("run"))
        assert [record.doi for record in run.records()] == DOIS[:2]
        assert in_short(run.outcomes()) == [(doi, "ok") for doi in DOIS[:2]]
        assert list(run.failures()) == []
        status = run.status()
        assert status.writer.pid == other_process.pid
        assert (status.counts["ok"], status.counts[None]) == (2, 2)
        records, outcomes = run.records(), run.outcomes()
        assert next(records).doi == DOIS[0]
        assert next(outcomes).identifier == DOIS[0]
        other_process.communicate("\n" * 10, timeout=60)  # it is not blocked
        assert other_process.returncode == 0
        assert [record.doi for record in records] == DOIS[1:2]
        assert len(list(run.records())) == len(list(run.outcomes())) == 4

    def test_a_refreshed_page_has_two_records_and_one_outcome(self, scraped):
        list(scraped(DOIS[:2]))
        make_outcome_old(DOIS[0])
        (refreshed,) = scraped(DOIS[:2], refresh="30d")
        records = list(Run("run").records())
        assert [record.doi for record in records] == [DOIS[0], DOIS[1], DOIS[0]]
        assert records[2] == refreshed.record
        assert in_short(Run("run").outcomes()) == [(DOIS[0], "ok"), (DOIS[1], "ok")]

    @pytest.mark.parametrize("name", ["nowhere", "empty", "list.txt", "pages"])
    def test_other_paths_are_refused_by_name_and_not_changed(self, name):
        Path("empty").mkdir()
        Path("list.txt").write_text("")
        Path("pages").mkdir()
        Path("pages/page.html").write_bytes((ROOT / "samples" / "article-2023.html").read_bytes())
        before = sorted(Path().rglob("*"))
        with pytest.raises(StoreError, match=f"^{name}"):
            Run(name)
        assert sorted(Path().rglob("*")) == before

    def test_reading_a_folder_that_was_moved_is_an_error(self, scraped):
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
    def test_a_damaged_record_is_reported_with_its_line(self, scraped, damage, words):
        list(scraped(DOIS[:2]))
        path = Path("run/records.jsonl")
        path.write_bytes(damage(path.read_bytes()))
        with pytest.raises(RunDamaged, match=f"^run.{words}"):
            list(Run("run").records())

    def test_uncommitted_data_are_not_read(self, scraped):
        list(scraped(DOIS[:1]))
        with Path("run/records.jsonl").open("ab") as file:
            file.write(b'{"half a li')
        assert [record.doi for record in Run("run").records()] == DOIS[:1]


class TestInANotebook:
    def test_it_shows_identifiers_by_outcome_and_those_left(self):
        run = Run(stored(tracked(1), missing("10.5555/b"), missing("10.5555/c"), pending=["10.5555/<d>"]))
        shown = run._repr_html_()
        assert repr(run) == "<Run 'run'>"
        assert "<bdi>3 of 4 identifiers, 1 left</bdi>" in shown
        for name, count in (("ok", 1), ("not tracked", 2), ("not fetched yet", 1)):
            assert f"<bdi>{name}</bdi></td><td>{count}</td>" in shown
        assert "failed" not in shown

    def test_an_empty_run_has_no_outcome(self):
        shown = Run(stored())._repr_html_()
        assert "<bdi>0 of 0 identifiers, 0 left</bdi>" in shown
        assert "<i>none</i>" in shown

    def test_a_run_that_cannot_be_read_says_why(self):
        run = Run(stored(tracked(1)))
        Path("run/ledger.sqlite").write_bytes(b"no database" * 100)
        assert "<p>run/ledger.sqlite" in run._repr_html_()
