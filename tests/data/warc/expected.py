"""Expected lines of archives. They are made from the contents of an archive, not by reading it with altdetails."""

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
    """Return the expected line of a page of a sample."""
    sample = json.loads((SAMPLES / f"{stem}.json").read_text("utf-8"))
    of_sample = {name: sample[name] for name in ("altmetric_id", "doi", "title", "score")}
    usual = {"cut_short": False, "format": "html", "http_status": 200, "fetched_at": AT}
    return {"file": file, "kind": "record"} | of_sample | usual | facts


def failure_line(file, kind, byte):
    """Return the expected line of a failure, with the byte in its reason."""
    return {"file": file, "kind": kind, "byte": byte}


def heads(content):
    """Yield the byte and the headers of each record. The archive is not gzip, or has a gzip member for each record."""
    position = 0
    while position < len(content):
        if content.startswith(b"WARC/", position):
            stream = io.BytesIO(content[position:])
            fields = _fields(stream)
            length = stream.tell() + int(fields["Content-Length"]) + len(b"\r\n\r\n")
        else:
            decompressor = zlib.decompressobj(31)
            fields = _fields(io.BytesIO(decompressor.decompress(content[position:])))
            length = len(content) - position - len(decompressor.unused_data)
        yield position, fields
        position += length


def _fields(stream):
    stream.readline()
    fields = {}
    while line := stream.readline().strip():
        name, _, value = line.decode().partition(":")
        fields[name] = value.strip().strip("<>")
    return fields


def packed(*records):
    """Compress each record as a gzip member, without a timestamp."""
    return b"".join(gzip.compress(record, mtime=0) for record in records)
