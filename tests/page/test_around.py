"""What is around the known sections of a page is named: unknown sections, a badge without a score, a translation."""

import re

import pytest
from tests.page.material import differences, edit, everyday, facts_of, fields_of, insert_before
from tests.support.cases import for_each

LIST = '<dl class="{}"><dt>{}</dt><dd><a href="/details/990000100/x">3 {}</a></dd></dl>'
UNKNOWN = {
    "a list under its heading": f"<div><h2>Taught in</h2>{LIST.format('syllabus-counts', 'syllabi', 'syllabi')}</div>",
    "a heading and a list": "<h2>Heard in</h2>" + LIST.format("listeners", "radio", "stations"),
    "a list alone": LIST.format("", "choirs", "choirs"),
    "a section of words": "<section><h3>Carved on</h3><p>3 stones</p></section>",
    "a box of words": "<div><h4>Seen from</h4><div>3 towers</div></div>",
}
PLACES = {
    "in the panel": "<div><h2>Mentioned by</h2>",
    "at the end of the panel": '</div>\n<div class="content-panel">',
    "before the panel": '<div class="score-panel">',
    "after the panel": '<div class="content-panel">',
    "above the details": '<div class="document-details-table">',
    "below the details": '<div class="section-title">X Demographics',
}


def words_of(markup):
    return set(re.sub("<[^>]*>", " ", markup).split())


@for_each(
    ("name", "place"),
    [(name, place) for name in UNKNOWN for place in PLACES if "dl" in UNKNOWN[name] or place != "above the details"],
)
def test_an_unknown_section_is_named_and_changes_nothing_else(name, place):
    record = fields_of(insert_before(everyday(), PLACES[place], UNKNOWN[name]))
    assert differences(record, facts_of()) == {"unread"}
    named = set(" ".join(item["text"] for item in record["unread"]).split())
    assert named == words_of(UNKNOWN[name])


@for_each("renamed", ["mention-counts", "summary", "reader-counts", "altmetric-badge"])
def test_an_unknown_section_is_named_beside_a_renamed_section(renamed):
    content = insert_before(everyday(), PLACES["in the panel"], UNKNOWN["a list under its heading"])
    record = fields_of(re.sub(rf'class="{renamed}"', 'class="new"', content))
    named = {item["text"] for item in record["unread"] if item["part"] == "mentions"}
    assert words_of(UNKNOWN["a list under its heading"]) <= set(" ".join(named).split())
    assert [count["source"] for count in record["mentions"]] == [count["source"] for count in facts_of()["mentions"]]


def test_many_unknown_sections_are_counted():
    many = "".join(f"<h2>Section {number}</h2>" for number in range(200))
    unread = fields_of(insert_before(everyday(), PLACES["in the panel"], many))["unread"]
    assert sum(item["text"].startswith("Section") for item in unread) == 50
    assert unread[-1]["text"] == "more than 50 unknown sections"


BADGES = {
    "a picture without a score": "style=donut&amp;types=mmb",
    "a file": "badge.png",
}


@pytest.mark.parametrize("badge", BADGES)
def test_a_badge_without_a_score_is_named(badge):
    content = re.sub(r"\?style=donut[^)\"']*", BADGES[badge], everyday(ranks=None, last_mentioned=None))
    record = fields_of(content)
    assert record["score"] is None
    assert record["inconsistencies"] == [{"code": "score_not_shown", "where": None, "values": []}]


def test_a_badge_without_a_score_is_not_named_if_a_sentence_has_the_score():
    record = fields_of(re.sub(r"\?style=donut[^)\"']*", "badge.png", everyday()))
    assert (record["score"], record["inconsistencies"]) == (18, [])


def test_a_page_without_a_badge_shows_no_score():
    assert fields_of(everyday(score=None, ranks=None, last_mentioned=None))["inconsistencies"] == []


GERMAN = (
    ("Overview of attention for article published in", "Überblick über die Aufmerksamkeit für den Artikel in"),
    ("About this Attention Score", "Über diesen Wert"),
    ("In the top 25% of all research outputs scored by Altmetric", "Unter den besten 25 % aller Ergebnisse"),
    ("compared to outputs of the same age", "im Vergleich zu Ergebnissen gleichen Alters"),
    ("X users", "X-Nutzer"),
    ("Mentioned by", "Erwähnt von"),
    ("Published in", "Veröffentlicht in"),
    ("<th>Title</th>", "<th>Titel</th>"),
    ("Authors", "Autoren"),
    ("Count</th>", "Anzahl</th>"),
    ("The data shown below were", "Die Daten wurden"),
    ("collected from the profile", "aus den Profilen gesammelt"),
    ("compiled from readership statistics", "aus Statistiken gesammelt"),
    ("Attention Score in Context", "Der Wert im Kontext"),
    ("Altmetric Attention Score of", "Wert von"),
)


def translated(sign):
    html = edit(everyday(), *(change for change in GERMAN if change[0] in everyday()))
    return sign(html)


def with_fonts(html):
    return re.sub(
        r"(<(?:h1|h2|h3|li|th|td|p|dd|div)\b[^>]*>)([^<>]*\w[^<>]*)",
        r'\1<font style="vertical-align: inherit;"><font style="vertical-align: inherit;">\2</font></font>',
        html,
    )


SIGNS = {
    "Google's fonts": with_fonts,
    "Google's class": lambda html: html.replace('lang="en"', 'lang="de" class="translated-ltr"'),
    "language": lambda html: html.replace('<html lang="en"', '<html lang="de"'),
    "Edge": lambda html: html.replace("<h1", '<h1 _msttexthash="123"'),
    "translate.goog": lambda html: html.replace(
        "https://www.altmetric.com/details/990000100",
        "https://www-altmetric-com.translate.goog/details/990000100?_x_tr_sl=en&amp;_x_tr_tl=de",
    ),
}
CERTAIN = ("altmetric_id", "url", "doi", "publisher_url", "score", "citations")
DOUBTFUL = (
    *("output_type", "title", "published", "authors", "authors_text", "abstract"),
    "highlights",
)


@for_each("sign", SIGNS)
def test_a_translated_page_says_so_and_gives_what_is_certain(sign):
    record = fields_of(translated(SIGNS[sign]))
    assert [found["code"] for found in record["inconsistencies"]] == ["translated"]
    assert {key: record[key] for key in CERTAIN} == {key: facts_of()[key] for key in CERTAIN}
    assert {key: record[key] for key in DOUBTFUL} == dict.fromkeys(DOUBTFUL)
    assert record["notices"] == facts_of()["notices"]
    texts = " ".join(item["text"] for item in record["unread"])
    assert [german for _, german in GERMAN[:5] if german not in texts] == []
    assert "Hedges" in texts


@for_each("sign", SIGNS)
def test_the_counts_of_a_translated_page_are_kept_without_foreign_units(sign):
    record = fields_of(translated(SIGNS[sign]))
    expected = [(count["source"], count["count"], count["url"]) for count in facts_of()["mentions"]]
    assert [(count["source"], count["count"], count["url"]) for count in record["mentions"]] == expected
    assert "X-Nutzer" not in {count["unit"] for count in record["mentions"]}


def test_a_translation_that_an_extension_added_is_left_out():
    added = '<font class="notranslate immersive-translate-target-wrapper" lang="zh"><br><font>14 个用户</font></font>'
    page = everyday().replace("</strong> X users", f"</strong> X users{added}").replace("</h1>", f"{added}</h1>")
    assert fields_of(page) == fields_of(everyday())


def test_a_page_in_english_is_not_translated_if_only_its_language_differs():
    assert fields_of(SIGNS["language"](everyday())) == facts_of()


@pytest.mark.parametrize("sign", ["Google's fonts", "Edge", "Google's class"])
def test_a_page_translated_to_english_is_read(sign):
    assert differences(fields_of(SIGNS[sign](everyday())), facts_of()) == {"inconsistencies"}
