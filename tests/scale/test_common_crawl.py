"""The recipe for Common Crawl, with a local index."""

import re

import duckdb
from tests.scale.material import ROOT

from altdetails.history.capture_tables import read_captures
from altdetails.history.dialects import Row

PAGE = "https://www.altmetric.com/details/990000001"
NAME = "crawl-data/CC-MAIN-2024-22/segments/1/warc/1.warc.gz"


def test_the_query_makes_a_table_of_captures():
    duckdb.sql(f"""COPY (
        SELECT url, TIMESTAMP '2024-05-20 10:11:12' AS fetch_time, 200::SMALLINT AS fetch_status,
            'text/html' AS content_mime_type, 'DIGEST' AS content_digest, '{NAME}' AS warc_filename,
            5::INTEGER AS warc_record_offset, 70::INTEGER AS warc_record_length,
            split_part(url, '/', 3)[5:] AS url_host_registered_domain, '/' || split_part(url, '/', 4) AS url_path
        FROM (VALUES ('{PAGE}'), ('https://www.altmetric.com/explorer'), ('https://example.org/details/1')) AS t (url)
    ) TO 'index.parquet'""")
    text = (ROOT / "docs" / "scale.md").read_text("utf-8")
    recipe = re.search(r"^## Common Crawl\n.*?^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]
    recipe, count = re.subn(r'^INDEX = ".*"$', 'INDEX = "index.parquet"', recipe, flags=re.MULTILINE)
    assert count == 1
    exec(recipe, {})  # noqa: S102 -- code from docs/scale.md
    row = Row(PAGE, "20240520101112", "200", "text/html", "sha1:DIGEST", NAME, 5, 70)
    assert list(read_captures("common-crawl.parquet", [])) == [row]
