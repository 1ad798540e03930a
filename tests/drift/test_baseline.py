"""A baseline is a file that says the same of the same records, and is checked when it is read."""

import json

import pytest
from tests.drift.material import RECORDS, captured, changed, surveyed

from altdetails import InputError
from altdetails.drift.comparison import compare
from altdetails.drift.survey import read_baseline
from altdetails.record import Unread

WITH_UNREAD = [changed(record, unread=[Unread("header", "?")]) for record in RECORDS[:50]]


@pytest.fixture
def file(tmp_path):
    """Writes a baseline."""

    def write(content):
        (tmp_path / "baseline.json").write_bytes(content)
        return str(tmp_path / "baseline.json")

    return write


def edited(**changes):
    return json.dumps(json.loads(surveyed(RECORDS[:3]).to_json()) | changes).encode()


def stratum(**changes):
    return {"layout": "html", "year": 2026, "records": 1, "findings": [], "fills": {}} | changes


def test_a_baseline_is_read_as_it_was_written(file):
    content = surveyed(WITH_UNREAD).to_json()
    baseline = read_baseline(file(content))
    assert baseline.to_json() == content
    assert compare(baseline, surveyed(WITH_UNREAD)).changes == []
    assert json.loads(content)["baseline_version"] == 1


def test_names_of_files_are_not_kept():
    content = surveyed([captured(record, input="elsewhere.html") for record in WITH_UNREAD]).to_json()
    assert b"elsewhere" not in content
    assert content == surveyed(WITH_UNREAD).to_json()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no baseline: Input data was truncated"),
        (b"[]", "is no baseline: Expected `object`, got `array`"),
        (RECORDS[0].to_json() + b"\n" + RECORDS[1].to_json(), "is no baseline: "),
        (b'{"baseline_version": 1}', "is no baseline: Object missing required field"),
        (b'{"baseline_version": 2}', "is a baseline of version 2, and this altdetails knows 1; update altdetails"),
        (b'{"baseline_version": 1, "x": ' + b"[" * 200_000, "is no baseline: "),
        (b'{"baseline_version": 1, "altdetails": "\xff"}', "is no baseline: "),
        (edited(records=-1), "is no baseline: Expected `int` >= 0"),
        (
            edited(strata=[stratum(fills={"doi": {"filled": 2, "of": 1}})]),
            "is no baseline: more places are filled than there are",
        ),
        (
            edited(strata=[stratum(findings=[{"kind": "unread", "name": "x", "detail": None, "records": 2}])]),
            "is no baseline: more records have a finding than there are",
        ),
        (b" " * (64 * 2**20 + 1), "has more than 64 MiB, which no baseline has"),
    ],
    ids=range(11),
)
def test_what_is_no_baseline_is_refused_by_name(file, content, words):
    with pytest.raises(InputError) as raised:
        read_baseline(file(content))
    assert "baseline.json: " + words in str(raised.value)


def test_a_baseline_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file or directory; --save-baseline writes"):
        read_baseline(str(tmp_path / "baseline.json"))
