"""Hostile tabs: what is above a limit is left out and named, and nothing of a page gets out of its place."""

import pytest
from tests.data.tabs import make
from tests.support.cases import for_each

from altdetails.mentions.disclosure import MAX_FIELD, MAX_NOTES
from altdetails.mentions.tab_frame import MAX_ARTICLES
from altdetails.mentions.tabs import read_tab


def read(articles, **options):
    content = make.page_of("news", make.panel_of("news", make.sentence_of("news", 3, 2), articles))
    return read_tab(content, url=f"{make.HOST}/details/{make.ID}/news", people=True, **options)


def test_more_mentions_than_the_limit_are_left_out_and_named():
    reading = read(["<article class='post msm'></article>"] * (MAX_ARTICLES + 1))
    assert (reading.page.rows, len(reading.mentions)) == (MAX_ARTICLES, MAX_ARTICLES)
    assert "more than 1,000 mentions" in [item.text for item in reading.page.unread]


@pytest.mark.parametrize("name", ["title", "outlet", "text"])
def test_a_long_text_is_cut_and_named(name):
    (mention,) = read([make.article(make.story(1, **{name: "reed " * MAX_FIELD}))]).mentions
    assert len(getattr(mention, name)) == MAX_FIELD
    assert f"{name} has 49,999 characters, and was cut to 10,000" in [item.text for item in mention.unread]


def test_a_link_that_is_too_long_is_left_out_and_named():
    (mention,) = read([make.article(make.story(1, url=f"https://a.example/{'x' * 5000}"))]).mentions
    assert mention.url is None
    assert mention.unread[0].text.startswith("link https://a.example/xxx")


def test_the_items_of_unread_are_limited():
    (mention,) = read([f"<article class='post msm'>{'<div>more</div>' * 100}</article>"]).mentions
    assert len(mention.unread) == MAX_NOTES


@for_each("letters", ["\x1b[31m", "\u202e", "\u200b", "\x07"])
def test_control_characters_are_removed(letters):
    (mention,) = read([make.article(make.story(1, title=f"Ro{letters}of"))]).mentions
    assert mention.title.replace("[31m", "") == "Roof"


@for_each(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "mailto:a@b.example", "/details/5/news", "ftp://a.example", "//"],
)
def test_a_link_that_does_not_lead_out_is_named(link):
    (mention,) = read([make.article(make.story(1, url=link))]).mentions
    assert mention.url is None
    assert [item.text for item in mention.unread] == [f"link {link}"]


def test_a_mention_cannot_change_its_page():
    inside = (
        '<div class="section-summary"><div class="text">So far, Altmetric has seen 9 news stories.</div></div>'
        '<div class="limited-access-warning"></div><div class="post_pagination top"><a rel="next" '
        'href="/details/5/blogs/page:7">Next</a></div>'
    )
    page = read([f'<article class="post msm">{inside}</article>']).page
    assert (page.tab_total, page.limited_access, page.next_page, page.ended) == (3, False, None, True)


def test_a_page_of_many_landmarks_is_read_once():
    boxes = (
        '<div class="post_pagination"><div class="section-summary"><a href="/details/9/news/page:2">2</a></div></div>'
    )
    assert read([boxes * 5_000]).page.rows == 0
