"""Test that a survey counts filled fields, empty lists and unread texts, by layout and year."""

import itertools
import string

from tests.drift.material import captured, changed, fills_of, findings_of, invented, surveyed
from tests.support.cases import for_each

from altdetails.drift.survey import OTHERS
from altdetails.record import Count, Inconsistency, Unread

RECORD = changed(invented(1)[0], unread=[], inconsistencies=[])
MENDELEY = RECORD.demographics.mendeley


def mentions(*sources, unit="users"):
    return [Count(source, 1, unit, None) for source in sources]


def test_null_an_empty_list_and_entries_are_counted_separately():
    fills = fills_of([changed(RECORD, mentions=value) for value in (None, [], mentions("news"), mentions("blogs"))])
    assert fills["mentions"] == (3, 4)
    assert fills["mentions[]"] == (2, 3)


def test_a_zero_counts_as_filled():
    assert fills_of([changed(RECORD, score=0), changed(RECORD, score=None)])["score"] == (1, 2)


def test_a_field_of_entries_is_counted_per_entry():
    fills = fills_of(
        [
            changed(RECORD, mentions=[*mentions("news", "blogs"), *mentions("twitter", unit=None)]),
            changed(RECORD, mentions=mentions("news")),
            changed(RECORD, mentions=None),
        ]
    )
    assert fills["mentions[].unit"] == (3, 4)
    assert fills["mentions[].url"] == (0, 4)


def test_a_field_of_an_object_is_counted_per_object():
    without = changed(RECORD.demographics, mendeley=changed(MENDELEY, statuses=None))
    fills = fills_of([RECORD, changed(RECORD, demographics=without), changed(RECORD, demographics=None)])
    assert fills["demographics"] == (2, 3)
    assert fills["demographics.mendeley.statuses"] == (1, 2)
    assert fills["demographics.mendeley.statuses[].percent"] == (len(MENDELEY.statuses),) * 2


def test_a_source_is_counted_once_per_list():
    fills = fills_of([changed(RECORD, mentions=value) for value in (None, [], mentions("news", "news", "blogs"))])
    assert fills["mentions:news"] == fills["mentions:blogs"] == (1, 2)
    assert "mentions:twitter" not in fills


def test_sections_scopes_and_schemes_are_counted_like_sources():
    fills = fills_of([RECORD, changed(RECORD, sections=["header"], rankings=None)])
    assert fills["sections:header"] == (2, 2)
    assert fills["sections:mentions"] == (1, 2)
    assert fills["rankings:all"] == (1, 1)
    assert fills["identifiers:doi"] == (2, 2)


def test_records_are_counted_by_layout_and_year_of_capture():
    survey = surveyed(
        [
            captured(RECORD, captured_at="2025-12-31T23:59:59Z", fetched_at="2026-01-01T00:00:00Z"),
            captured(RECORD, captured_at=None, fetched_at="2026-01-01T00:00:00Z", format="text"),
            captured(RECORD, captured_at=None, fetched_at=None),
            captured(RECORD, captured_at="yesterday"),
            RECORD,
        ]
    )
    strata = [(stratum.layout, stratum.year, stratum.records) for stratum in survey.strata]
    assert strata == [("html", None, 2), ("html", 2025, 1), ("html", 2026, 1), ("text", 2026, 1)]
    assert survey.records == 5


@for_each(
    ("part", "texts", "shape"),
    [
        ("details", ["Downloads: 1,204", "Downloads: 7"], "Downloads: …"),
        ("mentions", ["3 holograms", "1,204.5 holograms"], "# holograms"),
        ("context", ["Word for word: kept"], "Word for word: kept"),
        ("header", ["x" * 500], "x" * 100),
    ],
)
def test_texts_that_differ_only_in_values_are_counted_together(part, texts, shape):
    records = [changed(RECORD, unread=[Unread(part, text)]) for text in texts]
    assert findings_of([*records, RECORD]) == {("unread", part, None): len(texts), ("unread", part, shape): len(texts)}


def test_layouts_beyond_the_first_ten_are_counted_together():
    strata = surveyed([captured(RECORD, format=f"form {at}") for at in range(30)]).strata
    assert {stratum.layout: stratum.records for stratum in strata} == {
        **{f"form {at}": 1 for at in range(10)},
        "(others)": 20,
    }


def test_a_long_part_of_the_page_and_a_long_layout_are_shortened():
    record = captured(changed(RECORD, unread=[Unread("x" * 500, "a")]), format="y" * 500)
    (stratum,) = surveyed([record]).strata
    assert stratum.layout == "y" * 100
    assert {finding.name for finding in stratum.findings} == {"x" * 100}


def test_a_record_counts_once_for_a_repeated_text():
    record = changed(RECORD, unread=[Unread("details", "A: 1"), Unread("details", "A: 2"), Unread("details", "B: 1")])
    assert findings_of([record]) == {
        ("unread", "details", None): 1,
        ("unread", "details", "A: …"): 1,
        ("unread", "details", "B: …"): 1,
    }


def test_inconsistencies_are_counted_by_code_and_by_place():
    records = [
        changed(RECORD, inconsistencies=[Inconsistency("source_twice", place, ["1", "2"])])
        for place in ("news", "blogs", "news", None)
    ]
    assert findings_of(records) == {
        ("inconsistency", "source_twice", None): 4,
        ("inconsistency", "source_twice", "news"): 2,
        ("inconsistency", "source_twice", "blogs"): 1,
    }


def test_a_finding_has_three_examples_with_record_and_page():
    records = [captured(changed(RECORD, unread=[Unread("header", "?")]), input=f"{number}.html") for number in range(5)]
    (stratum,) = surveyed([RECORD, *records]).strata
    assert [finding.examples for finding in stratum.findings] == [
        ["records.jsonl:2 (0.html)", "records.jsonl:3 (1.html)", "records.jsonl:4 (2.html)"]
    ] * 2


def test_texts_beyond_the_first_thousand_are_counted_together():
    words = ["".join(pair) for pair in itertools.product(string.ascii_letters[:33], repeat=2)]
    records = [changed(RECORD, unread=[Unread("header", word)]) for word in words]
    findings = findings_of([*records, *records])
    distinct = [detail for _, _, detail in findings if detail not in {None, OTHERS}]
    assert len(distinct) == 1000 - 8  # the 8 parts of a page are always counted separately
    assert {findings["unread", "header", detail] for detail in distinct} == {2}
    assert findings["unread", "header", OTHERS] == 2 * (len(words) - len(distinct))
    assert findings["unread", "header", None] == 2 * len(words)
    assert surveyed(records).has_other_findings
    assert not surveyed(records[:900]).has_other_findings


def test_the_numbers_of_codes_and_sources_are_limited():
    records = [
        changed(RECORD, inconsistencies=[Inconsistency(f"code{at}", "here", [])], mentions=mentions(f"source{at}"))
        for at in range(1200)
    ]
    survey = surveyed(records)
    (stratum,) = survey.strata
    assert len(stratum.findings) <= 1000
    assert sum(finding.records for finding in stratum.findings if finding.detail is None) == 1200
    assert len([path for path in stratum.fills if ":" in path]) == 1000
    assert stratum.fills["mentions[]"].filled == 1200
    assert survey.has_other_entries
