"""The outcomes of runs, as rows."""

import pytest
from tests.exporting.runs import missing, scraped, tracked, unreached

from altdetails.errors import InputError
from altdetails.exporting.outcome_rows import outcome_rows, runs_among


def test_every_identifier_of_a_run_has_one_row():
    ok = tracked(1)
    run = scraped(ok, missing("10.5555/b"), unreached("10.5555/c"), pending=["10.5555/d", "990000009"], invalid=["n/a"])
    rows = [*outcome_rows(run)]
    assert [(row.identifier, row.outcome) for row in rows] == [
        (ok[0].identifier, "ok"),
        ("10.5555/b", "not_tracked"),
        ("10.5555/c", "failed"),
        ("10.5555/d", "pending"),
        ("990000009", "pending"),
        ("n/a", "invalid"),
    ]
    assert rows[2] == ("10.5555/c", "failed", "no connection", 3, ok[0].at)
    assert rows[3] == ("10.5555/d", "pending", None, 0, None)
    assert rows[5].reason == "'n/a' is not an identifier"


def test_a_long_run_is_read_in_parts(monkeypatch):
    monkeypatch.setattr("altdetails.exporting.outcome_rows._ROWS_AT_ONCE", 7)
    identifiers = [f"10.5555/{number}" for number in range(20)]
    assert [row.identifier for row in outcome_rows(scraped(pending=identifiers))] == identifiers


def test_several_runs_follow_each_other():
    runs = [scraped(missing("10.5555/a"), path=path, pending=["10.5555/b"]) for path in ("one", "two")]
    assert [row.identifier for row in outcome_rows(runs)] == ["10.5555/a", "10.5555/b"] * 2


def test_a_file_of_records_has_no_outcomes(folder):
    (folder / "records.jsonl").touch()
    scraped(pending=["10.5555/a"])
    with pytest.raises(InputError, match=r"records.jsonl is not a run folder, so it has no outcomes; give a folder"):
        outcome_rows(["run", "records.jsonl"])
    assert runs_among(["run", "records.jsonl", "-", "missing"]) == ["run"]
