"""The steps from a captured page to its record."""

from tests.warc.warcs import AT, PAGE, URL, urn

from altdetails.page import make_record, read
from altdetails.parsing.steps import complete, prepare_capture, record_of_capture
from altdetails.results import Capture


def captured(requested):
    return Capture(PAGE, URL, 200, "text/html", AT, urn(1), requested)


def test_a_page_of_another_identifier_is_inconsistent():
    record = record_of_capture(captured("10.5555/another"))
    assert "doi_mismatch" in [item.code for item in record.inconsistencies]


def test_complete_does_not_change_the_original_record():
    prepared = prepare_capture(captured("10.5555/another"))
    record = make_record(read(prepared), prepared)
    before = [*record.inconsistencies]
    first = complete(record, captured("10.5555/another"))
    assert record.inconsistencies == before
    assert complete(record, captured("10.5555/another")) == first
