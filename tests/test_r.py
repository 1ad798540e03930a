"""The R script of the documentation returns the same table as plain Python. It is skipped without R."""

import csv
import json
import os
import shutil
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from samples.records import lines

from altdetails import export, parse_file

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "docs" / "r" / "news_by_journal.R"
RSCRIPT = shutil.which("Rscript")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(RSCRIPT is None, reason="Rscript is not installed")]


def r(*arguments):
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [RSCRIPT, *arguments], capture_output=True, encoding="utf-8", env=environment, check=False, timeout=120
    )


@cache
def has_package(name):
    return r("-e", f'quit(status = !requireNamespace("{name}", quietly = TRUE))').returncode == 0


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """A folder with the same records as JSONL and Parquet."""
    folder = tmp_path_factory.mktemp("records")
    pages = [parse_file(ROOT / "samples" / f"{name}.html") for name in ("no-mentions", "empty-blocks", "non-latin")]
    with (folder / "records.jsonl").open("wb") as file:
        file.writelines([*lines(60), *(page.to_json() + b"\n" for page in pages)])
    export(folder / "records.jsonl", folder / "records.parquet")
    return folder


def expected(path):
    """Return the rows of the table: the journal, its records, those that show mentions, those with news, the sum."""
    groups = defaultdict(list)
    for line in path.read_bytes().splitlines():
        record = json.loads(line)
        groups[record["source"] or ""].append(record["mentions"])
    for journal, blocks in groups.items():
        news = [count["count"] for block in blocks for count in block or () if count["source"] == "news"]
        shown = sum(block is not None for block in blocks)
        yield [journal, str(len(blocks)), str(shown), str(len(news)), str(sum(news)) if news else ""]


@pytest.mark.parametrize(("name", "package"), [("records.jsonl", "jsonlite"), ("records.parquet", "arrow")])
def test_the_script_returns_the_same_table_as_plain_python(records, name, package):
    if not has_package(package):
        pytest.skip(f"the R package {package} is not installed")
    run = r(SCRIPT, records / name)
    assert run.returncode == 0, run.stderr
    header, *rows = csv.reader(run.stdout.splitlines())
    assert header == ["journal", "outputs", "mentions_shown", "with_news", "news"]
    assert sorted(rows) == sorted(expected(records / "records.jsonl"))
    sums = [int(row[-1]) for row in rows if row[-1]]
    assert sums == sorted(sums, reverse=True)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "give the path of one file: records.jsonl or records.parquet"), ("", "has no record")],
)
def test_a_file_without_records_is_an_error_that_says_so(tmp_path, content, words):
    if not has_package("jsonlite"):
        pytest.skip("the R package jsonlite is not installed")
    path = tmp_path / "records.jsonl"
    if content is not None:
        path.write_text(content)
    run = r(SCRIPT, path)
    assert (run.returncode, run.stdout) == (1, "")
    assert words in run.stderr
