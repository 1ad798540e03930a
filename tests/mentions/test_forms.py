"""The same tabs in other forms of HTML, and cut at any place: no field changes, or it is null and named."""

import json
import re

from bs4 import BeautifulSoup
from tests.data.tabs import make
from tests.support.cases import for_each

from altdetails import NotADetailsPage
from altdetails.mentions.tabs import read_tab

WHOLE = [
    tab
    for tab in make.tabs()
    if tab.ending == "html" and isinstance(tab.content, str) and not tab.name.startswith("cut")
]
FORMS = {
    "minified": lambda page: re.sub(r">\s+<", "><", page),
    "without quotes": lambda page: re.sub(r'="([\w/:.-]+)"', r"=\1", page),
    "in capitals": lambda page: re.sub(r"</?[a-z]+\d?", lambda tag: tag[0].upper(), page),
    "with single quotes": lambda page: re.sub(r'="([^"\']*)"', r"='\1'", page),
    "with line ends of Windows": lambda page: page.replace("\n", "\r\n"),
    "indented": lambda page: re.sub(r"(</?(?:div|article|section|a|img|h3|p|ul|li)\b[^>]*>)", r"\n   \1\n   ", page),
    "with a byte order mark": lambda page: f"\ufeff{page}",
    "with hard spaces": lambda page: page.replace(", <time", ",&nbsp;<time"),
    "without optional end tags": lambda page: page.replace("</p>", "").replace("</li>", ""),
    "with more classes": lambda page: re.sub(r'class="([^"]+)"', r'class="\n \1  js-x "', page),
    "with comments": lambda page: re.sub(r"<(article|h4|time|p) ", r"<!-- x --><\1 ", page),
    "with character references": lambda page: re.sub(r"[^\x00-\x7f]", lambda letter: f"&#{ord(letter[0])};", page),
    "with scripts": lambda page: page.replace("</article>", "<script>'<h3>no</h3>'</script></article>"),
    "as XHTML": lambda page: re.sub(r"<(img|link|meta)([^>]*[^/])>", r"<\1\2/>", page),
    "with other data": lambda page: re.sub(r"<(div|article|h3|h4|time|p|a)\b", r'<\1 data-x="post msm"', page),
    "with a menu": lambda page: page.replace(
        "<body>", '<body><nav><ul><li class="current"><a href="/details/1/blogs/page:9" rel="next">next</a></ul></nav>'
    ),
    "with a footer": lambda page: page.replace(
        "</body>",
        '<footer><div class="post_pagination"><a rel="next" href="/details/5/x/page:3">n</a></div>'
        "<p>So far, Altmetric has seen 5 roofs</p></footer></body>",
    ),
    "without the links below": lambda page: re.sub(
        r'(?s)<div class="post_pagination bottom">.*?</div></div>', "", page
    ),
}


def values(lines, facts):
    return [
        {name: json.loads(line.to_json())[name] for name in fields} for line, fields in zip(lines, facts, strict=True)
    ]


def lines_of(content, url):
    reading = read_tab(content, url=url, people=True)
    return [reading.page, *reading.mentions]


@for_each("form", FORMS)
def test_another_form_of_html_gives_the_same_mentions(form):
    differ = []
    for tab in WHOLE:
        facts = [{name: value for name, value in line.items() if name != "inconsistencies"} for line in tab.lines]
        if values(lines_of(FORMS[form](tab.content), tab.url), facts) != facts:
            differ.append(tab.name)
    assert differ == []


@for_each("name", ["news", "twitter", "wikipedia", "missing-parts-of-posts", "pjax"])
def test_a_page_that_is_cut_anywhere_gives_no_wrong_value_and_names_what_is_missing(name):
    tab = next(tab for tab in WHOLE if tab.name == name)
    content = tab.content.encode()
    for at in range(content.index(b"content-panel"), len(content), 131):
        try:
            lines = lines_of(content[:at], tab.url)
        except NotADetailsPage:
            continue
        for number, (line, facts) in enumerate(zip(lines, tab.lines, strict=False)):
            read = json.loads(line.to_json())
            shown = {key: read[key] for key in facts if key not in {"rows", "inconsistencies"}}
            missing = [key for key, value in shown.items() if value is None and facts[key] is not None]
            assert {key: value for key, value in shown.items() if value not in {None, facts[key]}} == {}
            assert not missing or number == 0 or read["unread"]


@for_each("name", ["news", "twitter", "one-user", "licensed", "limited"])
@for_each("between", ["", "\n", " "])
def test_text_gives_the_numbers_of_its_sentence_and_no_rows(name, between):
    tab = next(tab for tab in WHOLE if tab.name == name)
    text = BeautifulSoup(tab.content, "lxml").get_text(between)
    reading = read_tab(text, url="https://www.altmetric.com/details/990000710/news/page:2")
    page, facts = reading.page, tab.lines[0]
    assert (page.tab_total, page.tab_users) == (facts["tab_total"], facts["tab_users"])
    assert (page.tab, page.page, page.rows, page.ended, page.next_page, reading.mentions) == (
        "news",
        2,
        None,
        None,
        None,
        [],
    )
    assert page.limited_access is (True if facts["limited_access"] else None)
