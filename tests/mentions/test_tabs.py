"""Tabs of each source, with each defect and in each form, give the mentions that they were made from."""

import json
from pathlib import Path

import pytest
from tests.data.tabs import make
from tests.support.cases import for_each

from altdetails import NotADetailsPage
from altdetails.mentions.tab_sources import properties_of
from altdetails.mentions.tabs import read_tab

FOLDER = Path(make.__file__).parent
GOLDEN = sorted(path for path in FOLDER.iterdir() if path.suffix in {".html", ".mhtml", ".txt"})
PERSONAL = ("author", "author_url", "handle", "followers")


def read(path, *, people=True):
    first, *expected = map(json.loads, path.with_suffix(".jsonl").read_text("utf-8").splitlines())
    reading = read_tab(path.read_bytes(), url=first["url_of_page"], people=people)
    return reading, expected


def fields_of(line, names):
    values = json.loads(line.to_json())
    codes = [finding["code"] for finding in values.pop("inconsistencies", [])]
    return {name: value for name, value in (values | {"inconsistencies": codes}).items() if name in names}


def test_the_files_are_those_of_the_facts(tmp_path, monkeypatch):
    monkeypatch.setattr(make, "FOLDER", tmp_path)
    for tab in make.tabs():
        tab.write()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes()
        for path in FOLDER.iterdir()
        if path.suffix in {".html", ".mhtml", ".txt", ".jsonl"}
    }


@for_each("path", GOLDEN, ids=lambda path: path.stem)
def test_a_tab_gives_its_mentions(path):
    reading, expected = read(path)
    lines = [reading.page, *reading.mentions]
    assert [
        fields_of(line, facts.keys() | {"inconsistencies"} if number == 0 else facts)
        for number, (line, facts) in enumerate(zip(lines, expected, strict=True))
    ] == [{"inconsistencies": []} | expected[0], *expected[1:]]


@for_each("path", GOLDEN, ids=lambda path: path.stem)
def test_no_word_of_a_person_is_left_without_people(path):
    with_people, _ = read(path)
    without, _ = read(path, people=False)
    for mention, shown in zip(without.mentions, with_people.mentions, strict=True):
        if properties_of(shown.source).is_of_people:
            line = json.loads(mention.to_json())
            assert [line[name] for name in (*PERSONAL, "text")] == [None] * 5
            written = json.dumps(line["unread"])
            assert not [text for text in (shown.author, shown.text) if text and text in written]
            assert (mention.url, mention.published_at) == (shown.url, shown.published_at)
        else:
            assert mention == shown


@for_each("name", ["f1000", "policy", "bluesky", "guidelines", "video"])
def test_a_source_whose_markup_is_not_confirmed_is_named(name):
    reading, _ = read(FOLDER / f"{name}.html")
    assert "the markup of this source is not confirmed" in [item.text for item in reading.mentions[0].unread]


@for_each("name", ["news", "blogs", "twitter", "facebook", "google", "wikipedia", "licensed", "minified"])
def test_a_tab_with_known_markup_leaves_no_text_unread(name):
    reading, _ = read(FOLDER / f"{name}.html")
    assert [line.unread for line in (reading.page, *reading.mentions) if line.unread] == []


def test_positions_count_the_mentions_of_a_page():
    reading, _ = read(FOLDER / "missing-parts.html")
    assert [mention.position for mention in reading.mentions] == [1, 2, 3, 4, 5, 6]


def test_the_summary_of_an_output_is_not_a_tab():
    sample = FOLDER.parents[2] / "samples" / "article-2023.html"
    with pytest.raises(NotADetailsPage, match="summary of an output") as raised:
        read_tab(sample.read_bytes(), url="https://www.altmetric.com/details/990000001/news")
    assert raised.value.kind == "details"


def test_a_challenge_is_not_a_tab():
    with pytest.raises(NotADetailsPage) as raised:
        read_tab(b"<html><head><title>Just a moment...</title></head></html>", url=None)
    assert raised.value.kind == "challenge"
