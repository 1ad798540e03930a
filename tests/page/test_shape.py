"""Skeletons of pages: they contain no text of the page, and are read like it."""

import re

import pytest
from samples.generator import facts, page
from tests.page.material import DATA, PAGES, SAMPLES, edit, everyday
from tests.support.cases import for_each

from altdetails import NotADetailsPage, UndecodablePage, parse, skeleton
from altdetails.page import flow, mhtml, tree
from altdetails.page.decode import to_utf8
from altdetails.page.landmarks import CLASSES, Landmarks
from altdetails.page.masking import FIXED_WORDS

SOURCES = [*PAGES, SAMPLES / "saved.mhtml", *sorted((DATA / "pages").glob("*.html"))]
WORD = re.compile(r"[^\W\d_]{4,}")
NAMES_OF_MARKUP = re.compile(r"(?<=[</])[a-z0-9]+|[\w-]+(?==)")
FIXED = {
    form
    for phrase in [*FIXED_WORDS, *CLASSES, "https tagline", "policy documents"]
    for word in WORD.findall(phrase.replace(r"\b", " ").lower())
    for form in (word, f"{word}s")
}


def reading(content):
    record = parse(content)
    return record.sections, sorted(item.part for item in record.unread), record.limited_access


def landmarks(content):
    return {name for name in CLASSES if name in Landmarks(tree.build(content.encode()), own_id=None)}


def own_words(source):
    """The words of at least four letters in a source, without tags and the names of attributes."""
    return {word.lower() for word in WORD.findall(NAMES_OF_MARKUP.sub(" ", source))}


def shown_words(path):
    """The words of at least four letters in the text of a page."""
    content = mhtml.unwrap(path.read_bytes()).content if path.suffix == ".mhtml" else path.read_bytes()
    return {word.lower() for line in flow.lines(tree.build(to_utf8(content))) for word in WORD.findall(line)}


@pytest.mark.slow
@for_each("path", SOURCES, ids=lambda path: path.name)
def test_a_skeleton_has_the_parts_and_landmarks_of_its_page_and_none_of_its_words(path):
    source = path.read_bytes()
    made = skeleton(source)
    assert reading(made) == reading(source)
    assert skeleton(made) == made
    left = own_words(made) & shown_words(path)
    assert {word for word in left if word.strip("x")} - FIXED == set()
    if path.suffix == ".html":
        assert landmarks(made) == landmarks(source.decode("utf-16" if source[:2] == b"\xff\xfe" else "utf-8", "ignore"))


@pytest.mark.slow
@for_each("seed", range(10))
def test_a_random_page_and_its_skeleton_are_read_alike(seed):
    content = page(facts(seed), 2000 * (seed % 2)).encode()
    assert reading(skeleton(content)) == reading(content)


HIDDEN = "zephyrine quagmire"
HIDING_PLACES = {
    "text": "<p>{}</p>",
    "text in a formula": "<math><mi>{}</mi></math>",
    "title": "<title>{}</title>",
    "comment": "<!-- {} -->",
    "comment without an end": "<!-- {}",
    "declaration": "<!ELEMENT {}>",
    "processing instruction": "<?php {} ?>",
    "CDATA": "<![CDATA[{}]]>",
    "script": "<script>var a = '{}';</script>",
    "script without an end": "<script>{}",
    "JSON-LD": '<script type="application/ld+json">{{"author": "{}"}}</script>',
    "style": "<style>.a {{content: '{}'}}</style>",
    "style attribute": "<p style=\"background: url('{}')\">",
    "badge": '<div class="altmetric-badge" style="x?score={}">',
    "data attribute": '<p data-author="{}">',
    "data attribute without quotes": "<p data-author={}>",
    "meta content": '<meta name="citation_author" content="{}">',
    "alternative text": '<img alt="{}" src="/a.png">',
    "tooltip": "<p title='{}'>",
    "event handler": "<a onclick=\"go('{}')\">",
    "link": '<a href="https://{}.test/{}?{}#{}">x</a>',
    "relative link": '<a href="{}">x</a>',
    "mail address": '<a href="mailto:{}@uni.test">x</a>',
    "script address": "<a href=\"javascript:go('{}')\">x</a>",
    "path of the site": '<a href="/details/990000001/{}">x</a>',
    "subdomain of the site": '<a href="https://{}.altmetric.com/details/1">x</a>',
    "user in an address": '<a href="https://{}@www.altmetric.com/details/1">x</a>',
    "saved from": "<!-- saved from url=(0042)https://www.altmetric.com/{} -->",
    "image": '<img src="/photos/{}.jpg" srcset="{} 2x">',
    "frame": '<iframe srcdoc="<p>{}</p>"></iframe>',
    "template": "<template><p>{}</p></template>",
    "text area": "<textarea>{}</textarea>",
    "input": '<input value="{}" placeholder="{}">',
    "entities": "<p>&#122;ephyrine quagmir&#101; {}</p>",
    "broken tag": '<p title="{}',
    "tag in a tag": '<p <b {}="1">{}',
    "end tag": "</p {}>",
    "attribute name": "<p>{}</p><p {}>",
    "unknown tag": "<p>{}</p><zephyrine-quagmire>x</zephyrine-quagmire>",
    "class": '<p>{}</p><p class="by-zephyrine">',
    "class in camel case": '<p>{}</p><p class="cardZephyrine">',
    "class without a hyphen": '<p>{}</p><p class="zephyrinequagmire">',
    "class of a person": '<p class="user-zephyrine-quagmire">',
    "class with a number": '<p class="zephyrine42">',
    "id": '<p>{}</p><p id="zephyrine">',
    "id with a number": '<p id="zephyrine_12">',
    "name of a link": '<p class="card quagmire"><a href="/people/{}">x</a>',
    "label of another table": "<table><tr><th>{}</th><td>{}</td></tr></table>",
    "unit": "<dl class='mention-counts'><dt>{}</dt><dd>5 {}</dd></dl>",
}


@for_each("markup", HIDING_PLACES.values(), ids=HIDING_PLACES)
def test_a_text_does_not_pass_in_any_place(markup):
    pages = {
        gap: f"<html><body><p class={name}>a</p></body></html>"
        for gap, name in ((" ", "score-panel"), ("-", "summary"))
    }
    for gap, page_around in pages.items():
        hiding = markup.replace("{}", HIDDEN.replace(" ", gap)).replace("{{", "{").replace("}}", "}")
        made = skeleton(edit(page_around, ("<body>", f"<body>{hiding}")))
        assert "zephyrine" not in made.lower()
        assert "quagmire" not in made.lower()
        assert skeleton(made) == made


@for_each("name", ["mention-tally", "panel", "col-md-0", "is_open", "PageHeader"])
def test_the_name_of_a_layout_is_kept(name):
    assert f'class="{name}"' in skeleton(f'<p class="{name}">text</p>')


def test_letters_and_digits_of_any_script_are_masked():
    assert skeleton("<p>Née 中文 Ⅻ ٣ 𝒜 🙂 it’s 12–14</p>") == "<p>xxx xx 0 0 x x xx’x 00–00</p>"


def test_a_long_text_is_cut_to_40_characters():
    assert skeleton(f"<p> {'a' * 100} </p>") == f"<p> {'x' * 40} </p>"


def test_a_renamed_class_is_read_by_words_in_the_skeleton_too():
    content = edit(everyday(), ('class="mention-counts"', 'class="mention-tally"'))
    (item,) = (item for item in parse(skeleton(content)).unread if item.part == "mentions")
    assert item.text == "no landmark of mentions"


def test_links_to_other_outputs_stay_different():
    made = skeleton("".join(f'<a href="/details/{path}">a</a>' for path in ("123456", "654321/news", "123456")))
    assert re.findall(r"/details/(\d+)", made) == ["990000001", "990000002", "990000001"]


def test_text_is_refused():
    with pytest.raises(NotADetailsPage, match="this is text, and a skeleton needs HTML: save the page as HTML"):
        skeleton("Overview of attention for article")
    with pytest.raises(UndecodablePage):
        skeleton(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(TypeError):
        skeleton(None)
