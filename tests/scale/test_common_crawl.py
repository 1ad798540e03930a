"""The recipe for Common Crawl, with a local archive and index."""

import re

import duckdb
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from tests.scale.material import ROOT, expected


@pytest.mark.slow
def test_the_concatenated_ranges_of_captures_are_an_archive(crawl, bucket, monkeypatch, folder):
    name = "1.warc.gz"
    bucket.add(crawl / "more", "common")
    index(crawl / "more" / name, f"common/{name}")
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setenv("no_proxy", "*")
    text = (ROOT / "docs" / "scale.md").read_text("utf-8")
    recipe = re.search(r"^## Common Crawl\n.*?^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    constants = {"INDEX": "index.parquet", "FILES": f"{bucket.environment['AWS_ENDPOINT_URL']}/crawls/"}
    for constant, value in constants.items():
        recipe, count = re.subn(rf'^{constant} = ".*"$', f'{constant} = "{value}"', recipe, flags=re.MULTILINE)
        assert count == 1
    exec(recipe, {})  # noqa: S102 -- code from docs/scale.md
    assert expected(folder / "history.warc.gz") == expected(crawl / "more" / name)


def index(archive, name):
    """Write an index with the columns of Common Crawl's. Each record of the archive is a gzip member."""
    with archive.open("rb") as stream:
        positions = [(record.stream_pos, record.record_type) for record in ArchiveIterator(stream)]
    ends = [*(start for start, _ in positions[1:]), archive.stat().st_size]
    rows = [
        (name, start, end - start, "altmetric.com", "/details/1")
        for (start, kind), end in zip(positions, ends, strict=True)
        if kind == WarcRecordType.response
    ]
    duckdb.sql(
        "CREATE OR REPLACE TEMP TABLE captures (warc_filename VARCHAR, warc_record_offset INTEGER, "
        "warc_record_length INTEGER, url_host_registered_domain VARCHAR, url_path VARCHAR)"
    )
    duckdb.executemany("INSERT INTO captures VALUES (?, ?, ?, ?, ?)", rows)
    duckdb.sql("COPY captures TO 'index.parquet'")
