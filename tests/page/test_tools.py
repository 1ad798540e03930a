"""Texts that tools made of samples: each value is right, or null and named.

`tests/data/texts/TOOL-VERSION/SAMPLE.txt` is the text of `samples/SAMPLE.html`. `tests/data/texts/tools.tsv` says what
is not right in the texts of tools that are run here: `null` fields are named, `other` fields are as the tool writes
them (`CO[2]`), a `refused` text has no record.
"""

import json
import re
from collections import defaultdict

import pytest
from tests.page.material import DATA, PAGES, SAMPLES, fields_of
from tests.page.tools import PACKAGES, PROGRAMS

from altdetails.page import NotADetailsPage
from altdetails.page.decode import to_utf8

TEXTS = sorted((DATA / "texts").glob("*/*.txt"))
TABLES = ("twitter countries", "twitter types", "mendeley countries", "mendeley statuses", "mendeley disciplines")
NAMED = {
    "pdfplumber-0.11": {
        "title",
        "published",
        "source",
        "authors",
        "authors_text",
        "abstract",
        "doi",
        "editors",
        *TABLES,
    },
    "happy-dom-21.0": {"authors", "authors_text", "abstract", "doi", "limited_access", *TABLES},
    "rvest-1.0-html_text": {"title", "authors", "authors_text", "abstract", "doi", "limited_access"},
    "linkedom-0.18": {"title", "authors", "authors_text", "abstract", "doi", *TABLES},
    "pdfminer-20260107": {"title", "authors", "authors_text", "abstract", "doi", *TABLES},
    "pdfplumber-0.11-layout": {"authors", "authors_text", "abstract", *TABLES},
    "pypdf-7.1": {"authors", "authors_text", "abstract"},
    "pdftotext-22.12": {"title", "published", "source", "authors", "authors_text", "abstract", "doi", "editors"},
    "pdftotext-22.12-layout": {"title", "published", "source", "authors", "authors_text", "abstract", "doi", "editors"},
}
"""The fields that the text of a tool can leave in doubt: its labels are between the lines of the values."""
ADDRESSES = {"altmetric_id", "url", "publisher_url", "pmid", "identifiers", "sections", "unread", "inconsistencies"}


def simple(value):
    """Return a value without the links of counts and the breaks of paragraphs, which texts do not keep."""
    if isinstance(value, list):
        return [simple(item) for item in value]
    if isinstance(value, dict):
        return {key: simple(item) for key, item in value.items() if key != "url"}
    return " ".join(value.split()) if isinstance(value, str) else value


def flat(record):
    """Return the fields of a record, with the tables of the demographics as fields of their own."""
    tables = {
        f"{part} {name}": table
        for part, panel in (record.pop("demographics") or {}).items()
        for name, table in (panel or {}).items()
    }
    return record | dict.fromkeys(TABLES) | tables


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_text_of_a_tool_gives_the_values_of_its_sample(path):
    record = flat(fields_of(path.read_bytes()))
    sample = flat(json.loads((SAMPLES / f"{path.stem}.json").read_text("utf-8")))
    different = {key for key in sample if key not in ADDRESSES and simple(record[key]) != simple(sample[key])}
    named = NAMED.get(path.parent.name, set())
    assert different - named - {"score"} == set()
    assert {key for key in different if record[key] not in (None, [])} == set()
    assert not different or record["unread"]
    assert record["score"] == sample["score"] or sample["rankings"] is None


def stated():
    """Return what `tools.tsv` states: the fields of each state, by tool and sample."""
    fields = defaultdict(dict)
    for line in (DATA / "texts" / "tools.tsv").read_text("utf-8").splitlines():
        tool, sample, state, names = line.split("\t")
        fields[tool, sample][state] = set(names.split())
    return fields


STATED = stated()


def html_of(path):
    return re.sub(r"charset=\"?[\w-]+", 'charset="UTF-8', to_utf8(path.read_bytes()).decode())


def check(name, path, text):
    expected = STATED[name, path.stem]
    try:
        record = flat(fields_of(text))
    except NotADetailsPage:
        assert "refused" in expected
        return
    sample = flat(json.loads(path.with_suffix(".json").read_text("utf-8")))
    different = {key for key in sample if key not in ADDRESSES and simple(record[key]) != simple(sample[key])}
    different -= {"score"} if sample["rankings"] is None else set()
    null = {key.replace(" ", "_") for key in different if record[key] in (None, [], False)}
    assert null <= expected.get("null", set())
    assert {key.replace(" ", "_") for key in different} - null <= expected.get("other", set())
    assert not null or record["unread"] or record["inconsistencies"]


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_package_gives_right_values_or_named_ones(name, path):
    check(name, path, PACKAGES[name](html_of(path)))


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_program_gives_right_values_or_named_ones(name, path):
    text = PROGRAMS[name](html_of(path))
    if text is None:
        pytest.skip(f"{name.partition('-')[0]} is not installed")
    check(name, path, text)
