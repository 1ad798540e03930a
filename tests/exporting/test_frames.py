"""Records as data frames of pandas, polars and Arrow."""

import sys
from pathlib import Path
from typing import get_args

import duckdb
import msgspec
import pandas as pd
import polars as pl
import pytest
from tests.exporting.runs import missing, scraped, tracked

from altdetails import (
    InputError,
    Record,
    SettingsError,
    export,
    parse_file,
    parse_files,
    to_arrow,
    to_pandas,
    to_polars,
)
from altdetails.exporting.frames import TableName
from altdetails.schemas.tables import MENTION_ITEMS, MENTION_PAGES, tables

SAMPLES = Path(__file__).parents[2] / "samples"
OF_RECORDS = [table.name for table in tables()]
FUNCTIONS = [to_arrow, to_pandas, to_polars]


@pytest.fixture(scope="module")
def pages():
    return [item for item in parse_files(SAMPLES) if isinstance(item, Record)]


@pytest.fixture(scope="module")
def sample():
    return parse_file(SAMPLES / "article-2023.html")


def plain(value):
    """Return a value of any library as one of Python, with None for a missing one."""
    if isinstance(value, list):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):  # a date is a time without a zone in pandas
        return value.to_pydatetime() if value.tzinfo else value.date()
    return value


def rows(frame):
    """Return the rows of a frame of any library."""
    if isinstance(frame, pd.DataFrame):
        return [tuple(map(plain, row)) for row in zip(*(frame[name].tolist() for name in frame), strict=True)]
    as_dicts = frame.to_dicts if isinstance(frame, pl.DataFrame) else frame.to_pylist
    return [tuple(map(plain, row.values())) for row in as_dicts()]


def test_the_documented_tables_are_those_of_an_export_to_duckdb():
    assert list(get_args(TableName)) == [*OF_RECORDS, "outcomes", MENTION_ITEMS, MENTION_PAGES]
    assert all(f"`{name}`" in to_arrow.__doc__ for name in get_args(TableName))


@pytest.fixture(scope="module")
def exported(pages, tmp_path_factory):
    """The same records as a file of DuckDB."""
    path = tmp_path_factory.mktemp("exported") / "all.duckdb"
    export(pages, path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("table", OF_RECORDS)
def test_all_libraries_have_the_rows_that_duckdb_has(table, pages, exported):
    with duckdb.connect(exported, read_only=True) as database:
        expected = database.sql(f'SELECT * FROM "{table}"').to_arrow_table().cast(to_arrow([], table).schema)
    for function in FUNCTIONS:
        frame = function(pages, table)
        names = frame.column_names if function is to_arrow else list(frame.columns)
        assert names == expected.column_names
        assert sorted(rows(frame), key=repr) == sorted(rows(expected), key=repr)


@pytest.mark.parametrize("table", OF_RECORDS)
def test_in_pandas_no_whole_number_is_a_float_whatever_is_missing(table, pages):
    schema = to_arrow([], table).schema
    for chosen in ([], pages[:1], pages):
        dtypes = to_pandas(chosen, table).dtypes.astype(str)
        for field in schema:
            expected = {"int64": "Int64", "double": "Float64", "bool": "boolean", "string": "string"}
            expected |= {"date32[day]": "datetime64[ms]", "timestamp[ms, tz=UTC]": "datetime64[ms, UTC]"}
            assert dtypes[field.name] == expected.get(str(field.type), "object"), field.name


def test_missing_zero_and_not_shown_stay_apart(sample):
    zero, unknown = (
        msgspec.structs.replace(sample, doi=doi, score=score, mentions=mentions)
        for doi, score, mentions in (("10.5555/a", 0, []), ("10.5555/b", None, None))
    )
    frame = to_pandas([zero, unknown]).set_index("doi")
    assert frame.loc["10.5555/a", "score"] == 0
    assert frame.loc["10.5555/b", "score"] is pd.NA
    assert frame["mentions_shown"].tolist() == [True, False]
    assert frame["score"].sum() == 0
    assert to_polars([zero, unknown])["score"].to_list() == [0, None]


def test_large_numbers_are_exact(sample):
    large = msgspec.structs.replace(sample, altmetric_id=2**53 + 1, score=None)
    assert to_pandas([large, sample])["altmetric_id"].tolist() == [2**53 + 1, 990000001]


def test_a_list_of_texts_is_a_python_list_or_none(sample):
    without = msgspec.structs.replace(sample, doi="10.5555/a", authors=None)
    authors = to_pandas([sample, without])["authors"]
    assert authors.tolist() == [sample.authors, None]


def test_tables_join_by_the_record_key(sample):
    joined = to_pandas([sample]).merge(to_pandas([sample], "mentions"), on="record_key")
    assert joined.loc[joined["source_y"] == "news", ["doi", "count"]].to_numpy().tolist() == [[sample.doi, 64]]


def test_a_snapshot_that_is_read_again_is_left_out_with_a_notice(sample):
    later = msgspec.structs.replace(
        sample, provenance=msgspec.structs.replace(sample.provenance, fetched_at="2026-02-02T00:00:00Z")
    )
    notices = []
    assert len(to_pandas([sample, later, sample], notice=notices.append)) == 2
    assert notices == ["1 record skipped: the same snapshot was read before"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_damaged_line_is_an_error_unless_it_is_given_to_a_function(function, sample):
    Path("records.jsonl").write_bytes(sample.to_json() + b"\n{damaged\n")
    with pytest.raises(InputError, match=r"^records\.jsonl:2: this is not a record"):
        function("records.jsonl")
    aside = []
    assert len(function("records.jsonl", damaged=aside.append)) == 1
    assert [(line.file, line.line) for line in aside] == [("records.jsonl", 2)]


def test_a_value_without_a_column_is_a_damaged_line(sample):
    impossible = msgspec.structs.replace(sample, last_mentioned="2026-02-31")
    with pytest.raises(InputError, match="<records>:1: has a value that does not fit its column"):
        to_arrow([impossible])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_another_table_or_type_is_refused_with_the_names(function):
    with pytest.raises(
        SettingsError, match=r"^'tweets': unknown table; use one of records, identifiers, .*, mention_pages$"
    ):
        function([], "tweets")
    with pytest.raises(TypeError, match="expected the name of a table as text, got int '5'"):
        function([], 5)
    with pytest.raises(TypeError, match="expected a path"):
        function(5)
    with pytest.raises(TypeError, match="expected a function as progress"):
        function([], progress=5)


@pytest.mark.parametrize(
    ("function", "library", "extra"),
    [(to_arrow, "pyarrow", "export"), (to_pandas, "pandas", "pandas"), (to_polars, "polars", "polars")],
)
def test_a_missing_library_is_named_with_its_extra(function, library, extra, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError) as raised:
        function([])
    assert str(raised.value) == f"{function.__name__} needs {library}: pip install 'altdetails[{extra}]'"


def test_progress_is_reported_after_every_batch(monkeypatch, sample):
    monkeypatch.setattr("altdetails.exporting.arrow_tables._BATCH_BYTES", 1)
    counts = []
    to_arrow([sample, sample, sample], progress=counts.append)
    assert counts == [1, 2, 3]


class TestOutcomes:
    @pytest.fixture
    def run(self):
        return scraped(tracked(1), missing("10.5555/b"), pending=["10.5555/c"])

    def test_every_identifier_of_a_run_has_a_row(self, run):
        frame = to_pandas(run, "outcomes")
        assert frame["outcome"].tolist() == ["ok", "not_tracked", "pending"]
        assert frame["attempts"].tolist() == [1, 1, 0]
        assert frame.dtypes.astype(str).tolist() == ["string", "string", "string", "Int64", "datetime64[ms, UTC]"]
        assert frame["at"].isna().tolist() == [False, False, True]
        assert frame["at"].iloc[0] == pd.Timestamp("2026-01-02T03:04:05Z")

    def test_outcomes_join_the_records_by_the_requested_identifier(self, run):
        joined = to_polars(run, "outcomes").join(
            to_polars(run), left_on="identifier", right_on="provenance_requested", how="left"
        )
        assert joined.filter(pl.col("outcome") == "ok")["score"].is_not_null().all()
        assert joined.height == 3

    def test_a_run_without_identifiers_gives_an_empty_table(self):
        frame = to_pandas(scraped(), "outcomes")
        assert list(frame.columns) == ["identifier", "outcome", "reason", "attempts", "at"]
        assert str(frame["attempts"].dtype) == "Int64"

    def test_records_have_no_outcomes(self, sample):
        Path("records.jsonl").write_bytes(sample.to_json())
        with pytest.raises(InputError, match=r"^records\.jsonl is not a run folder, so it has no outcomes"):
            to_pandas("records.jsonl", "outcomes")
        with pytest.raises(TypeError, match="expected a path"):
            to_pandas([sample], "outcomes")
