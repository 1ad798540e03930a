"""HTML: landmarks, pages without landmarks, and records of other outputs, which must be ignored."""

import re

import pytest
from samples.generator import facts, page, record
from samples.generator.edges import EVERYDAY, TRAPS
from samples.generator.markup import page as page_of
from tests.page.material import PAGES, SAMPLES, differences, edit, everyday, facts_of, fields_of, insert_before
from tests.support.cases import for_each

from altdetails.page import parse

PADDING = 12_000
LANDMARKS = [
    *("document-header", "tagline", "score-panel", "altmetric-badge", "altmetric-badge-wrapper", "summary", "text"),
    *("mention-counts", "scholarly-citation-counts", "reader-counts", "content-panel", "limited-access-warning"),
    *("document-details-table", "content-wrapper", "demographics-panel", "demographics-group", "twitter", "mendeley"),
    *("table-wrapper", "geo", "users", "num", "section-title", "panel", "document-content", "description", "pubmed"),
]
UTF_8_PAGES = [path for path in PAGES if path.stem not in {"utf-16", "windows-1252"}]
ALL_AT_ONCE = ["document-header", "tagline", "score-panel", "summary", "mention-counts", "reader-counts"]


def rename_classes(content, *names):
    """Rename classes of a page, but not its ids, links and words."""
    words = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    class_attribute = re.compile(r'(?<=class=")[^"]*(?=")')
    return class_attribute.sub(
        lambda match: re.sub(rf"(?<![\w-])(?:{words})(?![\w-])", r"new-\g<0>", match[0]), content
    )


@for_each("name", LANDMARKS)
def test_a_renamed_class_does_not_lose_a_field(name):
    content = rename_classes(everyday(), name)
    assert content != everyday()
    assert differences(fields_of(content), facts_of()) <= {"unread"}


@for_each("path", UTF_8_PAGES, ids=lambda path: path.stem)
@for_each("name", ["document-header", "score-panel", "document-details-table", "demographics-group"])
def test_a_renamed_class_of_a_sample_does_not_lose_a_field(path, name):
    content = path.read_text("utf-8")
    assert differences(fields_of(rename_classes(content, name)), fields_of(content)) <= {"unread"}


@for_each("count", range(2, len(ALL_AT_ONCE) + 1))
def test_several_renamed_classes_do_not_lose_a_field(count):
    assert differences(fields_of(rename_classes(everyday(), *ALL_AT_ONCE[:count])), facts_of()) <= {"unread"}


def test_a_page_without_classes_gives_all_fields_of_its_text():
    bare = fields_of(re.sub(r' class="[^"]*"', "", everyday()))
    links_and_badge = {"publisher_url", "mentions", "citations", "readers", "pmid", "identifiers"}
    assert differences(bare, facts_of()) <= links_and_badge | {"unread", "notices", "sections"}
    for section in ("mentions", "citations", "readers"):
        assert [count | {"url": None} for count in bare[section]] == [
            count | {"url": None} for count in facts_of()[section]
        ]


@for_each(
    ("name", "part"),
    {
        "document-header": "header",
        "score-panel": "attention",
        "mention-counts": "mentions",
        "scholarly-citation-counts": "citations",
        "reader-counts": "readers",
        "document-details-table": "details",
        "demographics-group": "demographics",
    }.items(),
)
def test_a_renamed_class_appears_in_unread(name, part):
    unread = fields_of(rename_classes(everyday(), name))["unread"]
    assert {item["part"] for item in unread} == {part}
    assert all(item["text"].startswith("no landmark of ") for item in unread)


# Missing and empty blocks

BLOCKS = {
    "tagline": (r'<div class="tagline">[^<]*</div>', {"output_type": None}),
    "badge": (r'<div class="altmetric-badge-wrapper">.*?</div></div>', {}),
    "bullets": (r"<div><h2>About this.*?</ul></div></div></div>", {"highlights": None}),
    "mentions": (r"<div><h2>Mentioned by.*?</dl></div>", {"mentions": None}),
    "citations": (r"<div><h2>Citations.*?</dl></div>", {"citations": None}),
    "readers": (r"<div><h2>Readers on.*?</dl></div>", {"readers": None}),
    "limited access": (r'<div class="limited-access-warning">.*?</div>', {"limited_access": False}),
    "DOI": (r"<tr><th>DOI</th>.*?</tr>", {"doi": None, "identifiers": [{"scheme": "pmid", "value": "99000204"}]}),
    "PubMed id": (r"<tr><th>Pubmed ID</th>.*?</tr>", {"pmid": None, "identifiers": facts_of()["identifiers"][:1]}),
    "authors": (r"<tr><th>Authors</th>.*?</tr>", {"authors": None, "authors_text": None}),
    "abstract": (r"<tr><th>Abstract</th>.*?</tr>", {"abstract": None}),
    "X demographics": (
        r'<div class="section-title">X Demographics</div>.*?(?=<div class="section-title">Mendeley)',
        {"demographics": {"twitter": None, "mendeley": facts_of()["demographics"]["mendeley"]}},
    ),
    "Mendeley demographics": (
        r'<div class="section-title">Mendeley readers</div>.*?(?=<div class="section-title">Attention)',
        {"demographics": {"twitter": facts_of()["demographics"]["twitter"], "mendeley": None}},
    ),
    "context": (
        r'<div class="section-title">Attention Score in Context</div>.*(?=</div></div>\s*</body>)',
        {"rankings": None, "last_mentioned": None},
    ),
    "boxes": (
        r"<div><div>(?:All research o|O)utputs.*?outputs</div></div>\n",
        {"rankings": [ranking | {"rank": None} for ranking in facts_of()["rankings"]]},
    ),
    "canonical address": (r'<link rel="canonical"[^>]*>', {}),
}
SECTION_OF = {
    "bullets": "attention",
    "mentions": "mentions",
    "citations": "citations",
    "readers": "readers",
    "X demographics": "twitter_demographics",
    "Mendeley demographics": "mendeley_demographics",
    "context": "context",
}


@for_each("block", BLOCKS)
def test_a_missing_block_is_null_and_changes_nothing_else(block):
    pattern, change = BLOCKS[block]
    content, removed = re.subn(pattern, "", everyday(), flags=re.DOTALL)
    assert removed
    sections = [section for section in facts_of()["sections"] if section != SECTION_OF.get(block)]
    assert fields_of(content) == facts_of() | {"sections": sections} | change


def test_a_page_without_header_has_the_title_of_the_details_table():
    content = re.sub(r'<div class="document-header">.*?</div></div>', "", everyday(), flags=re.DOTALL)
    lost = {"output_type", "publisher_url", "sections"}
    assert differences(fields_of(content), facts_of()) == lost


def test_a_page_without_details_table_has_the_fields_of_the_header():
    content = re.sub(r'<div class="document-details-table">.*?</table></div>', "", everyday(), flags=re.DOTALL)
    lost = {"doi", "pmid", "identifiers", "authors", "authors_text", "abstract", "sections"}
    assert differences(fields_of(content), facts_of()) == lost


@pytest.mark.parametrize("section", ["mentions", "citations", "readers"])
def test_an_empty_list_of_counts_is_empty_and_not_missing(section):
    assert fields_of(everyday(**{section: ()})) == facts_of(**{section: ()})
    assert fields_of(everyday(**{section: ()}))[section] == []


def test_a_section_without_bullets_is_empty_and_not_missing():
    assert fields_of(everyday(bullets=()))["highlights"] == []


@for_each(
    ("cell", "name"),
    [
        ("Port<b>ug</b>al", "Portugal"),
        ("<span>Portugal</span>", "Portugal"),
        ("Portugal<!-- a note -->", "Portugal"),
        ("Portugal<br>and islands", "Portugal and islands"),
    ],
)
def test_a_cell_of_demographics_is_read_with_the_markup_in_it(cell, name):
    source = (SAMPLES / "article-2023.html").read_text().replace("<td>Portugal</td>", f"<td>{cell}</td>")
    assert name in [group.name for group in parse(source).demographics.mendeley.countries]


def test_headings_alone_are_not_read_as_demographics_tables():
    content = re.sub(r"(<table>).*?(</table>)", r"\1\2", everyday(), flags=re.DOTALL)
    twitter = fields_of(content)["demographics"]["twitter"]
    assert twitter == {"total": 14, "countries": None, "types": None}


# Content around the record

DECOY_COUNTS = (
    '<h2>Mentioned by</h2><dl class="mention-counts"><dt>blogs</dt><dd><a href="/details/12/blogs">'
    "<strong>777</strong> blogs</a></dd></dl>"
)
DECOY_PANEL = (
    '<div class="score-panel"><div class="altmetric-badge" style="background-image: '
    f'url(https://badges.altmetric.com/?score=777&amp;types=bbbb)"></div>{DECOY_COUNTS}</div>'
)
DECOY_HEADER = (
    '<div class="document-header"><h1><a href="https://example.org/777">Decoy 777</a></h1>'
    '<div class="tagline">Overview of attention for book published in Decoys, May 1777</div></div>'
)
DECOY_DETAILS = (
    '<div class="document-details-table"><table><tr><th>Title</th><td>Decoy 777</td></tr>'
    "<tr><th>DOI</th><td>10.5555/777</td></tr></table></div>"
)
DECOY_GROUP = (
    '<div class="demographics-group twitter"><p>The data shown below were collected from the profiles of 777 X users '
    "who shared this research output.</p><table><tr><th>Country</th><th>Count</th><th>As %</th></tr>"
    "<tr><td>Decoy</td><td>777</td><td>77%</td></tr></table></div>"
)
DECOY_CONTEXT = (
    "<h2>Attention Score in Context</h2><div>This research output has an Altmetric Attention Score of 777.</div>"
    "<div>All research outputs</div><div>#777</div><div>of 7,777 outputs</div>"
)
DECOYS = {
    "counts": DECOY_COUNTS,
    "panel": DECOY_PANEL,
    "header": DECOY_HEADER,
    "details": DECOY_DETAILS,
    "group": DECOY_GROUP,
    "context": DECOY_CONTEXT,
    "all": DECOY_HEADER + DECOY_PANEL + DECOY_DETAILS + DECOY_GROUP + DECOY_CONTEXT,
}
HIDING_PLACES = {
    "comment": "<!-- {} -->",
    "conditional comment": "<!--[if lt IE 9]>{}<![endif]-->",
    "script": '<script type="text/x-template">{}</script>',
    "template": "<template>{}</template>",
    "noscript": "<noscript>{}</noscript>",
    "nav": "<nav>{}</nav>",
    "aside": "<aside>{}</aside>",
    "footer": "<footer>{}</footer>",
    "textarea": "<textarea>{}</textarea>",
    "style": "<style>{}</style>",
}
AROUND = {
    "before the header": '<div class="document-header">',
    "before the panel": '<div class="score-panel">',
    "before the details": '<div class="document-details-table">',
    "in the details": "<tr><th>DOI</th>",
    "before the demographics": '<div class="section-title">X Demographics',
    "before the context": '<div class="section-title">Attention Score in Context',
    "at the end": "</body>",
}


HIDDEN = [
    (place, hiding)
    for place in AROUND
    for hiding in HIDING_PLACES
    if place != "in the details" or hiding in {"comment", "conditional comment", "script", "template"}
]


@pytest.mark.slow
@for_each(("place", "hiding"), HIDDEN)
@for_each("padding", [0, PADDING], ids=["bare", "padded"])
def test_hidden_elements_with_another_record_are_ignored(place, hiding, padding):
    html, expected = page_of(EVERYDAY, padding), facts_of()
    turn = HIDDEN.index((place, hiding)) + (3 if padding else 0)
    for name in ("all", [*DECOYS][turn % 6]):  # each alone in each place, in turn
        hidden = HIDING_PLACES[hiding].format(DECOYS[name])
        assert fields_of(insert_before(html, AROUND[place], hidden)) == expected, name


@for_each("mark", sorted({*re.findall(r"</?(?:div|dl|dt|dd|ul|li|table|tr|th|td|p|h1|h2|strong|a)\b", everyday())}))
def test_a_comment_before_any_tag_changes_nothing(mark):
    assert fields_of(everyday().replace(mark, f"<!-- a note -->{mark}")) == facts_of()


@for_each("decoy", ["counts", "panel", "group", "context", "details"])
def test_a_hidden_decoy_does_not_replace_a_missing_block(decoy):
    nothing = everyday(
        mentions=None, citations=None, readers=None, twitter=None, mendeley=None, ranks=None, last_mentioned=None
    )
    content = insert_before(
        nothing, "</body>", f"<script type='text/html'>{DECOYS[decoy]}</script><!-- {DECOYS[decoy]} -->"
    )
    assert fields_of(content) == fields_of(nothing)


@for_each(
    "boilerplate",
    [
        '<div class="altmetric-badge" style="background: url(https://badges.altmetric.com/?score=777)"></div>',
        '<img src="https://badges.altmetric.com/?size=64&amp;score=777&amp;types=m">',
        '<a href="/details/777">Another output</a><a href="https://doi.org/10.5555/777">its DOI</a>',
        '<ul class="tabs"><li><a href="/details/990000100/news">News <span>777</span></a></li></ul>',
        '<meta property="og:title" content="Decoy 777">',
        '<script type="application/ld+json">{"name": "Decoy 777"}</script>',
        "<p>© 777 Altmetric. 777 X users like us.</p>",
        '<form><input name="q" value="777 blogs"></form>',
    ],
)
@for_each("place", ["before the header", "before the panel", "at the end"])
def test_badges_links_and_words_around_the_record_are_ignored(boilerplate, place):
    assert fields_of(insert_before(everyday(), AROUND[place], boilerplate)) == facts_of()


def test_a_badge_outside_the_panel_is_ignored_if_the_panel_has_no_badge():
    content = re.sub(
        r'<div class="altmetric-badge-wrapper">.*?</div></div>', "", everyday(score=None, ranks=None), flags=re.DOTALL
    )
    assert (
        fields_of(insert_before(content, "</body>", DECOYS["panel"].replace("score-panel", "related")))["score"] is None
    )


@for_each("padding", [0, 3_000, 12_000, 60_000])
@for_each("seed", range(0, 40, 5))
def test_boilerplate_around_the_record_changes_nothing(seed, padding):
    assert fields_of(page(facts(seed), padding)) == record(facts(seed))


# Words of sections inside the abstract

TRAP = TRAPS.abstract
SECTIONS = {
    "bullets": {"bullets": None},
    "mentions": {"mentions": None},
    "citations": {"citations": None},
    "readers": {"readers": None},
    "X demographics": {"twitter": None},
    "Mendeley demographics": {"mendeley": None},
    "context": {"ranks": None, "last_mentioned": None},
    "all of them": {
        **dict.fromkeys(
            ("bullets", "mentions", "citations", "readers", "twitter", "mendeley", "ranks", "last_mentioned")
        ),
    },
}
WORDS = (
    *("About this Attention Score", "In the top 5% of all research outputs scored by Altmetric", "Mentioned by"),
    *("news", "777 news outlets", "Citations", "dimensions_citation", "777 Dimensions", "Readers on", "mendeley"),
    *("777 Mendeley", "Twitter Demographics", "X Demographics"),
    "The data shown below were collected from the profiles of 777 X users who shared this research output.",
    *("Country Count As %", "Decoy 777 77%", "Mendeley readers"),
    "The data shown below were compiled from readership statistics for 777 Mendeley readers of this research output.",
    *("Readers by discipline Count As %", "Decoys 777 77%", "Timeline", "Attention Score in Context"),
    "This research output has an Altmetric Attention Score of 777. It was last mentioned on 07 July 1977.",
    *("All research outputs", "#777", "of 7,777 outputs"),
    "Altmetric has tracked 7,777 research outputs across all sources so far.",
    *("DOI 10.5555/wrong", "Authors", "Abstract", "Title", "Published in", "Decoys, July 1977"),
)


@for_each("missing", SECTIONS)
@for_each("abstract", [TRAP, WORDS], ids=["traps", "words"])
def test_the_words_of_a_section_inside_the_abstract_are_not_read_as_this_section(missing, abstract):
    changes = SECTIONS[missing] | {"abstract": abstract}
    assert fields_of(everyday(**changes)) == facts_of(**changes)


@pytest.mark.parametrize("label", ["Title", "Authors"])
def test_the_words_of_sections_in_other_rows_are_not_read_as_sections(label):
    title = "Mentioned by: an Altmetric Attention Score of 777, Attention Score in Context and Mendeley readers"
    changes = {"title": title} if label == "Title" else {"authors": None, "authors_text": title}
    assert differences(fields_of(everyday(**changes)), fields_of(everyday())) <= {"title", "authors", "authors_text"}


def test_a_table_inside_the_abstract_is_text_of_the_abstract():
    table = "<table><tr><th>DOI</th><td>10.5555/wrong</td></tr><tr><td>Germany</td><td>12</td><td>40%</td></tr></table>"
    content = insert_before(everyday(), "Forty playgrounds were", f"<p>Before.</p>{table}")
    record = fields_of(content)
    assert differences(record, fields_of(everyday())) == {"abstract"}
    assert "10.5555/wrong" in record["abstract"]


# Details of the markup


@for_each(
    ("badge", "score"),
    [
        ("background-image: url(https://badges.altmetric.com/?style=donut&amp;score=641&amp;types=m)", 641),
        ("background-image: url('https://badges.altmetric.com/?score=641&types=m')", 641),
        ("background-image: url(&quot;//badges.altmetric.com/?types=m&amp;score=641&quot;)", 641),
        ("background: url( https://badges.altmetric.com/?types=m&amp;score=641 )", 641),
        ("background-image: url(https://badges.altmetric.com/?score=0&amp;types=uuuu)", 0),
        ("background-image: url(https://badges.altmetric.com/?score=1,204)", 1204),
        ("background-image: url(https://badges.altmetric.com/?score=641.5)", None),
        ("background-image: url(https://badges.altmetric.com/?score=-5)", None),
        ("background-image: url(https://badges.altmetric.com/?score=)", None),
        ("background-image: url(https://badges.altmetric.com/?score=1.5k)", None),
        ("background-image: url(https://badges.altmetric.com/?highscore=641)", None),
        ("background-image: url(https://badges.altmetric.com/?score=１２)", None),
    ],
)
def test_the_score_is_read_from_the_address_of_the_badge(badge, score):
    html = everyday(ranks=None, last_mentioned=None)
    style = re.search(r'style="(background-image[^"]*)"', html)[1]
    assert fields_of(edit(html, (style, badge)))["score"] == score


@for_each(
    ("link", "expected"),
    [
        ('<link rel="canonical" href="https://www.altmetric.com/details/990000100">', 990000100),
        ("<link rel=canonical href=https://www.altmetric.com/details/990000100>", 990000100),
        ("<LINK HREF='https://www.altmetric.com/details/990000100' REL='canonical'/>", 990000100),
        ('<link rel="canonical" href="/details/990000100">', 990000100),
        ('<link rel="canonical" href="https://www.altmetric.com/details/990000100/news?src=x#y">', 990000100),
        ('<link rel="canonical"\n  href="https://bmc.altmetric.com/details/990000100">', 990000100),
        ('<link rel="canonical" href="https://example.org/details/5">', 990000100),
        ('<link rel="canonical" href="">', 990000100),
    ],
)
def test_the_id_is_read_from_the_canonical_address_or_the_links_of_the_counts(link, expected):
    html = edit(everyday(), ('<link rel="canonical" href="https://www.altmetric.com/details/990000100">', link))
    assert fields_of(html)["altmetric_id"] == expected


def test_the_id_is_null_if_the_links_of_counts_differ():
    html = re.sub(r'<link rel="canonical"[^>]*>', "", everyday())
    assert fields_of(edit(html, ("/details/990000100/news", "/details/12/news")))["altmetric_id"] is None


@for_each(
    ("href", "url"),
    [
        ("/details/990000100/news", "https://www.altmetric.com/details/990000100/news"),
        ("//www.altmetric.com/details/990000100/news", "https://www.altmetric.com/details/990000100/news"),
        ("https://bmc.altmetric.com/details/990000100/news", "https://bmc.altmetric.com/details/990000100/news"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_the_link_of_a_count_is_made_absolute_or_null(href, url):
    counts = fields_of(edit(everyday(), ('href="/details/990000100/news"', f'href="{href}"')))["mentions"]
    assert counts[0]["url"] == url
    assert counts[0]["count"] == 1


def test_the_title_is_the_whole_text_of_its_markup():
    markup = "Growth of <i>Primula  veris</i>\n under CO<sub>2</sub> &amp; shade<script>alert(777)</script>"
    assert fields_of(everyday(title_markup=markup))["title"] == "Growth of Primula veris under CO2 & shade"


def test_the_row_of_the_title_takes_precedence_over_a_shortened_heading():
    assert fields_of(everyday(heading="Hedges"))["title"] == facts_of()["title"]


@pytest.mark.parametrize("heading", ["", " ", "Journal of Hedgerow Ecology"])
def test_a_brand_line_is_never_the_title(heading):
    assert fields_of(everyday(brand=("Hedge Press", "Article Metrics"), heading=heading)) == facts_of()


def test_a_box_above_the_details_is_kept_as_a_notice_word_for_word():
    notice = "This research output has been retracted & replaced on 12 May."
    assert fields_of(everyday(notices=(notice,)))["notices"] == [notice]


def test_one_list_per_count_gives_the_same_record_as_one_list():
    html = re.sub(r"</dd>\n<dt>", '</dd>\n</dl><dl class="mention-counts">\n<dt>', everyday())
    assert html != everyday()
    assert fields_of(html) == fields_of(everyday())


def test_a_count_without_a_key_is_read_by_its_unit():
    assert fields_of(edit(everyday(), ("<dt>twitter</dt>", "")))["mentions"] == facts_of()["mentions"]


def test_a_key_without_a_count_is_unread():
    record = fields_of(edit(everyday(), ("<dt>twitter</dt>", "<dt>syllabi</dt><dt>twitter</dt>")))
    assert record["mentions"] == facts_of()["mentions"]
    assert record["unread"] == [{"part": "mentions", "text": "syllabi"}]


def test_mentions_outside_header_and_panel_are_read_from_the_first_list():
    html = re.sub(r' class="score-panel"', "", everyday())
    other = '<div><h2>Mentioned by</h2><dl class="mention-counts"><dt>blogs</dt><dd>777 blogs</dd></dl></div>'
    assert fields_of(insert_before(html, "</body>", f"<div>{other}</div>"))["mentions"] == facts_of()["mentions"]


@pytest.mark.parametrize("name", ["saved-page", "pretty-printed", "minified"])
def test_the_form_of_a_page_changes_nothing(name):
    content = (SAMPLES / f"{name}.html").read_bytes()
    assert parse(content).unread == []


def test_a_count_around_other_counts_keeps_its_own_text():
    content = edit(
        everyday(),
        ("<strong>14</strong> X users</a>", "<strong>14</strong> X users</a><dl><dt>blogs</dt><dd>3 blogs</dd></dl>"),
    )
    counts = {count["source"]: (count["count"], count["unit"]) for count in fields_of(content)["mentions"]}
    assert counts["twitter"] == (14, "X users")
    assert counts["blogs"] == (3, "blogs")


@for_each("indent", ["\n\t\t\t\t\t", "\r\n\t\t\t\t\t\t\t\t\t", "\n" + " " * 20, "\t" * 12])
def test_indented_cells_give_the_same_record(indent):
    content = re.sub(r"\s*<(?=t[hd]\b)", f"{indent}<", everyday())
    assert fields_of(content) == fields_of(everyday())
