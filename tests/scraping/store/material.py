"""What the tests of the run folder are made of: visits of synthetic pages, and readers of what was kept of them."""

import functools
import json
import subprocess
import sys
from pathlib import Path

from fastwarc.warc import ArchiveIterator
from samples.generator import facts, page

from altdetails.parsing.steps import record_of_capture
from altdetails.results import Capture, Exchange, Outcome
from altdetails.scraping.store import ListedIdentifier, RunFolder
from altdetails.warc.reader import captures

ROOT = Path(__file__).parents[3]
SITE = "http://127.0.0.1:8000"
SOFTWARE = "altdetails/0.1.0"
AT = "2026-01-02T03:04:05Z"
PAGES, RECORDS, FAILURES, LEDGER = (
    Path("run", name) for name in ("pages.warc.gz", "records.jsonl", "failures.jsonl", "ledger.sqlite")
)


def exchange(url=f"{SITE}/details/990000001", **changes):
    """A request and its response, 404 unless told otherwise."""
    usual = {
        "at": AT,
        "request_headers": (("Host", "127.0.0.1:8000"), ("Accept", "text/html")),
        "http_version": "HTTP/1.1",
        "status": 404,
        "phrase": "Not Found",
        "headers": (("Content-Type", "text/html; charset=utf-8"),),
        "body": b"<html><title>not found</title></html>",
    }
    return Exchange(url, **(usual | changes))


@functools.cache
def doi(seed):
    return facts(seed).doi


def found(seed, at=AT):
    """The outcome and the exchanges of a visit that gave a record: a redirect and the page."""
    asked, given = f"{SITE}/details/doi/{doi(seed)}", f"{SITE}/details/{facts(seed).id}"
    body = page(facts(seed)).encode()
    last = exchange(given, status=200, phrase="OK", body=body, at=at)
    capture = Capture(body, given, 200, "text/html; charset=utf-8", at, last.record_id, doi(seed))
    outcome = Outcome(
        identifier=doi(seed), status="ok", attempts=1, http_status=200, at=at, record=record_of_capture(capture)
    )
    moved = exchange(asked, status=302, phrase="Found", headers=(("Location", given),), body=b"", at=at)
    return outcome, (moved, last)


def missing(identifier, status="not_tracked", at=AT):
    """The outcome and the exchange of a visit that gave none."""
    reason = f"{status}, says the test"
    outcome = Outcome(identifier=identifier, status=status, attempts=1, http_status=404, reason=reason, at=at)
    return outcome, (exchange(f"{SITE}/details/doi/{identifier}", at=at),)


def unreached(identifier):
    """The outcome of a visit that made no connection."""
    return Outcome(identifier=identifier, status="failed", reason="no connection", attempts=3, at=AT), ()


def listed(*identifiers):
    return [ListedIdentifier(identifier) for identifier in identifiers]


def committed(run, *visits):
    """The run with so many visits more."""
    run.listing.add(listed(*(outcome.identifier for outcome, _ in visits)))
    for visit in visits:
        run.commit(*visit)
    return run


def lines(path):
    """The lines of the records that an archive's pages make."""
    for capture in captures(path):
        if isinstance(capture, Capture):
            yield record_of_capture(capture).to_json() + b"\n"


class Stored(dict):
    """The headers of a WARC record, and as attributes what it holds."""

    content = b""
    http_status = None
    http_headers = None

    @property
    def fields(self):
        return dict(line.split(": ", 1) for line in self.content.decode().split("\r\n") if line)


def stored(path=PAGES):
    """The records of an archive, each of them sound."""
    with Path(path).open("rb") as stream:
        for record in ArchiveIterator(stream, parse_http=False):
            assert record.verify_block_digest(consume=False)
            found = Stored(record.headers)
            if record.is_http:
                record.parse_http()
                assert record.verify_payload_digest(consume=False)
                found.http_status = record.http_headers.status_code
                found.http_headers = dict(record.http_headers)
            found.content = record.reader.read()
            yield found


def kinds(path=PAGES):
    return [record["WARC-Type"] for record in stored(path)]


def warcio_check(path=PAGES):
    return subprocess.run(
        [sys.executable, "-c", "from warcio.cli import main; main()", "check", "-v", path],
        capture_output=True,
        text=True,
        check=False,
    )


def failures():
    return [json.loads(line) for line in FAILURES.read_text().splitlines()]


def contents(folder="run"):
    """What a folder holds, to the byte."""
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def assert_sound(path="run"):
    """The records are those of the archive's pages, and both are as long as the ledger says."""
    pages, records = Path(path, "pages.warc.gz"), Path(path, "records.jsonl")
    assert b"".join(lines(pages)) == records.read_bytes()
    with RunFolder.open(path, site=SITE, software=SOFTWARE, reparse=lines) as run:
        assert run.mended == []
        return run.counts()


def kill(run):
    """End a run's use as the end of its process would."""
    run._resources.close()
    run._closed = True
