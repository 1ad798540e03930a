"""Compare the pages in archives of other tools and damaged archives with `expected.jsonl`, which is made with them."""

import json
import re
from itertools import groupby
from pathlib import Path

from tests.support.cases import for_each
from tests.support.records import record_of_capture

from altdetails.documents import Unreadable
from altdetails.sources import documents_in, documents_of
from altdetails.warc.members import spans

DATA = Path(__file__).parents[1] / "data" / "warc"
ARCHIVES = {path.name: path for path in sorted(DATA.iterdir()) if ".warc" in path.name}
_BYTE = re.compile(r"\bbyte ([0-9,]+)")


def expected():
    lines = map(json.loads, (DATA / "expected.jsonl").read_text("utf-8").splitlines())
    return {name: list(group) for name, group in groupby(lines, lambda line: line["file"].partition("!")[0])}


def line(item):
    """Return an item as a line of `expected.jsonl`."""
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
        "cut_short": any(item.code == "cut_short" for item in record.inconsistencies),
        "format": record.provenance.format,
        "http_status": record.provenance.http_status,
        "fetched_at": record.provenance.fetched_at,
    }


def test_every_archive_has_expected_items():
    assert sorted(expected()) == sorted(ARCHIVES)


@for_each("name", ARCHIVES)
def test_an_archive_gives_its_expected_items(name):
    assert list(map(line, documents_in([ARCHIVES[name]]))) == expected()[name]


@for_each("name", [name for name in ARCHIVES if name.endswith(".gz")])
@for_each("size", [99, 1000, 3000])
def test_the_spans_of_an_archive_give_the_same_items(name, size):
    items = [item for span in spans(ARCHIVES[name], size=size) for item in documents_of(span)]
    assert items == list(documents_in([ARCHIVES[name]]))
