"""`altdetails skeleton` and `altdetails doctor --site`."""

import gzip
from pathlib import Path

import pytest
from tests.cli.conftest import SAMPLE
from tests.page.material import SAMPLES, edit
from tests.support.calling import call
from tests.support.faults import Status

from altdetails import skeleton

pytestmark = pytest.mark.slow

CONTENT = SAMPLE.read_text("utf-8")
ADDRESS = "https://www.altmetric.com/details/990000001"


def test_a_skeleton_is_written_to_a_file_or_to_standard_output():
    assert call("skeleton", SAMPLE, "-o", "page.skeleton.html").returncode == 0
    assert Path("page.skeleton.html").read_text("utf-8") == skeleton(CONTENT) == call("skeleton", SAMPLE).out


@pytest.mark.parametrize("stdin", [CONTENT.encode(), gzip.compress(CONTENT.encode())], ids=["plain", "gzip"])
def test_a_page_is_read_from_standard_input(stdin):
    assert call("skeleton", "-", stdin=stdin).out == skeleton(CONTENT)


def test_the_page_in_an_mhtml_file_is_read():
    assert "<html" in call("skeleton", SAMPLES / "saved.mhtml").out


def test_text_is_refused():
    run = call("skeleton", "-", stdin=b"Overview of attention for article")
    assert (run.returncode, run.out) == (1, "")
    assert run.err == "Error: <stdin>: this is text, and a skeleton needs HTML: save the page as HTML\n"


def test_several_pages_are_refused(pages):
    run = call("skeleton", pages(2))
    assert run.returncode == 2
    assert "contains more than one page; give the file of one page" in run.err


def test_a_missing_file_is_refused():
    run = call("skeleton", "missing.html")
    assert (run.returncode, run.err) == (2, "Error: missing.html: no such file or folder; check the path\n")


def test_the_page_is_not_overwritten(folder):
    (folder / "page.html").write_text(CONTENT)
    run = call("skeleton", "page.html", "-o", "page.html")
    assert run.returncode == 2
    assert "would be overwritten" in run.err
    assert (folder / "page.html").read_text() == CONTENT


def test_a_skeleton_that_is_read_differently_is_reported():
    run = call("skeleton", "-", stdin=b"<title>404 not found</title>")
    assert run.err == ("<stdin>: the page is read as not_found, its skeleton as other; add this to your report\n")


def doctor(replica, *words):
    return call("doctor", "--site", *words, "--base-url", replica.base_url, "--interval", "0")


def test_doctor_reports_how_each_section_of_a_page_is_read(replica):
    run = doctor(replica, ADDRESS, "-o", "made")
    assert run.returncode == 0
    assert run.out.splitlines()[:3] == [
        "990000001 [ok]",
        "  header                 by landmark",
        "  attention              by landmark",
    ]
    assert run.out.splitlines()[-1] == f"  skeleton: {Path('made', 'page-1.skeleton.html')}"
    assert Path("made/page-1.skeleton.html").read_text("utf-8") == skeleton(CONTENT)


def test_doctor_reports_a_change_of_the_site(replica):
    replica.add("10.5555/renamed", 990200001, edit(CONTENT, ("mention-counts", "tally")))
    run = doctor(replica, "990200001", "990000002")
    assert run.returncode == 1
    assert "  mentions               by words" in run.out
    assert sorted(path.name for path in Path("skeletons").iterdir()) == ["page-1.skeleton.html", "page-2.skeleton.html"]
    assert "The site may have changed. Update altdetails, or report the skeletons" in run.err


@pytest.mark.parametrize("address", ["nowhere", "990000404"])
def test_an_address_without_a_page_says_nothing_about_the_site(replica, address):
    run = doctor(replica, address)
    assert run.returncode == 1
    assert address in run.out
    assert "may have changed" not in run.err


def test_doctor_stops_when_the_site_demands_a_long_wait(replica):
    replica.fail("/details/990000001", Status(429, retry_after="7200"))
    run = doctor(replica, ADDRESS, "990000002")
    assert run.returncode == 3
    assert "Stopped: " in run.err


def test_doctor_fetches_nothing_from_altmetric_without_a_contact(monkeypatch):
    monkeypatch.delenv("ALTDETAILS_CONTACT", raising=False)
    run = call("doctor", "--site", ADDRESS)
    assert run.returncode == 2
    assert "altmetric.com requires a contact" in run.err


def test_doctor_refuses_more_than_three_addresses_and_options_of_records(replica):
    assert "4 addresses cannot be checked: give 1 to 3" in doctor(replica, "1", "2", "3", "4").err
    assert "--site cannot be combined with" in doctor(replica, "1", "--all").err
    assert replica.requests == []
