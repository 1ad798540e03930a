"""WARC archives for the tests: records written by hand, and archives like those of a run."""

import base64
import gzip
import hashlib
import io
import zlib
from pathlib import Path

from fastwarc.stream_io import BrotliWriter, ZstdWriter
from tests.support.records import record_of_capture
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from altdetails.errors import PageError
from altdetails.results import Capture, Exchange
from altdetails.warc.reader import captures

SAMPLES = Path(__file__).parents[2] / "samples"
PAGE = (SAMPLES / "empty-blocks.html").read_bytes()
OTHER_PAGE = (SAMPLES / "dataset.html").read_bytes()
URL = "https://www.altmetric.com/details/990000001"
AT = "2026-01-02T03:04:05Z"


def urn(number):
    return f"urn:uuid:00000000-0000-4000-8000-{number:012}"


def http(body=PAGE, *headers, status="200 OK"):
    """Return the block of a response."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html; charset=utf-8", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def chunked(body, size=1000):
    pieces = [body[place : place + size] for place in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def deflated(body):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


class _OpenBuffer(io.BytesIO):
    """A buffer that stays readable after the writer has closed it."""

    def close(self):
        """Stay open."""


def _compress(writer, contents):
    buffer = _OpenBuffer()
    with writer(buffer) as stream:
        for content in contents:
            stream.write(content)
            stream.finish()
    return buffer.getvalue()


def brotlied(content):
    return _compress(BrotliWriter, [content])


def zstandard(*contents):
    """Compress each content as a frame of its own."""
    return _compress(ZstdWriter, contents)


def sha1(content):
    return f"sha1:{base64.b32encode(hashlib.sha1(content).digest()).decode()}"  # noqa: S324 -- the usual digest of WARC


def hexadecimal(algorithm, content):
    return hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()


def record(number=1, block=None, *, kind="response", url=URL, version="1.1", **headers):
    """Return a valid record. A header that is None is left out."""
    block = http() if block is None else block
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<{urn(number)}>",
        "WARC-Target-URI": url,
        "WARC-Date": AT,
        "WARC-Block-Digest": sha1(block),
        "Content-Type": "application/warc-fields"
        if kind in {"metadata", "warcinfo"}
        else f"application/http; msgtype={kind}",
        "Content-Length": len(block),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"WARC/{version}", *(f"{name}: {value}" for name, value in fields.items() if value is not None), "", ""]
    return "\r\n".join(lines).encode() + block + b"\r\n\r\n"


def visit(number, requested, outcome, **headers):
    """Return the metadata record of a visit. The last response of the visit has the given number."""
    block = f"requested: {requested}\r\noutcome: {outcome}\r\nattempts: 1\r\n".encode()
    return record(number + 900, block, kind="metadata", **{"WARC-Refers-To": f"<{urn(number)}>"} | headers)


def plain(*records):
    return b"".join(records)


def packed(*records):
    return b"".join(map(gzip.compress, records))


def packed_whole(*records):
    return gzip.compress(b"".join(records))


def write(path, *records, form=packed):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(form(*records))
    return str(path)


def read(path, **options):
    return list(captures(path, **options))


def exchange(url, status=200, body=PAGE, headers=(), **options):
    phrase = {200: "OK", 302: "Found", 404: "Not Found", 503: "Service Unavailable"}[status]
    headers = (("Content-Type", "text/html; charset=utf-8"), *headers, ("Content-Length", str(len(body))))
    return Exchange(url, AT, (("Host", "www.altmetric.com"),), "HTTP/1.1", status, phrase, headers, body, **options)


class Run:
    """The archive of a run, written by warcio, with the records that the run wrote."""

    def __init__(self, path):
        self.path = str(path)
        self.lines = []
        self._file = Path(path).open("wb")  # noqa: SIM115 -- closed by the block
        self._writer = WARCWriter(self._file, gzip=True, warc_version="1.1")

    def __enter__(self):
        self._writer.write_record(self._writer.create_warcinfo_record("pages.warc.gz", {"software": "altdetails/0"}))
        return self

    def __exit__(self, *_):
        self._file.close()

    def visit(self, requested, outcome, *exchanges):
        responses = [self._response(exchange) for exchange in exchanges]
        ids = [response.rec_headers["WARC-Record-ID"] for response in responses]
        if requested is not None:
            fields = f"requested: {requested}\r\noutcome: {outcome}\r\nattempts: {len(exchanges)}\r\n"
            self._write("metadata", exchanges[-1].url, fields.encode(), {"WARC-Refers-To": ids[-1]})
        for exchange, response in zip(exchanges, responses, strict=True):
            head = f"GET {exchange.url} HTTP/1.1\r\nHost: www.altmetric.com\r\n\r\n".encode()
            self._write("request", exchange.url, head, {"WARC-Concurrent-To": response.rec_headers["WARC-Record-ID"]})
            self._writer.write_record(response)
        if outcome == "ok":
            last = exchanges[-1]
            content = gzip.decompress(last.body) if last.header("Content-Encoding") else last.body
            source = (last.url, last.status, last.header("Content-Type"), last.at, ids[-1].strip("<>"), requested)
            self.lines.append(record_of_capture(Capture(content, *source)).to_json() + b"\n")

    def _response(self, exchange):
        status_line = f"{exchange.status} {exchange.phrase}"
        head = StatusAndHeaders(status_line, list(exchange.headers), protocol=exchange.http_version)
        headers = {"WARC-Date": exchange.at} | ({"WARC-Truncated": exchange.truncated} if exchange.truncated else {})
        return self._record("response", exchange.url, exchange.body, headers, http_headers=head)

    def _write(self, kind, url, block, headers):
        content_type = "application/warc-fields" if kind == "metadata" else "application/http; msgtype=request"
        self._writer.write_record(self._record(kind, url, block, headers, warc_content_type=content_type))

    def _record(self, kind, url, content, headers, **options):
        payload = {"payload": io.BytesIO(content), "length": len(content)}
        return self._writer.create_warc_record(url, kind, warc_headers_dict=headers, **payload, **options)


def lines(path):
    """Return the records of an archive as lines of JSON, or the kind of a page without a record."""
    results = []
    for item in captures(path):
        try:
            results.append(record_of_capture(item).to_json() + b"\n")
        except PageError as error:
            results.append(error.kind)
    return results
