"""The dbt package, run by dbt and DuckDB on the flat tables.

dbt needs other versions of libraries than the tests, so it is in a virtual environment of its
own, and is never imported.
"""

import json
import os
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.records import changed, fetched, samples, written

from altdetails import export

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dbt"
JANUARY, JULY = "2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z"


def dbt(folder, *arguments):
    program = Path(os.environ.get("DBT") or ROOT / ".venv" / "dbt", "bin", "dbt")
    if not program.exists():
        pytest.skip("dbt is not installed: make .venv/dbt, or set DBT to a virtual environment with dbt-duckdb")
    environment = os.environ | {"ALTDETAILS_DBT_DUCKDB": str(folder / "library.duckdb"), "DBT_TARGET_PATH": "target"}
    command = [program, "--log-path", folder, *arguments, "--project-dir", PACKAGE, "--profiles-dir", PACKAGE]
    return subprocess.run(
        [*command, "--target-path", folder / "target"], env=environment, capture_output=True, text=True, check=False
    )


def mentions(**counts):
    return [{"source": source, "count": count, "unit": None, "url": None} for source, count in counts.items()]


def test_the_models_give_the_newest_snapshots_and_the_changes_between_snapshots(tmp_path):
    import duckdb  # noqa: PLC0415 -- heavy

    shown, hidden, *others = [line for line in samples() if json.loads(line)["doi"]][:4]
    lines = [
        fetched(shown, JANUARY, score=600, mentions=mentions(news=7, blogs=2)),
        fetched(shown, JULY, score=641, mentions=mentions(news=9, policy=1)),
        fetched(hidden, JANUARY, score=0, mentions=mentions(news=1)),
        fetched(hidden, JULY, score=None, mentions=None),
        *(changed(line, provenance=json.loads(line)["provenance"] | {"fetched_at": None}) for line in others),
    ]
    export(written(tmp_path / "records.jsonl", lines), tmp_path / "library.duckdb")
    done = dbt(tmp_path, "--quiet", "build", "--vars", "altdetails_schema: main")
    assert done.returncode == 0, done.stdout + done.stderr

    first, second = (json.loads(line)["doi"] for line in (shown, hidden))
    with closing(duckdb.connect(tmp_path / "library.duckdb", read_only=True)) as database:

        def ask(query):
            return database.execute(query.format(dois=(first, second))).fetchall()

        newest = ask("SELECT record_key FROM models.altdetails_current ORDER BY ALL")
        assert newest == ask("SELECT record_key FROM main.current_records ORDER BY ALL")
        scores = "SELECT doi, score, previous_score, score_change FROM models.altdetails_history"
        assert set(ask(f"{scores} WHERE doi IN {{dois}}")) == {
            (first, 600, None, None),
            (first, 641, 600, 41),
            (second, 0, None, None),
            (second, None, 0, None),
        }
        counts = "SELECT source, count, previous_count, count_change FROM models.altdetails_history_counts"
        assert set(ask(f"{counts} WHERE block = 'mentions' AND output_key = 'doi:{first}'")) == {
            ("news", 7, None, None),
            ("blogs", 2, None, None),
            ("news", 9, 7, 2),
            ("policy", 1, None, None),
        }
        now = "SELECT source, count FROM models.altdetails_current_counts WHERE doi IN {dois} AND block = 'mentions'"
        assert sorted(ask(now)) == [("news", 9), ("policy", 1)]
