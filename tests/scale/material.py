"""A small crawl, and its records by the local engine."""

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
    """Write eight valid archives by warcio, one archive with different kinds of damage, and one archive of text."""
    archives = _load_samples_archives()
    (folder / "more").mkdir(parents=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # warcio leaves its temporary files open
        for number in range(ARCHIVES):
            target = folder / "more" if number % 2 else folder
            archives.write(target / f"{number}.warc.gz", PAGES_EACH, start=number * PAGES_EACH, size=1_000)
    damaged = bytearray(gzip.compress(record(5)))
    damaged[40:60] = bytes(20)
    pages = packed(
        record(1, http(OTHER_PAGE)),
        record(2, http(b"<title>Just a moment...</title>"), url=f"{HERE}/990000002"),
        record(3, http(b"gone", status="404 Not Found"), url=f"{HERE}/990000003"),
        record(4, http(), url="https://www.example.org/"),
    )
    (folder / "damaged.warc.gz").write_bytes(pages + bytes(damaged) + packed(record(6), record(7, http(PAGE[:9_000]))))
    text = (ROOT / "samples" / "text" / "layout-d.txt").read_bytes()
    wet = record(8, text, kind="conversion", url=f"{HERE}/990000001", **{"Content-Type": "text/plain"})
    (folder / "text.warc.wet.gz").write_bytes(packed(wet))
    return folder


def expected(*paths, **options):
    """Return the sorted records of the local engine as lines of JSON, and its sorted failures."""
    results = [result for batch in results_of(documents_in(list(map(str, paths)), **options)) for _, result in batch]
    failures = sorted(result.to_json() for result in results if isinstance(result, Failure))
    return sorted(result.to_json() for result in results if isinstance(result, Record)), failures


def lines(table):
    """Return the rows of an Arrow table as sorted lines of JSON."""
    return sorted(Record.from_json(msgspec.json.encode(row)).to_json() for row in table.to_pylist())


def failures(folder):
    """Return the sorted lines of a folder of failures."""
    return sorted(line for path in Path(folder).glob("*.jsonl") for line in path.read_bytes().splitlines(keepends=True))


def _load_samples_archives():
    spec = importlib.util.spec_from_file_location("samples_archives", ROOT / "samples" / "archives.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


__all__ = ["HERE", "crawl", "expected", "failures", "lines", "urn"]
