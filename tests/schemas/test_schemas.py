"""The five schema formats agree with each other, and databases accept them."""

import re
from pathlib import Path

import duckdb
import pytest
from tests.support.cases import for_each

from altdetails import schema
from altdetails.exporting.columns import columns
from altdetails.mention import Mention, MentionPage
from altdetails.schemas.arrow import arrow_schema, mention_arrow_schema
from altdetails.schemas.fields import fields_of, mention_fields, record_fields
from altdetails.schemas.formats import FORMATS, LINES, schema_text
from altdetails.schemas.sql import VIEWS, bigquery_schema
from altdetails.schemas.tables import RECORDS, mention_tables, tables

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
STORED = {
    "json-schema": "schema.json",
    "arrow": "arrow.txt",
    "duckdb": "duckdb.sql",
    "postgresql": "postgresql.sql",
    "bigquery": "bigquery.json",
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
    """Yield the path of every property, whether it is nullable, and whether it is a list."""
    definitions = schema()["$defs"]
    for name, value in part["properties"].items():
        options = value.get("anyOf", [value])
        (option,) = (option for option in options if option.get("type") != "null")
        is_nullable = len(options) > 1
        is_list = option.get("type") == "array"
        item = option["items"] if is_list else option
        path = (*above, name)
        yield path, is_nullable, is_list
        if "$ref" in item:
            yield from of_json_schema(definitions[item["$ref"].rpartition("/")[2]], path)


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
        item_type = field.type.value_type if is_list else field.type
        if str(item_type).startswith("struct"):
            yield from of_arrow(item_type, path)


def of_bigquery(fields, above=()):
    for field in fields:
        path = (*above, field["name"])
        yield path, field["mode"], field["type"]
        yield from of_bigquery(field.get("fields", []), path)


@for_each(
    ("name", "of"),
    [(name, of) for of in LINES for name in FORMATS if name == "json-schema" or of != "summary"],
)
def test_the_stored_schema_equals_the_generated_schema(name, of):
    stored = ROOT / "docs" / "schemas" / f"{of.removesuffix('s')}.{STORED[name]}"
    assert stored.read_text("utf-8") == schema_text(name, of) + "\n"


@pytest.mark.parametrize("name", ["json-schema", "bigquery"])
def test_no_line_of_a_description_is_indented(name):
    assert not re.search(r"\\n\s", schema_text(name))


def test_json_schema_arrow_and_fields_agree_on_names_order_nesting_lists_and_nulls():
    expected = [*of_json_schema(schema()["$defs"]["Record"])]
    assert [*of_fields(record_fields())] == expected
    assert [*of_arrow(arrow_schema())] == expected


@pytest.mark.parametrize("kind", [Mention, MentionPage])
def test_a_file_of_mentions_has_every_field_of_both_kinds_of_lines_in_each_language(kind):
    own = [path for path, _, _ in of_fields(fields_of(kind))]
    names = {path for path, _, _ in of_fields(mention_fields())}
    assert set(own) <= names
    assert [*of_arrow(mention_arrow_schema())] == [*of_fields(mention_fields())]
    assert {path for path, _, _ in of_bigquery(schema("bigquery", "mentions"))} == names
    assert [(name,) for name in schema(of="mentions")["$defs"][kind.__name__]["properties"]] == [
        path for path in own if len(path) == 1
    ]


@pytest.mark.parametrize(("table", "kind"), [*zip(mention_tables(), [Mention, MentionPage], strict=True)])
def test_every_field_of_a_line_of_mentions_has_one_column(table, kind):
    placed = [column.path for column in table.columns if column.role == "value"]
    lists = {field.name for field in fields_of(kind) if field.is_list}
    leaves = [path for path, _ in leaves_of(fields_of(kind)) if len(path) == 1 or path[0] not in lists]
    assert placed == [path for path in leaves if path not in {("kind",), ("provenance",)}]


def test_bigquery_has_the_same_fields_and_lists_are_never_nullable():
    columns = [*of_bigquery(bigquery_schema(record_fields()))]
    assert [path for path, _, _ in columns] == [path for path, _, _ in of_fields(record_fields())]
    for (_, mode, _), (_, is_nullable, is_list) in zip(columns, of_fields(record_fields()), strict=True):
        assert mode == ("REPEATED" if is_list else "NULLABLE" if is_nullable else "REQUIRED")


def test_every_value_of_the_record_has_exactly_one_column_in_the_tables():
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


@for_each("table", [*tables(), *mention_tables()], ids=lambda table: table.name)
def test_column_names_of_a_table_are_unique(table):
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert set(table.key) <= set(names)


def test_duckdb_creates_the_tables_and_views():
    database = duckdb.connect()
    database.execute(schema_text("duckdb"))
    database.execute(schema_text("duckdb", "mentions"))
    for table in (*tables(), *mention_tables()):
        described = database.execute(f'DESCRIBE "{table.name}"').fetchall()
        assert [(name, column_type, null == "YES") for name, column_type, null, *_ in described] == [
            (column.name, DUCKDB[column.kind], column.is_nullable) for column in table.columns
        ]
    for view in VIEWS:
        assert database.execute(f"SELECT count(*) FROM {view}").fetchone() == (0,)


def test_postgresql_creates_the_tables_and_views(server):
    url = server.database()
    server.run(url, schema_text("postgresql"))
    server.run(url, schema_text("postgresql", "mentions"))
    for table in (*tables(), *mention_tables()):
        described = server.run(
            url,
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
            f"WHERE table_schema = 'public' AND table_name = '{table.name}' ORDER BY ordinal_position",
        )
        assert [(name, column_type, null == "YES") for name, column_type, null in described] == [
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
    for path, cell in described.items():
        assert set(expected[path]) <= set(re.findall(r"`(\w+)`", cell)), path


def is_shown(path):
    """Return whether record.md has a line for a field. Items of lists and plain containers have none."""
    lists = [items.path for table in tables() for items in table.items]
    if any(path[: len(items)] == items and path != items for items in lists):
        return False
    return path not in {("published",), ("provenance",)}


def test_record_md_names_every_column_of_csv_and_excel():
    text = (ROOT / "docs" / "record.md").read_text("utf-8")
    section = text.partition("\n## Columns\n")[2].partition("\n## ")[0]
    documented = set(re.findall(r"`(\w+)", section))
    pivoted = re.compile(
        r"(mentions|citations|readers|rank|total|mean_score|percentile|top_percent|higher_than_\w+)_\w+"
    )
    assert [name for name, _ in columns() if name not in documented and not pivoted.fullmatch(name)] == []


def test_the_arrow_schema_has_its_version_as_metadata():
    assert arrow_schema().metadata == {b"schema_version": b"2"}
    assert tables()[0].name == RECORDS
