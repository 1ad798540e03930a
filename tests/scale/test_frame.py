"""`read_archives`: the records of the local engine, as a DataFrame of Daft."""

import sys
from pathlib import Path

import pytest
from tests.scale.material import HERE, expected, failures, lines

from altdetails.errors import InputError
from altdetails.scale import read_archives
from altdetails.schemas.arrow import arrow_schema


def read(*paths, **options):
    return read_archives(list(map(str, paths)), jobs=1, **options)


def test_the_records_are_those_of_the_local_engine_and_failures_are_kept(crawl, expected):
    records, failed = expected
    assert lines(read(crawl, failures="failures").to_arrow()) == records
    assert failures("failures") == failed
    assert len(records) > 30
    assert len(failed) == 3


def test_failures_that_are_written_twice_stand_there_once(crawl):
    read(crawl / "trouble.warc.gz", failures="failures").count_rows()
    names = {path.name for path in Path("failures").iterdir()}
    read(crawl / "trouble.warc.gz", failures="failures").count_rows()
    assert {path.name for path in Path("failures").iterdir()} == names


def test_nothing_is_parsed_before_it_is_used(crawl):
    frame = read(crawl, failures="failures")
    assert frame.column_names == arrow_schema().names
    assert not Path("failures").exists()


def test_paths_are_patterns_folders_and_files_and_each_archive_is_read_once(crawl):
    frame = read(crawl / "more", crawl / "more" / "*.gz", f"file://{crawl}/more/1.warc.gz")
    assert lines(frame.to_arrow()) == expected(crawl / "more")[0]


def test_an_archive_that_is_called_by_several_names_is_read_once(crawl, folder):
    (folder / "more").symlink_to(crawl / "more")
    frame = read("more", folder / "more", crawl / "more", crawl / "more" / ".." / "more" / "1.warc.gz")
    assert lines(frame.to_arrow()) == expected(crawl / "more")[0]


def test_addresses_of_other_hosts_are_read_where_they_are_asked_for(crawl):
    archive = crawl / "trouble.warc.gz"
    found = read(archive, url_filter=r"example\.org").to_arrow()
    assert [row["provenance"]["final_url"] for row in found.to_pylist()] == ["https://www.example.org/"]
    assert lines(found) == expected(archive, url_filter=r"example\.org")[0]


def test_a_pattern_leads_to_archives_on_object_storage_and_failures_go_there(crawl, expected, bucket, folder):
    address = bucket.add(crawl, "read")
    found = read(f"{address}/**", failures="s3://crawls/read-failures").to_arrow()
    assert lines(found) == expected[0]
    told = failures(bucket.fetch("read-failures", folder / "told"))
    assert [line.replace(address.encode(), str(crawl).encode()) for line in told] == expected[1]


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
def test_what_is_no_archive_is_refused_with_the_way_out(path, words):
    Path("pages").mkdir()
    Path("pages", "page.html").touch()
    Path("pages.zip").touch()
    with pytest.raises(InputError, match=words):
        read(path)


def test_without_its_libraries_the_command_that_installs_them_is_told(crawl, monkeypatch):
    for name in ("daft", "pyarrow", "altdetails.schemas.arrow"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=r"pip install 'altdetails\[daft\]'"):
        read(crawl)


def test_a_filter_that_is_no_regular_expression_is_refused_before_anything_is_read(crawl):
    with pytest.raises(InputError, match="is not a regular expression"):
        read(crawl, url_filter="(")


@pytest.mark.parametrize("path", ["s3://crawls/nothing/*.warc.gz", "s3://nowhere/a.warc.gz", "s3://crawls/nothing"])
def test_storage_without_the_archive_is_told(path, bucket):  # noqa: ARG001 -- storage must be there
    with pytest.raises(InputError, match=f"{path.replace('*', '.')}: holds no web archive"):
        read(path)
