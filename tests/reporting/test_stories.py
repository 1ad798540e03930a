"""Single mentions in a report: the newest, the outlets with the most, and no people."""

from pathlib import Path

import pytest
from tests.reporting.material import record_of
from tests.support.fixtures import empty_folder
from tests.support.mentions import LAMPS, LICENSED, POLICY, mention, mentions_file, page

from altdetails import report
from altdetails.records.mention_files import MentionSource
from altdetails.reporting.stories import stories_of

folder = pytest.fixture(autouse=True)(empty_folder)
STORY = mention()
SCRIPT = mention("javascript:alert(1)", title="<b>Dusk</b>", outlet="A & B", published_at="2024-01-01T00:00:00Z")
POST = mention(
    "https://x.example/1", source="twitter", outlet=None, title=None, author="Ada Example", handle="@ada", text="Lamps!"
)
RECORD = record_of(doi=LAMPS, altmetric_id=990000001, title="Street lamps")


def stories(*items):
    done, skipped = stories_of(MentionSource(items), [], damaged=pytest.fail)
    assert skipped == 0
    return done


def html(*items):
    report([RECORD], "r.html", mentions=items)
    return Path("r.html").read_text("utf-8")


def test_outlets_are_counted_and_people_are_not_listed():
    done = stories(STORY, LICENSED, POLICY, POST, page(2), page(1, source="twitter", limited=True))
    assert (done.mentions, done.of_outlets, done.outlets) == (4, 3, 3)
    assert done.largest == [("Coastal Office", 1), ("Slate, Thatch & Sons", 1), ("The Harbour Gazette", 1)]
    assert [story.day for story in done.newest] == ["2023-11-19", "2023-11-19", "2023-11-02"]
    assert done.lists == {"complete": 1, "limited": 1, "incomplete": 1}


def test_a_mention_that_was_read_twice_counts_once():
    assert stories(STORY, mention(position=2)).largest == [("The Harbour Gazette", 1)]


def test_the_page_names_outlets_and_outputs_and_escapes_what_they_say():
    content = html(STORY, SCRIPT, LICENSED, POST)
    section = content.partition('<section id="stories"')[2].partition("</section>")[0]
    assert '<a href="https://gazette.example/lamps" rel="noopener noreferrer nofollow">' in section
    assert "Street lamps" in section
    assert "no headline shown" in section
    assert "&lt;b&gt;Dusk&lt;/b&gt;" in section
    assert "A &amp; B" in section
    for hidden in ("javascript:", "Ada Example", "@ada", "Lamps!"):
        assert hidden not in content


def test_without_mentions_there_is_no_such_section():
    report([RECORD], "r.html")
    assert "stories" not in Path("r.html").read_text("utf-8")


def test_lists_without_an_outlet_say_so():
    assert "No list names an outlet." in html(POST)
    assert "0 mentions were read one by one" in html(page(0))


def test_a_run_gives_its_mentions():
    Path("run").mkdir()
    Path("run/records.jsonl").write_bytes(RECORD.to_json() + b"\n")
    mentions_file("run/mentions.jsonl", STORY)
    report("run", "r.html")
    assert "The Harbour Gazette" in Path("r.html").read_text("utf-8")
