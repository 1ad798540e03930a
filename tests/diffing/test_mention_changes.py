"""What is new between two scrapes of mentions, what is gone, and what nobody can know."""

import pytest
from tests.support.cases import for_each
from tests.support.mentions import LICENSED, POLICY, SUMMER, WINTER, mention, mentions_file, page

from altdetails import InputError, mention_changes
from altdetails.diffing.mention_changes import MentionSummary
from altdetails.diffing.mention_store import MentionStore
from altdetails.records.mention_files import MentionSource

STORY = mention()
LATER = mention("https://b.example/later", title="Later", published_at="2026-05-01T08:00:00Z", at=SUMMER)
OTHER = mention("https://c.example/other", doi="10.5555/jhe.2012.118", at=SUMMER)


def changed(old, new):
    """Return each change as its kind, the states of both lists, and the address."""
    changes = mention_changes(old, new)
    return [(change.change, change.old_list, change.new_list, change.mention.url) for change in changes]


def test_a_mention_is_new_whatever_its_place_in_the_list():
    moved = mention(position=2, at=SUMMER)
    assert changed([STORY, page(1)], [LATER, moved, page(2, at=SUMMER)]) == [("new", "complete", "complete", LATER.url)]


def test_a_mention_that_a_complete_list_no_longer_has_is_gone():
    assert changed([STORY, LICENSED, page(2)], [STORY, page(1, at=SUMMER)]) == [("gone", "complete", "complete", None)]


@for_each(
    ("lines", "state"),
    [
        ([page(0, at=SUMMER, limited=True)], "limited"),
        ([page(0, at=SUMMER, ended=False)], "incomplete"),
        ([page(0, at=SUMMER, ended=None)], "incomplete"),
        ([page(0, at=SUMMER, page=2)], "incomplete"),
        ([page(0, at=SUMMER, sentence=None, tab_total=None)], "incomplete"),  # the summary instead of the list
        ([page(0, at=SUMMER, ended=False), page(0, at=SUMMER, page=3)], "incomplete"),
        ([mention("https://b.example/x")], "incomplete"),
        ([], None),
    ],
)
def test_a_list_that_is_limited_incomplete_or_missing_tells_nothing(lines, state):
    kinds = [change for change in changed([STORY, page(1)], lines) if change[0] != "new"]
    assert kinds == [("not_seen", "complete", state, STORY.url)]


def test_the_newest_reading_of_each_page_says_whether_a_list_is_complete():
    grown = [page(1, at=WINTER), page(1, at=SUMMER, ended=False)]
    assert changed([STORY], grown)[0][2] == "incomplete"
    assert changed([STORY], [*grown, page(1, page=2, at=SUMMER)])[0][:3] == ("gone", "incomplete", "complete")
    assert changed([STORY], [page(1, at=SUMMER), page(1, at=WINTER, ended=False)])[0][0] == "gone"


def test_the_summary_instead_of_a_later_page_is_the_end_of_a_list():
    lines = [page(1, at=SUMMER, ended=False), page(0, page=2, at=SUMMER, sentence=None, tab_total=None)]
    assert changed([STORY], lines)[0][0] == "gone"


def test_lists_of_other_outputs_and_sources_tell_nothing():
    others = [page(0, doi="10.5555/jhe.2012.118"), page(0, source="blogs")]
    assert changed([STORY], others) == [("not_seen", "incomplete", None, STORY.url)]


def test_a_summary_counts_and_keeps_the_newest():
    summary = MentionSummary(most=2)
    list(summary.collect(mention_changes([STORY, page(1)], [LATER, POLICY, OTHER, page(1, at=SUMMER)])))
    assert summary.sentence() == (
        "3 new mentions of 2 outputs, 1 gone; 2 of the new ones perhaps older: their lists in OLD are not complete"
    )
    assert summary.newest == [LATER, OTHER]
    assert summary.sources == {"news": 2, "policy": 1}


def test_nothing_new_is_said_too():
    summary = MentionSummary(most=2)
    assert list(summary.collect(mention_changes([STORY], [STORY]))) == []
    assert summary.sentence() == "0 new mentions, 0 gone"


def test_paths_are_compared_and_a_path_without_mentions_is_refused(tmp_path):
    mentions_file(tmp_path / "old" / "mentions.jsonl", STORY)
    new = mentions_file(tmp_path / "new.jsonl", STORY, LATER)
    assert changed(tmp_path / "old", new)[0][0] == "new"
    with pytest.raises(InputError, match="no such file"):
        mention_changes(tmp_path / "old", tmp_path / "missing.jsonl")


def test_mentions_are_stored_once_whatever_the_order():
    again = mention(at=SUMMER, title="Corrected")
    undated = mention(at=None, title="Undated")
    for lines in ([STORY, again, undated], [undated, again, STORY], [again, STORY, undated]):
        with MentionStore() as store:
            store.add_all(MentionSource(lines).lines(damaged=pytest.fail))
            assert (store.mentions, store.count()) == (3, 1)
            assert [line.json for line in store.items()] == [again.to_json()]
