"""Archives of three pages. The second has the defect in the name of the file."""

import gzip

from tests.data.warc.expected import failure_line, packed, page, record_line
from tests.warc.warcs import chunked, http, record, urn, zstandard

FIRST, SECOND, THIRD = "empty-blocks", "dataset", "chapter"
ADDRESSES = {
    FIRST: "https://www.altmetric.com/details/990000024",
    SECOND: "https://www.altmetric.com/details/990000012",
    THIRD: "https://www.altmetric.com/details/990000011",
}
PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


def archives():
    """Yield the name, content and expected lines of each archive."""
    yield from _gzip()
    yield from _zstandard()
    yield from _warc()
    yield from _responses()


def _whole(number, stem):
    return record(number, http(page(stem)), url=ADDRESSES[stem])


def _around(name, second, *lines, form=packed, last=True):
    """Return an archive with a whole page before the second record and one after it."""
    first, third = form(_whole(1, FIRST)), form(_whole(3, THIRD)) if last else b""
    before = record_line(f"{name}!{urn(1)}", FIRST)
    after = [record_line(f"{name}!{urn(3)}", THIRD)] if last else []
    return name, first + second + third, [before, *lines, *after]


def _place():
    return len(packed(_whole(1, FIRST)))


def _gzip():
    member = packed(_whole(2, SECOND))
    half = len(member) // 2
    for defect, second, last in [
        ("gzip-checksum-wrong", member[:-8] + bytes([member[-8] ^ 1]) + member[-7:], True),
        ("gzip-length-wrong", member[:-4] + bytes([member[-4] ^ 1]) + member[-3:], True),
        ("gzip-bytes-zeroed", member[:half] + bytes(64) + member[half + 64 :], True),
        ("gzip-cut", member[:half], False),
        ("gzip-start-missing", member[half:], True),
    ]:
        name = f"{defect}.warc.gz"
        yield _around(name, second, failure_line(name, "unreadable", _place()), last=last)


def _zstandard():
    name = "zstandard-cut.warc.zst"
    first, second = zstandard(_whole(1, FIRST)), zstandard(_whole(2, SECOND))
    yield (
        name,
        first + second[:-99],
        [record_line(f"{name}!{urn(1)}", FIRST), failure_line(name, "unreadable", len(first))],
    )


def _warc():
    block = http(page(SECOND))
    for defect, names_record, options in [
        ("length-too-long", True, {"Content_Length": len(block) + 99}),
        ("digest-wrong", True, {"WARC_Block_Digest": "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}),
        ("record-without-id", False, {"WARC_Record_ID": None}),
    ]:
        name = f"{defect}.warc.gz"
        second = packed(record(2, block, url=ADDRESSES[SECOND], **options))
        yield _around(name, second, failure_line(f"{name}!{urn(2)}" if names_record else name, "unreadable", _place()))
    name = "header-without-length.warc.gz"
    second = packed(record(2, block, url=ADDRESSES[SECOND], Content_Length=None))
    after = [failure_line(file, "unreadable", _place()) for file in (f"{name}!{urn(2)}", name)]
    yield _around(name, second, *after)  # the block after the header does not belong to any record
    name = "length-too-short.warc.gz"
    second = packed(record(2, block, url=ADDRESSES[SECOND], Content_Length=len(block) - 999, WARC_Block_Digest=None))
    cut = record_line(f"{name}!{urn(2)}", SECOND, cut_short=True)
    yield _around(name, second, cut, failure_line(name, "unreadable", _place()))
    name = "length-too-long.warc"
    first = _whole(1, FIRST)
    second = record(2, block, url=ADDRESSES[SECOND], Content_Length=len(block) + 10_000)
    yield (
        name,
        first + second + _whole(3, THIRD),
        [
            record_line(f"{name}!{urn(1)}", FIRST),
            failure_line(f"{name}!{urn(2)}", "unreadable", len(first)),
        ],
    )


def _responses():
    content = page(SECOND)
    as_gzip = gzip.compress(content, mtime=0)
    defects = {
        "http-head-missing": ("unreadable", content, {}),
        "chunk-cut": ("unreadable", http(chunked(content)[:-999], "Transfer-Encoding: chunked"), {}),
        "content-coding-cut": ("unreadable", http(as_gzip[:-99], "Content-Encoding: gzip"), {}),
        "content-coding-damaged": (
            "unreadable",
            http(as_gzip[:200] + bytes(64) + as_gzip[264:], "Content-Encoding: gzip"),
            {},
        ),
        "not-found": ("http_error", http(b"<h1>Not Found</h1>", status="404 Not Found"), {}),
        "truncated": ("truncated", http(content[:1500]), {"WARC_Truncated": "length"}),
        "segment": ("truncated", http(content[:1500]), {"WARC_Segment_Number": "1"}),
        "revisit": (
            "revisit",
            http(b""),
            {
                "kind": "revisit",
                "WARC_Profile": PROFILE,
                "WARC_Refers_To_Target_URI": ADDRESSES[SECOND],
                "WARC_Refers_To_Date": "2025-06-07T08:09:10Z",
            },
        ),
    }
    for defect, (kind, block, options) in defects.items():
        name = f"{defect}.warc.gz"
        second = packed(record(2, block, url=ADDRESSES[SECOND], **options))
        yield _around(name, second, failure_line(f"{name}!{urn(2)}", kind, _place()))
    name = "html-cut.warc.gz"
    second = packed(record(2, http(content[:2800]), url=ADDRESSES[SECOND]))
    yield _around(name, second, record_line(f"{name}!{urn(2)}", SECOND, cut_short=True))
