"""Counts: their numbers, Altmetric's keys in all years, and the units of the page."""

import pytest
from samples.generator.model import Tally
from tests.page.material import edit, everyday, everyday_text, facts_of, fields_of
from tests.support.cases import for_each

KEYS_AND_UNITS = [
    *(("news", "news outlets"), ("blogs", "blogs"), ("policy", "policy sources"), ("twitter", "X users")),
    *(("twitter", "tweeters"), ("patent", "patents"), ("peer_reviews", "peer review sites"), ("weibo", "weibo users")),
    *(("facebook", "Facebook pages"), ("wikipedia", "Wikipedia pages"), ("googleplus", "Google+ users")),
    *(("reddit", "Redditors"), ("f1000", "research highlight platforms"), ("video", "YouTube creators")),
    *(("video", "video uploaders"), ("q&a", "Q&A threads"), ("bluesky", "Bluesky users")),
]
OTHER_KEYS = ["podcast", "podcasts", "guideline", "guidelines", "linkedin", "pinterest", "syllabi"]


def mentions_of(content):
    return [(count["source"], count["count"], count["unit"]) for count in fields_of(content)["mentions"]]


@for_each(("key", "unit"), KEYS_AND_UNITS)
@for_each("count", [0, 1, 1524])
def test_all_known_keys_give_their_count_and_the_unit_of_the_page(key, unit, count):
    unit = unit.removesuffix("s") if count == 1 else unit
    mentions = (Tally(key, count, unit),)
    assert mentions_of(everyday(mentions=mentions)) == [(key, count, unit)]
    assert mentions_of(everyday_text(mentions=mentions)) == [(key, count, unit)]
    assert fields_of(everyday(mentions=mentions, twitter=None))["unread"] == []


@for_each(("key", "unit"), KEYS_AND_UNITS)
@for_each("count", [1, 2])
def test_all_known_units_give_their_key_if_the_text_has_no_key(key, unit, count):
    unit = unit.removesuffix("s") if count == 1 else unit
    text = edit(everyday_text(mentions=(Tally(key, count, unit),), twitter=None), (f"\n{key}\n{count}", f"\n\n{count}"))
    assert mentions_of(text) == [(key, count, unit)]
    assert fields_of(text)["unread"] == []


@for_each("key", OTHER_KEYS)
def test_keys_without_a_known_unit_are_known(key):
    assert fields_of(everyday(mentions=(Tally(key, 3, "things"),), twitter=None))["unread"] == []


NAMES = {
    "guideline": (("guideline", "guidelines", "clinical_guidelines"), ("clinical guideline source", "guidelines")),
    "podcast": (("podcast", "podcasts", "podcast_episodes"), ("podcast", "podcast episodes")),
    "q&a": (("qna", "qs", "q&a", "q_and_a"), ("Q&A threads", "Q&A thread")),
    "googleplus": (("gplus", "googleplus", "google+", "google_plus"), ("Google+ user", "Google+ users")),
    "f1000": (("rh", "f1000", "research_highlights"), ("research highlight platforms", "research highlight")),
    "news": (("msm", "news", "News"), ("news outlet", "news stories")),
    "facebook": (("fbwalls", "facebook"), ("Facebook page", "Facebook walls")),
    "reddit": (("rdts", "reddit"), ("Redditor", "Reddit users")),
    "peer_reviews": (
        ("peerreviews", "peer_reviews", "peerreview", "peer_review_sites", "peerreview_publons"),
        ("peer review site", "peer reviews"),
    ),
    "syllabi": (("syllabi", "syllabus"), ("syllabi", "syllabus")),
    "linkedin": (("linkedin",), ("LinkedIn user", "LinkedIn members")),
    "pinterest": (("pinterest", "pinners"), ("Pinner", "pinners")),
    "forum": (("forum", "forums"), ("forum thread", "forum posts")),
    "book_reviews": (("book_reviews", "book-review"), ("book review", "book reviews")),
    "misc": (("misc", "miscellaneous"), ("miscellaneous sources", "misc")),
    "policy": (("policies", "policy_documents"), ("policy document", "policy sources")),
}


@for_each(("source", "key"), [(source, key) for source, (keys, _) in NAMES.items() for key in keys])
@for_each("unit", ["things", "thing"])
def test_every_key_of_a_source_gives_one_key(source, key, unit):
    record = fields_of(everyday(mentions=(Tally(key, 3, unit),), twitter=None))
    assert ([count["source"] for count in record["mentions"]], record["unread"]) == ([source], [])


@for_each(("source", "unit"), [(source, unit) for source, (_, units) in NAMES.items() for unit in units])
def test_every_unit_of_a_source_gives_one_key(source, unit):
    html = edit(everyday(mentions=(Tally("key", 3, unit),), twitter=None), ("<dt>key</dt>", ""))
    text = edit(everyday_text(mentions=(Tally("key", 3, unit),), twitter=None), ("\nkey\n3", "\n\n3"))
    for record in (fields_of(html), fields_of(text)):
        assert ([count["source"] for count in record["mentions"]], record["unread"]) == ([source], [])


@for_each("key", ["smoke_signals", "carrier pigeons", "x-posts", "点评"])
def test_an_unknown_key_is_kept_and_listed_in_unread(key):
    record = fields_of(everyday(mentions=(Tally(key, 3, "hills"),), twitter=None))
    assert [(count["source"], count["count"], count["unit"]) for count in record["mentions"]] == [(key, 3, "hills")]
    assert record["unread"] == [{"part": "mentions", "text": key}]


@pytest.mark.parametrize("key", ["citeulike", "connotea"])
def test_a_count_without_a_link_is_a_count(key):
    readers = (Tally("mendeley", 73, "Mendeley"), Tally(key, 2, key.title()))
    count = fields_of(everyday(readers=readers))["readers"][1]
    assert (count["source"], count["count"], count["url"]) == (key, 2, None)


@for_each(
    ("shown", "count"),
    [
        *(("0", 0), ("7", 7), ("1524", 1524), ("1,524", 1524), ("1,234,567", 1234567), ("12345678", 12345678)),
        *(
            ("1.5k", None),
            ("1.5", None),
            ("1 234", None),
            ("1.234", None),
            ("12,34", None),
            ("1,2345", None),
            ("1k", None),
            ("1 k", None),
            ("1 M", None),
        ),
        *(
            ("-5", None),
            ("+5", None),
            ("5+", None),
            ("<5", None),
            ("~5", None),
            ("5%", None),
            ("½", None),
            ("１２", None),
        ),
        *(("12.", None), ("1,", None), (",5", None), ("1'234", None), ("1\u202f234", None), ("1\xa0234", None)),
        *(("XIV", None), ("1e3", None), ("0x10", None), ("", None), ("n/a", None), ("9" * 40, None), ("٣", None)),
    ],
)
def test_a_count_is_a_whole_number_or_unread(shown, count):
    html = edit(everyday(twitter=None), ("<strong>14</strong> X users", f"<strong>{shown}</strong> X users"))
    record = fields_of(html)
    twitter_counts = [row["count"] for row in record["mentions"] if row["source"] == "twitter"]
    assert twitter_counts == ([] if count is None else [count])
    assert bool(record["unread"]) == (count is None)
    others = [row for row in facts_of()["mentions"] if row["source"] != "twitter"]
    assert [row for row in record["mentions"] if row["source"] != "twitter"] == others


@for_each(("shown", "count"), [("1,524", 1524), ("1.5k", None), ("1 234", None), ("1.234", None), ("1,23", None)])
def test_a_count_in_text_is_a_whole_number_or_missing(shown, count):
    text = edit(everyday_text(twitter=None), ("14 X users", f"{shown} X users"))
    twitter_counts = [row["count"] for row in fields_of(text)["mentions"] if row["source"] == "twitter"]
    assert twitter_counts == ([] if count is None else [count])


def test_the_digits_of_the_key_f1000_are_not_part_of_its_count():
    mentions = (Tally("f1000", 1, "research highlight platform"),)
    assert mentions_of(everyday(mentions=mentions)) == [("f1000", 1, "research highlight platform")]
    joined = edit(everyday_text(mentions=mentions), ("f1000\n1 ", "f10001 "))
    assert mentions_of(joined) == [("f1000", 1, "research highlight platform")]


def test_counts_stay_in_the_order_of_the_page():
    mentions = tuple(Tally(key, at, unit) for at, (key, unit) in enumerate(reversed(KEYS_AND_UNITS), 2))
    assert mentions_of(everyday(mentions=mentions)) == [(tally.key, tally.count, tally.unit) for tally in mentions]


def test_two_counts_of_one_key_are_both_kept():
    mentions = (Tally("news", 1, "news outlet"), Tally("news", 5, "news outlets"))
    assert [count for _, count, _ in mentions_of(everyday(mentions=mentions))] == [1, 5]


def test_readers_in_the_list_of_mentions_are_readers():
    html = edit(
        everyday(readers=None), ("<dt>facebook</dt>", "<dt>citeulike</dt><dd>2 CiteULike</dd><dt>facebook</dt>")
    )
    record = fields_of(html)
    assert [(count["source"], count["count"]) for count in record["readers"]] == [("citeulike", 2)]
    assert record["mentions"] == facts_of()["mentions"]


@pytest.mark.parametrize("key", ["Twitter", "TWITTER", " twitter "])
def test_keys_are_converted_to_lower_case(key):
    assert fields_of(edit(everyday(), ("<dt>twitter</dt>", f"<dt>{key}</dt>")))["mentions"] == facts_of()["mentions"]


def test_the_total_of_one_group_is_never_that_of_the_other():
    both = "readership statistics and the profiles of 14 X users, of"
    record = fields_of(everyday_text().replace("readership statistics for", both))
    assert record["demographics"]["mendeley"]["total"] is None
