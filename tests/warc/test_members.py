"""Spans of an archive: adjacent spans give the same as the whole archive, for any damage and any borders."""

import gzip
import io
import itertools
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.cases import for_each
from tests.warc import warcs
from tests.warc.warcs import PAGE, URL, http, read, record, urn, write

from altdetails.documents import Document
from altdetails.results import Capture
from altdetails.sources import Source, documents_of, find
from altdetails.warc.members import Span, spans
from altdetails.warc.reader import captures

pytestmark = pytest.mark.slow

RECORDS = [record(number, http(PAGE[: 200 * number])) for number in (1, 2, 3, 4)]
OTHER = [
    b"x",
    bytes(300),
    b"\x1f\x8b\x08" * 9,
    gzip.compress(b"no record"),
    gzip.compress(RECORDS[0])[:-20],
    gzip.compress(RECORDS[1])[:30],
    gzip.compress(RECORDS[2])[5:],
    b"",
]


def by_spans(content, borders):
    """Return the items of adjacent spans with the given borders."""
    edges = [0, *sorted(borders), None]
    return [
        item
        for start, stop in itertools.pairwise(edges)
        for item in captures(io.BytesIO(content), start=start, stop=stop)
    ]


def whole(content):
    return list(captures(io.BytesIO(content)))


def borders_of(content, form):
    """Return the bytes around the borders of each member, and every 97th byte between them."""
    ends = itertools.accumulate((len(form(item)) for item in RECORDS), initial=0)
    near = {end + more for end in ends for more in (-1, 0, 1, 2, 3)}
    return sorted({border for border in near if border >= 0} | {*range(0, len(content) + 2, 97)})


class TestAdjacentSpans:
    @for_each("form", [warcs.packed, warcs.packed_whole, warcs.plain, warcs.zstandard])
    def test_two_spans_give_each_page_once_at_any_border(self, form):
        content = form(*RECORDS)
        pages = whole(content)
        assert len(pages) == 4
        for border in borders_of(content, form):
            assert by_spans(content, [border]) == pages

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        members=st.lists(
            st.one_of(
                st.sampled_from([gzip.compress(content) for content in RECORDS]),
                st.lists(st.sampled_from(RECORDS), min_size=2, max_size=3).map(b"".join).map(gzip.compress),
                st.sampled_from(OTHER),
            ),
            min_size=1,
            max_size=8,
        ),
        flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=3),
        borders=st.lists(st.floats(0, 1), max_size=6),
    )
    def test_any_spans_give_the_same_as_the_whole_archive_even_if_it_is_damaged(self, members, flips, borders):
        content = bytearray(gzip.compress(record(9, b"software: x\r\n", kind="warcinfo")) + b"".join(members))
        for place, mask in flips:
            content[int(place * len(content))] ^= mask
        assert by_spans(content, [int(border * len(content)) for border in borders]) == whole(content)

    @for_each("place", [0, 1, 2, 3])
    def test_damage_is_reported_by_one_span_with_its_byte(self, place):
        members = [gzip.compress(content) for content in RECORDS]
        start = sum(map(len, members[:place]))
        members[place] = members[place][:-8] + bytes(8)
        content = b"".join(members)
        for border in borders_of(content, warcs.packed):
            reasons = [
                [item.reason for item in captures(io.BytesIO(content), **span) if not isinstance(item, Capture)]
                for span in ({"stop": border}, {"start": border})
            ]
            (reason,) = reasons[border <= start]
            assert f"byte {start:,} " in reason
            assert not reasons[border > start]


def test_an_archive_with_bare_newlines_is_reported_by_one_span():
    content = warcs.packed(*(content.replace(b"\r\n", b"\n", 8) for content in RECORDS))
    reported = whole(content)
    assert len(reported) == 1
    for border in range(1, len(content), 31):
        assert by_spans(content, [border]) == reported


class TestArchiveOfARun:
    @pytest.fixture
    def content(self):
        with warcs.Run("pages.warc.gz") as run:
            for number in range(6):
                doi_url = f"https://www.altmetric.com/details/doi/10.5555/{number}"
                moved = warcs.exchange(doi_url, 302, b"", [("Location", URL)])
                run.visit(f"10.5555/{number}", "ok", moved, warcs.exchange(URL, 200, PAGE[:99]), warcs.exchange(URL))
        return Path("pages.warc.gz").read_bytes()

    def test_it_belongs_to_the_span_with_its_first_byte(self, content):
        pages = whole(content)
        assert [item.requested for item in pages] == [f"10.5555/{number}" for number in range(6)]
        for border in range(1, len(content), 2_999):
            assert list(captures(io.BytesIO(content), stop=border)) == pages
            assert list(captures(io.BytesIO(content), start=border)) == []


class TestReading:
    def test_a_span_is_read_by_its_path(self):
        path = write("x.warc.gz", *RECORDS)
        border = len(gzip.compress(RECORDS[0]))
        first, second = (list(documents_of(span)) for span in (Span("x", path, 0, border), Span("x", path, border)))
        assert [item.name for item in first] == [f"x!{urn(1)}"]
        assert [item.name for item in second] == [f"x!{urn(number)}" for number in (2, 3, 4)]
        assert isinstance(first[0], Document)

    def test_a_skipped_record_is_counted_by_one_span(self):
        path = write("x.warc.gz", *(record(number, url="https://example.org/") for number in range(20)))
        skipped = []
        for span in spans(path, size=99):
            assert list(documents_of(span, skipped=skipped.append)) == []
        assert skipped == [f"x.warc.gz!{urn(number)}" for number in range(20)]

    def test_an_error_has_the_name_that_the_caller_gave(self):
        (unreadable,) = captures(io.BytesIO(b"x" * 99), name="s3://bucket/x.warc.gz")
        assert unreadable.name == "s3://bucket/x.warc.gz"

    def test_a_span_of_a_stream_is_read_in_few_and_large_pieces(self):
        content = warcs.packed(*(record(number, http(os.urandom(2**16))) for number in range(100)))
        stream = _CountingStream(content)
        half = len(content) // 2
        assert 45 < sum(1 for _ in captures(stream, start=half)) < 55
        assert (stream.reads, stream.seeks) <= (6, 4)
        assert stream.bytes < half + 3 * 2**20

    def test_a_span_of_a_long_file_that_is_not_an_archive_does_not_read_past_its_end(self):
        stream = _CountingStream(b"\x1f\x8b\x08" + bytes(2**23))
        assert list(captures(stream, start=2**20, stop=2**21)) == []
        assert stream.bytes < 2**22

    def test_a_span_of_an_archive_in_one_member_does_not_read_past_its_end(self):
        content = warcs.packed_whole(*(record(number, http(os.urandom(2**16))) for number in range(100)))
        stream = _CountingStream(content)
        assert list(captures(stream, start=2**20, stop=2**21)) == []
        assert stream.bytes < 2**22


class _CountingStream(io.BytesIO):
    """A stream that counts its reads, seeks and bytes."""

    reads = seeks = bytes = 0

    def read(self, size=-1):
        content = super().read(size)
        self.reads += 1
        self.bytes += len(content)
        return content

    def seek(self, *position):
        self.seeks += 1
        return super().seek(*position)


class TestDividing:
    def test_spans_cover_an_archive_without_gaps(self):
        path = write("x.warc.gz", *RECORDS)
        size = Path(path).stat().st_size
        divided = list(spans(path, size=100, url_filter="x"))
        assert [span.start for span in divided] == list(range(0, size, 100))
        assert [span.stop for span in divided] == [*range(100, size, 100), None]
        assert {(span.name, span.path, span.url_filter) for span in divided} == {(path, path, "x")}

    @for_each("form", [warcs.plain, warcs.zstandard, lambda *_: b"", lambda *_: b"\x1f"])
    def test_an_archive_that_cannot_be_divided_is_one_span(self, form):
        path = write("x.warc", *RECORDS, form=form)
        assert list(spans(path, size=10)) == [Span(path, path)]

    def test_a_missing_archive_is_one_span_that_reports_it(self):
        (span,) = spans("nope.warc.gz", size=10)
        (unreadable,) = documents_of(span)
        assert (unreadable.name, unreadable.kind) == ("nope.warc.gz", "unreadable")

    def test_a_size_of_zero_is_refused(self):
        with pytest.raises(ValueError, match="at least one byte"):
            list(spans("x.warc.gz", size=0))

    def test_find_gives_warc_archives_their_own_form(self):
        write("x.warc.gz", *RECORDS)
        assert list(find(["x.warc.gz"])) == [Source("x.warc.gz", "x.warc.gz", "warc")]


def test_an_archive_gives_the_same_pages_from_a_path_and_a_stream():
    assert read(write("x.warc.gz", *RECORDS)) == whole(warcs.packed(*RECORDS))


def test_blank_lines_before_the_first_record_are_passed_over():
    content = b"".join(RECORDS)
    Path("x.warc").write_bytes(b"\r\n\n\r\n" + content)
    assert len(read("x.warc")) == len(whole(content)) > 0
