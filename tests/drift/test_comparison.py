"""Test that significant changes are reported, and chance differences are not."""

import itertools
import random
import string
from functools import cache

import pytest
from tests.drift.material import captured, changed, first, invented, surveyed
from tests.support.cases import for_each

from altdetails import InputError
from altdetails.drift.comparison import compare
from altdetails.record import Count, Inconsistency, Unread

pytestmark = pytest.mark.slow


def before():
    return invented(1500)[:1000]


def now():
    return invented(1500)[1000:]


@cache
def baseline():
    return surveyed(before())


def drift_of(records):
    return compare(baseline(), surveyed(records))


def fallen(records):
    return {change.name for change in drift_of(records).fell}


def with_entries(name, entries_of):
    """Return the records of now, with other entries in one of their lists."""
    return [changed(record, **{name: getattr(record, name) and entries_of(getattr(record, name))}) for record in now()]


@for_each("seed", range(4))
def test_samples_of_the_same_pages_cause_no_alarm(seed):
    mixed = random.Random(seed).sample(invented(1500), 600)  # noqa: S311 -- a fixed seed
    assert compare(surveyed(mixed[:400]), surveyed(mixed[400:])).changes == []


def test_a_field_missing_from_a_tenth_of_the_records_causes_an_alarm():
    drift = drift_of(first(50, now(), title=None))
    (change,) = drift.changes
    assert (change.layout, change.kind, change.name) == ("html", "field", "title")
    assert (change.before.filled, change.before.of) == (1000, 1000)
    assert (change.now.filled, change.now.of) == (450, 500)
    assert change.p < 1e-20
    assert drift.tests > 50


@pytest.mark.parametrize(("lost_count", "names"), [(0, set()), (5, set()), (8, {"title"})])
def test_a_few_losses_cause_no_alarm_but_more_do(lost_count, names):
    assert fallen(first(lost_count, now(), title=None)) == names


def test_a_missing_object_is_reported_without_its_fields():
    assert fallen(first(500, now(), published=None)) == {"published"}


def test_a_block_that_has_become_empty_falls():
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


@for_each("seed", range(4))
def test_similar_entries_of_a_page_cause_no_alarm(seed):
    rng = random.Random(seed)  # noqa: S311 -- a fixed seed
    pages = [
        changed(record, mentions=[Count("news", 1, None, rng.choice([None, "x"]))] * rng.randint(1, 60))
        for record in invented(600)
    ]
    assert compare(surveyed(pages[:300]), surveyed(pages[300:])).changes == []


def test_a_rise_of_unread_texts_causes_an_alarm_with_examples():
    drift = drift_of(
        [changed(record, unread=[Unread("details", f"Downloads: {at}")]) for at, record in enumerate(now())]
    )
    (change,) = drift.rose
    assert (change.kind, change.name, change.detail) == ("unread", "details", "Downloads: …")
    assert (change.before.filled, change.now.filled) == (0, 500)
    assert len(change.examples) == 3
    assert change.examples[0].startswith("records.jsonl:1 (")


def test_texts_that_all_differ_cause_an_alarm_for_the_part_of_the_page():
    words = map("".join, itertools.product(string.ascii_letters, repeat=2))
    records = [changed(record, unread=[Unread("header", word)]) for record, word in zip(now(), words, strict=False)]
    assert [(change.name, change.detail) for change in drift_of(records).changes] == [("header", None)]


def test_a_rise_of_an_inconsistency_causes_an_alarm():
    drift = drift_of(first(40, now(), inconsistencies=[Inconsistency("source_twice", "news", ["1", "2"])]))
    assert [(change.kind, change.name, change.detail) for change in drift.changes] == [
        ("inconsistency", "source_twice", "news")
    ]


def test_better_records_cause_no_alarm():
    worse = surveyed([changed(record, title=None, unread=[Unread("header", "?")]) for record in before()])
    assert compare(worse, surveyed(now())).changes == []


def test_provenance_is_not_tested():
    records = [captured(record, requested=None, final_url=None, http_status=None) for record in now()]
    assert drift_of(records).changes == []


def test_the_years_of_a_layout_are_compared_together():
    dated = [captured(record, captured_at=f"20{10 + at % 9}-05-06T07:08:09Z") for at, record in enumerate(now())]
    assert drift_of(dated).changes == []
    assert fallen(first(50, dated, title=None)) == {"title"}


def test_a_layout_of_only_one_survey_is_reported_and_not_tested():
    texts = [captured(changed(record, title=None), format="text") for record in now()[:200]]
    drift = drift_of([*now(), *texts])
    assert (drift.changes, drift.layouts_not_compared) == ([], ["text"])


def test_no_layout_in_common_is_refused():
    with pytest.raises(InputError, match="the baseline has html records, but these records are text; use a baseline"):
        drift_of([captured(record, format="text") for record in now()])


def test_a_field_missing_from_the_baseline_is_reported_and_not_tested():
    older = surveyed(before())
    del older.strata[0].fills["title"]
    drift = compare(older, surveyed([changed(record, title=None) for record in now()]))
    assert (drift.changes, drift.fields_not_compared) == ([], ["title"])


def test_a_text_that_the_baseline_may_have_counted_among_others_is_not_tested():
    words = map("".join, itertools.product(string.ascii_letters, repeat=2))
    records = [changed(record, unread=[Unread("header", word)]) for record, word in zip(before(), words, strict=False)]
    full = surveyed(records)
    assert full.has_other_findings
    assert compare(full, surveyed([changed(record, unread=records[-1].unread) for record in now()])).changes == []


def test_two_samples_of_one_record_do_not_differ():
    assert compare(surveyed(now()[:1]), surveyed(now()[:1])).changes == []
