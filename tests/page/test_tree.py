"""lxml's tree and BeautifulSoup's say the same: the one is the oracle of the other."""

import pytest
from lxml import etree
from samples.generator import facts, page
from tests.page.material import DATA, PAGES, before, everyday, said

from altdetails.errors import PageError, UndecodablePage
from altdetails.page import tree

# Python's html.parser, unlike libxml2, ends no <dt>, <td> or <p> where the next one begins. So the oracle knows nothing
# of pages that leave these end tags out.
WITHOUT_END_TAGS = {"minified", "tags-never-closed"}
DAMAGED = sorted((DATA / "damaged").glob("*.html"))
SAME_IN_BOTH = [path for path in PAGES if path.stem not in WITHOUT_END_TAGS]
RECOVERED_IN_DIFFERENT_WAYS = WITHOUT_END_TAGS | {"tags-closed-twice", "self-closed-divs", "entities-without-semicolon"}


@pytest.fixture
def by_soup(monkeypatch):
    """What a page says where BeautifulSoup builds its tree."""

    def said_by_soup(content):
        with monkeypatch.context() as patch:
            patch.setattr(tree, "build", tree.rebuild)
            return said(content)

    return said_by_soup


@pytest.mark.parametrize("path", SAME_IN_BOTH, ids=lambda path: path.stem)
def test_both_trees_of_a_sample_give_one_record(by_soup, path):
    assert by_soup(path.read_bytes()) == said(path.read_bytes())


@pytest.mark.parametrize("seed", range(100, 120))
def test_both_trees_of_a_random_page_give_one_record(by_soup, seed):
    content = page(facts(seed), 3000)
    assert by_soup(content) == said(content)


@pytest.mark.parametrize(
    "path", [path for path in DAMAGED if path.stem not in RECOVERED_IN_DIFFERENT_WAYS], ids=lambda path: path.stem
)
def test_both_trees_of_a_damaged_page_give_one_record(by_soup, path):
    assert by_soup(path.read_bytes()) == said(path.read_bytes())


def test_both_trees_of_the_seed_give_one_record(by_soup, seed_html):
    assert by_soup(seed_html) == said(seed_html)


def test_the_oracle_really_builds_another_tree(by_soup, monkeypatch):
    monkeypatch.setattr(tree, "rebuild", lambda _content: etree.Element("html"))
    with pytest.raises((AssertionError, PageError)):
        assert by_soup(everyday()) == said(everyday())


def test_a_page_of_thousands_of_nested_elements_is_built_again():
    content = before(everyday(), '<div class="score-panel">', "<div>" * 4000)
    assert said(content)["title"] == said(everyday())["title"]


def test_a_large_page_of_thousands_of_nested_elements_is_refused():
    with pytest.raises(UndecodablePage, match="nested too deep"):
        tree.build(b"<html>" + b"<div>" * 4000 + b"x" * 200_000)


@pytest.mark.parametrize("depth", [999, 1000, 1001, 5000])
def test_elements_below_the_greatest_depth_are_kept_at_that_depth(depth):
    root = tree.rebuild(b"<div class=deep>" * depth + b"<em>kept</em>")
    assert "".join(root.itertext()) == "kept"
    assert sum(1 for _ in next(root.iter("em")).iterancestors()) <= 1000


def test_bare_wrappers_far_down_cost_no_level():
    root = tree.rebuild(b"<div>" * 5000 + b"<ul class=deep><li>kept</ul>")
    assert [element.tag for element in next(root.iter("li")).iterancestors()][:2] == ["ul", "div"]
    assert sum(1 for _ in next(root.iter("li")).iterancestors()) < 250


def test_what_stands_far_down_is_read(seed_html):
    content = seed_html.replace(b'<div class="score-panel">', b"<div>" * 4000 + b'<div class="score-panel">')
    assert said(content)["mentions"] == said(seed_html)["mentions"]


@pytest.mark.parametrize("content", [b"", b" ", b"<!-- a note -->", b"<", b"<!DOCTYPE html>"])
def test_nothing_gives_an_empty_tree(content):
    root = tree.build(content)
    assert isinstance(root, etree._Element)
    assert "".join(root.itertext(tag=etree.Element)).strip() in {"", "<"}


@pytest.mark.parametrize(
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
def test_names_that_no_tree_can_hold_cost_no_text(content):
    assert "text" in "".join(tree.rebuild(content.encode()).itertext())


@pytest.mark.parametrize("build", [tree.build, tree.rebuild])
def test_a_class_is_one_attribute_of_words_parted_by_spaces(build):
    (element,) = build(b'<div class="a  b\n c">x</div>').iter("div")
    assert element.get("class").split() == ["a", "b", "c"]


@pytest.mark.parametrize("build", [tree.build, tree.rebuild])
def test_entities_are_their_characters(build):
    assert "".join(build(b"<p>&lt;1% &amp; &#8211; &eacute;</p>").itertext()) == "<1% & – é"
