"""A small crawl, and what the local engine makes of it."""

import gzip
import importlib.util
import warnings
from pathlib import Path

import msgspec
from tests.warc.warcs import OTHER_PAGE, PAGE, http, packed, record, urn

from altdetails import Record
from altdetails.parsing.engine import results_of
from altdetails.results import Failure
from altdetails.sources import documents_in

ROOT = Path(__file__).parents[2]
HERE = "https://www.altmetric.com/details"
ARCHIVES, PAGES_EACH = 8, 4


def crawl(folder):
    """Writes archives: eight whole ones by warcio, one with all sorts of trouble, one of text."""
    archives = _samples_of_archives()
    (folder / "more").mkdir(parents=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # warcio leaves its temporary files open
        for number in range(ARCHIVES):
            place = folder / "more" if number % 2 else folder
            archives.write(place / f"{number}.warc.gz", PAGES_EACH, start=number * PAGES_EACH, size=1_000)
    damaged = bytearray(gzip.compress(record(5)))
    damaged[40:60] = bytes(20)
    trouble = packed(
        record(1, http(OTHER_PAGE)),
        record(2, http(b"<title>Just a moment...</title>"), url=f"{HERE}/990000002"),
        record(3, http(b"gone", status="404 Not Found"), url=f"{HERE}/990000003"),
        record(4, http(), url="https://www.example.org/"),
    )
    (folder / "trouble.warc.gz").write_bytes(
        trouble + bytes(damaged) + packed(record(6), record(7, http(PAGE[:9_000])))
    )
    text = (ROOT / "samples" / "text" / "layout-d.txt").read_bytes()
    wet = record(8, text, kind="conversion", url=f"{HERE}/990000001", **{"Content-Type": "text/plain"})
    (folder / "text.warc.wet.gz").write_bytes(packed(wet))
    return folder


def expected(*paths, **options):
    """The records of the local engine as lines of JSON, and its failures, each in an order of their own."""
    results = [result for some in results_of(documents_in(list(map(str, paths)), **options)) for _, result in some]
    failures = sorted(result.to_json() for result in results if isinstance(result, Failure))
    return sorted(result.to_json() for result in results if isinstance(result, Record)), failures


def lines(table):
    """The rows of an Arrow table as lines of JSON, in an order of their own."""
    return sorted(Record.from_json(msgspec.json.encode(row)).to_json() for row in table.to_pylist())


def failures(folder):
    """The lines of a folder of failures, in an order of their own."""
    return sorted(line for path in Path(folder).glob("*.jsonl") for line in path.read_bytes().splitlines(keepends=True))


def _samples_of_archives():
    spec = importlib.util.spec_from_file_location("samples_archives", ROOT / "samples" / "archives.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


__all__ = ["HERE", "crawl", "expected", "failures", "lines", "urn"]
