"""Damaged pages give a record or a declared error. Truncated pages never give a wrong number."""

import contextlib
import re
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.page.material import DATA, PAGES, SAMPLES, edit, everyday, fields_of
from tests.support.cases import for_each

from altdetails.page import PageError, parse

pytestmark = pytest.mark.slow

TEXTS = sorted(path for path in (SAMPLES / "text").iterdir() if path.suffix in {".txt", ".md"})
PLAIN_TEXTS = [path for path in TEXTS if path.suffix == ".txt"]
COUNTS = ("mentions", "citations", "readers")
TAG = re.compile(rb"<[^>]*>")
JUNK = st.binary(max_size=40) | st.sampled_from(
    [
        *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"<", b">", b"</", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&#x0;"),
        *(b"<script>", b"<style>", b"<template>", b"<plaintext>", b"<svg>", b"<table>", b"</table>", b"</html>"),
        *(
            b'"',
            b"'",
            b"&",
            b"\t",
            b"|",
            b"**",
            b"[",
            b"](",
            b"\x1e",
            b"\x1f",
            b"1,",
            b"%",
            b"#",
            b"Title",
            b"Abstract",
        ),
    ]
)
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "windows-1252", "koi8-r", "shift_jis", "gb18030", "utf-7", "cp037")


@cache
def content_of(path):
    return path.read_bytes()


def change_tags(content, places, change):
    """Drop or double the tags at some places (0 to 1), or swap them with the next tag."""
    spans = [match.span() for match in TAG.finditer(content)]
    chosen = {int(place * (len(spans) - 1)) for place in places} if spans else set()
    pieces = [content[: spans[0][0]] if spans else content]
    tags = [content[start:end] for start, end in spans]
    for at in sorted(chosen):
        if change == "drop":
            tags[at] = b""
        elif change == "double":
            tags[at] *= 2
        elif at + 1 < len(tags):
            tags[at], tags[at + 1] = tags[at + 1], tags[at]
    for tag, (span, following) in zip(tags, pairwise([*spans, (len(content), 0)]), strict=True):
        pieces += (tag, content[span[1] : following[0]])
    return b"".join(pieces)


def recode(content, encoding):
    return content.decode("utf-8", "replace").encode(encoding, "replace")


def remove_part(content, start, end):
    return content[: int(start * len(content))] + content[int(end * len(content)) :]


def insert_junk(content, place, junk):
    at = int(place * len(content))
    return content[:at] + junk + content[at:]


def flip_bit(content, place, bit):
    at = int(place * len(content))
    return content[:at] + bytes(byte ^ 1 << bit for byte in content[at : at + 1]) + content[at + 1 :]


PLACE = st.floats(0, 1)
PLACES = st.lists(PLACE, min_size=1, max_size=30)
DAMAGE = st.one_of(
    st.tuples(st.just(change_tags), PLACES, st.sampled_from(["drop", "double", "swap"])),
    st.tuples(st.just(recode), st.sampled_from(ENCODINGS)),
    st.tuples(st.just(remove_part), PLACE, PLACE),
    st.tuples(st.just(insert_junk), PLACE, JUNK),
    st.tuples(st.just(flip_bit), PLACE, st.integers(0, 7)),
)


@given(path=st.sampled_from(PAGES + TEXTS), damages=st.lists(DAMAGE, min_size=1, max_size=4))
def test_a_damaged_page_gives_a_record_or_a_declared_error(path, damages):
    content = content_of(path)
    for damage, *how in damages:
        content = damage(content, *how)
    with contextlib.suppress(PageError):
        record = parse(content)
        assert type(record).from_json(record.to_json()) == record


@given(content=st.binary(max_size=2000) | st.text(max_size=2000))
def test_any_bytes_and_any_text_give_a_record_or_a_declared_error(content):
    with contextlib.suppress(PageError):
        assert parse(content).schema_version == 2


@given(
    content_type=st.none() | st.text(max_size=60) | st.builds("text/html; charset={}".format, st.text(max_size=20)),
    url=st.none()
    | st.text(max_size=60)
    | st.builds("https://www.altmetric.com/details/{}".format, st.text(max_size=30)),
)
def test_any_address_and_any_header_give_a_record(content_type, url):
    assert parse(everyday(), url=url, content_type=content_type).score == 18


# Truncated pages


def numbers(row):
    return {key: value for key, value in row.items() if isinstance(value, int | float)}


def contradictions(cut, whole):
    """Return the numbers of a truncated page that differ from the complete page. Missing numbers are allowed."""
    differences = [
        key
        for key in ("score", "altmetric_id", "doi", "pmid", "last_mentioned", "published")
        if cut[key] is not None and cut[key] != whole[key]
    ]
    for section, *names in (
        ("highlights", "scope", "kind"),
        ("mentions", "source"),
        ("citations", "source"),
        ("readers", "source"),
        ("rankings", "scope"),
    ):
        full = {tuple(row[name] for name in names): numbers(row) for row in whole[section] or ()}
        rows = {tuple(row[name] for name in names): numbers(row) for row in cut[section] or ()}
        differences += [
            (section, key, row) for key, row in rows.items() if not row.items() <= full.get(key, {}).items()
        ]
    for group, shown in (cut["demographics"] or {}).items():
        full = (whole["demographics"] or {}).get(group) or {}
        for key, value in (shown or {}).items():
            start = full[key][: len(value)] if isinstance(value, list) and full.get(key) else full.get(key)
            if value is not None and value != start:
                differences.append((group, key, value))
    return differences


def record_or_empty(content):
    try:
        return parse(content).to_dict()
    except PageError:
        return {}


def wrong_numbers(content, whole, places):
    """Return the wrong numbers of a page truncated at some places, each with the end of the truncated page."""
    wrong = {}
    for at in places:
        cut = {**dict.fromkeys(whole), **record_or_empty(content[:at])}
        for contradiction in contradictions(cut, whole):
            wrong.setdefault(repr(contradiction), content[max(0, at - 60) : at])
    return wrong


@cache
def whole_record(path):
    return parse(content_of(path)).to_dict()


def sample(name):
    return SAMPLES / f"{name}.html"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
@settings(max_examples=5)
@given(place=st.floats(0, 1))
def test_a_page_truncated_anywhere_has_no_wrong_number(path, place):
    content = content_of(path)
    assert wrong_numbers(content, whole_record(path), [int(place * len(content))]) == {}


@pytest.mark.parametrize("name", ["verdicts-middle", "abstract-traps", "windows-1252"])
def test_a_page_truncated_at_every_97th_byte_has_no_wrong_number(name):
    content = content_of(sample(name))
    assert wrong_numbers(content, whole_record(sample(name)), range(0, len(content), 97)) == {}


@for_each("name", ["source-rank", "article-2017", "two-others", "minified"])
def test_a_page_truncated_inside_a_number_has_no_wrong_number(name):
    content = content_of(sample(name))
    numbers_on_page = re.finditer(rb"[0-9][0-9,.]*%?", content)
    places = {at for match in numbers_on_page for at in (match.end() - 1, (match.start() + match.end()) // 2)}
    assert wrong_numbers(content, whole_record(sample(name)), sorted(places)[::2]) == {}


FORMS = {
    "no html and no body": [(b'<html lang="en">', b""), (b"<body>", b""), (b"</body></html>", b"")],
    "a long comment first": [(b"<!DOCTYPE html>", b"<!DOCTYPE html>\n<!-- " + b"x" * 5000 + b" -->")],
    "closing tags in a script": [(b"</head>", b"<script>var ends = '" + b"</div>" * 40 + b"'</script></head>")],
    "upper-case tags": [(b"<div", b"<DIV"), (b"</div", b"</DIV"), (b"<html", b"<HTML"), (b"<body", b"<BODY")],
}


@for_each("changes", FORMS.values(), ids=FORMS)
def test_a_page_in_another_form_truncated_at_every_97th_byte_has_no_wrong_number(changes):
    content = edit(content_of(sample("verdicts-middle")), *changes)
    whole = parse(content).to_dict()
    assert whole["rankings"] == whole_record(sample("verdicts-middle"))["rankings"]
    assert wrong_numbers(content, whole, range(0, len(content), 97)) == {}


@pytest.mark.parametrize("path", PLAIN_TEXTS, ids=lambda path: path.stem)
@settings(max_examples=5)
@given(place=st.floats(0, 1))
def test_a_text_truncated_anywhere_has_no_wrong_number(path, place):
    content, whole = content_of(path), whole_record(path)
    sources = {count["source"] for section in COUNTS for count in whole[section] or ()}
    cut = record_or_empty(content[: int(place * len(content))])
    for section in COUNTS:
        cut[section] = [count for count in cut.get(section) or () if count["source"] in sources]
    assert contradictions({**dict.fromkeys(whole), **cut, "doi": None}, whole) == []


@for_each("path", PLAIN_TEXTS, ids=lambda path: path.stem)
def test_a_text_truncated_inside_its_doi_has_no_wrong_doi(path):
    content, doi = content_of(path), whole_record(path)["doi"]
    end = content.find((doi or "10.").encode()) + len(doi or "")
    dois = {record_or_empty(content[:at]).get("doi") for at in range(end - len(doi or ""), end, 2)}
    assert dois <= {None, doi}


@for_each("path", PLAIN_TEXTS, ids=lambda path: path.stem)
def test_a_text_truncated_inside_a_count_has_no_wrong_source(path):
    content, whole = content_of(path), whole_record(path)
    end = content.find(b"Published in")
    for at in range(max(0, end - 900), end, 23):
        cut = record_or_empty(content[:at])
        for section in COUNTS:
            sources = {count["source"] for count in whole[section] or ()}
            assert {count["source"] for count in cut.get(section) or ()} <= sources, content[at - 40 : at]


def test_the_check_of_truncated_pages_detects_a_wrong_number():
    whole = whole_record(sample("article-2023"))
    for wrong in (
        whole | {"score": 64},
        whole | {"mentions": [whole["mentions"][0] | {"count": 6}]},
        whole | {"rankings": [whole["rankings"][0] | {"total": 25}]},
        whole | {"demographics": whole["demographics"] | {"twitter": whole["demographics"]["twitter"] | {"total": 41}}},
    ):
        assert contradictions(wrong, whole)


def test_the_record_of_a_truncated_page_has_cut_short():
    content = content_of(sample("article-2023"))
    record = parse(content[: content.index(b"Attention Score in Context")])
    assert [(item.code, item.where, item.values) for item in record.inconsistencies] == [("cut_short", None, [])]


@for_each("path", [path for path in PAGES if path.stem != "truncated"], ids=lambda path: path.name)
def test_the_record_of_a_complete_page_does_not_have_cut_short(path):
    assert "cut_short" not in {item.code for item in parse(path.read_bytes()).inconsistencies}


# Files, each damaged in one way


@for_each("path", sorted((DATA / "damaged").glob("*.html")), ids=lambda path: path.stem)
def test_a_damaged_file_gives_the_record_of_the_intact_file(path):
    assert fields_of(path.read_bytes()) == fields_of((DATA / "damaged" / "whole.html").read_bytes())
