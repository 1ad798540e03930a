"""The function parse: its arguments, its result, and that the same bytes give the same record."""

import hashlib
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version

import pytest
from lxml import etree
from tests.page.material import PAGES, SAMPLES, everyday, everyday_text, facts_of, fields_of
from tests.support.cases import for_each

from altdetails.page import parse

CHILD = """
import sys
from pathlib import Path
from altdetails.page import parse
for path in sys.argv[1:]:
    print(parse(Path(path).read_bytes()).to_json().decode())
"""


@pytest.mark.slow
def test_the_same_bytes_give_the_same_json_in_every_process():
    paths = [*PAGES, *sorted((SAMPLES / "text").glob("*.txt"))]
    there = subprocess.run(
        [sys.executable, "-c", CHILD, *map(str, paths)],
        env={**os.environ, "PYTHONHASHSEED": "4242", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    here = [parse(path.read_bytes()).to_json().decode() for path in paths]
    assert there.decode().splitlines() == here


def test_earlier_pages_do_not_change_a_record():
    first = parse(everyday())
    for path in PAGES:
        parse(path.read_bytes())
    assert parse(everyday()) == first


def test_earlier_errors_do_not_change_a_record():
    first = parse(everyday())
    for content in (b"<html>" + b"<div>" * 200_000, b"%PDF-1.7", "Sign in"):
        with pytest.raises(Exception, match=r"\w"):
            parse(content)
    assert parse(everyday()) == first


@for_each("path", PAGES, ids=lambda path: path.stem)
def test_the_provenance_has_digest_and_size_of_the_bytes(path):
    content = path.read_bytes()
    provenance = parse(content).provenance
    assert provenance.sha256 == hashlib.sha256(content).hexdigest()
    assert provenance.bytes == len(content)


@pytest.mark.parametrize("content", [everyday(), "\ufeff" + everyday_text()], ids=["html", "text with a mark"])
def test_the_provenance_of_decoded_text_has_digest_and_size_of_its_utf_8(content):
    encoded = content.encode()
    provenance = parse(content).provenance
    assert (provenance.sha256, provenance.bytes) == (hashlib.sha256(encoded).hexdigest(), len(encoded))


def test_the_provenance_has_versions_and_null_for_the_fields_of_a_scrape():
    provenance = parse(everyday(), url="https://www.altmetric.com/details/990000100?src=x").provenance
    assert provenance.final_url == "https://www.altmetric.com/details/990000100?src=x"
    assert (provenance.input, provenance.requested, provenance.http_status, provenance.fetched_at) == (None,) * 4
    assert provenance.altdetails == version("altdetails")
    assert provenance.lxml == ".".join(map(str, etree.LXML_VERSION[:3]))
    assert provenance.libxml2 == ".".join(map(str, etree.LIBXML_VERSION))
    assert provenance.attribution == "Data: Altmetric.com"


@pytest.mark.parametrize(("content", "form"), [(everyday(), "html"), (everyday_text(), "text")])
def test_the_format_is_that_of_the_content(content, form):
    assert parse(content).provenance.format == form


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_parsing_does_not_change_the_content(kind):
    content = everyday().encode()
    if kind is bytes:
        assert parse(kind(content)) == parse(content)
    assert content == everyday().encode()


def test_sections_are_in_the_order_of_the_page():
    expected = facts_of()["sections"]
    assert fields_of(everyday())["sections"] == expected
    assert fields_of(everyday_text())["sections"] == expected


@pytest.mark.parametrize(
    "text",
    [
        everyday_text().replace("&", "<b>&</b>"),
        everyday_text() + "\n<p>a stray tag</p>\n",
        everyday_text(title="<i>Primula veris</i> in hedges"),
    ],
)
def test_text_with_some_tags_in_it_is_text(text):
    assert parse(text).provenance.format == "text"


@for_each(
    "html",
    [
        everyday(),
        "\n\n  " + everyday(),
        "some words first\n" + everyday(),
        re.sub(r"<!DOCTYPE html>\n<html[^>]*>\n", "", everyday()),
        '<?xml version="1.0" encoding="utf-8"?>\n' + everyday(),
        everyday()[everyday().index('<div class="document-header">') :],
    ],
)
def test_html_is_detected_with_any_beginning(html):
    record = parse(html)
    assert record.provenance.format == "html"
    assert record.score == 18


def test_a_record_is_a_plain_json_object():
    record = parse(everyday())
    assert json.loads(record.to_json()) == record.to_dict()
