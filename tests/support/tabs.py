"""The tabs of the replica: lists of invented mentions of any length, at `/details/<id>/<tab>/page:<n>`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import escape

PAGE_LENGTH = 100
TAB_PATH = re.compile(
    r"(?P<output>/details/(?:[0-9]+/chapter/)?(?P<id>[1-9][0-9]{0,17}))/(?P<tab>[a-z&-]+)(?:/page:(?P<page>[0-9]{1,6}))?"
)
_CLASSES = {
    "news": "msm",
    "blogs": "blogs",
    "policy-documents": "policy",
    "twitter": "twitter",
    "wikipedia": "wikipedia",
}
_WORDS = {
    "news": "{} news stories from {} outlets",
    "blogs": "{} blog posts from {} blogs",
    "policy-documents": "{} policy documents from {} sources",
    "twitter": "{} X posts from {} X users, with an upper bound of {} followers",
}
_NEWEST = datetime(2025, 6, 30, 12, tzinfo=UTC)
_WARNING = (
    '<div class="limited-access-warning">You are seeing a free-to-access but limited selection of the activity.</div>'
)


@dataclass(frozen=True)
class MentionList:
    """The list of a tab. The nth mention is always the same.

    `length`: mentions that the tab shows · `total`: mentions that its sentence says; None for the same · `limited`:
    whether it has the notice about a limited selection · `endless`: whether its last page links to another one.
    """

    length: int
    total: int | None = None
    limited: bool = False
    endless: bool = False

    @property
    def pages(self):
        """The number of its pages. An empty list has one."""
        return max(1, -(-self.length // PAGE_LENGTH))

    def page(self, output, altmetric_id, tab, number):
        """Return a page as HTML; None if the list does not have it."""
        return _page(self, output, altmetric_id, tab, number) if 1 <= number <= self.pages else None


@lru_cache(maxsize=4096)
def _page(whole, output, altmetric_id, tab, number):
    first = (number - 1) * PAGE_LENGTH
    mentions = (mention(altmetric_id, tab, at) for at in range(first, min(first + PAGE_LENGTH, whole.length)))
    total = whole.length if whole.total is None else whole.total
    words = _WORDS.get(tab, "{} mentions from {} sources")
    totals = (f"<strong>{count:,}</strong>" for count in (total, max(1, total - total // 5), 12 * total))
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8"><title>Altmetric</title>
<link rel="canonical" href="https://www.altmetric.com{output}/{tab}"></head><body>
<div class="document-header"><h1>An output with mentions</h1></div>
<div class="tab-panel"><a href="{output}">Summary</a></div>
<div id="main-content"><div class="content-panel">{_WARNING if whole.limited else ""}
<div class="section-summary"><div class="text">So far, Altmetric has seen {words.format(*totals)}.</div></div>
{_links(whole, f"{output}/{tab}", number)}
<section class="post-list">
{"".join(mentions)}</section></div></div>
</body></html>""".encode()


def _links(whole, path, number):
    last = whole.pages + whole.endless
    if last == 1:
        return ""
    following = f'<a class="next_page" rel="next" href="{path}/page:{number + 1}">Next</a>' if number < last else ""
    current = f'<em class="current">{number}</em> <a href="{path}/page:{last}">{last}</a>'
    return f'<div class="post_pagination top"><div class="pagination_page_links">{current} {following}</div></div>'


def mention(altmetric_id, tab, number):
    """Return the nth mention of a tab as HTML, from 0; each seventh news story is licensed, without title and link."""
    at = _NEWEST - timedelta(hours=number)
    time = f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at:%d %b %Y}</time>'
    address = address_of(altmetric_id, tab, number)
    text = f'<p class="summary">The text of mention {number} in {escape(tab)} of {altmetric_id}.</p>'
    name = _CLASSES.get(tab, escape(tab))
    if tab == "twitter":
        person = (
            f'<div class="author"><div class="name">Person {number}</div><div class="handle">@p{number}</div></div>'
        )
        profile = f'<a class="block_link" href="https://twitter.com/p{number}"><div class="header">{person}</div></a>'
        post = f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}"><a href="{address}">{at:%d %b %Y}</a></time>'
        return f'<article class="post {name}">{profile}<div class="content">{text}</div>{post}</article>\n'
    if address is None:
        content = f'<div class="content"><h4>Outlet {number}, {time}</h4>{text}</div>'
    else:
        content = f'<div class="content"><h3>Title {number}</h3><h4>Outlet {number}, {time}</h4>{text}</div>'
        content = f'<a class="block_link" href="{address}">{content}</a>'
    return f'<article class="post {name}">{content}</article>\n'


def address_of(altmetric_id, tab, number):
    """Return the address of the nth mention of a tab; None for a licensed story."""
    if tab == "twitter":
        return f"http://twitter.com/p{number}/statuses/{altmetric_id}{number:05}"
    if tab == "news" and number % 7 == 6:
        return None
    return f"https://{tab.replace('&', '')}.example/{altmetric_id}/{number}"
