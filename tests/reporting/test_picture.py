"""`card()`: which record it shows, and what is on it."""

import re

import msgspec
import pytest
from lxml import etree
from tests.reporting.material import counts, hostile_records, record_of
from tests.support.cases import for_each
from tests.support.records import generated

from altdetails import InputError, Record, SettingsError, card


def drawn(record, folder):
    """Draw a card, and return its elements and its text."""
    card(record, folder / "card.svg")
    tree = etree.parse(folder / "card.svg", etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    return tree, " ".join(tree.itertext())


def test_a_record_alone_needs_no_doi(tmp_path):
    record = Record.from_json(generated(1)[0])
    assert card(record, tmp_path / "card.svg") == record


def test_pages_without_identifiers_are_different_outputs(tmp_path):
    page = record_of(score=3)
    other = msgspec.structs.replace(page, provenance=msgspec.structs.replace(page.provenance, sha256="b" * 64))
    assert card([page, page], tmp_path / "card.svg") == page
    with pytest.raises(SettingsError, match="of several outputs; choose one with --doi"):
        card([page, other], tmp_path / "card.svg")


def test_no_record_is_an_error_and_no_file(tmp_path):
    with pytest.raises(InputError, match="no records found; give records"):
        card([], tmp_path / "card.svg")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("record", [*hostile_records()], ids=lambda record: ascii(record.title))
def test_a_card_is_xml_without_scripts_for_any_text(tmp_path, record):
    tree, text = drawn(record, tmp_path)
    assert not tree.xpath("//*[local-name() = 'script' or @*[starts-with(name(), 'on')] or @style]")
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)
    assert "Data: Altmetric.com" in text


@pytest.mark.parametrize("title", ["word " * 400, "x" * 2_000, "漢字" * 300])
def test_a_long_title_has_three_lines_of_limited_width(tmp_path, title):
    tree, _ = drawn(record_of(altmetric_id=990000001, title=title), tmp_path)
    lines = tree.xpath("//*[local-name() = 'g'][1]/*/text()")
    assert len(lines) == 3
    assert lines[-1].endswith(" …")
    assert max(len(line.encode("utf-16-le")) for line in lines) <= 120


@for_each(
    "words, letters",
    [
        ("STREET LAMPS AND WARM WINDOWS ", "x"),
        ("street lamps and warm windows ", "W"),
        ("common swimming moment ", "m"),
        ("Æther Øre ÅNGSTRÖM ΩΜΦ ЖЩШ жщшю ", "w0"),
        ("街灯と暖かい窓 ", "%@"),
    ],
)
def test_titles_and_dois_of_wide_letters_stay_on_the_card(words, letters, chromium, tmp_path):
    wide = record_of(altmetric_id=990000001, title=words * 20, doi=f"10.5555/{letters * 300}", source=words * 9)
    card(wide, tmp_path / "card.svg")
    page = chromium.new_page()
    page.goto((tmp_path / "card.svg").as_uri())
    ends = "[...document.querySelectorAll('text')].map((text) => text.getBBox().x + text.getBBox().width)"
    assert max(page.evaluate(ends)) <= 620
    page.close()


def test_a_source_without_mentions_is_not_on_the_card(tmp_path):
    by_source = {"news": 3} | {f"source {number}": 0 for number in range(8)}
    _, text = drawn(record_of(altmetric_id=990000001, mentions=counts(**by_source)), tmp_path)
    assert "News" in text
    assert "more source" not in text


def test_the_largest_sources_are_shown_and_the_others_counted(tmp_path):
    by_source = {f"source {number}": number for number in range(1, 9)}
    _, text = drawn(record_of(altmetric_id=990000001, mentions=counts(**by_source)), tmp_path)
    assert "source 8" in text
    assert "source 2" not in text
    assert "2 more sources" in text
