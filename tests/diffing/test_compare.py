"""Two scrapes, or a history, become the change of each output."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.diffing.material import SUMMER, WINTER, counts, snapshot

from altdetails.diffing import snapshots
from altdetails.diffing.compare import NEW, OLD, PassedOver, SeenOnce, SetAside, changes, history
from altdetails.errors import AltdetailsError
from altdetails.results import Outcome

CHAPTER = "https://www.altmetric.com/details/9/chapter/1"


def kinds(old, new, **options):
    """What became of each output: kind, DOI and id."""
    return [(each.change, each.doi, each.altmetric_id) for each in changes(old, new, **options)]


def scores(found):
    """The scores that changed."""
    return [(each.old, each.new) for change in found for each in change.measures if each.field == "score"]


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

    def test_a_change_says_what_when_and_how_much(self):
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

    def test_what_the_newer_record_lacks_the_older_one_says(self):
        (change,) = changes([snapshot("10.5555/a", 1, title="Dusk")], [snapshot(None, 1)])
        assert (change.doi, change.altmetric_id, change.title) == ("10.5555/a", 1, "Dusk")

    def test_new_and_gone_outputs_have_all_their_numbers_and_one_time(self):
        gone, new = changes([snapshot("10.5555/a", 1, at=WINTER, score=5)], [snapshot("10.5555/b", 2, score=0)])
        assert (gone.old_at, gone.new_at, gone.days, new.old_at) == (WINTER, None, None, None)
        assert scores([gone, new]) == [(5, None), (None, 0)]


class TestMatching:
    @pytest.mark.parametrize(
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
    def test_an_output_is_known_by_its_doi_else_by_its_id(self, old, new):
        assert [kind for kind, *_ in kinds([snapshot(*old)], [snapshot(*new)])] == ["same"]

    @pytest.mark.parametrize(
        ("old", "new"), [(("10.5555/a", 1), ("10.5555/b", 2)), (("10.5555/a", None), (None, 1)), ((None, 1), (None, 2))]
    )
    def test_outputs_with_nothing_in_common_are_two(self, old, new):
        assert [kind for kind, *_ in kinds([snapshot(*old)], [snapshot(*new)])] == ["gone", "new"]

    def test_a_doi_counts_more_than_an_id(self):
        old = [snapshot("10.5555/a", 1), snapshot("10.5555/b", 2)]
        assert kinds(old, [snapshot("10.5555/b", 1)]) == [("gone", "10.5555/a", 1), ("same", "10.5555/b", 1)]

    def test_two_dois_with_one_id_in_one_scrape_stay_two_outputs(self):
        old = [snapshot("10.5555/a", 1), snapshot("10.5555/b", 1)]
        assert kinds(old, [snapshot("10.5555/c", 1)]) == [("same", "10.5555/c", 1), ("gone", "10.5555/b", 1)]

    def test_snapshots_without_a_doi_join_the_one_that_has_it(self):
        old = [snapshot("10.5555/a", None), snapshot(None, 1)]
        new = [snapshot(None, 1), snapshot("10.5555/a", 1)]
        assert kinds(old, new) == [("same", "10.5555/a", 1)]

    names = st.lists(
        st.tuples(st.none() | st.sampled_from("abc"), st.none() | st.integers(1, 3)).filter(any), max_size=6
    )

    @given(names, names)
    def test_a_doi_meets_its_like_and_no_other_of_its_own_scrape(self, old, new):
        found = list(changes([snapshot(*each) for each in old], [snapshot(*each) for each in new]))
        in_old, in_new = ({doi for doi, _ in side if doi} for side in (old, new))
        alone = {change.doi for change in found if change.change in {"new", "gone"}}
        assert not alone & in_old & in_new
        assert sum(change.change != "new" for change in found) >= len(in_old)
        assert sum(change.change != "gone" for change in found) >= len(in_new)


class TestSeveralSnapshots:
    @pytest.mark.parametrize(
        ("times", "last"),
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
    def test_the_one_fetched_last_counts(self, times, last):
        old = [snapshot(at=at, score=score) for score, at in enumerate(times)]
        told = []
        assert scores(changes(old, [snapshot(score=9)], notice=told.append)) == [(last, 9)]
        assert told == [PassedOver(OLD, 1)]

    def test_those_passed_over_are_counted_on_each_side(self):
        told = []
        assert kinds([snapshot()] * 3, [snapshot(None, 1), snapshot()], notice=told.append) == [
            ("same", "10.5555/a", 1)
        ]
        assert told == [PassedOver(OLD, 2), PassedOver(NEW, 1)]


class TestGone:
    @pytest.mark.parametrize(
        ("fields", "identifier"),
        [
            ({}, "10.5555/a"),
            ({}, "1"),
            ({"doi": None}, "1"),
            ({"requested": CHAPTER}, CHAPTER),
        ],
    )
    def test_what_came_of_asking_again_is_its_outcome(self, fields, identifier):
        failure = Outcome(identifier=identifier, status="not_tracked", at=SUMMER)
        (change,) = changes([snapshot(**fields)], [], failures=[failure])
        assert (change.change, change.outcome) == ("gone", "not_tracked")

    def test_the_last_word_on_an_identifier_counts_and_what_was_asked_for_before_other_names(self):
        old = snapshot(requested="10.5555/a")
        failures = [
            Outcome(identifier=identifier, status=status, at=SUMMER)
            for identifier, status in [("10.5555/a", "blocked"), ("10.5555/a", "failed"), ("1", "invalid")]
        ]
        (change,) = changes([old], [], failures=failures)
        assert change.outcome == "failed"

    def test_where_nothing_is_said_nothing_is_known(self):
        failure = Outcome(identifier="10.5555/other", status="failed", at=SUMMER)
        gone, new = changes([snapshot()], [snapshot("10.5555/other", 2)], failures=[failure])
        assert (gone.outcome, new.outcome) == (None, None)


class TestHistory:
    def test_each_period_is_compared_with_the_one_before_in_which_the_output_was_seen(self):
        records = [
            snapshot(at="2026-05-20T00:00:00Z", score=7),
            snapshot(at="2026-01-10T00:00:00Z", score=1),
            snapshot("10.5555/b", 2, at="2026-02-01T00:00:00Z", score=3),
            snapshot(at="2026-02-10T00:00:00Z", score=4),
            snapshot("10.5555/b", 2, at="2026-03-01T00:00:00Z", score=3),
        ]
        found = list(history(records, by="month"))
        assert [(each.change, each.doi, each.old_period, each.new_period, each.days) for each in found] == [
            ("changed", "10.5555/a", "2026-01", "2026-02", 31.0),
            ("changed", "10.5555/a", "2026-02", "2026-05", 99.0),
            ("same", "10.5555/b", "2026-02", "2026-03", 28.0),
        ]
        assert scores(found) == [(1, 4), (4, 7)]

    def test_the_last_snapshot_of_a_period_counts(self):
        days = ["2026-01-30", "2026-01-31", "2026-02-02", "2026-02-01"]
        told = []
        found = history([snapshot(at=day, score=int(day[-2:])) for day in days], by="month", notice=told.append)
        assert scores(found) == [(31, 2)]
        assert told == [PassedOver("2026-01", 1), PassedOver("2026-02", 1)]

    def test_an_output_that_is_seen_once_is_counted_and_neither_new_nor_gone(self):
        told = []
        records = [snapshot(at=WINTER), snapshot("10.5555/b", 2, at=SUMMER), snapshot("10.5555/b", 2, at=WINTER)]
        assert [each.change for each in history(records, by="year", notice=told.append)] == []
        assert told == [PassedOver("2026", 1), SeenOnce(2)]

    def test_an_output_whose_doi_changed_goes_on(self):
        records = [snapshot(at=WINTER), snapshot("10.5555/b", 1, at=SUMMER), snapshot("10.5555/b", 2, at="2027-01-01")]
        assert [each.new_period for each in history(records, by="quarter")] == ["2026-Q3", "2027-Q1"]


class TestSetAside:
    def test_a_record_with_neither_doi_nor_id_is_told_as_it_is_read(self):
        told = []
        nameless = snapshot(None, None)

        def new():
            yield snapshot()
            assert told == [SetAside(nameless, "no_identifier")]

        assert kinds([nameless], new(), notice=told.append) == [("new", "10.5555/a", 1)]

    def test_a_history_has_no_place_for_a_record_without_a_time(self):
        timeless, nameless = snapshot(at="unreadable"), snapshot(None, None, at=WINTER)
        told = []
        assert list(history([timeless, nameless], by="day", notice=told.append)) == []
        assert told == [SetAside(timeless, "no_time"), SetAside(nameless, "no_identifier")]


def test_records_can_be_any_iterables_and_need_not_be_many():
    assert list(changes(iter([]), iter([]))) == []
    assert list(history(iter([]), by="month")) == []


@pytest.mark.usefixtures("databases_closed")
def test_a_temporary_file_without_its_tables_is_closed(monkeypatch):
    monkeypatch.setattr(snapshots, "_TABLES", (*snapshots._TABLES, "no SQL"))
    with pytest.raises(AltdetailsError, match="temporary file of the comparison: "):
        snapshots.Snapshots()


def test_where_the_temporary_file_takes_no_more_the_way_out_is_told(monkeypatch):
    monkeypatch.setattr(snapshots, "_SETTINGS", (*snapshots._SETTINGS, "PRAGMA max_page_count = 8"))
    records = (snapshot(f"10.5555/{number}", number, title="long " * 100) for number in range(1, 1000))
    with pytest.raises(
        AltdetailsError, match=r"temporary file of the comparison: .*full; set TMPDIR to a folder with more room"
    ):
        next(changes(records, []))
