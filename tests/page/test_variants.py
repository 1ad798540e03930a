"""Pages in another form give the same record. Blocks of other outputs are ignored."""

import re

import pytest
from tests.page.material import differences, edit, everyday, everyday_text, facts_of, fields_of, insert_before
from tests.support.cases import for_each

from altdetails import NotADetailsPage, parse

RELATED = (
    '<div class="related"><div class="score-panel"><div class="altmetric-badge" style="background:url(//b/?score=777)">'
    '</div><h2>Mentioned by</h2><dl class="mention-counts"><dt>news</dt><dd><a href="/details/999/news">99 news outlets'
    "</a></dd></dl></div></div>"
)
CONTEXT = "<h2>Attention Score in Context</h2>"
TITLE = "Hedges beside playgrounds: shade, birds and the sound of play"


@pytest.mark.parametrize("place", ['<div class="document-header">', '<div class="score-panel">', "</body>"])
def test_the_panel_of_another_output_is_ignored(place):
    assert fields_of(insert_before(everyday(), place, RELATED)) == facts_of()


@pytest.mark.parametrize("name", ["score-panel", "card"])
def test_counts_of_another_output_do_not_replace_missing_counts(name):
    bare = re.sub(r"<div><h2>(Mentioned by|Citations|Readers on)</h2>.*?</dl></div>", "", everyday(), flags=re.DOTALL)
    record = fields_of(insert_before(bare, '<div class="section-title">X', RELATED.replace("score-panel", name)))
    assert (record["score"], record["mentions"], record["citations"], record["readers"]) == (18, None, None, None)


@pytest.mark.parametrize("other", ["999", "9900001001"])
def test_a_count_that_links_to_another_output_is_an_inconsistency(other):
    record = fields_of(edit(everyday(), ("/details/990000100/twitter", f"/details/{other}/twitter")))
    assert record["inconsistencies"] == [
        {"code": "count_links_elsewhere", "where": "twitter", "values": ["990000100", other]}
    ]


def test_two_counts_of_one_source_are_kept_with_an_inconsistency():
    second = '<dt>twitter</dt><dd><a href="/details/990000100/twitter"><strong>60</strong> X users</a></dd>\n'
    record = fields_of(insert_before(everyday(), "<dt>facebook</dt>", second))
    assert [count["count"] for count in record["mentions"] if count["source"] == "twitter"] == [14, 60]
    assert {"code": "source_twice", "where": "twitter", "values": ["14", "60"]} in record["inconsistencies"]


@for_each(("number", "unread"), [("14", []), ("60", ["several score panels that differ: the first was read"])])
def test_a_second_panel_of_the_same_output_is_named_if_it_differs(number, unread):
    panel = (
        '<div class="score-panel"><h2>Mentioned by</h2><dl class="mention-counts"><dt>twitter</dt><dd>'
        '<a href="/details/990000100/twitter"><strong>{}</strong> X users</a></dd></dl></div>'
    )
    first = edit(everyday(), ('<div class="score-panel">', panel.format(14) + '<div class="more">'))
    record = fields_of(insert_before(first, "</body>", panel.format(number)))
    assert record["mentions"][0]["count"] == 14
    assert [item["text"] for item in record["unread"] if "panel" in item["text"]] == unread


def test_a_second_context_after_the_first_is_ignored():
    other = f"<div>{CONTEXT}<div>All research outputs</div><div>#1</div><div>of 2 outputs</div></div>"
    assert fields_of(insert_before(everyday(), "</body>", other)) == facts_of()


SAME_HTML = {
    "rank and total on one line": (r"</div><div>of ", " of "),
    "a link next to the heading of the context": (CONTEXT, f'<div class="head">{CONTEXT}<a>What is this?</a></div>'),
    "a broken line in a count": (r"</strong> X users", "</strong><br>X users"),
    "a broken line in the row of the source": (r", August 2019</div></td>", ",<br>August 2019</div></td>"),
    "a broken line in the title": (r"playgrounds: shade, (.*?)</div>", r"playgrounds:<br>shade, \1</div>"),
    "bullets that are paragraphs": (r"</?ul>|<(/?)li>", lambda tag: f"<{tag[1]}p>" if tag[1] is not None else ""),
    "broken lines in a cell": (r"<td>Denmark</td>", "<td>\n Denmark\n</td>"),
    "a heading row above a table": (r"<tr>\n<th>Country", "<tr><th colspan=3>Geography</th></tr><tr>\n<th>Country"),
    "a commented canonical link": (r"<head>", '<head><!-- <link rel="canonical" href="/details/5"> -->'),
    "a script after the end": (r"</html>", "</html><script>" + '"<div>";' * 1000 + "</script>"),
    "links of a web archive": (r'href="/details/', 'href="/web/20200101000000/https://www.altmetric.com/details/'),
    "authors in a list": (r"<p>(Ines Fernhill), (Søren Lindqvist), (Wei Nakagawa-Lund)</p>",
                          r"<ul><li>\1</li><li>\2</li><li>\3</li></ul>"),
    "a help link before the PubMed link": (r'<a class="pubmed', '<a href="/help">?</a><a class="pubmed'),
    "a footer inside the page": (r'<div class="content-panel">', '<footer>Badge</footer><div class="content-panel">'),
}  # fmt: skip


@for_each("change", SAME_HTML)
def test_html_in_another_form_gives_the_same_record(change):
    old, new = SAME_HTML[change]
    content = re.sub(old, new, everyday())
    assert content != everyday()
    assert fields_of(content) == facts_of()


LABELS = r"^(Title|Published in|Pubmed ID|Authors|Abstract)$"
HEADINGS = r"^(Mentioned by|Citations|Readers on|Mendeley readers|Attention Score in Context)$"
SAME_TEXT = {
    "rank on the line of its label": (r"\n#", " #"),
    "a box on one line": (r"\n(#|of )", r" \1"),
    "labels with a colon": (LABELS, r"\1:"),
    "labels in capitals": (LABELS, lambda line: line[0].upper()),
    "headings in capitals": (HEADINGS, lambda line: line[0].upper()),
    "bullets marked with o": ("•", "o"),
    "words of labels above the record": (r"\A", "Menu\nAbstract\nLog in\n"),
    "line ends of old": ("\n", "\r"),
}


@for_each("change", SAME_TEXT)
def test_text_in_another_form_gives_the_same_record(change):
    old, new = SAME_TEXT[change]
    content = re.sub(old, new, everyday_text(), flags=re.MULTILINE)
    assert content != everyday_text()
    assert fields_of(content) == fields_of(everyday_text())


@for_each("title", ["100 years of hedges in 12 towns", "12 blogs", "Description", "Abstract"])
def test_a_title_is_not_read_as_a_count_or_a_label(title):
    assert fields_of(everyday_text(title=title))["title"] == title
    assert fields_of(everyday_text(title=title))["mentions"] == fields_of(everyday_text())["mentions"]


def test_an_abstract_about_altmetrics_does_not_look_like_a_page_without_line_breaks():
    abstract = ("We compared papers Published in 2014 with those Mentioned by newspapers and Readers on trains.",)
    assert fields_of(everyday_text(abstract=abstract))["abstract"] == abstract[0]


def test_a_ranking_can_have_a_typographic_apostrophe():
    record = fields_of(edit(everyday_text(), ("We're also", "We’re also")))
    plain = fields_of(everyday_text())
    assert differences(record, plain) == {"rankings"}
    assert record["rankings"][3]["text"].startswith("We’re also able")
    assert record["rankings"][3]["higher_than_percent"] == plain["rankings"][3]["higher_than_percent"]


@for_each(
    ("content", "kind"),
    [
        ('<title>Page not found</title><div class="document-header"><h1>Page not found</h1></div>', "not_found"),
        ('<title>How is the Altmetric Attention Score calculated?</title><p>See "About this Attention Score".', "help"),
        ("<title>My blog</title><h2>Mentioned by</h2><p>Some people", "other"),
        ("Readers on\n5 things\nMentioned by\n3 friends\n", "other"),
    ],
)
def test_a_page_without_sections_is_refused(content, kind):
    with pytest.raises(NotADetailsPage) as caught:
        parse(content)
    assert caught.value.kind == kind


NUMBERS = {
    "a count": "<strong>14</strong>",
    "a bare count": "14</strong>",
    "a count of readers": "<strong>73</strong>",
    "a total of a panel": "profiles of <strong>14</strong>",
    "a count of a row": '<td class="num">3',
    "a percent of a row": '<td class="num">21%',
    "a name of a row": "<td>Denmark",
    "a unit": "X users</a>",
    "a date": "August 2019</div>",
}
BESIDE = (
    "<sup>1</sup>",
    '<span style="display:none">1</span>',
    "<i hidden>1</i>",
    "<b>1</b>",
    "<x-badge>&#49;</x-badge>",
)


@for_each(("number", "beside"), [(number, beside) for number in NUMBERS for beside in BESIDE])
def test_a_number_beside_another_is_not_read_as_one(number, beside):
    old = NUMBERS[number]
    closing = re.search(r"(?:</\w+>)*\Z", old)[0]
    content = edit(everyday(), (old, old.removesuffix(closing) + beside + closing))
    record, whole = fields_of(content), facts_of()
    assert record["unread"]
    assert values_of(record) <= values_of(whole) | sources_with_date(whole)


def values_of(value):
    """Return all numbers and texts in a value, without what is named."""
    if isinstance(value, dict):
        return set().union(*(values_of(item) for key, item in value.items() if key != "unread"))
    if isinstance(value, list):
        return set().union(*map(values_of, value))
    return {value}


def sources_with_date(whole):
    """Return the source with a date that was not read, which is named."""
    place = f"{whole['source']}, {whole['published']['text']}"
    return {f"{place} 1", f"{place}1"}


@for_each("mark", ["<mark>{}</mark>", "<hypothesis-highlight class='h'>{}</hypothesis-highlight>", "<font>{}</font>"])
def test_a_number_of_which_a_digit_is_highlighted_is_read(mark):
    assert (
        fields_of(edit(everyday(), ("<strong>73</strong>", "<strong>7" + mark.format(3) + "</strong>"))) == facts_of()
    )


@for_each("mark", ["<span class='hl'>{}</span>", "<em>{}</em>", "<b>{}</b>"])
@for_each(("old", "part"), [("Ecology, August 2019</div></td>", "19"), ("10.5555/jhe.2019.204</a>", "04")])
def test_a_mark_in_a_date_or_a_doi_changes_nothing(old, part, mark):
    assert old in everyday()
    assert fields_of(everyday().replace(old, old.replace(part, mark.format(part)))) == facts_of()


@for_each("first", ["<!-- a comment -->", "<?x y?>", ""])
def test_a_row_of_a_page_with_touching_numbers_can_begin_with_a_comment(first):
    content = edit(everyday(), ("<tr><th>Title", f"<tr>{first}<th>Title"))
    record = fields_of(content.replace("<strong>14</strong>", "<strong>14</strong><sup>1</sup>"))
    assert record["title"] == facts_of()["title"]
    assert record["unread"]


def test_digits_above_the_line_stay_in_prose():
    record = fields_of(edit(everyday(), (f"{TITLE}</div>", f"{TITLE} 10<sup>6</sup></div>")))
    assert record["title"] == f"{TITLE} 106"


EXTENSIONS = {
    "ruby in a number": ("<strong>73</strong>", "<strong><ruby>73<rt>2</rt></ruby></strong>"),
    "ruby in names": ("Ines Fernhill", "<ruby>Ines<rp>(</rp><rt>x</rt><rp>)</rp></ruby> Fernhill"),
    "a heading above the title": (
        '<div class="document-header">',
        '<div class="document-header"><h1>We value you</h1>',
    ),
    "no-break spaces": ("Attention Score in Context", "Attention&nbsp;Score&nbsp;in&nbsp;Context"),
    "XHTML with prefixes": (r"<(/?)([a-z])", r"<\1html:\2"),
    "a shadow root": (
        r"(<body[^>]*>)((?s:.*))</body>",
        r"\1<x-app><template shadowrootmode=open>\2</template></x-app></body>",
    ),
    "a copy in a template": (r"(<body[^>]*>)", '\\1<template><div class="document-header"><h1>x</h1></div></template>'),
}


@for_each("change", EXTENSIONS)
def test_what_tools_add_to_a_page_changes_nothing(change):
    content = re.sub(*EXTENSIONS[change], everyday())
    assert content != everyday()
    assert fields_of(content) == facts_of()


ADDED = {
    "a badge in the panel": (
        '<div class="score-panel">',
        "attention",
        '<div style="background:url(//b/?score=777)"></div>',
    ),
    "a count in a count": ("<dd>", "mentions", "<p>5 comments on PubPeer</p>"),
    "a link behind a unit": ("</dd>", "mentions", "<a>Download PDF</a>"),
}


@for_each("addition", ADDED)
def test_what_extensions_add_to_a_number_is_named_and_never_the_number(addition):
    mark, part, added = ADDED[addition]
    before, _, after = everyday().partition(mark)
    content = before + (added + mark if mark == "</dd>" else mark + added) + after
    record, whole = fields_of(content), facts_of()
    assert part in {item["part"] for item in record["unread"]}
    assert values_of(record["mentions"]) <= values_of(whole["mentions"]) | {None}
    assert record["score"] == whole["score"]


@for_each("behind", [" 7", "[7]", "<sup>7</sup>", "Pubmed"])
def test_a_doi_with_more_behind_it_is_that_of_its_link(behind):
    doi = facts_of()["doi"]
    record = fields_of(edit(everyday(), (f"{doi}</a>", f"{doi}{behind}</a>")))
    assert record["doi"] == doi
    assert differences(record, facts_of()) == {"unread"}


@for_each("behind", [".7", "7", "/abc", "<sup>.7</sup>"])
def test_a_doi_that_can_be_cut_in_its_link_is_null_and_named(behind):
    doi = facts_of()["doi"]
    record = fields_of(edit(everyday(), (f"{doi}</a>", f"{doi}{behind}</a>")))
    assert record["doi"] is None
    assert differences(record, facts_of()) == {"doi", "identifiers", "unread"}


@for_each("text", ["10.5555/JHE.2019.204", "10.5555/jhe.2019.204.", "https://doi.org/10.5555/jhe.2019.204"])
def test_a_doi_in_another_form_than_its_link_is_read(text):
    assert fields_of(edit(everyday(), (f"{facts_of()['doi']}</a>", f"{text}</a>"))) == facts_of()


@for_each("added", ["<style>.a{order:7}</style>", "<svg><title>7</title></svg>", "<script>7</script>"])
def test_what_is_not_shown_is_not_part_of_a_number_or_a_name(added):
    content = re.sub(r"(?<=<strong>)|(?=</strong>)|(?<=<td>)|(?<=<dt>)|(?=, August)", added, everyday())
    assert fields_of(content) == facts_of()


@pytest.mark.parametrize("mark", ["<div>All research outputs", "<div>Outputs of similar age<"])
def test_the_context_goes_on_behind_a_stray_end_tag(mark):
    assert fields_of(insert_before(everyday(), mark, "</div></div>"))["rankings"] == facts_of()["rankings"]


def test_a_page_cut_above_its_notice_does_not_say_that_access_is_not_limited():
    content = everyday()
    assert fields_of(content[: content.index("<dl")])["limited_access"] is None


INVISIBLE = ("\u200b", "\u200e", "\u200f", "\u202a", "\u202c", "\u2060", "\u2066", "\u2069", "\ufeff", "\u061c")


@for_each("mark", [*INVISIBLE, "&lrm;", "&rlm;", "&#8206;", "&#x200F;", "&#x2069;", "&#xfeff;"])
def test_invisible_marks_change_nothing(mark):
    content = re.sub(r"(?<=[a-z0-9%])(?=</(?:strong|t[hd]|dt|h2|li|div|a|p)>)|(?<=>)(?=[A-Za-z#]|\d)", mark, everyday())
    assert content.count(mark) > 100
    assert fields_of(content) == facts_of()


@for_each("mark", INVISIBLE)
def test_invisible_marks_in_text_change_nothing(mark):
    content = re.sub(r"^(?=.)|(?<=.)$", mark, everyday_text(), flags=re.MULTILINE)
    assert fields_of(content) == fields_of(everyday_text())
