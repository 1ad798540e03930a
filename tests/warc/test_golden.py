"""Archives of other tools, and damaged ones: what each gives stands in `expected.jsonl`, made with the archives."""

import json
import re
from itertools import groupby
from pathlib import Path

import pytest

from altdetails.documents import Unreadable
from altdetails.parsing.steps import record_of_capture
from altdetails.sources import documents_in, documents_of
from altdetails.warc.members import spans

DATA = Path(__file__).parents[1] / "data" / "warc"
ARCHIVES = {path.name: path for path in sorted(DATA.iterdir()) if ".warc" in path.name}
_BYTE = re.compile(r"\bbyte ([0-9,]+)")


def expected():
    lines = map(json.loads, (DATA / "expected.jsonl").read_text("utf-8").splitlines())
    return {name: list(each) for name, each in groupby(lines, lambda line: line["file"].partition("!")[0])}


def line(item):
    """An item as its line in `expected.jsonl` has it."""
    file = item.name.rpartition("/")[2]
    if isinstance(item, Unreadable):
        return {"file": file, "kind": item.kind, "byte": int(_BYTE.search(item.reason)[1].replace(",", ""))}
    record = record_of_capture(item.capture)
    return {
        "file": file,
        "kind": "record",
        "altmetric_id": record.altmetric_id,
        "doi": record.doi,
        "title": record.title,
        "score": record.score,
        "cut_short": any(found.code == "cut_short" for found in record.inconsistencies),
        "format": record.provenance.format,
        "http_status": record.provenance.http_status,
        "fetched_at": record.provenance.fetched_at,
    }


def test_every_archive_is_expected_to_give_something():
    assert sorted(expected()) == sorted(ARCHIVES)


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_gives_what_was_put_into_it(name):
    assert list(map(line, documents_in([ARCHIVES[name]]))) == expected()[name]


@pytest.mark.parametrize("name", [name for name in ARCHIVES if name.endswith(".gz")])
@pytest.mark.parametrize("size", [99, 1000, 3000])
def test_its_spans_give_the_same(name, size):
    items = [item for span in spans(ARCHIVES[name], size=size) for item in documents_of(span)]
    assert items == list(documents_in([ARCHIVES[name]]))
