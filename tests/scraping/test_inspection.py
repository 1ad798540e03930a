"""Checks of the site: how each section of a few pages is read, and their skeletons."""

import pytest
from tests.page.material import SAMPLES, edit
from tests.support.faults import Status
from tests.support.pages import other_page

from altdetails import RunStopped, SettingsError, check_site, parse, skeleton

pytestmark = pytest.mark.slow

CONTENT = (SAMPLES / "article-2023.html").read_text("utf-8")
PATH = "/details/990000001"
RENAMED = {
    "document-header": "header",
    "mention-counts": "mentions",
    "scholarly-citation-counts": "citations",
    "reader-counts": "readers",
    "document-details-table": "details",
    "demographics-group": "mendeley_demographics",
}


@pytest.fixture
def checked(replica):
    """Check pages of the replica."""

    def check(*addresses, **options):
        return [*check_site(addresses, base_url=replica.base_url, interval=0, **options)]

    return check


def test_every_section_of_an_ordinary_page_is_read_by_landmark(checked):
    (page,) = checked("990000001")
    assert page.outcome.status == "ok"
    assert set(page.sections.values()) == {"by landmark"}
    assert page.is_read
    assert page.skeleton == skeleton(CONTENT)


@pytest.mark.parametrize(("old", "section"), RENAMED.items())
def test_a_section_with_a_renamed_class_is_read_by_words(replica, checked, old, section):
    replica.add("10.5555/renamed", 990200001, edit(CONTENT, (f'"{old}', '"tally-box')))
    (page,) = checked("990200001")
    assert page.sections[section] == "by words"
    assert not page.is_read
    assert "tally-box" in page.skeleton


def test_a_section_with_unknown_markup_is_not_read(replica, checked):
    content = edit(CONTENT, ('<dl class="mention-counts">', "<p>"), ("Mentioned by</h2>", "Mentioned by all</h2>"))
    replica.add("10.5555/unknown", 990200001, content)
    (page,) = checked("990200001")
    assert page.sections["mentions"] == "not read"


def test_the_text_of_a_page_does_not_decide_how_a_section_was_read(replica, checked):
    replica.add("10.5555/words", 990200001, edit(CONTENT, ("<ul>", "<ul><li>no landmark of mentions</li>")))
    (page,) = checked("990200001")
    assert page.outcome.record.unread[0].text == "no landmark of mentions"
    assert page.is_read


def test_a_section_that_the_page_lacks_is_not_shown(checked):
    (page,) = checked("990000030")
    assert page.sections["readers"] == "not shown"
    assert page.is_read


def test_a_page_of_another_kind_has_a_skeleton_without_sections(replica, checked):
    replica.add("10.5555/help", 990200001, other_page("help-about-the-score"))
    (page,) = checked("990200001")
    assert (page.outcome.status, page.sections, page.is_read) == ("not_details", {}, False)
    assert page.skeleton.startswith("<")


def test_an_invalid_address_and_a_page_that_does_not_exist_have_no_skeleton(checked):
    pages = checked("not an address", "980000000")
    assert [(page.outcome.status, page.skeleton) for page in pages] == [("invalid", None), ("not_tracked", None)]


def test_pages_are_fetched_by_the_rules_of_a_scrape(replica, checked):
    checked("990000001", "990000002", contact="a.librarian@uni-somewhere.edu")
    assert [request.path for request in replica.requests] == ["/robots.txt", PATH, "/details/990000002"]
    assert all("a.librarian@uni-somewhere.edu" in request.headers["user-agent"] for request in replica.requests)


def test_a_page_that_robots_txt_forbids_is_not_fetched(replica, checked):
    replica.robots = (200, {"Content-Type": "text/plain"}, "User-agent: *\nDisallow: /details/")
    (page,) = checked("990000001")
    assert (page.outcome.status, page.skeleton) == ("robots_denied", None)
    assert [request.path for request in replica.requests] == ["/robots.txt"]


def test_a_block_ends_the_check_of_a_page_and_is_not_retried(replica, checked):
    replica.fail(PATH, Status(403))
    (page,) = checked("990000001")
    assert (page.outcome.status, page.skeleton) == ("blocked", None)
    assert [request.path for request in replica.requests] == ["/robots.txt", PATH]


def test_a_long_wait_stops_the_check(replica):
    replica.fail(PATH, Status(429, retry_after="7200"))
    pages = check_site(["990000001", "990000002"], base_url=replica.base_url, interval=0)
    assert next(pages).outcome.status == "rate_limited"
    with pytest.raises(RunStopped):
        next(pages)
    assert len(replica.requests) == 2


@pytest.mark.parametrize("addresses", [[], ["1", "2", "3", "4"]])
def test_one_to_three_addresses_can_be_checked(addresses):
    with pytest.raises(SettingsError, match="addresses cannot be checked: give 1 to 3 of typical pages"):
        check_site(addresses, contact="a.librarian@uni-somewhere.edu")


def test_altmetric_requires_a_contact():
    with pytest.raises(SettingsError, match="requires a contact"):
        next(check_site("990000001"))


def test_a_check_leaves_no_files(checked, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    checked("990000001")
    assert [*tmp_path.glob("altdetails-*")] == []


def test_a_skeleton_of_the_site_is_read_like_the_page(checked):
    (page,) = checked("990000001")
    assert parse(page.skeleton).sections == parse(CONTENT).sections
