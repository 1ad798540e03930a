"""The steps from a captured page to its record."""

from tests.support.records import record_of_capture
from tests.warc.warcs import AT, PAGE, URL, urn

from altdetails.documents import Document
from altdetails.parsing.steps import STEPS
from altdetails.results import Capture


def captured(requested):
    return Capture(PAGE, URL, 200, "text/html", AT, urn(1), requested)


def test_a_page_of_another_identifier_is_inconsistent():
    record = record_of_capture(captured("10.5555/another"))
    assert "doi_mismatch" in [item.code for item in record.inconsistencies]


def test_the_last_step_does_not_change_what_it_gets():
    document = Document("x.html", PAGE, captured("10.5555/another"))
    prepare, read, finish = STEPS
    ready = read(prepare(document))
    assert finish(ready) == finish(ready)
