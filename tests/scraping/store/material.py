"""Helpers for tests of the run folder: visits of synthetic pages, and readers of the files of a run."""

import functools
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace

from fastwarc.warc import ArchiveIterator
from samples.generator import facts, page
from tests.support.records import record_of_capture
from warcio.cli import main as warcio

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
    """Return a request and its response, by default a 404."""
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


def tracked(seed, at=AT):
    """Return the outcome and the exchanges of a visit with a record: a redirect and the page."""
    requested, target = f"{SITE}/details/doi/{doi(seed)}", f"{SITE}/details/{facts(seed).id}"
    body = page(facts(seed)).encode()
    last = exchange(target, status=200, phrase="OK", body=body, at=at)
    capture = Capture(body, target, 200, "text/html; charset=utf-8", at, last.record_id, doi(seed))
    outcome = Outcome(
        identifier=doi(seed), status="ok", attempts=1, http_status=200, at=at, record=record_of_capture(capture)
    )
    moved = exchange(requested, status=302, phrase="Found", headers=(("Location", target),), body=b"", at=at)
    return outcome, (moved, last)


def missing(identifier, status="not_tracked", at=AT):
    """Return the outcome and the exchange of a visit without a record."""
    reason = f"{status}, says the test"
    outcome = Outcome(identifier=identifier, status=status, attempts=1, http_status=404, reason=reason, at=at)
    return outcome, (exchange(f"{SITE}/details/doi/{identifier}", at=at),)


def unreached(identifier):
    """Return the outcome of a visit without a connection."""
    return Outcome(identifier=identifier, status="failed", reason="no connection", attempts=3, at=AT), ()


def listed(*identifiers):
    return [ListedIdentifier(identifier) for identifier in identifiers]


def commit_visits(run, *visits):
    """Commit visits to a run, and return the run."""
    run.listing.add(listed(*(outcome.identifier for outcome, _ in visits)))
    for visit in visits:
        run.commit(*visit)
    return run


def lines(path):
    """Yield the lines of the records of an archive."""
    for capture in captures(path):
        if isinstance(capture, Capture):
            yield record_of_capture(capture).to_json() + b"\n"


class Stored(dict):
    """The headers of a WARC record, with its content as attributes."""

    content = b""
    http_status = None
    http_headers = None

    @property
    def fields(self):
        return dict(line.split(": ", 1) for line in self.content.decode().split("\r\n") if line)


def stored(path=PAGES):
    """Yield the records of an archive, and check their digests."""
    with Path(path).open("rb") as stream:
        for record in ArchiveIterator(stream, parse_http=False):
            assert record.verify_block_digest(consume=False)
            warc_record = Stored(record.headers)
            if record.is_http:
                record.parse_http()
                assert record.verify_payload_digest(consume=False)
                warc_record.http_status = record.http_headers.status_code
                warc_record.http_headers = dict(record.http_headers)
            warc_record.content = record.reader.read()
            yield warc_record


def kinds(path=PAGES):
    return [record["WARC-Type"] for record in stored(path)]


def warcio_check(path=PAGES):
    """Return what `warcio check -v` prints about an archive, and its exit code."""
    code = None
    with redirect_stdout(io.StringIO()) as output, redirect_stderr(io.StringIO()) as errors:
        try:
            warcio(["check", "-v", str(path)])
        except SystemExit as ended:
            code = ended.code
    return SimpleNamespace(returncode=code or 0, stdout=output.getvalue(), stderr=errors.getvalue())


def failures():
    return [json.loads(line) for line in FAILURES.read_text().splitlines()]


def contents(folder="run"):
    """Return the content of every file in a folder."""
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def assert_consistent(path="run"):
    """Check that archive, records and ledger agree, and return the counts of the run."""
    pages, records = Path(path, "pages.warc.gz"), Path(path, "records.jsonl")
    assert b"".join(lines(pages)) == records.read_bytes()
    with RunFolder.open(path, site=SITE, software=SOFTWARE, reparse=lines) as run:
        assert run.repairs == []
        return run.counts()


def kill(run):
    """Close the files of a run without its last writes, like the end of its process."""
    run._resources.close()
    run._closed = True
