"""What an archive must give: lines that are made from what was put into it, never by reading it with altdetails."""

import gzip
import io
import json
import zlib
from pathlib import Path

from tests.warc.warcs import AT

SAMPLES = Path(__file__).parents[3] / "samples"


def page(stem):
    return (SAMPLES / f"{stem}.html").read_bytes()


def record_line(file, stem, **facts):
    """The line of a page that gives the record of a sample."""
    sample = json.loads((SAMPLES / f"{stem}.json").read_text("utf-8"))
    of_sample = {name: sample[name] for name in ("altmetric_id", "doi", "title", "score")}
    usual = {"cut_short": False, "format": "html", "http_status": 200, "fetched_at": AT}
    return {"file": file, "kind": "record"} | of_sample | usual | facts


def failure_line(file, kind, byte):
    """The line of a failure, with the byte that its reason names."""
    return {"file": file, "kind": kind, "byte": byte}


def heads(content):
    """The byte and the headers of each record, in an archive with a gzip member a record, or without gzip."""
    place = 0
    while place < len(content):
        if content.startswith(b"WARC/", place):
            stream = io.BytesIO(content[place:])
            fields = _fields(stream)
            length = stream.tell() + int(fields["Content-Length"]) + len(b"\r\n\r\n")
        else:
            inflate = zlib.decompressobj(31)
            fields = _fields(io.BytesIO(inflate.decompress(content[place:])))
            length = len(content) - place - len(inflate.unused_data)
        yield place, fields
        place += length


def _fields(stream):
    stream.readline()
    fields = {}
    while line := stream.readline().strip():
        name, _, value = line.decode().partition(":")
        fields[name] = value.strip().strip("<>")
    return fields


def packed(*records):
    """A gzip member a record, the same bytes at any time."""
    return b"".join(gzip.compress(record, mtime=0) for record in records)
