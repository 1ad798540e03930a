"""Tasks and their results."""

from collections import Counter

from tests.warc import warcs

from altdetails.parsing.tasks import Skipped, page_results
from altdetails.warc.members import spans


def test_a_span_without_pages_has_a_result_for_the_progress(tmp_path):
    path = warcs.write(tmp_path / "x.warc.gz", warcs.record(1, kind="request"))
    assert [*page_results([*spans(path, size=10)][:1])] == [[Skipped(Counter())]]


def test_spans_have_the_part_of_the_archive_that_is_done(tmp_path):
    path = warcs.write(tmp_path / "x.warc.gz", warcs.record(1))
    size = (tmp_path / "x.warc.gz").stat().st_size
    assert [span.done for span in spans(path, size=size // 2 + 1)] == [(size // 2 + 1) / size, 1]
