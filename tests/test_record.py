"""The record as an object, as JSON and as a schema."""

import json
import pickle
from pathlib import Path

import jsonschema
import msgspec
import pytest

from altdetails import InputError, Record, parse, record, schema
from altdetails.documents import is_page

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


@pytest.fixture(params=PAGES, ids=lambda path: path.name)
def page_record(request):
    return parse(request.param.read_bytes())


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


def test_every_record_fits_the_schema(validator, page_record):
    assert [*validator.iter_errors(json.loads(page_record.to_json()))] == []


@pytest.mark.parametrize(
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
    plain = parse(PAGES[0].read_bytes()).to_dict() | change
    assert [*validator.iter_errors(plain)]
    with pytest.raises(InputError, match="this is not a record: "):
        Record.from_json(json.dumps(plain))


@pytest.mark.parametrize("key", Record.__struct_fields__)
def test_a_record_with_a_missing_key_does_not_fit_the_schema(validator, key):
    plain = parse(PAGES[0].read_bytes()).to_dict()
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


def test_a_record_read_from_its_json_is_equal(page_record):
    line = page_record.to_json()
    assert Record.from_json(line) == page_record
    assert Record.from_json(line.decode()) == page_record
    assert Record.from_json(line).to_json() == line


def test_a_record_is_one_line_of_utf_8(page_record):
    line = page_record.to_json()
    assert b"\n" not in line
    assert line.decode("utf-8")


def test_a_record_as_a_dict_equals_its_parsed_json(page_record):
    assert page_record.to_dict() == json.loads(page_record.to_json())


def test_a_record_can_be_pickled(page_record):
    assert pickle.loads(pickle.dumps(page_record)) == page_record  # noqa: S301 - our own


def test_all_keys_are_present_in_a_fixed_order(page_record):
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


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_a_part_of_a_record_cannot_be_changed(part):
    assert part.__struct_config__.frozen
    assert part.__struct_config__.eq


def test_a_record_is_immutable():
    page_record = parse(PAGES[0].read_bytes())
    with pytest.raises(AttributeError):
        page_record.score = 5


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"null", b"not json", b'{"schema_version": 1}', b"\xff"])
def test_a_line_that_is_not_a_record_is_refused(line):
    with pytest.raises(InputError, match="this is not a record: "):
        Record.from_json(line)


def test_unknown_keys_are_ignored():
    plain = parse(PAGES[0].read_bytes()).to_dict()
    assert Record.from_json(json.dumps(plain | {"a_later_key": 5})) == Record.from_json(json.dumps(plain))


class TestInANotebook:
    record = parse((ROOT / "samples" / "article-2023.html").read_bytes())

    def test_it_is_a_table_in_which_missing_values_are_not_shown(self):
        shown = msgspec.structs.replace(self.record, score=None, citations=[])._repr_html_()
        assert "<tr><th>DOI</th><td>10.5555/lhs.2023.0417</td></tr>" in shown
        assert "<tr><th>Attention Score</th><td>not shown</td></tr>" in shown
        assert "<tr><th>Citations</th><td>none</td></tr>" in shown

    def test_text_of_the_page_is_escaped(self):
        shown = msgspec.structs.replace(self.record, title="<script>alert(1)</script>")._repr_html_()
        assert "<script>" not in shown
        assert "&lt;script&gt;" in shown
