"""Pages of WARC archives: how they are selected and decoded, and what is lost through damage."""

import gzip
import io
import itertools
import os
import re
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sources.material import make_tar, make_zip, names, only
from tests.support.cases import for_each
from tests.support.records import record_of_capture
from tests.warc import warcs
from tests.warc.warcs import (
    OTHER_PAGE,
    PAGE,
    URL,
    brotlied,
    chunked,
    deflated,
    http,
    read,
    record,
    urn,
    visit,
    write,
    zstandard,
)
from warcio.cli import main as warcio

from altdetails import documents
from altdetails.documents import Document, Unreadable
from altdetails.errors import InputError
from altdetails.parsing.engine import parse_document, parse_file
from altdetails.results import Capture
from altdetails.sources import documents_in
from altdetails.warc import members
from altdetails.warc.reader import captures

pytestmark = pytest.mark.slow

DOI = "10.5555/empty.1"


def ids(path, **options):
    """Return the last digits of the record ids of the pages in an archive."""
    return [int(item.record_id[-12:]) for item in read(path, **options) if isinstance(item, Capture)]


def unreadable_items(path):
    return [item for item in read(path) if isinstance(item, Unreadable)]


class TestArchiveOfARun:
    def test_its_pages_give_the_records_of_the_run(self):
        doi_url = f"https://www.altmetric.com/details/doi/{DOI}"
        moved = warcs.exchange(doi_url, 302, b"", [("Location", URL)])
        packed = warcs.exchange(URL, body=gzip.compress(PAGE), headers=[("Content-Encoding", "gzip")])
        with warcs.Run("pages.warc.gz") as run:
            run.visit(None, None, warcs.exchange("https://www.altmetric.com/robots.txt", body=b"User-agent: *\n"))
            run.visit(DOI, "ok", moved, warcs.exchange(URL))
            run.visit("990000002", "not_tracked", warcs.exchange(f"{URL}404", 404, b"<html>"))
            run.visit("990000003", "ok", warcs.exchange(URL, 503, b""), packed)
            run.visit("990000004", "blocked", warcs.exchange(URL, body=b"<html>Checking your browser"))
            run.visit("990000005", "failed", warcs.exchange(URL, body=PAGE[:999], truncated="disconnect"))
            run.visit("990000001", "ok", warcs.exchange(URL, body=PAGE[:999], truncated="length"), warcs.exchange(URL))
            run.visit(None, None, warcs.exchange(URL, body=PAGE[:999]))
            run.visit("10.5555/other", "ok", warcs.exchange("http://127.0.0.1:8000/details/990000006"))
        assert warcs.lines(run.path) == run.lines
        assert len(run.lines) == 4

    def test_a_page_without_a_record_is_yielded(self):
        with warcs.Run("pages.warc.gz") as run:
            run.visit("990000001", "not_details", warcs.exchange(URL, body=b"<html>something else"))
        assert warcs.lines(run.path) == ["other"]

    def test_a_capture_has_its_identifier_and_address(self):
        write("x.warc.gz", visit(1, DOI, "ok"), record(1, http(PAGE, "X: y")))
        (capture,) = read("x.warc.gz")
        assert capture == Capture(PAGE, URL, 200, "text/html; charset=utf-8", "2026-01-02T03:04:05Z", urn(1), DOI)

    def test_only_the_last_response_of_a_visit_is_yielded(self):
        assert ids(write("x.warc.gz", visit(2, DOI, "ok"), record(1), record(2), record(3))) == [2, 3]

    def test_only_visits_with_a_page_are_yielded(self):
        pages = [(number, outcome) for number, outcome in enumerate(["ok", "not_details", "blocked", "failed", "?"], 1)]
        records = [(visit(number, DOI, outcome), record(number)) for number, outcome in pages]
        assert ids(write("x.warc.gz", *itertools.chain(*records))) == [1, 2]

    def test_a_visit_without_its_responses_does_not_affect_others(self):
        assert ids(write("x.warc.gz", visit(9, DOI, "ok"), visit(1, DOI, "ok"), record(1))) == [1]

    def test_records_of_another_tool_are_not_part_of_a_visit(self):
        ours, theirs = (record(7, f"software: {name}/1\r\n".encode(), kind="warcinfo") for name in ("altdetails", "x"))
        records = [
            ours,
            visit(1, DOI, "ok"),
            record(1),
            record(2),
            visit(9, DOI, "ok"),
            theirs,
            record(3),
            ours,
            record(4),
        ]
        assert ids(write("x.warc.gz", *records)) == [1, 3]

    @for_each(
        "fields",
        [
            "",
            "requested: 10.5555/x\r\n",
            "outcome: ok\r\n",
            "requested: no identifier\r\noutcome: failed\r\n",
            "\0\xff",
        ],
    )
    def test_metadata_without_a_visit_are_ignored(self, fields):
        other = record(7, fields.encode("latin-1"), kind="metadata", WARC_Refers_To=f"<{urn(9)}>")
        (capture,) = read(write("x.warc.gz", other, record(1)))
        assert capture.requested is None

    def test_large_metadata_are_skipped(self):
        other = record(7, b"requested: 10.5555/x\r\noutcome: failed\r\n" + b"x" * 2**17, kind="metadata")
        assert ids(write("x.warc.gz", other, record(1))) == [1]


DETAILS_ADDRESSES = [
    URL,
    f"<{URL}>",
    "http://altmetric.com/details/990000001?src=bookmarklet#score",
    "https://bmc.altmetric.com/details/990000001/twitter/page:2",
    "https://www.altmetric.com/details/990000001/chapter/990000002",
    f"https://www.altmetric.com/details/doi/{DOI}",
    f"https://www.altmetric.com/details.php?doi={DOI}",
    "https://web.archive.org/web/20200102030405id_/https://www.altmetric.com/details/990000001",
]
OTHER_ADDRESSES = [
    "https://www.altmetric.com/",
    "https://www.altmetric.com/robots.txt",
    "https://api.altmetric.com/details/990000001",
    "https://example.org/details/990000001",
    "https://altmetric.com.example.org/details/990000001",
    "http://127.0.0.1/details/990000001",
    "/details/990000001",
    "www.altmetric.com/details/990000001",
    "dns:www.altmetric.com",
    "http://[::1/details/1",
    "",
    None,
]


TEXT = (warcs.SAMPLES / "text" / "short.resiliparse-2.txt").read_bytes()
AS_TEXT = {"kind": "conversion", "Content_Type": "text/plain", "version": "1.0"}
SAME = "http://purl.org/warc/revisit"
WITHOUT_PAGE = {
    "not found": (
        record(1, http(status="404 Missing")),
        "http_error",
        f"{URL} was answered with 404 Not Found instead of a page; try another capture",
    ),
    "forbidden": (
        record(1, http(b"", "Content-Encoding: gzip", status="403 Forbidden")),
        "http_error",
        f"{URL} was answered with 403 Forbidden instead of a page; try another capture",
    ),
    "an unknown status": (
        record(1, http(status="599 x")),
        "http_error",
        f"{URL} was answered with 599 instead of a page; try another capture",
    ),
    "a partial response": (
        record(1, http(status="206 Partial Content")),
        "http_error",
        f"{URL} was answered with 206 Partial Content instead of a page; try another capture",
    ),
    "truncated": (
        record(1, WARC_Truncated="length"),
        "truncated",
        f"{URL} was truncated when it was archived (length); try another capture",
    ),
    "truncated without a reason": (
        record(1, WARC_Truncated=""),
        "truncated",
        f"{URL} was truncated when it was archived (unspecified); try another capture",
    ),
    "in segments": (
        record(1, WARC_Segment_Number="1"),
        "truncated",
        f"{URL} was archived in several segments, which altdetails does not join; try another capture",
    ),
    "a revisit": (
        record(
            1,
            http(b""),
            kind="revisit",
            WARC_Profile=f"{SAME}/1.1/identical-payload-digest",
            WARC_Refers_To_Target_URI=f"<{URL}/>",
            WARC_Refers_To_Date="2025-01-02T03:04:05Z",
        ),
        "revisit",
        (
            f"{URL} is a revisit of {URL}/ of 2025-01-02T03:04:05Z (identical-payload-digest), without content; "
            "read that capture"
        ),
    ),
    "a revisit of WARC 1.0": (
        record(1, b"", kind="revisit", version="1.0", WARC_Profile=f"<{SAME}/1.0/server-not-modified>"),
        "revisit",
        (
            f"{URL} is a revisit of an earlier capture of an unknown date (server-not-modified), without content; "
            "read that capture"
        ),
    ),
    "a revisit that refers to a record id": (
        record(1, b"", kind="revisit", WARC_Refers_To=f"<{urn(7)}>"),
        "revisit",
        f"{URL} is a revisit of {urn(7)} of an unknown date (no profile), without content; read that capture",
    ),
    "no HTTP": (
        record(1, PAGE, Content_Type="text/html"),
        "unreadable",
        "is not an HTTP response; leave it out",
    ),
    "a long address": (
        record(1, url=f"{URL}?{'x' * 999}", WARC_Truncated="time"),
        "truncated",
        f"{URL}?{'x' * (198 - len(URL))}… was truncated when it was archived (time); try another capture",
    ),
}


class TestAnyArchive:
    @for_each("url", DETAILS_ADDRESSES)
    def test_a_response_of_a_details_address_is_a_page(self, url):
        (capture,) = read(write("x.warc.gz", record(1, url=url)))
        assert (capture.url, capture.requested) == (url.strip("<>"), None)

    @for_each("url", OTHER_ADDRESSES)
    def test_a_response_of_another_address_is_skipped(self, url):
        skipped = []
        other, page = record(1, url=url), record(2)
        assert [item.record_id for item in read(write("x.warc.gz", other, page), skipped=skipped.append)] == [urn(2)]
        assert skipped == [f"x.warc.gz!{urn(1)}"]

    @for_each("url", OTHER_ADDRESSES[5:])
    def test_a_visit_to_an_invalid_address_has_no_page(self, url):
        is_address = str(url).startswith("http://127")
        assert ids(write("x.warc.gz", visit(1, DOI, "ok"), record(1, url=url), record(2))) == [1, 2][1 - is_address :]

    @for_each(
        "other",
        {
            "a redirect": record(1, http(b"", "Location: /", status="301 Moved")),
            "an error of another address": record(1, http(status="404 Not Found"), url="https://example.org/"),
            "a truncated page of another address": record(1, url="https://example.org/", WARC_Truncated="length"),
            "a revisit of another address": record(1, b"", kind="revisit", url="https://example.org/"),
            "a text of another address": record(1, TEXT, url="https://example.org/", **AS_TEXT),
            "an image": record(1, b"\x89PNG", kind="resource", Content_Type="image/png"),
            "a file without a type": record(1, PAGE, kind="resource", Content_Type=None),
            "a text by its crawler's address": record(1, TEXT, url=f"urn:text:{URL}", **AS_TEXT | {"kind": "resource"}),
        }.items(),
        ids=lambda item: item[0],
    )
    def test_records_without_a_details_page_are_skipped_and_counted(self, other):
        skipped = []
        path = write("x.warc.gz", other[1], record(2))
        assert [item.record_id for item in read(path, skipped=skipped.append)] == [urn(2)]
        assert skipped == [f"x.warc.gz!{urn(1)}"]

    @for_each(("other", "kind", "words"), WITHOUT_PAGE.values(), ids=WITHOUT_PAGE)
    def test_a_details_address_without_a_page_is_reported_with_the_byte_of_its_record(self, other, kind, words):
        for form in (warcs.packed, warcs.plain):
            place = len(form(record(2)))
            page, unreadable, last = read(write("x.warc", record(2), other, record(3), form=form))
            assert (page.record_id, last.record_id) == (urn(2), urn(3))
            assert (unreadable.name, unreadable.kind) == (f"x.warc!{urn(1)}", kind)
            assert unreadable.reason == f"{words} (its record begins at byte {place:,})"

    def test_a_response_without_a_type_is_read(self):
        assert ids(write("x.warc.gz", record(1, Content_Type=None))) == [1]

    @for_each(
        ("kind", "content_type"),
        [
            ("resource", "text/html"),
            ("resource", "Text/HTML; charset=utf-8"),
            ("resource", "application/xhtml+xml"),
            ("conversion", "text/html"),
        ],
    )
    def test_a_resource_or_conversion_is_read(self, kind, content_type):
        (capture,) = read(write("x.warc.gz", record(1, PAGE, kind=kind, Content_Type=content_type)))
        assert capture == Capture(PAGE, URL, None, content_type, warcs.AT, urn(1))
        provenance = record_of_capture(capture).provenance
        assert (provenance.http_status, provenance.final_url) == (None, URL)

    def test_a_damaged_or_truncated_resource_is_reported(self):
        as_page = {"kind": "resource", "Content_Type": "text/html"}
        cut = record(1, PAGE, WARC_Truncated="length", **as_page)
        wrong = record(2, PAGE, WARC_Block_Digest=warcs.sha1(b""), **as_page)
        other = record(3, PAGE, WARC_Block_Digest=None, WARC_Payload_Digest=warcs.sha1(b""), **as_page)
        assert [item.kind for item in read(write("x.warc.gz", cut, wrong, other))] == [
            *("truncated", "unreadable", "unreadable")
        ]

    def test_records_that_describe_others_are_not_counted(self):
        about = [
            record(place, b"x", kind=kind) for place, kind in enumerate(["warcinfo", "request", "metadata", "?"], 5)
        ]
        skipped = []
        assert len(read(write("x.warc.gz", *about, record(1)), skipped=skipped.append)) == 1
        assert skipped == []

    @for_each("version", ["1.0", "1.1"])
    @for_each("form", [warcs.plain, warcs.packed, warcs.packed_whole])
    def test_all_versions_and_compressions_give_the_same_pages(self, version, form):
        brackets = {"url": f"<{URL}>"} if version == "1.0" else {}
        path = write("x.warc", *(record(number, version=version, **brackets) for number in (1, 2, 3)), form=form)
        assert [(item.record_id, item.url, item.content) for item in read(path)] == [
            (urn(number), URL, PAGE) for number in (1, 2, 3)
        ]

    def test_zstandard_is_read(self):
        assert ids(write("x.warc.zst", record(1), record(2), form=zstandard)) == [1, 2]

    @for_each(
        ("date", "expected"),
        {
            "2026-01-02T03:04:05Z": "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05.999Z": "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05.123456789Z": "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05+02:00": "2026-01-02T01:04:05Z",
            "2026-01-02": None,
            "yesterday": None,
            "2026-02-30T00:00:00Z": None,
            "0001-01-01T00:00:00+02:00": None,
            None: None,
        }.items(),
    )
    def test_a_date_has_whole_seconds_and_an_invalid_one_is_none(self, date, expected):
        (capture,) = read(write("x.warc.gz", record(1, WARC_Date=date)))
        assert capture.fetched_at == expected

    def test_a_stream_is_read_and_stays_open(self):
        stream = io.BytesIO(warcs.packed(record(1), record(2, block=b"no HTTP")))
        page, unreadable = captures(stream)
        assert (page.record_id, unreadable.name) == (urn(1), f"<stream>!{urn(2)}")
        assert not stream.closed

    def test_an_empty_archive_is_an_error(self):
        (unreadable,) = read(write("x.warc.gz"))
        assert (unreadable.name, unreadable.kind) == ("x.warc.gz", "missing")

    @pytest.mark.parametrize("path", ["nope.warc", "folder.warc"])
    def test_an_archive_that_cannot_be_opened_is_unreadable(self, path):
        Path("folder.warc").mkdir()
        (unreadable,) = read(path)
        assert (unreadable.name, unreadable.kind) == (path, "unreadable")


class TestTextOfPages:
    @pytest.mark.parametrize("name", ["x.wet", "x.warc.wet.gz", "x.WET.GZ", "x.wet.zst"])
    def test_it_is_read_with_its_source(self, name):
        write(f"folder/{name}", record(1, TEXT, **AS_TEXT), form=zstandard if name.endswith("zst") else warcs.packed)
        (document,) = documents_in(["folder"])
        assert document.capture == Capture(TEXT, URL, None, "text/plain", warcs.AT, urn(1))
        parsed = parse_document(document)
        assert (parsed.title, parsed.altmetric_id) == ("What lighthouse keepers wrote about dusk", 990000001)
        provenance = parsed.provenance
        assert (provenance.format, provenance.fetched_at, provenance.http_status) == ("text", warcs.AT, None)

    def test_a_wrong_digest_is_reported(self):
        wrong = record(1, TEXT, WARC_Block_Digest=warcs.sha1(b""), **AS_TEXT)
        unreadable, text = read(write("x.wet.gz", wrong, record(2, TEXT, **AS_TEXT)))
        assert (unreadable.kind, text.record_id) == ("unreadable", urn(2))


MIRRORS = {
    "https://www-altmetric-com.proxy.example.edu/details/990000007?src=x": 990000007,
    "https://mirror.example.org:8080/details/990000006/chapter/990000007": 990000007,
    "http://mirror.example.org/details.php?citation_id=990000007": 990000007,
    "https://web.archive.org/web/20200102030405/https://www.altmetric.com/details/990000007": 990000007,
    "https://archive.example.org/wayback/20200102030405mp_/http://bmc.altmetric.com/details/990000007#s": 990000007,
    "https://archive.example.org/20200102/https://example.org/details/990000007": None,
    "https://mirror.example.org/cache/990000007.html": None,
}


@for_each("ending", [".html", "/news.html"])
def test_addresses_that_a_tool_made_of_names_of_files_are_details_addresses(ending):
    path = write("x.warc.gz", record(1, url=f"{URL}{ending}"), record(2, url="https://www.altmetric.com/about.html"))
    assert ids(path) == [1]


class TestUrlFilter:
    @for_each(("url", "altmetric_id"), MIRRORS.items())
    def test_pages_of_mirrors_are_read_with_their_ids(self, url, altmetric_id):
        path = write("x.warc.gz", record(1, TEXT, url=url, **AS_TEXT), record(2, url="https://example.org/"))
        (capture,) = read(path, url_filter="990000007")
        parsed = record_of_capture(capture)
        assert (parsed.provenance.final_url, parsed.altmetric_id) == (url, altmetric_id)
        assert parsed.inconsistencies == []

    def test_it_replaces_the_check_for_details_addresses(self):
        path = write("x.warc.gz", record(1), record(2, url=f"{URL}2"), record(3, http(status="404 x"), url=f"{URL}2"))
        assert [item.kind for item in read(path, url_filter=r"/990000001\d$") if isinstance(item, Unreadable)] == [
            "http_error"
        ]
        assert ids(path) == [1, 2]

    def test_it_matches_only_web_addresses(self):
        path = write("x.warc.gz", record(1, b"", url="dns:www.altmetric.com", Content_Type="text/dns"))
        assert read(path, url_filter="altmetric") == []

    def test_documents_in_accepts_it(self):
        write("folder/x.warc.gz", record(1), record(2, url="https://example.org/"))
        assert [item.name for item in documents_in(["folder"], url_filter="example")] == [f"folder/x.warc.gz!{urn(2)}"]

    def test_an_invalid_regular_expression_is_shown(self):
        with pytest.raises(InputError, match=r"'\[x' is not a regular expression: .* at position 0"):
            read(write("x.warc.gz", record(1)), url_filter="[x")

    @pytest.mark.parametrize("text", ["[[0-9]1$", "[0-9--a]1$", "[0-9||a]1$"])
    def test_an_expression_that_later_versions_of_python_may_read_differently_raises_no_warning(self, text):
        re.purge()  # Python warns once about each expression
        assert ids(write("x.warc.gz", record(1), record(2, url=f"{URL}2")), url_filter=text) == [1]

    def test_it_does_not_apply_to_the_archive_of_a_run(self):
        assert ids(write("x.warc.gz", visit(1, DOI, "ok"), record(1)), url_filter="nothing") == [1]


CODED = {
    "none": http(PAGE),
    "gzip": http(gzip.compress(PAGE), "Content-Encoding: gzip"),
    "x-gzip, in capitals": http(gzip.compress(PAGE), "CONTENT-ENCODING: X-GZIP"),
    "deflate": http(zlib.compress(PAGE), "Content-Encoding: deflate"),
    "deflate without the zlib header": http(deflated(PAGE), "Content-Encoding: deflate"),
    "Brotli": http(brotlied(PAGE), "Content-Encoding: br"),
    "Zstandard": http(zstandard(PAGE), "Content-Encoding: zstd"),
    "chunks": http(chunked(PAGE), "Transfer-Encoding: chunked"),
    "one chunk with an extension and a trailer": http(
        b"%X;a=b \r\n%s\r\n0\r\nX: y\r\n\r\n" % (len(PAGE), PAGE), "Transfer-Encoding: chunked"
    ),
    "chunks of gzip": http(chunked(gzip.compress(PAGE)), "Transfer-Encoding: chunked", "Content-Encoding: gzip"),
    "gzip in Brotli": http(brotlied(gzip.compress(PAGE)), "Content-Encoding: gzip, br"),
    "two headers": http(brotlied(gzip.compress(PAGE)), "Content-Encoding: gzip", "Content-Encoding: br"),
    "gzip declared but not used": http(PAGE, "Content-Encoding: gzip"),
    "Brotli declared but not used": http(PAGE, "Content-Encoding: br"),
    "Zstandard declared but not used": http(PAGE, "Content-Encoding: zstd"),
    "deflate declared but not used": http(PAGE, "Content-Encoding: deflate"),
    "gzip without its header": http(gzip.compress(PAGE)),
    "gzip in chunks, without its header": http(chunked(gzip.compress(PAGE)), "Transfer-Encoding: chunked"),
    "the first of two headers is empty": http(gzip.compress(PAGE), "Content-Encoding:", "Content-Encoding: gzip"),
    "declared twice, used once": http(gzip.compress(PAGE), "Content-Encoding: gzip", "Content-Encoding: gzip"),
    "chunks declared but not used": http(PAGE, "Transfer-Encoding: chunked"),
    "identity": http(PAGE, "Content-Encoding: identity"),
    "an empty coding": http(PAGE, "Content-Encoding:"),
    "a transfer coding that was removed": http(PAGE, "X-Archive-Orig-Transfer-Encoding: chunked"),
    "a wrong length": http(PAGE, "Content-Length: 5"),
    "lines that end with LF": http(PAGE, "X: y").replace(b"\r\n", b"\n", 5),
    "a header over two lines": http(PAGE, "X: a\r\n  b"),
    "HTTP/2": http(PAGE).replace(b"HTTP/1.1 200 OK", b"HTTP/2 200"),
}


@for_each("block", CODED.values(), ids=CODED)
def test_codings_are_removed(block):
    (capture,) = read(write("x.warc.gz", record(1, block)))
    assert capture.content == PAGE
    assert capture.content_type == "text/html; charset=utf-8"


NEITHER = b"neither compressed nor a page"
WRONG_BODIES = {
    "truncated gzip": (gzip.compress(PAGE)[:-9], "gzip", "is truncated gzip"),
    "truncated gzip without its header": (gzip.compress(PAGE)[:-9], "identity", "is truncated gzip"),
    "gzip with a wrong checksum": (gzip.compress(PAGE)[:-8] + bytes(8), "gzip", "damaged gzip"),
    "truncated deflate": (zlib.compress(PAGE)[:-9], "deflate", "is truncated"),
    "not deflate": (NEITHER, "deflate", "is not deflate data"),
    "truncated Brotli": (brotlied(PAGE)[:-9], "br", "truncated"),
    "not Brotli": (NEITHER, "br", "damaged"),
    "truncated Zstandard": (zstandard(PAGE)[:-9], "zstd", "truncated"),
    "not Zstandard": (NEITHER, "zstd", "damaged"),
    "an unknown coding": (PAGE, "compress", "the unknown coding 'compress'"),
    "too many codings": (gzip.compress(PAGE), "gzip, " * 20, "20 nested codings"),
}


@for_each(("body", "coding", "words"), WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_a_body_that_cannot_be_decoded_is_reported_and_the_next_record_read(body, coding, words):
    path = write("x.warc.gz", record(1, http(body, f"Content-Encoding: {coding}")), record(2))
    unreadable, page = read(path)
    assert (unreadable.name, page.record_id) == (f"x.warc.gz!{urn(1)}", urn(2))
    assert words in unreadable.reason


@for_each("length", [1005, 2000, -5, -10], ids=str)
def test_chunks_that_end_early_are_reported(length):
    (unreadable,) = read(write("x.warc.gz", record(1, http(chunked(PAGE)[:length], "Transfer-Encoding: chunked"))))
    assert "is truncated: its chunks end early" in unreadable.reason


BOMB = bytes(2**20 + 1)
BOMBS = {
    "gzip": gzip.compress(BOMB),
    "deflate": zlib.compress(BOMB),
    "br": brotlied(BOMB),
    "zstd": zstandard(BOMB),
    "gzip, gzip": gzip.compress(gzip.compress(BOMB)),
    "identity": BOMB,
}


@pytest.mark.parametrize("coding", BOMBS)
def test_a_body_above_the_limit_is_refused(monkeypatch, coding):
    monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 2**20)
    unreadable, page = read(
        write("x.warc.gz", record(1, http(BOMBS[coding], f"Content-Encoding: {coding}")), record(2))
    )
    assert (unreadable.kind, page.record_id) == ("refused", urn(2))


class TestDigests:
    BLOCK = http(chunked(PAGE), "Transfer-Encoding: chunked")

    @pytest.mark.parametrize("payload", [PAGE, chunked(PAGE)], ids=["not", "counted"])
    def test_a_payload_digest_may_include_the_chunk_headers_or_not(self, payload):
        digests = {"WARC_Block_Digest": None, "WARC_Payload_Digest": warcs.sha1(payload)}
        assert ids(write("x.warc.gz", record(1, self.BLOCK, **digests))) == [1]

    @for_each(
        "digest",
        [
            warcs.sha1(BLOCK).lower(),
            "sha1:" + warcs.hexadecimal("sha1", BLOCK).upper(),
            "SHA-256:" + warcs.hexadecimal("sha256", BLOCK),
            "md5:" + warcs.hexadecimal("md5", BLOCK),
            "sha512:" + warcs.hexadecimal("sha512", BLOCK),
            "whirlpool:abc",
            "nothing",
            "",
            None,
        ],
    )
    def test_a_page_with_a_correct_or_unknown_digest_is_read(self, digest):
        assert ids(write("x.warc.gz", record(1, self.BLOCK, WARC_Block_Digest=digest))) == [1]

    @for_each(
        "headers",
        [
            {"WARC_Block_Digest": warcs.sha1(b"x")},
            {"WARC_Block_Digest": "sha1:"},
            {"WARC_Block_Digest": "sha256:" + "0" * 64},
            {"WARC_Block_Digest": None, "WARC_Payload_Digest": warcs.sha1(b"x")},
        ],
    )
    def test_a_page_with_a_wrong_digest_is_reported_and_not_read(self, headers):
        unreadable, page = read(write("x.warc.gz", record(1, self.BLOCK, **headers), record(2)))
        assert (unreadable.name, unreadable.kind) == (f"x.warc.gz!{urn(1)}", "unreadable")
        assert "digest" in unreadable.reason
        assert page.record_id == urn(2)

    def test_a_visit_with_a_wrong_digest_is_reported_and_ignored(self):
        unreadable, page = read(
            write("x.warc.gz", visit(1, DOI, "blocked", WARC_Block_Digest=warcs.sha1(b"")), record(1))
        )
        assert unreadable.name == f"x.warc.gz!{urn(901)}"
        assert (page.record_id, page.requested) == (urn(1), None)


def with_bare_newlines(content):
    """A record whose header lines end with LF, as some scripts write them."""
    head, _, block = content.partition(b"\r\n\r\n")
    return head.replace(b"\r\n", b"\n") + b"\n\n" + block


GARBAGE = {
    "a letter": b"x",
    "zeros": bytes(512),
    "noise": os.urandom(3000),
    "gzip headers": b"\x1f\x8b\x08" * 99,
    "gzip of other content": gzip.compress(b"no record"),
    "line ends": b"\r\n\r\n",
}
NOT_ARCHIVES = {
    "an empty file": b"",
    "a page": b"<html>",
    "noise": os.urandom(2000),
    "only a version": b"WARC/1.1\r\n",
    "a later version": b"WARC/9.9\r\n\r\n",
    "a gzip header": b"\x1f\x8b\x08",
    "a Zstandard header": b"\x28\xb5\x2f\xfd",
}
RECORDS = [record(number, http(PAGE[:300])) for number in (1, 2, 3)]


def cuts(content, ends):
    """Return the bytes around the end of each record, and every 31st byte between them."""
    near = {end + more for end in ends for more in range(-5, 6)}
    return sorted({at for at in near if 0 < at < len(content)} | {*range(1, len(content), 31)})


class TestDamage:
    def test_a_truncated_archive_gives_the_pages_before_the_cut_and_is_reported(self):
        members = [gzip.compress(content) for content in RECORDS]
        ends = list(itertools.accumulate(map(len, members), initial=0))
        content = b"".join(members)
        for cut in cuts(content, ends):
            Path("x.warc.gz").write_bytes(content[:cut])
            *pages, last = read("x.warc.gz")
            whole = sum(end <= cut for end in ends[1:])
            if cut in ends:
                assert [page.record_id for page in [*pages, last]] == [urn(number) for number in range(1, whole + 1)]
            else:
                assert [page.record_id for page in pages] == [urn(number) for number in range(1, whole + 1)]
                assert (last.name, last.kind) == ("x.warc.gz", "unreadable")
                assert f"at byte {ends[whole]:,} (its gzip data end early)" in last.reason

    def test_a_truncated_plain_archive_does_too(self):
        content = warcs.plain(*RECORDS)
        ends = list(itertools.accumulate(map(len, RECORDS)))
        for cut in cuts(content, ends):
            Path("x.warc").write_bytes(content[:cut])
            items = read("x.warc")
            whole = sum(end - len("\r\n\r\n") <= cut for end in ends)
            between = any(end - len("\r\n\r\n") <= cut <= end for end in ends)
            assert [item.record_id for item in items[:whole]] == [urn(number) for number in range(1, whole + 1)]
            assert [(item.name[:6], item.kind) for item in items[whole:]] == [("x.warc", "unreadable")] * (not between)

    def test_a_truncated_archive_in_a_single_gzip_member_does_too(self):
        content = warcs.packed_whole(*RECORDS)
        for cut in range(1, len(content), 31):
            Path("x.warc.gz").write_bytes(content[:cut])
            *pages, last = read("x.warc.gz")
            assert [page.record_id for page in pages] == [urn(number) for number in range(1, len(pages) + 1)]
            assert "at byte 0 (its gzip data end early)" in last.reason

    def test_a_truncated_zstandard_archive_does_too(self):
        content = zstandard(*RECORDS)
        ends = list(itertools.accumulate((len(zstandard(item)) for item in RECORDS), initial=0))
        for cut in cuts(content, ends):
            Path("x.warc.zst").write_bytes(content[:cut])
            items = read("x.warc.zst")
            whole = sum(end <= cut for end in ends[1:])
            assert [item.record_id for item in items[:whole]] == [urn(number) for number in range(1, whole + 1)]
            assert [f"at byte {ends[whole]:,} (" in item.reason for item in items[whole:]] == [True] * (cut not in ends)

    @for_each("place", range(5))
    def test_a_zstandard_archive_gives_the_pages_before_its_damage(self, place):
        frames = [zstandard(record(number, http(os.urandom(10_000)))) for number in range(5)]
        start = sum(map(len, frames[:place]))
        for at in (0, 30, 5_000, len(frames[place]) - 1):
            damaged = bytearray(b"".join(frames))
            place_of_damage = slice(start + at, start + at + 9)
            damaged[place_of_damage] = bytes(byte ^ 0xFF for byte in damaged[place_of_damage])
            Path("x.warc.zst").write_bytes(damaged)
            items = read("x.warc.zst")
            assert [item.record_id for item in items[:place]] == [urn(number) for number in range(place)]
            reasons = [item.reason for item in items if isinstance(item, Unreadable)]
            assert f"byte {start:,}" in reasons[0]

    def test_a_truncated_single_zstandard_frame_does_too(self):
        records = [record(number, http(os.urandom(200_000))) for number in range(5)]
        content = zstandard(b"".join(records))
        ends = list(itertools.accumulate(map(len, records)))
        for cut in range(10, len(content), 249_991):
            Path("x.warc.zst").write_bytes(content[:cut])
            sure = sum(end + 2 * 2**17 < cut for end in ends)  # a frame is read in whole blocks
            *pages, unreadable = read("x.warc.zst")
            assert [page.record_id for page in pages[:sure]] == [urn(number) for number in range(sure)]
            assert "at byte 0 (its Zstandard data are wrong" in unreadable.reason

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_a_damaged_member_loses_only_its_record(self, place):
        members = [gzip.compress(content) for content in RECORDS]
        start = sum(map(len, members[:place]))
        for at in (*range(20), *range(20, len(members[place]) - 8, 23), *range(-8, 0)):
            damaged = bytearray(b"".join(members))
            damaged[start + at % len(members[place])] ^= 0x55
            Path("x.warc.gz").write_bytes(damaged)
            harmless = at in {4, 5, 6, 7, 8, 9}  # the time, flags and system in the header of the member
            assert ids("x.warc.gz") == [number for number in (1, 2, 3) if harmless or number != place + 1]
            assert [f"byte {start:,}" in item.reason for item in unreadable_items("x.warc.gz")] == [True] * (
                not harmless
            )

    @for_each("garbage", GARBAGE.values(), ids=GARBAGE)
    def test_garbage_between_members_is_reported_and_no_page_is_lost(self, garbage):
        for place in range(4):
            members = [gzip.compress(content) for content in RECORDS]
            members.insert(place, garbage)
            Path("x.warc.gz").write_bytes(b"".join(members))
            assert ids("x.warc.gz") == [1, 2, 3]
            (unreadable,) = unreadable_items("x.warc.gz")
            assert f"byte {sum(map(len, members[:place])):,}" in unreadable.reason

    def test_garbage_between_plain_records_ends_the_archive(self):
        Path("x.warc").write_bytes(RECORDS[0] + b"garbage\r\n\r\n" + RECORDS[1])
        page, unreadable = read("x.warc")
        assert (page.record_id, unreadable.name) == (urn(1), "x.warc")
        assert "at or after byte 0 " in unreadable.reason
        assert "the rest of it is lost" in unreadable.reason

    @for_each("content", NOT_ARCHIVES.values(), ids=NOT_ARCHIVES)
    def test_a_file_that_is_not_an_archive_is_reported(self, content):
        Path("x.warc").write_bytes(content)
        (unreadable,) = read("x.warc")
        assert unreadable.kind == ("unreadable" if content else "missing")

    @for_each("form", [warcs.plain, warcs.packed, warcs.packed_whole, zstandard])
    @for_each("count", [1, 9])
    def test_headers_that_end_with_lf_are_reported_once_with_a_command_that_repairs_them(self, form, count):
        records = [record(1).replace(b"\r\n", b"\n", count), *map(with_bare_newlines, (record(2), record(3)))]
        (unreadable,) = read(write("x.warc.gz", *records, form=form))
        assert (unreadable.name, unreadable.kind) == ("x.warc.gz", "unreadable")
        assert unreadable.reason.startswith("has header lines that end with LF")
        assert "`pip install warcio`, then `warcio recompress OLD NEW.warc.gz`" in unreadable.reason
        if form is not zstandard:
            warcio(["recompress", "x.warc.gz", "new.warc.gz"])
            assert ids("new.warc.gz") == [1, 2, 3]

    def test_a_single_record_with_bare_newlines_does_not_affect_others(self):
        first, other = record(1), with_bare_newlines(record(2))
        assert ids(write("x.warc.gz", first, other, record(3))) == [1, 3]
        (unreadable,) = unreadable_items("x.warc.gz")
        assert f"at byte {len(warcs.packed(first)):,} (header lines that end with LF" in unreadable.reason

    def test_reading_stops_after_too_many_damaged_places(self):
        Path("x.warc.gz").write_bytes(b"".join(gzip.compress(content)[:-9] for content in RECORDS * 99))
        items = unreadable_items("x.warc.gz")
        assert len(items) == 101
        assert "the rest was not read" in items[-1].reason

    def test_records_without_an_id_or_without_http_are_reported(self):
        path = write("x.warc.gz", record(1, WARC_Record_ID=None), record(2, b"hello"), record(3))
        nameless, other, page = read(path)
        assert (nameless.name, other.name, page.record_id) == ("x.warc.gz", f"x.warc.gz!{urn(2)}", urn(3))
        assert "not an HTTP response" in other.reason


class TestHostileContent:
    @for_each("length", ["-1", "abc", "1e3", "", " ", "9" * 30, "9" * 5000, str(2**63 - 1), str(2**40), "+5"])
    def test_an_impossible_length_is_reported(self, length):
        for kind in ("response", "request", "metadata", "warcinfo"):
            first, *_, last = read(write("x.warc.gz", record(1, kind=kind, Content_Length=length), record(2)))
            assert isinstance(first, Unreadable), kind
            assert last.record_id == urn(2), kind

    def test_a_large_record_is_refused_and_the_next_one_read(self, monkeypatch):
        monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 2**20)
        large = record(1, http(os.urandom(2**20)))
        refused, page = read(write("x.warc.gz", large, record(2)))
        assert (refused.name, refused.kind, page.record_id) == (f"x.warc.gz!{urn(1)}", "refused", urn(2))
        cut, page = read(write("x.warc.gz", large[:-999], record(2)))
        assert (cut.kind, page.record_id) == ("unreadable", urn(2))

    def test_a_large_record_of_another_address_is_skipped(self, monkeypatch):
        monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 2**20)
        other = record(1, http(os.urandom(2**21)), url="https://example.org/film")
        assert ids(write("x.warc.gz", other, record(2))) == [2]

    @pytest.mark.parametrize("ending", ["gz", "zst"])
    def test_a_bomb_in_a_skipped_record_ends_the_archive(self, monkeypatch, ending):
        monkeypatch.setattr(documents, "MAX_RATIO", 0)
        monkeypatch.setattr(documents, "_FREE_BYTES", 2**18)
        records = [record(1), record(2, http(bytes(2**19)), url="https://example.org/film"), record(3)]
        path = write(f"x.warc.{ending}", *records, form=warcs.packed if ending == "gz" else zstandard)
        page, bomb = read(path)
        assert (page.record_id, bomb.name, bomb.kind) == (urn(1), path, "refused")

    @pytest.mark.parametrize("flood", [{"X": "y" * 2**17}, {f"X-{number}": "y" for number in range(20_000)}])
    def test_too_many_headers_are_reported_and_the_next_record_read(self, flood):
        heads = [f"{name}: {value}" for name, value in flood.items()]
        path = write("x.warc.gz", record(1, **flood), record(2, http(PAGE, *heads)), record(3))
        archive, page, last = read(path)
        assert (archive.name, page.name, last.record_id) == ("x.warc.gz", f"x.warc.gz!{urn(2)}", urn(3))

    def test_memory_does_not_grow_with_the_number_of_records(self, monkeypatch):
        monkeypatch.setattr(members, "_BLOCK", 2**11)

        def peak(count):
            path = write("x.warc.gz", *(record(number % 1000, http(b"x")) for number in range(count)))
            tracemalloc.start()
            assert sum(1 for _ in captures(path)) == count
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return most

        peak(400)  # fills caches
        assert peak(1_600) < peak(400) + 32 * 1024

    def test_memory_does_not_grow_with_visits_that_never_end(self, monkeypatch):
        monkeypatch.setattr(members, "_BLOCK", 2**11)

        def peak(count):
            path = write("x.warc.gz", *(visit(number, DOI, "ok") for number in range(count)), record(999_999))
            tracemalloc.start()
            assert not read(path)
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return most

        peak(400)  # fills caches
        assert peak(1_600) < peak(400) + 32 * 1024

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        form=st.sampled_from([warcs.plain, warcs.packed, warcs.packed_whole]),
        edits=st.lists(
            st.tuples(
                st.floats(0, 1, exclude_max=True),
                st.integers(0, 40),
                st.one_of(
                    st.binary(max_size=5),
                    st.sampled_from([b"\r\n", b"WARC/1.1\r\n", b"Content-Length: 7\r\n", b":", b"\xff"]),
                ),
            ),
            min_size=1,
            max_size=6,
        ),
    )
    def test_damage_never_raises(self, folder, form, edits):
        content = form(visit(1, DOI, "ok"), record(1, http(PAGE[:200], "Content-Encoding: br")), record(2, http(PAGE)))
        for share, length, new in edits:
            place = int(share * len(content))
            content = content[:place] + new + content[place + length :]
        path = folder / "x.warc"
        path.write_bytes(content)
        for item in captures(path):
            assert isinstance(item, Capture | Unreadable)


class TestDocuments:
    @pytest.fixture(autouse=True)
    def archive(self):
        return write("run/pages.warc.gz", record(1), record(2, http(OTHER_PAGE)))

    def test_pages_of_an_archive_are_named_after_their_records(self, archive):
        first, second = documents_in([archive])
        assert (first.name, second.name) == (f"{archive}!{urn(1)}", f"{archive}!{urn(2)}")
        assert (first.content, first.capture.url) == (PAGE, URL)

    @for_each("path", ["run", "run/pages.warc.gz", "r*/*.warc.gz", "**/*.gz"])
    def test_archives_are_found_by_path_folder_and_pattern(self, path):
        Path("run/records.jsonl").write_text("{}")
        Path("run/failures.jsonl").write_text("{}")
        Path("run/ledger.sqlite").write_text("")
        assert names(path) == [f"run/pages.warc.gz!{urn(number)}" for number in (1, 2)]

    @pytest.mark.parametrize("name", ["x.warc", "x.WARC", "x.warc.gz", "x.Warc.Gz", "x.warc.zst"])
    def test_the_ending_selects_archives_and_the_content_decides_the_compression(self, name):
        write(f"folder/{name}", record(1), form=warcs.plain)
        write(f"folder/{name}.txt", record(1), form=lambda _: b"no archive")
        assert names("folder") == [f"folder/{name}!{urn(1)}", f"folder/{name}.txt"]

    def test_a_record_has_the_source_of_its_page(self, archive):
        first, _ = documents_in([archive])
        provenance = parse_document(first).provenance
        assert (provenance.input, provenance.final_url, provenance.http_status) == (urn(1), URL, 200)
        assert provenance.fetched_at == "2026-01-02T03:04:05Z"

    def test_parse_file_reads_an_archive_with_one_page(self, archive):
        assert parse_file(write("one.warc.gz", record(1))).provenance.input == urn(1)
        with pytest.raises(Exception, match="contains more than one page"):
            parse_file(archive)

    @pytest.mark.parametrize("make", [make_zip, make_tar])
    def test_an_archive_in_an_archive_is_refused(self, make):
        ending = make.__name__.removeprefix("make_")
        make(f"x.{ending}", {"pages.warc.gz": Path("run/pages.warc.gz").read_bytes(), "a.html": PAGE})
        refused, page = documents_in([f"x.{ending}"])
        assert (refused.name, refused.kind) == (f"x.{ending}!pages.warc.gz", "refused")
        assert page == Document(f"x.{ending}!a.html", PAGE)

    @pytest.mark.parametrize("form", [warcs.plain, warcs.packed])
    def test_an_archive_with_another_ending_is_read(self, form):
        assert only(write("pages.dat", record(1), form=form)).capture == only(write("x.warc", record(1))).capture
