"""The recipe for Common Crawl, on an archive and an index of our own."""

import re

import duckdb
from fastwarc.warc import ArchiveIterator, WarcRecordType
from tests.scale.material import ROOT, expected


def test_the_ranges_of_captures_laid_end_to_end_are_an_archive_of_them(crawl, bucket, monkeypatch, folder):
    name = "1.warc.gz"
    bucket.add(crawl / "more", "common")
    index(crawl / "more" / name, f"common/{name}")
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setenv("no_proxy", "*")
    text = (ROOT / "docs" / "scale.md").read_text("utf-8")
    recipe = re.search(r"^## Common Crawl\n.*?^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    where = {"INDEX": "index.parquet", "FILES": f"{bucket.environment['AWS_ENDPOINT_URL']}/crawls/"}
    for constant, value in where.items():
        recipe, count = re.subn(rf'^{constant} = ".*"$', f'{constant} = "{value}"', recipe, flags=re.MULTILINE)
        assert count == 1
    exec(recipe, {})  # noqa: S102 -- the document's own words
    assert expected(folder / "history.warc.gz") == expected(crawl / "more" / name)


def index(archive, name):
    """An index with the columns of Common Crawl's, of an archive of which each record is a gzip member."""
    with archive.open("rb") as stream:
        found = [(record.stream_pos, record.record_type) for record in ArchiveIterator(stream)]
    ends = [*(place for place, _ in found[1:]), archive.stat().st_size]
    rows = [
        (name, place, end - place, "altmetric.com", "/details/1")
        for (place, kind), end in zip(found, ends, strict=True)
        if kind == WarcRecordType.response
    ]
    duckdb.sql(
        "CREATE OR REPLACE TEMP TABLE captures (warc_filename VARCHAR, warc_record_offset INTEGER, "
        "warc_record_length INTEGER, url_host_registered_domain VARCHAR, url_path VARCHAR)"
    )
    duckdb.executemany("INSERT INTO captures VALUES (?, ?, ?, ?, ?)", rows)
    duckdb.sql("COPY captures TO 'index.parquet'")
