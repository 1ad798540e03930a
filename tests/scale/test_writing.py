"""`write_archives`: tables in four formats, on this machine and on object storage, read by other tools."""

import shutil
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.scale.material import failures, lines

from altdetails.errors import ExportError, InputError
from altdetails.scale.writing import write_archives
from altdetails.schemas.arrow import arrow_schema

pytestmark = pytest.mark.slow


def read_parquet(folder):
    pq.write_table(arrow_schema().empty_table(), "empty.parquet")
    for part in folder.glob("part-*.parquet"):
        assert pq.read_schema(part).equals(pq.read_schema("empty.parquet"), check_metadata=True)
    assert (folder / "_SUCCESS").read_bytes() == b""
    table = pq.read_table(folder)
    assert duckdb.sql(f"SELECT count(*) FROM '{folder}/*.parquet'").fetchall() == [(table.num_rows,)]
    return lines(table)


def read_jsonl(folder):
    assert (folder / "_SUCCESS").read_bytes() == b""
    return sorted(line for path in folder.glob("part-*.jsonl") for line in path.read_bytes().splitlines())


def read_delta(folder):
    import deltalake  # noqa: PLC0415 -- takes long

    table = deltalake.DeltaTable(folder)
    assert table.vacuum(retention_hours=0, enforce_retention_duration=False) == [], "failures are not in the table"
    rows = pa.table(table.to_pyarrow_table())
    assert duckdb.sql("SELECT count(*) FROM rows").fetchall() == [(rows.num_rows,)]
    return lines(rows)


def read_iceberg(folder):
    newest = max((folder / "metadata").glob("*.metadata.json")).resolve()
    return iceberg_lines(newest.as_uri())


def iceberg_lines(metadata, **options):
    """Read with Daft, because pyiceberg's reader returns empty lists for null lists."""
    import daft  # noqa: PLC0415 -- takes long
    from pyiceberg.table import StaticTable  # noqa: PLC0415

    table = StaticTable.from_metadata(metadata, options)
    rows = daft.read_iceberg(table).to_arrow()
    assert table.scan().to_arrow().num_rows == rows.num_rows
    return lines(rows)


READERS = {"parquet": read_parquet, "jsonl": read_jsonl, "delta": read_delta, "iceberg": read_iceberg}


def write(crawl, target, file_format, **options):
    return write_archives([str(crawl)], target, file_format=file_format, jobs=1, **options)


@pytest.mark.parametrize("file_format", ["jsonl", "iceberg"])
def test_the_rows_equal_the_records_of_the_local_engine(crawl, expected, file_format):
    done = write(crawl, "out", file_format)
    assert READERS[file_format](Path("out")) == expected[0]
    assert done.records == len(expected[0])
    assert done.failures == {"challenge": 1, "http_error": 1, "unreadable": 1}
    assert done.listing == "out/_failures"
    assert failures("out/_failures") == expected[1]


@pytest.mark.parametrize("file_format", ["parquet", "delta", "iceberg"])
def test_archives_on_object_storage_become_tables_there(crawl, expected, bucket, folder, file_format):
    address = bucket.add(crawl, f"in-{file_format}")
    done = write(f"{address}/**" if file_format == "delta" else address, f"s3://crawls/{file_format}", file_format)
    assert done.listing == f"s3://crawls/{file_format}/_failures"
    assert (done.records, done.failures.total()) == tuple(map(len, expected))
    listed = failures(bucket.fetch(f"{file_format}/_failures", folder / "listed"))
    assert [line.replace(address.encode(), str(crawl).encode()) for line in listed] == expected[1]
    if file_format == "iceberg":
        newest = max(key for key in bucket.keys("iceberg/metadata") if key.endswith(".metadata.json"))
        settings = {"s3.endpoint": bucket.environment["AWS_ENDPOINT_URL"], "s3.region": "us-east-1"}
        assert iceberg_lines(f"s3://crawls/{newest}", **settings) == expected[0]
    else:
        assert READERS[file_format](bucket.fetch(file_format, folder / "copy")) == expected[0]
    if file_format == "parquet":
        others = {key for key in bucket.keys("parquet") if "part-" not in key and "/_ledger/" not in key}
        assert others == {"parquet/", "parquet/_SUCCESS"}, "the check of the folder leaves an empty folder object"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Daft ends its processes later
@pytest.mark.parametrize("place", ["out", "s3://crawls/again"])
def test_only_archives_that_are_new_or_have_changed_are_read_into_a_folder_of_parts(crawl, bucket, folder, place):
    first = [shutil.copy(crawl / f"{number}.warc.gz", folder) for number in (0, 2)]
    assert write_archives(first, place, jobs=1).records == 8
    if place != "out":
        bucket.client.put_object(Bucket="crawls", Key="again/part-0123456789abcdef-0.parquet", Body=b"left behind")
    again = write_archives([*first, str(crawl / "more" / "1.warc.gz")], place, jobs=1)
    assert (again.records, again.failures) == (4, {})
    shutil.copy(crawl / "4.warc.gz", first[1])
    assert write_archives([first[1]], place, jobs=1).records == 8, "the archives of a commit are read together"
    parts = bucket.fetch("again", folder / "copy") if place != "out" else Path("out")
    rows = duckdb.sql(f"SELECT count(*), count(DISTINCT provenance.sha256) FROM '{parts}/*.parquet'").fetchall()
    assert rows == [(12, 12)]


@pytest.mark.parametrize("file_format", ["parquet", "delta"])
def test_a_folder_that_is_not_empty_is_refused_and_left_unchanged(crawl, file_format):
    Path("out").mkdir()
    Path("out", "mine.txt").touch()
    with pytest.raises(ExportError, match="out: is not empty, and runs are never mixed"):
        write(crawl, "out", file_format)
    with pytest.raises(ExportError, match=r"mine\.txt: is a file"):
        write(crawl, "out/mine.txt", file_format)
    assert [path.name for path in Path("out").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("listing", ["./out", "out/part-failed", "."])
def test_failures_are_not_mixed_with_records(crawl, listing):
    with pytest.raises(ExportError, match="overlaps out; name a separate folder with --failures"):
        write(crawl, "out", "jsonl", failures=listing)
    assert not Path("out").exists()


@pytest.mark.usefixtures("databases_closed")
@pytest.mark.parametrize("target", ["./out", "library.records"])
@pytest.mark.parametrize("error", [None, ZeroDivisionError])
def test_the_catalog_is_closed_after_an_iceberg_table(folder, monkeypatch, target, error):
    from daft.io import IOConfig  # noqa: PLC0415 -- takes long
    from pyiceberg.catalog import load_catalog  # noqa: PLC0415

    from altdetails.scale import iceberg  # noqa: PLC0415

    settings = {"uri": f"sqlite:///{folder}/catalog.db", "warehouse": (folder / "warehouse").as_uri()}
    monkeypatch.setattr(iceberg, "load_catalog", partial(load_catalog, "default", **settings))
    with load_catalog("default", **settings) as catalog:
        catalog.create_namespace("library")
    with pytest.raises(error) if error else nullcontext(), iceberg.new_table(target, IOConfig()):
        if error:
            raise error
    if target == "library.records" and not error:
        with (
            pytest.raises(ExportError, match=r"^library\.records: the table already exists"),
            iceberg.new_table(target, IOConfig()),
        ):
            pass


def test_archives_without_details_pages_write_nothing(crawl):
    with pytest.raises(InputError, match="--url-filter"):
        write(crawl / "0.warc.gz", "out", "parquet", url_filter="nowhere")
    assert not list(Path("out").rglob("*.parquet"))


def test_a_table_without_rows_has_its_columns(crawl):
    write(crawl / "damaged.warc.gz", "out", "parquet", url_filter="/990000002$")
    assert pq.read_table("out").schema.names == arrow_schema().names


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("path", ["s3://nowhere/out", "file/out"])
@pytest.mark.parametrize("option", ["target", "failures"])
def test_an_unwritable_folder_is_reported_before_archives_are_searched(path, option):
    Path("file").touch()
    with pytest.raises(ExportError, match=f"{path}: "):
        write("nothing.warc.gz", **{"target": "out", "file_format": "parquet"} | {option: path})
    assert not Path("out").exists()


def test_a_cluster_that_does_not_respond_is_reported_and_nothing_is_written(crawl):
    with pytest.raises(ExportError, match=r"127\.0\.0\.1:9: the Ray cluster does not respond"):
        write(crawl, "out", "parquet", ray="127.0.0.1:9")
    assert not Path("out").exists()


def test_a_table_in_a_catalog_needs_a_folder_for_failures(crawl):
    with pytest.raises(ExportError, match=r"library\.records: is a table in a catalog, so failures need a folder"):
        write(crawl, "library.records", "iceberg")


def test_unreachable_storage_is_reported_immediately(crawl, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(InputError, match=r"127\.0\.0\.1:9: the storage server does not respond: .*; check AWS_"):
        write(crawl, "s3://crawls/out", "parquet")


@pytest.mark.parametrize(("address", "name"), [("127.0.0.1:9", "ray"), (None, "daft")])
def test_missing_libraries_are_reported_with_a_sufficient_extra(crawl, monkeypatch, address, name):
    for library in ("daft", "ray"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=rf"needs {name}: pip install 'altdetails\[{name}\]'"):
        write(crawl, "out", "parquet", ray=address)
