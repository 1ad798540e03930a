"""The record as an object, as JSON and as a schema."""

import json
import pickle
import re
from functools import cache
from pathlib import Path

import jsonschema
import msgspec
import pytest
from lxml import html
from tests.support.cases import for_each

from altdetails import InputError, Record, SettingsError, parse, record, schema
from altdetails.documents import is_page
from altdetails.palette import DARK, LIGHT

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path for path in (ROOT / "samples").rglob("*") if is_page(path.name) and path.suffix in {".html", ".txt"}
)
PARTS = [
    value for name, value in vars(record).items() if name in record.__all__ and isinstance(value, msgspec.StructMeta)
]


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(schema())


@cache
def record_of(path):
    return parse(path.read_bytes())


def keys_of(value, place=()):
    """Yield all places of a plain value with their keys, to compare the shapes of two records."""
    if isinstance(value, dict):
        yield place, tuple(value)
        for key, inner in value.items():
            yield from keys_of(inner, (*place, key))
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner, place)


def test_the_schema_is_a_valid_schema():
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@for_each("path", PAGES, ids=lambda path: path.name)
def test_every_record_fits_the_schema(validator, path):
    page_record = record_of(path)
    assert [*validator.iter_errors(json.loads(page_record.to_json()))] == []


@for_each(
    "change",
    [
        {"score": -1},
        {"score": "18"},
        {"score": 1.5},
        {"altmetric_id": 0},
        {"mentions": {}},
        {"mentions": [{"source": "news"}]},
        {"title": 5},
        {"identifiers": None},
        {"highlights": [{"scope": "the moon"}]},
        {"provenance": None},
        {"unread": [{"part": None, "text": "x"}]},
        {"score_exact": "640.5"},
        {"provenance": {}},
    ],
)
def test_an_invalid_record_does_not_fit_the_schema_and_cannot_be_read(validator, change):
    plain = record_of(PAGES[0]).to_dict() | change
    assert [*validator.iter_errors(plain)]
    with pytest.raises(InputError, match="this is not a record: "):
        Record.from_json(json.dumps(plain))


@for_each("key", Record.__struct_fields__)
def test_a_record_with_a_missing_key_does_not_fit_the_schema(validator, key):
    plain = record_of(PAGES[0]).to_dict()
    del plain[key]
    assert [*validator.iter_errors(plain)]
    with pytest.raises(InputError, match=key):
        Record.from_json(json.dumps(plain))


def test_the_stored_schema_is_up_to_date():
    assert json.loads((ROOT / "docs" / "schemas" / "record.schema.json").read_text("utf-8")) == schema()


def test_every_description_of_the_schema_is_a_sentence():
    described = [part["properties"] for part in schema()["$defs"].values() if "properties" in part]
    descriptions = [field["description"] for fields in described for field in fields.values() if "description" in field]
    assert descriptions
    assert all(text[0].isupper() or text[0] == "`" for text in descriptions)
    assert all(text.endswith((".", "`.")) for text in descriptions)


@for_each("path", PAGES, ids=lambda path: path.name)
def test_a_record_read_from_its_json_is_equal(path):
    page_record = record_of(path)
    line = page_record.to_json()
    assert Record.from_json(line) == page_record
    assert Record.from_json(line.decode()) == page_record
    assert Record.from_json(line).to_json() == line


@for_each("path", PAGES, ids=lambda path: path.name)
def test_a_record_is_one_line_of_utf_8(path):
    page_record = record_of(path)
    line = page_record.to_json()
    assert b"\n" not in line
    assert line.decode("utf-8")


@for_each("path", PAGES, ids=lambda path: path.name)
def test_a_record_as_a_dict_equals_its_parsed_json(path):
    page_record = record_of(path)
    assert page_record.to_dict() == json.loads(page_record.to_json())


@for_each("path", PAGES, ids=lambda path: path.name)
def test_a_record_can_be_pickled(path):
    page_record = record_of(path)
    assert pickle.loads(pickle.dumps(page_record)) == page_record  # noqa: S301 - our own


@for_each("path", PAGES, ids=lambda path: path.name)
def test_all_keys_are_present_in_a_fixed_order(path):
    page_record = record_of(path)
    assert tuple(page_record.to_dict()) == Record.__struct_fields__
    shapes = {}
    for place, keys in keys_of(page_record.to_dict()):
        assert shapes.setdefault(place, keys) == keys


def test_the_same_place_has_the_same_keys_in_all_records():
    shapes = {}
    for path in PAGES:
        for place, keys in keys_of(parse(path.read_bytes()).to_dict()):
            assert shapes.setdefault(place, keys) == keys
    assert len(shapes) > len(PARTS)


@for_each("part", PARTS, ids=lambda part: part.__name__)
def test_a_part_of_a_record_cannot_be_changed(part):
    assert part.__struct_config__.frozen
    assert part.__struct_config__.eq


def test_a_record_is_immutable():
    page_record = record_of(PAGES[0])
    with pytest.raises(AttributeError):
        page_record.score = 5


@for_each("line", [b"", b"{}", b"[]", b"null", b"not json", b'{"schema_version": 1}', b"\xff"])
def test_a_line_that_is_not_a_record_is_refused(line):
    with pytest.raises(InputError, match="this is not a record: "):
        Record.from_json(line)


def test_unknown_keys_are_ignored():
    plain = record_of(PAGES[0]).to_dict()
    assert Record.from_json(json.dumps(plain | {"a_later_key": 5})) == Record.from_json(json.dumps(plain))


SAMPLE = parse((ROOT / "samples" / "article-2023.html").read_bytes())


class TestCount:
    def test_it_finds_a_source_of_mentions_citations_and_readers(self):
        assert [SAMPLE.count(source) for source in ("news", "dimensions", "mendeley")] == [64, 42, 187]

    @pytest.mark.parametrize("mentions", [None, [], [record.Count("blogs", 1, None, None)]])
    def test_a_number_that_the_page_does_not_show_is_none(self, mentions):
        assert msgspec.structs.replace(SAMPLE, mentions=mentions).count("news") is None

    def test_it_is_0_only_if_the_page_shows_a_zero(self):
        zero = [record.Count("news", 0, "news outlets", None)]
        assert msgspec.structs.replace(SAMPLE, mentions=zero).count("news") == 0

    @pytest.mark.parametrize(("other", "expected"), [(64, 64), (63, None)])
    def test_two_numbers_that_differ_are_none(self, other, expected):
        twice = [*SAMPLE.mentions, record.Count("news", other, None, None)]
        assert msgspec.structs.replace(SAMPLE, mentions=twice).count("news") == expected

    def test_a_source_of_the_record_may_be_unknown_but_another_name_is_an_error(self):
        with_holograms = msgspec.structs.replace(SAMPLE, mentions=[record.Count("holograms", 3, None, None)])
        assert with_holograms.count("holograms") == 3
        with pytest.raises(SettingsError, match=r"^'holograms': unknown source; use one of news, blogs, .*connotea$"):
            SAMPLE.count("holograms")
        with pytest.raises(TypeError, match="expected the name of a source as text, got int '5'"):
            SAMPLE.count(5)


class TestRepr:
    def test_it_is_short_and_has_the_doi_score_and_sum_of_mentions(self):
        assert repr(SAMPLE) == "<Record 10.5555/lhs.2023.0417 score=641 mentions=506>"

    @for_each(
        ("values", "expected"),
        [
            ({"score": 0, "mentions": []}, "<Record 10.5555/lhs.2023.0417 score=0 mentions=[]>"),
            ({"doi": None, "mentions": None}, "<Record altmetric:990000001 score=641 mentions=None>"),
            ({"doi": "\x1b[1m\u202e" + "a" * 9999}, r"<Record \x1b[1m\u202e" + "a" * 95 + " score=641 mentions=506>"),
            (
                {"doi": None, "altmetric_id": None, "title": None},
                "<Record without identifier score=641 mentions=506>",
            ),
        ],
    )
    def test_missing_values_are_none_and_control_characters_escaped(self, values, expected):
        assert repr(msgspec.structs.replace(SAMPLE, **values)) == expected


def bars(shown):
    """Return the widths of the bars in the HTML of a card."""
    return [float(width) for width in re.findall(r'<rect width="([\d.]+)%"', shown)]


class TestInANotebook:
    def test_missing_empty_and_zero_values_differ(self):
        zero = [record.Count("news", 0, "news outlets", None)]
        shown = msgspec.structs.replace(SAMPLE, score=None, citations=[], mentions=zero)._repr_html_()
        assert '<th>Attention Score</th><td colspan="2"><i>not shown</i></td>' in shown
        assert '<th>Citations</th><td colspan="2"><i>none</i></td>' in shown
        assert "<bdi>news outlets</bdi></td><td>0</td><td></td>" in shown

    def test_what_is_missing_on_a_translated_page_is_not_read(self):
        translated = [record.Inconsistency("translated", None, [])]
        shown = msgspec.structs.replace(SAMPLE, title=None, inconsistencies=translated)._repr_html_()
        assert "<i>not read</i>" in shown
        assert "not shown" not in shown

    def test_all_bars_have_one_scale_and_a_lone_count_has_no_bar(self):
        widths = bars(SAMPLE._repr_html_())
        assert (widths[0], max(widths), widths[-1]) == (15.3, 100.0, 44.7)
        lone = [record.Count("mendeley", 7, "Mendeley", None)]
        assert bars(msgspec.structs.replace(SAMPLE, mentions=None, citations=[], readers=lone)._repr_html_()) == []

    def test_text_of_the_page_is_escaped_and_isolated(self):
        evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\ud800'
        shown = msgspec.structs.replace(
            SAMPLE,
            title=evil,
            doi=evil,
            source=evil,
            output_type=evil,
            notices=[evil],
            mentions=[record.Count(evil, 1, evil, None)],
        )._repr_html_()
        page = html.document_fromstring(shown)
        assert {element.tag for element in page.iter()} <= {
            *("html", "body", "div", "style", "b", "i", "p", "a", "bdi", "table", "tr", "th", "td", "svg", "rect")
        }
        assert not [name for element in page.iter() for name in element.attrib if name.startswith("on")]
        assert page.xpath("//bdi")[0].text.startswith('"><script>alert(1)</script>')
        assert shown.encode()

    def test_links_are_built_and_no_other_file_is_loaded(self):
        evil = msgspec.structs.replace(SAMPLE, doi='javascript:"//<', publisher_url="javascript:alert(1)")
        links = html.document_fromstring(evil._repr_html_()).xpath("//@href")
        assert links == ["https://doi.org/javascript%3A%22//%3C", "https://www.altmetric.com/details/990000001"]
        assert not re.search(r"url\(|@import|src=|<script", evil._repr_html_())

    def test_it_is_light_and_dark_by_the_system_and_by_the_theme_of_the_notebook(self):
        shown = SAMPLE._repr_html_()
        for rule in ("prefers-color-scheme:dark", "[data-jp-theme-light=false]", "--jp-layout-color1"):
            assert rule in shown
        assert LIGHT["social"] in shown
        assert DARK["social"] in shown

    def test_a_page_with_many_sources_and_a_long_title_gives_a_small_card(self):
        many = [record.Count(f"source {number}", number, None, None) for number in range(5_000)]
        shown = msgspec.structs.replace(SAMPLE, title="long " * 5_000, mentions=many)._repr_html_()
        assert "and 4,960 more" in shown
        assert len(shown) < 20_000
