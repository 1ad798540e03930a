"""The trees of lxml and of Python's own HTML parser give the same record."""

import pytest
from lxml import etree
from samples.generator import facts, page
from tests.page.material import DATA, PAGES, everyday, fields_of, insert_before
from tests.support.cases import for_each

from altdetails.errors import PageError, UndecodablePage
from altdetails.page import tree

pytestmark = pytest.mark.slow

# Unlike libxml2, Python's html.parser does not end a <dt>, <td> or <p> at the start of the next one. So pages without
# these end tags are not compared.
WITHOUT_END_TAGS = {"minified", "tags-never-closed"}
DAMAGED = sorted((DATA / "damaged").glob("*.html"))
SAME_IN_BOTH = [path for path in PAGES if path.stem not in WITHOUT_END_TAGS]
RECOVERED_IN_DIFFERENT_WAYS = WITHOUT_END_TAGS | {"tags-closed-twice", "self-closed-divs", "entities-without-semicolon"}


@pytest.fixture
def fields_by_python(monkeypatch):
    """Parse a page with Python's HTML parser instead of lxml, and return its fields."""

    def parse_with_python(content):
        with monkeypatch.context() as patch:
            patch.setattr(tree, "build", tree.rebuild)
            return fields_of(content)

    return parse_with_python


@for_each("path", SAME_IN_BOTH, ids=lambda path: path.stem)
def test_both_trees_of_a_sample_give_one_record(fields_by_python, path):
    assert fields_by_python(path.read_bytes()) == fields_of(path.read_bytes())


@for_each("seed", range(100, 120))
def test_both_trees_of_a_random_page_give_one_record(fields_by_python, seed):
    content = page(facts(seed), 3000)
    assert fields_by_python(content) == fields_of(content)


@for_each(
    "path", [path for path in DAMAGED if path.stem not in RECOVERED_IN_DIFFERENT_WAYS], ids=lambda path: path.stem
)
def test_both_trees_of_a_damaged_page_give_one_record(fields_by_python, path):
    assert fields_by_python(path.read_bytes()) == fields_of(path.read_bytes())


def test_the_fixture_builds_another_tree(fields_by_python, monkeypatch):
    monkeypatch.setattr(tree, "rebuild", lambda _content: etree.Element("html"))
    with pytest.raises((AssertionError, PageError)):
        assert fields_by_python(everyday()) == fields_of(everyday())


def test_a_large_page_of_thousands_of_nested_elements_is_refused():
    with pytest.raises(UndecodablePage, match="nested too deep"):
        tree.build(b"<html>" + b"<div>" * 4000 + b"x" * 200_000)


@for_each("depth", [999, 1000, 1001, 5000])
def test_elements_below_the_maximum_depth_are_moved_up(depth):
    root = tree.rebuild(b"<div class=deep>" * depth + b"<em>kept</em>")
    assert "".join(root.itertext()) == "kept"
    assert sum(1 for _ in next(root.iter("em")).iterancestors()) <= 1000


def test_deep_wrappers_without_attributes_are_skipped():
    root = tree.rebuild(b"<div>" * 5000 + b"<ul class=deep><li>kept</ul>")
    assert [element.tag for element in next(root.iter("li")).iterancestors()][:2] == ["ul", "div"]
    assert sum(1 for _ in next(root.iter("li")).iterancestors()) < 250


def test_deeply_nested_sections_are_read():
    content = insert_before(everyday(), '<div class="score-panel">', "<div>" * 4000)
    assert fields_of(content)["mentions"] == fields_of(everyday())["mentions"]


@for_each("content", [b"", b" ", b"<!-- a note -->", b"<", b"<!DOCTYPE html>"])
def test_empty_content_gives_an_empty_tree(content):
    root = tree.build(content)
    assert isinstance(root, etree._Element)
    assert "".join(root.itertext(tag=etree.Element)).strip() in {"", "<"}


@for_each(
    "content",
    [
        '<p id="a" id="b" 1x="c" :y="d" @click="e" x.y="f">text</p>',
        "<x:p>text</x:p>",
        "<p-1>text</p-1>",
        "<1>text</1>",
        "<p class='a b'>text<![CDATA[more]]></p>",
        "<p hidden>text</p>",
    ],
)
def test_invalid_names_do_not_lose_text(content):
    assert "text" in "".join(tree.rebuild(content.encode()).itertext())


@pytest.mark.parametrize("build", [tree.build, tree.rebuild])
def test_a_class_attribute_is_a_list_of_words(build):
    (element,) = build(b'<div class="a  b\n c">x</div>').iter("div")
    assert element.get("class").split() == ["a", "b", "c"]


@pytest.mark.parametrize("build", [tree.build, tree.rebuild])
def test_entities_are_decoded(build):
    assert "".join(build(b"<p>&lt;1% &amp; &#8211; &eacute;</p>").itertext()) == "<1% & – é"
