"""Records and mentions in a pipeline that a user runs: the same tables as those of `load`."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.support.mentions import POLICY, mention, mentions_file, page
from tests.support.records import changed, decoded, generated, samples, written

from altdetails import InputError, dlt_source, export
from altdetails.schemas.tables import RECORDS, mention_tables, tables

pytestmark = pytest.mark.slow

TABLES = (*tables(), *mention_tables())


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory, monkeypatch):
    """A folder for what dlt keeps between runs."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path_factory.mktemp("dlt")))


@pytest.fixture
def pipeline():
    """A pipeline into piped.db that keeps its state between runs."""
    import dlt  # noqa: PLC0415 -- heavy

    made = dlt.pipeline("library", destination=dlt.destinations.duckdb("piped.db"), dataset_name="altdetails")
    with made.sql_client():  # DuckDB opens its file once
        yield made


def asked(file, query):
    import duckdb  # noqa: PLC0415 -- heavy

    with closing(duckdb.connect(file)) as database:
        return database.execute(query).fetchall()


def columns_of(schema):
    query = f"SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = '{schema}'"
    return {(table, column) for table, column in asked("piped.db", query) if not f"{table} {column}".count("_dlt_")}


def counts(file, schema):
    query = " UNION ALL ".join(f"SELECT '{table.name}', count(*) FROM {schema}.{table.name}" for table in TABLES)
    return dict(asked(file, query))


def test_a_pipeline_replaces_a_snapshot_with_its_items_and_adds_columns_as_load_does(pipeline):
    lines = [*samples()[:9], *generated(20)]
    Path("run").mkdir()
    written("run/records.jsonl", lines)
    mentions_file("run/mentions.jsonl", mention(), POLICY, page())
    pipeline.run(dlt_source("run"))
    expected = {(table.name, column.name) for table in TABLES for column in table.columns}
    expected |= {(table.name, "row_key") for table in tables() if table.name != RECORDS}
    assert columns_of("altdetails") == expected
    export("run", "exported.duckdb", mentions="run")
    assert counts("piped.db", "altdetails") == counts("exported.duckdb", "main")
    assert {pipeline.default_schema.tables[table.name]["file_format"] for table in TABLES} == {"parquet"}  # not CSV

    without = next(line for line in lines if decoded([line])[0]["mentions"])
    written("run/records.jsonl", [changed(without, mentions=[], mood="calm"), *lines])
    pipeline.run(dlt_source("run"))
    assert columns_of("altdetails") == expected | {(RECORDS, "mood")}
    lost = len(decoded([without])[0]["mentions"])
    before, after = counts("exported.duckdb", "main"), counts("piped.db", "altdetails")
    assert after == before | {"mentions": before["mentions"] - lost}


def test_a_line_that_is_not_valid_ends_the_extraction_or_is_given_to_the_function():
    path = written("records.jsonl", [samples()[0], b"{", changed(samples()[1], title="a\0b")])
    with pytest.raises(Exception, match=r"records\.jsonl:2: this is not a record"):
        list(dlt_source(path))
    damaged = []
    rows = list(dlt_source(path, damaged=damaged.append))
    assert [line.line for line in damaged] == [2, 3]
    assert rows[0].num_rows == 1


def test_what_cannot_be_read_is_refused_at_once_and_no_record_at_all_is_no_error():
    with pytest.raises(InputError, match=r"missing\.jsonl"):
        dlt_source("missing.jsonl")
    with pytest.raises(TypeError, match="damaged"):
        dlt_source([], damaged="records.jsonl")
    assert list(dlt_source([])) == []
