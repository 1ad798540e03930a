"""A captured page → its record."""

from tests.warc.warcs import AT, PAGE, URL, urn

from altdetails.page import interpreted, read
from altdetails.parsing.steps import completed, prepared_of, record_of_capture
from altdetails.results import Capture


def captured(requested):
    return Capture(PAGE, URL, 200, "text/html", AT, urn(1), requested)


def test_a_page_that_was_not_asked_for_is_inconsistent():
    record = record_of_capture(captured("10.5555/another"))
    assert "doi_mismatch" in [found.code for found in record.inconsistencies]


def test_the_record_that_is_completed_is_not_altered():
    prepared = prepared_of(captured("10.5555/another"))
    record = interpreted(read(prepared), prepared)
    before = [*record.inconsistencies]
    first = completed(record, captured("10.5555/another"))
    assert record.inconsistencies == before
    assert completed(record, captured("10.5555/another")) == first
