"""One schema in five languages: all say the same, and engines take them."""

import re
from pathlib import Path

import duckdb
import pytest

from altdetails import schema
from altdetails.exporting.columns import columns
from altdetails.schemas.arrow import arrow_schema
from altdetails.schemas.fields import record_fields
from altdetails.schemas.formats import FORMATS, schema_text
from altdetails.schemas.sql import VIEWS, bigquery_schema
from altdetails.schemas.tables import RECORDS, tables

ROOT = Path(__file__).parents[2]
STORED = {
    "json-schema": "record.schema.json",
    "arrow": "record.arrow.txt",
    "duckdb": "record.duckdb.sql",
    "postgresql": "record.postgresql.sql",
    "bigquery": "record.bigquery.json",
}
DUCKDB = {
    "text": "VARCHAR",
    "texts": "VARCHAR[]",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
POSTGRESQL = {
    "text": "text",
    "texts": "jsonb",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp with time zone",
}


def of_json_schema(part, above=()):
    """Every path of a JSON Schema's leaves, with whether it can be null, and whether it is a list."""
    definitions = schema()["$defs"]
    for name, value in part["properties"].items():
        options = value.get("anyOf", [value])
        (of,) = (option for option in options if option.get("type") != "null")
        is_nullable = len(options) > 1
        is_list = of.get("type") == "array"
        of = of["items"] if is_list else of
        path = (*above, name)
        yield path, is_nullable, is_list
        if "$ref" in of:
            yield from of_json_schema(definitions[of["$ref"].rpartition("/")[2]], path)


def of_fields(fields, above=()):
    for field in fields:
        path = (*above, field.name)
        yield path, field.is_nullable, field.is_list
        yield from of_fields(field.fields, path)


def of_arrow(fields, above=()):
    for field in fields:
        path = (*above, field.name)
        is_list = str(field.type).startswith("list")
        yield path, field.nullable, is_list
        of = field.type.value_type if is_list else field.type
        if str(of).startswith("struct"):
            yield from of_arrow(of, path)


def of_bigquery(fields, above=()):
    for field in fields:
        path = (*above, field["name"])
        yield path, field["mode"], field["type"]
        yield from of_bigquery(field.get("fields", []), path)


@pytest.mark.parametrize("name", FORMATS)
def test_the_stored_schema_is_the_one_that_is_printed(name):
    assert (ROOT / "docs" / "schemas" / STORED[name]).read_text("utf-8") == schema_text(name) + "\n"


@pytest.mark.parametrize("name", ["json-schema", "bigquery"])
def test_no_line_of_a_description_is_indented(name):
    assert not re.search(r"\\n\s", schema_text(name))


def test_json_schema_arrow_and_the_fields_agree_on_names_order_nesting_lists_and_nulls():
    said = [*of_json_schema(schema()["$defs"]["Record"])]
    assert [*of_fields(record_fields())] == said
    in_null = {("published", "text")}  # where there is no date, Arrow has a null for its text
    assert [*of_arrow(arrow_schema())] == [(path, null or path in in_null, is_list) for path, null, is_list in said]


def test_bigquery_has_the_same_fields_and_no_null_beside_a_list():
    found = [*of_bigquery(bigquery_schema())]
    assert [path for path, _, _ in found] == [path for path, _, _ in of_fields(record_fields())]
    for (_, mode, _), (_, is_nullable, is_list) in zip(found, of_fields(record_fields()), strict=True):
        assert mode == ("REPEATED" if is_list else "NULLABLE" if is_nullable else "REQUIRED")


def test_every_value_of_the_record_has_one_column_in_the_tables_and_no_other_column_is_of_the_record():
    placed = []
    for table in tables():
        above = [items.path for items in table.items] or [()]
        placed += [(*path, *column.path) for column in table.columns if column.role == "value" for path in above]
    leaves = [path for path, field in leaves_of(record_fields()) if field.kind != "object"]
    assert sorted(placed) == sorted(leaves)


def leaves_of(fields, above=()):
    for field in fields:
        path = (*above, field.name)
        yield path, field
        yield from leaves_of(field.fields, path)


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_columns_of_a_table_have_names_of_their_own(table):
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert set(table.key) <= set(names)


def test_duckdb_makes_the_tables_and_views():
    database = duckdb.connect()
    database.execute(schema_text("duckdb"))
    for table in tables():
        described = database.execute(f'DESCRIBE "{table.name}"').fetchall()
        assert [(name, of, null == "YES") for name, of, null, *_ in described] == [
            (column.name, DUCKDB[column.kind], column.is_nullable) for column in table.columns
        ]
    for view in VIEWS:
        assert database.execute(f"SELECT count(*) FROM {view}").fetchone() == (0,)


def test_postgresql_makes_the_tables_and_views(server):
    url = server.database()
    server.run(url, schema_text("postgresql"))
    for table in tables():
        described = server.run(
            url,
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
            f"WHERE table_schema = 'public' AND table_name = '{table.name}' ORDER BY ordinal_position",
        )
        assert [(name, of, null == "YES") for name, of, null in described] == [
            (column.name, POSTGRESQL[column.kind], column.is_nullable) for column in table.columns
        ]
    for view in VIEWS:
        assert server.run(url, f"SELECT count(*) FROM {view}") == [(0,)]


def test_record_md_names_the_columns_of_each_field():
    text = (ROOT / "docs" / "record.md").read_text("utf-8")
    section = text.partition("\n## Columns\n")[2].partition("\n## ")[0]
    described = dict(re.findall(r"^\| `([\w.]+)` \| (.+?) \| .+? \|$", section, re.MULTILINE))
    records = tables()[0]
    expected = {".".join(column.path): [column.name] for column in records.columns if column.path}
    for table in tables()[1:]:
        for items in table.items:
            path = ".".join(items.path)
            expected[path] = [*expected.get(path, []), table.name, *items.constants]
    assert list(described) == [".".join(path) for path, _, _ in of_fields(record_fields()) if is_shown(path)]
    for path, words in described.items():
        assert set(expected[path]) <= set(re.findall(r"`(\w+)`", words)), path


def is_shown(path):
    """Whether a field has a line of its own: not what is inside a list, nor an object that says nothing itself."""
    lists = [items.path for table in tables() for items in table.items]
    if any(path[: len(each)] == each and path != each for each in lists):
        return False
    return path not in {("published",), ("provenance",)}


def test_record_md_names_every_column_of_one_row():
    text = (ROOT / "docs" / "record.md").read_text("utf-8")
    section = text.partition("\n## Columns\n")[2].partition("\n## ")[0]
    said = set(re.findall(r"`(\w+)", section))
    pivoted = re.compile(
        r"(mentions|citations|readers|rank|total|mean_score|percentile|top_percent|higher_than_\w+)_\w+"
    )
    assert [name for name, _ in columns() if name not in said and not pivoted.fullmatch(name)] == []


def test_the_arrow_schema_says_its_version():
    assert arrow_schema().metadata == {b"schema_version": b"1"}
    assert tables()[0].name == RECORDS
