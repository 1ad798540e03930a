"""Tasks and their results."""

from collections import Counter

import pytest
from tests.warc import warcs

from altdetails.parsing.tasks import Skipped, count_skipped, page_results
from altdetails.warc.members import spans


def test_a_span_without_pages_has_a_result_for_the_progress(tmp_path):
    path = warcs.write(tmp_path / "x.warc.gz", warcs.record(1, kind="request"))
    assert [*page_results([*spans(path, size=10)][:1])] == [[Skipped(Counter())]]


def test_spans_have_the_part_of_the_archive_that_is_done(tmp_path):
    path = warcs.write(tmp_path / "x.warc.gz", warcs.record(1))
    size = (tmp_path / "x.warc.gz").stat().st_size
    assert [span.done for span in spans(path, size=size // 2 + 1)] == [(size // 2 + 1) / size, 1]


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("x.warc.gz!<urn:uuid:1>", "response"),
        ("x.zip!a.warc!<urn:uuid:1>", "response"),
        ("a.har!response 7", "response"),
        ("x.zip!a.har!response 7", "response"),
        ("x.zip!response 7", "without an ending"),
        ("x.zip!response 7.css", ".css"),
        ("a.jsonl!row 7", "row"),
        ("x.tar!row 7", "without an ending"),
        ("row houses.pdf", ".pdf"),
        ("folder!/row houses.pdf", ".pdf"),
        ("page_files/", "of saved pages"),
        ("x.zip!page_files/style.css/", "of saved pages"),
        ("research_files/table.csv", ".csv"),
    ],
)
def test_what_is_skipped_is_counted_by_its_group(name, group):
    groups = Counter()
    count_skipped(groups, name)
    assert groups == {group: 1}
