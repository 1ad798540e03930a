"""What fell or rose beyond chance is found; what chance makes is not."""

import itertools
import random
import string

import pytest
from tests.drift.material import RECORDS, captured, changed, first, surveyed

from altdetails import InputError
from altdetails.drift.comparison import compare
from altdetails.record import Count, Inconsistency, Unread

BEFORE, NOW = RECORDS[:1000], RECORDS[1000:]
BASELINE = surveyed(BEFORE)


def drift_of(records):
    return compare(BASELINE, surveyed(records))


def fallen(records):
    return {change.name for change in drift_of(records).fell}


def with_entries(name, entries_of):
    """The records of now, with other entries in their lists of a name."""
    return [changed(each, **{name: getattr(each, name) and entries_of(getattr(each, name))}) for each in NOW]


@pytest.mark.parametrize("seed", range(20))
def test_samples_of_the_same_pages_do_not_alarm(seed):
    mixed = random.Random(seed).sample(RECORDS, 600)  # noqa: S311 -- chance that repeats
    assert compare(surveyed(mixed[:400]), surveyed(mixed[400:])).changes == []


def test_a_field_that_a_tenth_of_the_records_lost_alarms():
    drift = drift_of(first(50, NOW, title=None))
    (change,) = drift.changes
    assert (change.layout, change.kind, change.name) == ("html", "field", "title")
    assert (change.before.filled, change.before.of) == (1000, 1000)
    assert (change.now.filled, change.now.of) == (450, 500)
    assert change.p < 1e-20
    assert drift.tests > 50


@pytest.mark.parametrize(("lost", "names"), [(0, set()), (5, set()), (8, {"title"})])
def test_a_few_losses_are_chance_and_some_more_are_not(lost, names):
    assert fallen(first(lost, NOW, title=None)) == names


def test_an_object_that_is_gone_is_named_alone_and_not_with_all_its_fields():
    assert fallen(first(500, NOW, published=None)) == {"published"}


def test_a_block_that_has_become_empty_falls_though_it_is_shown():
    names = fallen(with_entries("mentions", lambda _: []))
    assert "mentions[]" in names
    assert "mentions" not in names


def test_a_source_that_vanishes_falls():
    names = fallen(with_entries("mentions", lambda counts: [count for count in counts if count.source != "news"]))
    assert "mentions:news" in names
    assert "mentions:twitter" not in names


def test_a_field_of_entries_falls():
    assert fallen(with_entries("readers", lambda counts: [changed(count, url=None) for count in counts])) == {
        "readers[].url"
    }


@pytest.mark.parametrize("seed", range(20))
def test_entries_of_a_page_that_resemble_one_another_do_not_alarm(seed):
    dice = random.Random(seed)  # noqa: S311 -- chance that repeats
    pages = [
        changed(record, mentions=[Count("news", 1, None, dice.choice([None, "x"]))] * dice.randint(1, 60))
        for record in RECORDS[:600]
    ]
    assert compare(surveyed(pages[:300]), surveyed(pages[300:])).changes == []


def test_what_was_not_understood_alarms_where_it_rises_with_examples():
    drift = drift_of([changed(record, unread=[Unread("details", f"Downloads: {at}")]) for at, record in enumerate(NOW)])
    (change,) = drift.rose
    assert (change.kind, change.name, change.detail) == ("unread", "details", "Downloads: …")
    assert (change.before.filled, change.now.filled) == (0, 500)
    assert len(change.examples) == 3
    assert change.examples[0].startswith("records.jsonl:1 (")


def test_texts_that_all_differ_alarm_by_the_part_of_the_page():
    words = map("".join, itertools.product(string.ascii_letters, repeat=2))
    records = [changed(record, unread=[Unread("header", word)]) for record, word in zip(NOW, words, strict=False)]
    assert [(change.name, change.detail) for change in drift_of(records).changes] == [("header", None)]


def test_a_contradiction_alarms_where_it_rises():
    drift = drift_of(first(40, NOW, inconsistencies=[Inconsistency("source_twice", "news", ["1", "2"])]))
    assert [(change.kind, change.name, change.detail) for change in drift.changes] == [
        ("inconsistency", "source_twice", "news")
    ]


def test_better_records_do_not_alarm():
    worse = surveyed([changed(record, title=None, unread=[Unread("header", "?")]) for record in BEFORE])
    assert compare(worse, surveyed(NOW)).changes == []


def test_where_records_come_from_is_not_tested():
    records = [captured(record, requested=None, final_url=None, http_status=None) for record in NOW]
    assert drift_of(records).changes == []


def test_the_years_of_a_layout_are_compared_together():
    dated = [captured(record, fetched_at=f"20{10 + at % 9}-05-06T07:08:09Z") for at, record in enumerate(NOW)]
    assert drift_of(dated).changes == []
    assert fallen(first(50, dated, title=None)) == {"title"}


def test_a_layout_that_one_of_the_two_has_is_said_and_not_tested():
    texts = [captured(changed(record, title=None), format="text") for record in NOW[:200]]
    drift = drift_of([*NOW, *texts])
    assert (drift.changes, drift.layouts_not_compared) == ([], ["text"])


def test_no_layout_in_common_is_refused():
    with pytest.raises(InputError, match="the baseline counts html records, these are text; compare with"):
        drift_of([captured(record, format="text") for record in NOW])


def test_a_field_that_the_baseline_does_not_know_is_said_and_not_tested():
    older = surveyed(BEFORE)
    del older.strata[0].fills["title"]
    drift = compare(older, surveyed([changed(record, title=None) for record in NOW]))
    assert (drift.changes, drift.fields_not_compared) == ([], ["title"])


def test_a_text_that_may_be_among_the_others_of_the_baseline_is_not_tested():
    words = map("".join, itertools.product(string.ascii_letters, repeat=2))
    records = [changed(record, unread=[Unread("header", word)]) for record, word in zip(BEFORE, words, strict=False)]
    full = surveyed(records)
    assert full.has_other_findings
    assert compare(full, surveyed([changed(record, unread=records[-1].unread) for record in NOW])).changes == []


def test_two_samples_of_one_record_are_no_drift():
    assert compare(surveyed(NOW[:1]), surveyed(NOW[:1])).changes == []
