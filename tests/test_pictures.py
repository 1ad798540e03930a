"""The pictures of the README show what the command prints today, and load nothing from the network."""

import re
from pathlib import Path

import pytest
from samples import pictures

ROOT = Path(__file__).parents[1]
TEXT = re.compile(r"<text[^>]*>([^<]*)</text>")
THEMES = {"light": pictures.LIGHT, "dark": pictures.DARK}


def stored(name):
    return (pictures.FOLDER / f"card-{name}.svg").read_text(encoding="utf-8")


def words_of(picture):
    """Return the words of a picture. The widths of its columns are left to rich, whose versions differ."""
    return re.findall(r"[\w.%#&;-]+", " ".join(TEXT.findall(picture)).replace("&#160;", " "))


@pytest.mark.parametrize("name", THEMES)
def test_a_picture_has_the_text_that_make_pictures_writes(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    words = words_of(stored(name))
    assert "641" in words
    assert words == words_of(pictures.picture(THEMES[name]))


@pytest.mark.parametrize("name", THEMES)
def test_a_picture_loads_no_other_file(name):
    assert not re.search(r"url\((?!#)|href=|@import", stored(name))


def test_the_card_is_the_one_that_make_pictures_writes(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    pictures.write_picture_card(tmp_path / "card.svg")
    assert (tmp_path / "card.svg").read_bytes() == (pictures.FOLDER / "card.svg").read_bytes()


@pytest.mark.parametrize("name", THEMES)
def test_the_pictures_of_the_report_are_small(name):
    path = pictures.FOLDER / f"report-{name}.png"
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size < 150_000


def test_the_readme_shows_the_report_and_the_card():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures_shown = [f"report-{name}.png" for name in THEMES] + [f"card-{name}.svg" for name in THEMES]
    assert all(f"docs/pictures/{name}" in readme for name in pictures_shown)
    assert len(readme.encode()) <= 8192
