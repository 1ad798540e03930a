"""Test the comparison of two scrapes, and of the periods of a history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.diffing.material import SUMMER, WINTER, counts, snapshot
from tests.support.cases import for_each

from altdetails.diffing import snapshots, temporary
from altdetails.diffing.compare import (
    NEW,
    OLD,
    SingleSnapshots,
    SkippedRecord,
    SupersededSnapshots,
    changes,
    changes_by_period,
)
from altdetails.errors import AltdetailsError
from altdetails.results import Outcome

CHAPTER = "https://www.altmetric.com/details/9/chapter/1"


def kinds(old, new, **options):
    """Return the kind, DOI and id of each change."""
    return [(change.change, change.doi, change.altmetric_id) for change in changes(old, new, **options)]


def scores(compared):
    """Return the scores that changed, as pairs."""
    return [
        (measure.old, measure.new) for change in compared for measure in change.measures if measure.field == "score"
    ]


class TestTwoScrapes:
    def test_an_output_is_new_gone_changed_or_the_same(self):
        old = [snapshot("10.5555/c", 3, score=1), snapshot("10.5555/s", 4, score=1), snapshot("10.5555/g", 5)]
        new = [snapshot("10.5555/n", 6), snapshot("10.5555/s", 4, score=1), snapshot("10.5555/c", 3, score=2)]
        assert kinds(old, new) == [
            ("changed", "10.5555/c", 3),
            ("same", "10.5555/s", 4),
            ("gone", "10.5555/g", 5),
            ("new", "10.5555/n", 6),
        ]

    def test_a_change_has_the_output_the_times_and_the_numbers(self):
        old = snapshot(at=WINTER, title="Dusk", score=641, mentions=[])
        new = snapshot(at=SUMMER, title="Dusk, revised", score=655, mentions=counts(bluesky=3))
        (change,) = changes([old], [new])
        assert change.to_json() == (
            b'{"change":"changed","doi":"10.5555/a","altmetric_id":1,"title":"Dusk, revised",'
            b'"old_period":null,"new_period":null,'
            b'"old_at":"2026-01-10T09:00:00Z","new_at":"2026-07-12T09:00:00Z","days":183.0,"outcome":null,"measures":['
            b'{"field":"score","old":641,"new":655,"delta":14,"missing":null},'
            b'{"field":"mentions.bluesky","old":null,"new":3,"delta":null,"missing":"not_listed"}]}'
        )

    def test_values_missing_from_the_newer_record_come_from_the_older_record(self):
        (change,) = changes([snapshot("10.5555/a", 1, title="Dusk")], [snapshot(None, 1)])
        assert (change.doi, change.altmetric_id, change.title) == ("10.5555/a", 1, "Dusk")

    def test_new_and_gone_outputs_have_all_their_numbers_and_one_time(self):
        gone, new = changes([snapshot("10.5555/a", 1, at=WINTER, score=5)], [snapshot("10.5555/b", 2, score=0)])
        assert (gone.old_at, gone.new_at, gone.days, new.old_at) == (WINTER, None, None, None)
        assert scores([gone, new]) == [(5, None), (None, 0)]


class TestMatching:
    @for_each(
        ("old", "new"),
        [
            (("10.5555/a", 1), ("10.5555/a", 2)),
            (("10.5555/a", 1), ("10.5555/a", None)),
            (("10.5555/a", 1), (None, 1)),
            ((None, 1), ("10.5555/a", 1)),
            ((None, 1), (None, 1)),
            (("10.5555/a", 1), ("10.5555/b", 1)),
            (("10.5555/a", 2**70), (None, 2**70)),
        ],
    )
    def test_outputs_are_matched_by_doi_or_by_id(self, old, new):
        assert [kind for kind, *_ in kinds([snapshot(*old)], [snapshot(*new)])] == ["same"]

    @pytest.mark.parametrize(
        ("old", "new"), [(("10.5555/a", 1), ("10.5555/b", 2)), (("10.5555/a", None), (None, 1)), ((None, 1), (None, 2))]
    )
    def test_outputs_without_a_common_identifier_are_not_matched(self, old, new):
        assert [kind for kind, *_ in kinds([snapshot(*old)], [snapshot(*new)])] == ["gone", "new"]

    def test_a_doi_takes_precedence_over_an_id(self):
        old = [snapshot("10.5555/a", 1), snapshot("10.5555/b", 2)]
        assert kinds(old, [snapshot("10.5555/b", 1)]) == [("gone", "10.5555/a", 1), ("same", "10.5555/b", 1)]

    def test_two_dois_with_one_id_in_one_scrape_stay_two_outputs(self):
        old = [snapshot("10.5555/a", 1), snapshot("10.5555/b", 1)]
        assert kinds(old, [snapshot("10.5555/c", 1)]) == [("same", "10.5555/c", 1), ("gone", "10.5555/b", 1)]

    def test_snapshots_without_a_doi_are_matched_with_a_snapshot_that_has_it(self):
        old = [snapshot("10.5555/a", None), snapshot(None, 1)]
        new = [snapshot(None, 1), snapshot("10.5555/a", 1)]
        assert kinds(old, new) == [("same", "10.5555/a", 1)]

    names = st.lists(
        st.tuples(st.none() | st.sampled_from("abc"), st.none() | st.integers(1, 3)).filter(any), max_size=6
    )

    @given(names, names)
    def test_a_doi_is_matched_with_itself_and_with_no_other_doi_of_its_scrape(self, old, new):
        compared = list(changes([snapshot(*pair) for pair in old], [snapshot(*pair) for pair in new]))
        in_old, in_new = ({doi for doi, _ in side if doi} for side in (old, new))
        unmatched = {change.doi for change in compared if change.change in {"new", "gone"}}
        assert not unmatched & in_old & in_new
        assert sum(change.change != "new" for change in compared) >= len(in_old)
        assert sum(change.change != "gone" for change in compared) >= len(in_new)


class TestSeveralSnapshots:
    @for_each(
        ("times", "latest"),
        [
            ([WINTER, SUMMER], 1),
            ([SUMMER, WINTER], 0),
            ([None, WINTER], 1),
            ([WINTER, None], 0),
            ([None, None], 1),
            ([WINTER, WINTER], 1),
            (["2026-01-10T09:00:01+01:00", WINTER], 1),
            (["unreadable", WINTER], 1),
        ],
    )
    def test_the_snapshot_fetched_last_is_compared(self, times, latest):
        old = [snapshot(at=at, score=score) for score, at in enumerate(times)]
        notices = []
        assert scores(changes(old, [snapshot(score=9)], notice=notices.append)) == [(latest, 9)]
        assert notices == [SupersededSnapshots(OLD, 1)]

    def test_ignored_snapshots_are_counted_on_each_side(self):
        notices = []
        assert kinds([snapshot()] * 3, [snapshot(None, 1), snapshot()], notice=notices.append) == [
            ("same", "10.5555/a", 1)
        ]
        assert notices == [SupersededSnapshots(OLD, 2), SupersededSnapshots(NEW, 1)]


class TestGone:
    @for_each(
        ("fields", "identifier"),
        [
            ({}, "10.5555/a"),
            ({}, "1"),
            ({"doi": None}, "1"),
            ({"requested": CHAPTER}, CHAPTER),
        ],
    )
    def test_the_outcome_is_that_of_the_later_fetch(self, fields, identifier):
        failure = Outcome(identifier=identifier, status="not_tracked", at=SUMMER)
        (change,) = changes([snapshot(**fields)], [], failures=[failure])
        assert (change.change, change.outcome) == ("gone", "not_tracked")

    def test_the_last_outcome_of_the_requested_identifier_is_used(self):
        old = snapshot(requested="10.5555/a")
        failures = [
            Outcome(identifier=identifier, status=status, at=SUMMER)
            for identifier, status in [("10.5555/a", "blocked"), ("10.5555/a", "failed"), ("1", "invalid")]
        ]
        (change,) = changes([old], [], failures=failures)
        assert change.outcome == "failed"

    def test_an_output_without_a_failure_has_no_outcome(self):
        failure = Outcome(identifier="10.5555/other", status="failed", at=SUMMER)
        gone, new = changes([snapshot()], [snapshot("10.5555/other", 2)], failures=[failure])
        assert (gone.outcome, new.outcome) == (None, None)


class TestHistory:
    def test_each_period_is_compared_with_the_previous_period_that_has_the_output(self):
        records = [
            snapshot(at="2026-05-20T00:00:00Z", score=7),
            snapshot(at="2026-01-10T00:00:00Z", score=1),
            snapshot("10.5555/b", 2, at="2026-02-01T00:00:00Z", score=3),
            snapshot(at="2026-02-10T00:00:00Z", score=4),
            snapshot("10.5555/b", 2, at="2026-03-01T00:00:00Z", score=3),
        ]
        compared = list(changes_by_period(records, by="month"))
        assert [
            (change.change, change.doi, change.old_period, change.new_period, change.days) for change in compared
        ] == [
            ("changed", "10.5555/a", "2026-01", "2026-02", 31.0),
            ("changed", "10.5555/a", "2026-02", "2026-05", 99.0),
            ("same", "10.5555/b", "2026-02", "2026-03", 28.0),
        ]
        assert scores(compared) == [(1, 4), (4, 7)]

    def test_the_last_snapshot_of_a_period_is_compared(self):
        days = ["2026-01-30", "2026-01-31", "2026-02-02", "2026-02-01"]
        notices = []
        compared = changes_by_period(
            [snapshot(at=day, score=int(day[-2:])) for day in days], by="month", notice=notices.append
        )
        assert scores(compared) == [(31, 2)]
        assert notices == [SupersededSnapshots("2026-01", 1), SupersededSnapshots("2026-02", 1)]

    def test_an_output_in_one_period_is_counted_and_neither_new_nor_gone(self):
        notices = []
        records = [snapshot(at=WINTER), snapshot("10.5555/b", 2, at=SUMMER), snapshot("10.5555/b", 2, at=WINTER)]
        assert list(changes_by_period(records, by="year", notice=notices.append)) == []
        assert notices == [SupersededSnapshots("2026", 1), SingleSnapshots(2)]

    def test_an_output_with_a_changed_doi_stays_one_output(self):
        records = [snapshot(at=WINTER), snapshot("10.5555/b", 1, at=SUMMER), snapshot("10.5555/b", 2, at="2027-01-01")]
        assert [change.new_period for change in changes_by_period(records, by="quarter")] == ["2026-Q3", "2027-Q1"]


class TestSkippedRecords:
    def test_a_record_with_neither_doi_nor_id_is_reported_when_it_is_read(self):
        notices = []
        unidentified = snapshot(None, None)

        def new():
            yield snapshot()
            assert notices == [SkippedRecord(unidentified, "no_identifier")]

        assert kinds([unidentified], new(), notice=notices.append) == [("new", "10.5555/a", 1)]

    def test_a_history_skips_a_record_without_a_time(self):
        undated, unidentified = snapshot(at="unreadable"), snapshot(None, None, at=WINTER)
        notices = []
        assert list(changes_by_period([undated, unidentified], by="day", notice=notices.append)) == []
        assert notices == [SkippedRecord(undated, "no_time"), SkippedRecord(unidentified, "no_identifier")]


def test_records_can_be_empty_iterators():
    assert list(changes(iter([]), iter([]))) == []
    assert list(changes_by_period(iter([]), by="month")) == []


@pytest.mark.usefixtures("databases_closed")
def test_a_temporary_file_is_closed_if_its_tables_cannot_be_created(monkeypatch):
    monkeypatch.setattr(snapshots, "_TABLES", (*snapshots._TABLES, "not SQL"))
    with pytest.raises(AltdetailsError, match="temporary file of the comparison cannot be written: "):
        snapshots.Snapshots()


def test_an_error_about_a_full_temporary_folder_says_what_to_do(monkeypatch):
    monkeypatch.setattr(temporary, "_SETTINGS", (*temporary._SETTINGS, "PRAGMA max_page_count = 8"))
    records = (snapshot(f"10.5555/{number}", number, title="long " * 100) for number in range(1, 1000))
    with pytest.raises(
        AltdetailsError,
        match=r"file of the comparison cannot be written: .*full; set TMPDIR to a folder with more room",
    ):
        next(changes(records, []))
