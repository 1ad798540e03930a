"""Records for tests: of the samples, of the generator, and with changed fields."""

import importlib.util
import json
import sys
from functools import cache
from itertools import islice
from pathlib import Path

from altdetails.documents import Document
from altdetails.parsing.engine import parse_document

ROOT = Path(__file__).parents[2]
VERSION_1 = ROOT / "tests" / "data" / "records" / "version-1.jsonl"
"""Records that altdetails 0.1.0 wrote. They are never changed, since every later version must read them."""
VERSION_2 = ROOT / "tests" / "data" / "records" / "version-2.jsonl"
"""The same records in the layout of today. They are never changed once a version with this layout is released."""


def record_of_capture(capture):
    """Return the record of a captured page."""
    return parse_document(Document(capture.record_id, capture.content, capture))


@cache
def _module():
    spec = importlib.util.spec_from_file_location("samples_records", ROOT / "samples" / "records.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _lines():
    """The lines that this process has made, and an iterator of all others."""
    return [], _module().lines(sys.maxsize)


def generated(count):
    """Return the lines of `count` invented records, without newlines."""
    made, others = _lines()
    made += [line.rstrip(b"\n") for line in islice(others, max(0, count - len(made)))]
    return made[:count]


def samples():
    """Return the lines of `VERSION_2`, without newlines."""
    return VERSION_2.read_bytes().splitlines()


def changed(line, **fields):
    """Return a line with other values of some fields."""
    return json.dumps(json.loads(line) | fields, ensure_ascii=False).encode()


def fetched(line, at, **fields):
    """Return a line as if it was fetched at another time, with other values of some fields."""
    record = json.loads(line) | fields
    record["provenance"] |= {"captured_at": at, "fetched_at": at}
    return json.dumps(record, ensure_ascii=False).encode()


def written(path, lines):
    """Write lines to a file, and return its path."""
    Path(path).write_bytes(b"".join(line + b"\n" for line in lines))
    return str(path)


def decoded(lines):
    """Decode lines of JSON."""
    return [json.loads(line) for line in lines]
