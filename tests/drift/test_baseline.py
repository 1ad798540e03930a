"""Test that baselines are reproducible, and checked when they are read."""

import json

import pytest
from tests.drift.material import captured, changed, invented, surveyed

from altdetails import InputError
from altdetails.drift.comparison import compare
from altdetails.drift.survey import read_baseline
from altdetails.record import Unread

WITH_UNREAD = [changed(record, unread=[Unread("header", "?")]) for record in invented(50)]


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a baseline file."""

    def write(content):
        (tmp_path / "baseline.json").write_bytes(content)
        return str(tmp_path / "baseline.json")

    return write


def edited(**changes):
    return json.dumps(json.loads(surveyed(invented(3)).to_json()) | changes).encode()


def stratum(**changes):
    return {"layout": "html", "year": 2026, "records": 1, "findings": [], "fills": {}} | changes


def test_a_baseline_can_be_written_and_read(file):
    content = surveyed(WITH_UNREAD).to_json()
    baseline = read_baseline(file(content))
    assert baseline.to_json() == content
    assert compare(baseline, surveyed(WITH_UNREAD)).changes == []
    assert json.loads(content)["baseline_version"] == 1


def test_a_baseline_contains_no_file_names():
    content = surveyed([captured(record, input="elsewhere.html") for record in WITH_UNREAD]).to_json()
    assert b"elsewhere" not in content
    assert content == surveyed(WITH_UNREAD).to_json()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not a baseline: Input data was truncated"),
        (b"[]", "is not a baseline: Expected `object`, got `array`"),
        (invented(2)[0].to_json() + b"\n" + invented(2)[1].to_json(), "is not a baseline: "),
        (b'{"baseline_version": 1}', "is not a baseline: Object missing required field"),
        (
            b'{"baseline_version": 2}',
            "is a baseline of version 2, but this altdetails reads version 1; update altdetails",
        ),
        (b'{"baseline_version": 1, "x": ' + b"[" * 200_000, "is not a baseline: "),
        (b'{"baseline_version": 1, "altdetails": "\xff"}', "is not a baseline: "),
        (edited(records=-1), "is not a baseline: Expected `int` >= 0"),
        (
            edited(strata=[stratum(fills={"doi": {"filled": 2, "of": 1}})]),
            "is not a baseline: `filled` is greater than `of`",
        ),
        (
            edited(strata=[stratum(findings=[{"kind": "unread", "name": "x", "detail": None, "records": 2}])]),
            "is not a baseline: a finding has more records than there are",
        ),
        (b" " * (64 * 2**20 + 1), "is not a baseline: it is larger than 64 MiB"),
    ],
    ids=range(11),
)
def test_an_invalid_baseline_is_refused_with_its_name(file, content, words):
    with pytest.raises(InputError) as raised:
        read_baseline(file(content))
    assert "baseline.json: " + words in str(raised.value)


def test_a_missing_baseline_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file or directory; check the path, or create one"):
        read_baseline(str(tmp_path / "baseline.json"))
