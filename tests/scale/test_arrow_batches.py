"""`tables`: what engines of any sort call."""

import pyarrow as pa
import pytest
from tests.scale.material import expected, lines

from altdetails.scale import tables
from altdetails.schemas.arrow import arrow_schema
from altdetails.warc.members import spans


def paths(crawl):
    return sorted(str(path) for path in crawl.rglob("*.gz"))


def test_paths_give_batches_with_the_schema_of_records(crawl, expected):
    failed = []
    batches = list(tables(paths(crawl), failed=failed.append))
    assert {batch.schema for batch in batches} == {arrow_schema()}
    assert lines(pa.Table.from_batches(batches)) == expected[0]
    assert sorted(failure.to_json() for failure in failed) == expected[1]


@pytest.mark.parametrize("form", ["spans", "streams"])
def test_spans_and_streams_give_the_same(crawl, form):
    archive = paths(crawl)[0]
    with open(archive, "rb") as stream:  # noqa: PTH123 -- a path as text
        some = spans(archive, size=1_000) if form == "spans" else [stream]
        found = lines(pa.Table.from_batches(tables(some)))
    assert found == expected(archive)[0]


def test_a_stream_is_called_as_it_says(crawl):
    failed = []
    with (crawl / "trouble.warc.gz").open("rb") as stream:
        assert sum(batch.num_rows for batch in tables([stream], failed=failed.append))
    assert {failure.file.partition("!")[0] for failure in failed} == {str(crawl / "trouble.warc.gz")}
