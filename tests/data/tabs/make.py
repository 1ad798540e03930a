"""Write the invented tabs of this folder, each from its facts: `python -m tests.data.tabs.make`.

`NAME.html` (or another ending) is the page, `NAME.jsonl` what it must be read as: first the page, then its mentions.
Both are made from the same facts. The reader is not asked, so the expected lines are right even if it is wrong. All
people, outlets, headlines and addresses are invented, and no page was ever on a site.
"""

import html
import json
import quopri
import re
from pathlib import Path

FOLDER = Path(__file__).parent
ID = 990000710
HOST = "https://www.altmetric.com"
DOI = "10.5555/thatch.2025.9"
SLUGS = {"policy": "policy-documents", "googleplus": "google", "patent": "patents", "peer_reviews": "peer-reviews"}
SLUGS |= {"podcast": "podcasts", "guideline": "guidelines"}
CLASSES = {"news": "msm", "googleplus": "gplus"}


def story(number, source="news", **facts):
    """Return the facts of a story; `facts` replace them."""
    return {
        "source": source,
        "title": f"Reed roofs last {number} years longer, study finds",
        "url": f"http://ct.moreover.com/?a=4000000{number:04}&p=1pl&v=1&x=invented_{number}",
        "outlet": f"The Gable Courier No. {number}",
        "author": None,
        "author_url": None,
        "handle": None,
        "followers": None,
        "at": f"2025-02-{28 - number:02}T14:05:09Z",
        "shown": f"{28 - number:02} Feb 2025",
        "text": f"A roof of reed keeps out {number}0 mm of rain, a team writes.",
    } | facts


def post(number, source="twitter", **facts):
    """Return the facts of a post."""
    handle = f"reed_fan_{number}"
    return (
        story(number, source)
        | {
            "title": None,
            "url": f"http://twitter.com/{handle}/statuses/86541700000000{number:04}",
            "outlet": None,
            "author": f"Roofer, Ada & Sons {number}",
            "author_url": f"https://twitter.com/{handle}",
            "handle": handle,
            "followers": 1204 * number,
            "text": f"RT @thatcher: read this: https://short.example/{number} #roofs",
        }
        | facts
    )


def person(number, source, **facts):
    """Return the facts of a mention of the general form by a person."""
    return (
        story(number, source)
        | {
            "title": None,
            "url": f"https://social.example/permalink.php?story_fbid={number}&id=77",
            "outlet": None,
            "author": f"Ada Thatcher, B.A. {number}",
        }
        | facts
    )


def escape(text):
    return html.escape(text, quote=True)


def time_of(facts, inner=None):
    if facts["at"] is None and facts["shown"] is None:
        return ""
    attribute = f' datetime="{facts["at"]}"' if facts["at"] else ""
    return f"<time{attribute}>{inner or facts['shown'] or ''}</time>"


def heading(facts):
    name = facts["outlet"] or facts["author"]
    if facts["source"] == "wikipedia":
        name = f'Edited by <a href="{escape(facts["author_url"])}">{escape(facts["author"])}</a>' if name else ""
    else:
        name = escape(name) if name else ""
    time = time_of(facts)
    return f"<h4>{', '.join(filter(None, [name, time]))}</h4>" if name or time else ""


def summary(facts):
    return f'<p class="summary">{escape(facts["text"])}</p>' if facts["text"] else ""


def article(facts):
    """Return the markup of a mention."""
    source = facts["source"]
    opening = f'<article class="post {CLASSES.get(source, source)}">'
    if source in {"twitter", "bluesky"}:
        return opening + body_of_post(facts) + "</article>"
    if source == "wikipedia":
        title = f'<a href="{escape(facts["url"])}"><h3>{escape(facts["title"])}</h3></a>' if facts["title"] else ""
        return f'{opening}<div class="content with_image">{title}{heading(facts)}{summary(facts)}</div></article>'
    name = facts["outlet"] or facts["author"]
    image = f'<img class="avatar" alt="{escape(name)}" src="//img.example/1.png">' if name and source != "blogs" else ""
    title = f"<h3>{escape(facts['title'])}</h3>" if facts["title"] else ""
    kind = "content" if source == "blogs" else "content with_image"
    inner = f'{image}<div class="{kind}">{title}{heading(facts)}{summary(facts)}</div>'
    if facts["url"]:
        inner = f'<a class="block_link" href="{escape(facts["url"])}" target="_blank">{inner}</a>'
    return f"{opening}{inner}</article>"


def body_of_post(facts):
    name = f'<div class="name">{escape(facts["author"])}</div>' if facts["author"] else ""
    handle = f'<div class="handle">@{escape(facts["handle"])}</div>' if facts["handle"] else ""
    followers = facts["followers"]
    count = f'<div class="follower_count"><span>{followers:,}</span> followers</div>' if followers is not None else ""
    link = f'<a href="{escape(facts["url"])}">{facts["shown"]}</a>' if facts["url"] else None
    profile = escape(facts["author_url"] or "")
    number = re.search(r"\d+\Z", facts["url"] or "1")[0]
    buttons = "".join(
        f'<a class="{name}" href="https://twitter.com/intent/{name}?tweet_id={number}">{name}</a>'
        for name in ("reply", "retweet", "favorite")
    )
    return (
        f'<a class="block_link" href="{profile}"><div class="header">'
        f'<div class="avatar-holder" style="background-image: url(//img.example/2.png)"></div>'
        f'<div class="author">{name}{handle}</div>{count}</div></a>'
        f'<div class="content">{summary(facts)}</div>{time_of(facts, link)}{buttons}'
    )


def sentence_of(source, total, users=None, followers=None):
    """Return the sentence of a tab, as markup."""
    units = {
        "news": ("news stories", "outlets"),
        "blogs": ("blog posts", "blogs"),
        "policy": ("policy documents", "sources"),
        "twitter": ("X posts", "X users"),
        "facebook": ("public wall posts", "users"),
        "wikipedia": ("Wikipedia pages", None),
        "patent": ("patents", None),
    }
    many, of = units.get(source, ("posts", "users"))
    words = f"So far, Altmetric has seen <strong>{total:,}</strong> {many}"
    if users is not None and of:
        words += f" from <strong>{users:,}</strong> {of}"
    if followers is not None:
        words += f", with an upper bound of <strong>{followers:,}</strong> followers"
    return f"{words}."


def links_to_pages(slug, page, last, base=""):
    """Return the links to other pages."""
    if last is None:
        return ""
    links = [
        f'<em class="current">{page}</em>'
        if number == page
        else f'<a href="{base}/details/{ID}/{slug}/page:{number}">{number}</a>'
        for number in range(1, last + 1)
    ]
    if page < last:
        links.append(f'<a class="next_page" rel="next" href="{base}/details/{ID}/{slug}/page:{page + 1}">Next</a>')
    return f'<div class="pagination_page_links">{" ".join(links)}</div>'


LIMITED = (
    '<div class="limited-access-warning">You are seeing a free-to-access but limited selection of the activity.</div>'
)


def panel_of(source, sentence, articles, *, page=1, last=None, is_limited=False):  # noqa: PLR0913 -- its parts
    """Return the content panel of a tab."""
    slug = SLUGS.get(source, source)
    pages = links_to_pages(slug, page, last)
    around = [f'<div class="post_pagination {place}">{pages}</div>' if pages else "" for place in ("top", "bottom")]
    return (
        f'<div class="content-panel">{LIMITED if is_limited else ""}'
        f'<div class="section-summary"><div class="text">{sentence}</div></div>\n{around[0]}\n'
        f'<section class="post-list">\n' + "\n".join(articles) + f"\n</section>\n{around[1]}\n</div>"
    )


def page_of(source, panel, *, canonical=True):
    """Return a whole page with a panel."""
    slug = SLUGS.get(source, source)
    link = f'<link rel="canonical" href="{HOST}/details/{ID}/{slug}">' if canonical else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="UTF-8">\n<title>Altmetric – Reed</title>\n{link}\n'
        f'</head>\n<body>\n<div class="document-header"><h1><a href="https://doi.org/{DOI}">Reed roofs</a></h1>\n'
        '<div class="tagline">Overview of attention for article published in Annals of Thatch, March 2025</div></div>\n'
        '<div class="score-panel"><h2>About this Attention Score</h2><div class="summary"><ul><li>In the top 5% of all '
        "research outputs scored by Altmetric</li></ul></div></div>\n"
        f'<div class="tab-panel"><ul><li><a href="/details/{ID}">Summary</a></li>'
        f'<li class="selected"><a href="/details/{ID}/{slug}">{source}</a></li></ul></div>\n'
        f'<div id="main-content" class="document-content">\n{panel}\n</div>\n</body></html>\n'
    )


def expected_page(source, rows, **facts):
    """Return the fields of the line about a page."""
    return {
        "kind": "page",
        "altmetric_id": ID,
        "doi": DOI,
        "tab": SLUGS.get(source, source),
        "source": source,
        "page": 1,
        "tab_total": None,
        "tab_users": None,
        "tab_followers": None,
        "next_page": None,
        "rows": rows,
        "ended": True,
        "limited_access": False,
    } | facts


def expected_mention(facts, **others):
    """Return the fields of a mention."""
    fields = {name: facts[name] for name in ("source", "title", "url", "outlet", "author", "author_url", "handle")}
    return (
        {"kind": "mention"}
        | fields
        | {
            "followers": facts["followers"],
            "published_at": facts["at"],
            "published_text": facts["shown"],
            "text": facts["text"],
        }
        | others
    )


class Tab:
    """One page of a tab with its facts."""

    def __init__(  # noqa: PLR0913 -- the facts of a page
        self, name, source, mentions, *, totals=(), page=1, last=None, is_limited=False
    ):
        self.name, self.source, self.mentions = name, source, mentions
        self.totals, self.page, self.last, self.is_limited = totals, page, last, is_limited
        self.ending = "html"
        self.url = None
        numbers = dict(zip(("tab_total", "tab_users", "tab_followers"), totals, strict=False))
        following = page + 1 if last and page < last else None
        line = {"page": page, "next_page": following, "ended": following is None, "limited_access": is_limited}
        self.lines = [expected_page(source, len(mentions), **numbers, **line), *map(expected_mention, mentions)]
        sentence = sentence_of(source, *totals) if totals else "Mentions"
        self.panel = panel_of(source, sentence, [*map(article, mentions)], page=page, last=last, is_limited=is_limited)
        self.content = page_of(source, self.panel)

    def replace(self, old, new, count=-1):
        """Replace a part of the page, which must be there."""
        assert old in self.content, (self.name, old)
        self.content = self.content.replace(old, new, count)
        return self

    def expect(self, number=None, **fields):
        """Change what is expected: of the page, or of a mention by its number."""
        line = self.lines[number or 0]
        assert fields.keys() <= line.keys() | {"unread", "inconsistencies"}, fields
        line.update(fields)
        return self

    def write(self):
        content = self.content if isinstance(self.content, bytes) else self.content.encode()
        (FOLDER / f"{self.name}.{self.ending}").write_bytes(content)
        lines = [{"url_of_page": self.url}, *self.lines]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (FOLDER / f"{self.name}.jsonl").write_text(text, encoding="utf-8")


def by_source():
    """Tabs of each source."""
    yield Tab(
        "news", "news", [story(1), story(2, outlet="Slate, Thatch & Sons"), story(3)], totals=(1226, 1188), last=13
    )
    yield Tab("news-page-3", "news", [story(1)], totals=(201, 99), page=3, last=3)
    yield Tab("blogs", "blogs", [story(1, "blogs"), story(2, "blogs", text=None)], totals=(2, 2))
    many = [post(1), post(2, text="No tags, but 7 March 2024 & a 5,000 in it")]
    yield Tab("twitter", "twitter", many, totals=(87, 70, 1204332), last=2)
    facebook = [person(1, "facebook"), person(2, "facebook", text=None)]
    yield Tab("facebook", "facebook", facebook, totals=(2, 2))
    plus = [person(1, "googleplus", author_url=None, text="Roofs! More of it.")]
    yield Tab("google", "googleplus", plus, totals=(1, 1))
    wiki = person(
        1,
        "wikipedia",
        title="Thatching, in short",
        author="192.0.2.77",
        author_url="https://en.wikipedia.org/wiki/User:192.0.2.77",
        url="http://en.wikipedia.org/?diff=prev&oldid=900#altmetric_citation_4",
        text="REDIRECT Reed roof",
    )
    yield Tab("wikipedia", "wikipedia", [wiki], totals=(1,))
    policy = story(
        1, "policy", outlet="Ministry of Roofs, Reeds, and Rain", at="2024-05-01T00:00:00Z", shown="01 May 2024"
    )
    yield Tab("policy", "policy", [policy], totals=(1, 1)).expect(1, published_at="2024-05-01")
    patent = story(1, "patent", outlet="Roofland", at="2019-11-30T00:00:00Z", shown="30 Nov 2019", text=None)
    yield Tab("patents", "patent", [patent], totals=(1,)).expect(1, published_at="2019-11-30")
    yield Tab("f1000", "f1000", [story(1, "f1000", outlet=None, title="Recommended in F1000 Prime", text=None)])
    yield Tab("bluesky", "bluesky", [post(1, "bluesky", url="https://bsky.example/profile/a/post/31")], totals=(1, 1))
    yield Tab("reddit", "reddit", [person(1, "reddit", title="Reed?", author="u_reed", text=None)])
    yield Tab(
        "video", "video", [person(1, "video", title="How to thatch", url="https://www.youtube.com/watch?v=inv3nted")]
    )
    review = person(1, "peer_reviews", author=None, outlet="PubPeer", url="https://pubpeer.example/publications/9#fb1")
    yield Tab("peer-reviews", "peer_reviews", [review])
    yield Tab("q&a", "q&a", [person(1, "q&a", title="Is reed a grass?")])
    yield Tab("guidelines", "guideline", [story(1, "guideline")])


def by_defect():
    """Tabs with missing parts, odd values and damage."""
    licensed = story(2, title=None, url=None, at="2025-02-09T00:00:00Z", shown="09 Feb 2025")
    tab = Tab("licensed", "news", [story(1), licensed, story(3)], totals=(3, 3))
    yield tab.expect(2, published_at="2025-02-09")
    tab = Tab("licensed-placeholder", "news", [licensed], totals=(1, 1)).expect(1, published_at="2025-02-09")
    yield tab.replace("<h4>", "<h3>Headline not available: licence of the publisher</h3><h4>")
    gaps = [
        story(1, text=None),
        story(2, at=None, shown=None),
        story(3, title=None),
        story(4),
        story(5, outlet=None, url=None),
        story(6),
    ]
    yield Tab("missing-parts", "news", gaps, totals=(6, 5))
    gaps = [
        post(1, handle=None),
        post(2, followers=None),
        post(3, text=None),
        post(4, author=None),
        post(5),
        post(6, url=None),
    ]
    yield Tab("missing-parts-of-posts", "twitter", gaps, totals=(6, 6, 40000))
    yield Tab("no-date-in-heading", "news", [story(1, at=None)], totals=(1, 1)).expect(1, published_at="2025-02-27")
    dates = [
        story(1, at="2017-05-19T02:31:56+00:00", shown="19 May 2017"),
        story(2, at="2017-05-19T02:31:56.750-05:00", shown="19 May 2017"),
        story(3, at="2017-05-19", shown="19 May 2017"),
        story(4, at="yesterday", shown="19 May 2017"),
        story(5, at="2017-02-30T10:00:00Z", shown="19 May 2017"),
    ]
    tab = Tab("dates", "news", dates, totals=(5, 5))
    for number, at in enumerate(
        ["2017-05-19T02:31:56Z", "2017-05-19T07:31:56Z", "2017-05-19", "2017-05-19", "2017-05-19"], 1
    ):
        tab.expect(number, published_at=at)
    yield tab
    midnight = post(1, at="2017-05-19T00:00:00Z", shown="19 May 2017")
    yield Tab("post-at-midnight", "twitter", [midnight], totals=(1, 1, 9))
    escaped = story(1, title="Fish &amp; chips &#39;under&#39; thatch &nbsp;", outlet="Thatch &amp; Sons")
    yield Tab("escaped-twice", "news", [escaped], totals=(1, 1))
    one = Tab("one-user", "twitter", [post(1)], totals=(1, 1, 1204))
    yield one.replace("from <strong>1</strong> X users", "from 1 X user").replace(
        "<strong>1</strong> X posts", "<strong>1</strong> X post"
    )
    yield Tab("limited", "news", [story(1)], totals=(226, 188), is_limited=True)
    yield Tab("limited-and-empty", "news", [], totals=(226, 188), is_limited=True)
    yield Tab("fewer-than-the-sentence-says", "blogs", [story(1, "blogs")], totals=(3, 3))
    tab = Tab("more-than-the-sentence-says", "news", [story(1), story(2)], totals=(1, 1))
    yield tab.expect(inconsistencies=["rows_above_total"])
    odd = Tab("odd-numbers", "twitter", [post(1)], totals=(1234, 70, 1204332))
    odd.replace("<strong>1,234</strong>", "<strong>1.2k</strong>").replace("<span>1,204</span>", "<span>1.2K</span>")
    yield odd.expect(tab_total=None).expect(1, followers=None)
    late = Tab("next-number-has-rel-next-too", "news", [story(1)], totals=(900, 9), page=2, last=9)
    yield late.replace(f'<a href="/details/{ID}/news/page:3">', f'<a rel="next" href="/details/{ID}/news/page:3">')
    unknown = Tab("unknown-class", "news", [story(1)], totals=(1, 1)).replace("post msm", "post hologram")
    yield unknown
    renamed = Tab("renamed-classes", "news", [story(1)], totals=(1, 1))
    for name in ("block_link", "summary", "post-list", "section-summary", "with_image"):
        renamed.replace(
            f'"{name}"' if f'"{name}"' in renamed.content else name,
            f'"x-{name}"' if f'"{name}"' in renamed.content else f"x-{name}",
        )
    yield renamed
    nested = Tab("unclosed-articles", "news", [story(1), story(2, text=None), story(3)], totals=(3, 3))
    nested.content = nested.content.replace("</article>", "")
    yield nested
    hostile = story(
        1, title='<script>alert("x")</script>', outlet="=HYPERLINK(1), Inc.", text="So far, Altmetric has seen 9 lies."
    )
    yield Tab("hostile-texts", "news", [hostile, story(2, url="javascript:alert(1)")], totals=(2, 2)).expect(
        2, url=None
    )
    aside = Tab("aside", "news", [story(1)], totals=(1, 1))
    yield aside.replace("</body>", f"<aside>{article(story(7))}</aside><template>{article(story(8))}</template></body>")
    named = Tab("named-symbols", "twitter", [post(1)], totals=(1, 1, 1204))
    name = html.escape(post(1)["author"])
    yield named.replace(name, f"{name}<svg><title>Verified</title></svg>")


def by_address():
    """Tabs whose addresses do not agree, or that lack some."""
    wrong = Tab("page-of-another-output", "news", [story(1)], totals=(1, 1))
    wrong.url = f"{HOST}/details/990000799/news"
    yield wrong.expect(inconsistencies=["altmetric_id_mismatch"])
    wrong = Tab("another-output-by-its-bar-of-tabs", "news", [story(1)], totals=(1, 1))
    wrong.url = f"{HOST}/details/990000799/news"
    wrong.content = re.sub(r"<link[^>]*>", "", wrong.content)
    yield wrong.expect(inconsistencies=["altmetric_id_mismatch"])
    wrong = Tab("another-output-in-its-pages", "news", [story(1)], totals=(226, 188), last=3)
    wrong.replace(f"{ID}/news/page:", "990000799/news/page:")
    yield wrong.expect(inconsistencies=["altmetric_id_mismatch"])
    tab = Tab("no-address", "news", [story(1)], totals=(1, 1))
    tab.content = re.sub(r'<link[^>]*>|<div class="tab-panel">.*?</ul></div>', "", tab.content)
    yield tab.expect(altmetric_id=None)
    tab = Tab("no-canonical", "news", [story(1)], totals=(1, 1))
    tab.content = re.sub(r"<link[^>]*>", "", tab.content)
    yield tab
    tab = Tab("page-in-the-canonical", "news", [story(1)], totals=(226, 188), page=3, last=3)
    tab.replace(f'{HOST}/details/{ID}/news"', f'{HOST}/details/{ID}/news/page:3"').replace(' class="current"', "")
    yield tab


def by_form():
    """Tabs in the forms of saved copies."""
    mentions = [story(1), story(2, outlet="Slate, Thatch & Sons"), story(3, title=None, url=None)]
    tab = Tab("pjax", "news", mentions, totals=(226, 188), last=3)
    tab.content = tab.panel
    tab.url = f"{HOST}/details/{ID}/news?_pjax=.content-panel"
    yield tab.expect(doi=None)
    tab = Tab("minified", "news", mentions, totals=(226, 188), last=3)
    tab.content = re.sub(r">\s+<", "><", tab.content)
    tab.content = re.sub(r'="([\w/:.-]+)"', r"=\1", tab.content).replace("</p>", "").replace("</li>", "")
    yield tab
    tab = Tab("indented", "twitter", [post(1), post(2)], totals=(2, 2, 9))
    tab.content = re.sub(r"(<(?!/?strong|/?em)[^>]+>)", r"\n   \1\n  ", tab.content)
    yield tab
    tab = Tab("wayback", "news", mentions, totals=(226, 188), last=3)
    archive = "https://web.archive.org/web/20230301120000"
    tab.content = re.sub(r'href="(http[^"]*)"', rf'href="{archive}/\1"', tab.content)
    tab.content = re.sub(r'href="(/details[^"]*)"', rf'href="{archive}/{HOST}\1"', tab.content)
    tab.url = f"{archive}/{HOST}/details/{ID}/news"
    yield tab
    tab = Tab("mhtml", "twitter", [post(1)], totals=(1, 1, 9))
    body = quopri.encodestring(tab.content.encode()).decode()
    tab.content = (
        f"From: <Saved by Blink>\nSnapshot-Content-Location: {HOST}/details/{ID}/twitter\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; type="text/html"; boundary="----b"\n\n------b\nContent-Type: text/html\n'
        f"Content-Transfer-Encoding: quoted-printable\nContent-Location: {HOST}/details/{ID}/twitter\n\n"
        f"{body}\n------b--\n"
    )
    tab.ending = "mhtml"
    yield tab
    tab = Tab("windows-1252", "news", [story(1, outlet="Das Dach – über alles", title="Größe zählt")], totals=(1, 1))
    tab.content = tab.content.replace("UTF-8", "windows-1252").encode("cp1252")
    yield tab
    tab = Tab("chapter", "news", [story(1)], totals=(1, 1))
    tab.content = tab.content.replace(f"/details/{ID}", f"/details/990000711/chapter/{ID}")
    yield tab
    tab = Tab("translated", "news", [story(1)], totals=(1226, 188))
    tab.content = re.sub(
        r">([^<>\n]+)<", r'><font style="vertical-align: inherit;"><font>\1</font></font><', tab.content
    )
    tab.replace("So far, Altmetric has seen ", "Bisher hat Altmetric ").replace("1,226", "1.226").replace(
        "news stories", "Nachrichten"
    )
    tab.replace(" from ", " aus ").replace(" outlets", " Medien gesehen")
    yield tab.expect(tab_total=None, tab_users=188, inconsistencies=["translated"])
    cut = Tab("cut-in-the-text", "news", [story(1), story(2), story(3)], totals=(226, 188), last=3)
    cut.content = cut.content[: cut.content.rindex("keeps out 30")]
    yield cut.expect(inconsistencies=["cut_short"]).expect(3, text=None)
    cut = Tab("cut-in-the-outlet", "news", [story(1), story(2)], totals=(226, 188), last=3)
    cut.content = cut.content[: cut.content.rindex("urier No. 2")]
    facts = {"outlet": None, "published_at": None, "published_text": None, "text": None}
    yield cut.expect(inconsistencies=["cut_short"]).expect(2, **facts | {"outlet": "The Gable Courier No. 2"})
    cut = Tab("cut-between-mentions", "news", [story(1), story(2)], totals=(226, 188), last=3)
    cut.content = cut.content[: cut.content.index("\n</section>")]
    yield cut.expect(inconsistencies=["cut_short"])
    text = Tab("text", "news", [], totals=(1226, 1188), last=13)
    text.content = re.sub(
        r"<[^>]+>",
        "",
        f"Reed roofs\n\nNews\n{sentence_of('news', 1226, 1188)}\n1 2 3 Next\n\nThe Weathercock,\n\nA snippet.\n",
    )
    text.ending = "txt"
    text.url = f"{HOST}/details/{ID}/news"
    yield text.expect(rows=None, ended=None, next_page=None, limited_access=None, doi=None)


def tabs():
    """Return all tabs."""
    return [*by_source(), *by_defect(), *by_address(), *by_form()]


if __name__ == "__main__":
    for tab in tabs():
        tab.write()
