"""`read_archives`: the records of the local engine, as a Daft DataFrame."""

import sys
from pathlib import Path

import pytest
from tests.scale.material import HERE, expected, failures, lines

from altdetails.errors import InputError
from altdetails.scale import read_archives
from altdetails.schemas.arrow import arrow_schema

pytestmark = pytest.mark.slow


def read(*paths, **options):
    return read_archives(list(map(str, paths)), jobs=1, **options)


def test_records_and_failures_equal_the_local_engines(crawl, expected):
    records, failed = expected
    assert lines(read(crawl, failures="failures").to_arrow()) == records
    assert failures("failures") == failed
    assert len(records) > 30
    assert len(failed) == 3
    read(crawl / "damaged.warc.gz", failures="failures").count_rows()
    assert failures("failures") == failed, "failures that are written twice are there once"


def test_the_frame_is_lazy(crawl):
    frame = read(crawl, failures="failures")
    assert frame.column_names == arrow_schema().names
    assert not Path("failures").exists()


def test_a_filter_selects_pages_of_other_hosts(crawl):
    archive = crawl / "damaged.warc.gz"
    table = read(archive, url_filter=r"example\.org").to_arrow()
    assert [row["provenance"]["final_url"] for row in table.to_pylist()] == ["https://www.example.org/"]
    assert lines(table) == expected(archive, url_filter=r"example\.org")[0]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nothing.warc.gz", "no such file"),
        ("pages", "--engine local"),
        ("pages.zip", "--engine local"),
        (HERE, "altdetails scrape"),
        ("https://altmetric.com/x.warc.gz", "altdetails scrape"),
        ("https://127.0.0.1:9/pages.zip", "--engine local"),
    ],
)
def test_other_files_are_refused_with_advice(path, words):
    Path("pages").mkdir()
    Path("pages", "page.html").touch()
    Path("pages.zip").touch()
    with pytest.raises(InputError, match=words):
        read(path)


def test_missing_libraries_are_reported_with_the_install_command(crawl, monkeypatch):
    for name in ("daft", "pyarrow", "altdetails.schemas.arrow"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=r"pip install 'altdetails\[daft\]'"):
        read(crawl)


def test_an_invalid_filter_is_refused_before_reading(crawl):
    with pytest.raises(InputError, match="is not a regular expression"):
        read(crawl, url_filter="(")


@pytest.mark.parametrize("path", ["s3://crawls/nothing/*.warc.gz", "s3://nowhere/a.warc.gz", "s3://crawls/nothing"])
def test_a_missing_archive_on_object_storage_is_reported(path, bucket):  # noqa: ARG001 -- the test needs running storage
    with pytest.raises(InputError, match=f"{path.replace('*', '.')}: contains no web archives"):
        read(path)
