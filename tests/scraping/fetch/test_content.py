"""Tests of reading the page in a response: decompression, size limits, truncation."""

import gzip
import zlib
from dataclasses import replace

import pytest
from tests.support.cases import for_each

from altdetails.errors import BodyTooLarge, CodingRefused, TruncatedBody
from altdetails.results import Exchange
from altdetails.scraping.fetch.content import MAX_CONTENT_BYTES, content_of, refuse_missing_end_tag

PAGE = b"<!DOCTYPE html><html><body><p>Lighthouse keepers</p></body></html>"
ZIPPED = gzip.compress(PAGE, mtime=0)
BOMB = 50 * 2**20


def response(body, *, coding=None, kind="text/html; charset=utf-8", truncated=None):
    headers = (("Content-Type", kind),) if kind else ()
    headers += (("content-encoding", coding),) if coding else ()
    return Exchange(
        url="https://www.altmetric.com/details/990000001",
        at="2026-11-22T10:00:00Z",
        request_headers=(),
        http_version="HTTP/1.1",
        status=200,
        phrase="OK",
        headers=headers,
        body=body,
        truncated=truncated,
    )


@for_each(
    ("body", "coding"),
    [
        (PAGE, None),
        (PAGE, "identity"),
        (ZIPPED, "gzip"),
        (ZIPPED, " X-GZIP "),
        (gzip.compress(PAGE[:20], mtime=0) + gzip.compress(PAGE[20:], mtime=0), "gzip"),
        (ZIPPED + b"\0\0\0", "gzip"),
    ],
)
def test_a_body_is_decompressed(body, coding):
    assert content_of(response(body, coding=coding)) == PAGE


@for_each("length", range(1, len(ZIPPED)))
def test_truncated_gzip_is_refused_at_any_length(length):
    with pytest.raises(TruncatedBody, match="gzip data"):
        content_of(response(ZIPPED[:length], coding="gzip"))


@for_each("body", [PAGE, ZIPPED + b"garbage", ZIPPED[:-8] + b"\0" * 8, ZIPPED[:20] + b"\xff" * 20, zlib.compress(PAGE)])
def test_damaged_gzip_is_refused(body):
    with pytest.raises(TruncatedBody, match="gzip data"):
        content_of(response(body, coding="gzip"))


@pytest.mark.parametrize(
    ("truncated", "error", "words"),
    [
        ("length", BodyTooLarge, "larger than 4 MiB"),
        ("time", TruncatedBody, "timed out after 66 bytes"),
        ("disconnect", TruncatedBody, "was cut off after 66 bytes"),
    ],
)
def test_an_incomplete_response_is_refused(truncated, error, words):
    with pytest.raises(error, match=words):
        content_of(response(PAGE, truncated=truncated))


@for_each("coding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip, br", "x" * 1000])
def test_a_content_coding_that_was_not_requested_is_refused(coding):
    with pytest.raises(CodingRefused, match="not requested") as refused:
        content_of(response(b"\x28\xb5\x2f\xfd", coding=coding))
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("second", ["br", "gzip", "zstd"])
def test_codings_of_several_headers_are_one_list_as_readers_of_the_archive_take_them(second):
    answer = response(PAGE, coding="identity")
    answer = replace(answer, headers=(*answer.headers, ("content-encoding", second)))
    with pytest.raises(CodingRefused, match=f"'identity, {second}', which was not requested"):
        content_of(answer)


def test_a_page_of_exactly_the_limit_is_accepted():
    assert len(content_of(response(gzip.compress(b"a" * MAX_CONTENT_BYTES), coding="gzip"))) == MAX_CONTENT_BYTES


@for_each(
    "parts",
    [
        [b"a" * (MAX_CONTENT_BYTES + 1)],
        [b"a" * MAX_CONTENT_BYTES, b"a"],
        [bytes(BOMB)],
        [*[b""] * 1000, bytes(BOMB)],
    ],
    ids=["one byte more", "in two members", "a bomb", "a bomb after empty members"],
)
def test_a_page_above_the_limit_is_refused(parts):
    body = b"".join(gzip.compress(part, 1) for part in parts)
    with pytest.raises(BodyTooLarge, match="larger than 8 MiB after decompression"):
        content_of(response(body, coding="gzip"))


@for_each(
    "content",
    [
        PAGE,
        PAGE + b"\n<!-- cached -->\n",
        PAGE.replace(b"</html>", b"</HTML\n >"),
        PAGE.decode().encode("utf-16"),
    ],
)
def test_a_page_with_an_end_tag_is_complete(content):
    refuse_missing_end_tag(response(content), content)


@for_each("kind", ["text/html", "application/xhtml+xml", "TEXT/HTML", None])
@for_each("content", [b"", PAGE[:-1], PAGE[:30], b"</html>" + b"a" * 70_000])
def test_a_page_without_an_end_tag_is_truncated(content, kind):
    with pytest.raises(TruncatedBody, match="before </html>"):
        refuse_missing_end_tag(response(content, kind=kind), content)


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_other_content_needs_no_end_tag(kind):
    refuse_missing_end_tag(response(b"{}", kind=kind), b"{}")
