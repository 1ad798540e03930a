"""`tables`: Arrow batches for any engine."""

import pyarrow as pa
import pytest
from tests.scale.material import expected, lines

from altdetails.scale import tables
from altdetails.schemas.arrow import arrow_schema
from altdetails.warc.members import spans

pytestmark = pytest.mark.slow


def paths(crawl):
    return sorted(str(path) for path in crawl.rglob("*.gz"))


def test_paths_yield_batches_with_the_arrow_schema(crawl, expected):
    failed = []
    batches = list(tables(paths(crawl), failed=failed.append))
    assert {batch.schema for batch in batches} == {arrow_schema()}
    assert lines(pa.Table.from_batches(batches)) == expected[0]
    assert sorted(failure.to_json() for failure in failed) == expected[1]


@pytest.mark.parametrize("form", ["spans", "streams"])
def test_spans_and_streams_yield_the_same_records(crawl, form):
    archive = paths(crawl)[0]
    with open(archive, "rb") as stream:  # noqa: PTH123 -- a path as text
        sources = spans(archive, size=1_000) if form == "spans" else [stream]
        records = lines(pa.Table.from_batches(tables(sources)))
    assert records == expected(archive)[0]


def test_failures_name_the_file_of_a_stream(crawl):
    failed = []
    with (crawl / "damaged.warc.gz").open("rb") as stream:
        assert sum(batch.num_rows for batch in tables([stream], failed=failed.append))
    assert {failure.file.partition("!")[0] for failure in failed} == {str(crawl / "damaged.warc.gz")}
