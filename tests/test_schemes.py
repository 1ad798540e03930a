"""Tests of handles and numbers of trials; tests/test_identifiers.py has those of the other schemes."""

import pytest
from tests.support.cases import for_each

from altdetails import Identifier, identify
from altdetails.errors import IdentifierError
from altdetails.schemes import clinical_trial, handle

HANDLES = {
    "hdl:20.500.99999/a.1": "20.500.99999/a.1",
    "HDL: 2027/Mixed.Case": "2027/Mixed.Case",
    "info:hdl/2027/x": "2027/x",
    "handle: 2027/x_y-z(1)": "2027/x_y-z(1)",
    " https://hdl.handle.net/2027/x?urlappend=1#part ": "2027/x",
    "http://hdl.handle.net/2027/a/b.": "2027/a/b",
}
TRIALS = [
    *("NCT01234567", "nct01234567", "nct_id:NCT01234567", "NCT ID: NCT01234567", "NCT number NCT01234567"),
    *("clinical_trial:NCT01234567", "ClinicalTrials.gov: NCT01234567", "(NCT01234567)"),
    *("https://clinicaltrials.gov/study/NCT01234567?term=x", "https://clinicaltrials.gov/ct2/show/NCT01234567"),
]


@for_each(("text", "value"), HANDLES.items())
def test_a_handle_keeps_its_case(text, value):
    assert handle(text) == value
    assert identify(text) == identify(f"handle:{value}") == Identifier("handle", value)


def test_a_handle_with_the_prefix_of_a_doi_is_a_doi():
    assert (
        identify("hdl:10.5555/A.b")
        == identify("https://hdl.handle.net/10.5555/a.b")
        == Identifier("doi", "10.5555/a.b")
    )


@for_each(
    "text", ["hdl:", "handle:abc", "hdl:2027/", "hdl:2027/../x", "hdl:2027/a b", "hdl:2027/\x00", "hdl:2027/\ud800"]
)
def test_what_is_no_handle_is_refused(text):
    with pytest.raises(IdentifierError, match="not a handle"):
        handle(text)


@for_each("text", TRIALS)
def test_the_number_of_a_trial_is_in_upper_case(text):
    assert clinical_trial(text) == "NCT01234567"
    assert identify(text) == Identifier("clinical_trial", "NCT01234567")


@for_each("text", ["NCT0123456", "NCT012345678", "nct_id:", "https://clinicaltrials.gov/about", "NCT-1"])
def test_what_is_no_number_of_a_trial_is_refused(text):
    with pytest.raises(IdentifierError, match="not NCT with 8 digits"):
        clinical_trial(text)
