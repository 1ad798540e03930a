"""Records for tests: those of the samples, those of the generator, and some with a defect of their own."""

import importlib.util
import json
from functools import cache
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSION_1 = ROOT / "tests" / "data" / "records" / "version-1.jsonl"
"""Records as altdetails 0.1.0 wrote them. They are never written again: they must load for good."""


@cache
def _module():
    spec = importlib.util.spec_from_file_location("samples_records", ROOT / "samples" / "records.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def generated(count):
    """The lines of so many invented records, without their ends."""
    return [line.rstrip(b"\n") for line in islice(_module().lines(count), count)]


def samples():
    """The lines of `VERSION_1`, without their ends."""
    return VERSION_1.read_bytes().splitlines()


def changed(line, **fields):
    """A line with other values of some fields."""
    return json.dumps(json.loads(line) | fields, ensure_ascii=False).encode()


def fetched(line, at, **fields):
    """A line as another scrape would have it."""
    said = json.loads(line) | fields
    said["provenance"] |= {"fetched_at": at}
    return json.dumps(said, ensure_ascii=False).encode()


def written(path, lines):
    """Writes lines to a file, and gives its name."""
    Path(path).write_bytes(b"".join(line + b"\n" for line in lines))
    return str(path)


def decoded(lines):
    """The objects that lines hold."""
    return [json.loads(line) for line in lines]
